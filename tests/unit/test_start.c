// SPDX-License-Identifier: GPL-2.0
/* Start-up of the rate and the drain of its queue. */
#include "rate_fixture.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(startup_doubles, begin),
		cmocka_unit_test_setup(startup_ends, begin),
		cmocka_unit_test_setup(startup_goes_on, begin),
		cmocka_unit_test_setup(limited_lost, begin),
		cmocka_unit_test_setup(idle_drain, begin),
		cmocka_unit_test_setup(noisy_start, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
