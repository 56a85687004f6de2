// SPDX-License-Identifier: GPL-2.0
/*
 * Nets with real weights: from doubles to LQ16, one layer after the other.
 *
 * What each layer's lanes reached over the calibration rows, before and after its activation, and the headroom that
 * calib.c found for it decide the steps:
 *
 *	hidden, linear or clipped	step = headroom * greatest |output| / A, never more than the weights allow at all
 *	tanh, sigmoid			the table's input covers twice what was seen, at least +-4 (+-8) and at most +-8
 * (+-16), where the curve is flat to within an output step; output 1 / A
 *	LeakyRelu			the table's input covers headroom * what was seen
 *	last layer			see below
 *
 * A is how many steps the largest activation is worth. More is not better: accumulators have 31 bits for
 * sum |w| * |x|, so finer activations mean coarser weights. Rounding errors of n weights and n activations add up to
 * about
 *
 *	0.29 * sqrt(n) * (A / 2 + W / 2),	n * A * W / 2 ~ 2^31
 *
 * which is least for A = W = sqrt(2^32 / n); weights are mostly smaller than the mean suggests, and activations
 * larger, so the rule is A = 2 * sqrt(2^31 / n) up to 32767. Inputs keep 32767: features have long tails.
 *
 * Last layer: nothing behind it can take back what is clipped there, and 16 bits are plenty. Its range is all that its
 * weights can produce from lanes in their ranges, if that is at most eight times what was seen: then it cannot clip at
 * all. Else it is four times what was seen. Outputs of value models have a step and a centre each (the zero point that
 * lq_output carries); scores of classes share both, since they are compared.
 *
 * Each row of weights then has its own step (quant_row.c). m_o = row step / output step * 2^S with one S a layer, the
 * largest that keeps every m_o below 2^31: m's rounding costs at most 2^(30-S) steps of the output in any row, so that
 * rows with a small m_o lose nothing that matters.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quant.h"

#define MAX_LANE	32767
#define FULL_RANGE	8	/* times the calibrated range of an output: up to here it gets all it can reach */
#define EXTRA_RANGE	1.5	/* times its width, added on each side beyond that */

struct net {
	const struct graph *g;
	const struct quant_calib *c;
	const struct plan_options *opt;
	struct plan *plan;
	struct graph_err *err;
	struct quant_lanes lanes;	/* into the layer at hand */
};

/* The activation, then the clamp of a quantiser behind it if the file has one. */
static double layer_act(const struct graph_layer *l, double v)
{
	v = quant_act(l->act, l->alpha, l->lo, l->hi, v);
	return isfinite(l->range_lo) && isfinite(l->range_hi) ? fmin(fmax(v, l->range_lo), l->range_hi) : v;
}

void quant_float_layer(const struct graph_layer *l, const double *x, double *z, double *y)
{
	u32 o;

	for (o = 0; o < l->n_out; o++) {
		z[o] = l->w ? l->b[o] + util_dot(l->w + (size_t)o * l->n_in, x, l->n_in) : x[o];
		y[o] = layer_act(l, z[o]);
	}
}

/* --- lanes --- */

static void lanes_free(struct quant_lanes *lanes)
{
	free(lanes->centre);
	free(lanes->step);
	free(lanes->mean);
	free(lanes->lo);
	free(lanes->hi);
}

static struct quant_lanes lanes_new(u32 n)
{
	return (struct quant_lanes){
		.n = n,
		.centre = util_alloc(n, sizeof(double)),
		.step = util_alloc(n, sizeof(double)),
		.mean = util_alloc(n, sizeof(double)),
		.lo = util_alloc(n, sizeof(s16)),
		.hi = util_alloc(n, sizeof(s16)),
	};
}

static void lanes_of_inputs(struct net *net)
{
	const struct plan_input *in = net->plan->inputs;
	u32 i;

	net->lanes = lanes_new(net->g->n_inputs);
	for (i = 0; i < net->lanes.n; i++) {
		net->lanes.centre[i] = in[i].centre;
		net->lanes.step[i] = in[i].step;
		net->lanes.mean[i] = (net->c->in[i].mean - in[i].centre) / in[i].step;
		net->lanes.lo[i] = in[i].lo;
		net->lanes.hi[i] = in[i].hi;
	}
}

/* The range of a table's outputs, or the clamp where there is none. */
static void lanes_of_layer(struct net *net, u32 index, const struct plan_layer *l)
{
	const struct plan_table *t = l->table ? &net->plan->tables[l->table - 1] : NULL;
	s16 lo = t ? 32767 : l->lo, hi = t ? -32767 : l->hi, end;
	u32 i;

	for (i = 0; t && i < t->n_segments; i++) {
		end = t->base[i] + t->slope[i];
		lo = t->base[i] < lo ? t->base[i] : lo;
		lo = end < lo ? end : lo;
		hi = t->base[i] > hi ? t->base[i] : hi;
		hi = end > hi ? end : hi;
	}
	lanes_free(&net->lanes);
	net->lanes = lanes_new(l->n_out);
	for (i = 0; i < l->n_out; i++) {
		net->lanes.centre[i] = l->centre[i];
		net->lanes.step[i] = l->step[i];
		net->lanes.mean[i] = (net->c->stats[index].post[i].mean - l->centre[i]) / l->step[i];
		net->lanes.lo[i] = lo;
		net->lanes.hi[i] = hi;
	}
}

/* --- steps of a layer's output --- */

/* The weights of one row, in buf for an activation alone (the identity). */
static const double *row_of(const struct graph_layer *l, u32 o, double *buf)
{
	if (l->w)
		return l->w + (size_t)o * l->n_in;
	memset(buf, 0, l->n_in * sizeof(*buf));
	buf[o] = 1;
	return buf;
}

static double bias_of(const struct graph_layer *l, u32 o)
{
	return l->w ? l->b[o] : 0;
}

/* All that a row can produce from lanes in their ranges, before the activation. */
static struct quant_range reachable(const struct net *net, const struct graph_layer *l, u32 o)
{
	struct quant_range r = { .lo = bias_of(l, o), .hi = bias_of(l, o) };
	double buf[LQ_MAX_WIDTH], a, b;
	const double *w = row_of(l, o, buf);
	u32 i;

	for (i = 0; i < l->n_in; i++) {
		a = w[i] * (net->lanes.centre[i] + net->lanes.step[i] * net->lanes.lo[i]);
		b = w[i] * (net->lanes.centre[i] + net->lanes.step[i] * net->lanes.hi[i]);
		r.lo += fmin(a, b);
		r.hi += fmax(a, b);
	}
	return r;
}

/* Steps that the largest activation is worth to a layer of n inputs. */
static double amplitude(u32 n)
{
	return fmin(MAX_LANE, rint(2 * sqrt(2147483648.0 / n)));
}

/* Hidden layer without a table. */
static void steps_hidden(struct net *net, u32 index, struct plan_layer *p)
{
	const struct graph_layer *l = &net->g->layers[index];
	double amp = amplitude(net->g->layers[index + 1].n_in), most, all = 0;
	struct quant_range r;
	u32 o;

	most = net->c->stats[index].post_most * net->c->layer_room[index];
	if (isfinite(l->range_lo) && isfinite(l->range_hi))
		most = fmax(fabs(l->range_lo), fabs(l->range_hi));
	for (o = 0; o < l->n_out; o++) {
		r = reachable(net, l, o);
		all = fmax(all, fmax(fabs(layer_act(l, r.lo)), fabs(layer_act(l, r.hi))));
	}
	most = fmin(most, all);
	for (o = 0; o < l->n_out; o++)
		p->step[o] = (most > 0 ? most : 1) / amp;
	p->lo = -amp;
	p->hi = amp;
}

/* Input of the table of a layer. */
static void steps_table(struct net *net, u32 index, struct plan_layer *p)
{
	const struct graph_layer *l = &net->g->layers[index];
	double seen = net->c->stats[index].pre_most, range;
	u32 o;

	if (l->act == GRAPH_ACT_TANH)
		range = fmin(8, fmax(4, 2 * seen));
	else if (l->act == GRAPH_ACT_SIGMOID)
		range = fmin(16, fmax(8, 2 * seen));
	else
		range = seen > 0 ? seen * net->c->layer_room[index] : 1;
	for (o = 0; o < l->n_out; o++)
		p->step[o] = range / (MAX_LANE + 1);
	p->lo = -MAX_LANE;
	p->hi = MAX_LANE;
}

/* Range of one output of the last layer. */
static struct quant_range range_last(struct net *net, u32 index, u32 o)
{
	const struct graph_layer *l = &net->g->layers[index];
	struct quant_range r = reachable(net, l, o), seen = net->c->stats[index].post[o];
	double width = seen.hi - seen.lo, extra = fmax(EXTRA_RANGE, net->c->layer_room[index] - 1);

	r.lo = layer_act(l, r.lo);
	r.hi = layer_act(l, r.hi);
	width = fmax(width, fmax(fabs(seen.lo), fabs(seen.hi)) / 16);
	if (r.hi - r.lo > FULL_RANGE * width) {
		r.lo = fmax(r.lo, seen.lo - extra * width);
		r.hi = fmin(r.hi, seen.hi + extra * width);
	}
	return r;
}

static void steps_last(struct net *net, u32 index, struct plan_layer *p)
{
	const struct graph_layer *l = &net->g->layers[index];
	bool common = net->plan->meaning == LQ_MEANING_CLASS || l->act == GRAPH_ACT_CLIP || isfinite(l->range_lo);
	struct quant_range r, all = { .lo = INFINITY, .hi = -INFINITY };
	u32 o;

	for (o = 0; o < l->n_out; o++) {
		r = range_last(net, index, o);
		all.lo = fmin(all.lo, r.lo);
		all.hi = fmax(all.hi, r.hi);
	}
	for (o = 0; o < l->n_out; o++) {
		r = common ? all : range_last(net, index, o);
		p->centre[o] = (r.lo + r.hi) / 2;
		p->step[o] = fmax((r.hi - r.lo) / 2 / MAX_LANE, ldexp(fmax(fabs(r.lo), fabs(r.hi)), -30));
		if (!(p->step[o] > 0))
			p->step[o] = 1;
	}
	p->lo = -MAX_LANE;
	p->hi = MAX_LANE;
}

/* --- one layer --- */

/* A centre is a whole number of steps from 0, so that the zero point of the output is exact. */
static void settle_centre(struct plan_layer *p, u32 o)
{
	p->centre[o] = rint(p->centre[o] / p->step[o]) * p->step[o];
}

/* Rows at their own steps a[]; an output step finer than the row's is of no use (and m could not express it). */
static void make_rows(struct net *net, const struct graph_layer *l, struct plan_layer *p, double *a)
{
	double buf[LQ_MAX_WIDTH], bound, coarsest = 0;
	bool common = true, again = false;
	u32 o, pass;

	for (o = 0; o < l->n_out; o++)
		common &= p->step[o] == p->step[0] && p->centre[o] == p->centre[0];
	for (pass = 0; pass < 2 && (!pass || again); pass++) {
		for (o = 0; o < l->n_out; o++) {
			settle_centre(p, o);
			a[o] = quant_row(&net->lanes, row_of(l, o, buf), bias_of(l, o) - p->centre[o],
					 p->w + (size_t)o * l->n_in, &p->bias[o], &bound);
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

/* Relu and its kin narrow the clamp of lanes that share their step. */
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

static void make_table(struct net *net, const struct graph_layer *l, struct plan_layer *p, double amp)
{
	struct quant_curve curve = {
		.act = l->act, .alpha = l->alpha, .in_step = p->step[0],
		.out_step = 1 / amp,
		.lo = isfinite(l->range_lo) ? l->range_lo : -INFINITY,
		.hi = isfinite(l->range_hi) ? l->range_hi : INFINITY,
	};
	u32 o;

	if (l->act == GRAPH_ACT_LEAKY)
		curve.out_step = fmax(1, fabs(l->alpha)) * curve.in_step * (MAX_LANE + 1) / amp;
	p->table = quant_table(net->plan, &curve);
	for (o = 0; o < l->n_out; o++)
		p->step[o] = curve.out_step;
}

static const char *act_name(const struct graph_layer *l)
{
	switch (l->act) {
	case GRAPH_ACT_CLIP:
		return l->lo == 0 && isinf(l->hi) ? "Relu" : l->lo == 0 && l->hi == 6 ? "Relu6" : "Clip";
	case GRAPH_ACT_LEAKY:
		return "LeakyRelu";
	case GRAPH_ACT_TANH:
		return "Tanh";
	case GRAPH_ACT_SIGMOID:
		return "Sigmoid";
	case GRAPH_ACT_NONE:
		break;
	}
	return "";
}

static void make_layer(struct net *net, u32 index)
{
	const struct graph_layer *l = &net->g->layers[index];
	struct plan_layer *p = &net->plan->layers[index];
	bool last = index + 1 == net->g->n_layers;
	bool table = l->act == GRAPH_ACT_TANH || l->act == GRAPH_ACT_SIGMOID || l->act == GRAPH_ACT_LEAKY;
	double a[LQ_MAX_WIDTH];

	p->act = act_name(l);
	if (table)
		steps_table(net, index, p);
	else if (last)
		steps_last(net, index, p);
	else
		steps_hidden(net, index, p);
	make_rows(net, l, p, a);
	make_multipliers(l, p, a);
	if (table)
		make_table(net, l, p, last ? MAX_LANE : amplitude(net->g->layers[index + 1].n_in));
	else
		make_clamp(l, p);
}

static int make_outputs(struct net *net)
{
	const struct plan_layer *p = &net->plan->layers[net->g->n_layers - 1];
	struct plan_output *out;
	u32 o;
	int S;

	for (o = 0; o < net->g->n_outputs; o++) {
		out = &net->plan->outputs[o];
		if (quant_multiplier(p->step[o], 62, &out->m, &S) || S < -62)
			return util_fail(net->err, "output %u: a step of %g cannot be represented", o, p->step[o]);
		out->S = S;
		out->zp = rint(-p->centre[o] / p->step[o]);
	}
	return 0;
}

/* Nothing is left of a trial before. */
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

int quant_net(const struct graph *g, const struct quant_calib *c, const struct plan_options *opt, struct plan *plan,
	      struct graph_err *err)
{
	struct net net = { .g = g, .c = c, .opt = opt, .plan = plan, .err = err };
	int ret = quant_inputs(g, c, opt, plan, err);
	u32 l;

	reset(plan);
	if (ret)
		return ret;
	lanes_of_inputs(&net);
	for (l = 0; l < g->n_layers; l++) {
		make_layer(&net, l);
		lanes_of_layer(&net, l, &plan->layers[l]);
	}
	ret = make_outputs(&net);
	lanes_free(&net.lanes);
	return ret;
}
