// SPDX-License-Identifier: GPL-2.0
#include "guard.h"

#include <linux/ktime.h>
#include <linux/math64.h>
#include "arm.h"
#include "generation.h"
#include "netlink.h"
#include "shadow.h"

#define GUARD_TICK	(HZ / 20)	/* how late a window may end */
#define MILLION		1000000
#define MEAN_SHIFT	8		/* means are kept in 1/256 */
#define ERRORS_QUARTERS	18		/* 4.5 standard errors */

DEFINE_STATIC_KEY_FALSE(lf_saturated_key);

static void guard_look(struct work_struct *work);
static DECLARE_DELAYED_WORK(guard_work, guard_look);
static unsigned int guarded;		/* slots; lf_mutex */

void lf_guard_count(const struct lf_gen *gen, const s32 *y)
{
	u32 i, at_end = 0;

	for (i = 0; i < gen->snap->n_outputs; i++)
		at_end |= (y[i] <= -S16_MAX) | (y[i] >= S16_MAX);
	if (at_end && gen->snap->info.kind == LQ_KIND_NET)
		lf_counters_inc(gen->counters, LF_GEN_SATURATED);
}

/* --- the end of a generation's service --- */

/* The generation that serves instead of the active one; NULL: none. */
static struct lf_gen *guard_next(const struct lf_slot *slot, const struct lf_guard *g)
{
	if (g->to == LITEFLOW_GUARD_TO_BEFORE && slot->before && !slot->before->stopped)
		return slot->before;
	return NULL;
}

static void guard_trip(struct lf_slot *slot, struct lf_gen *gen, const struct lf_guard *g,
		       const struct lf_trip *trip)
{
	struct lf_gen *now = lf_slot_active(slot);

	slot->trip = *trip;
	slot->trip.generation = gen->number;
	slot->trip.time_ns = ktime_get_real_ns();
	WRITE_ONCE(gen->stopped, true);
	if (gen != now) {
		lf_arm_stop(slot, gen);
	} else {
		now = guard_next(slot, g);
		WRITE_ONCE(slot->guarded, !now);
		lf_gen_switch(slot, now, ktime_get(), NULL);
		lf_shadow_renew(slot);
	}
	lf_guard_mark(slot);
	lf_next_change();
	lf_nl_guard_event(slot, now);
	lf_gen_sweep_later();
}

/* --- shares of a window --- */

/* A generation under one set of its limits. */
struct watch {
	const struct lf_slot *slot;
	const struct lf_gen *gen;
	const struct lf_guard *limits;
	const u64 *mark;
};

static u64 guard_since(const struct watch *w, unsigned int counter)
{
	return lf_counters_sum(w->gen->counters, counter) - w->mark[counter];
}

/* Is the share above the limit? Stores it in @trip then. */
static bool guard_above(struct lf_trip *trip, u64 part, u32 limit)
{
	if (!limit)
		return false;
	trip->measured = div64_u64(part * MILLION, trip->count);
	trip->bound = limit;
	return trip->measured > limit;
}

static bool guard_classes(const struct watch *w, struct lf_trip *trip)
{
	const struct lf_gen *gen = w->gen;
	u32 i;

	if (gen->snap->meaning != LQ_MEANING_CLASS)
		return false;
	trip->limit = LITEFLOW_LIMIT_CLASS;
	for (i = 0; i < gen->snap->n_outputs; i++) {
		trip->class = i;
		if (guard_above(trip, guard_since(w, LF_GEN_CLASS + i), w->limits->class))
			return true;
	}
	trip->class = 0;
	return false;
}

static bool guard_shares(const struct watch *w, struct lf_trip *trip)
{
	const struct lf_guard *g = w->limits;

	trip->limit = LITEFLOW_LIMIT_DRIFT;
	if (guard_above(trip, guard_since(w, LF_GEN_DRIFTED), g->drift))
		return true;
	trip->limit = LITEFLOW_LIMIT_SATURATED;
	if (guard_above(trip, guard_since(w, LF_GEN_SATURATED), g->saturated))
		return true;
	return g->class && guard_classes(w, trip);
}

static void guard_mark_window(struct lf_gen *gen, struct lf_window *window)
{
	unsigned int i;

	for (i = 0; i < LF_GEN_CLASS + gen->snap->n_outputs; i++)
		window->mark[i] = lf_counters_sum(gen->counters, i);
}

/* --- means of arms --- */

static void guard_mean(const struct lf_gen *gen, u8 term, struct lf_mean *mean)
{
	const struct lf_mean *base = &gen->base[term];
	struct lf_tally_term t;

	lf_tally_sum(gen->tally, term, &t);
	mean->count = t.count - base->count;
	mean->sum = t.sum - base->sum;
	mean->squares = t.squares - base->squares;
	mean->squares_high = t.squares_high - base->squares_high - (t.squares < base->squares);
}

static s64 guard_mean_of(const struct lf_mean *m)
{
	s64 whole = div64_s64(m->sum, m->count), rest = m->sum - whole * (s64)m->count;

	return whole * (1 << MEAN_SHIFT) + div64_s64(rest * (1 << MEAN_SHIFT), m->count);
}

/*
 * Standard error of a mean, in 2^-MEAN_SHIFT. Rounding the mean makes the error too large by at
 * most the square root of mean / count. Sums of squares that do not fit 64 bits lose low bits.
 */
static u64 guard_error_of(const struct lf_mean *m)
{
	__int128 squares = (__int128)m->squares_high << 64 | m->squares;
	__int128 apart = squares - (__int128)div64_s64(m->sum, m->count) * m->sum;
	int shift = 2 * MEAN_SHIFT;
	u64 error;

	if (apart <= 0)
		return 0;
	while (apart >> (62 - shift) && shift > -64)
		shift -= 2;
	error = shift >= 0 ? (u64)(apart << shift) : (u64)(apart >> -shift);
	error = div64_u64(div64_u64(error, m->count), m->count);
	return (u64)int_sqrt64(error) << (MEAN_SHIFT - shift / 2);
}

/* Standard error of a difference: at least the root of the sum of squares. */
static u64 guard_error_sum(u64 a, u64 b)
{
	if (a <= S32_MAX && b <= S32_MAX)
		return int_sqrt64(a * a + b * b) + 1;
	return max(a, b) + min(a, b) / 2;
}

static bool guard_less_is_worse(u8 term)
{
	return term != LITEFLOW_TERM_DURATION && term != LITEFLOW_TERM_RETRANS &&
	       term != LITEFLOW_TERM_LATENCY && term != LITEFLOW_TERM_LOSS;
}

/* The generation that an arm is compared with. */
static struct lf_gen *guard_other(const struct lf_slot *slot, const struct lf_gen *gen)
{
	struct lf_gen *active = lf_slot_active(slot), *other = NULL;
	int i;

	if (gen != active)
		return active;
	for (i = 0; i < LF_GENERATIONS; i++)
		if (slot->gens[i] && slot->gens[i] != gen && slot->gens[i]->weight &&
		    (!other || slot->gens[i]->weight > other->weight))
			other = slot->gens[i];
	return other;
}

static bool guard_outcome(const struct watch *w, struct lf_trip *trip)
{
	const struct lf_gen *other = guard_other(w->slot, w->gen);
	const struct lf_guard *g = w->limits;
	struct lf_mean mine, its;
	s64 apart, error;

	if (!other)
		return false;
	guard_mean(w->gen, g->term, &mine);
	guard_mean(other, g->term, &its);
	if (mine.count < g->least || its.count < g->least)
		return false;
	apart = guard_mean_of(&its) - guard_mean_of(&mine);
	if (!guard_less_is_worse(g->term))
		apart = -apart;
	error = guard_error_sum(guard_error_of(&mine), guard_error_of(&its)) * ERRORS_QUARTERS / 4;
	trip->limit = LITEFLOW_LIMIT_OUTCOME;
	trip->count = mine.count;
	trip->measured = apart >> MEAN_SHIFT;
	trip->bound = min_t(u64, g->bound, S64_MAX >> MEAN_SHIFT);
	return apart > trip->bound * (1 << MEAN_SHIFT) + error;
}

static void guard_mark_means(struct lf_gen *gen)
{
	struct lf_tally_term t;
	unsigned int i;

	for (i = 0; i < LF_TERMS; i++) {
		lf_tally_sum(gen->tally, i, &t);
		gen->base[i] = (struct lf_mean){ t.count, t.sum, t.squares, t.squares_high };
	}
}

/* --- the worker --- */

static bool guard_serves(const struct lf_slot *slot, const struct lf_gen *gen)
{
	return gen && !gen->stopped && (gen->weight || gen == lf_slot_active(slot));
}

static const struct lf_guard *guard_limits(const struct lf_slot *slot, const struct lf_gen *gen,
					   enum lf_guard_whose whose)
{
	return whose == LF_GUARD_OWN ? &gen->guard : &slot->guard;
}

/* Ends a window, if it has enough inferences. Returns true if a limit was exceeded. */
static bool guard_exceeded(const struct lf_slot *slot, struct lf_gen *gen,
			   enum lf_guard_whose whose, struct lf_trip *trip)
{
	struct lf_window *window = &gen->window[whose];
	const struct watch w = { slot, gen, guard_limits(slot, gen, whose), window->mark };

	trip->own = whose == LF_GUARD_OWN;
	trip->count = guard_since(&w, LF_GEN_INFERENCES);
	if (trip->count >= w.limits->least) {
		if (guard_shares(&w, trip))
			return true;
		guard_mark_window(gen, window);
	}
	return w.limits->outcome && guard_outcome(&w, trip);
}

/* Returns true if the generation was stopped. */
static bool guard_look_at(struct lf_slot *slot, struct lf_gen *gen, enum lf_guard_whose whose)
{
	const struct lf_guard *limits = guard_limits(slot, gen, whose);
	struct lf_window *window = &gen->window[whose];
	struct lf_trip trip = {};

	if (!lf_guard_is_on(limits) || time_before(jiffies, window->end))
		return false;
	window->end = jiffies + msecs_to_jiffies(limits->window_ms);
	if (!guard_exceeded(slot, gen, whose, &trip))
		return false;
	guard_trip(slot, gen, limits, &trip);
	return true;
}

static void guard_slot(struct lf_slot *slot)
{
	struct lf_gen *gen;
	int i;

	if (!slot->watched)
		return;
	for (i = 0; i < LF_GENERATIONS; i++) {
		gen = slot->gens[i];
		if (guard_serves(slot, gen) && (guard_look_at(slot, gen, LF_GUARD_SLOT) ||
						guard_look_at(slot, gen, LF_GUARD_OWN)))
			return;
	}
}

static void guard_look(struct work_struct *work)
{
	struct lf_slot *slot;
	struct lf_net *ln;

	mutex_lock(&lf_mutex);
	list_for_each_entry(ln, &lf_nets, in_all)
		list_for_each_entry(slot, &ln->slots, in_net)
			guard_slot(slot);
	if (guarded)
		queue_delayed_work(lf_wq, &guard_work, GUARD_TICK);
	mutex_unlock(&lf_mutex);
}

/* --- control --- */

static int guard_check_share(const char *what, u32 share, struct netlink_ext_ack *extack)
{
	if (share <= MILLION)
		return 0;
	lf_extack(extack, "a guard's limit on %s is at most %u millionths, not %u", what, MILLION,
		  share);
	return -EINVAL;
}

int lf_guard_check(const struct lf_guard *g, struct netlink_ext_ack *extack)
{
	if (g->window_ms < LF_GUARD_WINDOW_MIN || g->window_ms > LF_GUARD_WINDOW_MAX) {
		lf_extack(extack, "a guard's window is %d to %d ms, not %u", LF_GUARD_WINDOW_MIN,
			  LF_GUARD_WINDOW_MAX, g->window_ms);
		return -EINVAL;
	}
	if (!g->least) {
		lf_extack(extack, "a guard's least count must be at least 1");
		return -EINVAL;
	}
	if (g->term >= LF_TERMS || g->to > LITEFLOW_GUARD_TO_NONE) {
		lf_extack(extack, "unknown term or fallback of a guard: the tool is newer than the "
				  "module");
		return -EINVAL;
	}
	return guard_check_share("drifted inferences", g->drift, extack) ?:
	       guard_check_share("saturated outputs", g->saturated, extack) ?:
	       guard_check_share("one class", g->class, extack);
}

struct lf_gen *lf_guard_gen(const struct lf_slot *slot, u32 number, struct netlink_ext_ack *extack)
{
	struct lf_gen *gen;

	if (!number)
		return NULL;
	gen = lf_gen_by_number(slot, number, extack);
	if (!gen)
		return ERR_PTR(-ENOENT);
	if (guard_serves(slot, gen))
		return gen;
	lf_extack(extack, "generation %u of slot %s does not serve: it cannot have limits of its "
			  "own", number, slot->name);
	return ERR_PTR(-ENOENT);
}

bool lf_guard_is_on(const struct lf_guard *g)
{
	return g->drift || g->saturated || g->class || g->outcome;
}

/* Whether the worker runs, and what packets count, follows from the limits. */
static void guard_renew(struct lf_slot *slot)
{
	bool on = lf_guard_is_on(&slot->guard), saturated = slot->guard.saturated;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++) {
		if (!slot->gens[i])
			continue;
		on |= lf_guard_is_on(&slot->gens[i]->guard);
		saturated |= slot->gens[i]->guard.saturated != 0;
	}
	if (saturated && !slot->counts_saturated)
		static_branch_inc(&lf_saturated_key);
	if (!saturated && slot->counts_saturated)
		static_branch_dec(&lf_saturated_key);
	slot->counts_saturated = saturated;
	guarded += on - slot->watched;
	slot->watched = on;
	if (on)
		queue_delayed_work(lf_wq, &guard_work, GUARD_TICK);
}

static void guard_mark_gen(const struct lf_slot *slot, struct lf_gen *gen)
{
	int i;

	for (i = 0; i < LF_GUARDS; i++) {
		guard_mark_window(gen, &gen->window[i]);
		gen->window[i].end = jiffies +
				     msecs_to_jiffies(guard_limits(slot, gen, i)->window_ms);
	}
	guard_mark_means(gen);
}

void lf_guard_mark(struct lf_slot *slot)
{
	int i;

	lockdep_assert_held(&lf_mutex);
	for (i = 0; i < LF_GENERATIONS; i++)
		if (slot->gens[i] && !guard_serves(slot, slot->gens[i]))
			slot->gens[i]->guard = (struct lf_guard){};
	guard_renew(slot);
	for (i = 0; i < LF_GENERATIONS && slot->watched; i++)
		if (slot->gens[i])
			guard_mark_gen(slot, slot->gens[i]);
}

void lf_guard_set(struct lf_slot *slot, struct lf_gen *gen, const struct lf_guard *guard)
{
	*(gen ? &gen->guard : &slot->guard) = *guard;
	lf_guard_mark(slot);
}

void lf_guard_end(struct lf_slot *slot)
{
	const struct lf_guard none = {};

	/* No generation is active or an arm any more. */
	lf_guard_set(slot, NULL, &none);
}

void lf_guard_uninit(void)
{
	cancel_delayed_work_sync(&guard_work);
}
