// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <string.h>

#include "measured.h"
#include "sim.h"

#define ABOVE		1.15		/* times the rate that was delivered */
#define QUEUE_MIN	0.1		/* BDP */
#define QUEUE_MAX	4.0
#define DROPS_FROM	0.0005		/* losses that say where the buffer ends */
#define DROPS_ABOVE	1.5		/* times the queue seen then */
#define QUIET		(1.0 / 64)	/* of the base RTT: less swing is no noise */
#define LOSS_MIN	1e-4
#define LOSS_MAX	0.2
#define FLOWS_MAX	4

/*
 * Median swing over the noise's scale, in the simulator: 50 Mbit/s to 500 Mbit/s, scales of 2 to 25
 * % of the RTT. A kernel has more samples in an interval and so somewhat more swing; LESS to MORE
 * is the room for that.
 */
static const double swings[SIM_NOISES] = {
	[SIM_EXPONENTIAL] = 1.5, [SIM_UNIFORM] = 0.95, [SIM_PARETO] = 1.5,
	[SIM_LUMPS] = 0.55, [SIM_SLOTS] = 0.65,
};
#define LESS	0.6
#define MORE	1.2

static void noise(const struct sim_measured *m, struct sim_shape *sh, struct sim_rng *r)
{
	if (m->swing_us < QUIET * m->base_us)
		return;
	sh->noise = SIM_EXPONENTIAL + (int)(sim_uniform(r) * (SIM_NOISES - 1));
	sh->noise_ms = m->swing_us / swings[sh->noise] * sim_log_range(r, LESS, MORE) / 1000;
}

static void queue(const struct sim_measured *m, struct sim_shape *sh, struct sim_rng *r)
{
	double seen = fmax(m->queue, QUEUE_MIN);

	if (m->dropped >= DROPS_FROM)
		sh->queue_bdp = sim_log_range(r, seen, DROPS_ABOVE * seen);
	else
		sh->queue_bdp = sim_log_range(r, seen, fmax(QUEUE_MAX, DROPS_ABOVE * seen));
}

/* What was measured is one flow's share. */
static void others(struct sim_shape *sh, struct sim_rng *r)
{
	sh->flows = sim_uniform(r) < 0.5 ? 1 : 2 + (int)(sim_uniform(r) * (FLOWS_MAX - 1));
	sh->changes = sim_uniform(r) < 0.25;
	sh->staggered = sh->flows > 1 && sim_uniform(r) < 0.6;
	sh->cubics = sim_uniform(r) < 0.2;
	sh->mbit *= sh->flows + sh->cubics;
}

void sim_measured_shape(const struct sim_measured *m, struct sim_shape *sh, struct sim_rng *r)
{
	memset(sh, 0, sizeof(*sh));
	sh->mbit = m->rate * 8e-6 * sim_range(r, 1, ABOVE);
	sh->rtt_ms = m->base_us / 1000;
	queue(m, sh, r);
	noise(m, sh, r);
	if (m->loss >= LOSS_MIN)
		sh->loss = fmin(m->loss * sim_log_range(r, LESS, MORE), LOSS_MAX);
	others(sh, r);
	sh->seconds = sim_shape_seconds(sh, r);
}
