// SPDX-License-Identifier: GPL-2.0
#include "sight.h"

#include "state.h"

static bool sight_slot(const struct lf_slot *slot, const struct lf_snapshot *snap)
{
	int i;

	if (slot->standby == snap)
		return true;
	for (i = 0; i < LF_GENERATIONS; i++)
		if (slot->gens[i] && slot->gens[i]->snap == snap)
			return true;
	return false;
}

bool lf_sight(const struct net *net, const struct lf_snapshot *snap)
{
	const struct lf_slot *slot;

	lockdep_assert_held(&lf_mutex);
	list_for_each_entry(slot, &lf_net(net)->slots, in_net)
		if (sight_slot(slot, snap))
			return true;
	return false;
}
