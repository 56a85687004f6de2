// SPDX-License-Identifier: GPL-2.0
/* The path back; path.h has what it does to an ACK. */
#include <math.h>

#include "path.h"

#define PARETO_SHAPE	2.5
#define PARETO_MAX	30	/* means */
#define SLOT_LEAST	0.5
#define SLOT_MOST	1.5

const char *const sim_noise_names[SIM_NOISES] = { "quiet",  "exponential", "uniform",
						  "pareto", "lumps",       "slots" };

/* A number of the step alone, so that all who ask at any time get the same. */
static double height(u64 step)
{
	struct sim_rng r = sim_rng(step * 2654435761u + 1);

	return sim_uniform(&r);
}

double sim_path_base(const struct sim_path *p, double t)
{
	if (p->every <= 0 || t < p->every)
		return p->base;
	return p->base + p->step * (p->once ? 1 : height(t / p->every));
}

static double jitter(const struct sim_path *p, struct sim_rng *r)
{
	double u = 1 - sim_uniform(r);

	switch (p->noise) {
	case SIM_EXPONENTIAL:
		return -p->scale * log(u);
	case SIM_UNIFORM:
		return 2 * p->scale * u;
	case SIM_PARETO:
		return p->scale *
		       fmin((pow(u, -1 / PARETO_SHAPE) - 1) * (PARETO_SHAPE - 1), PARETO_MAX);
	default:
		return 0;
	}
}

/* The first slot that is not over. */
static double slotted(struct sim_path *p, double t, struct sim_rng *r)
{
	while (p->slot < t)
		p->slot += p->scale * sim_range(r, SLOT_LEAST, SLOT_MOST);
	return p->slot;
}

double sim_path_ack(struct sim_path *p, double t, double packets, struct sim_rng *r)
{
	t += sim_path_base(p, t) + jitter(p, r);
	if (p->noise == SIM_LUMPS)
		t = ceil(t / p->scale) * p->scale;
	t = fmax(t, p->last + packets * p->ack);
	if (p->noise == SIM_SLOTS)
		t = slotted(p, t, r);
	p->last = t;
	return t;
}
