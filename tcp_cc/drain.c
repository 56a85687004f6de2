// SPDX-License-Identifier: GPL-2.0
/* Drains the queue of start-up, then settles for a round trip at the estimated rate. */
#include "rate_parts.h"

/*
 * DRAIN_FACTOR is half of the delivery rate: a queue of one round trip drains in two, and start-up
 * builds no longer one. What is left after four is treated as a standing queue.
 */
#define DRAIN_ROUNDS	4
/* the queue is gone at an eighth of the least delay, or START_DELAY_US if that is more */
#define DRAIN_SHIFT	3

/*
 * Sends at the estimated rate for a round trip; then the policy begins with an empty past. The
 * policy did not cause what start-up, drain and the step to this rate did to the features, and
 * would respond to them with a much lower rate.
 */
void lf_drain_settle(struct lf_rate *r, u64 rate, const struct lf_rate_config *c)
{
	lf_rate_set(r, rate, c);
	lf_rate_enter(r, LF_RATE_DRAIN);
	r->settles = true;
}

void lf_drain_step(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
		   const struct lf_rate_config *c)
{
	bool empty = lf_queue_us(rep) <= max_t(u32, rep->least_us >> DRAIN_SHIFT, START_DELAY_US),
	     ends = lf_rate_round_ends(r);

	if (ends)
		r->rounds++;
	if (r->settles && ends) {
		lf_history_clear(h);
		lf_rate_enter(r, LF_RATE_POLICY);
	} else if (!r->settles && empty) {
		lf_drain_settle(r, r->delivered, c);
	} else if (!r->settles && r->rounds >= DRAIN_ROUNDS) {
		r->unhindered = r->delivered;
		lf_ceiling_enter(r, rep, r->delivered, c);
	}
}
