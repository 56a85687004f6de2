/* SPDX-License-Identifier: GPL-2.0 */
/* Counters updated by packets: one set per CPU, summed when read. */
#ifndef LF_STATS_H
#define LF_STATS_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>
#include "core.h"

struct lf_counters {
	struct u64_stats_sync sync;
	u64_stats_t n[];
};

static inline struct lf_counters __percpu *lf_counters_create(unsigned int n)
{
	struct lf_counters __percpu *c;
	size_t size = sizeof(struct lf_counters) + n * sizeof(u64_stats_t);
	int cpu;

	c = (struct lf_counters __percpu *)__alloc_percpu_gfp(size, __alignof__(struct lf_counters),
							      LF_GFP);
	if (!c)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(c, cpu)->sync);
	return c;
}

static inline void lf_counters_destroy(struct lf_counters __percpu *c)
{
	free_percpu(c);
}

/* Bottom halves are off. */
static inline void lf_counters_inc(struct lf_counters __percpu *c, unsigned int i)
{
	struct lf_counters *here = this_cpu_ptr(c);

	u64_stats_update_begin(&here->sync);
	u64_stats_inc(&here->n[i]);
	u64_stats_update_end(&here->sync);
}

static inline void lf_counters_add(struct lf_counters __percpu *c, unsigned int i, u64 more)
{
	struct lf_counters *here = this_cpu_ptr(c);

	u64_stats_update_begin(&here->sync);
	u64_stats_add(&here->n[i], more);
	u64_stats_update_end(&here->sync);
}

static inline u64 lf_counters_sum(struct lf_counters __percpu *c, unsigned int i)
{
	u64 sum = 0, n;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct lf_counters *there = per_cpu_ptr(c, cpu);
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&there->sync);
			n = u64_stats_read(&there->n[i]);
		} while (u64_stats_fetch_retry(&there->sync, start));
		sum += n;
	}
	return sum;
}

#endif /* LF_STATS_H */
