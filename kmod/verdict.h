/* SPDX-License-Identifier: GPL-2.0 */
/* From raw outputs to a verdict, and from a verdict to the attachment's action. */
#ifndef LF_VERDICT_H
#define LF_VERDICT_H

#include "state.h"

/*
 * Verdict "none", until something better is known. Field by field: gcc clears more than 64 bytes
 * with a slow `rep stos`.
 */
static inline void lf_verdict_init(struct lf_verdict *v)
{
	v->reason = 0;
	v->meaning = 0;
	v->class = 0xffff;
	v->action = LF_ACTION_NONE;
	v->value = 0;
	v->margin = 0;
	v->units = 0;
	v->fixed = 0;
	v->generation = 0;
	v->hash = 0;
	v->time_ns = 0;
	v->flow = 0;
	v->flow_bytes = 0;
	v->flow_packets = 0;
}

/* @steps * m / 2^shift, exact, rounded half up, saturated. |steps| < 2^32 and 0 < m < 2^31. */
s64 lf_scaled(s64 steps, u32 m, int shift);

/*
 * The least number of steps of output 0, from @lo to @hi, that is at least @wanted / @scale units;
 * @hi if none below is. Exact: |steps| < 2^33, m < 2^31, |shift| <= 62, scale <= 10^6.
 */
s64 lf_steps_reaching(const struct lf_snapshot *snap, s64 lo, s64 hi, s64 wanted, u32 scale);

/* Sets class or value from the outputs @y. */
void lf_verdict_decide(struct lf_verdict *v, const struct lf_snapshot *snap, const s32 *y);

/* For connections: also the value in finer steps. */
void lf_verdict_fixed(struct lf_verdict *v, const struct lf_snapshot *snap);

/* Store the verdict in the flow; recall it from there. */
void lf_verdict_store(const struct lf_verdict *v, struct lf_flow *flow);
void lf_verdict_recall(struct lf_verdict *v, const struct lf_flow *flow);

/* Fills in who gave it and the action, once class, value and the flow's counts are set. */
void lf_verdict_act(struct lf_verdict *v, const struct lf_bind *b);

#endif /* LF_VERDICT_H */
