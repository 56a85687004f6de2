// SPDX-License-Identifier: GPL-2.0
/*
 * The search (tcp_cc/sim/search.c) goes on from the parameters of the snapshot that was kept last,
 * from a model's file, or, for a snapshot of which only the integers are known, from a net that has
 * learnt to act as it does in scenes of the paths that were measured. Steps become smaller with the
 * share of generations or of processor time that is used up, whichever is greater.
 */
#include "tune.h"

#include <math.h>
#include <time.h>
#include <unistd.h>

#include "codegen/cmd.h"
#include "policy.h"
#include "tcp_cc/sim/imitate.h"
#include "tcp_cc/sim/snapshot.h"

#define SEED		1
#define SCORED		200	/* scenes */
#define SCORED_SEED	0x5eed0005ull
#define IMITATE_SCENES	1500
#define IMITATE_TIME	0.2	/* of the time */
#define SEARCH_TIME	0.8

static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* --- begin --- */

struct pupil {
	struct sim_snapshot *serving;
	double until;
};

static float shown(void *ctx, const struct sim_flow *f, const float *raw)
{
	const struct pupil *p = ctx;

	(void)raw;
	return (float)sim_snapshot_act(p->serving, &f->history, f->preference) / LF_ONE;
}

static bool in_time(void *ctx, int scenes, double error)
{
	const struct pupil *p = ctx;

	(void)scenes;
	(void)error;
	return cpu_ns() < p->until;
}

static void begin_imitation(struct search *search, const struct settings *s,
			    struct sim_snapshot *serving, struct tune_result *r)
{
	struct pupil pupil = { serving, cpu_ns() + IMITATE_TIME * s->time };
	struct imitation how = { shown, in_time, &pupil };
	struct sim_rng rng = sim_rng(SEED);

	sim_net_init(&search->at.net, sim_snapshot_prefers(serving) ? "mocc" : "aurora");
	sim_net_random(&search->at.net, &rng);
	r->from = TUNE_FROM_IMITATION;
	r->imitated = imitate(search, &how, IMITATE_SCENES);
}

static int begin_start(struct search *search, const struct settings *s, struct tune_result *r,
		       struct graph_err *err)
{
	struct graph *g = cmd_import(s->start, NULL, err);
	int ret;

	if (!g)
		return -1;
	r->from = TUNE_FROM_START;
	ret = policy_of_graph(&search->at.net, g, err);
	graph_free(g);
	return ret;
}

/* Without a file the net is of no use, whatever became of it. */
static bool begin_net(struct search *search, const char *before, struct tune_result *r)
{
	r->from = TUNE_FROM_NET;
	return !access(before, R_OK) && !sim_net_load(&search->at.net, before);
}

/* --- search --- */

static double part(const struct search *search, const struct settings *s, double began)
{
	double steps = (search->at.generation + 1.0) / s->generations;

	return fmax(steps, (cpu_ns() - began) / (SEARCH_TIME * s->time));
}

static void go_on(struct search *search, const struct settings *s, double began)
{
	double now;

	while (search->at.generation < s->generations &&
	       (now = part(search, s, began)) <= 1)
		search_generation(search, now);
}

int tune(struct scenes *scenes, const struct settings *s, const char *before,
	 struct sim_snapshot *serving, struct sim_net *net, struct tune_result *r,
	 struct graph_err *err)
{
	double began = cpu_ns();
	struct search search;
	int ret = 0;

	search_begin(&search, SEED, 1, scenes_train, scenes);
	if (begin_net(&search, before, r))
		;
	else if (*s->start)
		ret = begin_start(&search, s, r, err);
	else
		begin_imitation(&search, s, serving, r);
	if (!ret) {
		r->reward_before = search_score(&search, SCORED, SCORED_SEED).reward;
		go_on(&search, s, began);
		r->reward = search_score(&search, SCORED, SCORED_SEED).reward;
		r->generations = search.at.generation;
		*net = search.at.net;
	}
	search_end(&search);
	return ret;
}
