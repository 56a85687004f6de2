/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The integer kernels: what one layer or one group of trees computes. Inline and independent of the
 * environment, so that the engine, the C modules that lfgen emits and the host all run the same
 * code and give the same bits.
 *
 * Every kernel relies on what lq_validate() proved: |bias + any partial sum| <= 2^31 - 1, |w|, |x|
 * <= 32767, 0 <= m <= 2^31 - 1, 31 <= S <= 62, and tables that cover the clamp before them. None of
 * them checks anything.
 *
 * SWAR: two multiply-accumulates in one 64-bit multiplication:
 *
 *	w = w_o + w_(o+1) * 2^32,  acc += w * x	(mod 2^64)
 *	low sum = (s32)acc,  high sum = (acc - low sum) >> 32
 *
 * This is exact because both sums fit s32. Weights are laid out as [block of 4 pairs][input][pair],
 * so that one load of x feeds four multiplications whose other operand comes from memory; the last
 * block of a layer has 1 to 4 pairs.
 *
 * Tree walks have no data-dependent branches, since a misprediction costs more than a level. Four
 * trees are walked side by side:
 *
 *	heap form	complete tree of depth d, node i has children 2i and 2i + 1, root 1: no
 *			child pointers
 *	loop form	any shape; a leaf points to itself with a threshold that nothing exceeds:
 *			extra steps stay
 */
#ifndef LQ_KERNELS_H
#define LQ_KERNELS_H

#include <lq/format.h>

#define LQ_SWAR_PAIRS		4	/* pairs of outputs in a full block */
#define LQ_SWAR_OUTPUTS		(2 * LQ_SWAR_PAIRS)

/*
 * Quantiser of one input: q = clamp((feature * m + off) >> S, lo, hi); off holds the rounding term.
 */
struct lq_quant {
	s64 off;
	s32 m;
	s16 lo;
	s16 hi;
	u32 S;
};

/* A table ready to run: seg[] = base (low half) and slope (high half). */
struct lq_curve {
	const u32 *seg;		/* NULL: the identity */
	s32 t_lo;
	u32 sh;
};

/*
 * A layer ready to run. lo and hi are the file's values minus zp: clamping before adding zp stays
 * in s32.
 */
struct lq_stage {
	u8 op;			/* enum lq_op */
	u8 S;
	u16 n_in;
	u16 n_out;
	/* offset of each buffer among all lanes; COPY: where it reads and writes */
	u16 from;
	u16 to;
	u16 with;
	/* lanes of the second buffer: 0: none, 1: one for all outputs, 2: one for each */
	u8 n_with;
	s32 zp;
	s32 lo;
	s32 hi;
	struct lq_curve curve;
	const s16 *w;		/* [n_out][n_in]; ADD: [n_out][1 + n_with / 2] */
	const s32 *bias;	/* [n_out], zeros up to a multiple of 16 */
	const s32 *m;		/* [n_out], zeros up to a multiple of 16 */
	const u64 *w2;		/* SWAR: [block][n_in][pairs of the block] */
	const u64 *b2;		/* SWAR: bias of pairs */
	const s16 *wv;		/* AVX: [block of 16 outputs][pair of inputs][16][2] */
};

/* Node of the loop form: next = child + (x[input] > thr). */
struct lq_loop_node {
	s32 thr;
	u16 input;
	u16 child;
};

static inline s16 lq_quantise(const struct lq_quant *q, s32 feature)
{
	s64 v = ((s64)feature * q->m + q->off) >> q->S;

	if (v < q->lo)
		v = q->lo;
	if (v > q->hi)
		v = q->hi;
	return (s16)v;
}

static inline s32 lq_clamp(s32 v, s32 lo, s32 hi)
{
	v = v < lo ? lo : v;
	return v > hi ? hi : v;
}

/*
 * Scale, round half up, clamp, shift to the zero point. The quotient fits s32: |acc|, m <= 2^31 - 1
 * and S >= 31.
 */
static inline s16 lq_requant(const struct lq_stage *st, s32 acc, s32 m)
{
	s64 v = ((s64)acc * m + (1LL << (st->S - 1))) >> st->S;

	return (s16)(lq_clamp((s32)v, st->lo, st->hi) + st->zp);
}

static inline s16 lq_curve_at(const struct lq_curve *c, s32 y)
{
	u32 u = (u32)(y - c->t_lo);
	u32 e = c->seg[u >> c->sh];
	s32 one = 1 << c->sh;
	s32 frac = (s32)(u & (u32)(one - 1));

	return (s16)(((s16)e * one + ((s32)e >> 16) * frac + (one >> 1)) >> c->sh);
}

/* Applies a fully connected layer's table in place, if it has one. */
static inline void lq_curve_lanes(const struct lq_curve *c, s16 *y, u32 n)
{
	s16 *end = y + n;

	if (!c->seg)
		return;
	for (; y < end; y++)
		*y = lq_curve_at(c, *y);
}

/* LQ_OP_TABLE: clamp, then table. */
static inline void lq_table_lanes(const struct lq_stage *st, const s16 *x, s16 *y)
{
	s16 *end = y + st->n_out;

	for (; y < end; x++, y++)
		*y = lq_curve_at(&st->curve, lq_clamp(*x, st->lo, st->hi));
}

static inline void lq_copy_lanes(const struct lq_stage *st, const s16 *x, s16 *y)
{
	const s16 *end = x + st->n_out;

	while (x < end)
		*y++ = *x++;
}

static inline void lq_add_lanes(const struct lq_stage *st, const s16 *x, const s16 *z, s16 *y)
{
	const s16 *w = st->w;
	u32 o;

	for (o = 0; o < st->n_out; o++) {
		s32 acc = st->bias[o] + *w++ * x[o];

		if (st->n_with)
			acc += *w++ * z[o];
		y[o] = lq_requant(st, acc, st->m[o]);
	}
	lq_curve_lanes(&st->curve, y, st->n_out);
}

static inline void lq_mul_lanes(const struct lq_stage *st, const s16 *x, const s16 *z, s16 *y)
{
	u32 o, each = st->n_with == 2;

	for (o = 0; o < st->n_out; o++, z += each)
		y[o] = lq_requant(st, x[o] * *z, st->m[o]);
	lq_curve_lanes(&st->curve, y, st->n_out);
}

/* Sums fit s32: at most LQ_MAX_OUTPUTS times 32767. */
static inline void lq_softmax_lanes(const struct lq_stage *st, const s16 *x, s16 *y)
{
	s32 most = x[0];
	u32 sum = 0, o;

	for (o = 1; o < st->n_out; o++)
		most = x[o] > most ? x[o] : most;
	for (o = 0; o < st->n_out; o++) {
		y[o] = lq_curve_at(&st->curve, lq_clamp(x[o] - most, st->lo, 0));
		sum += (u32)y[o];
	}
	for (o = 0; o < st->n_out; o++)
		y[o] = (s16)(((u32)y[o] * 32767 + sum / 2) / sum);
}

/* All but fully connected layers: the same code for every path. */
static inline void lq_lanes(const struct lq_stage *st, s16 *lanes)
{
	const s16 *x = lanes + st->from, *z = lanes + st->with;
	s16 *y = lanes + st->to;

	switch (st->op) {
	case LQ_OP_TABLE:
		lq_table_lanes(st, x, y);
		break;
	case LQ_OP_COPY:
		lq_copy_lanes(st, x, y);
		break;
	case LQ_OP_ADD:
		lq_add_lanes(st, x, z, y);
		break;
	case LQ_OP_MUL:
		lq_mul_lanes(st, x, z, y);
		break;
	case LQ_OP_SOFTMAX:
		lq_softmax_lanes(st, x, y);
		break;
	}
}

/* The reference implementation. */
static inline void lq_fc_plain(const struct lq_stage *st, const s16 *x, s16 *y)
{
	const s16 *w = st->w;
	u32 o, i;

	for (o = 0; o < st->n_out; o++) {
		s32 acc = st->bias[o];

		for (i = 0; i < st->n_in; i++)
			acc += *w++ * x[i];
		y[o] = lq_requant(st, acc, st->m[o]);
	}
	lq_curve_lanes(&st->curve, y, st->n_out);
}

/* Writes both sums of one accumulator to two lanes. */
static __always_inline void lq_swar_emit(const struct lq_stage *st, u64 acc, const s32 *m, s16 *y)
{
	s32 low = (s32)(u32)acc;
	s32 high = (s32)(u32)((acc - (u64)(s64)low) >> 32);

	y[0] = lq_requant(st, low, m[0]);
	y[1] = lq_requant(st, high, m[1]);
}

/*
 * One block of `pairs` (a constant, 1 .. 4) pairs of outputs. Returns the weights of the next
 * block.
 */
static __always_inline const u64 *lq_swar_block(const struct lq_stage *st, const u64 *w,
						const s16 *x, s16 *y, u32 o, u32 pairs)
{
	const s16 *end = x + st->n_in;
	const u64 *b = st->b2 + o / 2;
	const s32 *m = st->m + o;
	u64 a0 = b[0];
	u64 a1 = pairs > 1 ? b[1] : 0;
	u64 a2 = pairs > 2 ? b[2] : 0;
	u64 a3 = pairs > 3 ? b[3] : 0;

	for (; x < end; x++, w += pairs) {
		u64 v = (u64)(s64)*x;

		a0 += w[0] * v;
		if (pairs > 1)
			a1 += w[1] * v;
		if (pairs > 2)
			a2 += w[2] * v;
		if (pairs > 3)
			a3 += w[3] * v;
	}
	y += o;
	lq_swar_emit(st, a0, m, y);
	if (pairs > 1)
		lq_swar_emit(st, a1, m + 2, y + 2);
	if (pairs > 2)
		lq_swar_emit(st, a2, m + 4, y + 4);
	if (pairs > 3)
		lq_swar_emit(st, a3, m + 6, y + 6);
	return w;
}

/* If n_out is odd, writes one lane more than n_out. */
static inline void lq_fc_swar(const struct lq_stage *st, const s16 *x, s16 *y)
{
	u32 n_pairs = (st->n_out + 1u) / 2;
	const u64 *w = st->w2;
	u32 o = 0;

	for (; n_pairs >= LQ_SWAR_PAIRS; n_pairs -= LQ_SWAR_PAIRS, o += LQ_SWAR_OUTPUTS)
		w = lq_swar_block(st, w, x, y, o, LQ_SWAR_PAIRS);
	if (n_pairs == 3)
		lq_swar_block(st, w, x, y, o, 3);
	else if (n_pairs == 2)
		lq_swar_block(st, w, x, y, o, 2);
	else if (n_pairs == 1)
		lq_swar_block(st, w, x, y, o, 1);
	lq_curve_lanes(&st->curve, y, st->n_out);
}

static __always_inline u32 lq_loop_step(const struct lq_loop_node *node, u32 i, const s32 *x)
{
	return node[i].child + (u32)(x[node[i].input] > node[i].thr);
}

/* Index of the leaf node of one tree. */
static inline u32 lq_loop_walk(const struct lq_loop_node *node, u32 depth, const s32 *x)
{
	u32 i = 0;

	for (; depth; depth--)
		i = lq_loop_step(node, i, x);
	return i;
}

/* Leaf nodes of four trees with roots at node + root[0 .. 3]; depth is the greatest of the four. */
static __always_inline void lq_loop_walk4(const struct lq_loop_node *node, const u32 root[4],
					  u32 depth, const s32 *x, u32 *i0, u32 *i1, u32 *i2,
					  u32 *i3)
{
	const struct lq_loop_node *n0 = node + root[0], *n1 = node + root[1];
	const struct lq_loop_node *n2 = node + root[2], *n3 = node + root[3];
	u32 a = 0, b = 0, c = 0, e = 0;

	for (; depth; depth--) {
		a = lq_loop_step(n0, a, x);
		b = lq_loop_step(n1, b, x);
		c = lq_loop_step(n2, c, x);
		e = lq_loop_step(n3, e, x);
	}
	*i0 = a;
	*i1 = b;
	*i2 = c;
	*i3 = e;
}

/*
 * Index of the greatest of n >= 1, ties to the lowest index; *margin = greatest minus second, at
 * most S32_MAX.
 */
static inline u32 lq_argmax_of(const s32 *y, u32 n, s32 *margin)
{
	s64 best = y[0], second = best - 0x7fffffff;
	u32 i, at = 0;

	for (i = 1; i < n; i++) {
		if (y[i] > best) {
			second = best;
			best = y[i];
			at = i;
		} else if (i == 1 || y[i] > second) {
			second = y[i];
		}
	}
	best -= second;
	*margin = best > 0x7fffffff ? 0x7fffffff : (s32)best;
	return at;
}

#endif /* LQ_KERNELS_H */
