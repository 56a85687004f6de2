// SPDX-License-Identifier: GPL-2.0
/* Less than what is delivered, until the queue is gone. */
#include "rate_parts.h"

/*
 * A ceiling means nothing where a few packets make the ratio: so much delay is no queue to speak
 * of.
 */
#define CEILING_US	5000

/*
 * Where more than usual (queue.c) waits for eight round trips on end, the policy has lowered its
 * rate in vain. Then the rate goes down to half of what is delivered. A queue of ours, or of others
 * that do the same, is gone by that in two round trips for each that waits, CEILING_ROUNDS at most;
 * what is left of one that is not belongs to a flow that fills the queue whatever we do. No such
 * flow lets three quarters go: that was another's start-up, which ended too late for us, and what
 * comes back is the queue of two that share the link.
 */
#define CEILING_ROUNDS	8
#define LEFT_SHIFT	2
/* round trips until less sent is less queued; what goes away later, somebody else took away */
#define CEILING_LAG	2

bool lf_ceiling_passed(const struct lf_report *rep, u32 ceiling)
{
	return rep->f.latency_ratio > (s32)min_t(u32, ceiling, S32_MAX) &&
	       lf_queue_us(rep) > CEILING_US;
}

/* @before: the rate to come back to. */
void lf_ceiling_enter(struct lf_rate *r, const struct lf_report *rep, u64 before,
		      const struct lf_rate_config *c)
{
	lf_rate_enter(r, LF_RATE_CEILING);
	r->before = before;
	r->patience = min_t(
		u64, div_u64(2 * (u64)lf_queue_us(rep), max_t(u32, rep->least_us, 1)) + CEILING_LAG,
		CEILING_ROUNDS);
	r->left_us = lf_queue_us(rep) >> LEFT_SHIFT;
	r->went = false;
	lf_rate_set(r, lf_scale(r->before, DRAIN_FACTOR), c);
}

/*
 * If the path has become longer, its delay is the least since competition began; others' queues are
 * seldom full all the time.
 */
void lf_ceiling_lowest(struct lf_rate *r, const struct lf_report *rep)
{
	if (rep->samples && (!r->low_us || rep->delay.level_us < r->low_us))
		r->low_us = rep->delay.level_us;
}

static void path_longer(struct lf_rate *r, struct lf_history *h, const struct lf_rate_config *c)
{
	lf_history_clear(h);
	lf_noise_rebase(&h->noise, r->low_us);
	lf_rate_set(r, r->before, c);
	lf_rate_enter(r, LF_RATE_POLICY);
}

void lf_ceiling_step(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
		     const struct lf_rate_config *c)
{
	bool over;

	if (lf_rate_round_ends(r))
		r->rounds++;
	lf_ceiling_lowest(r, rep);
	r->went |= lf_queue_us(rep) <= r->left_us;
	over = r->rounds >= r->patience;
	if (lf_queue_empty(r, rep) || (over && r->went && !r->stale)) {
		lf_compete_suspect(r);
		lf_drain_settle(r, r->before, c);
	} else if (over && r->stale) {
		path_longer(r, h, c);
	} else if (over) {
		lf_compete_enter(r, max_t(u64, r->before, r->unhindered), c);
	} else {
		return;
	}
	r->stale = false;
}
