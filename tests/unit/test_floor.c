// SPDX-License-Identifier: GPL-2.0
/*
 * The floor under a policy: when either of both has its turn, by intervals made by hand, and the
 * bound that floor.h states.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../tcp_cc/floor.h"

#define MSS	1250
#define BASE	40000
#define FULL	1000	/* packets of an interval that loss-based control gets */

static struct lf_floor f;

static int begin(void **state)
{
	lf_floor_init(&f);
	srandom(5);
	return 0;
}

/* An interval of half a round trip; samples swing by so much. */
static struct lf_report interval(u32 delivered, u32 swing_us)
{
	return (struct lf_report) {
		.duration_us = BASE / 2, .least_us = BASE, .samples = 20, .delivered = delivered,
		.delay.swing_us = swing_us, .delay.recent_us = swing_us,
	};
}

/* An epoch of equal ones. */
static enum lf_floor_verdict epoch(u32 delivered, u32 swing_us)
{
	struct lf_report r = interval(delivered, swing_us);
	enum lf_floor_verdict v = LF_FLOOR_GO_ON;
	int k;

	for (k = 0; k < LF_FLOOR_EPOCH; k++) {
		assert_int_equal(v, LF_FLOOR_GO_ON);
		v = lf_floor_step(&f, &r, MSS);
	}
	if (v == LF_FLOOR_CHANGE)
		lf_floor_turn(&f, !f.competes);
	return v;
}

/* Epochs until the other's turn. */
static int turn(u32 delivered, u32 swing_us)
{
	int n;

	for (n = 1; epoch(delivered, swing_us) == LF_FLOOR_GO_ON; n++)
		assert_true(n < 1000);
	return n;
}

#define NOISE	(BASE / 10)

/* Where a turn begins, in packets of an interval. */
static void near_rate(u32 packets)
{
	u64 rate = lf_rate_of(packets * MSS, BASE / 2);

	assert_in_range(lf_floor_rate(&f), rate - rate / 10000, rate + rate / 10000);
}

/* Without noise no policy is doubted, at any rate; a 32nd is no noise. */
static void no_doubt(void **state)
{
	int k;

	for (k = 0; k < 1000; k++) {
		assert_int_equal(epoch(random() % FULL, k % 2 ? 0 : BASE / 32), LF_FLOOR_GO_ON);
		assert_false(lf_floor_noisy(&(struct lf_report) { .least_us = BASE }));
	}
}

/* A single epoch in doubt, or one interval of four, is no reason. */
static void doubt_on_end(void **state)
{
	struct lf_report noisy = interval(FULL, NOISE), quiet = interval(FULL, 0);
	int k;

	for (k = 0; k < 1000; k++)
		assert_int_equal(epoch(FULL, k % 2 ? NOISE : 0), LF_FLOOR_GO_ON);
	for (k = 0; k < 1000; k++)
		assert_int_equal(lf_floor_step(&f, k % 4 ? &quiet : &noisy, MSS), LF_FLOOR_GO_ON);
}

/* Few samples show no swing: what was seen of late counts, and nothing where none was. */
static void few_samples(void **state)
{
	struct lf_report r = interval(FULL, 0);
	int k;

	r.samples = 3;
	r.delay.recent_us = BASE / 32;
	for (k = 0; k < 100; k++)
		assert_int_equal(lf_floor_step(&f, &r, MSS), LF_FLOOR_GO_ON);
	r.delay.recent_us++;
	for (k = 1; lf_floor_step(&f, &r, MSS) == LF_FLOOR_GO_ON; k++)
		assert_true(k < 100);
	assert_int_equal(k, 2 * LF_FLOOR_EPOCH);
}

/* In doubt from the beginning: two epochs, then loss-based control, at first in slow start. */
static void first_turns(void **state)
{
	assert_int_equal(turn(FULL / 10, NOISE), 2);
	assert_true(f.competes && lf_floor_seeks(&f));
	near_rate(FULL / 10);
	assert_int_equal(epoch(FULL, NOISE), LF_FLOOR_GO_ON);
	assert_false(lf_floor_seeks(&f));
	assert_int_equal(turn(FULL, NOISE), 15);
	assert_false(f.competes);
	near_rate(FULL);
}

/* Loss-based control that still finds more goes on. */
static void finds_more(void **state)
{
	u32 n = 100;
	int k;

	turn(n, NOISE);
	for (k = 0; k < 40; k++, n += n / 4)
		assert_int_equal(epoch(n, NOISE), LF_FLOOR_GO_ON);
	assert_true(turn(n, NOISE) < 16);
}

/* Less than 15/16 is a failure, after the two epochs that doubt takes; longer turns follow. */
static void fails(void **state)
{
	static const int stays[] = { 64, 128, 256, 256 };
	int k;

	turn(FULL, NOISE);
	turn(FULL, NOISE);
	for (k = 0; k < 4; k++) {
		assert_int_equal(turn(FULL * 9 / 10, NOISE), 2);
		assert_int_equal(turn(FULL, NOISE), stays[k]);
	}
}

/* A policy that gets as much has longer and longer turns, and the other's are short again. */
static void stands(void **state)
{
	static const int waits[] = { 2, 4, 8, 16, 32, 64, 64 };
	int k;

	for (k = 0; k < 7; k++) {
		assert_int_equal(turn(FULL, NOISE), waits[k]);
		assert_int_equal(turn(FULL, NOISE), 16);
	}
	assert_int_equal(turn(FULL / 2, NOISE), 2);
	assert_int_equal(turn(FULL, NOISE), 64);
	turn(FULL, NOISE);
	assert_int_equal(turn(FULL, NOISE), 32);
	turn(FULL, NOISE);
	assert_int_equal(turn(FULL, NOISE), 16);
}

/* A single epoch is a quarter of what counts: a tenth less in one is no failure. */
static void stalls(void **state)
{
	turn(FULL, NOISE);
	turn(FULL, NOISE);
	epoch(FULL, NOISE);
	epoch(FULL, NOISE);
	assert_int_equal(epoch(FULL * 9 / 10, NOISE), LF_FLOOR_GO_ON);
	assert_int_equal(epoch(FULL * 11 / 10, NOISE), LF_FLOOR_CHANGE);
	assert_true(f.competes && f.stay < 64);
}

/* Where losses hold loss-based control down, its turn is cut short, and the policy's is long. */
static void worse(void **state)
{
	turn(FULL, NOISE);
	assert_int_equal(turn(FULL / 3, NOISE), 4);
	near_rate(FULL);
	assert_int_equal(turn(FULL, NOISE), 64);
	assert_int_equal(turn(FULL * 5 / 6, NOISE), 16);
	assert_int_equal(turn(FULL, NOISE), 64);
}

/* A false alarm: loss-based control causes no noise. After a failure that does not count. */
static void false_alarm(void **state)
{
	turn(FULL, NOISE);
	assert_int_equal(turn(FULL, 0), 2);
	assert_int_equal(turn(FULL / 2, NOISE), 2);
	assert_int_equal(turn(FULL, 0), 64);
}

/* Without doubt others have come: a policy that has less then is not held to more. */
static void calm(void **state)
{
	int k;

	turn(FULL, NOISE);
	turn(FULL, NOISE);
	for (k = 0; k < 5; k++)
		assert_int_equal(epoch(FULL / 4, 0), LF_FLOOR_GO_ON);
	assert_int_equal(turn(FULL / 4, NOISE), 4);
	assert_int_equal(f.stay, 16);
}

/* What the program did not send says nothing. */
static void limited(void **state)
{
	struct lf_report r = interval(FULL / 10, NOISE);
	int k;

	turn(FULL, NOISE);
	turn(FULL, NOISE);
	r.limited = true;
	for (k = 0; k < 1000; k++)
		assert_int_equal(lf_floor_step(&f, &r, MSS), LF_FLOOR_GO_ON);
}

/* Policies that get from nothing to all, evenly, or by turns. */
static u32 bad(int kind, int n)
{
	switch (kind) {
	case 0:
		return 0;
	case 1:
		return random() % (FULL + 1);
	case 2:
		return FULL - random() % (FULL / 5);
	case 3:
		return n / 50 % 2 ? FULL : FULL / 20;
	case 4:
		return FULL * 94 / 100;
	default:
		return n % 3 ? FULL : FULL / 2;
	}
}

/*
 * The bound: 0.90 of what loss-based control gets, from the first failure on. The half epoch in
 * which hands change counts as lost.
 */
static void bound(void **state)
{
	double got, all;
	bool changed;
	int kind, n;

	for (kind = 0; kind < 6; kind++) {
		begin(NULL);
		for (n = 0, got = all = 0; n < 100000; n++) {
			u32 delivered = f.competes ? FULL : bad(kind, n);

			changed = epoch(delivered, NOISE) == LF_FLOOR_CHANGE;
			if (f.stay < 64)
				continue;
			got += delivered;
			all += changed && !f.competes ? FULL * 3 / 2 : FULL;
		}
		if (all > 0 && got < 0.90 * all)
			fail_msg("policy %d: %g", kind, got / all);
	}
}

/* Any reports at all: counters stay within their bounds. */
static void anything(void **state)
{
	int k;

	for (k = 0; k < 1000000; k++) {
		struct lf_report r = {
			.duration_us = 1 + (u64)random() * random() % (1ull << (random() % 40)),
			.least_us = random() % 3 ? random() : 0,
			.delivered = random() >> random() % 31,
			.samples = random() % 30, .delay.swing_us = random() >> random() % 31,
			.delay.recent_us = random() >> random() % 31, .limited = !(random() % 9),
		};

		if (lf_floor_step(&f, &r, 1 + random() % 65535) == LF_FLOOR_CHANGE)
			lf_floor_turn(&f, !f.competes);
		assert_true(f.wait >= 2 && f.wait <= 64 && f.stay >= 16 && f.stay <= 256);
		assert_true(lf_floor_rate(&f) <= LF_RATE_MAX && f.intervals < LF_FLOOR_EPOCH);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_doubt, begin),
		cmocka_unit_test_setup(doubt_on_end, begin),
		cmocka_unit_test_setup(few_samples, begin),
		cmocka_unit_test_setup(first_turns, begin),
		cmocka_unit_test_setup(finds_more, begin),
		cmocka_unit_test_setup(fails, begin),
		cmocka_unit_test_setup(stands, begin),
		cmocka_unit_test_setup(stalls, begin),
		cmocka_unit_test_setup(worse, begin),
		cmocka_unit_test_setup(false_alarm, begin),
		cmocka_unit_test_setup(calm, begin),
		cmocka_unit_test_setup(limited, begin),
		cmocka_unit_test_setup(bound, begin),
		cmocka_unit_test_setup(anything, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
