/* SPDX-License-Identifier: GPL-2.0 */
/* Calibration: the ranges of inputs and layers. The head of calib.c has the theory. */
#ifndef CALIB_H
#define CALIB_H

#include "quant.h"

#define CALIB_EVERY	5	/* every fifth row is held out */
#define CALIB_LEVELS	5	/* how many rows may be cut on each side, see calib_levels() */
/* limit of multiply-accumulates for all trials together: a few seconds */
#define CALIB_MAX_WORK	2e9
#define CALIB_RUN_WORK	1e9	/* the same in double, for the final ranges */

struct calib {
	const struct graph *g;
	const struct rows *rows;
	const struct plan_options *opt;
	size_t *fit, n_fit;		/* rows that determine ranges */
	/* rows that judge them; those of fit if none can be spared */
	size_t *held, n_held;
	bool holds;
	u32 n_levels, cuts[CALIB_LEVELS];
	u32 level;
	double work;			/* limit of multiply-accumulates for calib_stats() */
	struct quant_range *tails;	/* [CALIB_LEVELS][n_inputs] */
	double *values;			/* of one row, see graph_at() */
	struct quant_calib q;
};

/* The rows that trials are judged by: features, and the real model's outputs. calib_score.c. */
struct calib_score {
	size_t n;
	u32 n_in, n_out;
	s32 *x;			/* [n][n_in] */
	double *real;		/* [n][n_out] */
	double *range;		/* [n_out] of the outputs, or of all for classes */
};

/* calib_range.c */
void calib_split(struct calib *c);
void calib_levels(struct calib *c);
/* Ranges of the inputs at a level; then the ranges of the layers with those. */
void calib_level(struct calib *c, u32 level);
void calib_stats(struct calib *c);
void calib_free(struct calib *c);

/*
 * calib_score.c: mean over rows of the largest error of an output, as a share of its range, capped
 * at 1
 */
void calib_score_init(struct calib_score *s, const struct calib *c, const struct plan *plan,
		      const size_t *rows, size_t n, double trials);
double calib_score(const struct calib_score *s, const struct plan *plan);
void calib_score_free(struct calib_score *s);

#endif /* CALIB_H */
