// SPDX-License-Identifier: GPL-2.0
/*
 * Splits super-packets into the packets that they stand for (split-gso).
 *
 * GRO and GSO pass up to 64 KB through the stack as one packet. On a slow link that blocks all
 * bands: at 10 Mbit/s, for 52 ms. So with split-gso each is segmented before it is queued, as in
 * cake (sch_cake.c). The model and the filters see the super-packet once; it counts as its
 * segments.
 *
 * The segments go to the child one by one, within one change of the queue (band.c). The parents
 * count one newcomer, and are told about the others when all are queued.
 *
 * The sender determines the number of segments, and the qdisc's lock is held. So a super-packet of
 * more than LFQ_SPLIT_MAX segments stays whole; BIG TCP's 512 KB in full frames are some 360.
 */
#include <linux/netdevice.h>
#include "lfq.h"

/* Queues each of the list. Returns NET_XMIT_SUCCESS if any was accepted, else the last answer. */
static int lfq_accept_all(struct sk_buff *list, struct Qdisc *sch, struct lfq_band *b, u64 now,
			  struct sk_buff **to_free)
{
	struct sk_buff *skb, *next;
	bool accepted = false;
	int ret = NET_XMIT_DROP;

	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		lf_qdisc_set_packet(skb);
		ret = lfq_accept(skb, sch, b, now, to_free);
		accepted |= ret == NET_XMIT_SUCCESS;
	}
	return accepted ? NET_XMIT_SUCCESS : ret;
}

/**
 * lfq_split_enqueue - queue a super-packet as single packets
 * @skb: the super-packet, for which lfq_splits() is true; consumed
 * @sch: the qdisc
 * @b: the band they go to
 * @now: the time if known, else 0
 * @to_free: for what is dropped
 *
 * Return: what enqueue() has to return.
 */
int lfq_split_enqueue(struct sk_buff *skb, struct Qdisc *sch, struct lfq_band *b, u64 now,
		      struct sk_buff **to_free)
{
	netdev_features_t features = netif_skb_features(skb) & ~NETIF_F_GSO_MASK;
	unsigned int len = qdisc_pkt_len(skb);
	struct lfq_tally tally;
	struct sk_buff *list;
	int ret;

	list = skb_gso_segment(skb, features);
	if (IS_ERR_OR_NULL(list)) {
		qdisc_drop(skb, sch, to_free);
		lfq_charge(sch, b);
		return NET_XMIT_DROP;
	}
	lfq_open(sch, &tally);
	ret = lfq_accept_all(list, sch, b, now, to_free);
	consume_skb(skb);
	return lfq_close_enqueue(sch, &tally, len, ret);
}
