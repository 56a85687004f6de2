// SPDX-License-Identifier: GPL-2.0
/*
 * Explanations (lfctl/cmd/why.h) of random models and vectors, against the engine: outputs,
 * classes, the intervals of a forest's comparisons, the changes, and what unknown inputs leave
 * open.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lfctl/lib/out.h"
#include "../../lfctl/cmd/why.h"
#include "../unit/lq_build.h"

#include <lq/features.h>

#define MODELS	300

LQ_FEATURE_TABLE;

int lfctl_fail(const char *fmt, ...)
{
	fail_msg("%s", fmt);
	return LFCTL_FAIL;
}

static struct json_object *parts(uint32_t n)
{
	struct json_object *array = json_object_new_array();

	while (n--)
		json_object_array_add(array, json_object_new_object());
	return array;
}

static struct json_object *explain(struct why_model *m, int verdict)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "inputs", parts(m->info.n_inputs));
	json_object_object_add(o, "outputs", parts(m->info.n_outputs));
	if (m->info.kind == LQ_KIND_FOREST)
		why_forest(m, o, verdict);
	else
		why_net(m, o);
	return o;
}

static uint32_t class_of(struct why_model *m, const s32 *x, s32 *y)
{
	s32 margin;

	why_model_run(m, x, y);
	return lq_argmax(y, m->info.n_outputs, &margin);
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-8 * fmax(fabs(a), fabs(b)) + 1e-30;
}

static bool not_above(double a, double b)
{
	return a <= b || near(a, b);
}

/* --- all inputs known --- */

static void check_intervals(struct why_model *m, struct json_object *o)
{
	struct json_object *in;
	uint32_t i;

	for (i = 0; i < m->info.n_inputs; i++) {
		in = out_at(o, "inputs", i);
		assert_false(out_has(in, "above") && !(m->x[i] > out_real(in, "above")));
		assert_false(out_has(in, "up_to") && !(m->x[i] <= out_real(in, "up_to")));
		assert_true(!!out_u64(in, "trees") ==
			    (out_has(in, "above") || out_has(in, "up_to")));
	}
}

/* At the value the class is another one, one step nearer it is not yet. */
static void check_change(struct why_model *m, struct json_object *change, uint32_t class)
{
	s32 x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS], value;
	uint32_t i = 0, other;

	while (strcmp(why_model_input(m, i), out_str(change, "input")))
		i++;
	memcpy(x, m->x, sizeof(x));
	value = out_s64(change, "value");
	x[i] = value;
	other = class_of(m, x, y);
	assert_int_not_equal(other, class);
	assert_string_equal(why_model_output(m, other), out_str(change, "class"));
	x[i] = value > m->x[i] ? value - 1 : value + 1;
	assert_int_equal(class_of(m, x, y), class);
}

static void check_changes(struct why_model *m, struct json_object *o, uint32_t class)
{
	size_t i;

	why_changes(m, o, class);
	for (i = 0; i < out_length(o, "changes"); i++)
		check_change(m, out_at(o, "changes", i), class);
}

static void check_known(struct why_model *m)
{
	s32 y[LQ_MAX_OUTPUTS];
	uint32_t class = class_of(m, m->x, y), i;
	struct json_object *o = explain(m, -1);

	for (i = 0; i < m->info.n_outputs; i++)
		assert_true(near(out_real(out_at(o, "outputs", i), "value"),
				 why_model_score(m, i, y[i])));
	if (m->info.kind == LQ_KIND_FOREST)
		check_intervals(m, o);
	if (m->info.meaning == LQ_MEANING_CLASS) {
		assert_string_equal(out_str(o, "now"), why_model_output(m, class));
		assert_string_equal(out_str(o, "explained"), out_str(o, "now"));
		assert_string_not_equal(out_str(o, "second"), out_str(o, "now"));
		check_changes(m, o, class);
	}
	json_object_put(o);
}

/* --- some not --- */

static void check_guess(struct why_model *m, struct json_object *o, const s32 *x)
{
	s32 y[LQ_MAX_OUTPUTS];
	uint32_t class = class_of(m, x, y), i;
	struct json_object *out;
	double v;

	for (i = 0; i < m->info.n_outputs; i++) {
		out = out_at(o, "outputs", i);
		v = why_model_score(m, i, y[i]);
		assert_true(not_above(out_real(out, out_has(out, "value") ? "value" : "least"), v));
		assert_true(not_above(v, out_real(out, out_has(out, "value") ? "value" : "most")));
	}
	if (m->info.meaning == LQ_MEANING_CLASS && out_has(o, "now"))
		assert_string_equal(out_str(o, "now"), why_model_output(m, class));
}

static void check_unknown(struct why_model *m, struct lq_rng *r)
{
	struct json_object *o;
	s32 x[LQ_MAX_INPUTS];
	uint32_t i, guess;

	for (i = 0; i < m->info.n_inputs; i++)
		m->known[i] = rng_below(r, 3);
	o = explain(m, m->info.meaning == LQ_MEANING_CLASS ? 0 : -1);
	for (guess = 0; guess < 20 && m->info.kind == LQ_KIND_FOREST; guess++) {
		for (i = 0; i < m->info.n_inputs; i++)
			x[i] = m->known[i] ? m->x[i] : rng_feature(r);
		check_guess(m, o, x);
	}
	json_object_put(o);
}

static void check_model(struct lq_rng *r, u8 *data, size_t len)
{
	struct file file = { .data = data, .len = len };
	struct why_model m;
	uint32_t i;

	assert_int_equal(why_model_open(&m, &file, "random"), 0);
	for (i = 0; i < m.info.n_inputs; i++) {
		m.x[i] = rng_feature(r);
		m.known[i] = true;
	}
	check_known(&m);
	check_unknown(&m, r);
	why_model_close(&m);
}

static void forests(void **state)
{
	struct lq_rng r = { 22 };
	size_t len;
	int i;

	(void)state;
	for (i = 0; i < MODELS; i++) {
		u8 *file = random_forest(&r, rng_below(&r, 2), &len);

		check_model(&r, file, len);
	}
}

static void nets(void **state)
{
	struct lq_rng r = { 23 };
	size_t len;
	int i;

	(void)state;
	for (i = 0; i < MODELS / 10; i++) {
		u8 *file = rng_below(&r, 2) ? random_net(&r, false, &len) :
					      random_graph(&r, false, &len);

		check_model(&r, file, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forests),
		cmocka_unit_test(nets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
