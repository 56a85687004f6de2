/* SPDX-License-Identifier: GPL-2.0 */
/* A policy's net (tcp_cc/sim/net.h) as a model of lfgen's library, and as a snapshot. */
#ifndef LFD_POLICY_H
#define LFD_POLICY_H

#include "codegen/lfs.h"
#include "scenes.h"

struct sim_net;

/* Inputs in the features' own units. */
struct graph *policy_graph(const struct sim_net *net, const char *name);

/* The other way: 0, or -1 with the reason, if the model's shape is none of sim_net_init()'s. */
int policy_of_graph(struct sim_net *net, const struct graph *g, struct graph_err *err);

/*
 * Quantises with rows of the training's scenes, proves, and loads it. error: of the integers, mean
 * over the output's range. -1 with the reason.
 */
int policy_freeze(const struct sim_net *net, struct scenes *scenes, const char *name,
		  struct lfs *m, double *error, struct graph_err *err);

#endif /* LFD_POLICY_H */
