/* SPDX-License-Identifier: GPL-2.0 */
/* Runs a snapshot's model, as for a packet. */
#ifndef LF_MODEL_H
#define LF_MODEL_H

#include <linux/jump_label.h>
#include "compat/simd.h"
#include "snapshot.h"

/* Does the processor have AVX2 or AVX-512? */
DECLARE_STATIC_KEY_FALSE(lf_have_simd);

void lf_model_init(void);

static inline void lf_model_run(const struct lf_snapshot *snap, const s32 *x, s32 *y,
				struct lq_scratch *scratch)
{
	bool simd = static_branch_likely(&lf_have_simd) && lf_simd_usable();
	enum lq_path path;

	if (snap->run) {
		snap->run(x, y, scratch);
		return;
	}
	path = lq_path_best(snap->model, simd, 1);
	if (path >= LQ_PATH_AVX2)
		lf_simd_begin();
	lq_infer(snap->model, path, x, y, scratch);
	if (path >= LQ_PATH_AVX2)
		lf_simd_end();
}

#endif /* LF_MODEL_H */
