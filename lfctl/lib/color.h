/* SPDX-License-Identifier: GPL-2.0 */
/* Colours of text on a terminal, like ip -c. */
#ifndef COLOR_H
#define COLOR_H

#include <stdbool.h>

enum color { COLOR_NONE, COLOR_TITLE, COLOR_NAME, COLOR_HASH, COLOR_GOOD, COLOR_BAD, COLOR_ODD };

/*
 * "always", "never", or "auto": on a terminal with colours, unless NO_COLOR is set. False: none of
 * the three.
 */
bool color_set(const char *when);

/* The sequence that begins a colour, and the one that ends it; "" without colours. */
const char *color_on(enum color color);
const char *color_off(enum color color);

#endif /* COLOR_H */
