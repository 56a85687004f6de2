/* SPDX-License-Identifier: GPL-2.0 */
/* Held-out flows: used to judge, never to train. */
#ifndef LFD_HELD_H
#define LFD_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

#define HELD_ONE_OF	3

/* flow: as in rows. A flow is held out either always or never. */
bool held_flow(uint64_t flow);

/* A number in [0, 1) that is the flow's own, whether it is held out or not. */
double held_part(uint64_t flow);

/* How many flows of the store are held out, labelled, and have a row since then. */
uint32_t held_count(const struct store *s, uint64_t since);

#endif /* LFD_HELD_H */
