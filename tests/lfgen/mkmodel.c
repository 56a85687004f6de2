// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the models and rows of tests/lfgen/run.sh, always the same: mkmodel DIR writes
 *
 *	net.onnx	8 inputs, Gemm-Tanh-Gemm-Relu-Gemm, 3 values	net.csv		1,500 rows
 *	class.onnx	the same with Softmax: classes			net.csv
 *	graph.onnx	8 inputs, of which two go round a net with a	net.csv
 *			gate, a residual and a norm; two heads
 *	seconds.onnx	net.onnx with a Sigmoid at its end, for		seconds.csv	2,000 rows
 *			inputs of 0 .. 1e-4
 *	isolation.onnx	an isolation forest of 100 trees, as skl2onnx	trees.csv	2,000 rows
 *			writes it; rows of quarters
 *	matrices.onnx	12 trees as matrices, as Hummingbird writes	trees.csv
 *	gru.onnx, gru0.onnx, lstm.onnx	16 units over 8 steps of 2, as PyTorch writes them, and a
 *			Gemm						steps.csv	1,500 rows
 *	watch.onnx	classes by three of all features of packets	(watch.txt lists them)
 *			and flows
 *	conv.onnx	Relu, ConvTranspose, Relu, LSTM: refused
 *	split.onnx	one tree of one split of input 0 at 1e-5,	split.csv	4,000 rows
 *			2 inputs
 *	forest.onnx	12 trees of depth 5 over 6 integer features,	forest.csv	2,000 rows
 *			3 classes; rows of integers
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lq/features.h>
#include "make_onnx.h"
#include "make_trees.h"
#include "net.h"

#define TREES	12
#define DEPTH	5
#define NODES	(2 * (1 << DEPTH) - 1)
#define INNER	((1 << DEPTH) - 1)
#define CLASSES	3

static void write_file(const char *dir, const char *name, const void *p, size_t len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(p, 1, len, f) != len || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static void write_model(const char *dir, const char *name, struct mo *m)
{
	size_t len;
	uint8_t *p = mo_pack(m, &len);

	write_file(dir, name, p, len);
	free(p);
	mo_free(m);
}

static void write_rows(const char *dir, const char *name, struct rows rows)
{
	char *text = NULL;
	size_t len, i, c;
	FILE *f = open_memstream(&text, &len);

	for (i = 0; i < rows.n; i++)
		for (c = 0; c < rows.cols; c++)
			fprintf(f, "%.9g%c", rows.v[i * rows.cols + c],
				c + 1 < rows.cols ? ',' : '\n');
	fclose(f);
	write_file(dir, name, text, len);
	free(text);
	rows_free(&rows);
}

static void gemm(struct mo *m, u64 *rng, const char *in, const char *out, u32 n_in, u32 n_out,
		 double scale)
{
	float w[64 * 64], b[64];
	char names[96], wn[32], bn[32];
	u32 i;

	for (i = 0; i < n_in * n_out; i++)
		w[i] = scale * 2 * test_unit(rng) / sqrt(n_in);
	for (i = 0; i < n_out; i++)
		b[i] = test_unit(rng) / 4;
	snprintf(wn, sizeof(wn), "w_%s", out);
	snprintf(bn, sizeof(bn), "b_%s", out);
	snprintf(names, sizeof(names), "%s %s %s", in, wn, bn);
	mo_floats(m, wn, w, 2, n_in, n_out);
	mo_floats(m, bn, b, 1, n_out);
	mo_node(m, "Gemm", names, out);
}

/* end: operator behind the last matrix, or NULL */
static struct mo *make_net(const char *end, double scale)
{
	struct mo *m = mo_new(13);
	u64 rng = 42;

	mo_input(m, "x", 2, 1, 8);
	gemm(m, &rng, "x", "a", 8, 24, scale);
	mo_node(m, "Tanh", "a", "b");
	gemm(m, &rng, "b", "c", 24, 16, 1);
	mo_node(m, "Relu", "c", "d");
	gemm(m, &rng, "d", "e", 16, 3, 1);
	if (end)
		mo_node(m, end, "e", "y");
	mo_output(m, end ? "y" : "e");
	return m;
}

static void slice(struct mo *m, const char *out, int from, int to)
{
	char f[16], t[16], in[64];

	snprintf(f, sizeof(f), "from%d", from);
	snprintf(t, sizeof(t), "to%d", to);
	snprintf(in, sizeof(in), "x %s %s axis", f, t);
	mo_init(m, f, 7, (double[]) { from }, 1, 1);
	mo_init(m, t, 7, (double[]) { to }, 1, 1);
	mo_node(m, "Slice", in, out);
}

static struct mo *make_graph(void)
{
	struct mo *m = mo_new(17);
	float ones[16], some[16];
	u64 rng = 43;
	u32 i;

	for (i = 0; i < 16; i++) {
		ones[i] = 1 + test_unit(&rng) / 2;
		some[i] = test_unit(&rng) / 2;
	}
	mo_input(m, "x", 2, 1, 8);
	mo_init(m, "axis", 7, (double[]) { 1 }, 1, 1);
	mo_floats(m, "ones", ones, 1, 16);
	mo_floats(m, "some", some, 1, 16);
	slice(m, "a", 0, 6);
	slice(m, "b", 6, 8);
	gemm(m, &rng, "a", "h", 6, 16, 1);
	mo_node(m, "Sigmoid", "h", "s");
	mo_node(m, "Mul", "h s", "silu");
	gemm(m, &rng, "silu", "k", 16, 16, 1);
	mo_node(m, "Add", "silu k", "r");
	mo_node(m, "LayerNormalization", "r ones some", "n");
	mo_node(m, "Elu", "n", "e");
	mo_i(m, mo_node(m, "Concat", "b e", "c"), "axis", 1);
	gemm(m, &rng, "c", "mu", 18, 3, 1);
	gemm(m, &rng, "c", "v", 18, 1, 1);
	mo_node(m, "Softplus", "v", "value");
	mo_output(m, "mu");
	mo_output(m, "value");
	return m;
}

struct trees {
	int64_t tree[TREES * NODES], node[TREES * NODES], yes[TREES * NODES], no[TREES * NODES],
		feature[TREES * NODES];
	float thr[TREES * NODES];
	char modes[TREES * NODES * 12];
	int64_t ltree[TREES * NODES * CLASSES], lnode[TREES * NODES * CLASSES],
		lclass[TREES * NODES * CLASSES];
	float weight[TREES * NODES * CLASSES];
	size_t n, leaves;
};

static void add_node(struct trees *t, u64 *rng, u32 tree, u32 node)
{
	bool leaf = node >= INNER;
	u32 c;

	t->tree[t->n] = tree;
	t->node[t->n] = node;
	t->yes[t->n] = leaf ? 0 : 2 * node + 1;
	t->no[t->n] = leaf ? 0 : 2 * node + 2;
	t->feature[t->n] = leaf ? 0 : test_random(rng) % 6;
	t->thr[t->n] = leaf ? 0 : test_random(rng) % 1000 + 0.5;
	strcat(t->modes, leaf ? "LEAF " : "BRANCH_LEQ ");
	t->n++;
	for (c = 0; leaf && c < CLASSES; c++, t->leaves++) {
		t->ltree[t->leaves] = tree;
		t->lnode[t->leaves] = node;
		t->lclass[t->leaves] = c;
		t->weight[t->leaves] = (test_random(rng) % 50) / 50.0 / TREES;
	}
}

static struct mo *make_forest(void)
{
	static struct trees t;
	struct mo *m = mo_new(13);
	Onnx__Node *n;
	u64 rng = 7;
	u32 i, k;

	for (i = 0; i < TREES; i++)
		for (k = 0; k < NODES; k++)
			add_node(&t, &rng, i, k);
	t.modes[strlen(t.modes) - 1] = 0;
	mo_opset(m, "ai.onnx.ml", 1);
	mo_input(m, "x", 2, 1, 6);
	n = mo_node(m, "ai.onnx.ml:TreeEnsembleClassifier", "x", "label p");
	mo_is(m, n, "nodes_treeids", t.tree, t.n);
	mo_is(m, n, "nodes_nodeids", t.node, t.n);
	mo_is(m, n, "nodes_truenodeids", t.yes, t.n);
	mo_is(m, n, "nodes_falsenodeids", t.no, t.n);
	mo_is(m, n, "nodes_featureids", t.feature, t.n);
	mo_fs(m, n, "nodes_values", t.thr, t.n);
	mo_ss(m, n, "nodes_modes", t.modes);
	mo_is(m, n, "class_treeids", t.ltree, t.leaves);
	mo_is(m, n, "class_nodeids", t.lnode, t.leaves);
	mo_is(m, n, "class_ids", t.lclass, t.leaves);
	mo_fs(m, n, "class_weights", t.weight, t.leaves);
	mo_ss(m, n, "classlabels_strings", "web bulk voice");
	mo_output(m, "label");
	mo_output(m, "p");
	return m;
}

/* What has no place here, twice. */
static struct mo *make_conv(void)
{
	struct mo *m = mo_new(13);

	mo_input(m, "x", 2, 1, 8);
	mo_node(m, "Relu", "x", "a");
	mo_node(m, "ConvTranspose", "a", "b");
	mo_node(m, "Relu", "b", "c");
	mo_node(m, "RNN", "c", "y");
	mo_output(m, "y");
	return m;
}

static struct mo *make_split(void)
{
	static const int64_t tree[3], node[] = { 0, 1, 2 }, yes[] = { 1, 0, 0 }, no[] = { 2, 0, 0 },
				      feature[3];
	static const int64_t leaf[] = { 1, 2 }, target[2], leaf_tree[2];
	static const float thr[] = { 1e-5, 0, 0 }, weight[] = { 1, 2 };
	struct mo *m = mo_new(13);
	Onnx__Node *n;

	mo_opset(m, "ai.onnx.ml", 1);
	mo_input(m, "x", 2, 1, 2);
	n = mo_node(m, "ai.onnx.ml:TreeEnsembleRegressor", "x", "y");
	mo_is(m, n, "nodes_treeids", tree, 3);
	mo_is(m, n, "nodes_nodeids", node, 3);
	mo_is(m, n, "nodes_truenodeids", yes, 3);
	mo_is(m, n, "nodes_falsenodeids", no, 3);
	mo_is(m, n, "nodes_featureids", feature, 3);
	mo_fs(m, n, "nodes_values", thr, 3);
	mo_ss(m, n, "nodes_modes", "BRANCH_LEQ LEAF LEAF");
	mo_is(m, n, "target_treeids", leaf_tree, 2);
	mo_is(m, n, "target_nodeids", leaf, 2);
	mo_is(m, n, "target_ids", target, 2);
	mo_fs(m, n, "target_weights", weight, 2);
	mo_i(m, n, "n_targets", 1);
	mo_output(m, "y");
	return m;
}

static void random_floats(struct mo *m, u64 *rng, const char *name, int a, int b, float most)
{
	float *v = calloc((size_t)a * b, sizeof(*v));
	int i;

	for (i = 0; i < a * b; i++)
		v[i] = most * test_unit(rng);
	if (b > 1)
		mo_floats(m, name, v, 3, 1, a, b);
	else
		mo_floats(m, name, v, 2, 1, a);
	free(v);
}

static struct mo *make_recurrent(const char *op, int gates, bool linear_first)
{
	struct mo *m = mo_new(14);
	u64 rng = 51;
	Onnx__Node *n;

	mo_input(m, "in", 2, 1, 16);
	mo_init(m, "shape", 7, (double[]) { 1, 8, 2 }, 1, 3);
	mo_init(m, "one", 7, (double[]) { 1 }, 1, 1);
	mo_init(m, "last", 7, (double[]) { -1 }, 0);
	mo_node(m, "Reshape", "in shape", "x");
	mo_is(m, mo_node(m, "Transpose", "x", "xt"), "perm", (int64_t[]) { 1, 0, 2 }, 3);
	random_floats(m, &rng, "w", gates * 16, 2, 0.8);
	random_floats(m, &rng, "r", gates * 16, 16, 0.5);
	random_floats(m, &rng, "b", 2 * gates * 16, 1, 0.5);
	n = mo_node(m, op, "xt w r b", "y yh");
	mo_i(m, n, "hidden_size", 16);
	if (linear_first)
		mo_i(m, n, "linear_before_reset", 1);
	mo_node(m, "Squeeze", "y one", "s");
	mo_is(m, mo_node(m, "Transpose", "s", "st"), "perm", (int64_t[]) { 1, 0, 2 }, 3);
	mo_i(m, mo_node(m, "Gather", "st last", "h"), "axis", 1);
	gemm(m, &rng, "h", "out", 16, 3, 1);
	mo_output(m, "out");
	return m;
}

static int by_float(const void *a, const void *b)
{
	return (*(const float *)a > *(const float *)b) - (*(const float *)a < *(const float *)b);
}

/* The score that half of the rows are below. */
static float middle_score(const struct tr_tree *trees, int n, const struct rows *rows)
{
	static float score[2000];
	float x[TR_FEATURES];
	size_t r;
	int i;

	for (r = 0; r < rows->n; r++) {
		for (i = 0; i < TR_FEATURES; i++)
			x[i] = rows_at(rows, r)[i];
		score[r] = tr_isolation_score(trees, n, 0, x);
	}
	qsort(score, rows->n, sizeof(*score), by_float);
	return score[rows->n / 2];
}

static void write_trees(const char *dir)
{
	static struct tr_tree trees[100];
	struct rows rows = test_rows(5, 2000, TR_FEATURES, 0, 440, true);
	u64 seed = 6;
	size_t i;
	int k;

	for (k = 0; k < 100; k++)
		tr_grow(&seed, &trees[k], 5);
	for (i = 0; i < rows.n * rows.cols; i++)
		rows.v[i] = rows.v[i] / 4 - 5;
	write_model(dir, "isolation.onnx",
		    tr_isolation(trees, 100, middle_score(trees, 100, &rows)));
	write_model(dir, "matrices.onnx", tr_matrices(trees, 12, true));
	write_rows(dir, "trees.csv", rows);
}

/* Class k has 1 where its feature is at most this. */
static void write_watch(const char *dir)
{
	static const struct {
		const char *feature;
		float thr;
	} test[] = { { "pkt.len", 500 }, { "flow.packets", 3 }, { "flow.duration_us", 20000 } };
	struct mo *m = mo_new(13);
	char list[8192] = "";
	int64_t at[3] = { 0 };
	Onnx__Node *n;
	int i, k, all = 0;

	for (i = 0; i < LQ_N_FEATURES; i++) {
		if (strncmp(lq_features[i].name, "pkt.", 4) &&
		    strncmp(lq_features[i].name, "flow.", 5))
			continue;
		for (k = 0; k < 3; k++)
			if (!strcmp(lq_features[i].name, test[k].feature))
				at[k] = all;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", all++ ? "," : "",
			 lq_features[i].name);
	}
	mo_opset(m, "ai.onnx.ml", 1);
	mo_input(m, "x", 2, 1, all);
	n = mo_node(m, "ai.onnx.ml:TreeEnsembleClassifier", "x", "label p");
	mo_is(m, n, "nodes_treeids", (int64_t[]) { 0, 0, 0, 1, 1, 1, 2, 2, 2 }, 9);
	mo_is(m, n, "nodes_nodeids", (int64_t[]) { 0, 1, 2, 0, 1, 2, 0, 1, 2 }, 9);
	mo_is(m, n, "nodes_truenodeids", (int64_t[]) { 1, 0, 0, 1, 0, 0, 1, 0, 0 }, 9);
	mo_is(m, n, "nodes_falsenodeids", (int64_t[]) { 2, 0, 0, 2, 0, 0, 2, 0, 0 }, 9);
	mo_is(m, n, "nodes_featureids", (int64_t[]) { at[0], 0, 0, at[1], 0, 0, at[2], 0, 0 }, 9);
	mo_fs(m, n, "nodes_values",
	      (float[]){ test[0].thr, 0, 0, test[1].thr, 0, 0, test[2].thr, 0, 0 }, 9);
	mo_ss(m, n, "nodes_modes",
	      "BRANCH_LEQ LEAF LEAF BRANCH_LEQ LEAF LEAF BRANCH_LEQ LEAF LEAF");
	mo_is(m, n, "class_treeids", (int64_t[]) { 0, 1, 2 }, 3);
	mo_is(m, n, "class_nodeids", (int64_t[]) { 1, 1, 1 }, 3);
	mo_is(m, n, "class_ids", (int64_t[]) { 0, 1, 2 }, 3);
	mo_fs(m, n, "class_weights", (float[]) { 1, 2, 3 }, 3);
	mo_ss(m, n, "classlabels_strings", "small young quick");
	mo_output(m, "label");
	write_model(dir, "watch.onnx", m);
	write_file(dir, "watch.txt", list, strlen(list));
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: mkmodel DIR\n", stderr);
		return 2;
	}
	write_model(argv[1], "net.onnx", make_net(NULL, 1));
	write_model(argv[1], "class.onnx", make_net("Softmax", 1));
	write_model(argv[1], "graph.onnx", make_graph());
	write_model(argv[1], "seconds.onnx", make_net("Sigmoid", 4e4));
	write_model(argv[1], "split.onnx", make_split());
	write_model(argv[1], "conv.onnx", make_conv());
	write_rows(argv[1], "seconds.csv", test_rows(3, 2000, 8, 0, 1e-4, false));
	write_rows(argv[1], "split.csv", test_rows(4, 4000, 2, 0, 2e-5, false));
	write_model(argv[1], "forest.onnx", make_forest());
	write_trees(argv[1]);
	write_model(argv[1], "gru.onnx", make_recurrent("GRU", 3, true));
	write_model(argv[1], "gru0.onnx", make_recurrent("GRU", 3, false));
	write_model(argv[1], "lstm.onnx", make_recurrent("LSTM", 4, false));
	write_rows(argv[1], "steps.csv", test_rows(8, 1500, 16, -2, 4, false));
	write_watch(argv[1]);
	write_rows(argv[1], "net.csv", test_rows(1, 1500, 8, -2, 4, false));
	write_rows(argv[1], "forest.csv", test_rows(2, 2000, 6, 0, 1000, true));
	return 0;
}
