// SPDX-License-Identifier: GPL-2.0
/*
 * Activation functions as tables.
 *
 * A table has 512 segments of 128 steps over the whole s16 (sh = 7), or up to 4,096 of 16 for
 * curves that bend more: as many as keep it within two steps of the output. The engine interpolates
 * linearly between nodes, which is off by up to h^2/8 |f''| for segments of width h, always to the
 * inner side of the curve. Moving each node outwards by half of that, y_i = f(x_i) - h^2/16
 * f''(x_i), leaves the same error on both sides and halves the largest one: 4.7e-5 for tanh over
 * +-8, 1.5 steps of an output of 16 bits.
 *
 * LeakyRelu has its kink at input 0, which is a node (32768 = 256 * 128), so its table is exact
 * except for rounding.
 *
 * The tables of int8 models are their own 256 outputs, sh = 0.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph_act.h"
#include "quant.h"

#define SEGMENTS	512
#define SEGMENT_SHIFT	7

/* Finest and coarsest segments: 2^sh steps. */
#define FINE_SHIFT	4

static double value_at(const struct quant_curve *curve, double x)
{
	const struct graph_layer *l = curve->layer;
	double y = act_value(l->act, l->alpha, l->lo, l->hi, x);

	return fmin(fmax(y, curve->lo), curve->hi);
}

/* The error of a straight line in the middle of a segment of width h around x. */
static double sag(const struct quant_curve *curve, double x, double h)
{
	return (value_at(curve, x + h) - 2 * value_at(curve, x) + value_at(curve, x - h)) / 8;
}

static s16 node_value(const struct quant_curve *curve, int i, int n, int sh)
{
	double h = curve->in_step * (1 << sh), x = curve->in_centre + (i - n / 2) * h,
	       y = value_at(curve, x);

	if (!act_is_straight(curve->layer->act))
		y -= sag(curve, x, h) / 2;
	return quant_clamp16(fmin(fmax(y, curve->lo), curve->hi) / curve->out_step);
}

/* Halves segments as long as any is off by more than two steps of the output (half of the sag). */
static int shift_of(const struct quant_curve *curve)
{
	int sh = SEGMENT_SHIFT, i;
	double h, most;

	if (isfinite(act_reach(curve->layer->act)) || act_is_straight(curve->layer->act))
		return sh;
	for (; sh > FINE_SHIFT; sh--) {
		h = curve->in_step * (1 << sh);
		most = 0;
		for (i = -SEGMENTS / 2 + 1; i < SEGMENTS / 2; i++)
			most = fmax(most,
				    fabs(sag(curve,
					     curve->in_centre + i * h * (1 << (SEGMENT_SHIFT - sh)),
					     h)));
		if (most <= 4 * curve->out_step)
			break;
	}
	return sh;
}

static bool table_equal(const struct plan_table *a, const struct plan_table *b)
{
	return a->t_lo == b->t_lo && a->sh == b->sh && a->n_segments == b->n_segments &&
	       !memcmp(a->base, b->base, a->n_segments * sizeof(s16)) &&
	       !memcmp(a->slope, b->slope, a->n_segments * sizeof(s16));
}

/*
 * Share an equal table or keep this one. There is room: a layer has at most one table, and layers
 * are no more than tables.
 */
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

u16 quant_table(struct plan *plan, const struct quant_curve *wanted)
{
	double most = 32767 * wanted->out_step;	/* the curve beyond does not affect it */
	struct quant_curve within = *wanted, *curve = &within;
	int sh, n, i;
	struct plan_table t = { .t_lo = -32768 };
	s16 here, next;

	within.lo = fmax(within.lo, -most);
	within.hi = fmin(within.hi, most);
	sh = shift_of(curve), n = SEGMENTS << (SEGMENT_SHIFT - sh);
	t.sh = sh;
	t.n_segments = n;
	t.base = util_alloc(n, sizeof(s16));
	t.slope = util_alloc(n, sizeof(s16));
	here = node_value(curve, 0, n, sh);
	for (i = 0; i < n; i++, here = next) {
		next = node_value(curve, i + 1, n, sh);
		t.base[i] = here;
		t.slope[i] = quant_clamp16((double)next - here);
	}
	return table_add(plan, &t);
}

/* From the left end to 0, where it is 32767. */
u16 quant_table_exp(struct plan *plan, double in_step)
{
	int n = (32768 >> FINE_SHIFT) + 1, i;
	struct plan_table t = { .t_lo = -32768, .sh = FINE_SHIFT, .n_segments = n };
	double h = in_step * (1 << FINE_SHIFT);

	t.base = util_alloc(n, sizeof(s16));
	t.slope = util_alloc(n, sizeof(s16));
	for (i = 0; i < n; i++)
		t.base[i] = rint(32767 * exp((i + 1 - n) * h));
	for (i = 0; i + 1 < n; i++)
		t.slope[i] = t.base[i + 1] - t.base[i];
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
