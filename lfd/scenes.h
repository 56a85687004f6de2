/* SPDX-License-Identifier: GPL-2.0 */
/* Scenes for the simulator from measured paths (paths.h). */
#ifndef LFD_SCENES_H
#define LFD_SCENES_H

#include "paths.h"

struct sim_shape;

struct scenes {
	const struct paths *paths;
	double anchor;			/* share of scenes that are not of measured paths */
	uint32_t train[PATHS_PLACES], n_train;	/* rows; those since the reason come first */
	uint32_t n_recent;
	uint32_t held[PATHS_PLACES], n_held;	/* since the reason, of held-out connections */
};

void scenes_make(struct scenes *s, const struct paths *p, double anchor, uint64_t since);

/* To train in, and to judge by: search_draw() of tcp_cc/sim/search.h. There must be such rows. */
void scenes_train(void *scenes, struct sim_shape *sh, struct sim_rng *r);
void scenes_held(void *scenes, struct sim_shape *sh, struct sim_rng *r);

#endif /* LFD_SCENES_H */
