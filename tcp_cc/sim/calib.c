// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "calib.h"

struct pick {
	const struct sim_net *net;
	struct sim_rng rng;
	float (*rows)[NET_WIDTH];
	u32 max, seen;
};

/* Vitter's algorithm R. */
static void pick(void *ctx, const struct sim_flow *f, double now, const struct lf_report *r,
		 s32 action)
{
	struct pick *k = ctx;
	u32 at = k->seen;

	(void)now;
	(void)r;
	(void)action;
	if (f->rate.state != LF_RATE_POLICY)
		return;
	if (k->seen++ >= k->max)
		at = sim_uniform(&k->rng) * k->seen;
	if (at < k->max)
		sim_net_raw(k->net, &f->history, f->preference, k->rows[at]);
}

u32 calib_rows(const struct calib *c, float (*rows)[NET_WIDTH], u32 max)
{
	struct pick k = { .net = c->net, .rng = sim_rng(c->seed), .rows = rows, .max = max };
	struct sim_policy p = { sim_net_act, c->net };
	struct sim_scene *scene = malloc(sizeof(*scene));
	struct sim_shape sh;
	float w[3];
	int i, j;

	if (!scene)
		abort();
	for (i = 0; i < c->scenes; i++) {
		c->draw(c->draw_ctx, &sh, &k.rng);
		c->prefer(c->net, w, &k.rng);
		sim_scene_make(scene, &sh, &p, c->seed + i);
		for (j = 0; j < scene->n_flows; j++)
			memcpy(scene->flows[j].preference, w, sizeof(w));
		scene->watch = pick;
		scene->watch_ctx = &k;
		sim_run(scene);
	}
	free(scene);
	return min_t(u32, k.seen, max);
}

float calib_clamp(int i, float v)
{
	struct sim_net_input in = sim_net_input(i);

	return v < in.lo ? in.lo : v > in.hi ? in.hi : v;
}
