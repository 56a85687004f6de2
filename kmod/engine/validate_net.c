// SPDX-License-Identifier: GPL-2.0
/*
 * The validator's proof of a net: no accumulator can leave s32 and no table look-up can leave its table, whatever the
 * features are.
 *
 * The proof goes from layer to layer with X, the greatest |value| that a lane may have: of each input its own clamp,
 * later the clamp or the reachable part of the table of the layer before. For every output
 *
 *	B = |bias| + sum_i |w_i| * X_i <= 2^31 - 1
 *
 * bounds the sum over any subset of terms in any order, so it covers every path: plain, SWAR lanes, vpmaddwd pairs.
 * B is below 2^31 + 1024 * 2^30 < 2^41, so s64 cannot overflow.
 */
#include "validate.h"

#define LANE_MIN	(-32767)
#define LANE_MAX	32767
#define ACC_MAX		0x7fffffffu

/* What the proof knows between two layers. */
struct lanes {
	u32 n;
	u32 peak;		/* greatest |value|; not used while `inputs` */
	bool inputs;		/* lanes are the model's inputs, each with its own clamp */
};

/* What has been consumed of the sections that layers share. */
struct cursor {
	const u8 *w;
	const u8 *row;
	u64 macs;
	u64 rows;
};

static u32 peak_of(s32 lo, s32 hi)
{
	u32 a = (u32)(lo < 0 ? -lo : lo), b = (u32)(hi < 0 ? -hi : hi);

	return a > b ? a : b;
}

static u32 input_peak(const struct lq_check *c, u32 i)
{
	const u8 *in = lq_input_at(c->file, i);

	return peak_of(lq_get_s16(in, struct lq_input, lo), lq_get_s16(in, struct lq_input, hi));
}

static s32 segment_end(const u8 *seg, u32 sh, s32 frac)
{
	s32 one = 1 << sh;

	return (lq_get_s16(seg, struct lq_segment, base) * one + lq_get_s16(seg, struct lq_segment, slope) * frac +
		(one >> 1)) >> sh;
}

static bool lane_ok(s32 v)
{
	return v >= LANE_MIN && v <= LANE_MAX;
}

static int check_table(const struct lq_check *c, u32 t)
{
	const u8 *tab = lq_table_at(c->file, t), *seg = lq_segments_of(c->file, t);
	u32 n = lq_get16(tab, struct lq_table, n_segments), sh = lq_get8(tab, struct lq_table, sh);
	u32 k;

	for (k = 0; k < n; k++, seg += LQ_SEGMENT_LEN)
		if (!lane_ok(segment_end(seg, sh, 0)) || !lane_ok(segment_end(seg, sh, (1 << sh) - 1)))
			return lq_refuse(c, -ERANGE, "table %u: segment %u leaves -32767 .. 32767", t, k);
	return 0;
}

static int check_table_head(const struct lq_check *c, u32 t, u64 *segments)
{
	const u8 *tab = lq_table_at(c->file, t);
	u32 n = lq_get16(tab, struct lq_table, n_segments), sh = lq_get8(tab, struct lq_table, sh);

	if (lq_get8(tab, struct lq_table, reserved) || lq_get16(tab, struct lq_table, reserved2))
		return lq_refuse(c, -EINVAL, "table %u: reserved bytes are not zero", t);
	if (sh > 8)
		return lq_refuse(c, -EINVAL, "table %u: shift %u is not within 0 .. 8", t, sh);
	if (!n)
		return lq_refuse(c, -EINVAL, "table %u: no segments", t);
	*segments += n;
	return 0;
}

static int check_tables(const struct lq_check *c)
{
	u64 segments = 0;
	u32 t;
	int ret;

	ret = lq_check_len(c, LQ_SECT_TABLES, c->n_tables, LQ_TABLE_LEN);
	for (t = 0; !ret && t < c->n_tables; t++)
		ret = check_table_head(c, t, &segments);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_SEGMENTS, segments, LQ_SEGMENT_LEN);
	for (t = 0; !ret && t < c->n_tables; t++) {
		ret = check_table(c, t);
		lq_pause();
	}
	return ret;
}

/* The layer's table covers its clamp; *peak = greatest |value| that it gives there. */
static int check_cover(const struct lq_check *c, u32 l, u32 t, s32 lo, s32 hi, u32 *peak)
{
	const u8 *tab = lq_table_at(c->file, t), *seg = lq_segments_of(c->file, t);
	u32 n = lq_get16(tab, struct lq_table, n_segments), sh = lq_get8(tab, struct lq_table, sh);
	s32 t_lo = lq_get_s16(tab, struct lq_table, t_lo);
	u32 k, p;

	if (lo < t_lo || (u32)(hi - t_lo) >> sh >= n)
		return lq_refuse(c, -ERANGE, "layer %u: table %u does not cover the clamp %d .. %d", l, t, lo, hi);
	*peak = 0;
	for (k = (u32)(lo - t_lo) >> sh; k <= (u32)(hi - t_lo) >> sh; k++) {
		const u8 *s = seg + k * LQ_SEGMENT_LEN;

		p = peak_of(segment_end(s, sh, 0), segment_end(s, sh, (1 << sh) - 1));
		*peak = p > *peak ? p : *peak;
	}
	return 0;
}

static int check_row(const struct lq_check *c, const struct lanes *in, struct cursor *cur, u32 l, u32 o)
{
	s32 bias = lq_get_s32(cur->row, struct lq_row, bias);
	u64 bound = bias < 0 ? 0 - (u64)bias : (u64)bias;
	u32 i;

	if (lq_get_s32(cur->row, struct lq_row, m) < 0)
		return lq_refuse(c, -EINVAL, "layer %u, row %u: multiplier is negative", l, o);
	for (i = 0; i < in->n; i++, cur->w += 2) {
		s32 w = (s16)lq_le16(cur->w);

		if (w < LANE_MIN)
			return lq_refuse(c, -EINVAL, "layer %u, row %u: weight %u is -32768", l, o, i);
		bound += (u64)(w < 0 ? -w : w) * (in->inputs ? input_peak(c, i) : in->peak);
	}
	if (bound > ACC_MAX)
		return lq_refuse(c, -ERANGE, "layer %u, row %u: accumulator may reach %llu, more than 2^31 - 1", l, o,
				 (unsigned long long)bound);
	if (bound > c->info->bound_used)
		c->info->bound_used = (u32)bound;
	cur->row += LQ_ROW_LEN;
	return 0;
}

static int check_rows(const struct lq_check *c, const struct lanes *in, struct cursor *cur, u32 l, u32 n_out)
{
	u32 o;
	int ret = 0;

	cur->macs += (u64)in->n * n_out;
	cur->rows += n_out;
	if (cur->macs > LQ_MAX_MACS)
		return lq_refuse(c, -E2BIG, "layer %u: more than %u multiply-accumulates so far", l, LQ_MAX_MACS);
	if (cur->macs * 2 > lq_sect_len(c->file, LQ_SECT_WEIGHTS))
		return lq_refuse(c, -EINVAL, "layer %u: section weights is too short", l);
	if (cur->rows * LQ_ROW_LEN > lq_sect_len(c->file, LQ_SECT_ROWS))
		return lq_refuse(c, -EINVAL, "layer %u: section rows is too short", l);
	for (o = 0; !ret && o < n_out; o++) {
		ret = check_row(c, in, cur, l, o);
		lq_pause();
	}
	return ret;
}

static int check_shape(const struct lq_check *c, const struct lanes *in, u32 l, const u8 *lay)
{
	u32 n_in = lq_get16(lay, struct lq_layer, n_in), n_out = lq_get16(lay, struct lq_layer, n_out);
	s32 lo = lq_get_s16(lay, struct lq_layer, lo), hi = lq_get_s16(lay, struct lq_layer, hi);
	u32 table = lq_get16(lay, struct lq_layer, table);

	if (n_in != in->n)
		return lq_refuse(c, -EINVAL, "layer %u: %u inputs, the layer before gives %u", l, n_in, in->n);
	if (!n_out)
		return lq_refuse(c, -EINVAL, "layer %u: no outputs", l);
	if (n_out > LQ_MAX_WIDTH)
		return lq_refuse(c, -E2BIG, "layer %u: %u outputs, at most %u allowed", l, n_out, LQ_MAX_WIDTH);
	if (lo < LANE_MIN || hi < lo)
		return lq_refuse(c, -EINVAL, "layer %u: clamp %d .. %d is not within -32767 .. 32767", l, lo, hi);
	if (table > c->n_tables)
		return lq_refuse(c, -EINVAL, "layer %u: table %u of %u", l, table - 1, c->n_tables);
	if (lq_get16(lay, struct lq_layer, reserved))
		return lq_refuse(c, -EINVAL, "layer %u: reserved bytes are not zero", l);
	return 0;
}

static int check_op(const struct lq_check *c, u32 l, const u8 *lay)
{
	u32 op = lq_get8(lay, struct lq_layer, op), S = lq_get8(lay, struct lq_layer, S);

	if (op == LQ_OP_FC) {
		if (S < 31 || S > 62)
			return lq_refuse(c, -EINVAL, "layer %u: shift %u is not within 31 .. 62", l, S);
		return 0;
	}
	if (op != LQ_OP_TABLE)
		return lq_refuse(c, -EINVAL, "layer %u: unknown operation %u", l, op);
	if (S || lq_get16(lay, struct lq_layer, zp))
		return lq_refuse(c, -EINVAL, "layer %u: a table layer has a shift or a zero point", l);
	if (!lq_get16(lay, struct lq_layer, table))
		return lq_refuse(c, -EINVAL, "layer %u: a table layer without a table", l);
	if (lq_get16(lay, struct lq_layer, n_out) != lq_get16(lay, struct lq_layer, n_in))
		return lq_refuse(c, -EINVAL, "layer %u: a table layer changes the number of lanes", l);
	return 0;
}

static int check_layer(const struct lq_check *c, struct lanes *lanes, struct cursor *cur, u32 l)
{
	const u8 *lay = lq_layer_at(c->file, l);
	s32 lo = lq_get_s16(lay, struct lq_layer, lo), hi = lq_get_s16(lay, struct lq_layer, hi);
	u32 n_out = lq_get16(lay, struct lq_layer, n_out), table = lq_get16(lay, struct lq_layer, table);
	int ret;

	ret = check_shape(c, lanes, l, lay);
	if (!ret)
		ret = check_op(c, l, lay);
	if (!ret && lq_get8(lay, struct lq_layer, op) == LQ_OP_FC)
		ret = check_rows(c, lanes, cur, l, n_out);
	lanes->n = n_out;
	lanes->inputs = false;
	lanes->peak = peak_of(lo, hi);
	if (!ret && table)
		ret = check_cover(c, l, table - 1, lo, hi, &lanes->peak);
	return ret;
}

/* Sections of forests are empty in a net. */
static int check_unused(const struct lq_check *c)
{
	int ret = lq_check_len(c, LQ_SECT_TREES, 0, 1);

	if (!ret)
		ret = lq_check_len(c, LQ_SECT_NODES, 0, 1);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_LEAVES, 0, 1);
	return ret;
}

int lq_check_net(const struct lq_check *c)
{
	struct cursor cur = { .w = lq_sect_at(c->file, LQ_SECT_WEIGHTS), .row = lq_sect_at(c->file, LQ_SECT_ROWS) };
	struct lanes lanes = { .n = c->info->n_inputs, .inputs = true };
	u32 l;
	int ret;

	ret = check_unused(c);
	if (!ret)
		ret = check_tables(c);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_LAYERS, c->info->n_layers, LQ_LAYER_LEN);
	for (l = 0; !ret && l < c->info->n_layers; l++)
		ret = check_layer(c, &lanes, &cur, l);
	if (!ret && lanes.n != c->info->n_outputs)
		return lq_refuse(c, -EINVAL, "last layer gives %u outputs, header says %u", lanes.n,
				 c->info->n_outputs);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_WEIGHTS, cur.macs, 2);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_ROWS, cur.rows, LQ_ROW_LEN);
	c->info->macs = (u32)cur.macs;
	return ret;
}
