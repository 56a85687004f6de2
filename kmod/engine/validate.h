/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Local to the validator: validate.c, validate_net.c, validate_table.c, validate_forest.c,
 * validate_refuse.c.
 */
#ifndef LQ_VALIDATE_H
#define LQ_VALIDATE_H

#include "file.h"

/*
 * State that one validation carries from step to step. Sections may be read once check_extents()
 * has passed.
 */
struct lq_check {
	const u8 *file;
	size_t len;
	struct lq_info *info;
	struct lq_err *err;
	u32 n_tables;
	u32 n_leaves;
};

extern const char *const lq_sect_names[LQ_SECTS];

/* Writes the reason and returns code, so that a rejection is one statement. */
int lq_refuse(const struct lq_check *c, int code, const char *fmt, ...)
	__attribute__((__format__(__printf__, 3, 4)));

/* Is section s exactly n records of size bytes? n and size cannot overflow a u64. */
int lq_check_len(const struct lq_check *c, enum lq_sect s, u64 n, u32 size);

#define LANE_MIN	(-32767)
#define LANE_MAX	32767

static inline u32 lq_peak_of(s32 lo, s32 hi)
{
	u32 a = (u32)(lo < 0 ? -lo : lo), b = (u32)(hi < 0 ? -hi : hi);

	return a > b ? a : b;
}

/* What a segment gives at @frac of its 1 << @sh steps. */
s32 lq_segment_end(const u8 *seg, u32 sh, s32 frac);
int lq_check_tables(const struct lq_check *c);
/* Does layer @l's table cover its clamp? *peak = greatest |value| that it gives there. */
int lq_check_cover(const struct lq_check *c, u32 l, u32 t, s32 lo, s32 hi, u32 *peak);

int lq_check_net(const struct lq_check *c);
int lq_check_forest(const struct lq_check *c);

#endif /* LQ_VALIDATE_H */
