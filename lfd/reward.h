/* SPDX-License-Identifier: GPL-2.0 */
/* The reward terms of a connection's interval (LQ_REWARDS of <lq/features.h>), as numbers. */
#ifndef LFD_REWARD_H
#define LFD_REWARD_H

#include <stdbool.h>
#include <stdint.h>

#include <lq/features.h>

struct reward {
	float rate;			/* delivered, bytes/s */
	float queue;			/* delay of the queue over the base RTT */
	float base_us;
	float lost;			/* share of packets */
	float swing_us;			/* noise, tcp_cc/noise.h */
};

/* False if the interval says nothing: no RTT yet, or nothing delivered. */
bool reward_of(const int32_t term[LQ_N_REWARDS], struct reward *r);

/*
 * What the interval lost against the best that there is, 0 to 1: the terms of tcp_cc/sim/score.c
 * over their range, so that 0.01 is a fifth less throughput, or two thirds of a round trip of
 * queue, or a tenth of the packets.
 */
double reward_loss(const struct reward *r);

#endif /* LFD_REWARD_H */
