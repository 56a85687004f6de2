// SPDX-License-Identifier: GPL-2.0
/*
 * From the store to training data.
 *
 * Some flows are held out whole (held.c).
 *
 * Weights. Every labelled row counts 1, times a factor that makes a class count by the square root
 * of its rows (rare classes get more than their number of rows, but less than common ones, as equal
 * weight would amplify noise). No group has more than its share of a class: the same bound as in
 * the store, but relative to the rows present instead of the store's size. Rows without a label
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

/* The factor by which rows of one group count in one class. */
static double group_factor(const struct dataset *d, const size_t *of_class, const size_t *of_group,
			   size_t i, double share)
{
	uint32_t k = kind_of(d, i);
	double most = share * of_class[k], n = of_group[k * 1024 + d->row[i].group % 1024];

	return n > most ? fmax(most, 1) / n : 1;
}

static void weigh(struct dataset *d, double anchor, double share)
{
	size_t of_class[LQ_MAX_OUTPUTS] = { 0 },
	       *of_group = calloc(LQ_MAX_OUTPUTS * 1024, sizeof(*of_group)), i;
	double n = 0;

	for (i = 0; of_group && i < d->n; i++) {
		if (!d->labelled[i])
			continue;
		of_class[kind_of(d, i)]++;
		of_group[kind_of(d, i) * 1024 + d->row[i].group % 1024]++;
		n++;
	}
	for (i = 0; i < d->n; i++) {
		bool held = held_flow(d->row[i].flow);
		double age = d->recent[i] ? 1 : PAST;

		if (!d->labelled[i]) {
			d->w[i] = held ? 0 : anchor * age;
			continue;
		}
		d->hw[i] = held && d->recent[i];
		d->n_held += held && d->recent[i];
		d->w[i] = held ? 0 : age;
		if (held)
			continue;
		if (d->n_classes)
			d->w[i] *= sqrt(n / (d->n_classes * (double)of_class[kind_of(d, i)]));
		if (of_group)
			d->w[i] *= group_factor(d, of_class, of_group, i, share);
	}
	d->n_labelled = n;
	free(of_group);
}

/* A recent labelled row counts 1 on average: trainers treat weights as evidence. */
static void normalise(struct dataset *d)
{
	double n = 0, sum = 0;
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->w[i] > 0 && d->labelled[i] && d->recent[i]) {
			n++;
			sum += d->w[i];
		}
	for (i = 0; sum > 0 && i < d->n; i++)
		d->w[i] *= d->labelled[i] ? n / sum : 1;
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
	if (!allocate(d, store_rows(s))) {
		dataset_free(d);
		return false;
	}
	for (i = 0; i < d->n_in; i++)
		step[i] = dataset_step(d->names[i]);
	for (i = 0; i < s->places && d->n < store_rows(s); i++) {
		r = store_at(s, i);
		if (r)
			take(d, r, step, since);
	}
	settle_recent(d);
	range(d);
	weigh(d, anchor, share);
	normalise(d);
	count_flows(d);
	return true;
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
