// SPDX-License-Identifier: GPL-2.0
/*
 * From the store to training data.
 *
 * Some flows are held out whole (held.c).
 *
 * Weights. Every labelled row counts 1, times a factor that makes a class count by the square root
 * of its rows (rare classes get more than their number of rows, but less than common ones, as equal
 * weight would amplify noise). No group has more than its share of a class (groups.c), neither of
 * the rows that teach nor of the flows that judge: the same share as in the store, but of the rows
 * that count instead of the store's size. Rows without a label
 * hold the model in place ("anchor"): their label is the verdict that they had, with a small
 * weight. So what nobody labels is not forgotten, and a few labels can overrule the verdicts of
 * many rows (learning without forgetting, Li and Hoiem, ECCV 2016, with hard decisions).
 *
 * The reason for a training has a time (training.c): rows from before it may be out of date. They
 * count a twentieth, so that classes not seen since are not forgotten, and they judge nothing.
 */
#include "dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lq/features.h>

#include "groups.h"
#include "held.h"

#define NO_VERDICT	0xffff
#define TAIL		0.02
#define PAST		0.05	/* weight of rows that are not recent */
#define FEW_RECENT	100	/* labelled rows */

double dataset_step(const char *name)
{
	int id = lq_feature_by_name(name);

	return id < 0 ? 1 : (double)lq_features[id].num / lq_features[id].den;
}

static bool allocate(struct dataset *d, size_t most)
{
	d->raw = calloc(most * d->n_in + 1, sizeof(*d->raw));
	d->x = calloc(most * d->n_in + 1, sizeof(*d->x));
	d->old = calloc(most * d->n_old + 1, sizeof(*d->old));
	d->y = calloc(most + 1, sizeof(*d->y));
	d->w = calloc(most + 1, sizeof(*d->w));
	d->hw = calloc(most + 1, sizeof(*d->hw));
	d->labelled = calloc(most + 1, sizeof(*d->labelled));
	d->recent = calloc(most + 1, sizeof(*d->recent));
	d->row = calloc(most + 1, sizeof(*d->row));
	return d->raw && d->x && d->old && d->y && d->w && d->hw && d->labelled && d->recent &&
	       d->row;
}

void dataset_free(struct dataset *d)
{
	free(d->raw);
	free(d->x);
	free(d->old);
	free(d->y);
	free(d->w);
	free(d->hw);
	free(d->labelled);
	free(d->recent);
	free(d->row);
	memset(d, 0, sizeof(*d));
}

/* One row; false if it is useless for training. */
static bool take(struct dataset *d, const struct store_row *r, const double *step, uint64_t since)
{
	size_t i = d->n;
	uint32_t k;

	if (!r->labelled && (!d->n_classes || r->verdict >= d->n_classes))
		return false;
	memcpy(d->raw + i * d->n_in, r->xy, 4 * d->n_in);
	memcpy(d->old + i * d->n_old, r->xy + d->n_in, 4 * d->n_old);
	for (k = 0; k < d->n_in; k++)
		d->x[i * d->n_in + k] = r->xy[k] * step[k];
	d->labelled[i] = r->labelled;
	d->recent[i] = r->time_ns >= since;
	d->y[i] = r->labelled ? r->label : r->verdict;
	d->row[i] = (struct dataset_row) { r->flow, r->group, r->packets, r->verdict, { 0 } };
	memcpy(d->row[i].hash, r->hash, sizeof(r->hash));
	d->n++;
	return true;
}

/* After a clock step, or an alarm with few rows since, all rows count as recent. */
static void settle_recent(struct dataset *d)
{
	size_t i, n = 0;

	for (i = 0; i < d->n; i++)
		n += d->recent[i] && d->labelled[i];
	for (i = 0; n < FEW_RECENT && i < d->n; i++)
		d->recent[i] = true;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void range(struct dataset *d)
{
	double *v = calloc(d->n + 1, sizeof(*v));
	size_t i, n = 0;

	d->y_lo = 0;
	d->y_hi = 1;
	for (i = 0; v && i < d->n; i++)
		if (d->labelled[i])
			v[n++] = d->y[i];
	if (n) {
		qsort(v, n, sizeof(*v), ascending);
		d->y_lo = v[(size_t)(TAIL * (n - 1))];
		d->y_hi = fmax(v[(size_t)ceil((1 - TAIL) * (n - 1))], d->y_lo + 1e-3);
	}
	free(v);
}

/* --- weights --- */

static uint32_t kind_of(const struct dataset *d, size_t i)
{
	return d->n_classes ? d->y[i] : 0;
}

static double age_weight(const struct dataset *d, size_t i)
{
	return d->recent[i] ? 1 : PAST;
}

static void count_taught(const struct dataset *d, struct groups *g)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->labelled[i] && !held_flow(d->row[i].flow))
			groups_add(g, kind_of(d, i), d->row[i].group, age_weight(d, i));
}

static bool judges(const struct dataset *d, size_t i)
{
	return d->labelled[i] && d->recent[i] && held_flow(d->row[i].flow);
}

struct place {
	uint64_t flow;
	size_t row;
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->flow > y->flow) - (x->flow < y->flow);
}

/* Flows, each once: some have more rows in the store than others. */
static bool count_judges(const struct dataset *d, struct groups *g)
{
	struct place *p = calloc(d->n + 1, sizeof(*p));
	size_t i, n = 0;

	if (!p)
		return false;
	for (i = 0; i < d->n; i++)
		if (judges(d, i))
			p[n++] = (struct place){ d->row[i].flow, i };
	qsort(p, n, sizeof(*p), by_place);
	for (i = 0; i < n; i++)
		if (!i || p[i].flow != p[i - 1].flow)
			groups_add(g, kind_of(d, p[i].row), d->row[p[i].row].group, 1);
	free(p);
	return true;
}

static void weigh_taught(struct dataset *d, double anchor, const struct groups *g)
{
	size_t of_class[LQ_MAX_OUTPUTS] = { 0 }, i;

	for (i = 0; i < d->n; i++)
		if (d->labelled[i]) {
			of_class[kind_of(d, i)]++;
			d->n_labelled++;
		}
	for (i = 0; i < d->n; i++) {
		uint32_t k;

		if (held_flow(d->row[i].flow))
			continue;
		if (!d->labelled[i]) {
			d->w[i] = anchor * age_weight(d, i);
			continue;
		}
		k = kind_of(d, i);
		d->w[i] = age_weight(d, i) * groups_factor(g, k, d->row[i].group);
		if (d->n_classes)
			d->w[i] *= sqrt(d->n_labelled / (d->n_classes * (double)of_class[k]));
	}
}

/*
 * Every flow that judges counts the same, so of a group with too many some are left out, whole and
 * always the same.
 */
static void weigh_held(struct dataset *d, const struct groups *g)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (!judges(d, i))
			continue;
		d->hw[i] = held_part(d->row[i].flow) <
			   groups_factor(g, kind_of(d, i), d->row[i].group);
		d->n_held += d->hw[i] > 0;
	}
}

static bool weigh(struct dataset *d, double anchor, double share)
{
	struct groups taught = { 0 }, held = { 0 };
	bool there = groups_make(&taught) && groups_make(&held) && count_judges(d, &held);

	if (there) {
		count_taught(d, &taught);
		groups_settle(&taught, share);
		groups_settle(&held, share);
		weigh_taught(d, anchor, &taught);
		weigh_held(d, &held);
	}
	groups_free(&taught);
	groups_free(&held);
	return there;
}

/*
 * Trainers treat weights as evidence: together, recent labelled rows weigh as many as they are, but
 * unequal ones are fewer, sum(w)^2 / sum(w^2) (Kish, Survey Sampling, 1965).
 */
static void normalise(struct dataset *d)
{
	double sum = 0, squares = 0;
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->labelled[i] && d->recent[i]) {
			sum += d->w[i];
			squares += d->w[i] * d->w[i];
		}
	for (i = 0; squares > 0 && i < d->n; i++)
		d->w[i] *= d->labelled[i] ? sum / squares : 1;
}

static int by_flow(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void count_flows(struct dataset *d)
{
	uint64_t *flows = calloc(d->n_held + 1, sizeof(*flows));
	size_t i, n = 0;

	for (i = 0; flows && i < d->n; i++)
		if (d->hw[i] > 0)
			flows[n++] = d->row[i].flow;
	if (n)
		qsort(flows, n, sizeof(*flows), by_flow);
	for (i = 0; i < n; i++)
		d->n_flows_held += !i || flows[i] != flows[i - 1];
	free(flows);
}

bool dataset_make(struct dataset *d, const struct store *s, double anchor, double share,
		  uint64_t since)
{
	const struct store_layout *l = s->layout;
	const struct store_row *r;
	double step[LQ_MAX_INPUTS];
	uint32_t i;

	memset(d, 0, sizeof(*d));
	d->n_in = l->n_inputs;
	d->n_old = l->n_outputs;
	d->n_classes = l->n_classes;
	d->what = l->what;
	memcpy(d->names, l->inputs, sizeof(d->names));
	memcpy(d->classes, l->classes, sizeof(d->classes));
	if (!allocate(d, store_rows(s)))
		goto out;
	for (i = 0; i < d->n_in; i++)
		step[i] = dataset_step(d->names[i]);
	for (i = 0; i < s->places && d->n < store_rows(s); i++) {
		r = store_at(s, i);
		if (r)
			take(d, r, step, since);
	}
	settle_recent(d);
	range(d);
	if (!weigh(d, anchor, share))
		goto out;
	normalise(d);
	count_flows(d);
	return true;
out:
	dataset_free(d);
	return false;
}

struct rows dataset_rows(const struct dataset *d)
{
	return (struct rows) { .n = d->n, .cols = d->n_in, .v = d->x };
}

double dataset_loss(const struct dataset *d, size_t i, double answer)
{
	if (d->n_classes)
		return answer != d->y[i];
	return fmin(fabs(answer - d->y[i]) / (d->y_hi - d->y_lo), 1);
}
