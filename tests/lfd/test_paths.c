// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of a path by the intervals of a connection, where the path is known: that of the
 * simulator. And the file, with what a crash leaves of it.
 */
#include <fcntl.h>
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

#include "intervals.h"
#include "lfd/held.h"
#include "lfd/paths.h"
#include "tcp_cc/sim/hand.h"

static char dir[] = "/tmp/lfd-paths-XXXXXX", file[64], why[256];
static struct sim_scene scene;
static struct paths paths;

static int make(void **none)
{
	(void)none;
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/paths", dir);
	return 0;
}

static int drop(void **none)
{
	(void)none;
	unlink(file);
	return rmdir(dir);
}

/* --- measure --- */

struct seen {
	struct paths *to;
	struct sim_measured m[1024];
	int n;
};

static void watch(void *ctx, const struct sim_flow *f, double now, const struct lf_report *r,
		  s32 action)
{
	struct seen *s = ctx;
	s32 term[LQ_N_REWARDS];

	(void)action;
	if (f != scene.flows || !interval_sampled(f, r))
		return;
	interval_terms(r, term);
	if (paths_interval(s->to, 0, 1, now * 1000, term) && s->n < 1024)
		s->m[s->n++] = s->to->last;
}

/* The middle one of all measurements in a minute's hundred round trips. */
static float middle(const struct seen *s, size_t member)
{
	float v[1024];
	int i, k;

	for (i = 0; i < s->n; i++) {
		float one = *(const float *)((const char *)&s->m[i] + member);

		for (k = i; k > 0 && v[k - 1] > one; k--)
			v[k] = v[k - 1];
		v[k] = one;
	}
	return v[s->n / 2];
}

static struct sim_measured met(const struct sim_shape *sh)
{
	struct sim_policy by_hand = { hand_act, NULL };
	struct seen s = { .to = &paths };

	paths_begin(&paths, 0);
	sim_scene_make(&scene, sh, &by_hand, 3);
	scene.watch = watch;
	scene.watch_ctx = &s;
	sim_run(&scene);
	if (s.n < 3)
		fail_msg("only %d measurements", s.n);
	return (struct sim_measured){
		middle(&s, offsetof(struct sim_measured, base_us)),
		middle(&s, offsetof(struct sim_measured, rate)),
		middle(&s, offsetof(struct sim_measured, queue)),
		middle(&s, offsetof(struct sim_measured, loss)),
		middle(&s, offsetof(struct sim_measured, dropped)),
		middle(&s, offsetof(struct sim_measured, swing_us)),
	};
}

static void begin(void)
{
	unlink(file);
	assert_int_equal(paths_open(&paths, file, 4, why, sizeof(why)), 0);
}

static void between(const char *what, double is, double least, double most)
{
	if (!(is >= least && is <= most))
		fail_msg("%s: %g, not between %g and %g", what, is, least, most);
}

/* Rate and base of a path within a tenth, and neither noise nor loss where there is none. */
static void quiet_paths(void **none)
{
	static const double mbits[] = { 10, 100, 500 }, rtts[] = { 10, 40, 120 };
	struct sim_measured m;
	int i, k;

	(void)none;
	begin();
	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++) {
			struct sim_shape sh = { .mbit = mbits[i], .rtt_ms = rtts[k],
						.queue_bdp = 2, .flows = 1, .seconds = rtts[k] };

			m = met(&sh);
			between("base", m.base_us / 1000, rtts[k], 1.1 * rtts[k] + 12 / mbits[i]);
			between("rate", m.rate * 8e-6, 0.9 * mbits[i], 1.1 * mbits[i]);
			between("loss", m.loss, 0, 0);
			between("swing", m.swing_us, 0, m.base_us / 64);
			between("queue", m.queue, 0, 2);
		}
	paths_close(&paths);
}

/* Random loss is what is lost while no queue shows. */
static void losses(void **none)
{
	static const double shares[] = { 0.002, 0.01, 0.05 };
	struct sim_measured m;
	int i;

	(void)none;
	begin();
	for (i = 0; i < 3; i++) {
		struct sim_shape sh = { .mbit = 50, .rtt_ms = 40, .queue_bdp = 2, .flows = 1,
					.loss = shares[i], .seconds = 60 };

		m = met(&sh);
		between("loss", m.loss, shares[i] / 2, 2 * shares[i]);
	}
	paths_close(&paths);
}

/* A scene drawn from noise of one kind has about that noise, if it has that kind. */
static void noises(void **none)
{
	struct sim_rng r = sim_rng(9);
	struct sim_shape drawn;
	struct sim_measured m;
	int kind, n, same;

	(void)none;
	begin();
	for (kind = SIM_EXPONENTIAL; kind < SIM_NOISES; kind++) {
		struct sim_shape sh = { .mbit = 100, .rtt_ms = 40, .queue_bdp = 2, .flows = 1,
					.noise = kind, .noise_ms = 4, .seconds = 600 };

		m = met(&sh);
		between("base of a noisy path", m.base_us / 1000, 40, 48);
		for (n = same = 0; n < 2000; n++) {
			sim_measured_shape(&m, &drawn, &r);
			if ((int)drawn.noise != kind)
				continue;
			same++;
			between(sim_noise_names[kind], drawn.noise_ms, 2, 8);
		}
		assert_in_range(same, 300, 500);	/* a fifth: the kind is not known */
	}
	paths_close(&paths);
}

/* Drawn scenes hold what is known and vary what is not. */
static void scenes(void **none)
{
	struct sim_measured m = { 40000, 6.25e6, 0.5, 0, 0, 0 };
	double queue_least = 10, queue_most = 0;
	struct sim_rng r = sim_rng(5);
	struct sim_shape sh;
	int i, alone = 0;

	(void)none;
	for (i = 0; i < 2000; i++) {
		sim_measured_shape(&m, &sh, &r);
		between("RTT", sh.rtt_ms, 40, 40);
		between("rate of one", sh.mbit / (sh.flows + sh.cubics), 50, 57.6);
		assert_true(sh.noise == SIM_QUIET && sh.loss == 0);
		between("length", sh.seconds, 4, 12.1);
		queue_least = fmin(queue_least, sh.queue_bdp);
		queue_most = fmax(queue_most, sh.queue_bdp);
		alone += sh.flows == 1;
	}
	between("least queue", queue_least, 0.5, 0.52);
	between("greatest queue", queue_most, 3.8, 4);
	assert_in_range(alone, 900, 1100);
	m.dropped = 0.01;	/* the buffer ends near the queue that was seen */
	for (i = 0; i < 200; i++) {
		sim_measured_shape(&m, &sh, &r);
		between("queue with drops", sh.queue_bdp, 0.5, 0.75);
	}
}

/* --- loss of an interval --- */

static double lost(double rate, double queue, double share)
{
	struct reward r = { .rate = rate, .queue = queue, .base_us = 1000, .lost = share };

	return reward_loss(&r);
}

static void reward_terms(void **none)
{
	int32_t term[LQ_N_REWARDS] = { 20 * 256, 3 << 15, 25000, 655, 300 };
	struct reward r;

	(void)none;
	assert_true(reward_of(term, &r));
	between("rate", r.rate, 1048574, 1048577);
	between("queue", r.queue, 0.5, 0.5);
	between("base", r.base_us, 25000, 25000);
	between("loss", r.lost, 0.0099, 0.0101);
	between("swing", r.swing_us, 300, 300);
	between("a tenth less throughput", lost(9e5, 0, 0) - lost(1e6, 0, 0), 0.0051, 0.00512);
	assert_true(lost(1e6, 1, 0) > lost(1e6, 0.5, 0) && lost(1e6, 0, 0.1) > lost(1e6, 0, 0));
	between("the best", lost(1e11, 0, 0), 0, 1e-6);
	between("the worst", lost(1, 100, 1), 0.9999, 1.0001);
	term[2] = 0;
	assert_false(reward_of(term, &r));
}

/* --- file --- */

/* A measurement of this rate, of connection `flow`. */
static void add(uint64_t flow, double rate, uint64_t time_ns)
{
	int32_t term[LQ_N_REWARDS] = { log2(1 + rate) * 256, 65536, 40000, 0, 0 };
	bool made;
	int i;

	paths_begin(&paths, 1);
	for (i = 0; i < PATHS_LEAST; i++)
		assert_false(paths_interval(&paths, 1, flow, time_ns, term));
	paths_end(&paths, 1, flow, time_ns, &made);
	assert_true(made);
}

/* Places are bounded, and later paths replace earlier ones at random. */
static void bounded(void **none)
{
	uint32_t i, early = 0;

	(void)none;
	begin();
	for (i = 0; i < 2 * PATHS_PLACES; i++)
		add(i, 1e6, i < PATHS_PLACES ? 1 : 2);
	assert_int_equal(paths.n, PATHS_PLACES);
	for (i = 0; i < PATHS_PLACES; i++)
		early += paths.row[i].time_ns == 1;
	/* (1 - 1 / N)^N of them */
	between("those of the first half", early / (double)PATHS_PLACES, 0.33, 0.41);
	paths_close(&paths);
	assert_int_equal(paths_open(&paths, file, 4, why, sizeof(why)), 0);
	assert_int_equal(paths.n, PATHS_PLACES);
	assert_int_equal(lseek(paths.fd, 0, SEEK_END), 64 + 64 * PATHS_PLACES);
	paths_close(&paths);
}

static void held_out_whole(void **none)
{
	uint32_t i, held = 0;

	(void)none;
	begin();
	for (i = 0; i < 300; i++) {
		add(i / 3, 1e6, i);
		held += held_flow(i / 3);
	}
	assert_int_equal(paths_held(&paths, 0), held);
	between("held out", held / 300.0, 0.2, 0.45);
	assert_true(paths_held(&paths, 150) < held);
	assert_int_equal(paths_held(&paths, 300), 0);
	paths_close(&paths);
}

/* A torn row is an empty place, and the rest stays; a file of something else begins anew. */
static void crashes(void **none)
{
	struct paths look;
	int fd, i;

	(void)none;
	begin();
	for (i = 0; i < 10; i++)
		add(i, 1e6 * (i + 1), 1);
	paths_close(&paths);
	fd = open(file, O_WRONLY);
	assert_int_equal(pwrite(fd, "torn", 4, 64 + 64 * 3 + 20), 4);
	assert_int_equal(ftruncate(fd, 64 + 64 * 9 + 30), 0);
	close(fd);
	assert_int_equal(paths_open(&paths, file, 4, why, sizeof(why)), 0);
	assert_int_equal(paths.n, 8);
	assert_int_equal(paths.torn, 2);
	add(99, 5e5, 2);
	assert_int_equal(paths.n, 9);
	assert_int_equal(paths.row[3].flow, 99);
	paths_close(&paths);
	assert_int_equal(paths_look(&look, file, why, sizeof(why)), 0);
	assert_int_equal(look.n, 9);
	paths_close(&look);
	fd = open(file, O_WRONLY | O_TRUNC);
	assert_int_equal(pwrite(fd, "something else", 14, 0), 14);
	close(fd);
	assert_int_equal(paths_look(&look, file, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "has no measured paths"));
	assert_int_equal(paths_open(&paths, file, 4, why, sizeof(why)), 0);
	assert_int_equal(paths.n, 0);
	paths_close(&paths);
}

/* What no path can have is not kept. */
static void nonsense(void **none)
{
	int32_t term[LQ_N_REWARDS] = { 20 * 256, 65536, INT32_MAX, 0, 0 };
	int i;

	(void)none;
	begin();
	paths_begin(&paths, 0);
	for (i = 0; i < PATHS_WINDOW; i++)
		assert_false(paths_interval(&paths, 0, 1, 1, term));
	assert_int_equal(paths.n, 0);
	assert_int_equal(paths.refused, 1);
	paths_close(&paths);
	assert_int_equal(paths_open(&paths, "/nowhere/paths", 4, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "/nowhere/paths: No such file"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_paths),
		cmocka_unit_test(losses),
		cmocka_unit_test(noises),
		cmocka_unit_test(scenes),
		cmocka_unit_test(reward_terms),
		cmocka_unit_test(bounded),
		cmocka_unit_test(held_out_whole),
		cmocka_unit_test(crashes),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
