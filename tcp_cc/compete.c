// SPDX-License-Identifier: GPL-2.0
/* Loss-based control has its time. */
#include "rate_parts.h"

/*
 * Loss-based control for that many round trips, then the queue is tested again; if it stays, the
 * path may be longer.
 */
#define COMPETE_ROUNDS	200

/*
 * A queue that is gone says little: CUBIC's reductions empty a short one for some round trips, and
 * at half our rate it takes as many to fill it again. What tells is a queue that comes back and
 * stands while our part of what is delivered shrinks. Then competition begins at once, with a time
 * in which only a queue that stays away ends it, twice as long each time. All is forgotten after
 * twice that time under a policy, CALM_MIN at least.
 *
 * It begins with the rate of before the policy gave way. While something waits, though less than
 * what counts as standing, that rate is forgotten slowly, by half in 177 round trips: CUBIC takes
 * some hundred to fill a short queue.
 */
/* less by one part of so many: equal flows that come to a link take about as much from others */
#define GAVE_WAY	4
#define STAY_MIN	32
#define STAY_MAX	180	/* below COMPETE_ROUNDS */
#define CALM_MIN	128
#define CALM_STAYS	2
#define EMPTY_ROUNDS	8
#define UNHINDERED_SHIFT 9

/* What is sent and arrives. */
static u64 rate_now(const struct lf_rate *r, const struct lf_report *rep)
{
	return min_t(u64, r->rate, lf_rate_delivered(r, rep));
}

/* From now on a queue that stands is suspected not to be ours. */
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

/* The queue is back: for longer than the last time. */
void lf_compete_at_once(struct lf_rate *r, const struct lf_rate_config *c)
{
	r->stay = clamp_t(u32, 2 * r->stay, STAY_MIN, STAY_MAX);
	lf_compete_enter(r, r->unhindered, c);
}

/* Nobody may, but the policy's evidence is weak (floor.h). */
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

/* Less and less of the queue that stands is ours. */
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
	lf_ceiling_lowest(r, rep);
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
