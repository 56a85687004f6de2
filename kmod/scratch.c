// SPDX-License-Identifier: GPL-2.0
#include "scratch.h"

struct lf_scratch __percpu *lf_scratch;

int lf_scratch_init(void)
{
	lf_scratch = __alloc_percpu(sizeof(struct lf_scratch), 64);
	if (!lf_scratch)
		return -ENOMEM;
	lf_own_init(&lf_scratch->own);
	return 0;
}

void lf_scratch_uninit(void)
{
	free_percpu(lf_scratch);
}
