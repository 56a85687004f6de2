// SPDX-License-Identifier: GPL-2.0
/*
 * How a flow table grows: segments, and the split of buckets.
 *
 * A table starts with one segment, so that its creator, who may hold RTNL, pays no more than for
 * any qdisc. A birth in a nearly full bucket calls the worker, which checks the load: from 1/4 on
 * it doubles the table, until it has the configured size. It allocates the next segment without
 * holding a lock and then splits bucket by bucket: flows whose column has the new bit move to the
 * same entry of the new bucket, under the lock of the old one, which a packet holds while it looks
 * at a flow. A packet that has waited for the lock meanwhile sees that `shape` has changed, and
 * looks again. So no flow is lost, no packet waits for more than one bucket's split (a
 * microsecond), and the only store that all CPUs see is `shape`.
 *
 * If memory, its control group or the namespace's room is exhausted, the table stays as it is,
 * evicts from full buckets, and the worker tries again a second later. Memory is charged to the
 * creator of the table; a full control group does not invoke the OOM killer.
 */
#include "bucket.h"

#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "core.h"

#define LF_LOOK			256	/* buckets sampled for the load: to within 3 % */
#define LF_LOOK_AGAIN_MS	10	/* after a look that found the table not loaded */
/* Share of entries taken at which a table grows: one birth in 200,000 finds its bucket full. */
#define LF_GROW_EIGHTHS		2
#define LF_GROW_AGAIN		HZ	/* delay after an allocation failure */

void lf_seg_free(struct lf_flows *flows, struct lf_seg *seg)
{
	WRITE_ONCE(flows->held, flows->held - seg->n);
	if (flows->room)
		lf_room_give(flows->room, seg->n * LF_WAYS);
	kvfree(seg);
}

/* Without invoking the OOM killer. */
static struct lf_seg *seg_alloc(u32 n)
{
	struct lf_seg *seg;
	u32 i;

	seg = kvzalloc(struct_size(seg, bucket, n), LF_GFP);
	if (!seg)
		return NULL;
	seg->n = n;
	for (i = 0; i < n; i++) {
		spin_lock_init(&seg->bucket[i].lock);
		if (i % LF_SWEEP_RESCHED == 0)
			cond_resched();
	}
	return seg;
}

struct lf_seg *lf_seg_create(struct lf_flows *flows, u32 n)
{
	struct lf_seg *seg;

	if (flows->room && !lf_room_take(flows->room, n * LF_WAYS))
		return ERR_PTR(-ENOSPC);
	seg = seg_alloc(n);
	if (seg) {
		WRITE_ONCE(flows->held, flows->held + n);
		return seg;
	}
	if (flows->room)
		lf_room_give(flows->room, n * LF_WAYS);
	return ERR_PTR(-ENOMEM);
}

void lf_seg_set(struct lf_flows *flows, u32 s, struct lf_seg *seg)
{
	unsigned long before = (BIT(s) >> 1) * flows->first;

	flows->seg[s] = seg;
	flows->base[s] = (unsigned long)seg->bucket - before * sizeof(struct lf_bucket);
}

static void move_flow(struct lf_bucket *to, struct lf_bucket *from, int way)
{
	u16 bit = BIT(way);

	to->flow[way] = from->flow[way];
	to->tag[way] = from->tag[way];
	to->seen[way] = from->seen[way];
	to->closing |= from->closing & bit;
	to->single |= from->single & bit;
	to->proven |= from->proven & bit;
	to->lasting |= from->lasting & bit;
	to->established |= from->established & bit;
	to->net[0][way] = from->net[0][way];
	to->net[1][way] = from->net[1][way];
	lf_bucket_clear(from, way);
}

/* Both halves of a flow have one hash and move together. */
static void split_bucket(const struct lf_flows *flows, struct lf_bucket *to, struct lf_bucket *from,
			 u32 column_bit)
{
	int way;
	u32 hash;

	for (way = 0; way < LF_WAYS; way++) {
		if (!from->tag[way])
			continue;
		hash = lf_flow_rehash(flows, &from->flow[way].key);
		if (lf_hash_column(hash) & column_bit)
			move_flow(to, from, way);
	}
}

/* Splits the next bucket, if the segment is still the table's and not all in use. */
static bool split_next(struct lf_flows *flows, const struct lf_seg *seg, u32 bits)
{
	u32 half = flows->first << (bits - 1), n;
	struct lf_bucket *from;
	bool more;

	spin_lock_bh(&flows->reshape);
	n = lf_shape_buckets(flows->shape);
	more = flows->seg[bits] == seg && n < 2 * half;
	if (more) {
		from = lf_table_bucket(flows, n - half);
		spin_lock(&from->lock);
		split_bucket(flows, lf_table_bucket(flows, n), from, BIT(bits - 1));
		/*
		 * Pairs with lock_bucket(): whoever sees the new shape sees the new bucket, and
		 * whoever takes the old bucket's lock from here on sees the new shape.
		 */
		smp_store_release(&flows->shape, lf_shape(bits, n + 1));
		spin_unlock(&from->lock);
	}
	spin_unlock_bh(&flows->reshape);
	return more;
}

/* Adds a new segment to the table, unless a reset has come first. */
static bool attach_seg(struct lf_flows *flows, struct lf_seg *seg, u32 bits)
{
	bool same;

	spin_lock_bh(&flows->reshape);
	same = flows->shape == lf_shape(bits - 1, seg->n);
	if (same)
		lf_seg_set(flows, bits, seg);
	spin_unlock_bh(&flows->reshape);
	return same;
}

/* Doubles the table. Returns false for lack of memory or room. */
static bool table_double(struct lf_flows *flows)
{
	u64 shape = READ_ONCE(flows->shape);
	u32 bits = lf_shape_bits(shape) + 1, i;
	struct mem_cgroup *before;
	struct lf_seg *seg;

	before = set_active_memcg(flows->memcg);
	seg = lf_seg_create(flows, lf_shape_buckets(shape));
	set_active_memcg(before);
	if (IS_ERR(seg))
		return false;
	if (!attach_seg(flows, seg, bits)) {
		lf_seg_free(flows, seg);
		return true;
	}
	for (i = 1; split_next(flows, seg, bits); i++)
		if (i % LF_SWEEP_RESCHED == 0)
			cond_resched();
	return true;
}

/* Samples the load in a few buckets spread over the table. */
static bool is_loaded(struct lf_flows *flows)
{
	u32 n, look, i, taken = 0;

	spin_lock_bh(&flows->reshape);
	n = lf_shape_buckets(flows->shape);
	look = min_t(u32, n, LF_LOOK);
	for (i = 0; i < look; i++) {
		struct lf_bucket *b = lf_table_bucket(flows, (u64)i * n / look);

		spin_lock(&b->lock);
		taken += lf_bucket_taken(b);
		spin_unlock(&b->lock);
	}
	spin_unlock_bh(&flows->reshape);
	return taken * 8 >= look * LF_WAYS * LF_GROW_EIGHTHS;
}

static bool may_grow(const struct lf_flows *flows)
{
	return lf_shape_bits(READ_ONCE(flows->shape)) < flows->bits_max &&
	       time_after_eq(jiffies, flows->grow_at);
}

/*
 * A bucket may be crowded though the table is not: packets wait before they call again, but not for
 * long, since a burst of births can load the table meanwhile.
 */
void lf_table_grow(struct lf_flows *flows)
{
	unsigned long look_at;

	WRITE_ONCE(flows->crowded, false);
	while (may_grow(flows) && is_loaded(flows)) {
		if (table_double(flows))
			continue;
		flows->grow_at = jiffies + LF_GROW_AGAIN;
		WRITE_ONCE(flows->refused, flows->refused + 1);
	}
	look_at = jiffies + msecs_to_jiffies(LF_LOOK_AGAIN_MS);
	if (time_before(look_at, flows->grow_at))
		look_at = flows->grow_at;
	WRITE_ONCE(flows->look_at, look_at);
}
