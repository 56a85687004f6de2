// SPDX-License-Identifier: GPL-2.0
/* Making a net layer by layer, folding what can be folded: see graph_chain.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "graph_chain.h"
#include "util.h"

static bool graph_all_finite(const double *v, size_t n)
{
	while (n--)
		if (!isfinite(v[n]))
			return false;
	return true;
}

static struct graph_layer *graph_chain_last(const struct graph_chain *c)
{
	return c->g->n_layers ? &c->g->layers[c->g->n_layers - 1] : NULL;
}

/* The last layer, if it is a matrix that nothing but scales and shifts came after. */
static struct graph_layer *graph_chain_open(const struct graph_chain *c)
{
	struct graph_layer *l = graph_chain_last(c);

	return l && l->w && l->act == GRAPH_ACT_NONE && isnan(l->range_lo) ? l : NULL;
}

static struct graph_layer *graph_chain_add(struct graph_chain *c, const char *node, uint32_t n_out)
{
	struct graph *g = c->g;
	struct graph_layer *l;

	if (g->n_layers == GRAPH_MAX_LAYERS) {
		util_fail(c->err, "more than %u layers", GRAPH_MAX_LAYERS);
		return NULL;
	}
	if (!n_out || n_out > LQ_MAX_WIDTH) {
		util_fail(c->err, "%u outputs, not 1 to %u", n_out, LQ_MAX_WIDTH);
		return NULL;
	}
	if (!g->layers)
		g->layers = util_alloc(GRAPH_MAX_LAYERS, sizeof(*g->layers));
	l = &g->layers[g->n_layers++];
	*l = (struct graph_layer) {
		.node = util_strdup(node), .n_in = c->n, .n_out = n_out,
		.lo = -INFINITY, .hi = INFINITY, .range_lo = NAN, .range_hi = NAN,
	};
	c->n = n_out;
	return l;
}

void graph_chain_drop(struct graph_chain *c)
{
	free(c->s);
	free(c->t);
	free(c->node);
	c->s = c->t = NULL;
	c->node = NULL;
}

static void graph_chain_keep(struct graph_chain *c, const char *node)
{
	uint32_t i;

	if (c->s)
		return;
	c->s = util_alloc(c->n, sizeof(*c->s));
	c->t = util_alloc(c->n, sizeof(*c->t));
	c->node = util_strdup(node);
	for (i = 0; i < c->n; i++)
		c->s[i] = 1;
}

/* What is kept becomes a matrix of its own. */
static int graph_chain_flush(struct graph_chain *c)
{
	struct graph_layer *l;
	uint32_t i, n = c->n;

	if (!c->s)
		return 0;
	l = graph_chain_add(c, c->node, n);
	if (!l)
		return -1;
	l->w = util_alloc((size_t)n * n, sizeof(*l->w));
	l->b = util_alloc(n, sizeof(*l->b));
	for (i = 0; i < n; i++) {
		l->w[(size_t)i * n + i] = c->s[i];
		l->b[i] = c->t[i];
	}
	graph_chain_drop(c);
	return 0;
}

/* W (s x + t) + b */
static void graph_fold_before(const struct graph_chain *c, uint32_t n_out, double *w, double *b)
{
	uint32_t o, i;

	for (o = 0; o < n_out; o++)
		for (i = 0; i < c->n; i++) {
			b[o] += w[(size_t)o * c->n + i] * c->t[i];
			w[(size_t)o * c->n + i] *= c->s[i];
		}
}

/* s (W x + b) + t */
static void graph_fold_after(struct graph_layer *l, const double *s, const double *t)
{
	uint32_t o, i;

	for (o = 0; o < l->n_out; o++) {
		for (i = 0; i < l->n_in; i++)
			l->w[(size_t)o * l->n_in + i] *= s[o];
		l->b[o] = l->b[o] * s[o] + t[o];
	}
}

int graph_chain_fc(struct graph_chain *c, const char *node, uint32_t n_out, double *w, double *b)
{
	uint32_t n_in = c->n;
	struct graph_layer *l = graph_chain_add(c, node, n_out);

	if (!l) {
		free(w);
		free(b);
		return -1;
	}
	l->w = w;
	l->b = b;
	c->n = n_in;
	if (c->s)
		graph_fold_before(c, n_out, w, b);
	graph_chain_drop(c);
	c->n = n_out;
	return 0;
}

int graph_chain_diag(struct graph_chain *c, const char *node, const double *s, const double *t)
{
	struct graph_layer *l = graph_chain_open(c);
	uint32_t i;

	if (!c->s && l) {
		graph_fold_after(l, s, t);
		return 0;
	}
	graph_chain_keep(c, node);
	for (i = 0; i < c->n; i++) {
		c->s[i] *= s[i];
		c->t[i] = c->t[i] * s[i] + t[i];
	}
	return 0;
}

static double graph_clip(double x, double lo, double hi)
{
	return fmin(fmax(x, lo), hi);
}

/* Clip the clip (and what the file said of its range) once more. */
static void graph_clip_again(struct graph_layer *l, double lo, double hi)
{
	l->lo = graph_clip(l->lo, lo, hi);
	l->hi = graph_clip(l->hi, lo, hi);
	if (!isnan(l->range_lo)) {
		l->range_lo = graph_clip(l->range_lo, lo, hi);
		l->range_hi = graph_clip(l->range_hi, lo, hi);
	}
}

int graph_chain_act(struct graph_chain *c, const char *node, enum graph_act act, double lo, double hi, double alpha)
{
	struct graph_layer *l;

	if (graph_chain_flush(c))
		return -1;
	l = graph_chain_last(c);
	if (l && l->act == GRAPH_ACT_CLIP && act == GRAPH_ACT_CLIP) {
		graph_clip_again(l, lo, hi);
		return 0;
	}
	if (!graph_chain_open(c) && !graph_chain_add(c, node, c->n))
		return -1;
	l = graph_chain_last(c);
	l->act = act;
	l->alpha = alpha;
	if (act == GRAPH_ACT_CLIP) {
		l->lo = fmin(lo, hi);
		l->hi = hi;
	}
	return 0;
}

static void graph_in_range(struct graph *g, double lo, double hi)
{
	g->in_range_lo = g->in_range ? graph_clip(g->in_range_lo, lo, hi) : lo;
	g->in_range_hi = g->in_range ? graph_clip(g->in_range_hi, lo, hi) : hi;
	g->in_range = true;
}

int graph_chain_range(struct graph_chain *c, const char *node, double lo, double hi)
{
	struct graph_layer *l = graph_chain_last(c);

	if (!l && !c->s) {
		graph_in_range(c->g, lo, hi);
		return 0;
	}
	if (c->s || l->act == GRAPH_ACT_NONE || l->act == GRAPH_ACT_CLIP) {
		if (graph_chain_act(c, node, GRAPH_ACT_CLIP, lo, hi, 0))
			return -1;
		l = graph_chain_last(c);
		l->range_lo = l->lo;
		l->range_hi = l->hi;
		return 0;
	}
	l->range_lo = isnan(l->range_lo) ? lo : graph_clip(l->range_lo, lo, hi);
	l->range_hi = isnan(l->range_hi) ? hi : graph_clip(l->range_hi, lo, hi);
	return 0;
}

int graph_chain_exact(struct graph_chain *c, const char *node, uint32_t n_out, struct graph_exact *e)
{
	struct graph_layer *l = graph_chain_add(c, node, n_out);

	if (!l)
		return -1;
	l->exact = e;
	return 0;
}

static int graph_chain_check(const struct graph_chain *c)
{
	const struct graph_layer *l;
	uint32_t i;

	for (i = 0; i < c->g->n_layers; i++) {
		l = &c->g->layers[i];
		if (l->w && (!graph_all_finite(l->w, (size_t)l->n_in * l->n_out) || !graph_all_finite(l->b, l->n_out)))
			return util_fail(c->err, "layer '%.64s': a weight becomes infinite or not a number when folded",
					 l->node);
	}
	return 0;
}

int graph_chain_end(struct graph_chain *c)
{
	if (!c->s && !c->g->n_layers)
		graph_chain_keep(c, "identity");
	if (graph_chain_flush(c))
		return -1;
	c->g->n_outputs = c->n;
	return graph_chain_check(c);
}

void graph_clean(struct graph_err *err)
{
	char *p;

	err->msg[sizeof(err->msg) - 1] = '\0';
	for (p = err->msg; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}
