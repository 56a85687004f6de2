// SPDX-License-Identifier: GPL-2.0
/*
 * Nets that branch, made here, against the same arithmetic written out: heads, slices, joins,
 * residuals, norms.
 */
#include "make_onnx.h"
#include "onnx_import.h"
#include "try.h"

static const float W[] = { 1, -2, .5, 3, .25, -1 };	/* [3][2] */
static const float V[] = { .5, 1, -1, 2, 0, 1 };	/* [2][3] */
static const double X[4] = { 2, -1, 3, .5 };
/* X's first three @ W */
static const double XW[2] = { 2 - .5 + .75, -4 - 3 - 3 };

static struct mo *start(int n)
{
	struct mo *m = mo_new(13);

	mo_input(m, "x", 2, 0, n);
	mo_floats(m, "w", W, 2, 3, 2);
	mo_floats(m, "v", V, 2, 2, 3);
	mo_floats(m, "b2", (float[]) { .5, -.25 }, 1, 2);
	mo_floats(m, "b3", (float[]) { 1, 2, -4 }, 1, 3);
	mo_init(m, "zero", ONNX_INT64, (double[]) { 0 }, 1, 1);
	mo_init(m, "one", ONNX_INT64, (double[]) { 1 }, 1, 1);
	mo_init(m, "three", ONNX_INT64, (double[]) { 3 }, 1, 1);
	return m;
}

static struct graph *import(struct mo *m, const struct graph_want *want, struct graph_err *err)
{
	size_t len;
	uint8_t *p = mo_pack(m, &len);
	struct graph *g = onnx_import(p, len, "test.onnx", want, err);

	free(p);
	mo_free(m);
	return g;
}

/* Run on X and free: all outputs must be these. */
static void gives(struct graph *g, int n, const double *want)
{
	double y[64];
	int i;

	assert_int_equal(g->n_outputs, n);
	graph_run(g, X, y);
	for (i = 0; i < n; i++)
		try_near(y[i], want[i], 1e-9);
	graph_free(g);
}

static struct graph *finish(struct mo *m, const char *output)
{
	struct graph_err err;

	mo_output(m, output);
	return try_imported(import(m, NULL, &err), &err);
}

static double relu(double x)
{
	return x > 0 ? x : 0;
}

/* x + relu(x): the layer before is read twice, and stays as it is. */
static void residual(void **state)
{
	struct mo *m = start(3);

	(void)state;
	mo_node(m, "MatMul", "x w", "h");
	mo_node(m, "Add", "h b2", "hb");
	mo_node(m, "Relu", "hb", "r");
	mo_node(m, "Sub", "hb r", "y");
	gives(finish(m, "y"), 2, (double[]) { 0, XW[1] - .25 });

	m = start(3);
	mo_node(m, "Relu", "x", "a");
	mo_node(m, "Add", "a x", "y");
	gives(finish(m, "y"), 3, (double[]) { 4, -1, 6 });
}

/* What is still to be done to an operand (a scale, a shift) becomes the sum's weights. */
static void pending(void **state)
{
	struct mo *m = start(3);
	struct graph *g;

	(void)state;
	mo_node(m, "Mul", "x b3", "a");
	mo_node(m, "Add", "x b3", "b");
	mo_node(m, "Sub", "a b", "y");
	g = finish(m, "y");
	assert_int_equal(g->n_layers, 1);
	gives(g, 3, (double[]) { 2 - 3, -2 - 1, -12 + 1 });
}

static void products(void **state)
{
	struct mo *m = start(3);

	(void)state;
	mo_node(m, "MatMul", "x w", "h");		/* SiLU, as PyTorch writes it */
	mo_node(m, "Sigmoid", "h", "s");
	mo_node(m, "Mul", "h s", "y");
	gives(finish(m, "y"), 2,
	      (double[]){ XW[0] / (1 + exp(-XW[0])), XW[1] / (1 + exp(-XW[1])) });

	m = start(3);					/* one gate for all */
	mo_node(m, "ReduceMean", "x", "g");
	mo_node(m, "Mul", "g x", "y");
	gives(finish(m, "y"), 3, (double[]) { 4. / 3 * 2, 4. / 3 * -1, 4. / 3 * 3 });
}

static void heads(void **state)
{
	struct graph_want want = { .outputs = (char *[]) { "mu", NULL }, .n_outputs = 1 };
	struct graph_err err;
	struct graph *g;
	struct mo *m;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		m = start(3);
		mo_node(m, "MatMul", "x w", "h");
		mo_node(m, "Relu", "h", "r");
		mo_node(m, "MatMul", "r v", "mu");
		mo_node(m, "ReduceSum", "r", "value");
		mo_output(m, "value");
		mo_output(m, "mu");
		if (!i) {
			g = try_imported(import(m, NULL, &err), &err);
			assert_false(g->classes);
			assert_string_equal(g->class_names[0], "value");
			assert_string_equal(g->class_names[3], "mu.2");
			gives(g, 4, (double[]) { XW[0], XW[0] / 2, XW[0], -XW[0] });
		} else {
			g = try_imported(import(m, &want, &err), &err);
			assert_true(graph_is_chain(g));
			assert_null(g->class_names);
			gives(g, 3, (double[]) { XW[0] / 2, XW[0], -XW[0] });
		}
	}
	m = start(3);					/* an output in the middle */
	mo_node(m, "Relu", "x", "a");
	mo_node(m, "MatMul", "a w", "y");
	mo_output(m, "a");
	gives(finish(m, "y"), 5, (double[]) { 2, 0, 3, 2.75, -7 });
}

static void scores_and_values(void **state)
{
	struct graph_want scores = { .outputs = (char *[]) { "p", NULL }, .n_outputs = 1 };
	struct graph_want none = { .outputs = (char *[]) { "q", NULL }, .n_outputs = 1 };
	struct graph_err err;
	struct graph *g;
	struct mo *m;
	double sum, e[2];
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		m = start(3);
		mo_node(m, "MatMul", "x w", "h");
		mo_node(m, "Softmax", "h", "p");
		mo_node(m, "ReduceSum", "h", "value");
		mo_output(m, "p");
		mo_output(m, "value");
		if (!i)
			try_refused(import(m, NULL, &err), &err, "outputs 'p' (class scores) and "
				    "'value' (real numbers) do not go together: choose with "
				    "--output");
		else if (i == 1)
			try_refused(import(m, &none, &err), &err,
				    "it has no output 'q'; its first is 'p'");
		if (i < 2)
			continue;
		scores.probabilities = i == 3;
		g = try_imported(import(m, &scores, &err), &err);
		assert_true(g->classes);
		e[0] = exp(XW[0]);
		e[1] = exp(XW[1]);
		sum = e[0] + e[1];
		gives(g, 2, i == 2 ? XW : (double[]) { e[0] / sum, e[1] / sum });
	}
	m = start(3);
	mo_node(m, "MatMul", "x w", "p");
	mo_output(m, "p");
	try_refused(import(m, &scores, &err), &err,
		    "output 'p' is not a Softmax whose probabilities can be computed");
}

/* Columns by Slice, Split and Gather, in front and in the middle; joined again in another order. */
static void lanes(void **state)
{
	struct mo *m = start(4);
	Onnx__Node *n;
	struct graph *g;

	(void)state;
	mo_node(m, "Slice", "x zero three one", "a");
	mo_node(m, "MatMul", "a w", "y");
	gives(finish(m, "y"), 2, XW);

	m = start(4);
	mo_init(m, "sizes", ONNX_INT64, (double[]) { 1, 3 }, 1, 2);
	n = mo_node(m, "Split", "x sizes", "a b");
	mo_i(m, n, "axis", 1);
	n = mo_node(m, "Concat", "b a", "y");
	mo_i(m, n, "axis", 1);
	gives(finish(m, "y"), 4, (double[]) { -1, 3, .5, 2 });

	m = start(4);
	mo_init(m, "which", ONNX_INT64, (double[]) { 3, 0, -2 }, 1, 3);
	n = mo_node(m, "Gather", "x which", "a");
	mo_i(m, n, "axis", 1);
	mo_node(m, "MatMul", "a w", "y");
	gives(finish(m, "y"), 2, (double[]) { .5 + 2 * .5 + 3 * .25, -1 + 6 - 3 });

	/* the inputs beside what was made of them */
	m = start(3);
	mo_node(m, "MatMul", "x w", "h");
	n = mo_node(m, "Concat", "x h", "c");
	mo_i(m, n, "axis", -1);
	g = finish(m, "c");
	gives(g, 5, (double[]) { 2, -1, 3, XW[0], XW[1] });

	m = start(4);					/* places of an axis that is not the last */
	mo_init(m, "two", ONNX_INT64, (double[]) { -1, 2, 2 }, 1, 3);
	mo_node(m, "Reshape", "x two", "s");
	n = mo_node(m, "Gather", "s one", "a");
	mo_i(m, n, "axis", 2);
	mo_node(m, "Flatten", "a", "y");
	gives(finish(m, "y"), 2, (double[]) { -1, .5 });
}

static void several_inputs(void **state)
{
	struct graph_err err;
	struct graph *g;
	struct mo *m = mo_new(13);
	double y[2];

	(void)state;
	mo_input(m, "a", 2, 1, 2);
	mo_input(m, "b", 2, 1, 2);
	mo_node(m, "Relu", "b", "r");
	mo_node(m, "Sub", "a r", "y");
	mo_output(m, "y");
	g = try_imported(import(m, NULL, &err), &err);
	assert_int_equal(g->n_inputs, 4);		/* as the file lists them */
	graph_run(g, (double[]) { 1, 2, -3, 4 }, y);
	try_near(y[0], 1, 1e-9);
	try_near(y[1], -2, 1e-9);
	graph_free(g);
}

/* Dueling heads: value + advantage - mean of advantages. */
static void dueling(void **state)
{
	double a[3], mean, value = relu(XW[0]) + relu(XW[1]);
	struct mo *m = start(3);
	int i;

	(void)state;
	mo_node(m, "MatMul", "x w", "h");
	mo_node(m, "Relu", "h", "r");
	mo_node(m, "MatMul", "r v", "a");
	mo_node(m, "ReduceSum", "r", "value");
	mo_node(m, "ReduceMean", "a", "mean");
	mo_node(m, "Sub", "a mean", "d");
	mo_node(m, "Add", "value d", "y");
	for (i = 0, mean = 0; i < 3; i++) {
		a[i] = relu(XW[0]) * V[i] + relu(XW[1]) * V[3 + i];
		mean += a[i] / 3;
	}
	gives(finish(m, "y"), 3,
	      (double[]){ value + a[0] - mean, value + a[1] - mean, value + a[2] - mean });
}

/* As one operator, and as PyTorch of old took it apart. */
static void layer_norm(void **state)
{
	double mean = (2 - 1 + 3) / 3., var = 0, want[3];
	struct mo *m = start(3);
	Onnx__Node *n;
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		var += (X[i] - mean) * (X[i] - mean) / 3;
	for (i = 0; i < 3; i++)
		want[i] = (X[i] - mean) / sqrt(var + .5) * (float[]){ 1, 2, -4 }[i] +
			  (float[]){ 1, 2, -4 }[i];
	n = mo_node(m, "LayerNormalization", "x b3 b3", "y");
	mo_f(m, n, "epsilon", .5);
	gives(finish(m, "y"), 3, want);

	m = start(3);
	mo_floats(m, "two", (float[]) { 2 }, 0);
	mo_floats(m, "eps", (float[]) { .5 }, 0);
	mo_node(m, "ReduceMean", "x", "mean");
	mo_node(m, "Sub", "x mean", "d");
	mo_node(m, "Pow", "d two", "q");
	mo_node(m, "ReduceMean", "q", "var");
	mo_node(m, "Add", "var eps", "e");
	mo_node(m, "Sqrt", "e", "s");
	mo_node(m, "Div", "d s", "z");
	mo_node(m, "Mul", "z b3", "g");
	mo_node(m, "Add", "g b3", "y");
	gives(finish(m, "y"), 3, want);
}

static void slopes(void **state)
{
	struct mo *m = start(3);

	(void)state;
	mo_node(m, "PRelu", "x b3", "y");
	gives(finish(m, "y"), 3, (double[]) { 2, -2, 3 });
	m = start(3);
	mo_floats(m, "s", (float[]) { .125 }, 1, 1);
	mo_node(m, "PRelu", "x s", "y");
	gives(finish(m, "y"), 3, (double[]) { 2, -.125, 3 });
}

static void refused(void **state)
{
	struct graph_err err;
	struct mo *m = start(3);

	(void)state;
	mo_node(m, "Div", "x x", "y");
	mo_output(m, "y");
	try_refused(import(m, NULL, &err), &err,
		    "one computed number divided by another is not supported");
	m = start(3);
	mo_node(m, "MatMul", "x w", "h");
	mo_node(m, "Add", "x h", "y");
	mo_output(m, "y");
	try_refused(import(m, NULL, &err), &err, "'x' and 'h' have not the same shape");
	m = start(3);
	mo_node(m, "Slice", "x three three one", "y");
	mo_output(m, "y");
	try_refused(import(m, NULL, &err), &err, "nothing is left of 3 numbers");
	m = start(3);
	mo_node(m, "Slice", "x zero one zero", "y");
	mo_output(m, "y");
	try_refused(import(m, NULL, &err), &err, "rows of a batch stay apart");
	m = start(3);
	mo_node(m, "Pow", "x b3", "y");
	mo_output(m, "y");
	try_refused(import(m, NULL, &err), &err, "exponents are 1, 2 or 0.5, and one for all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(residual),          cmocka_unit_test(pending),
		cmocka_unit_test(products),          cmocka_unit_test(heads),
		cmocka_unit_test(scores_and_values), cmocka_unit_test(lanes),
		cmocka_unit_test(several_inputs),    cmocka_unit_test(dueling),
		cmocka_unit_test(layer_norm),        cmocka_unit_test(slopes),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("onnx_graph", tests, NULL, NULL);
}
