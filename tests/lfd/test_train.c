// SPDX-License-Identifier: GPL-2.0
/* lfd-train as lfd starts it: a store, what serves, and a configuration in; a judgement out. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <json-c/json.h>

#include "codegen/util.h"
#include "lfctl/lib/out.h"
#include "lfd/incumbent.h"
#include "lfd/paths.h"
#include "rows.h"

static char dir[] = "/tmp/lfd-train-XXXXXX", conf[64];
static struct json_object *report;

static const char *in(const char *name)
{
	static char path[8][96];
	static int at;

	at = (at + 1) % 8;
	snprintf(path[at], sizeof(path[at]), "%s/%s", dir, name);
	return path[at];
}

static int make(void **none)
{
	(void)none;
	if (!mkdtemp(dir))
		return -1;
	snprintf(conf, sizeof(conf), "%s/app.conf", dir);
	return 0;
}

static int drop(void **none)
{
	char command[128];

	(void)none;
	json_object_put(report);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

/* What served had the verdicts that the rows have; its file is not known. */
static void state(uint32_t what)
{
	struct incumbent old = { .hash = { 1 }, .name = "old", .same = what == LABEL_CLASS };
	struct graph_err err;
	struct store s;

	old.n_outputs = what == LABEL_CLASS ? 3 : 1;
	unlink(in("store"));
	assert_true(rows_store(&s, in("store"), what, 4000, 0.6));
	store_close(&s);
	assert_int_equal(incumbent_save(&old, in("incumbent.json"), &err), 0);
}

static bool trained(const char *snapshot)
{
	char command[512];

	unlink(in("candidate.json"));
	unlink(in("candidate.lfs"));
	snprintf(command, sizeof(command), "%s %s build/bin/lfd-train %s %s %s",
		 "LFD_BUDGET_NS=5000 LFD_NAME=app-7", getenv("RUN") ?: "", conf, dir, snapshot);
	assert_int_equal(system(command), 0);
	json_object_put(report);
	report = json_object_from_file(in("candidate.json"));
	assert_non_null(report);
	return json_object_get_boolean(json_object_object_get(report, "accepted"));
}

static bool run(const char *model, const char *what, const char *snapshot)
{
	FILE *f = fopen(conf, "w");

	assert_non_null(f);
	fprintf(f, "[learner]\nslot = app\n[label]\nwhat = %s\n%s[model]\n%s\n", what,
		strcmp(what, "class") ? "" : "rule = dscp 1 class small\n", model);
	fclose(f);
	return trained(snapshot);
}

static double number(const char *key)
{
	if (!out_has(report, key))
		fail_msg("no %s in %s", key, json_object_to_json_string(report));
	return json_object_get_double(json_object_object_get(report, key));
}

static void good(const char *model)
{
	struct graph_err err;
	char hex[2 * LQ_HASH_LEN + 1];
	struct lfs m;

	if (!run(model, "class", ""))
		fail_msg("%s: %s", model, out_str(report, "reason"));
	assert_true(number("loss") < 0.05 && number("loss_before") > 0.1);
	assert_true(number("difference_hi") < -0.01);
	assert_int_equal(out_length(report, "importance"), 3);
	assert_int_equal(lfs_read(&m, in("candidate.lfs"), &err), 0);
	lfs_hash(&m, hex);
	assert_string_equal(hex, out_str(report, "hash"));
	assert_string_equal(m.info.name, "app-7");
	assert_true(m.info.ns <= 5000);
	lfs_free(&m);
}

static void forests(void **none)
{
	(void)none;
	state(LABEL_CLASS);
	good("kind = forest\ndepth = 4\nrounds = 20");
	assert_int_equal(access(in("candidate.forest.json"), R_OK), 0);
	/* Goes on from the one before. */
	assert_int_equal(rename(in("candidate.forest.json"), in("forest.json")), 0);
	good("kind = forest\ndepth = 4\nrounds = 60");
	assert_true(number("rounds_before") > 0);
}

static void nets(void **none)
{
	(void)none;
	state(LABEL_CLASS);
	good("kind = net\nlayers = 16,8");
	assert_int_equal(rename(in("candidate.net"), in("net")), 0);
	good("kind = net\nlayers = 16,8");
}

/* Trees without end are cut to what the slot has time for. */
static void budget_binds(void **none)
{
	(void)none;
	state(LABEL_CLASS);
	unlink(in("forest.json"));
	good("kind = forest\ndepth = 10\nrounds = 300");
}

static void values(void **none)
{
	(void)none;
	state(LABEL_BYTES);
	unlink(in("forest.json"));
	unlink(in("net"));
	if (!run("kind = forest\nrounds = 60", "bytes", ""))
		fail_msg("%s", out_str(report, "reason"));
	assert_true(number("loss") < 0.05);
	assert_true(number("out_of_range") < 0.05 && !out_has(report, "saturated"));
	if (!run("kind = net", "bytes", ""))
		fail_msg("%s", out_str(report, "reason"));
	assert_true(number("loss") < 0.05);
	assert_true(out_has(report, "saturated") && number("saturated") < 0.05);
}

/* A snapshot that is handed in: judged; of other inputs, torn, or no snapshot: said. */
static void offers(void **none)
{
	char command[256];

	(void)none;
	state(LABEL_CLASS);
	unlink(in("forest.json"));
	good("kind = forest");
	snprintf(command, sizeof(command), "cp %s %s", in("candidate.lfs"), in("kept.lfs"));
	assert_int_equal(system(command), 0);
	assert_true(run("kind = forest", "class", in("kept.lfs")));
	assert_false(run("kind = forest", "class", "build/models/appclass-forest.lfs"));
	assert_non_null(strstr(out_str(report, "reason"), "inputs"));
	snprintf(command, sizeof(command), "head -c 700 %s >%s", in("kept.lfs"), in("torn.lfs"));
	assert_int_equal(system(command), 0);
	assert_false(run("kind = forest", "class", in("torn.lfs")));
	assert_false(out_has(report, "hash"));
	assert_false(run("kind = forest", "class", conf));
}

static void too_few_rows(void **none)
{
	struct store s;

	(void)none;
	state(LABEL_CLASS);
	unlink(in("store"));
	assert_true(rows_store(&s, in("store"), LABEL_CLASS, 3, 1));
	store_close(&s);
	assert_false(run("kind = forest", "class", ""));
	assert_false(run("kind = net", "class", ""));
}

/* --- policies --- */

static bool run_policy(const char *snapshot)
{
	FILE *f = fopen(conf, "w");

	assert_non_null(f);
	fprintf(f, "[learner]\nslot = tcp\n[model]\nkind = policy\ngenerations = 2\n"
		   "[judge]\nflows = 20\n");
	fclose(f);
	return trained(snapshot);
}

static void serve(const char *path)
{
	struct incumbent old = { .name = "old", .same = true, .n_outputs = 1 };
	struct graph_err err;

	snprintf(old.path, sizeof(old.path), "%s", path);
	if (*path && lfs_read(&old.m, path, &err) == 0) {
		memcpy(old.hash, old.m.info.hash, sizeof(old.hash));
		old.n_outputs = old.m.info.n_outputs;
		lfs_free(&old.m);
	}
	assert_int_equal(incumbent_save(&old, in("incumbent.json"), &err), 0);
}

/* Of 200 connections over 50 Mbit/s and 40 ms, with noise. */
static void measure(void)
{
	int32_t term[LQ_N_REWARDS] = { log2(6.25e6) * 256, 72000, 40000, 0, 3000 };
	struct paths p;
	char why[256];
	bool made;
	int i, k;

	assert_int_equal(paths_open(&p, in("paths"), 1, why, sizeof(why)), 0);
	for (i = 0; i < 200; i++) {
		paths_begin(&p, 0);
		for (k = 0; k < PATHS_LEAST; k++)
			paths_interval(&p, 0, i, 1, term);
		paths_end(&p, 0, i, 1, &made);
	}
	assert_int_equal(p.n, 200);
	paths_close(&p);
}

static void policies(void **none)
{
	(void)none;
	unlink(in("net"));
	unlink(in("candidate.net"));
	assert_false(run_policy(""));
	assert_non_null(strstr(out_str(report, "reason"), "paths: No such file"));
	measure();
	serve("");
	assert_false(run_policy(""));
	assert_non_null(strstr(out_str(report, "reason"), "cannot be run in the simulator"));
	serve("build/models/appclass-net.lfs");
	assert_false(run_policy(""));
	assert_non_null(strstr(out_str(report, "reason"), "active snapshot: it gives no action"));
	serve("build/models/aurora.lfs");
	run_policy("");
	assert_string_equal(out_str(report, "from"),
			    "a net that imitates the active snapshot");
	assert_true(number("imitation_error") < 0.2 && number("quant_error") < 0.02);
	assert_true(number("generations") == 2 && number("paths") == 200);
	assert_true(number("held_out_flows") > 40 && number("scenes") > 0);
	assert_int_equal(access(in("candidate.lfs"), R_OK), 0);
	assert_int_equal(rename(in("candidate.net"), in("net")), 0);
	run_policy("");
	assert_string_equal(out_str(report, "from"), "the parameters of the last training");
	/* A policy that is offered is judged as if it had been trained. */
	assert_false(run_policy("build/models/aurora.lfs"));
	assert_non_null(strstr(out_str(report, "reason"), "not shown to be better"));
	assert_true(number("difference") == 0);
	unlink(in("net"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forests), cmocka_unit_test(nets), cmocka_unit_test(budget_binds),
		cmocka_unit_test(values), cmocka_unit_test(offers), cmocka_unit_test(too_few_rows),
		cmocka_unit_test(policies),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
