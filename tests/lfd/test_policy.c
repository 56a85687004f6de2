// SPDX-License-Identifier: GPL-2.0
/*
 * A learner of policies. The world is the link simulator: each connection is a scene, driven by the
 * snapshot that serves it, and its intervals come as samples with reward terms. lfd-train is the
 * real one, which is told nothing of the path.
 *
 *	build/tests/lfd/test_policy noise_is_learnt	takes two minutes of processor time
 */
#include "world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intervals.h"
#include "lfd/policy.h"
#include "tcp_cc/sim/net.h"
#include "tcp_cc/sim/snapshot.h"

#define CONNECTIONS	20	/* a second */
#define INTERVALS	256	/* of one, at most */

static struct sim_shape path;		/* of all connections */
static struct sim_net aurora;
static struct sim_scene scene;
static uint64_t connections;
static char why[256];
static struct sim_score score;		/* sums of this second */
static int connections_each = CONNECTIONS;
static double intervals[2];		/* of connections, so far: all, and under the policy */

/* --- the world --- */

struct stream {
	uint8_t samples[INTERVALS * (sizeof(struct batch_sample) + 4 * 31)];
	int32_t terms[INTERVALS][LQ_N_REWARDS];
	size_t len;
	uint32_t n;
};

static void put(struct stream *s, const void *data, size_t n)
{
	memcpy(s->samples + s->len, data, n);
	s->len += n;
}

static void watch(void *ctx, const struct sim_flow *f, double at, const struct lf_report *r,
		  s32 action)
{
	struct batch_sample one = { .time_ns = now + connections * 1000, .flow = connections,
				    .attach = 3, .class = BATCH_NO_CLASS };
	struct stream *s = ctx;

	(void)at;
	if (!interval_sampled(f, r) || s->n == INTERVALS)
		return;
	one.packets = s->n + 1;
	put(s, &one, sizeof(one));
	put(s, f->history.past, 4 * 30);
	put(s, &action, 4);
	interval_terms(r, s->terms[s->n++]);
}

static void run(struct lfs *m, struct stream *s)
{
	struct sim_policy p = { sim_snapshot_act, sim_snapshot_of(m, why, sizeof(why)) };
	struct sim_score one;

	assert_non_null(p.ctx);
	sim_scene_make(&scene, &path, &p, ++connections);
	scene.watch = watch;
	scene.watch_ctx = s;
	sim_run(&scene);
	sim_score(&scene, &one);
	score.goodput += one.goodput / connections_each;
	score.reward += one.reward / connections_each;
	score.queue_mean += one.queue_mean / connections_each;
	score.queue_p95 += one.queue_p95 / connections_each;
	intervals[0] += scene.flows[0].intervals;
	intervals[1] += scene.flows[0].state_intervals[LF_RATE_POLICY];
	free((void *)p.ctx);
}

static void connection(void)
{
	bool arm = kernel.share > 0 && rand() < kernel.share * RAND_MAX;
	struct lfs *m = arm ? &kernel.standby : &kernel.active;
	struct batch_outcome o = { .flow = connections + 1, .attach = 3, .class = 0xffff };
	static struct stream s;
	struct batch b = {
		.generation = arm ? kernel.standby_generation : kernel.generation,
		.n_inputs = 30, .n_outputs = 1, .n_outcomes = 1, .rewarded = true,
		.n_rewards = LQ_N_REWARDS, .samples = s.samples,
		.rewards = (const uint8_t *)s.terms, .outcomes = (const uint8_t *)&o,
	};

	s.n = s.len = 0;
	run(m, &s);
	strcpy(b.slot, "app");
	memcpy(b.hash, m->info.hash, LQ_HASH_LEN);
	b.n_samples = s.n;
	kernel.arm_inferences += arm ? s.n : 0;
	if (!dead)
		learner_batch(&l, &b);
}

static void busy(void)
{
	int i;

	memset(&score, 0, sizeof(score));
	memset(intervals, 0, sizeof(intervals));
	for (i = 0; i < connections_each; i++)
		connection();
}

/* --- policies --- */

/* Aurora, but with every action less by this. */
static const char *policy(const char *name, double less)
{
	static struct paths paths = { .n = 1 };
	static struct scenes scenes;
	static char file[2][96];
	static int at;
	struct sim_net net = aurora;
	struct graph_err err;
	struct lfs m;
	double error;

	paths.row[0] = (struct paths_row){ 1, 1, 1, 0, { 40000, 6.25e6, 0.5, 0, 0, 0 }, { 0 } };
	scenes_make(&scenes, &paths, 1, 0);
	net.p[net.n_params - 1] -= less / NET_ACTION;
	at = !at;
	snprintf(file[at], sizeof(file[at]), "%s/%s.lfs", dir, name);
	if (policy_freeze(&net, &scenes, name, &m, &error, &err) ||
	    util_write(file[at], m.file, m.len, &err))
		fail_msg("%s", err.msg);
	lfs_free(&m);
	return file[at];
}

static int begin(void **none)
{
	if (make(none) || sim_net_load(&aurora, "models/aurora/policy.net"))
		return -1;
	traffic = busy;
	connections = 0;
	connections_each = CONNECTIONS;
	path = (struct sim_shape){ .mbit = 50, .rtt_ms = 40, .queue_bdp = 1, .flows = 1,
				   .seconds = 4 };
	return 0;
}

static int end(void **none)
{
	traffic = NULL;
	return drop(none);
}

static void learner_of(const char *model, const char *more)
{
	configure_all("first.lfs", model, more);
	start();
}

static void learner(const char *more)
{
	/* Generations end the search, not the processor. */
	learner_of("[model]\nkind = policy\ngenerations = 10\ntime = 4h\n", more);
}

/* --- tests --- */

/* It sends too little: that shows in the simulator, in the arms, and at last in the world. */
static void shy_policy_is_replaced(void **none)
{
	struct sim_score before;

	(void)none;
	serve(policy("first", 2));
	learner("[judge]\nflows = 30\n[deploy]\nevery = 0s\narms = 10% 50%\nstep = 10\n"
		"watch = 100\n[drift]\ndetect = no\n");
	until("training", 1, 30);
	before = score;
	assert_non_null(strstr(said("training"), "was never judged on the paths"));
	until("candidate", 1, 3);
	print_message("%s\n", said("candidate"));
	until("kept", 1, 200);
	second();
	print_message("goodput %.3f, was %.3f; reward %.3f, was %.3f\n", score.goodput,
		      before.goodput, score.reward, before.reward);
	assert_int_equal(decided("ramping"), 2);
	assert_int_equal(decided("rolled-back"), 0);
	assert_true(score.reward > before.reward + 0.05);
	assert_true(kernel.share == 0 && !kernel.limited && kernel.shadow == 0);
	/* It was judged, and nothing has changed. */
	for (int i = 0; i < 60; i++)
		second();
	assert_int_equal(decided("training"), 1);
}

/* A worse one that is forced into the slot comes back by what its connections lose. */
static void harm_is_rolled_back(void **none)
{
	(void)none;
	serve(policy("first", 0));
	path.loss = 0.001;
	learner("[judge]\nflows = 100000\n[deploy]\nevery = 30d\nbackoff = 0s\narms = 10% 50%\n"
		"step = 30\nwatch = 300\n[drift]\ndetect = no\n");
	second();
	second();
	if (!learner_offer(&l, policy("bad", 6), true, now, why, sizeof(why)))
		fail_msg("%s", why);
	until("rolled-back", 1, 120);
	print_message("%s\n", said("rolled-back"));
	assert_int_equal(decided("watching"), 0);
	assert_true(kernel.share == 0 && l.phase == COLLECT);
}

/* The same policy again is no improvement: nothing is swapped, and there is no reason to go on. */
static void good_policy_stays(void **none)
{
	(void)none;
	serve(policy("first", 0));
	path = (struct sim_shape){ .mbit = 100, .rtt_ms = 20, .queue_bdp = 2, .flows = 1,
				   .seconds = 3 };
	learner("[judge]\nflows = 30\nmargin = 20%\n[deploy]\nevery = 0s\n[drift]\ndetect = no\n");
	until("rejected", 1, 60);
	print_message("%s\n", said("rejected"));
	assert_non_null(strstr(said("rejected"), "not shown to be better"));
	for (int i = 0; i < 60; i++)
		second();
	assert_int_equal(decided("training"), 1);
	assert_int_equal(kernel.swaps, 1);
}

/* Jitter comes to a path that had none. */
static void drift_is_seen(void **none)
{
	(void)none;
	serve(policy("first", 0));
	learner("[judge]\nflows = 30\nmargin = 20%\n[deploy]\nevery = 0s\n[drift]\nwindow = 64\n");
	until("rejected", 1, 60);
	for (int i = 0; i < 60; i++)
		second();
	assert_int_equal(decided("drift"), 0);
	path.noise = SIM_EXPONENTIAL;
	path.noise_ms = 2;
	path.seconds = 12;
	until("drift", 1, 120);
	print_message("%s\n", said("drift"));
	until("training", 2, 60);
	assert_non_null(strstr(said("training"), "drift"));
}

/* Killed between the judgement and the first arm: it goes on with the arms. */
static void goes_on_after_a_kill(void **none)
{
	(void)none;
	serve(policy("first", 2));
	learner("[judge]\nflows = 30\n[deploy]\nevery = 0s\narms = 50%\nstep = 10\nwatch = 100\n"
		"[drift]\ndetect = no\n");
	until("ramping", 1, 60);
	learner_end(&l);
	start();
	until("kept", 1, 200);
	assert_int_equal(decided("rolled-back"), 0);
}

/* Of many connections, by what is active now. */
static struct sim_score now_served(const char *who)
{
	int each = connections_each;

	connections_each = 60;
	dead = true;
	second();
	dead = false;
	connections_each = each;
	print_message("%s: goodput %.3f, queue %.1f ms, p95 %.1f ms, reward %.3f, %.0f %% of "
		      "intervals under the policy\n", who, score.goodput,
		      score.queue_mean / 1000, score.queue_p95 / 1000, score.reward,
		      100 * intervals[1] / intervals[0]);
	return score;
}

static void cubic_served(void)
{
	struct sim_policy none = { NULL, NULL };
	struct sim_score one, sum = { 0 };
	int i;

	for (i = 0; i < 60; i++) {
		sim_scene_make(&scene, &path, &none, i);
		scene.flows[0].kind = SIM_CUBIC;
		sim_run(&scene);
		sim_score(&scene, &one);
		sum.goodput += one.goodput / 60;
		sum.queue_mean += one.queue_mean / 60;
		sum.queue_p95 += one.queue_p95 / 60;
	}
	print_message("CUBIC: goodput %.3f, queue %.1f ms, p95 %.1f ms\n", sum.goodput,
		      sum.queue_mean / 1000, sum.queue_p95 / 1000);
}

/*
 * A policy that was trained without noise gets noise, and is retuned by measurements.
 * quiet.net is what build/sim/train -q -g 60 -s 4 aurora found.
 */
static void noise_is_learnt(void **none)
{
	struct sim_score before, after;

	(void)none;
	assert_int_equal(sim_net_load(&aurora, "tests/adapt/quiet.net"), 0);
	serve(policy("first", 0));
	path = (struct sim_shape){ .mbit = 20, .rtt_ms = 20, .queue_bdp = 1, .flows = 1,
				   .seconds = 20, .noise = SIM_EXPONENTIAL, .noise_ms = 1 };
	learner_of("[model]\nkind = policy\ngenerations = 40\n",
		   "[judge]\nflows = 30\n[deploy]\nevery = 0s\narms = 10% 50%\nstep = 10\n"
		   "watch = 100\n[drift]\ndetect = no\n");
	second();
	cubic_served();
	before = now_served("before");
	until("candidate", 1, 60);
	print_message("%s\n", said("candidate"));
	until("kept", 1, 200);
	after = now_served("after");
	assert_true(after.reward > before.reward);
	assert_true(after.goodput > 0.97 * before.goodput);
}

/* All that is quick, or the one that is named. */
int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(shy_policy_is_replaced, begin, end),
		cmocka_unit_test_setup_teardown(harm_is_rolled_back, begin, end),
		cmocka_unit_test_setup_teardown(good_policy_stays, begin, end),
		cmocka_unit_test_setup_teardown(drift_is_seen, begin, end),
		cmocka_unit_test_setup_teardown(goes_on_after_a_kill, begin, end),
		cmocka_unit_test_setup_teardown(noise_is_learnt, begin, end),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	else
		cmocka_set_skip_filter("noise_is_learnt");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
