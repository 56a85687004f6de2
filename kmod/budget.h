/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The budget's switch and sums. <net/liteflow_budget.h> describes the steps and how they are
 * measured.
 */
#ifndef LF_BUDGET_H
#define LF_BUDGET_H

#include <net/liteflow_budget.h>

bool __lf_budget_whole(void);

/* Is this packet's walk measured as a whole? Only while the budget is on. */
static inline bool lf_budget_whole(void)
{
	return static_branch_unlikely(&lf_budget_key) && __lf_budget_whole();
}

int lf_budget_init(void);
void lf_budget_uninit(void);

#endif /* LF_BUDGET_H */
