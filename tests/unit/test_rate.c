// SPDX-License-Identifier: GPL-2.0
/*
 * The rate under a policy: each state by hand-made intervals, and anything at all within its
 * bounds.
 */
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
static int begin(void **state)
{
	config = lf_rate_default;
	config.share = 0;
	lf_history_init(&history);
	history.noise.base_us = RTT;
	lf_rate_init(&rate, 10, MSS, RTT);
	return 0;
}

/* An interval of half a round trip: so many packets delivered, so many lost, at this mean RTT. */
static struct lf_report interval(u32 delivered, u32 lost, u32 mean_us)
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

static void step(u32 delivered, u32 lost, u32 mean_us, s32 action)
{
	struct lf_report r = interval(delivered, lost, mean_us);

	lf_rate_step(&rate, &r, action, mean_us, &history, &config);
}

/* What the rate sends in half a round trip is delivered at the least delay. */
static void delivered_all(s32 action)
{
	step(lf_bytes_in(rate.rate, RTT / 2) / MSS, 0, RTT, action);
}

static void to_policy(void)
{
	lf_rate_resume(&rate, 100, MSS, RTT);
	assert_int_equal(rate.state, LF_RATE_POLICY);
}

/*
 * What a rate brings comes two intervals after it. What ten packets in the first round trip began
 * reaches a thousand times as much within eleven round trips, of which the first brings nothing,
 * without a question to the policy; no faster than slow start.
 */
static void startup_doubles(void **state)
{
	struct lf_report r = interval(10, 0, RTT);
	u64 sent[2] = { 312500, 312500 }, now;
	int k;

	for (k = 2; rate.rate < 312500ull * 1000; k++) {
		assert_true(k <= 22);
		assert_int_equal(rate.state, LF_RATE_STARTUP);
		assert_false(lf_rate_asks(&rate, &r, &config));
		now = rate.rate;
		step(lf_bytes_in(sent[k % 2], RTT / 2) / MSS, 0, RTT, k % 2 ? 10 * ONE : -10 * ONE);
		sent[k % 2] = now;
	}
	assert_true(k > 16);
}

/*
 * Many losses, delay, or no more bandwidth: each ends it, and the policy takes over within few
 * round trips.
 */
static void startup_ends(void **state)
{
	int how, k;

	for (how = 0; how < 3; how++) {
		begin(NULL);
		for (k = 0; k < 8; k++)
			delivered_all(0);
		assert_int_equal(rate.state, LF_RATE_STARTUP);
		if (how == 0)
			step(100, 50, RTT, 0);
		else if (how == 1)
			step(100, 0, RTT * 2, 0);
		for (k = 0; k < 20 && how == 2 && rate.state == LF_RATE_STARTUP; k++)
			step(100, 0, RTT, 0);
		assert_int_equal(rate.state, LF_RATE_DRAIN);
		for (k = 0; k < 20 && rate.state == LF_RATE_DRAIN; k++)
			step(80, 0, RTT, 0);
		assert_int_equal(rate.state, LF_RATE_POLICY);
	}
}

/* Random loss of 2 % goes past. */
static void startup_goes_on(void **state)
{
	int k;

	for (k = 0; k < 10; k++)
		step(lf_bytes_in(rate.rate, RTT / 2) / MSS,
		     lf_bytes_in(rate.rate, RTT / 2) / MSS / 50, RTT, 0);
	assert_int_equal(rate.state, LF_RATE_STARTUP);
}

/* Aurora's map: * (1 + 0.025 a) and / (1 + 0.025 |a|); a is at most 10 in size. */
static void action_map(void **state)
{
	u64 before;

	to_policy();
	assert_int_equal(rate.rate, 3125000);
	delivered_all(2 * ONE);
	assert_in_range(rate.rate, 3281000, 3281250);
	before = rate.rate;
	delivered_all(-2 * ONE);
	assert_in_range(rate.rate, 3124500, 3125001);
	delivered_all(0);
	assert_in_range(rate.rate, 3124500, 3125001);
	before = rate.rate;
	delivered_all(S32_MAX);
	assert_in_range(rate.rate, before * 5 / 4 - before / 1000, before * 5 / 4);
	before = rate.rate;
	delivered_all(S32_MIN);
	assert_in_range(rate.rate, before * 4 / 5, before * 4 / 5 + before / 1000);
}

static void six_clear(void)
{
	for (int k = 0; k < 6; k++)
		delivered_all(0);
}

/*
 * Where no queue shows there is room: after six intervals the rate grows by more each time, though
 * the policy stands still.
 */
static void room(void **state)
{
	u64 before;
	int k;

	to_policy();
	config.share = 1;
	before = rate.rate;
	six_clear();
	assert_in_range(rate.rate, before, before + before / 1000);
	for (k = 1; k <= 16; k++) {
		before = rate.rate;
		delivered_all(0);
		assert_in_range(rate.rate, before + before * k / 128 - before / 1000,
				before + before * k / 128 + before / 1000);
	}
	for (k = 0; k < 10; k++) {
		before = rate.rate;
		delivered_all(0);
		assert_in_range(rate.rate, before + before / 8 - before / 1000,
				before + before / 8 + before / 1000);
	}
	/*
	 * The first queue: down to what arrives, and no more of it until six intervals have passed
	 * again.
	 */
	before = rate.rate;
	step(lf_bytes_in(before / 2, RTT / 2) / MSS, 0, RTT + RTT / 50, 0);
	assert_in_range(rate.rate, before / 2 - before / 100, before / 2);
	before = rate.rate;
	six_clear();
	assert_in_range(rate.rate, before - before / 100, before + before / 1000);
}

/*
 * A queue in one interval, a policer's losses, or an interval that the program limited: no room.
 * Nor has Aurora's map alone.
 */
static void no_room(void **state)
{
	struct lf_report limited = interval(2, 0, RTT);
	u64 before;
	int how;

	limited.limited = true;
	for (how = 0; how < 4; how++) {
		to_policy();
		config.share = how < 3;
		six_clear();
		before = rate.rate;
		if (how == 0)
			step(50, 0, RTT + RTT / 50, 0);
		else if (how == 1)
			step(50, 5, RTT, 0);
		else if (how == 2)
			lf_rate_step(&rate, &limited, 0, RTT, &history, &config);
		six_clear();
		assert_in_range(rate.rate, before - before / 100, before + before / 1000);
	}
}

/*
 * After an outage: what was known to be four times as fast is found by a quarter in each interval.
 */
static void room_that_was(void **state)
{
	u64 before;

	to_policy();
	config.share = 1;
	delivered_all(0);
	while (rate.rate > 3125000 / 8)
		step(lf_bytes_in(rate.rate, RTT / 2) / MSS, 0, RTT + RTT / 10, -10 * ONE);
	six_clear();
	before = rate.rate;
	delivered_all(0);
	assert_in_range(rate.rate, before + before / 4 - before / 1000,
			before + before / 4 + before / 1000);
	while (rate.rate < 3125000 / 4)
		delivered_all(0);
	before = rate.rate;
	delivered_all(0);
	assert_true(rate.rate < before + before / 7);
}

/* What the program limited is no news. */
static void limited(void **state)
{
	struct lf_report r = interval(2, 0, RTT);
	u64 before = rate.rate;

	r.limited = true;
	lf_rate_step(&rate, &r, ONE, RTT, &history, &config);
	assert_int_equal(rate.rate, before);
	to_policy();
	before = rate.rate;
	assert_false(lf_rate_asks(&rate, &r, &config));
	lf_rate_step(&rate, &r, ONE, RTT, &history, &config);
	assert_int_equal(rate.rate, before);
}

/* Losses end start-up though the program limited it; with the best rate that was delivered. */
static void limited_lost(void **state)
{
	struct lf_report r = interval(30, 0, RTT);

	r.limited = true;
	rate.rate = 6250000;
	lf_rate_step(&rate, &r, 0, RTT, &history, &config);
	assert_int_equal(rate.state, LF_RATE_STARTUP);
	assert_int_equal(rate.rate, 6250000);
	r = interval(20, 2, RTT * 2);
	r.limited = true;
	lf_rate_step(&rate, &r, 0, RTT, &history, &config);
	assert_int_equal(rate.state, LF_RATE_STARTUP);
	r = interval(20, 10, RTT * 2);
	r.limited = true;
	lf_rate_step(&rate, &r, 0, RTT, &history, &config);
	assert_int_equal(rate.state, LF_RATE_DRAIN);
	assert_int_equal(rate.rate, 30ull * MSS * 1000000 / (RTT / 2) / 2);
}

/*
 * The program stopped while the queue of start-up drained: it goes on with the rate that was found,
 * not with half of it. What else waits for a queue waits on.
 */
static void idle_drain(void **state)
{
	u64 found;
	int k;

	for (k = 0; k < 8; k++)
		delivered_all(0);
	step(100, 0, RTT * 3, 0);
	assert_int_equal(rate.state, LF_RATE_DRAIN);
	found = rate.delivered;
	assert_true(rate.rate < found * 6 / 10);
	lf_rate_idle(&rate, &config);
	assert_int_equal(rate.rate, found);
	step(100, 0, RTT, 0);
	step(100, 0, RTT, 0);
	assert_int_equal(rate.state, LF_RATE_POLICY);
	step(50, 0, RTT * 5, 10 * ONE);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	found = rate.rate;
	lf_rate_idle(&rate, &config);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	assert_int_equal(rate.rate, found);
}

/* The slot's bounds, and a floor that keeps a connection alive: two packets in a round trip. */
static void bounds(void **state)
{
	int k;

	to_policy();
	config.rate_min = 1000000;
	config.rate_max = 5000000;
	for (k = 0; k < 50; k++)
		delivered_all(10 * ONE);
	assert_int_equal(rate.rate, 5000000);
	for (k = 0; k < 50; k++)
		delivered_all(-10 * ONE);
	assert_int_equal(rate.rate, 1000000);
	config.rate_min = 0;
	for (k = 0; k < 200; k++)
		delivered_all(-10 * ONE);
	assert_int_equal(rate.rate, 2ull * MSS * 1000000 / RTT);
}

/* The queue is gone: it takes few round trips. */
static void back_in_policy(void)
{
	int k;

	for (k = 0; k < 10 && rate.state != LF_RATE_POLICY; k++)
		step(30, 0, RTT, 0);
	assert_int_equal(rate.state, LF_RATE_POLICY);
}

/*
 * Five times the least delay: the rate falls below what is delivered, whatever the policy says,
 * until the queue is gone.
 */
static void ceiling(void **state)
{
	struct lf_report r = interval(50, 0, RTT * 5);

	to_policy();
	assert_false(lf_rate_asks(&rate, &r, &config));
	step(50, 0, RTT * 5, 10 * ONE);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	assert_true(rate.rate < 50ull * MSS * 1000000 / (RTT / 2));
	back_in_policy();
}

/* One stalled interval brings the rate down, but not for longer than it takes. */
static void stalled(void **state)
{
	u64 before;

	to_policy();
	delivered_all(0);
	before = rate.rate;
	step(5, 0, RTT * 5, 0);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	back_in_policy();
	assert_in_range(rate.rate, before * 7 / 10, before);
}

/* The same where samples swing by a quarter of the RTT. */
static void noisy_step(u32 delivered, s32 action)
{
	struct lf_report r = interval(delivered, 0, RTT);

	r.samples = 20;
	r.delay.swing_us = RTT / 4;
	r.delay.recent_us = RTT / 4;
	lf_rate_step(&rate, &r, action, RTT, &history, &config);
}

/*
 * In noise a policy gives way to loss-based control after two epochs, and has its turn again, at
 * the rate that that had. What is thought of others' queues is as before.
 */
static void trial(void **state)
{
	struct lf_report r = interval(100, 0, RTT);
	int k;

	to_policy();
	rate.stay = 200;
	for (k = 1; k < 8; k++) {
		noisy_step(20, -5 * ONE);
		assert_int_equal(rate.state, LF_RATE_POLICY);
	}
	noisy_step(20, -5 * ONE);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	assert_true(lf_floor_seeks(&rate.floor) && !lf_rate_asks(&rate, &r, &config));
	for (k = 1; rate.state == LF_RATE_COMPETE; k++) {
		noisy_step(100, 0);
		assert_true(k < 1000);
	}
	assert_int_equal(k - 1, 16 * LF_FLOOR_EPOCH);
	assert_in_range(rate.rate, 6249000, 6250000);
	assert_int_equal(rate.state, LF_RATE_DRAIN);
	noisy_step(100, 0);
	noisy_step(100, 0);
	assert_int_equal(rate.state, LF_RATE_POLICY);
	assert_int_equal(rate.stay, 200);
}

/* Start-up takes no delay for a queue where samples swing; losses end it. */
static void noisy_start(void **state)
{
	struct lf_report r = interval(100, 0, 2 * RTT);

	r.delay.recent_us = RTT;
	lf_rate_step(&rate, &r, 0, RTT, &history, &config);
	assert_int_equal(rate.state, LF_RATE_STARTUP);
	r = interval(100, 20, 2 * RTT);
	r.delay.recent_us = RTT;
	lf_rate_step(&rate, &r, 0, RTT, &history, &config);
	assert_int_equal(rate.state, LF_RATE_DRAIN);
}

/*
 * It stays though the rate is down: somebody else's queue. When that is gone, the policy is back.
 */
static void compete(void **state)
{
	int k;

	to_policy();
	for (k = 0; k < 100 && rate.state != LF_RATE_COMPETE; k++)
		step(50, 0, RTT * 5, 0);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	step(50, 0, RTT * 5, 0);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	back_in_policy();
}

/*
 * So many round trips with this much delivered in each half, at this mean RTT, or until the state
 * changes.
 */
static void rounds(int n, u32 delivered, u32 mean_us)
{
	u8 state = rate.state;

	for (n *= 2; n && rate.state == state; n--)
		step(delivered, 0, mean_us, 0);
}

/*
 * Another's start-up ended too late: three quarters of the queue went, and then both share the
 * link. Less than that a flow that fills the queue may let go, too.
 */
static void queue_that_went(void **state)
{
	to_policy();
	rounds(9, 50, RTT * 5);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	rounds(2, 25, RTT * 5);
	rounds(1, 25, RTT * 2 - 1);
	rounds(9, 25, RTT * 4);
	assert_int_equal(rate.state, LF_RATE_DRAIN);
	rounds(1, 50, RTT * 3);
	assert_int_equal(rate.state, LF_RATE_POLICY);
	to_policy();
	rounds(9, 50, RTT * 5);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	rounds(2, 25, RTT * 5);
	rounds(1, 25, RTT * 2 + RTT / 10);
	rounds(9, 25, RTT * 4);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
}

/* A queue that stood, went, and stands again. */
static void stands_again(u32 delivered)
{
	to_policy();
	rounds(9, 50, RTT * 2);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	back_in_policy();
	rounds(9, 50, RTT);
	assert_int_equal(rate.state, LF_RATE_POLICY);
	rounds(9, delivered, RTT * 2);
}

/* As long as all that is delivered is ours, the queue is, too. */
static void queue_of_ours(void **state)
{
	stands_again(50);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	back_in_policy();
}

/*
 * Less and less is ours: competition at once, and a queue that is gone for a moment does not end
 * it, but one that stays away.
 */
static void queue_of_others(void **state)
{
	stands_again(15);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	rounds(5, 20, RTT * 2);
	rounds(5, 20, RTT);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	rounds(5, 20, RTT * 2);
	rounds(5, 20, RTT);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	rounds(5, 20, RTT);
	assert_int_equal(rate.state, LF_RATE_POLICY);
	/* The next time it takes twice as long, then an empty queue is enough. */
	rounds(3, 20, RTT);
	rounds(9, 10, RTT * 2);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	rounds(60, 20, RTT * 2);
	rounds(1, 20, RTT);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	rounds(5, 20, RTT * 2);
	rounds(1, 20, RTT);
	assert_int_equal(rate.state, LF_RATE_POLICY);
	/* All is forgotten after a long time without a queue. */
	rounds(200, 50, RTT);
	rounds(9, 15, RTT * 2);
	assert_int_equal(rate.state, LF_RATE_CEILING);
}

/*
 * Start-up met a queue that does not go: competition begins at what start-up found, not at what the
 * wait for it left.
 */
static void queue_from_start(void **state)
{
	u64 found;
	int k;

	for (k = 0; k < 8; k++)
		delivered_all(0);
	step(100, 0, RTT * 3, 0);
	assert_int_equal(rate.state, LF_RATE_DRAIN);
	found = rate.delivered;
	rounds(5, 20, RTT * 3);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	rounds(9, 5, RTT * 3);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	assert_int_equal(rate.rate, found);
}

/*
 * Others fill a short queue slowly. Half of what counts as standing for 40 round trips: most of the
 * rate is remembered.
 */
static void fills_slowly(void **state)
{
	u64 unhindered;

	stands_again(50);
	back_in_policy();
	rounds(5, 50, RTT);
	unhindered = rate.rate;
	for (int k = 0; k < 80; k++)
		step(50 - k / 3, 0, RTT + RTT / 10, -ONE);
	assert_int_equal(rate.state, LF_RATE_POLICY);
	assert_true(rate.rate < unhindered / 2);
	rounds(9, 20, RTT * 2);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	assert_in_range(rate.rate, unhindered * 4 / 5, unhindered);
}

/*
 * Who has no more than two packets in a round trip can give no more way: half of a queue that
 * stands tells as much.
 */
static void starved(void **state)
{
	to_policy();
	rounds(20, 50, RTT + RTT / 10);
	assert_int_equal(rate.state, LF_RATE_POLICY);
	for (int k = 0; k < 200 && rate.state == LF_RATE_POLICY; k++)
		step(1, 0, RTT + RTT / 10, -10 * ONE);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	rounds(9, 1, RTT + RTT / 10);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
}

/*
 * A path that has become longer: what is left of the delay after long competition and a test is the
 * path's.
 */
static void longer_path(void **state)
{
	to_policy();
	rounds(9, 50, RTT * 2);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	rounds(20, 50, RTT * 2);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	rounds(100, 50, RTT * 3);
	rounds(99, 50, RTT * 4);
	assert_int_equal(rate.state, LF_RATE_COMPETE);
	rounds(2, 50, RTT * 4);
	assert_int_equal(rate.state, LF_RATE_CEILING);
	rounds(20, 25, RTT * 4);
	assert_int_equal(rate.state, LF_RATE_POLICY);
	assert_int_equal(history.noise.base_us, RTT * 3);
}

/* A 32nd of the least RTT, no less than 100 us, no less than two packets. */
static void burst(void **state)
{
	assert_int_equal(lf_rate_burst(&rate, &history), 2);
	rate.rate = 125000000;
	assert_int_equal(lf_rate_burst(&rate, &history), 125);
	history.noise.base_us = 200;
	assert_int_equal(lf_rate_burst(&rate, &history), 10);
	history.noise.base_us = 0;
	assert_int_equal(lf_rate_burst(&rate, &history), 125);
	rate.srtt_us = 0;
	assert_int_equal(lf_rate_burst(&rate, &history), 10);
}

/* Half after a timeout, four fifths after marks; both end start-up, marks as a queue does. */
static void cut(void **state)
{
	lf_rate_timeout(&rate, &config);
	assert_in_range(rate.rate, 441890, 441900);
	assert_int_equal(rate.state, LF_RATE_POLICY);
	begin(NULL);
	lf_rate_marked(&rate, &config);
	assert_in_range(rate.rate, 156240, 156250);
	assert_int_equal(rate.state, LF_RATE_DRAIN);
	to_policy();
	lf_rate_marked(&rate, &config);
	assert_in_range(rate.rate, 2499900, 2500000);
	assert_int_equal(rate.state, LF_RATE_POLICY);
}

/* The window holds what the rate brings in a round trip, and what the caller needs at least. */
static void window(void **state)
{
	to_policy();
	delivered_all(0);
	assert_in_range(lf_rate_cwnd(&rate, &history, 0), 100, 150);
	assert_int_equal(lf_rate_cwnd(&rate, &history, 500), 500);
}

/*
 * Anything comes in: the rate keeps its bounds, nothing divides by zero or overflows (the sanitizer
 * looks).
 */
static void extremes(void **state)
{
	static const u32 any[] = { 0, 1, 2, 5, 1000, 65535, 1u << 20, 1u << 26, 0x7fffffff, ~0u };
	u32 n = ARRAY_SIZE(any), k;
	struct lf_report r;

	srandom(5);
	for (k = 0; k < 300000; k++) {
		if (k % 97 == 0) {
			lf_rate_init(&rate, any[random() % n], any[random() % n],
				     any[random() % n]);
			history.noise.base_us = any[random() % n];
			config.step = any[random() % n];
			config.share = any[random() % n];
			config.ceiling = max(any[random() % n], ONE + 1u);
			config.rate_min = any[random() % n];
			config.rate_max =
				max(config.rate_min, min((u64)any[random() % n] << 6, LF_RATE_MAX));
		}
		r = interval(any[random() % n], any[random() % n], any[random() % n]);
		r.duration_us = any[random() % n] + 1ull;
		r.limited = random() % 8 == 0;
		r.least_us = history.noise.base_us;
		lf_rate_step(&rate, &r, (s32)any[random() % n], any[random() % n], &history,
			     &config);
		assert_true(rate.rate <= config.rate_max || (r.limited && k % 97 < 20));
		assert_true(rate.state < LF_RATE_STATES);
		lf_rate_cwnd(&rate, &history, any[random() % n]);
		assert_true(lf_rate_burst(&rate, &history) >= 2);
		if (random() % 16 == 0)
			lf_rate_timeout(&rate, &config);
		if (random() % 16 == 0)
			lf_rate_marked(&rate, &config);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(startup_doubles, begin),
		cmocka_unit_test_setup(startup_ends, begin),
		cmocka_unit_test_setup(startup_goes_on, begin),
		cmocka_unit_test_setup(room, begin),
		cmocka_unit_test_setup(no_room, begin),
		cmocka_unit_test_setup(room_that_was, begin),
		cmocka_unit_test_setup(action_map, begin),
		cmocka_unit_test_setup(limited, begin),
		cmocka_unit_test_setup(limited_lost, begin),
		cmocka_unit_test_setup(idle_drain, begin),
		cmocka_unit_test_setup(bounds, begin),
		cmocka_unit_test_setup(ceiling, begin),
		cmocka_unit_test_setup(stalled, begin),
		cmocka_unit_test_setup(trial, begin),
		cmocka_unit_test_setup(noisy_start, begin),
		cmocka_unit_test_setup(compete, begin),
		cmocka_unit_test_setup(queue_that_went, begin),
		cmocka_unit_test_setup(queue_of_ours, begin),
		cmocka_unit_test_setup(queue_of_others, begin),
		cmocka_unit_test_setup(queue_from_start, begin),
		cmocka_unit_test_setup(fills_slowly, begin),
		cmocka_unit_test_setup(starved, begin),
		cmocka_unit_test_setup(longer_path, begin),
		cmocka_unit_test_setup(cut, begin),
		cmocka_unit_test_setup(window, begin),
		cmocka_unit_test_setup(burst, begin),
		cmocka_unit_test_setup(extremes, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
