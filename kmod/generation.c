// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a generation.
 *
 * A slot has room for LF_GENERATIONS. If an activation finds no room, the oldest that is neither
 * active nor the one before is retired by force: what its flows hold is no longer found, and they
 * move to the active one.
 *
 * Readers hold RCU. They read `active` and then the attachment's bind of that generation. A
 * generation's binds are published before it is, and its memory is freed a grace period after all
 * pointers to it are gone.
 */
#include "generation.h"

#include <linux/ktime.h>
#include <linux/slab.h>
#include "arm.h"
#include "bind.h"
#include "netlink.h"
#include "slot_history.h"
#include "trace.h"

#define SWEEP_DELAY	(HZ / 20)	/* flows end in bursts */

static void gen_sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(gen_sweep_work, gen_sweep);

void lf_gen_sweep_later(void)
{
	queue_delayed_work(lf_wq, &gen_sweep_work, SWEEP_DELAY);
}

static void gen_free(struct lf_gen *gen)
{
	if (gen->counters)
		lf_counters_destroy(gen->counters);
	if (gen->tally)
		lf_tally_destroy(gen->tally);
	kfree(gen->window[0].mark);
	kfree(gen);
}

static void gen_free_work(struct work_struct *work)
{
	struct lf_gen *gen = container_of(to_rcu_work(work), struct lf_gen, free);
	struct lf_snapshot *snap = gen->held;

	gen_free(gen);
	lf_snapshot_put(snap);
}

static struct lf_gen *gen_create(struct lf_snapshot *snap)
{
	struct lf_gen *gen = kzalloc(sizeof(*gen), LF_GFP);
	unsigned int i, n = LF_GEN_CLASS + snap->n_outputs;
	u64 *marks;

	if (!gen)
		return NULL;
	gen->counters = lf_counters_create(n);
	gen->tally = lf_tally_create();
	marks = kcalloc(n, LF_GUARDS * sizeof(*marks), LF_GFP);
	gen->window[0].mark = marks;
	if (!gen->counters || !gen->tally || !marks) {
		gen_free(gen);
		return NULL;
	}
	for (i = 1; i < LF_GUARDS; i++)
		gen->window[i].mark = marks + i * n;
	gen->snap = snap;
	gen->held = snap;
	INIT_RCU_WORK(&gen->free, gen_free_work);
	return gen;
}

void lf_gen_confidence_set(struct lf_gen *gen, u8 percent)
{
	bool class = gen->snap->meaning == LQ_MEANING_CLASS;

	lf_confidence_set(&gen->confidence, gen->snap, class ? percent : 0);
}

struct lf_gen *lf_gen_by_number(const struct lf_slot *slot, u32 number,
				struct netlink_ext_ack *extack)
{
	int i;

	lockdep_assert_held(&lf_mutex);
	for (i = 0; i < LF_GENERATIONS; i++)
		if (slot->gens[i] && slot->gens[i]->number == number)
			return slot->gens[i];
	lf_extack(extack, "slot %s has no generation %u any more", slot->name, number);
	return NULL;
}

void lf_gen_retire(struct lf_slot *slot, struct lf_gen *gen)
{
	lockdep_assert_held(&lf_mutex);
	if (gen->weight)
		lf_arms_set(slot, NULL);	/* before the last packet that may find it */
	slot->forced += lf_bind_flows(slot, gen);
	slot->gens[gen->place] = NULL;
	if (slot->before == gen)
		slot->before = NULL;
	if (slot->trial == gen)
		slot->trial = NULL;
	lf_bind_retire(slot, gen);
	lf_nl_event(slot, "retired", gen->number, gen->snap);
	lf_snapshot_unuse(gen->held);
	queue_rcu_work(lf_wq, &gen->free);
}

/* Generations whose place no new one may take. */
static u32 gen_keep(const struct lf_slot *slot)
{
	const struct lf_gen *active = lf_slot_active(slot);

	return (active ? BIT(active->place) : 0) | (slot->before ? BIT(slot->before->place) : 0);
}

/* The one to retire: the oldest, but preferably one without flows. NULL: all must be kept. */
static struct lf_gen *gen_victim(const struct lf_slot *slot, u32 keep)
{
	struct lf_gen *gen, *victim = NULL;
	bool victim_held = true, held;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++) {
		gen = slot->gens[i];
		if (keep & BIT(i))
			continue;
		held = lf_bind_flows(slot, gen);
		if (victim &&
		    (held > victim_held || (held == victim_held && gen->number > victim->number)))
			continue;
		victim = gen;
		victim_held = held;
	}
	return victim;
}

/* The place for a new generation, or -1. A generation in that place must be retired first. */
static int gen_place(const struct lf_slot *slot, u32 keep)
{
	const struct lf_gen *victim;
	int i;

	BUILD_BUG_ON(LF_GENERATIONS < 3);
	for (i = 0; i < LF_GENERATIONS; i++)
		if (!slot->gens[i])
			return i;
	victim = gen_victim(slot, keep | gen_keep(slot));
	return victim ? victim->place : -1;
}

/*
 * Retires generations that no flow holds and that are no arms. A trial keeps its counts while its
 * snapshot is the standby.
 */
static void gen_sweep_slot(struct lf_slot *slot)
{
	u32 keep = gen_keep(slot) | (slot->trial ? BIT(slot->trial->place) : 0);
	struct lf_gen *gen;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++) {
		gen = slot->gens[i];
		if (gen && !(keep & BIT(i)) && !gen->weight && !lf_bind_flows(slot, gen))
			lf_gen_retire(slot, gen);
	}
	lf_slot_history_sweep(slot);
}

static void gen_sweep(struct work_struct *work)
{
	struct lf_slot *slot;
	struct lf_net *ln;

	mutex_lock(&lf_mutex);
	list_for_each_entry(ln, &lf_nets, in_all)
		list_for_each_entry(slot, &ln->slots, in_net)
			gen_sweep_slot(slot);
	mutex_unlock(&lf_mutex);
}

void lf_gen_uninit(void)
{
	cancel_delayed_work_sync(&gen_sweep_work);
}

struct lf_gen *lf_gen_prepare(struct lf_slot *slot, struct lf_snapshot *snap, u32 keep)
{
	int place = gen_place(slot, keep);
	struct lf_gen *gen;

	if (place < 0)
		return ERR_PTR(-ENOSPC);
	gen = gen_create(snap);
	if (!gen)
		return ERR_PTR(-ENOMEM);
	gen->place = place;
	lf_gen_confidence_set(gen, slot->confidence);
	if (!lf_bind_prepare(slot, gen))
		return gen;
	gen_free(gen);
	return ERR_PTR(-ENOMEM);
}

void lf_gen_publish(struct lf_slot *slot, struct lf_gen *gen)
{
	if (slot->gens[gen->place])
		lf_gen_retire(slot, slot->gens[gen->place]);
	gen->number = ++slot->last_number;
	slot->gens[gen->place] = gen;
	lf_bind_publish(slot, gen);
}

void lf_gen_switch(struct lf_slot *slot, struct lf_gen *gen, ktime_t start, const char *what)
{
	struct lf_gen *old = lf_slot_active(slot);

	if (gen)
		WRITE_ONCE(gen->stopped, false);
	rcu_assign_pointer(slot->active, gen);
	lf_arms_set(slot, NULL);
	slot->swap_ns = ktime_to_ns(ktime_sub(ktime_get(), start));
	if (old || slot->before == gen)
		slot->before = old;
	slot->swaps++;
	lf_next_change();
	if (gen)
		trace_liteflow_swap(slot->name, old ? old->number : 0, gen->number,
				    gen->snap->hash, slot->swap_ns);
	if (what)
		lf_nl_event(slot, what, gen->number, gen->snap);
	lf_gen_sweep_later();
}
