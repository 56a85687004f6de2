// SPDX-License-Identifier: GPL-2.0
/* Sends below the delivery rate until the queue is gone, and judges whose queue it was. */
#include "rate_parts.h"

/*
 * A ceiling means nothing where a few packets dominate the ratio: a queue below this is negligible.
 */
#define CEILING_US	5000

/*
 * If a queue stands (queue.c) for eight consecutive round trips, the policy has lowered its rate
 * in vain. Then the rate drops to half of the delivery rate. A queue of ours, or of others that do
 * the same, drains in two round trips for each one queued, CEILING_ROUNDS at most; a queue that
 * remains belongs to a flow that fills it whatever we do. Such a flow never lets three quarters
 * drain: if they go, the queue was due to another flow's start-up, which ended too late for us,
 * and what comes back is the queue of two flows that share the link.
 */
#define CEILING_ROUNDS	8
#define LEFT_SHIFT	2
/* round trips until sending less shortens the queue; a later drop is due to somebody else */
#define CEILING_LAG	2

bool lf_ceiling_passed(const struct lf_report *rep, u32 ceiling)
{
	return rep->f.latency_ratio > (s32)min_t(u32, ceiling, S32_MAX) &&
	       lf_queue_us(rep) > CEILING_US;
}

/* @before: the rate to return to. */
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

static void path_longer(struct lf_rate *r, struct lf_history *h, const struct lf_rate_config *c)
{
	lf_history_clear(h);
	lf_noise_rebase(&h->noise, r->low_us);
	lf_rate_set(r, r->before, c);
	lf_rate_enter(r, LF_RATE_POLICY);
}

enum lf_ceiling_verdict lf_ceiling_step(struct lf_rate *r, const struct lf_report *rep,
					struct lf_history *h, const struct lf_rate_config *c)
{
	bool empty = lf_queue_empty(r, rep), stale = r->stale, over;

	if (lf_rate_round_ends(r))
		r->rounds++;
	lf_queue_lowest(r, rep);
	r->went |= lf_queue_us(rep) <= r->left_us;
	over = r->rounds >= r->patience;
	if (!over && !empty)
		return LF_CEILING_GO_ON;
	r->stale = false;
	if (empty || (r->went && !stale))
		return LF_CEILING_OURS;
	if (!stale)
		return LF_CEILING_OTHERS;
	path_longer(r, h, c);
	return LF_CEILING_GO_ON;
}
