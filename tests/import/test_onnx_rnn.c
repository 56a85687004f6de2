// SPDX-License-Identifier: GPL-2.0
/*
 * GRU and LSTM as PyTorch and Keras export them, against the recurrences as the operators'
 * definitions read.
 */
#include "make_onnx.h"
#include "onnx_import.h"
#include "try.h"

#define T	5
#define IN	2
#define N	4

static struct graph_err err;

struct rnn {
	bool lstm, linear_first, reverse, rows_first, no_bias;
	float w[4 * N * IN], r[4 * N * N], b[8 * N];
};

static double unit(uint64_t *s)
{
	return try_random(s) / 2147483648.0 * 2 - 1;
}

static void fill(struct rnn *r, uint64_t seed)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(r->w); i++)
		r->w[i] = unit(&seed);
	for (i = 0; i < ARRAY_SIZE(r->r); i++)
		r->r[i] = unit(&seed);
	for (i = 0; i < ARRAY_SIZE(r->b); i++)
		r->b[i] = unit(&seed);
}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* Row `row` of W x, of R h, with its bias. */
static double of_x(const struct rnn *r, int gates, int row, const double *x)
{
	double sum = r->no_bias ? 0 : r->b[row];
	int i;

	for (i = 0; i < IN; i++)
		sum += r->w[row * IN + i] * x[i];
	(void)gates;
	return sum;
}

static double of_h(const struct rnn *r, int gates, int row, const double *h)
{
	double sum = r->no_bias ? 0 : r->b[gates * N + row];
	int i;

	for (i = 0; i < N; i++)
		sum += r->r[row * N + i] * h[i];
	return sum;
}

static void gru(const struct rnn *r, const double *x, double *h)
{
	double z[N], rh[N], g[N], reset[N];
	int i;

	for (i = 0; i < N; i++) {
		z[i] = sigmoid(of_x(r, 3, i, x) + of_h(r, 3, i, h));
		reset[i] = sigmoid(of_x(r, 3, N + i, x) + of_h(r, 3, N + i, h));
		rh[i] = reset[i] * h[i];
	}
	for (i = 0; i < N; i++)
		g[i] = tanh(of_x(r, 3, 2 * N + i, x) +
			    (r->linear_first ? reset[i] * of_h(r, 3, 2 * N + i, h)
					     : of_h(r, 3, 2 * N + i, rh)));
	for (i = 0; i < N; i++)
		h[i] = (1 - z[i]) * g[i] + z[i] * h[i];
}

static void lstm(const struct rnn *r, const double *x, double *h, double *c)
{
	double gate[4][N];
	int i, k;

	for (k = 0; k < 4; k++)
		for (i = 0; i < N; i++)
			gate[k][i] = of_x(r, 4, k * N + i, x) + of_h(r, 4, k * N + i, h);
	for (i = 0; i < N; i++) {
		c[i] = sigmoid(gate[2][i]) * c[i] + sigmoid(gate[0][i]) * tanh(gate[3][i]);
		h[i] = sigmoid(gate[1][i]) * tanh(c[i]);
	}
}

/* All outputs, [T][N]. */
static void reference(const struct rnn *r, const double *x, double *y)
{
	double h[N] = { 0 }, c[N] = { 0 };
	int t, at;

	for (t = 0; t < T; t++) {
		at = r->reverse ? T - 1 - t : t;
		if (r->lstm)
			lstm(r, x + at * IN, h, c);
		else
			gru(r, x + at * IN, h);
		memcpy(y + at * N, h, sizeof(h));
	}
}

/* The node itself, of `in`; outputs y, yh (and yc). */
static void put_rnn(struct mo *m, const struct rnn *r, const char *in)
{
	int gates = r->lstm ? 4 : 3;
	char ins[64];
	Onnx__Node *n;

	mo_floats(m, "w", r->w, 3, 1, gates * N, IN);
	mo_floats(m, "r", r->r, 3, 1, gates * N, N);
	if (!r->no_bias)
		mo_floats(m, "b", r->b, 2, 1, 2 * gates * N);
	snprintf(ins, sizeof(ins), "%s w r%s", in, r->no_bias ? "" : " b");
	n = mo_node(m, r->lstm ? "LSTM" : "GRU", ins, r->lstm ? "y yh yc" : "y yh");
	mo_i(m, n, "hidden_size", N);
	if (r->linear_first)
		mo_i(m, n, "linear_before_reset", 1);
	if (r->reverse)
		mo_s(m, n, "direction", "reverse");
	if (r->rows_first)
		mo_i(m, n, "layout", 1);
}

static struct mo *start(void)
{
	struct mo *m = mo_new(14);

	mo_input(m, "x", 3, 0, T, IN);
	mo_init(m, "zero", ONNX_INT64, (double[]) { 0 }, 1, 1);
	mo_init(m, "one", ONNX_INT64, (double[]) { 1 }, 1, 1);
	mo_init(m, "last", ONNX_INT64, (double[]) { -1 }, 0);
	return m;
}

static void turn(struct mo *m, const char *in, const char *out)
{
	mo_is(m, mo_node(m, "Transpose", in, out), "perm", (int64_t[]) { 1, 0, 2 }, 3);
}

/* PyTorch with batch_first: all outputs, then the last of them. */
static struct mo *torch_last(const struct rnn *r)
{
	struct mo *m = start();

	turn(m, "x", "xt");
	put_rnn(m, r, "xt");
	mo_node(m, "Squeeze", "y one", "s");
	turn(m, "s", "st");
	mo_i(m, mo_node(m, "Gather", "st last", "out"), "axis", 1);
	mo_output(m, "out");
	return m;
}

/* Keras by tf2onnx: the last state. */
static struct mo *keras_state(const struct rnn *r)
{
	struct mo *m = start();

	turn(m, "x", "xt");
	put_rnn(m, r, "xt");
	mo_node(m, "Squeeze", "yh zero", "out");
	mo_output(m, "out");
	return m;
}

/* All outputs, flat. */
static struct mo *sequence(const struct rnn *r)
{
	struct mo *m = start();

	if (r->rows_first) {
		put_rnn(m, r, "x");
		mo_node(m, "Flatten", "y", "out");
	} else {
		turn(m, "x", "xt");
		put_rnn(m, r, "xt");
		mo_node(m, "Squeeze", "y one", "s");
		turn(m, "s", "st");
		mo_node(m, "Flatten", "st", "out");
	}
	mo_output(m, "out");
	return m;
}

static void same(struct mo *m, const struct rnn *r, int n)
{
	double x[T * IN], want[T * N], got[T * N];
	uint64_t seed = 3;
	struct graph *g = try_imported(mo_import(m, &err), &err);
	int i, k;

	assert_int_equal(g->n_outputs, n);
	for (k = 0; k < 100; k++) {
		for (i = 0; i < T * IN; i++)
			x[i] = 2 * unit(&seed);
		reference(r, x, want);
		graph_run(g, x, got);
		for (i = 0; i < n; i++)
			try_near(got[i],
				 n == N ? want[(r->reverse ? 0 : (T - 1) * N) + i] : want[i], 1e-9);
	}
	graph_free(g);
}

static void test_layers(void **state)
{
	struct rnn r;
	int k;

	(void)state;
	for (k = 0; k < 32; k++) {
		memset(&r, 0, sizeof(r));
		fill(&r, k);
		r.lstm = k & 1;
		r.linear_first = k & 2 && !r.lstm;
		r.reverse = k & 4;
		r.rows_first = k & 8;
		r.no_bias = k & 16;
		same(sequence(&r), &r, T * N);
		if (r.rows_first)
			continue;
		same(keras_state(&r), &r, N);
		if (!r.reverse)
			same(torch_last(&r), &r, N);
	}
}

/* A state of zeros that is made from the input's shape, as PyTorch writes it. */
static void test_state(void **state)
{
	struct rnn r = { 0 };
	struct mo *m = start();
	Onnx__Node *n;

	(void)state;
	fill(&r, 9);
	mo_init(m, "first", ONNX_INT64, (double[]) { 0 }, 0);
	mo_init(m, "n", ONNX_INT64, (double[]) { N }, 1, 1);
	mo_node(m, "Shape", "x", "shape");
	mo_i(m, mo_node(m, "Gather", "shape first", "rows"), "axis", 0);
	mo_node(m, "Unsqueeze", "rows zero", "rows1");
	mo_i(m, mo_node(m, "Concat", "one rows1 n", "h0shape"), "axis", 0);
	mo_node(m, "ConstantOfShape", "h0shape", "h0");
	turn(m, "x", "xt");
	mo_floats(m, "w", r.w, 3, 1, 3 * N, IN);
	mo_floats(m, "r", r.r, 3, 1, 3 * N, N);
	mo_floats(m, "b", r.b, 2, 1, 6 * N);
	n = mo_node(m, "GRU", "xt w r b - h0", "y yh");
	mo_i(m, n, "hidden_size", N);
	mo_node(m, "Squeeze", "yh zero", "out");
	mo_output(m, "out");
	same(m, &r, N);
}

static void refused(struct mo *m, const char *words)
{
	try_refused(mo_import(m, &err), &err, words);
}

static void test_refusals(void **state)
{
	struct rnn r = { 0 };
	struct mo *m;

	(void)state;
	fill(&r, 1);
	m = keras_state(&r);
	mo_s(m, m->graph.node[1], "direction", "bidirectional");
	refused(m, "(GRU): both directions are not supported: train with bidirectional=False");
	m = start();
	put_rnn(m, &r, "x");
	mo_output(m, "yh");
	refused(m, "(GRU): its input is not [time, rows, numbers]");
	m = start();
	turn(m, "x", "xt");
	put_rnn(m, &r, "xt");
	mo_node(m, "Relu", "y", "out");
	mo_output(m, "out");
	refused(m,
		"(Relu): rows are not the first dimension of 'y', which a recurrent layer makes or "
		"reads");
	m = keras_state(&r);
	mo_f(m, m->graph.node[1], "clip", 3);
	refused(m, "(GRU): clip and input_forget are not supported");
	m = keras_state(&r);
	mo_ss(m, m->graph.node[1], "activations", "Sigmoid Relu");
	refused(m, "(GRU): activation 'Relu' is not supported");
	m = start();
	turn(m, "x", "xt");
	put_rnn(m, &r, "xt");
	m->graph.node[1]->op_type[0] = 'G';
	mo_i(m, mo_node(m, "Gather", "yh one", "out"), "axis", 0);
	mo_output(m, "out");
	refused(m, "(Gather): only one step of a recurrent layer's output can be "
		"selected, by its number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests_name("import: ONNX, recurrent layers", tests, NULL, NULL);
}
