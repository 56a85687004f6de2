// SPDX-License-Identifier: GPL-2.0
/* The trial of policy and loss-based control; floor.h has its rules and its bound. */
#include "floor.h"

#define DOUBT_SHIFT	5	/* of the base RTT */
#define DOUBT_INTERVALS	2
#define DOUBT_EPOCHS	2
#define CALM_EPOCHS	4
#define FEW_SAMPLES	8	/* show no swing: what was seen of late counts */
#define FADE_SHIFT	2

#define WAIT_MIN	2
#define WAIT_MAX	64
#define STAY_MIN	16
#define STAY_FAILED	64
#define STAY_MAX	256

#define FAILED_SHIFT	4	/* less by a 16th */
#define BETTER_SHIFT	3	/* more by an eighth */
#define WORSE_EPOCHS	16	/* until an eighth less is no coincidence, */
#define FAR_EPOCHS	4	/* until less than half is none */
#define CLEAR_EPOCHS	2

void lf_floor_init(struct lf_floor *f)
{
	memset(f, 0, sizeof(*f));
	f->wait = WAIT_MIN;
	f->stay = STAY_MIN;
}

bool lf_floor_noisy(const struct lf_report *rep)
{
	return rep->delay.recent_us > rep->least_us >> DOUBT_SHIFT;
}

static bool swings(const struct lf_report *rep)
{
	if (rep->samples < FEW_SAMPLES)
		return lf_floor_noisy(rep);
	return rep->delay.swing_us > rep->least_us >> DOUBT_SHIFT;
}

void lf_floor_turn(struct lf_floor *f, bool competes)
{
	f->competes = competes;
	f->bytes = 0;
	f->us = 0;
	f->intervals = 0;
	f->noisy = 0;
	f->age = 0;
}

u64 lf_floor_rate(const struct lf_floor *f)
{
	return max(f->policy, f->loss_based);
}

static bool is_better(u64 a, u64 b)
{
	return a > b + (b >> BETTER_SHIFT);
}

static void longer(u16 *epochs, u16 most)
{
	*epochs = min_t(u16, 2 * *epochs, most);
}

/* What a policy gets after long without doubt is what the path has to give. */
static enum lf_floor_verdict no_doubt(struct lf_floor *f)
{
	f->age = 0;
	if (f->calm < CALM_EPOCHS)
		f->calm++;
	else if (f->loss_based)
		f->loss_based = f->policy;
	return LF_FLOOR_GO_ON;
}

static enum lf_floor_verdict policys_turn(struct lf_floor *f, u64 had, bool doubt)
{
	f->policy = had;
	if (!doubt)
		return no_doubt(f);
	f->calm = 0;
	if (++f->age < DOUBT_EPOCHS)
		return LF_FLOOR_GO_ON;
	if (had < f->loss_based - (f->loss_based >> FAILED_SHIFT)) {
		longer(&f->stay, STAY_MAX);
		f->stay = max_t(u16, f->stay, STAY_FAILED);
		return LF_FLOOR_CHANGE;
	}
	if (f->age < f->wait)
		return LF_FLOOR_GO_ON;
	f->stay = max_t(u16, f->stay / 2, STAY_MIN);
	return LF_FLOOR_CHANGE;
}

/* Is it over, unless it still finds more? */
static bool loss_based_over(const struct lf_floor *f, u64 had, bool doubt)
{
	if (f->age >= f->stay)
		return true;
	if (f->age >= FAR_EPOCHS && f->policy / 2 > had)
		return true;
	if (f->age >= WORSE_EPOCHS && is_better(f->policy, had))
		return true;
	return f->age >= CLEAR_EPOCHS && !doubt && f->stay < STAY_FAILED;
}

static enum lf_floor_verdict loss_based_turn(struct lf_floor *f, u64 had, bool doubt)
{
	bool grows = f->age && is_better(had, f->loss_based);

	f->loss_based = had;
	f->age++;
	if (grows || !loss_based_over(f, had, doubt))
		return LF_FLOOR_GO_ON;
	if (is_better(had, f->policy))
		f->wait = WAIT_MIN;
	else if (is_better(f->policy, had))
		f->wait = WAIT_MAX;
	else
		longer(&f->wait, WAIT_MAX);
	return LF_FLOOR_CHANGE;
}

enum lf_floor_verdict lf_floor_step(struct lf_floor *f, const struct lf_report *rep, u32 mss)
{
	bool doubt;
	u64 had;

	if (rep->limited)
		return LF_FLOOR_GO_ON;
	f->bytes += (u64)rep->delivered * mss;
	f->us += rep->duration_us;
	f->noisy += swings(rep);
	if (++f->intervals < LF_FLOOR_EPOCH)
		return LF_FLOOR_GO_ON;
	had = lf_rate_of(f->bytes, f->us);
	doubt = f->noisy >= DOUBT_INTERVALS;
	f->bytes -= f->bytes >> FADE_SHIFT;
	f->us -= f->us >> FADE_SHIFT;
	f->intervals = 0;
	f->noisy = 0;
	if (f->competes)
		return loss_based_turn(f, had, doubt);
	return policys_turn(f, had, doubt);
}
