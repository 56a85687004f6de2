// SPDX-License-Identifier: GPL-2.0
/*
 * Monitor intervals: traces of acknowledgements made by hand with features that follow from their
 * definitions, and random traces beside the definitions in floating point.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../tcp_cc/interval.h"

#define ONE	LF_ONE

static struct lf_history history;
static struct lf_interval interval;
static struct lf_totals totals;
static struct lf_report report;

/* A connection begins at time 0. */
static int begin(void **state)
{
	memset(&totals, 0, sizeof(totals));
	lf_history_init(&history);
	lf_interval_start(&interval, 0, 0, &totals);
	return 0;
}

static void end(u64 now)
{
	lf_interval_end(&interval, now, &totals, &history, &report);
}

/* RTT samples in the order of a list, the first at time 0, one each ms. */
static void samples(const u32 *rtt, int n)
{
	int k;

	for (k = 0; k < n; k++)
		lf_interval_rtt(&interval, rtt[k], k * 1000ull);
}

/*
 * 10 ms, 10 ms | 11 ms, 13 ms: the later half is 2 ms above the earlier, over 40 ms: 0.05. Their
 * mean is 11 ms.
 */
static void by_hand(void **state)
{
	static const u32 rtt[] = { 10000, 10000, 11000, 13000 };

	samples(rtt, 4);
	totals.sent = 12;
	totals.delivered = 9;
	totals.lost = 1;
	end(40000);
	assert_int_equal(report.f.latency_inflation, ONE / 20);
	assert_int_equal(report.mean_us, 11000);
	assert_int_equal(report.least_us, 11000);
	assert_int_equal(report.f.latency_ratio, ONE);
	assert_int_equal(report.f.send_ratio, ONE * 12 / 8);
	assert_int_equal(report.lost, 1);
	/* First to last sample: 3 ms. */
	assert_int_equal(report.ack_inflation, ONE * 2 / 3);
}

/* An odd one goes to the later half: 8 | 10, 12 ms. The delay falls in the next interval. */
static void halves(void **state)
{
	static const u32 up[] = { 8000, 10000, 12000 }, down[] = { 16000, 16000, 12000, 12000 };

	samples(up, 3);
	end(30000);
	assert_int_equal(report.f.latency_inflation, ONE / 10);
	lf_interval_start(&interval, 30000, 10000, &totals);
	samples(down, 4);
	end(70000);
	assert_int_equal(report.f.latency_inflation, -(ONE / 10));
	/* 14 ms, the least so far was 10. */
	assert_int_equal(report.f.latency_ratio, (int)(1.4 * ONE));
	assert_int_equal(report.least_us, 10000);
}

/* Nothing came: (0, 1, 1). One sample has no halves. One delivered packet is no rate. */
static void empty(void **state)
{
	static const u32 one[] = { 5000 };

	totals.sent = 7;
	end(10000);
	assert_int_equal(report.f.latency_inflation, 0);
	assert_int_equal(report.f.latency_ratio, ONE);
	assert_int_equal(report.f.send_ratio, ONE);
	assert_int_equal(report.least_us, 0);
	lf_interval_start(&interval, 10000, 0, &totals);
	samples(one, 1);
	totals.delivered = 1;
	end(20000);
	assert_int_equal(report.f.latency_inflation, 0);
	assert_int_equal(report.f.latency_ratio, ONE);
	assert_int_equal(report.f.send_ratio, ONE);
}

/* The ends of the boxes: inflation [-1, 10], ratio to 10,000, send ratio below 1,000 or 1. */
static void bounds(void **state)
{
	static const u32 up[] = { 1, 60000000 }, down[] = { 60000000, 1 };

	samples(up, 2);
	end(1);
	assert_int_equal(report.f.latency_inflation, 10 * ONE);
	lf_interval_start(&interval, 1, 0, &totals);
	samples(down, 2);
	end(2);
	assert_int_equal(report.f.latency_inflation, -ONE);
	history.noise.base_us = 1;
	lf_interval_start(&interval, 2, 0, &totals);
	samples(up, 2);
	totals.sent = 999;
	totals.delivered = 2;
	end(3);
	assert_int_equal(report.f.latency_ratio, 10000 * ONE);
	assert_int_equal(report.f.send_ratio, 999 * ONE);
	lf_interval_start(&interval, 3, 0, &totals);
	totals.sent += 1000;
	totals.delivered += 2;
	end(4);
	assert_int_equal(report.f.send_ratio, ONE);
}

/* Half the smoothed RTT and five packets, both; 1 ms is taken where no RTT is known. */
static void over(void **state)
{
	totals.delivered = 5;
	assert_false(lf_interval_over(&interval, 499, &totals));
	assert_true(lf_interval_over(&interval, 500, &totals));
	lf_interval_start(&interval, 1000, 40000, &totals);
	totals.delivered += 4;
	assert_false(lf_interval_over(&interval, 1000000, &totals));
	totals.delivered++;
	assert_false(lf_interval_over(&interval, 20999, &totals));
	assert_true(lf_interval_over(&interval, 21000, &totals));
}

/* The counters wrap. */
static void wrap(void **state)
{
	totals = (struct lf_totals){ 0xfffffffe, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff };
	lf_interval_start(&interval, 0, 0, &totals);
	totals = (struct lf_totals){ 8, 5, 1, 2, 3 };
	assert_true(lf_interval_over(&interval, 500, &totals));
	end(500);
	assert_int_equal(report.sent, 10);
	assert_int_equal(report.delivered, 6);
	assert_int_equal(report.lost, 2);
	assert_int_equal(report.retrans, 3);
	assert_int_equal(report.marked, 4);
	assert_int_equal(report.f.send_ratio, 2 * ONE);
}

/* Ten intervals are kept, the oldest goes; to forget them does not forget the least delay. */
static void remembered(void **state)
{
	static const u32 rtt[] = { 7000, 7000 };
	struct lf_features f = { 1, 2, 3 };
	int k;

	samples(rtt, 2);
	end(10000);
	for (k = 0; k < LF_INTERVAL_HISTORY; k++) {
		assert_int_equal(history.past[k].latency_inflation, 0);
		assert_int_equal(history.past[k].latency_ratio, ONE);
		assert_int_equal(history.past[k].send_ratio, ONE);
	}
	for (k = 0; k < 12; k++) {
		f.latency_inflation = k;
		lf_history_push(&history, &f);
	}
	assert_int_equal(history.past[0].latency_inflation, 2);
	assert_int_equal(history.past[9].latency_inflation, 11);
	lf_history_clear(&history);
	assert_int_equal(history.past[9].latency_inflation, 0);
	assert_int_equal(history.noise.base_us, 7000);
}

/*
 * 100 packets of 1,250 bytes in 100 ms are 1,250,000 bytes/s; at 40 ms the path holds 50,000 bytes,
 * 80 packets half as much again twice.
 */
static void further(void **state)
{
	static const u32 rtt[] = { 40000, 40000 };
	s32 out[LF_N_FURTHER];

	samples(rtt, 2);
	totals = (struct lf_totals){ .sent = 120,
				     .delivered = 100,
				     .lost = 25,
				     .retrans = 12,
				     .marked = 50 };
	end(100000);
	lf_report_further(&report, 80, 1250, out);
	assert_int_equal(out[LF_FURTHER_LOSS_RATIO], ONE / 5);
	assert_true(abs(out[LF_FURTHER_DELIVERED_LOG2] - (int)(log2(1250001) * 256)) <= 1);
	assert_int_equal(out[LF_FURTHER_CONN_MIN_US], 40000);
	assert_int_equal(out[LF_FURTHER_INFLIGHT_BDP], 2 * ONE);
	assert_int_equal(out[LF_FURTHER_RETRANS_RATIO], ONE / 10);
	assert_int_equal(out[LF_FURTHER_CE_RATIO], ONE / 2);
	assert_int_equal(out[LF_FURTHER_SWING_US], 0);
	begin(NULL);
	end(1);
	lf_report_further(&report, ~0u, ~0u, out);
	assert_int_equal(out[LF_FURTHER_LOSS_RATIO] | out[LF_FURTHER_INFLIGHT_BDP] |
				 out[LF_FURTHER_CE_RATIO],
			 0);
}

/* Up by 6 ms and down by 5: the lesser, without the time of two packets at 1 ms each. */
static void swing(void **state)
{
	static const u32 rtt[] = { 40000, 46000, 41000, 45000 };
	s32 out[LF_N_FURTHER];

	samples(rtt, 4);
	totals = (struct lf_totals){ .sent = 100, .delivered = 100 };
	end(100000);
	lf_report_further(&report, 80, 1250, out);
	assert_int_equal(out[LF_FURTHER_SWING_US], 3000);
}

/* --- the definitions, in floating point --- */

static double mean_of(const u32 *rtt, u32 n)
{
	double sum = 0;
	u32 k;

	for (k = 0; k < n; k++)
		sum += rtt[k];
	return sum / n;
}

static double inflation_of(const u32 *rtt, u32 n, double us)
{
	u32 half = n / 2;

	return n < 2 ? 0 :
		       fmin(fmax((mean_of(rtt + half, n - half) - mean_of(rtt, half)) / us, -1),
			    10);
}

static void near(s32 got, double want, double slack, const char *what)
{
	if (fabs((double)got / ONE - want) > slack + 2.0 / ONE)
		fail_msg("%s: %f, the reference has %f", what, (double)got / ONE, want);
}

/*
 * One interval of samples that only rise or only fall, so nothing is noise (test_noise.c). Above 32
 * samples the border between the halves may be off.
 */
static void random_interval(u64 now, double *least)
{
	static u32 rtt[3000];
	u32 n = random() % 4 ? random() % 33 : random() % 3000, base = 200 + random() % 200000, k;
	s32 slope = random() % 401 - 200, at;
	u64 us = 1000 + random() % 300000;
	u32 sent = random() % 4000, delivered = random() % 3000;
	double mean, jump;

	lf_interval_start(&interval, now, base, &totals);
	for (k = 0; k < n; k++) {
		at = (s32)base + slope * (s32)k / 8;
		rtt[k] = max(at, 1);
	}
	samples(rtt, n);
	totals.sent += sent;
	totals.delivered += delivered;
	end(now + us);
	if (!n)
		return;
	mean = mean_of(rtt, n);
	*least = !*least || floor(mean) < *least ? floor(mean) : *least;
	/*
	 * A border off by a sixteenth of the samples moves each half's mean by as much of the whole
	 * rise.
	 */
	jump = n > LF_INTERVAL_BUCKETS ? abs(slope) * (n / 8.0 / 16) + 20 : 0;
	near(report.f.latency_inflation, inflation_of(rtt, n, us), jump / us, "inflation");
	near(report.f.latency_ratio, fmin(mean / *least, 10000), 1 / *least, "ratio");
	near(report.f.send_ratio,
	     delivered > 1 && (double)sent / (delivered - 1) < 1000 ?
		     (double)sent / (delivered - 1) :
		     1,
	     0, "send");
}

static void reference(void **state)
{
	double least = 0;
	int k;

	srandom(7);
	for (k = 0; k < 20000; k++) {
		if (k % 50 == 0) {
			begin(NULL);
			least = 0;
		}
		random_interval(k * 1000000ull, &least);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(by_hand, begin),
		cmocka_unit_test_setup(halves, begin),
		cmocka_unit_test_setup(empty, begin),
		cmocka_unit_test_setup(bounds, begin),
		cmocka_unit_test_setup(over, begin),
		cmocka_unit_test_setup(wrap, begin),
		cmocka_unit_test_setup(remembered, begin),
		cmocka_unit_test_setup(further, begin),
		cmocka_unit_test_setup(swing, begin),
		cmocka_unit_test_setup(reference, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
