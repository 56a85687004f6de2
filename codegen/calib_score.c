// SPDX-License-Identifier: GPL-2.0
/*
 * The score of a trial: the quantised net against the real one, on the same rows for all trials.
 *
 * For each row the largest error of an output counts, as a share of that output's range, capped at
 * 1: a row that cannot be represented is lost, and must not outweigh all others by how far off it
 * is. The range of the outputs excludes one row in 1,000 on each side (util_spread()).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calib.h"

static void add_row(struct calib_score *s, const struct calib *c, const struct plan *plan, size_t k,
		    size_t r)
{
	const double *row = rows_at(c->rows, r);
	u32 i;

	for (i = 0; i < s->n_in; i++)
		s->x[k * s->n_in + i] =
			plan_feature(plan->inputs[i].num, plan->inputs[i].den, row[i]);
	graph_run(c->g, row, s->real + k * s->n_out);
}

static void find_ranges(struct calib_score *s, bool common)
{
	double *v = util_alloc(s->n, sizeof(*v)), most = 0;
	size_t k;
	u32 o;

	for (o = 0; o < s->n_out; o++) {
		for (k = 0; k < s->n; k++)
			v[k] = s->real[k * s->n_out + o];
		s->range[o] = util_spread(v, s->n);
		most = fmax(most, s->range[o]);
	}
	for (o = 0; o < s->n_out; o++)
		if (common || !(s->range[o] > 0))
			s->range[o] = most > 0 ? most : 1;
	free(v);
}

void calib_score_init(struct calib_score *s, const struct calib *c, const struct plan *plan,
		      const size_t *rows, size_t n, double trials)
{
	size_t stride = 1 + n * (plan->macs + 100.0) * trials / CALIB_MAX_WORK, k;

	s->n = (n + stride - 1) / stride;
	s->n_in = c->g->n_inputs;
	s->n_out = c->g->n_outputs;
	s->x = util_alloc(s->n * s->n_in, sizeof(*s->x));
	s->real = util_alloc(s->n * s->n_out, sizeof(*s->real));
	s->range = util_alloc(s->n_out, sizeof(*s->range));
	for (k = 0; k < s->n; k++)
		add_row(s, c, plan, k, rows[k * stride]);
	find_ranges(s, plan->meaning == LQ_MEANING_CLASS);
}

double calib_score(const struct calib_score *s, const struct plan *plan)
{
	s32 y[LQ_MAX_OUTPUTS];
	double sum = 0, most;
	size_t k;
	u32 o;

	for (k = 0; k < s->n; k++) {
		plan_run(plan, s->x + k * s->n_in, y, NULL);
		most = 0;
		for (o = 0; o < s->n_out; o++)
			most = fmax(most, fabs(plan_value(&plan->outputs[o], y[o]) -
					       s->real[k * s->n_out + o]) /
						  s->range[o]);
		sum += fmin(most, 1);
	}
	return sum / s->n;
}

void calib_score_free(struct calib_score *s)
{
	free(s->x);
	free(s->real);
	free(s->range);
}
