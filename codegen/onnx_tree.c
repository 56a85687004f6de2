// SPDX-License-Identifier: GPL-2.0
/*
 * Trees as in TreeEnsembleClassifier and TreeEnsembleRegressor of ai.onnx.ml: parallel lists, one
 * entry per node of any tree, named by (tree id, node id) in any order, and one entry per weight of
 * a leaf.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_forest.h"
#include "util.h"

static int onnx_ints(struct onnx_ctx *c, const char *name, size_t n, const int64_t **v)
{
	const Onnx__Attribute *a = onnx_attr(c, name);

	if (!a || a->n_ints != n)
		return onnx_fail(c, "attribute '%s' has %zu numbers, not %zu", name,
				 a ? a->n_ints : 0, n);
	*v = a->ints;
	return 0;
}

static int onnx_ints_copy(struct onnx_ctx *c, const char *name, size_t n, int64_t **v)
{
	const int64_t *from = NULL;

	if (onnx_ints(c, name, n, &from))
		return -1;
	*v = util_alloc(n, sizeof(**v));
	memcpy(*v, from, n * sizeof(**v));
	return 0;
}

/* Real numbers: a list of floats, or a tensor in the attribute "<name>_as_tensor". */
int onnx_reals(struct onnx_ctx *c, const char *name, double **v, size_t *n)
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
	return onnx_all_finite(*v, *n)
		       ? 0
		       : onnx_fail(c, "'%s' has an infinite number or one that is not a number",
				   name);
}

static int onnx_tnode_cmp(const void *va, const void *vb)
{
	const struct onnx_tnode *a = va, *b = vb;

	if (a->tree != b->tree)
		return a->tree < b->tree ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

struct onnx_tnode *onnx_tnode_find(const struct onnx_lists *l, int64_t tree, int64_t id)
{
	struct onnx_tnode key = { .tree = tree, .id = id };

	return bsearch(&key, l->node, l->n, sizeof(key), onnx_tnode_cmp);
}

int onnx_lists_sort(struct onnx_ctx *c, struct onnx_lists *l)
{
	size_t i;

	qsort(l->node, l->n, sizeof(*l->node), onnx_tnode_cmp);
	for (i = 1; i < l->n; i++)
		if (!onnx_tnode_cmp(&l->node[i - 1], &l->node[i]))
			return onnx_fail(c, "tree %lld has node %lld twice",
					 (long long)l->node[i].tree, (long long)l->node[i].id);
	return 0;
}

static int onnx_mode(struct onnx_ctx *c, const ProtobufCBinaryData *m, struct onnx_tnode *t)
{
	static const char *const name[] = {
		[ONNX_LEQ] = "BRANCH_LEQ", [ONNX_LT] = "BRANCH_LT", [ONNX_GTE] = "BRANCH_GTE",
		[ONNX_GT] = "BRANCH_GT",   [ONNX_EQ] = "BRANCH_EQ", [ONNX_NEQ] = "BRANCH_NEQ",
		[ONNX_LEAF] = "LEAF",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(name); i++)
		if (name[i] && m->len == strlen(name[i]) && !memcmp(m->data, name[i], m->len)) {
			t->mode = i;
			return 0;
		}
	return onnx_fail(c, "tree %lld: mode '%.*s' of node %lld is not supported, only <, <=, >, "
			 ">=, == and !=",
			 (long long)t->tree, (int)(m->len < 32 ? m->len : 32), m->data,
			 (long long)t->id);
}

static int onnx_lists_nodes(struct onnx_ctx *c, struct onnx_lists *l)
{
	const Onnx__Attribute *modes = onnx_attr(c, "nodes_modes");
	const int64_t *tree = NULL, *id = NULL, *yes = NULL, *no = NULL, *feature = NULL;
	double *value = NULL;
	size_t i, n_value = 0;
	int rc;

	l->n = modes ? modes->n_strings : 0;
	if (!l->n || l->n > ONNX_MAX_TNODES)
		return onnx_fail(c, "%zu nodes of trees, not 1 to %u", l->n, ONNX_MAX_TNODES);
	rc = onnx_ints(c, "nodes_treeids", l->n, &tree) ||
	     onnx_ints(c, "nodes_nodeids", l->n, &id) ||
	     onnx_ints(c, "nodes_truenodeids", l->n, &yes) ||
	     onnx_ints(c, "nodes_falsenodeids", l->n, &no) ||
	     onnx_ints(c, "nodes_featureids", l->n, &feature) ||
	     onnx_reals(c, "nodes_values", &value, &n_value);
	if (!rc && n_value != l->n)
		rc = onnx_fail(c, "attribute 'nodes_values' has %zu numbers, not %zu", n_value,
			       l->n);
	l->node = util_alloc(l->n, sizeof(*l->node));
	for (i = 0; i < l->n && !rc; i++) {
		l->node[i] = (struct onnx_tnode){
			.tree = tree[i],
			.id = id[i],
			.yes = yes[i],
			.no = no[i],
			.feature = feature[i],
			.value = value[i],
		};
		rc = onnx_mode(c, &modes->strings[i], &l->node[i]);
	}
	free(value);
	return rc ? -1 : onnx_lists_sort(c, l);
}

static int onnx_lists_weights(struct onnx_ctx *c, struct onnx_lists *l, const char *kind)
{
	char name[4][24];
	size_t i;

	for (i = 0; i < 4; i++)
		snprintf(name[i], sizeof(name[i]), "%s_%s", kind,
			 (const char *[]) { "weights", "treeids", "nodeids", "ids" }[i]);
	if (onnx_reals(c, name[0], &l->w, &l->n_w) ||
	    onnx_reals(c, "base_values", &l->base, &l->n_base))
		return -1;
	if (!l->n_w)
		return onnx_fail(c, "no weights of leaves");
	return onnx_ints_copy(c, name[1], l->n_w, &l->w_tree) ||
			       onnx_ints_copy(c, name[2], l->n_w, &l->w_node) ||
			       onnx_ints_copy(c, name[3], l->n_w, &l->w_out)
		       ? -1
		       : 0;
}

int onnx_lists_read(struct onnx_ctx *c, struct onnx_lists *l, const char *kind)
{
	return onnx_lists_nodes(c, l) || onnx_lists_weights(c, l, kind) ? -1 : 0;
}

void onnx_lists_free(struct onnx_lists *l)
{
	free(l->node);
	free(l->w_tree);
	free(l->w_node);
	free(l->w_out);
	free(l->w);
	free(l->base);
	free(l->members);
}
