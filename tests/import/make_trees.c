// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make_trees.h"
#include "onnx_import.h"

static uint32_t tr_random(uint64_t *s)
{
	*s = *s * 6364136223846793005u + 1442695040888963407u;
	return *s >> 33;
}

static int tr_grow_node(uint64_t *seed, struct tr_tree *t, int depth, int samples)
{
	int at = t->n++, left;
	struct tr_node *n = &t->node[at];

	*n = (struct tr_node){ .feature = -1,
			       .samples = samples,
			       .value = (int)(tr_random(seed) % 2001 - 1000) / 256.0f };
	if (!depth || samples < 2 || !(tr_random(seed) % 8))
		return at;
	n->feature = tr_random(seed) % TR_FEATURES;
	n->thr = (int)(tr_random(seed) % 400) / 4.0f;
	left = 1 + tr_random(seed) % (samples - 1);
	n->yes = tr_grow_node(seed, t, depth - 1, left);
	t->node[at].no = tr_grow_node(seed, t, depth - 1, samples - left);
	return at;
}

void tr_grow(uint64_t *seed, struct tr_tree *t, int depth)
{
	t->n = 0;
	tr_grow_node(seed, t, depth, 256);
}

int tr_leaf(const struct tr_tree *t, const float *x)
{
	int at = 0;

	while (t->node[at].feature >= 0)
		at = x[t->node[at].feature] <= t->node[at].thr ? t->node[at].yes : t->node[at].no;
	return at;
}

int tr_depth(const struct tr_tree *t, const float *x)
{
	int at = 0, n = 1;

	for (; t->node[at].feature >= 0; n++)
		at = x[t->node[at].feature] <= t->node[at].thr ? t->node[at].yes : t->node[at].no;
	return n;
}

void tr_attrs(struct mo *m, Onnx__Node *n, const struct tr_tree *t, int trees, bool numbers)
{
	int64_t tree[64 * TR_NODES], id[64 * TR_NODES], yes[64 * TR_NODES], no[64 * TR_NODES],
		feature[64 * TR_NODES];
	int64_t w_tree[64 * TR_NODES], w_id[64 * TR_NODES], zero[64 * TR_NODES] = { 0 };
	float value[64 * TR_NODES], w[64 * TR_NODES];
	char *modes = calloc(64 * TR_NODES, 12);
	int i, k, all = 0, leaves = 0;

	for (k = 0; k < trees; k++)
		for (i = 0; i < t[k].n; i++, all++) {
			bool leaf = t[k].node[i].feature < 0;

			tree[all] = k;
			id[all] = i;
			yes[all] = t[k].node[i].yes;
			no[all] = t[k].node[i].no;
			feature[all] = leaf ? 0 : t[k].node[i].feature;
			value[all] = t[k].node[i].thr;
			strcat(modes + strlen(modes), leaf ? "LEAF " : "BRANCH_LEQ ");
			if (!leaf)
				continue;
			w_tree[leaves] = k;
			w_id[leaves] = i;
			w[leaves++] = numbers ? i : t[k].node[i].value;
		}
	modes[strlen(modes) - 1] = '\0';
	mo_is(m, n, "nodes_treeids", tree, all);
	mo_is(m, n, "nodes_nodeids", id, all);
	mo_is(m, n, "nodes_truenodeids", yes, all);
	mo_is(m, n, "nodes_falsenodeids", no, all);
	mo_is(m, n, "nodes_featureids", feature, all);
	mo_fs(m, n, "nodes_values", value, all);
	mo_ss(m, n, "nodes_modes", modes);
	mo_is(m, n, "target_treeids", w_tree, leaves);
	mo_is(m, n, "target_nodeids", w_id, leaves);
	mo_is(m, n, "target_ids", zero, leaves);
	mo_fs(m, n, "target_weights", w, leaves);
	mo_i(m, n, "n_targets", 1);
	mo_s(m, n, "post_transform", "NONE");
	free(modes);
}

/* --- isolation forests --- */

/* The length of a path that is cut off with so many samples left. */
static double tr_path_left(double samples)
{
	return samples < 2 ? 0
	       : samples == 2
		       ? 1
		       : 2 * (log(samples - 1) + 0.5772156649015329) - 2 * (samples - 1) / samples;
}

float tr_isolation_score(const struct tr_tree *t, int trees, float offset, const float *x)
{
	double depth = 0;
	int k;

	for (k = 0; k < trees; k++)
		depth +=
			tr_depth(&t[k], x) - 1 + tr_path_left(t[k].node[tr_leaf(&t[k], x)].samples);
	return -pow(2, -depth / (trees * tr_path_left(256))) - offset;
}

static const char *tr_name(int k, const char *what)
{
	static char name[8][48];
	static int i;

	i = (i + 1) % 8;
	snprintf(name[i], sizeof(name[i]), "%s%d", what, k);
	return name[i];
}

/*
 * A node of tree k: names with k behind them, but those that begin with a capital, which are
 * constants.
 */
static Onnx__Node *tr_node(struct mo *m, int k, const char *op, const char *a, const char *b,
			   const char *out)
{
	char in[128];

	snprintf(in, sizeof(in), "%s%s%s", *a < 'a' ? a : tr_name(k, a), *b ? " " : "",
		 !*b || *b < 'a' ? b : tr_name(k, b));
	return mo_node(m, op, in, tr_name(k, out));
}

static void tr_look_up(struct mo *m, const struct tr_tree *t, int k, const char *what,
		       const float *of)
{
	int64_t key[TR_NODES];
	float value[TR_NODES];
	Onnx__Node *n;
	char name[32];
	int i, leaves = 0;

	for (i = 0; i < t->n; i++)
		if (t->node[i].feature < 0) {
			key[leaves] = i;
			value[leaves++] = of[i];
		}
	snprintf(name, sizeof(name), "%s_", what);
	n = tr_node(m, k, "ai.onnx.ml:LabelEncoder", "index", "", name);
	mo_is(m, n, "keys_int64s", key, leaves);
	mo_fs(m, n, "values_floats", value, leaves);
	tr_node(m, k, "Reshape", name, "Column", what);
}

static void tr_path_nodes(const struct tr_tree *t, int at, int depth, float *of)
{
	of[at] = depth;
	if (t->node[at].feature < 0)
		return;
	tr_path_nodes(t, t->node[at].yes, depth + 1, of);
	tr_path_nodes(t, t->node[at].no, depth + 1, of);
}

static void tr_isolation_tree(struct mo *m, const struct tr_tree *t, int k)
{
	float of[TR_NODES];
	int i;

	mo_i(m, mo_node(m, "Gather", "x All", tr_name(k, "row")), "axis", 1);
	tr_attrs(m, tr_node(m, k, "ai.onnx.ml:TreeEnsembleRegressor", "row", "", "leave"), t, 1,
		 true);
	mo_i(m, tr_node(m, k, "Cast", "leave", "", "index"), "to", 7);
	for (i = 0; i < t->n; i++)
		of[i] = t->node[i].samples;
	tr_look_up(m, t, k, "samples", of);
	tr_path_nodes(t, 0, 1, of);
	tr_look_up(m, t, k, "path", of);
	tr_node(m, k, "Equal", "samples", "Two", "eqb");
	mo_i(m, tr_node(m, k, "Cast", "eqb", "", "eq"), "to", 1);
	tr_node(m, k, "Greater", "samples", "Two", "gtb");
	mo_i(m, tr_node(m, k, "Cast", "gtb", "", "gt"), "to", 1);
	tr_node(m, k, "Mul", "gt", "samples", "gs");
	tr_node(m, k, "Add", "gs", "Minus", "gm");
	tr_node(m, k, "Max", "gm", "One", "gl");
	tr_node(m, k, "Log", "gl", "", "lg");
	tr_node(m, k, "Add", "lg", "Euler", "le");
	tr_node(m, k, "Mul", "le", "Two", "l");
	tr_node(m, k, "Max", "gm", "Zero", "gz");
	tr_node(m, k, "Max", "gs", "One", "go");
	tr_node(m, k, "Div", "gz", "go", "d");
	tr_node(m, k, "Mul", "d", "Minus2", "dn");
	tr_node(m, k, "Add", "l", "dn", "s");
	tr_node(m, k, "Mul", "s", "gt", "av");
	tr_node(m, k, "Add", "eq", "av", "apl");
	tr_node(m, k, "Add", "path", "apl", "pa");
	tr_node(m, k, "Add", "pa", "Minus", "depth");
}

static void tr_number(struct mo *m, const char *name, int type, double v)
{
	mo_init(m, name, type, &v, 1, 1);
}

struct mo *tr_isolation(const struct tr_tree *t, int trees, float offset)
{
	struct mo *m = mo_new(13);
	char *depths = calloc(trees, 16);
	int k;

	mo_opset(m, "ai.onnx.ml", 3);
	mo_input(m, "x", 2, 0, TR_FEATURES);
	mo_init(m, "All", ONNX_INT64, (double[]) { 0, 1, 2, 3 }, 1, 4);
	mo_init(m, "Column", ONNX_INT64, (double[]) { -1, 1 }, 1, 2);
	tr_number(m, "Zero", ONNX_FLOAT, 0);
	tr_number(m, "One", ONNX_FLOAT, 1);
	tr_number(m, "Two", ONNX_FLOAT, 2);
	tr_number(m, "Minus", ONNX_FLOAT, -1);
	tr_number(m, "Minus2", ONNX_FLOAT, -2);
	tr_number(m, "Euler", ONNX_FLOAT, 0.5772156649015329f);
	tr_number(m, "Cst", ONNX_FLOAT, trees * tr_path_left(256));
	tr_number(m, "Offset", ONNX_FLOAT, -offset);
	tr_number(m, "IMinus2", ONNX_INT64, -2);
	tr_number(m, "IOne", ONNX_INT64, 1);
	for (k = 0; k < trees; k++) {
		tr_isolation_tree(m, &t[k], k);
		sprintf(depths + strlen(depths), "%s%s", k ? " " : "", tr_name(k, "depth"));
	}
	mo_node(m, "Sum", depths, "sum");
	mo_node(m, "Div", "sum Cst", "mean");
	mo_node(m, "Neg", "mean", "minus");
	mo_node(m, "Pow", "Two minus", "power");
	mo_node(m, "Neg", "power", "score");
	mo_node(m, "Add", "score Offset", "scores");
	mo_node(m, "Less", "scores Zero", "less");
	mo_i(m, mo_node(m, "Cast", "less", "flag"), "to", 7);
	mo_node(m, "Mul", "flag IMinus2", "twice");
	mo_node(m, "Add", "twice IOne", "label");
	mo_output(m, "label");
	mo_output(m, "scores");
	free(depths);
	return m;
}

/* --- matrices --- */

struct tr_sizes {
	int tests, leaves;	/* of the largest tree */
};

static struct tr_sizes tr_sizes(const struct tr_tree *t, int trees)
{
	struct tr_sizes s = { 0 };
	int k, i, tests;

	for (k = 0; k < trees; k++) {
		for (i = tests = 0; i < t[k].n; i++)
			tests += t[k].node[i].feature >= 0;
		s.tests = tests > s.tests ? tests : s.tests;
	}
	s.leaves = s.tests + 1;
	return s;
}

/* Leaves below a node: the test of `at` is number test, its side +1 or -1 for each of them. */
static void tr_mark(const struct tr_tree *t, int at, int test, float side, const int *leaf_of,
		    float *b, int tests)
{
	if (t->node[at].feature < 0) {
		b[leaf_of[at] * tests + test] = side;
		return;
	}
	tr_mark(t, t->node[at].yes, test, side, leaf_of, b, tests);
	tr_mark(t, t->node[at].no, test, side, leaf_of, b, tests);
}

/*
 * One tree: a [tests][features], thr [tests], b [leaves][tests], d [leaves], e [leaves]. What is
 * not used is 0.
 */
static void tr_matrix(const struct tr_tree *t, struct tr_sizes s, float *a, float *thr, float *b,
		      float *d, float *e)
{
	int i, test = 0, leaf = 0, leaf_of[TR_NODES], k;

	for (i = 0; i < t->n; i++)
		if (t->node[i].feature < 0) {
			leaf_of[i] = leaf;
			e[leaf++] = t->node[i].value;
		}
	for (i = 0; i < t->n; i++) {
		if (t->node[i].feature < 0)
			continue;
		a[test * TR_FEATURES + t->node[i].feature] = 1;
		thr[test] = t->node[i].thr;
		tr_mark(t, t->node[i].yes, test, 1, leaf_of, b, s.tests);
		tr_mark(t, t->node[i].no, test, -1, leaf_of, b, s.tests);
		test++;
	}
	for (i = 0; i < leaf; i++)
		for (k = 0; k < test; k++)
			d[i] += b[i * s.tests + k] > 0;
}

static void tr_floats2(struct mo *m, const char *name, const float *v, int rows, int cols,
		       bool turn)
{
	float *to = calloc((unsigned int)rows * (unsigned int)cols, sizeof(*to));
	int i, k;

	for (i = 0; i < rows; i++)
		for (k = 0; k < cols; k++)
			to[turn ? k * rows + i : i * cols + k] = v[i * cols + k];
	mo_floats(m, name, to, 2, turn ? cols : rows, turn ? rows : cols);
	free(to);
}

static void tr_shape(struct mo *m, const char *name, double a, double b, double c)
{
	mo_init(m, name, ONNX_INT64, (double[]) { a, b, c }, 1, c ? 3 : 2);
}

/* Rows times matrices: all trees in one matrix. */
static void tr_rows(struct mo *m, int trees, struct tr_sizes s, const float *a, const float *thr,
		    const float *b, const float *d, const float *e)
{
	int tests = trees * s.tests, leaves = trees * s.leaves, k, i, j;
	float *all = calloc(tests * leaves, sizeof(*all));

	for (k = 0; k < trees; k++)
		for (i = 0; i < s.leaves; i++)
			for (j = 0; j < s.tests; j++)
				all[(k * s.leaves + i) * tests + k * s.tests + j] =
					b[(k * s.leaves + i) * s.tests + j];
	tr_floats2(m, "a", a, tests, TR_FEATURES, true);
	tr_floats2(m, "thr", thr, 1, tests, false);
	tr_floats2(m, "b", all, leaves, tests, true);
	tr_floats2(m, "d", d, 1, leaves, false);
	tr_floats2(m, "e", e, leaves, 1, false);
	mo_node(m, "MatMul", "x a", "t1");
	mo_node(m, "LessOrEqual", "t1 thr", "t2");
	mo_i(m, mo_node(m, "Cast", "t2", "t3"), "to", ONNX_FLOAT);
	mo_node(m, "MatMul", "t3 b", "t4");
	mo_node(m, "Equal", "t4 d", "t5");
	mo_i(m, mo_node(m, "Cast", "t5", "t6"), "to", ONNX_FLOAT);
	mo_node(m, "MatMul", "t6 e", "y");
	free(all);
}

/* Columns, with a matrix for each tree. */
static void tr_columns(struct mo *m, int trees, struct tr_sizes s, const float *a, const float *thr,
		       const float *b, const float *d, const float *e)
{
	tr_floats2(m, "a", a, trees * s.tests, TR_FEATURES, false);
	tr_floats2(m, "thr", thr, trees * s.tests, 1, false);
	mo_floats(m, "b", b, 3, trees, s.leaves, s.tests);
	tr_floats2(m, "d", d, trees * s.leaves, 1, false);
	mo_floats(m, "e", e, 3, trees, 1, s.leaves);
	tr_shape(m, "s1", trees, s.tests, -1);
	tr_shape(m, "s2", trees * s.leaves, -1, 0);
	tr_shape(m, "s3", trees, s.leaves, -1);
	tr_shape(m, "s4", trees, 1, -1);
	tr_number(m, "first", ONNX_INT64, 0);
	mo_is(m, mo_node(m, "Transpose", "x", "column"), "perm", (int64_t[]) { 1, 0 }, 2);
	mo_node(m, "Gemm", "a column", "t1");
	mo_node(m, "LessOrEqual", "t1 thr", "t2");
	mo_node(m, "Reshape", "t2 s1", "t3");
	mo_i(m, mo_node(m, "Cast", "t3", "t4"), "to", ONNX_FLOAT);
	mo_node(m, "MatMul", "b t4", "t5");
	mo_node(m, "Reshape", "t5 s2", "t6");
	mo_node(m, "Equal", "t6 d", "t7");
	mo_node(m, "Reshape", "t7 s3", "t8");
	mo_i(m, mo_node(m, "Cast", "t8", "t9"), "to", ONNX_FLOAT);
	mo_node(m, "MatMul", "e t9", "t10");
	mo_node(m, "Reshape", "t10 s4", "t11");
	mo_i(m, mo_node(m, "ReduceSum", "t11 first", "t12"), "keepdims", 0);
	mo_is(m, mo_node(m, "Transpose", "t12", "y"), "perm", (int64_t[]) { 1, 0 }, 2);
}

struct mo *tr_matrices(const struct tr_tree *t, int trees, bool columns)
{
	struct tr_sizes s = tr_sizes(t, trees);
	size_t tests = (size_t)trees * s.tests, leaves = (size_t)trees * s.leaves;
	float *a = calloc(tests * TR_FEATURES, sizeof(float)), *thr = calloc(tests, sizeof(float));
	float *b = calloc(leaves * s.tests, sizeof(float)), *d = calloc(leaves, sizeof(float));
	float *e = calloc(leaves, sizeof(float));
	struct mo *m = mo_new(13);
	int k;

	mo_input(m, "x", 2, 0, TR_FEATURES);
	for (k = 0; k < trees; k++)
		tr_matrix(&t[k], s, a + k * s.tests * TR_FEATURES, thr + k * s.tests,
			  b + k * s.leaves * s.tests, d + k * s.leaves, e + k * s.leaves);
	(columns ? tr_columns : tr_rows)(m, trees, s, a, thr, b, d, e);
	mo_output(m, "y");
	free(a);
	free(thr);
	free(b);
	free(d);
	free(e);
	return m;
}

struct mo *tr_sample(int i)
{
	struct tr_tree t[2];
	uint64_t seed = 11 + i;

	tr_grow(&seed, &t[0], 2);
	tr_grow(&seed, &t[1], 3);
	switch (i) {
	case 0:
		return tr_isolation(t, 2, -0.5f);
	case 1:
	case 2:
		return tr_matrices(t, 2, i == 2);
	}
	return NULL;
}
