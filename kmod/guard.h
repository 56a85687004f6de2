/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Limits of a slot that hold whether or not anybody in user space is alive. A worker looks at the
 * counters of the generations that serve, once a window; packets do nothing for it but to count
 * saturated outputs, and that only while a slot has a limit for them.
 *
 * A generation past a limit is stopped: newborn flows and those that hold it go elsewhere. An arm's
 * go to the active generation; those of the active one to the one before it or, where there is none
 * or the slot wants that, to verdict none with the reason `guard`. Nothing but a command (split,
 * activate, roll back) lets it serve again.
 *
 * Means of arms: the difference counts if it is above the bound and 4.5 standard errors of itself.
 * The worker looks again and again; for a mixture of normals the boundary that holds at all times
 * with an error of 1/1000 is at 4.5 when there are a thousand times as many values as at first.
 */
#ifndef LF_GUARD_H
#define LF_GUARD_H

#include <linux/jump_label.h>
#include "state.h"

#define LF_GUARD_WINDOW_MS	500
#define LF_GUARD_WINDOW_MIN	100
#define LF_GUARD_WINDOW_MAX	60000
#define LF_GUARD_LEAST		100

DECLARE_STATIC_KEY_FALSE(lf_saturated_key);

/* Counts an inference with an output of a net at the end of its range. Forests have none. */
void lf_guard_count(const struct lf_gen *gen, const s32 *y);

/* All under lf_mutex. */

/* Every bad value has its sentence. */
int lf_guard_check(const struct lf_guard *guard, struct netlink_ext_ack *extack);
void lf_guard_set(struct lf_slot *slot, const struct lf_guard *guard);

/* What serves has changed: windows and means begin anew. */
void lf_guard_mark(struct lf_slot *slot);

/* The slot goes. */
void lf_guard_end(struct lf_slot *slot);

/* All namespaces are left. */
void lf_guard_uninit(void);

#endif /* LF_GUARD_H */
