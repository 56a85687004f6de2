// SPDX-License-Identifier: GPL-2.0
/*
 * The bottleneck: a queue of bytes before a server whose rate is known for all time. So a train's
 * departure is known when it arrives, and a queue is no more than the time at which it will be
 * empty.
 */
#include <math.h>

#include "sim.h"

struct sim_rng sim_rng(u64 seed)
{
	struct sim_rng r = { seed * 0x9e3779b97f4a7c15ull ^ 0x2545f4914f6cdd1dull };
	int i;

	if (!r.s)
		r.s = 1;
	for (i = 0; i < 8; i++)
		sim_uniform(&r);
	return r;
}

double sim_uniform(struct sim_rng *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return (r->s * 0x2545f4914f6cdd1dull >> 11) * 0x1p-53;
}

double sim_range(struct sim_rng *r, double lo, double hi)
{
	return lo + (hi - lo) * sim_uniform(r);
}

double sim_log_range(struct sim_rng *r, double lo, double hi)
{
	return lo * pow(hi / lo, sim_uniform(r));
}

/* Box and Muller, one of the two. */
double sim_normal(struct sim_rng *r)
{
	double u = 1 - sim_uniform(r), v = sim_uniform(r);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

static double segment_end(const struct sim_link *l, int i)
{
	return i + 1 < l->n_segments ? l->segments[i + 1].at : SIM_NEVER;
}

static int segment_of(const struct sim_link *l, int from, double t)
{
	while (segment_end(l, from) <= t)
		from++;
	return from;
}

static double served(const struct sim_link *l, int i, double from, double to)
{
	double bytes = 0, end;

	while ((end = segment_end(l, i)) < to) {
		bytes += (end - from) * l->segments[i++].rate;
		from = end;
	}
	return bytes + (to - from) * l->segments[i].rate;
}

/* When @bytes will have been served that begin to be at @from. */
static double time_of(const struct sim_link *l, double from, double bytes)
{
	int i = segment_of(l, l->now, from);
	double end, room;

	while ((end = segment_end(l, i)) < SIM_NEVER) {
		room = (end - from) * l->segments[i].rate;
		if (bytes <= room)
			break;
		bytes -= room;
		from = end;
		i++;
	}
	return from + bytes / l->segments[i].rate;
}

double sim_link_capacity(const struct sim_link *l, double from, double to)
{
	if (l->police > 0)
		return l->police * (to - from);
	return served(l, segment_of(l, 0, from), from, to);
}

double sim_link_delay(const struct sim_link *l, double now)
{
	return l->finish > now ? l->finish - now : 0;
}

/* Packets from one random loss to the next. */
static double gap(double loss, struct sim_rng *r)
{
	if (loss <= 0)
		return SIM_NEVER;
	return ceil(log(1 - sim_uniform(r)) / log(1 - loss));
}

void sim_link_start(struct sim_link *l, struct sim_rng *r)
{
	l->now = 0;
	l->tokens = l->bucket;
	l->filled = 0;
	l->finish = 0;
	l->until_loss = gap(l->loss, r);
}

static u32 lose(struct sim_link *l, u32 packets, struct sim_rng *r)
{
	u32 n = 0;

	l->until_loss -= packets;
	while (l->until_loss <= 0) {
		l->until_loss += gap(l->loss, r);
		n++;
	}
	return n;
}

/* Packets that the policer lets pass of those that come until @now. */
static u32 policed(struct sim_link *l, double now, u32 packets)
{
	if (l->police <= 0)
		return packets;
	l->tokens = fmin(l->bucket, l->tokens + (now - l->filled) * l->police);
	l->filled = now;
	packets = fmin(packets, l->tokens / SIM_MSS);
	l->tokens -= (double)packets * SIM_MSS;
	return packets;
}

struct sim_fate sim_link_pass(struct sim_link *l, double now, double spread, u32 packets,
			      struct sim_rng *r)
{
	struct sim_fate f = { .at = SIM_NEVER };
	double waiting = 0, room;
	u32 fits, passed;

	l->now = segment_of(l, l->now, now);
	if (l->finish > now)
		waiting = served(l, l->now, now, l->finish);
	else
		l->finish = now;
	/*
	 * The packet in service needs no room in the queue. What is served while the train comes
	 * would make some, too, but for all trains of that time together: to count it for each lets
	 * one flow starve another.
	 */
	room = (l->limit + SIM_MSS - waiting) / SIM_MSS + 1e-6;
	passed = policed(l, fmax(now + spread, l->filled), packets);
	fits = room <= 0 ? 0 : min_t(double, room, passed);
	f.dropped = packets - fits;
	f.lost = min_t(u32, lose(l, fits, r), fits);
	f.passed = fits - f.lost;
	/* Random loss is behind the bottleneck: what is lost has been served. */
	if (fits)
		l->finish = time_of(l, l->finish, (double)fits * SIM_MSS);
	if (f.passed)
		f.at = fmax(l->finish, time_of(l, now + spread, SIM_MSS));
	return f;
}
