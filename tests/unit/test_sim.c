// SPDX-License-Identifier: GPL-2.0
/*
 * The link simulator against what can be worked out by hand, and the net's gradient against
 * differences.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* cmocka needs the headers above first */
#include <cmocka.h>

#include "../../tcp_cc/sim/hand.h"
#include "../../tcp_cc/sim/imitate.h"
#include "../../tcp_cc/sim/net.h"
#include "../../tcp_cc/sim/noisy.h"

static struct sim_scene scene;
static const struct sim_policy by_hand = { .act = hand_act };

static void near(double is, double wanted, double share)
{
	if (fabs(is - wanted) > share * fabs(wanted) + 1e-9)
		fail_msg("%g, not %g", is, wanted);
}

/* Flows at fixed rates, in parts of the link's. */
static struct sim_score fixed(const struct sim_shape *sh, double first, double second)
{
	struct sim_score s;
	int i;

	sim_scene_make(&scene, sh, &by_hand, 7);
	for (i = 0; i < scene.n_flows; i++) {
		scene.flows[i].kind = SIM_FIXED;
		scene.flows[i].fixed = sh->mbit / 8 * (i ? second : first);
		scene.flows[i].start = 0;
		scene.flows[i].path.base = sh->rtt_ms * 1000;
	}
	sim_run(&scene);
	sim_score(&scene, &s);
	return s;
}

/* RTT of the last chunk. */
static double last_queueing(const struct sim_flow *f)
{
	const struct sim_chunk *c = &f->chunks[SIM_CHUNKS - 1];

	return c->queueing / c->delivered;
}

static void below_capacity(void **state)
{
	struct sim_shape sh = { .mbit = 100,
				.rtt_ms = 20,
				.queue_bdp = 1,
				.flows = 1,
				.seconds = 20 };
	struct sim_score s = fixed(&sh, 0.8, 0);

	(void)state;
	near(s.goodput, 0.8, 0.002);
	assert_true(s.dropped == 0 && s.lost == 0);
	/* Nothing waits but for the packets of its own train: 6 of them. */
	assert_true(last_queueing(&scene.flows[0]) < 7 * SIM_MSS / 12.5);
}

static void above_capacity(void **state)
{
	struct sim_shape sh = { .mbit = 100,
				.rtt_ms = 20,
				.queue_bdp = 1,
				.flows = 1,
				.seconds = 20 };
	struct sim_score s = fixed(&sh, 1.25, 0);

	(void)state;
	near(s.goodput, 1, 0.003);
	near(s.dropped, 1 - 1 / 1.25, 0.01);
	/* A full queue of one BDP is one RTT long. */
	near(last_queueing(&scene.flows[0]), 20000, 0.05);
	near(scene.flows[0].srtt, 40000, 0.05);
}

static void queue_of_an_excess(void **state)
{
	/*
	 * 10 % too much for 2 s, into a queue that holds it: 200 ms, and the last train, 10 packets
	 * of 1.2 ms.
	 */
	struct sim_shape sh = { .mbit = 10,
				.rtt_ms = 100,
				.queue_bdp = 4,
				.flows = 1,
				.seconds = 2 };
	struct sim_score s = fixed(&sh, 1.1, 0);

	(void)state;
	assert_true(s.dropped == 0);
	near(sim_link_delay(&scene.link, 2e6), 200000, 0.07);
}

static void random_loss(void **state)
{
	struct sim_shape sh = { .mbit = 50,
				.rtt_ms = 20,
				.queue_bdp = 1,
				.loss = 0.02,
				.flows = 1,
				.seconds = 60 };
	struct sim_score s = fixed(&sh, 0.5, 0);

	(void)state;
	/* 130,000 packets: the standard deviation of the share is 0.0004. */
	near(s.lost, 0.02, 0.06);
	near(s.goodput, 0.5 * 0.98, 0.003);
	assert_true(s.dropped == 0);
}

static void shares_of_two(void **state)
{
	struct sim_shape sh = { .mbit = 100,
				.rtt_ms = 20,
				.queue_bdp = 1,
				.flows = 2,
				.seconds = 20 };
	struct sim_score s = fixed(&sh, 1.5, 0.5);
	double a, b;

	(void)state;
	near(s.goodput, 1, 0.003);
	near(s.dropped, 0.5, 0.02);
	/*
	 * Not in the ratio of the rates, 3: the faster flow's trains are longer, and what finds no
	 * room is their end.
	 */
	a = scene.flows[0].totals.delivered;
	b = scene.flows[1].totals.delivered;
	assert_true(a / b > 1.5 && a / b < 3.1);
}

static void retransmissions(void **state)
{
	struct sim_shape sh = { .mbit = 20,
				.rtt_ms = 20,
				.queue_bdp = 1,
				.loss = 0.01,
				.flows = 1,
				.seconds = 30 };
	const struct lf_totals *t = &scene.flows[0].totals;
	u32 open;

	(void)state;
	fixed(&sh, 0.5, 0);
	/*
	 * Every packet sent has arrived, is known to be lost, or is on its way; every loss but the
	 * last is sent again.
	 */
	open = scene.flows[0].inflight;
	assert_int_equal(t->sent, t->delivered + t->lost + open);
	assert_true(t->lost - t->retrans < 5 && t->lost > 100);
}

static void rate_in_steps(void **state)
{
	struct sim_link l = { .segments = { { 0, 10 }, { 1000, 5 }, { 2000, 20 } },
			      .n_segments = 3,
			      .limit = 1e9 };
	struct sim_rng r = sim_rng(1);
	struct sim_fate f;

	(void)state;
	sim_link_start(&l, &r);
	near(sim_link_capacity(&l, 500, 2500), 5000 + 5000 + 10000, 1e-9);
	/* 10 packets of 1448 bytes at 0: 10,000 bytes until 1000, then 4480 at 5 a us. */
	f = sim_link_pass(&l, 0, 0, 10, &r);
	near(f.at, 1000 + 4480 / 5., 1e-9);
	/* One more, the rest of which waits for the third rate. */
	f = sim_link_pass(&l, 100, 0, 1, &r);
	near(f.at, 2000 + (1448 - 104 * 5) / 20., 1e-9);
}

/*
 * Packets so far apart that none holds back the next: the mean of each jitter is what it is to be;
 * lumps come when they do.
 */
static void path_back(void **state)
{
	struct sim_rng r = sim_rng(3);
	int kind, k;

	(void)state;
	for (kind = SIM_EXPONENTIAL; kind <= SIM_PARETO; kind++) {
		struct sim_path p = { .base = 1000, .noise = kind, .scale = 100 };
		double sum = 0;

		for (k = 0; k < 200000; k++)
			sum += sim_path_ack(&p, k * 1e5, 1, &r) - k * 1e5 - 1000;
		near(sum / 200000, 100, 0.03);
	}
	for (kind = SIM_EXPONENTIAL; kind < SIM_NOISES; kind++) {
		struct sim_path p = { .base = 1000, .noise = kind, .scale = 100 };
		double before = 0, at;

		for (k = 0; k < 10000; k++, before = at) {
			at = sim_path_ack(&p, k * 7, 1, &r);
			assert_true(at >= before && at >= k * 7 + 1000);
			if (kind == SIM_LUMPS)
				near(fmod(at, 100), 0, 1e-9);
		}
	}
}

/*
 * A base that steps is the same whenever it is asked for; a policer lets pass what its rate is, an
 * outage nothing.
 */
static void path_changes(void **state)
{
	struct sim_path p = { .base = 1000, .step = 500, .every = 1e6 };
	struct sim_shape sh = { .mbit = 20,
				.rtt_ms = 20,
				.queue_bdp = 1,
				.flows = 1,
				.seconds = 20,
				.bucket_ms = 50 };
	double base = sim_path_base(&p, 2.5e6);

	(void)state;
	assert_true(sim_path_base(&p, 0.5e6) == 1000 && base > 1000 && base < 1500);
	assert_true(sim_path_base(&p, 2.1e6) == base && sim_path_base(&p, 3.5e6) != base);
	p.once = true;
	assert_true(sim_path_base(&p, 9e6) == 1500);
	near(fixed(&sh, 2, 0).goodput, 1, 0.01);
	sh.bucket_ms = 0;
	sh.outage_s = 1;
	near(fixed(&sh, 0.9, 0).goodput * sim_link_capacity(&scene.link, 0, 20e6) / (2.5 * 20e6),
	     0.9 * 15 / 20, 0.03);
}

static void same_again(void **state)
{
	struct sim_rng r = sim_rng(11);
	struct sim_shape sh;
	struct sim_score a, b;
	int i;

	(void)state;
	for (i = 0; i < 30; i++) {
		sh = sim_shape_random(&r);
		sim_scene_make(&scene, &sh, &by_hand, i);
		sim_run(&scene);
		sim_score(&scene, &a);
		sim_scene_make(&scene, &sh, &by_hand, i);
		sim_run(&scene);
		sim_score(&scene, &b);
		assert_memory_equal(&a, &b, sizeof(a));
		assert_true(a.goodput > 0.2 && a.goodput <= 1.0001);
	}
}

static void cubic_fills(void **state)
{
	struct sim_shape sh = { .mbit = 50,
				.rtt_ms = 40,
				.queue_bdp = 2,
				.flows = 0,
				.cubics = 1,
				.seconds = 60 };
	struct sim_score s;

	(void)state;
	sim_scene_make(&scene, &sh, &by_hand, 3);
	sim_run(&scene);
	sim_score(&scene, &s);
	/*
	 * 0.7 of three BDPs is more than two: the link never idles, and the queue is between one
	 * and two.
	 */
	assert_true(s.goodput > 0.98);
	assert_true(s.queue_p95 > 1.6 * 40000 && s.queue_p95 < 2.1 * 40000);
}

static double goodput(const struct sim_shape *sh, enum sim_kind kind, u64 seed)
{
	struct sim_score s;

	sim_scene_make(&scene, sh, &by_hand, seed);
	scene.flows[0].kind = kind;
	sim_run(&scene);
	sim_score(&scene, &s);
	return s.goodput;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/*
 * The floor (floor.h): in random noise a policy that is no good there gets what CUBIC gets, nearly.
 * Half of that in the worst scene: CUBIC itself has less if the dice fall otherwise.
 */
static void floor_in_noise(void **state)
{
	static struct sim_shape shapes[100];
	static double ratios[100];
	int k;

	(void)state;
	noisy_shapes(shapes, 100, 3);
	for (k = 0; k < 100; k++)
		ratios[k] = goodput(&shapes[k], SIM_POLICY, k) / goodput(&shapes[k], SIM_CUBIC, k);
	qsort(ratios, 100, sizeof(*ratios), ascending);
	if (ratios[0] < 0.5 || ratios[5] < 0.8 || ratios[50] < 0.95)
		fail_msg("worst %.3f, 5 %% %.3f, median %.3f", ratios[0], ratios[5], ratios[50]);
}

static void gradient(void **state)
{
	static struct sim_net n;
	static float grad[NET_PARAMS];
	struct sim_rng r = sim_rng(5);
	float raw[NET_WIDTH], e, up, down, kept;
	int i, k;

	(void)state;
	assert_int_equal(sim_net_init(&n, "mocc"), 0);
	sim_net_random(&n, &r);
	for (k = 0; k < n.n_params; k++)
		if (sim_net_lives(&n, k))
			n.p[k] += 0.1f * sim_normal(&r);
	for (i = 0; i < n.width[0]; i++)
		raw[i] = sim_range(&r, sim_net_input(i).lo, 1.2);
	e = sim_net_learn(&n, raw, 1, grad);
	near(e, sim_net_run(&n, raw, NULL) - 1, 1e-5);
	for (k = 0; k < n.n_params; k += 7) {
		kept = n.p[k];
		n.p[k] = kept + 0.01f;
		up = sim_net_run(&n, raw, NULL);
		n.p[k] = kept - 0.01f;
		down = sim_net_run(&n, raw, NULL);
		n.p[k] = kept;
		if (fabsf(grad[k] - e * (up - down) / 0.02f) > 0.02f * fabsf(grad[k]) + 0.01f)
			fail_msg("parameter %d: %g, not %g", k, grad[k], e * (up - down) / 0.02f);
	}
}

static void files(void **state)
{
	static struct sim_net a, b;
	struct sim_rng r = sim_rng(9);
	char path[] = "/tmp/test_sim.XXXXXX";

	(void)state;
	close(mkstemp(path));
	sim_net_init(&a, "aurora");
	sim_net_random(&a, &r);
	assert_int_equal(a.n_params, 1537);
	assert_int_equal(sim_net_save(&a, path), 0);
	assert_int_equal(sim_net_load(&b, path), 0);
	assert_memory_equal(a.p, b.p, sizeof(a.p));
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(sim_net_load(&b, path), -1);
	unlink(path);
	assert_int_equal(sim_net_load(&b, path), -1);
}

/* Short scenes of one path. */
static void draw_short(void *ctx, struct sim_shape *sh, struct sim_rng *r)
{
	(void)ctx;
	*sh = (struct sim_shape){ .mbit = sim_range(r, 10, 20), .rtt_ms = 10, .queue_bdp = 1,
				  .flows = 1, .seconds = 1 };
}

static float teach(void *ctx, const struct sim_flow *f, const float *raw)
{
	(void)ctx;
	return hand_action(raw, f->preference);
}

static double begin_search(struct search *s, int threads)
{
	static const struct imitation how = { teach, NULL, NULL };
	struct sim_rng r = sim_rng(5);

	search_begin(s, 3, threads, draw_short, NULL);
	sim_net_init(&s->at.net, "aurora");
	sim_net_random(&s->at.net, &r);
	return imitate(s, &how, 1000);
}

/* The same search, however many share the work; and it finds something. */
static void searches(void **state)
{
	struct search one, two;
	double error = begin_search(&one, 1), before;
	int i;

	(void)state;
	before = search_score(&one, 50, 9).reward;
	if (!(error < 0.5))
		fail_msg("after imitation the squared error is %g", error);
	begin_search(&two, 2);
	for (i = 0; i < 3; i++)
		assert_true(search_generation(&one, 0) == search_generation(&two, 0));
	assert_memory_equal(one.at.net.p, two.at.net.p, sizeof(one.at.net.p));
	assert_int_equal(one.at.generation, 3);
	if (!(search_score(&one, 50, 9).reward > before))
		fail_msg("reward %g, was %g", search_score(&one, 50, 9).reward, before);
	search_end(&one);
	search_end(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(below_capacity),
		cmocka_unit_test(above_capacity),
		cmocka_unit_test(queue_of_an_excess),
		cmocka_unit_test(random_loss),
		cmocka_unit_test(shares_of_two),
		cmocka_unit_test(retransmissions),
		cmocka_unit_test(rate_in_steps),
		cmocka_unit_test(path_back),
		cmocka_unit_test(path_changes),
		cmocka_unit_test(same_again),
		cmocka_unit_test(cubic_fills),
		cmocka_unit_test(floor_in_noise),
		cmocka_unit_test(gradient),
		cmocka_unit_test(files),
		cmocka_unit_test(searches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
