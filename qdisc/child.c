// SPDX-License-Identifier: GPL-2.0
/*
 * The qdisc that a band has from the start: the kernel's own fq_codel.
 *
 * The kernel exports no way to ask for a qdisc by name. But it exports pfifo_qdisc_ops, one of the
 * first entries of its list of qdiscs, and the entries are linked by a public member; new ones go
 * to the end. So fq_codel is found by going along from pfifo. The list's lock is not to be had.
 * What makes the walk safe is RCU: an entry belongs to a module, it leaves the list in the module's
 * exit function, and the module's memory goes a grace period after that. An entry that leaves while
 * the walk is at it ends the walk early, and the band gets a pfifo.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <net/netlink.h>
#include "lfq.h"

/* Not all of its static functions are needed here, and they are not inline. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <net/codel.h>
#include <net/codel_qdisc.h>
#pragma GCC diagnostic pop

static bool lfq_is(const struct Qdisc *child, const char *id)
{
	return !strcmp(child->ops->id, id);
}

/* With a reference to its module, or NULL. */
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
 * What fq_codel shall take over from the qdisc. Its limit is the qdisc's, so that where all packets
 * are in one band, it is fq_codel that chooses whom to drop. This cannot fail: no memory is needed,
 * no value can be wrong.
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

	if (lfq_is(child, "fq_codel"))
		WARN_ON_ONCE(child->ops->change(child, &msg.nest, NULL));
}

/*
 * A child is first made as if it were a root: its ->change() looks for its parent, and in ->init()
 * of the parent there is none to be found.
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
 * lfq_child_make - the child of a band that has no other
 * @sch: the qdisc
 * @band: number of the band
 * @c: options for it, not yet those of @sch perhaps
 * @extack: may be NULL
 *
 * The caller shows it to tc by qdisc_hash_add() when it is in its place.
 * Return: the child or NULL for want of memory.
 */
struct Qdisc *lfq_child_make(struct Qdisc *sch, unsigned int band, const struct lfq_config *c,
			     struct netlink_ext_ack *extack)
{
	const struct Qdisc_ops *ops = lfq_find_ops("fq_codel");
	struct Qdisc *child;

	if (!ops) {
		NL_SET_ERR_MSG(extack,
			       "liteflow: this kernel has no fq_codel: the bands have pfifo");
		return lfq_child_create(sch, &pfifo_qdisc_ops, band, c, extack);
	}
	child = lfq_child_create(sch, ops, band, c, extack);
	module_put(ops->owner);
	return child;
}

bool lfq_child_stamps(const struct Qdisc *child)
{
	return lfq_is(child, "fq_codel") || lfq_is(child, "codel");
}

/* How long a packet that has just come out of such a child was in it, in ns, to the microsecond. */
u64 lfq_child_delay(const struct sk_buff *skb, u64 now)
{
	codel_time_t delay = (codel_time_t)(now >> CODEL_SHIFT) - codel_get_enqueue_time(skb);

	return (u64)delay << CODEL_SHIFT;
}
