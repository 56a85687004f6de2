/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much of a delay is queue, and how much is noise of the path and its hosts.
 *
 * One source for tcp_liteflow.ko, the link simulator that trains policies, and the unit tests.
 *
 * An RTT sample is base + queue + noise. The noise is never negative: a host that is not
 * scheduled, a radio that waits for its slot, acknowledgements in lumps, offloads that merge
 * packets all add to a delay. Slowing down does not remove it, so a control that mistakes it for a
 * queue starves (Arun et al., SIGCOMM 2022, for every control that bounds delay by less than half
 * of the noise). Three properties tell them apart, and none of them models a specific noise:
 *
 * 1. A queue of ours rises or falls: within half a round trip its rate of change hardly turns.
 *    Noise goes up and down. The *swing* of an interval is the lesser of the greatest rise and the
 *    greatest fall among its samples in order. It is 0 for a series that only rises or only falls,
 *    however steeply, and about the noise's size where there is noise: a lump of acknowledgements
 *    is a fall by its length and a jump to the next one. The time of two of the connection's
 *    packets is not noise: other flows' packets come between, and there the mean is better than
 *    the lowest.
 *
 * 2. Noise only adds. So with noise the lowest sample is the most accurate: the *level* of an
 *    interval is its mean, less the mean's excess over the lowest sample, but at most less the
 *    swing. Without noise it is the mean, whose resolution is finer than a sample's.
 *
 * 3. In-order noise delays the packets behind, so it may raise an interval's lowest sample too, by
 *    much in one and by little in the next. A queue moves slowly in comparison. The *tolerance* is
 *    what levels differ by from one interval to the next, times NOISE_LEVELS, but no more than
 *    NOISE_SWINGS times the swing, since queues move levels, too.
 *
 * The base is the lowest level of the connection; the queue is what of a level is above base and
 * tolerance. Without noise the tolerance is 0 and the queue is the mean's excess over the least
 * mean.
 *
 * Not distinguished: a base that changes (a route), which looks like a queue until the rate control
 * finds that it does not drain (rate.h), and noise slower than a round trip.
 */
#ifndef LF_NOISE_H
#define LF_NOISE_H

#include "math.h"

/* Of an interval's samples, in order. */
struct lf_swing {
	u32 low, high;		/* so far */
	u32 rise, fall;		/* greatest */
	u32 n;			/* samples, saturated */
};

/* Of a connection. */
struct lf_noise {
	u32 base_us;		/* lowest level; 0: none yet */
	u32 last_us;		/* level of the interval before; 0: none */
	u32 swing_us;		/* greatest of late */
	u32 change_us;		/* mean difference of levels, in steps of 1 / 16 us */
};

/* An interval by this model. */
struct lf_delay {
	u32 level_us;
	u32 queue_us;
	u32 noise_us;		/* the tolerance */
	u32 swing_us;		/* without the grain */
	u32 recent_us;		/* greatest such swing of late */
};

void lf_swing_start(struct lf_swing *s);
void lf_swing_sample(struct lf_swing *s, u32 rtt_us);
u32 lf_swing_of(const struct lf_swing *s);

void lf_noise_init(struct lf_noise *n);

/* The path has changed: @base_us is its base as far as known. */
void lf_noise_rebase(struct lf_noise *n, u32 base_us);

/*
 * An interval ends: @mean_us of its samples, of which there is one at least; @grain_us: time of a
 * packet at the rate delivered.
 */
struct lf_delay lf_noise_interval(struct lf_noise *n, const struct lf_swing *s, u32 mean_us,
				  u32 grain_us);

#endif /* LF_NOISE_H */
