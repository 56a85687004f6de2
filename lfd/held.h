/* SPDX-License-Identifier: GPL-2.0 */
/* Flows that are held out: they judge, and are never trained on. */
#ifndef LFD_HELD_H
#define LFD_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

#define HELD_ONE_OF	3

/* flow: as rows have it. The same flow is held out at all times, or never. */
bool held_flow(uint64_t flow);

/* How many flows of the store are held out, have a label, and have a row from then on. */
uint32_t held_count(const struct store *s, uint64_t since);

#endif /* LFD_HELD_H */
