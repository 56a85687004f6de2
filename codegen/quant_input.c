// SPDX-License-Identifier: GPL-2.0
/*
 * Inputs: from features, which are s32, to the lanes of the first layer.
 *
 * Names. A feature of <lq/features.h> brings its unit: model value = feature * num / den. Inputs
 * without a name are called x0, x1, ...; quant_unit.c has their steps.
 *
 * Range. A real net's lane is q = (value - centre) / step, |q| <= 32767. The weights absorb both,
 * so each feature has its own. The calibrated range is widened on each side by (margin - 1) times
 * its width (calib.c chooses the margin). Values beyond are clipped. So a feature that happened to
 * be quiet in the calibration rows must not get a range so narrow that it is clipped where it
 * begins to matter: its influence, |largest weight| * half range, is made at least a quarter of the
 * strongest feature's. This costs little, since by construction those lanes never limit the
 * accumulator.
 *
 * Multiplier. q = (feature * m + off + 2^(S-1)) >> S with m ~ num / (den * step) * 2^S; S is the
 * largest for which m < 2^30, and |off| + 2^(S-1) + 2^31 * m < 2^62, so that no feature value can
 * overflow s64.
 *
 * int8 models. Their own quantiser is clamp(round(x / in_scale) + in_zp), computed by TensorFlow
 * Lite in float32, halves away from zero. It is a staircase in the feature with at most 255 steps.
 * For each step k the least feature f_k that reaches it is found by bisection, in the same
 * arithmetic. The integer formula agrees at every s32 feature if
 *
 *	f_k * m + off + 2^(S-1) >= k * 2^S > (f_k - 1) * m + off + 2^(S-1)	for all k
 *
 * which for a given m is an interval of off; its middle is taken. The interval can be empty only if
 * the model has ties that features can hit on both sides of zero (half away from zero is not half
 * up); then the nearest off is taken, and the number of steps that are off by one feature unit is
 * reported.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lq/features.h>

#include "quant.h"

#define MAX_LANE	32767
#define MAX_M		((1u << 30) - 1)
#define MAX_S		61
#define QUIET_SHARE	0.25	/* of the strongest feature's influence */
/* of its greatest value: the least half range of a feature that did not move */
#define NARROW_SHARE	(1.0 / 64)

/* --- names and units --- */

static u32 distance(const char *a, const char *b)
{
	u32 row[64], diag, up, j, n = strlen(b);

	if (n >= ARRAY_SIZE(row))
		return UINT32_MAX;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (; *a; a++) {
		diag = row[0]++;
		for (j = 1; j <= n; j++) {
			up = row[j];
			row[j] = diag + (*a != b[j - 1]);
			if (row[j] > up + 1)
				row[j] = up + 1;
			if (row[j] > row[j - 1] + 1)
				row[j] = row[j - 1] + 1;
			diag = up;
		}
	}
	return row[n];
}

static const char *nearest(const char *name)
{
	u32 best = UINT32_MAX, d;
	int i, at = 0;

	for (i = 0; i < LQ_N_FEATURES; i++) {
		d = distance(name, lq_features[i].name);
		if (d < best) {
			best = d;
			at = i;
		}
	}
	return lq_features[at].name;
}

static bool all_known(char **names, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (!names[i] || lq_feature_by_name(names[i]) < 0)
			return false;
	return true;
}

static int named_features(char **names, struct plan *plan, struct graph_err *err)
{
	u32 i, k;
	int f;

	for (i = 0; i < plan->n_inputs; i++) {
		f = lq_feature_by_name(names[i]);
		if (f < 0)
			return util_fail(err, "there is no feature \"%.40s\"; did you mean \"%s\"?",
					 names[i], nearest(names[i]));
		for (k = 0; k < i; k++)
			if (!strcmp(names[k], names[i]))
				return util_fail(err, "feature \"%s\" is given twice", names[i]);
		strncpy(plan->inputs[i].name, names[i], LQ_NAME_LEN - 1);
		plan->inputs[i].num = lq_features[f].num;
		plan->inputs[i].den = lq_features[f].den;
	}
	return 0;
}

/* It is an error if the header line of the rows names features other than the model's. */
static int check_header(const struct rows *calib, const struct plan *plan, struct graph_err *err)
{
	u32 i;

	for (i = 0; calib && calib->names && i < plan->n_inputs; i++)
		if (lq_feature_by_name(calib->names[i]) >= 0 &&
		    lq_feature_by_name(plan->inputs[i].name) >= 0 &&
		    strcmp(calib->names[i], plan->inputs[i].name))
			return util_fail(err, "column %u of the calibration rows is \"%s\", input "
					 "%u of the model is \"%s\"",
					 i + 1, calib->names[i], i, plan->inputs[i].name);
	return 0;
}

static void calibrated_range(const struct rows *calib, u32 i, struct plan_input *in)
{
	size_t r;
	s32 f;

	in->cal_lo = INT32_MAX;
	in->cal_hi = INT32_MIN;
	for (r = 0; r < calib->n; r++) {
		f = plan_feature(in->num, in->den, rows_at(calib, r)[i]);
		in->cal_lo = f < in->cal_lo ? f : in->cal_lo;
		in->cal_hi = f > in->cal_hi ? f : in->cal_hi;
	}
	in->probe_lo = in->cal_lo;
	in->probe_hi = in->cal_hi;
}

/*
 * Without rows the usual range is unknown: a forest takes any feature, so nothing is drift. Golden
 * vectors are searched around the thresholds.
 */
static void threshold_range(const struct graph *g, u32 i, struct plan_input *in)
{
	double lo = INFINITY, hi = -INFINITY;
	const struct graph_node *n;
	u32 t, k;

	for (t = 0; t < g->n_trees; t++)
		for (k = 0; k < g->trees[t].n_nodes; k++) {
			n = &g->trees[t].nodes[k];
			if (n->leaf || n->input != i)
				continue;
			lo = fmin(lo, n->set ? n->set[0] : n->thr);
			hi = fmax(hi, n->set ? n->set[n->n_set - 1] : n->thr);
		}
	in->cal_lo = INT32_MIN;
	in->cal_hi = INT32_MAX;
	in->probe_lo = lo <= hi ? plan_feature(in->num, in->den, lo - (hi - lo) / 2 - 1) : -1;
	in->probe_hi = lo <= hi ? plan_feature(in->num, in->den, hi + (hi - lo) / 2 + 1) : 1;
}

int quant_features(const struct graph *g, const struct rows *calib, const struct plan_options *opt,
		   struct plan *plan, struct graph_err *err)
{
	char **names = opt->features;
	u32 i;

	if (names && opt->n_features != g->n_inputs)
		return util_fail(err, "%u features are given, the model has %u inputs",
				 opt->n_features, g->n_inputs);
	if (!names && g->input_names && all_known(g->input_names, g->n_inputs))
		names = g->input_names;
	if (names && named_features(names, plan, err))
		return -1;
	for (i = 0; i < plan->n_inputs; i++) {
		if (!names)
			quant_unit(g, calib, opt->margin, i, &plan->inputs[i]);
		if (calib)
			calibrated_range(calib, i, &plan->inputs[i]);
		else if (g->kind == GRAPH_FOREST)
			threshold_range(g, i, &plan->inputs[i]);
		else /* set by the quantiser of the int8 model */
			plan->inputs[i].cal_lo = 1;
	}
	return check_header(calib, plan, err);
}

/* --- real nets --- */

/* m, off and S for lane = (feature * num / den - centre) / step. */
static int set_multiplier(struct plan_input *in, struct graph_err *err)
{
	double per = (double)in->num / ((double)in->den * in->step), off, m;
	int S;

	for (S = MAX_S; S >= 0; S--) {
		m = rint(ldexp(per, S));
		off = rint(ldexp(-in->centre / in->step, S));
		if (m <= MAX_M && fabs(off) + ldexp(1, S) + ldexp(m, 31) < ldexp(1, 61))
			break;
	}
	if (S < 0 || m < 1)
		return util_fail(err, "input %s: a feature step is %g steps of its range: no "
				 "multiplier holds that",
				 in->name, per);
	in->S = S;
	in->m = m;
	in->off = off;
	in->lo = -MAX_LANE;
	in->hi = MAX_LANE;
	return 0;
}

/*
 * What the first layer reads: the row, or in buf the row after the file's own quantiser of the
 * inputs.
 */
const double *quant_enter(const struct graph *g, const double *row, double *buf)
{
	u32 i;

	if (!g->in_range)
		return row;
	for (i = 0; i < g->n_inputs; i++)
		buf[i] = fmin(fmax(row[i], g->in_range_lo), g->in_range_hi);
	return buf;
}

/* The largest weight of lane i of what a layer reads. */
static double weight_of(const struct graph_layer *l, bool second, u32 i)
{
	double most = 0;
	u32 o;

	if (l->op == GRAPH_ADD)
		return fabs(l->w[l->z.n ? 2 * i + second : i]);
	if (!l->w)
		return 1;
	for (o = 0; o < l->n_out; o++)
		most = fmax(most, fabs(l->w[(size_t)o * l->n_in + i]));
	return most;
}

/* The largest weight of input i wherever it occurs in these parts. */
static double weight_in(const struct graph *g, u32 l, const struct graph_parts *p, u32 i)
{
	const struct graph_layer *layer = &g->layers[l];
	struct graph_part part;
	double most = 0;
	u32 k, n = 0;

	for (k = 0; graph_part_of(g, p, l, k, &part); n += part.n, k++)
		if (!part.value && i >= part.first && i < part.first + part.n)
			most = fmax(most, weight_of(layer, p == &layer->z, n + i - part.first));
	return most;
}

static double largest_weight(const struct graph *g, u32 i)
{
	double most = 0;
	u32 l;

	for (l = 0; l < g->n_layers; l++) {
		most = fmax(most, weight_in(g, l, &g->layers[l].x, i));
		if (g->layers[l].z.n)
			most = fmax(most, weight_in(g, l, &g->layers[l].z, i));
	}
	return most;
}

/* Half the range of a feature, before considering its influence. */
static double half_range(const struct quant_range *r, double margin)
{
	double half = (r->hi - r->lo) * (margin - 0.5);

	half = fmax(half, NARROW_SHARE * fmax(fabs(r->lo), fabs(r->hi)));
	return half > 0 ? half : 1e-6;
}

int quant_inputs(const struct graph *g, const struct quant_calib *c, const struct plan_options *opt,
		 struct plan *plan, struct graph_err *err)
{
	const struct quant_range *ranges = c->in;
	double strongest = 0, widest = 0, half, weight;
	struct plan_input *in;
	u32 i;

	for (i = 0; i < plan->n_inputs; i++) {
		half = half_range(&ranges[i], c->room[i]);
		strongest = fmax(strongest, largest_weight(g, i) * half);
		widest = fmax(widest, fmax(fabs(ranges[i].lo), fabs(ranges[i].hi)) * c->room[i]);
	}
	for (i = 0; i < plan->n_inputs; i++) {
		in = &plan->inputs[i];
		weight = largest_weight(g, i);
		half = half_range(&ranges[i], c->room[i]);
		if (weight > 0)
			half = fmax(half, QUIET_SHARE * strongest / weight);
		/* No lane needs to be wider than all of s32. */
		half = fmin(half, ldexp((double)in->num / in->den, 31));
		in->centre = opt->common_scale ? 0 : (ranges[i].lo + ranges[i].hi) / 2;
		in->step = (opt->common_scale && widest > 0 ? widest : half) / MAX_LANE;
		/* the lanes are what the file's own quantiser lets through, all of it */
		if (g->in_range) {
			in->centre = (g->in_range_lo + g->in_range_hi) / 2;
			in->step = (g->in_range_hi - g->in_range_lo) / 2 / MAX_LANE;
		}
		if (set_multiplier(in, err))
			return -1;
	}
	return 0;
}

/* --- int8 models --- */

/* The model's own quantiser, in float32 as TensorFlow Lite computes it, before the clamp. */
static double exact_lane(const struct graph *g, const struct plan_input *in, u32 i, s64 feature)
{
	double v = (double)feature * in->num / in->den;
	float x = (float)(g->in_mul ? g->in_mul[i] * v + g->in_add[i] : v);

	return (double)roundf(x / g->in_scale) + g->in_zp;
}

/* The least feature in s32 whose lane is at least k; INT32_MAX + 1 if there is none. */
static s64 threshold(const struct graph *g, const struct plan_input *in, u32 i, int k)
{
	s64 lo = INT32_MIN, hi = (s64)INT32_MAX + 1, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (exact_lane(g, in, i, mid) >= k)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static int exact_multiplier(const struct graph *g, struct plan_input *in, u32 i,
			    struct graph_err *err)
{
	double per =
		(double)in->num * (g->in_mul ? g->in_mul[i] : 1) / ((double)in->den * g->in_scale);
	s64 at_least = INT64_MIN, at_most = INT64_MAX, low, high, f;
	int S = MAX_S - 8, k;

	while (S > 0 && rint(ldexp(per, S)) > MAX_M)
		S--;
	in->S = S;
	in->m = rint(ldexp(per, S));
	if (in->m < 1 || rint(ldexp(per, S)) > MAX_M)
		return util_fail(err, "input %s: a step of %g of the model's scale cannot be "
				 "represented",
				 in->name, per);
	for (k = g->in_lo + 1; k <= g->in_hi; k++) {
		f = threshold(g, in, i, k);
		low = (k * (1LL << S)) - ((1LL << S) >> 1) - f * in->m;
		high = low + in->m - 1;
		if (f <= INT32_MAX && low > at_least)
			at_least = low;
		if (f > INT32_MIN && high < at_most)
			at_most = high;
	}
	in->off = at_least / 2 + at_most / 2;
	if (at_least == INT64_MIN || at_most == INT64_MAX)
		in->off = (g->in_zp + (g->in_add ? g->in_add[i] / g->in_scale : 0)) * (1LL << S);
	for (k = g->in_lo + 1; k <= g->in_hi; k++) {
		f = threshold(g, in, i, k);
		low = (k * (1LL << S)) - ((1LL << S) >> 1) - f * in->m;
		in->ties += (f <= INT32_MAX && in->off < low) ||
			    (f > INT32_MIN && in->off > low + in->m - 1);
	}
	return 0;
}

int quant_exact_inputs(const struct graph *g, struct plan *plan, struct graph_err *err)
{
	struct plan_input *in;
	u32 i;

	for (i = 0; i < plan->n_inputs; i++) {
		in = &plan->inputs[i];
		in->lo = g->in_lo;
		in->hi = g->in_hi;
		in->step = g->in_scale / (g->in_mul ? g->in_mul[i] : 1);
		in->centre = -(double)g->in_zp * in->step -
			     (g->in_add ? g->in_add[i] / g->in_mul[i] : 0);
		if (exact_multiplier(g, in, i, err))
			return -1;
		if (in->cal_lo > in->cal_hi) {
			in->cal_lo = plan_feature(in->num, in->den, in->centre + in->step * in->lo);
			in->cal_hi = plan_feature(in->num, in->den, in->centre + in->step * in->hi);
			in->probe_lo = in->cal_lo;
			in->probe_hi = in->cal_hi;
		}
	}
	return 0;
}
