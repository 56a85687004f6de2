// SPDX-License-Identifier: GPL-2.0
/*
 * A flow's statistics.
 *
 * Running mean and deviation with weight 1/8; the first sample is the first mean:
 *
 *	deviation += (|x - mean| - deviation) / 8
 *	mean      += (x - mean) / 8
 *
 * kept in 1/8 of their step and rounded to nearest. A GSO super-packet counts as the packets that
 * it becomes: all but the first have an inter-arrival time of 0, all but the last have the same
 * length. n equal samples have a closed form,
 *
 *	mean_n      = x + (7/8)^n (mean - x)
 *	deviation_n = (7/8)^n deviation + n/8 (7/8)^(n-1) |mean - x|
 *
 * so that a packet costs the same with 1 segment as with 500. Only flow.iat_us is the time since
 * the previous super-packet.
 */
#include "bucket.h"

#include "feature.h"

#define LF_SEQ_STRAYS		8	/* packets */

#define LF_SMALL_MAX		127	/* bytes of payload: flow.small */
#define LF_LARGE_MIN		1000	/* bytes of payload: flow.large */

/*
 * Most samples that one packet can bring; after them an earlier mean has lost all but 1/8000 of its
 * weight.
 */
#define LF_FOLD_MAX	64

#define LF_KEEP_ONE	57344
#define LF_MOVE_ONE	8192

/* (7/8)^n and n/8 * (7/8)^(n-1), in 1/65536. */
static const u16 keep_mean[LF_FOLD_MAX + 1] = {
	[1] = LF_KEEP_ONE, 50176, 43904, 38416, 33614, 29412, 25736, 22519, 19704, 17241, 15086,
	13200, 11550, 10106, 8843, 7738, 6770, 5924, 5184, 4536, 3969, 3473, 3039, 2659, 2326, 2036,
	1781, 1558, 1364, 1193, 1044, 914, 799, 699, 612, 536, 469, 410, 359, 314, 275, 240, 210,
	184, 161, 141, 123, 108, 94, 83, 72, 63, 55, 48, 42, 37, 32, 28, 25, 22, 19, 17, 15, 13,
};

static const u16 move_dev[LF_FOLD_MAX + 1] = {
	[1] = LF_MOVE_ONE, 14336, 18816, 21952, 24010, 25210, 25736, 25736, 25334, 24630, 23706,
	22629, 21450, 20213, 18949, 17686, 16442, 15233, 14070, 12959, 11906, 10914, 9984, 9116,
	8309, 7561, 6870, 6234, 5650, 5114, 4624, 4176, 3768, 3397, 3060, 2754, 2477, 2226, 1999,
	1794, 1609, 1442, 1292, 1157, 1035, 926, 828, 740, 661, 590, 526, 470, 419, 373, 333, 296,
	264, 235, 209, 186, 166, 147, 131, 116,
};

/*
 * x * w / 65536, rounded to nearest and halves down, so that a mean comes within 3/8 of a step of
 * constant samples.
 */
static u32 weigh(u32 x, u32 w)
{
	return ((u64)x * w + 0x7fff) >> 16;
}

/*
 * The running mean and deviation after samples of @x, all three in 1/8 steps. @keep, @move: the
 * weights for that many samples.
 */
static inline void fold_weighed(u32 *mean, u32 *dev, u32 x, u32 keep, u32 move)
{
	u32 off = *mean > x ? *mean - x : x - *mean;
	u32 kept = weigh(off, keep);

	*dev = weigh(*dev, keep) + weigh(off, move);
	*mean = *mean > x ? x + kept : x - kept;
}

/* After one sample, the usual case: the weights are constants. */
static inline void fold_one(u32 *mean, u32 *dev, u32 x)
{
	fold_weighed(mean, dev, x, LF_KEEP_ONE, LF_MOVE_ONE);
}

/* After @n samples. */
static void stats_fold(u32 *mean, u32 *dev, u32 x, u32 n)
{
	if (!n)
		return;
	n = min_t(u32, n, LF_FOLD_MAX);
	fold_weighed(mean, dev, x, keep_mean[n], move_dev[n]);
}

/* A sample in 1/8 steps, saturated. */
static u32 eighths(u32 x)
{
	return min_t(u32, x, U32_MAX >> 3) << 3;
}

/*
 * If the first packet is a super-packet, its segments give the first samples, which are 0 like the
 * initial mean.
 */
static void update_iat(struct lf_flow *flow, u32 segs, u64 now_ns)
{
	u32 us, log2;

	if (!flow->packets)
		return;
	us = min_t(u64, div_u64(lf_flow_silence(flow, now_ns), NSEC_PER_USEC), U32_MAX);
	log2 = lf_log2_q8(us);
	flow->iat_us = us;
	if (flow->packets < LF_FLOW_LENS)
		flow->gap[flow->packets - 1] = lf_flow_gap(us);
	flow->iat_max_us = max(flow->iat_max_us, us);
	if (flow->packets == 1) {
		flow->iat_min_us = us;
		flow->iat_mean8 = eighths(us);
		flow->iat_log2_mean8 = log2 << 3;
	} else {
		flow->iat_min_us = min(flow->iat_min_us, us);
		fold_one(&flow->iat_mean8, &flow->iat_dev8, eighths(us));
		fold_one(&flow->iat_log2_mean8, &flow->iat_log2_dev8, log2 << 3);
	}
	if (likely(segs == 1))
		return;
	flow->iat_min_us = 0;
	stats_fold(&flow->iat_mean8, &flow->iat_dev8, 0, segs - 1);
	stats_fold(&flow->iat_log2_mean8, &flow->iat_log2_dev8, 0, segs - 1);
}

/* @n >= 1 packets of @len bytes at the IP layer and @payload after the transport header. */
static __always_inline void update_len(struct lf_flow *flow, u16 len, u16 payload, u32 n)
{
	u32 x = (u32)len << 7, i;

	if (!flow->packets) {
		flow->len_min = len;
		flow->len_mean8 = x;
	}
	flow->len_min = min(flow->len_min, len);
	flow->len_max = max(flow->len_max, len);
	if (n == 1)
		fold_one(&flow->len_mean8, &flow->len_dev8, x);
	else
		stats_fold(&flow->len_mean8, &flow->len_dev8, x, n);
	for (i = flow->packets; i < LF_FLOW_LENS && i - flow->packets < n; i++)
		flow->len[i] = len;

	if (!payload)
		flow->empty = lf_add_sat(flow->empty, n);
	else if (payload <= LF_SMALL_MAX)
		flow->small = lf_add_sat(flow->small, n);
	else if (payload >= LF_LARGE_MIN)
		flow->large = lf_add_sat(flow->large, n);
	flow->packets = lf_add_sat(flow->packets, n);
}

/* The rest of @whole for the last segment, after @before segments of @part. */
static u16 last_part(u32 whole, u16 part, u32 before)
{
	u64 taken = (u64)part * before;

	return whole > taken ? min_t(u64, whole - taken, U16_MAX) : 0;
}

/* A super-packet: @before equal segments and the last one. */
static noinline void update_segs(struct lf_flow *flow, const struct lf_pkt *pkt, u32 before)
{
	update_len(flow, pkt->seg_len, pkt->seg_payload, before);
	update_len(flow, last_part(pkt->bytes, pkt->seg_len, before),
		   last_part(pkt->payload, pkt->seg_payload, before), 1);
}

/*
 * A packet with an unexpected sequence number. Packets that open or end connections prove nothing.
 */
static noinline void update_strays(struct lf_flow *flow, const struct lf_pkt *pkt, u32 end)
{
	if (pkt->tcp_flags & (TCPHDR_SYN | TCPHDR_FIN | TCPHDR_RST))
		return;
	if (flow->strays && lf_seq_is_near(flow->stray_seq, pkt->seq))
		flow->strays++;
	else
		flow->strays = 1;
	flow->stray_seq = end;
	if (flow->strays < LF_SEQ_STRAYS)
		return;
	flow->seq = end;
	flow->strays = 0;
}

static void update_seq(struct lf_flow *flow, const struct lf_pkt *pkt)
{
	u32 end = pkt->seq + pkt->payload + lf_pkt_is_syn(pkt) + !!(pkt->tcp_flags & TCPHDR_FIN);

	if (!flow->packets || (flow->opening && lf_pkt_is_syn(pkt))) {
		flow->seq = end;
	} else if (likely(lf_seq_is_near(flow->seq, pkt->seq))) {
		flow->seq = (s32)(end - flow->seq) > 0 ? end : flow->seq;
		flow->strays = 0;
	} else {
		update_strays(flow, pkt, end);
	}
}

static void update_tcp(struct lf_flow *flow, const struct lf_pkt *pkt)
{
	if (!flow->packets)
		flow->window0 = pkt->window;
	flow->closing |= lf_flow_closes(flow, pkt);
	update_seq(flow, pkt);
	flow->tcp_flags |= pkt->tcp_flags;
	flow->opening &= lf_pkt_is_syn(pkt);
	if (pkt->tcp_flags & TCPHDR_PSH)	/* the last segment of a super-packet carries it */
		flow->psh = lf_add_sat(flow->psh, 1);
}

void lf_flow_update(struct lf_flow *flow, const struct lf_pkt *pkt, u64 now_ns)
{
	u32 segs = max_t(u32, pkt->segs, 1);

	flow->answered |= pkt->answered;
	if (pkt->tcp_flags || flow->key.proto == IPPROTO_TCP)
		update_tcp(flow, pkt);
	update_iat(flow, segs, now_ns);
	if (unlikely(segs > 1))
		update_segs(flow, pkt, segs - 1);
	else
		update_len(flow, min_t(u32, pkt->bytes, U16_MAX), min_t(u32, pkt->payload, U16_MAX),
			   1);
	flow->bytes += pkt->bytes;
	flow->payload += pkt->payload;
	flow->last_ns = max(flow->last_ns, now_ns);
}
