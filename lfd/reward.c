// SPDX-License-Identifier: GPL-2.0
/*
 * score.c has the reward ln(goodput / fair share) - 0.3 * queue - 2 * dropped. The fair share is
 * not known here, but the same for two policies that serve connections picked at random, so it
 * drops out of their difference. Loss counts whatever its cause, since a full queue and
 * random loss look alike here, and random loss is the same for both.
 */
#include "reward.h"

#include <math.h>

#define RATE_LEAST	1e3	/* bytes/s */
#define RATE_MOST	1e11
#define DELAY		0.3
#define DELAY_MAX	4.0
#define LOSS		2.0
#define LOSS_MAX	0.5

/* In the order of LQ_REWARDS. */
enum { DELIVERED, RATIO, BASE, LOST, SWING };

_Static_assert(LQ_N_REWARDS == SWING + 1, "each term has its place here");

bool reward_of(const int32_t term[LQ_N_REWARDS], struct reward *r)
{
	r->rate = exp2(term[DELIVERED] / 256.0) - 1;
	r->queue = fmax(term[RATIO] / 65536.0 - 1, 0);
	r->base_us = term[BASE];
	r->lost = term[LOST] / 65536.0;
	r->swing_us = fmax(term[SWING], 0);
	return term[BASE] > 0 && term[DELIVERED] > 0;
}

double reward_loss(const struct reward *r)
{
	double rate = fmin(fmax(r->rate, RATE_LEAST), RATE_MOST);
	double most = log(RATE_MOST / RATE_LEAST) + DELAY * DELAY_MAX + LOSS * LOSS_MAX;

	return (log(RATE_MOST / rate) + DELAY * fmin(r->queue, DELAY_MAX) +
		LOSS * fmin(r->lost, LOSS_MAX)) / most;
}
