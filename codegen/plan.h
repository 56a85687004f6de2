/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A snapshot before serialisation: the integers of <lq/format.h> in host order, and what the
 * quantiser knows that is not in the file (real scales, names of nodes, errors measured over the
 * calibration rows).
 */
#ifndef PLAN_H
#define PLAN_H

#include <lq/format.h>
#include "graph.h"
#include "rows.h"

struct plan_input {
	char name[LQ_NAME_LEN];
	u32 num, den;
	s32 m;
	s16 lo, hi;
	s64 off;
	s32 cal_lo, cal_hi;
	/* where golden vectors are looked for: the calibrated range, or around the thresholds */
	s32 probe_lo, probe_hi;
	u8 S;
	double centre, step;	/* net: model value = centre + step * lane */
	double room;		/* net: the margin from calibration */
	/* int8: thresholds where no multiplier reproduces the model's rounding */
	u32 ties;
};

struct plan_output {
	char name[LQ_NAME_LEN];
	char unit[LQ_UNIT_LEN];
	s32 zp, m;
	s16 S;
};

struct plan_layer {
	u8 op, S;
	u16 n_in, n_out;
	s16 zp, lo, hi;
	u16 table;		/* 1 + index, 0 for none */
	struct graph_parts x, z; /* what it reads: graph.h */
	s16 *w;			/* [n_out][n_in]; ADD: [n_out][1 or 2] */
	s32 *m, *bias;		/* [n_out] */

	char *node;		/* in the model's file */
	const char *act;	/* for the listing */
	/* [n_out]: real value of the layer's output = centre + step * lane */
	double *centre, *step;
	double bound;		/* largest |bias| + sum |w| * X of its rows, of 2^31 - 1 */
	/* against the float layer over the calibration rows; range 0: not measured */
	double err_max, err_mean, range;
};

struct plan_table {
	s16 t_lo;
	u8 sh;
	u16 n_segments;
	s16 *base, *slope;
};

struct plan_node {
	s32 thr;
	u16 input, child;
};

struct plan_tree {
	u32 n_nodes;
	u16 depth;
	struct plan_node *nodes;
};

struct plan {
	u8 kind, meaning;
	char name[LQ_NAME_LEN];
	u32 n_inputs, n_outputs, n_layers, n_tables, n_trees, n_leaves, n_golden;
	struct plan_input *inputs;
	struct plan_output *outputs;
	struct plan_layer *layers;
	struct graph_parts out;	/* the outputs */
	u32 *at;		/* [n_layers + 2] offset of each value among all lanes */
	struct plan_table tables[LQ_MAX_TABLES];
	struct plan_tree *trees;
	s32 *leaves;		/* [n_leaves][n_outputs] */
	s32 *golden;		/* [n_golden][n_inputs], then the outputs are filled in by emit */

	u32 macs, steps;
	double forest_bound;	/* largest proven |output| */
	u64 float_nodes;	/* forest: nodes before simplification */
	/* calibration rows that set ranges, and held-out rows; 0: none */
	size_t n_fit, n_held;
	u32 cut;		/* rows cut on each side */
	/* [n_outputs] against float over the rows held out (or all), NULL: none */
	double *err_max, *err_mean, *out_lo, *out_hi;
	/* [n_outputs] range of the outputs without one row in 1,000 on each side */
	double *out_range;
	double *err_inside;	/* [n_outputs] largest error of rows within all ranges */
	double *err_robust;	/* [n_outputs] mean error, capped at out_range per row */
	double agreement;	/* classes: share of rows with equal decision */
	size_t n_rows;		/* number of rows measured */
	size_t n_clipped;	/* of these beyond an input's range */
};

enum plan_calibration {
	PLAN_BEST,		/* least error on held-out rows */
	PLAN_MINMAX,		/* least and greatest value, nothing held out */
	PLAN_PERCENTILE,
};

/* Options of `lfgen build`. All zeros are valid defaults. */
struct plan_options {
	const char *name;	/* or NULL: the graph's */
	const char *unit;	/* of value outputs, or NULL */
	char **features;	/* [n_features] names of the inputs, or NULL */
	u32 n_features;
	/* [n_classes] names of the outputs, or NULL; makes any model a class model */
	char **classes;
	u32 n_classes;
	double margin;		/* 0: chosen by calibration */
	enum plan_calibration calibration;
	double percentile;	/* of values within the range on each side: 50 .. 100 */
	bool common_scale;	/* one step for all inputs */
	u32 n_golden;		/* 0: PLAN_GOLDEN */
};

#define PLAN_MARGIN	1.25
#define PLAN_GOLDEN	32
#define PLAN_FEW_ROWS	1000	/* fewer calibration rows give a warning */

/*
 * Quantise. calib may be NULL if the model does not need it. On failure the plan is empty and err
 * has the reason. quantise.c.
 */
int plan_make(const struct graph *g, const struct rows *calib, const struct plan_options *opt,
	      struct plan *plan, struct graph_err *err);
void plan_free(struct plan *plan);

/*
 * Runs the plan's integers, straight from the formulas of <lq/format.h>: an independent
 * implementation to verify the engine's golden outputs. lanes: if not NULL, gets all values, at
 * plan->at.
 */
void plan_run(const struct plan *plan, const s32 *x, s32 *y, s16 *lanes);

/* Number of weights per output of a layer. */
u32 plan_weights(const struct plan_layer *p);

/* Rows in the model's units to raw features and raw outputs to units. */
s32 plan_feature(u32 num, u32 den, double value);
/* Is the feature beyond the range of the input's quantiser? Never for forests. */
bool plan_clips(const struct plan_input *in, s32 feature);
double plan_value(const struct plan_output *out, s32 raw);

/*
 * emit.c: the file of a plan, allocated, validated and self-tested on every usable path. Golden
 * outputs are computed here.
 */
int plan_emit(const struct plan *plan, void **file, size_t *len, struct graph_err *err);

/* Choose opt->n_golden vectors. golden.c. */
void plan_choose_golden(struct plan *plan, const struct rows *calib, u32 n);

/* Prints what was built and its errors, for people. report.c. */
void plan_report(const struct plan *plan, const void *file, size_t len);

#endif /* PLAN_H */
