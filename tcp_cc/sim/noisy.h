/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random noisy scenes of one flow, to measure the floor: rates of 1 Mbit/s to 1 Gbit/s, RTTs of 0.2
 * to 300 ms.
 */
#ifndef LF_SIM_NOISY_H
#define LF_SIM_NOISY_H

#include "sim.h"

static inline void noisy_shapes(struct sim_shape *to, int n, u64 seed)
{
	struct sim_rng r = sim_rng(seed);
	int k;

	for (k = 0; k < n; k++) {
		struct sim_shape sh = {
			.mbit = sim_log_range(&r, 1, 1000),
			.rtt_ms = sim_log_range(&r, 0.2, 300),
			.flows = 1,
		};

		sh.queue_bdp = sim_log_range(&r, 0.25, 4);
		sim_noise_random(&sh, &r);
		sh.seconds = 1 + 150 * (sh.rtt_ms + sh.noise_ms + 100 / sh.mbit) / 1000;
		to[k] = sh;
	}
}

#endif /* LF_SIM_NOISY_H */
