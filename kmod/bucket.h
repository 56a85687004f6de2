/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One bucket of the flow table: what is shared by flow.c (finds flows in it), evict.c (makes room
 * in it) and flow_stats.c (folds packets into a flow). The bucket's lock is held.
 */
#ifndef LF_BUCKET_H
#define LF_BUCKET_H

#include <net/tcp.h>
#include "table.h"

/* Packets after which newcomers no longer displace an active flow: a handshake and a request. */
#define LF_FLOW_PROVEN		4
/* Packets after which a flow is kept even while silent: more than a short exchange has. */
#define LF_FLOW_LASTING		16

/*
 * The buckets' clock, u16: 134 ms per tick, wraps after 2 hours and 26 minutes. A time "ahead" of
 * another CPU's counts as just now.
 */
#define LF_TICK_SHIFT		27
#define LF_TICK_AHEAD		0xff00
static_assert((LF_IDLE_TCP_MS * NSEC_PER_MSEC) >> LF_TICK_SHIFT < LF_TICK_AHEAD);

#define LF_SEQ_NEAR		65536	/* bytes: TCP's largest window without scaling */

/* --- counters --- */

static inline void lf_flows_count(struct lf_flows *flows, enum lf_count which)
{
	struct lf_counts *c = this_cpu_ptr(flows->counts);

	u64_stats_update_begin(&c->sync);
	u64_stats_inc(&c->n[which]);
	u64_stats_update_end(&c->sync);
}

/* --- entries --- */

static inline u16 lf_tick(u64 ns)
{
	return ns >> LF_TICK_SHIFT;
}

/* Ticks since the entry's latest packet. */
static inline u16 lf_bucket_silence(const struct lf_bucket *b, int way, u64 now_ns)
{
	u16 ticks = lf_tick(now_ns) - b->seen[way];

	return ticks < LF_TICK_AHEAD ? ticks : 0;
}

static inline u64 lf_since_ns(u64 then_ns, u64 now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

static inline u64 lf_flow_silence(const struct lf_flow *flow, u64 now_ns)
{
	return lf_since_ns(flow->last_ns, now_ns);
}

/* evict.c: has a flow been silent for too long, and is not offloaded? */
bool lf_bucket_timed_out(const struct lf_flows *flows, const struct lf_bucket *b, int way,
			 u64 now_ns);

/* The same; for most flows the coarse clock says no at once. */
static inline bool lf_bucket_is_over(const struct lf_flows *flows, const struct lf_bucket *b,
				     int way, u64 now_ns)
{
	return unlikely(lf_bucket_silence(b, way, now_ns) >= READ_ONCE(flows->least)) &&
	       lf_bucket_timed_out(flows, b, way, now_ns);
}

/* Reason for the end of an evicted or timed-out flow. */
static inline enum lf_flow_end lf_bucket_why(const struct lf_bucket *b, int way,
					     enum lf_flow_end why)
{
	return b->closing & BIT(way) ? LF_FLOW_END_FIN : why;
}

/* A byte for the prefix of each end. */
struct lf_nets {
	u8 src, dst;
};

/* evict.c */
struct lf_nets lf_bucket_nets(const struct lf_flows *flows, const struct lf_key *key);

/* A free entry, after eviction if need be, or -1. @spare: entries that must not be evicted. */
int lf_bucket_room(struct lf_flows *flows, struct lf_bucket *b, u32 spare, const struct lf_key *key,
		   u64 now_ns);

/* --- packets --- */

static inline u32 lf_add_sat(u32 a, u32 b)
{
	return min_t(u64, (u64)a + b, U32_MAX);
}

static inline bool lf_pkt_is_syn(const struct lf_pkt *pkt)
{
	return pkt->tcp_flags & TCPHDR_SYN;
}

static inline bool lf_seq_is_near(u32 expected, u32 seq)
{
	return seq - expected + LF_SEQ_NEAR <= 2 * LF_SEQ_NEAR;
}

/* Does this packet's FIN or RST belong to its flow? Call before the packet is folded in. */
static inline bool lf_flow_closes(const struct lf_flow *flow, const struct lf_pkt *pkt)
{
	return pkt->fin && (pkt->joined || !flow->packets || lf_seq_is_near(flow->seq, pkt->seq));
}

static inline void lf_key_reverse(struct lf_key *key, const struct lf_key *of)
{
	*key = *of;
	key->src = of->dst;
	key->dst = of->src;
	key->sport = of->dport;
	key->dport = of->sport;
}

#endif /* LF_BUCKET_H */
