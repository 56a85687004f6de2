/* SPDX-License-Identifier: GPL-2.0 */
/* The delays of a band, counted by buckets as in struct tc_liteflow_band_xstats. */
#ifndef DELAYS_H
#define DELAYS_H

#include <stdbool.h>
#include <stdint.h>

#define DELAYS_MAX	64	/* buckets: LITEFLOW_QDISC_DELAYS */

/* Where a bucket begins, in ns. */
uint64_t delays_edge(unsigned int bucket);

/*
 * The delay in ns that the share @share (0 to 1) of the packets counted in delays[0 to n) does not
 * exceed, interpolated within its bucket. False: there are none.
 */
bool delays_quantile(const uint32_t *delays, unsigned int n, double share, uint64_t *ns);

#endif /* DELAYS_H */
