// SPDX-License-Identifier: GPL-2.0
/*
 * Why a net gives its output: by occlusion. Each input in turn is set to the middle of its
 * calibrated range, the others stay as they are, and the net runs again: what the output loses is
 * the input's contribution. For a class the output is its lead over the next best one. The
 * contributions do not add up to the output, since a net is not a sum; of two redundant inputs both
 * may have none.
 *
 * Unknown inputs are in the middle of their ranges.
 */
#include "why.h"

#include "out.h"

static s32 middle(const struct why_model *m, u32 i)
{
	return ((s64)why_model_least(m, i) + why_model_greatest(m, i)) >> 1;
}

/* The greatest output other than `but`. */
static u32 best(const struct why_model *m, const s32 *y, int but)
{
	u32 o, found = but == 0;

	for (o = 0; o < m->info.n_outputs; o++)
		if ((int)o != but && y[o] > y[found])
			found = o;
	return found;
}

/* In the unit of the output; second == class: of a value. */
static double lead(struct why_model *m, const s32 *x, u32 class, u32 second)
{
	s32 y[LQ_MAX_OUTPUTS];
	double v;

	why_model_run(m, x, y);
	v = why_model_score(m, class, y[class]);
	return second == class ? v : v - why_model_score(m, second, y[second]);
}

static void add_contributions(struct why_model *m, struct json_object *o, const s32 *x, u32 class,
			      u32 second)
{
	double all = lead(m, x, class, second), without;
	s32 other[LQ_MAX_INPUTS];
	u32 i;

	memcpy(other, x, m->info.n_inputs * sizeof(*x));
	for (i = 0; i < m->info.n_inputs; i++) {
		if (!m->known[i])
			continue;
		other[i] = middle(m, i);
		without = lead(m, other, class, second);
		other[i] = x[i];
		why_add(out_at(o, "inputs", i), "contribution", all - without);
	}
}

void why_net(struct why_model *m, struct json_object *o)
{
	bool known = why_model_all_known(m), value = m->info.meaning == LQ_MEANING_VALUE;
	s32 x[LQ_MAX_INPUTS], y[LQ_MAX_OUTPUTS];
	u32 i, class, second;

	for (i = 0; i < m->info.n_inputs; i++)
		x[i] = m->known[i] ? m->x[i] : middle(m, i);
	why_model_run(m, x, y);
	for (i = 0; i < m->info.n_outputs; i++)
		why_add(out_at(o, "outputs", i), "value", why_model_score(m, i, y[i]));
	class = value ? 0 : best(m, y, -1);
	second = value ? 0 : best(m, y, class);
	if (known && value)
		why_add(o, "now", why_model_score(m, 0, y[0]));
	if (known && !value)
		out_add_str(o, "now", why_model_output(m, class));
	if (!value) {
		out_add_str(o, "explained", why_model_output(m, class));
		out_add_str(o, "second", why_model_output(m, second));
	}
	add_contributions(m, o, x, class, second);
}
