// SPDX-License-Identifier: GPL-2.0
/*
 * Both snapshots get the exact inputs that the kernel read, so comparisons are paired: what makes
 * one flow harder than another affects both, and a difference of a few percent shows after a few
 * hundred flows. One half of the pair is free, as it comes with the samples; the other is computed
 * here by the kernel's own engine, bit for bit.
 *
 * A flow counts once, by the mean over its rows.
 */
#include "trial.h"

#include <math.h>

#include "answer.h"

double trial_loss(const struct store_layout *l, double range, double answer, double label)
{
	if (l->n_classes)
		return answer != label;
	return fmin(fabs(answer - label) / range, 1);
}

void trial_begin(struct trial *t, double error, bool split)
{
	t->flows = 0;
	t->split = split;
	seq_begin(&t->diff, -1, 1, error);
	/* Arms are compared by two intervals. */
	seq_begin(&t->loss, 0, 1, split ? error / 2 : error);
	seq_begin(&t->arm, 0, 1, error / 2);
	seq_begin(&t->differ, 0, 1, error);
}

void trial_add(struct trial *t, struct incumbent *serving, struct lfs *other, bool served_new,
	       const struct store_layout *l, const struct join_flow *f, double label, double range)
{
	double mine = 0, theirs = 0, differ = 0, a, b;
	uint32_t i, n = 0;

	for (i = 0; i < f->n; i++) {
		const struct join_row *r = &f->rows[i];

		/* From its outputs, whether or not its file is known. */
		if (!serving->same)
			a = -1;
		else if (l->n_classes)
			a = r->verdict == BATCH_NO_CLASS ? -1 : r->verdict;
		else
			a = plan_value(&serving->out, r->xy[l->n_inputs]);
		b = other ? answer_to(other, r->xy) : a;
		n++;
		differ += l->n_classes ? a != b : fmin(fabs(a - b) / range, 1);
		if (isnan(label))
			continue;
		mine += a < 0 && l->n_classes ? 1 : trial_loss(l, range, a, label);
		theirs += trial_loss(l, range, b, label);
	}
	if (!n)
		return;
	t->flows++;
	if (other)
		seq_add(&t->differ, differ / n);
	if (isnan(label))
		return;
	seq_add(served_new && t->split ? &t->arm : &t->loss, mine / n);
	if (other)
		seq_add(&t->diff, (served_new ? mine - theirs : theirs - mine) / n);
}

void trial_begin_connections(struct trial *t, double error, bool split, double usual)
{
	trial_begin(t, error, split);
	if (!(usual > 0))
		return;
	seq_begin(&t->loss, usual - TRIAL_ROOM, usual + TRIAL_ROOM, t->loss.error);
	seq_begin(&t->arm, usual - TRIAL_ROOM, usual + TRIAL_ROOM, t->arm.error);
}

void trial_add_connection(struct trial *t, bool served_new, double loss)
{
	t->flows++;
	seq_add(served_new && t->split ? &t->arm : &t->loss, loss);
}
