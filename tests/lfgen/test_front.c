// SPDX-License-Identifier: GPL-2.0
/*
 * What stands in front of a model: scalers folded into it, columns by name, recordings, rows that
 * no feature can have.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "front.h"
#include "lfs.h"
#include "net.h"
#include "quant.h"

/* --- scalers --- */

/* Scales and offsets, each other scale negative if they may be. */
static void scaler(u64 seed, u32 n, bool negative, double *s, double *t)
{
	u32 i;

	for (i = 0; i < n; i++) {
		s[i] = (1.5 + test_unit(&seed)) / 300 * (negative && i % 2 ? -1 : 1);
		t[i] = 2 * test_unit(&seed);
	}
}

/* The scaled model at x and the plain one at s x + t: greatest difference over rows. */
static double differs(struct graph *plain, struct graph *scaled, const struct rows *rows,
		      bool negative)
{
	double s[LQ_MAX_INPUTS], t[LQ_MAX_INPUTS], x[LQ_MAX_INPUTS], a[LQ_MAX_OUTPUTS],
		b[LQ_MAX_OUTPUTS], most = 0;
	struct graph_err err = { .msg = "" };
	size_t r;
	u32 i;

	scaler(99, rows->cols, negative, s, t);
	if (graph_scale(scaled, s, t, &err))
		fail_msg("%s", err.msg);
	for (r = 0; r < rows->n; r++) {
		for (i = 0; i < rows->cols; i++)
			x[i] = s[i] * rows_at(rows, r)[i] + t[i];
		graph_run(plain, x, a);
		graph_run(scaled, rows_at(rows, r), b);
		for (i = 0; i < plain->n_outputs; i++)
			most = fmax(most, fabs(a[i] - b[i]));
	}
	return most;
}

static void scaled_nets(void **state)
{
	static const u32 widths[] = { 5, 8, 3 };
	struct rows rows = test_rows(3, 500, 5, 0, 1000, true);
	int clamp;
	(void)state;

	for (clamp = 0; clamp < 2; clamp++) {
		struct graph *a = test_net(1, widths, 2, GRAPH_ACT_TANH, GRAPH_ACT_NONE);
		struct graph *b = test_net(1, widths, 2, GRAPH_ACT_TANH, GRAPH_ACT_NONE);

		a->in_range = b->in_range = clamp;
		a->in_range_lo = b->in_range_lo = -2;
		a->in_range_hi = b->in_range_hi = 1.5;
		assert_true(differs(a, b, &rows, true) < 1e-12);
		assert_int_equal(b->n_layers, clamp ? 3 : 2);
		graph_free(a);
		graph_free(b);
	}
	rows_free(&rows);
}

static void scaled_forests(void **state)
{
	struct rows rows = test_rows(3, 5000, 6, 0, 1000, true);
	struct graph *a = test_forest(7, 6, 3, 20, 6, false),
		     *b = test_forest(7, 6, 3, 20, 6, false);
	u32 t, i;
	(void)state;

	/* Thresholds among what the scaler makes of the rows, many at a row's very value. */
	for (t = 0; t < a->n_trees; t++)
		for (i = 0; i < a->trees[t].n_nodes; i++) {
			double s[6], off[6], *thr = &a->trees[t].nodes[i].thr;
			u32 in = a->trees[t].nodes[i].input;

			if (a->trees[t].nodes[i].leaf)
				continue;
			scaler(99, 6, true, s, off);
			*thr = s[in] * floor(*thr) + off[in];
			b->trees[t].nodes[i].thr = *thr;
		}
	assert_true(differs(a, b, &rows, true) == 0);
	rows_free(&rows);
	graph_free(a);
	graph_free(b);
}

/* The file's own quantiser behind a scaler, in the model and in the snapshot. */
static void scaled_int8(void **state)
{
	struct rows rows = test_rows(3, 2000, 6, 0, 1000, true);
	struct graph *a = test_int8(7, 6, 3, 0.05f, -5), *b = test_int8(7, 6, 3, 0.05f, -5);
	struct plan_options opt = { 0 };
	struct graph_err err = { .msg = "" };
	struct plan plan;
	size_t r;
	u32 i;
	(void)state;

	assert_true(differs(a, b, &rows, false) == 0);
	assert_int_equal(plan_make(b, &rows, &opt, &plan, &err), 0);
	for (r = 0; r < rows.n; r++) {
		s32 x[6], y[3];
		double real[3];

		for (i = 0; i < 6; i++)
			x[i] = plan_feature(plan.inputs[i].num, plan.inputs[i].den,
					    rows_at(&rows, r)[i]);
		plan_run(&plan, x, y, NULL);
		graph_run(b, rows_at(&rows, r), real);
		for (i = 0; i < 3; i++)
			assert_true(plan_value(&plan.outputs[i], y[i]) == real[i]);
	}
	plan_free(&plan);
	rows_free(&rows);
	graph_free(a);
	graph_free(b);
}

/* --- rows --- */

struct rows_case {
	const char *features, *csv;
	bool raw, round;
	double value[2];	/* of the first row */
	const char *says;	/* or the refusal */
};

#define META	",class,generation,attach,reason,packets,flow,time_ns\n"

static const struct rows_case cases[] = {
	/* by name, in any order, beside words */
	/*  0 */ { "pkt.len,flow.len_mean",
		   "name,flow.len_mean,x,pkt.len\nweb,70.5,9,60\nweb,71,9,60\n",
		   .value = { 60, 70.5 } },
	/*  1 */ { "pkt.len,flow.len_mean", "60,70.5\n61,71\n", .value = { 60, 70.5 } },
	/*  2 */ { "pkt.len,flow.len_mean", "a,b\n60,70.5\n", .value = { 60, 70.5 } },
	/*  3 */
	{ "pkt.len,flow.len_mean", "pkt.len,pkt.ttl\n60,70\n",
	  .says = "t.csv has no column \"flow.len_mean\", which is input 1 of the model" },
	/*  4 */
	{ "pkt.len,flow.len_mean", "a,b\n60,web\n",
	  .says = "t.csv: column 2 (b) holds words, not numbers" },
	/*  5 */
	{ "pkt.len,flow.len_mean", "a,b\n60,7\n60,x\n",
	  .says = "t.csv:3: field 2 \"x\" is not a number" },
	/*  6 */
	{ "pkt.len,flow.len_mean", "1,2,3\n",
	  .says = "the calibration rows have 3 columns, the model has 2 inputs" },
	/* recordings are raw: 1128 / 16 */
	/*  7 */
	{ "pkt.len,flow.len_mean",
	  "flow.len_mean,pkt.len,y.a,y.b" META "1128,60,1,2,0,1,1,0,7,8,9\n",
	  .value = { 60, 70.5 } },
	/*  8 */
	{ NULL, "pkt.len,flow.len_mean,y.a,y.b" META "60,1128,1,2,0,1,1,0,7,8,9\n",
	  .value = { 60, 70.5 } },
	/*  9 */
	{ "pkt.len,pkt.ttl", "pkt.len,flow.len_mean,y.a,y.b" META "60,1128,1,2,0,1,1,0,7,8,9\n",
	  .says = "t.csv, a recording, has no column \"pkt.ttl\", which is input 1 of the model" },
	/* 10 */ { "pkt.len,flow.len_mean", "60,1128\n", .raw = true, .value = { 60, 70.5 } },
	/* 11 */
	{ "pkt.len,flow.len_mean", "60,70.5\n", .raw = true,
	  .says = "t.csv: row 1, column 2: 70.5 is not a raw feature, which is an integer" },
	/* 12 */
	{ NULL, "60,1128\n", .raw = true,
	  .says = "t.csv has raw features: give --features, so that their units are known" },
	/* what no feature can be */
	/* 13 */
	{ "pkt.len,flow.len_mean", "60,70\n-1,70\n",
	  .says = "t.csv: row 2, column 1: pkt.len cannot be -1, it is never negative: rows must "
		  "be in the features' units" },
	/* 14 */
	{ "pkt.len,flow.len_mean", "60.5,70\n",
	  .says = "t.csv: row 1, column 1: pkt.len cannot be 60.5, it is a whole number: rows must "
		  "be in the features' units" },
	/* 15 */
	{ "pkt.len,flow.len_mean", "60,70.03\n",
	  .says = "t.csv: row 1, column 2: flow.len_mean cannot be 70.03, it has steps of 1/16 "
		  "(--round takes the nearest): rows must be in the features' units" },
	/* 16 */ { "pkt.len,flow.len_mean", "60,70.03\n", .round = true, .value = { 60, 70.03 } },
	/* 17 */
	{ "pkt.ttl,pkt.dport", "64,70000\n",
	  .says = "t.csv: row 1, column 2: pkt.dport cannot be 70000, it is 0 to 65535: rows must "
		  "be in the features' units" },
	/* 18 */
	{ "pkt.ttl,flow.bytes", "64,3e9\n",
	  .says = "t.csv: row 1, column 2: flow.bytes cannot be 3e+09, it is 0 to 2.14748e+09: "
		  "rows must be in the features' units" },
	/* 19 */
	{ "flow.original,cc.latency_inflation.0", "-1,-0.123456\n", .value = { -1, -0.123456 } },
	/* scalers: rows before it, and behind it */
	/* 20 */ { "pkt.len*0.01-5,flow.len_mean/16", "600,160\n", .value = { 600, 160 } },
	/* 21 */
	{ "pkt.len*0.01-5,flow.len_mean/16", "-3.5,10\n0.25,10.00390625\n", .value = { 150, 160 } },
	/* 22 */
	{ "pkt.len*0.01-5,flow.len_mean/16", "-7,10\n",
	  .says = "t.csv: row 1, column 1: pkt.len cannot be -7, it is never negative: rows must "
		  "be in the features' units" },
	/* how features are said */
	/* 23 */
	{ "pkt.len*x,pkt.ttl", "1,2\n", .says = "feature \"pkt.len\": \"x\" is not a scale" },
	/* 24 */
	{ "pkt.len*0,pkt.ttl", "1,2\n", .says = "feature \"pkt.len\": \"0\" is not a scale" },
	/* 25 */
	{ "pkt.len*2*3,pkt.ttl", "1,2\n",
	  .says = "feature \"pkt.len\": \"*3\" is neither +OFFSET nor its end" },
	/* 26 */
	{ "pkt.len*2+,pkt.ttl", "1,2\n", .says = "feature \"pkt.len\": \"\" is not an offset" },
	/* 27 */
	{ "pkt.len*2+1x,pkt.ttl", "1,2\n", .says = "feature \"pkt.len\": \"1x\" is not an offset" },
	/* 28 */ { "pkt.len", "1,2\n", .says = "1 features are given, the model has 2 inputs" },
	/* 29 */ { "pkt.len*2e-1+-1.5,pkt.ttl", "10,2\n", .value = { 10, 2 } },
};

/* -1 with the sentence in err. */
static int read_case(const struct rows_case *c, const struct graph *g, struct rows *rows,
		     struct graph_err *err)
{
	struct rows_want want = { .what = "t.csv",
				  .n = 2,
				  .n_outputs = 2,
				  .of = "model",
				  .calib = true };
	struct front f = { .raw = c->raw, .round = c->round };
	int ret = front_make(&f, g, c->features, NULL, err);

	want.names = f.names;
	if (!ret)
		ret = rows_parse(c->csv, strlen(c->csv), "t.csv", rows, err) ||
				      front_names_of(&f, rows, err) ||
				      front_rows(&f, rows, &want, err) ?
			      -1 :
			      0;
	front_free(&f);
	return ret;
}

static void rows_become_values(void **state)
{
	static const u32 widths[] = { 2, 2 };
	struct graph *g = test_net(1, widths, 1, GRAPH_ACT_NONE, GRAPH_ACT_NONE);
	size_t k;
	(void)state;

	for (k = 0; k < ARRAY_SIZE(cases); k++) {
		struct graph_err err = { .msg = "" };
		struct rows rows = { 0 };
		int ret = read_case(&cases[k], g, &rows, &err);

		if (cases[k].says && strcmp(err.msg, cases[k].says))
			fail_msg("case %zu: \"%s\"", k, err.msg);
		assert_int_equal(ret, cases[k].says ? -1 : 0);
		if (!ret && (fabs(rows.v[0] - cases[k].value[0]) > 1e-9 ||
			     fabs(rows.v[1] - cases[k].value[1]) > 1e-9))
			fail_msg("case %zu: %g and %g", k, rows.v[0], rows.v[1]);
		rows_free(&rows);
	}
	graph_free(g);
}

/* What record writes without names: as wide as a recording of this model, and int32. */
static void wide_npy(void **state)
{
	char file[128 + 4 * 13], names[2][LQ_NAME_LEN] = { "pkt.len", "flow.len_mean" };
	struct rows_want want = { .what = "t.npy",
				  .names = names,
				  .n = 2,
				  .n_outputs = 2,
				  .of = "model" };
	struct graph_err err = { .msg = "" };
	struct rows rows;
	u32 i;
	(void)state;

	memset(file, ' ', 128);
	memcpy(file,
	       "\x93NUMPY\x01\x00\x76\x00{'descr': '<i4', 'fortran_order': False, 'shape': (1, "
	       "13), }",
	       70);
	file[127] = '\n';
	for (i = 0; i < 13; i++)
		memcpy(file + 128 + 4 * i, (char[]){ 60 + i, 0, 0, 0 }, 4);
	assert_int_equal(rows_parse(file, sizeof(file), "t.npy", &rows, &err), 0);
	assert_int_equal(rows_pick(&rows, &want, &err), 0);
	assert_true(rows.raw);
	assert_int_equal(rows.cols, 2);
	assert_true(rows.v[0] == 60 && rows.v[1] == 61);
	rows_free(&rows);
	/* As wide as the inputs alone they may be anything, but these features have finer steps. */
	assert_int_equal(front_refuse_whole(&(struct rows){ .n = 1, .cols = 2, .whole = true },
					    "t.npy", names, &err),
			 -1);
	assert_string_equal(err.msg, "t.npy holds integers, and flow.len_mean has steps of 1/16: "
			    "say --raw-features if they are raw, else save them as floats");
	want.n_outputs = 3;
	assert_int_equal(rows_parse(file, sizeof(file), "t.npy", &rows, &err), 0);
	assert_int_equal(rows_pick(&rows, &want, &err), -1);
	assert_string_equal(err.msg, "t.npy has 13 columns, the model has 2 inputs");
	rows_free(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scaled_nets),
		cmocka_unit_test(scaled_forests),
		cmocka_unit_test(scaled_int8),
		cmocka_unit_test(rows_become_values),
		cmocka_unit_test(wide_npy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
