// SPDX-License-Identifier: GPL-2.0
/* Random models as graphs. */
#include <math.h>
#include <stdlib.h>

#include "net.h"

u64 test_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1d;
}

double test_unit(u64 *state)
{
	return (double)(test_random(state) >> 11) / (1ull << 52) - 1;
}

static struct graph *graph_new(enum graph_kind kind, u32 n_in, u32 n_out)
{
	struct graph *g = util_alloc(1, sizeof(*g));

	g->kind = kind;
	g->name = util_strdup("random");
	g->producer = util_strdup("test");
	g->n_inputs = n_in;
	g->n_outputs = n_out;
	return g;
}

static void fill_layer(u64 *rng, struct graph_layer *l, u32 n_in, u32 n_out, enum graph_act act)
{
	u32 i;

	l->node = util_strdup("fc");
	l->n_in = n_in;
	l->n_out = n_out;
	l->w = util_alloc((size_t)n_in * n_out, sizeof(double));
	l->b = util_alloc(n_out, sizeof(double));
	for (i = 0; i < n_in * n_out; i++)
		l->w[i] = 2 * test_unit(rng) / sqrt(n_in);
	for (i = 0; i < n_out; i++)
		l->b[i] = test_unit(rng) / 4;
	l->act = act;
	l->lo = act == GRAPH_ACT_CLIP ? 0 : -INFINITY;
	l->hi = INFINITY;
	l->alpha = 0.1;
	l->range_lo = NAN;
	l->range_hi = NAN;
}

struct graph *test_net(u64 seed, const u32 *widths, u32 n_layers, enum graph_act act,
		       enum graph_act last)
{
	struct graph *g = graph_new(GRAPH_NET, widths[0], widths[n_layers]);
	u32 l;

	g->n_layers = n_layers;
	g->layers = util_alloc(n_layers, sizeof(*g->layers));
	for (l = 0; l < n_layers; l++)
		fill_layer(&seed, &g->layers[l], widths[l], widths[l + 1],
			   l + 1 < n_layers ? act : last);
	return g;
}

static void fill_leaf(u64 *rng, const struct graph *g, struct graph_node *n)
{
	double sum = 0;
	u32 o;

	n->leaf = true;
	n->value = util_alloc(g->n_outputs, sizeof(double));
	for (o = 0; o < g->n_outputs; o++) {
		n->value[o] = g->classes ? (double)(test_random(rng) % 20) : 100 * test_unit(rng);
		sum += n->value[o];
	}
	for (o = 0; o < g->n_outputs; o++)	/* as importers see it: float32 */
		n->value[o] = (float)(n->value[o] / (g->classes && sum > 0 ? sum : 1) / g->n_trees);
}

static void fill_tree(u64 *rng, const struct graph *g, struct graph_tree *t, u32 depth)
{
	u32 i, inner = (1u << depth) - 1;

	t->n_nodes = 2 * inner + 1;
	t->nodes = util_alloc(t->n_nodes, sizeof(*t->nodes));
	for (i = 0; i < t->n_nodes; i++) {
		struct graph_node *n = &t->nodes[i];

		if (i >= inner) {
			fill_leaf(rng, g, n);
			continue;
		}
		n->input = test_random(rng) % g->n_inputs;
		n->thr = test_random(rng) % 1000 + (test_random(rng) % 2 ? 0.5 : 0);
		n->strict = test_random(rng) % 4 == 0;
		n->yes = 2 * i + 1;
		n->no = 2 * i + 2;
	}
}

struct graph *test_forest(u64 seed, u32 n_inputs, u32 n_outputs, u32 n_trees, u32 depth,
			  bool classes)
{
	struct graph *g = graph_new(GRAPH_FOREST, n_inputs, n_outputs);
	u32 t;

	g->classes = classes;
	g->n_trees = n_trees;
	g->trees = util_alloc(n_trees, sizeof(*g->trees));
	g->base = util_alloc(n_outputs, sizeof(double));
	for (t = 0; t < n_outputs && !classes; t++)
		g->base[t] = 10 * test_unit(&seed);
	for (t = 0; t < n_trees; t++)
		fill_tree(&seed, g, &g->trees[t], depth);
	return g;
}

struct graph *test_int8(u64 seed, u32 n_in, u32 n_out, float scale, s32 zp)
{
	struct graph *g = graph_new(GRAPH_NET, n_in, n_out);
	struct graph_exact *e = util_alloc(1, sizeof(*e));
	struct graph_layer *l;
	u32 i;

	g->exact = true;
	g->in_scale = scale;
	g->in_zp = zp;
	g->in_lo = -128;
	g->in_hi = 127;
	g->out_scale = 1 / 128.0f;
	g->n_layers = 1;
	g->layers = l = util_alloc(1, sizeof(*l));
	l->node = util_strdup("FULLY_CONNECTED");
	l->n_in = n_in;
	l->n_out = n_out;
	l->range_lo = l->range_hi = NAN;
	l->exact = e;
	e->w = util_alloc((size_t)n_in * n_out, sizeof(s16));
	e->bias = util_alloc(n_out, sizeof(s32));
	e->m = util_alloc(n_out, sizeof(s32));
	e->lut = util_alloc(256, sizeof(s16));
	for (i = 0; i < n_in * n_out; i++)
		e->w[i] = 127 * test_unit(&seed);
	for (i = 0; i < n_out; i++) {
		e->bias[i] = 1000 * test_unit(&seed);
		e->m[i] = (1u << 30) + test_random(&seed) % (1u << 30);
	}
	e->S = 40;
	e->zp = 3;
	e->lo = -128;
	e->hi = 127;
	for (i = 0; i < 256; i++)
		e->lut[i] = (s16)rint(127 * tanh(((int)i - 128) / 32.0));
	return g;
}

struct rows test_rows(u64 seed, size_t n, u32 cols, double lo, double spread, bool integer)
{
	struct rows r = { .n = n, .cols = cols, .v = util_alloc(n * cols, sizeof(double)) };
	size_t i;

	for (i = 0; i < n * cols; i++) {
		r.v[i] = lo + spread * (test_unit(&seed) + 1) / 2;
		if (integer)
			r.v[i] = floor(r.v[i]);
	}
	return r;
}
