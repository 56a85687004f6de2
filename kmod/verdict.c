// SPDX-License-Identifier: GPL-2.0
/*
 * Classes: the greatest output, ties to the lowest index; the margin is its lead over the next.
 * Values: output 0, in its unit: (raw - zp) * m / 2^shift, exact, rounded half up, saturated at the
 * ends of s64.
 */
#include "verdict.h"

#include <linux/overflow.h>

s64 lf_scaled(s64 steps, u32 m, int shift)
{
	s64 p = steps * m;
	s64 limit;

	if (shift > 0)
		return ((p >> (shift - 1)) + 1) >> 1;
	limit = S64_MAX >> min(-shift, 63);
	if (p > limit)
		return S64_MAX;
	if (p < -limit)
		return S64_MIN;
	return p * (1LL << min(-shift, 62));
}

/* Are n steps of output 0 at least wanted / scale units? */
static bool reaches(const struct lf_snapshot *snap, s64 n, s64 wanted, u32 scale)
{
	__int128 is = (__int128)n * snap->m * scale;

	if (snap->shift >= 0)
		return is >= wanted * ((__int128)1 << snap->shift);
	/* is * 2^-shift >= wanted, rounded up */
	return is >= ((__int128)wanted + ((__int128)1 << -snap->shift) - 1) >> -snap->shift;
}

s64 lf_steps_reaching(const struct lf_snapshot *snap, s64 lo, s64 hi, s64 wanted, u32 scale)
{
	while (lo < hi) {
		s64 mid = lo + (hi - lo) / 2;

		if (reaches(snap, mid, wanted, scale))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

void lf_verdict_decide(struct lf_verdict *v, const struct lf_snapshot *snap, const s32 *y)
{
	if (snap->meaning == LQ_MEANING_CLASS) {
		v->class = lq_argmax(y, snap->n_outputs, &v->margin);
		v->value = y[v->class];
	} else {
		v->value = y[0];
		v->margin = snap->n_outputs == 2 ? y[1] : 0;
		v->units = lf_scaled((s64)y[0] - snap->zp, snap->m, snap->shift);
	}
}

void lf_verdict_fixed(struct lf_verdict *v, const struct lf_snapshot *snap)
{
	if (snap->meaning == LQ_MEANING_VALUE)
		v->fixed =
			lf_scaled((s64)v->value - snap->zp, snap->m, snap->shift - LF_FIXED_SHIFT);
}

void lf_verdict_store(const struct lf_verdict *v, struct lf_flow *flow)
{
	flow->class = v->class;
	flow->value = v->value;
	flow->margin = v->margin;
	flow->units = v->units;
	flow->has_verdict = 1;
}

void lf_verdict_recall(struct lf_verdict *v, const struct lf_flow *flow)
{
	v->class = flow->class;
	v->value = flow->value;
	v->margin = flow->margin;
	v->units = flow->units;
}

void lf_verdict_act(struct lf_verdict *v, const struct lf_bind *b)
{
	const struct lf_snapshot *snap = b->gen->snap;

	v->meaning = snap->meaning;
	v->generation = b->gen->number;
	v->hash = snap->hash;
	v->action = lf_map_action(rcu_dereference(b->map), v);
}
