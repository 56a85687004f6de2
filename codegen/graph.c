// SPDX-License-Identifier: GPL-2.0
/*
 * Running a model in double arithmetic, and freeing it.
 *
 * This is the reference that quantisation is measured against, so it follows the definitions
 * literally: no tables, no blocking. Integer models (int8 TFLite) run in their own integers,
 * exactly as <lq/format.h> defines a layer, and only the ends are real: the result is that of
 * TensorFlow Lite with single rounding.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "graph_act.h"
#include "graph.h"
#include "util.h"

static double graph_clamp(double x, double lo, double hi)
{
	return fmin(fmax(x, lo), hi);
}

double graph_activate(const struct graph_layer *l, double x)
{
	x = act_value(l->act, l->alpha, l->lo, l->hi, x);
	return isnan(l->range_lo) || isnan(l->range_hi) ? x :
							  graph_clamp(x, l->range_lo, l->range_hi);
}

uint32_t graph_weights(const struct graph_layer *l)
{
	if (l->exact)
		return l->exact->w ? l->n_in : 0;
	return l->op == GRAPH_FC ? l->n_in : l->op == GRAPH_ADD ? (l->z.n ? 2 : 1) : 0;
}

uint32_t graph_at(const struct graph *g, uint32_t v)
{
	uint32_t at = v ? g->n_inputs : 0, l;

	for (l = 0; l + 1 < v; l++)
		at += g->layers[l].n_out;
	return at;
}

static uint32_t graph_value_n(const struct graph *g, uint32_t v)
{
	return v ? g->layers[v - 1].n_out : g->n_inputs;
}

uint32_t graph_parts_n(const struct graph *g, const struct graph_parts *p, uint32_t l)
{
	uint32_t n = 0, k;

	if (!p->n)
		return graph_value_n(g, l);
	for (k = 0; k < p->n; k++)
		n += p->part[k].n;
	return n;
}

bool graph_part_of(const struct graph *g, const struct graph_parts *p, uint32_t l, uint32_t k,
		   struct graph_part *part)
{
	if (p->n ? k >= p->n : k)
		return false;
	*part = p->n ? p->part[k] : (struct graph_part) { l, 0, graph_value_n(g, l) };
	return true;
}

const double *graph_gather(const struct graph *g, const struct graph_parts *p, uint32_t l,
			   const double *values, double *buf)
{
	struct graph_part part;
	uint32_t k, n = 0;

	if (p->n < 2) {
		graph_part_of(g, p, l, 0, &part);
		return values + graph_at(g, part.value) + part.first;
	}
	for (k = 0; k < p->n; n += p->part[k++].n)
		memcpy(buf + n, values + graph_at(g, p->part[k].value) + p->part[k].first,
		       p->part[k].n * sizeof(*buf));
	return buf;
}

static bool graph_parts_have(const struct graph *g, const struct graph_parts *p, uint32_t l,
			     uint32_t v)
{
	struct graph_part part;
	uint32_t k;

	for (k = 0; graph_part_of(g, p, l, k, &part); k++)
		if (part.value == v)
			return true;
	return false;
}

bool graph_reads(const struct graph *g, uint32_t l, uint32_t v)
{
	if (l == g->n_layers)
		return graph_parts_have(g, &g->out, l, v);
	return graph_parts_have(g, &g->layers[l].x, l, v) ||
	       (g->layers[l].z.n && graph_parts_have(g, &g->layers[l].z, l, v));
}

bool graph_is_chain(const struct graph *g)
{
	uint32_t l;

	for (l = 0; l < g->n_layers; l++)
		if (g->layers[l].op != GRAPH_FC || g->layers[l].x.n)
			return false;
	return !g->out.n;
}

static void graph_softmax(const double *x, double *y, uint32_t n)
{
	double most = -INFINITY, sum = 0;
	uint32_t o;

	for (o = 0; o < n; o++)
		most = fmax(most, x[o]);
	for (o = 0; o < n; o++)
		sum += y[o] = exp(x[o] - most);
	for (o = 0; o < n; o++)
		y[o] /= sum;
}

/* One number, before the activation. */
static double graph_sum(const struct graph_layer *l, uint32_t o, const double *x, double z)
{
	uint32_t each = l->z.n ? 2 : 1;

	switch (l->op) {
	case GRAPH_ADD:
		return l->b[o] + l->w[each * o] * x[o] + (each > 1 ? l->w[each * o + 1] * z : 0);
	case GRAPH_MUL:
		return x[o] * z;
	default:
		return l->w ? l->b[o] + util_dot(l->w + (size_t)o * l->n_in, x, l->n_in) : x[o];
	}
}

void graph_layer_run(const struct graph *g, uint32_t index, const double *values, double *z,
		     double *y)
{
	const struct graph_layer *l = &g->layers[index];
	double bufs[2][LQ_MAX_WIDTH];
	const double *x = graph_gather(g, &l->x, index, values, bufs[0]);
	const double *with = l->z.n ? graph_gather(g, &l->z, index, values, bufs[1]) : NULL;
	bool one = with && graph_parts_n(g, &l->z, index) == 1;
	uint32_t o;

	if (l->op == GRAPH_SOFTMAX) {
		memcpy(z, x, l->n_out * sizeof(*z));
		graph_softmax(x, y, l->n_out);
		return;
	}
	for (o = 0; o < l->n_out; o++) {
		z[o] = graph_sum(l, o, x, with ? with[one ? 0 : o] : 0);
		y[o] = graph_activate(l, z[o]);
	}
}

/*
 * One output of an exact layer: accumulate, round once (half up), shift the zero point in, clamp,
 * look up.
 */
static double graph_exact_one(const struct graph_layer *l, uint32_t o, const double *x)
{
	const struct graph_exact *e = l->exact;
	int64_t acc, y = (int64_t)x[o < l->n_in ? o : 0];
	uint32_t i;

	if (e->w) {
		acc = e->bias[o];
		for (i = 0; i < l->n_in; i++)
			acc += (int64_t)e->w[(size_t)o * l->n_in + i] * (int64_t)x[i];
		y = ((acc * e->m[o] + ((int64_t)1 << (e->S - 1))) >> e->S) + e->zp;
		y = y < e->lo ? e->lo : y > e->hi ? e->hi : y;
	}
	return e->lut ? e->lut[y + 128] : y;
}

static void graph_exact_run(const struct graph_layer *l, const double *x, double *y)
{
	uint32_t o;

	for (o = 0; o < l->n_out; o++)
		y[o] = graph_exact_one(l, o, x);
}

/*
 * The input quantiser of an int8 model: in float, as TensorFlow Lite computes it, half away from
 * zero.
 */
static double graph_quantise(const struct graph *g, uint32_t i, double x)
{
	if (g->in_mul)
		x = g->in_mul[i] * x + g->in_add[i];
	return graph_clamp((double)roundf((float)x / g->in_scale) + g->in_zp, g->in_lo, g->in_hi);
}

static double graph_enter(const struct graph *g, uint32_t i, double x)
{
	if (g->exact)
		return graph_quantise(g, i, x);
	return g->in_range ? graph_clamp(x, g->in_range_lo, g->in_range_hi) : x;
}

static void graph_net_run(const struct graph *g, const double *in, double *out)
{
	uint32_t i, at = 0;
	double *values = util_alloc(graph_at(g, g->n_layers + 1), sizeof(*values));
	double z[LQ_MAX_WIDTH], buf[LQ_MAX_WIDTH];
	const double *x;

	for (i = 0; i < g->n_inputs; i++)
		values[i] = graph_enter(g, i, in[i]);
	for (i = 0; i < g->n_layers; i++) {
		uint32_t next = graph_at(g, i + 1);

		if (g->layers[i].exact)
			graph_exact_run(&g->layers[i], values + at, values + next);
		else
			graph_layer_run(g, i, values, z, values + next);
		at = next;
	}
	x = graph_gather(g, &g->out, g->n_layers, values, buf);
	for (i = 0; i < g->n_outputs; i++)
		out[i] = g->exact ? (x[i] - g->out_zp) * (double)g->out_scale : x[i];
	free(values);
}

bool graph_is(double x, double member)
{
	return fabs(x - member) <= fabs(member) * 0x1p-22;
}

bool graph_takes(const struct graph_node *n, double x)
{
	uint32_t i;

	if (!n->set)
		return n->strict ? x < n->thr : x <= n->thr;
	for (i = 0; i < n->n_set && !graph_is(x, n->set[i]); i++)
		;
	return i < n->n_set;
}

static const struct graph_node *graph_leaf(const struct graph_tree *t, const double *x)
{
	const struct graph_node *n = t->nodes;

	while (!n->leaf)
		n = &t->nodes[graph_takes(n, x[n->input]) ? n->yes : n->no];
	return n;
}

static void graph_forest_run(const struct graph *g, const double *x, double *y)
{
	const struct graph_node *leaf;
	uint32_t i, o;

	memcpy(y, g->base, g->n_outputs * sizeof(*y));
	for (i = 0; i < g->n_trees; i++) {
		leaf = graph_leaf(&g->trees[i], x);
		for (o = 0; o < g->n_outputs; o++)
			y[o] += leaf->value[o];
	}
}

void graph_run(const struct graph *g, const double *x, double *y)
{
	if (g->kind == GRAPH_FOREST)
		graph_forest_run(g, x, y);
	else
		graph_net_run(g, x, y);
}

static void graph_exact_free(struct graph_exact *e)
{
	if (!e)
		return;
	free(e->w);
	free(e->bias);
	free(e->m);
	free(e->lut);
	free(e);
}

static void graph_layer_free(struct graph_layer *l)
{
	free(l->node);
	free(l->x.part);
	free(l->z.part);
	free(l->w);
	free(l->b);
	graph_exact_free(l->exact);
}

static void graph_tree_free(struct graph_tree *t)
{
	uint32_t i;

	for (i = 0; i < t->n_nodes; i++) {
		free(t->nodes[i].value);
		free(t->nodes[i].set);
	}
	free(t->nodes);
}

static void graph_names_free(char **names, uint32_t n)
{
	uint32_t i;

	for (i = 0; names && i < n; i++)
		free(names[i]);
	free(names);
}

void graph_layers_free(struct graph *g)
{
	uint32_t i;

	for (i = 0; i < g->n_layers; i++)
		graph_layer_free(&g->layers[i]);
	free(g->layers);
	g->layers = NULL;
	g->n_layers = 0;
}

void graph_free(struct graph *g)
{
	uint32_t i;

	if (!g)
		return;
	graph_layers_free(g);
	for (i = 0; i < g->n_trees; i++)
		graph_tree_free(&g->trees[i]);
	graph_names_free(g->input_names, g->n_inputs);
	graph_names_free(g->class_names, g->n_outputs);
	free(g->out.part);
	free(g->trees);
	free(g->base);
	free(g->in_mul);
	free(g->in_add);
	free(g->name);
	free(g->producer);
	free(g);
}
