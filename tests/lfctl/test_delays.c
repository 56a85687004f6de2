// SPDX-License-Identifier: GPL-2.0
/* Buckets of delays and their quantiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lfctl/lib/delays.h"

/* The kernel's (qdisc/main.c), by its description in pkt_sched_liteflow.h. */
static unsigned int bucket_of(uint64_t ns)
{
	unsigned int i = DELAYS_MAX - 1;

	while (i && delays_edge(i) > ns)
		i--;
	return i;
}

static void edges(void **state)
{
	static const unsigned int units[] = { 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32 };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		assert_int_equal(delays_edge(i), units[i] * 1024);
	for (i = 1; i <= DELAYS_MAX; i++)
		assert_true(delays_edge(i) > delays_edge(i - 1));
	assert_true(delays_edge(DELAYS_MAX) == 1ull << 42);
}

static void none(void **state)
{
	uint32_t counts[DELAYS_MAX] = { 0 };
	uint64_t ns;

	(void)state;
	assert_false(delays_quantile(counts, DELAYS_MAX, 0.5, &ns));
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Of delays drawn over seven orders of magnitude, each quantile is within a bucket's width. */
static void quantiles(void **state)
{
	static const double shares[] = { 0.01, 0.5, 0.9, 0.99, 1 };
	uint32_t counts[DELAYS_MAX] = { 0 };
	uint64_t all[1000], ns, is;
	unsigned int i;

	(void)state;
	srandom(1);
	for (i = 0; i < 1000; i++) {
		all[i] = (uint64_t)(random() % 1000000 + 1) << random() % 10;
		counts[bucket_of(all[i])]++;
	}
	qsort(all, 1000, sizeof(all[0]), ascending);
	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		is = all[(int)(shares[i] * 1000) - 1];
		assert_true(delays_quantile(counts, DELAYS_MAX, shares[i], &ns));
		assert_true(ns >= is * 2 / 3 && ns <= is * 3 / 2 + 2048);
	}
}

static void last_bucket(void **state)
{
	uint32_t counts[DELAYS_MAX] = { [DELAYS_MAX - 1] = UINT32_MAX };
	uint64_t ns;

	(void)state;
	assert_true(delays_quantile(counts, DELAYS_MAX, 1, &ns));
	assert_true(ns == delays_edge(DELAYS_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges), cmocka_unit_test(none), cmocka_unit_test(quantiles),
		cmocka_unit_test(last_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
