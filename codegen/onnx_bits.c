// SPDX-License-Identifier: GPL-2.0
/*
 * Trees that were written as matrices (Hummingbird's "gemm" strategy):
 *
 *	x A < B			all tests of all trees
 *	( ... ) C == D		a leaf is reached if its tests have the right results: C has 1 for a
 *				test that must hold, -1 for one that must fail, D how many must hold
 *	( ... ) E		its values
 *
 * A count of tests that is compared with its maximum (or minimum) is a conjunction of them, and a
 * sum of conjunctions becomes trees: among all that share tests, the test used by most is the root;
 * those that need it to hold go to one side, those that need it to fail go to the other, those that
 * do not use it go to both.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_forest.h"
#include "util.h"

static const double bit_leaf[2] = { 0, 1 };

/* s is c + factor * input, compared with a. */
int onnx_bits_test(struct onnx_ctx *c, struct onnx_sum *s, enum onnx_fn fn, double a)
{
	struct onnx_term *t = onnx_sums_mem(c, 1, sizeof(*t));
	double thr = (a - s->c) / s->term->factor;
	bool less = fn == ONNX_FN_LT || fn == ONNX_FN_LE, up = s->term->factor > 0;
	bool strict = fn == ONNX_FN_LT || fn == ONNX_FN_GT;
	struct onnx_grown *g;
	uint32_t at;

	if (!t)
		return -1;
	if (s->n != 1)
		return onnx_fail(c, "it compares a sum of %u inputs: trees test one at a time",
				 s->n);
	if (!isfinite(thr))
		return onnx_fail(c, "a threshold is infinite");
	if (c->grove->n >= ONNX_MAX_TNODES)
		return onnx_fail(c, "more than %u tests", ONNX_MAX_TNODES);
	g = onnx_plant(c, ONNX_TEST, &at);
	g->n_leaves = 2;
	g->n_nodes = 1;
	g->nodes = util_alloc(1, sizeof(*g->nodes));
	/* x < v and x <= v as they are; x > v is "not x <= v", expressed by `no` */
	g->nodes->input = s->term->tree - ONNX_INPUT;
	g->nodes->thr = thr;
	g->nodes->strict = less == up ? strict : !strict;
	g->nodes->yes = less == up;
	if (fn == ONNX_FN_EQ) {
		g->nodes->set = util_alloc(1, sizeof(double));
		g->nodes->set[0] = thr;
		g->nodes->n_set = 1;
		g->nodes->yes = 1;
	}
	*t = (struct onnx_term) { at, 1, bit_leaf };
	*s = (struct onnx_sum) { .n = 1, .term = t };
	return 0;
}

bool onnx_bits_are(const struct onnx_ctx *c, const struct onnx_sum *s)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (s->term[i].tree >= ONNX_INPUT ||
		    c->grove->tree[s->term[i].tree].plant != ONNX_TEST)
			return false;
	return s->n;
}

/* What a test adds if it holds. */
static double onnx_bit_weight(const struct onnx_term *t)
{
	return t->factor * (t->leaf[1] - t->leaf[0]);
}

int onnx_bits_all(struct onnx_ctx *c, struct onnx_sum *s, double a)
{
	struct onnx_term *t = onnx_sums_mem(c, 1, sizeof(*t));
	double most = s->c, least = s->c, w;
	struct onnx_grown *g;
	uint32_t i, at;

	if (!t)
		return -1;
	for (i = 0; i < s->n; i++) {
		w = onnx_bit_weight(&s->term[i]);
		most += s->term[i].factor * s->term[i].leaf[0] + fmax(w, 0);
		least += s->term[i].factor * s->term[i].leaf[0] + fmin(w, 0);
	}
	if (a > most + 1e-6 || a < least - 1e-6) {
		*s = (struct onnx_sum) { 0 };
		return 0;
	}
	if (fabs(a - most) > 1e-6 && fabs(a - least) > 1e-6)
		return onnx_fail(c, "it counts tests: only a comparison with all of them or none "
				 "is supported (%g, not %g)",
				 most, a);
	g = onnx_plant(c, ONNX_ALL, &at);
	g->n_leaves = 2;
	g->all = util_alloc(s->n, sizeof(*g->all));
	for (i = 0; i < s->n; i++) {
		w = onnx_bit_weight(&s->term[i]);
		if (w)
			g->all[g->n_all++] =
				(struct onnx_literal){ s->term[i].tree,
						       (w > 0) == (fabs(a - most) <= 1e-6) };
	}
	*t = (struct onnx_term) { at, 1, bit_leaf };
	*s = (struct onnx_sum) { .n = 1, .term = t };
	return 0;
}

/* --- trees of conjunctions --- */

/* One conjunction: its remaining tests, and what it adds to each output. */
struct onnx_case {
	const struct onnx_literal *all;
	uint32_t n_all;
	uint64_t asked;		/* bits of those already made */
	double *adds;		/* [n_outputs] */
	uint32_t group;		/* a case with which it shares tests */
};

struct onnx_cases {
	struct onnx_ctx *c;
	struct onnx_case *v;
	size_t n;
	uint32_t *of;		/* [grove] the case of a term's tree, plus 1 */
	uint32_t *votes;	/* [grove] */
	struct graph_tree *tree;
	size_t cap;
};

static uint32_t onnx_group(struct onnx_cases *s, uint32_t i)
{
	while (s->v[i].group != i)
		i = s->v[i].group = s->v[s->v[i].group].group;
	return i;
}

/* The most frequent remaining test of these cases; UINT32_MAX if there is none. */
static uint32_t onnx_next_test(struct onnx_cases *s, const uint32_t *set, size_t n)
{
	uint32_t best = UINT32_MAX, most = 0, k;
	const struct onnx_case *v;
	size_t i;

	for (i = 0; i < n; i++)
		for (v = &s->v[set[i]], k = 0; k < v->n_all; k++)
			if (!(v->asked >> k & 1) && ++s->votes[v->all[k].test] > most) {
				most = s->votes[v->all[k].test];
				best = v->all[k].test;
			}
	for (i = 0; i < n; i++)
		for (v = &s->v[set[i]], k = 0; k < v->n_all; k++)
			s->votes[v->all[k].test] = 0;
	return best;
}

static uint32_t onnx_node_new(struct onnx_cases *s)
{
	s->tree->nodes =
		util_grow(s->tree->nodes, &s->cap, s->tree->n_nodes + 1, sizeof(*s->tree->nodes));
	memset(&s->tree->nodes[s->tree->n_nodes], 0, sizeof(*s->tree->nodes));
	return s->tree->n_nodes++;
}

static void onnx_case_leaf(struct onnx_cases *s, const uint32_t *set, size_t n,
			   struct graph_node *node)
{
	uint32_t outs = s->c->g->n_outputs, o;
	size_t i;

	node->leaf = true;
	node->value = util_alloc(outs, sizeof(double));
	for (i = 0; i < n; i++)
		for (o = 0; o < outs; o++)
			node->value[o] += s->v[set[i]].adds[o];
}

static int onnx_case_ask(struct onnx_case *v, uint32_t test)
{
	uint32_t k;

	for (k = 0; k < v->n_all; k++)
		if (v->all[k].test == test)
			return k;
	return -1;
}

static int onnx_case_tree(struct onnx_cases *s, const uint32_t *set, size_t n, uint32_t depth,
			  uint32_t *at);

/* Builds the side of a test where it holds, or where it fails. */
static int onnx_case_side(struct onnx_cases *s, const uint32_t *set, size_t n, uint32_t test,
			  bool holds, uint32_t depth, uint32_t *at)
{
	uint32_t *rest = util_alloc(n, sizeof(*rest));
	size_t i, m = 0;
	int k, rc;

	for (i = 0; i < n; i++) {
		k = onnx_case_ask(&s->v[set[i]], test);
		if (k >= 0 && s->v[set[i]].all[k].holds != holds)
			continue;
		if (k >= 0)
			s->v[set[i]].asked |= 1ull << k;
		rest[m++] = set[i];
	}
	rc = onnx_case_tree(s, rest, m, depth + 1, at);
	for (i = 0; i < m; i++) {
		k = onnx_case_ask(&s->v[rest[i]], test);
		if (k >= 0)
			s->v[rest[i]].asked &= ~(1ull << k);
	}
	free(rest);
	return rc;
}

static int onnx_case_tree(struct onnx_cases *s, const uint32_t *set, size_t n, uint32_t depth,
			  uint32_t *at)
{
	uint32_t test = onnx_next_test(s, set, n), yes, no;
	const struct graph_node *tested;
	struct graph_node *node;

	if (s->tree->n_nodes >= 65535 || depth > 64)
		return onnx_fail(s->c, "its conditions make a tree of more than 65535 nodes, or "
				 "deeper than 64");
	*at = onnx_node_new(s);
	if (test == UINT32_MAX) {
		onnx_case_leaf(s, set, n, &s->tree->nodes[*at]);
		return 0;
	}
	if (onnx_case_side(s, set, n, test, true, depth, &yes) ||
	    onnx_case_side(s, set, n, test, false, depth, &no))
		return -1;
	tested = s->c->grove->tree[test].nodes;
	node = &s->tree->nodes[*at];
	*node = *tested;
	node->yes = tested->yes ? yes : no;
	node->no = tested->yes ? no : yes;
	if (!tested->set)
		return 0;
	node->set = util_alloc(1, sizeof(double));
	node->set[0] = tested->set[0];
	return 0;
}

/* Adds a term of an output to its case. */
static int onnx_case_add(struct onnx_cases *s, const struct onnx_term *t, uint32_t o)
{
	struct onnx_grown *g = &s->c->grove->tree[t->tree];
	struct onnx_literal *self;
	struct onnx_case *v;

	if (!s->of[t->tree]) {
		v = &s->v[s->n];
		v->adds = util_alloc(s->c->g->n_outputs, sizeof(double));
		v->group = s->n;
		s->of[t->tree] = ++s->n;
		if (g->plant == ONNX_TEST && !g->all) {	/* single: a conjunction of itself */
			self = g->all = util_alloc(1, sizeof(*g->all));
			*self = (struct onnx_literal) { t->tree, true };
			g->n_all = 1;
		}
		v->all = g->all;
		v->n_all = g->n_all;
		if (v->n_all > 64)
			return onnx_fail(s->c, "a leaf depends on %u tests, more than 64",
					 v->n_all);
	}
	s->v[s->of[t->tree] - 1].adds[o] += onnx_bit_weight(t);
	s->c->g->base[o] += t->factor * t->leaf[0];
	return 0;
}

static void onnx_cases_group(struct onnx_cases *s)
{
	uint32_t *first = util_alloc(s->c->grove->n, sizeof(*first)), k, test;
	size_t i;

	for (i = 0; i < s->n; i++)
		for (k = 0; k < s->v[i].n_all; k++) {
			test = s->v[i].all[k].test;
			if (!first[test])
				first[test] = i + 1;
			else
				s->v[onnx_group(s, i)].group = onnx_group(s, first[test] - 1);
		}
	free(first);
}

static int onnx_cases_trees(struct onnx_cases *s)
{
	uint32_t *set = util_alloc(s->n, sizeof(*set)), at;
	struct graph *g = s->c->g;
	size_t i, k, n;
	int rc = 0;

	for (i = 0; i < s->n && !rc; i++) {
		if (onnx_group(s, i) != i)
			continue;
		for (k = n = 0; k < s->n; k++)
			if (onnx_group(s, k) == i)
				set[n++] = k;
		if (g->n_trees == LQ_MAX_TREES) {
			rc = onnx_fail(s->c, "more than %u trees", LQ_MAX_TREES);
			break;
		}
		s->tree = &g->trees[g->n_trees++];
		s->cap = 0;
		rc = onnx_case_tree(s, set, n, 0, &at);
	}
	free(set);
	return rc;
}

int onnx_bits_end(struct onnx_ctx *c, const struct onnx_sums *sums)
{
	struct onnx_cases s = {
		.c = c,
		.v = util_alloc(c->grove->n, sizeof(*s.v)),
		.of = util_alloc(c->grove->n, sizeof(*s.of)),
		.votes = util_alloc(c->grove->n, sizeof(*s.votes)),
	};
	size_t o, i;
	int rc = 0;
	uint32_t k;

	for (o = 0; o < sums->n && !rc; o++)
		for (k = 0; k < sums->sum[o].n && !rc; k++)
			if (c->grove->tree[sums->sum[o].term[k].tree].plant != ONNX_TREE)
				rc = onnx_case_add(&s, &sums->sum[o].term[k], o);
	if (!rc && s.n) {
		onnx_cases_group(&s);
		rc = onnx_cases_trees(&s);
	}
	for (i = 0; i < s.n; i++)
		free(s.v[i].adds);
	free(s.v);
	free(s.of);
	free(s.votes);
	return rc;
}
