// SPDX-License-Identifier: GPL-2.0
/* The queue of start-up drains; then the rate that is thought right, for a round trip. */
#include "rate_parts.h"

/*
 * Half of what is delivered: the queue of one round trip is gone in two, and start-up builds no
 * longer one. What is left after four is handled as a queue that stands.
 */
#define DRAIN_ROUNDS	4
/* the queue counts as gone at an eighth over the least delay, or START_DELAY_US */
#define DRAIN_SHIFT	3

/*
 * The rate that is thought right, for a round trip; then the policy begins with an empty past. What
 * start-up and drain did to the features, and the step to this rate, are none of its doing: it
 * would answer them with a much lower rate.
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
