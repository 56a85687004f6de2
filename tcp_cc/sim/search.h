/* SPDX-License-Identifier: GPL-2.0 */
/* Search for a policy by evolution strategies: the algorithm is in search.c. */
#ifndef LF_SIM_SEARCH_H
#define LF_SIM_SEARCH_H

#include <stdatomic.h>

#include "net.h"

#define SEARCH_PAIRS		24
#define SEARCH_RUNS		(2 * SEARCH_PAIRS)
#define SEARCH_SCENES		24	/* of a generation */
#define SEARCH_SCENES_MAX	200	/* of search_score() */
#define SEARCH_THREADS_MAX	8

/* Draws a scene to search in. */
typedef void search_draw(void *ctx, struct sim_shape *sh, struct sim_rng *r);

/* All that is needed to go on later. */
struct search_state {
	struct sim_net net;			/* the best guess so far */
	float m[NET_PARAMS], v[NET_PARAMS];	/* Adam */
	u32 generation;
	u64 seed;
};

struct search {
	struct search_state at;
	search_draw *draw;
	void *draw_ctx;
	int threads;
	atomic_ullong intervals;		/* simulated so far */
	struct search_room *room;
};

/* @draw NULL: the ranges of scene.c. The net is the caller's to set. */
void search_begin(struct search *s, u64 seed, int threads, search_draw *draw, void *ctx);
void search_end(struct search *s);

/*
 * One generation; @part: of the whole search, 0 to 1, by which steps become smaller. Return: mean
 * reward of all that was tried.
 */
double search_generation(struct search *s, double part);

/* Means over @n scenes of this seed, at most SEARCH_SCENES_MAX, of the net as it is. */
struct sim_score search_score(struct search *s, int n, u64 seed);

/* Uniform over all triples that add up to 1. */
void search_preference_any(float *w, struct sim_rng *r);

/* A quarter has equal weights, and all where the net does not read preferences; else any. */
void search_preference(const struct sim_net *n, float *w, struct sim_rng *r);

#endif /* LF_SIM_SEARCH_H */
