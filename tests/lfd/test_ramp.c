// SPDX-License-Identifier: GPL-2.0
/* The ramp: shares that rise, harm that is found at one percent, lfd that dies at any step. */
#include "world.h"

#include <stdio.h>
#include <string.h>

#include "lfd/record.h"

static char why[256];

/* Begun anew, as if it had been killed. */
static void again(void)
{
	learner_end(&l);
	*command = 0;
	start();
}

static void force(const char *path)
{
	if (!learner_offer(&l, path, true, now, why, sizeof(why)))
		fail_msg("%s: %s", path, why);
}

static double phase_share(void)
{
	return l.phase == RAMP ? kernel.share : -1;
}

/* From the shadow over each share to the whole slot; then nothing of it is left in the kernel. */
static void goes_up(void **none)
{
	double seen[8];
	int n = 0, i;

	(void)none;
	configure("[judge]\nflows = 150\n[deploy]\nshadow = 100\nwatch = 200\nevery = 0s\n"
		  "arms = 2% 10% 50%\nstep = 10\n");
	start();
	serve(model("first", 0.5, 0));
	until("candidate", 1, 60);
	assert_int_equal(kernel.shadow, 1);
	for (i = 0; i < 120 && !decided("kept"); i++) {
		second();
		if (n < 8 && phase_share() > 0 && (!n || seen[n - 1] != kernel.share)) {
			seen[n++] = kernel.share;
			assert_int_equal(kernel.limited, kernel.standby_generation);
			assert_true(kernel.limits.top_class > 0.98);
			assert_true(kernel.limits.drift > 0.24 && kernel.limits.drift < 0.5);
			assert_true(kernel.limits.saturated == 0 && !kernel.limits.outcome);
		}
	}
	assert_int_equal(n, 3);
	assert_true(seen[0] == 0.02 && seen[1] == 0.1 && seen[2] == 0.5);
	assert_int_equal(decided("ramping"), 3);
	assert_int_equal(decided("kept"), 1);
	assert_int_equal(kernel.swaps, 2);
	assert_true(kernel.share == 0 && !kernel.limited && kernel.shadow == 0);
	assert_true(loss() < 0.06);
}

/* At one percent, where it serves hardly anybody. */
static void harm_is_found_at_one_percent(void **none)
{
	static const double bad[] = { 0.08, 0.3, 1 };
	int i, before, s;

	(void)none;
	serve(model("known", 0, 0));
	configure("[deploy]\nevery = 30d\nbackoff = 0s\narms = 1% 50%\nguard = 0\n"
		  "[drift]\ndetect = no\n");
	start();
	second();
	for (i = 0; i < 3; i++) {
		before = kernel.arm_inferences;
		force(model("bad", bad[i], 1));
		s = until("rolled-back", i + 1, 60);
		print_message("%.0f %% worse: back after %d flows, of which it served %d\n",
			      100 * bad[i] * 2 / 3, s * RATE,
			      (int)(kernel.arm_inferences - before) / 3);
		assert_in_range(s * RATE, 0, 2000);
		assert_in_range((kernel.arm_inferences - before) / 3, 0, 40);
		assert_true(kernel.share == 0 && l.phase == COLLECT);
		assert_non_null(strstr(said("rolled-back"), "worse than the active snapshot"));
	}
	assert_int_equal(decided("watching"), 0);
	assert_int_equal(kernel.swaps, 1);
}

/* Both snapshots say the same of a flow, but to be served by the candidate does it harm. */
static void what_serving_does_is_seen(void **none)
{
	(void)none;
	serve(model("known", 0, 0));
	arm_turned = 1;
	configure("[deploy]\nevery = 30d\nbackoff = 0s\narms = 10%\nstep = 1000\n"
		  "[drift]\ndetect = no\n");
	start();
	second();
	force(model_moved("fine", 0, 0, 3));
	until("rolled-back", 1, 60);
	assert_string_equal(said("rolling-back"),
			    "the flows that it served did worse than the others");
	assert_in_range(l.trial.arm.n, 0, 200);
}

/* Killed at each step: the kernel goes on with the share that it has, and so does who comes after.
 */
static void survives_at_each_step(void **none)
{
	static const double arms[] = { 0.02, 0.1, 0.5 };
	int i;

	(void)none;
	configure("[judge]\nflows = 150\n[deploy]\nshadow = 100\nwatch = 200\nevery = 0s\n"
		  "arms = 2% 10% 50%\nstep = 20\n");
	start();
	serve(model("first", 0.5, 0));
	for (i = 0; i < 3; i++) {
		until("ramping", i + 1, 60);
		learner_end(&l);
		dead = true;
		second();
		assert_true(kernel.share == arms[i]);
		dead = false;
		start();
		second();
		assert_true(phase_share() == arms[i] && l.step == (uint32_t)i);
		/* Before the kernel was asked: it has the step before. */
		kernel.share = i ? arms[i - 1] : 0;
		again();
		second();
		assert_true(phase_share() == arms[i]);
	}
	until("kept", 1, 60);
	assert_int_equal(decided("ramping"), 3);
	assert_true(kernel.share == 0 && !kernel.limited && kernel.shadow == 0);
}

/* One that calls everything the same, while lfd is dead. */
static void the_guard_acts_alone(void **none)
{
	int i;

	(void)none;
	serve(model("known", 0, 0));
	configure("[deploy]\nevery = 30d\nbackoff = 60s\narms = 50%\nstep = 100000\n");
	start();
	second();
	force(model("bad", 1, 1));
	until("ramping", 1, 5);
	assert_true(kernel.share == 0.5 && kernel.limits.top_class > 0.98);
	learner_end(&l);
	dead = true;
	for (i = 0; i < 20 && !kernel.stopped; i++)
		second();
	assert_true(kernel.stopped && kernel.share == 0);
	dead = false;
	start();
	second();
	assert_int_equal(decided("rolled-back"), 1);
	assert_non_null(strstr(said("rolled-back"), "the guard has stopped it: class"));
	assert_true(l.phase == COLLECT && l.not_before > now && !kernel.limited);
	/* Not again by itself. */
	for (i = 0; i < 20; i++)
		second();
	assert_int_equal(decided("ramping"), 1);
}

/* The traffic moves out of what the candidate was judged on, while lfd is dead. */
static void drift_is_stopped(void **none)
{
	int i;

	(void)none;
	nearer = 0.5;
	configure("[judge]\nflows = 150\n[deploy]\nshadow = 100\nwatch = 200\nevery = 0s\n"
		  "backoff = 60s\narms = 50%\nstep = 100000\n[drift]\ndetect = no\n");
	start();
	serve(model("first", 0.5, 0));
	until("ramping", 1, 120);
	print_message("%s\n", said("ramping"));
	assert_non_null(strstr(said("ramping"), "the kernel stops it above drift 2"));
	for (i = 0; i < 20; i++)
		second();
	assert_int_equal(kernel.stopped, 0);
	learner_end(&l);
	dead = true;
	nearer = 1;
	for (i = 0; i < 20 && !kernel.stopped; i++)
		second();
	assert_true(kernel.stopped && kernel.share == 0 && !kernel.limited);
	assert_string_equal(kernel.active.info.name, "first");
	dead = false;
	start();
	second();
	assert_non_null(strstr(said("rolled-back"), "the guard has stopped it: drift"));
}

/* What was chosen when it began to serve holds through kills, to the end of the watch. */
static void limits_outlive_kills(void **none)
{
	struct deploy_limits chosen;

	(void)none;
	serve(model("known", 0, 0));
	configure("[deploy]\nevery = 30d\nbackoff = 0s\narms = 5% 50%\nstep = 20\n"
		  "watch = 100000\nguard = 95%\nguard_outcome = retrans 2\n");
	start();
	second();
	force(model_moved("fine", 0, 0, 3));
	until("ramping", 1, 5);
	chosen = kernel.limits;
	assert_true(chosen.top_class > 0.94 && chosen.outcome && chosen.bound == 2);
	again();
	second();
	assert_int_equal(kernel.limited, kernel.standby_generation);
	assert_memory_equal(&kernel.limits, &chosen, sizeof(chosen));
	until("watching", 1, 120);
	assert_int_equal(kernel.limited, kernel.generation);
	assert_non_null(strstr(said("watching"), "class 95%, outcome retrans 2"));
	memset(&kernel.limits, 0, sizeof(kernel.limits));
	kernel.limited = 0;
	again();
	second();
	assert_int_equal(kernel.limited, kernel.generation);
	assert_memory_equal(&kernel.limits, &chosen, sizeof(chosen));
	assert_true(learner_roll_back(&l, now, why, sizeof(why)));
	assert_true(!kernel.limited && !deploy_limited(&l.limits));
}

/* By who has the slot, in its own guard: lfd does not bring it back. */
static void another_guard_is_respected(void **none)
{
	(void)none;
	serve(model("known", 0, 0));
	configure("[deploy]\nevery = 30d\nbackoff = 0s\narms = 5% 50%\nstep = 20\n");
	start();
	second();
	force(model_moved("fine", 0, 0, 3));
	until("ramping", 1, 5);
	kernel.stopped = kernel.generation;
	kernel.there = false;
	second();
	assert_true(!kernel.there);
	assert_int_equal(kernel.swaps, 1);
}

/* By hand, by lfctl and in the kernel; a pause stops it where it is. */
static void by_hand(void **none)
{
	int i;

	(void)none;
	serve(model("known", 0, 0));
	configure("[deploy]\nevery = 30d\nbackoff = 0s\narms = 5% 50%\nstep = 20\n");
	start();
	second();
	force(model_moved("fine", 0, 0, 3));
	until("ramping", 1, 5);
	assert_true(learner_pause(&l, true, why, sizeof(why)));
	for (i = 0; i < 60; i++)
		second();
	assert_true(phase_share() == 0.05);
	assert_true(learner_roll_back(&l, now, why, sizeof(why)));
	assert_true(kernel.share == 0 && l.phase == COLLECT);
	assert_true(learner_pause(&l, false, why, sizeof(why)));
	force(model_moved("fine", 0, 0, 3));
	until("ramping", 2, 5);
	kernel.share = 0;
	until("rolled-back", 2, 5);
	assert_non_null(strstr(said("rolled-back"), "ended by hand"));
	force(model_moved("fine", 0, 0, 3));
	until("kept", 1, 120);
	assert_int_equal(kernel.swaps, 2);
}

/* The roll back was begun, and lfd died: it is finished. */
static void a_roll_back_is_finished(void **none)
{
	(void)none;
	serve(model("known", 0, 0));
	configure("[deploy]\nevery = 30d\nbackoff = 0s\narms = 5% 50%\nstep = 20\nguard = 0\n");
	start();
	second();
	force(model("bad", 1, 1));
	until("ramping", 1, 5);
	l.slot.weights = 0;		/* so it does not get to the kernel */
	assert_true(record(&l, "rolling-back", NULL, "by hand"));
	again();
	assert_true(kernel.share == 0.05);
	second();
	assert_true(kernel.share == 0 && l.phase == COLLECT);
	assert_int_equal(decided("rolled-back"), 1);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(goes_up),		    TEST(harm_is_found_at_one_percent),
		TEST(what_serving_does_is_seen), TEST(survives_at_each_step),
		TEST(the_guard_acts_alone), TEST(drift_is_stopped),
		TEST(limits_outlive_kills), TEST(another_guard_is_respected),
		TEST(by_hand),		    TEST(a_roll_back_is_finished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
