// SPDX-License-Identifier: GPL-2.0
/*
 * A search from random parameters spends most of its time finding out that a rate must be held at
 * all, so it begins with a net that imitates a teacher: the net drives, the teacher says what it
 * would have done, and the net follows the gradient of the squared difference (Adam). So it learns
 * in the states that it reaches itself (DAgger: Ross et al., 2011).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "imitate.h"

#define BATCH	256
#define LEARN	0.001f
#define EVERY	3	/* intervals: neighbours say the same */

struct lesson {
	struct search_state *t;
	const struct imitation *how;
	float grad[NET_PARAMS];
	double error;
	u32 rows, seen;
};

static void follow(struct lesson *l)
{
	struct search_state *t = l->t;
	int k;

	for (k = 0; k < t->net.n_params; k++) {
		if (!sim_net_lives(&t->net, k))
			continue;
		l->grad[k] /= BATCH;
		t->m[k] = 0.9f * t->m[k] + 0.1f * l->grad[k];
		t->v[k] = 0.999f * t->v[k] + 0.001f * l->grad[k] * l->grad[k];
		t->net.p[k] -= LEARN * t->m[k] / (sqrtf(t->v[k]) + 1e-6f);
	}
	memset(l->grad, 0, sizeof(l->grad));
	l->rows = 0;
}

static void learn_row(void *ctx, const struct sim_flow *f, double now, const struct lf_report *r,
		      s32 action)
{
	struct lesson *l = ctx;
	float raw[NET_WIDTH], e;

	(void)now;
	(void)action;
	if (f->rate.state != LF_RATE_POLICY || r->limited || l->seen++ % EVERY)
		return;
	sim_net_raw(&l->t->net, &f->history, f->preference, raw);
	e = sim_net_learn(&l->t->net, raw, l->how->teacher(l->how->ctx, f, raw), l->grad);
	l->error = 0.999 * l->error + 0.001 * e * e;
	if (++l->rows == BATCH)
		follow(l);
}

static void drive(struct search *s, struct sim_scene *scene, struct lesson *l, struct sim_rng *r,
		  u64 seed)
{
	struct sim_policy p = { sim_net_act, &s->at.net };
	struct sim_shape sh;
	float w[3];
	int k;

	s->draw(s->draw_ctx, &sh, r);
	search_preference(&s->at.net, w, r);
	sim_scene_make(scene, &sh, &p, seed);
	for (k = 0; k < scene->n_flows; k++)
		memcpy(scene->flows[k].preference, w, sizeof(w));
	scene->watch = learn_row;
	scene->watch_ctx = l;
	sim_run(scene);
}

double imitate(struct search *s, const struct imitation *how, int scenes)
{
	struct sim_scene *scene = malloc(sizeof(*scene));
	struct lesson l = { .t = &s->at, .how = how };
	struct sim_rng r = sim_rng(s->at.seed);
	int i;

	if (!scene)
		abort();
	for (i = 0; i < scenes; i++) {
		drive(s, scene, &l, &r, s->at.seed + i);
		if (how->told && !how->told(how->ctx, i + 1, l.error))
			break;
	}
	memset(s->at.m, 0, sizeof(s->at.m));
	memset(s->at.v, 0, sizeof(s->at.v));
	free(scene);
	return l.error;
}
