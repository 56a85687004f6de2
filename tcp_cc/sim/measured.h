/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scenes from measurements: what the monitor intervals of a connection tell about its path, and
 * what they leave open.
 *
 *	base_us		yes: the least RTT
 *	rate		from below: the bottleneck's rate, but less if others share it or if the
 *			connection did not fill it
 *	queue		from below: a queue that was never long shows no limit of the buffer; one
 *			that lost packets while it was long does
 *	loss		yes, where intervals without a queue lost packets: no buffer overflowed
 *	swing_us	the size of the noise, not its kind; none below the time of two packets
 *	the rest	no: who else sends, how rates change, whether noise is on the forward or
 *			the return path
 *
 * What is not known is drawn: rates up to a seventh above the one measured, buffers from the queue
 * seen up to four BDPs, any kind of noise at the scale that makes such a swing (SWINGS in
 * measured.c, within about a factor of two), and other flows as scene.c draws them.
 */
#ifndef LF_SIM_MEASURED_H
#define LF_SIM_MEASURED_H

#include "rng.h"

struct sim_shape;

/* Of a path, by some dozens of intervals of a connection. */
struct sim_measured {
	float base_us;		/* > 0 */
	float rate;		/* delivered, bytes/s, > 0; a high quantile */
	float queue;		/* delay of the queue over base; a high quantile */
	float loss;		/* share of packets, in intervals without a queue */
	float dropped;		/* likewise, in intervals with one */
	float swing_us;		/* of RTT samples in an interval (noise.h); the median */
};

/* Not a number: false. */
static inline bool sim_measured_in(float v, float least, float most)
{
	return v >= least && v <= most;
}

/* Are these numbers that a path can have? */
static inline bool sim_measured_ok(const struct sim_measured *m)
{
	return sim_measured_in(m->base_us, 20, 2e6) && sim_measured_in(m->rate, 1250, 1.25e10) &&
	       sim_measured_in(m->queue, 0, 10000) && sim_measured_in(m->swing_us, 0, 2e6) &&
	       sim_measured_in(m->loss, 0, 1) && sim_measured_in(m->dropped, 0, 1);
}

/* One of the scenes that this may be. */
void sim_measured_shape(const struct sim_measured *m, struct sim_shape *sh, struct sim_rng *r);

#endif /* LF_SIM_MEASURED_H */
