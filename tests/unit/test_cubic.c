// SPDX-License-Identifier: GPL-2.0
/*
 * CUBIC: figures that follow from RFC 9438 by hand, and random connections beside the RFC's
 * formulas in floating point.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../tcp_cc/cubic.h"

#define NONE	0x7fffffffu	/* a threshold that was never set */
#define SECOND	1000000ull

static struct lf_cubic *fresh(void)
{
	static struct lf_cubic c;

	lf_cubic_init(&c);
	return &c;
}

/* A window's worth of acknowledgements, two packets each, in the round trip that begins at @now. */
static u32 round_of(struct lf_cubic *c, u32 cwnd, u32 ssthresh, u64 now, u32 rtt)
{
	u32 n = cwnd / 2, k, w = cwnd;

	for (k = 0; k < n; k++)
		w = lf_cubic_acked(c, w, ssthresh, 2, now + (u64)rtt * k / n, rtt);
	return w;
}

/*
 * 1,000 packets, cut to 700: back after K = cbrt(300 / 0.4) = 9.0856 s, and 0.4 * 8 = 3.2 further
 * two seconds on.
 */
static void plateau(void **state)
{
	struct lf_cubic *c = fresh();
	u32 w = lf_cubic_reduce(c, 1000), rtt = 100000, at[130];
	u64 r;

	assert_int_equal(w, 700);
	for (r = 0; r < 130; r++) {
		w = round_of(c, w, 700, (r + 1) * rtt, rtt);
		at[r] = w;
	}
	/*
	 * W(t) = 0.4 * (t - K)^3 + 1000 at 3 s, 6 s, K and K + 2 s, a packet for the steps between.
	 */
	assert_true(abs((int)at[29] - 910) <= 2);
	assert_true(abs((int)at[59] - 988) <= 1);
	assert_true(abs((int)at[90] - 1000) <= 1);
	assert_true(abs((int)at[110] - 1003) <= 1);
}

/* A second cut below the first one's window: the plateau is at 0.85 of the window, else at it. */
static void fast_convergence(void **state)
{
	struct lf_cubic *c = fresh();

	lf_cubic_reduce(c, 1000);
	assert_int_equal(c->w_max, 1000 << 8);
	assert_int_equal(lf_cubic_reduce(c, 800), 560);
	assert_int_equal(c->w_max, 680 << 8);
	assert_int_equal(lf_cubic_reduce(c, 690), 483);
	assert_int_equal(c->w_max, 690 << 8);
}

/*
 * At short round trips Reno is ahead: from 70 of 100 it takes 9/17 packet per round trip up to 100,
 * then one.
 */
static void friendly(void **state)
{
	struct lf_cubic *c = fresh();
	u32 w = lf_cubic_reduce(c, 100), rtt = 1000;
	u64 r;

	for (r = 0; r < 34; r++)
		w = round_of(c, w, 70, SECOND + r * rtt, rtt);
	assert_true(w >= 87 && w <= 89);
	for (; r < 57; r++)
		w = round_of(c, w, 70, SECOND + r * rtt, rtt);
	assert_true(w >= 99 && w <= 101);
	for (; r < 77; r++)
		w = round_of(c, w, 70, SECOND + r * rtt, rtt);
	assert_true(w >= 118 && w <= 122);
}

/*
 * Slow start doubles; it stops at the threshold, and what is left of an acknowledgement is
 * avoidance.
 */
static void slow_start(void **state)
{
	struct lf_cubic *c = fresh();

	assert_int_equal(lf_cubic_acked(c, 10, NONE, 10, SECOND, 10000), 20);
	assert_int_equal(lf_cubic_acked(c, 20, 25, 5, SECOND, 10000), 25);
	assert_int_equal(lf_cubic_acked(c, 25, 25, 5, SECOND, 10000), 25);
}

/* No loss is known: a twentieth per round trip at least. */
static void unknown(void **state)
{
	struct lf_cubic *c = fresh();
	u32 w = 1000, rtt = 1000, r;

	for (r = 0; r < 14; r++)
		w = round_of(c, w, 500, SECOND + r * rtt, rtt);
	assert_true(w >= 1900 && w <= 2080);
}

static void rtts(struct lf_cubic *c, u32 rtt, int n)
{
	while (n--)
		lf_cubic_rtt(c, rtt);
}

/*
 * Eight samples that all are 4 ms over the least of the round trip before: a quarter of the growth,
 * for five round trips, the one in which it was seen included.
 */
static void hystart(void **state)
{
	struct lf_cubic *c = fresh();
	int r;

	rtts(c, 20000, 10);
	assert_false(lf_cubic_round(c));
	rtts(c, 24000, 7);
	assert_int_equal(lf_cubic_acked(c, 40, NONE, 8, SECOND, 20000), 48);
	rtts(c, 24000, 1);
	assert_int_equal(lf_cubic_acked(c, 40, NONE, 8, SECOND, 20000), 42);
	for (r = 0; r < 4; r++) {
		assert_false(lf_cubic_round(c));
		rtts(c, 25000, 8);
	}
	assert_true(lf_cubic_round(c));
}

/*
 * The delay was a burst's: slow start goes on. Jitter below 4 ms, or one sample of eight at the old
 * RTT, is none.
 */
static void hystart_mistaken(void **state)
{
	struct lf_cubic *c = fresh();

	rtts(c, 20000, 10);
	lf_cubic_round(c);
	rtts(c, 23999, 8);
	assert_int_equal(c->slow_rounds, 0);
	lf_cubic_round(c);
	rtts(c, 40000, 7);
	rtts(c, 24000, 1);
	rtts(c, 40000, 9);
	assert_int_equal(c->slow_rounds, 0);
	lf_cubic_round(c);
	rtts(c, 30000, 8);
	assert_int_equal(c->slow_rounds, 1);
	lf_cubic_round(c);
	rtts(c, 21000, 8);
	assert_int_equal(c->slow_rounds, 0);
	assert_int_equal(lf_cubic_acked(c, 40, NONE, 8, SECOND, 20000), 48);
}

/* Time in which nothing was sent is no time of growth. */
static void idle(void **state)
{
	struct lf_cubic busy, *c = fresh();
	u32 rtt = 50000, w = lf_cubic_reduce(c, 1000), v, r;
	u64 gap = 60 * SECOND;

	for (r = 0; r < 20; r++)
		w = round_of(c, w, 700, SECOND + r * rtt, rtt);
	busy = *c;
	v = round_of(&busy, w, 700, SECOND + r * rtt, rtt);
	lf_cubic_idle(c, gap, SECOND + r * rtt + gap);
	assert_int_equal(round_of(c, w, 700, SECOND + r * rtt + gap, rtt), v);
	lf_cubic_idle(c, ~0ull >> 1, 100 * SECOND);
	assert_true(c->epoch_us <= 100 * SECOND);
}

/* After a timeout nothing is known: the next epoch begins at its plateau. */
static void timeout(void **state)
{
	struct lf_cubic *c = fresh();

	assert_int_equal(lf_cubic_reduce(c, 1000), 700);
	lf_cubic_forget(c);
	lf_cubic_acked(c, 700, 700, 1, SECOND, 10000);
	assert_int_equal(c->k_ms, 0);
	assert_int_equal(c->origin, 700 << 8);
	assert_int_equal(lf_cubic_reduce(c, 1), 2);
}

/* With any input the window never shrinks, nor exceeds its maximum. */
static void extremes(void **state)
{
	static const u32 sizes[] = { 1, 2, 3, 1000, 1u << 22, 1u << 23, NONE, ~0u };
	static const u64 times[] = { 1, 1000, SECOND, 1ull << 40, 1ull << 62 };
	struct lf_cubic *c = fresh();
	u32 n = ARRAY_SIZE(sizes), k, w, got;

	srandom(3);
	for (k = 0; k < 200000; k++) {
		w = sizes[random() % n];
		if (random() % 8 == 0)
			assert_true(lf_cubic_reduce(c, w) >= 2);
		got = lf_cubic_acked(c, w, sizes[random() % n], sizes[random() % n],
				     max(times[random() % 5], c->epoch_us), sizes[random() % n]);
		assert_true(got >= w && got <= max(w, 1u << 22));
		lf_cubic_rtt(c, sizes[random() % n]);
		if (random() % 4 == 0)
			lf_cubic_round(c);
	}
}

/* The RFC's formulas, in packets and seconds, without slow start. */
struct reference {
	double epoch, w_est, w_max, origin, prior, k, cwnd;
	bool begun;
};

static double cubic_at(const struct reference *f, double t)
{
	return 0.4 * pow(t - f->k, 3) + f->origin;
}

static void reference_acked(struct reference *f, u32 cwnd, u32 acked, double now, double rtt)
{
	double t, goal, least, next;

	if (!f->begun) {
		f->begun = true;
		f->epoch = now;
		f->cwnd = f->w_est = cwnd;
		f->origin = fmax(f->w_max, cwnd);
		f->k = cbrt((f->origin - cwnd) / 0.4);
	}
	t = now - f->epoch;
	least = f->w_max > 0 ? floor(f->cwnd) : floor(f->cwnd) * 1.05;
	goal = fmin(fmax(cubic_at(f, t + rtt), least), floor(f->cwnd) * 1.5);
	next = f->cwnd + acked * (goal - floor(f->cwnd)) / floor(f->cwnd);
	f->w_est += acked * (f->w_est < f->prior ? 9.0 / 17 : 1) / floor(f->cwnd);
	if (f->w_est > next && cubic_at(f, t) < f->w_est)
		next = fmin(f->w_est, next + acked);
	f->cwnd = next;
}

static void reference_reduce(struct reference *f, u32 cwnd)
{
	f->w_max = cwnd < f->w_max ? cwnd * 0.85 : cwnd;
	f->prior = cwnd;
	f->begun = false;
}

/*
 * One connection: losses now and then, RTTs from 0.2 to 200 ms. Within 1 % and two packets of the
 * formulas all along.
 */
static void connection(unsigned int seed)
{
	struct lf_cubic *c = fresh();
	struct reference f = { 0 };
	u32 cwnd, rtt, n, k;
	u64 now = SECOND;

	srandom(seed);
	rtt = 200 << random() % 10;
	cwnd = 10 << random() % 10;
	for (k = 0; k < 4000; k++) {
		n = 1 + random() % 8;
		now += (u64)rtt * n / cwnd;
		cwnd = lf_cubic_acked(c, cwnd, 2, n, now, rtt);
		reference_acked(&f, cwnd, n, now / 1e6, rtt / 1e6);
		if (fabs(cwnd - f.cwnd) > 2 + f.cwnd / 100)
			fail_msg("seed %u, acknowledgement %u: %u packets, the reference has %f",
				 seed, k, cwnd, f.cwnd);
		if (random() % 500 == 0) {
			reference_reduce(&f, cwnd);
			cwnd = lf_cubic_reduce(c, cwnd);
		}
	}
}

static void reference(void **state)
{
	unsigned int seed;

	for (seed = 0; seed < 300; seed++)
		connection(seed);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(plateau),
		cmocka_unit_test(fast_convergence),
		cmocka_unit_test(friendly),
		cmocka_unit_test(slow_start),
		cmocka_unit_test(unknown),
		cmocka_unit_test(hystart),
		cmocka_unit_test(hystart_mistaken),
		cmocka_unit_test(idle),
		cmocka_unit_test(timeout),
		cmocka_unit_test(extremes),
		cmocka_unit_test(reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
