/* SPDX-License-Identifier: GPL-2.0 */
/* A snapshot as a policy: the engine's integers, as the kernel runs them. */
#ifndef LF_SIM_SNAPSHOT_H
#define LF_SIM_SNAPSHOT_H

#include "sim.h"

struct snapshot;

/*
 * NULL, after a sentence on stderr, if it is no snapshot or reads what the simulator cannot tell.
 * Never freed.
 */
struct snapshot *snapshot_open(const char *path);

/* For struct sim_policy; ctx is a struct snapshot. */
s32 snapshot_act(const void *ctx, const struct lf_history *h, const float *preference);

#endif /* LF_SIM_SNAPSHOT_H */
