// SPDX-License-Identifier: GPL-2.0
/*
 * Damaged files: bytes changed, cut, inserted and copied about, 2,000 of each sample. The importers
 * must refuse with a sentence or give a graph that runs; sanitizers watch.
 */
#include "make_onnx.h"
#include "make_tflite.h"
#include "try.h"

#define MUTANTS 2000

static uint8_t mutant[1 << 16];

static uint8_t odd_byte(uint64_t *s)
{
	static const uint8_t odd[] = { 0, 1, 2, 4, 8, 0x7f, 0x80, 0xff, 0xfe, 0x40 };

	return try_random(s) & 1 ? odd[try_random(s) % ARRAY_SIZE(odd)] : try_random(s);
}

static size_t mutate(uint64_t *s, const uint8_t *p, size_t len)
{
	size_t n = 1 + try_random(s) % 6, at, span;

	memcpy(mutant, p, len);
	while (n--) {
		at = try_random(s) % len;
		switch (try_random(s) % 8) {
		case 0:
			span = 1 + try_random(s) % 16;
			span = span < len - at ? span : len - at;
			memmove(mutant + at, mutant + at + span, len - at - span);
			len = len - span ? len - span : len;
			break;
		case 1:
			span = 1 + try_random(s) % 16;
			span = span < len - at ? span : len - at;
			memmove(mutant + try_random(s) % (len - span + 1), mutant + at, span);
			break;
		case 2:
			mutant[at] ^= 1 << (try_random(s) & 7);
			break;
		default:
			mutant[at] = odd_byte(s);
		}
	}
	return try_random(s) % 16 ? len : try_random(s) % len;
}

struct tally {
	int refused, accepted;
};

static void one(struct tally *t, struct graph *g, const struct graph_err *err)
{
	double x[256] = { 1, -2, 3 }, y[256];

	if (!g) {
		assert_true(err->msg[0]);
		t->refused++;
		return;
	}
	assert_true(g->n_inputs <= 256 && g->n_outputs <= 1024 && g->n_outputs > 0);
	graph_run(g, x, y);
	graph_free(g);
	t->accepted++;
}

static void test_onnx(void **state)
{
	struct graph_err err;
	struct tally t = { 0 };
	uint64_t seed = 6;
	struct mo *m;
	uint8_t *p;
	size_t len, n;
	int i, k;

	(void)state;
	for (k = 0; (m = mo_sample(k)); k++) {
		p = mo_pack(m, &len);
		mo_free(m);
		assert_true(len < sizeof(mutant));
		for (i = 0; i < MUTANTS; i++) {
			n = mutate(&seed, p, len);
			one(&t, onnx_import(mutant, n, "mutant.onnx", NULL, &err), &err);
		}
		free(p);
	}
	print_message("ONNX: %d mutants of %d models: %d refused, %d accepted\n", k * MUTANTS, k,
		      t.refused, t.accepted);
	assert_true(t.refused > MUTANTS);
}

static void test_tflite(void **state)
{
	struct graph_err err;
	struct tally t = { 0 };
	uint64_t seed = 7;
	struct mt_model m;
	uint8_t *p;
	size_t len, n;
	int i, k;

	(void)state;
	for (k = 0; mt_sample(k, &m); k++) {
		p = mt_pack(&m, &len);
		assert_true(len < sizeof(mutant));
		for (i = 0; i < MUTANTS; i++) {
			n = mutate(&seed, p, len);
			one(&t, tflite_import(mutant, n, "mutant.tflite", NULL, &err), &err);
		}
		free(p);
	}
	print_message("TFLite: %d mutants of %d models: %d refused, %d accepted\n", k * MUTANTS, k,
		      t.refused, t.accepted);
	assert_true(t.refused > MUTANTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_onnx),
					    cmocka_unit_test(test_tflite) };

	return cmocka_run_group_tests_name("import: mutants", tests, NULL, NULL);
}
