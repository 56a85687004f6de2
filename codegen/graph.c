// SPDX-License-Identifier: GPL-2.0
/*
 * Running a model in double arithmetic, and freeing it.
 *
 * This is the reference that quantisation is measured against, so it is written as the definitions read: no tables, no
 * blocking. Models of integers (int8 TFLite) run in their own integers, exactly as <lq/format.h> defines a layer, and
 * only the ends are real: what it gives is what TensorFlow Lite gives with single rounding.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "util.h"

static double graph_clamp(double x, double lo, double hi)
{
	return fmin(fmax(x, lo), hi);
}

static double graph_activate(const struct graph_layer *l, double x)
{
	switch (l->act) {
	case GRAPH_ACT_CLIP:
		return graph_clamp(x, l->lo, l->hi);
	case GRAPH_ACT_LEAKY:
		return x < 0 ? l->alpha * x : x;
	case GRAPH_ACT_TANH:
		return tanh(x);
	case GRAPH_ACT_SIGMOID:
		return 1 / (1 + exp(-x));
	case GRAPH_ACT_NONE:
		break;
	}
	return x;
}

static double graph_dot(const struct graph_layer *l, uint32_t o, const double *x)
{
	return l->b[o] + util_dot(l->w + (size_t)o * l->n_in, x, l->n_in);
}

static void graph_layer_run(const struct graph_layer *l, const double *x, double *y)
{
	uint32_t o;

	for (o = 0; o < l->n_out; o++) {
		y[o] = graph_activate(l, l->w ? graph_dot(l, o, x) : x[o]);
		if (!isnan(l->range_lo) && !isnan(l->range_hi))
			y[o] = graph_clamp(y[o], l->range_lo, l->range_hi);
	}
}

/* One output of an exact layer: accumulate, round once (half up), shift the zero point in, clamp, look up. */
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

/* The quantiser at the front of an int8 model: in float, as TensorFlow Lite computes it, half away from zero. */
static double graph_quantise(const struct graph *g, uint32_t i, double x)
{
	if (g->in_mul)
		x = g->in_mul[i] * x + g->in_add[i];
	return graph_clamp((double)roundf((float)x / g->in_scale) + g->in_zp, g->in_lo, g->in_hi);
}

static uint32_t graph_width(const struct graph *g)
{
	uint32_t i, n = g->n_inputs;

	for (i = 0; i < g->n_layers; i++)
		n = g->layers[i].n_out > n ? g->layers[i].n_out : n;
	return n;
}

static double graph_enter(const struct graph *g, uint32_t i, double x)
{
	if (g->exact)
		return graph_quantise(g, i, x);
	return g->in_range ? graph_clamp(x, g->in_range_lo, g->in_range_hi) : x;
}

static void graph_net_run(const struct graph *g, const double *in, double *out)
{
	uint32_t i, width = graph_width(g);
	double *buf = util_alloc(2 * (size_t)width, sizeof(*buf));
	double *x = buf, *y = buf + width, *t;

	for (i = 0; i < g->n_inputs; i++)
		x[i] = graph_enter(g, i, in[i]);
	for (i = 0; i < g->n_layers; i++) {
		if (g->layers[i].exact)
			graph_exact_run(&g->layers[i], x, y);
		else
			graph_layer_run(&g->layers[i], x, y);
		t = x, x = y, y = t;
	}
	for (i = 0; i < g->n_outputs; i++)
		out[i] = g->exact ? (x[i] - g->out_zp) * (double)g->out_scale : x[i];
	free(buf);
}

static const struct graph_node *graph_leaf(const struct graph_tree *t, const double *x)
{
	const struct graph_node *n = t->nodes;

	while (!n->leaf)
		n = &t->nodes[(n->strict ? x[n->input] < n->thr : x[n->input] <= n->thr) ? n->yes : n->no];
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
	free(l->w);
	free(l->b);
	graph_exact_free(l->exact);
}

static void graph_tree_free(struct graph_tree *t)
{
	uint32_t i;

	for (i = 0; i < t->n_nodes; i++)
		free(t->nodes[i].value);
	free(t->nodes);
}

static void graph_names_free(char **names, uint32_t n)
{
	uint32_t i;

	for (i = 0; names && i < n; i++)
		free(names[i]);
	free(names);
}

void graph_free(struct graph *g)
{
	uint32_t i;

	if (!g)
		return;
	for (i = 0; i < g->n_layers; i++)
		graph_layer_free(&g->layers[i]);
	for (i = 0; i < g->n_trees; i++)
		graph_tree_free(&g->trees[i]);
	graph_names_free(g->input_names, g->n_inputs);
	graph_names_free(g->class_names, g->n_outputs);
	free(g->layers);
	free(g->trees);
	free(g->base);
	free(g->in_mul);
	free(g->in_add);
	free(g->name);
	free(g->producer);
	free(g);
}
