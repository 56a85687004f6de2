// SPDX-License-Identifier: GPL-2.0
/* Nets made here, against the same arithmetic written out; what is folded where. */
#include "onnx_import.h"
#include "onnx_start.h"
#include "try.h"

static const double X[3] = { 2, -1, 3 };

static struct graph *finish(struct mo *m, const char *output)
{
	struct graph_err err;

	mo_output(m, output);
	return try_imported(mo_import(m, &err), &err);
}

/* Run on X and free: all outputs must be these. */
static void gives(struct graph *g, int n, const double *want)
{
	try_gives(g, X, n, want, 1e-9);
	graph_free(g);
}

/* x @ w32: 2*1-1*.5+3*.25, 2*-2-1*3+3*-1 */
#define XW0	2.25
#define XW1	-10.0

static void test_gemm(void **state)
{
	struct mo *m = start(13);
	Onnx__Node *n = mo_node(m, "Gemm", "x w23 b2", "y");

	(void)state;
	mo_i(m, n, "transB", 1);
	mo_f(m, n, "alpha", 2);
	mo_f(m, n, "beta", 4);
	gives(finish(m, "y"), 2, (double[]) { 2 * (2 + 2 + 1.5) + 2, 2 * (6 - .25 - 3) - 1 });
}

/* Either order of Add's operands, and a matrix with a bias is one layer. */
static void test_matmul_add(void **state)
{
	const char *const order[] = { "a b2", "b2 a" };
	struct graph *g;
	struct mo *m;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		m = start(13);
		mo_node(m, "MatMul", "x w32", "a");
		mo_node(m, "Add", order[i], "b");
		mo_node(m, "Relu", "b", "y");
		g = finish(m, "y");
		assert_int_equal(g->n_layers, 1);
		assert_string_equal(g->layers[0].node, "a");
		gives(g, 2, (double[]) { XW0 + .5, 0 });
	}
}

/* A matrix from the left is for a vector alone. */
static void test_matmul_left(void **state)
{
	struct mo *m = mo_new(13);

	(void)state;
	mo_input(m, "x", 1, 3);
	mo_floats(m, "w", W, 2, 2, 3);
	mo_node(m, "MatMul", "w x", "y");
	gives(finish(m, "y"), 2, (double[]) { 2 + 2 + 1.5, 6 - .25 - 3 });
}

/* Scalers before and after, constants on either side, folded into one layer. */
static void test_fold(void **state)
{
	struct graph *g;
	struct mo *m = start(13);
	double a, b;

	(void)state;
	mo_node(m, "Sub", "x b3", "s");			/* 1 -3 7 */
	mo_node(m, "Div", "s b3", "t");			/* 1 -1.5 -1.75 */
	mo_node(m, "MatMul", "t w32", "u");
	mo_node(m, "Mul", "half u", "v");
	mo_node(m, "Sub", "b2 v", "y");
	a = 1 - 1.5 * .5 - 1.75 * .25;
	b = -2 - 1.5 * 3 + 1.75;
	g = finish(m, "y");
	assert_int_equal(g->n_layers, 1);
	gives(g, 2, (double[]) { .5 - a / 2, -.25 - b / 2 });
}

/* BatchNormalization before a matrix, after one, and between activations (a layer of its own). */
static void test_batchnorm(void **state)
{
	static const float one[] = { 1, 1, 1 }, var[] = { 4, 9, 16 }, var2[] = { 4, 9 };
	static const double k = 1e-5f;
	struct graph *g;
	struct mo *m;
	double s[3], y[3];
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		s[i] = (X[i] - B3[i]) / sqrt(var[i] + k) + B3[i];
	m = start(13);
	mo_floats(m, "one", one, 1, 3);
	mo_floats(m, "var", var, 1, 3);
	mo_node(m, "BatchNormalization", "x one b3 b3 var", "a");
	mo_node(m, "MatMul", "a w32", "y");
	g = finish(m, "y");
	assert_int_equal(g->n_layers, 1);
	gives(g, 2, (double[]) { s[0] + .5 * s[1] + .25 * s[2], -2 * s[0] + 3 * s[1] - s[2] });

	m = start(13);
	mo_floats(m, "one", one, 1, 2);
	mo_floats(m, "var", var2, 1, 2);
	mo_node(m, "MatMul", "x w32", "a");
	mo_node(m, "BatchNormalization", "a one b2 b2 var", "b");
	mo_node(m, "Tanh", "b", "y");
	y[0] = tanh((XW0 - .5) / sqrt(4 + k) + .5);
	y[1] = tanh((XW1 + .25) / sqrt(9 + k) - .25);
	g = finish(m, "y");
	assert_int_equal(g->n_layers, 1);
	gives(g, 2, y);

	m = start(13);
	mo_node(m, "Relu", "x", "a");
	mo_node(m, "Mul", "a b3", "b");
	mo_node(m, "Tanh", "b", "y");
	g = finish(m, "y");
	assert_int_equal(g->n_layers, 2);
	gives(g, 3, (double[]) { tanh(2), 0, tanh(-12) });
}

static void test_activations(void **state)
{
	struct mo *m = start(9);
	Onnx__Node *n = mo_node(m, "Clip", "x", "y");
	struct graph *g;

	(void)state;
	mo_f(m, n, "max", 2.5);			/* attributes, before operator set 11 */
	gives(finish(m, "y"), 3, (double[]) { 2, -1, 2.5 });

	m = start(13);				/* inputs, since */
	mo_node(m, "Clip", "x half", "y");
	gives(finish(m, "y"), 3, (double[]) { 2, .5, 3 });

	m = start(13);				/* two clips are one */
	mo_node(m, "Relu", "x", "a");
	mo_node(m, "Clip", "a - half", "y");
	g = finish(m, "y");
	assert_int_equal(g->n_layers, 1);
	gives(g, 3, (double[]) { .5, 0, .5 });

	m = start(13);
	n = mo_node(m, "LeakyRelu", "x", "a");
	mo_f(m, n, "alpha", .125);
	mo_node(m, "Sigmoid", "a", "y");
	gives(finish(m, "y"), 3,
	      (double[]){ 1 / (1 + exp(-2)), 1 / (1 + exp(.125)), 1 / (1 + exp(-3)) });
}

/*
 * Softmax and ArgMax at the end, both from the same scores, as classifiers of scikit-learn are
 * exported.
 */
static void test_classes(void **state)
{
	struct graph *g;
	struct mo *m = start(13);
	Onnx__Node *n;

	(void)state;
	mo_node(m, "MatMul", "x w32", "s");
	mo_node(m, "Softmax", "s", "p");
	n = mo_node(m, "ArgMax", "s", "c");
	mo_i(m, n, "axis", 1);
	mo_output(m, "c");
	g = finish(m, "p");
	assert_true(g->classes);
	gives(g, 2, (double[]) { XW0, XW1 });

	m = start(13);				/* LOGISTIC of one output is a value */
	mo_node(m, "Sigmoid", "x", "y");
	g = finish(m, "y");
	assert_false(g->classes);
	graph_free(g);
}

/* Inputs by name, in the order of Concat, scaled before a matrix. */
static void test_concat(void **state)
{
	struct graph *g;
	struct mo *m = mo_sample(1);
	struct graph_err err;
	double y[3], x[3] = { 1, 2, 20 }, s[3] = { .5, -1, 2 };
	int i;

	(void)state;
	g = try_imported(mo_import(m, &err), &err);
	assert_string_equal(g->input_names[0], "b");
	assert_string_equal(g->input_names[1], "a");
	assert_string_equal(g->input_names[2], "c");
	graph_run(g, x, y);
	for (i = 0; i < 3; i++) {
		x[i] = (x[i] - s[i]) / s[i];
		x[i] = fmin(x[i] < 0 ? .01f * x[i] : x[i], 6);
		try_near(y[i], 1 / (1 + exp(-x[i])), 1e-9);
	}
	graph_free(g);

	m = mo_new(13);				/* vectors have no names of their own */
	mo_input(m, "a", 2, 1, 2);
	mo_input(m, "b", 2, 1, 1);
	mo_i(m, mo_node(m, "Concat", "b a", "y"), "axis", 1);
	g = finish(m, "y");
	assert_null(g->input_names);
	gives(g, 3, X);
}

static double clamp(double x, double lo, double hi)
{
	return fmin(fmax(x, lo), hi);
}

/* Quantised graph: scales of rank 0 and per channel, clamps kept, rounding not. */
static void test_qdq(void **state)
{
	struct graph_err err;
	struct graph *g = try_imported(mo_import(mo_sample(2), &err), &err);
	double x[3] = { 7, -1, 3 }, y[2], a[2], c[2];

	(void)state;
	assert_true(g->in_range);
	try_near(g->in_range_lo, -6.4, 1e-6);
	try_near(g->in_range_hi, 6.35, 1e-6);
	assert_int_equal(g->n_layers, 2);
	assert_int_equal(g->layers[0].act, GRAPH_ACT_CLIP);	/* unsigned: a Relu in disguise */
	try_near(g->layers[0].range_lo, 0, 0);
	try_near(g->layers[0].range_hi, 12.75, 1e-6);
	graph_run(g, x, y);
	a[0] = clamp(.1 * (1 * 6.35 - 3 - 5 * 3) + .05, 0, 12.75);
	a[1] = clamp(.2 * (-2 * 6.35 - 4 + 6 * 3) - .2, 0, 12.75);
	c[0] = clamp(.1 * (a[0] + 3 * a[1]), -6.4, 6.35);
	c[1] = clamp(.2 * (2 * a[0] - 4 * a[1]), -6.4, 6.35);
	try_near(y[0], c[0], 1e-6);
	try_near(y[1], c[1], 1e-6);
	graph_free(g);
}

/* Every way in which a tensor holds its numbers. */
static void test_tensor_types(void **state)
{
	static const uint8_t half[] = { 0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00 };	/* 1, -2, 2^-24 */
	struct mo *m = start(13);
	Onnx__Tensor *t;
	int8_t raw[3] = { 1, -2, 3 };
	float f[3] = { 1, -2, 3 };
	double want[3];
	int i;

	(void)state;
	t = mo_floats(m, "raw", B3, 1, 3);
	t->n_float_data = 0;
	t->has_raw_data = 1;
	t->raw_data.data = (uint8_t *)f;
	t->raw_data.len = 12;
	mo_node(m, "Add", "x raw", "a");
	t = mo_init(m, "half16", ONNX_FLOAT16, (double[]) { 0, 0, 0 }, 1, 3);
	t->n_int32_data = 0;
	t->has_raw_data = 1;
	t->raw_data.data = (uint8_t *)half;
	t->raw_data.len = 6;
	mo_node(m, "Add", "a half16", "b");
	t = mo_init(m, "i8", ONNX_INT8, (double[]) { 0, 0, 0 }, 1, 3);
	t->n_int32_data = 0;
	t->has_raw_data = 1;
	t->raw_data.data = (uint8_t *)raw;
	t->raw_data.len = 3;
	mo_node(m, "DequantizeLinear", "i8 half", "i8f");
	mo_node(m, "Add", "b i8f", "c");
	mo_init(m, "d", ONNX_DOUBLE, (double[]) { .1, .2, .3 }, 1, 3);
	mo_node(m, "Add", "c d", "y");
	for (i = 0; i < 3; i++)
		want[i] =
			X[i] + f[i] + raw[i] * .5 + .1 * (i + 1) + (double[]){ 1, -2, 0x1p-24 }[i];
	gives(finish(m, "y"), 3, want);
}

static void test_names(void **state)
{
	struct graph *g;
	struct mo *m = start(13);

	(void)state;
	mo_node(m, "MatMul", "x w32", "y")->name = NULL;
	g = finish(m, "y");
	assert_string_equal(g->name, "test");
	assert_string_equal(g->producer, "make_onnx 1");
	assert_string_equal(g->layers[0].node, "MatMul_0");
	graph_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gemm),        cmocka_unit_test(test_matmul_add),
		cmocka_unit_test(test_matmul_left), cmocka_unit_test(test_fold),
		cmocka_unit_test(test_batchnorm),   cmocka_unit_test(test_activations),
		cmocka_unit_test(test_classes),     cmocka_unit_test(test_concat),
		cmocka_unit_test(test_qdq),         cmocka_unit_test(test_tensor_types),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("import: ONNX nets", tests, NULL, NULL);
}
