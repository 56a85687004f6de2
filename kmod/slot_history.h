/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A slot has a history while one of its snapshots reads a feature of the group hist. All under
 * lf_mutex, but for the allocation of what they take over, which comes before.
 */
#ifndef LF_SLOT_HISTORY_H
#define LF_SLOT_HISTORY_H

#include "history.h"
#include "state.h"

#define LF_HISTORY_BY_DEFAULT \
	(BIT(LITEFLOW_HISTORY_KEY_PORT) | BIT(LITEFLOW_HISTORY_KEY_PEER))

/* Is @by a key? */
int lf_slot_history_check(u32 by, struct netlink_ext_ack *extack);

/* Does the slot need a history, which it does not have yet, before it serves the snapshot? */
bool lf_slot_history_missing(const struct lf_slot *slot, const struct lf_snapshot *snap);

/*
 * Before the snapshot is installed. *@made: a history by the slot's key, if one was missing; NULL
 * again once the slot has taken it over. -EAGAIN: the slot has changed since.
 */
int lf_slot_history_prepare(struct lf_slot *slot, const struct lf_snapshot *snap,
			    struct lf_history **made, struct netlink_ext_ack *extack);

/* Another key. *@made: an empty history by it; NULL again if the slot has taken it over. */
void lf_slot_history_set(struct lf_slot *slot, u32 by, struct lf_history **made);

/* Drops a history that no snapshot of the slot reads. */
void lf_slot_history_sweep(struct lf_slot *slot);

/* Drops the history. */
void lf_slot_history_end(struct lf_slot *slot);

#endif /* LF_SLOT_HISTORY_H */
