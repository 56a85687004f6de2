// SPDX-License-Identifier: GPL-2.0
/*
 * Mode srpt: chooses a packet's band by what its flow has left to send, shortest first.
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
 * What a local TCP sender has in its socket and has not sent yet is not used: a parent that
 * segments (tbf) leaves the socket on the last segment only, and the other segments would overtake
 * it.
 *
 * A flow that has sent more than the upper bound of its prediction was underestimated. Then nothing
 * is known about it, and its rank is what it has sent. Ranking it last instead, as plain SRPT on
 * estimates does, makes short flows whose size is missed by a few bytes wait for all long ones: in
 * a fluid simulation of the web search workload at load 0.7, with sizes off by a factor of 2^(z/4),
 * short flows took 126 times as long as with fair queueing that way, and 0.315 times with this
 * rule, as with exact sizes.
 *
 * What a flow can gain from a wrong prediction is bounded: of the bytes that it sends under one
 * prediction, bands 0 to i take at most thresholds[i] at the beginning, while it has sent no more
 * than that, and as much again before the predicted end. By default the model runs at packets 1, 2,
 * 4 and so on of a flow, so predictions are few.
 *
 * Bands are served in strict order, with the bound on starvation in time (sched.c). A flow that
 * moves to an earlier band may overtake its own packets that wait in a later one; that happens at
 * most once per threshold and prediction.
 */
#include "lfq.h"

static u64 lfq_rank(const struct lf_size *size, u64 sent)
{
	u64 least = size->least > sent ? size->least - sent : 0;
	u64 rank = sent;

	if (sent <= size->most)
		rank = min(rank, size->most - sent);
	return max(rank, least);
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

	if (!lf_size_skb(q->attach, skb, v, &size))
		return -1;
	band = lfq_band_of_rank(q->cfg, lfq_rank(&size, size.sent));
	was = band;
	if (size.before)
		was = lfq_band_of_rank(q->cfg, lfq_rank(&size, size.before));
	lfq_count_rank(q, &size, was, band);
	return band;
}
