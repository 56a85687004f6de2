// SPDX-License-Identifier: GPL-2.0
/* Picking and joining lanes of chains, adding and multiplying chains: see graph_chain.h. */
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "graph_chain.h"
#include "util.h"

struct graph_part graph_chain_lane(const struct graph_chain *c, uint32_t i)
{
	uint32_t k;

	for (k = 0; k < c->parts.n; i -= c->parts.part[k++].n)
		if (i < c->parts.part[k].n)
			return (struct graph_part){ c->parts.part[k].value,
						    c->parts.part[k].first + i, 1 };
	return (struct graph_part) { c->value, i, 1 };
}

/* Appends a lane, to the last part if it comes next there. */
static void graph_parts_add(struct graph_parts *p, struct graph_part lane)
{
	struct graph_part *last = p->n ? &p->part[p->n - 1] : NULL;

	if (last && last->value == lane.value && last->first + last->n == lane.first) {
		last->n++;
		return;
	}
	p->part[p->n++] = lane;
}

/* A whole value, in order, needs no parts. */
static void graph_chain_settle(struct graph_chain *c)
{
	struct graph_part all = c->parts.part[0];

	if (c->parts.n > 1 || all.first ||
	    all.n != (all.value ? c->g->layers[all.value - 1].n_out : c->g->n_inputs))
		return;
	graph_chain_no_parts(c);
	c->value = all.value;
}

int graph_chain_pick(struct graph_chain *c, const char *node, const uint32_t *lane, uint32_t n)
{
	struct graph_chain old;
	uint32_t i;

	if (!n || n > LQ_MAX_WIDTH)
		return util_fail(c->err, "%u numbers are picked, not 1 to %u", n, LQ_MAX_WIDTH);
	graph_chain_copy(&old, c);
	graph_chain_drop(c);
	c->parts.part = util_alloc(n, sizeof(*c->parts.part));
	for (i = 0; i < n; i++)
		graph_parts_add(&c->parts, graph_chain_lane(&old, lane[i]));
	c->n = n;
	graph_chain_settle(c);
	if (old.s) {
		graph_chain_keep(c, node);
		for (i = 0; i < n; i++) {
			c->s[i] = old.s[lane[i]];
			c->t[i] = old.t[lane[i]];
		}
	}
	graph_chain_drop(&old);
	return 0;
}

int graph_chain_join(struct graph_chain *c, const char *node, const struct graph_chain *more)
{
	struct graph_chain old;
	uint32_t i;

	if (c->n + more->n > LQ_MAX_WIDTH)
		return util_fail(c->err, "%u numbers in all, more than %u", c->n + more->n,
				 LQ_MAX_WIDTH);
	graph_chain_copy(&old, c);
	graph_chain_drop(c);
	c->n = old.n + more->n;
	c->parts.part = util_alloc(c->n, sizeof(*c->parts.part));
	for (i = 0; i < c->n; i++)
		graph_parts_add(&c->parts, i < old.n ? graph_chain_lane(&old, i) :
						       graph_chain_lane(more, i - old.n));
	c->shared = old.shared || more->shared || old.value != more->value;
	graph_chain_settle(c);
	if (old.s || more->s)
		graph_chain_keep(c, node);
	for (i = 0; c->s && i < c->n; i++) {
		const struct graph_chain *from = i < old.n ? &old : more;
		uint32_t k = i < old.n ? i : i - old.n;

		c->s[i] = from->s ? from->s[k] : 1;
		c->t[i] = from->s ? from->t[k] : 0;
	}
	graph_chain_drop(&old);
	return 0;
}

/* Repeats a lane n times: a matrix of ones. */
static int graph_chain_spread(struct graph_chain *c, const char *node, uint32_t n)
{
	double *w = util_alloc(n, sizeof(*w));
	uint32_t i;

	for (i = 0; i < n; i++)
		w[i] = 1;
	return graph_chain_fc(c, node, n, w, util_alloc(n, sizeof(double)));
}

/* A second operand is always given as parts. */
static struct graph_parts graph_chain_said(const struct graph_chain *c)
{
	struct graph_parts p = graph_chain_parts(c);

	if (p.n)
		return p;
	p.n = 1;
	p.part = util_alloc(1, sizeof(*p.part));
	*p.part = (struct graph_part) { c->value, 0, c->n };
	return p;
}

int graph_chain_sum(struct graph_chain *c, const char *node, struct graph_chain *z, double a,
		    double b)
{
	struct graph_parts with;
	struct graph_layer *l;
	uint32_t i, n = c->n > z->n ? c->n : z->n;

	if ((c->n < n && graph_chain_spread(c, node, n)) ||
	    (z->n < n && graph_chain_spread(z, node, n)))
		return -1;
	with = graph_chain_said(z);
	l = graph_chain_add(c, node, n);
	if (!l) {
		free(with.part);
		return -1;
	}
	l->op = GRAPH_ADD;
	l->z = with;
	l->w = util_alloc(2 * n, sizeof(*l->w));
	l->b = util_alloc(n, sizeof(*l->b));
	for (i = 0; i < n; i++) {
		l->w[2 * i] = a * (c->s ? c->s[i] : 1);
		l->w[2 * i + 1] = b * (z->s ? z->s[i] : 1);
		l->b[i] = a * (c->s ? c->t[i] : 0) + b * (z->s ? z->t[i] : 0);
	}
	graph_chain_undo(c);
	return 0;
}

/*
 * Makes the lanes a layer's output: inputs have offsets of their own, which a product cannot take.
 */
static int graph_chain_made(struct graph_chain *c, const char *node)
{
	if (graph_chain_has_inputs(c))
		graph_chain_keep(c, node);
	return graph_chain_flush(c);
}

int graph_chain_mul(struct graph_chain *c, const char *node, struct graph_chain *z)
{
	struct graph_parts with;
	struct graph_layer *l;

	if (c->n < z->n && graph_chain_spread(c, node, z->n))
		return -1;
	if (graph_chain_made(c, node) || graph_chain_made(z, node))
		return -1;
	with = graph_chain_said(z);
	l = graph_chain_add(c, node, c->n);
	if (!l) {
		free(with.part);
		return -1;
	}
	l->op = GRAPH_MUL;
	l->z = with;
	return 0;
}

/* Needs lanes with one step: those of a layer without other readers, or of one made for it. */
int graph_chain_softmax(struct graph_chain *c, const char *node)
{
	struct graph_layer *l = graph_chain_last(c);

	if (!l || c->shared || l->op != GRAPH_FC)
		graph_chain_keep(c, node);
	if (graph_chain_flush(c))
		return -1;
	l = graph_chain_add(c, node, c->n);
	if (!l)
		return -1;
	l->op = GRAPH_SOFTMAX;
	return 0;
}
