// SPDX-License-Identifier: GPL-2.0
/*
 * The TFLite importer, against plain loops that follow TensorFlow Lite's definitions operator by
 * operator, on int8 in int8 out; and one refusal per rule.
 *
 * The loops share nothing with the importer: zero points are subtracted from the inputs, each row
 * keeps its own shift, and multipliers are found by scaling, not by frexp().
 *
 * One file, though long: an operator is a short loop and a test, a refusal a few lines.
 */
#include "make_tflite.h"
#include "try.h"

static struct graph *import(const struct mt_model *m, struct graph_err *err)
{
	struct graph *g;
	size_t len;
	uint8_t *p = mt_pack(m, &len);

	g = tflite_import(p, len, "test.tflite", NULL, err);
	free(p);
	return g;
}

/* --- the reference --- */

static int64_t ref_scaled(int64_t x, double real)
{
	int shift = 0;
	int64_t m;

	if (real == 0)
		return 0;
	while (real >= 1) {
		real /= 2;
		shift++;
	}
	while (real < .5) {
		real *= 2;
		shift--;
	}
	m = llround(real * 2147483648.0);
	if (m == 2147483648) {
		m /= 2;
		shift++;
	}
	if (shift < -31)
		return 0;
	return (x * m + ((int64_t)1 << (30 - shift))) >> (31 - shift);
}

static int ref_level(const struct mt_tensor *t, float x)
{
	return t->zp[0] + (int)roundf(x / t->scale[0]);
}

static int ref_clamp(const struct mt_tensor *t, int act, int64_t y)
{
	int lo = -128, hi = 127;

	if (act == TFLITE_ACT_RELU || act == TFLITE_ACT_RELU6)
		lo = ref_level(t, 0) > lo ? ref_level(t, 0) : lo;
	if (act == TFLITE_ACT_RELU6)
		hi = ref_level(t, 6) < hi ? ref_level(t, 6) : hi;
	if (act == TFLITE_ACT_RELU_N1_TO_1) {
		lo = ref_level(t, -1) > lo ? ref_level(t, -1) : lo;
		hi = ref_level(t, 1) < hi ? ref_level(t, 1) : hi;
	}
	y = y > lo ? y : lo;
	return y < hi ? y : hi;
}

static void ref_fc(const struct mt_model *m, const struct mt_op *op, const int *x, int *y)
{
	const struct mt_tensor *in = &m->tensor[op->in[0]], *w = &m->tensor[op->in[1]],
			       *out = &m->tensor[op->out];
	const int32_t *bias = op->in[2] < 0 || op->n_in < 3 ? NULL : m->tensor[op->in[2]].data;
	double real;
	int64_t acc;
	int o, i;

	for (o = 0; o < w->dims[0]; o++) {
		acc = bias ? bias[o] : 0;
		for (i = 0; i < w->dims[1]; i++)
			acc += ((const int8_t *)w->data)[o * w->dims[1] + i] * (x[i] - in->zp[0]);
		real = w->n_scales > 1 ?
			       (double)in->scale[0] * (double)w->scale[o] / (double)out->scale[0] :
			       (double)(in->scale[0] * w->scale[0]) / (double)out->scale[0];
		y[o] = ref_clamp(out, op->act, ref_scaled(acc, real) + out->zp[0]);
	}
}

static void ref_lut(const struct mt_model *m, const struct mt_op *op, const int *x, int *y, int n)
{
	const struct mt_tensor *in = &m->tensor[op->in[0]], *out = &m->tensor[op->out];
	float f;
	int i;

	for (i = 0; i < n; i++) {
		f = in->scale[0] * (x[i] - in->zp[0]);
		f = op->code == TFLITE_TANH ? tanhf(f) : 1.0f / (1.0f + expf(-f));
		y[i] = ref_clamp(out, 0, (int)(roundf(f * (1 / out->scale[0])) + out->zp[0]));
	}
}

static void ref_rescale(const struct mt_model *m, const struct mt_op *op, const int *x, int *y,
			int n)
{
	const struct mt_tensor *in = &m->tensor[op->in[0]], *out = &m->tensor[op->out];
	int i, act = op->code == TFLITE_RELU         ? TFLITE_ACT_RELU :
		     op->code == TFLITE_RELU6        ? TFLITE_ACT_RELU6 :
		     op->code == TFLITE_RELU_N1_TO_1 ? TFLITE_ACT_RELU_N1_TO_1 :
						       0;
	double real = act ? (double)(in->scale[0] / out->scale[0]) :
			    (double)in->scale[0] / (double)out->scale[0];

	for (i = 0; i < n; i++)
		y[i] = ref_clamp(out, act, ref_scaled(x[i] - in->zp[0], real) + out->zp[0]);
}

/* The int8 operators of m on x; the answer is where the last one put its output. */
static int ref_run(const struct mt_model *m, int *x, int *n)
{
	int i, last = m->input, y[64];
	const struct mt_op *op;

	for (i = 0; i < m->n_ops; i++) {
		op = &m->op[i];
		if (m->tensor[op->in[0]].type != TFLITE_INT8 ||
		    m->tensor[op->out].type != TFLITE_INT8)
			continue;
		if (op->code == TFLITE_FULLY_CONNECTED) {
			ref_fc(m, op, x, y);
			*n = m->tensor[op->in[1]].dims[0];
		} else if (op->code == TFLITE_TANH || op->code == TFLITE_LOGISTIC) {
			ref_lut(m, op, x, y, *n);
		} else {
			ref_rescale(m, op, x, y, *n);
		}
		memcpy(x, y, *n * sizeof(*x));
		last = op->out;
	}
	return last;
}

/* Both ways on random inputs: the same integers out. */
static void same_bits(const struct mt_model *m, const struct graph *g, uint64_t *seed, int rows)
{
	double x[64], y[64];
	int q[64], i, n, last;

	while (rows--) {
		for (i = 0; i < (int)g->n_inputs; i++) {
			q[i] = (int)(try_random(seed) & 255) - 128;
			x[i] = (q[i] - g->in_zp) * (double)g->in_scale;
		}
		n = g->n_inputs;
		graph_run(g, x, y);
		last = ref_run(m, q, &n);
		assert_int_equal(n, g->n_outputs);
		assert_int_equal(m->tensor[last].zp[0], g->out_zp);
		for (i = 0; i < n; i++)
			assert_int_equal((int)lround(y[i] / g->out_scale) + g->out_zp, q[i]);
	}
}

static void test_float(void **state)
{
	struct graph_err err;
	struct mt_model m;
	struct graph *g;
	double x[3] = { 1, -2, .5 }, y[2], h[4], want[2] = { 0 };
	int o, i;

	(void)state;
	mt_sample(0, &m);
	g = try_imported(import(&m, &err), &err);
	assert_true(g->classes);
	assert_int_equal(g->n_layers, 3);
	graph_run(g, x, y);
	for (o = 0; o < 4; o++) {
		h[o] = ((const float *)m.tensor[2].data)[o];
		for (i = 0; i < 3; i++)
			h[o] += ((const float *)m.tensor[1].data)[o * 3 + i] * x[i];
		h[o] = tanh(fmin(fmax(h[o], 0), 6));
	}
	for (o = 0; o < 2; o++) {
		for (i = 0; i < 4; i++)
			want[o] += ((const int8_t *)m.tensor[7].data)[o * 4 + i] *
				   (double)m.tensor[7].scale[o] * h[i];
		try_near(y[o], want[o], 1e-12);
	}
	graph_free(g);
}

static void test_half(void **state)
{
	struct graph_err err;
	struct mt_model m;
	struct graph *g;
	double x[3] = { 1, -2, .5 }, y[2];

	(void)state;
	mt_sample(1, &m);
	g = try_imported(import(&m, &err), &err);
	graph_run(g, x, y);	/* weights 1 -1 .5 | 2 .25 -.25 */
	try_near(y[0], 1 / (1 + exp(-3.25)), 1e-12);
	try_near(y[1], 1 / (1 + exp(-1.375)), 1e-12);
	graph_free(g);
}

static void test_int8_sample(void **state)
{
	uint64_t seed = 1;
	struct graph_err err;
	struct mt_model m;
	struct graph *g;

	(void)state;
	mt_sample(2, &m);
	g = try_imported(import(&m, &err), &err);
	assert_true(g->exact);
	same_bits(&m, g, &seed, 2000);
	graph_free(g);
}

/* A random FC of n_in to n_out with scales of rows up to 2^spread apart, then TANH or LOGISTIC. */
static void random_model(struct mt_model *m, uint64_t *s, int8_t *w, int32_t *bias, int spread)
{
	int i, n_in = 1 + try_random(s) % 24, n_out = 1 + try_random(s) % 24,
	       lut = try_random(s) & 1;
	bool per_row = try_random(s) & 1 && n_out > 1;
	float base = .001f * (1 + try_random(s) % 100), in = .001f * (1 + try_random(s) % 200);
	struct mt_tensor *t = m->tensor;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < n_in * n_out; i++)
		w[i] = (int)(try_random(s) % 255) - 127;
	for (i = 0; i < n_out; i++)
		bias[i] = (int)(try_random(s) % 20001) - 10000;
	m->n_tensors = 5;
	m->n_ops = 2;
	m->output = 4;
	t[0] = (struct mt_tensor){ "x",
				   TFLITE_INT8,
				   2,
				   { 1, n_in },
				   .n_scales = 1,
				   .scale = { in },
				   .n_zps = 1,
				   .zp = { (int)(try_random(s) & 255) - 128 } };
	t[1] = (struct mt_tensor){ "w",          TFLITE_INT8,        2, { n_out, n_in }, w,
				   n_in * n_out, per_row ? n_out : 1 };
	for (i = 0; i < t[1].n_scales; i++)
		t[1].scale[i] = base * exp2f((float)(try_random(s) % 1000) / 1000 * spread);
	t[2] = (struct mt_tensor) { "b", TFLITE_INT32, 1, { n_out }, bias, 4 * n_out };
	t[3] = (struct mt_tensor) { "h", TFLITE_INT8, 2, { 1, n_out }, .n_scales = 1,
				    .scale = { in * base * (20 + try_random(s) % 500) },
				    .n_zps = 1, .zp = { (int)(try_random(s) & 255) - 128 } };
	t[4] = (struct mt_tensor) { "y", TFLITE_INT8, 2, { 1, n_out }, .n_scales = 1,
				    .scale = { lut ? 1. / 128 : 1. / 256 },
				    .n_zps = 1, .zp = { lut ? 0 : -128 } };
	m->op[0] = (struct mt_op){ TFLITE_FULLY_CONNECTED,
				   3,
				   { 0, 1, 2 },
				   3,
				   .act = try_random(s) & 3 };
	m->op[1] = (struct mt_op) { lut ? TFLITE_TANH : TFLITE_LOGISTIC, 1, { 3 }, 4 };
	if (try_random(s) & 1) {
		m->n_ops = 1;
		m->output = 3;
	}
}

static void test_int8_random(void **state)
{
	int i, lifted = 0, lowered = 0, refused = 0;
	static int8_t w[24 * 24];
	static int32_t bias[24];
	uint64_t seed = 2;
	struct graph_err err;
	struct mt_model m;
	struct graph *g;

	(void)state;
	for (i = 0; i < 1000; i++) {
		random_model(&m, &seed, w, bias, i % 20);
		g = import(&m, &err);
		if (!g) {
			if (!strstr(err.msg, "too far for one shift"))
				fail_msg("%s", err.msg);
			assert_true(i % 20 > 9);	/* not where the scales are within 2^9 */
			refused++;
			continue;
		}
		lifted += m.tensor[1].n_scales > 1 && i % 20 > 1;
		lowered += m.tensor[1].n_scales > 1 && i % 20 > 8;
		same_bits(&m, g, &seed, 50);
		graph_free(g);
	}
	print_message("1000 random int8 layers, %d with rows of differing scales, %d of them 2^9 "
		      "apart or more, %d refused\n",
		      lifted, lowered, refused);
	assert_true(lifted > 200 && lowered > 150 && refused < 10);
}

/* Pruning leaves rows of a few small weights, whose scale is small, too: all are taken. */
static void test_int8_pruned(void **state)
{
	static int8_t w[24 * 24];
	static int32_t bias[24];
	struct graph_err err;
	uint64_t seed = 4;
	struct mt_model m;
	struct graph *g;
	int i, k, o, n_in, pruned = 0;

	(void)state;
	for (i = 0; i < 400; i++) {
		random_model(&m, &seed, w, bias, 0);
		n_in = m.tensor[1].dims[1];
		if (m.tensor[1].n_scales == 1)
			continue;
		for (o = 0; o < m.tensor[1].dims[0]; o += 2) {
			for (k = 0; k < n_in; k++)
				w[o * n_in + k] = try_random(&seed) % 8 ? 0 : w[o * n_in + k];
			bias[o] /= 16;
			m.tensor[1].scale[o] /= 1 << (6 + i % 8);
		}
		g = try_imported(import(&m, &err), &err);
		pruned++;
		same_bits(&m, g, &seed, 50);
		graph_free(g);
	}
	print_message("%d layers with pruned rows\n", pruned);
	assert_true(pruned > 100);
}

/* Multipliers of 1 and more: the shift is lifted to 31. */
static void test_int8_rescale(void **state)
{
	static const int codes[] = { TFLITE_QUANTIZE, TFLITE_RELU, TFLITE_RELU6,
				     TFLITE_RELU_N1_TO_1 };
	static const float scales[] = { .1f, .05f, .1f / 3, 1, .7f, .01f };
	uint64_t seed = 3;
	struct graph_err err;
	struct mt_model m;
	struct graph *g;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(codes); i++)
		for (k = 0; k < ARRAY_SIZE(scales); k++) {
			m = (struct mt_model) {
				.n_tensors = 2, .n_ops = 1, .output = 1,
				.tensor = {
					{ "x", TFLITE_INT8, 2, { 1, 8 },
					  .n_scales = 1, .scale = { .1f },
					  .n_zps = 1, .zp = { 3 } },
					{ "y", TFLITE_INT8, 2, { 1, 8 },
					  .n_scales = 1, .scale = { scales[k] },
					  .n_zps = 1, .zp = { k ? -9 : 3 } },
				},
				.op = { { codes[i], 1, { 0 }, 1 } },
			};
			g = try_imported(import(&m, &err), &err);
			same_bits(&m, g, &seed, 300);
			graph_free(g);
		}
}

/* A row that can never leave zero must not push the others' shift away. */
static void test_int8_dead_row(void **state)
{
	static const int8_t w[] = { 100, -100, 1, 0 };
	uint64_t seed = 4;
	struct graph_err err;
	struct graph *g;
	struct mt_model m = {
		.n_tensors = 3, .n_ops = 1, .output = 2,
		.tensor = {
			{ "x", TFLITE_INT8, 2, { 1, 2 },
			  .n_scales = 1, .scale = { .1f }, .n_zps = 1, .zp = { 3 } },
			{ "w", TFLITE_INT8, 2, { 2, 2 }, w, 4, 2, { .01f, 1e-9f } },
			{ "y", TFLITE_INT8, 2, { 1, 2 },
			  .n_scales = 1, .scale = { .1f }, .n_zps = 1, .zp = { -9 } },
		},
		.op = { { TFLITE_FULLY_CONNECTED, 2, { 0, 1 }, 2 } },
	};

	(void)state;
	g = try_imported(import(&m, &err), &err);
	assert_int_equal(g->layers[0].exact->m[1], 0);
	same_bits(&m, g, &seed, 500);
	graph_free(g);
}

/* A scaler before the matrix, a constant on either side, an activation in the arithmetic. */
static void test_arith(void **state)
{
	struct graph_err err;
	struct mt_model m;
	struct graph *g;
	double y[2];

	(void)state;
	assert_true(mt_sample(3, &m));
	g = try_imported(import(&m, &err), &err);
	assert_int_equal(g->n_inputs, 3);
	graph_run(g, (double[]) { 3, -1, 8.5 }, y);	/* scaled: 2, 0, 2; W: 3, 4 */
	try_near(y[0], 0, 1e-12);
	try_near(y[1], 0, 1e-12);
	graph_run(g, (double[]) { 1, -1.25, 8.5 }, y);	/* -2, -1, 2: 1, -8.25 */
	try_near(y[0], 1, 1e-12);
	try_near(y[1], 2 + 8.25 / 4, 1e-12);
	graph_free(g);
	m.op[1].code = TFLITE_MUL;
	m.op[4].code = TFLITE_ADD;
	g = try_imported(import(&m, &err), &err);
	graph_run(g, (double[]) { 4, -1, .75 }, y);	/* 1, 0, 1: 1.5, 2 */
	try_near(y[0], 3.5, 1e-12);
	try_near(y[1], 4, 1e-12);
	graph_free(g);
}

/* --- refusals: each changes one thing of a sample --- */

static void bad_op(struct mt_model *m)		{ m->op[1].code = 3; }
static void no_constant(struct mt_model *m)	{ m->op[1].in[1] = -1; }
static void bad_divisor(struct mt_model *m)	{ m->op[4].code = TFLITE_DIV; }
static void bad_constant(struct mt_model *m)	{ m->tensor[3].dims[0] = 2; m->tensor[3].len = 8; }
static void bad_two(struct mt_model *m)		{ m->op[1].in[1] = 2; }
static void bad_version(struct mt_model *m)	{ m->version = 2; }
static void bad_types(struct mt_model *m)
{
	m->tensor[1].type = m->tensor[4].type = TFLITE_INT16;
}
static void bad_int16(struct mt_model *m)
{
	m->input = 1;
	m->tensor[1].type = TFLITE_INT16;
	m->op[0] = m->op[1];
}
static void bad_branch(struct mt_model *m)	{ m->op[3].in[0] = 4; }
static void bad_weights(struct mt_model *m)	{ m->tensor[2].dims[0] = 3; }
static void bad_width(struct mt_model *m)	{ m->tensor[2].dims[1] = 2; }
static void bad_length(struct mt_model *m)	{ m->tensor[2].len = 11; }
static void bad_no_data(struct mt_model *m)	{ m->tensor[2].data = NULL; }
static void bad_zp(struct mt_model *m)		{ m->tensor[2].zp[1] = 1; }
static void bad_axis(struct mt_model *m)	{ m->tensor[2].axis = 1; }
static void bad_scales(struct mt_model *m)	{ m->tensor[2].n_scales = 3; }
static void bad_no_scale(struct mt_model *m)	{ m->tensor[4].n_scales = 0; }
static void bad_nan_scale(struct mt_model *m)	{ m->tensor[2].scale[2] = NAN; }
static void bad_zero_scale(struct mt_model *m)	{ m->tensor[1].scale[0] = 0; }
static void bad_inf_scale(struct mt_model *m)	{ m->tensor[4].scale[0] = INFINITY; }
static void bad_far_zp(struct mt_model *m)	{ m->tensor[4].zp[0] = 200; }
static void bad_lut_scale(struct mt_model *m)	{ m->tensor[5].scale[0] = .01f; }
static void bad_lut_zp(struct mt_model *m)	{ m->tensor[9].zp[0] = 0; }
static void bad_act(struct mt_model *m)		{ m->op[1].act = TFLITE_ACT_TANH; }
static void bad_format(struct mt_model *m)	{ m->op[1].format = 1; }
static void bad_bias(struct mt_model *m)	{ m->tensor[3].len = 12; }
static void bad_bias_scale(struct mt_model *m)
{
	m->tensor[2].n_scales = m->tensor[2].n_zps = 1;
	m->tensor[3].n_scales = 1;
	m->tensor[3].scale[0] = 1;
}

static void bad_dims(struct mt_model *m)	{ m->tensor[0].dims[1] = 0; }
static void bad_many(struct mt_model *m)
{
	m->tensor[0].dims[0] = 65536;
	m->tensor[0].dims[1] = 65536;
}
static void bad_inputs(struct mt_model *m)	{ m->tensor[0].dims[1] = 257; }
static void bad_output(struct mt_model *m)	{ m->output = 3; }
static void bad_tensor(struct mt_model *m)	{ m->op[2].in[0] = 4; m->op[2].out = 99; }
static void bad_after(struct mt_model *m)
{
	m->op[m->n_ops++] = (struct mt_op) { TFLITE_TANH, 1, { 10 }, 0 };
}

static void bad_mixed(struct mt_model *m)
{
	m->op[0].code = TFLITE_TANH;
	m->tensor[1].type = TFLITE_FLOAT32;
	m->op[1] = (struct mt_op) { TFLITE_QUANTIZE, 1, { 1 }, 4 };
	m->tensor[4].dims[1] = 3;
}

static void bad_no_input(struct mt_model *m)	{ m->op[1].n_in = 1; }

static const float nan_weights[12] = { NAN };

static void bad_nan(struct mt_model *m)		{ m->tensor[1].data = nan_weights; }
static void bad_beta(struct mt_model *m)	{ m->op[5].beta = -1; }
static void bad_after_softmax(struct mt_model *m)
{
	m->op[m->n_ops++] = (struct mt_op) { TFLITE_RELU, 1, { 6 }, 5 };
	m->output = 5;
}

static void bad_reshape(struct mt_model *m)	{ m->tensor[8].dims[0] = 3; }

static const struct {
	int sample;
	void (*spoil)(struct mt_model *m);
	const char *words;
} refusals[] = {
	{ 2, bad_op, "operator 1 (CONV_2D): operator not supported" },
	{ 3, no_constant, "operator 1 (DIV): it has no constant" },
	{ 3, bad_divisor, "operator 4 (DIV): a constant divided by the input is not supported" },
	{ 3, bad_constant, "operator 1 (DIV): constant 'dev' of 2 numbers does not fit 3" },
	{ 3, bad_two, "operator 1 (DIV): one of its two inputs must be a constant" },
	{ 2, bad_version, "schema version 2" },
	{ 2, bad_types, "operator 0 (QUANTIZE): from type 0 to type 7 is not supported" },
	{ 2, bad_int16, "operator 0 (FULLY_CONNECTED): activations of 16 bits are not supported" },
	{ 2, bad_branch,
	  "operator 3 (RELU6): it reads tensor 4, not what the operator before made: the graph "
	  "branches" },
	{ 2, bad_weights, "weights 'w0' do not fit 3 inputs and 4 outputs" },
	{ 2, bad_width, "weights 'w0' do not fit 3 inputs and 4 outputs" },
	{ 2, bad_length, "weights 'w0' have type 9 and 11 bytes for 12 numbers" },
	{ 2, bad_no_data, "input 1 ('w0') is not a constant" },
	{ 2, bad_zp, "weights 'w0' have a zero point" },
	{ 2, bad_axis, "weights 'w0' have 4 scales along axis 1" },
	{ 2, bad_scales, "weights 'w0' have 3 scales along axis 0" },
	{ 2, bad_no_scale, "tensor 'h' has no scale, or several" },
	{ 2, bad_nan_scale, "row 2: the weights' scale is nan" },
	{ 2, bad_zero_scale, "tensor 'q' has no scale" },
	{ 2, bad_inf_scale, "tensor 'h' has no scale" },
	{ 2, bad_far_zp, "tensor 'h' has zero point 200" },
	{ 2, bad_lut_scale, "operator 2 (TANH): its output has scale 0.01" },
	{ 2, bad_lut_zp,
	  "operator 5 (LOGISTIC): its output has scale 0.00390625 and zero point 0, not 1/256 and "
	  "-128" },
	{ 2, bad_act, "fused activation 4 is not supported on int8" },
	{ 2, bad_format, "weights 'w0' are shuffled" },
	{ 2, bad_bias, "bias 'b0' is not 4 numbers of int32" },
	{ 2, bad_bias_scale, "bias 'b0' has scale 1" },
	{ 2, bad_dims, "tensor 'x': dimension 1 is 0" },
	{ 2, bad_many, "tensor 'x': dimension 1 is 65536" },
	{ 2, bad_inputs, "257 inputs, more than 256" },
	{ 2, bad_output, "output tensor 3 is not what the last operator made" },
	{ 2, bad_tensor, "damaged" },
	{ 2, bad_after, "operator 7 (TANH): nothing that computes may follow DEQUANTIZE" },
	{ 2, bad_mixed, "a mix of float and int8 layers is not supported" },
	{ 2, bad_no_input, "it has no weights" },
	{ 0, bad_nan, "'w0' has a number that is infinite, not a number" },
	{ 0, bad_beta, "operator 5 (SOFTMAX): beta is -1" },
	{ 0, bad_after_softmax, "operator 6 (RELU): nothing that computes may follow SOFTMAX" },
	{ 0, bad_reshape, "operator 2 (RESHAPE): it makes 3 numbers of 4" },
};

static void test_refusals(void **state)
{
	struct graph_err err;
	struct mt_model m;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		mt_sample(refusals[i].sample, &m);
		refusals[i].spoil(&m);
		try_refused(import(&m, &err), &err, refusals[i].words);
	}
	try_refused(tflite_import("", 0, "empty.tflite", NULL, &err), &err,
		    "empty.tflite: not a TFLite model");
	print_message("%zu refusals\n", ARRAY_SIZE(refusals) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_float),	     cmocka_unit_test(test_half),
		cmocka_unit_test(test_int8_sample),  cmocka_unit_test(test_arith),
		cmocka_unit_test(test_int8_random),  cmocka_unit_test(test_int8_pruned),
		cmocka_unit_test(test_int8_rescale), cmocka_unit_test(test_int8_dead_row),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests_name("import: TFLite", tests, NULL, NULL);
}
