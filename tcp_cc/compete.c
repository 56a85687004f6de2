// SPDX-License-Identifier: GPL-2.0
/* Competition: loss-based control takes over. When it begins, and how long it lasts. */
#include "rate_parts.h"

/*
 * After this many round trips of loss-based control the queue is tested again; if it stays, the
 * path may be longer.
 */
#define COMPETE_ROUNDS	200

/*
 * An empty queue proves little: CUBIC's reductions empty a short one for some round trips, and at
 * half our rate it takes as many to fill it again. The evidence is a queue that comes back and
 * stands while our delivery rate shrinks. Then competition begins at once, with a minimum
 * duration, twice as long each time, within which it ends only if the queue stays empty. The
 * suspicion is dropped after twice that time under a policy, but not before CALM_MIN.
 *
 * Competition begins at the rate from before the policy gave way. While some queue exists, but
 * less than a standing one, that rate fades by half in 177 round trips: CUBIC takes some hundred
 * to fill a short queue.
 */
/* a quarter less: about what new flows of our own kind take from others at a link */
#define GAVE_WAY	4
#define STAY_MIN	32
#define STAY_MAX	180	/* below COMPETE_ROUNDS */
#define CALM_MIN	128
#define CALM_STAYS	2
#define EMPTY_ROUNDS	8
#define UNHINDERED_SHIFT 9

/* What is both sent and delivered. */
static u64 rate_now(const struct lf_rate *r, const struct lf_report *rep)
{
	return min_t(u64, r->rate, lf_rate_delivered(r, rep));
}

/* From now on, suspect that a standing queue is not ours. */
void lf_compete_suspect(struct lf_rate *r)
{
	r->stay = max_t(u32, r->stay, 1);
	r->calm = 0;
}

static void compete_begin(struct lf_rate *r, u64 rate, const struct lf_rate_config *c)
{
	lf_rate_set(r, rate, c);
	lf_rate_enter(r, LF_RATE_COMPETE);
	r->empty = 0;
	r->low_us = 0;
}

/* Others fill the queue. */
void lf_compete_enter(struct lf_rate *r, u64 rate, const struct lf_rate_config *c)
{
	compete_begin(r, rate, c);
	lf_compete_suspect(r);
}

/* The queue is back: competition lasts twice as long as the last time. */
void lf_compete_at_once(struct lf_rate *r, const struct lf_rate_config *c)
{
	r->stay = clamp_t(u32, 2 * r->stay, STAY_MIN, STAY_MAX);
	lf_compete_enter(r, r->unhindered, c);
}

/* Perhaps nobody does, but the policy's evidence is weak (floor.h). */
void lf_compete_on_trial(struct lf_rate *r, const struct lf_rate_config *c)
{
	compete_begin(r, max(r->rate, lf_floor_rate(&r->floor)), c);
	lf_floor_turn(&r->floor, true);
}

static void trial(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c)
{
	if (lf_floor_step(&r->floor, rep, r->mss) == LF_FLOOR_GO_ON)
		return;
	lf_floor_turn(&r->floor, false);
	lf_drain_settle(r, lf_floor_rate(&r->floor), c);
}

/* A queue has stood recently, and we have given way since. */
bool lf_compete_suspected(const struct lf_rate *r, const struct lf_report *rep)
{
	return r->stay && lf_rate_delivered(r, rep) < r->unhindered - r->unhindered / GAVE_WAY;
}

void lf_compete_count_rounds(struct lf_rate *r, bool stands)
{
	bool ends = lf_rate_round_ends(r);

	if (!stands)
		r->rounds = 0;
	else if (ends)
		r->rounds++;
	if (ends && r->stay && ++r->calm > max_t(u32, CALM_MIN, CALM_STAYS * r->stay))
		r->stay = 0;
}

void lf_compete_remember(struct lf_rate *r, const struct lf_report *rep)
{
	u64 faded = r->unhindered - (r->unhindered >> UNHINDERED_SHIFT);

	r->unhindered = lf_queue_empty(r, rep) ? r->rate : max_t(u64, r->rate, faded);
}

void lf_compete_step(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
		     const struct lf_rate_config *c)
{
	bool empty = lf_queue_empty(r, rep);

	lf_rate_set(r, lf_rate_delivered(r, rep), c);
	lf_queue_lowest(r, rep);
	if (r->floor.competes) {
		trial(r, rep, c);
		return;
	}
	if (lf_rate_round_ends(r)) {
		r->rounds++;
		r->empty++;
	}
	if (!empty)
		r->empty = 0;
	if (empty && (r->rounds >= r->stay || r->empty >= EMPTY_ROUNDS)) {
		lf_history_clear(h);
		lf_rate_enter(r, LF_RATE_POLICY);
	} else if (r->rounds >= COMPETE_ROUNDS) {
		lf_ceiling_enter(r, rep, rate_now(r, rep), c);
		r->stale = true;
	}
}
