// SPDX-License-Identifier: GPL-2.0
/*
 * Connections are held out whole (held.h). Four of five scenes to train in are of paths measured
 * since the reason to train: earlier ones are what a policy should not forget. The anchor is for
 * paths that were never measured here: scenes of the ranges that shipped policies are trained on.
 */
#include "scenes.h"

#include <string.h>

#include "held.h"
#include "tcp_cc/sim/sim.h"

#define RECENT	0.8

static bool is_train(const struct paths_row *r, uint64_t since, bool recent)
{
	return r->crc && !held_flow(r->flow) && (r->time_ns >= since) == recent;
}

void scenes_make(struct scenes *s, const struct paths *p, double anchor, uint64_t since)
{
	const struct paths_row *r = p->row;
	uint32_t i;

	memset(s, 0, sizeof(*s));
	s->paths = p;
	s->anchor = anchor;
	for (i = 0; i < PATHS_PLACES; i++)
		if (is_train(&r[i], since, true))
			s->train[s->n_train++] = i;
	s->n_recent = s->n_train;
	for (i = 0; i < PATHS_PLACES; i++)
		if (is_train(&r[i], since, false))
			s->train[s->n_train++] = i;
	for (i = 0; i < PATHS_PLACES; i++)
		if (r[i].crc && held_flow(r[i].flow) && r[i].time_ns >= since)
			s->held[s->n_held++] = i;
}

static uint32_t one_of(const uint32_t *rows, uint32_t n, struct sim_rng *r)
{
	return rows[(uint32_t)(sim_uniform(r) * n)];
}

void scenes_train(void *scenes, struct sim_shape *sh, struct sim_rng *r)
{
	const struct scenes *s = scenes;
	bool recent;

	if (sim_uniform(r) < s->anchor) {
		*sh = sim_shape_random(r);
		return;
	}
	recent = s->n_recent && sim_uniform(r) < RECENT;
	sim_measured_shape(
		&s->paths->row[one_of(s->train, recent ? s->n_recent : s->n_train, r)].m, sh, r);
}

void scenes_held(void *scenes, struct sim_shape *sh, struct sim_rng *r)
{
	const struct scenes *s = scenes;

	sim_measured_shape(&s->paths->row[one_of(s->held, s->n_held, r)].m, sh, r);
}
