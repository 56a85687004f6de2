// SPDX-License-Identifier: GPL-2.0
/* The growth of the rate beside a policy. */
#include "rate_parts.h"

/*
 * A path with room. Policies, and the growth that makes shares equal, take some fifty round trips
 * to find a link that has become ten times as fast: at a full link they must move slowly. But there
 * a queue of a 64th of the least delay shows in every other round trip; in the simulator no Aurora
 * policy went without for more than four intervals. After six the rate grows beside by a 128th,
 * then by two of them, and so on: the confidence amplifier of PCC Vivace (Dong et al., NSDI 2018),
 * with the queue in the place of its utility. The first queue ends it, at the rate that arrives
 * then; at an eighth in each interval the rate is 1.4 times too high when the answer comes. A loss
 * of a twentieth ends it too, since a policer has no queue.
 *
 * A connection that had four times the rate not long ago lost it to an outage, or to others who are
 * gone: a quarter at once.
 */
#define CLEAR_SHIFT	6
#define CLEAR_AFTER	6
#define CLEAR_STEP	(LF_ONE / 128)
#define CLEAR_STEPS	16
#define CLEAR_KNOWN	4
#define CLEAR_KNOWN_PART (LF_ONE / 4)

/*
 * With fewer packets than the square of this in a round trip growth is as with so many: policies
 * could not hold against it.
 */
#define GROWTH_ROOT	2

static u32 root(u64 v)
{
	u64 r = 0;
	int bit;

	for (bit = 31; bit >= 0; bit--)
		if ((r | 1ull << bit) * (r | 1ull << bit) <= v)
			r |= 1ull << bit;
	return r;
}

/*
 * The growth that makes shares equal. Flows at one queue see the same features, so a policy
 * multiplies all their rates by the same factor, and who has more keeps more. So each flow's rate
 * grows beside by a part that is smaller the more packets it has in a round trip, share /
 * sqrt(packets), and policies hold against it: where all do that by the same factor, all have the
 * same number of packets per round trip. Two flows' shares come together within some 2 *
 * sqrt(packets) / share intervals.
 */
u64 lf_growth_share(const struct lf_rate *r, u32 least_us, const struct lf_rate_config *c)
{
	u64 packets = div_u64(lf_bytes_in(r->rate, least_us) << 8, r->mss);

	return lf_scale(r->rate, (min_t(u32, c->share, LF_ONE) << 4) /
					 max_t(u32, root(packets), GROWTH_ROOT << 4));
}

bool lf_growth_has_room(const struct lf_rate *r)
{
	return r->clear > CLEAR_AFTER;
}

void lf_growth_count_clear(struct lf_rate *r, const struct lf_report *rep,
			   const struct lf_rate_config *c)
{
	if (!c->share || lf_queue_us(rep) > rep->least_us >> CLEAR_SHIFT || lf_start_lost(rep))
		r->clear = 0;
	else if (r->clear < CLEAR_AFTER + CLEAR_STEPS)
		r->clear++;
}

/* The growth into it. */
u64 lf_growth_into_room(const struct lf_rate *r)
{
	if (!lf_growth_has_room(r))
		return 0;
	if (r->rate < r->best / CLEAR_KNOWN)
		return lf_scale(r->rate, CLEAR_KNOWN_PART);
	return lf_scale(r->rate, (r->clear - CLEAR_AFTER) * CLEAR_STEP);
}
