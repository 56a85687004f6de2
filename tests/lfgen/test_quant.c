// SPDX-License-Identifier: GPL-2.0
/*
 * The quantiser: random nets and forests against their real models, int8 models against their own
 * arithmetic, equal bytes for equal input.
 *
 * One file, though long: the tests are short and share the nets and the comparison.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "net.h"
#include "trial.h"

static struct lfs build(const struct graph *g, const struct rows *calib, struct plan_options *opt)
{
	struct plan_options defaults = { .margin = PLAN_MARGIN };

	return trial_build(g, calib, opt ? opt : &defaults);
}

/* Largest error of any output over rows, as a share of the greatest range of an output. */
static double error_share(const struct graph *g, struct lfs *m, const struct rows *rows)
{
	return trial_share(g, m, rows, LQ_PATH_PLAIN);
}

static void paths_agree(struct lfs *m, const struct rows *rows)
{
	s32 y[LQ_MAX_OUTPUTS], z[LQ_MAX_OUTPUTS];
	size_t r;
	int p;

	for (r = 0; r < rows->n; r++) {
		trial_run(m, rows_at(rows, r), LQ_PATH_PLAIN, y);
		for (p = LQ_PATH_SWAR; p < LQ_PATHS; p++) {
			if (!lq_path_usable(p))
				continue;
			trial_run(m, rows_at(rows, r), p, z);
			assert_memory_equal(y, z, m->info.n_outputs * sizeof(s32));
		}
	}
}

struct net_case {
	u32 widths[6], layers;
	enum graph_act act, last;
	double lo, spread;	/* of the inputs */
	double limit;		/* share of the output range */
};

static const struct net_case net_cases[] = {
	/* 0 */ { { 30, 32, 16, 1 }, 3, GRAPH_ACT_TANH, GRAPH_ACT_NONE, -1, 2, 0.002 },
	/* 1 */ { { 16, 64, 32, 8 }, 3, GRAPH_ACT_CLIP, GRAPH_ACT_NONE, -1, 2, 0.002 },
	/* 2 */ { { 8, 16, 4 }, 2, GRAPH_ACT_SIGMOID, GRAPH_ACT_SIGMOID, -4, 8, 0.002 },
	/* 3 */ { { 10, 32, 32, 3 }, 3, GRAPH_ACT_LEAKY, GRAPH_ACT_NONE, -1, 2, 0.002 },
	/* 4 */ { { 1, 1 }, 1, GRAPH_ACT_NONE, GRAPH_ACT_NONE, 0, 1000, 0.0005 },
	/* 5 */ { { 256, 200, 32 }, 2, GRAPH_ACT_CLIP, GRAPH_ACT_NONE, -1, 2, 0.003 },
	/* 6 */ { { 4, 8, 2 }, 2, GRAPH_ACT_TANH, GRAPH_ACT_TANH, 1e-4, 1e-4, 0.002 },
	/* 7 */ { { 4, 8, 2 }, 2, GRAPH_ACT_NONE, GRAPH_ACT_CLIP, 1e5, 1e3, 0.002 },
	/* 8 */ { { 12, 24, 24, 24, 2 }, 4, GRAPH_ACT_CLIP, GRAPH_ACT_LEAKY, 0, 1, 0.002 },
};

static void nets_are_accurate(void **state)
{
	size_t k;
	(void)state;

	for (k = 0; k < ARRAY_SIZE(net_cases); k++) {
		const struct net_case *c = &net_cases[k];
		struct graph *g = test_net(1000 + k, c->widths, c->layers, c->act, c->last);
		struct rows calib = test_rows(77, 2000, c->widths[0], c->lo, c->spread, false);
		struct rows other = test_rows(78, 500, c->widths[0], c->lo, c->spread, false);
		struct lfs m = build(g, &calib, NULL);
		double share = error_share(g, &m, &other);

		print_message("net %zu: largest error %.4f %% of the output range, bound used "
			      "%.1f %%\n",
			      k, 100 * share, m.info.bound_used * 100.0 / INT32_MAX);
		if (share > c->limit)
			fail_msg("net %zu: %.4f %% is more than %.4f %%", k, 100 * share,
				 100 * c->limit);
		paths_agree(&m, &other);
		lfs_free(&m);
		rows_free(&calib);
		rows_free(&other);
		graph_free(g);
	}
}

static void forests_decide_alike(void **state)
{
	static const u32 shapes[][4] = { { 12, 3, 16, 6 },
					 { 4, 2, 100, 4 },
					 { 20, 8, 33, 8 },
					 { 1, 2, 1, 1 },
					 { 3, 32, 5, 10 } };
	double real[LQ_MAX_OUTPUTS];
	s32 y[LQ_MAX_OUTPUTS];
	size_t k, r;
	(void)state;

	for (k = 0; k < ARRAY_SIZE(shapes); k++) {
		struct graph *g = test_forest(5 + k, shapes[k][0], shapes[k][1], shapes[k][2],
					      shapes[k][3], true);
		struct rows rows = test_rows(9 + k, 5000, shapes[k][0], -10, 1020, true);
		struct lfs m = build(g, NULL, NULL);

		for (r = 0; r < rows.n; r++) {
			graph_run(g, rows_at(&rows, r), real);
			trial_run(&m, rows_at(&rows, r), LQ_PATH_PLAIN, y);
			if (util_argmax(real, g->n_outputs) != lfs_argmax(y, g->n_outputs))
				fail_msg("forest %zu, row %zu: another class", k, r);
		}
		paths_agree(&m, &rows);
		lfs_free(&m);
		rows_free(&rows);
		graph_free(g);
	}
}

static void forest_values(void **state)
{
	struct graph *g = test_forest(3, 6, 2, 40, 7, false);
	struct rows rows = test_rows(4, 3000, 6, 0, 1000, true);
	struct lfs m = build(g, &rows, NULL);
	double share = error_share(g, &m, &rows);
	(void)state;

	print_message("forest of values: largest error %.2g of the range\n", share);
	assert_true(share < 1e-6);
	lfs_free(&m);
	rows_free(&rows);
	graph_free(g);
}

/*
 * The staircase of a threshold at every feature around it, strict and not, in units that do not
 * divide it.
 */
static void thresholds_are_exact(void **state)
{
	static const double thresholds[] = { 0,	  0.5,	  -0.5, 3,    -3,  1e-30, -1e-30,
					     0.1, 99.999, 1e9,	-1e9, 3e9, -3e9,  1.0 / 3 };
	char *names[] = { "flow.len_mean", NULL };	/* steps of 1/16 */
	struct plan_options opt = { .margin = PLAN_MARGIN, .features = names, .n_features = 1 };
	size_t k;
	int strict;
	s64 d, f;
	(void)state;

	for (k = 0; k < ARRAY_SIZE(thresholds); k++)
		for (strict = 0; strict < 2; strict++) {
			struct graph *g = test_forest(1, 1, 2, 1, 1, true);
			struct graph_node *n = g->trees[0].nodes;
			struct lfs m;

			n[0].thr = thresholds[k];
			n[0].strict = strict;
			n[1].value[0] = n[2].value[1] = 1;
			n[1].value[1] = n[2].value[0] = 0;
			m = build(g, NULL, &opt);
			for (d = -3; d <= 3; d++) {
				s32 x, y[2];
				double value;

				f = (s64)floor(thresholds[k] * 16) + d;
				x = f > INT32_MAX ? INT32_MAX : f < INT32_MIN ? INT32_MIN : f;
				value = x / 16.0;
				lfs_infer(&m, LQ_PATH_SWAR, &x, y);
				assert_int_equal(y[0] > y[1], strict ? value < thresholds[k] :
								       value <= thresholds[k]);
			}
			lfs_free(&m);
			graph_free(g);
		}
}

static void give_set(struct graph_node *n, u64 *seed)
{
	double at = (double)(test_random(seed) % 8);
	u32 k;

	n->n_set = 1 + test_random(seed) % 9;
	n->set = calloc(n->n_set, sizeof(*n->set));
	for (k = 0; k < n->n_set; k++) {
		n->set[k] = at;
		at += 1 + test_random(seed) % 4;
	}
}

/*
 * Every second test asks for members of a set, of features that are whole and of some that have a
 * fraction.
 */
static void sets_are_exact(void **state)
{
	char *names[] = { "pkt.len", "flow.len_mean", "flow.packets_log2", NULL };
	struct plan_options opt = { .margin = PLAN_MARGIN, .features = names, .n_features = 3 };
	struct graph *g = test_forest(41, 3, 2, 8, 5, false);
	struct rows rows = test_rows(42, 5000, 3, 0, 40, true);
	u64 seed = 43;
	struct lfs m;
	u32 t, i;
	int named;
	(void)state;

	for (t = 0; t < g->n_trees; t++)
		for (i = 0; i < g->trees[t].n_nodes; i++) {
			struct graph_node *n = &g->trees[t].nodes[i];

			n->thr /= 25;
			if (!n->leaf && i % 2)
				give_set(n, &seed);
		}
	for (named = 0; named < 2; named++) {
		m = build(g, NULL, named ? &opt : NULL);
		assert_true(error_share(g, &m, &rows) < 1e-6);
		lfs_free(&m);
	}
	rows_free(&rows);
	graph_free(g);
}

/* Forty tests of one input in a row lead to one leaf: written apart they are as small as the set.
 */
static void chains_of_sets_stay_small(void **state)
{
	struct graph *g = test_forest(44, 1, 1, 1, 1, false);
	struct rows rows = test_rows(45, 2000, 1, 0, 100, true);
	struct graph_node *n = calloc(42, sizeof(*n));
	struct lfs m;
	u32 i;
	(void)state;

	n[40] = g->trees[0].nodes[1];
	n[41] = g->trees[0].nodes[2];
	for (i = 0; i < 40; i++) {
		n[i] = (struct graph_node){ .yes = 40, .no = i < 39 ? i + 1 : 41, .n_set = 1 };
		n[i].set = calloc(1, sizeof(double));
		n[i].set[0] = i * 7 % 80;
	}
	free(g->trees[0].nodes);
	g->trees[0].nodes = n;
	g->trees[0].n_nodes = 42;
	m = build(g, NULL, NULL);
	assert_true(error_share(g, &m, &rows) < 1e-6);
	assert_in_range(m.info.steps, 6, 8);
	assert_in_range(m.len, 1, 4000);
	lfs_free(&m);
	rows_free(&rows);
	graph_free(g);
}

/* Inputs without names, in any unit: from parts of a microsecond in seconds to terabytes. */
static void units_follow_the_rows(void **state)
{
	static const double units[] = { 1e-6, 1e-4, 1e-2, 1, 1e3, 1e6, 1e12 };
	static const u32 widths[] = { 4, 16, 2 };
	u32 k, i;
	(void)state;

	for (k = 0; k < ARRAY_SIZE(units); k++) {
		struct graph *g = test_net(21, widths, 2, GRAPH_ACT_TANH, GRAPH_ACT_NONE);
		struct rows calib = test_rows(22, 1500, 4, 0, units[k], false);
		struct lfs m;

		for (i = 0; i < 4 * 16; i++)
			g->layers[0].w[i] /= units[k];
		m = build(g, &calib, NULL);
		if (error_share(g, &m, &calib) > 1e-3)
			fail_msg("unit %g: %.4f %% of the output range", units[k],
				 100 * error_share(g, &m, &calib));
		lfs_free(&m);
		rows_free(&calib);
		graph_free(g);
	}
}

/* Thresholds in such units: every row takes the model's branches. */
static void thresholds_in_any_unit(void **state)
{
	static const double units[] = { 1e-8, 1e-6, 1e-3, 1, 1e3, 1e6 };
	u32 k, t, n;
	(void)state;

	for (k = 0; k < ARRAY_SIZE(units); k++) {
		struct graph *g = test_forest(31, 3, 2, 4, 4, false);
		struct rows rows = test_rows(32, 3000, 3, 0, 1000 * units[k], false);
		struct lfs m;

		for (t = 0; t < g->n_trees; t++)
			for (n = 0; n < g->trees[t].n_nodes; n++)
				g->trees[t].nodes[n].thr *= units[k];
		m = build(g, &rows, NULL);
		if (error_share(g, &m, &rows) > 1e-6)
			fail_msg("unit %g: a row goes astray", units[k]);
		lfs_free(&m);
		rows_free(&rows);
		graph_free(g);
	}
}

/*
 * Does the integer quantiser differ from TensorFlow Lite's own at a feature? Only by one step, and
 * only where ties were reported.
 */
static u32 int8_differs(const struct graph *g, const struct plan_input *in, s64 f)
{
	double own = roundf((float)(f / 65536.0) / g->in_scale) + g->in_zp;
	s64 q = (f * in->m + in->off + (1LL << (in->S - 1))) >> in->S;

	own = own < -128 ? -128 : own > 127 ? 127 : own;
	q = q < in->lo ? in->lo : q > in->hi ? in->hi : q;
	if (q == own)
		return 0;
	assert_true(in->ties > 0);
	assert_true(fabs(own - q) == 1);
	return 1;
}

/* TensorFlow Lite's quantiser at every feature near its steps. */
static void int8_inputs_are_exact(void **state)
{
	static const float scales[] = { 0.0216102768f, 1 / 128.0f, 1.0f,
					0.174581468f,  3.5f,	   1e-3f };
	static const s32 zps[] = { -128, 0, 7, 127 };
	struct graph_err err = { .msg = "" };
	u32 k, z, seen = 0;
	s64 f, step;
	(void)state;

	for (k = 0; k < ARRAY_SIZE(scales); k++)
		for (z = 0; z < ARRAY_SIZE(zps); z++) {
			struct graph *g = test_int8(1, 1, 2, scales[k], zps[z]);
			struct plan_input in = { .num = 1, .den = 65536 };
			struct plan plan = { .n_inputs = 1, .inputs = &in };

			if (quant_exact_inputs(g, &plan, &err))
				fail_msg("%s", err.msg);
			/*
			 * 1/128, 1 and 3.5 divide 2^-16: ties exist on both sides of zero, one step
			 * each may differ.
			 */
			for (step = -260; step <= 260; step++)
				for (f = -40; f <= 40; f++) {
					s64 tie = (step + 0.5) * scales[k] * 65536;

					seen += int8_differs(g, &in, tie + f);
				}
			graph_free(g);
		}
	print_message("int8 inputs: %u features at ties round the other way\n", seen);
}

static void int8_layers_are_exact(void **state)
{
	struct graph *g = test_int8(8, 12, 4, 0.05f, -5);
	struct rows rows = test_rows(1, 500, 12, -7, 14, false);
	struct lfs m = build(g, NULL, NULL);
	double real[LQ_MAX_OUTPUTS];
	s32 y[LQ_MAX_OUTPUTS];
	size_t r;
	u32 o;
	(void)state;

	for (r = 0; r < rows.n; r++) {
		graph_run(g, rows_at(&rows, r), real);
		trial_run(&m, rows_at(&rows, r), LQ_PATH_SWAR, y);
		for (o = 0; o < 4; o++) {
			struct plan_output out = lfs_output(&m, o);

			assert_true(plan_value(&out, y[o]) == real[o]);
		}
	}
	lfs_free(&m);
	rows_free(&rows);
	graph_free(g);
}

static void same_input_same_bytes(void **state)
{
	static const u32 widths[] = { 5, 9, 3 };
	struct rows calib = test_rows(2, 300, 5, 0, 1, false);
	struct graph *g = test_net(4, widths, 2, GRAPH_ACT_TANH, GRAPH_ACT_NONE);
	struct lfs a = build(g, &calib, NULL), b = build(g, &calib, NULL);
	(void)state;

	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.file, b.file, a.len);
	lfs_free(&a);
	lfs_free(&b);
	rows_free(&calib);
	graph_free(g);
}

/* A feature that did not move in calibration is not clipped where it begins to matter. */
static void quiet_features_have_room(void **state)
{
	static const u32 widths[] = { 2, 8, 1 };
	struct rows calib = test_rows(2, 300, 2, 0, 1, false),
		    probe = test_rows(3, 100, 2, 0, 0.1, false);
	struct graph *g = test_net(6, widths, 2, GRAPH_ACT_TANH, GRAPH_ACT_NONE);
	struct lfs m;
	size_t r;
	(void)state;

	for (r = 0; r < calib.n; r++)
		calib.v[2 * r + 1] = 0;
	m = build(g, &calib, NULL);
	assert_true(error_share(g, &m, &probe) < 0.01);
	lfs_free(&m);
	rows_free(&calib);
	rows_free(&probe);
	graph_free(g);
}

/* What cannot be done is refused with a sentence and leaves nothing behind. */
/*
 * A file that clamps its inputs (QDQ): the snapshot does so too, however far a feature is from
 * calibration.
 */
static void clamped_inputs_stay_clamped(void **state)
{
	const u32 widths[] = { 5, 8, 3 };
	struct graph *g = test_net(77, widths, 2, GRAPH_ACT_TANH, GRAPH_ACT_NONE);
	struct rows calib = test_rows(1, 1500, 5, -2, 4, false),
		    far = test_rows(2, 500, 5, -40, 80, false);
	struct lfs m;

	(void)state;
	g->in_range = true;
	g->in_range_lo = -2.5;
	g->in_range_hi = 1.5;
	m = build(g, &calib, NULL);
	assert_true(error_share(g, &m, &far) < 0.001);
	lfs_free(&m);
	rows_free(&calib);
	rows_free(&far);
	graph_free(g);
}

static void refused(const struct graph *g, const struct rows *rows, const struct plan_options *opt,
		    const char *says)
{
	struct graph_err err = { .msg = "" };
	struct plan plan;

	assert_int_equal(plan_make(g, rows, opt, &plan, &err), -1);
	assert_string_equal(err.msg, says);
	assert_null(plan.inputs);
}

static void refusals(void **state)
{
	static const u32 widths[] = { 2, 3, 2 }, wide[] = { 256, 1020, 2 };
	struct rows calib = test_rows(2, 30, 2, 0, 1, false),
		    narrow = test_rows(2, 30, 1, 0, 1, false);
	struct graph *g = test_net(1, widths, 2, GRAPH_ACT_TANH, GRAPH_ACT_NONE);
	struct graph *big = test_net(1, wide, 2, GRAPH_ACT_TANH, GRAPH_ACT_NONE);
	struct rows rows256 = test_rows(2, 3, 256, 0, 1, false);
	char *bad[] = { "flow.byte", "pkt.len", NULL }, *twice[] = { "pkt.len", "pkt.len", NULL };
	struct {
		const struct graph *g;
		const struct rows *rows;
		struct plan_options opt;
		const char *says;
	} cases[] = {
		{ g, NULL, { .margin = 1.25 }, "the model has real weights: give --calib" },
		{ g, &narrow, { .margin = 1.25 },
		  "the calibration rows have 1 columns, the model has 2 inputs" },
		{ g, &calib, { .margin = 1.25, .features = bad, .n_features = 2 },
		  "there is no feature \"flow.byte\"; did you mean \"flow.bytes\"?" },
		{ g, &calib, { .margin = 1.25, .features = bad, .n_features = 1 },
		  "1 features are given, the model has 2 inputs" },
		{ g, &calib, { .margin = 1.25, .features = twice, .n_features = 2 },
		  "feature \"pkt.len\" is given twice" },
		{ g, &calib, { .margin = 0.5 }, "margin 0.5 is not within 1 .. 100" },
		{ g, &calib, { .margin = 1.25, .name = "a b" },
		  "name \"a b\" is not 1 to 31 of A-Z a-z 0-9 . _ -" },
		{ g, &calib, { .margin = 1.25, .n_golden = 3 },
		  "3 golden vectors are not within 16 .. 256" },
		{ big, &rows256, { .margin = 1.25 },
		  "the model takes 263160 multiply-accumulates, at most 262144 are supported" },
	};
	size_t k;
	(void)state;

	for (k = 0; k < ARRAY_SIZE(cases); k++)
		refused(cases[k].g, cases[k].rows, &cases[k].opt, cases[k].says);
	rows_free(&calib);
	rows_free(&narrow);
	rows_free(&rows256);
	graph_free(g);
	graph_free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nets_are_accurate),
		cmocka_unit_test(forests_decide_alike),
		cmocka_unit_test(forest_values),
		cmocka_unit_test(thresholds_are_exact), cmocka_unit_test(sets_are_exact),
		cmocka_unit_test(chains_of_sets_stay_small),
		cmocka_unit_test(units_follow_the_rows),
		cmocka_unit_test(thresholds_in_any_unit),
		cmocka_unit_test(int8_inputs_are_exact),
		cmocka_unit_test(int8_layers_are_exact),
		cmocka_unit_test(same_input_same_bytes),
		cmocka_unit_test(quiet_features_have_room),
		cmocka_unit_test(clamped_inputs_stay_clamped),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
