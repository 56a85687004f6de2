// SPDX-License-Identifier: GPL-2.0
/*
 * How far the integers are from the real model, over the calibration rows: per layer (through all layers before it, as
 * it will be), per output, and for classes how often the decision is the same.
 */
#include <math.h>
#include <stdlib.h>

#include "quant.h"

#define MAX_WORK	4e9	/* multiply-accumulates in double that the measurement may take */

static void measure_layer(struct plan_layer *p, const double *real, const s16 *lanes, double *lo, double *hi)
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

static void measure_layers(const struct graph *g, struct plan *plan, const double *x, const s16 *lanes, double *lo,
			   double *hi)
{
	double buf[2][LQ_MAX_WIDTH], z[LQ_MAX_WIDTH];
	u32 l;

	for (l = 0; l < g->n_layers; l++) {
		quant_float_layer(&g->layers[l], x, z, buf[l & 1]);
		x = buf[l & 1];
		measure_layer(&plan->layers[l], x, lanes + l * LQ_MAX_WIDTH, &lo[l], &hi[l]);
	}
}

static u32 argmax_real(const double *y, u32 n)
{
	u32 best = 0, i;

	for (i = 1; i < n; i++)
		if (y[i] > y[best])
			best = i;
	return best;
}

static u32 argmax_raw(const s32 *y, u32 n)
{
	u32 best = 0, i;

	for (i = 1; i < n; i++)
		if (y[i] > y[best])
			best = i;
	return best;
}

static void measure_outputs(struct plan *plan, const double *real, const s32 *raw)
{
	double err;
	u32 o;

	for (o = 0; o < plan->n_outputs; o++) {
		err = fabs(plan_value(&plan->outputs[o], raw[o]) - real[o]);
		plan->err_max[o] = fmax(plan->err_max[o], err);
		plan->err_mean[o] += err;
		plan->out_lo[o] = fmin(plan->out_lo[o], real[o]);
		plan->out_hi[o] = fmax(plan->out_hi[o], real[o]);
	}
	plan->agreement += argmax_real(real, plan->n_outputs) == argmax_raw(raw, plan->n_outputs);
	plan->n_rows++;
}

static void start(struct plan *plan, double *lo, double *hi)
{
	u32 i;

	plan->err_max = util_alloc(plan->n_outputs, sizeof(double));
	plan->err_mean = util_alloc(plan->n_outputs, sizeof(double));
	plan->out_lo = util_alloc(plan->n_outputs, sizeof(double));
	plan->out_hi = util_alloc(plan->n_outputs, sizeof(double));
	for (i = 0; i < plan->n_outputs; i++) {
		plan->out_lo[i] = INFINITY;
		plan->out_hi[i] = -INFINITY;
	}
	for (i = 0; i < LQ_MAX_LAYERS; i++) {
		lo[i] = INFINITY;
		hi[i] = -INFINITY;
	}
}

static void finish(struct plan *plan, bool layers, const double *lo, const double *hi)
{
	u32 i;

	for (i = 0; layers && i < plan->n_layers; i++) {
		plan->layers[i].err_mean /= plan->n_rows;
		plan->layers[i].range = hi[i] - lo[i];
	}
	for (i = 0; i < plan->n_outputs; i++)
		plan->err_mean[i] /= plan->n_rows;
	plan->agreement /= plan->n_rows;
}

void quant_measure(const struct graph *g, const struct rows *calib, struct plan *plan)
{
	size_t stride = 1 + calib->n * (2.0 * plan->macs + plan->steps + 1) / MAX_WORK, r;
	s16 *lanes = util_alloc(LQ_MAX_LAYERS * LQ_MAX_WIDTH, sizeof(s16));
	double lo[LQ_MAX_LAYERS], hi[LQ_MAX_LAYERS], real[LQ_MAX_OUTPUTS], in[LQ_MAX_INPUTS];
	bool layers = g->kind == GRAPH_NET && !g->exact;
	s32 x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	u32 i;

	start(plan, lo, hi);
	for (r = 0; r < calib->n; r += stride) {
		const double *row = rows_at(calib, r);

		for (i = 0; i < plan->n_inputs; i++)
			x[i] = plan_feature(plan->inputs[i].num, plan->inputs[i].den, row[i]);
		plan_run(plan, x, y, lanes);
		graph_run(g, row, real);
		measure_outputs(plan, real, y);
		if (layers)
			measure_layers(g, plan, quant_enter(g, row, in), lanes, lo, hi);
	}
	finish(plan, layers, lo, hi);
	free(lanes);
}
