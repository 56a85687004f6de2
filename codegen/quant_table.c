// SPDX-License-Identifier: GPL-2.0
/*
 * Activation functions as tables.
 *
 * A table has 512 segments of 128 steps over the whole s16 (sh = 7). Between its nodes the engine goes straight, which
 * is off by up to h^2/8 |f''| for segments of width h, always to the inner side of the curve. Moving each node outwards
 * by half of that, y_i = f(x_i) - h^2/16 f''(x_i), leaves the same error on both sides and halves the largest one:
 * 4.7e-5 for tanh over +-8, 1.5 steps of an output of 16 bits.
 *
 * LeakyRelu has its kink at input 0, which is a node (32768 = 256 * 128), so that its table is exact but for rounding.
 *
 * The tables of int8 models are their own 256 outputs, sh = 0.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quant.h"

#define SEGMENTS	512
#define SEGMENT_SHIFT	7

double quant_act(enum graph_act act, double alpha, double lo, double hi, double v)
{
	switch (act) {
	case GRAPH_ACT_CLIP:
		return fmin(fmax(v, lo), hi);
	case GRAPH_ACT_LEAKY:
		return v < 0 ? alpha * v : v;
	case GRAPH_ACT_TANH:
		return tanh(v);
	case GRAPH_ACT_SIGMOID:
		return 1 / (1 + exp(-v));
	case GRAPH_ACT_NONE:
		break;
	}
	return v;
}

/* Second derivative. */
static double curvature(enum graph_act act, double v)
{
	double f;

	switch (act) {
	case GRAPH_ACT_TANH:
		f = tanh(v);
		return -2 * f * (1 - f * f);
	case GRAPH_ACT_SIGMOID:
		f = 1 / (1 + exp(-v));
		return f * (1 - f) * (1 - 2 * f);
	default:
		return 0;
	}
}

static s16 node_value(const struct quant_curve *curve, int i)
{
	double h = curve->in_step * (1 << SEGMENT_SHIFT), x = (i - SEGMENTS / 2) * h;
	double y = quant_act(curve->act, curve->alpha, 0, 0, x) - h * h / 16 * curvature(curve->act, x);

	return quant_clamp16(fmin(fmax(y, curve->lo), curve->hi) / curve->out_step);
}

static bool table_equal(const struct plan_table *a, const struct plan_table *b)
{
	return a->t_lo == b->t_lo && a->sh == b->sh && a->n_segments == b->n_segments &&
	       !memcmp(a->base, b->base, a->n_segments * sizeof(s16)) &&
	       !memcmp(a->slope, b->slope, a->n_segments * sizeof(s16));
}

/* Share an equal table or keep this one. There is room: a layer has at most one table, and layers are no more than
 * tables. */
static u16 table_add(struct plan *plan, struct plan_table *t)
{
	u32 i;

	for (i = 0; i < plan->n_tables; i++) {
		if (!table_equal(&plan->tables[i], t))
			continue;
		free(t->base);
		free(t->slope);
		return i + 1;
	}
	plan->tables[plan->n_tables++] = *t;
	return plan->n_tables;
}

u16 quant_table(struct plan *plan, const struct quant_curve *curve)
{
	struct plan_table t = { .t_lo = -32768, .sh = SEGMENT_SHIFT, .n_segments = SEGMENTS };
	s16 here, next;
	int i;

	t.base = util_alloc(SEGMENTS, sizeof(s16));
	t.slope = util_alloc(SEGMENTS, sizeof(s16));
	here = node_value(curve, 0);
	for (i = 0; i < SEGMENTS; i++, here = next) {
		next = node_value(curve, i + 1);
		t.base[i] = here;
		t.slope[i] = next - here;
	}
	return table_add(plan, &t);
}

u16 quant_table_lut(struct plan *plan, const s16 *lut)
{
	struct plan_table t = { .t_lo = -128, .sh = 0, .n_segments = 256 };

	t.base = util_alloc(256, sizeof(s16));
	t.slope = util_alloc(256, sizeof(s16));
	memcpy(t.base, lut, 256 * sizeof(s16));
	return table_add(plan, &t);
}
