// SPDX-License-Identifier: GPL-2.0
/*
 * Forests: TreeEnsembleClassifier and TreeEnsembleRegressor of ai.onnx.ml, and ZipMap behind them.
 *
 * The file has parallel lists, one entry per node of any tree, named by (tree id, node id) in any order, and one entry
 * per weight of a leaf. We sort the names, resolve the branches, find the one node of each tree that is nobody's child,
 * and number the nodes from there breadth first; what cannot be reached, has two parents or loops is refused.
 *
 *	x <= v, x < v		as they are
 *	x >= v, x > v		the negation of < and <=: the branches are swapped
 *	==, !=			refused
 *
 * A scale and shift of the inputs before the trees (a scaler) goes into the thresholds: s x + t <= v is
 * x <= (v - t) / s.
 *
 * Scores: post transforms of classifiers (SOFTMAX, LOGISTIC) keep the order and are dropped. Two classes with the
 * weights of one only is how binary boosting is written, and means what ONNX Runtime makes of it: with all weights
 * positive the sum is a probability p, the scores are 1 - p and p; else it is a margin, the scores are -s and s.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_import.h"
#include "util.h"

/* A snapshot holds no more. */
#define ONNX_MAX_TNODES	(LQ_MAX_FILE / LQ_NODE_LEN)

/* What is one to one with a node. */
struct onnx_tnode {
	int64_t tree, id;
	size_t entry;		/* in the file's lists */
	uint32_t at;		/* number in its tree, once it is reached */
	uint8_t parents;
};

struct onnx_forest {
	size_t n;
	struct onnx_tnode *node;	/* sorted by tree, id */
	const int64_t *yes, *no, *feature;
	double *value;			/* [n] thresholds */
	const ProtobufCBinaryData *mode;

	const int64_t *w_tree, *w_node, *w_out;
	double *w;			/* [n_w] weights of leaves */
	size_t n_w;
	double *base;
	size_t n_base;
};

static int onnx_ints(struct onnx_ctx *c, const char *name, size_t n, const int64_t **v)
{
	const Onnx__Attribute *a = onnx_attr(c, name);

	if (!a || a->n_ints != n)
		return onnx_fail(c, "attribute '%s' has %zu numbers, not %zu", name, a ? a->n_ints : 0, n);
	*v = a->ints;
	return 0;
}

/* Real numbers: a list of floats, or a tensor in the attribute "<name>_as_tensor". */
static int onnx_reals(struct onnx_ctx *c, const char *name, double **v, size_t *n)
{
	const Onnx__Attribute *a = onnx_attr(c, name), *at;
	struct onnx_tensor t;
	char tensor[48];
	size_t i;

	snprintf(tensor, sizeof(tensor), "%s_as_tensor", name);
	at = onnx_attr(c, tensor);
	*n = 0;
	if (a && a->n_floats && at)
		return onnx_fail(c, "both '%s' and '%s' are given", name, tensor);
	if (at) {
		if (onnx_tensor_load(c, at->t, &t))
			return -1;
		*v = t.v;
		*n = t.n;
	} else if (a) {
		*v = util_alloc(a->n_floats, sizeof(**v));
		*n = a->n_floats;
		for (i = 0; i < *n; i++)
			(*v)[i] = a->floats[i];
	}
	return onnx_all_finite(*v, *n) ? 0 : onnx_fail(c, "'%s' has an infinite number or one that is not a number",
						       name);
}

static int onnx_tnode_cmp(const void *va, const void *vb)
{
	const struct onnx_tnode *a = va, *b = vb;

	if (a->tree != b->tree)
		return a->tree < b->tree ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static struct onnx_tnode *onnx_tnode_find(const struct onnx_forest *f, int64_t tree, int64_t id)
{
	struct onnx_tnode key = { .tree = tree, .id = id };

	return bsearch(&key, f->node, f->n, sizeof(key), onnx_tnode_cmp);
}

static int onnx_forest_nodes(struct onnx_ctx *c, struct onnx_forest *f)
{
	const Onnx__Attribute *modes = onnx_attr(c, "nodes_modes");
	const int64_t *tree = NULL, *id = NULL;
	size_t i, n_value;

	f->n = modes ? modes->n_strings : 0;
	if (!f->n || f->n > ONNX_MAX_TNODES)
		return onnx_fail(c, "%zu nodes of trees, not 1 to %u", f->n, ONNX_MAX_TNODES);
	f->mode = modes->strings;
	if (onnx_ints(c, "nodes_treeids", f->n, &tree) || onnx_ints(c, "nodes_nodeids", f->n, &id) ||
	    onnx_ints(c, "nodes_truenodeids", f->n, &f->yes) || onnx_ints(c, "nodes_falsenodeids", f->n, &f->no) ||
	    onnx_ints(c, "nodes_featureids", f->n, &f->feature) || onnx_reals(c, "nodes_values", &f->value, &n_value))
		return -1;
	if (n_value != f->n)
		return onnx_fail(c, "attribute 'nodes_values' has %zu numbers, not %zu", n_value, f->n);
	f->node = util_alloc(f->n, sizeof(*f->node));
	for (i = 0; i < f->n; i++)
		f->node[i] = (struct onnx_tnode) { .tree = tree[i], .id = id[i], .entry = i };
	qsort(f->node, f->n, sizeof(*f->node), onnx_tnode_cmp);
	for (i = 1; i < f->n; i++)
		if (!onnx_tnode_cmp(&f->node[i - 1], &f->node[i]))
			return onnx_fail(c, "tree %lld has node %lld twice", (long long)f->node[i].tree,
					 (long long)f->node[i].id);
	return 0;
}

static int onnx_forest_weights(struct onnx_ctx *c, struct onnx_forest *f, const char *kind)
{
	char name[4][24];
	size_t i;

	for (i = 0; i < 4; i++)
		snprintf(name[i], sizeof(name[i]), "%s_%s", kind,
			 (const char *[]) { "weights", "treeids", "nodeids", "ids" }[i]);
	if (onnx_reals(c, name[0], &f->w, &f->n_w) || onnx_reals(c, "base_values", &f->base, &f->n_base))
		return -1;
	if (!f->n_w)
		return onnx_fail(c, "no weights of leaves");
	return onnx_ints(c, name[1], f->n_w, &f->w_tree) || onnx_ints(c, name[2], f->n_w, &f->w_node) ||
	       onnx_ints(c, name[3], f->n_w, &f->w_out) ? -1 : 0;
}

static bool onnx_mode_is(const struct onnx_forest *f, const struct onnx_tnode *t, const char *mode)
{
	const ProtobufCBinaryData *m = &f->mode[t->entry];

	return m->len == strlen(mode) && !memcmp(m->data, mode, m->len);
}

static bool onnx_is_leaf(const struct onnx_forest *f, const struct onnx_tnode *t)
{
	return onnx_mode_is(f, t, "LEAF");
}

static struct onnx_tnode *onnx_child(const struct onnx_forest *f, const struct onnx_tnode *t, bool yes)
{
	return onnx_tnode_find(f, t->tree, (yes ? f->yes : f->no)[t->entry]);
}

static int onnx_count_parents(struct onnx_ctx *c, struct onnx_forest *f)
{
	struct onnx_tnode *t, *child;
	size_t i, k;

	for (i = 0; i < f->n; i++) {
		t = &f->node[i];
		for (k = 0; k < 2 && !onnx_is_leaf(f, t); k++) {
			child = onnx_child(f, t, k);
			if (!child || child->parents++)
				return onnx_fail(c, "tree %lld: a branch of node %lld leads %s", (long long)t->tree,
						 (long long)t->id, child ? "where another one leads" : "to no node");
		}
	}
	return 0;
}

/* The inner node's test, in terms of the graph's inputs. */
static int onnx_test(struct onnx_ctx *c, struct onnx_forest *f, const struct onnx_tnode *t, struct graph_node *g,
		     bool *swap)
{
	int64_t feature = f->feature[t->entry];
	double s = 1, shift = 0;

	g->strict = onnx_mode_is(f, t, "BRANCH_LT") || onnx_mode_is(f, t, "BRANCH_GTE");
	*swap = onnx_mode_is(f, t, "BRANCH_GTE") || onnx_mode_is(f, t, "BRANCH_GT");
	if (!g->strict && !*swap && !onnx_mode_is(f, t, "BRANCH_LEQ"))
		return onnx_fail(c, "tree %lld: mode '%.*s' of node %lld is not supported, only <, <=, > and >=", (long long)t->tree,
				 (int)(f->mode[t->entry].len < 32 ? f->mode[t->entry].len : 32), f->mode[t->entry].data,
				 (long long)t->id);
	if (feature < 0 || feature >= c->chain.n)
		return onnx_fail(c, "tree %lld: node %lld tests input %lld of %u", (long long)t->tree, (long long)t->id,
				 (long long)feature, c->chain.n);
	if (c->chain.s) {
		s = c->chain.s[feature];
		shift = c->chain.t[feature];
	}
	if (!(s > 0))
		return onnx_fail(c, "input %lld is scaled by %g before the trees", (long long)feature, s);
	g->input = graph_chain_lane(&c->chain, feature).first;
	g->thr = (f->value[t->entry] - shift) / s;
	return isfinite(g->thr) ? 0 : onnx_fail(c, "tree %lld: a threshold is infinite", (long long)t->tree);
}

/* The children of a node get the next numbers and a place in the queue. */
static int onnx_grow(struct onnx_ctx *c, struct onnx_forest *f, struct onnx_tnode *t, struct onnx_tnode **queue,
		     uint32_t *end, struct graph_node *nodes)
{
	struct graph_node *g = &nodes[t->at];
	struct onnx_tnode *child;
	bool swap;
	int k;

	if (onnx_is_leaf(f, t)) {
		g->leaf = true;
		g->value = util_alloc(c->g->n_outputs, sizeof(*g->value));
		return 0;
	}
	if (onnx_test(c, f, t, g, &swap))
		return -1;
	g->yes = *end;
	g->no = *end + 1;
	for (k = 0; k < 2; k++) {
		child = onnx_child(f, t, swap ? k : !k);
		child->at = *end;
		queue[(*end)++] = child;
	}
	return 0;
}

/* One tree: entries [n] of f->node. */
static int onnx_tree(struct onnx_ctx *c, struct onnx_forest *f, struct onnx_tnode *first, size_t n,
		     struct graph_tree *tree)
{
	struct onnx_tnode **queue = util_alloc(n, sizeof(*queue));
	uint32_t i, end = 0;
	int rc = 0;

	tree->nodes = util_alloc(n, sizeof(*tree->nodes));
	tree->n_nodes = n;
	for (i = 0; i < n; i++)
		if (!first[i].parents && !end)
			queue[end++] = &first[i];
	for (i = 0; i < end && !rc; i++)
		rc = onnx_grow(c, f, queue[i], queue, &end, tree->nodes);
	free(queue);
	if (!rc && end != n)
		rc = onnx_fail(c, "tree %lld: %zu of its %zu nodes cannot be reached", (long long)first->tree, n - end,
			       n);
	return rc;
}

static int onnx_trees(struct onnx_ctx *c, struct onnx_forest *f)
{
	struct graph *g = c->g;
	size_t i, n;

	g->trees = util_alloc(LQ_MAX_TREES, sizeof(*g->trees));
	for (i = 0; i < f->n; i += n) {
		for (n = 1; i + n < f->n && f->node[i + n].tree == f->node[i].tree; n++)
			;
		if (g->n_trees == LQ_MAX_TREES)
			return onnx_fail(c, "more than %u trees", LQ_MAX_TREES);
		if (onnx_tree(c, f, &f->node[i], n, &g->trees[g->n_trees++]))
			return -1;
	}
	return 0;
}

/* Which of the graph's trees has this id: they are in the order of the sorted nodes. */
static uint32_t onnx_tree_index(const struct onnx_forest *f, const struct onnx_tnode *t, const uint32_t *of)
{
	return of[t - f->node];
}

static uint32_t *onnx_tree_indexes(const struct onnx_forest *f)
{
	uint32_t *of = util_alloc(f->n, sizeof(*of));
	size_t i;

	for (i = 1; i < f->n; i++)
		of[i] = of[i - 1] + (f->node[i].tree != f->node[i - 1].tree);
	return of;
}

/* Add the weights to the leaves: output o gets factor[o] times the weight, of any id if `one`. */
static int onnx_leaves(struct onnx_ctx *c, struct onnx_forest *f, bool one, const double *factor)
{
	uint32_t o, *of = onnx_tree_indexes(f);
	struct graph *g = c->g;
	struct onnx_tnode *t;
	double *value;
	size_t i;
	int rc = 0;

	for (i = 0; i < f->n_w && !rc; i++) {
		t = onnx_tnode_find(f, f->w_tree[i], f->w_node[i]);
		if (!t || !onnx_is_leaf(f, t)) {
			rc = onnx_fail(c, "weight %zu is of tree %lld node %lld, which is no leaf", i,
				       (long long)f->w_tree[i], (long long)f->w_node[i]);
			break;
		}
		value = g->trees[onnx_tree_index(f, t, of)].nodes[t->at].value;
		for (o = 0; o < g->n_outputs; o++)
			if (one || o == f->w_out[i])
				value[o] += factor[o] * f->w[i];
	}
	free(of);
	return rc;
}

static void onnx_forest_free(struct onnx_forest *f)
{
	free(f->node);
	free(f->value);
	free(f->w);
	free(f->base);
}

static int onnx_forest_start(struct onnx_ctx *c, const struct onnx_value *x, struct onnx_forest *f, const char *kind)
{
	if (c->g->kind == GRAPH_FOREST || c->g->n_layers || c->g->in_range)
		return onnx_fail(c, "trees must be the first to read the inputs");
	if (x->t.shape.rank > 2)
		return onnx_fail(c, "its input has %d dimensions", x->t.shape.rank);
	c->g->kind = GRAPH_FOREST;
	return onnx_forest_nodes(c, f) || onnx_forest_weights(c, f, kind) || onnx_count_parents(c, f) ? -1 : 0;
}

static int onnx_forest_outputs(struct onnx_ctx *c, struct onnx_forest *f, size_t n)
{
	size_t i;

	if (!n || n > LQ_MAX_OUTPUTS)
		return onnx_fail(c, "%zu outputs, not 1 to %u", n, LQ_MAX_OUTPUTS);
	for (i = 0; i < f->n_w; i++)
		if (f->w_out[i] < 0 || (size_t)f->w_out[i] >= n)
			return onnx_fail(c, "weight %zu is of output %lld of %zu", i, (long long)f->w_out[i], n);
	c->g->n_outputs = n;
	c->g->base = util_alloc(n, sizeof(*c->g->base));
	return 0;
}

/* Classifier. */

static size_t onnx_n_labels(struct onnx_ctx *c)
{
	const Onnx__Attribute *s = onnx_attr(c, "classlabels_strings"), *q = onnx_attr(c, "classlabels_int64s");

	return s && s->n_strings ? s->n_strings : q ? q->n_ints : 0;
}

/* Names of classes; labels 0, 1, 2 ... are no names. */
static void onnx_name_classes(struct onnx_ctx *c)
{
	const Onnx__Attribute *s = onnx_attr(c, "classlabels_strings"), *q = onnx_attr(c, "classlabels_int64s");
	uint32_t i, n = c->g->n_outputs;
	bool plain = !(s && s->n_strings);
	char name[64];

	for (i = 0; plain && i < n; i++)
		plain = q->ints[i] == i;
	if (plain)
		return;
	c->g->class_names = util_alloc(n, sizeof(char *));
	for (i = 0; i < n; i++) {
		if (s && s->n_strings)
			snprintf(name, sizeof(name), "%.*s", (int)(s->strings[i].len < 63 ? s->strings[i].len : 63),
				 s->strings[i].len ? (const char *)s->strings[i].data : "");
		else
			snprintf(name, sizeof(name), "%lld", (long long)q->ints[i]);
		c->g->class_names[i] = util_strdup(name);
	}
}

static bool onnx_one_class(const struct onnx_forest *f)
{
	size_t i;

	for (i = 1; i < f->n_w; i++)
		if (f->w_out[i] != f->w_out[0])
			return false;
	return true;
}

static bool onnx_all_positive(const struct onnx_forest *f)
{
	size_t i;

	for (i = 0; i < f->n_w; i++)
		if (f->w[i] < 0)
			return false;
	return true;
}

/* Two classes, the weights of one: the scores are { 1 - p, p } or { -s, s }. */
static int onnx_binary(struct onnx_ctx *c, struct onnx_forest *f)
{
	double base = f->n_base ? f->base[0] : 0;

	if (f->n_base > 1)
		return onnx_fail(c, "%zu base values with the weights of one class", f->n_base);
	c->g->base[0] = (onnx_all_positive(f) ? 1 : 0) - base;
	c->g->base[1] = base;
	return onnx_leaves(c, f, true, (const double[]) { -1, 1 });
}

static int onnx_multiclass(struct onnx_ctx *c, struct onnx_forest *f)
{
	double one[LQ_MAX_OUTPUTS];
	uint32_t o, n = c->g->n_outputs;

	if (f->n_base && (f->n_base != n || n == 2))
		return onnx_fail(c, "%zu base values for %u classes with weights of their own", f->n_base, n);
	for (o = 0; o < n; o++) {
		one[o] = 1;
		c->g->base[o] = f->n_base ? f->base[o] : 0;
	}
	return onnx_leaves(c, f, false, one);
}

static int onnx_classifier_read(struct onnx_ctx *c, struct onnx_value *x, struct onnx_forest *f)
{
	size_t n = onnx_n_labels(c);

	if (!onnx_attr_is(c, "post_transform", "NONE", true) && !onnx_attr_is(c, "post_transform", "SOFTMAX", false) &&
	    !onnx_attr_is(c, "post_transform", "LOGISTIC", false))
		return onnx_fail(c, "attribute value of 'post_transform' is not supported");
	if (onnx_forest_start(c, x, f, "class"))
		return -1;
	if (n < 2)
		return onnx_fail(c, "%zu class labels", n);
	if (onnx_forest_outputs(c, f, n) || onnx_trees(c, f))
		return -1;
	onnx_name_classes(c);
	return n == 2 && onnx_one_class(f) ? onnx_binary(c, f) : onnx_multiclass(c, f);
}

/* Every operator before this one only changed shapes or is in the thresholds now: the chain is empty again. */
static int onnx_forest_end(struct onnx_ctx *c, struct onnx_value *y, int rc)
{
	graph_chain_drop(&c->chain);
	if (!rc && c->done)
		rc = onnx_fail(c, "nothing that computes may follow %.40s: export the model without it", c->done);
	c->done = c->node->op_type;
	y->t.type = ONNX_FLOAT;
	y->t.shape = (struct onnx_shape) { .rank = 2, .dims = { onnx_batch(&y->t.shape), c->g->n_outputs } };
	return rc;
}

static int onnx_classifier(struct onnx_ctx *c, struct onnx_value *x)
{
	struct onnx_forest f = { 0 };
	struct onnx_value y = *x;
	int rc = onnx_classifier_read(c, x, &f);

	onnx_forest_free(&f);
	if (onnx_forest_end(c, &y, rc))
		return -1;
	c->g->classes = true;
	y.kind = ONNX_LABEL;
	if (onnx_put(c, 0, &y))
		return -1;
	y.kind = ONNX_SCORES;
	return onnx_has_output(c, 1) ? onnx_put(c, 1, &y) : 0;
}

/* Regressor. */

static int onnx_regressor_read(struct onnx_ctx *c, struct onnx_value *x, struct onnx_forest *f)
{
	bool average = onnx_attr_is(c, "aggregate_function", "AVERAGE", false);
	int64_t n = onnx_attr_i(c, "n_targets", 1);
	double factor[LQ_MAX_OUTPUTS];
	uint32_t o;

	if (!average && !onnx_attr_is(c, "aggregate_function", "SUM", true))
		return onnx_fail(c, "attribute value of 'aggregate_function' is not supported");
	if (!onnx_attr_is(c, "post_transform", "NONE", true))
		return onnx_fail(c, "attribute value of 'post_transform' is not supported");
	if (onnx_forest_start(c, x, f, "target") || onnx_forest_outputs(c, f, n < 0 ? 0 : n) || onnx_trees(c, f))
		return -1;
	if (f->n_base && f->n_base != (size_t)n)
		return onnx_fail(c, "%zu base values for %lld targets", f->n_base, (long long)n);
	for (o = 0; o < n; o++) {
		factor[o] = average ? 1.0 / c->g->n_trees : 1;
		c->g->base[o] = f->n_base ? f->base[o] : 0;
	}
	return onnx_leaves(c, f, false, factor);
}

static int onnx_regressor(struct onnx_ctx *c, struct onnx_value *x)
{
	struct onnx_forest f = { 0 };
	struct onnx_value y = *x;
	int rc = onnx_regressor_read(c, x, &f);

	onnx_forest_free(&f);
	return onnx_forest_end(c, &y, rc) ? -1 : onnx_put(c, 0, &y);
}

/* Scores by class name, for people: nothing is to be computed. */
static int onnx_zipmap(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_put(c, 0, x);
}

#define ONNX_TREE_ATTRS									\
	"nodes_treeids:7 nodes_nodeids:7 nodes_featureids:7 nodes_values:6 nodes_values_as_tensor:4 "	\
	"nodes_hitrates:6 nodes_hitrates_as_tensor:4 nodes_modes:8 nodes_truenodeids:7 nodes_falsenodeids:7 " \
	"nodes_missing_value_tracks_true:7 base_values:6 base_values_as_tensor:4 post_transform:3 "

#define ONNX_CLASS_ATTRS								\
	"class_treeids:7 class_nodeids:7 class_ids:7 class_weights:6 class_weights_as_tensor:4 "	\
	"classlabels_int64s:7 classlabels_strings:8"

#define ONNX_TARGET_ATTRS								\
	"target_treeids:7 target_nodeids:7 target_ids:7 target_weights:6 target_weights_as_tensor:4 "	\
	"n_targets:2 aggregate_function:3"

const struct onnx_op onnx_tree_ops[] = {
	{ "ai.onnx.ml", "TreeEnsembleClassifier", 1, 1, 1, ONNX_K_REAL, ONNX_TREE_ATTRS ONNX_CLASS_ATTRS,
	  onnx_classifier, NULL, NULL },
	{ "ai.onnx.ml", "TreeEnsembleRegressor", 1, 1, 1, ONNX_K_REAL, ONNX_TREE_ATTRS ONNX_TARGET_ATTRS,
	  onnx_regressor, NULL, NULL },
	{ "ai.onnx.ml", "ZipMap", 1, 1, 1, ONNX_K(SCORES), "classlabels_int64s:7 classlabels_strings:8", onnx_zipmap,
	  NULL, NULL },
	{ 0 },
};
