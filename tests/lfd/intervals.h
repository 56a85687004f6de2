/* SPDX-License-Identifier: GPL-2.0 */
/* Intervals of connections in the link simulator, with the reward terms that the kernel sends. */
#ifndef LFD_TEST_INTERVALS_H
#define LFD_TEST_INTERVALS_H

#include <lq/features.h>

#include "tcp_cc/sim/sim.h"

static inline void interval_terms(const struct lf_report *r, s32 term[LQ_N_REWARDS])
{
	s32 further[LF_N_FURTHER];

	lf_report_further(r, 0, SIM_MSS, further);
	term[0] = further[LF_FURTHER_DELIVERED_LOG2];
	term[1] = r->f.latency_ratio;
	term[2] = further[LF_FURTHER_CONN_MIN_US];
	term[3] = further[LF_FURTHER_LOSS_RATIO];
	term[4] = further[LF_FURTHER_SWING_US];
}

/* Does the kernel ask the policy in this interval, and so send a sample of it? */
static inline bool interval_sampled(const struct sim_flow *f, const struct lf_report *r)
{
	return lf_rate_asks(&f->rate, r, &f->config);
}

#endif /* LFD_TEST_INTERVALS_H */
