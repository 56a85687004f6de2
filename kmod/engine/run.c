// SPDX-License-Identifier: GPL-2.0
/* Entry points of a packed model: choose the path, run one vector or many. */
#include "model.h"

void lq_infer(const struct lq_model *model, enum lq_path path, const s32 *x, s32 *y,
	      struct lq_scratch *scratch)
{
	if (model->info.kind == LQ_KIND_FOREST) {
		if (path == LQ_PATH_PLAIN)
			lq_forest_run_plain(model, x, y);
		else
			lq_forest_run(model, x, y, scratch);
	} else if (path == LQ_PATH_AVX512) {
		lq_avx512_run(model, x, y, scratch);
	} else if (path == LQ_PATH_AVX2) {
		lq_avx2_run(model, x, y, scratch);
	} else {
		lq_net_run(model, path == LQ_PATH_SWAR, x, y, scratch);
	}
}

void lq_infer_batch(const struct lq_model *model, enum lq_path path, const s32 *x, s32 *y, u32 n,
		    struct lq_batch_scratch *scratch)
{
	u32 n_in = model->info.n_inputs, n_out = model->info.n_outputs;

	if (lq_path_vectors(model, path)) {
		for (; n >= LQ_BATCH; n -= LQ_BATCH, x += LQ_BATCH * n_in, y += LQ_BATCH * n_out) {
			if (path == LQ_PATH_AVX512)
				lq_avx512_run4(model, x, y, scratch);
			else
				lq_avx2_run4(model, x, y, scratch);
		}
	}
	for (; n; n--, x += n_in, y += n_out)
		lq_infer(model, path, x, y, &scratch->one);
}

bool lq_path_vectors(const struct lq_model *model, enum lq_path path)
{
	return path >= LQ_PATH_AVX2 && model->info.kind == LQ_KIND_NET;
}

enum lq_path lq_path_best(const struct lq_model *model, bool simd_allowed, u32 n)
{
	if (simd_allowed && model->vectors && (u64)model->info.macs * n >= LQ_VECTORS_MIN_MACS)
		return model->vectors;
	return LQ_HAVE_SWAR ? LQ_PATH_SWAR : LQ_PATH_PLAIN;
}

bool lq_path_usable(enum lq_path path)
{
	switch (path) {
	case LQ_PATH_PLAIN:
		return true;
	case LQ_PATH_SWAR:
		return LQ_HAVE_SWAR;
	case LQ_PATH_AVX2:
		return LQ_HAVE_VECTORS && lq_cpu_has_avx2();
	case LQ_PATH_AVX512:
		return LQ_HAVE_VECTORS && lq_cpu_has_avx512();
	default:
		return false;
	}
}

enum lq_path lq_path_vectors_best(void)
{
	if (lq_path_usable(LQ_PATH_AVX512) && lq_cpu_keeps_clock())
		return LQ_PATH_AVX512;
	return lq_path_usable(LQ_PATH_AVX2) ? LQ_PATH_AVX2 : LQ_PATH_PLAIN;
}

u32 lq_argmax(const s32 *y, u32 n, s32 *margin)
{
	return lq_argmax_of(y, n, margin);
}
