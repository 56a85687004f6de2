// SPDX-License-Identifier: GPL-2.0
/* Making a net layer by layer, folding what can be folded: see graph_chain.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "graph_chain.h"
#include "util.h"

#define GRAPH_DIAGONAL	64

static bool graph_all_finite(const double *v, size_t n)
{
	while (n--)
		if (!isfinite(v[n]))
			return false;
	return true;
}

/* The layer whose output is exactly these lanes, in order. */
struct graph_layer *graph_chain_last(const struct graph_chain *c)
{
	return c->value && !c->parts.n ? &c->g->layers[c->value - 1] : NULL;
}

/* The last layer, if it is a matrix followed only by scales and shifts. */
static struct graph_layer *graph_chain_open(const struct graph_chain *c)
{
	struct graph_layer *l = graph_chain_last(c);

	return l && !c->shared && l->w && l->op == GRAPH_FC && l->act == GRAPH_ACT_NONE &&
			       isnan(l->range_lo) ?
		       l :
		       NULL;
}

/* What the next layer reads; no parts if that is the whole previous value. */
struct graph_parts graph_chain_parts(const struct graph_chain *c)
{
	struct graph_parts p = { 0 };

	if (!c->parts.n && c->value == c->g->n_layers)
		return p;
	p.n = c->parts.n ? c->parts.n : 1;
	p.part = util_alloc(p.n, sizeof(*p.part));
	if (c->parts.n)
		memcpy(p.part, c->parts.part, p.n * sizeof(*p.part));
	else
		*p.part = (struct graph_part) { c->value, 0, c->n };
	return p;
}

void graph_chain_no_parts(struct graph_chain *c)
{
	free(c->parts.part);
	c->parts = (struct graph_parts) { 0 };
}

struct graph_layer *graph_chain_add(struct graph_chain *c, const char *node, uint32_t n_out)
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
	l = &g->layers[g->n_layers];
	*l = (struct graph_layer) {
		.node = util_strdup(node), .x = graph_chain_parts(c), .n_in = c->n, .n_out = n_out,
		.lo = -INFINITY, .hi = INFINITY, .range_lo = NAN, .range_hi = NAN,
	};
	c->value = ++g->n_layers;
	graph_chain_no_parts(c);
	c->shared = false;
	c->n = n_out;
	return l;
}

/* Drops what is pending. */
void graph_chain_undo(struct graph_chain *c)
{
	free(c->s);
	free(c->t);
	free(c->node);
	c->s = c->t = NULL;
	c->node = NULL;
}

void graph_chain_drop(struct graph_chain *c)
{
	graph_chain_undo(c);
	graph_chain_no_parts(c);
}

void graph_chain_keep(struct graph_chain *c, const char *node)
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

/*
 * Is a full matrix too large for just its diagonal? In a plain chain it is used, as all engines
 * have it.
 */
static bool graph_chain_large(const struct graph_chain *c)
{
	return c->n > GRAPH_DIAGONAL || c->shared || c->parts.n;
}

/* What is pending becomes a matrix of its own. */
int graph_chain_flush(struct graph_chain *c)
{
	struct graph_layer *l;
	uint32_t i, n = c->n, step;

	if (!c->s)
		return 0;
	step = graph_chain_large(c) ? 1 : n + 1;
	l = graph_chain_add(c, c->node, n);
	if (!l)
		return -1;
	l->op = step == 1 ? GRAPH_ADD : GRAPH_FC;
	l->w = util_alloc(step == 1 ? n : (size_t)n * n, sizeof(*l->w));
	l->b = util_alloc(n, sizeof(*l->b));
	for (i = 0; i < n; i++) {
		l->w[(size_t)i * step] = c->s[i];
		l->b[i] = c->t[i];
	}
	graph_chain_undo(c);
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
	graph_chain_undo(c);
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

/* Narrows the clip (and the range given in the file) once more. */
static void graph_clip_again(struct graph_layer *l, double lo, double hi)
{
	l->lo = graph_clip(l->lo, lo, hi);
	l->hi = graph_clip(l->hi, lo, hi);
	if (!isnan(l->range_lo)) {
		l->range_lo = graph_clip(l->range_lo, lo, hi);
		l->range_hi = graph_clip(l->range_hi, lo, hi);
	}
}

/* A layer for just an activation; as a sum of one operand if a matrix of ones would be large. */
static int graph_chain_ones(struct graph_chain *c, const char *node)
{
	bool large = graph_chain_large(c);
	struct graph_layer *l = graph_chain_add(c, node, c->n);
	uint32_t i;

	if (!l)
		return -1;
	if (!large)
		return 0;
	l->op = GRAPH_ADD;
	l->w = util_alloc(c->n, sizeof(*l->w));
	l->b = util_alloc(c->n, sizeof(*l->b));
	for (i = 0; i < c->n; i++)
		l->w[i] = 1;
	return 0;
}

/* Can the last layer take an activation? */
static bool graph_chain_bare(const struct graph_chain *c)
{
	const struct graph_layer *l = graph_chain_last(c);

	return l && !c->shared && l->act == GRAPH_ACT_NONE && isnan(l->range_lo) &&
	       (l->w || l->op == GRAPH_MUL);
}

int graph_chain_act(struct graph_chain *c, const char *node, enum graph_act act, double lo,
		    double hi, double alpha)
{
	struct graph_layer *l;

	if (graph_chain_flush(c))
		return -1;
	l = graph_chain_last(c);
	if (l && !c->shared && l->act == GRAPH_ACT_CLIP && act == GRAPH_ACT_CLIP) {
		graph_clip_again(l, lo, hi);
		return 0;
	}
	if (!graph_chain_bare(c) && graph_chain_ones(c, node))
		return -1;
	l = graph_chain_last(c);
	l->act = act;
	l->alpha = alpha;
	l->lo = act == GRAPH_ACT_CLIP ? fmin(lo, hi) : lo;
	l->hi = hi;
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

	if (!c->value && !c->parts.n && !c->s && !c->shared) {
		graph_in_range(c->g, lo, hi);
		return 0;
	}
	if (c->s || !l || c->shared || l->op != GRAPH_FC || l->act == GRAPH_ACT_NONE ||
	    l->act == GRAPH_ACT_CLIP) {
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

int graph_chain_exact(struct graph_chain *c, const char *node, uint32_t n_out,
		      struct graph_exact *e)
{
	struct graph_layer *l = graph_chain_add(c, node, n_out);

	if (!l)
		return -1;
	l->exact = e;
	return 0;
}

void graph_chain_copy(struct graph_chain *to, const struct graph_chain *from)
{
	*to = *from;
	to->s = to->t = NULL;
	to->node = NULL;
	if (from->parts.n) {
		to->parts.part = util_alloc(from->parts.n, sizeof(*to->parts.part));
		memcpy(to->parts.part, from->parts.part, from->parts.n * sizeof(*to->parts.part));
	}
	if (!from->s)
		return;
	graph_chain_keep(to, from->node);
	memcpy(to->s, from->s, from->n * sizeof(*to->s));
	memcpy(to->t, from->t, from->n * sizeof(*to->t));
}

static int graph_chain_check(const struct graph_chain *c)
{
	const struct graph_layer *l;
	size_t n;
	uint32_t i;

	for (i = 0; i < c->g->n_layers; i++) {
		l = &c->g->layers[i];
		n = l->op == GRAPH_ADD ? (l->z.n ? 2 : 1) : l->n_in;
		if (l->w &&
		    (!graph_all_finite(l->w, n * l->n_out) || !graph_all_finite(l->b, l->n_out)))
			return util_fail(c->err, "layer '%.64s': a weight becomes infinite or not "
					 "a number when folded",
					 l->node);
	}
	return 0;
}

int graph_chain_end(struct graph_chain *c)
{
	if (graph_chain_has_inputs(c) && !c->s)
		graph_chain_keep(c, "identity");
	if (graph_chain_flush(c))
		return -1;
	c->g->n_outputs = c->n;
	c->g->out = graph_chain_parts(c);
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

bool graph_chain_has_inputs(const struct graph_chain *c)
{
	uint32_t k;

	for (k = 0; k < c->parts.n; k++)
		if (!c->parts.part[k].value)
			return true;
	return !c->parts.n && !c->value;
}
