// SPDX-License-Identifier: GPL-2.0
/* The sending rate; rate.h has the states. */
#include "rate.h"

/* d = 0.025 as Aurora's authors train; 4: a queue of three BDPs is more than any path needs. */
const struct lf_rate_config lf_rate_default = {
	.step = LF_ONE / 40,
	.ceiling = 4 * LF_ONE,
	.rate_min = 0,
	.rate_max = LF_RATE_MAX,
};

#define HALVES		2	/* intervals of a round trip */

/*
 * Start-up ends at a delay of a quarter over the least, but at least a millisecond, since acknowledgements come in
 * lumps; at a loss of a twentieth, three packets or more: random loss of 2 % goes past, an overrun queue loses half;
 * or after three round trips that brought less than a quarter more (BBR's figures for a full pipe).
 */
#define START_DELAY_SHIFT	2
#define START_DELAY_US		1000
#define START_LOSS_SHARE	20
#define START_LOSS_PACKETS	3
#define START_ROUNDS		3

/* Below what is delivered: the queue of one round trip is gone in four. */
#define DRAIN_FACTOR	(LF_ONE * 3 / 4)
#define DRAIN_ROUNDS	4
#define DRAIN_SHIFT	3	/* the queue counts as gone at an eighth over the least delay, or START_DELAY_US */

/* A ceiling means nothing where a few packets make the ratio: so much delay is no queue to speak of. */
#define CEILING_US	5000
#define CEILING_ROUNDS	8	/* round trips with the rate down, after which the queue is not ours */

/* Loss-based control for that many round trips before the least delay is taken anew. */
#define COMPETE_ROUNDS	200

/* A packet in half a round trip keeps a connection's clock going; two packets in flight make one acknowledgement at least. */
#define FLOOR_PACKETS	2
#define RTT_DEFAULT_US	1000

#define HEADROOM	(LF_ONE * 5 / 4)
#define HEADROOM_START	(LF_ONE * 2)
#define HEADROOM_PACKETS 4

static u64 floor_of(const struct lf_rate *r, const struct lf_rate_config *c)
{
	return max_t(u64, c->rate_min, lf_rate_of((u64)FLOOR_PACKETS * r->mss, max_t(u32, r->srtt_us, RTT_DEFAULT_US)));
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
}

/* Counts intervals; true at the end of each round trip. */
static bool round_ends(struct lf_rate *r)
{
	if (++r->half < HALVES)
		return false;
	r->half = 0;
	return true;
}

void lf_rate_init(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us)
{
	memset(r, 0, sizeof(*r));
	r->mss = max_t(u32, mss, 1);
	r->srtt_us = srtt_us;
	set_rate(r, lf_rate_of((u64)cwnd * r->mss, srtt_us ? srtt_us : RTT_DEFAULT_US), &lf_rate_default);
	enter(r, LF_RATE_STARTUP);
}

static u64 delivered_rate(const struct lf_rate *r, const struct lf_report *rep)
{
	return lf_rate_of((u64)rep->delivered * r->mss, rep->duration_us);
}

static u32 queue_us(const struct lf_report *rep)
{
	return rep->mean_us > rep->least_us ? rep->mean_us - rep->least_us : 0;
}

static bool past_ceiling(const struct lf_report *rep, u32 ceiling)
{
	return rep->f.latency_ratio > (s32)min_t(u32, ceiling, S32_MAX) && queue_us(rep) > CEILING_US;
}

/* Start-up. */

static bool start_lost(const struct lf_report *rep)
{
	return rep->lost >= START_LOSS_PACKETS && rep->lost > rep->delivered / START_LOSS_SHARE;
}

static bool start_delayed(const struct lf_report *rep)
{
	return queue_us(rep) > max_t(u32, rep->least_us >> START_DELAY_SHIFT, START_DELAY_US);
}

/* The rate delivered is remembered at its greatest; a round trip without a quarter more counts against start-up. */
static bool start_full(struct lf_rate *r, u64 delivered)
{
	if (delivered > r->delivered + r->delivered / 4) {
		r->delivered = delivered;
		r->rounds = 0;
	} else {
		r->rounds++;
	}
	return r->rounds >= START_ROUNDS;
}

static void startup(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c)
{
	u64 delivered = delivered_rate(r, rep);
	bool full = false, ends = round_ends(r);

	if (ends)
		full = start_full(r, delivered);
	if (start_lost(rep) || start_delayed(rep) || full) {
		r->delivered = max_t(u64, r->delivered, delivered);
		set_rate(r, lf_scale(r->delivered, DRAIN_FACTOR), c);
		enter(r, LF_RATE_DRAIN);
	} else if (ends) {
		set_rate(r, r->rate * 2, c);
	}
}

static void drain(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c)
{
	bool empty = queue_us(rep) <= max_t(u32, rep->least_us >> DRAIN_SHIFT, START_DELAY_US);

	if (round_ends(r))
		r->rounds++;
	if (!empty && r->rounds < DRAIN_ROUNDS)
		return;
	set_rate(r, r->delivered, c);
	enter(r, LF_RATE_POLICY);
}

/* The policy. */

static void act(struct lf_rate *r, s32 action, const struct lf_rate_config *c)
{
	s32 a = clamp_t(s32, action, -LF_RATE_ACTION_MAX, LF_RATE_ACTION_MAX);
	u32 size = a < 0 ? -a : a;
	u32 factor = LF_ONE + (u32)min_t(u64, (u64)min_t(u32, c->step, LF_ONE) * size >> LF_SHIFT, LF_FACTOR_MAX / 2);

	if (a >= 0)
		set_rate(r, lf_scale(r->rate, factor), c);
	else
		set_rate(r, div_u64(r->rate << LF_SHIFT, factor), c);
}

static void ceiling_enter(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c)
{
	enter(r, LF_RATE_CEILING);
	set_rate(r, lf_scale(min_t(u64, r->rate, delivered_rate(r, rep)), DRAIN_FACTOR), c);
}

/* The queue above half of what the ceiling allows is still to go. */
static void ceiling(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c)
{
	if (round_ends(r))
		r->rounds++;
	if (!past_ceiling(rep, LF_ONE + (c->ceiling - LF_ONE) / 2)) {
		enter(r, LF_RATE_POLICY);
	} else if (r->rounds >= CEILING_ROUNDS) {
		enter(r, LF_RATE_COMPETE);
	}
}

static void compete(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h, const struct lf_rate_config *c)
{
	set_rate(r, delivered_rate(r, rep), c);
	if (round_ends(r))
		r->rounds = min_t(u32, r->rounds + 1, COMPETE_ROUNDS);
	if (r->rounds >= COMPETE_ROUNDS)
		h->least_us = 0;
	else if (past_ceiling(rep, LF_ONE + (c->ceiling - LF_ONE) / 2))
		return;
	enter(r, LF_RATE_POLICY);
}

bool lf_rate_asks(const struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c)
{
	return r->state == LF_RATE_POLICY && !rep->limited && !past_ceiling(rep, c->ceiling);
}

void lf_rate_step(struct lf_rate *r, const struct lf_report *rep, s32 action, u32 srtt_us, struct lf_history *h,
		  const struct lf_rate_config *c)
{
	r->srtt_us = srtt_us;
	if (rep->limited && r->state != LF_RATE_CEILING && r->state != LF_RATE_COMPETE)
		return;
	switch (r->state) {
	case LF_RATE_STARTUP:
		startup(r, rep, c);
		break;
	case LF_RATE_DRAIN:
		drain(r, rep, c);
		break;
	case LF_RATE_POLICY:
		if (past_ceiling(rep, c->ceiling))
			ceiling_enter(r, rep, c);
		else
			act(r, action, c);
		break;
	case LF_RATE_CEILING:
		ceiling(r, rep, c);
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

u32 lf_rate_cwnd(const struct lf_rate *r, const struct lf_history *h, u32 inflight_min)
{
	u32 rtt = max_t(u32, r->srtt_us, h->least_us);
	u64 bytes = lf_bytes_in(r->rate, rtt ? rtt : RTT_DEFAULT_US);
	u64 packets = div_u64(lf_scale(bytes, r->state == LF_RATE_STARTUP ? HEADROOM_START : HEADROOM), r->mss);

	return min_t(u64, max_t(u64, packets + HEADROOM_PACKETS, inflight_min), U32_MAX);
}
