/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the quantiser; the head of each file has the theory. */
#ifndef QUANT_H
#define QUANT_H

#include "plan.h"

/* Least and greatest value and mean of something over the calibration rows. */
struct quant_range {
	double lo, hi, mean;
};

/* The ranges of one layer over the calibration rows. */
struct quant_stats {
	struct quant_range *pre, *post;	/* [n_out] before and after the activation */
	double pre_most, post_most;	/* greatest |value|, except in rows that are cut */
};

/* The result of calibration. */
struct quant_calib {
	struct quant_range *in;		/* [n_inputs] */
	/* [n_inputs] margins: 1.25 adds a quarter of the width on each side */
	double *room;
	double *layer_room;		/* [n_layers] times the greatest |value| */
	struct quant_stats *stats;	/* [n_layers] */
};

/* The lanes between two layers: real value = centre + step * lane, lo <= lane <= hi. */
struct quant_lanes {
	u32 n;
	/* [n], mean of the lane (not of the value) in calibration, 0 where unknown */
	double *centre, *step, *mean;
	s16 *lo, *hi;
	/* shared greatest |lane|, as in a joined buffer; 0: each has its own */
	s32 reach;
};

/* value as m / 2^S with m in 2^30 .. 2^31 - 1 if S <= max_S allows it. value > 0. quant_fix.c. */
int quant_multiplier(double value, int max_S, s32 *m, int *S);
s16 quant_clamp16(double v);
s32 quant_clamp32(double v);

/* Names, num and den of the inputs, calibrated ranges of the features. quant_input.c. */
int quant_features(const struct graph *g, const struct rows *calib, const struct plan_options *opt,
		   struct plan *plan, struct graph_err *err);
/* Steps and multipliers of the inputs of a real net. */
int quant_inputs(const struct graph *g, const struct quant_calib *c, const struct plan_options *opt,
		 struct plan *plan, struct graph_err *err);
/* A row as the first layer reads it; buf[n_inputs] is used if the file clamps its inputs. */
const double *quant_enter(const struct graph *g, const double *row, double *buf);
/* Multipliers that reproduce an int8 model's own quantiser. */
int quant_exact_inputs(const struct graph *g, struct plan *plan, struct graph_err *err);

/* One row of a fully connected layer. quant_row.c. */
double quant_row(const struct quant_lanes *in, const double *w, double b, s16 *wq, s32 *bias,
		 double *bound);

/* Tables; return 1 + index of a table in the plan (an equal one is shared). quant_table.c. */
struct quant_curve {
	const struct graph_layer *layer; /* whose activation it is */
	double in_step;		/* real value of one step of the table's input */
	double in_centre;	/* and of its 0 */
	double out_step;
	double lo, hi;		/* clamp of the output */
};
u16 quant_table(struct plan *plan, const struct quant_curve *curve);
u16 quant_table_lut(struct plan *plan, const s16 *lut);
/* exp(x) for a softmax, x <= 0. */
u16 quant_table_exp(struct plan *plan, double in_step);

/*
 * A net of real weights at these ranges; may be called again with others. calib_net() (calib.c)
 * chooses them by calibration rows. Or a net of exact integers.
 */
int quant_net(const struct graph *g, const struct quant_calib *c, const struct plan_options *opt,
	      struct plan *plan, struct graph_err *err);
int calib_net(const struct graph *g, const struct rows *rows, const struct plan_options *opt,
	      struct plan *plan, struct graph_err *err);
int quant_exact(const struct graph *g, struct plan *plan, struct graph_err *err);

/* The step of an input without a name, and the name. quant_unit.c. */
void quant_unit(const struct graph *g, const struct rows *calib, double margin, u32 i,
		struct plan_input *in);

/* A forest. forest.c. */
/* floor(thr * den / num), or ceil() - 1 if strict, within one beyond s32 on both sides. */
s64 forest_threshold(double thr, bool strict, u32 num, u32 den);
int forest_quantise(const struct graph *g, struct plan *plan, struct graph_err *err);

/* The usual range of each input, for drift; the rows outside it. calib_usual.c. */
void calib_usual(const struct graph *g, const struct rows *rows, const struct plan_options *opt,
		 struct plan *plan);

/*
 * Errors on the held-out rows (on all, if none are held out), per layer and output. quant_error.c.
 */
void quant_measure(const struct graph *g, const struct rows *calib, struct plan *plan);

#endif /* QUANT_H */
