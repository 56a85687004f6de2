// SPDX-License-Identifier: GPL-2.0
/* A queue that stands: ceiling, competition, and the way back to the policy. */
#include "rate_fixture.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ceiling, begin),
		cmocka_unit_test_setup(stalled, begin),
		cmocka_unit_test_setup(trial, begin),
		cmocka_unit_test_setup(compete, begin),
		cmocka_unit_test_setup(queue_that_went, begin),
		cmocka_unit_test_setup(queue_of_ours, begin),
		cmocka_unit_test_setup(queue_of_others, begin),
		cmocka_unit_test_setup(queue_from_start, begin),
		cmocka_unit_test_setup(fills_slowly, begin),
		cmocka_unit_test_setup(starved, begin),
		cmocka_unit_test_setup(longer_path, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
