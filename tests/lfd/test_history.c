// SPDX-License-Identifier: GPL-2.0
/* The history: whole after any end of the writer. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "lfd/history.h"

static char path[64], why[256];
static uint64_t seen, last_id;
static int last_n;

static int make(void **none)
{
	int fd;

	(void)none;
	strcpy(path, "/tmp/lfd-history-XXXXXX");
	fd = mkstemp(path);
	return close(fd);
}

static int drop(void **none)
{
	(void)none;
	return unlink(path);
}

static void each(struct json_object *o, void *data)
{
	(void)data;
	seen++;
	last_id = json_object_get_uint64(json_object_object_get(o, "id"));
	last_n = json_object_get_int(json_object_object_get(o, "n"));
}

static void open_it(struct history *h)
{
	seen = 0;
	if (history_open(h, path, each, NULL, why, sizeof(why)))
		fail_msg("%s", why);
}

static uint64_t add(struct history *h, int n)
{
	struct json_object *o = json_object_new_object();
	uint64_t id;

	json_object_object_add(o, "n", json_object_new_int(n));
	json_object_object_add(o, "text", json_object_new_string("a line\nand \"more\" / of it"));
	id = history_add(h, o);
	json_object_put(o);
	return id;
}

static void keeps(void **none)
{
	struct history h;
	int i;

	(void)none;
	open_it(&h);
	for (i = 1; i <= 20; i++)
		assert_int_equal(add(&h, i), i);
	history_close(&h);
	open_it(&h);
	assert_int_equal(seen, 20);
	assert_int_equal(last_n, 20);
	assert_int_equal(add(&h, 21), 21);
	history_close(&h);
	seen = 0;
	assert_int_equal(history_read(path, each, NULL, why, sizeof(why)), 0);
	assert_int_equal(seen, 21);
}

/* Cut at every byte of the last record. */
static void torn_end(void **none)
{
	struct history h;
	struct stat two, three;
	off_t n;

	(void)none;
	open_it(&h);
	add(&h, 1);
	add(&h, 2);
	assert_int_equal(stat(path, &two), 0);
	add(&h, 3);
	assert_int_equal(stat(path, &three), 0);
	history_close(&h);
	for (n = three.st_size - 1; n > two.st_size; n--) {
		assert_int_equal(truncate(path, n), 0);
		open_it(&h);
		assert_int_equal(seen, 2);
		assert_int_equal(h.cut, n - two.st_size);
		assert_int_equal(add(&h, 3), 3);
		history_close(&h);
		open_it(&h);
		assert_int_equal(seen, 3);
		history_close(&h);
	}
}

static void flipped_bit(void **none)
{
	struct history h;
	char c;
	int fd;

	(void)none;
	open_it(&h);
	add(&h, 1);
	add(&h, 2);
	history_close(&h);
	fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &c, 1, 15), 1);
	c ^= 4;
	assert_int_equal(pwrite(fd, &c, 1, 15), 1);
	close(fd);
	open_it(&h);
	assert_int_equal(seen, 0);
	history_close(&h);
}

static void survives_kill(void **none)
{
	uint64_t before = 0;
	struct history h;
	pid_t pid;
	int i;

	(void)none;
	for (i = 0; i < 15; i++) {
		struct timespec nap = { 0, 10000000 + i * 900000 };

		pid = fork();
		if (!pid) {
			if (history_open(&h, path, NULL, NULL, why, sizeof(why)))
				_exit(1);
			for (;;)
				add(&h, h.next);
		}
		nanosleep(&nap, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		open_it(&h);
		assert_true(seen >= before);
		assert_int_equal(last_id, seen);
		assert_int_equal(last_n, seen);
		before = seen;
		history_close(&h);
	}
	assert_true(before > 15);
}

/* A record that does not fit leaves no half of it, and the next one that fits is taken. */
static void full_disk(void **none)
{
	struct rlimit limit;
	struct history h;
	struct stat st;
	int status;
	pid_t pid;

	(void)none;
	open_it(&h);
	add(&h, 1);
	history_close(&h);
	pid = fork();
	if (!pid) {
		signal(SIGXFSZ, SIG_IGN);
		if (stat(path, &st) || history_open(&h, path, NULL, NULL, why, sizeof(why)))
			_exit(1);
		getrlimit(RLIMIT_FSIZE, &limit);
		limit.rlim_cur = st.st_size + 20;
		setrlimit(RLIMIT_FSIZE, &limit);
		if (add(&h, 2) || !h.error)
			_exit(2);
		limit.rlim_cur = RLIM_INFINITY;
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(add(&h, 2) == 2 && !h.error ? 0 : 3);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	open_it(&h);
	assert_int_equal(seen, 2);
	assert_int_equal(h.cut, 0);
	history_close(&h);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps),	     TEST(torn_end),  TEST(flipped_bit),
		TEST(survives_kill), TEST(full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
