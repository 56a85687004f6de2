// SPDX-License-Identifier: GPL-2.0
/*
 * Making TFLite files in a test: see make_tflite.h.
 *
 * The writer goes forward: a table is written with room for its offsets, and what they lead to is
 * written later and linked. A vtable stands right before its table.
 */
#include <stdlib.h>
#include <string.h>

#include "make_tflite.h"

struct mt_buf {
	uint8_t *p;
	size_t n, cap;
};

static size_t mt_room(struct mt_buf *b, size_t n)
{
	size_t at = (b->n + 7) & ~(size_t)7;

	if (at + n + 8 > b->cap) {
		b->cap = 2 * (at + n + 8);
		b->p = realloc(b->p, b->cap);
	}
	memset(b->p + b->n, 0, at + n + 8 - b->n);
	b->n = at + n;
	return at;
}

static void mt_put(struct mt_buf *b, size_t at, uint64_t v, int size)
{
	while (size--) {
		b->p[at++] = v;
		v >>= 8;
	}
}

static void mt_put_f32(struct mt_buf *b, size_t at, float f)
{
	uint32_t w;

	memcpy(&w, &f, 4);
	mt_put(b, at, w, 4);
}

/*
 * A table of n fields, 8 bytes each; field i stands at mt_at(table, i). Fields of `mask` only are
 * there.
 */
static size_t mt_table(struct mt_buf *b, int n, unsigned int mask)
{
	size_t vtable = mt_room(b, 4 + 2 * n), table = mt_room(b, 8 + 8 * n);
	int i;

	mt_put(b, vtable, 4 + 2 * n, 2);
	mt_put(b, vtable + 2, 8 + 8 * n, 2);
	for (i = 0; i < n; i++)
		mt_put(b, vtable + 4 + 2 * i, mask & 1u << i ? 8 + 8 * i : 0, 2);
	mt_put(b, table, table - vtable, 4);
	return table;
}

static size_t mt_at(size_t table, int i)
{
	return table + 8 + 8 * i;
}

static void mt_link(struct mt_buf *b, size_t from, size_t to)
{
	mt_put(b, from, to - from, 4);
}

/* A vector; element i of `size` bytes stands at the answer + 4 + i * size. */
static size_t mt_vector(struct mt_buf *b, const void *data, size_t n, size_t size)
{
	size_t at = mt_room(b, 4 + n * size);

	mt_put(b, at, n, 4);
	if (data && n)
		memcpy(b->p + at + 4, data, n * size);
	return at;
}

static size_t mt_ints(struct mt_buf *b, const int *v, size_t n)
{
	size_t i, at = mt_vector(b, NULL, n, 4);

	for (i = 0; i < n; i++)
		mt_put(b, at + 4 + 4 * i, (uint32_t)v[i], 4);
	return at;
}

static size_t mt_quant(struct mt_buf *b, const struct mt_tensor *t)
{
	u32 fields = 1u << TFLITE_QUANT_SCALE | 1u << TFLITE_QUANT_ZP | 1u << TFLITE_QUANT_AXIS;
	size_t q = mt_table(b, 7, fields);

	mt_put(b, mt_at(q, TFLITE_QUANT_AXIS), t->axis, 4);
	mt_link(b, mt_at(q, TFLITE_QUANT_SCALE), mt_vector(b, t->scale, t->n_scales, 4));
	mt_link(b, mt_at(q, TFLITE_QUANT_ZP), mt_vector(b, t->zp, t->n_zps, 8));
	return q;
}

static size_t mt_tensor(struct mt_buf *b, const struct mt_tensor *t, int index)
{
	size_t at = mt_table(b, 5, t->n_scales ? 31 : 15);

	mt_put(b, mt_at(at, TFLITE_TENSOR_TYPE), t->type, 1);
	mt_put(b, mt_at(at, TFLITE_TENSOR_BUFFER), t->data ? index + 1 : 0, 4);
	mt_link(b, mt_at(at, TFLITE_TENSOR_SHAPE), mt_ints(b, t->dims, t->rank));
	mt_link(b, mt_at(at, TFLITE_TENSOR_NAME), mt_vector(b, t->name, strlen(t->name), 1));
	if (t->n_scales)
		mt_link(b, mt_at(at, TFLITE_TENSOR_QUANT), mt_quant(b, t));
	return at;
}

static bool mt_is_arith(int code)
{
	return code == TFLITE_ADD || code == TFLITE_SUB || code == TFLITE_MUL || code == TFLITE_DIV;
}

static size_t mt_options(struct mt_buf *b, const struct mt_op *op)
{
	bool real = op->code == TFLITE_SOFTMAX || op->code == TFLITE_LEAKY_RELU;
	size_t o = mt_table(b, 2, real ? 1 : 3);

	if (real) {
		mt_put_f32(b, mt_at(o, TFLITE_SOFTMAX_BETA), op->beta);
		return o;
	}
	mt_put(b, mt_at(o, TFLITE_FC_ACT), op->act, 1);
	mt_put(b, mt_at(o, TFLITE_FC_FORMAT), op->format, 1);
	return o;
}

static size_t mt_op(struct mt_buf *b, const struct mt_op *op, int index)
{
	bool options = op->code == TFLITE_SOFTMAX || op->code == TFLITE_FULLY_CONNECTED ||
		       op->code == TFLITE_LEAKY_RELU || mt_is_arith(op->code);
	size_t at = mt_table(b, 5, 7 | (options ? 1u << TFLITE_OP_OPTIONS : 0));

	mt_put(b, mt_at(at, TFLITE_OP_CODE), index, 4);
	mt_link(b, mt_at(at, TFLITE_OP_INPUTS), mt_ints(b, op->in, op->n_in));
	mt_link(b, mt_at(at, TFLITE_OP_OUTPUTS), mt_ints(b, &op->out, 1));
	if (options)
		mt_link(b, mt_at(at, TFLITE_OP_OPTIONS), mt_options(b, op));
	return at;
}

static size_t mt_graph(struct mt_buf *b, const struct mt_model *m)
{
	size_t g = mt_table(b, 5, 31), v;
	int i;

	mt_link(b, mt_at(g, TFLITE_GRAPH_INPUTS), mt_ints(b, &m->input, 1));
	mt_link(b, mt_at(g, TFLITE_GRAPH_OUTPUTS), mt_ints(b, &m->output, 1));
	mt_link(b, mt_at(g, TFLITE_GRAPH_NAME), mt_vector(b, "main", 4, 1));
	v = mt_vector(b, NULL, m->n_tensors, 4);
	mt_link(b, mt_at(g, TFLITE_GRAPH_TENSORS), v);
	for (i = 0; i < m->n_tensors; i++)
		mt_link(b, v + 4 + 4 * i, mt_tensor(b, &m->tensor[i], i));
	v = mt_vector(b, NULL, m->n_ops, 4);
	mt_link(b, mt_at(g, TFLITE_GRAPH_OPS), v);
	for (i = 0; i < m->n_ops; i++)
		mt_link(b, v + 4 + 4 * i, mt_op(b, &m->op[i], i));
	return g;
}

/* One code per operator, in the operators' order. */
static void mt_codes(struct mt_buf *b, size_t at, const struct mt_model *m)
{
	size_t v = mt_vector(b, NULL, m->n_ops, 4), code;
	int i;

	mt_link(b, at, v);
	for (i = 0; i < m->n_ops; i++) {
		code = mt_table(b, 4, 1u << TFLITE_CODE_OLD | 1u << TFLITE_CODE_BUILTIN);
		mt_link(b, v + 4 + 4 * i, code);
		mt_put(b, mt_at(code, TFLITE_CODE_OLD), m->op[i].code, 1);
		mt_put(b, mt_at(code, TFLITE_CODE_BUILTIN), m->op[i].code, 4);
	}
}

/* Buffer 0 is empty, tensor i has buffer i + 1. */
static void mt_buffers(struct mt_buf *b, size_t at, const struct mt_model *m)
{
	size_t v = mt_vector(b, NULL, m->n_tensors + 1, 4), buf;
	int i;

	mt_link(b, at, v);
	for (i = 0; i <= m->n_tensors; i++) {
		buf = mt_table(b, 1, i && m->tensor[i - 1].data);
		mt_link(b, v + 4 + 4 * i, buf);
		if (i && m->tensor[i - 1].data)
			mt_link(b, mt_at(buf, TFLITE_BUFFER_DATA),
				mt_vector(b, m->tensor[i - 1].data, m->tensor[i - 1].len, 1));
	}
}

uint8_t *mt_pack(const struct mt_model *m, size_t *len)
{
	struct mt_buf b = { 0 };
	size_t model, graphs;

	mt_room(&b, 8);
	memcpy(b.p + 4, "TFL3", 4);
	model = mt_table(&b, 5, 31);
	mt_link(&b, 0, model);
	mt_put(&b, mt_at(model, TFLITE_MODEL_VERSION), m->version ? m->version : TFLITE_VERSION, 4);
	mt_link(&b, mt_at(model, TFLITE_MODEL_DESCRIPTION), mt_vector(&b, "make_tflite", 11, 1));
	graphs = mt_vector(&b, NULL, 1, 4);
	mt_link(&b, mt_at(model, TFLITE_MODEL_SUBGRAPHS), graphs);
	mt_link(&b, graphs + 4, mt_graph(&b, m));
	mt_codes(&b, mt_at(model, TFLITE_MODEL_CODES), m);
	mt_buffers(&b, mt_at(model, TFLITE_MODEL_BUFFERS), m);
	*len = b.n;
	return b.p;
}

/* --- samples --- */

static const float mt_floats[] = { .5, -1, 2, .25, -.75, 1.5, -2, 1, .125, 3, -.5, 1 };
static const int8_t mt_bytes[] = { 1, -2, 3, 40, -50, 60, -127, 127, 9, 0, 11, -12 };
static const uint16_t mt_halves[] = { 0x3c00, 0xbc00, 0x3800, 0x4000, 0x3400, 0xb400 };
static const int32_t mt_bias[] = { 100, -200, 300, 0 };

static const struct mt_model mt_float_model = {
	.n_tensors = 9, .n_ops = 6, .input = 0, .output = 6,
	.tensor = {
		{ "x", TFLITE_FLOAT32, 2, { -1, 3 } },
		{ "w0", TFLITE_FLOAT32, 2, { 4, 3 }, mt_floats, 48 },
		{ "b0", TFLITE_FLOAT32, 1, { 4 }, mt_floats, 16 },
		{ "h", TFLITE_FLOAT32, 2, { 1, 4 } },
		{ "t", TFLITE_FLOAT32, 2, { 1, 4 } },
		{ "z", TFLITE_FLOAT32, 2, { 1, 2 } },
		{ "y", TFLITE_FLOAT32, 2, { 1, 2 } },
		{ "w1", TFLITE_INT8, 2, { 2, 4 }, mt_bytes, 8, 2, { .01, .02 }, 2, { 0, 0 } },
		{ "r", TFLITE_FLOAT32, 1, { 4 } },
	},
	.op = {
		{ TFLITE_FULLY_CONNECTED, 3, { 0, 1, 2 }, 3, .act = TFLITE_ACT_RELU6 },
		{ TFLITE_TANH, 1, { 3 }, 4 },
		{ TFLITE_RESHAPE, 1, { 4 }, 8 },
		{ TFLITE_FULLY_CONNECTED, 3, { 8, 7, -1 }, 5 },
		{ TFLITE_RESHAPE, 1, { 5 }, 5 },
		{ TFLITE_SOFTMAX, 1, { 5 }, 6, .beta = 1 },
	},
};

static const struct mt_model mt_half_model = {
	.n_tensors = 5, .n_ops = 3, .input = 0, .output = 4,
	.tensor = {
		{ "x", TFLITE_FLOAT32, 2, { 1, 3 } },
		{ "w16", TFLITE_FLOAT16, 2, { 2, 3 }, mt_halves, 12 },
		{ "w", TFLITE_FLOAT32, 2, { 2, 3 } },
		{ "h", TFLITE_FLOAT32, 2, { 1, 2 } },
		{ "y", TFLITE_FLOAT32, 2, { 1, 2 } },
	},
	.op = {
		{ TFLITE_DEQUANTIZE, 1, { 1 }, 2 },
		{ TFLITE_FULLY_CONNECTED, 2, { 0, 2 }, 3 },
		{ TFLITE_LOGISTIC, 1, { 3 }, 4 },
	},
};

static const struct mt_model mt_int8_model = {
	.n_tensors = 11, .n_ops = 7, .input = 0, .output = 10,
	.tensor = {
		{ "x", TFLITE_FLOAT32, 2, { 1, 3 } },
		{ "q", TFLITE_INT8, 2, { 1, 3 },
		  .n_scales = 1, .scale = { .05 }, .n_zps = 1, .zp = { -5 } },
		{ "w0", TFLITE_INT8, 2, { 4, 3 },
		  mt_bytes, 12, 4, { .01, .02, .003, .03 }, 4, { 0 } },
		{ "b0", TFLITE_INT32, 1, { 4 }, mt_bias, 16, 4, { .0005, .001, .00015, .0015 } },
		{ "h", TFLITE_INT8, 2, { 1, 4 },
		  .n_scales = 1, .scale = { .03 }, .n_zps = 1, .zp = { 7 } },
		{ "t", TFLITE_INT8, 2, { 1, 4 },
		  .n_scales = 1, .scale = { 1. / 128 }, .n_zps = 1, .zp = { 0 } },
		{ "r", TFLITE_INT8, 2, { 1, 4 },
		  .n_scales = 1, .scale = { .006 }, .n_zps = 1, .zp = { -100 } },
		{ "w1", TFLITE_INT8, 2, { 2, 4 }, mt_bytes + 2, 8, 1, { .02 }, 1, { 0 } },
		{ "z", TFLITE_INT8, 2, { 1, 2 },
		  .n_scales = 1, .scale = { .04 }, .n_zps = 1, .zp = { 3 } },
		{ "s", TFLITE_INT8, 2, { 1, 2 },
		  .n_scales = 1, .scale = { 1. / 256 }, .n_zps = 1, .zp = { -128 } },
		{ "y", TFLITE_FLOAT32, 2, { 1, 2 } },
	},
	.op = {
		{ TFLITE_QUANTIZE, 1, { 0 }, 1 },
		{ TFLITE_FULLY_CONNECTED, 3, { 1, 2, 3 }, 4, .act = TFLITE_ACT_RELU_N1_TO_1 },
		{ TFLITE_TANH, 1, { 4 }, 5 },
		{ TFLITE_RELU6, 1, { 5 }, 6 },
		{ TFLITE_FULLY_CONNECTED, 3, { 6, 7, -1 }, 8 },
		{ TFLITE_LOGISTIC, 1, { 8 }, 9 },
		{ TFLITE_DEQUANTIZE, 1, { 9 }, 10 },
	},
};

static const float mt_mean[] = { 2, -1, .5 }, mt_dev[] = { .5, .25, 4 }, mt_two[] = { 2 },
		   mt_row[] = { 1, -2, .5, 3, .25, -1 };

/*
 * What Keras makes of a Normalization layer, and the rest of arithmetic: relu(2 - leaky(W ((x -
 * mean) / dev) + 2)).
 */
static const struct mt_model mt_arith_model = {
	.n_tensors = 11, .n_ops = 5, .input = 0, .output = 10,
	.tensor = {
		{ "x", TFLITE_FLOAT32, 2, { 1, 3 } },
		{ "mean", TFLITE_FLOAT32, 2, { 1, 3 }, mt_mean, sizeof(mt_mean) },
		{ "a", TFLITE_FLOAT32, 2, { 1, 3 } },
		{ "dev", TFLITE_FLOAT32, 1, { 3 }, mt_dev, sizeof(mt_dev) },
		{ "b", TFLITE_FLOAT32, 2, { 1, 3 } },
		{ "w", TFLITE_FLOAT32, 2, { 2, 3 }, mt_row, sizeof(mt_row) },
		{ "c", TFLITE_FLOAT32, 2, { 1, 2 } },
		{ "two", TFLITE_FLOAT32, 0, { 0 }, mt_two, sizeof(mt_two) },
		{ "d", TFLITE_FLOAT32, 2, { 1, 2 } },
		{ "e", TFLITE_FLOAT32, 2, { 1, 2 } },
		{ "y", TFLITE_FLOAT32, 2, { 1, 2 } },
	},
	.op = {
		{ TFLITE_SUB, 2, { 0, 1 }, 2 },
		{ TFLITE_DIV, 2, { 2, 3 }, 4 },
		{ TFLITE_FULLY_CONNECTED, 3, { 4, 5, -1 }, 8 },
		{ TFLITE_LEAKY_RELU, 1, { 8 }, 9, .beta = .25 },
		{ TFLITE_SUB, 2, { 7, 9 }, 10, TFLITE_ACT_RELU },
	},
};

bool mt_sample(int i, struct mt_model *m)
{
	const struct mt_model *const samples[] = { &mt_float_model, &mt_half_model, &mt_int8_model,
						   &mt_arith_model };

	if (i < 0 || i >= 4)
		return false;
	*m = *samples[i];
	return true;
}
