/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The budget's switch and sums; what the steps are and how they are measured is in
 * <net/liteflow.h>.
 */
#ifndef LF_BUDGET_H
#define LF_BUDGET_H

#include <net/liteflow.h>

bool __lf_budget_whole(void);

/* Is this packet's walk to be measured as a whole? Only where the budget is on. */
static inline bool lf_budget_whole(void)
{
	return static_branch_unlikely(&lf_budget_key) && __lf_budget_whole();
}

int lf_budget_init(void);
void lf_budget_uninit(void);

#endif /* LF_BUDGET_H */
