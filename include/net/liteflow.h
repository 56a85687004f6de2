/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only header that attachments (qdisc, netfilter hook, xtables rule, congestion control)
 * include.
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

#include <linux/jump_label.h>
#include <linux/types.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <uapi/linux/liteflow.h>
#include <lq/lq.h>
#include <lq/features.h>
#include <lq/params.h>

struct net;
struct sk_buff;
struct sock;
struct module;
struct lf_attach;
struct lf_ct;

/*
 * Generations of a slot that can exist at once: the active one, and old ones that flows still hold
 * or that a rollback needs.
 */
#define LF_GENERATIONS		4

#define LF_MAP_MAX		64	/* entries of a map */
#define LF_PHASES_MAX		16	/* packets of a flow at which the model runs, if listed */
#define LF_FLOWS_MIN		64
#define LF_FLOWS_MAX		(1u << 22)	/* also for all tables of a namespace together */
/* the same in a network namespace not owned by the initial user namespace */
#define LF_FLOWS_USER_MAX	(1u << 19)
#define LF_FLOWS_DEFAULT	65536
#define LF_ACTION_NONE		U32_MAX
#define LF_REASONS		(LITEFLOW_REASON_UNPARSED + 1)

/*
 * Maps a class to the attachment's own action (a band, a mark, a priority, "drop"). The core
 * resolves class names when a snapshot is installed, so two snapshots may order their classes
 * differently and every verdict still finds its action.
 *
 * Words for packets without a verdict: "none", or one reason: early, no-slot, no-snapshot, not-ip,
 * truncated, unparsed, fragment, full (table-full), busy, guard. They are reserved: a class that
 * happens to have such a name must be given by its index.
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
	u32 idle_ms;			/* idle time after which a flow ends; 0: 30 s */
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

/**
 * lf_attach_set_slot - use another slot; the rest of the configuration stays
 * @a: the attachment
 * @name: name of the slot, which need not exist
 * @extack: may be NULL
 *
 * Sleeps. Return: 0, -EINVAL for an invalid name, -EOPNOTSUPP, -ENOMEM; nothing changes on failure.
 */
int lf_attach_set_slot(struct lf_attach *a, const char *name, struct netlink_ext_ack *extack);

/* Copies the name of the attachment's slot. Sleeps. */
void lf_attach_slot(const struct lf_attach *a, char name[LITEFLOW_SLOT_NAME_LEN]);

/* The parameters of a slot (<lq/params.h>), by enum lq_param. */
struct lf_params {
	s32 v[LQ_N_PARAMS];
};

/*
 * The parameters of the attachment's slot; the defaults if it does not exist. May be called in any
 * context that lf_infer_sock() may be called in.
 */
void lf_attach_params(const struct lf_attach *a, struct lf_params *p);

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

struct lf_attach_stats {
	u64 packets[LF_REASONS];		/* by reason */
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

/* What is known about the size of a packet's flow, in bytes at the IP layer. */
struct lf_size {
	u64 sent;			/* this packet included */
	u64 before;			/* this packet not included */
	/* predicted for the whole flow; 0 and U64_MAX without a prediction */
	u64 least, most;
	bool predicted;
};

/**
 * lf_size_skb - the size of a packet's flow
 * @a: the attachment
 * @skb: as it was just passed to lf_infer_skb()
 * @v: the verdict for it; without a slot or snapshot, the flow's id, counts and time are filled in
 *     here
 * @size: filled in
 *
 * Models with one or two values in bytes or log2 bytes predict sizes; two values are bounds. Call
 * in any context that lf_infer_skb() may be called in, with bottom halves off.
 * Return: false if there is no flow.
 */
bool lf_size_skb(struct lf_attach *a, const struct sk_buff *skb, struct lf_verdict *v,
		 struct lf_size *size);

/* Sets an extack message if the slot's active snapshot predicts no size. Sleeps. */
void lf_size_tell(const struct lf_attach *a, struct netlink_ext_ack *extack);

/*
 * A view of an attachment: another user of the same verdicts, with a map of its own and,
 * optionally, a least score and confidence that it accepts. Used by rules that share one flow
 * table.
 */
struct lf_view;

struct lf_view_cfg {
	u8 n_map;
	const struct lf_map_entry *map;	/* copied */
	enum lf_map_check map_check;	/* the message of LF_MAP_WARN is in extack, too */
	bool score;			/* score_min is set */
	/* of the output (classes: the class's), in millionths of its unit */
	s64 score_min;
	/* per cent over the runner-up, 1 .. 99; 0: any; values have no confidence */
	u8 confidence_min;
};

/*
 * Sleeps, like lf_attach_create(). Views must be destroyed before their attachment. Each invalid
 * value has its own message.
 */
struct lf_view *lf_view_create(struct lf_attach *a, const struct lf_view_cfg *cfg,
			       struct netlink_ext_ack *extack);

/* Nobody may be using the view or start to. */
void lf_view_destroy(struct lf_view *view);

enum lf_view_sight {
	LF_VIEW_VERDICT		= 1 << 0,	/* there is a verdict */
	LF_VIEW_SCORE		= 1 << 1,	/* it reaches score_min */
	LF_VIEW_CONFIDENCE	= 1 << 2,	/* it reaches confidence_min */
};

/*
 * Applies a view to a verdict that lf_infer_skb() just gave. Returns bits of enum lf_view_sight; 0
 * for a verdict "none", whose action comes from the map's reserved words.
 * *action: from the map, or LF_ACTION_NONE. In any context that lf_infer_skb() may be called in.
 */
unsigned int lf_view_look(const struct lf_view *view, const struct lf_verdict *v, u32 *action);

/*
 * The generation under which a connection was born (TCP attachments keep their own flow state), and
 * what it had sent by then.
 */
struct lf_pin {
	u32 generation;			/* 0: none yet */
	bool sampled;			/* its outcome goes to the sample stream */
	u64 flow;			/* id, given at the first inference */
	u64 born_us;			/* by the socket's clock */
	u64 bytes;
	u32 packets, retrans;
};

/* @sk joins the attachment, at its start or later: counts what it sends from here on. */
void lf_infer_sock_begin(struct lf_pin *pin, const struct sock *sk);

/**
 * lf_infer_sock - the verdict for an interval of a connection
 * @a: the attachment, kind tcp
 * @sk: the connection, owned by the caller
 * @pin: kept by the caller for the life of the connection
 * @cc: features LQ_F_CC_LATENCY_INFLATION_0 .. the last, in the order of the table
 * @v: always filled in; the model runs at every call
 */
void lf_infer_sock(struct lf_attach *a, struct sock *sk, struct lf_pin *pin, const s32 *cc,
		   struct lf_verdict *v);

/*
 * Does the slot have an active snapshot? Not counted; for connections that wait for one. Any
 * context.
 */
bool lf_infer_sock_ready(struct lf_attach *a);

/* The connection ends or leaves the attachment: releases the generation, sends the outcome. */
void lf_infer_sock_end(struct lf_attach *a, struct lf_pin *pin, const struct sock *sk);

#define LF_N_CC_FEATURES (LQ_N_FEATURES - LQ_F_CC_LATENCY_INFLATION_0)

/*
 * A snapshot that comes as a module (`lfgen module`), for users who must sign their models. Its
 * file goes through the same validator. run() must match the engine bit for bit: at registration
 * the golden vectors are run through it.
 */
struct lf_snapshot_module {
	struct module *owner;
	const void *file;
	size_t len;
	void (*run)(const s32 *x, s32 *y, struct lq_scratch *scratch);
};

int lf_snapshot_register(struct lf_snapshot_module *sm);
void lf_snapshot_unregister(struct lf_snapshot_module *sm);

/*
 * The steps of a packet whose time can be measured (lfctl budget). Those before LF_STEP_WALK are
 * part of it.
 */
enum lf_step {
	LF_STEP_PARSE,
	LF_STEP_LOOKUP,
	LF_STEP_UPDATE,		/* of the flow's statistics */
	LF_STEP_FEATURES,	/* the vector; only where a model runs */
	LF_STEP_MODEL,		/* only where a model runs */
	LF_STEP_VERDICT,	/* generation, map, counters; sample */
	LF_STEP_WALK,		/* lf_infer_skb() as a whole */
	LF_STEP_ENQUEUE,	/* in the qdisc: all of it, with the walk and the child */
	LF_STEP_CHILD,		/* part of ENQUEUE: into the child, or bypassing it */
	LF_STEP_DEQUEUE,
	LF_STEPS
};

DECLARE_STATIC_KEY_FALSE(lf_budget_key);
u64 __lf_budget_lap(enum lf_step step, u64 from);

/* Starts a step: returns the time if the budget is on, else 0. */
static inline u64 lf_budget_begin(void)
{
	return static_branch_unlikely(&lf_budget_key) ? __lf_budget_lap(0, 0) : 0;
}

/*
 * Ends the step that began at @from and starts the next one at the time returned. Counts nothing if
 * @from is 0.
 */
static inline u64 lf_budget_lap(enum lf_step step, u64 from)
{
	return static_branch_unlikely(&lf_budget_key) && from ? __lf_budget_lap(step, from) : 0;
}

#endif /* NET_LITEFLOW_H */
