/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every attachment (qdisc, netfilter hook, xtables rule, congestion control) includes. Some
 * need one header more:
 *
 *	liteflow_view.h		rules that share one flow table: several maps for the same verdicts
 *	liteflow_size.h		schedulers: what a flow has sent, and what is predicted
 *	liteflow_sock.h		congestion controls: intervals of a connection, parameters
 *	liteflow_budget.h	where the time of a packet goes
 *	liteflow_module.h	no attachment, but a snapshot that comes as a module
 *
 * An attachment is an adapter. It owns one struct lf_attach for each place it is attached to,
 * passes packets to lf_infer_skb() (or intervals to lf_infer_sock()), and has one switch from
 * verdict to action. It names a slot, never a snapshot. The slot may not exist, may be empty, and
 * may disappear and come back under traffic: the verdict is "none" then, and the attachment behaves
 * as if LiteFlow were not there.
 *
 * Contexts: lf_attach_create/change/destroy sleep and may be called under RTNL (lf_mutex nests
 * inside RTNL, never the other way round). lf_infer_skb() and lf_infer_sock() may be called from
 * process context or softirq, with bottom halves on or off, but not from a hard interrupt. They
 * allocate nothing and never fail: at worst the verdict is "none". Another CPU holds any lock that
 * they need only for as long as it takes to look up and update one flow and read its features; the
 * model runs without the lock. With PREEMPT_RT a task also waits for another task on the same CPU
 * that is in the middle of an inference.
 */
#ifndef NET_LITEFLOW_H
#define NET_LITEFLOW_H

#include <linux/types.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <uapi/linux/liteflow.h>
#include <lq/lq.h>

struct net;
struct sk_buff;
struct lf_attach;
struct lf_ct;

#define LF_MAP_MAX		64	/* entries of a map */
#define LF_PHASES_MAX		16	/* packets of a flow at which the model runs, if listed */
#define LF_FLOWS_MIN		64
#define LF_FLOWS_MAX		4194304	/* also for all tables of a namespace together */
/* the same in a network namespace not owned by the initial user namespace */
#define LF_FLOWS_USER_MAX	(1u << 19)
#define LF_FLOWS_DEFAULT	65536
#define LF_ACTION_NONE		U32_MAX
#define LF_REASONS		(LITEFLOW_REASON_UNSURE + 1)

/*
 * Maps a class to the attachment's own action (a band, a mark, a priority, "drop"). The core
 * resolves class names when a snapshot is installed, so two snapshots may order their classes
 * differently and every verdict still finds its action.
 *
 * Words for packets without a verdict: "none", or one reason: early, no-slot, no-snapshot, not-ip,
 * truncated, unparsed, fragment, full (table-full), busy, guard, unsure. They are reserved: a class
 * that happens to have such a name must be given by its index.
 */
struct lf_map_entry {
	/*
	 * A reserved word, a class name or a class's decimal index; for values, an upper bound in
	 * units.
	 */
	char class_name[LQ_NAME_LEN];
	/* the attachment's own; LF_ACTION_NONE is not allowed here */
	u32 action;
};

/* Is it a reserved word for packets without a verdict? */
bool lf_map_is_reason(const char *name);

/* What to do about map entries whose name the slot's active snapshot does not have. */
enum lf_map_check {
	LF_MAP_UNCHECKED,
	LF_MAP_WARN,			/* succeed, with a message */
	LF_MAP_STRICT,			/* fail */
};

struct lf_attach_cfg {
	const char *slot;		/* name */
	/*
	 * maximum in the flow table; 0: LF_FLOWS_DEFAULT; cannot be changed later (then 0 keeps it)
	 */
	u32 flows;
	/* run the model at a flow's packet 1 and every n-th after it; 0: use the phases */
	u32 every;
	u8 n_phases;			/* 0: packets 1, 2, 4, 8, 16, ... */
	u32 phases[LF_PHASES_MAX];	/* ascending, from 1 */
	u32 idle_ms;			/* idle time of all flows; 0: by protocol and state */
	bool inner;			/* a tunnel's packet is of the flow of the one in it */
	u8 n_map;
	/* the first of these, which the user wrote: map_check applies to them alone */
	u8 n_given;
	const struct lf_map_entry *map;	/* copied */
	enum lf_map_check map_check;
};

/* Where an attachment is, for `lfctl attach list`. */
struct lf_attach_desc {
	int ifindex;			/* 0 for none */
	char label[64];			/* "1:", "mangle/OUTPUT" */
	u64 dropped;			/* packets dropped because of their verdict */
};

/* An entry of a map, for `lfctl attach show`. */
struct lf_attach_entry {
	char class_name[LQ_NAME_LEN];
	char does[48];			/* "band 2", "mark=0x3,priority=1:2", "target drop" */
	bool counted;
	u64 packets, bytes;
};

struct lf_attach_ops {
	enum liteflow_attach_kind kind;
	/* called under lf_mutex; must not wait for RTNL */
	void (*describe)(void *priv, struct lf_attach_desc *desc);
	/*
	 * May be NULL. Is the connection offloaded, so that its packets bypass the attachment? @ct:
	 * addresses, ports, zone and protocol, of either direction. Called with bottom halves off
	 * and a lock held.
	 */
	bool (*offloaded)(void *priv, const struct lf_ct *ct);
	/* Entry @i of the map, from 0; false past the last one. Context as for describe(). */
	bool (*entry)(void *priv, unsigned int i, struct lf_attach_entry *e);
};

#define LF_FIXED_SHIFT		16

/*
 * The answer for one packet or interval. Unless reason is inferred or cached, the verdict is
 * "none"; then only reason, action (from the map's reserved words, else LF_ACTION_NONE) and the
 * flow's counts are valid.
 */
struct lf_verdict {
	u8 reason;			/* enum liteflow_reason */
	u8 meaning;			/* enum lq_meaning */
	u16 class;			/* index of the class, 0xffff for values */
	/* from the map; LF_ACTION_NONE if the map has no entry for it */
	u32 action;
	/* raw output 0 (values), raw output of the class (classes) */
	s32 value;
	/* class's output minus the runner-up's; with two values, raw output 1 */
	s32 margin;
	s64 units;			/* values: output 0 in its unit, saturated; classes: 0 */
	/* values, for connections: the same in steps of 2^-LF_FIXED_SHIFT; else 0 */
	s64 fixed;
	u32 generation;			/* of the slot, 0 for none */
	/*
	 * first four bytes of the snapshot's content hash, as a little-endian number; for tracing
	 */
	u32 hash;
	/* ktime_get_ns() at the flow lookup; 0: no lookup was done */
	u64 time_ns;
	u64 flow;			/* id of the flow, 0 for none */
	u32 bytes;			/* of this packet; undefined without a flow */
	u64 flow_bytes;			/* of the flow so far, this packet included */
	u64 flow_packets;
};

static inline bool lf_verdict_none(const struct lf_verdict *v)
{
	return v->reason != LITEFLOW_REASON_INFERRED && v->reason != LITEFLOW_REASON_CACHED;
}

/**
 * lf_attach_create - register an attachment with the core
 * @net: its namespace (not refcounted: the attachment must go before the namespace does)
 * @ops: its kind, static
 * @priv: passed to the callbacks of @ops
 * @cfg: validated here; each invalid value has its own message in @extack
 * @extack: may be NULL
 *
 * Return: the attachment, or ERR_PTR(): -EINVAL for invalid values, -ENOMEM, -ENOSPC if the
 * namespace's tables hold too much already, or -EOPNOTSUPP if the slot's snapshots need a feature
 * that this kind of attachment cannot supply (the message names it). It is no error if the slot
 * does not exist.
 */
struct lf_attach *lf_attach_create(struct net *net, const struct lf_attach_ops *ops, void *priv,
				   const struct lf_attach_cfg *cfg, struct netlink_ext_ack *extack);

/* Applies @cfg as a whole, or fails and changes nothing. Traffic continues meanwhile. */
int lf_attach_change(struct lf_attach *a, const struct lf_attach_cfg *cfg,
		     struct netlink_ext_ack *extack);

/*
 * No lf_infer_*() call on it may be running or start. Its flows end soon after, without using
 * anything that belongs to the caller.
 */
void lf_attach_destroy(struct lf_attach *a);

/*
 * Forgets all flows (qdisc reset); they end soon after. Does not sleep. No lf_infer_*() may run on
 * it meanwhile.
 */
void lf_attach_flush(struct lf_attach *a);

/* What became of predicted sizes: 2^-8 to 2^8 times as large, or further away. */
#define LF_SIZE_RATIO_MAX	8
#define LF_SIZE_RATIOS		(2 * LF_SIZE_RATIO_MAX + 1)

struct lf_attach_stats {
	u64 packets[LF_REASONS];		/* by reason */
	u64 size_ratios[LF_SIZE_RATIOS];	/* flows; the middle one: as predicted */
	u32 flows, flows_max;
	u32 flows_room;				/* entries at the table's present size */
	u64 flow_bytes;				/* memory of the table */
	u64 born, ended, aged, evicted;
	/* times that the table should have grown but could not */
	u64 refused;
	u32 generation;				/* active one, 0 for none */
	char snapshot[LQ_NAME_LEN];		/* active one, "" for none */
	u64 map_known;				/* bit i: it has the name of map entry i */
};

/* Lockless; the counters are read at different moments. */
void lf_attach_stats(struct lf_attach *a, struct lf_attach_stats *st);

/*
 * What connection tracking knows about a packet: the connection's original addresses, before any
 * translation, and the packet's direction. Both directions are then one flow, with one id, one
 * verdict and one end, but separate statistics.
 */
struct lf_ct {
	/* of the original direction; IPv4 addresses mapped into IPv6 ones */
	struct in6_addr src;
	struct in6_addr dst;
	__be16 sport;			/* ICMP echo: both ports are the id */
	__be16 dport;
	__be16 zone;
	u8 proto;			/* a packet with another protocol is an ICMP error */
	u8 reply;			/* 1: in the reply direction */
	u8 answered;			/* 1: packets of both directions have been seen */
	u8 open;			/* 1: a TCP connection that this packet does not end */
	u8 over;			/* 1: a TCP connection that has ended */
};

/**
 * lf_infer_skb_ct - the verdict for a packet
 * @a: the attachment
 * @skb: network header set; skb->protocol may be a VLAN protocol; not modified, may be non-linear
 * @ct: what connection tracking knows of it, or NULL: then the two directions are two flows
 * @v: always filled in
 */
void lf_infer_skb_ct(struct lf_attach *a, const struct sk_buff *skb, const struct lf_ct *ct,
		     struct lf_verdict *v);

static inline void lf_infer_skb(struct lf_attach *a, const struct sk_buff *skb,
				struct lf_verdict *v)
{
	lf_infer_skb_ct(a, skb, NULL, v);
}

#endif /* NET_LITEFLOW_H */
