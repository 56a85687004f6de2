// SPDX-License-Identifier: GPL-2.0
/*
 * Detects drift by comparing two windows: a reference, the traffic after the model became active,
 * and the latest flows.
 *
 * Each input has up to 16 bins with about as many reference flows in each. The distance of a window
 * from the reference is
 *
 *	D = sum over columns of weight * (mean over bins of
 *		(share - reference share)^2 / variance of the share)
 *
 * Inputs are weighted by their importance for the model (judge.c measures how many decisions change
 * when the input comes from another row), as changes that hardly affect the model do not matter;
 * the output is one more column, with half the weight.
 *
 * If flows were independent, the variance would be binomial, and D the chi-square test. They are
 * not: web pages come in bursts, a backup opens sixty flows at once, and such a test alarms at each
 * of them. So the variance of each bin is measured: the reference is kept in 32 blocks, among which
 * the bin's share varies as it does in this traffic. The limit is learnt, too: each run of 4 blocks
 * is compared with the reference, and the limit is above these distances. Until an alarm, the
 * distances of later windows refine it. One window above the limit is not an alarm: each counts
 * one, each below takes two away, and ten are an alarm. A burst ends, a shift stays. The reference
 * is not updated, so slow drift adds up.
 *
 * Rabanser et al. ("Failing Loudly", NeurIPS 2019) use Kolmogorov-Smirnov tests of each input,
 * which assume independent flows; they found that the output reveals most shifts, hence its weight.
 */
#include "drift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FAR		3	/* deviations above the mean */
#define LEAST 0.75 /* and at least this much above it: deviations of so few windows are uncertain \
		    */
#define CONFIRM		10	/* windows above the limit, a block apart, less twice the rest */
#define TEACH		(1.0 / 256)
#define OUT_WEIGHT	0.5

static uint32_t columns(const struct drift *d)
{
	return d->n_inputs + 1;
}

bool drift_ready(const struct drift *d)
{
	return d->n_ref == DRIFT_REFERENCE;
}

static void set_weights(struct drift *d, const double *weight)
{
	double sum = 0;
	uint32_t i;

	for (i = 0; weight && i < d->n_inputs; i++)
		sum += fmax(weight[i], 0);
	for (i = 0; i < d->n_inputs; i++)
		d->weight[i] =
			(1 - OUT_WEIGHT) * (sum > 0 ? fmax(weight[i], 0) / sum : 1.0 / d->n_inputs);
	d->weight[d->n_inputs] = OUT_WEIGHT;
}

bool drift_begin(struct drift *d, uint32_t n_inputs, uint32_t n_classes, uint32_t window,
		 const double *weight)
{
	memset(d, 0, sizeof(*d));
	d->n_inputs = n_inputs;
	d->n_classes = n_classes;
	d->block = (window + DRIFT_WINDOW - 1) / DRIFT_WINDOW;
	set_weights(d, weight);
	d->rows = calloc((size_t)d->block * DRIFT_REFERENCE * columns(d), sizeof(*d->rows));
	d->ref = calloc(DRIFT_REFERENCE, sizeof(*d->ref));
	d->win = calloc(DRIFT_WINDOW, sizeof(*d->win));
	if (d->rows && d->ref && d->win)
		return true;
	drift_end(d);
	return false;
}

void drift_end(struct drift *d)
{
	free(d->rows);
	free(d->ref);
	free(d->win);
	memset(d, 0, sizeof(*d));
}

/* --- bins --- */

static int ascending(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* Edges at the quantiles, without duplicates, so a column with few values has few bins. */
static void set_edges(struct drift *d, uint32_t c, int32_t *sorted)
{
	uint32_t i, k;
	int32_t edge;

	for (i = 0; i < d->n_rows; i++)
		sorted[i] = d->rows[(size_t)i * columns(d) + c];
	qsort(sorted, d->n_rows, sizeof(*sorted), ascending);
	d->n_edges[c] = 0;
	for (k = 1; k < DRIFT_BINS; k++) {
		edge = sorted[(uint64_t)d->n_rows * k / DRIFT_BINS];
		if (edge > sorted[0] && (!d->n_edges[c] || edge > d->edges[c][d->n_edges[c] - 1]))
			d->edges[c][d->n_edges[c]++] = edge;
	}
	/* Values beyond all those seen have a bin, even for a constant. */
	if (d->n_edges[c] < DRIFT_BINS - 1 && sorted[d->n_rows - 1] < INT32_MAX &&
	    (!d->n_edges[c] || d->edges[c][d->n_edges[c] - 1] <= sorted[d->n_rows - 1]))
		d->edges[c][d->n_edges[c]++] = sorted[d->n_rows - 1] + 1;
}

static uint32_t bin(const struct drift *d, uint32_t c, int32_t v)
{
	uint32_t k;

	if (c == d->n_inputs && d->n_classes)
		return v >= 0 && v < DRIFT_BINS ? v : DRIFT_BINS - 1;
	for (k = 0; k < d->n_edges[c] && v >= d->edges[c][k]; k++)
		;
	return k;
}

static void note(const struct drift *d, struct drift_hist *h, const int32_t *x, int32_t out)
{
	uint32_t c;

	for (c = 0; c < d->n_inputs; c++)
		h->n[c][bin(d, c, x[c])]++;
	h->n[c][bin(d, c, out)]++;
}

static void add(struct drift_hist *to, const struct drift_hist *h, int sign)
{
	uint32_t c, k;

	for (c = 0; c < DRIFT_COLUMNS; c++)
		for (k = 0; k < DRIFT_BINS; k++)
			to->n[c][k] += sign * h->n[c][k];
}

/* --- distance --- */

/* The distance of a window's counts from the reference's shares. */
static double column_distance(const struct drift *d, uint32_t c, const uint32_t *n)
{
	double total = (double)d->block * DRIFT_WINDOW, off, sum = 0;
	uint32_t k, used = 0;

	for (k = 0; k < DRIFT_BINS; k++) {
		if (!n[k] && !d->all.n[c][k])
			continue;
		off = n[k] / total - d->all.n[c][k] / (total / DRIFT_WINDOW * DRIFT_REFERENCE);
		sum += off * off / d->variance[c][k];
		used++;
	}
	return used ? sum / used : 0;
}

static double distance(const struct drift *d, const struct drift_hist *window, double *share)
{
	double sum = 0, v;
	uint32_t c;

	for (c = 0; c < columns(d); c++) {
		v = d->weight[c] * column_distance(d, c, window->n[c]);
		if (share)
			share[c] = v;
		sum += v;
	}
	return sum;
}

/* --- reference --- */

/*
 * How much a bin's share varies between windows: its variance between blocks over the blocks of a
 * window, but at least the binomial variance with one flow more than seen.
 */
static double bin_variance(const struct drift *d, uint32_t c, uint32_t k)
{
	double mean = (double)d->all.n[c][k] / DRIFT_REFERENCE, squares = 0, p, least, off;
	uint32_t i;

	for (i = 0; i < DRIFT_REFERENCE; i++) {
		off = d->ref[i].n[c][k] - mean;
		squares += off * off;
	}
	p = (d->all.n[c][k] + 1.0) / (d->block * DRIFT_REFERENCE + 2.0);
	least = p * (1 - p) * d->block;
	return fmax(squares / (DRIFT_REFERENCE - 1), least) / ((double)d->block * d->block) *
	       (1.0 / DRIFT_WINDOW + 1.0 / DRIFT_REFERENCE);
}

/* Each run of blocks against all: the distances while nothing changes. */
static void calibrate(struct drift *d, struct drift_hist *part)
{
	uint32_t i, k, c, n = DRIFT_REFERENCE - DRIFT_WINDOW + 1;
	double v, sum = 0, squares = 0;

	for (c = 0; c < columns(d); c++)
		for (k = 0; k < DRIFT_BINS; k++)
			d->variance[c][k] = bin_variance(d, c, k);
	for (i = 0; i < n; i++) {
		memset(part, 0, sizeof(*part));
		for (k = 0; k < DRIFT_WINDOW; k++)
			add(part, &d->ref[i + k], 1);
		v = distance(d, part, NULL);
		sum += v;
		squares += v * v;
	}
	d->mean = sum / n;
	d->dev = sqrt(fmax(squares / n - d->mean * d->mean, 0));
}

static void set_limit(struct drift *d)
{
	d->limit = d->mean + fmax(FAR * d->dev, LEAST * fmax(d->mean, 1));
}

static void make_reference(struct drift *d)
{
	struct drift_hist *part = calloc(1, sizeof(*part));
	int32_t *sorted = malloc(d->n_rows * sizeof(*sorted));
	uint32_t i, c;

	if (!part || !sorted) {
		d->n_rows = 0;		/* try again with the next flows */
	} else {
		for (c = 0; c < columns(d); c++)
			set_edges(d, c, sorted);
		memset(&d->all, 0, sizeof(d->all));
		memset(d->ref, 0, DRIFT_REFERENCE * sizeof(*d->ref));
		for (i = 0; i < d->n_rows; i++)
			note(d, &d->ref[i / d->block], d->rows + (size_t)i * columns(d),
			     d->rows[(size_t)i * columns(d) + d->n_inputs]);
		for (i = 0; i < DRIFT_REFERENCE; i++)
			add(&d->all, &d->ref[i], 1);
		d->n_ref = DRIFT_REFERENCE;
		calibrate(d, part);
		set_limit(d);
	}
	free(part);
	free(sorted);
}

static void collect(struct drift *d, const int32_t *x, int32_t out)
{
	int32_t *row = d->rows + (size_t)d->n_rows++ * columns(d);

	memcpy(row, x, 4 * d->n_inputs);
	row[d->n_inputs] = out;
	if (d->n_rows == d->block * DRIFT_REFERENCE)
		make_reference(d);
}

/* --- window --- */

static void begin_again(struct drift *d)
{
	d->n_rows = d->n_ref = d->n_win = d->at_win = d->in_block = d->past = 0;
}

static bool look(struct drift *d)
{
	struct drift_hist sum = d->win[0];
	uint32_t k;

	for (k = 1; k < DRIFT_WINDOW; k++)
		add(&sum, &d->win[k], 1);
	d->distance = distance(d, &sum, d->share);
	d->looks++;
	if (d->distance > d->limit) {
		d->past++;
		return d->past >= CONFIRM;
	}
	d->past = d->past > 2 ? d->past - 2 : 0;
	d->dev += TEACH * (fabs(d->distance - d->mean) * 1.2533 -
			   d->dev); /* sqrt(pi / 2): for a normal distribution */
	d->mean += TEACH * (d->distance - d->mean);
	set_limit(d);
	return false;
}

bool drift_add(struct drift *d, const int32_t *x, int32_t out)
{
	d->flows++;
	if (!drift_ready(d)) {
		collect(d, x, out);
		return false;
	}
	if (!d->in_block)
		memset(&d->win[d->at_win], 0, sizeof(*d->win));
	note(d, &d->win[d->at_win], x, out);
	if (++d->in_block < d->block)
		return false;
	d->in_block = 0;
	d->at_win = (d->at_win + 1) % DRIFT_WINDOW;
	if (d->n_win < DRIFT_WINDOW)
		d->n_win++;
	if (d->n_win < DRIFT_WINDOW || !look(d))
		return false;
	begin_again(d);
	return true;
}

uint32_t drift_culprit(const struct drift *d)
{
	uint32_t c, most = 0;

	for (c = 1; c < columns(d); c++)
		if (d->share[c] > d->share[most])
			most = c;
	return most;
}
