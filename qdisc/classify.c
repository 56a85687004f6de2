// SPDX-License-Identifier: GPL-2.0
/*
 * Which band a packet goes to, in this order: what skb->priority says if its major number is the
 * qdisc's; what a tc filter says; what the verdict of the slot's model says, or in mode srpt what
 * its flow has left to send; the default band.
 */
#include <net/pkt_cls.h>
#include "lfq.h"

static struct lfq_band *lfq_band_of(struct lfq_sched *q, const struct Qdisc *sch, u32 id)
{
	u32 minor = TC_H_MIN(id);

	if (TC_H_MAJ(id) != sch->handle || !minor || minor > q->cfg->bands)
		return NULL;
	return &q->band[minor - 1];
}

/*
 * A filter has dropped the packet. The default band, where it might have gone, counts the loss.
 */
static void lfq_filter_drop(struct sk_buff *skb, struct Qdisc *sch, struct sk_buff **to_free)
{
	struct lfq_sched *q = qdisc_priv(sch);

	qdisc_qstats_drop(sch);
	lfq_charge(sch, &q->band[q->cfg->default_band]);
	__qdisc_drop(skb, to_free);
}

/*
 * Runs the tc filters. Returns false if they took the packet away: then *ret is what enqueue() must
 * return, and the packet is no longer ours. *b is unchanged if no filter names a band.
 */
static bool lfq_filter(struct sk_buff *skb, struct Qdisc *sch, struct lfq_band **b,
		       struct sk_buff **to_free, int *ret)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct tcf_proto *fl = rcu_dereference_bh(q->filter_list);
	struct tcf_result res;
	u32 id;

	if (!fl)
		return true;
	switch (tcf_classify(skb, NULL, fl, &res, false)) {
	case TC_ACT_UNSPEC:
		return true;
#ifdef CONFIG_NET_CLS_ACT
	case TC_ACT_STOLEN:
	case TC_ACT_QUEUED:
	case TC_ACT_TRAP:
		__qdisc_drop(skb, to_free);
		fallthrough;
	case TC_ACT_CONSUMED:
		/*
		 * Consumed: somebody else owns it, such as connection tracking's defragmentation,
		 * or has freed it.
		 */
		*ret = NET_XMIT_SUCCESS | __NET_XMIT_STOLEN;
		return false;
	case TC_ACT_SHOT:
	case TC_ACT_REDIRECT:
		/* bpf_redirect() is for clsact; no qdisc performs it. */
		lfq_filter_drop(skb, sch, to_free);
		*ret = NET_XMIT_SUCCESS | __NET_XMIT_BYPASS;
		return false;
#endif
	default:
		/* `classid 2` means the same as `classid 1:2` if the qdisc is 1: */
		id = TC_H_MAJ(res.classid) ? res.classid : TC_H_MAKE(sch->handle, res.classid);
		*b = lfq_band_of(q, sch, id);
		return true;
	}
}

/*
 * Without a map, class i goes to band i. For models of values the core always has a map of bounds,
 * given or default.
 */
static u32 lfq_band_number(const struct lfq_config *c, const struct lf_verdict *v)
{
	if (!c->map_classes && v->meaning == LITEFLOW_MEANING_CLASS)
		return v->class;
	return v->action;
}

/* Nothing is known of what the packet's flow has left to send. */
static void lfq_no_rank(const struct lfq_sched *q, const struct sk_buff *skb)
{
	if (unlikely(q->cfg->order == LITEFLOW_QDISC_EXACT))
		lfq_order_set_rank(skb, LFQ_RANK_UNKNOWN);
}

/* The map's band or, in mode srpt, that of the flow's size if it is known. */
static u32 lfq_band_by_mode(struct lfq_sched *q, const struct lfq_config *c,
			    const struct sk_buff *skb, struct lf_verdict *v)
{
	int band;

	if (unlikely(c->mode == LITEFLOW_QDISC_SRPT)) {
		band = lfq_band_by_size(q, skb, v);
		if (band >= 0)
			return band;
		lfq_no_rank(q, skb);
		return v->action;
	}
	switch (v->reason) {
	case LITEFLOW_REASON_INFERRED:
	case LITEFLOW_REASON_CACHED:
		return lfq_band_number(c, v);
	default:
		return v->action;
	}
}

/* From verdict to action. *now: the time, if it has been read. */
static struct lfq_band *lfq_band_by_verdict(struct lfq_sched *q, const struct sk_buff *skb,
					    u64 *now)
{
	const struct lfq_config *c = q->cfg;
	struct lf_verdict v LF_FILLED_IN;
	u32 band;

	lf_infer_skb(q->attach, skb, &v);
	band = lfq_band_by_mode(q, c, skb, &v);
	*now = v.time_ns;
	if (band < c->bands) {
		q->band[band].classified++;
		return &q->band[band];
	}
	q->band[c->default_band].defaulted++;
	return &q->band[c->default_band];
}

/**
 * lfq_classify - the band of a packet
 * @skb: the packet
 * @sch: the qdisc
 * @now: set to the time, if it has been read
 * @to_free: where the packet goes if a filter drops it
 * @ret: set to what enqueue() must return if a filter took it away
 *
 * Return: the band, or NULL if a filter took the packet away: it is no longer the caller's then.
 */
struct lfq_band *lfq_classify(struct sk_buff *skb, struct Qdisc *sch, u64 *now,
			      struct sk_buff **to_free, int *ret)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_band *b = lfq_band_of(q, sch, skb->priority);

	if (b) {
		q->prioritized++;
		lfq_no_rank(q, skb);
		return b;
	}
	if (!lfq_filter(skb, sch, &b, to_free, ret)) {
		q->filtered++;
		return NULL;
	}
	if (b) {
		q->filtered++;
		lfq_no_rank(q, skb);
		return b;
	}
	return lfq_band_by_verdict(q, skb, now);
}
