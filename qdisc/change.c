// SPDX-License-Identifier: GPL-2.0
/*
 * A new configuration becomes the qdisc's: its children, its attachment, its bands.
 */
#include <linux/slab.h>
#include <linux/netdevice.h>
#include "lfq.h"

static void lfq_describe(void *priv, struct lf_attach_desc *desc)
{
	struct Qdisc *sch = priv;

	desc->ifindex = qdisc_dev(sch)->ifindex;
	snprintf(desc->label, sizeof(desc->label), "%x:", TC_H_MAJ(sch->handle) >> 16);
}

static const struct lf_attach_ops lfq_attach_ops = {
	.kind		= LITEFLOW_ATTACH_KIND_QDISC,
	.describe	= lfq_describe,
};

static int __lfq_attach(struct Qdisc *sch, const struct lfq_config *c,
			struct netlink_ext_ack *extack)
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

static int lfq_attach(struct Qdisc *sch, const struct lfq_config *c, struct netlink_ext_ack *extack)
{
	struct lfq_sched *q = qdisc_priv(sch);
	int err = __lfq_attach(sch, c, extack);

	if (!err && c->size_check)
		lf_size_tell(q->attach, extack);
	return err;
}

/*
 * Another order needs another default child of band 0. One that was grafted stays: it has a handle.
 */
static bool lfq_reorders(const struct lfq_sched *q, const struct lfq_config *c)
{
	return q->cfg && q->cfg->order != c->order && !q->band[0].qdisc->handle;
}

/* child[] has the children of new bands, and that of band 0 if it gets another one; else NULL. */
static int lfq_make_children(struct Qdisc *sch, struct Qdisc **child, unsigned int from,
			     const struct lfq_config *c, struct netlink_ext_ack *extack)
{
	bool reorders = lfq_reorders(qdisc_priv(sch), c);
	unsigned int i;

	for (i = 0; i < c->bands; i++) {
		if (i < from && (i || !reorders))
			continue;
		child[i] = lfq_child_make(sch, i, c, extack);
		if (!child[i])
			return -ENOMEM;
	}
	return 0;
}

static void lfq_put_children(struct Qdisc **child)
{
	unsigned int i;

	for (i = 0; i < LITEFLOW_QDISC_BANDS_MAX; i++)
		qdisc_put(child[i]);
}

/* Passes the new options on to the default children of bands that existed before. */
static void lfq_set_children(struct lfq_sched *q, unsigned int bands)
{
	unsigned int i;

	for (i = 0; i < bands; i++)
		if (!q->band[i].qdisc->handle)
			lfq_child_set(q->band[i].qdisc, q->cfg);
}

/*
 * Under the lock. Cannot fail. Children that nobody has any more are left in child[], packets to be
 * freed in *to_free.
 */
static void lfq_commit(struct Qdisc *sch, struct lfq_config *c, struct Qdisc **child,
		       unsigned int old_bands, struct sk_buff **to_free)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_tally tally;
	unsigned int i;

	lfq_open(sch, &tally);
	lfq_settle(sch, to_free);
	q->cfg = c;
	if (old_bands && child[0]) {
		child[0] = lfq_replace(sch, &q->band[0], child[0], to_free);
		qdisc_hash_add(q->band[0].qdisc, false);
	}
	for (i = old_bands; i < c->bands; i++) {
		lfq_band_init(&q->band[i], child[i]);
		child[i] = NULL;
	}
	for (i = c->bands; i < old_bands; i++) {
		lfq_move(sch, q->band[i].qdisc, &q->band[c->default_band], to_free);
		lfq_band_absorb(&q->band[c->default_band], &q->band[i]);
		child[i] = q->band[i].qdisc;
		q->band[i].qdisc = NULL;
	}
	while (lfq_over_limit(sch) && lfq_shed(sch, to_free))
		;
	lfq_close(sch, &tally);
}

/*
 * Parse, check, allocate, attach: each may fail, and then nothing has changed. Then commit and
 * free.
 *
 * The attachment changes before the bands do. In between, a verdict may name a band that does not
 * exist yet: the packet goes to the default band.
 */
int lfq_configure(struct Qdisc *sch, struct nlattr *opt, struct netlink_ext_ack *extack)
{
	struct Qdisc *child[LITEFLOW_QDISC_BANDS_MAX] = {};
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_config *old = q->cfg, *c;
	unsigned int old_bands = old ? old->bands : 0;
	struct sk_buff *to_free = NULL;
	int err;

	c = lfq_config_make(old, opt, extack);
	if (IS_ERR(c))
		return PTR_ERR(c);
	err = lfq_make_children(sch, child, old_bands, c, extack) ?: lfq_attach(sch, c, extack);
	if (err) {
		lfq_put_children(child);
		kfree(c);
		return err;
	}

	sch_tree_lock(sch);
	lfq_commit(sch, c, child, old_bands, &to_free);
	sch_tree_unlock(sch);

	kfree_skb_list(to_free);
	lfq_put_children(child);
	if (old && (old->limit != c->limit || old->ecn != c->ecn || old->starve_us != c->starve_us))
		lfq_set_children(q, min_t(unsigned int, old_bands, c->bands));
	kfree(old);
	return 0;
}
