// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a scaler in front of a model part of it: the model reads s * x + t in place of x.
 *
 *	net		W (s x + t) + b = (W s) x + (W t + b) in the first layer; a layer of its own
 *			if that has no matrix or the file clamps its inputs
 *	int8 net	its quantiser gets s and t, and keeps its own arithmetic
 *	forest		s x + t <= thr is x <= the greatest x for which that holds in double; s < 0
 *			swaps branches
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "front.h"
#include "util.h"

static void fold_matrix(struct graph_layer *l, const double *s, const double *t)
{
	uint32_t o, i;
	double *w;

	for (o = 0; o < l->n_out; o++)
		for (i = 0; i < l->n_in; i++) {
			w = &l->w[(size_t)o * l->n_in + i];
			l->b[o] += *w * t[i];
			*w *= s[i];
		}
}

/* All values shift by one: readers of the inputs read the new layer. */
static void move_parts(struct graph_parts *p)
{
	uint32_t k;

	for (k = 0; k < p->n; k++)
		p->part[k].value++;
}

/* A diagonal matrix before all layers, with the clamp of the file's inputs. */
static void add_diagonal(struct graph *g, const double *s, const double *t)
{
	struct graph_layer *all = util_alloc(g->n_layers + 1, sizeof(*all)), *l = all;
	uint32_t i, n = g->n_inputs;

	memcpy(all + 1, g->layers, g->n_layers * sizeof(*all));
	for (i = 1; i <= g->n_layers; i++) {
		move_parts(&all[i].x);
		move_parts(&all[i].z);
	}
	move_parts(&g->out);
	free(g->layers);
	g->layers = all;
	g->n_layers++;
	*l = (struct graph_layer){
		.node = util_strdup("scaler"),
		.n_in = n,
		.n_out = n,
		.lo = -INFINITY,
		.hi = INFINITY,
		.range_lo = NAN,
		.range_hi = NAN,
		.w = util_alloc((size_t)n * n, sizeof(double)),
		.b = util_alloc(n, sizeof(double)),
	};
	for (i = 0; i < n; i++) {
		l->w[(size_t)i * n + i] = s[i];
		l->b[i] = t[i];
	}
	if (!g->in_range)
		return;
	l->act = GRAPH_ACT_CLIP;
	l->lo = l->range_lo = g->in_range_lo;
	l->hi = l->range_hi = g->in_range_hi;
	g->in_range = false;
}

static int scale_net(struct graph *g, const double *s, const double *t)
{
	if (!g->in_range && g->layers[0].w && graph_is_chain(g))
		fold_matrix(&g->layers[0], s, t);
	else
		add_diagonal(g, s, t);
	return 0;
}

static int scale_exact(struct graph *g, const double *s, const double *t, struct graph_err *err)
{
	uint32_t i;

	for (i = 0; i < g->n_inputs; i++)
		if (!(s[i] > 0))
			return util_fail(err, "input %u: an int8 model takes no scale below 0 (%g)",
					 i, s[i]);
	g->in_mul = util_alloc(g->n_inputs, sizeof(*g->in_mul));
	g->in_add = util_alloc(g->n_inputs, sizeof(*g->in_add));
	memcpy(g->in_mul, s, g->n_inputs * sizeof(*s));
	memcpy(g->in_add, t, g->n_inputs * sizeof(*t));
	return 0;
}

/* Does s x + t take the branch? */
static bool takes(const struct graph_node *n, double s, double t, double x)
{
	double v = s * x + t;

	return n->strict ? v < n->thr : v <= n->thr;
}

/* Maps doubles to integers in the same order, and back. */
static double double_at(int64_t key)
{
	uint64_t bits = key < 0 ? (uint64_t)-key | (uint64_t)1 << 63 : (uint64_t)key;
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

/*
 * The last x that takes the branch, in the direction of growing s x: rounding preserves order, so
 * bisect.
 */
static double last_taken(const struct graph_node *n, double s, double t)
{
	int64_t lo = -0x7fefffffffffffff, hi = 0x7fefffffffffffff, mid;	/* +-DBL_MAX */

	while (lo < hi) {
		mid = lo + (int64_t)(((uint64_t)hi - (uint64_t)lo + 1) / 2);
		if (takes(n, s, t, s > 0 ? double_at(mid) : -double_at(mid)))
			lo = mid;
		else
			hi = mid - 1;
	}
	return s > 0 ? double_at(lo) : -double_at(lo);
}

static void scale_set(struct graph_node *n, double s, double t)
{
	double x;
	uint32_t i;

	for (i = 0; i < n->n_set; i++)
		n->set[i] = (n->set[i] - t) / s;
	for (i = 0; s < 0 && i < n->n_set / 2; i++) {	/* ascending again */
		x = n->set[i];
		n->set[i] = n->set[n->n_set - 1 - i];
		n->set[n->n_set - 1 - i] = x;
	}
}

static void scale_node(struct graph_node *n, double s, double t)
{
	uint32_t yes = n->yes;
	double x;

	if (n->set) {
		scale_set(n, s, t);
		return;
	}
	x = last_taken(n, s, t);
	n->thr = x;
	n->strict = s < 0;	/* x' < x is what does not take it */
	if (s > 0)
		return;
	n->yes = n->no;
	n->no = yes;
}

static void scale_forest(struct graph *g, const double *s, const double *t)
{
	uint32_t k, i;

	for (k = 0; k < g->n_trees; k++)
		for (i = 0; i < g->trees[k].n_nodes; i++)
			if (!g->trees[k].nodes[i].leaf)
				scale_node(&g->trees[k].nodes[i], s[g->trees[k].nodes[i].input],
					   t[g->trees[k].nodes[i].input]);
}

int graph_scale(struct graph *g, const double *s, const double *t, struct graph_err *err)
{
	if (g->kind == GRAPH_FOREST) {
		scale_forest(g, s, t);
		return 0;
	}
	return g->exact ? scale_exact(g, s, t, err) : scale_net(g, s, t);
}
