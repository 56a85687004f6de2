// SPDX-License-Identifier: GPL-2.0
/*
 * The reward of a scene.
 *
 * The reward of a flow in a chunk of the scene (a twelfth of it) is
 *
 *	3 * (w_thr * ln(goodput / fair share) - w_lat * DELAY * queueing / base
 *	     - w_loss * LOSS * share dropped)
 *
 * with equal weights unless the flow has a preference; a scene's is the mean over flows and chunks.
 * The sum of logarithms is greatest when the link is full and the shares are equal, whatever the
 * link's rate. Delay counts in units of the base RTT, and five packets of the link are no delay.
 * Only packets that found no room count as loss: random loss is nobody's fault. A competing CUBIC
 * flow counts by its share alone, and flows that share its queue are not charged for the delay.
 */
#include <math.h>
#include <string.h>

#include "sim.h"

#define SHARE_MIN	0.02
#define DELAY		0.3
#define DELAY_MAX	4.0
#define LOSS		2.0
#define LOSS_MAX	0.5
#define FREE_PACKETS	5

static double span(const struct sim_scene *s, const struct sim_flow *f, int chunk)
{
	double len = s->end / SIM_CHUNKS, from = fmax(chunk * len, f->start),
	       to = fmin((chunk + 1) * len, f->stop);

	return to > from ? to - from : 0;
}

/*
 * Bytes that each flow is to have in a chunk; flows count by the part of the chunk that they are
 * there.
 */
static double fair(const struct sim_scene *s, int chunk)
{
	double len = s->end / SIM_CHUNKS, there = 0;
	int i;

	for (i = 0; i < s->n_flows; i++)
		there += span(s, &s->flows[i], chunk) / len;
	return sim_link_capacity(&s->link, chunk * len, (chunk + 1) * len) * (1 - s->link.loss) /
	       fmax(there, 1);
}

static bool has_cubic(const struct sim_scene *s)
{
	return s->flows[s->n_flows - 1].kind == SIM_CUBIC;
}

static double log_share(double share)
{
	return log(fmax(share, SHARE_MIN));
}

static double chunk_reward(const struct sim_scene *s, const struct sim_flow *f, int chunk,
			   double share)
{
	const struct sim_chunk *c = &f->chunks[chunk];
	double free_us = FREE_PACKETS * SIM_MSS / s->link.segments[0].rate;
	double delay = 0, loss = 0;
	const float *w = f->preference;

	if (f->kind == SIM_CUBIC)
		return log_share(share);
	if (c->delivered > 0 && !has_cubic(s))
		delay = fmin(c->queueing / c->delivered / (f->path.base + free_us), DELAY_MAX);
	if (c->sent > 0)
		loss = fmin(c->dropped / c->sent, LOSS_MAX);
	return 3 * (w[0] * log_share(share) - w[1] * DELAY * delay - w[2] * LOSS * loss);
}

static double reward(const struct sim_scene *s)
{
	double sum = 0, weight = 0, len = s->end / SIM_CHUNKS;
	int i, c;

	for (c = 0; c < SIM_CHUNKS; c++) {
		double part = fair(s, c);

		for (i = 0; i < s->n_flows; i++) {
			const struct sim_flow *f = &s->flows[i];
			double there = span(s, f, c) / len;

			/*
			 * Shorter than half a chunk is hardly more than start-up, which no policy
			 * decides.
			 */
			if (there < 0.5)
				continue;
			sum += chunk_reward(s, f, c,
					    f->chunks[c].delivered * SIM_MSS / (part * there));
			weight += 1;
		}
	}
	return weight > 0 ? sum / weight : 0;
}

static double quantile(const struct sim_scene *s, double q)
{
	double total = 0, seen = 0;
	int i, b;

	for (b = 0; b < SIM_BUCKETS; b++)
		for (i = 0; i < s->n_flows; i++)
			total += s->flows[i].delays[b];
	for (b = 0; b < SIM_BUCKETS; b++) {
		for (i = 0; i < s->n_flows; i++)
			seen += s->flows[i].delays[b];
		if (seen >= q * total)
			break;
	}
	return (b + 0.5) * s->delay_max / SIM_BUCKETS;
}

/* Over the second half of the scene, of flows that are there in all of it. */
static double jain(const struct sim_scene *s)
{
	double sum = 0, squares = 0, n = 0, x;
	int i, c;

	for (i = 0; i < s->n_flows; i++) {
		const struct sim_flow *f = &s->flows[i];

		if (f->kind != SIM_POLICY || f->start > s->end / 2 || f->stop < s->end)
			continue;
		for (x = 0, c = SIM_CHUNKS / 2; c < SIM_CHUNKS; c++)
			x += f->chunks[c].delivered;
		sum += x;
		squares += x * x;
		n++;
	}
	return squares > 0 ? sum * sum / (n * squares) : 1;
}

void sim_score(const struct sim_scene *s, struct sim_score *out)
{
	double delivered = 0, sent = 0, dropped = 0, lost = 0, queueing = 0, own = 0, owed = 0;
	int i, c;

	for (c = 0; c < SIM_CHUNKS; c++) {
		double part = fair(s, c);

		for (i = 0; i < s->n_flows; i++) {
			const struct sim_flow *f = &s->flows[i];
			const struct sim_chunk *k = &f->chunks[c];

			delivered += k->delivered;
			sent += k->sent;
			lost += k->lost;
			dropped += k->dropped;
			queueing += k->queueing;
			if (f->kind != SIM_CUBIC) {
				own += k->delivered * SIM_MSS;
				owed += part * span(s, f, c) / (s->end / SIM_CHUNKS);
			}
		}
	}
	out->reward = reward(s);
	out->goodput = delivered * SIM_MSS / sim_link_capacity(&s->link, 0, s->end);
	out->policy = owed > 0 ? own / owed : 0;
	out->queue_mean = delivered > 0 ? queueing / delivered : 0;
	out->queue_p95 = quantile(s, 0.95);
	out->dropped = sent > 0 ? dropped / sent : 0;
	out->lost = sent > 0 ? lost / sent : 0;
	out->jain = jain(s);
}
