// SPDX-License-Identifier: GPL-2.0
/* Samples wait for their flow's outcome, within fixed room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lfd/join.h"

static struct join j;
static const struct batch b = { .generation = 3, .hash = { 9 } };

static struct join_flow *sample(uint64_t flow, uint32_t packets, int32_t v)
{
	struct batch_sample s = {
		.flow = flow, .packets = packets, .attach = flow % 4, .class = 1
	};
	int32_t x[2] = { v, -v }, y[1] = { 2 * v };

	return join_sample(&j, &b, &s, x, y);
}

static int begin(void **none)
{
	(void)none;
	return join_open(&j, 2, 1, 64) ? 0 : -1;
}

static int end(void **none)
{
	(void)none;
	join_close(&j);
	return 0;
}

static void joins(void **none)
{
	struct join_flow *f;
	uint64_t i;

	(void)none;
	for (i = 1; i <= 40; i++) {
		sample(i, 1, i);
		sample(i, 2, 100 * i);
	}
	for (i = 1; i <= 40; i++) {
		f = join_outcome(&j, i % 4, i);
		assert_non_null(f);
		assert_int_equal(f->n, 2);
		assert_int_equal(f->rows[0].xy[0], i);
		assert_int_equal(f->rows[1].xy[1], -100 * (int)i);
		assert_int_equal(f->rows[1].xy[2], 200 * i);
		assert_int_equal(f->rows[0].generation, 3);
		assert_int_equal(f->hash[0], 9);
		join_end(&j, f);
		assert_null(join_outcome(&j, i % 4, i));
	}
	assert_int_equal(j.n, 0);
	assert_int_equal(j.alone, 40);
	assert_null(join_outcome(&j, 0, 0));
}

/* Same id, another kind of attachment. */
static void kinds_differ(void **none)
{
	(void)none;
	sample(4, 1, 1);
	assert_null(join_outcome(&j, 1, 4));
	assert_non_null(join_outcome(&j, 0, 4));
}

static void first_rows_and_the_last(void **none)
{
	struct join_flow *f = NULL;
	int i;

	(void)none;
	for (i = 1; i <= 20; i++)
		f = sample(5, i, i);
	assert_int_equal(f->n, JOIN_ROWS);
	assert_int_equal(f->rows[0].packets, 1);
	assert_int_equal(f->rows[JOIN_ROWS - 2].packets, JOIN_ROWS - 1);
	assert_int_equal(f->rows[JOIN_ROWS - 1].packets, 20);
}

/* A flood of flows that do not end: those that were heard of last stay, and the table is sound. */
static void bounded(void **none)
{
	uint64_t i;

	(void)none;
	for (i = 1; i <= 10000; i++) {
		sample(i, 1, i);
		if (i % 16 == 0)
			sample(7, i, 7);
	}
	assert_int_equal(j.n, 64);
	assert_int_equal(j.dropped, 10000 - 64);
	assert_non_null(join_outcome(&j, 3, 7));
	for (i = 10000; i > 10000 - 63; i--)
		assert_non_null(join_outcome(&j, i % 4, i));
	assert_null(join_outcome(&j, 9000 % 4, 9000));
}

static void ids_of_two_are_forgotten(void **none)
{
	(void)none;
	sample(8, 16, 1);
	assert_null(sample(8, 1, 1));
	assert_int_equal(j.mixed, 1);
	assert_null(join_outcome(&j, 0, 8));
	assert_null(sample(0, 1, 1));
}

/* Random work beside a plain array. */
static void sound_under_random_work(void **none)
{
	uint64_t state = 88172645463325252ull, flow;
	bool there[40] = { false };
	struct join_flow *f;
	int i, n = 0;

	(void)none;
	for (i = 0; i < 20000; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		flow = 1 + state % 39;
		f = join_outcome(&j, flow % 4, flow);
		assert_int_equal(f != NULL, there[flow]);
		if (f) {
			join_end(&j, f);
			n--;
		} else {
			sample(flow, 1, i);
			n++;
		}
		there[flow] = !there[flow];
		assert_int_equal(j.n, n);
	}
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(joins),
		TEST(kinds_differ),
		TEST(first_rows_and_the_last),
		TEST(bounded),
		TEST(ids_of_two_are_forgotten),
		TEST(sound_under_random_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
