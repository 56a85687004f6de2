// SPDX-License-Identifier: GPL-2.0
#include "band.h"

#include <stdlib.h>

#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/class.h>
#include <netlink/route/tc.h>

#include "out.h"

static void add_class(struct nl_object *object, void *data)
{
	struct rtnl_tc *tc = TC_CAST(object);
	struct json_object *attachment = data, *o;
	uint32_t id = rtnl_tc_get_handle(tc);

	if (TC_H_MAJ(id) != strtoul(out_str(attachment, "label"), NULL, 16) << 16)
		return;
	o = json_object_new_object();
	out_add_u64(o, "band", TC_H_MIN(id) - 1);
	out_add_u64(o, "packets", rtnl_tc_get_stat(tc, RTNL_TC_PACKETS));
	out_add_u64(o, "bytes", rtnl_tc_get_stat(tc, RTNL_TC_BYTES));
	out_add_u64(o, "drops", rtnl_tc_get_stat(tc, RTNL_TC_DROPS));
	out_add_u64(o, "backlog", rtnl_tc_get_stat(tc, RTNL_TC_QLEN));
	out_add_u64(o, "backlog_bytes", rtnl_tc_get_stat(tc, RTNL_TC_BACKLOG));
	json_object_array_add(json_object_object_get(attachment, "bands"), o);
}

void band_add(struct json_object *attachment)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct nl_cache *classes;

	if (!sk)
		return;
	if (!nl_connect(sk, NETLINK_ROUTE) &&
	    !rtnl_class_alloc_cache(sk, out_u64(attachment, "ifindex"), &classes)) {
		json_object_object_add(attachment, "bands", json_object_new_array());
		nl_cache_foreach(classes, add_class, attachment);
		nl_cache_free(classes);
	}
	nl_socket_free(sk);
}
