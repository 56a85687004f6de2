// SPDX-License-Identifier: GPL-2.0
/*
 * Qdiscs. One at the root, or below mq or another classful qdisc, is deleted in place, and the
 * kernel restores its default. One below another of ours is deleted with that one.
 */
#include "teardown.h"

#include <stdio.h>
#include <string.h>

#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/tc.h>

static bool is_ours(struct rtnl_qdisc *q)
{
	const char *kind = rtnl_tc_get_kind(TC_CAST(q));

	return kind && !strcmp(kind, "liteflow");
}

/* Is there one of ours above it? Then it is deleted with that one. */
static bool is_below_ours(struct nl_cache *qdiscs, struct rtnl_qdisc *q)
{
	int ifindex = rtnl_tc_get_ifindex(TC_CAST(q)), depth;
	uint32_t parent = rtnl_tc_get_parent(TC_CAST(q));
	struct rtnl_qdisc *above;
	bool ours = false;

	for (depth = 0; depth < 8 && TC_H_MAJ(parent) && parent != TC_H_ROOT && !ours; depth++) {
		above = rtnl_qdisc_get(qdiscs, ifindex, TC_H_MAJ(parent));
		if (!above)
			return false;
		ours = is_ours(above);
		parent = rtnl_tc_get_parent(TC_CAST(above));
		rtnl_qdisc_put(above);
	}
	return ours;
}

static void remove_one(struct teardown *t, struct nl_sock *sk, struct nl_cache *links,
		       struct rtnl_qdisc *q)
{
	uint32_t parent = rtnl_tc_get_parent(TC_CAST(q));
	char dev[64] = "", place[32] = "root";
	int err;

	rtnl_link_i2name(links, rtnl_tc_get_ifindex(TC_CAST(q)), dev, sizeof(dev));
	if (parent != TC_H_ROOT)
		snprintf(place, sizeof(place), "parent %x:%x", TC_H_MAJ(parent) >> 16,
			 TC_H_MIN(parent));
	err = t->dry ? 0 : rtnl_qdisc_delete(sk, q);
	if (err)
		t->status =
			lfctl_fail("qdisc liteflow of %s, %s: %s", dev, place, nl_geterror(err));
	else
		teardown_say(t, "qdisc liteflow dev %s %s", dev, place);
}

void teardown_qdiscs(struct teardown *t)
{
	struct nl_cache *links = NULL, *qdiscs = NULL;
	struct nl_sock *sk = nl_socket_alloc();
	struct nl_object *o;

	if (!sk || nl_connect(sk, NETLINK_ROUTE) || rtnl_link_alloc_cache(sk, AF_UNSPEC, &links) ||
	    rtnl_qdisc_alloc_cache(sk, &qdiscs)) {
		t->status = lfctl_fail("cannot list qdiscs");
	} else {
		for (o = nl_cache_get_first(qdiscs); o; o = nl_cache_get_next(o))
			if (is_ours((struct rtnl_qdisc *)o) &&
			    !is_below_ours(qdiscs, (struct rtnl_qdisc *)o))
				remove_one(t, sk, links, (struct rtnl_qdisc *)o);
	}
	if (qdiscs)
		nl_cache_free(qdiscs);
	if (links)
		nl_cache_free(links);
	nl_socket_free(sk);
}
