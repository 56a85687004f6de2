// SPDX-License-Identifier: GPL-2.0
/*
 * Every activation function in a net, and as its last layer: within 0.2 % of the outputs' range on
 * rows that set no range, equal on all paths. The right values are those of graph_run(), which
 * tests/import compares with ONNX's own.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "graph_act.h"
#include "net.h"
#include "trial.h"

#define LIMIT	0.002

static const struct act_case {
	enum graph_act act;
	double alpha, lo, hi;
} cases[] = {
	{ GRAPH_ACT_ELU, 1, 1, 1 },        { GRAPH_ACT_ELU, 1.67326, 1.0507, 1 },
	{ GRAPH_ACT_ELU, 2, 1, 2 },        { GRAPH_ACT_GELU, 0, 0, 0 },
	{ GRAPH_ACT_GELU_TANH, 0, 0, 0 },  { GRAPH_ACT_SILU, 1, 0, 0 },
	{ GRAPH_ACT_MISH, 0, 0, 0 },       { GRAPH_ACT_SOFTPLUS, 0, 0, 0 },
	{ GRAPH_ACT_SOFTSIGN, 0, 0, 0 },   { GRAPH_ACT_HARD_SIGMOID, 0.2, 0.5, 0 },
	{ GRAPH_ACT_HARD_SWISH, 0, 0, 0 }, { GRAPH_ACT_ABS, 0, 0, 0 },
	{ GRAPH_ACT_SQUARE, 0, 0, 0 },     { GRAPH_ACT_EXP, 0, 0, 0 },
	{ GRAPH_ACT_ERF, 0, 0, 0 },        { GRAPH_ACT_TANH, 0, 0, 0 },
	{ GRAPH_ACT_SIGMOID, 0, 0, 0 },    { GRAPH_ACT_LEAKY, 0.1, 0, 0 },
};

static void set(struct graph_layer *l, const struct act_case *c)
{
	l->act = c->act;
	l->alpha = c->alpha;
	l->lo = c->lo;
	l->hi = c->hi;
}

/* spread: of the inputs, around 0 */
static void one(const struct act_case *c, bool last, double spread)
{
	static const u32 widths[] = { 6, 16, 3 };
	struct graph *g = test_net(40 + c->act, widths, 2, GRAPH_ACT_NONE, GRAPH_ACT_NONE);
	struct rows calib = test_rows(1, 2000, 6, -spread / 2, spread, false);
	struct plan_options opt = { 0 };
	struct rows other = test_rows(2, 500, 6, -spread / 2, spread, false);
	struct lfs m;
	double error;

	set(&g->layers[last], c);
	m = trial_build(g, &calib, &opt);
	error = trial_share(g, &m, &other, LQ_PATH_SWAR);
	if (!(error < LIMIT))
		fail_msg("%s %s, inputs of +-%g: off by %.4f %%", act_name(c->act, c->lo, c->hi),
			 last ? "at the end" : "inside", spread / 2, 100 * error);
	lfs_free(&m);
	rows_free(&calib);
	rows_free(&other);
	graph_free(g);
}

static void all_are_accurate(void **state)
{
	size_t k;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(cases); k++) {
		one(&cases[k], false, 2);
		one(&cases[k], true, 2);
		one(&cases[k], false, 8);
		one(&cases[k], true, 8);
	}
}

/* A net of wide inputs: a curve that bends within a few of the usual segments gets finer ones. */
static void bends_are_followed(void **state)
{
	static const struct act_case c = { GRAPH_ACT_GELU, 0, 0, 0 };

	(void)state;
	one(&c, false, 60);
	one(&c, true, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_accurate),
		cmocka_unit_test(bends_are_followed),
	};

	return cmocka_run_group_tests_name("act", tests, NULL, NULL);
}
