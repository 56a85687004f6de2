// SPDX-License-Identifier: GPL-2.0
/*
 * The initial child of a band: the kernel's own fq_codel.
 *
 * The kernel exports no function to look up a qdisc by name. But it exports pfifo_qdisc_ops, one of
 * the first entries of its list of qdiscs; the entries are linked by a public member, and new ones
 * are added at the end. So fq_codel is found by walking the list from pfifo. The list's lock is not
 * accessible; RCU makes the walk safe: an entry belongs to a module, it leaves the list in the
 * module's exit function, and the module's memory is freed a grace period later. If the entry that
 * the walk has reached leaves the list, the walk ends early, and the band gets a pfifo.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <net/netlink.h>
#include "lfq.h"

/* Not all of the header's static functions are used here, and they are not inline. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <net/codel.h>
#include <net/codel_qdisc.h>
#pragma GCC diagnostic pop

static bool lfq_is(const struct Qdisc *child, const char *id)
{
	return !strcmp(child->ops->id, id);
}

/* Returns the ops with a reference to their module, or NULL. */
static const struct Qdisc_ops *lfq_find_ops(const char *id)
{
	const struct Qdisc_ops *ops;

	rcu_read_lock();
	for (ops = &pfifo_qdisc_ops; ops; ops = READ_ONCE(ops->next))
		if (!strcmp(ops->id, id))
			break;
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	rcu_read_unlock();
	return ops;
}

/*
 * Passes the qdisc's options on to fq_codel. Its limit is the qdisc's, so that if one band holds
 * all packets, fq_codel chooses which to drop. Cannot fail: it needs no memory, and no value can be
 * invalid.
 */
void lfq_child_set(struct Qdisc *child, const struct lfq_config *c)
{
	struct {
		struct nlattr nest;
		struct nlattr limit_attr;
		u32 limit;
		struct nlattr ecn_attr;
		u32 ecn;
	} msg = {
		.nest = { .nla_len = sizeof(msg), .nla_type = TCA_OPTIONS | NLA_F_NESTED },
		.limit_attr = { .nla_len = NLA_HDRLEN + sizeof(u32),
				.nla_type = TCA_FQ_CODEL_LIMIT },
		.limit = c->limit,
		.ecn_attr = { .nla_len = NLA_HDRLEN + sizeof(u32), .nla_type = TCA_FQ_CODEL_ECN },
		.ecn = c->ecn,
	};

	if (child->ops == &lfq_order_ops)
		lfq_order_set(child, c);
	else if (lfq_is(child, "fq_codel"))
		WARN_ON_ONCE(child->ops->change(child, &msg.nest, NULL));
}

/*
 * A child is first created as if it were a root: its ->change() looks for its parent, which cannot
 * be found during the parent's ->init().
 */
static struct Qdisc *lfq_child_create(struct Qdisc *sch, const struct Qdisc_ops *ops,
				      unsigned int band, const struct lfq_config *c,
				      struct netlink_ext_ack *extack)
{
	struct Qdisc *child = qdisc_create_dflt(sch->dev_queue, ops, TC_H_ROOT, extack);

	if (!child)
		return NULL;
	lfq_child_set(child, c);
	child->parent = lfq_class_id(sch, band);
	return child;
}

/**
 * lfq_child_make - create the default child of a band
 * @sch: the qdisc
 * @band: number of the band
 * @c: its options, which may not be those of @sch yet
 * @extack: may be NULL
 *
 * The caller makes it visible to tc with qdisc_hash_add() once it is in place.
 * Return: the child, or NULL if there is no memory.
 */
struct Qdisc *lfq_child_make(struct Qdisc *sch, unsigned int band, const struct lfq_config *c,
			     struct netlink_ext_ack *extack)
{
	const struct Qdisc_ops *ops;
	struct Qdisc *child;

	if (c->order == LITEFLOW_QDISC_EXACT)
		return lfq_child_create(sch, &lfq_order_ops, band, c, extack);
	ops = lfq_find_ops("fq_codel");
	if (!ops) {
		NL_SET_ERR_MSG(extack, "liteflow: fq_codel is not available: bands get pfifo");
		return lfq_child_create(sch, &pfifo_qdisc_ops, band, c, extack);
	}
	child = lfq_child_create(sch, ops, band, c, extack);
	module_put(ops->owner);
	return child;
}

bool lfq_child_stamps(const struct Qdisc *child)
{
	return child->ops == &lfq_order_ops || lfq_is(child, "fq_codel") || lfq_is(child, "codel");
}

/* Time in ns (to the microsecond) that a packet just dequeued spent in such a child. */
u64 lfq_child_delay(const struct sk_buff *skb, u64 now)
{
	codel_time_t delay = (codel_time_t)(now >> CODEL_SHIFT) - codel_get_enqueue_time(skb);

	return (u64)delay << CODEL_SHIFT;
}
