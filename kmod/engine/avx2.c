// SPDX-License-Identifier: GPL-2.0
/*
 * Nets in AVX2: the same integers as lq_fc_plain(), sixteen multiply-accumulates per instruction.
 *
 * Weights lie in blocks of 16 outputs, [pair of inputs][16 outputs][2]. One pair of lanes is
 * broadcast as a dword; vpmaddwd gives each of eight outputs the sum of both products, and vpaddd
 * accumulates them. This is exact: the validator has bounded every partial sum, and no operand is
 * -32768. Then eight outputs at once are
 *
 *	requantised	AVX2 has no 64-bit arithmetic shift: acc * m + 2^(S-1) + 2^62 is
 *			positive and can be shifted right logically by S; then 2^(62-S), which
 *			2^62 has become, is subtracted modulo 2^32
 *	clamped		before the zero point is added, since the sum might overflow s32
 *	looked up	vpgatherdd of {base, slope}, vpmaddwd with {2^sh, frac}
 *
 * Features are quantised likewise, each with its own shift. They are clamped first, to where the
 * quantiser's own clamp takes effect (see lq_vquant), so that the quotient fits s32. A batch runs
 * four vectors through each load of weights.
 *
 * The file needs vector registers: only its two entry points may be called from outside, and only
 * between kernel_fpu_begin() and kernel_fpu_end(). It uses the compilers' vector types, since the
 * kernel has no <immintrin.h>. Lanes and outputs after the last are computed from zero weights and
 * never read as values.
 */
#include "model.h"

#if LQ_HAVE_VECTORS && defined(__AVX2__) && !defined(__CHECKER__)

typedef s16 v16h __attribute__((vector_size(32)));
typedef s32 v8w __attribute__((vector_size(32)));
typedef u32 v8u __attribute__((vector_size(32)));
typedef s64 v4d __attribute__((vector_size(32)));
typedef u64 v4u __attribute__((vector_size(32)));
typedef s16 v8h __attribute__((vector_size(16)));
typedef s32 v4w __attribute__((vector_size(16)));

/* The same in memory; _any if only the element is aligned, and for lanes read in pairs. */
typedef v8w v8w_any __attribute__((__aligned__(4), __may_alias__));
typedef v8w v8w_mem __attribute__((__may_alias__));
typedef v4u v4u_mem __attribute__((__may_alias__));
typedef v8h v8h_lanes __attribute__((__may_alias__));
typedef v16h v16h_lanes __attribute__((__may_alias__));
typedef s32 s32_lanes __attribute__((__aligned__(2), __may_alias__));

#define madd(a, b)	((v8w)__builtin_ia32_pmaddwd256((v16h)(a), (v16h)(b)))
#define mul_even(a, b)	((v4u)__builtin_ia32_pmuldq256((v8w)(a), (v8w)(b)))
#define pack16(a, b)	((v4d)__builtin_ia32_packssdw256(a, b))
#define load_masked(p, mask)	((v8w)__builtin_ia32_maskloadd256((const v8w *)(p), mask))
#ifdef __clang__
#define max8(a, b)	__builtin_elementwise_max(a, b)
#define min8(a, b)	__builtin_elementwise_min(a, b)
#define max16(a, b)	__builtin_elementwise_max(a, b)
#define min16(a, b)	__builtin_elementwise_min(a, b)
#define gather8(p, i) \
	((v8w)__builtin_ia32_gatherd_d256((v8w){ 0 }, (const int *)(p), i, (v8w){ 0 } == 0, 4))
#else
#define max8(a, b)	((v8w)__builtin_ia32_pmaxsd256(a, b))
#define min8(a, b)	((v8w)__builtin_ia32_pminsd256(a, b))
#define max16(a, b)	((v8h)__builtin_ia32_pmaxsw128(a, b))
#define min16(a, b)	((v8h)__builtin_ia32_pminsw128(a, b))
#define gather8(p, i) \
	((v8w)__builtin_ia32_gathersiv8si((v8w){ 0 }, (const int *)(p), i, (v8w){ 0 } == 0, 4))
#endif

static __always_inline v8w all8(s32 v)
{
	return (v8w){ v, v, v, v, v, v, v, v };
}

static __always_inline v4u all4(u64 v)
{
	return (v4u){ v, v, v, v };
}

static __always_inline v8w load8(const void *p)
{
	return *(const v8w_mem *)p;
}

static __always_inline v4u load4(const void *p)
{
	return *(const v4u_mem *)p;
}

static __always_inline v8h load8h(const void *p)
{
	return *(const v8h_lanes *)p;
}

static __always_inline v8w load_pair(const s16 *lanes)
{
	return all8(*(const s32_lanes *)lanes);
}

static __always_inline v4w low4(v8w v)
{
	return __builtin_shufflevector(v, v, 0, 1, 2, 3);
}

static __always_inline v4w high4(v8w v)
{
	return __builtin_shufflevector(v, v, 4, 5, 6, 7);
}

/* 8 lanes, saturated. */
static __always_inline v8h pack8(v8w v)
{
	return (v8h)__builtin_ia32_packssdw128(low4(v), high4(v));
}

/* 16 lanes from two vectors of s32, in order. */
static __always_inline void store16(s16 *to, v8w a, v8w b)
{
	v4d packed = pack16(a, b);

	*(v16h_lanes *)to = (v16h)__builtin_shufflevector(packed, packed, 0, 2, 1, 3);
}

/*
 * Interleaves dwords: even places from one vector, odd places from the high halves of the other.
 */
static __always_inline v8w interleave8(v4u even, v4u odd_high)
{
	return __builtin_shufflevector((v8w)even, (v8w)odd_high, 0, 9, 2, 11, 4, 13, 6, 15);
}

/* Eight features from i on: clamp, multiply, add and shift in 64 bits, narrow, clamp. */
static __always_inline void quantise8(const struct lq_vquant *q, v8w f, s16 *lanes, u32 i)
{
	u32 at = (i & ~15u) + (i & 8) / 2;	/* of the even places in off and S */
	v8w v, m = load8(q->m + i);
	v4u even, odd;

	f = min8(max8(f, load8(q->f_lo + i)), load8(q->f_hi + i));
	even = (mul_even(f, m) + load4(q->off + at)) >> load4(q->S + at);
	odd = (mul_even((v4u)f >> 32, (v4u)m >> 32) + load4(q->off + at + 8)) >>
	      load4(q->S + at + 8);
	v = (v8w)((v8u)interleave8(even, odd << 32) - (v8u)load8(q->back + i));
	*(v8h_lanes *)(lanes + i) = min16(max16(pack8(v), load8h(q->lo + i)), load8h(q->hi + i));
}

/* Pads with zeros after the last input, up to a multiple of 8. */
static __always_inline void quantise(const struct lq_net *net, const s32 *x, s16 *lanes, u32 n)
{
	static const s32 window[16]
		__attribute__((__aligned__(64))) = { -1, -1, -1, -1, -1, -1, -1, -1 };
	u32 i;

	if (!net->vq.fits) {
		for (i = 0; i < n; i++)
			lanes[i] = lq_quantise(&net->quant[i], x[i]);
		return;
	}
	for (i = 0; i + 8 <= n; i += 8)
		quantise8(&net->vq, *(const v8w_any *)(x + i), lanes, i);
	if (i < n)
		quantise8(&net->vq, load_masked(x + i, *(const v8w_any *)(window + 8 - (n - i))),
			  lanes, i);
}

/*
 * What the steps after the sums need, read before the first store to lanes, which might alias it.
 */
struct tail {
	const s32 *m;
	const u32 *seg;
	v4u round;		/* 2^62 + 2^(S-1) */
	v4u S;
	v8u back;		/* 2^(62-S) modulo 2^32 */
	v8w lo;
	v8w hi;
	/* with a table: minus t_lo, so that lanes come out as positions in it */
	v8w zp;
	v8w mask;		/* 2^sh - 1 */
	v8w one;		/* 2^sh */
	v8w half;		/* 2^(sh-1) or 0 */
	u32 sh;
};

static __always_inline struct tail tail_of(const struct lq_stage *st)
{
	const struct lq_curve *c = &st->curve;
	s32 one = 1 << c->sh;

	return (struct tail){
		.m = st->m,
		.seg = c->seg,
		.round = all4((1ull << 62) + (1ull << (st->S - 1))),
		.S = all4(st->S),
		.back = (v8u)all8((s32)(u32)(1ull << (62 - st->S))),
		.lo = all8(st->lo),
		.hi = all8(st->hi),
		.zp = all8(st->zp - c->t_lo),
		.mask = all8(one - 1),
		.one = all8(one),
		.half = all8(one >> 1),
		.sh = c->sh,
	};
}

static __always_inline v8w requant8(const struct tail *t, v8w acc, v8w m)
{
	v4u even = (mul_even(acc, m) + t->round) >> t->S;
	v4u odd = (mul_even((v4u)acc >> 32, (v4u)m >> 32) + t->round) >> t->S;
	v8w v = interleave8(even, odd << 32);

	return min8(max8((v8w)((v8u)v - t->back), t->lo), t->hi) + t->zp;
}

static __always_inline v8w curve8(const struct tail *t, v8w u)
{
	v8w e = gather8(t->seg, (v8w)((v8u)u >> t->sh));
	v8w frac = u & t->mask;

	return (madd(e, (frac << 16) | t->one) + t->half) >> (s32)t->sh;
}

static __always_inline v8w finish8(const struct tail *t, v8w acc, u32 o)
{
	v8w y = requant8(t, acc, load8(t->m + o));

	return t->seg ? curve8(t, y) : y;
}

/*
 * `blocks` (a constant: 1, 2 or 4) times eight outputs from o on; writes up to the next multiple of
 * 16.
 */
static __always_inline void fc_blocks(const struct lq_stage *st, const s16 *x, s16 *y, u32 o,
				      u32 blocks)
{
	u32 n_pairs = (st->n_in + 1u) / 2, stride = n_pairs * 32;
	const s16 *w = st->wv + (size_t)o * n_pairs * 2, *end = x + 2 * n_pairs;
	v8w a0 = load8(st->bias + o), a1 = a0, a2 = a0, a3 = a0;
	struct tail t = tail_of(st);

	if (blocks > 1)
		a1 = load8(st->bias + o + 8);
	if (blocks > 2) {
		a2 = load8(st->bias + o + 16);
		a3 = load8(st->bias + o + 24);
	}
	for (; x < end; x += 2, w += 32) {
		v8w v = load_pair(x);

		a0 += madd(v, load8(w));
		if (blocks > 1)
			a1 += madd(v, load8(w + 16));
		if (blocks > 2) {
			a2 += madd(v, load8(w + stride));
			a3 += madd(v, load8(w + stride + 16));
		}
	}
	a0 = finish8(&t, a0, o);
	store16(y + o, a0, blocks > 1 ? finish8(&t, a1, o + 8) : a0);
	if (blocks > 2)
		store16(y + o + 16, finish8(&t, a2, o + 16), finish8(&t, a3, o + 24));
}

/* A single output: a dot product along the lanes. Weights are zero after the last input. */
static __always_inline void fc_one(const struct lq_stage *st, const s16 *x, s16 *y)
{
	const s16 *w = st->w, *end = x + st->n_in;
	v8w sums = { 0 };
	v4w s;

	for (; x < end; x += 16, w += 16)
		sums += madd(load8(x), load8(w));
	s = low4(sums) + high4(sums);
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
	for (; n >= 32; n -= 32, o += 32)
		fc_blocks(st, x, y, o, 4);
	if (n > 16) {
		fc_blocks(st, x, y, o, 2);
		o += 16;
		n -= 16;
	}
	if (n > 8)
		fc_blocks(st, x, y, o, 2);
	else if (n)
		fc_blocks(st, x, y, o, 1);
}

/* The other steps have no sums: scalar code. */
static void others(const struct lq_stage *st, s16 *lanes)
{
	lq_lanes(st, lanes);
}

static void emit(const s16 *lanes, s32 *y, u32 n)
{
	u32 o;

	for (o = 0; o < n; o++)
		y[o] = lanes[o];
}

void lq_avx2_run(const struct lq_model *model, const s32 *x, s32 *y, struct lq_scratch *scratch)
{
	const struct lq_stage *st = model->net.stages, *end = st + model->net.n_stages;
	s16 *lanes = scratch->lanes;

	quantise(&model->net, x, lanes, model->info.n_inputs);
	for (; st < end; st++)
		if (st->op == LQ_OP_FC)
			fc(st, lanes + st->from, lanes + st->to);
		else
			others(st, lanes);
	emit(lanes + model->net.out, y, model->info.n_outputs);
}

/* Sixteen outputs of four vectors: eight accumulators for every two loads of weights. */
static __always_inline void fc4_blocks(const struct lq_stage *st, const s16 *x, s16 *y, u32 o)
{
	u32 n_pairs = (st->n_in + 1u) / 2;
	const s16 *w = st->wv + (size_t)o * n_pairs * 2, *end = x + 2 * n_pairs;
	v8w a0 = load8(st->bias + o), b0 = load8(st->bias + o + 8);
	v8w a1 = a0, b1 = b0, a2 = a0, b2 = b0, a3 = a0, b3 = b0;
	struct tail t = tail_of(st);

	for (; x < end; x += 2, w += 32) {
		v8w wa = load8(w), wb = load8(w + 16);
		v8w v0 = load_pair(x), v1 = load_pair(x + LQ_VECTOR);
		v8w v2 = load_pair(x + 2 * LQ_VECTOR), v3 = load_pair(x + 3 * LQ_VECTOR);

		a0 += madd(v0, wa);
		b0 += madd(v0, wb);
		a1 += madd(v1, wa);
		b1 += madd(v1, wb);
		a2 += madd(v2, wa);
		b2 += madd(v2, wb);
		a3 += madd(v3, wa);
		b3 += madd(v3, wb);
	}
	y += o;
	store16(y, finish8(&t, a0, o), finish8(&t, b0, o + 8));
	store16(y + LQ_VECTOR, finish8(&t, a1, o), finish8(&t, b1, o + 8));
	store16(y + 2 * LQ_VECTOR, finish8(&t, a2, o), finish8(&t, b2, o + 8));
	store16(y + 3 * LQ_VECTOR, finish8(&t, a3, o), finish8(&t, b3, o + 8));
}

static void stage4(const struct lq_stage *st, s16 *lanes)
{
	const s16 *x = lanes + st->from;
	s16 *y = lanes + st->to;
	u32 k, o;

	if (st->op != LQ_OP_FC)
		for (k = 0; k < LQ_BATCH; k++)
			others(st, lanes + k * LQ_VECTOR);
	else if (st->n_out == 1)
		for (k = 0; k < LQ_BATCH; k++)
			fc_one(st, x + k * LQ_VECTOR, y + k * LQ_VECTOR);
	else
		for (o = 0; o < st->n_out; o += 16)
			fc4_blocks(st, x, y, o);
}

void lq_avx2_run4(const struct lq_model *model, const s32 *x, s32 *y,
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

void lq_avx2_run(const struct lq_model *model, const s32 *x, s32 *y, struct lq_scratch *scratch)
{
	lq_net_run(model, false, x, y, scratch);
}

void lq_avx2_run4(const struct lq_model *model, const s32 *x, s32 *y,
		  struct lq_batch_scratch *scratch)
{
	u32 k;

	for (k = 0; k < LQ_BATCH; k++)
		lq_avx2_run(model, x + k * model->info.n_inputs, y + k * model->info.n_outputs,
			    &scratch->one);
}

#endif
