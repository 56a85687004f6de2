// SPDX-License-Identifier: GPL-2.0
/* The replay store: what it keeps, what it bounds, and that nothing that ends the writer spoils it.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "lfd/store.h"

#define INPUTS	4
#define OUTPUTS	3
#define QUOTA	(256 << 10)

static char dir[64], path[80];
static struct store_layout layout;
static char why[256];

static int make_dir(void **none)
{
	(void)none;
	strcpy(dir, "/tmp/lfd-store-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/store", dir);
	memset(&layout, 0, sizeof(layout));
	layout.n_inputs = INPUTS;
	layout.n_outputs = layout.n_classes = OUTPUTS;
	strcpy(layout.inputs[0], "pkt.len");
	strcpy(layout.classes[1], "media");
	return 0;
}

static int remove_dir(void **none)
{
	(void)none;
	unlink(path);
	return rmdir(dir);
}

static void open_it(struct store *s, double share)
{
	if (store_open(s, path, &layout, QUOTA, share, why, sizeof(why)))
		fail_msg("%s", why);
}

/* x says which row it is, so that a mixture would show. */
static bool add(struct store *s, uint64_t n, int class, uint32_t group)
{
	int32_t x[INPUTS] = { n, ~n, n * 3, n * 7 }, y[OUTPUTS] = { n, n + 1, n + 2 };
	struct store_row r = {
		.group = group,
		.flow = n,
		.time_ns = n,
		.labelled = class >= 0,
		.label = class >= 0 ? class : 0,
		.verdict = 1,
	};

	return store_add(s, &r, x, y);
}

static bool whole(const struct store_row *r)
{
	int32_t n = r->flow;

	return r->xy[0] == n && r->xy[1] == ~n && r->xy[2] == n * 3 && r->xy[3] == n * 7 &&
	       r->xy[4] == n && r->xy[6] == n + 2;
}

static uint32_t whole_rows(const struct store *s)
{
	const struct store_row *r;
	uint32_t i, n = 0;

	for (i = 0; i < s->places; i++) {
		r = store_at(s, i);
		if (r && !whole(r))
			fail_msg("row %u is of two", i);
		n += r != NULL;
	}
	return n;
}

static void keeps_over_close(void **none)
{
	struct store s;
	int i;

	(void)none;
	open_it(&s, 1);
	for (i = 1; i <= 100; i++)
		assert_true(add(&s, i, i % 3, i));
	for (i = 101; i <= 150; i++)
		assert_true(add(&s, i, -1, i));
	store_close(&s);
	open_it(&s, 1);
	assert_int_equal(store_rows(&s), 150);
	assert_int_equal(store_labelled(&s), 100);
	assert_int_equal(whole_rows(&s), 150);
	assert_int_equal(s.torn, 0);
	store_close(&s);
}

/*
 * A rare class of yesterday beside a hundred thousand rows of another today; and the past within a
 * class.
 */
static void forgets_no_class(void **none)
{
	uint32_t i, rare = 0, early = 0, late = 0, places;
	const struct store_row *r;
	struct store s;

	(void)none;
	open_it(&s, 1);
	for (i = 1; i <= 50; i++)
		add(&s, i, 2, i);
	for (i = 51; i <= 20050; i++)
		add(&s, i, 0, i);
	places = s.strata[0].places;
	for (i = 0; i < s.places; i++) {
		r = store_at(&s, i);
		rare += r && r->label == 2;
		early += r && r->label == 0 && r->flow < 10050;
		late += r && r->label == 0 && r->flow > 20050 - places / 2;
	}
	assert_int_equal(rare, 50);
	assert_int_equal(late, places / 2);
	/* Half of the reservoir or so is of the first half of the time. */
	assert_in_range(early, places / 8, places / 2);
	assert_in_range(s.bytes, 1, QUOTA);
	store_close(&s);
}

/*
 * Flows with wrong labels, ten times as many as all others: their share stays bounded, the others'
 * rows stay.
 */
static void bounds_a_group(void **none)
{
	uint32_t i, flood = 0, others = 0, places;
	const struct store_row *r;
	struct store s;

	(void)none;
	open_it(&s, 0.25);
	places = s.strata[0].places;
	for (i = 1; i <= places / 2; i++)
		add(&s, i, 0, 1000 + i);
	for (; i <= places * 10; i++)
		add(&s, i, 0, 7);
	for (i = 0; i < s.places; i++) {
		r = store_at(&s, i);
		flood += r && r->group == 7;
		others += r && r->group != 7;
	}
	assert_in_range(flood, places / 8, places / 4 + 1);
	assert_in_range(others, places / 4, places);
	assert_true(s.refused > places * 8);
	store_close(&s);
	/* The counters are made again from the rows. */
	open_it(&s, 0.25);
	for (i = 0; i < 100; i++)
		add(&s, 100000 + i, 0, 7);
	assert_int_equal(s.refused, 100);
	store_close(&s);
}

/* Killed at any time, again and again: rows that are there are whole, and most are there. */
static void survives_kill(void **none)
{
	struct timespec nap = { 0 };
	uint32_t before = 0, n;
	struct store s;
	pid_t pid;
	int i;

	(void)none;
	for (i = 0; i < 20; i++) {
		pid = fork();
		if (!pid) {
			uint64_t row = 1 + i * 1000000ull;

			if (store_open(&s, path, &layout, QUOTA, 1, why, sizeof(why)))
				_exit(1);
			for (;; row++)
				add(&s, row, row % 4 == 3 ? -1 : (int)(row % 4), row);
		}
		nap.tv_nsec = 20000000 + i * 1700000;
		nanosleep(&nap, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		open_it(&s, 1);
		n = whole_rows(&s);
		assert_int_equal(n, store_rows(&s));
		assert_in_range(s.torn, 0, 2);
		assert_true(n + 2 >= before);
		before = n;
		store_close(&s);
	}
	assert_true(before > 100);
}

/* As a machine that lost power: pages of nothing, pages of something else. */
static void drops_what_is_torn(void **none)
{
	struct store s;
	uint32_t i;
	char *p;
	int fd;

	(void)none;
	open_it(&s, 1);
	for (i = 1; i <= 1000; i++)
		add(&s, i, i % 3, i);
	assert_int_equal(store_rows(&s), 1000);
	store_close(&s);
	fd = open(path, O_RDWR);
	p = mmap(NULL, QUOTA, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	memset(p + 20480, 0, 4096);
	memset(p + 40960, 0xa5, 512);
	munmap(p, QUOTA);
	close(fd);
	open_it(&s, 1);
	assert_true(s.torn > 0);
	assert_int_equal(whole_rows(&s), store_rows(&s));
	assert_in_range(store_rows(&s), 800, 999);
	assert_true(add(&s, 5, 1, 5));
	store_close(&s);
}

/* A torn header, or rows of other features: a new store. */
static void begins_anew(void **none)
{
	struct store s;
	int fd;

	(void)none;
	open_it(&s, 1);
	add(&s, 1, 1, 1);
	store_close(&s);
	strcpy(layout.inputs[0], "pkt.ttl");
	open_it(&s, 1);
	assert_int_equal(store_rows(&s), 0);
	add(&s, 1, 1, 1);
	store_close(&s);
	fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, "xx", 2, 60), 2);
	close(fd);
	open_it(&s, 1);
	assert_int_equal(store_rows(&s), 0);
	store_close(&s);
}

static void refuses_small_quotas(void **none)
{
	struct store s;

	(void)none;
	assert_int_equal(store_open(&s, path, &layout, 20000, 1, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "too few"));
}

/*
 * A full disk, by the limit of a file's size, which allocation meets in the same way: less than
 * half of the quota is there, then nothing to speak of. No write ever fails later, for all blocks
 * are there from the start.
 */
static void full_disk(void **none)
{
	struct rlimit limit = { QUOTA / 3, QUOTA / 3 };
	struct store s;
	int status;
	uint32_t i;
	pid_t pid;

	(void)none;
	pid = fork();
	if (!pid) {
		signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &limit) ||
		    store_open(&s, path, &layout, QUOTA, 1, why, sizeof(why)))
			_exit(1);
		if (s.bytes != QUOTA / 4)
			_exit(2);
		for (i = 1; i < 5000; i++)
			if (!add(&s, i, i % 3, i))
				_exit(3);
		store_close(&s);
		unlink(path);
		limit.rlim_cur = 4096;
		if (setrlimit(RLIMIT_FSIZE, &limit))
			_exit(4);
		_exit(store_open(&s, path, &layout, QUOTA, 1, why, sizeof(why)) && strstr(why, "Fil"
											       "e "
											       "too"
											       " la"
											       "rg"
											       "e")
			      ? 0
			      : 5);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/* Another process that looks while rows are written sees whole rows. */
static void can_be_looked_at(void **none)
{
	struct store s, other;
	uint32_t i;

	(void)none;
	open_it(&s, 1);
	for (i = 1; i <= 100; i++)
		add(&s, i, 0, i);
	assert_int_equal(store_look(&other, path, why, sizeof(why)), 0);
	assert_int_equal(store_rows(&other), 100);
	store_close(&other);
	assert_int_equal(store_rows(&s), 100);
	store_close(&s);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(store_look(&other, path, why, sizeof(why)), -1);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_over_close),
		TEST(forgets_no_class),
		TEST(bounds_a_group),
		TEST(survives_kill),
		TEST(drops_what_is_torn),
		TEST(begins_anew),
		TEST(full_disk),
		TEST(can_be_looked_at),
		cmocka_unit_test_setup_teardown(refuses_small_quotas, make_dir, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
