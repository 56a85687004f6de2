// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges over the calibration rows: of the inputs with and without their tails, and of each layer's
 * lanes.
 *
 * A level cuts a number of rows off each end of each column. The net is then run in double on rows
 * clamped to these ranges, as the integer net will see them, so that an outlier in an input does
 * not become one in layers. For a layer the greatest |lane| of each row counts, and as many rows
 * are cut there.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calib.h"

#define FEWEST_TO_HOLD	100	/* with fewer rows none is held out */
#define FEWEST_TO_CUT	20	/* with fewer rows none is cut */

static bool held_out(const struct calib *c, size_t r)
{
	return c->holds && r % CALIB_EVERY == CALIB_EVERY - 1;
}

/* Rows that set ranges, and rows that judge them. Ranges given by the user need no judging. */
void calib_split(struct calib *c)
{
	size_t r;

	c->holds = c->opt->calibration != PLAN_MINMAX && c->rows->n >= FEWEST_TO_HOLD;
	c->fit = util_alloc(c->rows->n, sizeof(*c->fit));
	c->held = util_alloc(c->rows->n, sizeof(*c->held));
	for (r = 0; r < c->rows->n; r++) {
		if (held_out(c, r))
			c->held[c->n_held++] = r;
		else
			c->fit[c->n_fit++] = r;
	}
	if (c->holds)
		return;
	memcpy(c->held, c->fit, c->n_fit * sizeof(*c->fit));
	c->n_held = c->n_fit;
}

static void add_level(struct calib *c, size_t cut)
{
	if (c->n_fit >= FEWEST_TO_CUT && cut > c->cuts[c->n_levels - 1] && 2 * cut < c->n_fit)
		c->cuts[c->n_levels++] = cut;
}

static size_t percentile_cut(const struct calib *c)
{
	double cut = floor(c->n_fit * (1 - c->opt->percentile / 100) + 1e-9);

	return 2 * cut < c->n_fit ? cut : (c->n_fit - 1) / 2;
}

/* None, one row, one in 1,000, in 200, in 100; or as set by the user. */
void calib_levels(struct calib *c)
{
	size_t n = c->n_fit;

	c->n_levels = 1;
	if (c->opt->calibration == PLAN_PERCENTILE)
		c->cuts[0] = percentile_cut(c);
	if (c->opt->calibration != PLAN_BEST)
		return;
	add_level(c, 1);
	add_level(c, (n + 999) / 1000);
	add_level(c, (n + 199) / 200);
	add_level(c, (n + 99) / 100);
}

/* Ranges of one input at all levels; v[n_fit] is sorted on the way. */
static void tails_of(struct calib *c, u32 i, double *v)
{
	double in[LQ_MAX_INPUTS];
	size_t k;
	u32 l;

	for (k = 0; k < c->n_fit; k++)
		v[k] = quant_enter(c->g, rows_at(c->rows, c->fit[k]), in)[i];
	util_sort(v, c->n_fit);
	for (l = 0; l < c->n_levels; l++) {
		c->tails[l * c->g->n_inputs + i].lo = v[c->cuts[l]];
		c->tails[l * c->g->n_inputs + i].hi = v[c->n_fit - 1 - c->cuts[l]];
	}
}

static void find_tails(struct calib *c)
{
	double *v = util_alloc(c->n_fit, sizeof(*v));
	u32 i;

	c->tails = util_alloc(CALIB_LEVELS * (size_t)c->g->n_inputs, sizeof(*c->tails));
	for (i = 0; i < c->g->n_inputs; i++)
		tails_of(c, i, v);
	free(v);
}

void calib_level(struct calib *c, u32 level)
{
	if (!c->tails)
		find_tails(c);
	c->level = level;
	memcpy(c->q.in, c->tails + level * c->g->n_inputs, c->g->n_inputs * sizeof(*c->q.in));
}

/* --- layers --- */

static void ranges_reset(struct quant_range *r, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		r[i] = (struct quant_range){ .lo = INFINITY, .hi = -INFINITY };
}

/* Returns the greatest |v|. */
static double ranges_add(struct quant_range *r, const double *v, u32 n, double share)
{
	double most = 0;
	u32 i;

	for (i = 0; i < n; i++) {
		r[i].lo = fmin(r[i].lo, v[i]);
		r[i].hi = fmax(r[i].hi, v[i]);
		r[i].mean += v[i] * share;
		most = fmax(most, fabs(v[i]));
	}
	return most;
}

/* A row as the net will see it: after the file's own quantiser, within the ranges. */
static void enter(const struct calib *c, size_t r, double *x)
{
	const double *v = quant_enter(c->g, rows_at(c->rows, r), x);
	u32 i;

	for (i = 0; i < c->g->n_inputs; i++)
		x[i] = fmin(fmax(v[i], c->q.in[i].lo), c->q.in[i].hi);
}

static void mean_of_inputs(struct calib *c)
{
	double x[LQ_MAX_INPUTS];
	size_t k;
	u32 i;

	for (i = 0; i < c->g->n_inputs; i++)
		c->q.in[i].mean = 0;
	for (k = 0; k < c->n_fit; k++) {
		enter(c, c->fit[k], x);
		for (i = 0; i < c->g->n_inputs; i++)
			c->q.in[i].mean += x[i] * (1.0 / c->n_fit);
	}
}

/* The greatest of most[n] without the rows that are cut. */
static double cut_most(const struct calib *c, double *most, size_t n)
{
	size_t cut = (double)c->cuts[c->level] * n / c->n_fit;

	util_sort(most, n);
	return most[n - 1 - (cut < n ? cut : 0)];
}

static void run_row(struct calib *c, size_t r, double share, double *most, size_t k, size_t n)
{
	double z[LQ_MAX_WIDTH], *x = c->values;
	u32 l;

	enter(c, r, c->values);
	for (l = 0; l < c->g->n_layers; l++) {
		struct quant_stats *s = &c->q.stats[l];

		x = c->values + graph_at(c->g, l + 1);
		graph_layer_run(c->g, l, c->values, z, x);
		most[2 * l * n + k] = ranges_add(s->pre, z, c->g->layers[l].n_out, share);
		most[(2 * l + 1) * n + k] = ranges_add(s->post, x, c->g->layers[l].n_out, share);
	}
}

static double macs_of(const struct graph *g)
{
	double macs = 1;
	u32 l;

	for (l = 0; l < g->n_layers; l++)
		macs += (g->layers[l].w ? (double)g->layers[l].n_in : 4) * g->layers[l].n_out;
	return macs;
}

void calib_stats(struct calib *c)
{
	size_t stride = 1 + c->n_fit * macs_of(c->g) / c->work,
	       n = (c->n_fit + stride - 1) / stride, k;
	double *most = util_alloc(2 * c->g->n_layers * n, sizeof(*most));
	u32 l;

	mean_of_inputs(c);
	for (l = 0; l < c->g->n_layers; l++) {
		ranges_reset(c->q.stats[l].pre, c->g->layers[l].n_out);
		ranges_reset(c->q.stats[l].post, c->g->layers[l].n_out);
	}
	for (k = 0; k < n; k++)
		run_row(c, c->fit[k * stride], 1.0 / n, most, k, n);
	for (l = 0; l < c->g->n_layers; l++) {
		c->q.stats[l].pre_most = cut_most(c, most + 2 * l * n, n);
		c->q.stats[l].post_most = cut_most(c, most + (2 * l + 1) * n, n);
	}
	free(most);
}

void calib_free(struct calib *c)
{
	u32 l;

	for (l = 0; c->q.stats && l < c->g->n_layers; l++) {
		free(c->q.stats[l].pre);
		free(c->q.stats[l].post);
	}
	free(c->q.stats);
	free(c->q.in);
	free(c->q.room);
	free(c->q.layer_room);
	free(c->tails);
	free(c->values);
	free(c->fit);
	free(c->held);
}
