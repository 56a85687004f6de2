/* SPDX-License-Identifier: GPL-2.0 */
/* xorshift64*: the same random numbers everywhere. */
#ifndef LF_SIM_RNG_H
#define LF_SIM_RNG_H

#include <stdbool.h>

#include <lq/types.h>

struct sim_rng {
	u64 s;
};

struct sim_rng sim_rng(u64 seed);
double sim_uniform(struct sim_rng *r);			/* [0, 1) */
double sim_range(struct sim_rng *r, double lo, double hi);
double sim_log_range(struct sim_rng *r, double lo, double hi);
double sim_normal(struct sim_rng *r);

#endif /* LF_SIM_RNG_H */
