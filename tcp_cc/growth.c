// SPDX-License-Identifier: GPL-2.0
/* Growth of the rate in addition to the policy: to equalise shares, and into spare capacity. */
#include "rate_parts.h"

/*
 * Spare capacity. Policies, and the growth that equalises shares, need some fifty round trips to
 * find that a link has become ten times as fast: at a full link they must move slowly. But a full
 * link shows a queue of a 64th of the least delay in every other round trip; in the simulator no
 * Aurora policy went without one for more than four intervals. After six, the rate also grows by a
 * 128th, then by two 128ths, and so on: the confidence amplifier of PCC Vivace (Dong et al., NSDI
 * 2018), with the queue in place of its utility. The first queue ends it, at the delivery rate of
 * that moment; at an eighth per interval the rate is 1.4 times too high by the time feedback
 * arrives. A loss of a twentieth ends it too, since a policer has no queue.
 *
 * A connection that recently had four times the rate lost it to an outage, or to flows that have
 * ended: it grows by a quarter at once.
 */
#define CLEAR_SHIFT	6
#define CLEAR_AFTER	6
#define CLEAR_STEP	(LF_ONE / 128)
#define CLEAR_STEPS	16
#define CLEAR_KNOWN	4
#define CLEAR_KNOWN_PART (LF_ONE / 4)

/*
 * Lower bound of sqrt(packets per round trip): policies could not counter the growth of still fewer
 * packets.
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
 * The growth that equalises shares. Flows at one queue see the same features, so a policy
 * multiplies all their rates by the same factor, and larger flows stay larger. So each flow's rate
 * also grows by a factor that falls with its packets per round trip, share / sqrt(packets), and
 * the policies counter it: when all do so by the same factor, all have the same number of packets
 * per round trip. Two flows' shares converge within some 2 * sqrt(packets) / share intervals.
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

/* The growth into spare capacity. */
u64 lf_growth_into_room(const struct lf_rate *r)
{
	if (!lf_growth_has_room(r))
		return 0;
	if (r->rate < r->best / CLEAR_KNOWN)
		return lf_scale(r->rate, CLEAR_KNOWN_PART);
	return lf_scale(r->rate, (r->clear - CLEAR_AFTER) * CLEAR_STEP);
}
