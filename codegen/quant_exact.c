// SPDX-License-Identifier: GPL-2.0
/*
 * int8 models: their integers are copied unchanged.
 *
 * The importer has widened the weights, folded the zero points of the inputs into the biases and
 * turned the scales into single-rounding multipliers; this file copies them, computes the bound
 * that the validator will check, and takes the model's own scale for the outputs. Only the input
 * quantiser is computed (quant_input.c).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quant.h"

static double row_bound(const struct graph_exact *e, u32 o, u32 n_in, s32 reach)
{
	double sum = fabs((double)e->bias[o]);
	u32 i;

	for (i = 0; i < n_in; i++)
		sum += fabs((double)e->w[(size_t)o * n_in + i]) * reach;
	return sum;
}

static int exact_fc(const struct graph_layer *l, struct plan_layer *p, s32 reach,
		    struct graph_err *err)
{
	const struct graph_exact *e = l->exact;
	u32 o;

	p->S = e->S;
	p->zp = e->zp;
	p->lo = e->lo;
	p->hi = e->hi;
	memcpy(p->w, e->w, (size_t)l->n_in * l->n_out * sizeof(s16));
	memcpy(p->bias, e->bias, l->n_out * sizeof(s32));
	memcpy(p->m, e->m, l->n_out * sizeof(s32));
	for (o = 0; o < l->n_out; o++)
		p->bound = fmax(p->bound, row_bound(e, o, l->n_in, reach));
	if (p->bound > INT32_MAX)
		return util_fail(err, "%s: its sums could reach %.0f, more than 2^31 - 1", l->node,
				 p->bound);
	return 0;
}

static s32 abs_max(s32 a, s32 b)
{
	return abs(a) > abs(b) ? abs(a) : abs(b);
}

/* The greatest |lane| of a layer's output. */
static s32 reach_of(const struct graph_exact *e, s32 before)
{
	s32 most = 0;
	u32 i;

	if (!e->lut)
		return e->w ? abs_max(e->lo, e->hi) : before;
	for (i = 0; i < 256; i++)
		most = abs_max(most, e->lut[i]);
	return most;
}

int quant_exact(const struct graph *g, struct plan *plan, struct graph_err *err)
{
	s32 reach = abs_max(g->in_lo, g->in_hi);
	struct graph_layer *l;
	struct plan_layer *p;
	u32 i, o;
	int S;

	if (quant_exact_inputs(g, plan, err))
		return -1;
	for (i = 0; i < g->n_layers; i++) {
		l = &g->layers[i];
		p = &plan->layers[i];
		p->act = l->exact->lut ? "table" : "";
		if (l->exact->w && exact_fc(l, p, reach, err))
			return -1;
		if (l->exact->lut)
			p->table = quant_table_lut(plan, l->exact->lut);
		reach = reach_of(l->exact, reach);
		for (o = 0; o < l->n_out; o++)
			p->step[o] = 1;
	}
	for (o = 0; o < g->n_outputs; o++) {
		plan->outputs[o].zp = g->out_zp;
		if (quant_multiplier(g->out_scale, 62, &plan->outputs[o].m, &S) || S < -62)
			return util_fail(err, "output %u: a step of %g cannot be represented", o,
					 g->out_scale);
		plan->outputs[o].S = S;
	}
	return 0;
}
