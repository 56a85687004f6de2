// SPDX-License-Identifier: GPL-2.0
/* The step of a layer's sums: the head of quant_net.c has the theory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph_act.h"
#include "quant_net.h"

/* times the calibrated range of an output: up to this it gets its whole reachable range */
#define FULL_RANGE	8
#define EXTRA_RANGE	1.5	/* times its width, added on each side otherwise */

static void set_operand(struct quant_row_of *r, u32 k, const struct quant_lanes *from, u32 o,
			double w)
{
	r->w2[k] = w;
	r->centre[k] = from->centre[o];
	r->step[k] = from->step[o];
	r->mean[k] = from->mean[o];
	r->lo[k] = from->lo[o];
	r->hi[k] = from->hi[o];
	if (from->reach) {	/* both bounds are those of the buffer */
		r->lo[k] = -from->reach;
		r->hi[k] = from->reach;
	}
}

/* Row o; for just an activation, the identity in buf. */
void quant_row_of(const struct quant_net *net, const struct graph_layer *l, u32 o, double *buf,
		  struct quant_row_of *r)
{
	u32 each = l->z.n ? 2 : 1;

	r->w = l->w ? l->w + (size_t)o * l->n_in : buf;
	r->lanes = net->x;
	if (!l->w) {
		memset(buf, 0, l->n_in * sizeof(*buf));
		buf[o] = 1;
	}
	if (l->op != GRAPH_ADD)
		return;
	set_operand(r, 0, &net->x, o, l->w[each * o]);
	if (each > 1)
		set_operand(r, 1, &net->z, o, l->w[each * o + 1]);
	r->w = r->w2;
	r->lanes = (struct quant_lanes){
		.n = each,
		.centre = r->centre,
		.step = r->step,
		.mean = r->mean,
		.lo = r->lo,
		.hi = r->hi,
	};
}

double quant_bias_of(const struct graph_layer *l, u32 o)
{
	return l->w ? l->b[o] : 0;
}

static double real_at(const struct quant_lanes *lanes, u32 i, s16 lane)
{
	return lanes->centre[i] + lanes->step[i] * lane;
}

static struct quant_range reachable_product(const struct quant_net *net, u32 o)
{
	u32 k = net->z.n > 1 ? o : 0;
	double a = real_at(&net->x, o, net->x.lo[o]), b = real_at(&net->x, o, net->x.hi[o]);
	double c = real_at(&net->z, k, net->z.lo[k]), d = real_at(&net->z, k, net->z.hi[k]);

	return (struct quant_range){
		.lo = fmin(fmin(a * c, a * d), fmin(b * c, b * d)),
		.hi = fmax(fmax(a * c, a * d), fmax(b * c, b * d)),
	};
}

/* The range that a row can produce from lanes in their ranges, before the activation. */
static struct quant_range reachable(const struct quant_net *net, const struct graph_layer *l, u32 o)
{
	struct quant_range range = { .lo = quant_bias_of(l, o), .hi = quant_bias_of(l, o) };
	double buf[LQ_MAX_WIDTH], a, b;
	struct quant_row_of r;
	u32 i;

	if (l->op == GRAPH_MUL)
		return reachable_product(net, o);
	quant_row_of(net, l, o, buf, &r);
	for (i = 0; i < r.lanes.n; i++) {
		a = r.w[i] * real_at(&r.lanes, i, r.lanes.lo[i]);
		b = r.w[i] * real_at(&r.lanes, i, r.lanes.hi[i]);
		range.lo += fmin(a, b);
		range.hi += fmax(a, b);
	}
	return range;
}

/* Number of steps of the largest activation, for a layer of n inputs. */
static double amplitude(u32 n)
{
	return fmin(MAX_LANE, rint(2 * sqrt(2147483648.0 / n)));
}

/* Weights of the fullest row: those of a convolution are mostly 0. */
static u32 weights_in_row(const struct graph_layer *l)
{
	u32 most = 1, o, i, n;

	for (o = 0; l->w && o < l->n_out; o++) {
		for (i = n = 0; i < l->n_in; i++)
			n += l->w[(size_t)o * l->n_in + i] != 0;
		most = n > most ? n : most;
	}
	return l->w && most < l->n_in / 2 ? most : l->n_in;
}

/* The same for a reader. */
static double amplitude_for(const struct graph_layer *reader)
{
	switch (reader->op) {
	case GRAPH_FC:
		return amplitude(weights_in_row(reader));
	case GRAPH_SOFTMAX:
		return MAX_LANE / 2;
	default:
		return MAX_LANE;
	}
}

double quant_amplitude(const struct quant_net *net, u32 index)
{
	double least = MAX_LANE;
	u32 l;

	for (l = index + 1; l < net->g->n_layers; l++)
		if (graph_reads(net->g, l, index + 1))
			least = fmin(least, amplitude_for(&net->g->layers[l]));
	return least;
}

/* Is the layer's result only an output? A product cannot have a centre. */
static bool is_last(const struct quant_net *net, u32 index)
{
	u32 l;

	for (l = index + 1; l < net->g->n_layers; l++)
		if (graph_reads(net->g, l, index + 1))
			return false;
	return net->g->layers[index].op != GRAPH_MUL;
}

/* Hidden layer without a table. */
static void steps_hidden(struct quant_net *net, u32 index, struct plan_layer *p)
{
	const struct graph_layer *l = &net->g->layers[index];
	double amp = quant_amplitude(net, index), most, all = 0;
	struct quant_range r;
	u32 o;

	most = net->c->stats[index].post_most * net->c->layer_room[index];
	if (isfinite(l->range_lo) && isfinite(l->range_hi))
		most = fmax(fabs(l->range_lo), fabs(l->range_hi));
	for (o = 0; o < l->n_out; o++) {
		r = reachable(net, l, o);
		all = fmax(all, fmax(fabs(graph_activate(l, r.lo)), fabs(graph_activate(l, r.hi))));
	}
	most = fmin(most, all);
	for (o = 0; o < l->n_out; o++)
		p->step[o] = (most > 0 ? most : 1) / amp;
	p->lo = -amp;
	p->hi = amp;
}

/* Input of the table of a layer. */
static void steps_table(struct quant_net *net, u32 index, struct plan_layer *p)
{
	const struct graph_layer *l = &net->g->layers[index];
	double seen = net->c->stats[index].pre_most, room = net->c->layer_room[index], range;
	u32 o;

	if (l->act == GRAPH_ACT_TANH)
		range = fmin(8, fmax(4, 2 * seen));
	else if (l->act == GRAPH_ACT_SIGMOID)
		range = fmin(16, fmax(8, 2 * seen));
	else
		range = seen > 0 ? seen * (act_is_positive(l->act) ? sqrt(room) : room) : 1;
	for (o = 0; o < l->n_out; o++) {
		p->step[o] = range / (MAX_LANE + 1);
		if (!act_is_positive(l->act))
			continue;
		p->step[o] /= 2;	/* no steps for values below 0 */
		p->centre[o] = range / 2;
	}
	p->lo = -MAX_LANE;
	p->hi = MAX_LANE;
}

/* Range of one output of the last layer. */
static struct quant_range range_last(struct quant_net *net, u32 index, u32 o)
{
	const struct graph_layer *l = &net->g->layers[index];
	struct quant_range r = reachable(net, l, o), seen = net->c->stats[index].post[o];
	double width = seen.hi - seen.lo, extra = fmax(EXTRA_RANGE, net->c->layer_room[index] - 1);

	r.lo = graph_activate(l, r.lo);
	r.hi = graph_activate(l, r.hi);
	width = fmax(width, fmax(fabs(seen.lo), fabs(seen.hi)) / 16);
	if (r.hi - r.lo > FULL_RANGE * width) {
		r.lo = fmax(r.lo, seen.lo - extra * width);
		r.hi = fmin(r.hi, seen.hi + extra * width);
	}
	return r;
}

static void steps_last(struct quant_net *net, u32 index, struct plan_layer *p)
{
	const struct graph_layer *l = &net->g->layers[index];
	bool common = net->plan->meaning == LQ_MEANING_CLASS || l->act == GRAPH_ACT_CLIP ||
		      isfinite(l->range_lo);
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
		p->step[o] = fmax((r.hi - r.lo) / 2 / MAX_LANE,
				  ldexp(fmax(fabs(r.lo), fabs(r.hi)), -30));
		if (!(p->step[o] > 0))
			p->step[o] = 1;
	}
	p->lo = -MAX_LANE;
	p->hi = MAX_LANE;
}

void quant_steps(struct quant_net *net, u32 index, struct plan_layer *p)
{
	if (!act_is_clamp(net->g->layers[index].act))
		steps_table(net, index, p);
	else if (is_last(net, index))
		steps_last(net, index, p);
	else
		steps_hidden(net, index, p);
}
