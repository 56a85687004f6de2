/* SPDX-License-Identifier: GPL-2.0 */
/* Working memory of one inference, one for each CPU. */
#ifndef LF_SCRATCH_H
#define LF_SCRATCH_H

#include <linux/percpu.h>
#include <lq/lq.h>
#include "own.h"

struct lf_shadow;

struct lf_scratch {
	struct lq_scratch lq;
	s32 x[LQ_MAX_INPUTS];
	s32 y[LQ_MAX_OUTPUTS];
	struct lf_shadow *shadow;	/* runs beside this inference; may be NULL */
	s32 shadow_x[LQ_MAX_INPUTS];
	s32 shadow_y[LQ_MAX_OUTPUTS];
	struct lf_own own;
};

extern struct lf_scratch __percpu *lf_scratch;

int lf_scratch_init(void);
void lf_scratch_uninit(void);

/*
 * Bottom halves are off until it is put back. NULL if nested in another inference of the same task:
 * reason busy.
 */
static inline struct lf_scratch *lf_scratch_get(void)
{
	return likely(lf_own_take(&lf_scratch->own)) ? this_cpu_ptr(lf_scratch) : NULL;
}

static inline void lf_scratch_put(void)
{
	lf_own_release(&lf_scratch->own);
}

#endif /* LF_SCRATCH_H */
