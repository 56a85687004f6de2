// SPDX-License-Identifier: GPL-2.0
/*
 * From packet, flow or socket to features.
 *
 * The socket's features are read without its lock. Each is one load of one field that the stack
 * itself reads without the lock for its diagnostics; the numbers of one vector may be from
 * different moments.
 */
#include "feature.h"
#include "flow.h"

#include <linux/tcp.h>
#include <lq/params.h>
#include <net/liteflow_size.h>
#include <net/sock.h>
#include <net/tcp.h>

/* --- numbers --- */

/*
 * log2(1 + i/32) in 1/65536. Linear between the points: at most 0.045 steps of 1/256 below the true
 * value.
 */
#define LF_LOG2_BITS	5
static const u32 log2_points[(1 << LF_LOG2_BITS) + 1] = {
	0, 2909, 5732, 8473, 11136, 13727, 16248, 18704, 21098, 23433, 25711,
	27936, 30109, 32234, 34312, 36346, 38336, 40286, 42196, 44068, 45904, 47705,
	49472, 51207, 52911, 54584, 56229, 57845, 59434, 60997, 62534, 64047, 65536,
};

u32 lf_log2_q8(u64 v)
{
	u32 exp, i, frac, lo, hi;

	if (v == U64_MAX)
		return 64 << 8;
	v++;
	exp = fls64(v) - 1;
	v <<= 63 - exp;				/* the leading one on top, the mantissa below it */
	i = (v >> (63 - LF_LOG2_BITS)) & ((1 << LF_LOG2_BITS) - 1);
	frac = (v >> (47 - LF_LOG2_BITS)) & 0xffff;
	lo = log2_points[i];
	hi = log2_points[i + 1];
	lo += ((hi - lo) * frac) >> 16;
	return (exp << 8) + ((lo + 128) >> 8);
}

static s32 sat(u64 v)
{
	return min_t(u64, v, S32_MAX);
}

/* --- features of the packet --- */

static s32 pkt_feature(u8 id, const struct lf_pkt *pkt)
{
	switch (id) {
	case LQ_F_PKT_LEN:
		return pkt->seg_len;
	case LQ_F_PKT_PAYLOAD:
		return pkt->seg_payload;
	case LQ_F_PKT_SEGS:
		return pkt->segs;
	case LQ_F_PKT_IP_VERSION:
		return pkt->key.version;
	case LQ_F_PKT_PROTO:
		return pkt->key.proto;
	case LQ_F_PKT_DSCP:
		return pkt->dscp;
	case LQ_F_PKT_ECN:
		return pkt->ecn;
	case LQ_F_PKT_TTL:
		return pkt->ttl;
	case LQ_F_PKT_SPORT:
		return ntohs(pkt->sport);
	case LQ_F_PKT_DPORT:
		return ntohs(pkt->dport);
	case LQ_F_PKT_TCP_FLAGS:
		return pkt->tcp_flags;
	case LQ_F_PKT_TCP_WINDOW:
		return pkt->window;
	case LQ_F_PKT_FRAGMENT:
		return pkt->fragment;
	case LQ_F_PKT_VLAN:
		return pkt->vlan;
	}
	return 0;
}

/* --- features of the flow --- */

static u64 duration_us(const struct lf_flow *flow)
{
	return div_u64(flow->last_ns - flow->born_ns, NSEC_PER_USEC);
}

/* Bytes per second; U64_MAX if that does not fit; 0 at the first packet. */
static u64 rate(const struct lf_flow *flow)
{
	u64 us = max_t(u64, duration_us(flow), 1), per_us;

	if (flow->last_ns == flow->born_ns)
		return 0;
	if (flow->bytes <= U64_MAX / USEC_PER_SEC)
		return div64_u64(flow->bytes * USEC_PER_SEC, us);
	per_us = div64_u64(flow->bytes, us);
	return per_us <= U64_MAX / USEC_PER_SEC ? per_us * USEC_PER_SEC : U64_MAX;
}

static s32 flow_size_feature(u8 id, const struct lf_flow *flow)
{
	switch (id) {
	case LQ_F_FLOW_PACKETS:
		return sat(flow->packets);
	case LQ_F_FLOW_PACKETS_LOG2:
		return lf_log2_q8(flow->packets);
	case LQ_F_FLOW_BYTES:
		return sat(flow->bytes);
	case LQ_F_FLOW_BYTES_LOG2:
		return lf_log2_q8(flow->bytes);
	case LQ_F_FLOW_PAYLOAD_LOG2:
		return lf_log2_q8(flow->payload);
	case LQ_F_FLOW_DURATION_US:
		return sat(duration_us(flow));
	case LQ_F_FLOW_DURATION_LOG2:
		return lf_log2_q8(duration_us(flow));
	case LQ_F_FLOW_RATE_LOG2:
		return lf_log2_q8(rate(flow));
	}
	return 0;
}

/* A running statistic, converted from 1/8 steps. */
static s32 whole(u32 eighths)
{
	return ((u64)eighths + 4) >> 3;
}

static s32 flow_iat_feature(u8 id, const struct lf_flow *flow)
{
	switch (id) {
	case LQ_F_FLOW_IAT_US:
		return sat(flow->iat_us);
	case LQ_F_FLOW_IAT_LOG2:
		return lf_log2_q8(flow->iat_us);
	case LQ_F_FLOW_IAT_MIN_US:
		return sat(flow->iat_min_us);
	case LQ_F_FLOW_IAT_MAX_US:
		return sat(flow->iat_max_us);
	case LQ_F_FLOW_IAT_MEAN_US:
		return whole(flow->iat_mean8);
	case LQ_F_FLOW_IAT_DEV_US:
		return whole(flow->iat_dev8);
	case LQ_F_FLOW_IAT_MEAN_LOG2:
		return whole(flow->iat_log2_mean8);
	case LQ_F_FLOW_IAT_DEV_LOG2:
		return whole(flow->iat_log2_dev8);
	}
	return 0;
}

/* The share that @n packets have in the flow's packets, in 1/256. */
static s32 share(const struct lf_flow *flow, u32 n)
{
	return div_u64((u64)n << 8, max_t(u32, flow->packets, 1));
}

/* Of the first packets: before packet @k, which counts from 0. */
static u32 gap_us(const struct lf_flow *flow, u32 k)
{
	return k ? lf_flow_gap_us(flow->gap[k - 1]) : 0;
}

static s32 flow_late_feature(u8 id, const struct lf_flow *flow)
{
	switch (id) {
	case LQ_F_FLOW_SMALL_SHARE:
		return share(flow, flow->small);
	case LQ_F_FLOW_LARGE_SHARE:
		return share(flow, flow->large);
	case LQ_F_FLOW_EMPTY_SHARE:
		return share(flow, flow->empty);
	case LQ_F_FLOW_PSH_SHARE:
		return share(flow, flow->psh);
	case LQ_F_FLOW_MIDSTREAM:
		return flow->midstream;
	case LQ_F_FLOW_IAT0 ... LQ_F_FLOW_IAT7:
		return sat(gap_us(flow, id - LQ_F_FLOW_IAT0));
	case LQ_F_FLOW_IAT0_LOG2 ... LQ_F_FLOW_IAT7_LOG2:
		return lf_log2_q8(gap_us(flow, id - LQ_F_FLOW_IAT0_LOG2));
	}
	return 0;
}

static s32 flow_shape_feature(u8 id, const struct lf_flow *flow)
{
	switch (id) {
	case LQ_F_FLOW_LEN_MIN:
		return flow->len_min;
	case LQ_F_FLOW_LEN_MAX:
		return flow->len_max;
	case LQ_F_FLOW_LEN_MEAN:
		return whole(flow->len_mean8);
	case LQ_F_FLOW_LEN_DEV:
		return whole(flow->len_dev8);
	case LQ_F_FLOW_SMALL:
		return sat(flow->small);
	case LQ_F_FLOW_LARGE:
		return sat(flow->large);
	case LQ_F_FLOW_EMPTY:
		return sat(flow->empty);
	case LQ_F_FLOW_PSH:
		return sat(flow->psh);
	case LQ_F_FLOW_TCP_FLAGS:
		return flow->tcp_flags;
	case LQ_F_FLOW_TCP_WINDOW0:
		return flow->window0;
	case LQ_F_FLOW_REV_PACKETS:
		return sat(flow->rev_packets);
	case LQ_F_FLOW_REV_BYTES_LOG2:
		return lf_log2_q8(flow->rev_bytes);
	case LQ_F_FLOW_ORIGINAL:
		return flow->original;
	case LQ_F_FLOW_LEN0 ... LQ_F_FLOW_LEN7:
		return flow->len[id - LQ_F_FLOW_LEN0];
	}
	return 0;
}

static s32 flow_feature(u8 id, const struct lf_flow *flow)
{
	BUILD_BUG_ON(LQ_F_FLOW_LEN7 - LQ_F_FLOW_LEN0 != LF_FLOW_LENS - 1);
	BUILD_BUG_ON(LQ_F_FLOW_IAT7 - LQ_F_FLOW_IAT0 != LF_FLOW_LENS - 1);
	BUILD_BUG_ON(LQ_F_FLOW_IAT7_LOG2 - LQ_F_FLOW_IAT0_LOG2 != LF_FLOW_LENS - 1);

	if (!flow)
		return 0;
	if (id < LQ_F_FLOW_IAT_US)
		return flow_size_feature(id, flow);
	if (id < LQ_F_FLOW_LEN_MIN)
		return flow_iat_feature(id, flow);
	if (id < LQ_F_FLOW_SMALL_SHARE)
		return flow_shape_feature(id, flow);
	return flow_late_feature(id, flow);
}

/* --- features of the socket --- */

static u32 inflight(const struct tcp_sock *tp)
{
	s64 n = (s64)READ_ONCE(tp->packets_out) + READ_ONCE(tp->retrans_out) -
		READ_ONCE(tp->sacked_out) - READ_ONCE(tp->lost_out);

	return clamp_t(s64, n, 0, U32_MAX);
}

static s32 tcp_feature(u8 id, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	switch (id) {
	case LQ_F_SOCK_UNSENT_BYTES:
		return lf_unsent_bytes(tp);
	case LQ_F_SOCK_UNSENT_LOG2:
		return lf_log2_q8(lf_unsent_bytes(tp));
	case LQ_F_SOCK_CWND:
		return sat(READ_ONCE(tp->snd_cwnd));
	case LQ_F_SOCK_INFLIGHT:
		return sat(inflight(tp));
	case LQ_F_SOCK_SRTT_US:
		return READ_ONCE(tp->srtt_us) >> 3;
	case LQ_F_SOCK_SRTT_LOG2:
		return lf_log2_q8(READ_ONCE(tp->srtt_us) >> 3);
	case LQ_F_SOCK_MSS:
		return sat(READ_ONCE(tp->mss_cache));
	case LQ_F_SOCK_PACING_LOG2:
		return lf_log2_q8(READ_ONCE(sk->sk_pacing_rate));
	}
	return 0;
}

/*
 * For TCP, its queue: what it may still have to send; for others, what lower layers still hold.
 */
static s32 queued_bytes(const struct sock *sk)
{
	if (sk_is_tcp(sk))
		return max(READ_ONCE(sk->sk_wmem_queued), 0);
	return max(sk_wmem_alloc_get(sk), 0);
}

static s32 sock_feature(u8 id, const struct sock *sk)
{
	if (!sk)
		return 0;
	switch (id) {
	case LQ_F_SOCK_LOCAL:
		return 1;
	case LQ_F_SOCK_QUEUED_BYTES:
		return queued_bytes(sk);
	case LQ_F_SOCK_SNDBUF:
		return max(READ_ONCE(sk->sk_sndbuf), 0);
	}
	return sk_is_tcp(sk) ? tcp_feature(id, sk) : 0;
}

/*
 * The sender's socket: not a request or time-wait one, and not a receiver's, found by early demux
 * on input.
 */
const struct sock *lf_skb_sender(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	if (!sk || !sk_fullsock(sk))
		return NULL;
	if (skb->destructor == sock_edemux || skb->destructor == sock_pfree)
		return NULL;
	return sk;
}

/* --- vectors --- */

void lf_feature_fill(s32 *x, const u8 *ids, u32 n, const struct lf_pkt *pkt,
		     const struct lf_flow *flow, const struct sk_buff *skb)
{
	const struct sock *sk = lf_skb_sender(skb);
	u32 i;

	for (i = 0; i < n; i++) {
		if (ids[i] < LQ_F_FLOW_PACKETS)
			x[i] = pkt_feature(ids[i], pkt);
		else if (ids[i] < LQ_F_SOCK_LOCAL)
			x[i] = flow_feature(ids[i], flow);
		else
			x[i] = sock_feature(ids[i], sk);
	}
}

/*
 * A packet as far as its flow's key describes it. A tag with VLAN id 0 is not in the key, and with
 * connection tracking no tag is.
 */
static void pkt_of_flow(struct lf_pkt *pkt, const struct lf_flow *flow)
{
	memset(pkt, 0, sizeof(*pkt));
	pkt->key = flow->key;
	pkt->sport = flow->key.sport;
	pkt->dport = flow->key.dport;
	pkt->vlan = !!flow->key.vlan;
}

static bool is_recalled(u8 id, const struct lf_flow *flow)
{
	switch (id) {
	case LQ_F_PKT_IP_VERSION:
	case LQ_F_PKT_PROTO:
		return true;
	case LQ_F_PKT_SPORT:
	case LQ_F_PKT_DPORT:
		return !flow->translated;
	case LQ_F_PKT_TCP_FLAGS:
	case LQ_F_PKT_TCP_WINDOW:
		return flow->key.proto != IPPROTO_TCP;
	case LQ_F_PKT_VLAN:
		return !!flow->key.vlan;
	}
	return id >= LQ_F_FLOW_PACKETS && id < LQ_F_SOCK_LOCAL;
}

void lf_feature_recall(s32 *x, u8 *known, const u8 *ids, u32 n, const struct lf_flow *flow)
{
	struct lf_pkt pkt;
	u32 i;

	pkt_of_flow(&pkt, flow);
	memset(known, 0, DIV_ROUND_UP(n, 8));
	for (i = 0; i < n; i++) {
		x[i] = 0;
		if (!is_recalled(ids[i], flow))
			continue;
		known[i / 8] |= BIT(i % 8);
		x[i] = ids[i] < LQ_F_FLOW_PACKETS ? pkt_feature(ids[i], &pkt) :
						    flow_feature(ids[i], flow);
	}
}

void lf_feature_fill_sock(s32 *x, const u8 *ids, u32 n, struct sock *sk, const s32 *cc,
			  const s32 *params)
{
	u32 i;

	BUILD_BUG_ON(LQ_F_PARAM_W_LOSS - LQ_F_PARAM_W_THR != LQ_P_W_LOSS - LQ_P_W_THR);
	for (i = 0; i < n; i++) {
		if (ids[i] >= LQ_F_CC_LATENCY_INFLATION_0 && ids[i] < LQ_N_FEATURES)
			x[i] = cc[ids[i] - LQ_F_CC_LATENCY_INFLATION_0];
		else if (ids[i] >= LQ_F_PARAM_W_THR && ids[i] < LQ_F_CC_LATENCY_INFLATION_0)
			x[i] = READ_ONCE(params[LQ_P_W_THR + ids[i] - LQ_F_PARAM_W_THR]);
		else if (ids[i] >= LQ_F_SOCK_LOCAL)
			x[i] = sock_feature(ids[i], sk);
		else
			x[i] = 0;
	}
}
