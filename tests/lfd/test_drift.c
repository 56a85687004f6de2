// SPDX-License-Identifier: GPL-2.0
/*
 * Drift, in traffic that is made from seeds: six kinds of flow in bursts, as pages and backups
 * come, at 20 flows a second. 24 virtual hours without a shift give one alarm at most; each of the
 * shifts is found within 1,000 flows.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "lfd/drift.h"

#define INPUTS		8
#define CLASSES		6
#define HOURS		24
#define FLOWS_A_SECOND	20

static uint64_t state;

static double draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) / (double)(1ull << 53);
}

/* Near enough to normal: the sum of twelve. */
static double normal(void)
{
	double sum = -6;
	int i;

	for (i = 0; i < 12; i++)
		sum += draw();
	return sum;
}

struct traffic {
	double share[CLASSES];	/* of bursts */
	double shift[INPUTS];	/* of all inputs, in deviations */
	double wrong;		/* share of verdicts that are the last class's */
	int kind, left;		/* of this burst */
};

static const struct traffic usual = { .share = { .15, .35, .1, .1, .2, .1 } };

static int pick(const double *share)
{
	double v = draw();
	int k;

	for (k = 0; k < CLASSES - 1 && v > share[k]; k++)
		v -= share[k];
	return k;
}

/* One of two hundred bursts is of forty flows, the others of four on average. */
static void flow(struct traffic *t, int32_t *x, int32_t *out)
{
	int i;

	if (t->left <= 0) {
		t->kind = pick(t->share);
		t->left = draw() < 0.005 ? 40 : 1 + (int)(-log(1 - draw()) * 3);
	}
	t->left--;
	for (i = 0; i < INPUTS; i++)
		x[i] = 1000 + 300 * ((t->kind * (i + 3)) % CLASSES) +
		       100 * (normal() + t->shift[i]);
	x[INPUTS - 1] = t->kind % 2;
	*out = draw() < t->wrong ? CLASSES - 1 : t->kind;
}

static struct drift d;

static int run(struct traffic *t, int flows)
{
	int32_t x[INPUTS], out;
	int i;

	for (i = 1; i <= flows; i++) {
		flow(t, x, &out);
		if (drift_add(&d, x, out))
			return i;
	}
	return 0;
}

static void ready(struct traffic *t, uint64_t seed, const double *weight)
{
	state = seed * 0x9e3779b97f4a7c15ull + 1;
	*t = usual;
	assert_true(drift_begin(&d, INPUTS, CLASSES, 256, weight));
	assert_int_equal(run(t, 10000), 0);
	assert_true(drift_ready(&d));
}

static void day_without_a_shift(void **none)
{
	struct traffic t;
	int left = HOURS * 3600 * FLOWS_A_SECOND, alarms = 0, at;

	(void)none;
	ready(&t, 1, NULL);
	while (left > 0 && (at = run(&t, left))) {
		alarms++;
		left -= at;
	}
	print_message("%d false alarms in %d virtual hours, %llu looks\n", alarms, HOURS,
		      (unsigned long long)d.looks);
	assert_in_range(alarms, 0, 1);
	drift_end(&d);
}

static int found(void (*change)(struct traffic *t), uint64_t seed)
{
	struct traffic t;
	int at;

	ready(&t, seed, NULL);
	change(&t);
	at = run(&t, 3000);
	drift_end(&d);
	return at ? at : 3001;
}

static void inputs_move(struct traffic *t)
{
	int i;

	for (i = 0; i < 4; i++)
		t->shift[i] = 1.5;
}

static void new_program(struct traffic *t)
{
	t->share[0] = 0.05;
	t->share[1] = 0.05;
	t->share[3] = 0.5;
}

static void verdicts_go_wrong(struct traffic *t)
{
	t->wrong = 0.4;
}

static void shifts_are_found(void **none)
{
	static void (*const changes[])(struct traffic *) = { inputs_move, new_program,
							     verdicts_go_wrong };
	int k, seed, at, worst;

	(void)none;
	for (k = 0; k < 3; k++) {
		for (worst = 0, seed = 1; seed <= 10; seed++) {
			at = found(changes[k], seed);
			worst = at > worst ? at : worst;
		}
		print_message("shift %d: found after %d flows at most\n", k, worst);
		assert_in_range(worst, 1, 1000);
	}
}

/* An input that the model does not read may do what it likes. */
static void unimportant_inputs_do_not_count(void **none)
{
	double weight[INPUTS] = { 0, 1, 1, 1, 1, 1, 1, 1 };
	struct traffic t;

	(void)none;
	ready(&t, 3, weight);
	t.shift[0] = 5;
	assert_int_equal(run(&t, 20000), 0);
	t.shift[1] = 5;
	assert_in_range(run(&t, 1000), 1, 1000);
	assert_int_equal(drift_culprit(&d), 1);
	drift_end(&d);
}

/* After an alarm what is there now is usual. */
static void begins_again(void **none)
{
	struct traffic t;

	(void)none;
	ready(&t, 4, NULL);
	inputs_move(&t);
	assert_in_range(run(&t, 1000), 1, 1000);
	assert_false(drift_ready(&d));
	assert_int_equal(run(&t, 30000), 0);
	drift_end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(day_without_a_shift), cmocka_unit_test(shifts_are_found),
		cmocka_unit_test(unimportant_inputs_do_not_count), cmocka_unit_test(begins_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
