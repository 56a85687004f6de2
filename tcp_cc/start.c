// SPDX-License-Identifier: GPL-2.0
/*
 * Start-up of the rate.
 *
 * Start-up sends at a multiple of the delivery rate, so it cannot run away from the link. The
 * effect of a rate shows three intervals later: a gain of 2 * sqrt(2) doubles the rate every round
 * trip, as slow start does. A gain of 2 took half as long again, at 100 ms a twentieth of the
 * first ten seconds. The window has no headroom, so at most two BDPs are queued once the link is
 * full.
 *
 * It ends
 *	- when the delay exceeds the least by an eighth, and by a millisecond, since
 *	  acknowledgements come in lumps
 *	- when a twentieth is lost, and at least three packets: random loss of 2 % is ignored, an
 *	  overrun queue loses half
 *	- after three round trips that brought less than a quarter more (BBR's full-pipe figures)
 */
#include "rate_parts.h"

#define START_DELAY_SHIFT	3
#define START_LOSS_SHARE	20
#define START_LOSS_PACKETS	3
#define START_ROUNDS		3

bool lf_start_lost(const struct lf_report *rep)
{
	return rep->lost >= START_LOSS_PACKETS && rep->lost > rep->delivered / START_LOSS_SHARE;
}

/* Where samples swing, delay does not indicate a queue; start-up's window bounds the queue. */
static bool start_delayed(const struct lf_report *rep)
{
	if (lf_floor_noisy(rep))
		return false;
	return lf_queue_us(rep) > max_t(u32, rep->least_us >> START_DELAY_SHIFT, START_DELAY_US);
}

/*
 * The greatest delivery rate is remembered; each round trip that raises it by less than a quarter
 * counts towards the end.
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

/* Lumps of acknowledgements may suggest a higher rate than was ever sent. */
static void start_delivers(struct lf_rate *r, const struct lf_report *rep)
{
	r->delivered = max_t(u64, r->delivered, min_t(u64, lf_rate_delivered(r, rep), r->rate));
}

/*
 * Requests shorter than two round trips never fill an interval, but they may overrun the queue, and
 * would do so every time.
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
