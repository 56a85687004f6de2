// SPDX-License-Identifier: GPL-2.0
/* How much of a class one group may teach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lfd/groups.h"

static struct groups g;

static int make(void **none)
{
	(void)none;
	return groups_make(&g) ? 0 : -1;
}

static int drop(void **none)
{
	(void)none;
	groups_free(&g);
	return 0;
}

static void add(uint32_t class, uint32_t group, uint32_t rows)
{
	while (rows--)
		groups_add(&g, class, group, 0.5);
}

/* The part of the class that this group's n rows have of what counts. */
static double part(uint32_t class, uint32_t group, uint32_t n, double others)
{
	double mine = n * groups_factor(&g, class, group);

	return mine / (mine + others);
}

static void a_flood_counts_its_share(void **none)
{
	uint32_t k;

	(void)none;
	for (k = 1; k <= 100; k++)
		add(2, k, 10);
	add(2, 500, 100000);
	groups_settle(&g, 0.25);
	assert_true(part(2, 500, 100000, 1000) > 0.24 && part(2, 500, 100000, 1000) < 0.251);
	assert_true(groups_factor(&g, 2, 1) == 1);
}

/* Two that flood have a share each. */
static void so_do_two(void **none)
{
	uint32_t k;

	(void)none;
	for (k = 1; k <= 100; k++)
		add(0, k, 10);
	add(0, 500, 100000);
	add(0, 501, 5000);
	groups_settle(&g, 0.25);
	assert_true(part(0, 500, 100000, 1000 + 500) < 0.51);
	assert_true(100000 * groups_factor(&g, 0, 500) < 502);
	assert_true(5000 * groups_factor(&g, 0, 501) < 502);
}

static void few_groups(void **none)
{
	(void)none;
	add(0, 1, 700);			/* alone: all count */
	add(1, 1, 1000);		/* no more than the other */
	add(1, 2, 10);
	add(3, 1, 1000);		/* no more than the two others */
	add(3, 2, 500);
	add(3, 3, 1);
	groups_settle(&g, 0.25);
	assert_true(groups_factor(&g, 0, 1) == 1);
	assert_true(groups_factor(&g, 1, 1) > 0.009 && groups_factor(&g, 1, 1) < 0.012);
	assert_true(groups_factor(&g, 1, 2) == 1);
	assert_true(groups_factor(&g, 3, 1) > 0.49 && groups_factor(&g, 3, 1) < 0.51);
	assert_true(groups_factor(&g, 3, 2) > 0.99);
	assert_true(groups_factor(&g, 2, 9) == 1);	/* no rows */
}

/* Equal groups count whole, whatever the share. */
static void equal_groups(void **none)
{
	uint32_t k;

	(void)none;
	for (k = 1; k <= 40; k++)
		add(0, k, 50);
	groups_settle(&g, 0.05);
	for (k = 1; k <= 40; k++)
		assert_true(groups_factor(&g, 0, k) == 1);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flood_counts_its_share),
		TEST(so_do_two),
		TEST(few_groups),
		TEST(equal_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
