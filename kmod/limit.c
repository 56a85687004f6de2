// SPDX-License-Identifier: GPL-2.0
#include "limit.h"

static bool is_within(const struct lf_snapshot *snap, u32 ns)
{
	return !ns || snap->info.ns <= ns;
}

int lf_limit_check(const struct lf_slot *slot, const struct lf_snapshot *snap,
		   struct netlink_ext_ack *extack)
{
	if (is_within(snap, slot->budget_ns))
		return 0;
	lf_extack(extack,
		  "snapshot %s takes about %u ns (measured: %u), but slot %s has a budget of %u ns",
		  snap->info.name, snap->info.ns, snap->measured_ns, slot->name, slot->budget_ns);
	return -E2BIG;
}

static int check_held(const struct lf_snapshot *snap, u32 ns, struct netlink_ext_ack *extack)
{
	if (is_within(snap, ns))
		return 0;
	lf_extack(extack, "the slot's snapshot %s takes about %u ns, more than a budget of %u ns",
		  snap->info.name, snap->info.ns, ns);
	return -E2BIG;
}

/* Checks what is active, or would be by rollback or activation. Older generations only end. */
int lf_limit_set(struct lf_slot *slot, u32 ns, struct netlink_ext_ack *extack)
{
	const struct lf_gen *active = lf_slot_active(slot);
	int rc = 0;

	if (active)
		rc = check_held(active->snap, ns, extack);
	if (!rc && slot->before)
		rc = check_held(slot->before->snap, ns, extack);
	if (!rc && slot->standby)
		rc = check_held(slot->standby, ns, extack);
	if (!rc)
		slot->budget_ns = ns;
	return rc;
}
