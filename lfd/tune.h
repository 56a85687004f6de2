/* SPDX-License-Identifier: GPL-2.0 */
/* A policy is retuned: where the search begins, and the search. */
#ifndef LFD_TUNE_H
#define LFD_TUNE_H

#include "scenes.h"
#include "settings.h"
#include "tcp_cc/sim/net.h"

struct graph_err;
struct sim_snapshot;

enum tune_from { TUNE_FROM_NET, TUNE_FROM_START, TUNE_FROM_IMITATION };

struct tune_result {
	enum tune_from from;
	double imitated;		/* squared error of actions */
	uint32_t generations;
	double reward_before, reward;	/* means over scenes to train in */
};

/*
 * before: parameters of the last training, if that file is there. serving: the snapshot to imitate
 * if there is neither that nor settings.start. 0, or -1 with the reason.
 */
int tune(struct scenes *scenes, const struct settings *s, const char *before,
	 struct sim_snapshot *serving, struct sim_net *net, struct tune_result *r,
	 struct graph_err *err);

#endif /* LFD_TUNE_H */
