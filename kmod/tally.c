// SPDX-License-Identifier: GPL-2.0
#include "tally.h"

#include <linux/bitops.h>
#include <linux/seqlock.h>

struct lf_tally {
	seqcount_t seq;		/* one writer at a time: preemption is off */
	struct lf_tally_term term[LF_TERMS];
};

struct lf_tally __percpu *lf_tally_create(void)
{
	struct lf_tally __percpu *tally = alloc_percpu_gfp(struct lf_tally, LF_GFP);
	int cpu;

	if (!tally)
		return NULL;
	for_each_possible_cpu(cpu)
		seqcount_init(&per_cpu_ptr(tally, cpu)->seq);
	return tally;
}

void lf_tally_destroy(struct lf_tally __percpu *tally)
{
	free_percpu(tally);
}

static unsigned int tally_bucket(s64 v)
{
	return v <= 0 ? 0 : min_t(unsigned int, fls64(v), LF_TALLY_BUCKETS - 1);
}

static void tally_wide_add(struct lf_tally_term *t, u64 low, u64 high)
{
	t->squares += low;
	t->squares_high += high + (t->squares < low);
}

static void tally_count(struct lf_tally_term *t, s64 v)
{
	unsigned __int128 square = (__int128)v * v;

	t->count++;
	t->sum += v;
	tally_wide_add(t, square, square >> 64);
	t->bucket[tally_bucket(v)]++;
}

void lf_tally_add(struct lf_tally __percpu *tally, unsigned int first, const s64 *v, unsigned int n)
{
	struct lf_tally *here;
	unsigned int i;

	preempt_disable();	/* PREEMPT_RT: another flow may end on this CPU */
	here = this_cpu_ptr(tally);
	raw_write_seqcount_begin(&here->seq);
	for (i = 0; i < n; i++)
		tally_count(&here->term[first + i], v[i]);
	raw_write_seqcount_end(&here->seq);
	preempt_enable();
}

static void tally_read(const struct lf_tally *there, unsigned int term, struct lf_tally_term *copy)
{
	unsigned int seq;

	do {
		seq = raw_read_seqcount_begin(&there->seq);
		*copy = there->term[term];
	} while (read_seqcount_retry(&there->seq, seq));
}

void lf_tally_sum(struct lf_tally __percpu *tally, unsigned int term, struct lf_tally_term *sum)
{
	struct lf_tally_term copy;
	int cpu, i;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		tally_read(per_cpu_ptr(tally, cpu), term, &copy);
		sum->count += copy.count;
		sum->sum += copy.sum;
		tally_wide_add(sum, copy.squares, copy.squares_high);
		for (i = 0; i < LF_TALLY_BUCKETS; i++)
			sum->bucket[i] += copy.bucket[i];
	}
}
