// SPDX-License-Identifier: GPL-2.0
/* Statistics of a flow table. */
#include "table.h"

static u64 figures_sum(const struct lf_flows *flows, enum lf_count which)
{
	u64 total = 0, n;
	unsigned int start;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct lf_counts *c = per_cpu_ptr(flows->counts, cpu);

		do {
			start = u64_stats_fetch_begin(&c->sync);
			n = u64_stats_read(&c->n[which]);
		} while (u64_stats_fetch_retry(&c->sync, start));
		total += n;
	}
	return total;
}

/* Reads ends before births, so that there never seem to be more ends. */
void lf_flows_stats(struct lf_flows *flows, struct lf_flows_stats *st)
{
	st->ended = figures_sum(flows, LF_ENDED);
	st->aged = figures_sum(flows, LF_AGED);
	st->evicted = figures_sum(flows, LF_EVICTED);
	st->born = figures_sum(flows, LF_BORN);
	st->room = lf_shape_buckets(READ_ONCE(flows->shape)) * LF_WAYS;
	st->refused = READ_ONCE(flows->refused);
	st->max = (flows->first << flows->bits_max) * LF_WAYS;
	st->now = min_t(u64, st->born - st->ended - st->aged - st->evicted, st->max);
	st->bytes = sizeof(*flows) + (u64)READ_ONCE(flows->held) * sizeof(struct lf_bucket);
}
