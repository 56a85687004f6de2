// SPDX-License-Identifier: GPL-2.0
/*
 * The usual range of each input, beyond which the kernel counts drift, and the rows beyond it.
 *
 * For a net it is the range of the values that the quantiser does not clip, without headroom. For
 * forests and int8 models rows set no ranges; there, a value is left out if it is farther from the
 * others than a hundred times their range (without one row in 1,000 on each side), since one such
 * value would hide all drift.
 *
 * With --calibration minmax all rows are usual.
 */
#include <math.h>
#include <stdlib.h>

#include "quant.h"

#define FAR		100	/* times the range of the others */

/* The bounds of usual values, before looking at which occur. */
struct span {
	double lo, hi;
};

static struct span near_others(const struct rows *rows, u32 i, double *v)
{
	size_t cut = rows->n < 100 ? 0 : (rows->n + 999) / 1000, r;
	struct span s = { -INFINITY, INFINITY };
	double width;

	for (r = 0; r < rows->n; r++)
		v[r] = rows_at(rows, r)[i];
	util_sort(v, rows->n);
	width = v[rows->n - 1 - cut] - v[cut];
	if (!cut || !(width > 0))
		return s;
	s.lo = v[cut] - FAR * width;
	s.hi = v[rows->n - 1 - cut] + FAR * width;
	return s;
}

static void usual_of(const struct rows *rows, struct plan_input *in, u32 i, bool clips,
		     struct span span)
{
	s32 lo = INT32_MAX, hi = INT32_MIN, f;
	double v;
	size_t r;

	for (r = 0; r < rows->n; r++) {
		v = rows_at(rows, r)[i];
		f = plan_feature(in->num, in->den, v);
		if (v < span.lo || v > span.hi || (clips && plan_clips(in, f)))
			continue;
		lo = f < lo ? f : lo;
		hi = f > hi ? f : hi;
	}
	if (lo > hi)
		return;
	in->cal_lo = in->probe_lo = lo;
	in->cal_hi = in->probe_hi = hi;
}

void calib_usual(const struct graph *g, const struct rows *rows, const struct plan_options *opt,
		 struct plan *plan)
{
	bool clips = g->kind == GRAPH_NET && !g->exact && !g->in_range;
	double *v = util_alloc(rows->n, sizeof(*v));
	struct span span = { -INFINITY, INFINITY };
	u32 i;

	for (i = 0; opt->calibration != PLAN_MINMAX && i < plan->n_inputs; i++) {
		if (!clips)
			span = near_others(rows, i, v);
		usual_of(rows, &plan->inputs[i], i, clips, span);
	}
	free(v);
}
