// SPDX-License-Identifier: GPL-2.0
/*
 * lfctl tcp list: connections under congestion control "liteflow", from the kernel's socket
 * monitoring (sock_diag(7)), as with ss(8); but ss cannot name states and snapshots.
 * <linux/liteflow_tcp.h> defines what the kernel sends.
 */
#include "tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/liteflow_tcp.h>
#include <linux/sock_diag.h>

#include "commands.h"
#include "lfctl.h"
#include "nl.h"
#include "out.h"
#include "snapshot.h"

/* bit 10: TCP_LISTEN, where congestion control does not run */
#define ALL_BUT_LISTEN	(~(1u << 10))
#define ONE		65536.0

static const char *const states[__LITEFLOW_TCP_STATES] = {
	[LITEFLOW_TCP_NONE] = "none",
	[LITEFLOW_TCP_FALLBACK] = "fallback",
	[LITEFLOW_TCP_NO_MEMORY] = "no-memory",
	[LITEFLOW_TCP_STARTUP] = "start-up",
	[LITEFLOW_TCP_DRAIN] = "drain",
	[LITEFLOW_TCP_POLICY] = "policy",
	[LITEFLOW_TCP_CEILING] = "ceiling",
	[LITEFLOW_TCP_COMPETE] = "compete",
};

/* --- decoding --- */

/* "10.0.0.1:22", "[fd00::1]:22" */
static void add_end(struct json_object *o, const char *key, int family, const void *address,
		    __be16 port)
{
	char ip[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 16];

	inet_ntop(family, address, ip, sizeof(ip));
	snprintf(text, sizeof(text), family == AF_INET6 ? "[%s]:%u" : "%s:%u", ip, ntohs(port));
	out_add_str(o, key, text);
}

/* The hash's first four bytes, as text. */
static void add_hash(struct json_object *o, uint32_t hash)
{
	uint8_t bytes[4] = { hash, hash >> 8, hash >> 16, hash >> 24 };
	char text[9];

	if (!hash)
		return;
	out_hex(bytes, sizeof(bytes), text);
	out_add_str(o, "hash", text);
}

static void add_info(struct json_object *o, const struct liteflow_tcp_info *info)
{
	out_add_str(o, "state", out_name(states, __LITEFLOW_TCP_STATES, info->state));
	out_add_u64(o, "rate", (uint64_t)info->rate_hi << 32 | info->rate_lo);
	out_add_u64(o, "least_us", info->least_us);
	json_object_object_add(o, "latency_ratio",
			       json_object_new_double(info->latency_ratio / ONE));
	add_hash(o, info->snapshot);
}

static int each(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *d = mnl_nlmsg_get_payload(nlh);
	struct json_object *array = data, *o;
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*d))
		return MNL_CB_ERROR;
	mnl_attr_for_each(attr, nlh, sizeof(*d)) {
		if (mnl_attr_get_type(attr) != LITEFLOW_TCP_INFO ||
		    mnl_attr_get_payload_len(attr) < sizeof(struct liteflow_tcp_info))
			continue;
		o = json_object_new_object();
		add_end(o, "local", d->idiag_family, d->id.idiag_src, d->id.idiag_sport);
		add_end(o, "peer", d->idiag_family, d->id.idiag_dst, d->id.idiag_dport);
		add_info(o, mnl_attr_get_payload(attr));
		json_object_array_add(array, o);
	}
	return MNL_CB_OK;
}

/* --- requests --- */

static int dump(struct mnl_socket *sk, int family, struct json_object *array)
{
	char buffer[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *req;
	ssize_t n;
	int rc;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = family;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_ext = LITEFLOW_TCP_EXT;
	req->idiag_states = ALL_BUT_LISTEN;
	if (mnl_socket_sendto(sk, nlh, nlh->nlmsg_len) < 0)
		return -1;
	do {
		n = mnl_socket_recvfrom(sk, buffer, sizeof(buffer));
		rc = n < 0 ? -1 :
			     mnl_cb_run(buffer, n, family, mnl_socket_get_portid(sk), each, array);
	} while (rc > 0);
	return rc;
}

int tcp_read(struct json_object *array)
{
	struct mnl_socket *sk = mnl_socket_open(NETLINK_SOCK_DIAG);
	int rc = -1;

	if (sk && !mnl_socket_bind(sk, 0, MNL_SOCKET_AUTOPID))
		rc = dump(sk, AF_INET, array) ?: dump(sk, AF_INET6, array);
	if (rc)
		lfctl_fail("tcp list: %s", strerror(errno));
	if (sk)
		mnl_socket_close(sk);
	return rc ? LFCTL_FAIL : 0;
}

struct json_object *tcp_states(void)
{
	struct json_object *array = json_object_new_array(), *counts;
	const char *state;
	size_t i;

	if (tcp_read(array)) {
		json_object_put(array);
		return NULL;
	}
	counts = json_object_new_object();
	for (i = 0; i < __LITEFLOW_TCP_STATES; i++)
		if (states[i])
			out_add_u64(counts, states[i], 0);
	for (i = 0; i < json_object_array_length(array); i++) {
		state = out_str(json_object_array_get_idx(array, i), "state");
		out_add_u64(counts, state, out_u64(counts, state) + 1);
	}
	json_object_put(array);
	return counts;
}

/* Adds the snapshot's name to its hash; a deleted one has no name. */
static void name_snapshots(struct nl *nl, struct json_object *array)
{
	struct json_object *o, *snapshot;
	const char *hash;
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++) {
		o = json_object_array_get_idx(array, i);
		hash = out_str(o, "hash");
		snapshot = *hash ? snapshot_by_hash(nl, hash) : NULL;
		if (snapshot)
			out_add_str(o, "snapshot", out_str(snapshot, "name"));
		json_object_put(snapshot);
	}
}

/* --- printing --- */

static void cell_rate(struct json_object *o, const char *key, char *text, size_t n)
{
	double rate = out_u64(o, key) * 8.0;

	if (rate >= 1e6)
		snprintf(text, n, "%.1f Mbit/s", rate / 1e6);
	else
		snprintf(text, n, "%.1f kbit/s", rate / 1e3);
}

static void cell_ratio(struct json_object *o, const char *key, char *text, size_t n)
{
	double ratio = json_object_get_double(json_object_object_get(o, key));

	if (ratio > 0)
		snprintf(text, n, "%.2f", ratio);
	else
		snprintf(text, n, "-");
}

static void cell_least(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_u64(o, key))
		snprintf(text, n, "%.1f ms", out_u64(o, key) / 1e3);
	else
		snprintf(text, n, "-");
}

static void cell_snapshot(struct json_object *o, const char *key, char *text, size_t n)
{
	snprintf(text, n, "%s",
		 out_has(o, key)    ? out_str(o, key) :
		 out_has(o, "hash") ? out_str(o, "hash") :
				      "-");
}

static const struct out_column columns[] = {
	{ "LOCAL", "local", NULL, false },
	{ "PEER", "peer", NULL, false, COLOR_NAME },
	{ "STATE", "state", NULL, false },
	{ "RATE", "rate", cell_rate, true },
	{ "LATENCY", "latency_ratio", cell_ratio, true },
	{ "LEAST", "least_us", cell_least, true },
	{ "SNAPSHOT", "snapshot", cell_snapshot, false },
};

static LFCTL_COMMAND(list)
{
	struct json_object *array;
	struct nl nl;
	int status;

	if (argc)
		return lfctl_usage(cmd, "list takes no argument '%s'", argv[0]);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	array = json_object_new_array();
	status = tcp_read(array);
	if (!status) {
		name_snapshots(&nl, array);
		if (ctl->json)
			out_json(json_object_get(array));
		else
			out_table(array, columns, sizeof(columns) / sizeof(columns[0]),
				  "no connections under liteflow");
	}
	json_object_put(array);
	nl_close(&nl);
	return status;
}

const struct command tcp_commands[] = {
	{ "list", list, "",
	  "connections under congestion control liteflow: state, rate, delay, snapshot", NULL },
	{ 0 }
};
