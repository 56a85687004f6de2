// SPDX-License-Identifier: GPL-2.0
/*
 * Calibration: the range of each input and each layer.
 *
 * A range that is too narrow clips rows; one that is too wide makes steps coarse for all rows. The
 * minimum and maximum of a column are a bad choice in both respects: one value of a million among
 * values around 0 leaves no resolution for the others, and later rows are slightly beyond. So
 * ranges are not guessed here but tried and measured, in integers, as the kernel will compute them:
 *
 *	split		every fifth row is held out to judge ranges, and sets none (calib_range.c,
 *			calib_score.c)
 *	level		the number of rows cut off each end of each column: none, one, one in 1,000,
 *			in 200, in 100. The least error on the held-out rows wins, and among those
 *			as good to within 5 % and 0.01 % of the outputs' range, the widest ranges
 *	given back	an input that lost more than its margin covers gets its whole range back if
 *			that does not increase the mean error over all rows, including those that
 *			would be clipped: a long tail that matters, not an accident
 *	headroom	margins go from 1.25 to 1.5, which is twice the range, for each input, and
 *			twice for each hidden layer, if all of that costs at most 0.05 % of the
 *			outputs' range. All at once is tried first, which usually works; else one
 *			after the other
 *
 * --calibration minmax cuts nothing and holds nothing out: for rows whose extremes are intended.
 * --margin sets all margins. Drift is counted outside the range of the rows that are not clipped,
 * without headroom (calib_usual.c).
 */
#include <math.h>
#include <stdlib.h>

#include "calib.h"

#define AS_GOOD		1.05	/* times the least error */
#define NO_MATTER	1e-4	/* share of the outputs' range too small for a narrower range */
#define ROOM_COST	5e-4	/* share of the outputs' range that headroom may cost */
#define ROOM_INPUT	1.5	/* as a margin: twice the range */
#define ROOM_LAYER	2.0

struct search {
	struct calib c;
	struct plan *plan;
	struct graph_err *err;
	struct calib_score held, all;
};

static void rooms_set(struct calib *c, double input, double layer)
{
	u32 i;

	for (i = 0; i < c->g->n_inputs; i++)
		c->q.room[i] = input;
	for (i = 0; i < c->g->n_layers; i++)
		c->q.layer_room[i] = layer;
}

/* A trial; the error is infinite if it cannot be expressed in integers. */
static double try(struct search *s, const struct calib_score *rows)
{
	if (quant_net(s->c.g, &s->c.q, s->c.opt, s->plan, s->err))
		return INFINITY;
	return calib_score(rows, s->plan);
}

static double choose_level(struct search *s)
{
	double error[CALIB_LEVELS], least = INFINITY;
	u32 l;

	s->c.work = CALIB_RUN_WORK / s->c.n_levels;
	for (l = 0; l < s->c.n_levels; l++) {
		calib_level(&s->c, l);
		calib_stats(&s->c);
		error[l] = try(s, &s->held);
		least = fmin(least, error[l]);
	}
	for (l = 0; l + 1 < s->c.n_levels && error[l] > least * AS_GOOD + NO_MATTER; l++)
		;
	s->c.work = CALIB_RUN_WORK;
	calib_level(&s->c, l);
	calib_stats(&s->c);
	return error[l];
}

/* Does the range with its margin hold this one? */
static bool holds(const struct quant_range *r, double margin, const struct quant_range *all)
{
	double half = (r->hi - r->lo) * (margin - 0.5), mid = (r->lo + r->hi) / 2;

	return mid - half <= all->lo && mid + half >= all->hi;
}

static void give_back(struct search *s)
{
	double error = try(s, &s->all), with;
	struct quant_range keep;
	u32 i;

	s->c.work = CALIB_RUN_WORK / s->c.g->n_inputs;
	for (i = 0; s->c.cuts[s->c.level] && i < s->c.g->n_inputs; i++) {
		if (holds(&s->c.q.in[i], s->c.q.room[i], &s->c.tails[i]))
			continue;
		keep = s->c.q.in[i];
		s->c.q.in[i] = s->c.tails[i];
		calib_stats(&s->c);
		with = try(s, &s->all);
		if (with <= error)
			error = with;
		else
			s->c.q.in[i] = keep;
	}
	s->c.work = CALIB_RUN_WORK;
	calib_stats(&s->c);
}

/* Widens one margin if the error stays within the limit. */
static void widen(struct search *s, double *room, double to, double allowed)
{
	double keep = *room;

	*room = fmax(*room, to);
	if (*room > keep && try(s, &s->held) > allowed)
		*room = keep;
}

static void add_headroom(struct search *s)
{
	double allowed = try(s, &s->held) + ROOM_COST, least = s->c.q.room[0];
	u32 i;

	rooms_set(&s->c, ROOM_INPUT, ROOM_LAYER);
	if (try(s, &s->held) <= allowed)
		return;
	rooms_set(&s->c, least, least);
	for (i = 0; i < s->c.g->n_inputs; i++)
		widen(s, &s->c.q.room[i], ROOM_INPUT, allowed);
	for (i = 0; i + 1 < s->c.g->n_layers; i++)
		widen(s, &s->c.q.layer_room[i], ROOM_LAYER, allowed);
}

static void search(struct search *s)
{
	double trials = 16 + 2.0 * s->c.g->n_inputs + s->c.g->n_layers;

	calib_score_init(&s->held, &s->c, s->plan, s->c.held, s->c.n_held, trials);
	if (s->c.n_levels > 1) {
		choose_level(s);
		if (s->c.holds)
			calib_score_init(&s->all, &s->c, s->plan, s->c.fit, s->c.n_fit, trials);
		else
			s->all = s->held;
		give_back(s);
	}
	if (!s->c.opt->margin)
		add_headroom(s);
	if (s->c.holds)
		calib_score_free(&s->all);
	calib_score_free(&s->held);
}

static void start(struct calib *c, double margin)
{
	const struct graph *g = c->g;
	u32 l;

	c->q.in = util_alloc(g->n_inputs, sizeof(*c->q.in));
	c->q.room = util_alloc(g->n_inputs, sizeof(*c->q.room));
	c->q.layer_room = util_alloc(g->n_layers, sizeof(*c->q.layer_room));
	c->q.stats = util_alloc(g->n_layers, sizeof(*c->q.stats));
	for (l = 0; l < g->n_layers; l++) {
		c->q.stats[l].pre = util_alloc(g->layers[l].n_out, sizeof(struct quant_range));
		c->q.stats[l].post = util_alloc(g->layers[l].n_out, sizeof(struct quant_range));
	}
	c->values = util_alloc(graph_at(g, g->n_layers + 1), sizeof(*c->values));
	rooms_set(c, margin, margin);
	c->work = CALIB_RUN_WORK;
	calib_split(c);
	calib_levels(c);
	calib_level(c, 0);
	calib_stats(c);
}

/* For the report. */
static void remember(const struct calib *c, struct plan *plan)
{
	u32 i;

	plan->n_fit = c->n_fit;
	plan->n_held = c->holds ? c->n_held : 0;
	plan->cut = c->cuts[c->level];
	for (i = 0; i < c->g->n_inputs; i++)
		plan->inputs[i].room = c->q.room[i];
}

int calib_net(const struct graph *g, const struct rows *rows, const struct plan_options *opt,
	      struct plan *plan, struct graph_err *err)
{
	struct search s = { .c = { .g = g, .rows = rows, .opt = opt }, .plan = plan, .err = err };
	int ret;

	start(&s.c, opt->margin ? opt->margin : PLAN_MARGIN);
	search(&s);
	ret = quant_net(g, &s.c.q, opt, plan, err);
	remember(&s.c, plan);
	calib_free(&s.c);
	return ret;
}
