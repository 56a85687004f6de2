// SPDX-License-Identifier: GPL-2.0
/*
 * Nets that the importer must refuse: each breaks one rule and has its sentence.
 *
 * One file, though long: a case is a short function and a row of the table that names it.
 */
#include "onnx_import.h"
#include "onnx_start.h"
#include "try.h"

/* --- each makes a model that breaks one rule; the output is y unless it says so itself --- */

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
	{ r_attr_type, "(Gemm): attribute 'transB' does not fit the operator" },
	{ r_attr_nan, "(Gemm): attribute 'alpha' does not fit the operator" },
	{ r_attr_graph, "(Gemm): attribute 'alpha' does not fit the operator" },
	{ r_attr_twice, "(Gemm): attribute 'alpha' is given twice" },
	{ r_trans_a, "(Gemm): attribute value transA=1 is not supported" },
	{ r_no_fit, "(Gemm): weights of 2 x 3 do not fit 3 numbers" },
	{ r_order, "(Relu): it reads 'a', which a later node defines: a cycle or wrong order" },
	{ r_missing, "(MatMul): it reads 'nowhere', which no node defines" },
	{ r_twice, "(Relu): value 'w32' is defined twice" },
	{ r_nan, "tensor 'bad' has a number that is not a number" },
	{ r_inf, "(Add): constant 'bad' has an infinite number" },
	{ r_overflow, "a weight becomes infinite or not a number when folded" },
	{ r_short, "tensor 'bad' has 2 numbers, its shape needs 3" },
	{ r_raw, "tensor 'bad' has 11 bytes of data, its shape needs 12" },
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
	{ r_dropout, "(Dropout): it is in training mode" },
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
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests_name("import: ONNX nets refused", tests, NULL, NULL);
}
