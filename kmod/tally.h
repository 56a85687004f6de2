/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What became of the flows and connections of one generation. For each term (enum liteflow_term):
 * the number of values, their sum, the sum of their squares, and a histogram by powers of two.
 * Counted per CPU, summed when read; no listener is needed.
 */
#ifndef LF_TALLY_H
#define LF_TALLY_H

#include <linux/percpu.h>
#include "core.h"

#define LF_TERMS		(LITEFLOW_TERM_LOSS + 1)
/* 0 and less, 1, 2 to 3, ...; the last holds everything from 2^46 on */
#define LF_TALLY_BUCKETS	48

struct lf_tally_term {
	u64 count;
	s64 sum;
	u64 squares, squares_high;
	u64 bucket[LF_TALLY_BUCKETS];
};

struct lf_tally;

struct lf_tally __percpu *lf_tally_create(void);
void lf_tally_destroy(struct lf_tally __percpu *tally);

/* Counts the values of the terms from @first on. Bottom halves are off. */
void lf_tally_add(struct lf_tally __percpu *tally, unsigned int first, const s64 *v,
		  unsigned int n);

/* Sums all CPUs, which are not read at the same instant. */
void lf_tally_sum(struct lf_tally __percpu *tally, unsigned int term, struct lf_tally_term *sum);

#endif /* LF_TALLY_H */
