// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/liteflow.h>
#include <lq/features.h>

#include "walk.h"

#define FLOWS_DEFAULT	65536
#define FLOWS_MOST	(1u << 22)
#define HISTORY_DEFAULT	(1u << LITEFLOW_HISTORY_KEY_PORT | 1u << LITEFLOW_HISTORY_KEY_PEER)

struct walk walk_new(void)
{
	return (struct walk){ .flows = { .max = FLOWS_DEFAULT, .inner = true,
					 .history = HISTORY_DEFAULT } };
}

static int read_phases(const struct cmd *cmd, const char *text, struct flows_options *o)
{
	char **list = util_split(text, &o->n_phases);
	int rc = 0;
	double v;
	u32 i;

	if (o->n_phases > FLOWS_PHASES)
		rc = cmd_usage(cmd, "--phases takes at most %d numbers", FLOWS_PHASES);
	for (i = 0; i < o->n_phases && !rc; i++) {
		if (!cmd_number(cmd, "--phases", list[i], 1, 4e9, &v))
			rc = CMD_USAGE;
		else if (v != (u32)v || (i && v <= o->phases[i - 1]))
			rc = cmd_usage(cmd, "--phases %.40s: whole numbers in ascending order",
				       text);
		o->phases[i] = v;
	}
	util_free_list(list);
	return rc;
}

/* As in the kernel. */
static int read_history(const struct cmd *cmd, const char *text, struct flows_options *o)
{
	static const char *const names[] = {
		[LITEFLOW_HISTORY_KEY_PORT] = "port",
		[LITEFLOW_HISTORY_KEY_PEER] = "peer",
		[LITEFLOW_HISTORY_KEY_SOURCE] = "source",
		[LITEFLOW_HISTORY_KEY_DSCP] = "dscp",
	};
	char **list;
	u32 n, i, k;

	list = util_split(text, &n);
	o->history = 0;
	for (i = 0; i < n; i++) {
		for (k = 0; k < ARRAY_SIZE(names) && strcmp(list[i], names[k]); k++)
			;
		if (k == ARRAY_SIZE(names))
			break;
		o->history |= 1u << k;
	}
	util_free_list(list);
	if (n && i == n)
		return 0;
	return cmd_usage(cmd, "--history %.40s: one or more of port, peer, source and dscp", text);
}

int walk_option(const struct cmd *cmd, int c, struct walk *w)
{
	double v;

	switch (c) {
	case WALK_PHASES:
		return read_phases(cmd, optarg, &w->flows);
	case WALK_EVERY:
		if (!cmd_number(cmd, "--every", optarg, 1, 4e9, &v))
			return CMD_USAGE;
		w->flows.every = v;
		return 0;
	case WALK_FLOWS:
		if (!cmd_number(cmd, "--flows", optarg, 64, FLOWS_MOST, &v))
			return CMD_USAGE;
		w->flows.max = v;
		return 0;
	case WALK_IDLE:
		w->flows.idle_ms = 0;
		if (!strcmp(optarg, "auto"))
			return 0;
		if (!cmd_number(cmd, "--idle", optarg, 0.001, 3600, &v))
			return CMD_USAGE;
		w->flows.idle_ms = v * 1000;
		return 0;
	case WALK_MTU:
		if (!cmd_number(cmd, "--mtu", optarg, 68, 65535, &v))
			return CMD_USAGE;
		w->flows.mtu = v;
		return 0;
	case WALK_HISTORY:
		return read_history(cmd, optarg, &w->flows);
	case WALK_NO_INNER:
		w->flows.inner = false;
		return 0;
	case WALK_BOTH:
		w->flows.both_ways = true;
		return 0;
	case WALK_LABELS:
		w->labels_path = optarg;
		return 0;
	case WALK_MAP:
		w->map = optarg;
		return 0;
	}
	return -1;
}

bool walk_feature(struct walk *w, const char *name, const char *of, struct graph_err *err)
{
	int id = lq_feature_by_name(name);

	if (id < 0 || !(lq_features[id].from & LQ_FROM_QDISC))
		return !util_fail(err, "%.200s: '%.31s' is not a feature of a packet or its flow "
				  "(lfctl feature list)",
				  of, name) &&
		       false;
	if (!strncmp(name, "sock.", 5))
		return !util_fail(err, "%.200s: '%.31s' is a feature of the sender's socket, "
				  "which a capture does not have",
				  of, name) &&
		       false;
	w->ids[w->n_ids++] = id;
	return true;
}

/* The kernel keeps a history only for models that read it. */
static bool reads_history(const struct walk *w)
{
	u32 i;

	for (i = 0; i < w->n_ids; i++)
		if (lq_feature_is_history(w->ids[i]))
			return true;
	return false;
}

int walk_run(struct walk *w, walk_packet_fn packet, flows_end_fn end, void *arg,
	     struct graph_err *err)
{
	struct flows_packet p;
	struct flows_seen seen;
	s32 x[LQ_MAX_INPUTS];
	struct flows *flows;
	struct cap *cap;
	int rc;

	if (w->map && !w->labels_path)
		return util_fail(err, "--map says what labels are called: it needs --labels");
	if (w->labels_path) {
		w->labels = labels_read(w->labels_path, w->map, err);
		if (!w->labels)
			return -1;
	}
	cap = cap_open(w->path, err);
	if (!cap)
		return -1;
	if (!reads_history(w))
		w->flows.history = 0;
	flows = flows_new(&w->flows, end, arg);
	while ((rc = cap_next(cap, &p, err)) > 0) {
		w->packets++;
		w->bytes += p.len;
		flows_packet(flows, &p, w->ids, w->n_ids, x, &seen);
		if (seen.reason >= 0)
			w->none[seen.reason < WALK_REASONS ? seen.reason : WALK_REASONS - 1]++;
		else
			packet(arg, &p, &seen, x);
	}
	flows_free(flows);
	cap_close(cap);
	return rc;
}

void walk_free(struct walk *w)
{
	labels_free(w->labels);
}

static void address(const u8 a[16], u8 version, u32 port, char *text, size_t len)
{
	char s[INET6_ADDRSTRLEN];

	inet_ntop(version == 4 ? AF_INET : AF_INET6, version == 4 ? a + 12 : a, s, sizeof(s));
	if (!port)
		snprintf(text, len, "%s", s);
	else
		snprintf(text, len, version == 4 ? "%s:%u" : "[%s]:%u", s, port);
}

void walk_key(const struct flows_key *key, char *text, size_t len)
{
	char src[64], dst[64], proto[16];
	const char *name = key->proto == IPPROTO_TCP	  ? "tcp"
			   : key->proto == IPPROTO_UDP	  ? "udp"
			   : key->proto == IPPROTO_ICMP	  ? "icmp"
			   : key->proto == IPPROTO_ICMPV6 ? "icmp6"
							  : proto;

	snprintf(proto, sizeof(proto), "proto %u", key->proto);
	address(key->src, key->version, key->sport, src, sizeof(src));
	address(key->dst, key->version, key->dport, dst, sizeof(dst));
	snprintf(text, len, "%s %s > %s", name, src, dst);
}
