// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the models and rows of tests/lfgen/run.sh, always the same: mkmodel DIR writes
 *
 *	net.onnx	8 inputs, Gemm-Tanh-Gemm-Relu-Gemm, 3 values		net.csv		1,500 rows
 *	class.onnx	the same with Softmax: classes				net.csv
 *	forest.onnx	12 trees of depth 5 over 6 integer features, 3 classes	forest.csv	2,000 rows of integers
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make_onnx.h"
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
			fprintf(f, "%.9g%c", rows.v[i * rows.cols + c], c + 1 < rows.cols ? ',' : '\n');
	fclose(f);
	write_file(dir, name, text, len);
	free(text);
	rows_free(&rows);
}

static void gemm(struct mo *m, u64 *rng, const char *in, const char *out, u32 n_in, u32 n_out)
{
	float w[64 * 64], b[64];
	char names[96], wn[32], bn[32];
	u32 i;

	for (i = 0; i < n_in * n_out; i++)
		w[i] = 2 * test_unit(rng) / sqrt(n_in);
	for (i = 0; i < n_out; i++)
		b[i] = test_unit(rng) / 4;
	snprintf(wn, sizeof(wn), "w_%s", out);
	snprintf(bn, sizeof(bn), "b_%s", out);
	snprintf(names, sizeof(names), "%s %s %s", in, wn, bn);
	mo_floats(m, wn, w, 2, n_in, n_out);
	mo_floats(m, bn, b, 1, n_out);
	mo_node(m, "Gemm", names, out);
}

static struct mo *make_net(bool classes)
{
	struct mo *m = mo_new(13);
	u64 rng = 42;

	mo_input(m, "x", 2, 1, 8);
	gemm(m, &rng, "x", "a", 8, 24);
	mo_node(m, "Tanh", "a", "b");
	gemm(m, &rng, "b", "c", 24, 16);
	mo_node(m, "Relu", "c", "d");
	gemm(m, &rng, "d", "e", 16, 3);
	if (classes)
		mo_node(m, "Softmax", "e", "y");
	mo_output(m, classes ? "y" : "e");
	return m;
}

struct trees {
	int64_t tree[TREES * NODES], node[TREES * NODES], yes[TREES * NODES], no[TREES * NODES], feature[TREES * NODES];
	float thr[TREES * NODES];
	char modes[TREES * NODES * 12];
	int64_t ltree[TREES * NODES * CLASSES], lnode[TREES * NODES * CLASSES], lclass[TREES * NODES * CLASSES];
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

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: mkmodel DIR\n", stderr);
		return 2;
	}
	write_model(argv[1], "net.onnx", make_net(false));
	write_model(argv[1], "class.onnx", make_net(true));
	write_model(argv[1], "forest.onnx", make_forest());
	write_rows(argv[1], "net.csv", test_rows(1, 1500, 8, -2, 4, false));
	write_rows(argv[1], "forest.csv", test_rows(2, 2000, 6, 0, 1000, true));
	return 0;
}
