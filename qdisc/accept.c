// SPDX-License-Identifier: GPL-2.0
/* A packet goes to the child of its band, and the limit is kept. */
#include <linux/netdevice.h>
#include "lfq.h"

static int lfq_refuse_packet(struct sk_buff *skb, struct Qdisc *sch, struct lfq_band *b,
			     struct sk_buff **to_free)
{
	struct lfq_sched *q = qdisc_priv(sch);

	q->overlimit++;
	qdisc_qstats_overlimit(sch);
	lf_qdisc_set_overlimit(skb);
	qdisc_drop(skb, sch, to_free);
	lfq_charge(sch, b);
	return NET_XMIT_DROP;
}

/*
 * The child has rejected the newcomer, or accepted it and dropped another packet of its flow. Some
 * children report too few or too many bytes then (hhf), but what they hold is right. @len: of the
 * newcomer; @ours, @its: what was held before.
 */
static void lfq_child_refused(struct Qdisc *sch, struct lfq_band *b, unsigned int len, u32 ours,
			      u32 its, int ret)
{
	struct lfq_sched *q = qdisc_priv(sch);
	u32 held = ours + b->qdisc->qstats.backlog - its;

	lf_qdisc_queued(sch, -1, q->inner ? -(int)len : (int)(held - sch->qstats.backlog));
	if (net_xmit_drop_count(ret))
		qdisc_qstats_drop(sch);
	lfq_charge(sch, b);
}

/*
 * Enqueues to the child, and keeps the limit. @now: the time if known, else 0. Call between
 * lfq_open() and lfq_close_enqueue().
 */
int lfq_accept(struct sk_buff *skb, struct Qdisc *sch, struct lfq_band *b, u64 now,
	       struct sk_buff **to_free)
{
	unsigned int len = qdisc_pkt_len(skb);
	u32 ours, its;
	bool was_empty;
	int ret;

	/* It would join packets that could not be dropped the last time. */
	if (unlikely(b->holds && lfq_over_limit(sch)))
		return lfq_refuse_packet(skb, sch, b, to_free);

	lf_qdisc_queued(sch, 1, len);
	lfq_settle(sch, to_free);
	ours = sch->qstats.backlog - len;
	its = b->qdisc->qstats.backlog;
	was_empty = !b->qdisc->q.qlen;
	ret = qdisc_enqueue(skb, b->qdisc, to_free);
	if (likely(ret == NET_XMIT_SUCCESS)) {
		if (was_empty)
			b->since = now ?: ktime_get_ns();
		lfq_charge(sch, b);
		while (unlikely(lfq_over_limit(sch)) && lfq_shed(sch, to_free))
			;
	} else {
		lfq_child_refused(sch, b, len, ours, its, ret);
	}
	return ret;
}
