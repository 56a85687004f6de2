// SPDX-License-Identifier: GPL-2.0
/*
 * The error of the integers against the real model, on the rows that calibration held out (on all,
 * if it held out none): per layer (including the errors of all layers before it), per output, and
 * for classes how often the decisions agree. Shares are of the outputs' range without one row in
 * 1,000 on each side, so that no outlier hides an error.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calib.h"
#include "graph_chain.h"

#define MAX_WORK	1e9	/* limit of multiply-accumulates in double for the measurement */

struct measure {
	const struct graph *g;
	struct plan *plan;
	bool layers;
	s16 *lanes;
	double *values;
	double *lo, *hi;	/* [n_layers] */
	double *real, *err;	/* [n_outputs][max_rows] */
	size_t max_rows;
};

static void measure_layer(struct plan_layer *p, const double *real, const s16 *lanes, double *lo,
			  double *hi)
{
	double err;
	u32 o;

	for (o = 0; o < p->n_out; o++) {
		err = fabs(p->centre[o] + p->step[o] * lanes[o] - real[o]);
		p->err_max = fmax(p->err_max, err);
		p->err_mean += err / p->n_out;
		*lo = fmin(*lo, real[o]);
		*hi = fmax(*hi, real[o]);
	}
}

static void measure_layers(struct measure *m, const double *x)
{
	double z[LQ_MAX_WIDTH];
	u32 l, at;

	memcpy(m->values, x, m->g->n_inputs * sizeof(*x));
	for (l = 0; l < m->g->n_layers; l++) {
		at = m->plan->at[l + 1];
		graph_layer_run(m->g, l, m->values, z, m->values + at);
		measure_layer(&m->plan->layers[l], m->values + at, m->lanes + at, &m->lo[l],
			      &m->hi[l]);
	}
}

static u32 argmax_raw(const s32 *y, u32 n)
{
	u32 best = 0, i;

	for (i = 1; i < n; i++)
		if (y[i] > y[best])
			best = i;
	return best;
}

static void measure_outputs(struct measure *m, const double *real, const s32 *raw, bool clipped)
{
	struct plan *plan = m->plan;
	double err;
	u32 o;

	for (o = 0; o < plan->n_outputs; o++) {
		err = fabs(plan_value(&plan->outputs[o], raw[o]) - real[o]);
		plan->err_max[o] = fmax(plan->err_max[o], err);
		if (!clipped)
			plan->err_inside[o] = fmax(plan->err_inside[o], err);
		plan->err_mean[o] += err;
		plan->out_lo[o] = fmin(plan->out_lo[o], real[o]);
		plan->out_hi[o] = fmax(plan->out_hi[o], real[o]);
		m->real[o * m->max_rows + plan->n_rows] = real[o];
		m->err[o * m->max_rows + plan->n_rows] = err;
	}
	plan->agreement += util_argmax(real, plan->n_outputs) == argmax_raw(raw, plan->n_outputs);
	plan->n_clipped += clipped;
	plan->n_rows++;
}

static void measure_row(struct measure *m, const double *row)
{
	bool clips = m->g->kind == GRAPH_NET && !m->g->exact && !m->g->in_range, clipped = false;
	double real[LQ_MAX_OUTPUTS], in[LQ_MAX_INPUTS];
	s32 x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	u32 i;

	for (i = 0; i < m->plan->n_inputs; i++) {
		x[i] = plan_feature(m->plan->inputs[i].num, m->plan->inputs[i].den, row[i]);
		clipped |= clips && plan_clips(&m->plan->inputs[i], x[i]);
	}
	plan_run(m->plan, x, y, m->lanes);
	graph_run(m->g, row, real);
	measure_outputs(m, real, y, clipped);
	if (m->layers)
		measure_layers(m, quant_enter(m->g, row, in));
}

static void start(struct measure *m)
{
	struct plan *plan = m->plan;
	u32 i;

	plan->err_max = util_alloc(plan->n_outputs, sizeof(double));
	plan->err_inside = util_alloc(plan->n_outputs, sizeof(double));
	plan->err_robust = util_alloc(plan->n_outputs, sizeof(double));
	plan->err_mean = util_alloc(plan->n_outputs, sizeof(double));
	plan->out_lo = util_alloc(plan->n_outputs, sizeof(double));
	plan->out_hi = util_alloc(plan->n_outputs, sizeof(double));
	plan->out_range = util_alloc(plan->n_outputs, sizeof(double));
	if (plan->at) {
		m->lanes = util_alloc(plan->at[plan->n_layers + 1], sizeof(*m->lanes));
		m->values = util_alloc(plan->at[plan->n_layers + 1], sizeof(*m->values));
	}
	m->real = util_alloc(plan->n_outputs * m->max_rows, sizeof(double));
	m->err = util_alloc(plan->n_outputs * m->max_rows, sizeof(double));
	for (i = 0; i < plan->n_outputs; i++) {
		plan->out_lo[i] = INFINITY;
		plan->out_hi[i] = -INFINITY;
	}
	for (i = 0; i < plan->n_layers; i++) {
		m->lo[i] = INFINITY;
		m->hi[i] = -INFINITY;
	}
}

/* A lost row counts as one lost row, however far off it is. */
static double mean_capped(const double *err, size_t n, double cap)
{
	double sum = 0;
	size_t k;

	for (k = 0; k < n; k++)
		sum += cap > 0 ? fmin(err[k], cap) : err[k];
	return sum / n;
}

static void finish(struct measure *m)
{
	struct plan *plan = m->plan;
	u32 i;

	for (i = 0; m->layers && i < plan->n_layers; i++) {
		plan->layers[i].err_mean /= plan->n_rows;
		plan->layers[i].range = m->hi[i] - m->lo[i];
	}
	for (i = 0; i < plan->n_outputs; i++) {
		plan->err_mean[i] /= plan->n_rows;
		plan->out_range[i] = util_spread(m->real + i * m->max_rows, plan->n_rows);
		plan->err_robust[i] =
			mean_capped(m->err + i * m->max_rows, plan->n_rows, plan->out_range[i]);
	}
	plan->agreement /= plan->n_rows;
	free(m->lanes);
	free(m->values);
	free(m->real);
	free(m->err);
}

void quant_measure(const struct graph *g, const struct rows *calib, struct plan *plan)
{
	size_t every = plan->n_held ? CALIB_EVERY : 1, n = calib->n / every, stride, k;
	double lo[GRAPH_MAX_LAYERS], hi[GRAPH_MAX_LAYERS];
	struct measure m = {
		.g = g,
		.plan = plan,
		.layers = g->kind == GRAPH_NET && !g->exact,
		.lo = lo,
		.hi = hi,
	};

	stride = 1 + n * (2.0 * plan->macs + plan->steps + 1) / MAX_WORK;
	m.max_rows = (n + stride - 1) / stride;
	start(&m);
	for (k = 0; k < n; k += stride)
		measure_row(&m, rows_at(calib, (k + 1) * every - 1));
	finish(&m);
}
