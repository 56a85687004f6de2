// SPDX-License-Identifier: GPL-2.0
/*
 * The liteflow qdisc: a model chooses the band of every packet.
 *
 * Description
 * -----------
 *
 * A classful qdisc with up to 16 bands. Each band is a class (1:1 is band 0) and has a child qdisc, fq_codel unless
 * another is grafted. Bands are served in strict order with a bound on starvation, or by deficit round robin (sched.c).
 * The qdisc names a slot; whoever manages the slot puts models into it, under traffic, without the qdisc taking part.
 *
 * Algorithm
 * ---------
 *
 * enqueue():
 * 1) the band is, in this order, what skb->priority says if its major number is the qdisc's; what a tc filter says;
 *    what the verdict of the slot's model says; the default band
 * 2) the child of that band takes the packet
 * 3) if there are now more packets than the limit allows, the longest band gives one up
 *
 * dequeue(): the scheduler takes a packet out of the child of the band that is next.
 *
 * So without a slot, a snapshot or a verdict all packets are in the default band, and the qdisc behaves as that band's
 * fq_codel, which has the qdisc's limit.
 *
 * How this differs from prio and ets: those classify by priority and filters alone; a full band costs the others
 * nothing here; a change moves packets of bands that go, rather than dropping them.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/gen_stats.h>
#include <net/netlink.h>
#include <net/pkt_cls.h>
#include "lfq.h"

/* Packets in */

static struct lfq_band *lfq_band_of(struct lfq_sched *q, const struct Qdisc *sch, u32 id)
{
	u32 minor = TC_H_MIN(id);

	if (TC_H_MAJ(id) != sch->handle || !minor || minor > q->cfg->bands)
		return NULL;
	return &q->band[minor - 1];
}

/*
 * Ask the tc filters. False if they took the packet away: then *ret is what enqueue() has to say. *b is left as it is
 * if none of them names a band.
 */
static bool lfq_filter(struct sk_buff *skb, struct Qdisc *sch, struct lfq_band **b, int *ret)
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
	case TC_ACT_CONSUMED:
		*ret = NET_XMIT_SUCCESS | __NET_XMIT_STOLEN;
		return false;
	case TC_ACT_SHOT:
	case TC_ACT_REDIRECT:
		*ret = NET_XMIT_SUCCESS | __NET_XMIT_BYPASS;
		return false;
#endif
	default:
		/* `classid 2` means the same as `classid 1:2` where the qdisc is 1: */
		id = TC_H_MAJ(res.classid) ? res.classid : TC_H_MAKE(sch->handle, res.classid);
		*b = lfq_band_of(q, sch, id);
		return true;
	}
}

/* Without a map, class i goes to band i. For models of values the core has a map of bounds, given or not. */
static u32 lfq_band_number(const struct lfq_config *c, const struct lf_verdict *v)
{
	if (!c->map_given && v->meaning == LITEFLOW_MEANING_CLASS)
		return v->class;
	return v->action;
}

/* The one switch from verdict to action. *now: the time, if it has been asked for. */
static struct lfq_band *lfq_band_by_verdict(struct lfq_sched *q, const struct sk_buff *skb, u64 *now)
{
	const struct lfq_config *c = q->cfg;
	struct lf_verdict v LF_FILLED_IN;
	u32 band = LF_ACTION_NONE;

	lf_infer_skb(q->attach, skb, &v);
	*now = v.time_ns;
	switch (v.reason) {
	case LITEFLOW_REASON_INFERRED:
	case LITEFLOW_REASON_CACHED:
		band = lfq_band_number(c, &v);
		break;
	default:
		break;
	}
	if (band < c->bands) {
		q->band[band].classified++;
		return &q->band[band];
	}
	q->band[c->default_band].defaulted++;
	return &q->band[c->default_band];
}

/* NULL if a filter took the packet away: then *ret is what enqueue() has to say. */
static struct lfq_band *lfq_classify(struct sk_buff *skb, struct Qdisc *sch, u64 *now, int *ret)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_band *b = lfq_band_of(q, sch, skb->priority);

	if (b) {
		q->prioritized++;
		return b;
	}
	if (!lfq_filter(skb, sch, &b, ret)) {
		q->filtered++;
		return NULL;
	}
	if (b) {
		q->filtered++;
		return b;
	}
	return lfq_band_by_verdict(q, skb, now);
}

/* A packet that is out already, for ->peek() or for a device that would not take it yet, does not count. */
static bool lfq_over_limit(struct Qdisc *sch)
{
	struct lfq_sched *q = qdisc_priv(sch);

	return sch->q.qlen - skb_queue_len(&sch->gso_skb) > q->cfg->limit;
}

static int lfq_refuse_packet(struct sk_buff *skb, struct Qdisc *sch, struct sk_buff **to_free)
{
	struct lfq_sched *q = qdisc_priv(sch);

	q->overlimit++;
	qdisc_qstats_overlimit(sch);
	lf_qdisc_set_overlimit(skb);
	return qdisc_drop(skb, sch, to_free);
}

/* To the child, or round it if nothing else is here. @now: the time if it is known, else 0. */
static int lfq_band_enqueue(struct sk_buff *skb, struct Qdisc *sch, struct lfq_band *b, u64 now,
			    struct sk_buff **to_free)
{
	bool was_empty;
	int ret;

	if (!sch->q.qlen && lfq_child_bypass(b->qdisc)) {
		b->since = now ?: ktime_get_ns();
		lfq_direct(sch, b, skb);
		return NET_XMIT_SUCCESS;
	}
	lfq_settle(sch, to_free);
	was_empty = !b->qdisc->q.qlen;
	ret = qdisc_enqueue(skb, b->qdisc, to_free);
	if (was_empty && ret == NET_XMIT_SUCCESS)
		b->since = now ?: ktime_get_ns();
	return ret;
}

static int lfq_enqueue(struct sk_buff *skb, struct Qdisc *sch, struct sk_buff **to_free)
{
	unsigned int len = qdisc_pkt_len(skb);
	u64 start = lf_budget_begin(), lap;
	struct lfq_band *b;
	u64 now = 0;
	int ret;

	b = lfq_classify(skb, sch, &now, &ret);
	if (!b) {
		if (ret & __NET_XMIT_BYPASS)
			qdisc_qstats_drop(sch);
		__qdisc_drop(skb, to_free);
		return ret;
	}
	/* Beyond the limit already: no band would give a packet up, the last time. */
	if (unlikely(lfq_over_limit(sch)))
		return lfq_refuse_packet(skb, sch, to_free);

	lap = lf_budget_begin();
	ret = lfq_band_enqueue(skb, sch, b, now, to_free);
	lf_budget_lap(LF_STEP_CHILD, lap);
	if (unlikely(ret != NET_XMIT_SUCCESS)) {
		if (net_xmit_drop_count(ret))
			qdisc_qstats_drop(sch);
		return ret;
	}
	lf_qdisc_queued(sch, 1, len);
	/* Only now: the count of a queue that held something must not touch zero, those above would take it for empty. */
	if (unlikely(lfq_over_limit(sch)))
		lfq_shed(sch, to_free);
	lf_budget_lap(LF_STEP_ENQUEUE, start);
	return NET_XMIT_SUCCESS;
}

/* Packets out */

static void lfq_count_delay(struct lfq_band *b, u64 delay)
{
	b->delay_max = max(b->delay_max, delay);
	if (!b->delay_avg)
		b->delay_avg = delay;
	else
		b->delay_avg += ((s64)delay - (s64)b->delay_avg) >> 8;
}

static struct sk_buff *lfq_dequeue(struct Qdisc *sch)
{
	u64 start = lf_budget_begin();
	struct sk_buff *skb;
	struct lfq_band *b;
	u64 now;

	if (!sch->q.qlen)
		return NULL;
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
	qdisc_bstats_update(sch, skb);
	lf_qdisc_queued(sch, -1, -(int)qdisc_pkt_len(skb));
	lf_budget_lap(LF_STEP_DEQUEUE, start);
	return skb;
}

/* Making, changing, ending */

static void lfq_describe(void *priv, struct lf_attach_desc *desc)
{
	struct Qdisc *sch = priv;

	desc->ifindex = qdisc_dev(sch)->ifindex;
	snprintf(desc->label, sizeof(desc->label), "%x:", TC_H_MAJ(sch->handle) >> 16);
}

static const struct lf_attach_ops lfq_attach_ops = {
	.kind		= LITEFLOW_ATTACH_KIND_QDISC,
	.owner		= THIS_MODULE,
	.describe	= lfq_describe,
};

static int lfq_attach(struct Qdisc *sch, const struct lfq_config *c, struct netlink_ext_ack *extack)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct lf_attach_cfg ac;
	struct lf_attach *a;

	lfq_config_attach(c, &ac);
	if (q->attach) {
		ac.flows = 0;
		return lf_attach_change(q->attach, &ac, extack);
	}
	a = lf_attach_create(dev_net(qdisc_dev(sch)), &lfq_attach_ops, sch, &ac, extack);
	if (IS_ERR(a))
		return PTR_ERR(a);
	q->attach = a;
	return 0;
}

static void lfq_band_init(struct lfq_band *b, struct Qdisc *child)
{
	*b = (struct lfq_band) { .qdisc = child, .stamped = lfq_child_stamps(child) };
	qdisc_hash_add(child, false);
}

static int lfq_make_children(struct Qdisc *sch, struct Qdisc **child, unsigned int from, const struct lfq_config *c,
			     struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = from; i < c->bands; i++) {
		child[i] = lfq_child_make(sch, i, c, extack);
		if (!child[i])
			break;
	}
	if (i >= c->bands)
		return 0;
	while (i-- > from)
		qdisc_put(child[i]);
	return -ENOMEM;
}

/* Let the own children of bands that were there know of the new options. */
static void lfq_set_children(struct lfq_sched *q, unsigned int bands)
{
	unsigned int i;

	for (i = 0; i < bands; i++)
		if (!q->band[i].qdisc->handle)
			lfq_child_set(q->band[i].qdisc, q->cfg);
}

/* Under the lock. Cannot fail. Children of bands that go are left in child[], packets to be freed in *to_free. */
static void lfq_commit(struct Qdisc *sch, struct lfq_config *c, struct Qdisc **child, unsigned int old_bands,
		       struct sk_buff **to_free)
{
	struct lfq_sched *q = qdisc_priv(sch);
	unsigned int i;

	lfq_settle(sch, to_free);
	q->cfg = c;
	for (i = old_bands; i < c->bands; i++)
		lfq_band_init(&q->band[i], child[i]);
	for (i = c->bands; i < old_bands; i++) {
		lfq_move(sch, q->band[i].qdisc, q->band[c->default_band].qdisc, to_free);
		child[i] = q->band[i].qdisc;
		q->band[i].qdisc = NULL;
	}
	while (lfq_over_limit(sch) && lfq_shed(sch, to_free))
		;
}

/*
 * Parse, check, allocate, attach: each of them may fail, and nothing has happened then. Commit. Free.
 *
 * The attachment changes before the bands do. In between, a verdict may name a band that is not there yet, and goes to
 * the default band.
 */
static int lfq_configure(struct Qdisc *sch, struct nlattr *opt, struct netlink_ext_ack *extack)
{
	struct Qdisc *child[LITEFLOW_QDISC_BANDS_MAX];
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_config *old = q->cfg, *c;
	unsigned int old_bands = old ? old->bands : 0;
	struct sk_buff *to_free = NULL;
	unsigned int i;
	int err;

	c = lfq_config_make(old, opt, extack);
	if (IS_ERR(c))
		return PTR_ERR(c);
	err = lfq_make_children(sch, child, old_bands, c, extack);
	if (err)
		goto free_config;
	err = lfq_attach(sch, c, extack);
	if (err)
		goto put_children;

	sch_tree_lock(sch);
	lfq_commit(sch, c, child, old_bands, &to_free);
	sch_tree_unlock(sch);

	kfree_skb_list(to_free);
	for (i = c->bands; i < old_bands; i++)
		qdisc_put(child[i]);
	if (old && (old->limit != c->limit || old->ecn != c->ecn))
		lfq_set_children(q, min_t(unsigned int, old_bands, c->bands));
	kfree(old);
	return 0;

put_children:
	for (i = old_bands; i < c->bands; i++)
		qdisc_put(child[i]);
free_config:
	kfree(c);
	return err;
}

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
 * A qdisc that the kernel makes (net.core.default_qdisc, and mq for its queues) has no handle. But a parent has to have
 * one, for its children find it by that. So take one, from the end of the range where tc takes them from the beginning.
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
	NL_SET_ERR_MSG(extack, "liteflow: the device has no handle left");
	return -ENOSPC;
}

/* If it fails, ->destroy() follows all the same. */
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
		b->deficit = 0;
		b->delay_avg = 0;
		b->delay_max = 0;
	}
	kfree_skb(q->direct);
	q->direct = NULL;
	lf_attach_flush(q->attach);
}

/* No packet comes any more. */
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
		.starved = q->starved,
	};
	struct lf_attach_stats st;

	BUILD_BUG_ON(ARRAY_SIZE(st.packets) > ARRAY_SIZE(x.reasons));
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
	x.generation = st.generation;
	strscpy(x.snapshot, st.snapshot, sizeof(x.snapshot));
	return gnet_stats_copy_app(d, &x, sizeof(x));
}

/* Classes: the bands */

static struct lfq_band *lfq_class(struct Qdisc *sch, unsigned long cl)
{
	struct lfq_sched *q = qdisc_priv(sch);

	return &q->band[cl - 1];
}

static int lfq_class_graft(struct Qdisc *sch, unsigned long cl, struct Qdisc *new, struct Qdisc **old,
			   struct netlink_ext_ack *extack)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_band *b = lfq_class(sch, cl);
	struct sk_buff *to_free = NULL;

	if (!new) {
		new = lfq_child_make(sch, cl - 1, q->cfg, extack);
		if (!new)
			return -ENOMEM;
		qdisc_hash_add(new, false);
	}
	sch_tree_lock(sch);
	lfq_settle(sch, &to_free);
	*old = b->qdisc;
	b->qdisc = new;
	b->stamped = lfq_child_stamps(new);
	lfq_move(sch, *old, new, &to_free);
	sch_tree_unlock(sch);
	kfree_skb_list(to_free);
	return 0;
}

static struct Qdisc *lfq_class_leaf(struct Qdisc *sch, unsigned long cl)
{
	return lfq_class(sch, cl)->qdisc;
}

static unsigned long lfq_class_find(struct Qdisc *sch, u32 id)
{
	struct lfq_sched *q = qdisc_priv(sch);
	unsigned long minor = TC_H_MIN(id);

	return minor <= q->cfg->bands ? minor : 0;
}

static void lfq_class_walk(struct Qdisc *sch, struct qdisc_walker *w)
{
	struct lfq_sched *q = qdisc_priv(sch);
	unsigned long cl;

	if (w->stop)
		return;
	for (cl = 1; cl <= q->cfg->bands; cl++)
		if (!tc_qdisc_stats_dump(sch, cl, w))
			break;
}

static struct tcf_block *lfq_tcf_block(struct Qdisc *sch, unsigned long cl, struct netlink_ext_ack *extack)
{
	struct lfq_sched *q = qdisc_priv(sch);

	if (!cl)
		return q->block;
	NL_SET_ERR_MSG(extack, "liteflow: filters belong to the qdisc, not to a class of it");
	return NULL;
}

static unsigned long lfq_bind_tcf(struct Qdisc *sch, unsigned long parent, u32 id)
{
	return lfq_class_find(sch, id);
}

static void lfq_unbind_tcf(struct Qdisc *sch, unsigned long cl)
{
}

static int lfq_class_dump(struct Qdisc *sch, unsigned long cl, struct sk_buff *skb, struct tcmsg *tcm)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct nlattr *nest;

	tcm->tcm_parent = TC_H_ROOT;
	tcm->tcm_handle = lfq_class_id(sch, cl - 1);
	tcm->tcm_info = lfq_class(sch, cl)->qdisc->handle;
	nest = nla_nest_start(skb, TCA_OPTIONS);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u8(skb, TCA_LITEFLOW_BAND_NUMBER, cl - 1) ||
	    nla_put_u32(skb, TCA_LITEFLOW_BAND_QUANTUM, lfq_quantum(sch, q->cfg, cl - 1))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	return nla_nest_end(skb, nest);
}

/* The child's queue, and the packet that went round it. Without a lock: numbers of different moments. */
static int lfq_copy_queue(const struct lfq_sched *q, const struct lfq_band *b, struct gnet_dump *d)
{
	struct gnet_stats_queue qs = b->qdisc->qstats;
	u32 qlen = qdisc_qlen_sum(b->qdisc);

	if (READ_ONCE(q->direct) && q->direct_band == b) {
		qs.backlog += q->direct_len;
		qlen++;
	}
	return gnet_stats_copy_queue(d, b->qdisc->cpu_qstats, &qs, qlen);
}

static int lfq_class_dump_stats(struct Qdisc *sch, unsigned long cl, struct gnet_dump *d)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_band *b = lfq_class(sch, cl);
	struct tc_liteflow_band_xstats x = {
		.version = LITEFLOW_XSTATS_VERSION,
		.of = LITEFLOW_XSTATS_BAND,
		.band = cl - 1,
		.deficit = b->deficit,
		.classified = b->classified,
		.defaulted = b->defaulted,
		.shed = b->shed,
		.delay_avg_ns = b->delay_avg,
		.delay_max_ns = b->delay_max,
	};

	if (gnet_stats_copy_basic(d, NULL, &b->qdisc->bstats, true) < 0 || lfq_copy_queue(q, b, d) < 0)
		return -1;
	return gnet_stats_copy_app(d, &x, sizeof(x));
}

static const struct Qdisc_class_ops lfq_class_ops = {
	.graft		= lfq_class_graft,
	.leaf		= lfq_class_leaf,
	.find		= lfq_class_find,
	.walk		= lfq_class_walk,
	.tcf_block	= lfq_tcf_block,
	.bind_tcf	= lfq_bind_tcf,
	.unbind_tcf	= lfq_unbind_tcf,
	.dump		= lfq_class_dump,
	.dump_stats	= lfq_class_dump_stats,
};

static struct Qdisc_ops lfq_ops __read_mostly = {
	.cl_ops		= &lfq_class_ops,
	.id		= "liteflow",
	.priv_size	= sizeof(struct lfq_sched),
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
	/* Here, for a qdisc is made under RTNL. Without it bands get a pfifo. */
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
MODULE_ALIAS_NET_SCH("liteflow");
MODULE_SOFTDEP("pre: sch_fq_codel");
