/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Limits that hold whether or not any user-space process is alive. Once per window a worker checks
 * the counters of the generations that serve. Packets do no work for it except to count saturated
 * outputs, and only while there is a limit for them.
 *
 * There are two sets of limits, each with its own window, and both hold: those of the slot, for
 * every generation that serves, and those of one generation. The former are the administrator's.
 * The latter are for who puts a generation on trial: they stop no other one, and end when it no
 * longer serves, so that nothing is left behind by a program that is killed, and nothing that the
 * administrator has set is lost.
 *
 * A generation that exceeds a limit is stopped: newborn flows and those that hold it move
 * elsewhere. An arm's flows move to the active generation. Those of the active one move to the one
 * before it; without one, or if the limits say so, they get verdict none with
 * reason `guard`. Only a command (split, activate, roll back) makes it serve again.
 *
 * Means of arms: a difference counts if it exceeds the bound and 4.5 of its standard errors. The
 * worker checks again and again; for a mixture of normals, the boundary that holds at all times
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

/* Counts an inference with an output of a net at the end of its range. Never counts for forests. */
void lf_guard_count(const struct lf_gen *gen, const s32 *y);

/* All under lf_mutex. */

/* Each invalid value has its own message. */
int lf_guard_check(const struct lf_guard *guard, struct netlink_ext_ack *extack);

/*
 * The generation of that number, which must serve to have limits of its own, or an error with a
 * message. NULL for 0: the slot's limits are meant.
 */
struct lf_gen *lf_guard_gen(const struct lf_slot *slot, u32 number, struct netlink_ext_ack *extack);

/* @gen: whose limits they are; NULL: the slot's. */
void lf_guard_set(struct lf_slot *slot, struct lf_gen *gen, const struct lf_guard *guard);

/* Is there any limit? */
bool lf_guard_is_on(const struct lf_guard *guard);

/*
 * What serves, or a limit, has changed: restarts windows and means. Those that no longer serve lose
 * their own limits.
 */
void lf_guard_mark(struct lf_slot *slot);

/* The slot goes. */
void lf_guard_end(struct lf_slot *slot);

/* All namespaces are gone. */
void lf_guard_uninit(void);

#endif /* LF_GUARD_H */
