/* SPDX-License-Identifier: GPL-2.0 */
/* Two policies in the same scenes: is a candidate worth a swap? */
#ifndef LFD_CONTEST_H
#define LFD_CONTEST_H

#include "scenes.h"
#include "settings.h"

struct sim_snapshot;

struct contest_report {
	uint32_t paths;			/* held-out rows that scenes were drawn from */
	uint32_t scenes;
	double reward_old, reward_new;	/* of tcp_cc/sim/score.c, means */
	double goodput_old, goodput_new;	/* share of the capacity */
	double queue_old, queue_new;	/* p95, us, means */
	double diff, lo, hi;		/* old minus new reward, at most 1: less is better */
	char reason[256];		/* why not, or "" */
	bool undecided;			/* more measured paths may show it to be better */
};

/* until: ns of CLOCK_PROCESS_CPUTIME_ID. */
void contest(struct scenes *s, struct sim_snapshot *old, struct sim_snapshot *new,
	     const struct settings *set, uint64_t until, struct contest_report *r);

#endif /* LFD_CONTEST_H */
