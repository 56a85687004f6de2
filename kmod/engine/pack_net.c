// SPDX-License-Identifier: GPL-2.0
/*
 * Layout of nets: quantisers, tables, then layer by layer the three forms of the weights (see
 * struct lq_stage).
 */
#include "arena.h"
#include "file.h"

#define ROUND_UP(n, to)	(((n) + (to) - 1) / (to) * (to))

/* Outputs and quantisers are padded to whole vectors of AVX-512. */
#define PAD		16

static void fill_quant(struct lq_quant *q, const u8 *in)
{
	q->S = lq_get8(in, struct lq_input, S);
	q->m = lq_get_s32(in, struct lq_input, m);
	q->lo = lq_get_s16(in, struct lq_input, lo);
	q->hi = lq_get_s16(in, struct lq_input, hi);
	q->off = lq_get_s64(in, struct lq_input, off) + (q->S ? 1LL << (q->S - 1) : 0);
}

static s64 quotient(const struct lq_quant *q, s64 feature)
{
	return (feature * q->m + q->off) >> q->S;
}

/*
 * The least feature whose quotient is at least v; 2^31 if there is none. Quotients rise with the
 * feature, since m is not negative.
 */
static s64 least_reaching(const struct lq_quant *q, s64 v)
{
	s64 from = -(1LL << 31), to = 1LL << 31;

	while (from < to) {
		s64 mid = (from + to) >> 1;

		if (quotient(q, mid) >= v)
			to = mid;
		else
			from = mid + 1;
	}
	return from;
}

static bool fits_s32(s64 v)
{
	return v == (s32)v;
}

/* Index of input i in off and S. */
static u32 vquant_at(u32 i)
{
	return (i & ~15u) + (i & 1) * 8 + (i & 15) / 2;
}

struct vquant_terms {
	s32 *f_lo, *f_hi, *m, *back;
	s64 *off;
	u64 *S;
	s16 *lo, *hi;
};

/* Returns false if a quotient between the clamps may overflow s32. */
static bool fill_vquant(const struct vquant_terms *t, u32 i, const struct lq_quant *q)
{
	s64 f_lo = least_reaching(q, (s64)q->lo + 1) - 1, f_hi = least_reaching(q, q->hi);

	t->f_lo[i] = (s32)(f_lo < -(1LL << 31) ? f_lo + 1 : f_lo);
	t->f_hi[i] = (s32)(f_hi > (1LL << 31) - 1 ? f_hi - 1 : f_hi);
	t->m[i] = q->m;
	t->back[i] = (s32)(u32)(1ull << (62 - q->S));
	t->off[vquant_at(i)] = q->off + (1LL << 62);
	t->S[vquant_at(i)] = q->S;
	t->lo[i] = q->lo;
	t->hi[i] = q->hi;
	return fits_s32(quotient(q, t->f_lo[i])) && fits_s32(quotient(q, t->f_hi[i]));
}

static void pack_vquant(struct lq_arena *a, const struct lq_quant *q, u32 n, struct lq_vquant *vq)
{
	u32 n_pad = ROUND_UP(n, PAD), i;
	struct vquant_terms t;

	t.f_lo = lq_carve(a, n_pad, sizeof(*t.f_lo));
	t.f_hi = lq_carve(a, n_pad, sizeof(*t.f_hi));
	t.m = lq_carve(a, n_pad, sizeof(*t.m));
	t.back = lq_carve(a, n_pad, sizeof(*t.back));
	t.off = lq_carve(a, n_pad, sizeof(*t.off));
	t.S = lq_carve(a, n_pad, sizeof(*t.S));
	t.lo = lq_carve(a, n_pad, sizeof(*t.lo));
	t.hi = lq_carve(a, n_pad, sizeof(*t.hi));
	if (!q)
		return;
	vq->fits = true;
	for (i = 0; i < n; i++)
		vq->fits &= fill_vquant(&t, i, &q[i]);
	vq->f_lo = t.f_lo;
	vq->f_hi = t.f_hi;
	vq->m = t.m;
	vq->back = t.back;
	vq->off = t.off;
	vq->S = t.S;
	vq->lo = t.lo;
	vq->hi = t.hi;
}

static void pack_inputs(struct lq_arena *a, const u8 *file, const struct lq_info *info,
			struct lq_net *net)
{
	struct lq_quant *q = lq_carve(a, info->n_inputs, sizeof(*q));
	u32 i;

	for (i = 0; q && i < info->n_inputs; i++)
		fill_quant(&q[i], lq_input_at(file, i));
	net->quant = q;
	if (LQ_HAVE_VECTORS)
		pack_vquant(a, q, info->n_inputs, &net->vq);
}

/* Every table once; *curves = array of them, NULL while measuring. */
static struct lq_curve *pack_curves(struct lq_arena *a, const u8 *file, struct lq_curve *curves,
				    u32 n)
{
	u32 t, k;

	for (t = 0; t < n; t++) {
		const u8 *tab = lq_table_at(file, t), *p = lq_segments_of(file, t);
		u32 n_seg = lq_get16(tab, struct lq_table, n_segments);
		u32 *seg = lq_carve(a, n_seg, sizeof(*seg));

		if (!seg)
			continue;
		for (k = 0; k < n_seg; k++)
			seg[k] = lq_le32(p + k * LQ_SEGMENT_LEN);
		curves[t].seg = seg;
		curves[t].t_lo = lq_get_s16(tab, struct lq_table, t_lo);
		curves[t].sh = lq_get8(tab, struct lq_table, sh);
		lq_pause();
	}
	return curves;
}

static void fill_stage(struct lq_stage *st, const u8 *file, u32 l, const u32 *at,
		       const struct lq_curve *curves)
{
	const u8 *lay = lq_layer_at(file, l);
	u32 table = lq_get16(lay, struct lq_layer, table);
	struct lq_buffers b = lq_file_buffers(file, l);

	st->op = lq_get8(lay, struct lq_layer, op);
	st->S = lq_get8(lay, struct lq_layer, S);
	st->n_in = lq_get16(lay, struct lq_layer, n_in);
	st->n_out = lq_get16(lay, struct lq_layer, n_out);
	st->zp = lq_get_s16(lay, struct lq_layer, zp);
	st->lo = lq_get_s16(lay, struct lq_layer, lo) - st->zp;
	st->hi = lq_get_s16(lay, struct lq_layer, hi) - st->zp;
	st->from = at[b.from] + b.first;
	st->to = at[b.to] + b.at;
	if (b.with != LQ_NO_BUFFER) {
		st->with = at[b.with];
		st->n_with = lq_held(file, l, b.with) == st->n_out ? 2 : 1;
	}
	if (table)
		st->curve = curves[table - 1];
}

/* The weights and rows of a layer that has any, in the forms in which it runs. */
static void pack_rows(struct lq_arena *a, struct lq_stage *st, u32 n_out, const u8 *row)
{
	s32 *bias = lq_carve(a, ROUND_UP(n_out, PAD), sizeof(*bias));
	s32 *m = lq_carve(a, ROUND_UP(n_out, PAD), sizeof(*m));
	u32 o;

	for (o = 0; bias && o < n_out; o++, row += LQ_ROW_LEN) {
		bias[o] = lq_get_s32(row, struct lq_row, bias);
		m[o] = lq_get_s32(row, struct lq_row, m);
	}
	if (st) {
		st->bias = bias;
		st->m = m;
	}
}

static void pack_plain(struct lq_arena *a, struct lq_stage *st, u32 n_in, u32 n_out, const u8 *p)
{
	s16 *w = lq_carve(a, (size_t)n_in * n_out, sizeof(*w));
	u32 i;

	for (i = 0; w && i < n_in * n_out; i++, p += 2)
		w[i] = (s16)lq_le16(p);
	lq_pause();
	if (st)
		st->w = w;
}

/* Two s32 in one accumulator: the high one absorbs the borrow of a negative low one. */
static u64 pair_of(s32 low, s32 high)
{
	return ((u64)(s64)high << 32) + (u64)(s64)low;
}

static void fill_swar(u64 *w2, const struct lq_stage *st)
{
	u32 n_pairs = (st->n_out + 1u) / 2;
	u32 first, i, p;

	for (first = 0; first < n_pairs; first += LQ_SWAR_PAIRS) {
		u32 pairs = n_pairs - first < LQ_SWAR_PAIRS ? n_pairs - first : LQ_SWAR_PAIRS;

		for (i = 0; i < st->n_in; i++)
			for (p = first; p < first + pairs; p++) {
				const s16 *w = st->w + (size_t)2 * p * st->n_in + i;

				*w2++ = pair_of(w[0], 2 * p + 1 < st->n_out ? w[st->n_in] : 0);
			}
		lq_pause();
	}
}

static void pack_swar(struct lq_arena *a, struct lq_stage *st, u32 n_in, u32 n_out)
{
	u32 n_pairs = (n_out + 1) / 2, p;
	u64 *w2 = lq_carve(a, (size_t)n_pairs * n_in, sizeof(*w2));
	u64 *b2 = lq_carve(a, n_pairs, sizeof(*b2));

	if (!st)
		return;
	fill_swar(w2, st);
	for (p = 0; p < n_pairs; p++)
		b2[p] = pair_of(st->bias[2 * p], st->bias[2 * p + 1]);
	st->w2 = w2;
	st->b2 = b2;
}

static void pack_vectors(struct lq_arena *a, struct lq_stage *st, u32 n_in, u32 n_out)
{
	u32 n_pairs = (n_in + 1) / 2;
	s16 *wv = lq_carve(a, (size_t)ROUND_UP(n_out, PAD) * n_pairs * 2, sizeof(*wv));
	u32 o, i;

	if (!st)
		return;
	for (o = 0; o < n_out; o++) {
		for (i = 0; i < n_in; i++)
			wv[((o / PAD * n_pairs + i / 2) * PAD + o % PAD) * 2 + i % 2] =
				st->w[o * n_in + i];
		lq_pause();
	}
	st->wv = wv;
}

struct sums {
	const u8 *w, *row;
};

/* The weights and rows of layer l. */
static void pack_sums(struct lq_arena *a, const u8 *file, u32 l, struct lq_stage *st,
		      struct sums *next)
{
	const u8 *lay = lq_layer_at(file, l);
	u32 n_in = lq_weights_of(file, l), n_out = lq_get16(lay, struct lq_layer, n_out);

	pack_rows(a, st, n_out, next->row);
	next->row += n_out * LQ_ROW_LEN;
	if (!n_in)
		return;
	pack_plain(a, st, n_in, n_out, next->w);
	next->w += n_in * n_out * 2;
	if (lq_get8(lay, struct lq_layer, op) != LQ_OP_FC)
		return;
	if (LQ_HAVE_SWAR)
		pack_swar(a, st, n_in, n_out);
	if (LQ_HAVE_VECTORS)
		pack_vectors(a, st, n_in, n_out);
}

void lq_pack_net(struct lq_arena *a, const u8 *file, const struct lq_info *info, struct lq_net *net)
{
	u32 n_tables = lq_get16(file, struct lq_header, n_tables);
	struct sums next = { lq_sect_at(file, LQ_SECT_WEIGHTS), lq_sect_at(file, LQ_SECT_ROWS) };
	struct lq_stage *stages = lq_carve(a, info->n_layers, sizeof(*stages));
	struct lq_curve *curves = lq_carve(a, n_tables, sizeof(*curves));
	u32 at[LQ_MAX_BUFFERS], l;

	lq_file_lanes(file, at);
	net->out = at[lq_file_buffers(file, info->n_layers - 1).to];
	net->n_stages = info->n_layers;
	net->stages = stages;
	pack_inputs(a, file, info, net);
	pack_curves(a, file, curves, n_tables);
	for (l = 0; l < info->n_layers; l++) {
		struct lq_stage *st = stages ? &stages[l] : NULL;

		if (st)
			fill_stage(st, file, l, at, curves);
		if (lq_has_rows(file, l))
			pack_sums(a, file, l, st, &next);
		if (st)
			lq_pause();
	}
}
