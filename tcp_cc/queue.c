// SPDX-License-Identifier: GPL-2.0
/* The queue at the bottleneck: how much of it is normal under a policy. */
#include "rate_parts.h"

/*
 * A queue stands at an eighth of the least delay, or at a few packets of our own or STANDING_US if
 * that is more.
 */
#define STANDING_SHIFT	3
#define STANDING_PACKETS 3
#define FEW_SHIFT	1	/* but no more than half of the least delay */
/* below this many times the floor the policy cannot lower its rate: half of that queue stands */
#define STARVED		2

u32 lf_queue_us(const struct lf_report *rep)
{
	return rep->delay.queue_us;
}

/*
 * The most that queues under a policy: a part of the least delay, or the time of a few packets if
 * that is longer.
 */
static u32 queue_usual(const struct lf_rate *r, const struct lf_report *rep)
{
	u64 few = div64_u64((u64)STANDING_PACKETS * r->mss * USEC_PER_SEC, max_t(u64, r->best, 1));

	few = min_t(u64, few, rep->least_us >> FEW_SHIFT);
	return max_t(u32, max_t(u32, few, rep->least_us >> STANDING_SHIFT), STANDING_US);
}

bool lf_queue_empty(const struct lf_rate *r, const struct lf_report *rep)
{
	return lf_queue_us(rep) < queue_usual(r, rep) / 2;
}

bool lf_queue_stands(const struct lf_rate *r, const struct lf_report *rep,
		     const struct lf_rate_config *c)
{
	if (r->rate < STARVED * lf_rate_floor(r, c))
		return !lf_queue_empty(r, rep);
	return lf_queue_us(rep) >= queue_usual(r, rep);
}

/*
 * If the path has become longer, its delay is the least since competition began: others rarely keep
 * a queue full all the time.
 */
void lf_queue_lowest(struct lf_rate *r, const struct lf_report *rep)
{
	if (rep->samples && (!r->low_us || rep->delay.level_us < r->low_us))
		r->low_us = rep->delay.level_us;
}
