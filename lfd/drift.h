/* SPDX-License-Identifier: GPL-2.0 */
/* Have the model's inputs or outputs changed? Needs no labels. */
#ifndef LFD_DRIFT_H
#define LFD_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include <lq/format.h>

#define DRIFT_BINS	16
#define DRIFT_REFERENCE	32	/* blocks of the reference */
#define DRIFT_WINDOW	4	/* blocks of the window */
#define DRIFT_COLUMNS	(LQ_MAX_INPUTS + 1)	/* the inputs, then the output */

struct drift_hist {
	uint32_t n[DRIFT_COLUMNS][DRIFT_BINS];
};

struct drift {
	uint32_t n_inputs, n_classes;	/* 0: the output is a value */
	uint32_t block;			/* flows per block */
	double weight[DRIFT_COLUMNS];	/* sum 1 */
	int32_t *rows;			/* the first reference blocks, until bins are known */
	uint32_t n_rows;
	uint32_t n_edges[DRIFT_COLUMNS];
	int32_t edges[DRIFT_COLUMNS][DRIFT_BINS - 1];
	struct drift_hist *ref;		/* [DRIFT_REFERENCE] blocks */
	struct drift_hist all;		/* their sum */
	double variance[DRIFT_COLUMNS][DRIFT_BINS];	/* of a bin's share in a window */
	uint32_t n_ref;
	struct drift_hist *win;		/* [DRIFT_WINDOW], a ring */
	uint32_t n_win, at_win, in_block;
	/* The distance while nothing changes */
	double mean, dev, limit;
	uint32_t past;			/* windows past the limit, less twice the others */
	/* the result */
	double distance;		/* of the last window */
	double share[DRIFT_COLUMNS];	/* of the distance */
	uint64_t flows, looks;
};

/*
 * n_classes 0 for values; window in flows. weight: importance of each input, or NULL if all are
 * equal. False: no memory.
 */
bool drift_begin(struct drift *d, uint32_t n_inputs, uint32_t n_classes, uint32_t window,
		 const double *weight);
void drift_end(struct drift *d);

/* Adds a flow. out: class, or the raw value. True: an alarm; a new reference then starts. */
bool drift_add(struct drift *d, const int32_t *x, int32_t out);

/* The column that moved most: an input's index, or n_inputs for the output. */
uint32_t drift_culprit(const struct drift *d);
bool drift_ready(const struct drift *d);

#endif /* LFD_DRIFT_H */
