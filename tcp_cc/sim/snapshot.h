/* SPDX-License-Identifier: GPL-2.0 */
/* A snapshot as a policy: the engine's integers, as the kernel runs them. */
#ifndef LF_SIM_SNAPSHOT_H
#define LF_SIM_SNAPSHOT_H

#include "sim.h"

struct lfs;
struct sim_snapshot;

/*
 * NULL, with the reason, if it is no policy or reads what the simulator cannot tell. @m stays the
 * caller's, the result is freed by free().
 */
struct sim_snapshot *sim_snapshot_of(struct lfs *m, char *why, size_t size);

/* The same of a file, with a sentence on stderr. Never freed. */
struct sim_snapshot *sim_snapshot_open(const char *path);

/* Does it read the preference? */
bool sim_snapshot_prefers(const struct sim_snapshot *s);

/* For struct sim_policy; ctx is a struct sim_snapshot. */
s32 sim_snapshot_act(const void *ctx, const struct lf_history *h, const float *preference);

#endif /* LF_SIM_SNAPSHOT_H */
