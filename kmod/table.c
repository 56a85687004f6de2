// SPDX-License-Identifier: GPL-2.0
/*
 * The flow table as a whole: reset, the worker, its life. What happens within one bucket is in
 * flow.c and evict.c; table_grow.c doubles the table.
 *
 * Reset: all segments but the first are detached with their flows; the worker ends the flows and
 * frees the segments. Only LF_FIRST_BUCKETS are left to be cleared at once. A table shrinks in no
 * other way.
 *
 * Locks: `reshape` is held while `shape`, `seg` or `gone` change, and by the worker while it looks
 * at a bucket, since a reset may detach it. A bucket's lock nests inside it. Packets never take it.
 */
#include "bucket.h"

#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "core.h"

#define LF_SWEEP_MS		250	/* between slices */
#define LF_SWEEP_ROUND		4	/* slices for a full sweep, if they stay short enough */
#define LF_SWEEP_SLICE		16384	/* buckets at most: about a millisecond */

/* entries: at a load of 1/4, one birth in 47 makes a bucket this full */
#define LF_CROWDED		10

/* Detaches all segments from the given one on; no packet may be running. */
static void table_detach(struct lf_flows *flows, u32 from)
{
	u32 i;

	lockdep_assert_held(&flows->reshape);
	for (i = from; i < LF_SEGS && flows->seg[i]; i++) {
		flows->seg[i]->next = flows->gone;
		flows->gone = flows->seg[i];
		flows->seg[i] = NULL;
	}
	WRITE_ONCE(flows->shape, lf_shape(0, flows->first));
}

/* --- ends --- */

static void end_bucket(struct lf_flows *flows, struct lf_bucket *b)
{
	int way;

	spin_lock_bh(&b->lock);
	for (way = 0; way < LF_WAYS; way++)
		if (b->tag[way])
			lf_bucket_end(flows, b, way, LF_FLOW_END_GONE);
	spin_unlock_bh(&b->lock);
}

static void end_seg(struct lf_flows *flows, struct lf_seg *seg)
{
	u32 i;

	for (i = 0; i < seg->n; i++) {
		if (flows->pause)
			flows->pause(flows->priv);
		end_bucket(flows, &seg->bucket[i]);
		if (i % LF_SWEEP_RESCHED == 0)
			cond_resched();
	}
}

static void end_gone(struct lf_flows *flows)
{
	struct lf_seg *seg, *next;

	spin_lock_bh(&flows->reshape);
	seg = flows->gone;
	flows->gone = NULL;
	spin_unlock_bh(&flows->reshape);
	for (; seg; seg = next) {
		next = seg->next;
		end_seg(flows, seg);
		lf_seg_free(flows, seg);
	}
}

static void call_worker(struct lf_flows *flows)
{
	mod_delayed_work(lf_wq, &flows->work, 0);
}

/* --- the worker --- */

/*
 * The worker stops after a round that found nothing and a second one with awake already false. A
 * birth that still sees awake as true has made its entry before that second round; one that sees it
 * false wakes the worker. A flow that moves meanwhile goes to a bucket that is still ahead of the
 * round.
 */
void lf_flows_wake(struct lf_flows *flows, const struct lf_bucket *b)
{
	smp_mb(); /* the entry's tag before awake; pairs with the one in round_done() */
	if (!READ_ONCE(flows->awake)) {
		WRITE_ONCE(flows->awake, true);
		queue_delayed_work(lf_wq, &flows->work, msecs_to_jiffies(LF_SWEEP_MS));
	}
	if (lf_bucket_taken(b) < LF_CROWDED || READ_ONCE(flows->crowded) ||
	    time_before(jiffies, READ_ONCE(flows->look_at)))
		return;
	if (lf_shape_bits(READ_ONCE(flows->shape)) == flows->bits_max)
		return;
	WRITE_ONCE(flows->crowded, true);
	call_worker(flows);
}

/* Sweeps the next bucket, if there is one. */
static bool table_sweep_next(struct lf_flows *flows, u64 now_ns)
{
	struct lf_bucket *b;
	bool more;

	spin_lock_bh(&flows->reshape);
	more = flows->next < lf_shape_buckets(flows->shape);
	if (more) {
		b = lf_table_bucket(flows, flows->next++);
		spin_lock(&b->lock);
		lf_bucket_age(flows, b, now_ns);
		flows->found |= lf_bucket_taken(b) > 0;
		spin_unlock(&b->lock);
	}
	spin_unlock_bh(&flows->reshape);
	return more;
}

/* Ends a round. Returns whether to continue. */
static bool round_done(struct lf_flows *flows)
{
	bool go_on = flows->found || READ_ONCE(flows->awake);

	WRITE_ONCE(flows->awake, flows->found);
	smp_mb(); /* awake before the tags that the next round reads; pairs with lf_flows_wake() */
	flows->next = 0;
	flows->found = false;
	return go_on;
}

/* Sweeps one slice. Returns whether another is needed. */
static bool table_sweep(struct lf_flows *flows)
{
	u32 n = lf_shape_buckets(READ_ONCE(flows->shape));
	u32 slice = min_t(u32, DIV_ROUND_UP(n, LF_SWEEP_ROUND), LF_SWEEP_SLICE);
	u64 now_ns = ktime_get_ns();

	while (slice--) {
		if (!table_sweep_next(flows, now_ns))
			return round_done(flows);
		if (flows->next % LF_SWEEP_RESCHED == 0)
			cond_resched();
	}
	return true;
}

static void table_work(struct work_struct *work)
{
	struct lf_flows *flows = container_of(to_delayed_work(work), struct lf_flows, work);

	end_gone(flows);
	lf_table_grow(flows);
	if (table_sweep(flows))
		queue_delayed_work(lf_wq, &flows->work, msecs_to_jiffies(LF_SWEEP_MS));
}

/* --- control --- */

/* The first segment stays; its flows end here. */
void lf_flows_flush(struct lf_flows *flows)
{
	struct lf_seg *first = flows->seg[0];
	u32 i;

	spin_lock_bh(&flows->reshape);
	table_detach(flows, 1);
	if (flows->gone)
		call_worker(flows);
	spin_unlock_bh(&flows->reshape);
	for (i = 0; i < first->n; i++)
		end_bucket(flows, &first->bucket[i]);
}

void lf_flows_destroy(struct lf_flows *flows)
{
	cancel_delayed_work_sync(&flows->work);
	spin_lock_bh(&flows->reshape);
	table_detach(flows, 0);
	spin_unlock_bh(&flows->reshape);
	end_gone(flows);
	free_percpu(flows->counts);
	mem_cgroup_put(flows->memcg);
	if (flows->room)
		lf_room_put(flows->room);
	kfree(flows);
}

void lf_flows_set_idle(struct lf_flows *flows, u32 idle_ms)
{
	static const u32 by_age[LF_AGES] = {
		[LF_AGE_NEW] = LF_IDLE_NEW_MS,
		[LF_AGE_STREAM] = LF_IDLE_STREAM_MS,
		[LF_AGE_TCP] = LF_IDLE_TCP_MS,
	};
	u64 ns, least = LF_FLOW_LINGER_NS;
	int i;

	idle_ms = min_t(u32, idle_ms, LF_FLOW_IDLE_MAX_MS);
	for (i = 0; i < LF_AGES; i++) {
		ns = (idle_ms ?: by_age[i]) * NSEC_PER_MSEC;
		WRITE_ONCE(flows->idle_ns[i], ns);
		least = min(least, ns);
	}
	WRITE_ONCE(flows->least, least >> LF_TICK_SHIFT);
}

void lf_flows_hold(struct lf_flows *flows, lf_flow_held_fn is_held)
{
	flows->is_held = is_held;
}

void lf_flows_pause(struct lf_flows *flows, lf_flow_pause_fn pause)
{
	flows->pause = pause;
}

void lf_flows_release(struct lf_flows *flows)
{
	if (flows->is_held)
		cancel_delayed_work_sync(&flows->work);
}

void lf_flows_pair(struct lf_flows *flows)
{
	flows->paired = true;
}

static int init_counts(struct lf_flows *flows)
{
	int cpu;

	flows->counts = alloc_percpu_gfp(struct lf_counts, LF_GFP);
	if (!flows->counts)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(flows->counts, cpu)->sync);
	return 0;
}

/* Chooses a first segment whose doublings come to at least @max flows. */
static int init_first(struct lf_flows *flows, u32 max)
{
	u32 most = (LF_FIRST_BUCKETS * LF_WAYS) << (LF_SEGS - 1);
	u32 n = DIV_ROUND_UP(clamp_t(u32, max, 1, most), LF_WAYS);
	struct lf_seg *seg;

	while (DIV_ROUND_UP(n, BIT(flows->bits_max)) > LF_FIRST_BUCKETS)
		flows->bits_max++;
	flows->first = DIV_ROUND_UP(n, BIT(flows->bits_max));
	flows->shape = lf_shape(0, flows->first);
	seg = lf_seg_create(flows, flows->first);
	if (IS_ERR(seg))
		return PTR_ERR(seg);
	lf_seg_set(flows, 0, seg);
	return 0;
}

struct lf_flows *lf_flows_create(u32 max, u32 idle_ms, lf_flow_end_fn end, void *priv,
				 struct lf_room *room)
{
	struct lf_flows *flows;
	int rc = -ENOMEM;

	flows = kzalloc(sizeof(*flows), LF_GFP);
	if (!flows)
		return ERR_PTR(rc);
	if (init_counts(flows))
		goto free_flows;
	flows->room = room;
	flows->ids = room ? room->ids : &flows->counts->id;
	rc = init_first(flows, max);
	if (rc)
		goto free_counts;
	if (room)
		lf_room_get(room);
	spin_lock_init(&flows->reshape);
	get_random_bytes(&flows->key, sizeof(flows->key));
	flows->memcg = get_mem_cgroup_from_mm(current->mm);
	flows->end = end;
	flows->priv = priv;
	flows->look_at = jiffies;
	flows->grow_at = jiffies;
	lf_flows_set_idle(flows, idle_ms);
	INIT_DELAYED_WORK(&flows->work, table_work);
	return flows;

free_counts:
	free_percpu(flows->counts);
free_flows:
	kfree(flows);
	return ERR_PTR(rc);
}
