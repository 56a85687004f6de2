// SPDX-License-Identifier: GPL-2.0
/*
 * TreeEnsembleClassifier, TreeEnsembleRegressor, TreeEnsemble, and ZipMap behind them.
 *
 * Scores: post transforms of classifiers (SOFTMAX, LOGISTIC) keep the order and are dropped. Binary
 * boosting is written as two classes with the weights of only one, which is interpreted as in ONNX
 * Runtime: with all weights positive the sum is a probability p, the scores are 1 - p and p;
 * otherwise it is a margin, the scores are -s and s.
 */
#include <stdlib.h>
#include <string.h>

#include "onnx_forest.h"
#include "util.h"

static int onnx_ensemble_start(struct onnx_ctx *c, const struct onnx_value *x)
{
	if (c->g->kind == GRAPH_FOREST || c->g->in_range)
		return onnx_fail(c, "trees must read the model's inputs directly");
	if (x->t.shape.rank > 2)
		return onnx_fail(c, "its input has %d dimensions", x->t.shape.rank);
	if (!c->grove->op)
		c->grove->op = c->node->op_type;
	return 0;
}

static int onnx_ensemble_outputs(struct onnx_ctx *c, const struct onnx_lists *l, size_t n)
{
	size_t i;

	if (!n || n > LQ_MAX_OUTPUTS)
		return onnx_fail(c, "%zu outputs, not 1 to %u", n, LQ_MAX_OUTPUTS);
	for (i = 0; i < l->n_w; i++)
		if (l->w_out[i] < 0 || (size_t)l->w_out[i] >= n)
			return onnx_fail(c, "weight %zu is of output %lld of %zu", i,
					 (long long)l->w_out[i], n);
	return 0;
}

/* --- classifier --- */

static size_t onnx_n_labels(struct onnx_ctx *c)
{
	const Onnx__Attribute *s = onnx_attr(c, "classlabels_strings"),
			      *q = onnx_attr(c, "classlabels_int64s");

	return s && s->n_strings ? s->n_strings : q ? q->n_ints : 0;
}

static bool onnx_one_class(const struct onnx_lists *l)
{
	size_t i;

	for (i = 1; i < l->n_w; i++)
		if (l->w_out[i] != l->w_out[0])
			return false;
	return true;
}

static bool onnx_all_positive(const struct onnx_lists *l)
{
	size_t i;

	for (i = 0; i < l->n_w; i++)
		if (l->w[i] < 0)
			return false;
	return true;
}

/* Two classes, the weights of one: the scores are { 1 - p, p } or { -s, s }. */
static struct onnx_sums *onnx_binary(struct onnx_ctx *c, struct onnx_lists *l)
{
	double base = l->n_base ? l->base[0] : 0;

	if (l->n_base > 1) {
		onnx_fail(c, "%zu base values with the weights of one class", l->n_base);
		return NULL;
	}
	return onnx_leaves(c, l, 2, true, (const double[]) { -1, 1 },
			   (const double[]) { (onnx_all_positive(l) ? 1 : 0) - base, base });
}

static struct onnx_sums *onnx_multiclass(struct onnx_ctx *c, struct onnx_lists *l, size_t n)
{
	double one[LQ_MAX_OUTPUTS], base[LQ_MAX_OUTPUTS];
	size_t o;

	if (l->n_base && n == 2) {
		onnx_fail(c, "%zu base values for 2 classes with weights of their own: ONNX "
			  "Runtime does not add them to their class, so train without a bias "
			  "(CatBoost: boost_from_average=False)",
			  l->n_base);
		return NULL;
	}
	if (l->n_base && l->n_base != n) {
		onnx_fail(c, "%zu base values for %zu classes with weights of their own", l->n_base,
			  n);
		return NULL;
	}
	for (o = 0; o < n; o++) {
		one[o] = 1;
		base[o] = l->n_base ? l->base[o] : 0;
	}
	return onnx_leaves(c, l, n, false, one, base);
}

static int onnx_classifier_read(struct onnx_ctx *c, struct onnx_value *x, struct onnx_lists *l)
{
	size_t n = onnx_n_labels(c);
	struct onnx_sums *s;

	if (!onnx_attr_is(c, "post_transform", "NONE", true) &&
	    !onnx_attr_is(c, "post_transform", "SOFTMAX", false) &&
	    !onnx_attr_is(c, "post_transform", "LOGISTIC", false))
		return onnx_fail(c, "attribute value of 'post_transform' is not supported");
	if (onnx_ensemble_start(c, x) || onnx_lists_read(c, l, "class"))
		return -1;
	if (n < 2)
		return onnx_fail(c, "%zu class labels", n);
	if (onnx_ensemble_outputs(c, l, n) || onnx_grow(c, l))
		return -1;
	s = n == 2 && onnx_one_class(l) ? onnx_binary(c, l) : onnx_multiclass(c, l, n);
	if (!s || onnx_sums_end(c, s, true))
		return -1;
	onnx_class_names(c, n, "classlabels_int64s");
	return 0;
}

static int onnx_classifier(struct onnx_ctx *c, struct onnx_value *x)
{
	struct onnx_lists l = { 0 };
	struct onnx_value y = *x;
	int rc = onnx_classifier_read(c, x, &l);

	onnx_lists_free(&l);
	graph_chain_drop(&c->chain);	/* what came before is folded into the thresholds */
	if (rc)
		return -1;
	if (c->done)
		return onnx_ended(c, c->done);
	c->done = c->node->op_type;
	y.t.type = ONNX_FLOAT;
	y.t.shape = (struct onnx_shape){ .rank = 2,
					 .dims = { onnx_batch(&y.t.shape), c->g->n_outputs } };
	y.kind = ONNX_LABEL;
	if (onnx_put(c, 0, &y))
		return -1;
	y.kind = ONNX_SCORES;
	return onnx_has_output(c, 1) ? onnx_put(c, 1, &y) : 0;
}

/* --- regressors --- */

static struct onnx_sums *onnx_targets(struct onnx_ctx *c, struct onnx_value *x,
				      struct onnx_lists *l, bool average)
{
	double factor[LQ_MAX_OUTPUTS], base[LQ_MAX_OUTPUTS];
	int64_t o, n = onnx_attr_i(c, "n_targets", 1);

	if (onnx_ensemble_outputs(c, l, n < 0 ? 0 : n) || onnx_grow(c, l))
		return NULL;
	if (l->n_base && l->n_base != (size_t)n) {
		onnx_fail(c, "%zu base values for %lld targets", l->n_base, (long long)n);
		return NULL;
	}
	for (o = 0; o < n; o++) {
		factor[o] = average ? 1.0 / l->n_trees : 1;
		base[o] = l->n_base ? l->base[o] : 0;
	}
	(void)x;
	return onnx_leaves(c, l, n, false, factor, base);
}

static struct onnx_sums *onnx_regressor_read(struct onnx_ctx *c, struct onnx_value *x,
					     struct onnx_lists *l)
{
	bool average = onnx_attr_is(c, "aggregate_function", "AVERAGE", false);

	if (!average && !onnx_attr_is(c, "aggregate_function", "SUM", true))
		onnx_fail(c, "attribute value of 'aggregate_function' is not supported");
	else if (!onnx_attr_is(c, "post_transform", "NONE", true))
		onnx_fail(c, "attribute value of 'post_transform' is not supported");
	else if (!onnx_ensemble_start(c, x) && !onnx_lists_read(c, l, "target"))
		return onnx_targets(c, x, l, average);
	return NULL;
}

static struct onnx_sums *onnx_ensemble_read(struct onnx_ctx *c, struct onnx_value *x,
					    struct onnx_lists *l)
{
	int64_t aggregate = onnx_attr_i(c, "aggregate_function", 1);

	if (aggregate != 0 && aggregate != 1)
		onnx_fail(c, "attribute value of 'aggregate_function' is not supported");
	else if (onnx_attr_i(c, "post_transform", 0))
		onnx_fail(c, "attribute value of 'post_transform' is not supported");
	else if (!onnx_ensemble_start(c, x) && !onnx_lists_read5(c, l))
		return onnx_targets(c, x, l, !aggregate);
	return NULL;
}

static int onnx_regress(struct onnx_ctx *c, struct onnx_value *x,
			struct onnx_sums *(*read)(struct onnx_ctx *, struct onnx_value *,
						  struct onnx_lists *))
{
	struct onnx_lists l = { 0 };
	struct onnx_sums *s = read(c, x, &l);

	onnx_lists_free(&l);
	if (!s)
		return -1;
	return onnx_put_sums(c, 0, s, &(struct onnx_shape){ .rank = 2, .dims = { 1, s->n } },
			     ONNX_FLOAT);
}

static int onnx_regressor(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_regress(c, x, onnx_regressor_read);
}

static int onnx_ensemble(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_regress(c, x, onnx_ensemble_read);
}

/* Scores by class name, for people: nothing to compute. */
static int onnx_zipmap(struct onnx_ctx *c, struct onnx_value *x)
{
	return onnx_put(c, 0, x);
}

#define ONNX_TREE_ATTRS \
	"nodes_treeids:7 nodes_nodeids:7 nodes_featureids:7 nodes_values:6 " \
	"nodes_values_as_tensor:4 nodes_hitrates:6 nodes_hitrates_as_tensor:4 nodes_modes:8 " \
	"nodes_truenodeids:7 nodes_falsenodeids:7 nodes_missing_value_tracks_true:7 " \
	"base_values:6 base_values_as_tensor:4 post_transform:3 "

#define ONNX_CLASS_ATTRS                                                                         \
	"class_treeids:7 class_nodeids:7 class_ids:7 class_weights:6 class_weights_as_tensor:4 " \
	"classlabels_int64s:7 classlabels_strings:8"

#define ONNX_TARGET_ATTRS \
	"target_treeids:7 target_nodeids:7 target_ids:7 target_weights:6 " \
	"target_weights_as_tensor:4 n_targets:2 aggregate_function:3"

#define ONNX_SET5_ATTRS									\
	"aggregate_function:2 leaf_targetids:7 leaf_weights:4 membership_values:4 n_targets:2 "	\
	"nodes_falseleafs:7 nodes_falsenodeids:7 nodes_featureids:7 nodes_hitrates:4 "	\
	"nodes_missing_value_tracks_true:7 nodes_modes:4 nodes_splits:4 nodes_trueleafs:7 "	\
	"nodes_truenodeids:7 post_transform:2 tree_roots:7"

const struct onnx_op onnx_tree_ops[] = {
	{ "ai.onnx.ml", "TreeEnsembleClassifier", 1, 1, 1, ONNX_K_REAL,
	  ONNX_TREE_ATTRS ONNX_CLASS_ATTRS, onnx_classifier, NULL, NULL },
	{ "ai.onnx.ml", "TreeEnsembleRegressor", 1, 1, 1, ONNX_K_REAL,
	  ONNX_TREE_ATTRS ONNX_TARGET_ATTRS, onnx_regressor, NULL, NULL },
	{ "ai.onnx.ml", "TreeEnsemble", 1, 1, 1, ONNX_K_REAL, ONNX_SET5_ATTRS, onnx_ensemble, NULL,
	  NULL },
	{ "ai.onnx.ml", "ZipMap", 1, 1, 1, ONNX_K(SCORES),
	  "classlabels_int64s:7 classlabels_strings:8", onnx_zipmap, NULL, NULL },
	{ 0 },
};
