/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between the kernels' packet schedulers. Included only by the files of qdisc/. */
#ifndef LF_SCH_COMPAT_H
#define LF_SCH_COMPAT_H

#include <net/pkt_sched.h>
#include <net/sch_generic.h>

#ifdef LF_HAVE_GSO_H
#include <net/gso.h>		/* skb_gso_segment(), in linux/netdevice.h before */
#endif

/*
 * Before about 6.9 a qdisc was loaded by its module's name, and there was no macro for the alias.
 */
#ifndef MODULE_ALIAS_NET_SCH
#define MODULE_ALIAS_NET_SCH(id) MODULE_ALIAS("net-sch-" id)
#endif

#ifdef DEFINE_QDISC_DROP_REASON
/* Tells the drop monitor that a packet was dropped at a limit. */
static inline void lf_qdisc_set_overlimit(struct sk_buff *skb)
{
	tcf_set_qdisc_drop_reason(skb, QDISC_DROP_OVERLIMIT);
}
#else
static inline void lf_qdisc_set_overlimit(struct sk_buff *skb)
{
}
#endif

/*
 * On later kernels codel, fq_codel and cake collect the packets that they drop in ->dequeue(), to
 * be freed when the root's lock is released, if the root of the tree has this flag. A reset must
 * free what has been collected since.
 */
#ifdef TCQ_F_DEQUEUE_DROPS
#define LF_TCQ_F_DEQUEUE_DROPS	TCQ_F_DEQUEUE_DROPS

static inline void lf_qdisc_free_dropped(struct Qdisc *sch)
{
	struct sk_buff *list = sch->to_free;

	sch->to_free = NULL;
	kfree_skb_list(list);
}
#else
#define LF_TCQ_F_DEQUEUE_DROPS	0

static inline void lf_qdisc_free_dropped(struct Qdisc *sch)
{
}
#endif

/*
 * Later kernels read these two without the qdisc's lock and have helpers to write them. Earlier
 * ones do not have the helpers, and their names cannot be probed.
 */
static inline void lf_qdisc_queued(struct Qdisc *sch, int packets, int bytes)
{
	WRITE_ONCE(sch->q.qlen, sch->q.qlen + packets);
	WRITE_ONCE(sch->qstats.backlog, sch->qstats.backlog + bytes);
}

/* A packet cut from a super-packet has that one's length with it: give it its own. */
static inline void lf_qdisc_set_packet(struct sk_buff *skb)
{
	qdisc_skb_cb(skb)->pkt_len = skb->len;
#ifdef LF_HAVE_PKT_SEGS
	qdisc_skb_cb(skb)->pkt_segs = 1;
#endif
}

#endif /* LF_SCH_COMPAT_H */
