/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Captured packets through the kernel's own parser, flow table and features. This header is for
 * lfgen's files; host/flows.c implements it with the kernel's headers.
 */
#ifndef FLOWS_H
#define FLOWS_H

#include <lq/types.h>

#define FLOWS_PHASES	16

/* As in a qdisc (tc-liteflow(8)), or with both_ways as in a hook without connection tracking. */
struct flows_options {
	u32 max;			/* flows in the table */
	u32 idle_ms;			/* 0: by protocol and state */
	bool inner;			/* a tunnel's packet is of the flow of the one in it */
	bool both_ways;			/* each flow knows the other direction's counts */
	u32 every;			/* the model runs at every Nth packet; 0: at phases */
	u32 phases[FLOWS_PHASES];	/* ascending; none: 1, 2, 4, 8 ... */
	u32 n_phases;
	u32 history;			/* bits of enum liteflow_history_key; 0: none is kept */
	u32 mtu; /* longer packets are split into segments of this length; 0: never */
};

struct flows_packet {
	const u8 *data;
	u32 have, len;			/* bytes captured; bytes of the packet */
	int network, mac;		/* offsets; mac -1: none */
	u16 protocol;			/* of Ethernet, host order */
	u64 time_ns;
};

struct flows_key {
	u8 src[16], dst[16];		/* IPv4 as ::ffff:a.b.c.d */
	u16 sport, dport;
	u8 proto, version;
	u16 vlan;
};

/* The result for a packet. */
struct flows_seen {
	int reason; /* enum liteflow_reason why it has no flow; -1: it has one */
	u64 id;				/* of the flow, from 1 in order of creation */
	bool born;
	bool due;			/* the model is to run, on x */
	u32 packets;			/* of the flow, this one included */
	u64 bytes;
	struct flows_key key;
};

struct flows_end {
	u64 id, bytes;
	u32 packets;
	u64 born_ns, last_ns;
};

typedef void (*flows_end_fn)(void *arg, const struct flows_end *end);

struct flows;

struct flows *flows_new(const struct flows_options *opt, flows_end_fn end, void *arg);
/* ids[n]: enum lq_feature of each input; x[n] is filled if the model is to run. */
void flows_packet(struct flows *f, const struct flows_packet *p, const u8 *ids, u32 n, s32 *x,
		  struct flows_seen *seen);
/* All flows end. */
void flows_free(struct flows *f);
const char *flows_reason(int reason);

#endif /* FLOWS_H */
