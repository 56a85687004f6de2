/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a slot remembers of flows that have ended: running statistics of their sizes by a key that
 * the slot chooses, for the features of the group hist. Fixed memory, no allocation once it exists.
 */
#ifndef LF_HISTORY_H
#define LF_HISTORY_H

#include <linux/jump_label.h>
#include <linux/types.h>
#include <lq/features.h>
#include "flow.h"

/* Keys of one history. A power of two times LF_HISTORY_WAYS. */
#define LF_HISTORY_KEYS		4096
#define LF_HISTORY_WAYS		8

/* From this size on, in bytes, a flow is large: hist.large_share. */
#define LF_HISTORY_LARGE	102400

struct lf_history;

/* At least one slot has a history. */
DECLARE_STATIC_KEY_FALSE(lf_history_key);

/*
 * @by: bits of enum liteflow_history_key, what flows must have in common. 128 KB, charged to the
 * caller's control group. Return: NULL without memory. Sleeps.
 */
struct lf_history *lf_history_create(u32 by);

u32 lf_history_by(const struct lf_history *h);

/* No packet finds it any more: at once, or after a grace period. */
void lf_history_free(struct lf_history *h);
void lf_history_free_later(struct lf_history *h);

/* Is a part of the key taken from a flow's label? */
bool lf_history_labelled(const struct lf_history *h);

/*
 * A flow ends (the half that keeps the verdict, if joined). Its statistics, its key and, where
 * lf_history_labelled(), its label are read; the caller holds them still. Bottom halves are off.
 */
void lf_history_add(struct lf_history *h, const struct lf_flow *flow, enum lf_flow_end why);

/*
 * Writes those of the features @ids[n] that are of the group hist to @x, for a flow that lives;
 * otherwise like lf_history_add(). @now_ns: ktime_get_ns()
 */
void lf_history_fill(struct lf_history *h, s32 *x, const u8 *ids, u32 n, const struct lf_flow *flow,
		     u64 now_ns);

#endif /* LF_HISTORY_H */
