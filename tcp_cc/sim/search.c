// SPDX-License-Identifier: GPL-2.0
/*
 * Evolution strategies (Salimans et al., 2017).
 *
 * A generation draws some scenes, and in each of them runs the net with its parameters moved by +e
 * and by -e, for some random e. Scenes and their random numbers are the same for all, so what
 * differs is the policy. In each scene the runs are ranked, so a scene in which little can be won
 * counts as much as another; ranks, averaged over scenes, weigh the moves, and Adam follows their
 * sum. It needs neither a gradient of the simulator nor a value function.
 *
 * The same seed gives the same numbers: threads only divide the work.
 */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "search.h"

#define SIGMA		0.03f
#define LEARN		0.006f
#define LEARN_END	0.001f
#define DECAY		0.0005f

/* What a generation works on. */
struct task {
	struct sim_shape shape;
	float preference[3];
	u64 seed;
};

struct search_room {
	struct task tasks[SEARCH_SCENES_MAX];
	float moves[SEARCH_PAIRS][NET_PARAMS];
	struct sim_net tried[SEARCH_RUNS];
	struct sim_score scores[SEARCH_SCENES_MAX][SEARCH_RUNS];
	int n_tasks, n_runs;
	atomic_int next_job;
};

static void draw_usual(void *ctx, struct sim_shape *sh, struct sim_rng *r)
{
	(void)ctx;
	*sh = sim_shape_random(r);
}

void search_begin(struct search *s, u64 seed, int threads, search_draw *draw, void *ctx)
{
	memset(s, 0, sizeof(*s));
	s->at.seed = seed;
	s->threads = clamp_t(int, threads, 1, SEARCH_THREADS_MAX);
	s->draw = draw ? draw : draw_usual;
	s->draw_ctx = ctx;
	s->room = calloc(1, sizeof(*s->room));
	if (!s->room)
		abort();
}

void search_end(struct search *s)
{
	free(s->room);
	s->room = NULL;
}

void search_preference_any(float *w, struct sim_rng *r)
{
	double a = sim_uniform(r), b = sim_uniform(r);

	w[0] = fmin(a, b);
	w[1] = fmax(a, b) - w[0];
	w[2] = 1 - w[0] - w[1];
}

void search_preference(const struct sim_net *n, float *w, struct sim_rng *r)
{
	w[0] = w[1] = w[2] = 1.0f / 3;
	if (n->width[0] != NET_HISTORY && sim_uniform(r) >= 0.25)
		search_preference_any(w, r);
}

static void draw_tasks(struct search *s, int n, u64 seed)
{
	struct sim_rng r = sim_rng(seed);
	struct task *k;
	int i;

	s->room->n_tasks = n;
	for (i = 0; i < n; i++) {
		k = &s->room->tasks[i];
		s->draw(s->draw_ctx, &k->shape, &r);
		k->seed = seed * 1000003 + i;
		search_preference(&s->at.net, k->preference, &r);
	}
}

static void run_task(struct search *s, struct sim_scene *scene, const struct task *k,
		     const struct sim_policy *p, struct sim_score *out)
{
	int i;

	sim_scene_make(scene, &k->shape, p, k->seed);
	for (i = 0; i < scene->n_flows; i++)
		memcpy(scene->flows[i].preference, k->preference, sizeof(k->preference));
	sim_run(scene);
	sim_score(scene, out);
	for (i = 0; i < scene->n_flows; i++)
		s->intervals += scene->flows[i].intervals;
}

static void *work(void *arg)
{
	struct search *s = arg;
	struct search_room *room = s->room;
	struct sim_scene *scene = malloc(sizeof(*scene));
	struct sim_policy p = { .act = sim_net_act };
	int job, task, run;

	if (!scene)
		abort();
	while ((job = room->next_job++) < room->n_tasks * room->n_runs) {
		task = job / room->n_runs;
		run = job % room->n_runs;
		p.ctx = &room->tried[run];
		run_task(s, scene, &room->tasks[task], &p, &room->scores[task][run]);
	}
	free(scene);
	return NULL;
}

static void run_all(struct search *s, int runs)
{
	pthread_t threads[SEARCH_THREADS_MAX];
	int i;

	s->room->n_runs = runs;
	s->room->next_job = 0;
	for (i = 1; i < s->threads; i++)
		if (pthread_create(&threads[i], NULL, work, s))
			abort();
	work(s);
	for (i = 1; i < s->threads; i++)
		pthread_join(threads[i], NULL);
}

static void draw_moves(struct search *s)
{
	struct sim_rng r = sim_rng(s->at.seed + 7919ull * s->at.generation + 1);
	struct sim_net *tried = s->room->tried;
	float *move;
	int i, k;

	for (i = 0; i < SEARCH_PAIRS; i++) {
		move = s->room->moves[i];
		tried[2 * i] = tried[2 * i + 1] = s->at.net;
		for (k = 0; k < s->at.net.n_params; k++) {
			move[k] = sim_net_lives(&s->at.net, k) ? sim_normal(&r) : 0;
			tried[2 * i].p[k] += SIGMA * move[k];
			tried[2 * i + 1].p[k] -= SIGMA * move[k];
		}
	}
}

/*
 * Of each run, the mean over scenes of its rank among the runs, from -1/2 to 1/2; equals share
 * ranks.
 */
static void rank(const struct search_room *room, double *value)
{
	const struct sim_score *of;
	int s, i, j;

	memset(value, 0, SEARCH_RUNS * sizeof(*value));
	for (s = 0; s < room->n_tasks; s++) {
		of = room->scores[s];
		for (i = 0; i < SEARCH_RUNS; i++)
			for (j = 0; j < SEARCH_RUNS; j++)
				value[i] += ((of[i].reward > of[j].reward) -
					     (of[i].reward < of[j].reward)) /
					    (2.0 * SEARCH_RUNS * room->n_tasks);
	}
}

static void adam(struct search_state *t, const float *grad, double part)
{
	double step = t->generation + 1;
	float learn = LEARN * pow(LEARN_END / LEARN, fmin(part, 1));
	int k;

	for (k = 0; k < t->net.n_params; k++) {
		t->m[k] = 0.9f * t->m[k] + 0.1f * grad[k];
		t->v[k] = 0.99f * t->v[k] + 0.01f * grad[k] * grad[k];
		t->net.p[k] += learn * (t->m[k] / (1 - pow(0.9, step))) /
				       (sqrt(t->v[k] / (1 - pow(0.99, step))) + 1e-8) -
			       learn * DECAY * t->net.p[k];
	}
}

static void follow(struct search *s, const double *value, double part)
{
	float grad[NET_PARAMS] = { 0 };
	int i, k;

	for (i = 0; i < SEARCH_PAIRS; i++)
		for (k = 0; k < s->at.net.n_params; k++)
			grad[k] += (value[2 * i] - value[2 * i + 1]) * s->room->moves[i][k] /
				   SEARCH_RUNS;
	adam(&s->at, grad, part);
}

double search_generation(struct search *s, double part)
{
	double value[SEARCH_RUNS], mean = 0;
	int i, k;

	draw_tasks(s, SEARCH_SCENES, s->at.seed + 104729ull * s->at.generation + 2);
	draw_moves(s);
	run_all(s, SEARCH_RUNS);
	rank(s->room, value);
	follow(s, value, part);
	for (k = 0; k < SEARCH_SCENES; k++)
		for (i = 0; i < SEARCH_RUNS; i++)
			mean += s->room->scores[k][i].reward / (SEARCH_RUNS * SEARCH_SCENES);
	s->at.generation++;
	return mean;
}

struct sim_score search_score(struct search *s, int n, u64 seed)
{
	struct sim_score sum = { 0 };
	double *a = (double *)&sum, *b;
	int i, k;

	draw_tasks(s, min_t(int, n, SEARCH_SCENES_MAX), seed);
	s->room->tried[0] = s->at.net;
	run_all(s, 1);
	for (i = 0; i < s->room->n_tasks; i++) {
		b = (double *)&s->room->scores[i][0];
		for (k = 0; k < (int)(sizeof(sum) / sizeof(*a)); k++)
			a[k] += b[k] / s->room->n_tasks;
	}
	return sum;
}
