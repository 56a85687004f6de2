// SPDX-License-Identifier: GPL-2.0
/*
 * The rate under a policy: its actions, growth and window, and anything at all within its bounds.
 */
#include "rate_fixture.h"

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
		cmocka_unit_test_setup(action_map, begin),
		cmocka_unit_test_setup(room, begin),
		cmocka_unit_test_setup(no_room, begin),
		cmocka_unit_test_setup(room_that_was, begin),
		cmocka_unit_test_setup(limited, begin),
		cmocka_unit_test_setup(bounds, begin),
		cmocka_unit_test_setup(cut, begin),
		cmocka_unit_test_setup(window, begin),
		cmocka_unit_test_setup(burst, begin),
		cmocka_unit_test_setup(extremes, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
