// SPDX-License-Identifier: GPL-2.0
#include "answer.h"

double answer_of(const struct lfs *m, const int32_t *y)
{
	struct plan_output out;

	if (m->info.meaning == LQ_MEANING_CLASS)
		return lfs_argmax(y, m->info.n_outputs);
	out = lfs_output(m, 0);
	return plan_value(&out, y[0]);
}

double answer_to(struct lfs *m, const int32_t *raw)
{
	int32_t y[LQ_MAX_OUTPUTS];

	lfs_infer(m, LQ_PATH_PLAIN, raw, y);
	return answer_of(m, y);
}
