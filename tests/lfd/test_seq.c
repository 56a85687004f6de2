// SPDX-License-Identifier: GPL-2.0
/* Confidence sequences: they hold at all times with the chance that they say, and close in. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lfd/seq.h"

static uint64_t state = 0x853c49e6748fea9bull;

static double draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) / (double)(1ull << 53);
}

static double coin(double p)
{
	return draw() < p;
}

/* Looked at after every one of 600 observations: how many of 300 ever exclude the mean. */
static int excluded(double p, double error)
{
	static struct seq s;
	int run, i, bad = 0;

	for (run = 0; run < 300; run++) {
		seq_begin(&s, 0, 1, error);
		for (i = 0; i < 600; i++) {
			seq_add(&s, coin(p));
			if (seq_lo(&s) > p || seq_hi(&s) < p) {
				bad++;
				break;
			}
		}
	}
	return bad;
}

/*
 * 10 % of 300 are 30; three deviations more would be 46. A fixed-time interval fails here: half of
 * them stray.
 */
static void holds_at_all_times(void **none)
{
	(void)none;
	assert_in_range(excluded(0.5, 0.1), 0, 46);
	assert_in_range(excluded(0.05, 0.1), 0, 46);
	assert_in_range(excluded(0.93, 0.1), 0, 46);
}

static int fixed_time(double p)
{
	int run, i, n, bad = 0;
	double sum;

	for (run = 0; run < 300; run++) {
		for (i = 1, n = 0, sum = 0; i <= 600; i++) {
			sum += coin(p);
			if (i > 20 && fabs(sum / i - p) > 1.645 * sqrt(p * (1 - p) / i))
				n = 1;
		}
		bad += n;
	}
	return bad;
}

static void looking_often_costs_others(void **none)
{
	(void)none;
	assert_true(fixed_time(0.5) > 90);
}

/* Means of differences, as trials see them: mostly 0, now and then better or worse. */
static int found_after(double worse, double better, int most)
{
	static struct seq s;
	int i;

	seq_begin(&s, -1, 1, 0.01);
	for (i = 1; i <= most; i++) {
		seq_add(&s, coin(worse) - coin(better));
		if (seq_lo(&s) > 0)
			return i;
	}
	return most + 1;
}

/* A model that is 5 % worse, and one that is 20 % worse. */
static void finds_harm(void **none)
{
	int run;

	(void)none;
	for (run = 0; run < 20; run++) {
		assert_in_range(found_after(0.08, 0.03, 2000), 1, 2000);
		assert_in_range(found_after(0.25, 0.05, 400), 1, 400);
	}
}

/* Equal ones: an alarm in one of a hundred at most, so of 200 not more than 7. */
static void finds_no_harm_in_equals(void **none)
{
	int run, bad = 0;

	(void)none;
	for (run = 0; run < 200; run++)
		bad += found_after(0.05, 0.05, 1000) <= 1000;
	assert_in_range(bad, 0, 7);
}

static void begins_knowing_nothing(void **none)
{
	static struct seq s;

	(void)none;
	seq_begin(&s, -1, 1, 0.01);
	assert_true(seq_lo(&s) == -1 && seq_hi(&s) == 1);
	seq_add(&s, 0.5);
	assert_true(seq_lo(&s) == -1 && seq_hi(&s) == 1);
	seq_add(&s, 7);		/* beyond the bounds counts as the bound */
	assert_true(seq_mean(&s) == 0.75);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_knowing_nothing), cmocka_unit_test(holds_at_all_times),
		cmocka_unit_test(looking_often_costs_others), cmocka_unit_test(finds_harm),
		cmocka_unit_test(finds_no_harm_in_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
