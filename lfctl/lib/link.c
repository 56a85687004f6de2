// SPDX-License-Identifier: GPL-2.0
#include "link.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/tc.h>

struct link_names {
	struct nl_sock *sk;
	struct nl_cache *links, *qdiscs;
};

struct link_names *link_open(void)
{
	struct link_names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->sk = nl_socket_alloc();
	if (names->sk && !nl_connect(names->sk, NETLINK_ROUTE) &&
	    !rtnl_link_alloc_cache(names->sk, AF_UNSPEC, &names->links)) {
		if (rtnl_qdisc_alloc_cache(names->sk, &names->qdiscs))
			names->qdiscs = NULL;
		return names;
	}
	link_close(names);
	return NULL;
}

void link_close(struct link_names *names)
{
	if (!names)
		return;
	if (names->qdiscs)
		nl_cache_free(names->qdiscs);
	if (names->links)
		nl_cache_free(names->links);
	nl_socket_free(names->sk);
	free(names);
}

const char *link_device(struct link_names *names, int ifindex)
{
	struct rtnl_link *link;
	const char *name;

	if (!names)
		return NULL;
	link = rtnl_link_get(names->links, ifindex);
	if (!link)
		return NULL;
	/* The cache keeps the link, and so the name, until link_close(). */
	name = rtnl_link_get_name(link);
	rtnl_link_put(link);
	return name;
}

static void parent_text(struct link_names *names, int ifindex, uint32_t parent, char *text,
			size_t n)
{
	struct rtnl_qdisc *above;
	const char *kind = NULL;

	if (parent == TC_H_ROOT) {
		snprintf(text, n, "root");
		return;
	}
	above = rtnl_qdisc_get(names->qdiscs, ifindex, TC_H_MAJ(parent));
	if (above)
		kind = rtnl_tc_get_kind(TC_CAST(above));
	snprintf(text, n, "%s%s%x:%x", kind ? kind : "", kind ? " " : "", TC_H_MAJ(parent) >> 16,
		 TC_H_MIN(parent));
	if (above)
		rtnl_qdisc_put(above);
}

const char *link_qdisc_parent(struct link_names *names, int ifindex, const char *handle, char *text,
			      size_t n)
{
	struct rtnl_qdisc *qdisc;
	unsigned long major;
	char *end;

	if (!names || !names->qdiscs)
		return NULL;
	major = strtoul(handle, &end, 16);
	if (end == handle || *end != ':' || !major || major > 0xffff)
		return NULL;
	qdisc = rtnl_qdisc_get(names->qdiscs, ifindex, major << 16);
	if (!qdisc)
		return NULL;
	parent_text(names, ifindex, rtnl_tc_get_parent(TC_CAST(qdisc)), text, n);
	rtnl_qdisc_put(qdisc);
	return text;
}
