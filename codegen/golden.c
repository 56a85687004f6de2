// SPDX-License-Identifier: GPL-2.0
/*
 * Golden vectors: the inputs with which every user of a snapshot tests its engine before it runs
 * the model.
 *
 * Three are corners (all features at their minimum, at their maximum, at zero), the others are
 * calibration rows, each chosen as far as possible from the earlier ones, in units of the
 * calibrated ranges: the rows that differ most exercise most of the model. Without rows they are
 * spread over the ranges (for a forest: around its thresholds) by a fixed pseudo-random sequence.
 */
#include <math.h>
#include <stdlib.h>

#include "plan.h"

#define CORNERS		3
#define MAX_CANDIDATES	8192	/* rows considered, spread evenly over the file */

static double width(const struct plan_input *in)
{
	return (double)in->probe_hi - in->probe_lo + 1;
}

static double distance(const struct plan *plan, const s32 *a, const s32 *b)
{
	double sum = 0, d;
	u32 i;

	for (i = 0; i < plan->n_inputs; i++) {
		d = ((double)a[i] - b[i]) / width(&plan->inputs[i]);
		sum += d * d;
	}
	return sum;
}

static void corners(const struct plan *plan, s32 *x)
{
	u32 i;

	for (i = 0; i < plan->n_inputs; i++) {
		x[i] = plan->inputs[i].probe_lo;
		x[plan->n_inputs + i] = plan->inputs[i].probe_hi;
	}
}

/* Picks the candidate whose nearest chosen one is farthest; ties go to the first. */
static void farthest(const struct plan *plan, const s32 *cand, u32 n_cand, s32 *x, u32 n)
{
	double *far = util_alloc(n_cand, sizeof(double)), d;
	u32 width = plan->n_inputs, c, k, i, best;

	for (c = 0; c < n_cand; c++)
		far[c] = INFINITY;
	for (k = CORNERS; k < n; k++) {
		best = 0;
		for (c = 0; c < n_cand; c++) {
			d = distance(plan, cand + (size_t)c * width, x + (k - 1) * width);
			far[c] = fmin(far[c], d);
			if (far[c] > far[best])
				best = c;
		}
		for (i = 0; i < width; i++)
			x[k * width + i] = cand[(size_t)best * width + i];
	}
	free(far);
}

static void from_rows(const struct plan *plan, const struct rows *calib, s32 *x, u32 n)
{
	u32 n_cand = calib->n < MAX_CANDIDATES ? calib->n : MAX_CANDIDATES, c, i;
	s32 *cand = util_alloc((size_t)n_cand * plan->n_inputs, sizeof(s32));
	const double *row;

	for (c = 0; c < n_cand; c++) {
		row = rows_at(calib, (size_t)((double)c * calib->n / n_cand));
		for (i = 0; i < plan->n_inputs; i++)
			cand[(size_t)c * plan->n_inputs + i] =
				plan_feature(plan->inputs[i].num, plan->inputs[i].den, row[i]);
	}
	farthest(plan, cand, n_cand, x, n);
	free(cand);
}

static void from_ranges(const struct plan *plan, s32 *x, u32 n)
{
	u64 state = 0x9e3779b97f4a7c15;
	u32 k, i;

	for (k = CORNERS; k < n; k++)
		for (i = 0; i < plan->n_inputs; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			x[k * plan->n_inputs + i] = plan->inputs[i].probe_lo +
						    (s64)((double)(state >> 11) / (1ull << 53) *
							  width(&plan->inputs[i]));
		}
}

void plan_choose_golden(struct plan *plan, const struct rows *calib, u32 n)
{
	plan->n_golden = n;
	plan->golden = util_alloc((size_t)n * plan->n_inputs, sizeof(s32));
	corners(plan, plan->golden);
	if (calib)
		from_rows(plan, calib, plan->golden, n);
	else
		from_ranges(plan, plan->golden, n);
}
