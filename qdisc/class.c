// SPDX-License-Identifier: GPL-2.0
/*
 * The classes of the qdisc are its bands; 1:1 is band 0. The option `bands` creates and removes
 * them. tc can graft another child, bind the qdisc's filters to them, and list them.
 */
#include <linux/rtnetlink.h>
#include <net/gen_stats.h>
#include <net/netlink.h>
#include "lfq.h"

static struct lfq_band *lfq_class(struct Qdisc *sch, unsigned long cl)
{
	struct lfq_sched *q = qdisc_priv(sch);

	return &q->band[cl - 1];
}

static int lfq_class_graft(struct Qdisc *sch, unsigned long cl, struct Qdisc *new,
			   struct Qdisc **old, struct netlink_ext_ack *extack)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_band *b = lfq_class(sch, cl);
	struct sk_buff *to_free = NULL;
	struct lfq_tally tally;

	if (!new) {
		new = lfq_child_make(sch, cl - 1, q->cfg, extack);
		if (!new)
			return -ENOMEM;
		qdisc_hash_add(new, false);
	}
	sch_tree_lock(sch);
	lfq_open(sch, &tally);
	*old = lfq_replace(sch, b, new, &to_free);
	lfq_close(sch, &tally);
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

static struct tcf_block *lfq_tcf_block(struct Qdisc *sch, unsigned long cl,
				       struct netlink_ext_ack *extack)
{
	struct lfq_sched *q = qdisc_priv(sch);

	if (!cl)
		return q->block;
	NL_SET_ERR_MSG(extack, "liteflow: attach filters to the qdisc, not to a class");
	return NULL;
}

static unsigned long lfq_bind_tcf(struct Qdisc *sch, unsigned long parent, u32 id)
{
	return lfq_class_find(sch, id);
}

static void lfq_unbind_tcf(struct Qdisc *sch, unsigned long cl)
{
}

static int lfq_class_dump(struct Qdisc *sch, unsigned long cl, struct sk_buff *skb,
			  struct tcmsg *tcm)
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

/* Under the lock, so that a class's numbers are consistent. */
static void lfq_class_read(struct Qdisc *sch, unsigned long cl, struct gnet_stats_queue *qs,
			   struct tc_liteflow_band_xstats *x)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_band *b = lfq_class(sch, cl);

	sch_tree_lock(sch);
	lfq_charge(sch, &q->band[q->cfg->default_band]);
	lfq_band_queue(sch, b, qs);
	*x = (struct tc_liteflow_band_xstats) {
		.version = LITEFLOW_XSTATS_VERSION,
		.of = LITEFLOW_XSTATS_BAND,
		.band = cl - 1,
		.deficit = b->deficit,
		.classified = b->classified,
		.defaulted = b->defaulted,
		.shed = b->shed,
		.delay_avg_ns = b->delay_avg,
		.delay_max_ns = b->delay_max,
		.starved = lfq_band_starved(b),
	};
	memcpy(x->delays, b->delays, sizeof(x->delays));
	sch_tree_unlock(sch);
}

static int lfq_class_dump_stats(struct Qdisc *sch, unsigned long cl, struct gnet_dump *d)
{
	struct tc_liteflow_band_xstats x;
	struct gnet_stats_queue qs;

	lfq_class_read(sch, cl, &qs, &x);
	if (gnet_stats_copy_basic(d, NULL, &lfq_class(sch, cl)->bstats, true) < 0 ||
	    gnet_stats_copy_queue(d, NULL, &qs, qs.qlen) < 0)
		return -1;
	return gnet_stats_copy_app(d, &x, sizeof(x));
}

const struct Qdisc_class_ops lfq_class_ops = {
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
