// SPDX-License-Identifier: GPL-2.0
/*
 * Every path, alone and in batches, gives the bits of the reference: random nets and forests at the
 * edges of the format, whose accumulators reach 2^31 - 1 exactly. LQ_SEED=n repeats a run,
 * LQ_MODELS=n makes it longer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lq_build.h"

#define ROWS	300	/* a model; batches of 299, which end in single vectors, and of 1 */
#define LARGE	20000	/* multiply-accumulates */

static const char *const path_names[LQ_PATHS] = { "plain", "SWAR", "AVX2", "AVX-512" };
static u64 n_rows, n_models, paths_run[LQ_PATHS];

struct bench {
	u8 *file;
	struct lq_info info;
	struct lq_model *model;
	struct lq_batch_scratch *scratch;
	s32 *x;
	s32 *want;
	s32 *got;
	u32 rows;		/* fewer of nets that take long */
};

static void *aligned(size_t n)
{
	void *p = aligned_alloc(64, (n + 63) & ~(size_t)63);

	assert_non_null(p);
	memset(p, 0xa5, n);
	return p;
}

static void set_up(struct bench *b, struct lq_rng *r)
{
	u32 i;

	b->rows = b->info.macs > LARGE ? ROWS / 6 : ROWS;
	b->model = lq_pack(b->file, &b->info, aligned(b->info.model_bytes));
	b->scratch = aligned(sizeof(*b->scratch));
	b->x = malloc(b->rows * b->info.n_inputs * sizeof(s32));
	b->want = malloc(b->rows * b->info.n_outputs * sizeof(s32));
	b->got = malloc(b->rows * b->info.n_outputs * sizeof(s32));
	for (i = 0; i < b->rows * b->info.n_inputs; i++)
		b->x[i] = rng_feature(r);
	for (i = 0; i < b->rows; i++)
		ref_infer(b->file, b->x + i * b->info.n_inputs, b->want + i * b->info.n_outputs);
	n_rows += b->rows;
	n_models++;
}

static void tear_down(struct bench *b)
{
	free(b->model);
	free(b->scratch);
	free(b->x);
	free(b->want);
	free(b->got);
	free(b->file);
}

static void same(const struct bench *b, u64 seed, enum lq_path path, const char *how)
{
	u32 k;

	for (k = 0; k < b->rows * b->info.n_outputs; k++)
		if (b->got[k] != b->want[k])
			fail_msg("seed %llu, %s %s: row %u, output %u is %d, reference says %d",
				 (unsigned long long)seed, path_names[path], how,
				 k / b->info.n_outputs, k % b->info.n_outputs, b->got[k],
				 b->want[k]);
}

static void one_path(struct bench *b, u64 seed, enum lq_path path)
{
	struct lq_err err;
	u32 i;

	if (!lq_path_usable(path))
		return;
	if (lq_selftest(b->model, b->file, path, b->scratch, &err))
		fail_msg("seed %llu: %s", (unsigned long long)seed, err.msg);
	for (i = 0; i < b->rows; i++)
		lq_infer(b->model, path, b->x + i * b->info.n_inputs,
			 b->got + i * b->info.n_outputs, &b->scratch->one);
	same(b, seed, path, "alone");
	memset(b->got, 0, b->rows * b->info.n_outputs * sizeof(s32));
	lq_infer_batch(b->model, path, b->x, b->got, b->rows - 1, b->scratch);
	lq_infer_batch(b->model, path, b->x + (b->rows - 1) * b->info.n_inputs,
		       b->got + (b->rows - 1) * b->info.n_outputs, 1, b->scratch);
	same(b, seed, path, "in a batch");
	paths_run[path]++;
}

static void one_model(u64 seed, u8 *(*make)(struct lq_rng *, bool, size_t *))
{
	struct lq_rng r = { seed };
	struct bench b = { 0 };
	struct lq_err err;
	enum lq_path p;
	size_t len;

	b.file = make(&r, seed % 2, &len);
	if (lq_validate(b.file, len, &b.info, &err))
		fail_msg("seed %llu refused: %s", (unsigned long long)seed, err.msg);
	set_up(&b, &r);
	for (p = 0; p < LQ_PATHS; p++)
		one_path(&b, seed, p);
	tear_down(&b);
}

static u64 number(const char *name, u64 otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

static void many(u8 *(*make)(struct lq_rng *, bool, size_t *))
{
	u64 seed = number("LQ_SEED", 1), n = number("LQ_MODELS", LQ_SHARE(250)), k;

	n_rows = n_models = 0;
	memset(paths_run, 0, sizeof(paths_run));
	for (k = 0; k < n; k++)
		one_model(seed + k, make);
	print_message("%llu models, %llu rows; plain %llu, SWAR %llu, AVX2 %llu, AVX-512 %llu\n",
		      (unsigned long long)n_models, (unsigned long long)n_rows,
		      (unsigned long long)paths_run[0], (unsigned long long)paths_run[1],
		      (unsigned long long)paths_run[2], (unsigned long long)paths_run[3]);
}

static void test_nets(void **state)
{
	(void)state;
	many(random_net);
}

static void test_graphs(void **state)
{
	(void)state;
	many(random_graph);
}

static void test_forests(void **state)
{
	(void)state;
	many(random_forest);
}

/* A path that computes something else is found out. */
static void test_selftest_refuses(void **state)
{
	struct bench b = { 0 };
	struct lq_err err;
	size_t len;
	s32 *y;

	(void)state;
	b.file = sample_net(&len);
	assert_int_equal(lq_validate(b.file, len, &b.info, &err), 0);
	b.model = lq_pack(b.file, &b.info, aligned(b.info.model_bytes));
	b.scratch = aligned(sizeof(*b.scratch));
	y = (void *)(b.file + lq_le32(&lq_file_header(b.file)->sect[LQ_SECT_GOLDEN].off) +
		     4 * (5 * 9 + 4));
	*y += 1;
	assert_int_equal(lq_selftest(b.model, b.file, LQ_PATH_PLAIN, b.scratch, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "golden vector 9, output 1: path 0 gives"));
	tear_down(&b);
}

static void test_best_path(void **state)
{
	struct bench b = { 0 };
	struct lq_err err;
	size_t len;

	(void)state;
	b.file = sample_net(&len);
	assert_int_equal(lq_validate(b.file, len, &b.info, &err), 0);
	assert_int_equal(b.info.macs, 20);
	b.model = lq_pack(b.file, &b.info, aligned(b.info.model_bytes));
	assert_int_equal(lq_path_best(b.model, true, 1),
			 sizeof(void *) == 8 ? LQ_PATH_SWAR : LQ_PATH_PLAIN);
	if (lq_path_usable(LQ_PATH_AVX2)) {
		assert_int_equal(lq_path_best(b.model, true, 50), lq_path_vectors_best());
		assert_true(lq_path_vectors_best() >= LQ_PATH_AVX2);
		assert_true(lq_path_best(b.model, false, 50) < LQ_PATH_AVX2);
	}
	tear_down(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nets),
		cmocka_unit_test(test_graphs),
		cmocka_unit_test(test_forests),
		cmocka_unit_test(test_selftest_refuses),
		cmocka_unit_test(test_best_path),
	};

	return cmocka_run_group_tests_name("lq_paths", tests, NULL, NULL);
}
