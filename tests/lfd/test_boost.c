// SPDX-License-Identifier: GPL-2.0
/* Forests: what XGBoost says is what the graph says, refit, growth, and the bound on rounds. */
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

#include <xgboost/c_api.h>

#include "lfd/boost.h"
#include "rows.h"

static char before[64], after[64];	/* of this process: tests may run twice at once */
static struct dataset d;
static struct graph_err err;
static struct boost_result r;

static struct graph *train(uint32_t rounds, const char *from)
{
	struct boost_want want = {
		.depth = 4, .rounds = rounds, .until = UINT64_MAX, .before = from, .after = after
	};
	struct graph *g = boost_train(&d, &want, &r, &err);

	if (!g)
		fail_msg("%s", err.msg);
	return g;
}

static double wrong(const struct graph *g)
{
	double out[3], n = 0, bad = 0;
	uint32_t k, best;
	size_t i;

	for (i = 0; i < d.n; i++) {
		if (!(d.hw[i] > 0))
			continue;
		graph_run(g, d.x + i * d.n_in, out);
		for (k = best = 0; k < g->n_outputs; k++)
			best = out[k] > out[best] ? k : best;
		bad += d.n_classes ? best != d.y[i] : dataset_loss(&d, i, out[0]);
		n++;
	}
	return bad / n;
}

/* Margins of XGBoost itself, row by row. */
static void check_same(const struct graph *g, double base)
{
	float *x = malloc(d.n * d.n_in * sizeof(*x));
	const float *out;
	DMatrixHandle m;
	BoosterHandle b;
	bst_ulong n;
	double y[3];
	size_t i;
	uint32_t k;

	for (i = 0; i < d.n * d.n_in; i++)
		x[i] = d.x[i];
	assert_int_equal(XGDMatrixCreateFromMat(x, d.n, d.n_in, NAN, &m), 0);
	assert_int_equal(XGBoosterCreate(&m, 1, &b), 0);
	assert_int_equal(XGBoosterLoadModel(b, after), 0);
	assert_int_equal(XGBoosterPredict(b, m, 1, 0, 0, &n, &out), 0);
	assert_int_equal(n, d.n * g->n_outputs);
	for (i = 0; i < d.n; i++) {
		graph_run(g, d.x + i * d.n_in, y);
		for (k = 0; k < g->n_outputs; k++)
			if (fabs(y[k] + base - out[i * g->n_outputs + k]) > 1e-3)
				fail_msg("row %zu, output %u: %g, XGBoost says %g", i, k,
					 y[k] + base, out[i * g->n_outputs + k]);
	}
	XGBoosterFree(b);
	XGDMatrixFree(m);
	free(x);
}

static void classes(void **none)
{
	struct graph *g;

	(void)none;
	assert_true(rows_make(&d, LABEL_CLASS, 3000, 1));
	g = train(30, NULL);
	print_message("classes: %u rounds, %.2f %% of held-out rows wrong\n", r.rounds,
		      100 * wrong(g));
	assert_true(r.fresh && r.settled);
	assert_true(wrong(g) < 0.04);
	check_same(g, 0.5);
	graph_free(g);
	dataset_free(&d);
}

static void values(void **none)
{
	struct graph *g;

	(void)none;
	assert_true(rows_make(&d, LABEL_BYTES, 3000, 1));
	g = train(40, NULL);
	print_message("values: %u rounds, off by %.2f %% of the range\n", r.rounds, 100 * wrong(g));
	assert_true(wrong(g) < 0.03);
	check_same(g, 0);
	graph_free(g);
	dataset_free(&d);
}

/* Five rounds, then the world turns: leaves anew, new trees, or from scratch, within the bound. */
static void goes_on(void **none)
{
	struct graph *g;
	size_t i;

	(void)none;
	assert_true(rows_make(&d, LABEL_CLASS, 3000, 1));
	graph_free(train(5, NULL));
	assert_int_equal(rename(after, before), 0);
	for (i = 0; i < d.n; i++)
		d.y[i] = (int)(d.y[i] + 1) % 3;
	g = train(12, before);
	assert_in_range(r.rounds, 5, 12);
	assert_true(wrong(g) < 0.05);
	check_same(g, 0.5);
	graph_free(g);
	/* No room for new trees: from scratch. */
	g = train(5, before);
	assert_true(r.fresh);
	assert_true(wrong(g) < 0.1);
	graph_free(g);
	dataset_free(&d);
}

/* Nothing has changed, and nothing is thrown away. */
static void stays(void **none)
{
	struct graph *g;

	(void)none;
	assert_true(rows_make(&d, LABEL_CLASS, 3000, 1));
	graph_free(train(20, NULL));
	assert_int_equal(rename(after, before), 0);
	g = train(40, before);
	assert_false(r.fresh);
	assert_true(r.before > 0 && r.rounds >= r.before);
	assert_true(wrong(g) < 0.04);
	check_same(g, 0.5);
	graph_free(g);
	dataset_free(&d);
}

static void shortens(void **none)
{
	struct boost_want want = { .depth = 4, .rounds = 10, .until = UINT64_MAX, .after = after };
	struct graph *g;
	uint32_t all;

	(void)none;
	assert_true(rows_make(&d, LABEL_CLASS, 2000, 1));
	g = train(10, NULL);
	all = g->n_trees;
	graph_free(g);
	g = boost_shorten(&d, &want, 3, &err);
	assert_non_null(g);
	assert_int_equal(g->n_trees, 9);
	assert_true(all > 9);
	check_same(g, 0.5);
	graph_free(g);
	dataset_free(&d);
}

static int clean(void **none)
{
	(void)none;
	unlink(before);
	unlink(after);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(classes, clean),
		cmocka_unit_test_teardown(values, clean),
		cmocka_unit_test_teardown(goes_on, clean),
		cmocka_unit_test_teardown(shortens, clean),
		cmocka_unit_test_teardown(stays, clean),
	};

	snprintf(before, sizeof(before), "/tmp/lfd-forest-%d-a.json", getpid());
	snprintf(after, sizeof(after), "/tmp/lfd-forest-%d-b.json", getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
