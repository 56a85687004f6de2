/* SPDX-License-Identifier: GPL-2.0 */
/* Working memory of one inference, one for each CPU. */
#ifndef LF_SCRATCH_H
#define LF_SCRATCH_H

#include <linux/percpu.h>
#include <lq/lq.h>

struct lf_scratch {
	struct lq_scratch lq;
	s32 x[LQ_MAX_INPUTS];
	s32 y[LQ_MAX_OUTPUTS];
	bool busy;
};

extern struct lf_scratch __percpu *lf_scratch;

int lf_scratch_init(void);
void lf_scratch_uninit(void);

/*
 * Bottom halves are off, so only something that interrupts an inference on its own CPU (a probe, say) can find it
 * taken: NULL then, reason busy.
 */
static inline struct lf_scratch *lf_scratch_get(void)
{
	struct lf_scratch *s = this_cpu_ptr(lf_scratch);

	if (unlikely(s->busy))
		return NULL;
	s->busy = true;
	barrier();
	return s;
}

static inline void lf_scratch_put(struct lf_scratch *s)
{
	barrier();
	s->busy = false;
}

#endif /* LF_SCRATCH_H */
