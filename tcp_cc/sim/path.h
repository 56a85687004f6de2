/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The path back, from the bottleneck to the sender: the base RTT and all delay that is not queueing
 * at the bottleneck.
 *
 *	jitter		each ACK is late by a random time, exponential, uniform or Pareto (of shape
 *			2.5, at most 30 times the mean)
 *	lumps		ACKs arrive at multiples of a period (cable modem, interrupt moderation)
 *	slots		the same at random times (shared radio): 0.5 to 1.5 times the mean apart
 *	steps		every so often another base RTT, up to `step` higher (satellite
 *			handover); or once, for good
 *	thin		the return path is so slow that ACKs queue behind each other
 *
 * ACKs stay in order: a late one delays those behind it.
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
	double ack;		/* time of a packet's share of an ACK on the return path; us */
	double slot;		/* the next one */
	double last;		/* when the last ACK comes */
};

extern const char *const sim_noise_names[SIM_NOISES];

/* Base RTT of what leaves the bottleneck at @t. */
double sim_path_base(const struct sim_path *p, double t);

/* Arrival of the ACK for @packets that left the bottleneck at @t; times never go back. */
double sim_path_ack(struct sim_path *p, double t, double packets, struct sim_rng *r);

#endif /* LF_SIM_PATH_H */
