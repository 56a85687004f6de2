/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Measuring the time of a packet, step by step (lfctl budget).
 */
#ifndef NET_LITEFLOW_BUDGET_H
#define NET_LITEFLOW_BUDGET_H

#include <linux/jump_label.h>
#include <linux/types.h>

/*
 * The steps of a packet whose time can be measured (lfctl budget). Those before LF_STEP_WALK are
 * part of it.
 */
enum lf_step {
	LF_STEP_PARSE,
	LF_STEP_LOOKUP,
	LF_STEP_UPDATE,		/* of the flow's statistics */
	LF_STEP_FEATURES,	/* the vector; only where a model runs */
	LF_STEP_MODEL,		/* only where a model runs */
	LF_STEP_VERDICT,	/* generation, map, counters; sample */
	LF_STEP_WALK,		/* lf_infer_skb() as a whole */
	LF_STEP_ENQUEUE,	/* in the qdisc: all of it, with the walk and the child */
	LF_STEP_CHILD,		/* part of ENQUEUE: into the child, or bypassing it */
	LF_STEP_DEQUEUE,
	LF_STEPS
};

DECLARE_STATIC_KEY_FALSE(lf_budget_key);
u64 __lf_budget_lap(enum lf_step step, u64 from);

/* Starts a step: returns the time if the budget is on, else 0. */
static inline u64 lf_budget_begin(void)
{
	return static_branch_unlikely(&lf_budget_key) ? __lf_budget_lap(0, 0) : 0;
}

/*
 * Ends the step that began at @from and starts the next one at the time returned. Counts nothing if
 * @from is 0.
 */
static inline u64 lf_budget_lap(enum lf_step step, u64 from)
{
	return static_branch_unlikely(&lf_budget_key) && from ? __lf_budget_lap(step, from) : 0;
}

#endif /* NET_LITEFLOW_BUDGET_H */
