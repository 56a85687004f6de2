// SPDX-License-Identifier: GPL-2.0
/*
 * CUBIC; cubic.h has how it is used.
 *
 * After a reduction at window w_max the window follows w(t) = C * (t - K)^3 + w_max: steeply back
 * at first, flat around w_max, then away from it. K, the time until it is back at w_max, follows
 * from where it starts. An acknowledged packet adds (w(t + RTT) - window) / window, so a round trip
 * later the window is what the function says, but at most half of the window more. If Reno's would
 * be larger by now, it counts.
 */
#include "cubic.h"

#define FRAC		8	/* windows in 1/256 packet */
/* parts of a packet: 0.03 packets per round trip at 2^19 packets of window still count */
#define PART		24

/* beta = 0.7, C = 0.4 packets/s^3 (RFC 9438, 4.6 and 5.1). */
#define BETA_NUM	7u
#define BETA_DEN	10u
#define C_NUM		4u
#define C_DEN		10u

/*
 * Reno's growth per round trip that is fair to a reduction to beta: 3 * (1 - beta) / (1 + beta) =
 * 9/17 packets.
 */
#define ALPHA_NUM	9u
#define ALPHA_DEN	17u

/*
 * Upper bounds: of a window (2^22 packets of 1,500 bytes are 6 GB), and of the time to or from a
 * plateau.
 */
#define WINDOW_MAX	(1u << 22)
#define DISTANCE_MAX_MS	300000

#define UNKNOWN_SHARE	20	/* of the window per round trip, before a loss */
#define REDUCED_MIN	2

/* HyStart++'s constants (RFC 9406, 4.3). */
#define RISE_SHIFT	3	/* of the RTT, an eighth, */
#define RISE_MIN_US	4000
#define RISE_MAX_US	16000
#define RISE_SAMPLES	8
#define SLOW_DIVISOR	4
#define SLOW_ROUNDS	5

void lf_cubic_init(struct lf_cubic *c)
{
	memset(c, 0, sizeof(*c));
}

/* --- slow start --- */

/* Has the RTT risen by what indicates a queue: an eighth, within bounds, since jitter is none? */
static bool has_risen(const struct lf_cubic *c)
{
	u32 rise = clamp_t(u32, c->last_us >> RISE_SHIFT, RISE_MIN_US, RISE_MAX_US);

	return c->samples >= RISE_SAMPLES && c->last_us && c->round_us >= c->last_us + rise;
}

void lf_cubic_rtt(struct lf_cubic *c, u32 rtt_us)
{
	if (!rtt_us)
		return;
	rtt_us = min_t(u32, rtt_us, LF_TIME_MAX);
	if (!c->round_us || rtt_us < c->round_us)
		c->round_us = rtt_us;
	if (c->samples < RISE_SAMPLES)
		c->samples++;
	if (c->slow_rounds && c->samples >= RISE_SAMPLES && c->round_us < c->base_us) {
		c->slow_rounds = 0;
	} else if (!c->slow_rounds && has_risen(c)) {
		c->base_us = c->round_us;
		c->slow_rounds = 1;
	}
}

bool lf_cubic_round(struct lf_cubic *c)
{
	c->last_us = c->round_us;
	c->round_us = 0;
	c->samples = 0;
	if (!c->slow_rounds || c->slow_rounds++ < SLOW_ROUNDS)
		return false;
	c->slow_rounds = 0;
	return true;
}

/* Takes what it uses from *acked. */
static u32 slow_start(struct lf_cubic *c, u32 cwnd, u32 ssthresh, u32 *acked)
{
	u32 divisor = c->slow_rounds ? SLOW_DIVISOR : 1,
	    used = min_t(u64, *acked, (u64)(ssthresh - cwnd) * divisor);
	u64 grown = c->part + div_u64((u64)used << PART, divisor);

	*acked -= used;
	c->part = grown & ((1u << PART) - 1);
	return cwnd + (grown >> PART);
}

/* --- congestion avoidance --- */

/* Greatest r with r * r * r <= v. */
static u32 cube_root(u64 v)
{
	u64 r = 0;
	int bit;

	for (bit = 20; bit >= 0; bit--) {
		u64 next = r | 1ull << bit;

		if (next * next * next <= v)
			r = next;
	}
	return r;
}

/* C * t^3 in 1/256 packet. */
static u64 cubed(u64 ms)
{
	ms = min_t(u64, ms, DISTANCE_MAX_MS);
	return div_u64(div_u64(ms * ms * ms, 1000000) * (C_NUM << FRAC), C_DEN * 1000);
}

/* The time in which C * t^3 reaches a distance, the inverse of cubed(); 10^9 ms^3 in a s^3. */
static u32 time_to(u32 distance)
{
	return cube_root(div_u64(distance * 1000000000ull, C_NUM << FRAC) * C_DEN);
}

static void epoch_begins(struct lf_cubic *c, u32 cwnd, u64 now_us)
{
	u32 w = cwnd << FRAC;

	c->epoch_us = now_us;
	c->part = 0;
	c->w_est = (u64)cwnd << PART;
	c->origin = max(c->w_max, w);
	c->k_ms = time_to(c->origin - w);
}

/* The cubic function at @us after the epoch's beginning. */
static u64 window_at(const struct lf_cubic *c, u64 us)
{
	u64 ms = div_u64(us, 1000), below;

	if (ms >= c->k_ms)
		return c->origin + cubed(ms - c->k_ms);
	below = cubed(c->k_ms - ms);
	return below < c->origin ? c->origin - below : 0;
}

/* In 1/256 packet; what the window is to be in a round trip. */
static u64 target(const struct lf_cubic *c, u32 cwnd, u64 age_us, u32 srtt_us)
{
	u64 now = (u64)cwnd << FRAC, least = c->w_max ? now : now + now / UNKNOWN_SHARE;

	return clamp_t(u64, window_at(c, age_us + srtt_us), least, now + now / 2);
}

/*
 * Reno's window. It grows more slowly than Reno until it is back where the reduction came, since
 * that was a smaller one.
 */
static u64 reno(struct lf_cubic *c, u32 cwnd, u32 acked)
{
	u64 step = (u64)acked << PART;

	if (c->w_est >> PART < c->prior)
		step = div_u64(step * ALPHA_NUM, ALPHA_DEN);
	c->w_est += div_u64(step, cwnd);
	return c->w_est;
}

static u32 avoid(struct lf_cubic *c, u32 cwnd, u32 acked, u64 now_us, u32 srtt_us)
{
	u64 age_us, more, friendly, grown;

	if (!c->epoch_us)
		epoch_begins(c, cwnd, now_us);
	age_us = now_us - c->epoch_us;
	more = target(c, cwnd, age_us, srtt_us) - ((u64)cwnd << FRAC);
	grown = ((u64)cwnd << PART) + c->part + div_u64(more * acked << (PART - FRAC), cwnd);
	friendly = reno(c, cwnd, acked);
	if (friendly > grown && window_at(c, age_us) < friendly >> (PART - FRAC))
		grown = min_t(u64, friendly, grown + ((u64)acked << PART));
	c->part = grown & ((1u << PART) - 1);
	return grown >> PART;
}

u32 lf_cubic_acked(struct lf_cubic *c, u32 cwnd, u32 ssthresh, u32 acked, u64 now_us, u32 srtt_us)
{
	u32 w = clamp_t(u32, cwnd, 1, WINDOW_MAX);

	acked = min_t(u32, acked, WINDOW_MAX);
	srtt_us = min_t(u32, srtt_us, LF_TIME_MAX);
	if (w < ssthresh)
		w = slow_start(c, w, ssthresh, &acked);
	if (acked)
		w = avoid(c, min_t(u32, w, WINDOW_MAX), acked, now_us, srtt_us);
	return max(cwnd, min_t(u32, w, WINDOW_MAX));
}

/*
 * Fast convergence: if the window was already smaller than at the previous reduction, others need
 * room, so the plateau is set lower.
 */
u32 lf_cubic_reduce(struct lf_cubic *c, u32 cwnd)
{
	u32 w;

	cwnd = clamp_t(u32, cwnd, 1, WINDOW_MAX);
	w = cwnd << FRAC;
	c->w_max = w < c->w_max ? div_u64((u64)w * (BETA_DEN + BETA_NUM), 2 * BETA_DEN) : w;
	c->prior = cwnd;
	c->epoch_us = 0;
	c->part = 0;
	c->slow_rounds = 0;
	return max_t(u32, cwnd * BETA_NUM / BETA_DEN, REDUCED_MIN);
}

void lf_cubic_forget(struct lf_cubic *c)
{
	lf_cubic_init(c);
}

void lf_cubic_idle(struct lf_cubic *c, u64 us, u64 now_us)
{
	if (c->epoch_us)
		c->epoch_us = min_t(u64, c->epoch_us + us, now_us);
}
