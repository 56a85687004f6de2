// SPDX-License-Identifier: GPL-2.0
/*
 * Mode srpt: ranks a packet by what its flow has left to send, shortest first.
 *
 * Sizes are known roughly at best, so a flow's rank is the bytes that it has sent, clamped to what
 * is known about the bytes that it has left:
 *
 *	rank = max(least left, min(sent, most left))
 *
 * Nothing known: the rank is the bytes sent. That is multilevel feedback by bytes (PIAS, Bai et
 * al., NSDI 2015): all flows begin in the first band and sink as they send. One prediction S: least
 * and most are equal, and the rank is what remains, S - sent (SRPT). Two predictions: a flow that
 * is certainly short goes ahead, one that is certainly long goes behind, each from its first packet
 * on; in between the bytes sent decide (after QCLIMB, NSDI 2024).
 *
 * What a local TCP sender has in its socket and has not sent yet is certainly left. So in order
 * exact no rank is below it. By bands it is not used: a parent that segments (tbf) leaves the
 * socket on the last segment only, and the other segments would overtake it.
 *
 * A flow that has sent more than the upper bound of its prediction was underestimated. If by
 * little, it should end soon; the further it is beyond, the less the prediction says. So its rank
 * is LFQ_OVERRUN_TIMES the excess, and from twice the prediction on what it has sent, as if there
 * had been none. Two other rules do worse in a simulation of the web search workload at load 0.7:
 *
 *	- last, as plain SRPT on estimates ranks it, makes short flows that are missed by a few
 *	  bytes wait for all long ones: with sizes off by a factor of 2^(z/4) they take 126 times
 *	  as long as with fair queueing, and 0.40 times with this rule;
 *	- by what it has sent at once does that to long flows: TCP sends a few segments twice, and
 *	  then the last kilobytes wait behind flows of megabytes. With 0.2 % more bytes than
 *	  predicted, flows above 1 MB take 0.77 of the time with fair queueing, and 0.64 with this
 *	  rule.
 *
 * What a flow can gain from a wrong prediction is bounded: of the bytes that it sends under one
 * prediction, at most r have a rank of up to r at the beginning, while it has sent no more than
 * that, as many before the predicted end, and half as many behind it. By default the model runs at
 * packets 1, 2, 4 and so on of a flow, so predictions are few.
 *
 * Flows are served in the order of their ranks (order.c), or by bands of ranks in strict order,
 * with the bound on starvation in time (sched.c). With bands, a flow that moves to an earlier band
 * may overtake its own packets that wait in a later one; that happens at most once per threshold
 * and prediction.
 */
#include "lfq.h"

#define LFQ_OVERRUN_TIMES	2

static u64 lfq_rank(const struct lf_size *size, u64 sent)
{
	u64 least = size->least > sent ? size->least - sent : 0;
	u64 rank;

	if (sent <= size->most)
		rank = size->most - sent;
	else
		rank = LFQ_OVERRUN_TIMES * (sent - size->most);
	return max(min(rank, sent), least);
}

/* Bytes that a local TCP sender has yet to send, with this packet; 0: unknown, or none. */
static u64 lfq_unsent(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	if (!sk || !sk_fullsock(sk) || !sk_is_tcp(sk))
		return 0;
	return lf_unsent_bytes(tcp_sk(sk));
}

static unsigned int lfq_band_of_rank(const struct lfq_config *c, u64 rank)
{
	unsigned int band = 0;

	while (rank > c->upto[band])
		band++;
	return band;
}

static void lfq_count_rank(struct lfq_sched *q, const struct lf_size *size, unsigned int was,
			   unsigned int band)
{
	if (band > was)
		q->demoted++;
	else if (band < was)
		q->promoted++;
	if (!size->predicted)
		return;
	q->predicted++;
	if (size->sent > size->most && size->before <= size->most)
		q->overrun++;
}

/**
 * lfq_band_by_size - the band of a packet in mode srpt
 * @q: the qdisc
 * @skb: the packet
 * @v: its verdict, or none
 *
 * Return: the band, or -1 if nothing is known about the packet's flow.
 */
int lfq_band_by_size(struct lfq_sched *q, const struct sk_buff *skb, struct lf_verdict *v)
{
	unsigned int band, was;
	struct lf_size size;
	u64 rank;

	if (!lf_size_skb(q->attach, skb, v, &size))
		return -1;
	rank = lfq_rank(&size, size.sent);
	if (q->cfg->order == LITEFLOW_QDISC_EXACT)
		lfq_order_set_rank(skb, max(rank, lfq_unsent(skb)));
	band = lfq_band_of_rank(q->cfg, rank);
	was = band;
	if (size.before)
		was = lfq_band_of_rank(q->cfg, lfq_rank(&size, size.before));
	lfq_count_rank(q, &size, was, band);
	return band;
}
