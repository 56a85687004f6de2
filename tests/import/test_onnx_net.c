// SPDX-License-Identifier: GPL-2.0
/*
 * Nets made here, against the same arithmetic written out; what is folded where; and one refusal
 * per rule.
 */
#include "make_onnx.h"
#include "onnx_import.h"
#include "try.h"

static const float W[] = { 1, -2, .5, 3, .25, -1 };	/* [2][3] or [3][2] */
static const float B2[] = { .5, -.25 };
static const float B3[] = { 1, 2, -4 };
static const double X[3] = { 2, -1, 3 };

/* A model with one input x [1][3] and these constants. */
static struct mo *start(int opset)
{
	struct mo *m = mo_new(opset);

	mo_input(m, "x", 2, 0, 3);
	mo_floats(m, "w32", W, 2, 3, 2);
	mo_floats(m, "w23", W, 2, 2, 3);
	mo_floats(m, "b2", B2, 1, 2);
	mo_floats(m, "b3", B3, 1, 3);
	mo_floats(m, "half", (float[]) { .5 }, 0);
	return m;
}

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

/* Refusals. Each makes a model that breaks one rule; the output is y unless it says so itself. */

static struct mo *r_op(void)
{
	struct mo *m = start(13);

	mo_node(m, "ConvTranspose", "x w32", "y");
	return m;
}

static struct mo *r_domain(void)
{
	struct mo *m = start(13);

	mo_node(m, "com.acme:Relu", "x", "y");
	return m;
}

static struct mo *r_normalizer(void)
{
	struct mo *m = start(13);

	mo_node(m, "ai.onnx.ml:Normalizer", "x", "y");
	return m;
}

static struct mo *r_attr(void)
{
	struct mo *m = start(13);

	mo_i(m, mo_node(m, "Relu", "x", "y"), "inplace", 1);
	return m;
}

static struct mo *r_attr_type(void)
{
	struct mo *m = start(13);

	mo_f(m, mo_node(m, "Gemm", "x w32", "y"), "transB", 1);
	return m;
}

static struct mo *r_attr_nan(void)
{
	struct mo *m = start(13);

	mo_f(m, mo_node(m, "Gemm", "x w32", "y"), "alpha", NAN);
	return m;
}

static struct mo *r_attr_graph(void)
{
	struct mo *m = start(13);
	Onnx__Node *n = mo_node(m, "Gemm", "x w32", "y");

	mo_f(m, n, "alpha", 1);
	n->attribute[0]->type = 5;	/* a graph */
	return m;
}

static struct mo *r_attr_twice(void)
{
	struct mo *m = start(13);
	Onnx__Node *n = mo_node(m, "Gemm", "x w32", "y");

	mo_f(m, n, "alpha", 1);
	mo_f(m, n, "alpha", 2);
	return m;
}

static struct mo *r_trans_a(void)
{
	struct mo *m = start(13);

	mo_i(m, mo_node(m, "Gemm", "x w32", "y"), "transA", 1);
	return m;
}

static struct mo *r_no_fit(void)
{
	struct mo *m = start(13);

	mo_node(m, "Gemm", "x w23", "y");
	return m;
}

static struct mo *r_order(void)
{
	struct mo *m = start(13);

	mo_node(m, "Relu", "a", "y");
	mo_node(m, "Relu", "x", "a");
	return m;
}

static struct mo *r_missing(void)
{
	struct mo *m = start(13);

	mo_node(m, "MatMul", "x nowhere", "y");
	return m;
}

static struct mo *r_twice(void)
{
	struct mo *m = start(13);

	mo_node(m, "Relu", "x", "w32");
	return m;
}

static struct mo *r_nan(void)
{
	struct mo *m = start(13);

	mo_floats(m, "bad", (float[]) { 1, NAN, 1 }, 1, 3);
	mo_node(m, "Add", "x bad", "y");
	return m;
}

static struct mo *r_inf(void)
{
	struct mo *m = start(13);

	mo_floats(m, "bad", (float[]) { 1, INFINITY, 1 }, 1, 3);
	mo_node(m, "Add", "x bad", "y");
	return m;
}

static struct mo *r_overflow(void)
{
	struct mo *m = start(13);
	int i;
	static const char *const name[] = { "x", "a", "b", "c", "d", "y" };

	mo_init(m, "huge", ONNX_DOUBLE, (double[]) { 1e200 }, 0);
	for (i = 0; i < 5; i++) {
		char in[16];

		snprintf(in, sizeof(in), "%s huge", name[i]);
		mo_node(m, "Mul", in, name[i + 1]);
	}
	return m;
}

static struct mo *r_short(void)
{
	struct mo *m = start(13);

	mo_floats(m, "bad", B3, 1, 3)->n_float_data = 2;
	mo_node(m, "Add", "x bad", "y");
	return m;
}

static struct mo *r_raw(void)
{
	struct mo *m = start(13);
	Onnx__Tensor *t = mo_floats(m, "bad", B3, 1, 3);

	t->has_raw_data = 1;
	t->raw_data.data = (uint8_t *)B3;
	t->raw_data.len = 11;
	mo_node(m, "Add", "x bad", "y");
	return m;
}

static struct mo *r_external(void)
{
	struct mo *m = start(13);
	Onnx__Tensor *t = mo_floats(m, "bad", B3, 1, 3);

	t->has_data_location = 1;
	t->data_location = 1;
	mo_node(m, "Add", "x bad", "y");
	return m;
}

static struct mo *r_dims(void)
{
	struct mo *m = start(13);
	Onnx__Tensor *t = mo_floats(m, "bad", B3, 2, 1, 3);

	t->dims[0] = 1LL << 62;
	mo_node(m, "Add", "x bad", "y");
	return m;
}

static struct mo *r_negative(void)
{
	struct mo *m = start(13);

	mo_floats(m, "bad", B3, 1, 3)->dims[0] = -3;
	mo_node(m, "Add", "x bad", "y");
	return m;
}

static struct mo *r_string(void)
{
	struct mo *m = start(13);

	mo_floats(m, "bad", B3, 1, 3)->data_type = 8;
	mo_node(m, "Add", "x bad", "y");
	return m;
}

static struct mo *r_opset(void)
{
	struct mo *m = start(6);

	mo_node(m, "Relu", "x", "y");
	return m;
}

static struct mo *r_new_opset(void)
{
	struct mo *m = start(99);

	mo_node(m, "Relu", "x", "y");
	return m;
}

static struct mo *r_input_type(void)
{
	struct mo *m = mo_new(13);

	mo_input(m, "x", 1, 3)->type->tensor_type->elem_type = 8;
	mo_node(m, "Relu", "x", "y");
	return m;
}

static struct mo *r_input_shape(void)
{
	struct mo *m = mo_new(13);

	mo_input(m, "x", 2, 0, 0);
	mo_node(m, "Relu", "x", "y");
	return m;
}

static struct mo *r_wide_input(void)
{
	struct mo *m = mo_new(13);

	mo_input(m, "x", 2, 0, 257);
	mo_node(m, "Relu", "x", "y");
	return m;
}

static struct mo *r_wide_layer(void)
{
	struct mo *m = mo_new(13);
	static const float w[1025];

	mo_input(m, "x", 2, 0, 1);
	mo_floats(m, "w", w, 2, 1, 1025);
	mo_node(m, "MatMul", "x w", "y");
	return m;
}

static struct mo *r_concat_const(void)
{
	struct mo *m = start(13);

	mo_i(m, mo_node(m, "Concat", "x b3", "y"), "axis", 1);
	return m;
}

/* The same with something pending before it: a leak, as fuzz_onnx found. */
static struct mo *r_concat_pending(void)
{
	struct mo *m = start(13);

	mo_node(m, "Mul", "x b3", "s");
	mo_i(m, mo_node(m, "Concat", "s b3", "y"), "axis", 1);
	return m;
}

static struct mo *r_reshape(void)
{
	struct mo *m = start(13);

	mo_init(m, "s", ONNX_INT64, (double[]) { 3, 1 }, 1, 2);
	mo_node(m, "Reshape", "x s", "y");
	return m;
}

static struct mo *r_cast(void)
{
	struct mo *m = start(13);

	mo_i(m, mo_node(m, "Cast", "x", "y"), "to", 7);
	return m;
}

static struct mo *r_int_input(void)
{
	struct mo *m = mo_new(13);

	mo_input(m, "x", 2, 1, 3)->type->tensor_type->elem_type = ONNX_INT64;
	mo_init(m, "two", ONNX_INT64, (double[]) { 2 }, 0);
	mo_node(m, "Div", "x two", "y");
	return m;
}

static struct mo *r_div_zero(void)
{
	struct mo *m = start(13);

	mo_floats(m, "zero", (float[]) { 0 }, 0);
	mo_node(m, "Div", "x zero", "y");
	return m;
}

static struct mo *r_inverse(void)
{
	struct mo *m = start(13);

	mo_node(m, "Div", "half x", "y");
	return m;
}

static struct mo *r_after_softmax(void)
{
	struct mo *m = start(13);

	mo_node(m, "Softmax", "x", "p");
	mo_node(m, "Relu", "p", "y");
	return m;
}

static struct mo *r_last_index(void)
{
	struct mo *m = start(13);
	Onnx__Node *n = mo_node(m, "ArgMax", "x", "y");

	mo_i(m, n, "axis", 1);
	mo_i(m, n, "select_last_index", 1);
	return m;
}

static struct mo *r_axis(void)
{
	struct mo *m = start(13);

	mo_i(m, mo_node(m, "Softmax", "x", "y"), "axis", 0);
	return m;
}

static struct mo *r_training(void)
{
	struct mo *m = start(14);

	mo_i(m, mo_node(m, "BatchNormalization", "x b3 b3 b3 b3", "y"), "training_mode", 1);
	return m;
}

static struct mo *r_variance(void)
{
	struct mo *m = start(14);

	mo_node(m, "BatchNormalization", "x b3 b3 b3 b3", "y");
	return m;
}

static struct mo *r_dropout(void)
{
	struct mo *m = start(13);

	mo_init(m, "yes", ONNX_BOOL, (double[]) { 1 }, 0);
	mo_node(m, "Dropout", "x half yes", "y");
	return m;
}

static struct mo *r_quantised_output(void)
{
	struct mo *m = start(13);

	mo_node(m, "QuantizeLinear", "x half", "y");
	return m;
}

static struct mo *r_other_scale(void)
{
	struct mo *m = start(13);

	mo_floats(m, "other", (float[]) { .25 }, 0);
	mo_node(m, "QuantizeLinear", "x half", "q");
	mo_node(m, "DequantizeLinear", "q other", "y");
	return m;
}

static struct mo *r_scale(void)
{
	struct mo *m = start(13);

	mo_floats(m, "minus", (float[]) { -1 }, 0);
	mo_node(m, "QuantizeLinear", "x minus", "y");
	return m;
}

static struct mo *r_channel_scale(void)
{
	struct mo *m = start(13);

	mo_node(m, "QuantizeLinear", "x b3", "y");
	return m;
}

static struct mo *r_clip_opset(void)
{
	struct mo *m = start(13);

	mo_f(m, mo_node(m, "Clip", "x", "y"), "min", 0);
	return m;
}

static struct mo *r_sparse(void)
{
	static ProtobufCBinaryData one;
	struct mo *m = start(13);

	mo_node(m, "Relu", "x", "y");
	m->graph.sparse_initializer = &one;
	m->graph.n_sparse_initializer = 1;
	return m;
}

static struct mo *r_no_graph(void)
{
	struct mo *m = start(13);

	m->model.graph = NULL;
	return m;
}

static struct mo *r_const_output(void)
{
	struct mo *m = start(13);

	mo_node(m, "Relu", "x", "a");
	mo_node(m, "Identity", "b3", "y");
	return m;
}

static struct mo *r_deep(void)
{
	struct mo *m = start(13);
	char in[16] = "x", out[16];
	int i;

	for (i = 0; i < 513; i++) {
		snprintf(out, sizeof(out), "v%d", i);
		mo_node(m, "Tanh", in, i == 512 ? "y" : out);
		strcpy(in, out);
	}
	return m;
}

static struct mo *r_escape(void)
{
	struct mo *m = start(13);

	mo_node(m, "ConvTranspose", "x w32", "y")->name = "a\033[2Jb";
	return m;
}

static const struct {
	struct mo *(*make)(void);
	const char *words;
} refusals[] = {
	{ r_op, "test.onnx: node 'y' (ConvTranspose): operator not supported" },
	{ r_domain, "node 'y' (Relu): operator not supported, domain com.acme" },
	{ r_normalizer, "node 'y' (Normalizer): operator not supported, domain ai.onnx.ml" },
	{ r_attr, "(Relu): attribute 'inplace' is not supported" },
	{ r_attr_type, "(Gemm): attribute 'transB' is not what the operator wants" },
	{ r_attr_nan, "(Gemm): attribute 'alpha' is not what the operator wants" },
	{ r_attr_graph, "(Gemm): attribute 'alpha' is not what the operator wants" },
	{ r_attr_twice, "(Gemm): attribute 'alpha' is given twice" },
	{ r_trans_a, "(Gemm): attribute value transA=1 is not supported" },
	{ r_no_fit, "(Gemm): weights of 2 x 3 do not fit 3 numbers" },
	{ r_order, "(Relu): it reads 'a', which a later node makes: a cycle or wrong order" },
	{ r_missing, "(MatMul): it reads 'nowhere', which nothing makes" },
	{ r_twice, "(Relu): value 'w32' is made twice" },
	{ r_nan, "tensor 'bad' has a number that is not a number" },
	{ r_inf, "(Add): constant 'bad' has an infinite number" },
	{ r_overflow, "a weight becomes infinite or not a number when folded" },
	{ r_short, "tensor 'bad' has 2 numbers, its shape wants 3" },
	{ r_raw, "tensor 'bad' has 11 bytes of data, its shape wants 12" },
	{ r_external, "tensor 'bad' has its data in another file" },
	{ r_dims, "dimension 0 is 4611686018427387904" },
	{ r_negative, "dimension 0 is -3" },
	{ r_string, "tensor 'bad' has data type 8, which is not supported" },
	{ r_opset, "operator set 6 is not one of 7 to 25" },
	{ r_new_opset, "operator set 99 is not one of 7 to 25" },
	{ r_input_type, "input 'x' has element type 8, which is not a number" },
	{ r_input_shape, "input 'x': dimension 1 has no size" },
	{ r_wide_input, "input 'x' has 257 numbers, more than 256" },
	{ r_wide_layer, "(MatMul): 1025 outputs, not 1 to 1024" },
	{ r_concat_const,
	  "(Concat): 'b3' is a constant, which is not joined with what is computed" },
	{ r_concat_pending,
	  "(Concat): 'b3' is a constant, which is not joined with what is computed" },
	{ r_reshape, "(Reshape): the new shape does not keep rows of 3 numbers" },
	{ r_cast, "(Cast): a cast to type 7 would round" },
	{ r_int_input,
	  "(Div): 'x' is an integer (type 7), and arithmetic of integers is not supported" },
	{ r_div_zero, "(Div): it divides by 0" },
	{ r_inverse, "(Div): a constant divided by the input is not supported" },
	{ r_after_softmax, "(Relu): it cannot take class scores ('p')" },
	{ r_last_index, "(ArgMax): attribute value select_last_index=1 is not supported" },
	{ r_axis, "(Softmax): axis 0: it must run over all of a row's numbers" },
	{ r_training, "(BatchNormalization): training mode" },
	{ r_variance, "(BatchNormalization): the variance of channel 2 is -3.99" },
	{ r_dropout, "(Dropout): it drops while training" },
	{ r_quantised_output, "output 'y' is quantised integers" },
	{ r_other_scale, "(DequantizeLinear): 'q' has scale 0.5 and zero point 0, not 0.25 and 0" },
	{ r_scale, "(QuantizeLinear): the scale is -1" },
	{ r_channel_scale, "(QuantizeLinear): scales per channel are for constants only" },
	{ r_clip_opset, "(Clip): operator set 13 does not give the bounds so" },
	{ r_sparse, "it has sparse initialisers" },
	{ r_no_graph, "no graph: not an ONNX model" },
	{ r_const_output, "output 'y' is a constant" },
	{ r_deep, "(Tanh): more than 512 layers" },
	{ r_escape, "node 'a?[2Jb' (ConvTranspose)" },
};

static void test_refusals(void **state)
{
	struct graph_err err;
	struct mo *m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		m = refusals[i].make();
		mo_output(m, "y");
		try_refused(mo_import(m, &err), &err, refusals[i].words);
	}
	try_refused(onnx_import("\xff\xff\xff", 3, "x.onnx", NULL, &err), &err,
		    "x.onnx: not an ONNX model, or a damaged one");
	try_refused(onnx_import("", ONNX_MAX_FILE + 1, "x.onnx", NULL, &err), &err,
		    "16777217 bytes, more than 16777216");
	print_message("%zu refusals\n", ARRAY_SIZE(refusals) + 2);
}

/* 16 MiB of empty messages must not ask for gigabytes. */
static void test_budget(void **state)
{
	size_t i, n = 8 << 20, len = 5 + 2 * n;
	uint8_t *p = malloc(len);
	struct graph_err err;

	(void)state;
	p[0] = 7 << 3 | 2;		/* graph */
	for (i = 0; i < 4; i++)
		p[1 + i] = (2 * n) >> 7 * i | (i < 3 ? 0x80 : 0);
	for (i = 0; i < n; i++) {
		p[5 + 2 * i] = 1 << 3 | 2;	/* node, of no bytes */
		p[6 + 2 * i] = 0;
	}
	try_refused(onnx_import(p, len - 16, "x.onnx", NULL, &err), &err, "x.onnx: ");
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gemm),        cmocka_unit_test(test_matmul_add),
		cmocka_unit_test(test_matmul_left), cmocka_unit_test(test_fold),
		cmocka_unit_test(test_batchnorm),   cmocka_unit_test(test_activations),
		cmocka_unit_test(test_classes),     cmocka_unit_test(test_concat),
		cmocka_unit_test(test_qdq),         cmocka_unit_test(test_tensor_types),
		cmocka_unit_test(test_names),       cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests_name("import: ONNX nets", tests, NULL, NULL);
}
