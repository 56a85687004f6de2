/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the flow table: what flow.c, which works on buckets, and table.c, which works on all of them, share. */
#ifndef LF_TABLE_H
#define LF_TABLE_H

#include <linux/bitops.h>
#include <linux/percpu.h>
#include <linux/siphash.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include "flow.h"

#define LF_WAYS			16	/* entries of a bucket: as many as have their tags and times in one cache line */
#define LF_FLOW_BYTES		216	/* of an entry, on 64-bit machines */

struct lf_bucket {
	spinlock_t lock;
	u8 hand;			/* where the next search for the oldest starts */
	u16 closing;			/* entries with FIN or RST seen */
	u16 single;			/* entries of one packet */
	u16 proven;			/* entries of LF_FLOW_PROVEN packets and more */
	u8 tag[LF_WAYS] __aligned(8);	/* of the hash; 0: free */
	u16 seen[LF_WAYS];		/* ticks: latest packet */
	struct lf_flow flow[LF_WAYS] ____cacheline_aligned;
} ____cacheline_aligned;

#ifdef CONFIG_64BIT
static_assert(sizeof(struct lf_flow) == LF_FLOW_BYTES);
#if !defined(CONFIG_DEBUG_SPINLOCK) && !defined(CONFIG_DEBUG_LOCK_ALLOC) && !defined(CONFIG_PREEMPT_RT)
static_assert(offsetof(struct lf_bucket, flow) == 64);
#endif
#endif

enum lf_count { LF_BORN, LF_ENDED, LF_AGED, LF_EVICTED, LF_COUNTS };

struct lf_counts {
	u64_stats_t n[LF_COUNTS];
	struct u64_stats_sync sync;
	u64 id;				/* births on this CPU, never reset */
};

struct lf_flows {
	/* Read by each packet. */
	hsiphash_key_t key;
	struct lf_bucket *buckets;
	u32 n_buckets;
	bool paired;
	bool awake;			/* the worker goes round, or is about to */
	u64 idle_ns;
	struct lf_counts __percpu *counts;
	lf_flow_end_fn end;
	void *priv;

	/* The worker's. */
	struct delayed_work sweep;
	u32 next;			/* bucket */
	bool found;			/* a flow, in this round */
};

/*
 * Which of eight bytes are zero, as a mask. A byte's top bit stays clear below only if the byte is 0; the product
 * gathers the eight top bits in its highest byte, each from a term of its own, without carries.
 */
static inline u32 lf_zero_bytes(u64 x)
{
	const u64 low7 = 0x7f7f7f7f7f7f7f7fULL;
	u64 zero = ~(((x & low7) + low7) | x | low7);

	return ((zero >> 7) * 0x0102040810204080ULL) >> 56;
}

/* A set of entries, as a mask: eight tags are compared at once. */
static inline u32 lf_bucket_tagged(const struct lf_bucket *b, u8 tag)
{
	const __le64 *tags = (const __le64 *)b->tag;
	u64 all = tag * 0x0101010101010101ULL;

	BUILD_BUG_ON(sizeof(b->tag) != 2 * sizeof(*tags));
	return lf_zero_bytes(le64_to_cpu(tags[0]) ^ all) | lf_zero_bytes(le64_to_cpu(tags[1]) ^ all) << 8;
}

static inline bool lf_bucket_empty(const struct lf_bucket *b)
{
	return lf_bucket_tagged(b, 0) == GENMASK(LF_WAYS - 1, 0);
}

/* flow.c, the bucket's lock held: ends both halves of a flow; ends all whose time is over, and returns the free entries. */
void lf_bucket_end(struct lf_flows *flows, struct lf_bucket *b, int way, enum lf_flow_end why);
u32 lf_bucket_age(struct lf_flows *flows, struct lf_bucket *b, u64 now_ns);

/* table.c: there is a new entry. */
void lf_flows_wake(struct lf_flows *flows);

#endif /* LF_TABLE_H */
