/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flow table of one attachment: bounded, all memory taken when it is made, nothing allocated per packet.
 *
 * Shape: an array of buckets, each with a spinlock and a fixed number of entries (set-associative), so that a look-up
 * touches few cache lines and a flood of one-packet flows can only evict within buckets: a new flow takes a free entry,
 * else an idle one, else the one least worth keeping (one packet, oldest); a flow that has proven itself is not pushed
 * out by a flood of newcomers. The hash is siphash with a secret of the table.
 */
#ifndef LF_FLOW_H
#define LF_FLOW_H

#include <linux/spinlock.h>
#include "feature.h"

#define LF_FLOW_LENS	8	/* first packet lengths kept */

enum lf_flow_end {		/* as "end" of outcomes in spec/liteflow.yaml */
	LF_FLOW_END_FIN,
	LF_FLOW_END_IDLE,
	LF_FLOW_END_EVICTED,
	LF_FLOW_END_GONE,
};

/* One direction of one conversation. Valid only between lf_flow_get() and lf_flow_put(). First what each packet touches. */
struct lf_flow {
	struct lf_key key;
	u64 id;			/* unique in the attachment's life, from 1; 0: the entry is free */
	u64 born_ns;		/* ktime_get_ns() of the first packet */
	u64 last_ns;		/* of the latest packet */
	u64 bytes;
	u64 payload;
	u32 packets;		/* saturates; GSO segments counted one by one */
	u32 iat_us;		/* latest; the other running statistics in the units of <lq/features.h> */
	u32 iat_min_us, iat_max_us, iat_mean_us, iat_dev_us;
	u16 iat_mean_log2, iat_dev_log2;
	u16 len_min, len_max;
	u16 len_mean, len_dev;	/* 1/16 byte */
	u32 small, large, empty, psh;
	u16 len[LF_FLOW_LENS];
	u16 window0;
	u8 tcp_flags;
	u8 closing;		/* FIN or RST seen: ends when put */
	u32 rev_packets;	/* other direction, where the same table sees it */
	u64 rev_bytes;

	/* What infer.c keeps here. */
	u32 generation;		/* pinned at birth; 0: none */
	u32 next_run;		/* packet number at which the model runs next */
	u16 class;		/* cached verdict */
	u8 has_verdict;
	u8 sampled;		/* its outcome goes to the stream */
	s32 value, margin;
	s64 units;
};

struct lf_flows;

/* Called, bottom halves off, under the bucket's lock, for each flow that ends, before its entry is reused. */
typedef void (*lf_flow_end_fn)(void *priv, const struct lf_flow *flow, enum lf_flow_end why);

/* @max: flows, rounded up to whole buckets. Memory by kvmalloc at once; ERR_PTR(-ENOMEM). A worker ages idle flows. */
struct lf_flows *lf_flows_create(u32 max, u32 idle_ms, lf_flow_end_fn end, void *priv);

/* No look-up may run any more. Ends all flows (LF_FLOW_END_GONE), stops the worker. Sleeps. */
void lf_flows_destroy(struct lf_flows *flows);

/* Ends all flows; does not sleep; no look-up may run meanwhile. */
void lf_flows_flush(struct lf_flows *flows);

/* Ends nothing, but moves every flow pinned to `generation` to 0 (it is being retired). Returns how many. May sleep. */
u32 lf_flows_unpin(struct lf_flows *flows, u32 generation);

void lf_flows_set_idle(struct lf_flows *flows, u32 idle_ms);

/**
 * lf_flow_get - the flow of a packet, made if need be, its bucket locked
 * @flows: the table
 * @pkt: the parsed packet
 * @now_ns: ktime_get_ns()
 * @born: set if the flow is new (all statistics zero, id given)
 *
 * A known flow has the packet's TCP SYN (without ACK) start it anew. Return: the flow, to be given back by lf_flow_put()
 * soon; NULL if its bucket is full of flows worth more (reason table-full).
 */
struct lf_flow *lf_flow_get(struct lf_flows *flows, const struct lf_pkt *pkt, u64 now_ns, bool *born);

/* Folds the packet into the statistics of a flow just got. */
void lf_flow_update(struct lf_flow *flow, const struct lf_pkt *pkt, u64 now_ns);

/* Unlocks; ends the flow if it is closing. */
void lf_flow_put(struct lf_flows *flows, struct lf_flow *flow);

struct lf_flows_stats {
	u32 now, max;
	u64 bytes;		/* memory */
	u64 born, ended, aged, evicted;
};

void lf_flows_stats(struct lf_flows *flows, struct lf_flows_stats *st);

#endif /* LF_FLOW_H */
