/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internals of sch_liteflow.ko: the qdisc's configuration (struct lfq_config), its state (struct
 * lfq_sched, struct lfq_band), and which file does what:
 *
 *	main.c		the qdisc: enqueue and dequeue, init, change, destroy, statistics
 *	classify.c	which band a packet goes to
 *	accept.c	a packet goes to the child of its band, and the limit is kept
 *	class.c		the bands as tc sees them
 *	band.c		what a band has sent, lost and holds; what the parents are told about it
 *	config.c	netlink attributes to a checked lfq_config and back
 *	config_list.c	options that are lists of numbers
 *	config_map.c	the option `map`
 *	rank.c		mode srpt: the band, by what a flow has left to send
 *	order.c		mode srpt, order exact: the only band's child, the lowest rank first
 *	child.c		the fq_codel that a band has unless another qdisc is grafted
 *	sched.c		which band is next, and which one gives up a packet at the limit
 *	split.c		super-packets as single packets
 *
 * The qdisc's root lock protects all of lfq_sched except what only requests touch, which RTNL
 * protects.
 */
#ifndef LFQ_H
#define LFQ_H

#include <linux/skbuff.h>
#include <net/liteflow_size.h>
#include <linux/pkt_sched_liteflow.h>
#include "../kmod/compat/sch_compat.h"

/*
 * The options. A request makes a copy, changes and checks it, and replaces the old one with it or
 * discards it. Never changed in place.
 */
struct lfq_config {
	u8 bands;
	u8 mode;			/* LITEFLOW_QDISC_STRICT, _DRR, _SRPT */
	u8 default_band;
	bool default_given;		/* else it is the middle one, for any number of bands */
	bool ecn;
	bool inner;
	bool split_gso;
	u8 order;			/* mode srpt: LITEFLOW_QDISC_BY_BANDS, _EXACT */
	bool map_given;
	/* else class i is band i, and the map has the default bounds */
	bool map_classes;
	bool map_strict;
	u8 map_check;			/* enum lf_map_check, for the request that set it */
	/* likewise: warn if the slot's model predicts no size */
	bool size_check;
	u8 n_map;
	u8 n_given;			/* the first of these; default bounds follow */
	u8 n_phases;
	u8 n_thresholds;		/* given by the user; 0: the default ones */
	u32 limit;			/* packets */
	u32 flows;
	u32 every;
	u32 starve_us;
	u32 idle_ms;
	u32 quantum[LITEFLOW_QDISC_BANDS_MAX];	/* bytes; 0: lfq_quantum() has the default */
	u32 phases[LF_PHASES_MAX];
	u32 thresholds[LITEFLOW_QDISC_BANDS_MAX - 1];	/* bytes, ascending */
	/* derived from them: the greatest rank of each band */
	u64 upto[LITEFLOW_QDISC_BANDS_MAX];
	struct lf_map_entry map[LF_MAP_MAX];
	char slot[LITEFLOW_SLOT_NAME_LEN];
};

struct lfq_band {
	struct Qdisc *qdisc;
	bool stamped;			/* the child leaves codel's enqueue time in the packet */
	bool holds;			/* released nothing when over the limit: netem, tbf */
	/* ns: last served, or since when it has had packets, whichever is later */
	u64 since;
	s64 deficit;			/* DRR: bytes left in this round; negative: owed */
	struct gnet_stats_basic_sync bstats;
	u32 drops;			/* all of this band's, with whatever child */
	u32 child_qlen;			/* packets in the child after its last call */
	u64 classified;			/* the rest as in struct tc_liteflow_band_xstats */
	u64 defaulted;
	u64 shed;
	u64 starved;
	u64 delay_avg;
	u64 delay_max;
	u32 delays[LITEFLOW_QDISC_DELAYS];
};

struct lfq_sched {
	struct lfq_config *cfg;
	struct lf_attach *attach;
	struct tcf_proto __rcu *filter_list;
	u64 filtered;			/* as in struct tc_liteflow_xstats */
	u64 prioritized;
	u64 overlimit;
	u64 predicted;
	u64 overrun;
	u64 demoted;
	u64 promoted;
	/* the only packet of the qdisc, if it bypassed its child; sched.c */
	struct sk_buff *direct;
	struct lfq_band *direct_band;
	unsigned int direct_len;	/* bytes */
	u32 drops_seen;			/* of the qdisc's drops, those charged to a band */
	bool open;			/* between lfq_open() and lfq_close(): band.c */
	int inner;			/* packets that came through the root meanwhile */
	int inner_len;			/* their bytes */
	struct lfq_band band[LITEFLOW_QDISC_BANDS_MAX];
	struct tcf_block *block;
};

static inline u32 lfq_class_id(const struct Qdisc *sch, unsigned int band)
{
	return TC_H_MAKE(sch->handle, band + 1);
}

/* bytes: where mode srpt puts a packet without a flow; the middle of the default bands' */
#define LFQ_RANK_UNKNOWN	1280000

/* What the qdisc held when a change began. */
struct lfq_tally {
	u32 qlen;
	u32 backlog;
	bool inner;			/* nested in another change */
	bool hushed;			/* the parents are told nothing meanwhile */
};

/* Left in a packet that has left its band: which band that was. */
struct lfq_skb_cb {
	u8 band;
};

static inline struct lfq_skb_cb *lfq_skb_cb(const struct sk_buff *skb)
{
	qdisc_cb_private_validate(skb, sizeof(struct lfq_skb_cb));
	return (struct lfq_skb_cb *)qdisc_skb_cb(skb)->data;
}

/*
 * Packets that wait: not those dequeued already for ->peek(), or requeued by a device that would
 * not take them yet.
 */
static inline u32 lfq_waiting(const struct Qdisc *sch)
{
	return sch->q.qlen - skb_queue_len(&sch->gso_skb);
}

static inline bool lfq_over_limit(struct Qdisc *sch)
{
	struct lfq_sched *q = qdisc_priv(sch);

	return lfq_waiting(sch) > q->cfg->limit;
}

/* band.c */
void lfq_band_init(struct lfq_band *b, struct Qdisc *child);
void lfq_band_absorb(struct lfq_band *b, const struct lfq_band *from);
u64 lfq_band_starved(const struct lfq_band *b);
u64 lfq_starved(const struct lfq_sched *q);
void lfq_band_queue(struct Qdisc *sch, const struct lfq_band *b, struct gnet_stats_queue *qs);
void __lfq_charge(struct Qdisc *sch, struct lfq_band *b);
void lfq_lost(struct Qdisc *sch, struct lfq_band *b, unsigned int len);
void lfq_open(struct Qdisc *sch, struct lfq_tally *t);
void lfq_close(struct Qdisc *sch, const struct lfq_tally *t);
int lfq_close_enqueue(struct Qdisc *sch, const struct lfq_tally *t, unsigned int len, int ret);

/* Call after @b's child: drops that the qdisc has counted since are charged to @b. */
static inline void lfq_charge(struct Qdisc *sch, struct lfq_band *b)
{
	struct lfq_sched *q = qdisc_priv(sch);

	if (unlikely(sch->qstats.drops != q->drops_seen))
		__lfq_charge(sch, b);
	b->child_qlen = b->qdisc->q.qlen;
}

/* class.c */
extern const struct Qdisc_class_ops lfq_class_ops;

/* classify.c */
struct lfq_band *lfq_classify(struct sk_buff *skb, struct Qdisc *sch, u64 *now,
			      struct sk_buff **to_free, int *ret);

/* order.c */
extern const struct Qdisc_ops lfq_order_ops;
void lfq_order_set(struct Qdisc *sch, const struct lfq_config *c);
void lfq_order_set_rank(const struct sk_buff *skb, u64 rank);
u64 lfq_order_starved(struct Qdisc *sch);

/* rank.c */
int lfq_band_by_size(struct lfq_sched *q, const struct sk_buff *skb, struct lf_verdict *v);

/* config.c */
struct lfq_config *lfq_config_make(const struct lfq_config *old, struct nlattr *opt,
				   struct netlink_ext_ack *extack);
void lfq_config_attach(const struct lfq_config *c, struct lf_attach_cfg *ac);
int lfq_config_dump(const struct lfq_config *c, struct sk_buff *skb);

/* change.c */
int lfq_configure(struct Qdisc *sch, struct nlattr *opt, struct netlink_ext_ack *extack);

/* child.c */
struct Qdisc *lfq_child_make(struct Qdisc *sch, unsigned int band, const struct lfq_config *c,
			     struct netlink_ext_ack *extack);
void lfq_child_set(struct Qdisc *child, const struct lfq_config *c);
bool lfq_child_stamps(const struct Qdisc *child);
u64 lfq_child_delay(const struct sk_buff *skb, u64 now);

/*
 * May a packet bypass the child while that is empty? The kernel bypasses a root with this flag, and
 * counts the packet for it; this qdisc does the same with its children. Not if the child has
 * per-CPU counters.
 */
static inline bool lfq_child_bypass(const struct Qdisc *child)
{
	return (child->flags & (TCQ_F_CAN_BYPASS | TCQ_F_CPUSTATS)) == TCQ_F_CAN_BYPASS;
}

/* accept.c */
int lfq_accept(struct sk_buff *skb, struct Qdisc *sch, struct lfq_band *b, u64 now,
	       struct sk_buff **to_free);

/* split.c */
#define LFQ_SPLIT_MAX	512		/* packets */

int lfq_split_enqueue(struct sk_buff *skb, struct Qdisc *sch, struct lfq_band *b, u64 now,
		      struct sk_buff **to_free);

static inline bool lfq_splits(const struct lfq_config *c, const struct sk_buff *skb)
{
	return unlikely(c->split_gso) && skb_is_gso(skb) &&
	       skb->len <= LFQ_SPLIT_MAX * skb_shinfo(skb)->gso_size;
}

/* sched.c */
struct sk_buff *lfq_next(struct Qdisc *sch, struct lfq_band **from, u64 now);
void lfq_settle(struct Qdisc *sch, struct sk_buff **to_free);
bool lfq_shed(struct Qdisc *sch, struct sk_buff **to_free);
struct Qdisc *lfq_replace(struct Qdisc *sch, struct lfq_band *b, struct Qdisc *new,
			  struct sk_buff **to_free);
void lfq_move(struct Qdisc *sch, struct Qdisc *from, struct lfq_band *b, struct sk_buff **to_free);
u32 lfq_quantum(const struct Qdisc *sch, const struct lfq_config *c, unsigned int band);

/*
 * The packet, the first of an empty qdisc, bypasses the child of its band; b->since tells when it
 * came.
 */
static inline void lfq_direct(struct Qdisc *sch, struct lfq_band *b, struct sk_buff *skb)
{
	struct lfq_sched *q = qdisc_priv(sch);

	q->direct = skb;
	q->direct_band = b;
	q->direct_len = qdisc_pkt_len(skb);
}

/* The child counts it as if it had been there; so does the kernel for a root that it bypasses. */
static inline struct sk_buff *lfq_take_direct(struct Qdisc *sch, struct lfq_band **from)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct sk_buff *skb = q->direct;

	if (!skb)
		return NULL;
	q->direct = NULL;
	*from = q->direct_band;
	qdisc_bstats_update((*from)->qdisc, skb);
	return skb;
}

#endif /* LFQ_H */
