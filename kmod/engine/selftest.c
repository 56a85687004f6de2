// SPDX-License-Identifier: GPL-2.0
/*
 * Proof of one path on this CPU: the golden vectors of the file, then the extreme inputs. Vectors
 * run both four at a time and one by one, since these are different code in AVX2 and AVX-512.
 */
#include "file.h"
#include "model.h"

/* Values of all inputs in the extreme rows. */
static const s32 extremes[] = { -0x7fffffff - 1, 0x7fffffff, 0 };

struct trial {
	const struct lq_model *model;
	struct lq_batch_scratch *scratch;
	struct lq_err *err;
	enum lq_path path;
	const char *what;	/* "golden vector" or "extreme vector" */
};

static int differ(const struct trial *t, u32 row, u32 o, s32 got, s32 want)
{
	snprintf(t->err->msg, sizeof(t->err->msg),
		 "%s %u, output %u: path %d gives %d, expected %d", t->what, row, o, t->path, got,
		 want);
	return -EBADMSG;
}

/* Do the outputs of rows first .. first + n - 1 match y[1]? */
static int selftest_compare(const struct trial *t, u32 first, u32 n, const s32 *got)
{
	const s32 *want = t->scratch->y[1];
	u32 n_out = t->model->info.n_outputs, k;

	for (k = 0; k < n * n_out; k++)
		if (got[k] != want[k])
			return differ(t, first + k / n_out, k % n_out, got[k], want[k]);
	return 0;
}

/* At most one batch per section of vector registers. */
static void selftest_infer(const struct trial *t, const s32 *x, s32 *y, u32 n)
{
	bool vectors = lq_path_vectors(t->model, t->path);

	if (vectors)
		lq_vectors_begin();
	lq_infer_batch(t->model, t->path, x, y, n, t->scratch);
	if (vectors)
		lq_vectors_end();
	lq_pause();
}

/* n vectors are in x, their expected outputs in y[1]. */
static int run_rows(const struct trial *t, u32 first, u32 n)
{
	const struct lq_info *info = &t->model->info;
	struct lq_batch_scratch *s = t->scratch;
	s32 *x = s->x, *y = s->y[0];
	u32 k;
	int ret;

	selftest_infer(t, x, y, n);
	ret = selftest_compare(t, first, n, y);
	if (ret)
		return ret;
	for (k = 0; k < n; k++)
		selftest_infer(t, x + k * info->n_inputs, y + k * info->n_outputs, 1);
	return selftest_compare(t, first, n, y);
}

static const u8 *load_words(const u8 *p, s32 *to, u32 n)
{
	for (; n; n--, p += 4)
		*to++ = (s32)lq_le32(p);
	return p;
}

static int run_golden(struct trial *t, const void *file)
{
	const struct lq_info *info = &t->model->info;
	const u8 *p = lq_sect_at(file, LQ_SECT_GOLDEN);
	u32 at, k, n;
	int ret = 0;

	t->what = "golden vector";
	for (at = 0; !ret && at < info->n_golden; at += n) {
		n = info->n_golden - at < LQ_BATCH ? info->n_golden - at : LQ_BATCH;
		for (k = 0; k < n; k++) {
			p = load_words(p, t->scratch->x + k * info->n_inputs, info->n_inputs);
			p = load_words(p, t->scratch->y[1] + k * info->n_outputs, info->n_outputs);
		}
		ret = run_rows(t, at, n);
	}
	return ret;
}

static int run_extremes(struct trial *t)
{
	u32 n_in = t->model->info.n_inputs, n_out = t->model->info.n_outputs, k, i;
	struct lq_batch_scratch *s = t->scratch;

	t->what = "extreme vector";
	for (k = 0; k < LQ_BATCH; k++) {
		for (i = 0; i < n_in; i++)
			s->x[k * n_in + i] = k < ARRAY_SIZE(extremes) ? extremes[k] :
									extremes[i % 2];
		lq_infer(t->model, LQ_PATH_PLAIN, s->x + k * n_in, s->y[1] + k * n_out,
			 &s->one);
	}
	return run_rows(t, 0, LQ_BATCH);
}

int lq_selftest(const struct lq_model *model, const void *file, enum lq_path path,
		struct lq_batch_scratch *scratch, struct lq_err *err)
{
	struct trial t = { .model = model, .scratch = scratch, .err = err, .path = path };
	int ret;

	err->msg[0] = '\0';
	ret = run_golden(&t, file);
	if (!ret)
		ret = run_extremes(&t);
	return ret;
}
