// SPDX-License-Identifier: GPL-2.0
#include <linux/init.h>
#include "model.h"

/* Set before anything can run a model, and never changed. */
DEFINE_STATIC_KEY_FALSE(lf_have_simd);

void __init lf_model_init(void)
{
	if (lq_path_vectors_best() != LQ_PATH_PLAIN)
		static_branch_enable(&lf_have_simd);
}
