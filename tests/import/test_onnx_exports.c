// SPDX-License-Identifier: GPL-2.0
/*
 * What exporters leave in a file: nodes and inputs that nothing reads, shapes that are computed,
 * batches of a fixed size.
 */
#include "make_onnx.h"
#include "onnx_import.h"
#include "try.h"

static const float W[] = { 1, -2, .5, 3, .25, -1 };	/* [3][2] */
static const double X[3] = { 2, -1, 3 };
#define Y0	(2 - .5 + .75)
#define Y1	(-4. - 3 - 3)

static struct graph_err err;

static struct graph *taken(struct mo *m, const char *output)
{
	mo_output(m, output);
	return try_imported(mo_import(m, &err), &err);
}

static void gives(struct graph *g, int n, const double *want)
{
	try_gives(g, X, n, want, 1e-9);
	graph_free(g);
}

static struct mo *start(int batch)
{
	struct mo *m = mo_new(13);

	mo_input(m, "x", 2, batch, 3);
	mo_floats(m, "w", W, 2, 3, 2);
	return m;
}

/* Nodes that no output depends on, even of operators that there are not, and chains of them. */
static void dead_nodes(void **state)
{
	struct mo *m = start(0);

	(void)state;
	mo_node(m, "Relu", "x", "a");
	mo_node(m, "NoSuchOperator", "a x", "b c");
	mo_node(m, "MatMul", "x w", "y");
	mo_node(m, "Conv", "y", "d");
	gives(taken(m, "y"), 2, (double[]) { Y0, Y1 });
	/* what an output depends on is not dead */
	m = start(0);
	mo_node(m, "MatMul", "x w", "y");
	mo_node(m, "NoSuchOperator", "y", "z");
	mo_output(m, "y");
	mo_output(m, "z");
	try_refused(mo_import(m, &err), &err, "(NoSuchOperator): operator not supported");
	/* nor is what stands behind its reader */
	m = start(0);
	mo_node(m, "Relu", "a", "y");
	mo_node(m, "MatMul", "x w", "a");
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err,
		    "it reads 'a', which a later node defines: a cycle or wrong order");
}

static void unused_inputs(void **state)
{
	struct mo *m = mo_new(13);
	struct graph *g;

	(void)state;
	mo_input(m, "training", 1, 1);
	mo_input(m, "x", 2, 0, 3);
	mo_input(m, "mask", 2, 0, 7);
	mo_floats(m, "w", W, 2, 3, 2);
	mo_node(m, "MatMul", "x w", "y");
	g = taken(m, "y");
	assert_int_equal(g->n_inputs, 3);
	gives(g, 2, (double[]) { Y0, Y1 });
}

static void fixed_batches(void **state)
{
	static const int batch[] = { 1, 16, 789444, 2000000000 };
	struct mo *m;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		m = start(batch[i]);
		mo_node(m, "Relu", "x", "a");
		mo_node(m, "MatMul", "x w", "y");
		gives(taken(m, "y"), 2, (double[]) { Y0, Y1 });
	}
}

/* x.view(x.size(0), -1): the shape is known. */
static void computed_shapes(void **state)
{
	struct mo *m = mo_new(13);
	Onnx__Node *n;

	(void)state;
	mo_input(m, "x", 3, 0, 1, 3);
	mo_floats(m, "w", W, 2, 3, 2);
	mo_init(m, "zero", ONNX_INT64, (double[]) { 0 }, 0);
	mo_init(m, "axes", ONNX_INT64, (double[]) { 0 }, 1, 1);
	mo_init(m, "rest", ONNX_INT64, (double[]) { -1 }, 1, 1);
	mo_node(m, "Shape", "x", "s");
	n = mo_node(m, "Gather", "s zero", "b");
	mo_i(m, n, "axis", 0);
	mo_node(m, "Unsqueeze", "b axes", "u");
	n = mo_node(m, "Concat", "u rest", "to");
	mo_i(m, n, "axis", 0);
	mo_node(m, "Reshape", "x to", "r");
	mo_node(m, "MatMul", "r w", "y");
	gives(taken(m, "y"), 2, (double[]) { Y0, Y1 });
	m = start(0);
	mo_init(m, "index", ONNX_INT64, (double[]) { 1 }, 1, 1);
	n = mo_node(m, "Gather", "x index", "y");
	mo_i(m, n, "axis", 1);
	mo_output(m, "y");
	gives(try_imported(mo_import(m, &err), &err), 1, (double[]) { X[1] });
	m = start(0);
	mo_init(m, "index", ONNX_INT64, (double[]) { 5 }, 1, 1);
	mo_node(m, "Shape", "x", "s");
	mo_node(m, "Gather", "s index", "b");
	mo_node(m, "Reshape", "x b", "y");
	mo_output(m, "y");
	try_refused(mo_import(m, &err), &err, "index 5 of 2");
}

/* Trees, then a factor and a summand: both into the leaves. */
static void scaled_trees(void **state)
{
	struct graph *plain, *g;
	double a[8], b[8];
	struct mo *m = mo_sample(4);
	char out[64];
	uint32_t i;

	(void)state;
	snprintf(out, sizeof(out), "%s", m->graph.output[m->graph.n_output - 1]->name);
	plain = try_imported(mo_import(m, &err), &err);
	m = mo_sample(4);
	snprintf(out, sizeof(out), "%s tenth", m->graph.output[0]->name);
	mo_floats(m, "tenth", (float[]) { .125 }, 0);
	mo_node(m, "Mul", out, "scaled");
	mo_floats(m, "three", (float[]) { 3 }, 0);
	mo_node(m, "Add", "scaled three", "z");
	m->graph.n_output = 0;
	mo_output(m, "z");
	g = try_imported(mo_import(m, &err), &err);
	assert_int_equal(g->n_outputs, plain->n_outputs);
	graph_run(plain, X, a);
	graph_run(g, X, b);
	for (i = 0; i < g->n_outputs; i++)
		try_near(b[i], a[i] / 8 + 3, 1e-9);
	graph_free(plain);
	graph_free(g);
}

/* Weights in a file of their own, at an offset. */
static struct graph *with_external(const char *folder, const char *location, const char *offset,
				   const char *length)
{
	Onnx__StringPair pair[3] = { ONNX__STRING_PAIR__INIT, ONNX__STRING_PAIR__INIT,
				     ONNX__STRING_PAIR__INIT };
	Onnx__StringPair *list[3] = { &pair[0], &pair[1], &pair[2] };
	const char *keys[] = { "location", "offset", "length" },
		   *values[] = { location, offset, length };
	struct mo *m = start(0);
	Onnx__Tensor *t = m->graph.initializer[0];
	struct graph *g;
	char path[256];
	size_t len, i;
	uint8_t *p;

	for (i = 0; i < 3; i++) {
		pair[i].key = (char *)keys[i];
		pair[i].value = (char *)values[i];
	}
	t->n_float_data = 0;
	t->has_raw_data = false;
	t->has_data_location = true;
	t->data_location = 1;
	t->n_external_data = length ? 3 : 2;
	t->external_data = list;
	mo_node(m, "MatMul", "x w", "y");
	mo_output(m, "y");
	p = mo_pack(m, &len);
	mo_free(m);
	snprintf(path, sizeof(path), "%s/model.onnx", folder);
	g = onnx_import(p, len, path, NULL, &err);
	free(p);
	return g;
}

static void external_data(void **state)
{
	static const struct {
		const char *location, *offset, *length, *words;
	} bad[] = {
		{ "none.data", "0", "24",
		  "none.data: No such file or directory: the weights are there; keep it beside the "
		  "model" },
		{ "../model.data", "0", "24", "which is not in the model's folder" },
		{ "a/../../model.data", "0", "24", "which is not in the model's folder" },
		{ "/etc/passwd", "0", "24", "which is not in the model's folder" },
		{ "model.data", "8", "24", "24 bytes at 8 are not there" },
		{ "model.data", "-1", "24", "offset \"-1\" of its data" },
		{ "model.data", "0", "20", "has 20 bytes of data, its shape needs 24" },
		{ "", "0", "24", "has its data in another file, which it does not name" },
	};
	char folder[] = "/tmp/onnx-external-XXXXXX", path[64];
	size_t i;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/model.data", folder);
	f = fopen(path, "wb");
	assert_non_null(f);
	fwrite("four", 1, 4, f);
	fwrite(W, 1, sizeof(W), f);
	fclose(f);
	gives(try_imported(with_external(folder, "model.data", "4", "24"), &err), 2,
	      (double[]){ Y0, Y1 });
	gives(try_imported(with_external(folder, "./model.data", "4", NULL), &err), 2,
	      (double[]){ Y0, Y1 });
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		try_refused(with_external(folder, bad[i].location, bad[i].offset, bad[i].length),
			    &err, bad[i].words);
	remove(path);
	remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dead_nodes),
		cmocka_unit_test(unused_inputs),
		cmocka_unit_test(fixed_batches),
		cmocka_unit_test(computed_shapes),
		cmocka_unit_test(scaled_trees),
		cmocka_unit_test(external_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
