// SPDX-License-Identifier: GPL-2.0
/*
 * Nets with real weights: from doubles to LQ16, layer by layer.
 *
 * The ranges of each layer's lanes over the calibration rows, before and after its activation, and
 * the headroom from calib.c determine the steps:
 *
 *	hidden, linear or clipped	step = headroom * greatest |output| / A, at most what the
 *					weights can produce
 *	tanh, sigmoid			the table's input covers twice the range seen, at least +-4
 *					(+-8) and at most +-8 (+-16), where the curve is flat to
 *					within an output step; output 1 / A
 *	other tables			the table's input covers headroom * the range seen, and so
 *					does the output
 *	last layer			see below
 *
 * A is the number of steps of the largest activation. More is not better: accumulators have 31 bits
 * for sum |w| * |x|, so finer activations mean coarser weights. Rounding errors of n weights and n
 * activations add up to about
 *
 *	0.29 * sqrt(n) * (A / 2 + W / 2),	n * A * W / 2 ~ 2^31
 *
 * which is least for A = W = sqrt(2^32 / n); weights are mostly smaller than the mean suggests, and
 * activations larger, so the rule is A = 2 * sqrt(2^31 / n) up to 32767. Inputs keep 32767:
 * features have long tails.
 *
 * Last layer: clipping there is final, and 16 bits are plenty. Its range is everything that its
 * weights can produce from lanes in their ranges, if that is at most eight times the range seen:
 * then it cannot clip at all. Otherwise it is four times the range seen. Outputs of value models
 * have a step and a centre each (the zero point in lq_output); scores of classes share both, since
 * they are compared.
 *
 * Branches: a layer's step is the coarsest that any reader needs. Outputs that are also read by
 * layers count as hidden. Joined parts of several values have one bound, the greatest of theirs, as
 * in the validator.
 *
 *	sum of two			rows of two weights
 *	product				no weights; centres are 0, and the product of the steps is
 *					the row's
 *	softmax				its inputs have half the range, so that no difference is
 *					clipped; output 1 / 32767
 *
 * Each row of weights then has its own step (quant_row.c). m_o = row step / output step * 2^S with
 * one S a layer, the largest that keeps every m_o below 2^31: m's rounding costs at most 2^(30-S)
 * steps of the output in any row, so that rows with a small m_o lose nothing that matters.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph_act.h"
#include "quant_net.h"

/* A centre is a whole number of steps from 0, so the zero point of the output is exact. */
static void settle_centre(struct plan_layer *p, u32 o)
{
	p->centre[o] = rint(p->centre[o] / p->step[o]) * p->step[o];
}

/* Makes row o at its own step, and returns that. */
static double make_row(struct quant_net *net, const struct graph_layer *l, struct plan_layer *p,
		       u32 o, double *bound)
{
	double buf[LQ_MAX_WIDTH];
	struct quant_row_of r;

	if (l->op == GRAPH_MUL) {
		u32 k = net->z.n > 1 ? o : 0;

		*bound = (double)(net->x.reach ? net->x.reach : quant_reach(&net->x, o)) *
			 (net->z.reach ? net->z.reach : quant_reach(&net->z, k));
		return net->x.step[o] * net->z.step[k];
	}
	settle_centre(p, o);
	quant_row_of(net, l, o, buf, &r);
	return quant_row(&r.lanes, r.w, quant_bias_of(l, o) - p->centre[o],
			 p->w + (size_t)o * r.lanes.n, &p->bias[o], bound);
}

/*
 * Rows at their own steps a[]; an output step finer than the row's is useless (and m could not
 * express it).
 */
static void make_rows(struct quant_net *net, const struct graph_layer *l, struct plan_layer *p,
		      double *a)
{
	double bound, coarsest = 0;
	bool common = true, again = false;
	u32 o, pass;

	for (o = 0; o < l->n_out; o++)
		common &= p->step[o] == p->step[0] && p->centre[o] == p->centre[0];
	for (pass = 0; pass < 2 && (!pass || again); pass++) {
		for (o = 0; o < l->n_out; o++) {
			a[o] = make_row(net, l, p, o, &bound);
			p->bound = fmax(pass && !o ? 0 : p->bound, bound);
			coarsest = fmax(coarsest, a[o]);
		}
		for (o = 0; o < l->n_out && !pass; o++) {
			double least = 2 * (common ? coarsest : a[o]);

			again |= p->step[o] < least;
			p->step[o] = fmax(p->step[o], least);
		}
	}
}

static void make_multipliers(const struct graph_layer *l, struct plan_layer *p, const double *a)
{
	double most = 0;
	u32 o;

	for (o = 0; o < l->n_out; o++)
		most = fmax(most, a[o] / p->step[o]);
	for (p->S = 62; p->S > 31 && rint(ldexp(most, p->S)) > INT32_MAX; p->S--)
		;
	for (o = 0; o < l->n_out; o++)
		p->m[o] = quant_clamp32(ldexp(a[o] / p->step[o], p->S));
}

/* Relu and similar functions narrow the clamp of lanes that share their step. */
static void make_clamp(const struct graph_layer *l, struct plan_layer *p)
{
	double lo = l->lo, hi = l->hi;

	if (l->act != GRAPH_ACT_CLIP)
		lo = -INFINITY, hi = INFINITY;
	if (isfinite(l->range_lo) && isfinite(l->range_hi)) {
		lo = fmax(lo, l->range_lo);
		hi = fmin(hi, l->range_hi);
	}
	lo = (lo - p->centre[0]) / p->step[0];
	hi = (hi - p->centre[0]) / p->step[0];
	if (lo > p->lo)
		p->lo = quant_clamp16(lo);
	if (hi < p->hi)
		p->hi = quant_clamp16(hi);
	if (p->hi < p->lo)
		p->hi = p->lo;
}

/* The greatest |value| of a table over all of its inputs, but no more than headroom requires. */
static double table_most(const struct quant_net *net, u32 index, const struct quant_curve *curve)
{
	const struct graph_layer *l = curve->layer;
	double most = 0, seen = net->c->stats[index].post_most, room = net->c->layer_room[index];
	int i;

	/* small values in a norm matter more */
	seen *= l->act == GRAPH_ACT_SQUARE ? sqrt(room) : room;

	for (i = -1024; i <= 1024; i++)
		most = fmax(most,
			    fabs(graph_activate(l, curve->in_centre + curve->in_step * 32 * i)));
	most = seen > 0 ? fmin(most, seen) : most;
	return most > 0 ? most : 1;
}

static void make_table(struct quant_net *net, u32 index, struct plan_layer *p, double amp)
{
	const struct graph_layer *l = &net->g->layers[index];
	struct quant_curve curve = {
		.layer = l, .in_step = p->step[0], .in_centre = p->centre[0], .out_step = 1 / amp,
		.lo = isfinite(l->range_lo) ? l->range_lo : -INFINITY,
		.hi = isfinite(l->range_hi) ? l->range_hi : INFINITY,
	};
	u32 o;

	if (l->act == GRAPH_ACT_LEAKY)
		curve.out_step = fmax(1, fabs(l->alpha)) * curve.in_step * (MAX_LANE + 1) / amp;
	else if (!isfinite(act_reach(l->act)))
		curve.out_step = table_most(net, index, &curve) / amp;
	p->table = quant_table(net->plan, &curve);
	for (o = 0; o < l->n_out; o++) {
		p->step[o] = curve.out_step;
		p->centre[o] = 0;
	}
}

/* Scores have one step; differences beyond the table's range have no effect. */
static void make_softmax(struct quant_net *net, struct plan_layer *p)
{
	u32 o;

	p->act = "Softmax";
	p->lo = -MAX_LANE;
	p->hi = 0;
	p->bound = MAX_LANE;
	p->table = quant_table_exp(net->plan, net->x.step[0]);
	for (o = 0; o < p->n_out; o++)
		p->step[o] = 1.0 / MAX_LANE;
}

static void make_layer(struct quant_net *net, u32 index)
{
	const struct graph_layer *l = &net->g->layers[index];
	struct plan_layer *p = &net->plan->layers[index];
	bool table = !act_is_clamp(l->act);
	double a[LQ_MAX_WIDTH];

	if (l->op == GRAPH_SOFTMAX) {
		make_softmax(net, p);
		return;
	}
	p->act = act_name(l->act, l->lo, l->hi);
	quant_steps(net, index, p);
	make_rows(net, l, p, a);
	make_multipliers(l, p, a);
	if (table)
		make_table(net, index, p, quant_amplitude(net, index));
	else
		make_clamp(l, p);
}

static int make_outputs(struct quant_net *net)
{
	struct quant_lanes lanes = quant_lanes_read(net, &net->g->out, net->g->n_layers);
	struct plan_output *out;
	int S, ret = 0;
	u32 o;

	for (o = 0; !ret && o < net->g->n_outputs; o++) {
		out = &net->plan->outputs[o];
		if (quant_multiplier(lanes.step[o], 62, &out->m, &S) || S < -62)
			ret = util_fail(net->err, "output %u: a step of %g cannot be represented",
					o, lanes.step[o]);
		out->S = S;
		out->zp = rint(-lanes.centre[o] / lanes.step[o]);
	}
	quant_lanes_free(&lanes);
	return ret;
}

/* Removes the results of an earlier trial. */
static void reset(struct plan *plan)
{
	struct plan_layer *p;

	while (plan->n_tables) {
		plan->n_tables--;
		free(plan->tables[plan->n_tables].base);
		free(plan->tables[plan->n_tables].slope);
	}
	for (p = plan->layers; p < plan->layers + plan->n_layers; p++) {
		memset(p->centre, 0, p->n_out * sizeof(*p->centre));
		p->table = 0;
		p->bound = 0;
	}
}

int quant_net(const struct graph *g, const struct quant_calib *c, const struct plan_options *opt,
	      struct plan *plan, struct graph_err *err)
{
	struct quant_net net = { .g = g, .c = c, .opt = opt, .plan = plan, .err = err };
	int ret = quant_inputs(g, c, opt, plan, err);
	u32 l;

	reset(plan);
	if (ret)
		return ret;
	net.values = util_alloc(g->n_layers + 1, sizeof(*net.values));
	quant_lanes_inputs(&net);
	for (l = 0; l < g->n_layers; l++) {
		net.x = quant_lanes_read(&net, &g->layers[l].x, l);
		if (g->layers[l].z.n)
			net.z = quant_lanes_read(&net, &g->layers[l].z, l);
		make_layer(&net, l);
		quant_lanes_layer(&net, l, &plan->layers[l]);
		quant_lanes_free(&net.x);
		quant_lanes_free(&net.z);
	}
	ret = make_outputs(&net);
	for (l = 0; l <= g->n_layers; l++)
		quant_lanes_free(&net.values[l]);
	free(net.values);
	return ret;
}
