// SPDX-License-Identifier: GPL-2.0
/*
 * From lists of nodes to trees.
 *
 * A node is numbered after all branches that lead to it (a topological sort): the root is the one
 * node of its tree without a parent, several branches may lead to one node (as in LightGBM's
 * categorical splits), and unreachable nodes and cycles are detected, since they get no number.
 *
 *	x <= v, x < v		as they are
 *	x >= v, x > v		the negation of < and <=: the branches are swapped
 *	x == v, x in a set	a set, of one or more; != is the negation
 *
 * A scale and shift of the inputs before the trees (a scaler) is folded into the thresholds: s x +
 * t <= v is x <= (v - t) / s. Values may be missing (NaN) in training, but never are in the kernel.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_forest.h"
#include "util.h"

static struct onnx_tnode *onnx_child(const struct onnx_lists *l, const struct onnx_tnode *t,
				     bool yes)
{
	return onnx_tnode_find(l, t->tree, yes ? t->yes : t->no);
}

static int onnx_count_parents(struct onnx_ctx *c, struct onnx_lists *l)
{
	struct onnx_tnode *t, *child;
	size_t i, k;

	for (i = 0; i < l->n; i++) {
		t = &l->node[i];
		for (k = 0; k < 2 && t->mode != ONNX_LEAF; k++) {
			child = onnx_child(l, t, k);
			if (!child)
				return onnx_fail(c, "tree %lld: a branch of node %lld leads to no "
						 "node",
						 (long long)t->tree, (long long)t->id);
			child->parents++;
		}
	}
	return 0;
}

static int onnx_set_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The set tested, in terms of the graph's input: s x + t is in the node's set. */
static void onnx_set(const struct onnx_tnode *t, struct graph_node *g, double s, double shift)
{
	uint32_t i;

	g->n_set = t->mode == ONNX_MEMBER ? t->n_set : 1;
	g->set = util_alloc(g->n_set, sizeof(*g->set));
	for (i = 0; i < g->n_set; i++)
		g->set[i] = ((t->mode == ONNX_MEMBER ? t->set[i] : t->value) - shift) / s;
	qsort(g->set, g->n_set, sizeof(*g->set), onnx_set_cmp);
}

/* The inner node's test, in terms of the graph's inputs. */
static int onnx_test(struct onnx_ctx *c, const struct onnx_tnode *t, struct graph_node *g,
		     bool *swap)
{
	struct graph_part lane;
	double s = 1, shift = 0;

	if (t->feature < 0 || t->feature >= c->chain.n)
		return onnx_fail(c, "tree %lld: node %lld tests input %lld of %u",
				 (long long)t->tree, (long long)t->id, (long long)t->feature,
				 c->chain.n);
	if (c->chain.s) {
		s = c->chain.s[t->feature];
		shift = c->chain.t[t->feature];
	}
	if (!(s > 0))
		return onnx_fail(c, "input %lld is scaled by %g before the trees",
				 (long long)t->feature, s);
	lane = graph_chain_lane(&c->chain, t->feature);
	if (lane.value)
		return onnx_fail(c, "trees must read the model's inputs directly");
	g->input = lane.first;
	g->strict = t->mode == ONNX_LT || t->mode == ONNX_GTE;
	*swap = t->mode == ONNX_GTE || t->mode == ONNX_GT || t->mode == ONNX_NEQ;
	if (t->mode == ONNX_EQ || t->mode == ONNX_NEQ || t->mode == ONNX_MEMBER)
		onnx_set(t, g, s, shift);
	else
		g->thr = (t->value - shift) / s;
	if (isfinite(g->thr) && (!g->set || onnx_all_finite(g->set, g->n_set)))
		return 0;
	return onnx_fail(c, "tree %lld: a threshold is infinite", (long long)t->tree);
}

/* A node has its number: numbers and queues those of its children that waited only for it. */
static int onnx_grow_node(struct onnx_ctx *c, struct onnx_lists *l, struct onnx_tnode *t,
			  struct onnx_tnode **queue, uint32_t *end, struct onnx_grown *tree)
{
	struct graph_node *g = &tree->nodes[t->at];
	struct onnx_tnode *child;
	bool swap = false;
	int k;

	if (t->mode == ONNX_LEAF) {
		g->leaf = true;
		t->leaf = g->yes = tree->n_leaves++;
		return 0;
	}
	if (onnx_test(c, t, g, &swap))
		return -1;
	for (k = 0; k < 2; k++) {
		child = onnx_child(l, t, swap ? k : !k);
		if (!--child->parents) {
			child->at = *end;
			queue[(*end)++] = child;
		}
	}
	return 0;
}

/* All numbers are known. */
static void onnx_grow_branches(const struct onnx_lists *l, struct onnx_tnode *first, size_t n,
			       struct graph_node *nodes)
{
	struct graph_node *g;
	bool swap;
	size_t i;

	for (i = 0; i < n; i++) {
		if (first[i].mode == ONNX_LEAF)
			continue;
		swap = first[i].mode == ONNX_GTE || first[i].mode == ONNX_GT ||
		       first[i].mode == ONNX_NEQ;
		g = &nodes[first[i].at];
		g->yes = onnx_child(l, &first[i], !swap)->at;
		g->no = onnx_child(l, &first[i], swap)->at;
	}
}

/* One tree: entries [n] of the nodes. */
static int onnx_grow_tree(struct onnx_ctx *c, struct onnx_lists *l, struct onnx_tnode *first,
			  size_t n)
{
	struct onnx_tnode **queue = util_alloc(n, sizeof(*queue));
	uint32_t i, at, end = 0;
	struct onnx_grown *tree = onnx_plant(c, ONNX_TREE, &at);
	int rc = 0;

	tree->nodes = util_alloc(n, sizeof(*tree->nodes));
	tree->n_nodes = n;
	for (i = 0; i < n; i++)
		if (!first[i].parents && !end)
			queue[end++] = &first[i];
	for (i = 0; i < end && !rc; i++)
		rc = onnx_grow_node(c, l, queue[i], queue, &end, tree);
	free(queue);
	if (!rc && end != n)
		rc = onnx_fail(c, "tree %lld: %zu of its %zu nodes cannot be reached",
			       (long long)first->tree, n - end, n);
	if (!rc)
		onnx_grow_branches(l, first, n, tree->nodes);
	return rc;
}

int onnx_grow(struct onnx_ctx *c, struct onnx_lists *l)
{
	size_t i, n;

	if (onnx_count_parents(c, l))
		return -1;
	l->first = c->grove->n;
	for (i = 0; i < l->n; i += n) {
		for (n = 1; i + n < l->n && l->node[i + n].tree == l->node[i].tree; n++)
			;
		if (c->grove->n >= LQ_MAX_TREES)
			return onnx_fail(c, "more than %u trees", LQ_MAX_TREES);
		if (onnx_grow_tree(c, l, &l->node[i], n))
			return -1;
		l->n_trees++;
	}
	return 0;
}

/* The tree in the grove of each node: trees are in the order of the sorted nodes. */
static uint32_t *onnx_tree_indexes(const struct onnx_lists *l)
{
	uint32_t *of = util_alloc(l->n, sizeof(*of));
	size_t i;

	for (i = 1; i < l->n; i++)
		of[i] = of[i - 1] + (l->node[i].tree != l->node[i - 1].tree);
	return of;
}

/* Every output has a term of every tree. */
static struct onnx_sums *onnx_leaves_new(struct onnx_ctx *c, struct onnx_lists *l, size_t n,
					 double **leaf)
{
	struct onnx_sums *s = onnx_sums_new(c, n);
	size_t o, k;

	for (o = 0; s && o < n; o++) {
		s->sum[o].n = l->n_trees;
		s->sum[o].term = onnx_sums_mem(c, l->n_trees, sizeof(struct onnx_term));
		for (k = 0; s->sum[o].term && k < l->n_trees; k++) {
			uint32_t n_leaves = c->grove->tree[l->first + k].n_leaves;
			double *mine = onnx_sums_mem(c, n_leaves, sizeof(double));

			if (!mine)
				return NULL;
			leaf[o * l->n_trees + k] = mine;
			s->sum[o].term[k] = (struct onnx_term){ l->first + k, 1, mine };
		}
		if (!s->sum[o].term)
			return NULL;
	}
	return s;
}

struct onnx_sums *onnx_leaves(struct onnx_ctx *c, struct onnx_lists *l, size_t n, bool one,
			      const double *factor, const double *base)
{
	double **leaf = util_alloc(n * l->n_trees, sizeof(*leaf));
	struct onnx_sums *s = onnx_leaves_new(c, l, n, leaf);
	uint32_t *of = onnx_tree_indexes(l);
	struct onnx_tnode *t;
	size_t i, o;

	for (o = 0; s && o < n; o++)
		s->sum[o].c = base[o];
	for (i = 0; i < l->n_w && s; i++) {
		t = onnx_tnode_find(l, l->w_tree[i], l->w_node[i]);
		if (!t || t->mode != ONNX_LEAF) {
			onnx_fail(c, "weight %zu is of tree %lld node %lld, which is not a leaf", i,
				  (long long)l->w_tree[i], (long long)l->w_node[i]);
			s = NULL;
			break;
		}
		for (o = 0; o < n; o++)
			if (one || (int64_t)o == l->w_out[i])
				leaf[o * l->n_trees + of[t - l->node]][t->leaf] +=
					factor[o] * l->w[i];
	}
	free(of);
	free(leaf);
	return s;
}
