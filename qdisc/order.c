// SPDX-License-Identifier: GPL-2.0
/*
 * Order exact of mode srpt: the flow with the lowest rank sends next.
 *
 * Bands only approximate the order that mode srpt is about, and reorder: a flow whose rank falls
 * below a threshold moves to an earlier band, and its next packets overtake those that wait in the
 * later one. TCP takes these for lost, sends them again and halves its window. Here every flow has
 * a queue of its own, so its packets stay in order, and the queue as a whole has the rank of its
 * newest packet (rank.c): with a prediction, what is left to send behind that packet; without one,
 * what the flow has sent. After pFabric (Alizadeh et al., SIGCOMM 2013), which takes the oldest
 * packet of the flow with the least left.
 *
 * Queues that have packets are in a tree by rank, and in a list by when they were last served. If
 * the first of that list has waited for `starve`, it sends one packet first; but no more than
 * LFQ_ORDER_STARVING queues do in that time, or with many of them the order would be round robin.
 *
 * A queue belongs to a flow while it has packets. It is found by the flow's hash, in a set of
 * LFQ_ORDER_WAYS; two flows share one only if they have the same hash or the set is full (after
 * sch_cake.c).
 *
 * CoDel drops or marks as fq_codel does, by queue (include/net/codel_impl.h), with one difference:
 * its clock stands still for a queue that is not served for longer than the target (5 ms) because
 * others go first. The flow could not shorten that by sending less.
 *
 * This is the child of the qdisc's only band, a qdisc by itself: it is not registered, and tc shows
 * it as liteflow_order. The parent leaves the rank in the packet.
 */
#include <linux/rbtree.h>
#include <net/pkt_sched.h>
#include "lfq.h"

/* Not all of the headers' static functions are used here, and they are not inline. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <net/codel.h>
#include <net/codel_impl.h>
#include <net/codel_qdisc.h>
#pragma GCC diagnostic pop

#define LFQ_ORDER_QUEUES	1024
#define LFQ_ORDER_WAYS		8
#define LFQ_ORDER_MEMORY	(32u << 20)	/* bytes, as fq_codel's memory_limit */
#define LFQ_ORDER_STARVING	16

/* Below qdisc_skb_cb(). */
struct lfq_order_cb {
	struct codel_skb_cb codel;
	u32 rank;			/* set by the parent */
	codel_time_t arrived;
	codel_time_t waited;		/* of the queue, when the packet came */
};

struct lfq_queue {
	struct sk_buff *head;
	struct sk_buff *tail;
	struct rb_node node;		/* in lfq_order.by_rank while it has packets */
	struct list_head wait;		/* in lfq_order.by_wait likewise */
	codel_time_t since;		/* last served, or since when it has had packets */
	codel_time_t waited;		/* the time during which others were served */
	u32 hash;
	u32 rank;
	u32 backlog;			/* bytes */
	struct codel_vars codel;
};

struct lfq_order {
	struct rb_root_cached by_rank;
	struct list_head by_wait;
	struct lfq_queue *queues;
	struct lfq_queue *served;	/* the last one */
	codel_time_t starve;		/* 0: never */
	codel_time_t starved_at;	/* when a starving queue was served last */
	u32 limit;			/* packets */
	u32 memory;			/* bytes */
	u64 starved;
	struct codel_params params;
	struct codel_stats stats;
};

static struct lfq_order_cb *lfq_order_cb(const struct sk_buff *skb)
{
	qdisc_cb_private_validate(skb, sizeof(struct lfq_order_cb));
	return (struct lfq_order_cb *)qdisc_skb_cb(skb)->data;
}

/* The rank of a packet for its child: bytes, saturated. */
void lfq_order_set_rank(const struct sk_buff *skb, u64 rank)
{
	lfq_order_cb(skb)->rank = min_t(u64, rank, U32_MAX);
}

/* --- queues --- */

static struct lfq_queue *lfq_order_find(struct lfq_order *o, u32 hash)
{
	u32 at = reciprocal_scale(hash, LFQ_ORDER_QUEUES);
	struct lfq_queue *set = &o->queues[at & ~(LFQ_ORDER_WAYS - 1)], *f, *empty = NULL;

	for (f = set; f < set + LFQ_ORDER_WAYS; f++) {
		if (f->hash == hash)
			return f;
		if (!f->head && (!empty || codel_time_before(f->since, empty->since)))
			empty = f;
	}
	if (!empty)
		return &o->queues[at];
	empty->hash = hash;
	codel_vars_init(&empty->codel);
	return empty;
}

static void lfq_order_insert(struct lfq_order *o, struct lfq_queue *f)
{
	struct rb_node **at = &o->by_rank.rb_root.rb_node, *parent = NULL;
	bool first = true;

	while (*at) {
		parent = *at;
		if (f->rank < rb_entry(parent, struct lfq_queue, node)->rank) {
			at = &parent->rb_left;
		} else {
			at = &parent->rb_right;
			first = false;
		}
	}
	rb_link_node(&f->node, parent, at);
	rb_insert_color_cached(&f->node, &o->by_rank, first);
}

static void lfq_order_append(struct lfq_order *o, struct lfq_queue *f, struct sk_buff *skb,
			     codel_time_t now)
{
	u32 rank = lfq_order_cb(skb)->rank;

	skb->next = NULL;
	if (f->head) {
		f->tail->next = skb;
		f->tail = skb;
		if (f->rank == rank)
			return;
		rb_erase_cached(&f->node, &o->by_rank);
	} else {
		f->head = skb;
		f->tail = skb;
		f->since = now;
		f->waited = 0;
		list_add_tail(&f->wait, &o->by_wait);
	}
	f->rank = rank;
	lfq_order_insert(o, f);
}

/* Takes the oldest packet. */
static struct sk_buff *lfq_order_take(struct Qdisc *sch, struct lfq_queue *f)
{
	struct lfq_order *o = qdisc_priv(sch);
	struct sk_buff *skb = f->head;

	f->head = skb->next;
	skb_mark_not_on_list(skb);
	if (!f->head) {
		rb_erase_cached(&f->node, &o->by_rank);
		list_del(&f->wait);
	}
	f->backlog -= qdisc_pkt_len(skb);
	o->memory -= skb->truesize;
	lf_qdisc_queued(sch, -1, -(int)qdisc_pkt_len(skb));
	return skb;
}

/* --- in --- */

static bool lfq_order_full(const struct Qdisc *sch, const struct lfq_order *o)
{
	return sch->q.qlen > o->limit || o->memory > LFQ_ORDER_MEMORY;
}

/*
 * Over the limit, the flows with the highest rank lose their oldest packets. The parents are told
 * as fq_codel tells them: if the newcomer's flow has lost one, that takes the newcomer's place.
 */
static int lfq_order_shed(struct Qdisc *sch, const struct lfq_queue *newcomer, unsigned int len,
			  struct sk_buff **to_free)
{
	u32 qlen = sch->q.qlen, backlog = sch->qstats.backlog;
	struct lfq_order *o = qdisc_priv(sch);
	bool own = false;

	while (lfq_order_full(sch, o)) {
		struct lfq_queue *last = rb_entry(rb_last(&o->by_rank.rb_root), struct lfq_queue,
						  node);

		own |= last == newcomer;
		qdisc_drop(lfq_order_take(sch, last), sch, to_free);
	}
	qlen -= sch->q.qlen;
	backlog -= sch->qstats.backlog;
	if (own) {
		qlen--;
		backlog -= len;
	}
	qdisc_tree_reduce_backlog(sch, qlen, backlog);
	return own ? NET_XMIT_CN : NET_XMIT_SUCCESS;
}

static int lfq_order_enqueue(struct sk_buff *skb, struct Qdisc *sch, struct sk_buff **to_free)
{
	struct lfq_order *o = qdisc_priv(sch);
	struct lfq_queue *f = lfq_order_find(o, skb_get_hash(skb));
	struct lfq_order_cb *cb = lfq_order_cb(skb);
	unsigned int len = qdisc_pkt_len(skb);

	cb->arrived = codel_get_time();
	lfq_order_append(o, f, skb, cb->arrived);
	cb->waited = f->waited;
	f->backlog += len;
	o->memory += skb->truesize;
	lf_qdisc_queued(sch, 1, len);
	return lfq_order_full(sch, o) ? lfq_order_shed(sch, f, len, to_free) : NET_XMIT_SUCCESS;
}

/* --- out --- */

static struct lfq_queue *lfq_order_next(struct lfq_order *o, codel_time_t now)
{
	struct rb_node *node = rb_first_cached(&o->by_rank);
	struct lfq_queue *first, *longest;

	if (!node)
		return NULL;
	first = rb_entry(node, struct lfq_queue, node);
	longest = list_first_entry(&o->by_wait, struct lfq_queue, wait);
	if (longest == first || !o->starve || now - longest->since < o->starve ||
	    now - o->starved_at < o->starve / LFQ_ORDER_STARVING)
		return first;
	o->starved++;
	o->starved_at = now;
	return longest;
}

static u32 lfq_order_len(const struct sk_buff *skb)
{
	return qdisc_pkt_len(skb);
}

static void lfq_order_drop(struct sk_buff *skb, void *ctx)
{
	struct Qdisc *sch = ctx;

	kfree_skb(skb);
	qdisc_qstats_drop(sch);
}

/* For CoDel, the packet came later by as long as the queue has waited for others since. */
static struct sk_buff *lfq_order_pull(struct codel_vars *vars, void *ctx)
{
	struct lfq_queue *f = container_of(vars, struct lfq_queue, codel);
	struct lfq_order_cb *cb;
	struct sk_buff *skb;

	if (!f->head)
		return NULL;
	skb = lfq_order_take(ctx, f);
	cb = lfq_order_cb(skb);
	cb->codel.enqueue_time = cb->arrived + (f->waited - cb->waited);
	return skb;
}

/*
 * From @f, which has packets. CoDel may drop some, but only while more than a frame is left behind
 * the packet (codel_should_drop()), so there is always one to return.
 */
static struct sk_buff *lfq_order_serve(struct Qdisc *sch, struct lfq_queue *f, codel_time_t now)
{
	struct lfq_order *o = qdisc_priv(sch);
	struct sk_buff *skb;

	if (o->served != f && now - f->since > o->params.target)
		f->waited += now - f->since;
	skb = codel_dequeue(sch, &f->backlog, &o->params, &f->codel, &o->stats, lfq_order_len,
			    codel_get_enqueue_time, lfq_order_drop, lfq_order_pull);
	f->since = now;
	if (f->head)
		list_move_tail(&f->wait, &o->by_wait);
	o->served = f;
	return skb;
}

static struct sk_buff *lfq_order_dequeue(struct Qdisc *sch)
{
	struct lfq_order *o = qdisc_priv(sch);
	codel_time_t now = codel_get_time();
	struct lfq_queue *f = lfq_order_next(o, now);
	struct lfq_order_cb *cb;
	struct sk_buff *skb;

	if (!f)
		return NULL;
	skb = lfq_order_serve(sch, f, now);
	qdisc_bstats_update(sch, skb);
	cb = lfq_order_cb(skb);
	cb->codel.enqueue_time = cb->arrived;
	/* Not with an empty queue: older htb do not expect it in a dequeue. It is told later. */
	if (o->stats.drop_count && sch->q.qlen) {
		qdisc_tree_reduce_backlog(sch, o->stats.drop_count, o->stats.drop_len);
		o->stats.drop_count = 0;
		o->stats.drop_len = 0;
	}
	return skb;
}

/* --- begin, reset, end --- */

static int lfq_order_init(struct Qdisc *sch, struct nlattr *opt, struct netlink_ext_ack *extack)
{
	struct lfq_order *o = qdisc_priv(sch);

	o->by_rank = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&o->by_wait);
	codel_params_init(&o->params);
	codel_stats_init(&o->stats);
	o->params.mtu = psched_mtu(qdisc_dev(sch));
	o->queues = kvcalloc(LFQ_ORDER_QUEUES, sizeof(*o->queues), GFP_KERNEL);
	if (!o->queues)
		return -ENOMEM;
	sch->flags |= TCQ_F_CAN_BYPASS;
	return 0;
}

static void lfq_order_reset(struct Qdisc *sch)
{
	struct lfq_order *o = qdisc_priv(sch);
	struct lfq_queue *f, *next;

	list_for_each_entry_safe(f, next, &o->by_wait, wait) {
		rtnl_kfree_skbs(f->head, f->tail);
		f->head = NULL;
		f->backlog = 0;
		codel_vars_init(&f->codel);
	}
	INIT_LIST_HEAD(&o->by_wait);
	o->by_rank = RB_ROOT_CACHED;
	o->memory = 0;
	/* The parents forget their packets, too, and those that they were to be told of. */
	o->stats.drop_count = 0;
	o->stats.drop_len = 0;
}

static void lfq_order_destroy(struct Qdisc *sch)
{
	struct lfq_order *o = qdisc_priv(sch);

	kvfree(o->queues);
}

const struct Qdisc_ops lfq_order_ops = {
	.id		= "liteflow_order",
	.priv_size	= sizeof(struct lfq_order),
	.enqueue	= lfq_order_enqueue,
	.dequeue	= lfq_order_dequeue,
	.peek		= qdisc_peek_dequeued,
	.init		= lfq_order_init,
	.reset		= lfq_order_reset,
	.destroy	= lfq_order_destroy,
	.owner		= THIS_MODULE,
};

/* The qdisc's options for its child @sch. Cannot fail. */
void lfq_order_set(struct Qdisc *sch, const struct lfq_config *c)
{
	struct lfq_order *o = qdisc_priv(sch);

	sch_tree_lock(sch);
	o->limit = c->limit;
	o->starve = ((u64)c->starve_us * NSEC_PER_USEC) >> CODEL_SHIFT;
	o->params.ecn = c->ecn;
	sch_tree_unlock(sch);
}

/* How often a flow was served because it had waited for `starve`. */
u64 lfq_order_starved(struct Qdisc *sch)
{
	const struct lfq_order *o = qdisc_priv(sch);

	return o->starved;
}
