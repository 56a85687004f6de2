// SPDX-License-Identifier: GPL-2.0
/* One dump of rtnetlink for each device; attributes that a kernel does not send count as 0. */
#include "band.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/pkt_sched_liteflow.h>
#include <linux/rtnetlink.h>

#include "delays.h"
#include "out.h"

#define STATS	(TCA_STATS_MAX + 1)

static int stats_cb(const struct nlattr *attr, void *data)
{
	const struct nlattr **tb = data;

	if (mnl_attr_get_type(attr) < STATS)
		tb[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* Copies as much as there is. */
static void copy(void *to, size_t len, const struct nlattr *attr)
{
	size_t n = attr ? mnl_attr_get_payload_len(attr) : 0;

	if (n)
		memcpy(to, mnl_attr_get_payload(attr), n < len ? n : len);
}

static void add_delays(struct json_object *o, const uint32_t *delays)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	static_assert(DELAYS_MAX == LITEFLOW_QDISC_DELAYS, "delays.h");
	for (i = 0; i < DELAYS_MAX; i++)
		json_object_array_add(array, json_object_new_uint64(delays[i]));
	json_object_object_add(o, "delays", array);
}

static void add_delay(struct json_object *o, const struct nlattr *attr)
{
	struct tc_liteflow_band_xstats x = { 0 };

	copy(&x, sizeof(x), attr);
	if (x.version != LITEFLOW_XSTATS_VERSION || x.of != LITEFLOW_XSTATS_BAND)
		return;
	out_add_u64(o, "delay_ns", x.delay_avg_ns);
	out_add_u64(o, "delay_max_ns", x.delay_max_ns);
	add_delays(o, x.delays);
}

static struct json_object *band_object(uint32_t band, const struct nlattr *nest)
{
	const struct nlattr *tb[STATS] = { NULL };
	struct json_object *o = json_object_new_object();
	struct gnet_stats_basic basic = { 0 };
	struct gnet_stats_queue queue = { 0 };
	uint64_t packets;

	if (nest)
		mnl_attr_parse_nested(nest, stats_cb, tb);
	copy(&basic, sizeof(basic), tb[TCA_STATS_BASIC]);
	copy(&queue, sizeof(queue), tb[TCA_STATS_QUEUE]);
	packets = basic.packets;
	copy(&packets, sizeof(packets), tb[TCA_STATS_PKT64]);
	out_add_u64(o, "band", band);
	out_add_u64(o, "packets", packets);
	out_add_u64(o, "bytes", basic.bytes);
	out_add_u64(o, "drops", queue.drops);
	out_add_u64(o, "backlog", queue.qlen);
	out_add_u64(o, "backlog_bytes", queue.backlog);
	add_delay(o, tb[TCA_STATS_APP]);
	return o;
}

static int add_class(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *stats = NULL;
	struct json_object *attachment = data;

	if (nlh->nlmsg_type != RTM_NEWTCLASS || mnl_nlmsg_get_payload_len(nlh) < sizeof(*tc) ||
	    TC_H_MAJ(tc->tcm_handle) != strtoul(out_str(attachment, "label"), NULL, 16) << 16)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*tc))
		if (mnl_attr_get_type(attr) == TCA_STATS2)
			stats = attr;
	json_object_array_add(json_object_object_get(attachment, "bands"),
			      band_object(TC_H_MIN(tc->tcm_handle) - 1, stats));
	return MNL_CB_OK;
}

static bool dump(struct mnl_socket *sk, struct json_object *attachment)
{
	char buffer[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));
	unsigned int seq = time(NULL);
	int rc = 1;

	nlh->nlmsg_type = RTM_GETTCLASS;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = seq;
	tc->tcm_ifindex = out_u64(attachment, "ifindex");
	if (mnl_socket_bind(sk, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(sk, nlh, nlh->nlmsg_len) < 0)
		return false;
	json_object_object_add(attachment, "bands", json_object_new_array());
	while (rc > 0) {
		rc = mnl_socket_recvfrom(sk, buffer, sizeof(buffer));
		if (rc > 0)
			rc = mnl_cb_run(buffer, rc, seq, mnl_socket_get_portid(sk), add_class,
					attachment);
	}
	return !rc;
}

void band_add(struct json_object *attachment)
{
	struct mnl_socket *sk = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (!sk)
		return;
	if (!dump(sk, attachment))
		json_object_object_del(attachment, "bands");
	mnl_socket_close(sk);
}
