// SPDX-License-Identifier: GPL-2.0
/*
 * Nets in AVX-512 with VNNI: the same integers as lq_fc_plain(), 32 multiply-accumulates per
 * instruction.
 *
 * Weights, quantisers and tables lie as avx2.c reads them, and its head has the arithmetic. What is
 * different: vpdpwssd multiplies and accumulates at once, 64-bit shifts are arithmetic, so no bias
 * of 2^62 is needed for sums, and the last inputs are read with a mask.
 *
 * vpdpwssd waits for the sum before it. A layer of few outputs splits each sum into parts that wait
 * for different ones; they are added at the end, modulo 2^32 and so exactly.
 *
 * Only the two entry points may be called from outside, and only between kernel_fpu_begin() and
 * kernel_fpu_end().
 */
#include "model.h"

#if LQ_HAVE_VECTORS && defined(__AVX512VNNI__) && !defined(__CHECKER__)

typedef s32 v16w __attribute__((vector_size(64)));
typedef u32 v16u __attribute__((vector_size(64)));
typedef long long v8d __attribute__((vector_size(64)));
typedef s16 v32h __attribute__((vector_size(64)));
typedef s16 v16h __attribute__((vector_size(32)));
typedef s32 v8w __attribute__((vector_size(32)));
typedef s32 v4w __attribute__((vector_size(16)));

/* The same in memory; _any if only the element is aligned, and for lanes read in pairs. */
typedef v16w v16w_mem __attribute__((__may_alias__));
typedef v16w v16w_any __attribute__((__aligned__(2), __may_alias__));
typedef v8w v8w_any __attribute__((__aligned__(2), __may_alias__));
typedef v8d v8d_mem __attribute__((__may_alias__));
typedef v16h v16h_lanes __attribute__((__aligned__(2), __may_alias__));
typedef s32 s32_lanes __attribute__((__aligned__(2), __may_alias__));

#define ALL		((u16)-1)
#define load_masked(p, mask) \
	((v16w)__builtin_ia32_loaddqusi512_mask((const s32 *)(p), (v16w){ 0 }, mask))
#define narrow16(v)	((v16h)__builtin_ia32_pmovsdw512_mask(v, (v16h){ 0 }, ALL))
#define gather16(p, i)	((v16w)__builtin_ia32_gathersiv16si((v16w){ 0 }, p, i, ALL, 4))
#ifdef __clang__
#define dot(acc, a, b)	((v16w)__builtin_ia32_vpdpwssd512(acc, a, b))
#define mul_even(a, b)	((v8d)__builtin_ia32_pmuldq512(a, b))
#define madd(a, b)	((v16w)__builtin_ia32_pmaddwd512((v32h)(a), (v32h)(b)))
#define max16(a, b)	__builtin_elementwise_max(a, b)
#define min16(a, b)	__builtin_elementwise_min(a, b)
#define max16h(a, b)	__builtin_elementwise_max(a, b)
#define min16h(a, b)	__builtin_elementwise_min(a, b)
#else
#define dot(acc, a, b)	((v16w)__builtin_ia32_vpdpwssd_v16si(acc, a, b))
#define mul_even(a, b)	((v8d)__builtin_ia32_pmuldq512_mask(a, b, (v8d){ 0 }, (u8)ALL))
#define madd(a, b) \
	((v16w)__builtin_ia32_pmaddwd512_mask((v32h)(a), (v32h)(b), (v16w){ 0 }, ALL))
#define max16(a, b)	((v16w)__builtin_ia32_pmaxsd512_mask(a, b, (v16w){ 0 }, ALL))
#define min16(a, b)	((v16w)__builtin_ia32_pminsd512_mask(a, b, (v16w){ 0 }, ALL))
#define max16h(a, b)	((v16h)__builtin_ia32_pmaxsw256(a, b))
#define min16h(a, b)	((v16h)__builtin_ia32_pminsw256(a, b))
#endif

static __always_inline v16w all16(s32 v)
{
	return (v16w){ v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v };
}

static __always_inline v8d all8(s64 v)
{
	return (v8d){ v, v, v, v, v, v, v, v };
}

static __always_inline v16w load16(const void *p)
{
	return *(const v16w_mem *)p;
}

static __always_inline v8d load8(const void *p)
{
	return *(const v8d_mem *)p;
}

static __always_inline v16h load16h(const void *p)
{
	return *(const v16h_lanes *)p;
}

static __always_inline v16w load_pair(const s16 *lanes)
{
	return all16(*(const s32_lanes *)lanes);
}

static __always_inline v8d high(v16w v)
{
	return (v8d)v >> 32;
}

/* Dwords by turns: the low halves of even, the low halves of odd. */
static __always_inline v16w interleave16(v8d even, v8d odd)
{
	return __builtin_shufflevector((v16w)even, (v16w)(odd << 32), 0, 17, 2, 19, 4, 21, 6, 23, 8,
				       25, 10, 27, 12, 29, 14, 31);
}

/* Sixteen features from i on: clamp, multiply, add and shift in 64 bits, narrow, clamp. */
static __always_inline void quantise16(const struct lq_vquant *q, v16w f, s16 *lanes, u32 i)
{
	v16w v, m = load16(q->m + i);
	v8d even, odd;

	f = min16(max16(f, load16(q->f_lo + i)), load16(q->f_hi + i));
	even = (mul_even(f, m) + load8(q->off + i)) >> load8(q->S + i);
	odd = (mul_even((v16w)high(f), (v16w)high(m)) + load8(q->off + i + 8)) >>
	      load8(q->S + i + 8);
	v = (v16w)((v16u)interleave16(even, odd) - (v16u)load16(q->back + i));
	*(v16h_lanes *)(lanes + i) =
		min16h(max16h(narrow16(v), load16h(q->lo + i)), load16h(q->hi + i));
}

/* Pads with zeros after the last input, up to a multiple of 16. */
static __always_inline void quantise(const struct lq_net *net, const s32 *x, s16 *lanes, u32 n)
{
	u32 i;

	if (!net->vq.fits) {
		for (i = 0; i < n; i++)
			lanes[i] = lq_quantise(&net->quant[i], x[i]);
		return;
	}
	for (i = 0; i + 16 <= n; i += 16)
		quantise16(&net->vq, *(const v16w_any *)(x + i), lanes, i);
	if (i < n)
		quantise16(&net->vq, load_masked(x + i, (u16)((1u << (n - i)) - 1)), lanes, i);
}

/*
 * What the steps after the sums need, read before the first store to lanes, which might alias it.
 */
struct tail {
	const s32 *m;
	const u32 *seg;
	v8d round;		/* 2^(S-1) */
	v8d S;
	v16w lo;
	v16w hi;
	/* with a table: minus t_lo, so that lanes come out as positions in it */
	v16w zp;
	v16w mask;		/* 2^sh - 1 */
	v16w one;		/* 2^sh */
	v16w half;		/* 2^(sh-1) or 0 */
	u32 sh;
};

static __always_inline struct tail tail_of(const struct lq_stage *st)
{
	const struct lq_curve *c = &st->curve;
	s32 one = 1 << c->sh;

	return (struct tail){
		.m = st->m,
		.seg = c->seg,
		.round = all8(1ll << (st->S - 1)),
		.S = all8(st->S),
		.lo = all16(st->lo),
		.hi = all16(st->hi),
		.zp = all16(st->zp - c->t_lo),
		.mask = all16(one - 1),
		.one = all16(one),
		.half = all16(one >> 1),
		.sh = c->sh,
	};
}

static __always_inline v16w requant16(const struct tail *t, v16w acc, v16w m)
{
	v8d even = (mul_even(acc, m) + t->round) >> t->S;
	v8d odd = (mul_even((v16w)high(acc), (v16w)high(m)) + t->round) >> t->S;

	return min16(max16(interleave16(even, odd), t->lo), t->hi) + t->zp;
}

static __always_inline v16w curve16(const struct tail *t, v16w u)
{
	v16w e = gather16(t->seg, (v16w)((v16u)u >> t->sh));
	v16w frac = u & t->mask;

	return (madd(e, (frac << 16) | t->one) + t->half) >> (s32)t->sh;
}

static __always_inline void finish16(const struct tail *t, v16w acc, u32 o, s16 *y)
{
	v16w v = requant16(t, acc, load16(t->m + o));

	*(v16h_lanes *)(y + o) = narrow16(t->seg ? curve16(t, v) : v);
}

/* Of one tile: vectors, blocks of 16 outputs, parts of a sum. At most 8 accumulators in all. */
#define TILE		8

/*
 * Sixteen times `blocks` outputs from o on, of `vectors` inputs; all counts are constants. Lanes of
 * one vector lie LQ_VECTOR after those of the one before.
 */
static __always_inline void fc_tile(const struct lq_stage *st, const s16 *x, s16 *y, u32 o,
				    u32 vectors, u32 blocks, u32 parts)
{
	u32 n_pairs = (st->n_in + 1u) / 2, stride = n_pairs * 32, p, b, v, k;
	const s16 *w = st->wv + (size_t)o * n_pairs * 2;
	struct tail t = tail_of(st);
	v16w acc[TILE];

#define AT(v, b, k)	acc[((v) * blocks + (b)) * parts + (k)]
#pragma GCC unroll 8
	for (v = 0; v < vectors; v++)
#pragma GCC unroll 4
		for (b = 0; b < blocks; b++)
#pragma GCC unroll 4
			for (k = 0; k < parts; k++)
				AT(v, b, k) = k ? (v16w){ 0 } : load16(st->bias + o + 16 * b);
	for (p = 0; p + parts <= n_pairs; p += parts, x += 2 * parts, w += 32 * parts)
#pragma GCC unroll 4
		for (k = 0; k < parts; k++)
#pragma GCC unroll 4
			for (b = 0; b < blocks; b++)
#pragma GCC unroll 4
				for (v = 0; v < vectors; v++)
					AT(v, b, k) = dot(AT(v, b, k),
							  load_pair(x + 2 * k + v * LQ_VECTOR),
							  load16(w + 32 * k + b * stride));
	for (; p < n_pairs; p++, x += 2, w += 32)
#pragma GCC unroll 4
		for (b = 0; b < blocks; b++)
#pragma GCC unroll 4
			for (v = 0; v < vectors; v++)
				AT(v, b, 0) = dot(AT(v, b, 0), load_pair(x + v * LQ_VECTOR),
						  load16(w + b * stride));
#pragma GCC unroll 4
	for (v = 0; v < vectors; v++)
#pragma GCC unroll 4
		for (b = 0; b < blocks; b++) {
#pragma GCC unroll 4
			for (k = 1; k < parts; k++)
				AT(v, b, 0) += AT(v, b, k);
			finish16(&t, AT(v, b, 0), o + 16 * b, y + v * LQ_VECTOR);
		}
#undef AT
}

/* A single output: a dot product along the lanes. Weights are zero after the last input. */
static __always_inline void fc_one(const struct lq_stage *st, const s16 *x, s16 *y)
{
	const s16 *w = st->w, *end = x + st->n_in;
	v16w sums = { 0 };
	v8w s8 = { 0 };
	v4w s;

	for (; x + 16 < end; x += 32, w += 32)
		sums = dot(sums, *(const v16w_any *)x, load16(w));
	if (x < end)
		s8 = (v8w)__builtin_ia32_pmaddwd256(load16h(x), load16h(w));
	s8 += __builtin_shufflevector(sums, sums, 0, 1, 2, 3, 4, 5, 6, 7) +
	      __builtin_shufflevector(sums, sums, 8, 9, 10, 11, 12, 13, 14, 15);
	s = __builtin_shufflevector(s8, s8, 0, 1, 2, 3) +
	    __builtin_shufflevector(s8, s8, 4, 5, 6, 7);
	s += __builtin_shufflevector(s, s, 2, 3, 0, 1);
	*y = lq_requant(st, st->bias[0] + s[0] + s[1], st->m[0]);
	lq_curve_lanes(&st->curve, y, 1);
}

static void fc(const struct lq_stage *st, const s16 *x, s16 *y)
{
	u32 o = 0, n = st->n_out;

	if (n == 1) {
		fc_one(st, x, y);
		return;
	}
	for (; n > 48; n = n > 64 ? n - 64 : 0, o += 64)
		fc_tile(st, x, y, o, 1, 4, 2);
	for (; n > 16; n = n > 32 ? n - 32 : 0, o += 32)
		fc_tile(st, x, y, o, 1, 2, 2);
	if (n)
		fc_tile(st, x, y, o, 1, 1, 4);
}

static void emit(const s16 *lanes, s32 *y, u32 n)
{
	u32 o;

	for (o = 0; o < n; o++)
		y[o] = lanes[o];
}

void lq_avx512_run(const struct lq_model *model, const s32 *x, s32 *y, struct lq_scratch *scratch)
{
	const struct lq_stage *st = model->net.stages, *end = st + model->net.n_stages;
	s16 *lanes = scratch->lanes;

	quantise(&model->net, x, lanes, model->info.n_inputs);
	for (; st < end; st++)
		if (st->op == LQ_OP_FC)
			fc(st, lanes + st->from, lanes + st->to);
		else
			lq_lanes(st, lanes);
	emit(lanes + model->net.out, y, model->info.n_outputs);
}

static void stage4(const struct lq_stage *st, s16 *lanes)
{
	const s16 *x = lanes + st->from;
	s16 *y = lanes + st->to;
	u32 k, o = 0, n = st->n_out;

	if (st->op != LQ_OP_FC) {
		for (k = 0; k < LQ_BATCH; k++)
			lq_lanes(st, lanes + k * LQ_VECTOR);
	} else if (n == 1) {
		for (k = 0; k < LQ_BATCH; k++)
			fc_one(st, x + k * LQ_VECTOR, y + k * LQ_VECTOR);
	} else {
		for (; n > 16; n = n > 32 ? n - 32 : 0, o += 32)
			fc_tile(st, x, y, o, LQ_BATCH, 2, 1);
		if (n)
			fc_tile(st, x, y, o, LQ_BATCH, 1, 1);
	}
}

void lq_avx512_run4(const struct lq_model *model, const s32 *x, s32 *y,
		    struct lq_batch_scratch *scratch)
{
	const struct lq_stage *st = model->net.stages, *end = st + model->net.n_stages;
	u32 n_in = model->info.n_inputs, n_out = model->info.n_outputs, k;
	s16 *lanes = scratch->lanes;

	for (k = 0; k < LQ_BATCH; k++)
		quantise(&model->net, x + k * n_in, lanes + k * LQ_VECTOR, n_in);
	for (; st < end; st++)
		stage4(st, lanes);
	for (k = 0; k < LQ_BATCH; k++)
		emit(lanes + k * LQ_VECTOR + model->net.out, y + k * n_out, n_out);
}

#else /* another architecture, or sparse: never called */

void lq_avx512_run(const struct lq_model *model, const s32 *x, s32 *y, struct lq_scratch *scratch)
{
	lq_net_run(model, false, x, y, scratch);
}

void lq_avx512_run4(const struct lq_model *model, const s32 *x, s32 *y,
		    struct lq_batch_scratch *scratch)
{
	u32 k;

	for (k = 0; k < LQ_BATCH; k++)
		lq_avx512_run(model, x + k * model->info.n_inputs, y + k * model->info.n_outputs,
			      &scratch->one);
}

#endif
