// SPDX-License-Identifier: GPL-2.0
/* TFLite: the operators, those on real numbers here, those on int8 in tflite_exact.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "tflite_import.h"
#include "util.h"

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
		return tflite_fail(c, "a mix of float and int8 layers is not supported");
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

static const struct tflite_op tflite_ops[] = {
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

const struct tflite_op *tflite_find_op(struct tflite_ctx *c)
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
