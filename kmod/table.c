// SPDX-License-Identifier: GPL-2.0
/* The flow table as a whole: making and ending it, the worker, figures. flow.c has the thoughts behind it. */
#include "table.h"

#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define LF_SWEEP_MS		250	/* between slices */
#define LF_SWEEP_ROUND		4	/* slices to go over all buckets, if they are not too long then */
#define LF_SWEEP_SLICE		16384	/* buckets at most: about a millisecond */
#define LF_SWEEP_RESCHED	64	/* buckets between two offers of the CPU */

/* ---- the worker ---- */

static void sweep_bucket(struct lf_flows *flows, struct lf_bucket *b, u64 now_ns)
{
	spin_lock_bh(&b->lock);
	lf_bucket_age(flows, b, now_ns);
	if (!lf_bucket_empty(b))
		flows->found = true;
	spin_unlock_bh(&b->lock);
}

/*
 * The worker stops after a round that found nothing and a second one with awake already false. A birth that still sees
 * it true has made its entry before that second round; one that sees it false wakes the worker.
 */
void lf_flows_wake(struct lf_flows *flows)
{
	smp_mb(); /* the entry's tag before awake; pairs with the one in round_done() */
	if (READ_ONCE(flows->awake))
		return;
	WRITE_ONCE(flows->awake, true);
	queue_delayed_work(system_power_efficient_wq, &flows->sweep, msecs_to_jiffies(LF_SWEEP_MS));
}

/* Go on? */
static bool round_done(struct lf_flows *flows)
{
	bool go_on = flows->found || READ_ONCE(flows->awake);

	WRITE_ONCE(flows->awake, flows->found);
	smp_mb(); /* awake before the tags that the next round reads; pairs with the one in wake() */
	flows->next = 0;
	flows->found = false;
	return go_on;
}

static void sweep(struct work_struct *work)
{
	struct lf_flows *flows = container_of(to_delayed_work(work), struct lf_flows, sweep);
	u32 slice = min_t(u32, DIV_ROUND_UP(flows->n_buckets, LF_SWEEP_ROUND), LF_SWEEP_SLICE);
	u32 end = min(flows->next + slice, flows->n_buckets);
	u64 now_ns = ktime_get_ns();

	for (; flows->next < end; flows->next++) {
		sweep_bucket(flows, &flows->buckets[flows->next], now_ns);
		if (flows->next % LF_SWEEP_RESCHED == 0)
			cond_resched();
	}
	if (flows->next < flows->n_buckets || round_done(flows))
		queue_delayed_work(system_power_efficient_wq, &flows->sweep, msecs_to_jiffies(LF_SWEEP_MS));
}

/* ---- control ---- */

static void end_all(struct lf_flows *flows, bool may_sleep)
{
	u32 i;
	int way;

	for (i = 0; i < flows->n_buckets; i++) {
		struct lf_bucket *b = &flows->buckets[i];

		spin_lock_bh(&b->lock);
		for (way = 0; way < LF_WAYS; way++)
			if (b->tag[way])
				lf_bucket_end(flows, b, way, LF_FLOW_END_GONE);
		spin_unlock_bh(&b->lock);
		if (may_sleep && i % LF_SWEEP_RESCHED == 0)
			cond_resched();
	}
}

void lf_flows_flush(struct lf_flows *flows)
{
	end_all(flows, false);
}

void lf_flows_destroy(struct lf_flows *flows)
{
	cancel_delayed_work_sync(&flows->sweep);
	end_all(flows, true);
	free_percpu(flows->counts);
	kvfree(flows->buckets);
	kfree(flows);
}

static u32 unpin_bucket(struct lf_bucket *b, u32 generation)
{
	u32 n = 0;
	int way;

	spin_lock_bh(&b->lock);
	for (way = 0; way < LF_WAYS; way++) {
		if (!b->tag[way] || b->flow[way].generation != generation)
			continue;
		b->flow[way].generation = 0;
		n++;
	}
	spin_unlock_bh(&b->lock);
	return n;
}

u32 lf_flows_unpin(struct lf_flows *flows, u32 generation)
{
	u32 i, n = 0;

	for (i = 0; i < flows->n_buckets; i++) {
		n += unpin_bucket(&flows->buckets[i], generation);
		if (i % LF_SWEEP_RESCHED == 0)
			cond_resched();
	}
	return n;
}

void lf_flows_set_idle(struct lf_flows *flows, u32 idle_ms)
{
	WRITE_ONCE(flows->idle_ns, clamp_t(u64, idle_ms, 1, LF_FLOW_IDLE_MAX_MS) * NSEC_PER_MSEC);
}

void lf_flows_pair(struct lf_flows *flows)
{
	flows->paired = true;
}

static int init_counts(struct lf_flows *flows)
{
	int cpu;

	flows->counts = alloc_percpu_gfp(struct lf_counts, GFP_KERNEL_ACCOUNT);
	if (!flows->counts)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(flows->counts, cpu)->sync);
	return 0;
}

static int init_buckets(struct lf_flows *flows, u32 max)
{
	u32 i;

	flows->n_buckets = DIV_ROUND_UP(clamp_t(u32, max, 1, U32_MAX - LF_WAYS), LF_WAYS);
	flows->buckets = kvcalloc(flows->n_buckets, sizeof(*flows->buckets), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!flows->buckets)
		return -ENOMEM;
	for (i = 0; i < flows->n_buckets; i++) {
		spin_lock_init(&flows->buckets[i].lock);
		if (i % LF_SWEEP_RESCHED == 0)
			cond_resched();
	}
	return 0;
}

struct lf_flows *lf_flows_create(u32 max, u32 idle_ms, lf_flow_end_fn end, void *priv)
{
	struct lf_flows *flows;

	flows = kzalloc(sizeof(*flows), GFP_KERNEL_ACCOUNT);
	if (!flows)
		return ERR_PTR(-ENOMEM);
	if (init_counts(flows))
		goto free_flows;
	if (init_buckets(flows, max))
		goto free_counts;
	get_random_bytes(&flows->key, sizeof(flows->key));
	flows->end = end;
	flows->priv = priv;
	lf_flows_set_idle(flows, idle_ms);
	INIT_DELAYED_WORK(&flows->sweep, sweep);
	return flows;

free_counts:
	free_percpu(flows->counts);
free_flows:
	kfree(flows);
	return ERR_PTR(-ENOMEM);
}

/* ---- figures ---- */

static u64 sum(const struct lf_flows *flows, enum lf_count which)
{
	u64 total = 0, n;
	unsigned int start;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct lf_counts *c = per_cpu_ptr(flows->counts, cpu);

		do {
			start = u64_stats_fetch_begin(&c->sync);
			n = u64_stats_read(&c->n[which]);
		} while (u64_stats_fetch_retry(&c->sync, start));
		total += n;
	}
	return total;
}

/* Ends are read before births, so that there are never more of them. */
void lf_flows_stats(struct lf_flows *flows, struct lf_flows_stats *st)
{
	st->ended = sum(flows, LF_ENDED);
	st->aged = sum(flows, LF_AGED);
	st->evicted = sum(flows, LF_EVICTED);
	st->born = sum(flows, LF_BORN);
	st->max = flows->n_buckets * LF_WAYS;
	st->now = min_t(u64, st->born - st->ended - st->aged - st->evicted, st->max);
	st->bytes = sizeof(*flows) + (u64)flows->n_buckets * sizeof(struct lf_bucket);
}
