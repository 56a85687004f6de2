/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internals of the flow table, shared by the code that works on one bucket (bucket.h), and table.c
 * and table_grow.c, which work on all of them.
 *
 * Buckets lie in segments. The first has at most LF_FIRST_BUCKETS and exists from the start; each
 * further one is as large as all before it together, and doubles the table. So a bucket never
 * moves, and a reader needs only its number to find it.
 */
#ifndef LF_TABLE_H
#define LF_TABLE_H

#include <linux/bitops.h>
#include <linux/math.h>
#include <linux/percpu.h>
#include <linux/siphash.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include "flow.h"
#include "room.h"

/* entries of a bucket: as many as fit their tags and times into one cache line */
#define LF_WAYS			16
#define LF_FLOW_BYTES		264	/* of an entry, on 64-bit machines */

#define LF_FIRST_BUCKETS	32	/* 512 flows, 136 KiB: size of an empty table */
#define LF_SEGS			14	/* up to 2^18 buckets */

struct lf_bucket {
	spinlock_t lock;
	u8 hand;			/* where the next search for the oldest starts */
	u16 closing;			/* entries with FIN or RST seen */
	u16 single;			/* entries of one packet */
	u16 proven;			/* entries of at least LF_FLOW_PROVEN packets */
	u16 lasting;			/* of at least LF_FLOW_LASTING */
	u16 established;		/* TCP connections that are more than attempts */
	u8 tag[LF_WAYS] __aligned(8);	/* of the hash; 0: free */
	u16 seen[LF_WAYS];		/* ticks: latest packet */
	u8 net[2][LF_WAYS] __aligned(64);	/* source and destination: hashes of prefixes */
	struct lf_flow flow[LF_WAYS] ____cacheline_aligned;
} ____cacheline_aligned;

#ifdef CONFIG_64BIT
static_assert(sizeof(struct lf_flow) == LF_FLOW_BYTES);
#if !defined(CONFIG_DEBUG_SPINLOCK) && !defined(CONFIG_DEBUG_LOCK_ALLOC) && \
	!defined(CONFIG_PREEMPT_RT)
static_assert(offsetof(struct lf_bucket, net) == 64 && offsetof(struct lf_bucket, flow) == 128);
#endif
#endif

struct lf_seg {
	struct lf_seg *next;		/* in the list of detached segments */
	u32 n;
	struct lf_bucket bucket[];
};

/* What a flow's time depends on, unless it is closing: lf_bucket_limit(). */
enum lf_age { LF_AGE_NEW, LF_AGE_STREAM, LF_AGE_TCP, LF_AGES };

enum lf_count { LF_BORN, LF_ENDED, LF_AGED, LF_EVICTED, LF_COUNTS };

struct lf_counts {
	u64_stats_t n[LF_COUNTS];
	struct u64_stats_sync sync;
	u64 id;				/* births on this CPU, of a table without a room */
};

struct lf_flows {
	/* Read by each packet. */
	hsiphash_key_t key;
	u64 shape;			/* lf_shape(); changes under `reshape` */
	u32 first;			/* buckets of the first segment */
	bool paired;
	u16 least;			/* ticks: shorter silence ends no flow */
	u64 idle_ns[LF_AGES];
	struct lf_counts __percpu *counts;
	u64 __percpu *ids; /* births on each CPU; those of the room's tables together */
	unsigned long base[LF_SEGS];	/* where bucket 0 would be if it were in this segment */
	lf_flow_end_fn end;
	lf_flow_held_fn is_held;	/* or NULL */
	lf_flow_pause_fn pause;		/* or NULL */
	void *priv;
	bool awake;			/* the worker is sweeping, or is about to */
	bool crowded;			/* a bucket is nearly full: the worker has been called */
	u8 bits_max;			/* of the largest shape */
	struct lf_seg *seg[LF_SEGS];	/* under `reshape` */

	/* For control and the worker. */
	spinlock_t reshape;
	struct lf_seg *gone;		/* detached: to be ended and freed; under `reshape` */
	struct delayed_work work;
	u32 next;			/* bucket to be swept */
	bool found;			/* a flow, in this round */
	unsigned long look_at;		/* jiffies: packets do not call the worker before */
	unsigned long grow_at;		/* jiffies: not before, for there was no memory */
	u32 held;			/* buckets, those detached included */
	u64 refused;			/* growths */
	struct lf_room *room;		/* NULL: unlimited */
	struct mem_cgroup *memcg;	/* charged for the memory */
};

/*
 * Linear hashing. The upper bits of a hash choose one of the `first` buckets, u; the lowest `bits`
 * bits above the tag choose one of the 2^bits columns, v: bucket v * first + u. In the half that
 * the highest column bit selects, only buckets below @n are in use: a flow that belongs in any
 * other is still where it was before that bit counted. Bucket n splits off the one half the table
 * before it.
 */
static inline u64 lf_shape(u32 bits, u32 n)
{
	return (u64)(BIT(bits) - 1) << 32 | n;
}

/* The whole shape, for a given first segment: no two shapes have the same number of buckets. */
static inline u32 lf_shape_buckets(u64 shape)
{
	return shape;
}

static inline u32 lf_shape_bits(u64 shape)
{
	return fls(shape >> 32);
}

/* Bucket @i, in @column. */
static inline struct lf_bucket *lf_flows_at(const struct lf_flows *flows, u32 column, u32 i)
{
	return (struct lf_bucket *)(flows->base[fls(column)] +
				    (unsigned long)i * sizeof(struct lf_bucket));
}

static inline u32 lf_hash_column(u32 hash)
{
	return hash >> 8;
}

static inline struct lf_bucket *lf_flows_bucket(const struct lf_flows *flows, u32 hash, u64 shape)
{
	u32 mask = shape >> 32, u = reciprocal_scale(hash, flows->first);
	u32 column = lf_hash_column(hash) & mask, i = column * flows->first + u;

	if (i >= lf_shape_buckets(shape)) {
		column &= mask >> 1;
		i = column * flows->first + u;
	}
	return lf_flows_at(flows, column, i);
}

/*
 * Which of eight bytes are zero, as a mask. In the sum below, a byte's top bit stays clear only if
 * the byte is 0; the product gathers the eight top bits in its highest byte, each from its own
 * term, without carries.
 */
static inline u32 lf_zero_bytes(u64 x)
{
	const u64 low7 = 0x7f7f7f7f7f7f7f7fULL;
	u64 zero = ~(((x & low7) + low7) | x | low7);

	return ((zero >> 7) * 0x0102040810204080ULL) >> 56;
}

/* The set of entries whose byte equals @byte, as a mask: eight are compared at once. */
static inline u32 lf_bytes_equal(const u8 bytes[LF_WAYS], u8 byte)
{
	const __le64 *eight = (const __le64 *)bytes;
	u64 all = byte * 0x0101010101010101ULL;

	BUILD_BUG_ON(LF_WAYS != 2 * sizeof(*eight));
	return lf_zero_bytes(le64_to_cpu(eight[0]) ^ all) |
	       lf_zero_bytes(le64_to_cpu(eight[1]) ^ all) << 8;
}

static inline u32 lf_bucket_tagged(const struct lf_bucket *b, u8 tag)
{
	return lf_bytes_equal(b->tag, tag);
}

/* Number of entries in use. */
static inline u32 lf_bucket_taken(const struct lf_bucket *b)
{
	return LF_WAYS - hweight32(lf_bucket_tagged(b, 0));
}

static inline void lf_bucket_clear(struct lf_bucket *b, int way)
{
	b->flow[way].id = 0;
	b->tag[way] = 0;
	b->closing &= ~BIT(way);
	b->single &= ~BIT(way);
	b->proven &= ~BIT(way);
	b->lasting &= ~BIT(way);
	b->established &= ~BIT(way);
}

/*
 * evict.c, with the bucket's lock held: ends both halves of a flow; ends all flows whose time is
 * over and returns the free entries.
 */
void lf_bucket_end(struct lf_flows *flows, struct lf_bucket *b, int way, enum lf_flow_end why);
u32 lf_bucket_age(struct lf_flows *flows, struct lf_bucket *b, u64 now_ns);

/* flow_hash.c: hash of a key, which alone determines a flow's bucket. */
u32 lf_flow_rehash(const struct lf_flows *flows, const struct lf_key *key);

/* table_grow.c; `reshape` is held for lf_seg_set() and lf_table_bucket(). */
#define LF_SWEEP_RESCHED	64	/* buckets between two calls of cond_resched() */

/* A segment of @n buckets, or an error: -ENOSPC for lack of room, -ENOMEM. */
struct lf_seg *lf_seg_create(struct lf_flows *flows, u32 n);
void lf_seg_free(struct lf_flows *flows, struct lf_seg *seg);
/* Makes @seg the table's segment @s. */
void lf_seg_set(struct lf_flows *flows, u32 s, struct lf_seg *seg);
/* Doubles the table until it is no longer loaded. For the worker. */
void lf_table_grow(struct lf_flows *flows);

/* A bucket by its number. */
static inline struct lf_bucket *lf_table_bucket(const struct lf_flows *flows, u32 i)
{
	return lf_flows_at(flows, i / flows->first, i);
}

/* table.c: call for a new entry, with its bucket locked. */
void lf_flows_wake(struct lf_flows *flows, const struct lf_bucket *b);

#endif /* LF_TABLE_H */
