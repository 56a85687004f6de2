// SPDX-License-Identifier: GPL-2.0
/* External trainers: one that works, and others that fail, hang, or write no model. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "lfd/external.h"
#include "rows.h"

static char dir[] = "/tmp/lfd-external-XXXXXX", trainer[64];
static struct dataset d;
static struct graph_err err;

static int make(void **none)
{
	(void)none;
	if (!mkdtemp(dir) || !rows_make(&d, LABEL_CLASS, 300, 0.5))
		return -1;
	snprintf(trainer, sizeof(trainer), "%s/trainer", dir);
	return 0;
}

static int drop(void **none)
{
	char command[128];

	(void)none;
	dataset_free(&d);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static struct graph *run(const char *script, uint64_t time)
{
	FILE *f = fopen(trainer, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	fclose(f);
	chmod(trainer, 0700);
	return external_train(&d, trainer, dir, time, &err);
}

static void refused(const char *script, const char *why)
{
	struct graph *g = run(script, 20000000000ull);

	assert_null(g);
	if (!strstr(err.msg, why))
		fail_msg("%s: %s", script, err.msg);
}

static void a_model_comes_back(void **none)
{
	struct graph *g = run("cp models/appclass/net.onnx $2", 20000000000ull);

	(void)none;
	if (!g)
		fail_msg("%s", err.msg);
	assert_int_equal(g->n_outputs, 6);
	graph_free(g);
}

/* The rows are there, without those that are held out; the environment has the classes. */
static void rows_are_written(void **none)
{
	size_t i, n = 0;
	char script[256];

	(void)none;
	for (i = 0; i < d.n; i++)
		n += d.w[i] > 0;
	snprintf(script, sizeof(script),
		 "[ \"$(head -1 $1)\" = pkt.len,flow.bytes_log2,pkt.ttl,label,weight ] || exit 5\n"
		 "[ $(wc -l <$1) = %zu ] || exit 6\n[ $LFD_CLASSES = small,middle,large ] || exit "
		 "7\nexit 9",
		 n + 1);
	refused(script, "failed with status 9");
}

static void failures_say_why(void **none)
{
	(void)none;
	refused("exit 3", "failed with status 3");
	refused("kill -SEGV $$", "ended by signal 11");
	refused("true", "model.onnx");
	refused("head -c 3000 models/appclass/net.onnx >$2", "model.onnx");
	refused("head -c 100000 /dev/zero >$2", "model.onnx");
	refused("echo hello >$2", "model.onnx");
}

/* Who hangs is ended, with all that he started, in time. */
static void time_is_bounded(void **none)
{
	char path[96];
	time_t from = time(NULL);
	struct timespec nap = { 0, 300000000 };

	(void)none;
	snprintf(path, sizeof(path), "(sleep 2; touch %s/late) & sleep 100", dir);
	assert_null(run(path, 700000000));
	assert_non_null(strstr(err.msg, "took more than"));
	assert_in_range(time(NULL) - from, 0, 20);
	nap.tv_sec = 2;
	nanosleep(&nap, NULL);
	snprintf(path, sizeof(path), "%s/late", dir);
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model_comes_back),
		cmocka_unit_test(rows_are_written),
		cmocka_unit_test(failures_say_why),
		cmocka_unit_test(time_is_bounded),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
