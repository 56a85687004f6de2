/* SPDX-License-Identifier: GPL-2.0 */
/* Any bytes through the whole engine: for the mutation test and the fuzzer. */
#ifndef LQ_TRY_H
#define LQ_TRY_H

#include <stdlib.h>

#include "lq_build.h"

/*
 * Aborts with a message where two paths, or a path and the reference, differ. Returns
 * lq_validate()'s answer.
 */
static inline int lq_try(const u8 *bytes, size_t len, u64 seed)
{
	static struct lq_batch_scratch scratch;
	static s32 x[5 * LQ_MAX_INPUTS], want[5 * LQ_MAX_OUTPUTS], got[5 * LQ_MAX_OUTPUTS];
	struct lq_rng r = { seed };
	struct lq_model *model;
	struct lq_info info;
	struct lq_err err;
	enum lq_path path;
	u8 *file, *mem;
	u32 k, n;
	int ret;

	file = malloc(len ? len : 1);
	memcpy(file, bytes, len);
	ret = lq_validate(file, len, &info, &err);
	if (ret) {
		if (!err.msg[0])
			abort();
		free(file);
		return ret;
	}
	mem = aligned_alloc(64, info.model_bytes);
	model = lq_pack(file, &info, mem);
	for (k = 0; k < 5u * info.n_inputs; k++)
		x[k] = rng_feature(&r);
	n = 5u * info.n_outputs;
	for (k = 0; k < 5; k++)
		ref_infer(file, x + k * info.n_inputs, want + k * info.n_outputs);
	for (path = 0; path < LQ_PATHS; path++) {
		if (!lq_path_usable(path))
			continue;
		lq_infer_batch(model, path, x, got, 5, &scratch);
		if (memcmp(got, want, n * sizeof(s32))) {
			fprintf(stderr, "seed %llu: path %d differs\n", (unsigned long long)seed,
				path);
			abort();
		}
		ret = lq_selftest(model, file, path, &scratch, &err);
		if (ret && ret != -EBADMSG)
			abort();
	}
	free(mem);
	free(file);
	return 0;
}

/* Makes length, hash and checksum right, so that a mutation is judged by its content. */
static inline void lq_try_seal(u8 *file, size_t len)
{
	struct lq_header *h = (void *)file;

	if (len < LQ_HEADER_LEN)
		return;
	memcpy(h->magic, LQ_MAGIC, 8);
	h->major = LQ_MAJOR;
	h->minor = h->minor % (LQ_MINOR + 1);	/* layers and steps are of different length */
	h->length = (u32)len;
	reseal(file, len);
}

#endif /* LQ_TRY_H */
