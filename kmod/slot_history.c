// SPDX-License-Identifier: GPL-2.0
#include "slot_history.h"

#define LF_HISTORY_BITS	(BIT(LITEFLOW_HISTORY_KEY_DSCP + 1) - 1)

static struct lf_history *history_of(const struct lf_slot *slot)
{
	return lf_dereference(slot->history);
}

int lf_slot_history_check(u32 by, struct netlink_ext_ack *extack)
{
	if (by && !(by & ~LF_HISTORY_BITS))
		return 0;
	lf_extack(extack, "a history is by one or more of port, peer, source and dscp");
	return -EINVAL;
}

/* Counts what packets have to do for it. */
static void history_switch(struct lf_slot *slot, struct lf_history *h)
{
	struct lf_history *old = history_of(slot);

	if (h) {
		static_branch_inc(&lf_history_key);
		if (lf_history_labelled(h))
			static_branch_inc(&lf_label_key);
	}
	rcu_assign_pointer(slot->history, h);
	if (!old)
		return;
	static_branch_dec(&lf_history_key);
	if (lf_history_labelled(old))
		static_branch_dec(&lf_label_key);
	lf_history_free_later(old);
}

bool lf_slot_history_missing(const struct lf_slot *slot, const struct lf_snapshot *snap)
{
	lockdep_assert_held(&lf_mutex);
	return snap->history && !history_of(slot);
}

int lf_slot_history_prepare(struct lf_slot *slot, const struct lf_snapshot *snap,
			    struct lf_history **made, struct netlink_ext_ack *extack)
{
	if (!lf_slot_history_missing(slot, snap))
		return 0;
	if (!*made || lf_history_by(*made) != slot->history_by) {
		lf_extack(extack, "slot %s is being changed by somebody else: try again",
			  slot->name);
		return -EAGAIN;
	}
	history_switch(slot, *made);
	*made = NULL;
	return 0;
}

void lf_slot_history_set(struct lf_slot *slot, u32 by, struct lf_history **made)
{
	lockdep_assert_held(&lf_mutex);
	if (by == slot->history_by)
		return;
	slot->history_by = by;
	if (!history_of(slot))
		return;
	history_switch(slot, *made);
	*made = NULL;
}

static bool history_is_read(const struct lf_slot *slot)
{
	int i;

	for (i = 0; i < LF_GENERATIONS; i++)
		if (slot->gens[i] && slot->gens[i]->snap->history)
			return true;
	return slot->standby && slot->standby->history;
}

void lf_slot_history_sweep(struct lf_slot *slot)
{
	lockdep_assert_held(&lf_mutex);
	if (history_of(slot) && !history_is_read(slot))
		history_switch(slot, NULL);
}

void lf_slot_history_end(struct lf_slot *slot)
{
	lockdep_assert_held(&lf_mutex);
	if (history_of(slot))
		history_switch(slot, NULL);
}
