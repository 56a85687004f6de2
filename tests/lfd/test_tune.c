// SPDX-License-Identifier: GPL-2.0
/* A policy's way from parameters to a snapshot and back, its search, and who wins a contest. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "codegen/cmd.h"
#include "lfd/contest.h"
#include "lfd/held.h"
#include "lfd/policy.h"
#include "lfd/tune.h"
#include "tcp_cc/sim/snapshot.h"

#define LONG_ENOUGH	(24ull * 3600 * 1000000000)	/* on any processor: generations decide */

static struct paths paths;
static struct scenes scenes;
static struct sim_net aurora;
static struct settings set;
static struct graph_err err;

/* Paths of 50 Mbit/s and 40 ms; one connection in three is held out. */
static void measure(uint32_t n, float swing_us)
{
	uint32_t i;

	memset(&paths, 0, sizeof(paths));
	for (i = 0; i < n; i++)
		paths.row[i] = (struct paths_row){
			.crc = 1, .time_ns = i, .flow = i,
			.m = { 40000, 6.25e6, 0.5, 0, 0, swing_us },
		};
	paths.n = n;
	scenes_make(&scenes, &paths, 0, 0);
}

static int make(void **none)
{
	(void)none;
	set = (struct settings){ .kind = KIND_POLICY, .generations = 2, .margin = 0.01,
				 .error = 0.01, .min_flows = 10, .time = LONG_ENOUGH };
	measure(300, 0);
	return sim_net_load(&aurora, "models/aurora/policy.net");
}

static void draw(float *x, struct sim_rng *r)
{
	struct sim_net_input in;
	int i;

	for (i = 0; i < aurora.width[0]; i++) {
		in = sim_net_input(i);
		x[i] = sim_range(r, in.lo, in.hi);
	}
}

/* Mean distance of two nets' actions. */
static double apart(const struct sim_net *a, const struct sim_net *b)
{
	struct sim_rng r = sim_rng(3);
	float x[NET_WIDTH];
	double sum = 0;
	int i;

	for (i = 0; i < 1000; i++) {
		draw(x, &r);
		sum += fabs(sim_net_run(a, x, NULL) - sim_net_run(b, x, NULL)) / 1000;
	}
	return sum;
}

static void there_and_back(void **none)
{
	struct graph *g = policy_graph(&aurora, "there");
	struct sim_net back;

	(void)none;
	assert_int_equal(policy_of_graph(&back, g, &err), 0);
	assert_true(apart(&aurora, &back) < 1e-5);
	graph_free(g);
	g = cmd_import("models/aurora/model.onnx", NULL, &err);
	assert_non_null(g);
	assert_int_equal(policy_of_graph(&back, g, &err), 0);
	assert_true(apart(&aurora, &back) < 1e-4);
	g->layers[0].act = GRAPH_ACT_SIGMOID;
	assert_int_equal(policy_of_graph(&back, g, &err), -1);
	assert_non_null(strstr(err.msg, "has 30 inputs"));
	graph_free(g);
}

static void freeze(const struct sim_net *net, struct lfs *m)
{
	double error;

	if (policy_freeze(net, &scenes, "frozen", m, &error, &err))
		fail_msg("%s", err.msg);
	assert_true(error < 0.02);
	assert_int_equal(lfs_selftest(m, &err), 0);
}

/* Where it drives, the snapshot acts as the net does. */
struct both {
	const struct sim_net *net;
	struct sim_snapshot *snapshot;
	double apart;
	int n;
};

static void compare(void *ctx, const struct sim_flow *f, double now, const struct lf_report *r,
		    s32 action)
{
	struct both *b = ctx;

	(void)now;
	(void)r;
	if (f->rate.state != LF_RATE_POLICY)
		return;
	action -= sim_snapshot_act(b->snapshot, &f->history, f->preference);
	b->apart += fabs((double)action) / LF_ONE;
	b->n++;
}

static void frozen(void **none)
{
	struct sim_policy p = { sim_net_act, &aurora };
	static struct sim_scene scene;
	struct sim_rng r = sim_rng(1);
	struct both b = { .net = &aurora };
	struct sim_shape sh;
	struct lfs m;
	char why[256];
	int i;

	(void)none;
	freeze(&aurora, &m);
	assert_string_equal(m.info.name, "frozen");
	assert_int_equal(m.info.n_inputs, 30);
	assert_string_equal(lfs_input(&m, 29).name, "cc.send_ratio.9");
	b.snapshot = sim_snapshot_of(&m, why, sizeof(why));
	assert_non_null(b.snapshot);
	assert_false(sim_snapshot_prefers(b.snapshot));
	for (i = 0; i < 10; i++) {
		scenes_train(&scenes, &sh, &r);
		sim_scene_make(&scene, &sh, &p, i);
		scene.watch = compare;
		scene.watch_ctx = &b;
		sim_run(&scene);
	}
	assert_true(b.n > 1000);
	if (b.apart / b.n > 0.05)
		fail_msg("actions differ by %g in the mean", b.apart / b.n);
	free(b.snapshot);
	lfs_free(&m);
}

static struct sim_snapshot *snapshot(const struct sim_net *net, struct lfs *m)
{
	struct sim_snapshot *s;

	freeze(net, m);
	s = sim_snapshot_of(m, err.msg, sizeof(err.msg));
	assert_non_null(s);
	return s;
}

static void contests(void **none)
{
	struct sim_net shy = aurora;
	struct lfs a, b;
	struct sim_snapshot *good = snapshot(&aurora, &a), *bad;
	struct contest_report r;

	(void)none;
	shy.p[shy.n_params - 1] -= 0.5;		/* every action less by 2 */
	bad = snapshot(&shy, &b);
	contest(&scenes, bad, good, &set, UINT64_MAX, &r);
	print_message("better by %.3f (%.3f to %.3f) after %u scenes\n", -r.diff, -r.hi, -r.lo,
		      r.scenes);
	assert_string_equal(r.reason, "");
	assert_true(r.reward_new > r.reward_old && r.goodput_new > r.goodput_old);
	assert_true(r.hi < -set.margin);
	contest(&scenes, good, bad, &set, UINT64_MAX, &r);
	assert_non_null(strstr(r.reason, "it is not shown to be better in"));
	assert_false(r.undecided);
	contest(&scenes, good, good, &set, UINT64_MAX, &r);
	assert_non_null(strstr(r.reason, "not shown to be better"));
	assert_true(r.diff == 0 && !r.undecided);
	measure(12, 0);
	contest(&scenes, bad, good, &set, UINT64_MAX, &r);
	assert_non_null(strstr(r.reason, "held-out connections, 10 are needed"));
	assert_true(r.undecided);
	measure(300, 0);
	free(good);
	free(bad);
	lfs_free(&a);
	lfs_free(&b);
}

/* A search begins at a given point, and ends after its generations or its time. */
static void searches(void **none)
{
	struct tune_result r;
	struct sim_net net;
	struct lfs m;
	struct sim_snapshot *serving = snapshot(&aurora, &m);

	(void)none;
	assert_int_equal(tune(&scenes, &set, "/nowhere", serving, &net, &r, &err), 0);
	assert_int_equal(r.from, TUNE_FROM_IMITATION);
	assert_int_equal(r.generations, 2);
	print_message("imitation: squared error %.4f, reward %.3f\n", r.imitated, r.reward_before);
	assert_true(r.imitated < 0.2);
	assert_int_equal(tune(&scenes, &set, "models/aurora/policy.net", serving, &net, &r, &err),
			 0);
	assert_int_equal(r.from, TUNE_FROM_NET);
	assert_true(apart(&aurora, &net) > 0 && apart(&aurora, &net) < 2);
	assert_true(r.reward > r.reward_before - 0.05);
	strcpy(set.start, "models/aurora/model.onnx");
	assert_int_equal(tune(&scenes, &set, "/nowhere", serving, &net, &r, &err), 0);
	assert_int_equal(r.from, TUNE_FROM_START);
	strcpy(set.start, "models/appclass/net.onnx");
	assert_int_equal(tune(&scenes, &set, "/nowhere", serving, &net, &r, &err), -1);
	assert_non_null(strstr(err.msg, "a policy to begin with has 30 inputs"));
	*set.start = 0;
	set.time = 1;
	assert_int_equal(tune(&scenes, &set, "models/aurora/policy.net", serving, &net, &r, &err),
			 0);
	assert_int_equal(r.generations, 0);
	set.time = LONG_ENOUGH;
	free(serving);
	lfs_free(&m);
}

/* Rows since the reason come first; a held-out connection is never trained on. */
static void who_trains(void **none)
{
	uint32_t i;

	(void)none;
	scenes_make(&scenes, &paths, 0, 200);
	assert_true(scenes.n_recent > 40 && scenes.n_recent < 90);
	assert_true(scenes.n_train > 150 && scenes.n_train < 250);
	for (i = 0; i < scenes.n_recent; i++)
		assert_true(paths.row[scenes.train[i]].time_ns >= 200);
	for (i = 0; i < scenes.n_train; i++)
		assert_false(held_flow(paths.row[scenes.train[i]].flow));
	for (i = 0; i < scenes.n_held; i++)
		assert_true(held_flow(paths.row[scenes.held[i]].flow) &&
			    paths.row[scenes.held[i]].time_ns >= 200);
	measure(300, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back), cmocka_unit_test(frozen),
		cmocka_unit_test(contests), cmocka_unit_test(searches),
		cmocka_unit_test(who_trains),
	};

	return cmocka_run_group_tests(tests, make, NULL);
}
