/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the quantiser; the theory stands at the head of each file. */
#ifndef QUANT_H
#define QUANT_H

#include "plan.h"

/* Least and greatest value and mean of something over the calibration rows. */
struct quant_range {
	double lo, hi, mean;
};

/* The lanes between two layers: real value = centre + step * lane, lo <= lane <= hi. */
struct quant_lanes {
	u32 n;
	double *centre, *step, *mean;	/* [n], mean of the lane (not of the value) in calibration, 0 where unknown */
	s16 *lo, *hi;
};

/* value as m / 2^S with m in 2^30 .. 2^31 - 1 wherever S can be at most max_S. value > 0. quant_fix.c. */
int quant_multiplier(double value, int max_S, s32 *m, int *S);
s16 quant_clamp16(double v);
s32 quant_clamp32(double v);

/* Names, num and den of the inputs, calibrated ranges of the features. quant_input.c. */
int quant_features(const struct graph *g, const struct rows *calib, const struct plan_options *opt, struct plan *plan,
		   struct graph_err *err);
/* Steps and multipliers of the inputs of a real net; ranges[n_inputs]; common: one step and centre 0 for all. */
int quant_inputs(const struct graph *g, const struct quant_range *ranges, const struct plan_options *opt,
		 struct plan *plan, struct graph_err *err);
/* A row as the first layer reads it; buf[n_inputs] is used if the file clamps its inputs. */
const double *quant_enter(const struct graph *g, const double *row, double *buf);
/* Multipliers that reproduce an int8 model's own quantiser. */
int quant_exact_inputs(const struct graph *g, struct plan *plan, struct graph_err *err);

/* One row of a fully connected layer. quant_row.c. */
double quant_row(const struct quant_lanes *in, const double *w, double b, s16 *wq, s32 *bias, double *bound);

/* Tables; return 1 + index of a table in the plan (an equal one is shared). quant_table.c. */
struct quant_curve {
	enum graph_act act;
	double alpha;
	double in_step;		/* real value of one step of the table's input */
	double out_step;
	double lo, hi;		/* clamp of the output */
};
u16 quant_table(struct plan *plan, const struct quant_curve *curve);
u16 quant_table_lut(struct plan *plan, const s16 *lut);
double quant_act(enum graph_act act, double alpha, double lo, double hi, double v);

/* One layer in double: z before, y behind the activation; y and x may not overlap. quant_net.c. */
void quant_float_layer(const struct graph_layer *l, const double *x, double *z, double *y);

/* A net: real weights with calibration rows, or exact integers. */
int quant_net(const struct graph *g, const struct rows *calib, const struct plan_options *opt, struct plan *plan,
	      struct graph_err *err);
int quant_exact(const struct graph *g, struct plan *plan, struct graph_err *err);

/* A forest. forest.c. */
int forest_quantise(const struct graph *g, struct plan *plan, struct graph_err *err);

/* Errors over the calibration rows, per layer and per output. quant_error.c. */
void quant_measure(const struct graph *g, const struct rows *calib, struct plan *plan);

#endif /* QUANT_H */
