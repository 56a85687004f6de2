/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Confidence sequences: intervals for a mean that hold at all times at once, so repeated looks cost
 * nothing.
 */
#ifndef LFD_SEQ_H
#define LFD_SEQ_H

#include <stdbool.h>
#include <stdint.h>

#define SEQ_GRID	400

struct seq {
	double least, most;		/* of the values added */
	double error;			/* probability that the mean is ever outside */
	uint64_t n;
	double sum,
		squares; /* of values scaled to 0 .. 1; of their distances from the mean before */
	double up[SEQ_GRID], down[SEQ_GRID]; /* log capital of bets that the mean is above, below */
	bool out[SEQ_GRID];		/* refuted */
};

void seq_begin(struct seq *s, double least, double most, double error);
void seq_add(struct seq *s, double v);

double seq_mean(const struct seq *s);
/* Bounds of the interval: least and most while nothing is known. */
double seq_lo(const struct seq *s);
double seq_hi(const struct seq *s);

#endif /* LFD_SEQ_H */
