/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flow table of one attachment: bounded, with no allocation per packet. It starts small, and a
 * worker doubles it as it fills.
 *
 * Shape: buckets, each with a spinlock and a fixed number of entries (set-associative), so that a
 * lookup touches few cache lines and a flood of one-packet flows can only evict within buckets. A
 * new flow takes a free entry, else an idle one, else the one least worth keeping (closing, one
 * packet, oldest); newcomers in a flood do not push out a flow that has proven itself. The hash is
 * hsiphash with a secret per table. evict.c gives the reasons.
 */
#ifndef LF_FLOW_H
#define LF_FLOW_H

#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include "label.h"
#include "packet.h"

#define LF_FLOW_LENS		8		/* first packets whose lengths and gaps are kept */

/*
 * How long a flow may be silent, by its protocol and state, in milliseconds. New flows and streams
 * as connection tracking has them for UDP (nf_conntrack_proto_udp.c; RFC 4787, REQ-5). TCP: RFC
 * 5382, REQ-5, so that the keepalives of an otherwise silent connection, one in two hours, find it.
 */
#define LF_IDLE_NEW_MS		30000
#define LF_IDLE_STREAM_MS	120000
#define LF_IDLE_TCP_MS		7440000

/* The longest time that a user may set for all flows. */
#define LF_FLOW_IDLE_MAX_MS	3600000
/* 1 s after FIN or RST: several round trips of a last retransmission */
#define LF_FLOW_LINGER_NS	1000000000ULL

enum lf_flow_end {		/* as "end" of outcomes in spec/liteflow.yaml */
	LF_FLOW_END_FIN,
	LF_FLOW_END_IDLE,
	LF_FLOW_END_EVICTED,
	LF_FLOW_END_GONE,
};

/*
 * One direction of one conversation. Where connection tracking joins the two (lf_pkt_join()), they
 * share one id, one verdict and one end, which the half that came first keeps for both; statistics
 * stay separate. Valid only between lf_flow_get() and lf_flow_put(). Fields that each packet
 * touches come first. Running statistics are kept in 1/8 of the steps of <lq/features.h>, so that a
 * weight of 1/8 loses nothing.
 */
struct lf_flow {
	struct lf_key key;
	u32 packets;		/* saturates; GSO segments counted one by one */
	u32 next_run;		/* infer.c's: packet number at which the model runs next */
	u64 id;			/* unique in the room, from 1; 0: the entry is free */
	u64 last_ns;		/* ktime_get_ns() of the latest packet */
	u64 bytes;
	u64 payload;
	u32 iat_us;		/* latest; saturates */
	u32 iat_min_us, iat_max_us;
	u32 iat_mean8, iat_dev8;		/* 1/8 us */
	u32 iat_log2_mean8, iat_log2_dev8;	/* 1/2048 */
	u32 len_mean8, len_dev8;		/* 1/128 byte */
	u16 len_min, len_max;
	u32 small, large, empty, psh;
	u8 tcp_flags;
	u8 closing:1;		/* FIN or RST: ends LF_FLOW_LINGER_NS after its latest packet */
	u8 answered:1;		/* connection tracking has seen packets of both directions */
	u8 midstream:1;		/* TCP, and the first packet was no SYN */
	u8 translated:1;	/* the ports of its packets are not those of the key */
	/* only TCP SYNs seen so far: another SYN is a retransmission, not a new connection */
	u8 opening;
	s8 original;		/* flow.original of <lq/features.h> */
	u8 way;			/* index in its bucket */
	u8 mate;		/* way of the other half; its own if there is none */
	u8 head;		/* way of the half that keeps what infer.c keeps */

	/* Kept for infer.c; zero at birth. */
	u8 has_verdict;
	u8 sampled;		/* its outcome goes to the sample stream */
	u8 strays;		/* latest TCP packets in a row that `seq` does not expect */
	u16 class;		/* cached verdict */
	u32 generation;		/* pinned at birth; 0: none */
	s32 value, margin;
	s64 units;
	u32 seq;		/* TCP: end of the last byte that was sent */
	u32 stray_seq;		/* the same for the strays */

	/* Rarely touched. */
	u64 born_ns;		/* ktime_get_ns() of the first packet */
	u64 rev_bytes;		/* other direction, where the same table sees it */
	u32 rev_packets;
	u16 len[LF_FLOW_LENS];
	u16 gap[LF_FLOW_LENS - 1];	/* before each but the first: lf_flow_gap_us() */
	u16 window0;
	u8 least, most;		/* size predicted first; size.c */
	struct lf_label label;	/* of the latest packet, while a slot samples */
};

static inline struct lf_flow *lf_flow_mate(const struct lf_flow *flow)
{
	return (struct lf_flow *)flow - flow->way + flow->mate;
}

static inline struct lf_flow *lf_flow_head(struct lf_flow *flow)
{
	return flow - flow->way + flow->head;
}

static inline bool lf_flow_joined(const struct lf_flow *flow)
{
	return flow->mate != flow->way;
}

/* Of both halves, if the flow is joined. */
static inline u32 lf_flow_packets(const struct lf_flow *flow)
{
	return lf_flow_joined(flow) ? min_t(u64, (u64)flow->packets + flow->rev_packets, U32_MAX) :
				      flow->packets;
}

static inline u64 lf_flow_bytes(const struct lf_flow *flow)
{
	return lf_flow_joined(flow) ? flow->bytes + flow->rev_bytes : flow->bytes;
}

static inline u64 lf_flow_last(const struct lf_flow *flow)
{
	return max(flow->last_ns, lf_flow_mate(flow)->last_ns);
}

/*
 * A time in us as 16 bits, rounded down to 12 significant bits: exact below 4096, else less than
 * 1/2048 too small. Above 2047 the upper five bits are a shift plus one, the rest is what follows
 * the leading one.
 */
#define LF_GAP_BITS	11

static inline u16 lf_flow_gap(u32 us)
{
	int shift = fls(us) - LF_GAP_BITS - 1;

	if (shift < 0)
		return us;
	return (shift + 1) << LF_GAP_BITS | ((us >> shift) & (BIT(LF_GAP_BITS) - 1));
}

static inline u32 lf_flow_gap_us(u16 gap)
{
	u32 shift = gap >> LF_GAP_BITS, low = gap & (BIT(LF_GAP_BITS) - 1);

	return shift ? (u32)(BIT(LF_GAP_BITS) | low) << (shift - 1) : low;
}

struct lf_flows;

/*
 * Called for each flow that ends (its head, if joined), before its entry is reused. Bottom halves
 * are off and the bucket's lock is held.
 */
typedef void (*lf_flow_end_fn)(void *priv, const struct lf_flow *flow, enum lf_flow_end why);

/* Likewise for a flow that looks idle: true if its packets bypass us, so that it does not end. */
typedef bool (*lf_flow_held_fn)(void *priv, const struct lf_flow *flow);

/* Called where all flows of a table end, in process context, before each few: may sleep. */
typedef void (*lf_flow_pause_fn)(void *priv);

struct lf_room;

/*
 * @max: flows that the fully grown table holds, rounded up by at most a sixteenth; newcomers begin
 * to displace others a little before that (evict.c has figures). Memory comes from kvmalloc and is
 * charged to the caller's control group, also on growth. @room: the limit that all tables share;
 * NULL: none. @idle_ms: as for lf_flows_set_idle(); a worker ends idle flows. Return: the table,
 * ERR_PTR(-ENOMEM), or ERR_PTR(-ENOSPC) if there is no room for the first segment.
 */
struct lf_flows *lf_flows_create(u32 max, u32 idle_ms, lf_flow_end_fn end, void *priv,
				 struct lf_room *room);

/* No lookup may run any more. Ends all flows (LF_FLOW_END_GONE), stops the worker. Sleeps. */
void lf_flows_destroy(struct lf_flows *flows);

/*
 * Forgets all flows. Does not sleep; no lookup may run meanwhile. A few hundred flows end at once,
 * the others soon, in the worker; the table shrinks to its initial size.
 */
void lf_flows_flush(struct lf_flows *flows);

/*
 * Time after which a silent flow ends: one for all flows that are not closing, from 1 ms to
 * LF_FLOW_IDLE_MAX_MS, clamped; 0: by protocol and state (LF_IDLE_NEW_MS and the others).
 */
void lf_flows_set_idle(struct lf_flows *flows, u32 idle_ms);

/*
 * The table sees both directions of its conversations (a hook, not a qdisc): each flow knows its
 * counterpart's counts (rev_packets, rev_bytes), and the first of the two is the original one. Call
 * before the first lookup.
 */
void lf_flows_pair(struct lf_flows *flows);

/* Sets the callback that knows of packets that bypass the table. Call before the first lookup. */
void lf_flows_hold(struct lf_flows *flows, lf_flow_held_fn is_held);

/* Sets the callback for the end of all flows. Call before the first lookup. */
void lf_flows_pause(struct lf_flows *flows, lf_flow_pause_fn pause);

/* No lookup runs any more; from here on is_held() is not called. Sleeps. */
void lf_flows_release(struct lf_flows *flows);

struct lf_bucket;

/* The bucket of a flow, by its key, in a table of a given number of buckets. Fits two registers. */
struct lf_spot {
	struct lf_bucket *bucket;
	u32 hash, buckets;
};

/*
 * The spot of a packet, for the functions below. Prefetches the flow's bucket, so do something else
 * before using it.
 */
struct lf_spot lf_flow_spot(const struct lf_flows *flows, const struct lf_pkt *pkt);

/* The spot of a hash that an earlier one had. */
struct lf_spot lf_flow_spot_at(const struct lf_flows *flows, u32 hash);

/**
 * lf_flow_get - the flow of a packet, created if need be, with its bucket locked
 * @flows: the table
 * @pkt: the parsed packet
 * @spot: lf_flow_spot() of it
 * @now_ns: ktime_get_ns()
 *
 * Bottom halves are off from here to lf_flow_put(). The TCP SYN of a new connection starts a known
 * flow anew (the old one ends as "fin"); flow.c says which SYN that is. Return: the flow, to be
 * released soon by lf_flow_put(); NULL if its bucket is full of flows worth more (reason
 * table-full).
 */
struct lf_flow *lf_flow_get(struct lf_flows *flows, const struct lf_pkt *pkt, struct lf_spot spot,
			    u64 now_ns);

/* For a flow just got: is it new (statistics zero, id assigned), and not a joined second half? */
static inline bool lf_flow_is_new(const struct lf_flow *flow)
{
	return !flow->packets && !lf_flow_joined(flow);
}

/* Finds the flow of a packet or of its opposite direction, locked likewise; NULL if not known. */
struct lf_flow *lf_flow_find(struct lf_flows *flows, const struct lf_pkt *pkt, struct lf_spot spot);

/* Folds the packet into the statistics of a flow from lf_flow_get(). */
void lf_flow_update(struct lf_flow *flow, const struct lf_pkt *pkt, u64 now_ns);

/*
 * Unlocks. A closing flow (FIN, RST) ends LF_FLOW_LINGER_NS later: last ACKs and retransmissions
 * are part of it.
 */
void lf_flow_put(struct lf_flows *flows, struct lf_flow *flow);

/*
 * Locks the bucket of a flow that was put, and finds the flow again: @spot as for lf_flow_get(),
 * @way and @id of the flow. The bucket may be another one by now, since the table grows, but a flow
 * keeps its way. Release with lf_flow_unlock(); the flow's packet has been rated. Returns NULL with
 * nothing locked if the flow has ended meanwhile.
 */
struct lf_flow *lf_flow_relock(struct lf_flows *flows, struct lf_spot spot, int way, u64 id);
void lf_flow_unlock(struct lf_flow *flow);

struct lf_flows_stats {
	u32 now, max;
	u32 room;		/* entries, at its present size: max once it has grown */
	u64 bytes;		/* memory */
	u64 born;
	u64 ended;		/* by FIN, RST, a new SYN, or because all flows were forgotten */
	u64 aged;
	u64 evicted;
	u64 refused;		/* times that it could not grow for lack of memory or room */
};

void lf_flows_stats(struct lf_flows *flows, struct lf_flows_stats *st);

#endif /* LF_FLOW_H */
