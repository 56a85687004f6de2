// SPDX-License-Identifier: GPL-2.0
/* The sending rate; rate.h has the states. */
#include "rate_parts.h"

/* d = 0.025 as in Aurora's training; ceiling 4: no path needs a queue of three BDPs. */
const struct lf_rate_config lf_rate_default = {
	.step = LF_ONE / 40,
	.share = LF_ONE / 4,
	.ceiling = 4 * LF_ONE,
	.rate_min = 0,
	.rate_max = LF_RATE_MAX,
};

/* a packet's time is that of the recent best rate: a starved flow must not use its own low rate */
#define BEST_SHIFT	10
#define STANDING_ROUNDS	8

/*
 * No policy sends more than twice what is delivered. The effect of a rate shows three intervals
 * later, by which time 1.25^3 may have doubled it. Anything above is a flow that overruns a full
 * queue, and learns nothing, since an interval waits for delivered packets.
 */
#define RUNAWAY_GAIN	2

/* Marks come before a queue is full, so they cost less than losses: RFC 8511's 0.8. */
#define MARKED_FACTOR	(LF_ONE * 4 / 5)

/*
 * The last packet of a burst leaves the bottleneck one burst duration after the first, whoever
 * uses the link, and a policy cannot tell that from a queue. So a burst lasts a 32nd of the least
 * RTT: with a 20th, policies that keep the queue short got four fifths of 1 Gbit/s at 10 ms. But
 * at least 100 us, since more than 10,000 bursts per second cost more than they are worth; and at
 * least two packets, which a receiver acknowledges at once.
 */
#define BURST_SHIFT	5
#define BURST_US	100
#define BURST_MIN	2

#define HEADROOM	(LF_ONE * 5 / 4)
#define HEADROOM_PACKETS 4

static void rate_begin(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us, u32 gain)
{
	memset(r, 0, sizeof(*r));
	r->mss = max_t(u32, mss, 1);
	r->srtt_us = srtt_us;
	lf_floor_init(&r->floor);
	lf_rate_set(r,
		    lf_scale(lf_rate_of((u64)cwnd * r->mss, srtt_us ? srtt_us : RTT_DEFAULT_US),
			     gain),
		    &lf_rate_default);
}

void lf_rate_init(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us)
{
	rate_begin(r, cwnd, mss, srtt_us, START_GAIN);
	lf_rate_enter(r, LF_RATE_STARTUP);
}

void lf_rate_resume(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us)
{
	rate_begin(r, cwnd, mss, srtt_us, LF_ONE);
	lf_rate_enter(r, LF_RATE_POLICY);
}

/* What is both sent and delivered; a single stalled interval does not lower it. */
static u64 rate_of_late(const struct lf_rate *r, const struct lf_report *rep)
{
	return min_t(u64, r->rate, max(r->delivered, lf_rate_delivered(r, rep)));
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
	u64 rate = mapped(r, action, c) + lf_growth_share(r, rep->least_us, c),
	    now = lf_rate_delivered(r, rep);
	bool had_room = lf_growth_has_room(r);

	lf_growth_count_clear(r, rep, c);
	rate += lf_growth_into_room(r);
	r->delivered = max_t(u64, now, r->delivered - r->delivered / 4);
	if (had_room && !lf_growth_has_room(r))
		rate = min_t(u64, rate, lf_floor_noisy(rep) ? r->delivered : now);
	lf_rate_set(r, min_t(u64, rate, r->delivered * RUNAWAY_GAIN + lf_rate_floor(r, c)), c);
}

static void policy(struct lf_rate *r, const struct lf_report *rep, s32 action,
		   const struct lf_rate_config *c)
{
	bool stands = lf_queue_stands(r, rep, c);

	if (lf_floor_step(&r->floor, rep, r->mss) == LF_FLOOR_CHANGE) {
		lf_compete_on_trial(r, c);
		return;
	}
	lf_compete_count_rounds(r, stands);
	if (!stands)
		lf_compete_remember(r, rep);
	if (r->rounds >= STANDING_ROUNDS && lf_compete_suspected(r, rep))
		lf_compete_at_once(r, c);
	else if (r->rounds >= STANDING_ROUNDS || lf_ceiling_passed(rep, c->ceiling))
		lf_ceiling_enter(r, rep, rate_of_late(r, rep), c);
	else
		act(r, rep, action, c);
}

static void ceiling(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
		    const struct lf_rate_config *c)
{
	switch (lf_ceiling_step(r, rep, h, c)) {
	case LF_CEILING_GO_ON:
		break;
	case LF_CEILING_OURS:
		lf_compete_suspect(r);
		lf_drain_settle(r, r->before, c);
		break;
	case LF_CEILING_OTHERS:
		lf_compete_enter(r, max_t(u64, r->before, r->unhindered), c);
		break;
	}
}

bool lf_rate_asks(const struct lf_rate *r, const struct lf_report *rep,
		  const struct lf_rate_config *c)
{
	return r->state == LF_RATE_POLICY && !rep->limited && !lf_ceiling_passed(rep, c->ceiling);
}

void lf_rate_step(struct lf_rate *r, const struct lf_report *rep, s32 action, u32 srtt_us,
		  struct lf_history *h, const struct lf_rate_config *c)
{
	r->srtt_us = srtt_us;
	r->best = max_t(u64, lf_rate_delivered(r, rep), r->best - (r->best >> BEST_SHIFT));
	if (rep->limited && r->state != LF_RATE_CEILING && r->state != LF_RATE_COMPETE) {
		r->clear = 0;
		if (r->state == LF_RATE_STARTUP)
			lf_start_limited(r, rep, c);
		return;
	}
	switch (r->state) {
	case LF_RATE_STARTUP:
		lf_start_step(r, rep, c);
		break;
	case LF_RATE_DRAIN:
		lf_drain_step(r, rep, h, c);
		break;
	case LF_RATE_POLICY:
		policy(r, rep, action, c);
		break;
	case LF_RATE_CEILING:
		ceiling(r, rep, h, c);
		break;
	case LF_RATE_COMPETE:
		lf_compete_step(r, rep, h, c);
		break;
	}
}

void lf_rate_timeout(struct lf_rate *r, const struct lf_rate_config *c)
{
	lf_rate_set(r, r->rate / 2, c);
	if (r->state != LF_RATE_COMPETE)
		lf_rate_enter(r, LF_RATE_POLICY);
}

void lf_rate_idle(struct lf_rate *r, const struct lf_rate_config *c)
{
	if (r->state == LF_RATE_DRAIN && !r->settles)
		lf_drain_settle(r, r->delivered, c);
}

void lf_rate_marked(struct lf_rate *r, const struct lf_rate_config *c)
{
	if (r->state == LF_RATE_STARTUP)
		lf_start_marked(r, c);
	else
		lf_rate_set(r, lf_scale(r->rate, MARKED_FACTOR), c);
}

/*
 * While the queue is unknown (start-up) or unwanted (drain, ceiling), it does not count as part of
 * the round trip; under a policy it counts up to more than any policy needs.
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
