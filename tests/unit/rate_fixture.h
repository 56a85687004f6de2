/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the rate share: a connection, and hand-made intervals of it. */
#ifndef RATE_FIXTURE_H
#define RATE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../tcp_cc/rate.h"

#define MSS	1250
#define RTT	40000
#define ONE	LF_ONE

static struct lf_rate rate;
static struct lf_history history;
static struct lf_rate_config config;

/*
 * Ten packets in the first round trip of 40 ms: 312,500 bytes/s are delivered, paced 2 * sqrt(2)
 * times as fast.
 */
static inline int begin(void **state)
{
	config = lf_rate_default;
	config.share = 0;
	lf_history_init(&history);
	history.noise.base_us = RTT;
	lf_rate_init(&rate, 10, MSS, RTT);
	return 0;
}

/* An interval of half a round trip: so many packets delivered, so many lost, at this mean RTT. */
static inline struct lf_report interval(u32 delivered, u32 lost, u32 mean_us)
{
	struct lf_report r = {
		.f = { 0, 0, ONE },
		.duration_us = RTT / 2,
		.mean_us = mean_us,
		.least_us = history.noise.base_us,
		.sent = delivered + lost,
		.delivered = delivered,
		.lost = lost,
		.samples = delivered,
		.delay.level_us = mean_us,
	};

	if (mean_us > r.least_us)
		r.delay.queue_us = mean_us - r.least_us;
	r.f.latency_ratio =
		lf_ratio(mean_us, max(history.noise.base_us ? history.noise.base_us : mean_us, 1u));
	return r;
}

static inline void step(u32 delivered, u32 lost, u32 mean_us, s32 action)
{
	struct lf_report r = interval(delivered, lost, mean_us);

	lf_rate_step(&rate, &r, action, mean_us, &history, &config);
}

/* What the rate sends in half a round trip is delivered at the least delay. */
static inline void delivered_all(s32 action)
{
	step(lf_bytes_in(rate.rate, RTT / 2) / MSS, 0, RTT, action);
}

static inline void to_policy(void)
{
	lf_rate_resume(&rate, 100, MSS, RTT);
	assert_int_equal(rate.state, LF_RATE_POLICY);
}

#endif /* RATE_FIXTURE_H */
