// SPDX-License-Identifier: GPL-2.0
/*
 * The node tests of ONNX itself (package libonnx-testdata), for every operator that the importer
 * knows.
 *
 * Such a test is a graph of one node, all of whose operands are inputs of the graph. Here every
 * input but the first is bound to its test data as a constant, and the first is run through row by
 * row (its first dimension is the batch). What the importer drops is computed here: Softmax and
 * LogSoftmax of the scores, ArgMax. Where the output is quantised a DequantizeLinear is put behind
 * it, and half a step is allowed, since the importer does not round.
 *
 * Tests that must be refused are listed with the reason; all others must give the expected numbers.
 */
#include <dirent.h>

#include "onnx_import.h"
#include "try.h"
#include "util.h"

#define NODE_DIR	"/usr/share/libonnx-testdata/data/node"

static const char *const families[] = {
	"gemm_",
	"matmul_",
	"relu",
	"leakyrelu",
	"clip",
	"tanh",
	"sigmoid",
	"softmax_",
	"logsoftmax_",
	"argmax_",
	"batchnorm_",
	"flatten_",
	"reshape_",
	"identity",
	"dropout_",
	"training_dropout_",
	"squeeze",
	"unsqueeze_",
	"transpose_",
	"quantizelinear",
	"dequantizelinear",
	"qlinearmatmul_",
	"add",
	"sub",
	"mul",
	"div",
	"cast_",
	"constant",
	"concat_",
	"basic_conv_",
	"conv_",
	"averagepool_",
	"globalaveragepool",
	"globalmaxpool",
	"maxpool_1d",
	"maxpool_2d",
	"elu",
	"selu",
	"celu",
	"softplus",
	"softsign",
	"hardsigmoid",
	"hardswish",
	"prelu",
	"thresholdedrelu",
	"abs",
	"exp",
	"sqrt",
	"erf",
	"neg",
	"mish",
	"pow",
	"slice",
	"gather_",
	"reduce_mean",
	"reduce_sum_",
	"layer_normalization",
};

static const struct {
	const char *name;
	const char *why;
} refused[] = {
#include "node_refused.h"
};

static struct {
	int run, refused;
	char why[8192];
} count;

static bool node_wanted(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		if (!strncmp(name, families[i], strlen(families[i])))
			return true;
	return false;
}

static const char *node_why(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		if (!strcmp(name, refused[i].name))
			return refused[i].why;
	return NULL;
}

static void *node_read(const char *test, const char *file, size_t *len)
{
	struct graph_err err;
	char path[512];
	void *p;

	snprintf(path, sizeof(path), NODE_DIR "/test_%s/%s", test, file);
	return util_read(path, 16 << 20, &p, len, &err) ? NULL : p;
}

static Onnx__Tensor *node_tensor(const char *test, const char *kind, size_t i)
{
	Onnx__Tensor *t;
	char file[64];
	size_t len;
	void *p;

	snprintf(file, sizeof(file), "test_data_set_0/%s_%zu.pb", kind, i);
	p = node_read(test, file, &len);
	t = p ? onnx__tensor__unpack(NULL, len, p) : NULL;
	free(p);
	return t;
}

/* Bind inputs 1 .. to their data. */
static bool node_bind(Onnx__Model *m, const char *test)
{
	Onnx__Graph *g = m->graph;
	size_t i;

	for (i = 1; i < g->n_input; i++) {
		g->initializer =
			realloc(g->initializer, (g->n_initializer + 1) * sizeof(*g->initializer));
		g->initializer[g->n_initializer] = node_tensor(test, "input", i);
		if (!g->initializer[g->n_initializer])
			return false;
		free(g->initializer[g->n_initializer]->name);
		g->initializer[g->n_initializer++]->name = strdup(g->input[i]->name);
	}
	return true;
}

/* Put a DequantizeLinear behind a node whose inputs `scale` and scale + 1 are the output's. */
static void node_dequantise(Onnx__Graph *g, int scale)
{
	Onnx__Node *last = g->node[0], *n = calloc(1, sizeof(*n));

	if ((size_t)scale >= last->n_input)
		scale = -1;
	onnx__node__init(n);
	n->op_type = strdup("DequantizeLinear");
	n->n_input = scale + 1 < (int)last->n_input ? 3 : 2;
	n->input = calloc(3, sizeof(char *));
	n->input[0] = strdup(last->output[0]);
	n->input[1] = strdup(last->input[scale]);
	if (n->n_input == 3)
		n->input[2] = strdup(last->input[scale + 1]);
	n->n_output = 1;
	n->output = calloc(1, sizeof(char *));
	n->output[0] = strdup("dequantised");
	g->node = realloc(g->node, 2 * sizeof(*g->node));
	g->node[g->n_node++] = n;
	free(g->output[0]->name);
	g->output[0]->name = strdup("dequantised");
}

/* The test's model with its constants bound, as a file. */
static uint8_t *node_model(const char *test, size_t *len, double *step, double *zp)
{
	const Onnx__Tensor *s;
	Onnx__Model *m;
	uint8_t *p = node_read(test, "model.onnx", len);
	int scale;

	if (!p)
		return NULL;
	m = onnx__model__unpack(NULL, *len, p);
	free(p);
	p = NULL;
	if (m && node_bind(m, test)) {
		scale = !strcmp(m->graph->node[0]->op_type, "QuantizeLinear") ? 1 :
			!strcmp(m->graph->node[0]->op_type, "QLinearMatMul") ? 6 : 0;
		if (scale) {
			s = m->graph->initializer[scale - 1];
			*step = s->raw_data.len ? *(float *)s->raw_data.data : s->float_data[0];
			s = m->graph->initializer[scale];
			*zp = s->raw_data.len ? s->raw_data.data[0] : s->int32_data[0];
			node_dequantise(m->graph, scale);
		}
		*len = onnx__model__get_packed_size(m);
		p = malloc(*len);
		onnx__model__pack(m, p);
	}
	onnx__model__free_unpacked(m, NULL);
	return p;
}

/* A tensor of the test data as doubles. */
static double *node_data(const char *test, const char *kind, size_t *n)
{
	struct graph_err err = { .msg = "" };
	struct onnx_ctx c = { .what = test, .err = &err };
	Onnx__Tensor *p = node_tensor(test, kind, 0);
	struct onnx_tensor t = { 0 };

	if (p && onnx_tensor_load(&c, p, &t))
		fail_msg("%s", err.msg);
	*n = t.n;
	onnx__tensor__free_unpacked(p, NULL);
	return t.v;
}

/*
 * What the importer left out: y[n] scores become what the test's output is; how many numbers that
 * is.
 */
static size_t node_finish(const char *test, double *y, size_t n)
{
	double max = y[0], sum = 0;
	size_t i, best = 0;

	for (i = 0; i < n; i++) {
		best = y[i] > y[best] ? i : best;
		max = fmax(max, y[i]);
	}
	if (!strncmp(test, "argmax", 6)) {
		y[0] = best;
		return 1;
	}
	for (i = 0; i < n; i++)
		sum += exp(y[i] - max);
	for (i = 0; i < n; i++)
		y[i] = !strncmp(test, "log", 3) ? y[i] - max - log(sum) : exp(y[i] - max) / sum;
	return n;
}

static void node_compare(const struct graph *g, const char *test, double step, double zp)
{
	size_t i, k, m, n_in, n_out, done = 0;
	double *x = node_data(test, "input", &n_in), *want = node_data(test, "output", &n_out), *y;

	y = calloc(g->n_outputs, sizeof(*y));
	for (i = 0; i + g->n_inputs <= n_in; i += g->n_inputs) {
		graph_run(g, x + i, y);
		m = g->classes ? node_finish(test, y, g->n_outputs) : g->n_outputs;
		for (k = 0; k < m && done < n_out; k++, done++) {
			if (step)
				try_near(y[k], (want[done] - zp) * step, step * .5000001);
			else
				try_near(y[k], want[done], 2e-6 * fmax(1, fabs(want[done])));
		}
	}
	assert_int_equal(i, n_in);
	assert_int_equal(done, n_out);
	free(x);
	free(y);
	free(want);
}

static void node_one(const char *test)
{
	const char *why = node_why(test);
	struct graph_err err = { .msg = "" };
	double step = 0, zp = 0;
	struct graph *g;
	size_t len;
	uint8_t *p = node_model(test, &len, &step, &zp);

	if (!p)
		fail_msg("%s: cannot be read", test);
	g = onnx_import(p, len, test, NULL, &err);
	free(p);
	if (!g != !!why)
		fail_msg("%s: %s", test, g ? "accepted" : err.msg);
	if (why) {
		if (!strstr(err.msg, why))
			fail_msg("%s\n    should say: %s", err.msg, why);
		count.refused++;
		return;
	}
	node_compare(g, test, step, zp);
	graph_free(g);
	count.run++;
}

static void test_nodes(void **state)
{
	struct dirent **list;
	int i, n = scandir(NODE_DIR, &list, NULL, alphasort);

	(void)state;
	if (n < 0) {
		print_message("%s is not there: package libonnx-testdata\n", NODE_DIR);
		skip();
	}
	for (i = 0; i < n; i++) {
		if (!strncmp(list[i]->d_name, "test_", 5) && node_wanted(list[i]->d_name + 5))
			node_one(list[i]->d_name + 5);
		free(list[i]);
	}
	free(list);
	print_message("ONNX node tests: %d run, %d refused for the reason that is listed\n",
		      count.run, count.refused);
	assert_true(count.run > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_nodes) };

	return cmocka_run_group_tests_name("import: ONNX node tests", tests, NULL, NULL);
}
