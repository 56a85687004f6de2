// SPDX-License-Identifier: GPL-2.0
/*
 * Reading TFLite: the walk over the operators, and those on real numbers. See tflite_import.h.
 *
 *	float models	FULLY_CONNECTED with float32, float16 or int8 weights, activations: a net to
 *			be quantised
 *	int8 models	QUANTIZE, operators of int8, DEQUANTIZE (or int8 at the ends): integers, bit
 *			for bit
 *
 * Nothing is skipped: anything unknown ends the import with a message that names the operator.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "tflite_import.h"
#include "util.h"

int tflite_fail(struct tflite_ctx *c, const char *fmt, ...)
{
	char why[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (c->fb.bad)
		return util_fail(c->err, "%.256s: damaged: something in it leads out of the file",
				 c->what);
	c->err->node = c->op ? c->index + 1 : 0;
	if (!c->op)
		return util_fail(c->err, "%.256s: %s", c->what, why);
	return util_fail(c->err, "%.256s: operator %u (%s): %s", c->what, c->index, c->op_name,
			 why);
}

int tflite_step(struct tflite_ctx *c, int rc)
{
	struct graph_err why;

	if (rc) {
		why = *c->err;
		tflite_fail(c, "%s", why.msg);
	}
	return rc;
}

/* Tensors. */

static int tflite_load_shape(struct tflite_ctx *c, size_t table, struct tflite_tensor *t)
{
	uint32_t i, n;
	size_t at = tflite_fb_vector(&c->fb, table, TFLITE_TENSOR_SHAPE, 4, &n);
	int32_t dim;

	if (n > ARRAY_SIZE(t->dims))
		return tflite_fail(c, "tensor '%s' has %u dimensions", t->name, n);
	t->rank = n;
	t->n = 1;
	for (i = 0; i < n; i++) {
		dim = (int32_t)tflite_fb_u32(&c->fb, at + 4 * i);
		if (dim == -1 && !i)
			dim = 1;	/* any batch: one row */
		if (dim < 1 || (uint64_t)t->n * dim > TFLITE_MAX_ELEMS)
			return tflite_fail(c, "tensor '%s': dimension %u is %d", t->name, i, dim);
		t->dims[i] = dim;
		t->n *= dim;
	}
	return 0;
}

static int tflite_load_data(struct tflite_ctx *c, size_t table, struct tflite_tensor *t)
{
	uint32_t n, b = tflite_fb_get_u32(&c->fb, table, TFLITE_TENSOR_BUFFER, 0);
	size_t buffer, at;

	if (!b)		/* buffer 0 is the empty one */
		return 0;
	buffer = tflite_fb_element(&c->fb, c->buffers, c->n_buffers, b);
	if (tflite_fb_get_u64(&c->fb, buffer, TFLITE_BUFFER_OFFSET, 0) > 1)
		return tflite_fail(c, "tensor '%s' has its data outside of the tables", t->name);
	at = tflite_fb_vector(&c->fb, buffer, TFLITE_BUFFER_DATA, 1, &n);
	if (at && n) {
		t->data = c->fb.p + at;
		t->len = n;
	}
	return 0;
}

static int tflite_load_quant(struct tflite_ctx *c, size_t table, struct tflite_tensor *t)
{
	size_t q = tflite_fb_table(&c->fb, table, TFLITE_TENSOR_QUANT);

	t->scales = tflite_fb_vector(&c->fb, q, TFLITE_QUANT_SCALE, 4, &t->n_scales);
	t->zps = tflite_fb_vector(&c->fb, q, TFLITE_QUANT_ZP, 8, &t->n_zps);
	t->axis = (int32_t)tflite_fb_get_u32(&c->fb, q, TFLITE_QUANT_AXIS, 0);
	t->scale = t->n_scales ? tflite_fb_f32(&c->fb, t->scales) : 0;
	t->zp = t->n_zps ? (int64_t)tflite_fb_u64(&c->fb, t->zps) : 0;
	if (tflite_fb_get_u8(&c->fb, q, TFLITE_QUANT_DETAILS, 0))
		return tflite_fail(c, "tensor '%s' is quantised in a way of its own", t->name);
	return 0;
}

static int tflite_load(struct tflite_ctx *c, uint32_t index, struct tflite_tensor *t)
{
	size_t table = tflite_fb_element(&c->fb, c->tensors, c->n_tensors, index);

	*t = (struct tflite_tensor) { .index = index };
	tflite_fb_string(&c->fb, table, TFLITE_TENSOR_NAME, t->name, sizeof(t->name));
	t->type = tflite_fb_get_u8(&c->fb, table, TFLITE_TENSOR_TYPE, TFLITE_FLOAT32);
	if (tflite_fb_field(&c->fb, table, TFLITE_TENSOR_SPARSITY))
		return tflite_fail(c, "tensor '%s' is sparse", t->name);
	if (tflite_load_shape(c, table, t) || tflite_load_data(c, table, t) ||
	    tflite_load_quant(c, table, t))
		return -1;
	return c->fb.bad ? tflite_fail(c, "damaged") : 0;
}

int32_t tflite_input(struct tflite_ctx *c, uint32_t i)
{
	return i < c->n_in ? (int32_t)tflite_fb_u32(&c->fb, c->in_vec + 4 * (size_t)i) : -1;
}

int tflite_constant(struct tflite_ctx *c, uint32_t i, struct tflite_tensor *t)
{
	int32_t index = tflite_input(c, i);

	*t = (struct tflite_tensor) { 0 };
	if (index < 0)
		return 1;
	if ((uint32_t)index < c->n_tensors && c->constant[index])
		index = c->constant[index] - 1;
	if (tflite_load(c, index, t))
		return -1;
	return t->data ? 0 : tflite_fail(c, "input %u ('%s') is not a constant", i, t->name);
}

float tflite_scale(struct tflite_ctx *c, const struct tflite_tensor *t, uint32_t i)
{
	return t->n_scales > 1 ? tflite_fb_f32(&c->fb, t->scales + 4 * (size_t)i) : t->scale;
}

size_t tflite_type_size(int type)
{
	switch (type) {
	case TFLITE_FLOAT32:
	case TFLITE_INT32:
		return 4;
	case TFLITE_FLOAT16:
		return 2;
	case TFLITE_INT8:
		return 1;
	}
	return 0;
}

int tflite_weights(struct tflite_ctx *c, struct tflite_tensor *w)
{
	int none = tflite_constant(c, 1, w);

	if (none)
		return none < 0 ? -1 : tflite_fail(c, "it has no weights");
	if (w->rank != 2 || w->dims[1] != c->chain.n || w->dims[0] != c->out.n)
		return tflite_fail(c, "weights '%s' do not fit %u inputs and %u outputs", w->name,
				   c->chain.n, c->out.n);
	if (w->dims[0] > LQ_MAX_WIDTH)
		return tflite_fail(c, "%u outputs, more than %u", w->dims[0], LQ_MAX_WIDTH);
	if (!tflite_type_size(w->type) || w->len != w->n * tflite_type_size(w->type))
		return tflite_fail(c, "weights '%s' have type %d and %zu bytes for %u numbers",
				   w->name, w->type, w->len, w->n);
	if (w->n_scales > 1 && (w->n_scales != w->dims[0] || w->axis))
		return tflite_fail(c, "weights '%s' have %u scales along axis %d", w->name,
				   w->n_scales, w->axis);
	if (tflite_fb_get_u8(&c->fb, tflite_fb_table(&c->fb, c->op, TFLITE_OP_OPTIONS),
			     TFLITE_FC_FORMAT, 0))
		return tflite_fail(c, "weights '%s' are shuffled", w->name);
	return 0;
}

int tflite_fused(struct tflite_ctx *c)
{
	return tflite_fb_get_u8(&c->fb, tflite_fb_table(&c->fb, c->op, TFLITE_OP_OPTIONS),
				TFLITE_FC_ACT, TFLITE_ACT_NONE);
}

/* Operators. */

static int tflite_real_act(struct tflite_ctx *c, enum graph_act act, double lo, double hi)
{
	return tflite_step(c, graph_chain_act(&c->chain, c->out.name, act, lo, hi, 0));
}

int tflite_fused_act(struct tflite_ctx *c, int act)
{
	switch (act) {
	case TFLITE_ACT_NONE:
		return 0;
	case TFLITE_ACT_RELU:
		return tflite_real_act(c, GRAPH_ACT_CLIP, 0, INFINITY);
	case TFLITE_ACT_RELU_N1_TO_1:
		return tflite_real_act(c, GRAPH_ACT_CLIP, -1, 1);
	case TFLITE_ACT_RELU6:
		return tflite_real_act(c, GRAPH_ACT_CLIP, 0, 6);
	case TFLITE_ACT_TANH:
		return tflite_real_act(c, GRAPH_ACT_TANH, 0, 0);
	}
	return tflite_fail(c, "fused activation %d is not supported", act);
}

static int tflite_real_fused(struct tflite_ctx *c)
{
	return tflite_fused_act(c, tflite_fused(c));
}

static int tflite_real_bias(struct tflite_ctx *c, uint32_t n, double *b)
{
	struct tflite_tensor t;
	int none = tflite_constant(c, 2, &t);

	if (none)
		return none < 0 ? -1 : 0;
	if (t.n != n || t.type == TFLITE_INT8 || !tflite_type_size(t.type) ||
	    t.len != t.n * tflite_type_size(t.type))
		return tflite_fail(c, "bias '%s' is not %u real numbers", t.name, n);
	return tflite_reals(c, &t, n, b);
}

static int tflite_real_fc(struct tflite_ctx *c)
{
	struct tflite_tensor t;
	double *w, *b;

	if (tflite_weights(c, &t))
		return -1;
	w = util_alloc(t.n, sizeof(*w));
	b = util_alloc(t.dims[0], sizeof(*b));
	if (tflite_reals(c, &t, t.dims[0], w) || tflite_real_bias(c, t.dims[0], b)) {
		free(w);
		free(b);
		return -1;
	}
	if (tflite_step(c, graph_chain_fc(&c->chain, c->out.name, t.dims[0], w, b)))
		return -1;
	return tflite_real_fused(c);
}

/* Is it an operator on int8? -1 after a message for unsupported types. */
static int tflite_on_int8(struct tflite_ctx *c)
{
	if (c->tip.type == TFLITE_INT16)
		return tflite_fail(c, "activations of 16 bits are not supported: their sums have "
				   "64 bits");
	if (c->tip.type != TFLITE_INT8 && c->tip.type != TFLITE_FLOAT32)
		return tflite_fail(c, "'%s' is of type %d, not float or int8", c->tip.name,
				   c->tip.type);
	if (c->out.type != c->tip.type)
		return tflite_fail(c, "it makes type %d from type %d", c->out.type, c->tip.type);
	return c->tip.type == TFLITE_INT8;
}

static int tflite_same_size(struct tflite_ctx *c)
{
	return c->out.n == c->chain.n ?
		       0 :
		       tflite_fail(c, "it makes %u numbers of %u", c->out.n, c->chain.n);
}

static int tflite_fc(struct tflite_ctx *c, enum tflite_builtin code)
{
	int int8 = tflite_on_int8(c);

	(void)code;
	return int8 < 0 ? -1 : int8 ? tflite_exact_fc(c) : tflite_real_fc(c);
}

static int tflite_curve(struct tflite_ctx *c, enum tflite_builtin code)
{
	int int8 = tflite_on_int8(c);

	if (int8 < 0 || tflite_same_size(c))
		return -1;
	if (int8)
		return tflite_exact_lut(c, code);
	return tflite_real_act(c, code == TFLITE_TANH ? GRAPH_ACT_TANH : GRAPH_ACT_SIGMOID, 0, 0);
}

static int tflite_relu(struct tflite_ctx *c, enum tflite_builtin code)
{
	int int8 = tflite_on_int8(c);

	if (int8 < 0 || tflite_same_size(c))
		return -1;
	if (int8)
		return tflite_exact_relu(c, code);
	return tflite_real_act(c, GRAPH_ACT_CLIP, code == TFLITE_RELU_N1_TO_1 ? -1 : 0,
			       code == TFLITE_RELU ? INFINITY : code == TFLITE_RELU6 ? 6 : 1);
}

static int tflite_leaky(struct tflite_ctx *c, enum tflite_builtin code)
{
	float alpha = tflite_fb_get_f32(&c->fb, tflite_fb_table(&c->fb, c->op, TFLITE_OP_OPTIONS),
					TFLITE_LEAKY_ALPHA, 0);
	int int8 = tflite_on_int8(c);

	(void)code;
	if (int8 < 0 || tflite_same_size(c))
		return -1;
	if (int8)
		return tflite_fail(c, "it is not supported on int8");
	if (!isfinite(alpha))
		return tflite_fail(c, "alpha is %g", (double)alpha);
	return tflite_step(c,
			   graph_chain_act(&c->chain, c->out.name, GRAPH_ACT_LEAKY, 0, 0, alpha));
}

static int tflite_quantize(struct tflite_ctx *c, enum tflite_builtin code)
{
	(void)code;
	if (tflite_same_size(c))
		return -1;
	if (c->tip.type == TFLITE_INT8 && c->out.type == TFLITE_INT8)
		return tflite_exact_requantise(c);
	if (c->tip.type != TFLITE_FLOAT32 || c->out.type != TFLITE_INT8)
		return tflite_fail(c, "from type %d to type %d is not supported", c->tip.type,
				   c->out.type);
	if (c->g->n_layers || c->g->exact)
		return tflite_fail(c, "a model of float and int8 layers is not supported");
	return tflite_exact_begin(c, &c->out);
}

static int tflite_dequantize(struct tflite_ctx *c, enum tflite_builtin code)
{
	(void)code;
	if (tflite_same_size(c))
		return -1;
	if (c->tip.type != TFLITE_INT8 || c->out.type != TFLITE_FLOAT32)
		return tflite_fail(c, "from type %d to type %d is not supported", c->tip.type,
				   c->out.type);
	if (!c->done)
		c->done = "DEQUANTIZE";
	return 0;
}

static int tflite_reshape(struct tflite_ctx *c, enum tflite_builtin code)
{
	(void)code;
	if (c->out.type != c->tip.type)
		return tflite_fail(c, "it makes type %d from type %d", c->out.type, c->tip.type);
	return tflite_same_size(c);
}

static int tflite_softmax(struct tflite_ctx *c, enum tflite_builtin code)
{
	float beta = tflite_fb_get_f32(&c->fb, tflite_fb_table(&c->fb, c->op, TFLITE_OP_OPTIONS),
				       TFLITE_SOFTMAX_BETA, 0);

	(void)code;
	if (tflite_on_int8(c) < 0 || tflite_same_size(c))
		return -1;
	if (!(beta > 0) || !isfinite(beta))
		return tflite_fail(c, "beta is %g", (double)beta);
	if (!c->tip.rank || c->tip.dims[c->tip.rank - 1] != c->chain.n)
		return tflite_fail(c, "it does not run over all %u numbers", c->chain.n);
	c->g->classes = true;
	c->done = "SOFTMAX";
	return 0;
}

static int tflite_argmax(struct tflite_ctx *c, enum tflite_builtin code)
{
	struct tflite_tensor axis;
	int none = tflite_constant(c, 1, &axis);
	int32_t a;

	(void)code;
	if (none)
		return none < 0 ? -1 : tflite_fail(c, "it has no axis");
	if (axis.type != TFLITE_INT32 || axis.n != 1 || axis.len != 4)
		return tflite_fail(c, "its axis is not one number of int32");
	a = (int32_t)lq_le32(axis.data);
	if ((a != -1 && a != c->tip.rank - 1) || !c->tip.rank ||
	    c->tip.dims[c->tip.rank - 1] != c->chain.n)
		return tflite_fail(c, "axis %d: it does not run over all %u numbers", a,
				   c->chain.n);
	c->g->classes = true;
	c->done = "ARG_MAX";
	return 0;
}

static const struct tflite_op {
	int code;		/* enum tflite_builtin */
	const char *name;
	bool last;		/* may follow the end of the chain */
	uint8_t max_in;
	int (*run)(struct tflite_ctx *c, enum tflite_builtin code);
} tflite_ops[] = {
	{ TFLITE_FULLY_CONNECTED, "FULLY_CONNECTED", false, 3, tflite_fc },
	{ TFLITE_TANH, "TANH", false, 1, tflite_curve },
	{ TFLITE_LOGISTIC, "LOGISTIC", false, 1, tflite_curve },
	{ TFLITE_RELU, "RELU", false, 1, tflite_relu },
	{ TFLITE_RELU6, "RELU6", false, 1, tflite_relu },
	{ TFLITE_RELU_N1_TO_1, "RELU_N1_TO_1", false, 1, tflite_relu },
	{ TFLITE_LEAKY_RELU, "LEAKY_RELU", false, 1, tflite_leaky },
	{ TFLITE_ADD, "ADD", false, 2, tflite_arith },
	{ TFLITE_SUB, "SUB", false, 2, tflite_arith },
	{ TFLITE_MUL, "MUL", false, 2, tflite_arith },
	{ TFLITE_DIV, "DIV", false, 2, tflite_arith },
	{ TFLITE_QUANTIZE, "QUANTIZE", false, 1, tflite_quantize },
	{ TFLITE_DEQUANTIZE, "DEQUANTIZE", true, 1, tflite_dequantize },
	{ TFLITE_RESHAPE, "RESHAPE", true, 2, tflite_reshape },
	{ TFLITE_SOFTMAX, "SOFTMAX", true, 1, tflite_softmax },
	{ TFLITE_ARG_MAX, "ARG_MAX", true, 2, tflite_argmax },
};

static const struct tflite_op *tflite_find_op(struct tflite_ctx *c)
{
	uint32_t i = tflite_fb_get_u32(&c->fb, c->op, TFLITE_OP_CODE, 0);
	size_t code = tflite_fb_element(&c->fb, c->codes, c->n_codes, i);
	int old = (int8_t)tflite_fb_get_u8(&c->fb, code, TFLITE_CODE_OLD, 0);
	int builtin = (int)tflite_fb_get_u32(&c->fb, code, TFLITE_CODE_BUILTIN, 0);

	if (builtin < old)	/* files written before there were more than 127 operators */
		builtin = old;
	tflite_fb_string(&c->fb, code, TFLITE_CODE_CUSTOM, c->op_name, sizeof(c->op_name));
	for (i = 0; i < ARRAY_SIZE(tflite_ops); i++)
		if (tflite_ops[i].code == builtin) {
			snprintf(c->op_name, sizeof(c->op_name), "%s", tflite_ops[i].name);
			return &tflite_ops[i];
		}
	if (!*c->op_name)
		tflite_op_name(builtin, c->op_name, sizeof(c->op_name));
	return NULL;
}

/*
 * DEQUANTIZE of a constant: float16 or int8 weights of a float model. Its reader uses the constant
 * directly.
 */
static int tflite_try_constant(struct tflite_ctx *c, const struct tflite_op *op, bool *done)
{
	int32_t in = tflite_input(c, 0);
	struct tflite_tensor t;

	*done = false;
	if (op->code != TFLITE_DEQUANTIZE || in < 0 || (uint32_t)in == c->tip.index)
		return 0;
	if (tflite_load(c, in, &t))
		return -1;
	if (!t.data || c->out.index >= c->n_tensors || c->out.n != t.n ||
	    c->out.type != TFLITE_FLOAT32)
		return 0;
	c->constant[c->out.index] = in + 1;
	*done = true;
	return 0;
}

/* Is the tip its first input, or the second of an arithmetic operator? */
static bool tflite_reads_tip(struct tflite_ctx *c, const struct tflite_op *op)
{
	return (uint32_t)tflite_input(c, 0) == c->tip.index ||
	       (op->run == tflite_arith && (uint32_t)tflite_input(c, 1) == c->tip.index);
}

static int tflite_run_op(struct tflite_ctx *c)
{
	const struct tflite_op *op = tflite_find_op(c);
	bool done;

	c->in_vec = tflite_fb_vector(&c->fb, c->op, TFLITE_OP_INPUTS, 4, &c->n_in);
	c->out_vec = tflite_fb_vector(&c->fb, c->op, TFLITE_OP_OUTPUTS, 4, &c->n_out);
	if (c->fb.bad || !op)
		return tflite_fail(c, "operator not supported");
	if (c->n_in < 1 || c->n_in > op->max_in || c->n_out != 1)
		return tflite_fail(c, "%u inputs and %u outputs are not what the operator wants",
				   c->n_in, c->n_out);
	if (tflite_load(c, tflite_fb_u32(&c->fb, c->out_vec), &c->out) ||
	    tflite_try_constant(c, op, &done))
		return -1;
	if (done)
		return 0;
	if (!tflite_reads_tip(c, op))
		return tflite_fail(c, "it reads tensor %d, not what the operator before made: the "
				   "graph branches",
				   tflite_input(c, 0));
	if (c->done && !op->last)
		return tflite_fail(c, "nothing that computes may follow %s", c->done);
	if (op->run(c, op->code))
		return -1;
	c->tip = c->out;
	return c->fb.bad ? tflite_fail(c, "damaged") : 0;
}

/* The walk. */

static int tflite_open(struct tflite_ctx *c, size_t *graph)
{
	struct tflite_fb *fb = &c->fb;
	uint32_t n, version;
	size_t model, graphs;

	if (fb->len < 8 || memcmp(fb->p + 4, "TFL3", 4))
		return tflite_fail(c, "not a TFLite model");
	model = tflite_fb_follow(fb, 0);
	version = tflite_fb_get_u32(fb, model, TFLITE_MODEL_VERSION, 0);
	graphs = tflite_fb_vector(fb, model, TFLITE_MODEL_SUBGRAPHS, 4, &n);
	if (!fb->bad && (version != TFLITE_VERSION || n != 1))
		return tflite_fail(c, "schema version %u and %u graphs, not %d and 1", version, n,
				   TFLITE_VERSION);
	*graph = tflite_fb_element(fb, graphs, n, 0);
	c->codes = tflite_fb_vector(fb, model, TFLITE_MODEL_CODES, 4, &c->n_codes);
	c->buffers = tflite_fb_vector(fb, model, TFLITE_MODEL_BUFFERS, 4, &c->n_buffers);
	c->tensors = tflite_fb_vector(fb, *graph, TFLITE_GRAPH_TENSORS, 4, &c->n_tensors);
	c->ops = tflite_fb_vector(fb, *graph, TFLITE_GRAPH_OPS, 4, &c->n_ops);
	if (fb->bad || c->n_tensors > TFLITE_MAX_TENSORS || c->n_ops > TFLITE_MAX_OPS)
		return tflite_fail(c, "%u tensors and %u operators", c->n_tensors, c->n_ops);
	c->constant = util_alloc(c->n_tensors, sizeof(*c->constant));
	return 0;
}

static void tflite_name(struct tflite_ctx *c, size_t graph)
{
	char s[64];

	tflite_fb_string(&c->fb, graph, TFLITE_GRAPH_NAME, s, sizeof(s));
	c->g->name = util_strdup(*s ? s : util_basename(c->what));
	tflite_fb_string(&c->fb, tflite_fb_follow(&c->fb, 0), TFLITE_MODEL_DESCRIPTION, s,
			 sizeof(s));
	c->g->producer = util_strdup(s);
}

/* The one tensor in this list of the graph. */
static int tflite_end_tensor(struct tflite_ctx *c, size_t graph, unsigned int field,
			     uint32_t *index)
{
	uint32_t n;
	size_t at = tflite_fb_vector(&c->fb, graph, field, 4, &n);

	if (n != 1)
		return tflite_fail(c, "%u %s, not 1", n,
				   field == TFLITE_GRAPH_INPUTS ? "inputs" : "outputs");
	*index = tflite_fb_u32(&c->fb, at);
	return 0;
}

static int tflite_begin(struct tflite_ctx *c, size_t graph)
{
	uint32_t index;

	if (tflite_end_tensor(c, graph, TFLITE_GRAPH_INPUTS, &index) ||
	    tflite_load(c, index, &c->tip))
		return -1;
	if (c->tip.n > LQ_MAX_INPUTS)
		return tflite_fail(c, "%u inputs, more than %u", c->tip.n, LQ_MAX_INPUTS);
	if (c->tip.data)
		return tflite_fail(c, "its input '%s' is a constant", c->tip.name);
	c->g->n_inputs = c->chain.n = c->tip.n;
	return c->tip.type == TFLITE_INT8 ? tflite_exact_begin(c, &c->tip) : 0;
}

static int tflite_run_ops(struct tflite_ctx *c)
{
	int rc = 0;

	for (c->index = 0; c->index < c->n_ops && !rc; c->index++) {
		c->op = tflite_fb_element(&c->fb, c->ops, c->n_ops, c->index);
		rc = c->op ? tflite_run_op(c) : tflite_fail(c, "damaged");
	}
	c->op = 0;
	return rc;
}

/* An int8 model that computes nothing gets a layer, too: an identity table. */
static int tflite_exact_end(struct tflite_ctx *c)
{
	struct graph_exact *e;
	int i;

	c->g->out_scale = c->scale;
	c->g->out_zp = c->zp;
	if (c->g->n_layers)
		return 0;
	e = util_alloc(1, sizeof(*e));
	e->lut = util_alloc(256, sizeof(*e->lut));
	e->lo = c->g->in_lo;
	e->hi = c->g->in_hi;
	for (i = 0; i < 256; i++)
		e->lut[i] = i - 128;
	if (!tflite_step(c, graph_chain_exact(&c->chain, "identity", c->chain.n, e)))
		return 0;
	free(e->lut);
	free(e);
	return -1;
}

static int tflite_read(struct tflite_ctx *c)
{
	uint32_t out;
	size_t graph = 0;

	if (tflite_open(c, &graph) || tflite_begin(c, graph) || tflite_run_ops(c) ||
	    tflite_end_tensor(c, graph, TFLITE_GRAPH_OUTPUTS, &out))
		return -1;
	if (out != c->tip.index)
		return tflite_fail(c, "output tensor %u is not what the last operator made", out);
	if (c->g->exact && tflite_exact_end(c))
		return -1;
	if (tflite_step(c, graph_chain_end(&c->chain)))
		return -1;
	if (c->g->classes && c->g->n_outputs < 2)
		return tflite_fail(c, "classes are to be chosen from %u score", c->g->n_outputs);
	tflite_name(c, graph);
	return c->fb.bad ? tflite_fail(c, "damaged") : 0;
}

int tflite_list(const void *data, size_t len, const char *what, graph_node_fn *fn, void *arg,
		char summary[96], struct graph_err *err)
{
	struct tflite_ctx c = { .what = what, .err = err, .fb = { .p = data, .len = len } };
	struct graph_node_info info;
	size_t graph = 0;
	int ret = len > TFLITE_MAX_FILE ?
			  tflite_fail(&c, "%zu bytes, more than %u", len, TFLITE_MAX_FILE) :
			  0;

	if (!ret)
		ret = tflite_open(&c, &graph);
	snprintf(summary, 96, "TensorFlow Lite");
	for (; !ret && c.index < c.n_ops; c.index++) {
		c.op = tflite_fb_element(&c.fb, c.ops, c.n_ops, c.index);
		c.op_name[0] = '\0';
		info = (struct graph_node_info) { .index = c.index, .known = tflite_find_op(&c) };
		snprintf(info.op, sizeof(info.op), "%s", c.op_name);
		if (c.fb.bad)
			ret = tflite_fail(&c, "damaged");
		else
			fn(arg, &info);
	}
	free(c.constant);
	return ret;
}

struct graph *tflite_import(const void *data, size_t len, const char *what,
			    const struct graph_want *want, struct graph_err *err)
{
	struct tflite_ctx c = { .what = what, .err = err, .fb = { .p = data, .len = len } };
	int rc;

	err->msg[0] = '\0';
	err->node = 0;
	if (want && (want->outputs || want->probabilities)) {
		tflite_fail(&c, "--output and --probabilities are for ONNX: a TensorFlow Lite file "
				"has one output here");
		return NULL;
	}
	if (len > TFLITE_MAX_FILE) {
		tflite_fail(&c, "%zu bytes, more than %u", len, TFLITE_MAX_FILE);
		return NULL;
	}
	c.g = util_alloc(1, sizeof(*c.g));
	c.chain.g = c.g;
	c.chain.err = err;
	rc = tflite_read(&c);
	graph_chain_drop(&c.chain);
	free(c.constant);
	if (!rc)
		return c.g;
	graph_clean(err);
	graph_free(c.g);
	return NULL;
}
