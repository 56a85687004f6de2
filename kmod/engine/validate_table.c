// SPDX-License-Identifier: GPL-2.0
/* The validator's proof of lookup tables: no segment leaves a lane's range. */
#include "validate.h"

s32 lq_segment_end(const u8 *seg, u32 sh, s32 frac)
{
	s32 one = 1 << sh;

	return (lq_get_s16(seg, struct lq_segment, base) * one +
		lq_get_s16(seg, struct lq_segment, slope) * frac + (one >> 1)) >>
	       sh;
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
		if (!lane_ok(lq_segment_end(seg, sh, 0)) ||
		    !lane_ok(lq_segment_end(seg, sh, (1 << sh) - 1)))
			return lq_refuse(c, -ERANGE, "table %u: segment %u leaves -32767 .. 32767",
					 t, k);
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

int lq_check_tables(const struct lq_check *c)
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

int lq_check_cover(const struct lq_check *c, u32 l, u32 t, s32 lo, s32 hi, u32 *peak)
{
	const u8 *tab = lq_table_at(c->file, t), *seg = lq_segments_of(c->file, t);
	u32 n = lq_get16(tab, struct lq_table, n_segments), sh = lq_get8(tab, struct lq_table, sh);
	s32 t_lo = lq_get_s16(tab, struct lq_table, t_lo);
	u32 k, p;

	if (lo < t_lo || (u32)(hi - t_lo) >> sh >= n)
		return lq_refuse(c, -ERANGE, "layer %u: table %u does not cover the clamp %d .. %d",
				 l, t, lo, hi);
	*peak = 0;
	for (k = (u32)(lo - t_lo) >> sh; k <= (u32)(hi - t_lo) >> sh; k++) {
		const u8 *s = seg + k * LQ_SEGMENT_LEN;

		p = lq_peak_of(lq_segment_end(s, sh, 0), lq_segment_end(s, sh, (1 << sh) - 1));
		*peak = p > *peak ? p : *peak;
	}
	return 0;
}
