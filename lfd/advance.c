// SPDX-License-Identifier: GPL-2.0
/*
 * When a candidate moves from phase to phase; phase.c carries it out.
 *
 * Shadow: start the ramp (ramp.c) once the upper end of the loss difference (new minus old, on the
 * same flows) is below `harm`, but not before `shadow` labelled flows; reject once its lower end is
 * above 0, or if still undecided after five times as many.
 *
 * Ramp: the candidate serves a rising share of new flows, and is then activated.
 *
 * Watch: roll back once the lower end is above 0 and the mean above `harm`, or if the new one
 * differs from the old one on many more flows than when it was judged, which needs no labels; keep
 * it after `watch` labelled flows if the upper end is below `harm`, and after five times as many in
 * any case. Each of these outcomes is wrong with probability at most `error` over the whole trial,
 * however often it is checked. A rollback doubles the wait.
 *
 * A policy's trials have no pairs: what connections lose under it (reward.h) is compared with what
 * they lost under the one before. It has no shadow phase, since an action that is not taken shows
 * nothing.
 */
#include "advance.h"

#include <math.h>
#include <string.h>

#include "limits.h"
#include "phase.h"
#include "ramp.h"
#include "record.h"

#define UNDECIDED	5	/* times the required flows */
#define UNLABELLED	50	/* times, for any flows */
#define OTHERWISE	0.1	/* differing decisions: twice as at the judgement, plus this */

void advance_candidate(struct learner *l, uint64_t now)
{
	phase_keep_copy(l);
	l->watched = 0;
	phase_begin(l, SHADOW);
	if (l->forced || !l->set->shadow)
		ramp_begin(l, now);
	else
		ramp_resume(l, now);
}

static void shadow(struct learner *l, uint64_t now)
{
	const struct seq *d = &l->trial.diff;
	uint32_t want = l->set->shadow;

	if (l->forced || !want) {
		ramp_begin(l, now);
		return;
	}
	if (l->paused)
		return;
	if (!l->have_other)
		phase_give_up(l, now, "rejected", "the candidate's file is gone");
	else if (seq_lo(d) > 0)
		phase_give_up(l, now, "rejected",
			"it is worse than the active snapshot on live flows");
	else if (d->n >= want && seq_hi(d) < l->set->harm)
		ramp_begin(l, now);
	else if (d->n >= (uint64_t)UNDECIDED * want ||
		 l->trial.flows >= (uint64_t)UNLABELLED * want)
		phase_give_up(l, now, "rejected",
				"live flows have not shown that it does no harm");
}

/* --- watch --- */

/*
 * Held-out flows are few, and the candidate was taken because it did well on them. The watch has
 * seen it on others; if these are enough, they tell what may be expected of it.
 */
static void promise_new(struct learner *l)
{
	const struct seq *loss = &l->trial.loss;

	if (loss->n >= l->set->min_flows)
		l->promised = seq_mean(loss);
	else if (loss->n)
		l->promised = fmax(l->promised, seq_mean(loss));
}

static void keep(struct learner *l, uint64_t now, const char *why)
{
	uint64_t wait;

	l->back_offs = 0;
	l->rejected = 0;
	if (settings_policy(l->set))
		phase_promise(l);
	else
		promise_new(l);
	limits_end(l);
	phase_clear(l);
	wait = phase_wait(l, now, l->set->every, 0);
	if (!record(l, "kept", phase_with_wait(NULL, wait), "%s", why))
		return;
	if (!l->have_best || l->promised < l->best)
		l->best = l->promised;
	l->have_best = !settings_policy(l->set);
	record_promote(l);
	memcpy(l->kept_hash, l->new_hash, LQ_HASH_LEN);
	l->have_kept = true;
	l->forced = false;
	phase_begin(l, COLLECT);
}

/* The upper end of what it loses more than the snapshot before, as far as that is known. */
static bool is_harmless(const struct learner *l)
{
	if (l->have_other)
		return seq_hi(&l->trial.diff) < l->set->harm;
	return !settings_policy(l->set) || seq_hi(&l->trial.loss) < l->promised + l->set->harm;
}

static void watch(struct learner *l, uint64_t now)
{
	const struct seq *d = &l->trial.diff, *loss = &l->trial.loss;
	uint64_t n = l->have_other ? d->n : loss->n;
	uint32_t want = l->set->watch;

	if (l->have_other && seq_lo(d) > 0 && seq_mean(d) > l->set->harm)
		phase_back(l, now, "it is worse than the previous snapshot");
	else if (!l->have_other && seq_lo(loss) > l->promised + l->set->harm)
		phase_back(l, now, "its loss is above the estimate that it was judged by");
	else if (l->have_other && seq_lo(&l->trial.differ) > 2 * l->fidelity + OTHERWISE)
		phase_back(l, now,
			     "it differs from the previous snapshot far more often than when it "
			     "was judged");
	else if (n >= want && is_harmless(l))
		keep(l, now, "it does no harm");
	else if (n >= (uint64_t)UNDECIDED * want || l->trial.flows >= (uint64_t)UNLABELLED * want)
		keep(l, now, "no harm was shown");
}

void advance_trial(struct learner *l, uint64_t now)
{
	if (l->phase == SHADOW)
		shadow(l, now);
	else if (l->phase == RAMP)
		ramp_look(l, now);
	else if (l->phase == WATCH)
		watch(l, now);
}
