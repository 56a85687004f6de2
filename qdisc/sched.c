// SPDX-License-Identifier: GPL-2.0
/*
 * Which band is next.
 *
 * strict: the first band that has packets, except for the starvation bound: a later band that has
 * packets and was not served for `starve` sends one packet first; if several are overdue, the one
 * that has waited longest.
 *
 * srpt: as strict; rank.c chooses the bands.
 *
 * drr: deficit round robin, in the order of the bands. In each round a band may send its quantum of
 * bytes; what it sends beyond that (packets are not divided) is owed in the next rounds. The first
 * band that has packets and bytes left always sends next. So a band that needs less than its share
 * never waits for a later one, as if the order were strict, and one that wants more cannot starve
 * the later ones. That matters here: a model makes mistakes, and a bulk transfer misclassified as a
 * call must not silence the calls. When no band with packets has bytes left, a new round begins, or
 * as many at once as it takes for one to have some, so the cost does not depend on how small a
 * quantum is.
 *
 * There is no list of the bands that have packets. A child may lose its packets without our knowing
 * (codel drops, a change of its limit, a reset), and lists that must track this have been a source
 * of bugs; scanning sixteen counters costs next to nothing. A child may also hold its packets back
 * (tbf, netem): it is skipped.
 *
 * A packet that arrives at an empty qdisc usually leaves at once: there is nothing to choose and
 * nothing to queue. If the child allows it, such a packet bypasses the child and waits in q->direct
 * (lfq_direct()); the kernel does the same for an fq_codel that is a device's root. As soon as
 * anything else happens, most of all a second packet, it is put into the child (lfq_settle()). So
 * if q->direct holds a packet, it is the qdisc's only one.
 */
#include <linux/math64.h>
#include <linux/ktime.h>
#include "lfq.h"

/*
 * The default quantum of all bands but the last, which has one frame. With three saturated bands
 * the last one gets a ninth of the link, so that a flow that is there by mistake is slowed down,
 * not cut off: with eight frames, 1 % of the echoes of an SSH session among the bulk traffic came a
 * quarter of a second late; with four, 8 ms. And nobody waits for more than one frame of the last
 * band.
 */
#define LFQ_QUANTUM_FRAMES	4

static bool lfq_band_waits(const struct lfq_band *b)
{
	return b->qdisc->q.qlen;
}

static struct sk_buff *lfq_band_dequeue(struct Qdisc *sch, struct lfq_band *b, u64 now)
{
	struct sk_buff *skb = qdisc_dequeue_peeked(b->qdisc);

	lfq_charge(sch, b);
	b->since = now;
	if (skb)
		b->holds = false;
	return skb;
}

/* The band after the first waiting one that has waited longest beyond the bound, or NULL. */
static struct lfq_band *lfq_overdue(struct lfq_sched *q, u64 now)
{
	u64 longest = (u64)q->cfg->starve_us * NSEC_PER_USEC;
	struct lfq_band *b, *found = NULL;
	bool first = true;

	if (!longest)
		return NULL;
	for (b = q->band; b < q->band + q->cfg->bands; b++) {
		if (!lfq_band_waits(b))
			continue;
		if (!first && now - b->since >= longest) {
			longest = now - b->since;
			found = b;
		}
		first = false;
	}
	return found;
}

static struct sk_buff *lfq_next_strict(struct Qdisc *sch, struct lfq_band **from, u64 now)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_band *b = lfq_overdue(q, now);
	struct sk_buff *skb;

	if (b) {
		skb = lfq_band_dequeue(sch, b, now);
		if (skb) {
			b->starved++;
			*from = b;
			return skb;
		}
	}
	for (b = q->band; b < q->band + q->cfg->bands; b++) {
		if (!lfq_band_waits(b))
			continue;
		skb = lfq_band_dequeue(sch, b, now);
		if (skb) {
			*from = b;
			return skb;
		}
	}
	return NULL;
}

u32 lfq_quantum(const struct Qdisc *sch, const struct lfq_config *c, unsigned int band)
{
	u32 frame = max(psched_mtu(qdisc_dev(sch)), 1u);

	return c->quantum[band] ?: band + 1 < c->bands ? LFQ_QUANTUM_FRAMES * frame : frame;
}

/*
 * Begins as many rounds as it takes for a waiting band to have bytes left. Returns false if all
 * that wait have some already.
 */
static bool lfq_new_round(struct Qdisc *sch)
{
	struct lfq_sched *q = qdisc_priv(sch);
	u64 rounds = U64_MAX;
	unsigned int i;

	for (i = 0; i < q->cfg->bands; i++) {
		struct lfq_band *b = &q->band[i];
		u32 quantum = lfq_quantum(sch, q->cfg, i);

		if (!lfq_band_waits(b) || b->deficit > 0)
			continue;
		/* Usually one: avoid the division. */
		rounds = b->deficit > -(s64)quantum ?
				 1 :
				 min(rounds, div_u64(quantum - b->deficit, quantum));
	}
	if (rounds == U64_MAX)
		return false;
	for (i = 0; i < q->cfg->bands; i++) {
		struct lfq_band *b = &q->band[i];
		u32 quantum = lfq_quantum(sch, q->cfg, i);

		/* A band does not save up what it did not use. */
		b->deficit = min_t(s64, b->deficit + rounds * quantum, quantum);
	}
	return true;
}

static struct sk_buff *lfq_next_drr(struct Qdisc *sch, struct lfq_band **from, u64 now)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct lfq_band *b;

	do {
		for (b = q->band; b < q->band + q->cfg->bands; b++) {
			struct sk_buff *skb;

			if (!lfq_band_waits(b) || b->deficit <= 0)
				continue;
			skb = lfq_band_dequeue(sch, b, now);
			if (skb) {
				b->deficit -= qdisc_pkt_len(skb);
				*from = b;
				return skb;
			}
		}
	} while (lfq_new_round(sch));
	return NULL;
}

/* Takes the next packet from its band. The caller must update the qdisc's own counts. */
struct sk_buff *lfq_next(struct Qdisc *sch, struct lfq_band **from, u64 now)
{
	struct lfq_sched *q = qdisc_priv(sch);

	switch (q->cfg->mode) {
	case LITEFLOW_QDISC_DRR:
		return lfq_next_drr(sch, from, now);
	default:
		return lfq_next_strict(sch, from, now);
	}
}

/*
 * Something other than this packet's departure is about to happen to the qdisc, so the packet moves
 * into the child. Call before a second packet is accepted, and before children or bands change;
 * after lfq_open().
 */
void lfq_settle(struct Qdisc *sch, struct sk_buff **to_free)
{
	struct lfq_sched *q = qdisc_priv(sch);
	struct sk_buff *skb = q->direct;

	if (likely(!skb))
		return;
	q->direct = NULL;
	if (qdisc_enqueue(skb, q->direct_band->qdisc, to_free) != NET_XMIT_SUCCESS)
		lfq_lost(sch, q->direct_band, q->direct_len);
	else
		lfq_charge(sch, q->direct_band);
}

/* The band with most packets among those not asked yet; of equals, the one with lowest priority. */
static struct lfq_band *lfq_longest(struct lfq_sched *q, unsigned long asked)
{
	struct lfq_band *longest = NULL, *b;

	for (b = q->band; b < q->band + q->cfg->bands; b++) {
		if (!lfq_band_waits(b) || test_bit(b - q->band, &asked))
			continue;
		if (!longest || b->qdisc->q.qlen >= longest->qdisc->q.qlen)
			longest = b;
	}
	return longest;
}

static void lfq_drop_shed(struct Qdisc *sch, struct lfq_band *b, struct sk_buff *skb,
			  struct sk_buff **to_free)
{
	struct lfq_sched *q = qdisc_priv(sch);
	unsigned int len = qdisc_pkt_len(skb);

	b->shed++;
	q->overlimit++;
	qdisc_qstats_overlimit(sch);
	lf_qdisc_set_overlimit(skb);
	__qdisc_drop(skb, to_free);
	lfq_lost(sch, b, len);
}

/**
 * lfq_shed - drop a packet to keep the limit
 * @sch: the qdisc, over its limit
 * @to_free: where the packet goes
 *
 * The band with most packets drops its oldest, so that a band that fills up costs the others
 * nothing. A band that holds its packets back, because its child is netem or tbf, drops none. Then
 * nobody else pays for it: its packets do not count, and the longest of the others drops one only
 * if those exceed the limit by themselves. (New packets for a band that holds back are rejected
 * beyond the limit.) Call between lfq_open() and lfq_close(). Return: false if none was dropped.
 */
bool lfq_shed(struct Qdisc *sch, struct sk_buff **to_free)
{
	struct lfq_sched *q = qdisc_priv(sch);
	u32 beyond = lfq_waiting(sch) - q->cfg->limit, held = 0;
	unsigned long asked = 0;
	struct sk_buff *skb;
	struct lfq_band *b;

	while (held < beyond && (b = lfq_longest(q, asked))) {
		skb = qdisc_dequeue_peeked(b->qdisc);
		lfq_charge(sch, b);
		if (skb) {
			lfq_drop_shed(sch, b, skb, to_free);
			return true;
		}
		b->holds = true;
		held += b->qdisc->q.qlen;
		__set_bit(b - q->band, &asked);
	}
	return false;
}

/**
 * lfq_replace - give a band another child, and this the packets of the old one
 * @sch: the qdisc
 * @b: the band
 * @new: its new child
 * @to_free: as for lfq_move()
 *
 * Call between lfq_open() and lfq_close(). Return: the old child.
 */
struct Qdisc *lfq_replace(struct Qdisc *sch, struct lfq_band *b, struct Qdisc *new,
			  struct sk_buff **to_free)
{
	struct Qdisc *old = b->qdisc;

	lfq_settle(sch, to_free);
	lfq_charge(sch, b);
	if (old->ops == &lfq_order_ops)
		b->starved += lfq_order_starved(old);
	b->qdisc = new;
	b->stamped = lfq_child_stamps(new);
	b->holds = false;
	b->child_qlen = new->q.qlen;
	lfq_move(sch, old, b, to_free);
	return old;
}

/**
 * lfq_move - empty a child that is being removed
 * @sch: the qdisc
 * @from: the child
 * @b: the band that gets its packets
 * @to_free: for packets that are lost because @from does not release them or the child of @b
 *           rejects them
 */
void lfq_move(struct Qdisc *sch, struct Qdisc *from, struct lfq_band *b, struct sk_buff **to_free)
{
	struct sk_buff *skb;

	while ((skb = qdisc_dequeue_peeked(from))) {
		unsigned int len = qdisc_pkt_len(skb);

		lfq_order_set_rank(skb, LFQ_RANK_UNKNOWN);
		if (qdisc_enqueue(skb, b->qdisc, to_free) != NET_XMIT_SUCCESS)
			lfq_lost(sch, b, len);
	}
	qdisc_purge_queue(from);
	lfq_charge(sch, b);
}
