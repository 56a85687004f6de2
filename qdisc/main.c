// SPDX-License-Identifier: GPL-2.0
/*
 * The liteflow qdisc: a model chooses the band of every packet.
 *
 * Description
 * -----------
 *
 * A classful qdisc with up to 16 bands. Each band is a class (1:1 is band 0) and has a child qdisc,
 * fq_codel unless another is grafted. Bands are served in strict order with a bound on starvation,
 * or by deficit round robin (sched.c). The qdisc names a slot; whoever manages the slot installs
 * models in it, under traffic, without involving the qdisc.
 *
 * Algorithm
 * ---------
 *
 * enqueue():
 * 1) choose the band, in this order: what skb->priority says if its major number is the qdisc's;
 *    what a tc filter says; what the verdict of the slot's model says; the default band
 * 2) pass the packet to the child of that band
 * 3) if the limit is exceeded now, the longest band drops one packet
 *
 * dequeue(): the scheduler takes a packet from the child of the band whose turn it is.
 *
 * So without a slot, a snapshot or a verdict, all packets are in the default band, and the qdisc
 * behaves like that band's fq_codel, which has the qdisc's limit.
 *
 * Differences from prio and ets: those classify by priority and filters alone; here a full band
 * costs the others nothing; a change moves the packets of removed bands instead of dropping them.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <lq/version.h>
#include <net/liteflow_budget.h>
#include <net/netlink.h>
#include <net/pkt_cls.h>
#include "lfq.h"

/* bytes that a message needs behind the statistics: struct tc_stats, headers, a warning */
#define LFQ_STATS_REST	256

/* --- packets in --- */

/* If there are other packets, or the child must see each. */
static int lfq_band_enqueue(struct sk_buff *skb, struct Qdisc *sch, struct lfq_band *b, u64 now,
			    struct sk_buff **to_free)
{
	unsigned int len = qdisc_pkt_len(skb);
	struct lfq_tally tally;
	int ret;

	lfq_open(sch, &tally);
	ret = lfq_accept(skb, sch, b, now, to_free);
	return lfq_close_enqueue(sch, &tally, len, ret);
}

static int lfq_enqueue(struct sk_buff *skb, struct Qdisc *sch, struct sk_buff **to_free)
{
	const struct lfq_sched *q = qdisc_priv(sch);
	unsigned int len = qdisc_pkt_len(skb);
	u64 start = lf_budget_begin(), lap;
	struct lfq_band *b;
	u64 now = 0;
	int ret;

	b = lfq_classify(skb, sch, &now, to_free, &ret);
	if (!b)
		return ret;
	lap = lf_budget_begin();
	if (lfq_splits(q->cfg, skb)) {
		ret = lfq_split_enqueue(skb, sch, b, now, to_free);
	} else if (!sch->q.qlen && lfq_child_bypass(b->qdisc)) {
		b->since = now ?: ktime_get_ns();
		lfq_direct(sch, b, skb);
		lf_qdisc_queued(sch, 1, len);
		ret = NET_XMIT_SUCCESS;
	} else {
		ret = lfq_band_enqueue(skb, sch, b, now, to_free);
	}
	lf_budget_lap(LF_STEP_CHILD, lap);
	lf_budget_lap(LF_STEP_ENQUEUE, start);
	return ret;
}

/* --- packets out --- */

/* The bucket in struct tc_liteflow_band_xstats. */
static unsigned int lfq_delay_bucket(u64 delay)
{
	u32 units = min_t(u64, delay >> 10, U32_MAX);
	int octave = fls(units);

	return octave < 2 ? units : 2 * (octave - 1) + ((units >> (octave - 2)) & 1);
}

static void lfq_count_delay(struct lfq_band *b, u64 delay)
{
	b->delays[lfq_delay_bucket(delay)]++;
	b->delay_max = max(b->delay_max, delay);
	if (!b->delay_avg)
		b->delay_avg = delay;
	else
		b->delay_avg += ((s64)delay - (s64)b->delay_avg) >> 8;
}

static struct sk_buff *lfq_dequeue(struct Qdisc *sch)
{
	struct lfq_sched *q = qdisc_priv(sch);
	u64 start = lf_budget_begin();
	struct sk_buff *skb;
	struct lfq_band *b;
	u64 now;

	if (!sch->q.qlen)
		return NULL;
	/*
	 * taprio and red peek, and then take whatever comes next: that would leave the packet that
	 * they saw here for ever.
	 */
	if (unlikely(!skb_queue_empty(&sch->gso_skb)))
		return qdisc_dequeue_peeked(sch);
	now = ktime_get_ns();
	skb = lfq_take_direct(sch, &b);
	if (skb) {
		if (b->stamped)
			lfq_count_delay(b, now - b->since);
		b->since = now;
	} else {
		skb = lfq_next(sch, &b, now);
		if (!skb)
			return NULL;
		if (b->stamped)
			lfq_count_delay(b, lfq_child_delay(skb, now));
	}
	lfq_skb_cb(skb)->band = b - q->band;
	bstats_update(&b->bstats, skb);
	qdisc_bstats_update(sch, skb);
	lf_qdisc_queued(sch, -1, -(int)qdisc_pkt_len(skb));
	lf_budget_lap(LF_STEP_DEQUEUE, start);
	return skb;
}

/* --- begin, reset, end --- */

static bool lfq_handle_used(struct net_device *dev, u32 handle)
{
	struct Qdisc *root = rtnl_dereference(dev->qdisc), *sch;

	if (root && root->handle == handle)
		return true;
	hash_for_each_possible(dev->qdisc_hash, sch, hash, handle)
		if (sch->handle == handle)
			return true;
	return false;
}

/*
 * A qdisc that the kernel creates (net.core.default_qdisc, and mq for its queues) has no handle.
 * But a parent needs one, since its children find it by that. So take one from the end of the
 * range; tc takes them from the beginning.
 */
static int lfq_take_handle(struct Qdisc *sch, struct netlink_ext_ack *extack)
{
	static u32 last = 0xffff;
	int tries;

	for (tries = 0; tries < 0x7ffe; tries++) {
		last = last > 0x8001 ? last - 1 : 0xfffe;
		if (!lfq_handle_used(qdisc_dev(sch), last << 16)) {
			sch->handle = last << 16;
			return 0;
		}
	}
	NL_SET_ERR_MSG(extack, "liteflow: no free qdisc handle on this device");
	return -ENOSPC;
}

/* If it fails, ->destroy() is still called. */
static int lfq_init(struct Qdisc *sch, struct nlattr *opt, struct netlink_ext_ack *extack)
{
	struct lfq_sched *q = qdisc_priv(sch);
	int err;

	if (!sch->handle) {
		err = lfq_take_handle(sch, extack);
		if (err)
			return err;
	}
	err = tcf_block_get(&q->block, &q->filter_list, sch, extack);
	if (err)
		return err;
	return lfq_configure(sch, opt, extack);
}

/* May come before or after a failed ->init(). */
static void lfq_reset(struct Qdisc *sch)
{
	struct lfq_sched *q = qdisc_priv(sch);
	unsigned int i;

	if (!q->cfg)
		return;
	for (i = 0; i < q->cfg->bands; i++) {
		struct lfq_band *b = &q->band[i];

		qdisc_reset(b->qdisc);
		b->holds = false;
		b->child_qlen = 0;
		b->deficit = 0;
		b->delay_avg = 0;
		b->delay_max = 0;
		memset(b->delays, 0, sizeof(b->delays));
	}
	kfree_skb(q->direct);
	q->direct = NULL;
	lf_qdisc_free_dropped(sch);
	lf_attach_flush(q->attach);
}

/* No more packets come. */
static void lfq_destroy(struct Qdisc *sch)
{
	struct lfq_sched *q = qdisc_priv(sch);
	unsigned int i;

	tcf_block_put(q->block);
	if (q->attach)
		lf_attach_destroy(q->attach);
	for (i = 0; q->cfg && i < q->cfg->bands; i++)
		qdisc_put(q->band[i].qdisc);
	kfree(q->cfg);
}

static int lfq_dump(struct Qdisc *sch, struct sk_buff *skb)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct nlattr *nest = nla_nest_start(skb, TCA_OPTIONS);

	if (!nest)
		return -EMSGSIZE;
	if (lfq_config_dump(q->cfg, skb)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	return nla_nest_end(skb, nest);
}

/*
 * The ratios are last, and left out while there are none, or where a long configuration leaves no
 * room for them: statistics come twice in a message (gnet_stats_copy_app()), whose size is fixed.
 */
static size_t stats_size(const struct tc_liteflow_xstats *x, const struct sk_buff *skb)
{
	if (!memchr_inv(x->size_ratios, 0, sizeof(x->size_ratios)) ||
	    skb_tailroom(skb) < 2 * sizeof(*x) + LFQ_STATS_REST)
		return offsetof(struct tc_liteflow_xstats, size_ratios);
	return sizeof(*x);
}

static int lfq_dump_stats(struct Qdisc *sch, struct gnet_dump *d)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct tc_liteflow_xstats x = {
		.version = LITEFLOW_XSTATS_VERSION,
		.of = LITEFLOW_XSTATS_QDISC,
		.bands = q->cfg->bands,
		.filtered = q->filtered,
		.prioritized = q->prioritized,
		.overlimit = q->overlimit,
		.starved = lfq_starved(q),
		.predicted = q->predicted,
		.overrun = q->overrun,
		.demoted = q->demoted,
		.promoted = q->promoted,
	};
	struct lf_attach_stats st;

	BUILD_BUG_ON(ARRAY_SIZE(st.packets) > ARRAY_SIZE(x.reasons));
	BUILD_BUG_ON(sizeof(st.size_ratios) != sizeof(x.size_ratios));
	lf_attach_stats(q->attach, &st);
	x.flows = st.flows;
	x.flows_max = st.flows_max;
	x.flows_room = st.flows_room;
	x.flow_bytes = st.flow_bytes;
	x.flows_born = st.born;
	x.flows_ended = st.ended;
	x.flows_aged = st.aged;
	x.flows_evicted = st.evicted;
	memcpy(x.reasons, st.packets, sizeof(st.packets));
	memcpy(x.size_ratios, st.size_ratios, sizeof(st.size_ratios));
	x.flows_refused = st.refused;
	x.generation = st.generation;
	x.map_entries = q->cfg->n_given;
	x.map_known = st.map_known;
	strscpy(x.snapshot, st.snapshot, sizeof(x.snapshot));
	return gnet_stats_copy_app(d, &x, stats_size(&x, d->skb));
}

static struct Qdisc_ops lfq_ops __read_mostly = {
	.cl_ops		= &lfq_class_ops,
	.id		= "liteflow",
	.priv_size	= sizeof(struct lfq_sched),
	.static_flags	= LF_TCQ_F_DEQUEUE_DROPS,
	.enqueue	= lfq_enqueue,
	.dequeue	= lfq_dequeue,
	.peek		= qdisc_peek_dequeued,
	.init		= lfq_init,
	.reset		= lfq_reset,
	.destroy	= lfq_destroy,
	.change		= lfq_configure,
	.dump		= lfq_dump,
	.dump_stats	= lfq_dump_stats,
	.owner		= THIS_MODULE,
};

static int __init lfq_module_init(void)
{
	/* Here, since a qdisc is created under RTNL. Without the module, bands get a pfifo. */
	request_module("sch_fq_codel");
	return register_qdisc(&lfq_ops);
}

static void __exit lfq_module_exit(void)
{
	unregister_qdisc(&lfq_ops);
}

module_init(lfq_module_init);
module_exit(lfq_module_exit);

MODULE_DESCRIPTION("LiteFlow: queueing discipline whose bands a model chooses");
MODULE_LICENSE("GPL");
MODULE_VERSION(LQ_VERSION);
MODULE_ALIAS_NET_SCH("liteflow");
MODULE_SOFTDEP("pre: sch_fq_codel");
