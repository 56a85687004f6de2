// SPDX-License-Identifier: GPL-2.0
/*
 * Queue and noise: synthetic series of delays of each kind. What is queue in them is known, and the
 * model has to find it, and nothing else, within the bounds that each test names.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../tcp_cc/interval.h"

#define SAMPLES	20	/* of an interval */

static struct lf_noise noise;
static struct lf_history history;
static double held;	/* when the last ACK came, us */
static double now;	/* of the packet, us */

static int begin(void **state)
{
	lf_noise_init(&noise);
	lf_history_init(&history);
	srandom(11);
	held = 0;
	now = 0;
	return 0;
}

static double uniform(void)
{
	return (random() + 0.5) / (RAND_MAX + 1.0);
}

/* A packet's delay of base, queue and a random time; ACKs keep their order. */
static u32 in_order(double base, double queue, double late)
{
	double at = fmax(now + base + queue + late, held);

	held = at;
	return fmax(at - now, 1);
}

/*
 * An interval of half a base RTT with SAMPLES packets; @late: mean of an exponential delay; the
 * queue grows from @from to @to.
 */
static struct lf_delay exponential(double base, double from, double to, double late)
{
	struct lf_swing s;
	double sum = 0;
	u32 rtt;
	int k;

	lf_swing_start(&s);
	for (k = 0; k < SAMPLES; k++) {
		rtt = in_order(base, from + (to - from) * k / SAMPLES, -late * log(uniform()));
		lf_swing_sample(&s, rtt);
		sum += rtt;
		now += base / 2 / SAMPLES;
	}
	return lf_noise_interval(&noise, &s, sum / SAMPLES, 0);
}

/*
 * Without noise all that is above the least is queue, from 10 us to 1 s, whether it rises, falls or
 * stands.
 */
static void quiet(void **state)
{
	double base;
	struct lf_delay d;

	for (base = 10; base <= 1e6; base *= 10) {
		begin(NULL);
		exponential(base, 0, 0, 0);
		d = exponential(base, 0, base, 0);
		assert_true(fabs(d.queue_us - base * 0.475) <= 1 + base / 1000);
		d = exponential(base, base, base, 0);
		assert_true(fabs(d.queue_us - base) <= 1);
		d = exponential(base, base, base * 0.6, 0);
		if (fabs(d.queue_us - base * 0.81) > 2 + base / 1000)
			fail_msg("%g: %u", base, d.queue_us);
		assert_int_equal(d.noise_us, 0);
	}
}

/* A rise that only rises is no swing, nor a fall; a spike is one by its lesser side. */
static void swing(void **state)
{
	static const u32 up[] = { 10, 20, 40, 80 }, down[] = { 80, 40, 20, 10 },
			 spike[] = { 10, 50, 20 };
	struct lf_swing s;
	int k;

	lf_swing_start(&s);
	for (k = 0; k < 4; k++)
		lf_swing_sample(&s, up[k]);
	assert_int_equal(lf_swing_of(&s), 0);
	lf_swing_start(&s);
	for (k = 0; k < 4; k++)
		lf_swing_sample(&s, down[k]);
	assert_int_equal(lf_swing_of(&s), 0);
	lf_swing_start(&s);
	for (k = 0; k < 3; k++)
		lf_swing_sample(&s, spike[k]);
	assert_int_equal(lf_swing_of(&s), 30);
}

/*
 * One-sided noise of a 20th to a half of the base: in nineteen intervals of twenty, a tenth of the
 * base at most is taken for a queue, or the tolerance says that the noise hides it. The mean's
 * excess over the least mean is more than that in most.
 */
static void one_sided(void **state)
{
	static const double parts[] = { 0.05, 0.1, 0.25, 0.5 };
	struct lf_delay d;
	double base;
	int p, k, wrong;

	for (base = 1000; base <= 1e6; base *= 10)
		for (p = 0; p < 4; p++) {
			begin(NULL);
			for (k = wrong = 0; k < 1000; k++) {
				d = exponential(base, 0, 0, parts[p] * base);
				wrong += k > 50 && d.queue_us > base / 10 && d.noise_us < base / 4;
			}
			assert_true(wrong < 50);
		}
}

/*
 * A queue of twice the base is seen through the same noise up to a quarter of the base, to within
 * half of it.
 */
static void seen_through(void **state)
{
	static const double parts[] = { 0.01, 0.05, 0.1, 0.25 };
	int p, k, missed;

	for (p = 0; p < 4; p++) {
		begin(NULL);
		for (k = 0; k < 200; k++)
			exponential(40000, 0, 0, parts[p] * 40000);
		for (k = missed = 0; k < 200; k++)
			missed += exponential(40000, 80000, 80000, parts[p] * 40000).queue_us <
				  40000;
		assert_true(missed < 10);
	}
}

/*
 * Acknowledgements at multiples of a time, up to twice the RTT: each lump is one fall. Its length
 * is no queue.
 */
static void lumps(void **state)
{
	static const double parts[] = { 0.25, 0.5, 1, 2 };
	struct lf_delay d;
	int p, k, n, wrong;

	for (p = 0; p < 4; p++) {
		double base = 20000, lump = parts[p] * base, gap = base / 40, next;
		struct lf_swing s;
		double sum = 0;

		begin(NULL);
		lf_swing_start(&s);
		for (k = n = wrong = 0, next = 0; k < 20000; k++) {
			double at = ceil((k * gap + base) / lump) * lump;

			sum += at - k * gap;
			n++;
			lf_swing_sample(&s, at - k * gap);
			if (at <= next)
				continue;
			/*
			 * The first of a lump ends the interval, if it has lasted half a base RTT.
			 */
			d = lf_noise_interval(&noise, &s, sum / n, 0);
			wrong += d.queue_us > base / 10 && k > 4000;
			next = at + base / 2;
			sum = n = 0;
			lf_swing_start(&s);
		}
		assert_int_equal(wrong, 0);
	}
}

/*
 * One acknowledgement for many packets has the sample of the last: a stretched one is no noise, and
 * no queue.
 */
static void stretched(void **state)
{
	struct lf_swing s;
	struct lf_delay d;
	int k;

	for (k = 0; k < 100; k++) {
		lf_swing_start(&s);
		lf_swing_sample(&s, 5000);
		lf_swing_sample(&s, 5000);
		d = lf_noise_interval(&noise, &s, 5000, 0);
		assert_int_equal(d.queue_us, 0);
		assert_int_equal(d.noise_us, 0);
	}
}

/*
 * A base that steps down is the base at once; one that steps up is a queue until the rate control
 * says what it is.
 */
static void steps(void **state)
{
	struct lf_delay d;

	exponential(50000, 0, 0, 0);
	held = 0;
	d = exponential(30000, 0, 0, 0);
	assert_int_equal(noise.base_us, 30000);
	assert_int_equal(d.queue_us, 0);
	exponential(45000, 0, 0, 0);
	d = exponential(45000, 0, 0, 0);
	assert_int_equal(d.queue_us, 15000);
	lf_noise_rebase(&noise, 45000);
	d = exponential(45000, 0, 0, 0);
	assert_int_equal(d.queue_us, 0);
	assert_int_equal(d.level_us, 45000);
}

/* Two packets of the connection between them are no noise: what others send comes between. */
static void grain(void **state)
{
	struct lf_swing s;
	struct lf_delay d;
	int k;

	for (k = 0; k < 50; k++) {
		lf_swing_start(&s);
		lf_swing_sample(&s, 10000);
		lf_swing_sample(&s, 12000);
		lf_swing_sample(&s, 10000);
		d = lf_noise_interval(&noise, &s, k % 2 ? 10000 : 11000, 1000);
	}
	assert_int_equal(d.noise_us, 0);
	assert_int_equal(d.level_us, 10000);
	for (k = 0; k < 50; k++)
		d = lf_noise_interval(&noise, &s, k % 2 ? 10000 : 11000, 500);
	assert_true(d.noise_us > 0);
}

/* Noise that ends is forgotten: in a hundred intervals the tolerance is a hundredth. */
static void forgotten(void **state)
{
	struct lf_delay d = { 0 };
	int k;

	for (k = 0; k < 200; k++)
		d = exponential(10000, 0, 0, 3000);
	assert_true(d.noise_us > 1000);
	for (k = 0; k < 100; k++)
		d = exponential(10000, 0, 0, 0);
	assert_true(d.noise_us < 100);
}

/* Samples of the whole range do no more than saturate. */
static void extremes(void **state)
{
	static const u32 any[] = { 1, 2, 1000, LF_TIME_MAX - 1, LF_TIME_MAX };
	struct lf_delay d;
	struct lf_swing s;
	int k, i;

	for (k = 0; k < 100000; k++) {
		u32 mean = any[random() % 5], low;

		lf_swing_start(&s);
		for (i = random() % 5; i >= 0; i--)
			lf_swing_sample(&s, any[random() % 5]);
		low = s.low;
		mean = mean < low ? low : mean;
		d = lf_noise_interval(&noise, &s, mean, random() % 3 ? 0 : LF_TIME_MAX);
		assert_true(d.level_us >= 1 && d.level_us <= mean && noise.base_us <= d.level_us);
		assert_true(d.queue_us <= d.level_us - noise.base_us);
	}
}

/*
 * The features of an interval: late acknowledgements are no losses, and what is lost shows all the
 * same.
 */
static void late_acks(void **state)
{
	struct lf_totals t = { 0 };
	struct lf_interval i;
	struct lf_report r;
	int k, n;

	for (n = 0; n < 20; n++) {
		lf_interval_start(&i, n * 10000, 20000, &t);
		/* Every other interval brings a third, the next the rest; samples swing by 8 ms. */
		for (k = 0; k < 20; k++)
			lf_interval_rtt(&i, 20000 + (k % 4 == 1 ? 8000 : 0), n * 10000 + k * 500);
		t.sent += 40;
		t.delivered += n % 2 ? 54 : 26;
		lf_interval_end(&i, (n + 1) * 10000, &t, &history, &r);
	}
	assert_true(r.f.send_ratio > LF_ONE * 9 / 10 && r.f.send_ratio < LF_ONE * 11 / 10);
	lf_interval_start(&i, 200000, 20000, &t);
	for (k = 0; k < 20; k++)
		lf_interval_rtt(&i, 20000 + (k % 4 == 1 ? 8000 : 0), 200000 + k * 500);
	t.sent += 40;
	t.delivered += 21;
	t.lost += 20;
	lf_interval_end(&i, 210000, &t, &history, &r);
	assert_true(r.f.send_ratio >= LF_ONE * 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(quiet, begin),
		cmocka_unit_test_setup(swing, begin),
		cmocka_unit_test_setup(one_sided, begin),
		cmocka_unit_test_setup(seen_through, begin),
		cmocka_unit_test_setup(lumps, begin),
		cmocka_unit_test_setup(stretched, begin),
		cmocka_unit_test_setup(steps, begin),
		cmocka_unit_test_setup(grain, begin),
		cmocka_unit_test_setup(forgotten, begin),
		cmocka_unit_test_setup(extremes, begin),
		cmocka_unit_test_setup(late_acks, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
