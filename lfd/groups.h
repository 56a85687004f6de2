/* SPDX-License-Identifier: GPL-2.0 */
/* What one group of rows (label.h: a peer) may teach of a class. */
#ifndef LFD_GROUPS_H
#define LFD_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lq/format.h>

struct groups {
	double *weight;			/* [class][groups] */
	double most[LQ_MAX_OUTPUTS];	/* of one group that counts */
};

/* False: out of memory. */
bool groups_make(struct groups *g);
void groups_free(struct groups *g);

/* A row. class < LQ_MAX_OUTPUTS */
void groups_add(struct groups *g, uint32_t class, uint32_t group, double weight);

/* After all rows have been added. share: of a class, for one group. */
void groups_settle(struct groups *g, double share);

/* The factor by which rows of this group count, 0 to 1. */
double groups_factor(const struct groups *g, uint32_t class, uint32_t group);

#endif /* LFD_GROUPS_H */
