// SPDX-License-Identifier: GPL-2.0
/* Monitor intervals; interval.h has what they are. */
#include "interval.h"

#define INFLATION_MIN	(-LF_ONE)
#define INFLATION_MAX	(10 * LF_ONE)
#define RATIO_MAX	(10000 * LF_ONE)
#define SEND_MAX	(1000 * LF_ONE)
#define FIRST_RTT_US	1000
/* of at most LF_TIME_MAX each: sums in steps of 1 / LF_ONE stay below 2^63 */
#define SAMPLES_MAX	(1u << 20)

static const struct lf_features empty = { 0, LF_ONE, LF_ONE };

void lf_history_clear(struct lf_history *h)
{
	int k;

	for (k = 0; k < LF_INTERVAL_HISTORY; k++)
		h->past[k] = empty;
}

void lf_history_init(struct lf_history *h)
{
	lf_history_clear(h);
	lf_noise_init(&h->noise);
}

void lf_history_push(struct lf_history *h, const struct lf_features *f)
{
	memmove(h->past, h->past + 1, sizeof(h->past) - sizeof(h->past[0]));
	h->past[LF_INTERVAL_HISTORY - 1] = *f;
}

void lf_interval_start(struct lf_interval *i, u64 now_us, u32 srtt_us, const struct lf_totals *t)
{
	i->start_us = now_us;
	i->length_us = max_t(u32, (srtt_us ? srtt_us : FIRST_RTT_US) / 2, 1);
	i->limited = false;
	i->at_start = *t;
	i->rtts.width = 1;
	i->rtts.n = 0;
	lf_swing_start(&i->swing);
}

static void join_neighbours(struct lf_rtts *r)
{
	int b;

	for (b = 0; b < LF_INTERVAL_BUCKETS / 2; b++)
		r->sum[b] = r->sum[2 * b] + r->sum[2 * b + 1];
	r->width *= 2;
}

void lf_interval_rtt(struct lf_interval *i, u32 rtt_us, u64 now_us)
{
	struct lf_rtts *r = &i->rtts;
	u32 b;

	if (!rtt_us || r->n >= SAMPLES_MAX)
		return;
	rtt_us = min_t(u32, rtt_us, LF_TIME_MAX);
	if (!r->n)
		i->first_us = now_us;
	i->last_us = now_us;
	lf_swing_sample(&i->swing, rtt_us);
	if (r->n == r->width * LF_INTERVAL_BUCKETS)
		join_neighbours(r);
	b = r->n / r->width;
	if (r->n % r->width)
		r->sum[b] += rtt_us;
	else
		r->sum[b] = rtt_us;
	r->n++;
}

bool lf_interval_over(const struct lf_interval *i, u64 now_us, const struct lf_totals *t)
{
	return now_us - i->start_us >= i->length_us &&
	       t->delivered - i->at_start.delivered >= LF_INTERVAL_PACKETS;
}

static u64 sum_of(const struct lf_rtts *r, u32 from, u32 to)
{
	u64 sum = 0;
	u32 b;

	for (b = from; b < to; b++)
		sum += r->sum[b];
	return sum;
}

/* The border between the halves, in buckets; the earlier half has n / 2 samples. */
static u32 border(const struct lf_rtts *r)
{
	return max_t(u32, r->n / 2 / r->width, 1);
}

/* The part of a rise or fall that noise does not explain. */
static s64 beyond(s64 rise, u32 swing_us)
{
	s64 swing = (s64)swing_us << LF_SHIFT;

	return rise < 0 ? min_t(s64, rise + swing, 0) : max_t(s64, rise - swing, 0);
}

static s32 interval_inflation(const struct lf_rtts *r, u32 buckets, u64 duration_us, u32 swing_us)
{
	u32 half = border(r), early = half * r->width, late = r->n - early;
	s64 before, after, rise;

	if (r->n < 2)
		return 0;
	before = div_u64(sum_of(r, 0, half) << LF_SHIFT, early);
	after = div_u64(sum_of(r, half, buckets) << LF_SHIFT, late);
	rise = beyond(after - before, swing_us);
	if (rise < 0)
		rise = -(s64)div64_u64(-rise, duration_us);
	else
		rise = div64_u64(rise, duration_us);
	return clamp_t(s64, rise, INFLATION_MIN, INFLATION_MAX);
}

/*
 * What was sent and not delivered is lost, waits, or its acknowledgements are late: as many as come
 * in the time of the noise may be. So noise brings the ratio as near to 1 as they allow, but not
 * below what is known to be lost.
 */
static s32 send_ratio(const struct lf_report *r)
{
	u64 late = div64_u64((u64)r->delivered * r->delay.recent_us, r->duration_us);
	u32 sent = r->sent, got = r->delivered - 1;
	s32 ratio;

	if (r->delivered <= 1)
		return LF_ONE;
	if (sent > got)
		sent = max_t(u64, sent - min_t(u64, late, sent - got),
			     min_t(u64, sent, (u64)got + r->lost));
	else
		sent += min_t(u64, late, got - sent);
	ratio = lf_ratio(sent, got);
	return ratio >= SEND_MAX ? LF_ONE : ratio;
}

static void counts(const struct lf_interval *i, const struct lf_totals *t, struct lf_report *r)
{
	r->sent = t->sent - i->at_start.sent;
	r->delivered = t->delivered - i->at_start.delivered;
	r->lost = t->lost - i->at_start.lost;
	r->retrans = t->retrans - i->at_start.retrans;
	r->marked = t->marked - i->at_start.marked;
}

static u32 grain_us(const struct lf_report *r)
{
	return min_t(u64, div_u64(r->duration_us, max_t(u32, r->delivered, 1)), LF_TIME_MAX);
}

void lf_interval_end(struct lf_interval *i, u64 now_us, const struct lf_totals *t,
		     struct lf_history *h, struct lf_report *r)
{
	u32 buckets = (i->rtts.n + i->rtts.width - 1) / i->rtts.width;
	u64 rtt;

	counts(i, t, r);
	r->f = empty;
	r->limited = i->limited;
	r->duration_us = max_t(u64, now_us - i->start_us, 1);
	r->samples = i->rtts.n;
	r->mean_us = 0;
	r->delay = (struct lf_delay) { 0 };
	r->ack_inflation = 0;
	if (r->samples) {
		r->mean_us = max_t(u32, div_u64(sum_of(&i->rtts, 0, buckets), r->samples), 1);
		r->delay = lf_noise_interval(&h->noise, &i->swing, r->mean_us, grain_us(r));
		r->f.latency_inflation =
			interval_inflation(&i->rtts, buckets, r->duration_us, r->delay.swing_us);
		r->ack_inflation = interval_inflation(&i->rtts, buckets,
						      max_t(u64, i->last_us - i->first_us, 1),
						      r->delay.swing_us);
		rtt = (u64)h->noise.base_us + r->delay.queue_us;
		r->f.latency_ratio = min_t(s32, lf_ratio(rtt, h->noise.base_us), RATIO_MAX);
	}
	r->least_us = h->noise.base_us;
	r->f.send_ratio = send_ratio(r);
}

/* --- further features --- */

/*
 * log2(1 + v) in steps of 1/256: the exponent, and eight binary digits of the logarithm by squaring
 * the mantissa.
 */
static s32 log2_q8(u64 v)
{
	u32 result, k, e = 0;
	u64 m;

	v = min_t(u64, v, U64_MAX - 1) + 1;
	while (v >> e > 1)
		e++;
	m = e > 31 ? v >> (e - 31) : v << (31 - e);
	result = e;
	for (k = 0; k < 8; k++) {
		m = m * m >> 31;
		result = result << 1 | (u32)(m >> 32);
		m >>= m >> 32;
	}
	return result;
}

static s32 share(u32 part, u32 whole)
{
	return whole ? lf_ratio(part, whole) : 0;
}

void lf_report_further(const struct lf_report *r, u32 inflight, u32 mss, s32 *out)
{
	u64 rate = lf_rate_of((u64)r->delivered * mss, r->duration_us),
	    bdp = lf_bytes_in(rate, r->least_us);

	out[LF_FURTHER_LOSS_RATIO] = share(r->lost, r->lost + r->delivered);
	out[LF_FURTHER_DELIVERED_LOG2] = log2_q8(rate);
	out[LF_FURTHER_ACK_INFLATION] = r->ack_inflation;
	out[LF_FURTHER_CONN_MIN_US] = min_t(u32, r->least_us, LF_TIME_MAX);
	out[LF_FURTHER_INFLIGHT_BDP] =
		bdp ? lf_ratio(min_t(u64, (u64)inflight * mss, 1ull << 46), bdp) : 0;
	out[LF_FURTHER_RETRANS_RATIO] = share(r->retrans, r->sent);
	out[LF_FURTHER_CE_RATIO] = share(r->marked, r->delivered);
	out[LF_FURTHER_SWING_US] = min_t(u32, r->delay.swing_us, LF_TIME_MAX);
}
