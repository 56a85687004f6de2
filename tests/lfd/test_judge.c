// SPDX-License-Identifier: GPL-2.0
/* Freezing and judging: a better model is taken, an equal, a worse and an unproven one are not. */
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

#include "codegen/util.h"
#include "lfd/boost.h"
#include "lfd/freeze.h"
#include "lfd/judge.h"
#include "lfd/answer.h"
#include "rows.h"

static struct dataset d;
static struct lfs good, bad;
static struct freeze_report frozen;
static struct judge_report r;
static struct graph_err err;
static const struct settings set = { .alpha = 0.05, .margin = 0.01, .error = 0.01,
				     .min_flows = 200 };

/* A forest that has learnt, and the same with its classes exchanged. */
static int make(void **none)
{
	char model[64];
	struct boost_want want = { .depth = 4, .rounds = 10, .until = UINT64_MAX, .after = model };
	struct boost_result result;
	struct graph *g;
	uint32_t t, k;
	double v;

	(void)none;
	snprintf(model, sizeof(model), "/tmp/lfd-judge-%d.json", getpid());
	if (!rows_make(&d, LABEL_CLASS, 6000, 0.5))
		return -1;
	g = boost_train(&d, &want, &result, &err);
	unlink(want.after);
	if (!g || freeze(g, &d, "good", &good, &frozen, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	for (t = 0; t < g->n_trees; t++)
		for (k = 0; k < g->trees[t].n_nodes; k++) {
			double *leaf = g->trees[t].nodes[k].value;

			if (!leaf)
				continue;
			v = leaf[0];
			leaf[0] = leaf[2];
			leaf[2] = v;
		}
	if (freeze(g, &d, "bad", &bad, &frozen, &err))
		return -1;
	graph_free(g);
	return 0;
}

static int drop(void **none)
{
	(void)none;
	lfs_free(&good);
	lfs_free(&bad);
	dataset_free(&d);
	return 0;
}

/*
 * The snapshot whose verdicts the rows have: wrong on a quarter of two classes. Its file is not
 * known.
 */
static struct incumbent served(void)
{
	return (struct incumbent) { .same = true, .n_outputs = 3, .hash = { 1 } };
}

static void freezes(void **none)
{
	size_t i;

	(void)none;
	assert_true(frozen.agreement > 0.999);
	assert_int_equal(lfs_selftest(&good, &err), 0);
	assert_int_equal(good.info.n_inputs, 3);
	assert_string_equal(lfs_input(&good, 1).name, "flow.bytes_log2");
	assert_string_equal(lfs_output(&good, 2).name, "large");
	for (i = 0; i < d.n; i++)
		if (d.labelled[i])
			assert_in_range(answer_to(&good, d.raw + i * d.n_in), 0, 2);
}

static void takes_a_better_one(void **none)
{
	struct incumbent old = served();

	(void)none;
	judge(&d, &old, &good, &set, &r);
	print_message("fidelity loss %.3f, loss %.3f was %.3f on %zu flows, difference %.3f .. "
		      "%.3f\n",
		      r.fidelity, r.loss_new, r.loss_old, r.flows, r.lo, r.hi);
	assert_string_equal(r.reason, "");
	assert_true(r.loss_new < 0.05 && r.loss_old > 0.1);
	assert_true(r.fidelity > 0.1 && r.fidelity < 0.3);
	/* What the classes depend on, and what they do not. */
	assert_true(r.importance[0] > 0.1 && r.importance[1] > 0.05);
	assert_true(r.importance[2] < 0.02);
}

static void refuses_a_worse_one(void **none)
{
	struct incumbent old = served();

	(void)none;
	judge(&d, &old, &bad, &set, &r);
	assert_non_null(strstr(r.reason, "not shown to be better"));
	assert_true(r.lo > 0);
}

static void refuses_the_same(void **none)
{
	struct incumbent old = served();

	(void)none;
	memcpy(old.hash, good.info.hash, sizeof(old.hash));
	old.loaded = true;
	old.m = good;
	judge(&d, &old, &good, &set, &r);
	assert_non_null(strstr(r.reason, "it decides like"));
	assert_true(r.fidelity == 0);
}

/* With a handful of flows nothing is shown; fewer than are asked for are not even looked at. */
static void refuses_without_evidence(void **none)
{
	struct incumbent old = served();
	struct settings some = set;
	struct dataset few;

	(void)none;
	assert_true(rows_make(&few, LABEL_CLASS, 60, 0.5));
	judge(&few, &old, &good, &set, &r);
	assert_true(r.flows < 20);
	assert_non_null(strstr(r.reason, "200 are needed to judge"));
	assert_true(r.undecided);
	some.min_flows = r.flows;
	judge(&few, &old, &good, &some, &r);
	assert_non_null(strstr(r.reason, "not shown to be better"));
	assert_true(r.undecided);
	judge(&few, &old, &bad, &some, &r);
	assert_false(r.undecided);	/* more flows will not help it */
	dataset_free(&few);
}

/* As the kernel will count it: of all recent rows, those with an input outside its range. */
static void says_how_often_it_leaves_its_range(void **none)
{
	struct incumbent old = served();
	struct dataset moved;
	size_t i, n = 0;

	(void)none;
	judge(&d, &old, &good, &set, &r);
	assert_true(r.seen == d.n && r.drifted < 0.05);
	assert_true(isnan(r.saturated));	/* it is no net */
	assert_true(rows_make(&moved, LABEL_CLASS, 1000, 0.5));
	for (i = 0; i < moved.n; i += 4, n++)
		moved.raw[i * moved.n_in + 2] = lfs_input(&good, 2).cal_hi + 1;
	judge(&moved, &old, &good, &set, &r);
	assert_true(fabs(r.drifted - (double)n / moved.n) < 0.05);
	dataset_free(&moved);
}

/* Who decides nothing of the kind is wrong every time. */
static void replaces_an_observer(void **none)
{
	struct incumbent old = served();

	(void)none;
	old.same = false;
	judge(&d, &old, &good, &set, &r);
	assert_string_equal(r.reason, "");
	assert_true(r.loss_old == 1 && r.fidelity == 1);
}

/*
 * Rows without a label are trained on as they were decided, with little weight; a group has no more
 * than its share.
 */
static void weights(void **none)
{
	double group[51] = { 0 }, all = 0, anchors = 0;
	size_t i, held = 0;

	(void)none;
	for (i = 0; i < d.n; i++) {
		if (d.hw[i] > 0) {
			assert_true(d.w[i] == 0 && d.labelled[i]);
			held++;
		}
		if (!d.labelled[i])
			anchors += d.w[i];
		else
			group[d.row[i].group] += d.w[i];
		all += d.w[i];
	}
	assert_in_range(held, d.n_labelled / 4, d.n_labelled / 2);
	assert_true(anchors > 0 && anchors < 0.2 * all);
	for (i = 1; i <= 50; i++)
		assert_true(group[i] < 0.1 * all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(freezes),
		cmocka_unit_test(takes_a_better_one),
		cmocka_unit_test(refuses_a_worse_one),
		cmocka_unit_test(refuses_the_same),
		cmocka_unit_test(refuses_without_evidence),
		cmocka_unit_test(says_how_often_it_leaves_its_range),
		cmocka_unit_test(replaces_an_observer),
		cmocka_unit_test(weights),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
