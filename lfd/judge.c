// SPDX-License-Identifier: GPL-2.0
/*
 * Necessity (LiteFlow, SIGCOMM 2022): a snapshot is replaced only if the new one's output differs
 * by more than alpha of its range. On its own this would replace a good model by any other. So the
 * candidate must also have less loss on held-out labelled flows: each flow gives one difference new
 * - old in -1 .. 1, and the upper end of a confidence interval for their mean (seq.c) must be below
 * -margin. With fewer flows than required there is no judgement. If the mean is below -margin but
 * the upper end is not, more flows may decide.
 *
 * Importance, for drift detection: how often the candidate's decision changes when one input comes
 * from another row (permutation importance, Breiman 2001, measured on decisions).
 */
#include "judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "seq.h"

#define SHUFFLED	400	/* rows */

static bool old_answer(const struct dataset *d, struct incumbent *old, size_t i, double *answer)
{
	return incumbent_answer(old, d->raw + i * d->n_in, d->old + i * d->n_old, d->row[i].hash,
			      answer);
}

static double new_answer(const struct dataset *d, struct lfs *new, size_t i)
{
	return answer_to(new, d->raw + i * d->n_in);
}

static void fidelity(const struct dataset *d, struct incumbent *old, struct lfs *new,
		     struct judge_report *r)
{
	double sum = 0, lo = INFINITY, hi = -INFINITY, a, b;
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (!d->recent[i] || !old_answer(d, old, i, &a))
			continue;
		b = new_answer(d, new, i);
		sum += d->n_classes ? a != b : fabs(a - b);
		lo = fmin(lo, fmin(a, b));
		hi = fmax(hi, fmax(a, b));
		r->compared++;
	}
	if (r->compared)
		r->fidelity = sum / r->compared / (d->n_classes || !(hi > lo) ? 1 : hi - lo);
}

struct pair {
	uint64_t flow;
	double old, new;
};

static int by_flow(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->flow > y->flow) - (x->flow < y->flow);
}

static size_t pairs(const struct dataset *d, struct incumbent *old, struct lfs *new, struct pair *p)
{
	double answer;
	size_t i, n = 0;

	for (i = 0; i < d->n; i++) {
		if (!(d->hw[i] > 0) || !old_answer(d, old, i, &answer))
			continue;
		p[n].flow = d->row[i].flow;
		p[n].old = answer < 0 ? 1 : dataset_loss(d, i, answer);
		p[n++].new = dataset_loss(d, i, new_answer(d, new, i));
	}
	return n;
}

/* The mean over a flow's rows is one observation. */
static void losses(struct pair *p, size_t n, double error, struct judge_report *r)
{
	size_t i, k;
	double a, b;
	struct seq s;

	seq_begin(&s, -1, 1, error);
	qsort(p, n, sizeof(*p), by_flow);
	for (i = 0; i < n; i = k) {
		a = b = 0;
		for (k = i; k < n && p[k].flow == p[i].flow; k++) {
			a += p[k].old;
			b += p[k].new;
		}
		seq_add(&s, (b - a) / (k - i));
		r->loss_old += a / (k - i);
		r->loss_new += b / (k - i);
		r->flows++;
	}
	if (r->flows) {
		r->loss_old /= r->flows;
		r->loss_new /= r->flows;
	}
	r->diff = seq_mean(&s);
	r->lo = seq_lo(&s);
	r->hi = seq_hi(&s);
}

static void importance(const struct dataset *d, struct lfs *new, struct judge_report *r)
{
	size_t n = d->n < SHUFFLED ? d->n : SHUFFLED, i, at, other;
	int32_t x[LQ_MAX_INPUTS];
	double range = d->n_classes ? 1 : d->y_hi - d->y_lo, a, b;
	uint32_t k;

	for (i = 0; i < n; i++) {
		at = i * d->n / n;
		other = (at + d->n / 2 + 1) % d->n;
		a = new_answer(d, new, at);
		for (k = 0; k < d->n_in; k++) {
			memcpy(x, d->raw + at * d->n_in, 4 * d->n_in);
			x[k] = d->raw[other * d->n_in + k];
			b = answer_to(new, x);
			r->importance[k] +=
				(d->n_classes ? a != b : fmin(fabs(a - b) / range, 1)) / n;
		}
	}
}

static bool is_outside(const struct plan_input *in, uint32_t n, const int32_t *x)
{
	uint32_t k;

	for (k = 0; k < n; k++)
		if (x[k] < in[k].cal_lo || x[k] > in[k].cal_hi)
			return true;
	return false;
}

static bool is_at_end(struct lfs *m, const int32_t *x)
{
	int32_t y[LQ_MAX_OUTPUTS];
	uint32_t i;

	lfs_infer(m, LQ_PATH_PLAIN, x, y);
	for (i = 0; i < m->info.n_outputs; i++)
		if (y[i] <= -INT16_MAX || y[i] >= INT16_MAX)
			return true;
	return false;
}

/* As the kernel counts them (drifted, saturated), for limits that it enforces. */
static void ranges(const struct dataset *d, struct lfs *new, struct judge_report *r)
{
	struct plan_input in[LQ_MAX_INPUTS];
	bool net = new->info.kind == LQ_KIND_NET;
	uint32_t k;
	size_t i;

	r->saturated = net ? 0 : NAN;
	for (k = 0; k < d->n_in; k++)
		in[k] = lfs_input(new, k);
	for (i = 0; i < d->n; i++) {
		if (!d->recent[i])
			continue;
		r->seen++;
		r->drifted += is_outside(in, d->n_in, d->raw + i * d->n_in);
		if (net)
			r->saturated += is_at_end(new, d->raw + i * d->n_in);
	}
	r->drifted /= r->seen ? r->seen : 1;
	r->saturated /= r->seen ? r->seen : 1;
}

static void decide(const struct settings *s, struct judge_report *r)
{
	if (r->compared && !(r->fidelity > s->alpha))
		snprintf(r->reason, sizeof(r->reason),
			 "it decides like the active snapshot: the difference is %.2f %%, "
			 "not above alpha %.2f %%",
			 100 * r->fidelity, 100 * s->alpha);
	else if (!r->flows)
		snprintf(r->reason, sizeof(r->reason),
			 "no held-out flow has a label and a verdict to compare with");
	else if (r->flows < s->min_flows)
		snprintf(r->reason, sizeof(r->reason),
			 "only %zu held-out flows have a label and a verdict to compare with, and "
			 "%u are needed to judge",
			 r->flows, s->min_flows);
	else if (!(r->hi < -s->margin))
		snprintf(r->reason, sizeof(r->reason),
			 "it is not shown to be better on %zu held-out flows: loss %.4f, was %.4f, "
			 "difference between %.4f and %.4f",
			 r->flows, r->loss_new, r->loss_old, r->lo, r->hi);
	r->undecided = *r->reason && (!r->compared || r->fidelity > s->alpha) &&
		       (r->flows < s->min_flows || r->diff < -s->margin);
}

void judge(const struct dataset *d, struct incumbent *old, struct lfs *new,
	   const struct settings *s, struct judge_report *r)
{
	struct pair *p = calloc(d->n + 1, sizeof(*p));

	memset(r, 0, sizeof(*r));
	fidelity(d, old, new, r);
	if (p)
		losses(p, pairs(d, old, new, p), s->error, r);
	free(p);
	if (d->n)
		importance(d, new, r);
	ranges(d, new, r);
	decide(s, r);
}
