// SPDX-License-Identifier: GPL-2.0
/*
 * Units of inputs without a feature name: the size of one step.
 *
 * A feature is an s32, so a step must be coarse enough for the largest value and fine enough for
 * what the model distinguishes. It is 2^-16 if that suffices, for readability; else 2^-k, k up to
 * 30 (den is an s32, too):
 *
 *	nets		the range of the rows (without one in 1,000 on each side) gets 2^20 steps,
 *			sixteen per lane. An outlier that would leave it fewer than 2^16 saturates
 *	int8 models	2^16 steps for each step of the file's own quantiser
 *	forests		thresholds must be 2^15 steps apart from each other and from 0, and all rows
 *			must take the same branches as in the model. Values beyond all thresholds
 *			may saturate. If no power of two suffices, other numbers of steps are tried,
 *			and the one with the fewest rows astray is taken
 *
 * Values larger than s32 holds at 2^-16 get coarser steps, down to 2^30.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quant.h"

#define USUAL_SHIFT	16
#define MAX_SHIFT	30
#define MIN_SHIFT	(-30)
#define NET_STEPS	1048576.0	/* of the range */
#define LEAST_STEPS	65536.0		/* an outlier must not leave fewer */
#define INT8_STEPS	65536.0
#define GAP_STEPS	32768.0
#define ROOM		1.25		/* times the largest value */
#define MAX_ROWS	100000		/* run through a forest's thresholds */
#define ODD_TRIES	64

/* --- the range to cover --- */

struct span {
	double full;		/* greatest |value| of the rows */
	double usual;		/* likewise, without outliers, and with room */
	double width;		/* of the usual range */
};

static struct span span_of(const struct rows *calib, u32 i)
{
	size_t cut = calib->n < 100 ? 0 : (calib->n + 999) / 1000, n = calib->n, r;
	double *v = util_alloc(n, sizeof(*v));
	struct span s = { 0 };

	for (r = 0; r < n; r++)
		v[r] = rows_at(calib, r)[i];
	util_sort(v, n);
	s.full = fmax(fabs(v[0]), fabs(v[n - 1]));
	if (v[n - 1 - cut] == v[cut])
		cut = 0;
	s.width = v[n - 1 - cut] - v[cut];
	s.usual = fmax(fabs(v[cut]), fabs(v[n - 1 - cut])) + 4 * s.width;
	free(v);
	return s;
}

/* The finest of steps 2^-k, k up to most, at which a value fits s32. */
static int finest(double value, int most)
{
	while (most > MIN_SHIFT && ldexp(value, most) > INT32_MAX)
		most--;
	return most;
}

/* The coarsest of steps 2^-k, k from 16 to 30, of which that many fit the width. */
static int coarsest(double width, double steps)
{
	int k = USUAL_SHIFT;

	while (width > 0 && k < MAX_SHIFT && ldexp(width, k) < steps)
		k++;
	return k;
}

static void set_shift(struct plan_input *in, int k)
{
	in->num = k < 0 ? 1u << -k : 1;
	in->den = k > 0 ? 1u << k : 1;
}

/* --- nets --- */

static void unit_of_net(const struct rows *calib, double margin, u32 i, struct plan_input *in)
{
	struct span s = span_of(calib, i);
	double full = s.full * fmax(margin, ROOM);
	int want = coarsest(s.width > 0 ? s.width : s.full, NET_STEPS), k = finest(full, want);

	if (k < want && ldexp(s.width, k) < LEAST_STEPS)
		k = finest(fmin(full, s.usual), want);
	set_shift(in, k);
}

static void unit_of_int8(const struct graph *g, const struct rows *calib, u32 i,
			 struct plan_input *in)
{
	double step = g->in_scale / (g->in_mul ? g->in_mul[i] : 1);
	double reach = 256 * step + (g->in_add ? fabs(g->in_add[i] / g->in_mul[i]) : 0);

	if (calib)
		reach = fmax(reach, fmin(span_of(calib, i).full, 65536 * step));
	set_shift(in, finest(reach * ROOM, coarsest(step, INT8_STEPS)));
}

/* --- forests --- */

struct step {
	double thr;
	bool strict;
	s64 at;			/* the greatest feature that takes the branch */
};

struct steps {
	struct step *v;
	size_t n;
	double most;		/* greatest |threshold| */
	double gap;		/* least difference between two, or one and 0 */
};

static int by_threshold(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	return x->thr != y->thr ? (x->thr > y->thr) - (x->thr < y->thr) : y->strict - x->strict;
}

static void add_step(struct steps *s, size_t *cap, double thr, bool strict)
{
	s->v = util_grow(s->v, cap, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = (struct step){ .thr = thr, .strict = strict };
}

/* A member of a set is where both < and <= change. */
static void add_steps(struct steps *s, size_t *cap, const struct graph_node *n)
{
	u32 k;

	if (!n->set && isfinite(n->thr))
		add_step(s, cap, n->thr, n->strict);
	for (k = 0; k < n->n_set; k++) {
		add_step(s, cap, n->set[k], true);
		add_step(s, cap, n->set[k], false);
	}
}

static struct steps steps_of(const struct graph *g, u32 i)
{
	struct steps s = { .gap = INFINITY };
	size_t cap = 0;
	u32 t, k;

	for (t = 0; t < g->n_trees; t++)
		for (k = 0; k < g->trees[t].n_nodes; k++) {
			const struct graph_node *n = &g->trees[t].nodes[k];

			if (!n->leaf && n->input == i)
				add_steps(&s, &cap, n);
		}
	if (s.n)
		qsort(s.v, s.n, sizeof(*s.v), by_threshold);
	for (k = 0; k < s.n; k++) {
		s.most = fmax(s.most, fabs(s.v[k].thr));
		if (s.v[k].thr)
			s.gap = fmin(s.gap, fabs(s.v[k].thr));
		if (k && s.v[k].thr > s.v[k - 1].thr)
			s.gap = fmin(s.gap, s.v[k].thr - s.v[k - 1].thr);
	}
	return s;
}

/* Number of thresholds before the first that takes this value; likewise this feature. */
static size_t place_of_value(const struct steps *s, double v)
{
	size_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (s->v[mid].strict ? v < s->v[mid].thr : v <= s->v[mid].thr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static size_t place_of_feature(const struct steps *s, s32 f)
{
	size_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (f <= s->v[mid].at)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* Number of rows that take a different branch somewhere with this unit. */
static size_t astray(struct steps *s, const struct rows *calib, u32 i, const struct plan_input *in)
{
	size_t stride = 1 + calib->n / MAX_ROWS, n = 0, k, r;
	double v;

	for (k = 0; k < s->n; k++)
		s->v[k].at = forest_threshold(s->v[k].thr, s->v[k].strict, in->num, in->den);
	for (r = 0; r < calib->n; r += stride) {
		v = rows_at(calib, r)[i];
		n += place_of_value(s, v) != place_of_feature(s, plan_feature(in->num, in->den, v));
	}
	return n;
}

/* No power of two suffices: tries other numbers of steps, from the finest on. */
static void odd_unit(struct steps *s, const struct rows *calib, u32 i, struct plan_input *in)
{
	u32 finest_den = fmin(INT32_MAX, floor(INT32_MAX / fmax(s->most * ROOM, 1e-9))),
	    best = in->den, k;
	size_t least = astray(s, calib, i, in), n;

	if (in->num != 1)
		return;
	for (k = 0; least && k < ODD_TRIES && finest_den > k * 1001 + 1; k++) {
		in->den = finest_den - k * 1001;
		n = astray(s, calib, i, in);
		if (n >= least)
			continue;
		least = n;
		best = in->den;
	}
	in->den = best;
}

static void unit_of_forest(const struct graph *g, const struct rows *calib, u32 i,
			   struct plan_input *in)
{
	struct steps s = steps_of(g, i);
	int k, most = finest(s.most * ROOM, MAX_SHIFT), usual = finest(s.most * ROOM, USUAL_SHIFT);

	if (calib)
		usual = finest(fmax(s.most, span_of(calib, i).full) * ROOM, usual);
	for (k = usual; k < most; k++) {
		set_shift(in, k);
		if (ldexp(s.gap, k) >= GAP_STEPS && (!calib || !astray(&s, calib, i, in)))
			break;
	}
	set_shift(in, k);
	if (k == most && calib && s.n)
		odd_unit(&s, calib, i, in);
	free(s.v);
}

void quant_unit(const struct graph *g, const struct rows *calib, double margin, u32 i,
		struct plan_input *in)
{
	snprintf(in->name, sizeof(in->name), "x%u", i);
	if (g->kind == GRAPH_FOREST)
		unit_of_forest(g, calib, i, in);
	else if (g->exact)
		unit_of_int8(g, calib, i, in);
	else
		unit_of_net(calib, margin, i, in);
}
