/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policies as nets of fully connected layers: tanh in between, one real output.
 *
 * Inputs are normalised before the first layer, so that all parameters are of similar size: (x -
 * centre) * gain of x clamped to [lo, hi]. Export folds centre and gain into the first layer; the
 * quantiser derives the clamp from the calibration rows.
 *
 * An input layer may have two parts that do not see each other's inputs, as MOCC's history and
 * preference: some of its weights are 0 and stay 0.
 */
#ifndef LF_SIM_NET_H
#define LF_SIM_NET_H

#include "sim.h"

#define NET_LAYERS	3
#define NET_WIDTH	40	/* greatest */
#define NET_PARAMS	(NET_WIDTH * (NET_WIDTH + 1) * NET_LAYERS)
#define NET_HISTORY	(3 * LF_INTERVAL_HISTORY)
#define NET_ACTION	4.0f	/* the action for an output of 1 */

struct sim_net_input {
	const char *name;	/* of the feature */
	float lo, hi, centre, gain;
};

struct sim_net {
	const char *name;
	int n_layers;
	int width[NET_LAYERS + 1];
	/* of the first layer: those that see the history; the others see the preference */
	int history_lanes;
	int n_params;
	/* Of each layer weights [in][out], then biases [out]. */
	float p[NET_PARAMS];
};

/* "aurora": 30-32-16-1; "mocc": (30-32, 3-8)-16-1. Return: 0, or -1 for another name. */
int sim_net_init(struct sim_net *n, const char *name);

/* Small random weights; the last layer 0. */
void sim_net_random(struct sim_net *n, struct sim_rng *r);

/* Input @i of n->width[0]. */
struct sim_net_input sim_net_input(int i);

/* Is parameter @k trained, that is, not fixed at 0? */
bool sim_net_lives(const struct sim_net *n, int k);

/* A history and a preference as the net's inputs, in features' own units. */
void sim_net_raw(const struct sim_net *n, const struct lf_history *h, const float *preference,
		 float *x);

/*
 * The action, not clamped. @acts: of each layer, for sim_net_learn(), or NULL; [NET_LAYERS +
 * 1][NET_WIDTH].
 */
float sim_net_run(const struct sim_net *n, const float *raw, float (*acts)[NET_WIDTH]);

/*
 * Adds the gradient of (sim_net_run() - want)^2 / 2 to @grad [n_params]. Return: the error before.
 */
float sim_net_learn(const struct sim_net *n, const float *raw, float want, float *grad);

/* For struct sim_policy; ctx is a struct sim_net. */
s32 sim_net_act(const void *ctx, const struct lf_history *h, const float *preference);

/* Text: a line of name and widths, then a parameter a line. Return: 0 or -1. */
int sim_net_save(const struct sim_net *n, const char *path);
int sim_net_load(struct sim_net *n, const char *path);

#endif /* LF_SIM_NET_H */
