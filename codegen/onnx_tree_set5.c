// SPDX-License-Identifier: GPL-2.0
/*
 * Trees as in TreeEnsemble (ai.onnx.ml since operator set 5): separate lists of inner nodes and
 * leaves, and a root for each tree. They become lists of the older kind: tree t is what is
 * reachable from root t, leaf k is node n + k.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_forest.h"
#include "util.h"

struct onnx_set5 {
	size_t n, n_leaves, n_roots;
	const int64_t *feature, *yes, *no, *yes_leaf, *no_leaf, *target, *root;
	struct onnx_tensor split, mode, weight;
	int64_t *tree;		/* [n + n_leaves] its tree; -1: none so far */
	size_t *queue;		/* [n + n_leaves] of nodes that were reached */
};

static int onnx_set5_ints(struct onnx_ctx *c, const char *name, size_t *n, const int64_t **v)
{
	const Onnx__Attribute *a = onnx_attr(c, name);

	if (!a || !a->n_ints || (*n && a->n_ints != *n))
		return onnx_fail(c, "attribute '%s' has %zu numbers, not %zu", name,
				 a ? a->n_ints : 0, *n);
	*n = a->n_ints;
	*v = a->ints;
	return 0;
}

static int onnx_set5_tensor(struct onnx_ctx *c, const char *name, size_t n, struct onnx_tensor *t)
{
	const Onnx__Attribute *a = onnx_attr(c, name);

	if (!a || onnx_tensor_load(c, a->t, t))
		return a ? -1 : onnx_fail(c, "attribute '%s' is not given", name);
	if (t->n != n)
		return onnx_fail(c, "attribute '%s' has %zu numbers, not %zu", name, t->n, n);
	return onnx_all_finite(t->v, t->n) ? 0 : onnx_fail(c, "'%s' has an infinite number", name);
}

static int onnx_set5_load(struct onnx_ctx *c, struct onnx_set5 *s)
{
	if (onnx_set5_ints(c, "nodes_featureids", &s->n, &s->feature) ||
	    onnx_set5_ints(c, "nodes_truenodeids", &s->n, &s->yes) ||
	    onnx_set5_ints(c, "nodes_falsenodeids", &s->n, &s->no) ||
	    onnx_set5_ints(c, "nodes_trueleafs", &s->n, &s->yes_leaf) ||
	    onnx_set5_ints(c, "nodes_falseleafs", &s->n, &s->no_leaf) ||
	    onnx_set5_ints(c, "leaf_targetids", &s->n_leaves, &s->target) ||
	    onnx_set5_ints(c, "tree_roots", &s->n_roots, &s->root))
		return -1;
	if (s->n > ONNX_MAX_TNODES || s->n_leaves > ONNX_MAX_TNODES)
		return onnx_fail(c, "%zu nodes of trees, not 1 to %u", s->n, ONNX_MAX_TNODES);
	if (s->n_roots > LQ_MAX_TREES)
		return onnx_fail(c, "more than %u trees", LQ_MAX_TREES);
	return onnx_set5_tensor(c, "nodes_splits", s->n, &s->split) ||
			       onnx_set5_tensor(c, "nodes_modes", s->n, &s->mode) ||
			       onnx_set5_tensor(c, "leaf_weights", s->n_leaves, &s->weight)
		       ? -1
		       : 0;
}

/* Sets of MEMBER nodes, in their order, each ended by NaN. */
static int onnx_set5_members(struct onnx_ctx *c, const struct onnx_set5 *s, struct onnx_lists *l)
{
	const Onnx__Attribute *a = onnx_attr(c, "membership_values");
	struct onnx_tensor t = { 0 };
	size_t i, k, at = 0;

	if (a && onnx_tensor_read(c, a->t, &t))
		return -1;
	l->members = t.v;
	for (i = 0; i < s->n; i++) {
		if (l->node[i].mode != ONNX_MEMBER)
			continue;
		for (k = at; k < t.n && !isnan(t.v[k]); k++)
			;
		if (k == at)
			return onnx_fail(c, "node %zu is to test a set, and 'membership_values' "
					 "has none for it",
					 i);
		l->node[i].set = l->members + at;
		l->node[i].n_set = k - at;
		at = k + 1;
	}
	return 0;
}

/* Where a branch leads: a node, or n plus a leaf; SIZE_MAX for nowhere. */
static size_t onnx_set5_child(const struct onnx_set5 *s, size_t i, bool yes)
{
	const int64_t *to = yes ? s->yes : s->no, *leaf = yes ? s->yes_leaf : s->no_leaf;

	if ((uint64_t)to[i] >= (leaf[i] ? s->n_leaves : s->n))
		return SIZE_MAX;
	return to[i] + (leaf[i] ? s->n : 0);
}

static int onnx_set5_take(struct onnx_ctx *c, struct onnx_set5 *s, int64_t t, size_t i, size_t *end)
{
	if (i == SIZE_MAX)
		return onnx_fail(c, "tree %lld: a branch leads to no node", (long long)t);
	if (s->tree[i] >= 0 && s->tree[i] != t)
		return onnx_fail(c, "tree %lld: a branch leads into tree %lld", (long long)t,
				 (long long)s->tree[i]);
	if (s->tree[i] < 0) {
		s->tree[i] = t;
		s->queue[(*end)++] = i;
	}
	return 0;
}

/* Assigns everything reachable from tree t's root to it. */
static int onnx_set5_reach(struct onnx_ctx *c, struct onnx_set5 *s, int64_t t)
{
	size_t head, end = 0;

	if (onnx_set5_take(c, s, t, (uint64_t)s->root[t] < s->n ? (size_t)s->root[t] : SIZE_MAX,
			   &end))
		return -1;
	for (head = 0; head < end; head++) {
		if (s->queue[head] >= s->n)
			continue;
		if (onnx_set5_take(c, s, t, onnx_set5_child(s, s->queue[head], true), &end) ||
		    onnx_set5_take(c, s, t, onnx_set5_child(s, s->queue[head], false), &end))
			return -1;
	}
	return 0;
}

static int onnx_set5_nodes(struct onnx_ctx *c, const struct onnx_set5 *s, struct onnx_lists *l)
{
	size_t i;

	l->n = s->n + s->n_leaves;
	l->node = util_alloc(l->n, sizeof(*l->node));
	for (i = 0; i < l->n; i++) {
		l->node[i] = (struct onnx_tnode) { .tree = s->tree[i], .id = i, .mode = ONNX_LEAF };
		if (s->tree[i] < 0)
			return onnx_fail(c, "%s %zu is of no tree", i < s->n ? "node" : "leaf",
					 i < s->n ? i : i - s->n);
		if (i >= s->n)
			continue;
		if (!(s->mode.v[i] >= 0 && s->mode.v[i] <= ONNX_MEMBER))
			return onnx_fail(c, "mode %g of node %zu is not supported", s->mode.v[i],
					 i);
		l->node[i].mode = s->mode.v[i];
		l->node[i].value = s->split.v[i];
		l->node[i].feature = s->feature[i];
		l->node[i].yes = onnx_set5_child(s, i, true);
		l->node[i].no = onnx_set5_child(s, i, false);
	}
	return onnx_set5_members(c, s, l) || onnx_lists_sort(c, l) ? -1 : 0;
}

static void onnx_set5_weights(const struct onnx_set5 *s, struct onnx_lists *l)
{
	size_t i;

	l->n_w = s->n_leaves;
	l->w = util_alloc(l->n_w, sizeof(*l->w));
	l->w_tree = util_alloc(l->n_w, sizeof(*l->w_tree));
	l->w_node = util_alloc(l->n_w, sizeof(*l->w_node));
	l->w_out = util_alloc(l->n_w, sizeof(*l->w_out));
	for (i = 0; i < l->n_w; i++) {
		l->w[i] = s->weight.v[i];
		l->w_tree[i] = s->tree[s->n + i];
		l->w_node[i] = s->n + i;
		l->w_out[i] = s->target[i];
	}
}

static int onnx_set5_lists(struct onnx_ctx *c, struct onnx_set5 *s, struct onnx_lists *l)
{
	size_t i;

	if (onnx_set5_load(c, s))
		return -1;
	s->tree = util_alloc(s->n + s->n_leaves, sizeof(*s->tree));
	s->queue = util_alloc(s->n + s->n_leaves, sizeof(*s->queue));
	memset(s->tree, 0xff, (s->n + s->n_leaves) * sizeof(*s->tree));
	for (i = 0; i < s->n_roots; i++)
		if (onnx_set5_reach(c, s, i))
			return -1;
	if (onnx_set5_nodes(c, s, l))
		return -1;
	onnx_set5_weights(s, l);
	return 0;
}

int onnx_lists_read5(struct onnx_ctx *c, struct onnx_lists *l)
{
	struct onnx_set5 s = { 0 };
	int rc = onnx_set5_lists(c, &s, l);

	free(s.split.v);
	free(s.mode.v);
	free(s.weight.v);
	free(s.tree);
	free(s.queue);
	return rc;
}
