// SPDX-License-Identifier: GPL-2.0
/*
 * What scikit-learn's converter writes besides trees: against the same arithmetic written out, and
 * one refusal per rule.
 */
#include "make_onnx.h"
#include "onnx_import.h"
#include "try.h"

static const float W[] = { 1, -2, .5, 3, .25, -1 };	/* [2][3] */
static const float B[] = { .5, -.25 };
static const double X[3] = { 2, -1, 3 };
#define ROW0	(2 + 2 + 1.5)		/* of W times X */
#define ROW1	(6 - .25 - 3)

static struct graph_err err;

static struct mo *start(void)
{
	struct mo *m = mo_new(13);

	mo_opset(m, "ai.onnx.ml", 3);
	mo_input(m, "x", 2, 0, 3);
	return m;
}

static void gives(struct mo *m, const char *output, int n, const double *want)
{
	struct graph *g;

	mo_output(m, output);
	g = try_imported(mo_import(m, &err), &err);
	try_gives(g, X, n, want, 1e-9);
	graph_free(g);
}

static void imputer(void **state)
{
	static const float zeros[3], scale[] = { 2, 2, 2 };
	struct mo *m = start();
	Onnx__Node *n = mo_node(m, "ai.onnx.ml:Imputer", "x", "a");

	(void)state;
	mo_fs(m, n, "imputed_value_floats", zeros, 3);
	mo_f(m, n, "replaced_value_float", NAN);
	n = mo_node(m, "ai.onnx.ml:Scaler", "a", "y");
	mo_fs(m, n, "scale", scale, 3);
	gives(m, "y", 3, (double[]) { 4, -2, 6 });
	/* a number that a feature can have */
	m = start();
	n = mo_node(m, "ai.onnx.ml:Imputer", "x", "y");
	mo_fs(m, n, "imputed_value_floats", zeros, 3);
	mo_f(m, n, "replaced_value_float", -1);
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err, "it replaces -1, which is a value like others (only "
		    "NaN, for missing ones, is none)");
}

static void linear_regressor(void **state)
{
	struct mo *m = start();
	Onnx__Node *n = mo_node(m, "ai.onnx.ml:LinearRegressor", "x", "y");

	(void)state;
	mo_fs(m, n, "coefficients", W, 6);
	mo_fs(m, n, "intercepts", B, 2);
	mo_i(m, n, "targets", 2);
	gives(m, "y", 2, (double[]) { ROW0 + .5, ROW1 - .25 });
	m = start();
	n = mo_node(m, "ai.onnx.ml:LinearRegressor", "x", "y");
	mo_fs(m, n, "coefficients", W, 5);
	mo_i(m, n, "targets", 2);
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err, "attribute 'coefficients' has 5 numbers, not 6");
}

static struct mo *classifier(int rows, const char *post, const char *names)
{
	struct mo *m = start();
	Onnx__Node *n = mo_node(m, "ai.onnx.ml:LinearClassifier", "x", "label p");

	mo_fs(m, n, "coefficients", W, 3 * rows);
	mo_fs(m, n, "intercepts", B, rows);
	mo_s(m, n, "post_transform", post);
	mo_i(m, n, "multi_class", 1);
	if (names)
		mo_ss(m, n, "classlabels_strings", names);
	else
		mo_is(m, n, "classlabels_ints", (int64_t[]) { 0, 7 }, 2);
	n = mo_node(m, "ai.onnx.ml:Normalizer", "p", "q");
	mo_s(m, n, "norm", "L1");
	mo_output(m, "label");
	mo_output(m, "q");
	return m;
}

static void linear_classifier(void **state)
{
	double y[2];
	struct graph *g = try_imported(mo_import(classifier(2, "SOFTMAX", "web bulk"), &err), &err);

	(void)state;
	assert_true(g->classes);
	assert_string_equal(g->class_names[1], "bulk");
	graph_run(g, X, y);
	try_near(y[0], ROW0 + .5, 1e-9);
	try_near(y[1], ROW1 - .25, 1e-9);
	graph_free(g);
	/* one row: the margin of the second class */
	g = try_imported(mo_import(classifier(1, "LOGISTIC", NULL), &err), &err);
	assert_string_equal(g->class_names[1], "7");
	graph_run(g, X, y);
	try_near(y[0], -ROW0 - .5, 1e-9);
	try_near(y[1], ROW0 + .5, 1e-9);
	graph_free(g);
	try_refused(mo_import(classifier(2, "PROBIT", NULL), &err), &err,
		    "attribute value of 'post_transform' is not supported");
}

static void svm_regressor(void **state)
{
	static const float coef[] = { 2, -1 }, rho[] = { .125 };
	struct mo *m = start();
	Onnx__Node *n = mo_node(m, "ai.onnx.ml:SVMRegressor", "x", "y");

	(void)state;
	mo_s(m, n, "kernel_type", "LINEAR");
	mo_i(m, n, "n_supports", 2);
	mo_fs(m, n, "coefficients", coef, 2);
	mo_fs(m, n, "support_vectors", W, 6);
	mo_fs(m, n, "rho", rho, 1);
	gives(m, "y", 1, (double[]) { 2 * ROW0 - ROW1 + .125 });
	m = start();
	n = mo_node(m, "ai.onnx.ml:SVMRegressor", "x", "y");
	mo_s(m, n, "kernel_type", "RBF");
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err, "only linear kernels of regressors are supported");
}

/* Labels looked up by the winner's index. */
static void label_names(void **state)
{
	struct mo *m = start();
	struct graph *g;

	(void)state;
	mo_init(m, "labels", ONNX_INT64, (double[]) { 10, 20, 30 }, 1, 3);
	mo_node(m, "ArgMax", "x", "i");
	m->graph.node[0]->n_attribute = 0;
	mo_i(m, m->graph.node[0], "axis", 1);
	mo_node(m, "ai.onnx.ml:ArrayFeatureExtractor", "labels i", "y");
	mo_output(m, "y");
	g = try_imported(mo_import(m, &err), &err);
	assert_true(g->classes);
	assert_string_equal(g->class_names[2], "30");
	graph_free(g);
}

static void normalizer(void **state)
{
	struct mo *m = start();
	Onnx__Node *n = mo_node(m, "ai.onnx.ml:Normalizer", "x", "y");

	(void)state;
	mo_s(m, n, "norm", "L2");
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err,
		    "it divides each row by its own norm, which no layer does: train without it");
}

/* The converter writes the least operator set that will do. */
static void old_operator_set(void **state)
{
	struct mo *m = mo_new(1);
	Onnx__Node *n;

	(void)state;
	mo_opset(m, "ai.onnx.ml", 1);
	mo_input(m, "x", 2, 0, 3);
	n = mo_node(m, "ai.onnx.ml:LinearRegressor", "x", "a");
	mo_fs(m, n, "coefficients", W, 3);
	mo_node(m, "Identity", "a", "y");
	gives(m, "y", 1, (double[]) { ROW0 });
	m = mo_new(6);
	mo_opset(m, "ai.onnx.ml", 1);
	mo_input(m, "x", 2, 0, 3);
	n = mo_node(m, "ai.onnx.ml:LinearRegressor", "x", "a");
	mo_fs(m, n, "coefficients", W, 3);
	mo_node(m, "Add", "a a", "y");
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err, "operator set 6 is not one of 7 to 25");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imputer),
		cmocka_unit_test(linear_regressor),
		cmocka_unit_test(linear_classifier),
		cmocka_unit_test(svm_regressor),
		cmocka_unit_test(label_names),
		cmocka_unit_test(normalizer),
		cmocka_unit_test(old_operator_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
