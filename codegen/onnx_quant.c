// SPDX-License-Identifier: GPL-2.0
/*
 * Quantised graphs: QuantizeLinear, DequantizeLinear and QLinearMatMul.
 *
 * Weights and biases are dequantised. A pair of quantiser and dequantiser on an activation rounds,
 * which we leave out (our own activations are finer, and the rounding only adds noise), and clamps,
 * which we keep: exporters drop a Relu that equals the clamp of an unsigned quantiser. So the graph
 * is the real model that the integers represent.
 *
 *	q = saturate(round_half_even(x / scale) + zp)		x = (q - zp) * scale
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_import.h"
#include "util.h"

struct onnx_scale {
	double scale, zp;
	double qmin, qmax;	/* of the integers */
	int type;		/* enum onnx_type of the integers */
};

static int onnx_int_range(struct onnx_ctx *c, struct onnx_scale *s)
{
	static const double range[][2] = {
		[ONNX_UINT8] = { 0, 255 }, [ONNX_INT8] = { -128, 127 },
		[ONNX_UINT16] = { 0, 65535 }, [ONNX_INT16] = { -32768, 32767 },
	};

	if (s->type < 0 || s->type >= (int)ARRAY_SIZE(range) || !range[s->type][1])
		return onnx_fail(c, "quantisation to type %d is not supported", s->type);
	s->qmin = range[s->type][0];
	s->qmax = range[s->type][1];
	return 0;
}

static bool onnx_all_same(const struct onnx_tensor *t)
{
	size_t i;

	for (i = 1; i < t->n; i++)
		if (t->v[i] != t->v[0])
			return false;
	return true;
}

/* Scale and zero point of an activation: inputs i and i + 1 of the node. */
static int onnx_scale_of(struct onnx_ctx *c, size_t i, struct onnx_scale *s)
{
	const struct onnx_tensor *scale = onnx_in(c, i), *zp = onnx_in(c, i + 1);

	if (!onnx_all_same(scale) || (zp && !onnx_all_same(zp)))
		return onnx_fail(c, "scales per channel are for constants only");
	if (!(scale->v[0] > 0))
		return onnx_fail(c, "the scale is %g", scale->v[0]);
	*s = (struct onnx_scale) {
		.scale = scale->v[0],
		.zp = zp ? zp->v[0] : 0,
		.type = zp ? zp->type : ONNX_UINT8,
	};
	return 0;
}

/* The tip becomes integers: clamp it. */
static int onnx_to_quantised(struct onnx_ctx *c, const struct onnx_value *x,
			     const struct onnx_scale *s, struct onnx_value *y)
{
	*y = *x;
	y->kind = ONNX_QUANTISED;
	y->scale = s->scale;
	y->zp = s->zp;
	y->t.type = s->type;
	return onnx_step(c, graph_chain_range(&c->chain, onnx_node_name(c),
					      (s->qmin - s->zp) * s->scale,
					      (s->qmax - s->zp) * s->scale));
}

/*
 * Integers become real again: a quantiser's unchanged, those of an integer input by a scale and a
 * shift.
 */
static int onnx_to_real(struct onnx_ctx *c, const struct onnx_value *x, const struct onnx_scale *s,
			struct onnx_value *y)
{
	size_t i, n = onnx_lanes(&x->t.shape);
	double *v;
	int rc;

	*y = *x;
	y->kind = ONNX_TIP;
	y->t.type = ONNX_FLOAT;
	if (x->kind == ONNX_QUANTISED && x->scale == s->scale && x->zp == s->zp)
		return 0;
	if (x->kind == ONNX_QUANTISED)
		return onnx_fail(c, "'%.64s' has scale %g and zero point %g, not %g and %g",
				 x->name, x->scale, x->zp, s->scale, s->zp);
	if (onnx_type_real(x->t.type))
		return onnx_fail(c, "'%.64s' is not quantised", x->name);
	v = util_alloc(2 * n, sizeof(*v));
	for (i = 0; i < n; i++) {
		v[i] = s->scale;
		v[n + i] = -s->zp * s->scale;
	}
	rc = onnx_step(c, graph_chain_diag(&c->chain, onnx_node_name(c), v, v + n));
	free(v);
	return rc;
}

static int onnx_quantize(struct onnx_ctx *c, struct onnx_value *x)
{
	struct onnx_scale s;
	struct onnx_value y;

	if (onnx_want_real(c, x) || onnx_scale_of(c, 1, &s) || onnx_int_range(c, &s) ||
	    onnx_to_quantised(c, x, &s, &y))
		return -1;
	return onnx_put_tip(c, y);
}

static int onnx_dequantize(struct onnx_ctx *c, struct onnx_value *x)
{
	struct onnx_scale s;
	struct onnx_value y;

	if (onnx_scale_of(c, 1, &s) || onnx_to_real(c, x, &s, &y))
		return -1;
	return onnx_put_tip(c, y);
}

/* --- constants, per tensor or per slice along an axis --- */

struct onnx_slices {
	const struct onnx_tensor *scale, *zp;
	size_t inner;		/* elements from one slice to the next */
	size_t n;		/* slices; 1 for per tensor */
};

static int onnx_slices_of(struct onnx_ctx *c, const struct onnx_tensor *x, struct onnx_slices *s)
{
	int64_t axis = onnx_attr_i(c, "axis", 1);
	int i;

	*s = (struct onnx_slices) {
		.scale = onnx_in(c, 1),
		.zp = onnx_in(c, 2),
		.inner = 1,
		.n = onnx_in(c, 1)->n,
	};
	if (s->zp && s->zp->n != s->n)
		return onnx_fail(c, "%zu scales and %zu zero points", s->n, s->zp->n);
	if (s->n == 1)
		return 0;
	axis += axis < 0 ? x->shape.rank : 0;
	if (axis < 0 || axis >= x->shape.rank || s->scale->shape.rank != 1 ||
	    (size_t)x->shape.dims[axis] != s->n)
		return onnx_fail(c, "%zu scales do not fit axis %lld", s->n, (long long)axis);
	for (i = axis + 1; i < x->shape.rank; i++)
		s->inner *= x->shape.dims[i];
	return 0;
}

static int onnx_dequantize_fold(struct onnx_ctx *c)
{
	const struct onnx_tensor *x = onnx_in(c, 0);
	struct onnx_slices s;
	struct onnx_tensor t;
	size_t i, k;

	if (onnx_type_real(x->type))
		return onnx_fail(c, "its constant is not of integers");
	if (onnx_slices_of(c, x, &s))
		return -1;
	t = onnx_tensor_new(ONNX_FLOAT, x->shape.rank, x->shape.dims, x->n);
	for (i = 0; i < x->n; i++) {
		k = i / s.inner % s.n;
		t.v[i] = (x->v[i] - (s.zp ? s.zp->v[k] : 0)) * s.scale->v[k];
	}
	return onnx_put_const(c, 0, &t);
}

static int onnx_quantize_fold(struct onnx_ctx *c)
{
	const struct onnx_tensor *x = onnx_in(c, 0);
	struct onnx_scale range = { 0 };
	struct onnx_slices s;
	struct onnx_tensor t;
	size_t i, k;

	if (onnx_slices_of(c, x, &s))
		return -1;
	range.type = s.zp ? s.zp->type : ONNX_UINT8;
	if (onnx_int_range(c, &range))
		return -1;
	for (k = 0; k < s.n; k++)
		if (!(s.scale->v[k] > 0))
			return onnx_fail(c, "scale %zu is %g", k, s.scale->v[k]);
	t = onnx_tensor_new(range.type, x->shape.rank, x->shape.dims, x->n);
	for (i = 0; i < x->n; i++) {
		k = i / s.inner % s.n;
		t.v[i] = fmin(fmax(rint(x->v[i] / s.scale->v[k]) + (s.zp ? s.zp->v[k] : 0),
				   range.qmin),
			      range.qmax);
	}
	return onnx_put_const(c, 0, &t);
}

/* QLinearMatMul: a, its scale and zero point, b likewise, then those of the output. */
static double *onnx_qweights(struct onnx_ctx *c, size_t k, size_t *n_out)
{
	const struct onnx_tensor *scale = onnx_in(c, 4), *zp = onnx_in(c, 5);
	double *w = onnx_weights(c, onnx_in(c, 3), false, k, 1, n_out);
	size_t o, i;

	if (w && ((scale->n != 1 && scale->n != *n_out) || (zp->n != 1 && zp->n != *n_out))) {
		onnx_fail(c, "%zu scales of the weights do not fit %zu outputs", scale->n, *n_out);
		free(w);
		return NULL;
	}
	for (o = 0; w && o < *n_out; o++)
		for (i = 0; i < k; i++)
			w[o * k + i] = (w[o * k + i] - zp->v[zp->n > 1 ? o : 0]) *
				       scale->v[scale->n > 1 ? o : 0];
	return w;
}

static int onnx_qmatmul(struct onnx_ctx *c, struct onnx_value *x)
{
	struct onnx_scale in, out;
	struct onnx_value y, z;
	double *w;
	size_t n;

	if (x->t.shape.rank < 1 || x->t.shape.rank > 2)
		return onnx_fail(c, "'%.64s' has %d dimensions, not 1 or 2", x->name,
				 x->t.shape.rank);
	if (onnx_scale_of(c, 1, &in) || onnx_scale_of(c, 6, &out) || onnx_int_range(c, &out) ||
	    onnx_to_real(c, x, &in, &y))
		return -1;
	w = onnx_qweights(c, onnx_lanes(&x->t.shape), &n);
	if (!w || onnx_step(c, graph_chain_fc(&c->chain, onnx_node_name(c), n, w,
					      util_alloc(n, sizeof(double)))))
		return -1;
	y.t.shape.dims[y.t.shape.rank - 1] = n;
	return onnx_to_quantised(c, &y, &out, &z) ? -1 : onnx_put_tip(c, z);
}

const struct onnx_op onnx_quant_ops[] = {
	{ "", "QuantizeLinear", 2, 3, 1, ONNX_K(TIP), "axis:2 saturate:2", onnx_quantize,
	  onnx_quantize_fold, NULL },
	{ "", "DequantizeLinear", 2, 3, 1, ONNX_K(TIP) | ONNX_K(QUANTISED), "axis:2",
	  onnx_dequantize, onnx_dequantize_fold, NULL },
	{ "", "QLinearMatMul", 8, 8, 1, ONNX_K(TIP) | ONNX_K(QUANTISED), "", onnx_qmatmul, NULL,
	  NULL },
	{ 0 },
};
