// SPDX-License-Identifier: GPL-2.0
/* The sending rate; rate.h has the states. */
#include "rate.h"

/* d = 0.025 as Aurora's authors train; 4: a queue of three BDPs is more than any path needs. */
const struct lf_rate_config lf_rate_default = {
	.step = LF_ONE / 40,
	.share = LF_ONE / 4,
	.ceiling = 4 * LF_ONE,
	.rate_min = 0,
	.rate_max = LF_RATE_MAX,
};

#define HALVES		2	/* intervals of a round trip */

/*
 * Start-up sends a multiple of what was delivered, so that it cannot run away from the link. An
 * answer to a rate comes three intervals later: 2 * sqrt(2) times doubles the rate every round
 * trip, as slow start does; twice took half as long again, at 100 ms a twentieth of the first ten
 * seconds. Its window has no headroom, so no more than two BDPs come to wait once the link is full.
 * It ends at a delay of an eighth over the least, but at least a millisecond, since
 * acknowledgements come in lumps; at a loss of a twentieth, three packets or more: random loss of 2
 * % goes past, an overrun queue loses half; or after three round trips that brought less than a
 * quarter more (BBR's figures for a full pipe).
 */
#define START_GAIN		(LF_ONE * 181 / 64)
#define START_DELAY_SHIFT	3
#define START_DELAY_US		1000
#define START_LOSS_SHARE	20
#define START_LOSS_PACKETS	3
#define START_ROUNDS		3

/*
 * Half of what is delivered: the queue of one round trip is gone in two, and start-up builds no
 * longer one. What is left after four is handled as a queue that stands.
 */
#define DRAIN_FACTOR	(LF_ONE / 2)
#define DRAIN_ROUNDS	4
/* the queue counts as gone at an eighth over the least delay, or START_DELAY_US */
#define DRAIN_SHIFT	3

/*
 * A ceiling means nothing where a few packets make the ratio: so much delay is no queue to speak
 * of.
 */
#define CEILING_US	5000

/*
 * A queue that stands: policies keep less than a quarter of the least delay waiting, or a few
 * packets of their own. Where more waits for eight round trips on end, the policy has lowered its
 * rate in vain. Then the rate goes down to half of what is delivered. A queue of ours, or of others
 * that do the same, is gone by that in two round trips for each that waits, CEILING_ROUNDS at most;
 * what is left of one that is not belongs to a flow that fills the queue whatever we do. No such
 * flow lets three quarters go: that was another's start-up, which ended too late for us, and what
 * comes back is the queue of two that share the link.
 */
#define STANDING_SHIFT	3
#define STANDING_PACKETS 3
#define FEW_SHIFT	1	/* but no more than half of the least delay */
/* a packet's time is that of the best rate of late: who starves must not take it for patience */
#define BEST_SHIFT	10
#define STANDING_US	2000
#define STANDING_ROUNDS	8
#define CEILING_ROUNDS	8
#define LEFT_SHIFT	2
/* below so many times the floor the policy cannot lower its rate: half of that queue is enough */
#define STARVED		2
/* round trips until less sent is less queued; what goes away later, somebody else took away */
#define CEILING_LAG	2

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

/*
 * A packet in half a round trip keeps a connection's clock going; two packets in flight make one
 * acknowledgement at least.
 */
#define FLOOR_PACKETS	2
#define RTT_DEFAULT_US	1000

/*
 * No policy sends more than twice what arrives. An answer to a rate comes three intervals later, in
 * which it may have doubled by 1.25^3. More is a flow that shouts at a full queue, and learns
 * nothing since an interval waits for packets delivered.
 */
#define RUNAWAY_GAIN	2

/* Marks come before a queue is full, so they cost less than losses: RFC 8511's 0.8. */
#define MARKED_FACTOR	(LF_ONE * 4 / 5)

/*
 * The last packet of a burst leaves the bottleneck a burst's time after its first, whoever has the
 * link, and a policy cannot tell that from a queue. So a burst takes a 32nd of the least RTT: with
 * a 20th, policies that keep the queue short had four fifths of 1 Gbit/s at 10 ms. But no less than
 * 100 us, for more than 10,000 bursts a second cost more than they tell; and two packets, which a
 * receiver acknowledges at once.
 */
#define BURST_SHIFT	5
#define BURST_US	100
#define BURST_MIN	2

#define HEADROOM	(LF_ONE * 5 / 4)
#define HEADROOM_PACKETS 4

static u64 floor_of(const struct lf_rate *r, const struct lf_rate_config *c)
{
	return max_t(u64, c->rate_min,
		     lf_rate_of((u64)FLOOR_PACKETS * r->mss,
				max_t(u32, r->srtt_us, RTT_DEFAULT_US)));
}

static void set_rate(struct lf_rate *r, u64 rate, const struct lf_rate_config *c)
{
	u64 least = min_t(u64, floor_of(r, c), c->rate_max);

	r->floored = rate < least;
	r->capped = rate > c->rate_max;
	r->rate = clamp_t(u64, rate, least, c->rate_max);
}

static void enter(struct lf_rate *r, enum lf_rate_state state)
{
	r->state = state;
	r->rounds = 0;
	r->half = 0;
	r->clear = 0;
	r->settles = false;
}

/* Counts intervals; true at the end of each round trip. */
static bool round_ends(struct lf_rate *r)
{
	if (++r->half < HALVES)
		return false;
	r->half = 0;
	return true;
}

static void begin(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us, u32 gain)
{
	memset(r, 0, sizeof(*r));
	r->mss = max_t(u32, mss, 1);
	r->srtt_us = srtt_us;
	lf_floor_init(&r->floor);
	set_rate(r,
		 lf_scale(lf_rate_of((u64)cwnd * r->mss, srtt_us ? srtt_us : RTT_DEFAULT_US), gain),
		 &lf_rate_default);
}

void lf_rate_init(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us)
{
	begin(r, cwnd, mss, srtt_us, START_GAIN);
	enter(r, LF_RATE_STARTUP);
}

void lf_rate_resume(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us)
{
	begin(r, cwnd, mss, srtt_us, LF_ONE);
	enter(r, LF_RATE_POLICY);
}

static u64 delivered_rate(const struct lf_rate *r, const struct lf_report *rep)
{
	return lf_rate_of((u64)rep->delivered * r->mss, rep->duration_us);
}

/* What is sent and arrives. */
static u64 rate_now(const struct lf_rate *r, const struct lf_report *rep)
{
	return min_t(u64, r->rate, delivered_rate(r, rep));
}

/* The same, but a single stalled interval does not lose what came before it. */
static u64 rate_of_late(const struct lf_rate *r, const struct lf_report *rep)
{
	return min_t(u64, r->rate, max(r->delivered, delivered_rate(r, rep)));
}

static u32 queue_us(const struct lf_report *rep)
{
	return rep->delay.queue_us;
}

/*
 * As much as waits under a policy: part of the least delay, or the time of a few packets where
 * these are more.
 */
static u32 queue_usual(const struct lf_rate *r, const struct lf_report *rep)
{
	u64 few = div64_u64((u64)STANDING_PACKETS * r->mss * USEC_PER_SEC, max_t(u64, r->best, 1));

	few = min_t(u64, few, rep->least_us >> FEW_SHIFT);
	return max_t(u32, max_t(u32, few, rep->least_us >> STANDING_SHIFT), STANDING_US);
}

static bool past_ceiling(const struct lf_report *rep, u32 ceiling)
{
	return rep->f.latency_ratio > (s32)min_t(u32, ceiling, S32_MAX) &&
	       queue_us(rep) > CEILING_US;
}

/* Start-up. */

static bool start_lost(const struct lf_report *rep)
{
	return rep->lost >= START_LOSS_PACKETS && rep->lost > rep->delivered / START_LOSS_SHARE;
}

/* Where samples swing, no delay tells of a queue; start-up's window bounds what comes to wait. */
static bool start_delayed(const struct lf_report *rep)
{
	if (lf_floor_noisy(rep))
		return false;
	return queue_us(rep) > max_t(u32, rep->least_us >> START_DELAY_SHIFT, START_DELAY_US);
}

/*
 * The rate delivered is remembered at its greatest; a round trip without a quarter more counts
 * against start-up.
 */
static bool start_full(struct lf_rate *r)
{
	if (r->delivered > r->before + r->before / 4) {
		r->before = r->delivered;
		r->rounds = 0;
	} else {
		r->rounds++;
	}
	return r->rounds >= START_ROUNDS;
}

static void start_end(struct lf_rate *r, const struct lf_rate_config *c)
{
	set_rate(r, lf_scale(r->delivered, DRAIN_FACTOR), c);
	enter(r, LF_RATE_DRAIN);
}

/* Acknowledgements that come in lumps may look like more than was ever sent. */
static void start_delivers(struct lf_rate *r, const struct lf_report *rep)
{
	r->delivered = max_t(u64, r->delivered, min_t(u64, delivered_rate(r, rep), r->rate));
}

/*
 * Requests of less than two round trips never fill an interval, but they may overrun the queue, and
 * would do so each time.
 */
static void start_limited(struct lf_rate *r, const struct lf_report *rep,
			  const struct lf_rate_config *c)
{
	start_delivers(r, rep);
	if (start_lost(rep))
		start_end(r, c);
}

static void startup(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c)
{
	bool full = false;

	start_delivers(r, rep);
	if (round_ends(r))
		full = start_full(r);
	if (start_lost(rep) || start_delayed(rep) || full)
		start_end(r, c);
	else
		set_rate(r, max_t(u64, r->rate, lf_scale(r->delivered, START_GAIN)), c);
}

/*
 * The rate that is thought right, for a round trip; then the policy begins with an empty past. What
 * start-up and drain did to the features, and the step to this rate, are none of its doing: it
 * would answer them with a much lower rate.
 */
static void settle(struct lf_rate *r, u64 rate, const struct lf_rate_config *c)
{
	set_rate(r, rate, c);
	enter(r, LF_RATE_DRAIN);
	r->settles = true;
}

/* @before: the rate to come back to. */
static void ceiling_enter(struct lf_rate *r, const struct lf_report *rep, u64 before,
			  const struct lf_rate_config *c)
{
	enter(r, LF_RATE_CEILING);
	r->before = before;
	r->patience = min_t(
		u64, div_u64(2 * (u64)queue_us(rep), max_t(u32, rep->least_us, 1)) + CEILING_LAG,
		CEILING_ROUNDS);
	r->left_us = queue_us(rep) >> LEFT_SHIFT;
	r->went = false;
	set_rate(r, lf_scale(r->before, DRAIN_FACTOR), c);
}

static void drain(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
		  const struct lf_rate_config *c)
{
	bool empty = queue_us(rep) <= max_t(u32, rep->least_us >> DRAIN_SHIFT, START_DELAY_US),
	     ends = round_ends(r);

	if (ends)
		r->rounds++;
	if (r->settles && ends) {
		lf_history_clear(h);
		enter(r, LF_RATE_POLICY);
	} else if (!r->settles && empty) {
		settle(r, r->delivered, c);
	} else if (!r->settles && r->rounds >= DRAIN_ROUNDS) {
		r->unhindered = r->delivered;
		ceiling_enter(r, rep, r->delivered, c);
	}
}

/* The policy. */

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
static u64 growth(const struct lf_rate *r, u32 least_us, const struct lf_rate_config *c)
{
	u64 packets = div_u64(lf_bytes_in(r->rate, least_us) << 8, r->mss);

	return lf_scale(r->rate, (min_t(u32, c->share, LF_ONE) << 4) /
					 max_t(u32, root(packets), GROWTH_ROOT << 4));
}

static bool has_room(const struct lf_rate *r)
{
	return r->clear > CLEAR_AFTER;
}

static void count_clear(struct lf_rate *r, const struct lf_report *rep,
			const struct lf_rate_config *c)
{
	if (!c->share || queue_us(rep) > rep->least_us >> CLEAR_SHIFT || start_lost(rep))
		r->clear = 0;
	else if (r->clear < CLEAR_AFTER + CLEAR_STEPS)
		r->clear++;
}

/* The growth into it. */
static u64 into_room(const struct lf_rate *r)
{
	if (!has_room(r))
		return 0;
	if (r->rate < r->best / CLEAR_KNOWN)
		return lf_scale(r->rate, CLEAR_KNOWN_PART);
	return lf_scale(r->rate, (r->clear - CLEAR_AFTER) * CLEAR_STEP);
}

/* Aurora's map. */
static u64 mapped(const struct lf_rate *r, s32 action, const struct lf_rate_config *c)
{
	s32 a = clamp_t(s32, action, -LF_RATE_ACTION_MAX, LF_RATE_ACTION_MAX);
	u32 size = a < 0 ? -a : a;
	u32 factor = LF_ONE + (u32)min_t(u64, (u64)min_t(u32, c->step, LF_ONE) * size >> LF_SHIFT,
					 LF_FACTOR_MAX / 2);

	return a >= 0 ? lf_scale(r->rate, factor) : div_u64(r->rate << LF_SHIFT, factor);
}

static void act(struct lf_rate *r, const struct lf_report *rep, s32 action,
		const struct lf_rate_config *c)
{
	u64 rate = mapped(r, action, c) + growth(r, rep->least_us, c), now = delivered_rate(r, rep);
	bool had_room = has_room(r);

	count_clear(r, rep, c);
	rate += into_room(r);
	r->delivered = max_t(u64, now, r->delivered - r->delivered / 4);
	if (had_room && !has_room(r))
		rate = min_t(u64, rate, lf_floor_noisy(rep) ? r->delivered : now);
	set_rate(r, min_t(u64, rate, r->delivered * RUNAWAY_GAIN + floor_of(r, c)), c);
}

/* From now on a queue that stands is suspected not to be ours. */
static void suspect(struct lf_rate *r)
{
	r->stay = max_t(u32, r->stay, 1);
	r->calm = 0;
}

static void compete_begin(struct lf_rate *r, u64 rate, const struct lf_rate_config *c)
{
	set_rate(r, rate, c);
	enter(r, LF_RATE_COMPETE);
	r->empty = 0;
	r->low_us = 0;
}

/* Others fill the queue. */
static void compete_enter(struct lf_rate *r, u64 rate, const struct lf_rate_config *c)
{
	compete_begin(r, rate, c);
	suspect(r);
}

/* Nobody may, but the policy's evidence is weak (floor.h). */
static void compete_on_trial(struct lf_rate *r, const struct lf_rate_config *c)
{
	compete_begin(r, max(r->rate, lf_floor_rate(&r->floor)), c);
	lf_floor_turn(&r->floor, true);
}

static void trial(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c)
{
	if (lf_floor_step(&r->floor, rep, r->mss) == LF_FLOOR_GO_ON)
		return;
	lf_floor_turn(&r->floor, false);
	settle(r, lf_floor_rate(&r->floor), c);
}

/* Less and less of the queue that stands is ours. */
static bool gave_way(const struct lf_rate *r, const struct lf_report *rep)
{
	return delivered_rate(r, rep) < r->unhindered - r->unhindered / GAVE_WAY;
}

static void count_rounds(struct lf_rate *r, bool stands)
{
	bool ends = round_ends(r);

	if (!stands)
		r->rounds = 0;
	else if (ends)
		r->rounds++;
	if (ends && r->stay && ++r->calm > max_t(u32, CALM_MIN, CALM_STAYS * r->stay))
		r->stay = 0;
}

static bool is_empty(const struct lf_rate *r, const struct lf_report *rep)
{
	return queue_us(rep) < queue_usual(r, rep) / 2;
}

static void remember_unhindered(struct lf_rate *r, const struct lf_report *rep)
{
	u64 faded = r->unhindered - (r->unhindered >> UNHINDERED_SHIFT);

	r->unhindered = is_empty(r, rep) ? r->rate : max_t(u64, r->rate, faded);
}

static bool queue_stands(const struct lf_rate *r, const struct lf_report *rep,
			 const struct lf_rate_config *c)
{
	if (r->rate < STARVED * floor_of(r, c))
		return !is_empty(r, rep);
	return queue_us(rep) >= queue_usual(r, rep);
}

static void policy(struct lf_rate *r, const struct lf_report *rep, s32 action,
		   const struct lf_rate_config *c)
{
	bool stands = queue_stands(r, rep, c);

	if (lf_floor_step(&r->floor, rep, r->mss) == LF_FLOOR_CHANGE) {
		compete_on_trial(r, c);
		return;
	}
	count_rounds(r, stands);
	if (!stands)
		remember_unhindered(r, rep);
	if (r->rounds >= STANDING_ROUNDS && r->stay && gave_way(r, rep)) {
		r->stay = clamp_t(u32, 2 * r->stay, STAY_MIN, STAY_MAX);
		compete_enter(r, r->unhindered, c);
	} else if (r->rounds >= STANDING_ROUNDS || past_ceiling(rep, c->ceiling)) {
		ceiling_enter(r, rep, rate_of_late(r, rep), c);
	} else {
		act(r, rep, action, c);
	}
}

/*
 * If the path has become longer, its delay is the least since competition began; others' queues are
 * seldom full all the time.
 */
static void lowest(struct lf_rate *r, const struct lf_report *rep)
{
	if (rep->samples && (!r->low_us || rep->delay.level_us < r->low_us))
		r->low_us = rep->delay.level_us;
}

static void path_longer(struct lf_rate *r, struct lf_history *h, const struct lf_rate_config *c)
{
	lf_history_clear(h);
	lf_noise_rebase(&h->noise, r->low_us);
	set_rate(r, r->before, c);
	enter(r, LF_RATE_POLICY);
}

static void ceiling(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
		    const struct lf_rate_config *c)
{
	bool over;

	if (round_ends(r))
		r->rounds++;
	lowest(r, rep);
	r->went |= queue_us(rep) <= r->left_us;
	over = r->rounds >= r->patience;
	if (is_empty(r, rep) || (over && r->went && !r->stale)) {
		suspect(r);
		settle(r, r->before, c);
	} else if (over && r->stale) {
		path_longer(r, h, c);
	} else if (over) {
		compete_enter(r, max_t(u64, r->before, r->unhindered), c);
	} else {
		return;
	}
	r->stale = false;
}

static void compete(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
		    const struct lf_rate_config *c)
{
	bool empty = is_empty(r, rep);

	set_rate(r, delivered_rate(r, rep), c);
	lowest(r, rep);
	if (r->floor.competes) {
		trial(r, rep, c);
		return;
	}
	if (round_ends(r)) {
		r->rounds++;
		r->empty++;
	}
	if (!empty)
		r->empty = 0;
	if (empty && (r->rounds >= r->stay || r->empty >= EMPTY_ROUNDS)) {
		lf_history_clear(h);
		enter(r, LF_RATE_POLICY);
	} else if (r->rounds >= COMPETE_ROUNDS) {
		ceiling_enter(r, rep, rate_now(r, rep), c);
		r->stale = true;
	}
}

bool lf_rate_asks(const struct lf_rate *r, const struct lf_report *rep,
		  const struct lf_rate_config *c)
{
	return r->state == LF_RATE_POLICY && !rep->limited && !past_ceiling(rep, c->ceiling);
}

void lf_rate_step(struct lf_rate *r, const struct lf_report *rep, s32 action, u32 srtt_us,
		  struct lf_history *h, const struct lf_rate_config *c)
{
	r->srtt_us = srtt_us;
	r->best = max_t(u64, delivered_rate(r, rep), r->best - (r->best >> BEST_SHIFT));
	if (rep->limited && r->state != LF_RATE_CEILING && r->state != LF_RATE_COMPETE) {
		r->clear = 0;
		if (r->state == LF_RATE_STARTUP)
			start_limited(r, rep, c);
		return;
	}
	switch (r->state) {
	case LF_RATE_STARTUP:
		startup(r, rep, c);
		break;
	case LF_RATE_DRAIN:
		drain(r, rep, h, c);
		break;
	case LF_RATE_POLICY:
		policy(r, rep, action, c);
		break;
	case LF_RATE_CEILING:
		ceiling(r, rep, h, c);
		break;
	case LF_RATE_COMPETE:
		compete(r, rep, h, c);
		break;
	}
}

void lf_rate_timeout(struct lf_rate *r, const struct lf_rate_config *c)
{
	set_rate(r, r->rate / 2, c);
	if (r->state != LF_RATE_COMPETE)
		enter(r, LF_RATE_POLICY);
}

void lf_rate_idle(struct lf_rate *r, const struct lf_rate_config *c)
{
	if (r->state == LF_RATE_DRAIN && !r->settles)
		settle(r, r->delivered, c);
}

void lf_rate_marked(struct lf_rate *r, const struct lf_rate_config *c)
{
	if (r->state == LF_RATE_STARTUP) {
		r->delivered = max_t(u64, r->delivered, div_u64(r->rate << LF_SHIFT, START_GAIN));
		start_end(r, c);
	} else {
		set_rate(r, lf_scale(r->rate, MARKED_FACTOR), c);
	}
}

/*
 * While the queue is unknown (start-up) or unwanted (drain, ceiling), it does not count as part of
 * the round trip; under a policy as much of it as no policy needs.
 */
static u32 window_rtt(const struct lf_rate *r, const struct lf_history *h)
{
	u32 rtt = max_t(u32, r->srtt_us, h->noise.base_us);

	if (h->noise.base_us && r->state == LF_RATE_POLICY)
		rtt = min_t(u32, rtt, 2 * h->noise.base_us + STANDING_US);
	else if (h->noise.base_us && r->state != LF_RATE_COMPETE)
		rtt = h->noise.base_us;
	return rtt ? rtt : RTT_DEFAULT_US;
}

u32 lf_rate_cwnd(const struct lf_rate *r, const struct lf_history *h, u32 inflight_min)
{
	u32 headroom = r->state == LF_RATE_STARTUP ? LF_ONE : HEADROOM;
	u64 packets = div_u64(lf_scale(lf_bytes_in(r->rate, window_rtt(r, h)), headroom), r->mss);

	return min_t(u64, max_t(u64, packets + HEADROOM_PACKETS, inflight_min), U32_MAX);
}

u32 lf_rate_burst(const struct lf_rate *r, const struct lf_history *h)
{
	u32 least = h->noise.base_us ? h->noise.base_us : r->srtt_us;
	u64 bytes = lf_bytes_in(r->rate, max_t(u32, least >> BURST_SHIFT, BURST_US));

	return clamp_t(u64, div_u64(bytes, r->mss), BURST_MIN, U32_MAX);
}
