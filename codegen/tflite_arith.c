// SPDX-License-Identifier: GPL-2.0
/*
 * ADD, SUB, MUL and DIV of the chain's value and a constant: one number, or one per lane. Keras
 * writes its Normalization layer and scalers so; they fold into the adjacent matrices.
 */
#include <math.h>
#include <stdlib.h>

#include "tflite_import.h"
#include "util.h"

/* x becomes s x + t. first: the constant is the first operand. */
static int tflite_arith_one(struct tflite_ctx *c, enum tflite_builtin code, bool first, double k,
			    double *s, double *t)
{
	*s = 1;
	*t = 0;
	switch (code) {
	case TFLITE_ADD:
		*t = k;
		return 0;
	case TFLITE_SUB:
		*s = first ? -1 : 1;
		*t = first ? k : -k;
		return 0;
	case TFLITE_MUL:
		*s = k;
		return 0;
	default:
		break;
	}
	if (first || k == 0)
		return tflite_fail(c, first ? "a constant divided by the input is not supported" :
					      "it divides by 0");
	*s = 1 / k;
	return 0;
}

static int tflite_arith_fold(struct tflite_ctx *c, enum tflite_builtin code, bool first, double *s,
			     double *t)
{
	struct tflite_tensor k;
	int none = tflite_constant(c, !first, &k);
	uint32_t i;

	if (none > 0)
		return tflite_fail(c, "it has no constant");
	if (none || tflite_spread(c, &k, c->chain.n, t))
		return -1;
	for (i = 0; i < c->chain.n; i++)
		if (tflite_arith_one(c, code, first, t[i], &s[i], &t[i]))
			return -1;
	return tflite_step(c, graph_chain_diag(&c->chain, c->out.name, s, t));
}

int tflite_arith(struct tflite_ctx *c, enum tflite_builtin code)
{
	bool first = (uint32_t)tflite_input(c, 0) != c->tip.index;
	uint32_t options;
	double *s, *t;
	int rc;

	if (c->n_in != 2 || tflite_input(c, 0) == tflite_input(c, 1))
		return tflite_fail(c,
				   "one of its two inputs must be a constant: the graph branches");
	if (c->tip.type != TFLITE_FLOAT32 || c->out.type != TFLITE_FLOAT32)
		return tflite_fail(c, "it is supported on float32 only, not on int8: scale the "
				   "features (--features F*SCALE+OFFSET) or leave it out of the "
				   "quantisation");
	if (c->out.n != c->chain.n)
		return tflite_fail(c, "it makes %u numbers of %u", c->out.n, c->chain.n);
	s = util_alloc(c->chain.n, sizeof(*s));
	t = util_alloc(c->chain.n, sizeof(*t));
	rc = tflite_arith_fold(c, code, first, s, t);
	free(s);
	free(t);
	if (rc)
		return rc;
	options = tflite_fb_table(&c->fb, c->op, TFLITE_OP_OPTIONS);
	return tflite_fused_act(c, tflite_fb_get_u8(&c->fb, options, TFLITE_ARITH_ACT,
						    TFLITE_ACT_NONE));
}
