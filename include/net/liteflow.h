/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only header that attachments include: the qdisc, the netfilter hook, the xtables rule, the
 * congestion control.
 *
 * An attachment is an adapter. It owns one struct lf_attach for each place it is attached to, hands
 * packets (or intervals) to lf_infer_skb() (lf_infer_sock()), and has one switch from verdict to
 * action. It names a slot, never a snapshot; the slot may not exist, may be empty, may go away and
 * come back under traffic: the verdict is "none" then, and the attachment behaves as if LiteFlow
 * were not there.
 *
 * Contexts: lf_attach_create/change/destroy sleep and may be called under RTNL (lf_mutex nests
 * inside RTNL, never the other way round). lf_infer_skb() and lf_infer_sock() may be called from
 * process context or softirq, bottom halves on or off, not from a hard interrupt; they allocate
 * nothing, take no lock that another CPU holds for longer than it takes to look up and update one
 * flow and read its features (the model runs without), and cannot fail other than by a verdict
 * "none". With PREEMPT_RT a task also waits for another of its CPU that is in the middle of an
 * inference.
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
 * Generations of a slot that can live at once: the active one, and old ones that flows hold or a
 * roll back needs.
 */
#define LF_GENERATIONS		4

#define LF_MAP_MAX		64	/* entries of a map */
#define LF_PHASES_MAX		16	/* packets of a flow at which the model runs, if listed */
#define LF_FLOWS_MIN		64
#define LF_FLOWS_MAX		(1u << 22)	/* also of all tables of a namespace */
/* the same where the network namespace is not the initial user namespace's */
#define LF_FLOWS_USER_MAX	(1u << 19)
#define LF_FLOWS_DEFAULT	65536
#define LF_ACTION_NONE		U32_MAX
#define LF_REASONS		(LITEFLOW_REASON_UNPARSED + 1)

/*
 * From class to the attachment's own action (a band, a mark, a priority, "drop"): the core resolves
 * class names when a snapshot comes in, so that two snapshots may order their classes differently
 * and every verdict still finds its action.
 *
 * Words for a packet without a verdict: "none", or one reason: early, no-slot, no-snapshot, not-ip,
 * truncated, unparsed, fragment, full (table-full), busy, guard. They always mean that: a class
 * that happens to have such a name is given by its index.
 */
struct lf_map_entry {
	/*
	 * A word, a name, or decimal digits: a class's index; for values: an upper bound in units.
	 */
	char class_name[LQ_NAME_LEN];
	/* the attachment's own; LF_ACTION_NONE is not allowed here */
	u32 action;
};

/* Is it a word for packets without a verdict? */
bool lf_map_is_reason(const char *name);

/* What to do about names in a map that the slot's active snapshot does not have. */
enum lf_map_check {
	LF_MAP_UNCHECKED,
	LF_MAP_WARN,			/* a sentence, with success */
	LF_MAP_STRICT,			/* refuse */
};

struct lf_attach_cfg {
	const char *slot;		/* name */
	/* most in the flow table; 0: LF_FLOWS_DEFAULT; cannot be changed later (0 then: keep) */
	u32 flows;
	/* run the model at a flow's packet 1 and each n-th after it; 0: at the phases */
	u32 every;
	u8 n_phases;			/* 0: packets 1, 2, 4, 8, 16, ... */
	u32 phases[LF_PHASES_MAX];	/* ascending, from 1 */
	u32 idle_ms;			/* age at which an idle flow ends; 0: 30 s */
	u8 n_map;
	/* the first of them, which somebody wrote: map_check is about these */
	u8 n_given;
	const struct lf_map_entry *map;	/* copied */
	enum lf_map_check map_check;
};

/* Where an attachment is, for `lfctl attach list`. */
struct lf_attach_desc {
	int ifindex;			/* 0 for none */
	char label[64];			/* "1:", "mangle/OUTPUT" */
	u64 dropped;			/* packets, because of their verdict */
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
	/* under lf_mutex, must not sleep on RTNL */
	void (*describe)(void *priv, struct lf_attach_desc *desc);
	/*
	 * May be NULL. Has the connection's way been made short, past the attachment? @ct:
	 * addresses, ports, zone, protocol, of either direction. Bottom halves are off, a lock is
	 * held.
	 */
	bool (*offloaded)(void *priv, const struct lf_ct *ct);
	/* Entry @i of what is mapped, from 0; false behind the last one. As describe(). */
	bool (*entry)(void *priv, unsigned int i, struct lf_attach_entry *e);
};

#define LF_FIXED_SHIFT		16

/*
 * The answer for one packet or interval. Where reason is neither inferred nor cached it is "none"
 * and only reason, action (of the map's words for that, else LF_ACTION_NONE) and the flow's counts
 * mean anything.
 */
struct lf_verdict {
	u8 reason;			/* enum liteflow_reason */
	u8 meaning;			/* enum lq_meaning */
	u16 class;			/* index of the class, 0xffff for values */
	/* of the map, or LF_ACTION_NONE: it has no entry for this */
	u32 action;
	/* raw output 0 (values), raw output of the class (classes) */
	s32 value;
	/* class's output minus the runner-up's; of two values, raw output 1 */
	s32 margin;
	s64 units;			/* values: output 0 in its unit, saturated; classes: 0 */
	/* values of connections: the same in steps of 2^-LF_FIXED_SHIFT; else 0 */
	s64 fixed;
	u32 generation;			/* of the slot, 0 for none */
	/* first four bytes of the snapshot's content hash, as a little-endian number: for traces */
	u32 hash;
	/* ktime_get_ns() when the flow was looked up; 0: it was not */
	u64 time_ns;
	u64 flow;			/* id of the flow, 0 for none */
	u32 bytes;			/* of this packet; where there is no flow, undefined */
	u64 flow_bytes;			/* of the flow so far, this packet included */
	u64 flow_packets;
};

static inline bool lf_verdict_none(const struct lf_verdict *v)
{
	return v->reason != LITEFLOW_REASON_INFERRED && v->reason != LITEFLOW_REASON_CACHED;
}

/**
 * lf_attach_create - make an attachment known to the core
 * @net: its namespace (not refcounted: the attachment goes before the namespace does)
 * @ops: its kind, static
 * @priv: handed to ops
 * @cfg: validated here; every bad value has its own sentence in @extack
 * @extack: may be NULL
 *
 * Fails with -EINVAL for bad values, -ENOMEM, -ENOSPC where the namespace's tables hold too much,
 * or -EOPNOTSUPP where the slot's snapshots want a feature that this kind of attachment cannot
 * supply (the sentence names it). A slot that does not exist is no error. Return: the attachment or
 * ERR_PTR().
 */
struct lf_attach *lf_attach_create(struct net *net, const struct lf_attach_ops *ops, void *priv,
				   const struct lf_attach_cfg *cfg, struct netlink_ext_ack *extack);

/* Takes over @cfg as a whole, or fails and changes nothing. Traffic goes on meanwhile. */
int lf_attach_change(struct lf_attach *a, const struct lf_attach_cfg *cfg,
		     struct netlink_ext_ack *extack);

/**
 * lf_attach_set_slot - the attachment asks another slot from now on; the rest of its configuration
 * stays
 * @a: the attachment
 * @name: of the slot, which need not exist
 * @extack: may be NULL
 *
 * Sleeps. Return: 0, -EINVAL for a name that is none, -EOPNOTSUPP, -ENOMEM; on failure nothing has
 * changed.
 */
int lf_attach_set_slot(struct lf_attach *a, const char *name, struct netlink_ext_ack *extack);

/* The name of the slot it asks. Sleeps. */
void lf_attach_slot(const struct lf_attach *a, char name[LITEFLOW_SLOT_NAME_LEN]);

/* The parameters of a slot (<lq/params.h>), by enum lq_param. */
struct lf_params {
	s32 v[LQ_N_PARAMS];
};

/*
 * Those of the slot that it asks now; defaults where that does not exist. In any context that
 * lf_infer_sock() may be called in.
 */
void lf_attach_params(const struct lf_attach *a, struct lf_params *p);

/*
 * No lf_infer_*() on it may run any more, nor start. Its flows end soon after; nothing of the
 * caller's is used then.
 */
void lf_attach_destroy(struct lf_attach *a);

/*
 * Forgets all flows (qdisc reset), which end soon after. Does not sleep; lf_infer_*() on it must
 * not run meanwhile.
 */
void lf_attach_flush(struct lf_attach *a);

struct lf_attach_stats {
	u64 packets[LF_REASONS];		/* by reason */
	u32 flows, flows_max;
	u32 flows_room;				/* places at the table's present size */
	u64 flow_bytes;				/* memory of the table */
	u64 born, ended, aged, evicted;
	/* times that the table was to grow, and could not */
	u64 refused;
	u32 generation;				/* active one, 0 for none */
	char snapshot[LQ_NAME_LEN];		/* active one, "" for none */
	u64 map_known;				/* bit i: it has what entry i of the map names */
};

/* Lockless; numbers of different moments. */
void lf_attach_stats(struct lf_attach *a, struct lf_attach_stats *st);

/*
 * What connection tracking knows about a packet: the conversation's original addresses, before any
 * translation, and which way this packet goes. Both directions are one flow then: one id, one
 * verdict, one end; statistics stay apart.
 */
struct lf_ct {
	/* of the original direction; IPv4 addresses mapped into IPv6 ones */
	struct in6_addr src;
	struct in6_addr dst;
	__be16 sport;			/* ICMP echo: the id, in both */
	__be16 dport;
	__be16 zone;
	u8 proto;			/* a packet of another one is an ICMP error about it */
	u8 reply;			/* 1: against the original direction */
	u8 answered;			/* 1: packets of both directions have been seen */
	u8 open;			/* 1: a TCP connection that this packet does not end */
	u8 over;			/* 1: a TCP connection that has ended */
};

/**
 * lf_infer_skb_ct - the verdict for a packet
 * @a: the attachment
 * @skb: network header set; skb->protocol may be a VLAN's; not modified, may be non-linear
 * @ct: what connection tracking knows of it, NULL where it knows nothing: two directions are two
 * flows then
 * @v: always filled in
 */
void lf_infer_skb_ct(struct lf_attach *a, const struct sk_buff *skb, const struct lf_ct *ct,
		     struct lf_verdict *v);

static inline void lf_infer_skb(struct lf_attach *a, const struct sk_buff *skb,
				struct lf_verdict *v)
{
	lf_infer_skb_ct(a, skb, NULL, v);
}

/* What is known of the size of a packet's flow, in bytes at the IP layer. */
struct lf_size {
	u64 sent;			/* this packet included */
	u64 before;			/* not included */
	/* predicted for the whole flow; 0 and U64_MAX if nothing is */
	u64 least, most;
	bool predicted;
};

/**
 * lf_size_skb - the size of a packet's flow
 * @a: the attachment
 * @skb: as it was given to lf_infer_skb() just now
 * @v: what that said; without a slot or a snapshot the flow's id and counts and the time are
 *     filled in now
 * @size: filled in
 *
 * Models of one or two values in bytes or log2 bytes predict sizes; two are bounds. In any context
 * that lf_infer_skb() may be called in, bottom halves off.
 * Return: false if there is no flow.
 */
bool lf_size_skb(struct lf_attach *a, const struct sk_buff *skb, struct lf_verdict *v,
		 struct lf_size *size);

/* A sentence, if the slot's active snapshot predicts no size. Sleeps. */
void lf_size_tell(const struct lf_attach *a, struct netlink_ext_ack *extack);

/*
 * A view of an attachment: other users of the same verdicts, each with a map of its own and, if it
 * likes, the least score and confidence that it accepts. Rules that share one flow table are the
 * case in point.
 */
struct lf_view;

struct lf_view_cfg {
	u8 n_map;
	const struct lf_map_entry *map;	/* copied */
	enum lf_map_check map_check;	/* the sentence of LF_MAP_WARN is in extack, too */
	bool score;			/* is there a score_min? */
	/* of the output (classes: the class's), in millionths of its unit */
	s64 score_min;
	/* per cent against the runner-up, 1 .. 99; 0 any; values have no confidence */
	u8 confidence_min;
};

/*
 * Sleeps, like lf_attach_create(). Views go before their attachment does. Every bad value has its
 * own sentence.
 */
struct lf_view *lf_view_create(struct lf_attach *a, const struct lf_view_cfg *cfg,
			       struct netlink_ext_ack *extack);

/* Nobody looks at it any more, nor will. */
void lf_view_destroy(struct lf_view *view);

enum lf_view_sight {
	LF_VIEW_VERDICT		= 1 << 0,	/* there is one */
	LF_VIEW_SCORE		= 1 << 1,	/* it reaches score_min */
	LF_VIEW_CONFIDENCE	= 1 << 2,	/* it reaches confidence_min */
};

/*
 * What a view has for a verdict just given by lf_infer_skb(): bits of enum lf_view_sight, 0 for a
 * verdict "none", whose action is that of the map's words for it.
 * *action: of the map, or LF_ACTION_NONE. In any context that lf_infer_skb() may be called in.
 */
unsigned int lf_view_look(const struct lf_view *view, const struct lf_verdict *v, u32 *action);

/*
 * The generation that a connection was born under (TCP attachments keep their own flow state), and
 * what it had sent then.
 */
struct lf_pin {
	u32 generation;			/* 0: none yet */
	bool sampled;			/* its outcome goes to the stream */
	u64 flow;			/* id, given at the first inference */
	u64 born_us;			/* as the socket's clock counts */
	u64 bytes;
	u32 packets, retrans;
};

/* @sk comes to the attachment, at its beginning or later: what it sends from here on counts. */
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
 * Has the slot an active snapshot? Not counted, for connections that wait for one. In any context.
 */
bool lf_infer_sock_ready(struct lf_attach *a);

/* The connection ends, or leaves the attachment: gives the generation back, sends the outcome. */
void lf_infer_sock_end(struct lf_attach *a, struct lf_pin *pin, const struct sock *sk);

#define LF_N_CC_FEATURES (LQ_N_FEATURES - LQ_F_CC_LATENCY_INFLATION_0)

/*
 * A snapshot that came as a module (`lfgen module`), for those who must sign their models. The file
 * goes through the same validator; run() must give the same bits as the engine: its golden vectors
 * are run through it at registration.
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
 * The steps of a packet whose time can be measured (lfctl budget). Those up to the walk are the
 * walk's.
 */
enum lf_step {
	LF_STEP_PARSE,
	LF_STEP_LOOKUP,
	LF_STEP_UPDATE,		/* of the flow's statistics */
	LF_STEP_FEATURES,	/* the vector; only where a model runs */
	LF_STEP_MODEL,		/* likewise */
	LF_STEP_VERDICT,	/* generation, map, counters; sample */
	LF_STEP_WALK,		/* lf_infer_skb() as a whole */
	LF_STEP_ENQUEUE,	/* the qdisc's, as a whole, the walk and the child included */
	LF_STEP_CHILD,		/* of it: into the child, or round it */
	LF_STEP_DEQUEUE,
	LF_STEPS
};

DECLARE_STATIC_KEY_FALSE(lf_budget_key);
u64 __lf_budget_lap(enum lf_step step, u64 from);

/* A step begins: the time if the budget is on, else 0. */
static inline u64 lf_budget_begin(void)
{
	return static_branch_unlikely(&lf_budget_key) ? __lf_budget_lap(0, 0) : 0;
}

/*
 * The step that began at @from ends and the next one begins, at the time returned. From 0, nothing
 * is counted.
 */
static inline u64 lf_budget_lap(enum lf_step step, u64 from)
{
	return static_branch_unlikely(&lf_budget_key) && from ? __lf_budget_lap(step, from) : 0;
}

#endif /* NET_LITEFLOW_H */
