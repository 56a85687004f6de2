// SPDX-License-Identifier: GPL-2.0
/*
 * Mode srpt: the band of a packet by what its flow has left to send, shortest first.
 *
 * Sizes are known at best roughly, so a flow's rank is the bytes that it has sent, kept within what
 * is known of the bytes that it has left:
 *
 *	rank = max(least left, min(sent, most left))
 *
 * Nothing known: the rank is the bytes sent. That is multilevel feedback by bytes (PIAS, Bai et
 * al., NSDI 2015): all flows begin in the first band and sink as they send. One prediction S: least
 * and most are the same, and the rank is what remains, S - sent (SRPT). Two predictions: a flow
 * that is certainly short goes ahead, one that is certainly long goes behind, each from its first
 * packet on; in between the bytes sent decide (after QCLIMB, NSDI 2024). Least left is never less
 * than what a local TCP sender has in its socket and has not sent yet.
 *
 * A flow that has sent more than the most that was predicted was taken for too short. Then nothing
 * is known of it, and its rank is what it has sent. To rank it last instead, as plain SRPT on
 * estimates comes to, makes short flows whose size is missed by a few bytes wait for all long ones:
 * in a fluid simulation of the web search workload at load 0.7, with sizes off by a factor of
 * 2^(z/4), short flows took 126 times as long as with fair queueing that way, and 0.315 times with
 * this rule, as with exact sizes.
 *
 * What a flow can gain by a wrong prediction is bounded: of the bytes that it sends while one
 * prediction stands, bands 0 to i take at most thresholds[i] at the beginning, while it has sent no
 * more than that, and as much again before the predicted end. The model runs at packets 1, 2, 4
 * and so on of a flow by default, so predictions are few.
 *
 * Bands are served in strict order, with the bound on starvation in time (sched.c). A flow that
 * moves to an earlier band may overtake packets of its own that wait in a later one; that happens
 * at most once for each threshold and prediction.
 */
#include <linux/tcp.h>
#include "lfq.h"

/* What a local sender has written and not sent. Not of a receiver's socket, found on the way in. */
static u64 lfq_unsent(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;
	s32 unsent;

	if (!sk || !sk_fullsock(sk) || !sk_is_tcp(sk) || skb->destructor == sock_edemux)
		return 0;
	unsent = READ_ONCE(tcp_sk(sk)->write_seq) - READ_ONCE(tcp_sk(sk)->snd_nxt);
	return max(unsent, 0);
}

static u64 lfq_rank(const struct lf_size *size, u64 sent, u64 unsent)
{
	u64 least = size->least > sent ? size->least - sent : 0;
	u64 rank = sent;

	if (sent <= size->most)
		rank = min(rank, size->most - sent);
	return max3(rank, least, unsent);
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
 * Return: the band, or -1 if nothing is known of the packet's flow.
 */
int lfq_band_by_size(struct lfq_sched *q, const struct sk_buff *skb, struct lf_verdict *v)
{
	unsigned int band, was;
	struct lf_size size;
	u64 unsent, was_unsent;

	if (!lf_size_skb(q->attach, skb, v, &size))
		return -1;
	unsent = lfq_unsent(skb);
	band = lfq_band_of_rank(q->cfg, lfq_rank(&size, size.sent, unsent));
	was = band;
	was_unsent = unsent ? unsent + size.sent - size.before : 0;
	if (size.before)
		was = lfq_band_of_rank(q->cfg, lfq_rank(&size, size.before, was_unsent));
	lfq_count_rank(q, &size, was, band);
	return band;
}
