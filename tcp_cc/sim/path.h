/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The path back, from the bottleneck to the sender: the base RTT and what of a delay is no queue at
 * the bottleneck.
 *
 *	jitter		each ACK is late by a random time, exponential, uniform or Pareto (of shape 2.5, at most 30 times the mean)
 *	lumps		ACKs come at multiples of a time, as a cable modem or an interrupt moderator has them
 *	slots		the same at random times, as a shared radio has them: from a half to one and a half of the mean apart
 *	steps		the base RTT is another every so often (a satellite handover), up to `step` more; or once, for ever
 *	thin		the way back is so narrow that ACKs wait for each other
 *
 * ACKs keep their order: one that is late delays those behind it.
 */
#ifndef LF_SIM_PATH_H
#define LF_SIM_PATH_H

#include "rng.h"

enum sim_noise {
	SIM_QUIET,
	SIM_EXPONENTIAL,
	SIM_UNIFORM,
	SIM_PARETO,
	SIM_LUMPS,
	SIM_SLOTS,
	SIM_NOISES
};

struct sim_path {
	double base;		/* RTT without queue, us */
	enum sim_noise noise;
	double scale;		/* mean of jitter, time from lump to lump; us */
	double step;		/* most that a step adds to the base; us */
	double every;		/* from step to step; us, 0: there are none */
	bool once;		/* one step, after `every` */
	double ack;		/* time that a packet's share of an ACK takes on the way back; us */
	double slot;		/* the next one */
	double last;		/* when the last ACK comes */
};

extern const char *const sim_noise_names[SIM_NOISES];

/* Base RTT of what leaves the bottleneck at @t. */
double sim_path_base(const struct sim_path *p, double t);

/* When the ACK of @packets comes that left the bottleneck at @t; times never go back. */
double sim_path_ack(struct sim_path *p, double t, double packets, struct sim_rng *r);

#endif /* LF_SIM_PATH_H */
