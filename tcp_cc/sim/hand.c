// SPDX-License-Identifier: GPL-2.0
/*
 * Steers to a small queue: up while the delay of the last round trip is below the target, down
 * above it, against its gradient, and against more sent than delivered. The figures are guesses
 * that hold a queue; no search was made for them.
 */
#include <math.h>

#include "hand.h"

#define TARGET		0.12f	/* of the base RTT, with equal preferences */
#define GAIN		6.0f
#define GRADIENT	20.0f
#define EXCESS		0.04f	/* what random loss makes of the send ratio, and growth */
#define LOSS		20.0f
#define UP_MAX		2.0f
#define DOWN_MAX	5.0f

float hand_action(const float *raw, const float *preference)
{
	const float *newest = raw + 3 * (LF_INTERVAL_HISTORY - 1), *before = newest - 3;
	float target = TARGET * (1 + 2 * (preference[0] - preference[1]));
	float queue = (newest[1] + before[1]) / 2 - 1, gradient = (newest[0] + before[0]) / 2;
	float excess = (newest[2] + before[2] + before[-1] + before[-4]) / 4 - 1 - EXCESS;
	float a = GAIN * (target - queue) - GRADIENT * gradient - LOSS * fmaxf(excess, 0);

	return fminf(fmaxf(a, -DOWN_MAX), UP_MAX);
}

s32 hand_act(const void *ctx, const struct lf_history *h, const float *preference)
{
	float x[3 * LF_INTERVAL_HISTORY];
	int k;

	(void)ctx;
	for (k = 0; k < LF_INTERVAL_HISTORY; k++) {
		x[3 * k] = (float)h->past[k].latency_inflation / LF_ONE;
		x[3 * k + 1] = (float)h->past[k].latency_ratio / LF_ONE;
		x[3 * k + 2] = (float)h->past[k].send_ratio / LF_ONE;
	}
	return hand_action(x, preference) * LF_ONE;
}
