// SPDX-License-Identifier: GPL-2.0
/* Scenes: from a shape to flows on a link, and their events in order. */
#include <math.h>
#include <string.h>

#include "sim.h"

/* No queue is shorter than this, whatever the BDP: below, no two flows could ever meet. */
#define QUEUE_MIN_PACKETS	16

#define ROUNDS_MIN	100	/* round trips of a scene for training */
#define ROUNDS_MAX	300
#define SECONDS_MIN	0.4
#define SECONDS_MAX	40

/* of the rate that an outage leaves: a link of no rate would never end */
#define OUTAGE_SHARE	1e-4
#define OUTAGES		5
#define SLOWEST_PART	0.01
#define POLICED_LINE	10	/* times the policer's rate */
#define ACK_BYTES	33	/* for each packet of data: one of 66 for two */

static double packet_us(const struct sim_shape *sh)
{
	return SIM_MSS * 8 / sh->mbit;
}

static int random_flows(struct sim_rng *r)
{
	double u = sim_uniform(r);

	if (u < 0.4)
		return 1;
	return 2 + (u < 0.7 ? 2 : 6.99) * sim_uniform(r);
}

/* Jitter of 1 to 50 % of the RTT, lumps of 0.1 to 2 RTT, slots likewise. */
void sim_noise_random(struct sim_shape *sh, struct sim_rng *r)
{
	sh->noise = SIM_EXPONENTIAL + (int)(sim_uniform(r) * (SIM_NOISES - 1));
	if (sh->noise < SIM_LUMPS)
		sh->noise_ms = sim_log_range(r, 0.01, 0.5) * sh->rtt_ms;
	else
		sh->noise_ms = sim_log_range(r, 0.1, 2) * sh->rtt_ms;
}

static double round_s(const struct sim_shape *sh)
{
	return max_t(double, sh->rtt_ms, 10 * packet_us(sh) / 1000) / 1000;
}

double sim_shape_seconds(const struct sim_shape *sh, struct sim_rng *r)
{
	double s = round_s(sh) * sim_range(r, ROUNDS_MIN, ROUNDS_MAX);

	return clamp_t(double, s, SECONDS_MIN, SECONDS_MAX);
}

/*
 * Half of all scenes lose only packets that find no room; in a third the bandwidth changes, a fifth
 * have CUBIC flows.
 */
struct sim_shape sim_shape_random(struct sim_rng *r)
{
	struct sim_shape sh = {
		.mbit = sim_log_range(r, 1, 1000),
		.rtt_ms = sim_log_range(r, 1, 200),
		.queue_bdp = sim_log_range(r, 0.1, 4),
		.flows = random_flows(r),
	};
	double round = round_s(&sh);

	if (sim_uniform(r) < 0.5)
		sh.loss = sim_log_range(r, 0.0005, 0.02);
	if (sim_uniform(r) < 0.4) {
		sh.noise = SIM_EXPONENTIAL;
		sh.noise_ms = sim_range(r, 0, 0.05) * sh.rtt_ms;
	}
	sh.changes = sim_uniform(r) < 0.33;
	sh.staggered = sh.flows > 1 && sim_uniform(r) < 0.6;
	if (sim_uniform(r) < 0.2) {
		sh.cubics = 1;
		sh.flows = min_t(int, sh.flows, 3);
	}
	/* The macros draw anew for each comparison: published figures are of these scenes. */
	sh.seconds = min_t(double,
			   max_t(double, round * sim_range(r, ROUNDS_MIN, ROUNDS_MAX), SECONDS_MIN),
			   SECONDS_MAX);
	return sh;
}

static void add_outages(struct sim_link *l, const struct sim_shape *sh, double end)
{
	double rate = sh->mbit / 8;
	int i;

	l->n_segments = 1;
	for (i = 0; i < OUTAGES; i++) {
		double at = (i + 0.5) * end / OUTAGES;

		l->segments[l->n_segments++] = (struct sim_segment) { at, rate * OUTAGE_SHARE };
		l->segments[l->n_segments++] =
			(struct sim_segment){ at + sh->outage_s * 1e6, rate };
	}
}

/*
 * Steps by at most four either way round the shape's bandwidth, each lasting at least ten round
 * trips.
 */
static void make_link(struct sim_link *l, const struct sim_shape *sh, double end, struct sim_rng *r)
{
	double rate = sh->mbit / 8, t = 0;

	memset(l, 0, sizeof(*l));
	do {
		l->segments[l->n_segments].at = t;
		l->segments[l->n_segments].rate = sh->changes ? rate * sim_log_range(r, 0.5, 2) :
								rate;
		l->n_segments++;
		t += max_t(double, end * sim_range(r, 0.1, 0.5), sh->rtt_ms * 10000);
	} while (sh->changes && t < end && l->n_segments < SIM_SEGMENTS);
	l->limit = max_t(double, sh->queue_bdp * rate * sh->rtt_ms * 1000,
			 QUEUE_MIN_PACKETS * SIM_MSS);
	l->loss = sh->loss;
	if (sh->outage_s > 0)
		add_outages(l, sh, end);
	if (sh->bucket_ms > 0) {
		l->police = rate;
		l->bucket = max_t(double, sh->bucket_ms * 1000 * rate, 2 * SIM_MSS);
		l->segments[0].rate = POLICED_LINE * rate;
	}
}

/* An outage is no rate. */
static double slowest(const struct sim_link *l)
{
	double least = l->segments[0].rate;
	int i;

	for (i = 1; i < l->n_segments; i++)
		if (l->segments[i].rate > least * SLOWEST_PART)
			least = fmin(least, l->segments[i].rate);
	return least;
}

static void make_flow(struct sim_scene *s, const struct sim_shape *sh, int i,
		      const struct sim_policy *p)
{
	struct sim_flow *f = &s->flows[i];
	int k;

	/* Trains are written before they are read. */
	memset(f, 0, offsetof(struct sim_flow, trains));
	memset(f->chunks, 0, sizeof(f->chunks));
	memset(f->delays, 0, sizeof(f->delays));
	f->kind = i < sh->flows ? SIM_POLICY : SIM_CUBIC;
	f->policy = *p;
	f->config = lf_rate_default;
	for (k = 0; k < 3; k++)
		f->preference[k] = 1.0f / 3;
	f->path.base = sh->rtt_ms * 1000 * (i ? sim_range(&s->rng, 0.97, 1.03) : 1);
	if (!i || !sh->first_only) {
		f->path.noise = sh->noise;
		f->path.scale = sh->noise_ms * 1000;
	}
	f->path.step = sh->step_ms * 1000;
	f->path.every = sh->every_s * 1e6;
	f->path.once = sh->once;
	f->path.ack = sh->asymmetry * ACK_BYTES / (sh->mbit / 8);
	/* Never at the same instant, which no network does: half a round trip between flows. */
	f->start = i ? i * f->path.base * sim_range(&s->rng, 0.3, 0.7) : 0;
	if (f->kind == SIM_POLICY)
		f->start += sh->late * 1e6;
	f->stop = s->end;
	if (sh->staggered && i) {
		f->start = sim_range(&s->rng, 0, 0.5) * s->end;
		if (sim_uniform(&s->rng) < 0.3)
			f->stop = f->start + sim_range(&s->rng, 0.5, 1) * (s->end - f->start);
	}
}

void sim_scene_make(struct sim_scene *s, const struct sim_shape *sh, const struct sim_policy *p,
		    u64 seed)
{
	int i;

	s->rng = sim_rng(seed);
	s->end = sh->seconds * 1e6;
	s->n_flows = min_t(int, sh->flows + sh->cubics, SIM_FLOWS);
	s->watch = NULL;
	make_link(&s->link, sh, s->end, &s->rng);
	s->delay_max = (s->link.limit + SIM_MSS) / slowest(&s->link) + sh->outage_s * 1e6;
	for (i = 0; i < s->n_flows; i++)
		make_flow(s, sh, i, p);
}

void sim_run(struct sim_scene *s)
{
	struct sim_flow *f;
	int i;

	sim_link_start(&s->link, &s->rng);
	for (i = 0; i < s->n_flows; i++)
		s->flows[i].next = s->flows[i].start;
	for (;;) {
		f = &s->flows[0];
		for (i = 1; i < s->n_flows; i++)
			if (s->flows[i].next < f->next)
				f = &s->flows[i];
		if (f->next >= s->end)
			return;
		if (!f->begun)
			sim_flow_begin(s, f);
		else
			sim_flow_event(s, f, f->next);
	}
}
