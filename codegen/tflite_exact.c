// SPDX-License-Identifier: GPL-2.0
/*
 * int8 operators, bit for bit as TensorFlow Lite computes them with single rounding.
 *
 *	FULLY_CONNECTED	acc = b + sum w (x - zp_x);  y = clamp(((acc * m + 2^(s-1)) >> s) + zp_y)
 *	TANH, LOGISTIC	a table of 256, computed in float
 *	RELU...		(x - zp_x) times in_scale / out_scale, as above; a clamp alone if the scales
 *			are the same
 *	QUANTIZE	likewise, between two int8 scales
 *
 * m and s come from a real multiplier, in_scale * w_scale / out_scale: m is its fraction in [1/2,
 * 1) times 2^31, rounded half away from zero, and s is 31 minus its exponent. TensorFlow Lite
 * multiplies the scales in float if the weights have one scale, and in double if they have one per
 * row; the last bits of m can depend on that, so we do the same.
 *
 * One shift per layer: tflite_level.c.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tflite_import.h"
#include "util.h"

#define TFLITE_QMIN	(-128)
#define TFLITE_QMAX	127

void tflite_multiplier(double real, int32_t *m, int *shift)
{
	int exp;
	int64_t q;

	*m = 0;
	*shift = TFLITE_MIN_S;
	if (!(real > 0))
		return;
	q = (int64_t)round(frexp(real, &exp) * (double)(1LL << 31));
	if (q == 1LL << 31) {
		q /= 2;
		exp++;
	}
	if (exp < -31)
		return;
	*m = (int32_t)q;
	*shift = 31 - exp;
}

static struct graph_exact *tflite_exact_of(struct tflite_rows *r, int S)
{
	struct graph_exact *e = util_alloc(1, sizeof(*e));
	uint32_t o;

	e->w = r->w;
	e->m = r->m;
	e->bias = util_alloc(r->n_out, sizeof(*e->bias));
	for (o = 0; o < r->n_out; o++)
		e->bias[o] = (int32_t)r->bias[o];
	e->S = S;
	free(r->bias);
	free(r->s);
	return e;
}

/* Adds a layer of the rows (and takes them), with the operator's output and this clamp. */
static int tflite_exact_add(struct tflite_ctx *c, struct tflite_rows *r, int32_t lo, int32_t hi)
{
	struct graph_exact *e;
	int S;

	if (tflite_rows_level(c, r, c->out.zp, lo, hi, &S)) {
		tflite_rows_free(r);
		return -1;
	}
	e = tflite_exact_of(r, S);
	e->zp = c->out.zp;
	e->lo = lo;
	e->hi = hi;
	if (!tflite_step(c, graph_chain_exact(&c->chain, c->out.name, r->n_out, e)))
		return 0;
	free(e->w);
	free(e->bias);
	free(e->m);
	free(e);
	return -1;
}

static int tflite_exact_tensor(struct tflite_ctx *c, const struct tflite_tensor *t)
{
	if (t->type != TFLITE_INT8)
		return tflite_fail(c, "tensor '%s' is of type %d, not int8 (%d)", t->name, t->type,
				   TFLITE_INT8);
	if (t->n_scales != 1 || t->n_zps > 1 || !(t->scale > 0) || !isfinite(t->scale))
		return tflite_fail(c, "tensor '%s' has no scale, or several", t->name);
	if (t->zp < TFLITE_QMIN || t->zp > TFLITE_QMAX)
		return tflite_fail(c, "tensor '%s' has zero point %lld", t->name, (long long)t->zp);
	return 0;
}

int tflite_exact_begin(struct tflite_ctx *c, const struct tflite_tensor *t)
{
	if (tflite_exact_tensor(c, t))
		return -1;
	c->g->exact = true;
	c->g->in_scale = c->scale = t->scale;
	c->g->in_zp = c->zp = t->zp;
	c->g->in_lo = TFLITE_QMIN;
	c->g->in_hi = TFLITE_QMAX;
	return 0;
}

/* The clamp of an activation, at the output's scale. */
static int32_t tflite_exact_level(const struct tflite_ctx *c, float x)
{
	double q = (double)roundf(x / c->out.scale) + c->out.zp;

	return q < TFLITE_QMIN ? TFLITE_QMIN : q > TFLITE_QMAX ? TFLITE_QMAX : (int32_t)q;
}

static int tflite_exact_clamp(struct tflite_ctx *c, int act, int32_t *lo, int32_t *hi)
{
	*lo = TFLITE_QMIN;
	*hi = TFLITE_QMAX;
	switch (act) {
	case TFLITE_ACT_NONE:
		return 0;
	case TFLITE_ACT_RELU:
		*lo = tflite_exact_level(c, 0);
		return 0;
	case TFLITE_ACT_RELU6:
		*lo = tflite_exact_level(c, 0);
		*hi = tflite_exact_level(c, 6);
		return 0;
	case TFLITE_ACT_RELU_N1_TO_1:
		*lo = tflite_exact_level(c, -1);
		*hi = tflite_exact_level(c, 1);
		return 0;
	}
	return tflite_fail(c, "fused activation %d is not supported on int8", act);
}

static int tflite_fc_weights(struct tflite_ctx *c, const struct tflite_tensor *w,
			     struct tflite_rows *r)
{
	size_t i;

	for (i = 0; i < w->n_zps; i++)
		if (tflite_fb_u64(&c->fb, w->zps + 8 * i))
			return tflite_fail(c, "weights '%s' have a zero point", w->name);
	for (i = 0; i < w->n; i++)
		r->w[i] = (int8_t)w->data[i];
	return 0;
}

static int tflite_fc_scales(struct tflite_ctx *c, const struct tflite_tensor *w,
			    struct tflite_rows *r)
{
	bool per_row = w->n_scales > 1;
	double real;
	uint32_t o;
	float ws;

	for (o = 0; o < r->n_out; o++) {
		ws = tflite_scale(c, w, o);
		real = per_row ? (double)c->scale * (double)ws / (double)c->out.scale :
				 (double)(float)(c->scale * ws) / (double)c->out.scale;
		if (!(ws >= 0) || !(real < 0x1p30))
			return tflite_fail(c, "row %u: the weights' scale is %g", o, (double)ws);
		tflite_multiplier(real, &r->m[o], &r->s[o]);
	}
	return 0;
}

/* b - zp_x sum(w); the bias must have the scale of the products, as TensorFlow Lite requires. */
static int tflite_fc_bias(struct tflite_ctx *c, const struct tflite_tensor *w,
			  struct tflite_rows *r)
{
	struct tflite_tensor b;
	int none = tflite_constant(c, 2, &b);
	double off;
	uint32_t o, i;

	if (none < 0)
		return -1;
	if (!none && (b.type != TFLITE_INT32 || b.n != r->n_out || b.len != 4 * (size_t)b.n))
		return tflite_fail(c, "bias '%s' is not %u numbers of int32", b.name, r->n_out);
	off = none || b.n_scales != 1 ?
		      0 :
		      fabs((double)c->scale * tflite_scale(c, w, 0) - b.scale) / c->out.scale;
	if (w->n_scales == 1 && !(off <= 0.02))
		return tflite_fail(c, "bias '%s' has scale %g, its products have %g", b.name,
				   (double)b.scale, (double)c->scale * tflite_scale(c, w, 0));
	for (o = 0; o < r->n_out; o++) {
		r->bias[o] = none ? 0 : (int32_t)lq_le32(b.data + 4 * (size_t)o);
		for (i = 0; i < r->n_in; i++)
			r->bias[o] -= (int64_t)c->zp * r->w[(size_t)o * r->n_in + i];
	}
	return 0;
}

static void tflite_exact_moved(struct tflite_ctx *c)
{
	c->scale = c->out.scale;
	c->zp = c->out.zp;
}

int tflite_exact_fc(struct tflite_ctx *c)
{
	struct tflite_tensor w;
	struct tflite_rows r;
	int32_t lo, hi;

	if (tflite_exact_tensor(c, &c->out) || tflite_weights(c, &w))
		return -1;
	if (w.type != TFLITE_INT8 || !w.n_scales)
		return tflite_fail(c, "weights '%s' are of type %d, not int8 (%d) with a scale",
				   w.name, w.type, TFLITE_INT8);
	if (tflite_exact_clamp(c, tflite_fused(c), &lo, &hi))
		return -1;
	r = tflite_rows_new(w.dims[1], w.dims[0]);
	if (tflite_fc_weights(c, &w, &r) || tflite_fc_scales(c, &w, &r) ||
	    tflite_fc_bias(c, &w, &r)) {
		tflite_rows_free(&r);
		return -1;
	}
	if (tflite_exact_add(c, &r, lo, hi))
		return -1;
	tflite_exact_moved(c);
	return 0;
}

/* The last layer if it has weights and no table yet. */
static struct graph_exact *tflite_exact_open(const struct tflite_ctx *c)
{
	struct graph_exact *e = c->g->n_layers ? c->g->layers[c->g->n_layers - 1].exact : NULL;

	return e && e->w && !e->lut ? e : NULL;
}

static int tflite_exact_alone(struct tflite_ctx *c, struct graph_exact **e)
{
	*e = util_alloc(1, sizeof(**e));
	(*e)->lo = TFLITE_QMIN;
	(*e)->hi = TFLITE_QMAX;
	if (!tflite_step(c, graph_chain_exact(&c->chain, c->out.name, c->chain.n, *e)))
		return 0;
	free(*e);
	return -1;
}

/* All in float, as the reference fills its table. */
static int16_t tflite_lut_one(const struct tflite_ctx *c, enum tflite_builtin code, int val)
{
	float inverse = 1 / c->out.scale;
	float x = c->scale * (val - c->zp);
	float y = code == TFLITE_TANH ? tanhf(x) : 1.0f / (1.0f + expf(-x));
	int q = (int)(roundf(y * inverse) + c->out.zp);

	return q < TFLITE_QMIN ? TFLITE_QMIN : q > TFLITE_QMAX ? TFLITE_QMAX : q;
}

int tflite_exact_lut(struct tflite_ctx *c, enum tflite_builtin code)
{
	bool tanh_like = code == TFLITE_TANH;
	struct graph_exact *e = tflite_exact_open(c);
	int i;

	if (tflite_exact_tensor(c, &c->out))
		return -1;
	if (c->out.scale != (tanh_like ? 1.0f / 128 : 1.0f / 256) ||
	    c->out.zp != (tanh_like ? 0 : TFLITE_QMIN))
		return tflite_fail(c,
				   "its output has scale %g and zero point %lld, not 1/%d and %d",
				   (double)c->out.scale, (long long)c->out.zp,
				   tanh_like ? 128 : 256, tanh_like ? 0 : TFLITE_QMIN);
	if (!e && tflite_exact_alone(c, &e))
		return -1;
	e->lut = util_alloc(256, sizeof(*e->lut));
	for (i = 0; i < 256; i++)
		e->lut[i] = tflite_lut_one(c, code, i + TFLITE_QMIN);
	tflite_exact_moved(c);
	return 0;
}

/* (x - zp_x) * real + zp_y: a diagonal matrix. */
static int tflite_exact_scale(struct tflite_ctx *c, double real, int32_t lo, int32_t hi)
{
	uint32_t i, n = c->chain.n;
	struct tflite_rows r;

	if (!(real < 0x1p30))
		return tflite_fail(c, "its scales are %g and %g", (double)c->scale,
				   (double)c->out.scale);
	r = tflite_rows_new(n, n);
	for (i = 0; i < n; i++) {
		r.w[(size_t)i * n + i] = 1;
		r.bias[i] = -c->zp;
		tflite_multiplier(real, &r.m[i], &r.s[i]);
	}
	return tflite_exact_add(c, &r, lo, hi);
}

static int32_t tflite_clamped(int32_t x, int32_t lo, int32_t hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

static int tflite_exact_rescale(struct tflite_ctx *c, double real, int32_t lo, int32_t hi)
{
	bool same = c->scale == c->out.scale && c->zp == c->out.zp;
	struct graph_exact *e = tflite_exact_open(c);

	if (same && lo == TFLITE_QMIN && hi == TFLITE_QMAX)
		return 0;
	if (same && e) {
		e->lo = tflite_clamped(e->lo, lo, hi);
		e->hi = tflite_clamped(e->hi, lo, hi);
		return 0;
	}
	if (tflite_exact_scale(c, real, lo, hi))
		return -1;
	tflite_exact_moved(c);
	return 0;
}

int tflite_exact_relu(struct tflite_ctx *c, enum tflite_builtin code)
{
	int act = code == TFLITE_RELU ? TFLITE_ACT_RELU :
		  code == TFLITE_RELU6 ? TFLITE_ACT_RELU6 : TFLITE_ACT_RELU_N1_TO_1;
	int32_t lo, hi;

	if (tflite_exact_tensor(c, &c->out) || tflite_exact_clamp(c, act, &lo, &hi))
		return -1;
	return tflite_exact_rescale(c, (double)(float)(c->scale / c->out.scale), lo, hi);
}

int tflite_exact_requantise(struct tflite_ctx *c)
{
	if (tflite_exact_tensor(c, &c->out))
		return -1;
	return tflite_exact_rescale(c, (double)c->scale / (double)c->out.scale, TFLITE_QMIN,
				    TFLITE_QMAX);
}
