// SPDX-License-Identifier: GPL-2.0
/*
 * Scenes are drawn from held-out measurements, and each is run twice with the same random numbers,
 * by the engine's own integers: a hard scene is hard for both. A scene gives one
 * difference of rewards, cut to -1 .. 1, and the confidence sequence of seq.c decides as soon as it
 * can: better once the upper end is below -margin, not better once the lower end is above it. It is
 * wrong with probability `error` for scenes as they are drawn. Whether
 * tomorrow's paths are like these, live connections show (ramp.c).
 *
 * A policy that reads preferences gets them as in training; both get the same.
 */
#include "contest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "seq.h"
#include "tcp_cc/sim/search.h"
#include "tcp_cc/sim/snapshot.h"

#define SCENES_MAX	3000
#define SEED		0x5eed0004ull

struct side {
	struct sim_policy policy;
	struct sim_score sum;
};

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static double run(struct sim_scene *scene, struct side *side, const struct sim_shape *sh,
		  const float *preference, uint64_t seed)
{
	struct sim_score score;
	int i;

	sim_scene_make(scene, sh, &side->policy, seed);
	for (i = 0; i < scene->n_flows; i++)
		memcpy(scene->flows[i].preference, preference, 3 * sizeof(*preference));
	sim_run(scene);
	sim_score(scene, &score);
	side->sum.reward += score.reward;
	side->sum.goodput += score.goodput;
	side->sum.queue_p95 += score.queue_p95;
	return score.reward;
}

static void decide(const struct settings *set, struct contest_report *r)
{
	if (r->paths < set->min_flows)
		snprintf(r->reason, sizeof(r->reason),
			 "only %u measurements are of held-out connections, %u are needed to judge",
			 r->paths, set->min_flows);
	else if (!(r->hi < -set->margin))
		snprintf(r->reason, sizeof(r->reason),
			 "it is not shown to be better in %u scenes: reward %.4f, was %.4f, "
			 "difference between %.4f and %.4f",
			 r->scenes, r->reward_new, r->reward_old, -r->hi, -r->lo);
	r->undecided = *r->reason && (r->paths < set->min_flows || r->diff < -set->margin);
}

static void fill(struct contest_report *r, const struct seq *d, const struct side *side)
{
	uint32_t n = d->n ? d->n : 1;

	r->scenes = d->n;
	r->reward_old = side[0].sum.reward / n;
	r->reward_new = side[1].sum.reward / n;
	r->goodput_old = side[0].sum.goodput / n;
	r->goodput_new = side[1].sum.goodput / n;
	r->queue_old = side[0].sum.queue_p95 / n;
	r->queue_new = side[1].sum.queue_p95 / n;
	r->diff = seq_mean(d);
	r->lo = seq_lo(d);
	r->hi = seq_hi(d);
}

static bool open_question(const struct seq *d, double margin)
{
	return seq_hi(d) >= -margin && seq_lo(d) <= -margin;
}

void contest(struct scenes *s, struct sim_snapshot *old, struct sim_snapshot *new,
	     const struct settings *set, uint64_t until, struct contest_report *r)
{
	struct side side[2] = { { .policy = { sim_snapshot_act, old } },
				{ .policy = { sim_snapshot_act, new } } };
	bool drawn = sim_snapshot_prefers(old) || sim_snapshot_prefers(new);
	struct sim_scene *scene = calloc(1, sizeof(*scene));
	struct sim_rng rng = sim_rng(SEED);
	struct sim_shape sh;
	double before;
	struct seq d;
	float w[3] = { 1.0f / 3, 1.0f / 3, 1.0f / 3 };

	memset(r, 0, sizeof(*r));
	r->paths = s->n_held;
	seq_begin(&d, -1, 1, set->error);
	while (scene && s->n_held && d.n < SCENES_MAX && open_question(&d, set->margin) &&
	       cpu_ns() < until) {
		scenes_held(s, &sh, &rng);
		if (drawn)
			search_preference_any(w, &rng);
		before = run(scene, &side[0], &sh, w, SEED + d.n);
		seq_add(&d, before - run(scene, &side[1], &sh, w, SEED + d.n));
	}
	free(scene);
	fill(r, &d, side);
	decide(set, r);
}
