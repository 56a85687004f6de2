// SPDX-License-Identifier: GPL-2.0
/*
 * The accounting of a band, and what the parent qdiscs are told.
 *
 * The classes' counts always add up to the qdisc's. So a band itself counts what it sends and
 * drops: its child's counts start anew with another child, and do not include what the limit
 * removes again. The qdisc's drop count grows by what children report (qdisc_tree_reduce_backlog())
 * and by what happens here; any growth after a call to a child is charged to that band
 * (lfq_charge()). Between two calls a child drops only when it is changed itself; it is the one
 * that has fewer packets than before. (fq_codel does not count what it drops then.)
 *
 * The parents keep a class in their lists while this qdisc has packets. They check that before they
 * pass a packet down, and are told when the last one is lost; so are their own parents. If a parent
 * heard in the middle of an enqueue that all packets are lost, it would remove the class from its
 * lists, and not add it again for the packet being enqueued. Hence:
 *
 *	- a newcomer that does not bypass its child counts from the beginning, so that the
 *	  queue is not empty meanwhile, whatever becomes of the other packets;
 *	- the parents are told nothing until all is done (lfq_open()), and then the final state
 *	  (lfq_close()).
 */
#include "lfq.h"

void lfq_band_init(struct lfq_band *b, struct Qdisc *child)
{
	*b = (struct lfq_band) {
		.qdisc = child,
		.stamped = lfq_child_stamps(child),
	};
	gnet_stats_basic_sync_init(&b->bstats);
	qdisc_hash_add(child, false);
}

/* The band @from goes; its counts move to the band that gets its packets. */
void lfq_band_absorb(struct lfq_band *b, const struct lfq_band *from)
{
	struct gnet_stats_basic_sync sent = from->bstats;

	gnet_stats_add_basic(&b->bstats, NULL, &sent, true);
	b->drops += from->drops;
	b->classified += from->classified;
	b->defaulted += from->defaulted;
	b->shed += from->shed;
	b->starved += from->starved;
}

/* In order exact the child knows how often a flow was served because of `starve`. */
u64 lfq_band_starved(const struct lfq_band *b)
{
	return b->starved + (b->qdisc->ops == &lfq_order_ops ? lfq_order_starved(b->qdisc) : 0);
}

u64 lfq_starved(const struct lfq_sched *q)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < q->cfg->bands; i++)
		sum += lfq_band_starved(&q->band[i]);
	return sum;
}

void __lfq_charge(struct Qdisc *sch, struct lfq_band *b)
{
	struct lfq_sched *q = qdisc_priv(sch);
	u32 rest = sch->qstats.drops - q->drops_seen;
	struct lfq_band *other;

	q->drops_seen = sch->qstats.drops;
	for (other = q->band; other < q->band + q->cfg->bands; other++) {
		int own = other->child_qlen - other->qdisc->q.qlen;

		if (other == b || own <= 0)
			continue;
		other->child_qlen -= own;
		own = min_t(u32, own, rest);
		other->drops += own;
		rest -= own;
	}
	b->drops += rest;
}

/* Of a list of packets dequeued already, counts those that came from @b. */
static void lfq_add_held(const struct lfq_sched *q, const struct lfq_band *b,
			 const struct sk_buff_head *list, struct gnet_stats_queue *qs)
{
	const struct sk_buff *skb;

	skb_queue_walk(list, skb) {
		u8 band = lfq_skb_cb(skb)->band;

		if (&q->band[band < q->cfg->bands ? band : q->cfg->default_band] != b)
			continue;
		qs->qlen++;
		qs->backlog += qdisc_pkt_len(skb);
	}
}

/* What a band holds: in the child, in q->direct, and dequeued but not sent. Under the lock. */
void lfq_band_queue(struct Qdisc *sch, const struct lfq_band *b, struct gnet_stats_queue *qs)
{
	struct lfq_sched *q = qdisc_priv(sch);

	*qs = (struct gnet_stats_queue) {
		.drops = b->drops,
		.requeues = b->qdisc->qstats.requeues,
		.overlimits = b->qdisc->qstats.overlimits + b->shed,
	};
	qdisc_qstats_qlen_backlog(b->qdisc, &qs->qlen, &qs->backlog);
	if (q->direct && q->direct_band == b) {
		qs->qlen++;
		qs->backlog += q->direct_len;
	}
	lfq_add_held(q, b, &sch->gso_skb, qs);
	lfq_add_held(q, b, &sch->skb_bad_txq, qs);
}

/* A counted packet of @b is lost. Call between lfq_open() and lfq_close(). */
void lfq_lost(struct Qdisc *sch, struct lfq_band *b, unsigned int len)
{
	lf_qdisc_queued(sch, -1, -(int)len);
	qdisc_qstats_drop(sch);
	lfq_charge(sch, b);
}

/**
 * lfq_open - begin a change of the queue in several steps, of which the parents hear at the end
 * @sch: the qdisc
 * @t: what it holds now; owned by the caller, for lfq_close()
 *
 * A child's enqueue may come back here through the root of the tree: netem sends its duplicates
 * that way. That is part of the outer change.
 */
void lfq_open(struct Qdisc *sch, struct lfq_tally *t)
{
	struct lfq_sched *q = qdisc_priv(sch);

	t->qlen = sch->q.qlen;
	t->backlog = sch->qstats.backlog;
	t->inner = q->open;
	t->hushed = !t->inner && sch->parent != TC_H_ROOT && !(sch->flags & TCQ_F_NOPARENT);
	if (t->inner)
		return;
	q->open = true;
	q->inner = 0;
	q->inner_len = 0;
	if (t->hushed)
		sch->flags |= TCQ_F_NOPARENT;
}

/*
 * The change is complete. Returns false if there is nobody to tell; otherwise fills in how many
 * packets and bytes fewer there are than the parents believe.
 */
static bool lfq_closed(struct Qdisc *sch, const struct lfq_tally *t, int *n, int *len)
{
	struct lfq_sched *q = qdisc_priv(sch);

	if (t->inner)
		return false;
	q->open = false;
	*n = t->qlen + q->inner - sch->q.qlen;
	*len = t->backlog + q->inner_len - sch->qstats.backlog;
	if (t->hushed)
		sch->flags &= ~TCQ_F_NOPARENT;
	return t->hushed;
}

/* For a change in which nothing came in. */
void lfq_close(struct Qdisc *sch, const struct lfq_tally *t)
{
	int n, len;

	if (lfq_closed(sch, t, &n, &len) && (n || len))
		qdisc_tree_reduce_backlog(sch, n, len);
}

/*
 * All packets are gone, including the newcomer. @n, @n_len: what to report; @had: the parents have
 * the class in their lists. Older kernels propagate only losses, so there must be one: the newcomer
 * is counted, and then lost. While it counts, the parents hear only once that nothing is left:
 * older qdiscs remove from a list what is not on it any more. The value that enqueue() returns must
 * not count that loss a second time.
 */
static int lfq_tell_empty(struct Qdisc *sch, bool had, int n, int n_len, unsigned int len, int ret)
{
	if (had) {
		n--;
		n_len -= len;
	}
	if (n || n_len) {
		lf_qdisc_queued(sch, 1, len);
		qdisc_tree_reduce_backlog(sch, n, n_len);
		lf_qdisc_queued(sch, -1, -(int)len);
	}
	if (had)
		qdisc_tree_reduce_backlog(sch, 1, len);
	return n < 0 ? ret | __NET_XMIT_STOLEN : ret;
}

/**
 * lfq_close_enqueue - finish the accounting of an enqueue
 * @sch: the qdisc
 * @t: from lfq_open()
 * @len: of the newcomer, in bytes
 * @ret: what its child returned; unless it is NET_XMIT_SUCCESS, the newcomer no longer counts
 *
 * The parents count a newcomer that is accepted, and only then add the class to their lists. So it
 * is reported as accepted if they need to do that, even if the child said that it dropped another
 * packet of its flow, or some of the segments that it made of it. On the other hand, if it is all
 * that is left of several packets, the parents would see an empty queue between what they are told
 * here and the newcomer that they count. Then it takes the place of one of the lost ones and is not
 * reported as accepted; fq_codel does the same when it drops a packet of a newcomer's flow.
 * Return: what enqueue() has to return.
 */
int lfq_close_enqueue(struct Qdisc *sch, const struct lfq_tally *t, unsigned int len, int ret)
{
	struct lfq_sched *q = qdisc_priv(sch);
	bool had = t->qlen;
	int n, n_len;

	if (t->inner && ret == NET_XMIT_SUCCESS) {
		q->inner++;
		q->inner_len += len;
	}
	if (!lfq_closed(sch, t, &n, &n_len))
		return ret;
	if (!had && sch->q.qlen)
		ret = NET_XMIT_SUCCESS;
	if (ret == NET_XMIT_SUCCESS && (!sch->q.qlen || (had && sch->q.qlen == 1 && n >= 0)))
		ret = NET_XMIT_CN;
	if (ret == NET_XMIT_SUCCESS) {
		n++;
		n_len += len;
	}
	if (unlikely(!sch->q.qlen))
		return lfq_tell_empty(sch, had, n, n_len, len, ret);
	if (n || n_len)
		qdisc_tree_reduce_backlog(sch, n, n_len);
	return ret;
}
