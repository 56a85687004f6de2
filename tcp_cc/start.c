// SPDX-License-Identifier: GPL-2.0
/* Start-up of the rate. */
#include "rate_parts.h"

/*
 * Start-up sends a multiple of what was delivered, so that it cannot run away from the link. An
 * answer to a rate comes three intervals later: 2 * sqrt(2) times doubles the rate every round
 * trip, as slow start does; twice took half as long again, at 100 ms a twentieth of the first ten
 * seconds. Its window has no headroom, so no more than two BDPs come to wait once the link is full.
 * It ends at a delay of an eighth over the least, but at least a millisecond, since
 * acknowledgements come in lumps; at a loss of a twentieth, three packets or more: random loss of 2
 * % goes past, an overrun queue loses half; or after three round trips that brought less than a
 * quarter more (BBR's figures for a full pipe).
 */
#define START_DELAY_SHIFT	3
#define START_LOSS_SHARE	20
#define START_LOSS_PACKETS	3
#define START_ROUNDS		3

bool lf_start_lost(const struct lf_report *rep)
{
	return rep->lost >= START_LOSS_PACKETS && rep->lost > rep->delivered / START_LOSS_SHARE;
}

/* Where samples swing, no delay tells of a queue; start-up's window bounds what comes to wait. */
static bool start_delayed(const struct lf_report *rep)
{
	if (lf_floor_noisy(rep))
		return false;
	return lf_queue_us(rep) > max_t(u32, rep->least_us >> START_DELAY_SHIFT, START_DELAY_US);
}

/*
 * The rate delivered is remembered at its greatest; a round trip without a quarter more counts
 * against start-up.
 */
static bool start_full(struct lf_rate *r)
{
	if (r->delivered > r->before + r->before / 4) {
		r->before = r->delivered;
		r->rounds = 0;
	} else {
		r->rounds++;
	}
	return r->rounds >= START_ROUNDS;
}

static void start_end(struct lf_rate *r, const struct lf_rate_config *c)
{
	lf_rate_set(r, lf_scale(r->delivered, DRAIN_FACTOR), c);
	lf_rate_enter(r, LF_RATE_DRAIN);
}

/* Acknowledgements that come in lumps may look like more than was ever sent. */
static void start_delivers(struct lf_rate *r, const struct lf_report *rep)
{
	r->delivered = max_t(u64, r->delivered, min_t(u64, lf_rate_delivered(r, rep), r->rate));
}

/*
 * Requests of less than two round trips never fill an interval, but they may overrun the queue, and
 * would do so each time.
 */
void lf_start_limited(struct lf_rate *r, const struct lf_report *rep,
		      const struct lf_rate_config *c)
{
	start_delivers(r, rep);
	if (lf_start_lost(rep))
		start_end(r, c);
}

void lf_start_step(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c)
{
	bool full = false;

	start_delivers(r, rep);
	if (lf_rate_round_ends(r))
		full = start_full(r);
	if (lf_start_lost(rep) || start_delayed(rep) || full)
		start_end(r, c);
	else
		lf_rate_set(r, max_t(u64, r->rate, lf_scale(r->delivered, START_GAIN)), c);
}

void lf_start_marked(struct lf_rate *r, const struct lf_rate_config *c)
{
	r->delivered = max_t(u64, r->delivered, div_u64(r->rate << LF_SHIFT, START_GAIN));
	start_end(r, c);
}
