// SPDX-License-Identifier: GPL-2.0
/* What every state uses: setting the rate, entering a state, round trips, the delivery rate. */
#include "rate_parts.h"

#define HALVES		2	/* intervals of a round trip */

/*
 * One packet per half round trip keeps the ACK clock running; two packets in flight yield at least
 * one acknowledgement.
 */
#define FLOOR_PACKETS	2

u64 lf_rate_floor(const struct lf_rate *r, const struct lf_rate_config *c)
{
	return max_t(u64, c->rate_min,
		     lf_rate_of((u64)FLOOR_PACKETS * r->mss,
				max_t(u32, r->srtt_us, RTT_DEFAULT_US)));
}

void lf_rate_set(struct lf_rate *r, u64 rate, const struct lf_rate_config *c)
{
	u64 least = min_t(u64, lf_rate_floor(r, c), c->rate_max);

	r->floored = rate < least;
	r->capped = rate > c->rate_max;
	r->rate = clamp_t(u64, rate, least, c->rate_max);
}

void lf_rate_enter(struct lf_rate *r, enum lf_rate_state state)
{
	r->state = state;
	r->rounds = 0;
	r->half = 0;
	r->clear = 0;
	r->settles = false;
}

/* Counts intervals; true at the end of each round trip. */
bool lf_rate_round_ends(struct lf_rate *r)
{
	if (++r->half < HALVES)
		return false;
	r->half = 0;
	return true;
}

u64 lf_rate_delivered(const struct lf_rate *r, const struct lf_report *rep)
{
	return lf_rate_of((u64)rep->delivered * r->mss, rep->duration_us);
}
