// SPDX-License-Identifier: GPL-2.0
/*
 * Calibration: what wild rows, long tails, and rows beyond the calibrated range cost, measured with
 * the real model over rows that calibration never saw.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lfs.h"
#include "net.h"
#include "quant.h"

#define N	8	/* inputs */

static const u32 widths[] = { N, 32, 16, 2 };

/*
 * Independent N(0, 1): the sum of twelve uniform numbers is near enough in its middle, and its
 * tails end at 6.
 */
static struct rows normal_rows(u64 seed, size_t n)
{
	struct rows r = { .n = n, .cols = N, .v = util_alloc(n * N, sizeof(double)) };
	size_t i;
	int k;

	for (i = 0; i < n * N; i++)
		for (k = 0; k < 12; k++)
			r.v[i] += test_unit(&seed) / 2;
	return r;
}

static struct lfs build(const struct graph *g, const struct rows *calib,
			const struct plan_options *opt, struct plan *plan)
{
	struct graph_err err = { .msg = "" };
	struct lfs m;
	size_t len;
	void *file;

	if (plan_make(g, calib, opt, plan, &err) || plan_emit(plan, &file, &len, &err) ||
	    lfs_load(&m, file, len, "test", &err))
		fail_msg("%s", err.msg);
	free(file);
	return m;
}

struct error {
	double mean, max;	/* share of the range of output 0 */
	size_t clipped;
};

static struct error measure(const struct graph *g, struct lfs *m, const struct rows *rows)
{
	double real[LQ_MAX_OUTPUTS], lo = INFINITY, hi = -INFINITY, e;
	s32 x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	struct plan_output out = lfs_output(m, 0);
	struct error sum = { 0 };
	struct plan_input in;
	size_t r, clipped;
	u32 i;

	for (r = 0; r < rows->n; r++) {
		clipped = 0;
		for (i = 0; i < rows->cols; i++) {
			in = lfs_input(m, i);
			x[i] = plan_feature(in.num, in.den, rows_at(rows, r)[i]);
			clipped |= plan_clips(&in, x[i]);
		}
		graph_run(g, rows_at(rows, r), real);
		lfs_infer(m, LQ_PATH_PLAIN, x, y);
		e = fabs(plan_value(&out, y[0]) - real[0]);
		sum.mean += e / rows->n;
		sum.max = fmax(sum.max, e);
		sum.clipped += clipped;
		lo = fmin(lo, real[0]);
		hi = fmax(hi, real[0]);
	}
	sum.mean /= hi - lo;
	sum.max /= hi - lo;
	return sum;
}

static struct error built(const struct graph *g, const struct rows *calib,
			  const struct plan_options *opt, const struct rows *other)
{
	struct plan plan;
	struct lfs m = build(g, calib, opt, &plan);
	struct error e = measure(g, &m, other);

	plan_free(&plan);
	lfs_free(&m);
	return e;
}

/*
 * One value of a million among 2,000 rows, among those that set ranges or those held out: as if it
 * were not there.
 */
static void one_wild_value(void **state)
{
	static const size_t at[] = { 700, 704, 0, 1999 };
	static const double wild[] = { 1e6, -1e6, 1e3 };
	struct graph *g = test_net(12, widths, 3, GRAPH_ACT_CLIP, GRAPH_ACT_NONE);
	struct rows calib = normal_rows(5, 2000), other = normal_rows(6, 2000);
	struct plan_options best = { 0 };
	struct error clean = built(g, &calib, &best, &other), e;
	size_t k, w;
	double keep;
	(void)state;

	print_message("no wild value: %.4f %% mean, %.4f %% max\n", 100 * clean.mean,
		      100 * clean.max);
	assert_true(clean.mean < 1e-4);
	for (k = 0; k < ARRAY_SIZE(at); k++)
		for (w = 0; w < ARRAY_SIZE(wild); w++) {
			keep = calib.v[at[k] * N + 3];
			calib.v[at[k] * N + 3] = wild[w];
			e = built(g, &calib, &best, &other);
			calib.v[at[k] * N + 3] = keep;
			if (e.mean > 1.1 * clean.mean || e.clipped)
				fail_msg("%g in row %zu: %.4f %% mean, without it %.4f %%, %zu "
					 "rows clipped",
					 wild[w], at[k], 100 * e.mean, 100 * clean.mean, e.clipped);
		}
	rows_free(&calib);
	rows_free(&other);
	graph_free(g);
}

/* One in each column, in rows of their own. */
static void wild_values_everywhere(void **state)
{
	struct graph *g = test_net(12, widths, 3, GRAPH_ACT_CLIP, GRAPH_ACT_NONE);
	struct rows calib = normal_rows(5, 2000), other = normal_rows(6, 2000);
	struct plan_options best = { 0 };
	struct error clean = built(g, &calib, &best, &other), e;
	u32 i;
	(void)state;

	for (i = 0; i < N; i++)
		calib.v[(100 + 37 * i) * N + i] = i % 2 ? 1e6 : -1e5;
	e = built(g, &calib, &best, &other);
	if (e.mean > 1.1 * clean.mean)
		fail_msg("%.4f %% mean, without them %.4f %%", 100 * e.mean, 100 * clean.mean);
	rows_free(&calib);
	rows_free(&other);
	graph_free(g);
}

/* A column whose long tail occurs in one row of 50 is no accident: those rows keep their values. */
static void long_tails_stay(void **state)
{
	struct graph *g = test_net(12, widths, 3, GRAPH_ACT_TANH, GRAPH_ACT_NONE);
	struct rows calib = normal_rows(5, 2000), other = normal_rows(6, 2000);
	struct plan_options best = { 0 };
	struct error e;
	size_t r;
	(void)state;

	for (r = 0; r < calib.n; r++) {
		calib.v[r * N] *= r % 50 ? 1 : 20;
		other.v[r * N] *= r % 50 ? 1 : 20;
	}
	e = built(g, &calib, &best, &other);
	print_message("long tail: %.4f %% mean, %.4f %% max, %zu rows clipped\n", 100 * e.mean,
		      100 * e.max, e.clipped);
	assert_true(e.clipped <= 4);
	assert_true(e.mean < 1e-3);
	rows_free(&calib);
	rows_free(&other);
	graph_free(g);
}

/* Rows 35 % of the width beyond what calibration saw, in each input alone and in all. */
static void rows_beyond_the_range(void **state)
{
	static const enum graph_act acts[] = { GRAPH_ACT_TANH, GRAPH_ACT_CLIP, GRAPH_ACT_LEAKY,
					       GRAPH_ACT_SIGMOID };
	struct plan_options best = { 0 };
	struct error near, far;
	size_t a;
	(void)state;

	for (a = 0; a < ARRAY_SIZE(acts); a++) {
		struct graph *g = test_net(31 + a, widths, 3, acts[a], GRAPH_ACT_NONE);
		struct rows calib = test_rows(7, 2000, N, -1, 2, false),
			    inside = test_rows(8, 1000, N, -1, 2, false);
		struct rows beyond = test_rows(9, 1000, N, -1.7, 3.4, false);

		near = built(g, &calib, &best, &inside);
		far = built(g, &calib, &best, &beyond);
		print_message("net %zu: %.4f %% max inside, %.4f %% beyond\n", a, 100 * near.max,
			      100 * far.max);
		assert_true(near.mean < 5e-4);
		assert_int_equal(far.clipped, 0);
		assert_true(far.max < 4e-3);
		rows_free(&calib);
		rows_free(&inside);
		rows_free(&beyond);
		graph_free(g);
	}
}

/* Headroom is no part of what is usual: drift counts from the calibrated range on. */
static void drift_is_counted_at_the_range(void **state)
{
	struct graph *g = test_net(31, widths, 3, GRAPH_ACT_TANH, GRAPH_ACT_NONE);
	struct rows calib = test_rows(7, 2000, N, -1, 2, false);
	struct plan_options best = { 0 };
	struct plan_input in;
	struct plan plan;
	struct lfs m;
	(void)state;

	calib.v[9 * N + 2] = 1e6;
	m = build(g, &calib, &best, &plan);
	in = lfs_input(&m, 2);
	assert_true(in.cal_hi == plan_feature(in.num, in.den, 1) ||
		    in.cal_hi < plan_feature(in.num, in.den, 1));
	assert_true(in.cal_hi > plan_feature(in.num, in.den, 0.99));
	assert_true(in.cal_lo < plan_feature(in.num, in.den, -0.99));
	assert_false(plan_clips(&in, plan_feature(in.num, in.den, 1.4)));
	assert_true(plan_clips(&in, plan_feature(in.num, in.den, 3)));
	plan_free(&plan);
	lfs_free(&m);
	rows_free(&calib);
	graph_free(g);
}

/* A forest has no ranges to spoil, but one wild value would hide all drift. */
static void forests_have_drift(void **state)
{
	struct graph *g = test_forest(3, N, 2, 20, 5, true);
	struct rows calib = test_rows(4, 2000, N, 0, 1000, true);
	struct plan_options best = { 0 }, minmax = { .calibration = PLAN_MINMAX };
	struct plan plan;
	(void)state;

	calib.v[9 * N + 2] = 1e8;
	assert_int_equal(plan_make(g, &calib, &best, &plan, &(struct graph_err){ .msg = "" }), 0);
	assert_in_range(plan.inputs[2].cal_hi,
			plan_feature(plan.inputs[2].num, plan.inputs[2].den, 990),
			plan_feature(plan.inputs[2].num, plan.inputs[2].den, 1000));
	plan_free(&plan);
	assert_int_equal(plan_make(g, &calib, &minmax, &plan, &(struct graph_err){ .msg = "" }), 0);
	assert_true(plan.inputs[2].cal_hi >
		    plan_feature(plan.inputs[2].num, plan.inputs[2].den, 2e4));
	plan_free(&plan);
	rows_free(&calib);
	graph_free(g);
}

/*
 * The error that is reported: over rows held out, against the range without the wild row, who is
 * not counted.
 */
static void errors_are_of_rows_held_out(void **state)
{
	struct graph *g = test_net(12, widths, 3, GRAPH_ACT_CLIP, GRAPH_ACT_NONE);
	struct rows calib = normal_rows(5, 2000);
	struct plan_options best = { 0 }, minmax = { .calibration = PLAN_MINMAX };
	struct graph_err err = { .msg = "" };
	struct plan plan;
	double range;
	(void)state;

	assert_int_equal(plan_make(g, &calib, &best, &plan, &err), 0);
	assert_int_equal(plan.n_rows, 400);
	assert_int_equal(plan.n_held, 400);
	assert_int_equal(plan.n_fit, 1600);
	range = plan.out_range[0];
	plan_free(&plan);
	calib.v[704 * N + 3] = 1e6;
	assert_int_equal(plan_make(g, &calib, &best, &plan, &err), 0);
	assert_int_equal(plan.n_clipped, 1);
	assert_true(fabs(plan.out_range[0] / range - 1) < 0.1);
	assert_true(plan.err_inside[0] < 1e-3 * range);
	assert_true(plan.err_robust[0] < 5e-3 * range);
	plan_free(&plan);
	/* Told to take all rows as they are, it does, and says what that costs. */
	assert_int_equal(plan_make(g, &calib, &minmax, &plan, &err), 0);
	assert_int_equal(plan.n_held, 0);
	assert_int_equal(plan.n_rows, 2000);
	assert_true(plan.err_robust[0] > 0.05 * range);
	plan_free(&plan);
	rows_free(&calib);
	graph_free(g);
}

static void percentiles(void **state)
{
	struct graph *g = test_net(12, widths, 3, GRAPH_ACT_CLIP, GRAPH_ACT_NONE);
	struct rows calib = test_rows(7, 2000, N, -1, 2, false);
	struct plan_options opt = { .calibration = PLAN_PERCENTILE, .percentile = 90, .margin = 1 };
	struct graph_err err = { .msg = "" };
	struct plan plan;
	(void)state;

	assert_int_equal(plan_make(g, &calib, &opt, &plan, &err), 0);
	assert_int_equal(plan.cut, 160);
	/* 10 % off each side of -1 .. 1 */
	assert_true(fabs(plan.inputs[0].step * 32767 - 0.8) < 0.05);
	plan_free(&plan);
	rows_free(&calib);
	graph_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_wild_value),
		cmocka_unit_test(wild_values_everywhere),
		cmocka_unit_test(long_tails_stay),
		cmocka_unit_test(rows_beyond_the_range),
		cmocka_unit_test(drift_is_counted_at_the_range),
		cmocka_unit_test(forests_have_drift),
		cmocka_unit_test(errors_are_of_rows_held_out),
		cmocka_unit_test(percentiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
