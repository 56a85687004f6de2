// SPDX-License-Identifier: GPL-2.0
/*
 * What exporters put behind trees, and trees in other clothes: each on random trees and rows,
 * against an evaluation in float that shares no code with the importers (make_trees.c).
 */
#include "make_trees.h"
#include "onnx_import.h"
#include "try.h"

#define TREES	12
#define ROWS	2000

static struct graph_err err;
static struct tr_tree forest[128];

static void grow(uint64_t seed, int trees, int depth)
{
	int k;

	for (k = 0; k < trees; k++)
		tr_grow(&seed, &forest[k], depth);
}

/* Rows of quarters: they meet thresholds. */
static void row(uint64_t *seed, float *x, double *d)
{
	int i;

	for (i = 0; i < TR_FEATURES; i++)
		d[i] = x[i] = (int)(try_random(seed) % 440) / 4.0f - 5;
}

static double sum_of(int trees, const float *x)
{
	double sum = 0;
	int k;

	for (k = 0; k < trees; k++)
		sum += forest[k].node[tr_leaf(&forest[k], x)].value;
	return sum;
}

/* --- isolation forests --- */

static int by_score(const void *a, const void *b)
{
	return (*(const float *)a > *(const float *)b) - (*(const float *)a < *(const float *)b);
}

/* As `contamination` chooses it: about half of the rows are below. */
static float offset_of(int trees)
{
	static float score[ROWS];
	double d[TR_FEATURES];
	float x[TR_FEATURES];
	uint64_t seed = 6;
	int i;

	for (i = 0; i < ROWS; i++) {
		row(&seed, x, d);
		score[i] = tr_isolation_score(forest, trees, 0, x);
	}
	qsort(score, ROWS, sizeof(*score), by_score);
	for (i = ROWS / 2; i < ROWS - 1 && score[i] == score[i - 1]; i++)
		;
	return (score[i] + score[i - 1]) / 2;
}

static void isolates(int trees, int depth)
{
	double d[TR_FEATURES], y[2];
	float x[TR_FEATURES], score, offset;
	uint64_t seed = 5;
	struct graph *g;
	int i, out = 0;

	grow(trees, trees, depth);
	offset = offset_of(trees);
	g = try_imported(mo_import(tr_isolation(forest, trees, offset), &err), &err);
	assert_true(g->classes);
	assert_int_equal(g->n_outputs, 2);
	assert_int_equal(g->n_trees, trees);
	assert_string_equal(g->class_names[0], "-1");
	assert_string_equal(g->class_names[1], "1");
	for (i = 0; i < ROWS; i++) {
		row(&seed, x, d);
		score = tr_isolation_score(forest, trees, offset, x);
		if (fabsf(score) < 1e-6f)	/* float sums do not agree on such a one */
			continue;
		graph_run(g, d, y);
		assert_int_equal(y[0] > y[1], score < 0);
		out += score < 0;
	}
	print_message("%d trees: %d of %d rows are outliers\n", trees, out, ROWS);
	assert_in_range(out, ROWS / 10, ROWS - ROWS / 10);
	graph_free(g);
}

static void test_isolation(void **state)
{
	(void)state;
	isolates(2, 3);
	isolates(TREES, 5);
	isolates(100, 5);
}

/* The curve itself is no sum of leaves. */
static void test_isolation_score(void **state)
{
	struct graph_want want = { .outputs = (char *[]) { "scores" }, .n_outputs = 1 };
	struct mo *m;
	uint8_t *p;
	size_t len;

	(void)state;
	grow(3, 3, 4);
	m = tr_isolation(forest, 3, -0.5f);
	p = mo_pack(m, &len);
	mo_free(m);
	try_refused(onnx_import(p, len, "m.onnx", &want, &err), &err,
		    "output 'scores': nothing that computes may follow TreeEnsembleRegressor but "
		    "sums and factors, and Pow does");
	want.outputs[0] = "label";
	graph_free(try_imported(onnx_import(p, len, "m.onnx", &want, &err), &err));
	free(p);
}

/* --- matrices --- */

static void gives_sums(struct graph *g, int trees, uint64_t seed)
{
	double d[TR_FEATURES], y;
	float x[TR_FEATURES];
	int i;

	assert_int_equal(g->n_outputs, 1);
	for (i = 0; i < ROWS; i++) {
		row(&seed, x, d);
		graph_run(g, d, &y);
		try_near(y, sum_of(trees, x), 1e-4);
	}
	graph_free(g);
}

static void test_matrices(void **state)
{
	struct graph *g;
	int columns;

	(void)state;
	for (columns = 0; columns < 2; columns++) {
		grow(40 + columns, TREES, 5);
		g = try_imported(mo_import(tr_matrices(forest, TREES, columns), &err), &err);
		assert_int_equal(g->kind, GRAPH_FOREST);
		assert_int_equal(g->n_layers, 0);
		assert_in_range(g->n_trees, 2, TREES);	/* one of a single leaf is a constant */
		gives_sums(g, TREES, 9);
	}
}

/* x0 + x1 compared; two of three tests. */
static void test_matrices_refused(void **state)
{
	static const float sum[] = { 1, 1, 0, 0 }, one[] = { 1, 0, 0, 0 }, three[] = { 1, 1, 1 };
	static const float choose[] = { 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0 };
	struct mo *m = mo_new(13);

	(void)state;
	mo_input(m, "x", 2, 0, TR_FEATURES);
	mo_floats(m, "a", sum, 2, TR_FEATURES, 1);
	mo_floats(m, "thr", one, 1, 1);
	mo_node(m, "MatMul", "x a", "t");
	mo_node(m, "Less", "t thr", "y");
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err,
		    "(Less): number 0 of 't' is computed from several inputs: trees test one");

	m = mo_new(13);
	mo_input(m, "x", 2, 0, TR_FEATURES);
	mo_floats(m, "a", choose, 2, TR_FEATURES, 3);
	mo_floats(m, "thr", three, 1, 3);
	mo_floats(m, "b", three, 2, 3, 1);
	mo_init(m, "two", ONNX_FLOAT, (double[]) { 2 }, 1, 1);
	mo_node(m, "MatMul", "x a", "t");
	mo_node(m, "Less", "t thr", "u");
	mo_i(m, mo_node(m, "Cast", "u", "v"), "to", ONNX_FLOAT);
	mo_node(m, "MatMul", "v b", "w");
	mo_node(m, "Equal", "w two", "y");
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err,
		    "(Equal): it counts tests: only a comparison with all of them or none "
		    "is supported");
}

/* --- sums, factors, curves --- */

static struct mo *parts(int trees, int size)
{
	struct mo *m = mo_new(13);
	char in[1024] = "";
	int k;

	mo_opset(m, "ai.onnx.ml", 3);
	mo_input(m, "x", 2, 0, TR_FEATURES);
	for (k = 0; k < trees; k += size) {
		char name[16], cast[16];

		snprintf(name, sizeof(name), "t%d", k);
		snprintf(cast, sizeof(cast), "d%d", k);
		tr_attrs(m, mo_node(m, "ai.onnx.ml:TreeEnsembleRegressor", "x", name), forest + k,
			 size, false);
		mo_i(m, mo_node(m, "Cast", name, cast), "to", ONNX_DOUBLE);
		snprintf(in + strlen(in), sizeof(in) - strlen(in), "%s%s", k ? " " : "", cast);
	}
	mo_node(m, "Sum", in, "s");
	mo_i(m, mo_node(m, "Cast", "s", "sum"), "to", ONNX_FLOAT);
	return m;
}

/* LightGBM with split=3. */
static void test_parts(void **state)
{
	struct mo *m;

	(void)state;
	grow(77, TREES, 4);
	m = parts(TREES, 3);
	mo_output(m, "sum");
	gives_sums(try_imported(mo_import(m, &err), &err), TREES, 4);
}

/* A curve behind a sum has no leaves, behind one tree it has. */
static void test_curves(void **state)
{
	double d[TR_FEATURES], y;
	float x[TR_FEATURES];
	uint64_t seed = 8;
	struct graph *g;
	struct mo *m;
	int i;

	(void)state;
	grow(78, 3, 4);
	m = parts(3, 3);
	mo_node(m, "Exp", "sum", "y");
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err, "output 'y': nothing that computes may follow "
		    "TreeEnsembleRegressor but sums and factors, and Exp does");
	m = parts(1, 1);
	mo_node(m, "Exp", "sum", "y");
	mo_output(m, "y");
	g = try_imported(mo_import(m, &err), &err);
	for (i = 0; i < ROWS; i++) {
		row(&seed, x, d);
		graph_run(g, d, &y);
		try_near(y, exp(sum_of(1, x)), 1e-5);
	}
	graph_free(g);
	m = parts(3, 1);
	mo_node(m, "Erf", "sum", "y");
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err,
		    "(Erf): nothing that computes may follow TreeEnsembleRegressor: export");
}

/* A regressor of a margin, and 1 - p beside p behind it: the greater one wins. */
static void test_probability(void **state)
{
	double d[TR_FEATURES], y[2], p;
	float x[TR_FEATURES];
	uint64_t seed = 8;
	struct graph *g;
	int i, ones = 0;
	struct mo *m;

	(void)state;
	grow(79, TREES, 4);
	m = parts(TREES, TREES);
	mo_init(m, "one", ONNX_FLOAT, (double[]) { 1 }, 1, 1);
	mo_node(m, "Sigmoid", "sum", "p");
	mo_node(m, "Sub", "one p", "q");
	mo_i(m, mo_node(m, "Concat", "q p", "both"), "axis", 1);
	mo_i(m, mo_node(m, "ArgMax", "both", "y"), "axis", 1);
	mo_output(m, "y");
	g = try_imported(mo_import(m, &err), &err);
	assert_true(g->classes);
	assert_null(g->class_names);
	for (i = 0; i < ROWS; i++) {
		row(&seed, x, d);
		graph_run(g, d, y);
		p = 1 / (1 + exp(-sum_of(TREES, x)));
		assert_int_equal(y[1] > y[0], p > 1 - p);
		ones += p > .5;
	}
	assert_in_range(ones, 100, ROWS - 100);
	graph_free(g);
}

/*
 * Labels 0 and 1 are the classes' numbers; a sum on the threshold is on the side that the
 * comparison says.
 */
static void test_comparisons(void **state)
{
	static const char *const op[] = { "Less", "LessOrEqual", "Greater", "GreaterOrEqual" };
	double d[TR_FEATURES], y[2], thr, sum;
	float x[TR_FEATURES];
	uint64_t seed;
	int i, k, on;

	(void)state;
	grow(80, 2, 3);
	seed = 8;
	row(&seed, x, d);
	thr = sum_of(2, x);	/* in 1/256: exact */
	for (k = 0; k < 4; k++) {
		struct mo *m = parts(2, 2);
		struct graph *g;

		mo_init(m, "thr", ONNX_FLOAT, &thr, 1, 1);
		mo_node(m, op[k], "sum thr", "b");
		mo_i(m, mo_node(m, "Cast", "b", "y"), "to", ONNX_INT64);
		mo_output(m, "y");
		g = try_imported(mo_import(m, &err), &err);
		assert_null(g->class_names);
		seed = 8;
		for (i = on = 0; i < ROWS; i++) {
			row(&seed, x, d);
			graph_run(g, d, y);
			sum = sum_of(2, x);
			on += sum == thr;
			assert_int_equal(y[1] > y[0], k == 0   ? sum < thr
						      : k == 1 ? sum <= thr
						      : k == 2 ? sum > thr
							       : sum >= thr);
		}
		assert_in_range(on, 10, ROWS);
		graph_free(g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_isolation), cmocka_unit_test(test_isolation_score),
		cmocka_unit_test(test_matrices), cmocka_unit_test(test_matrices_refused),
		cmocka_unit_test(test_parts), cmocka_unit_test(test_curves),
		cmocka_unit_test(test_probability), cmocka_unit_test(test_comparisons),
	};

	return cmocka_run_group_tests_name("import: ONNX, behind trees", tests, NULL, NULL);
}
