// SPDX-License-Identifier: GPL-2.0
/*
 * From the shadow to the whole slot by the kernel's own means, so that everything holds while this
 * program is not running:
 *
 *	shadow	the candidate is the standby snapshot, and runs beside the active one, unused
 *	arms	it serves a rising share of new flows; a flow keeps its arm for life
 *	guard	it is stopped above the limits of its own generation (limits.c)
 *
 * A step ends when `step` labelled flows of the candidate's arm have ended. Two tests use them, by
 * confidence sequences (seq.c) that span all steps of a ramp:
 *
 *	pairs	On flows of both arms the two snapshots are compared; one served, the other is run
 *		here (trial.c). That shows a worse candidate after a few hundred flows of any arm,
 *		at an exposure of one percent.
 *	arms	The loss on flows that the candidate served, against that on flows that the other
 *		one served. This also sees effects of serving itself: a verdict that changes the
 *		flow. It needs many flows of the small arm.
 *
 * Pairs: next step once the upper end is below `harm`; roll back once the lower end is above 0 and
 * the mean above `harm`. Arms: roll back once the lower end of the candidate's loss is above the
 * upper end of the other's by `harm`. Each is wrong with probability error / 2. A candidate that
 * has not advanced after five times `step`, and five times as many pairs as the watch has flows, is
 * rolled back: it has not been shown to do no harm.
 *
 * A policy has no pairs, and so the arms alone decide: next step if the mean loss of its
 * connections is below the other's plus `harm`; one that has not come that far after five times
 * `step` connections is rolled back.
 *
 * Each step is in the history before the kernel is told. So after a kill the history may be ahead
 * of the kernel by one step, which is then repeated. The kernel is ahead if it has stopped the arm:
 * then the candidate has been rolled back.
 */
#include "ramp.h"

#include <stdio.h>
#include <string.h>

#include "lfctl/lib/out.h"
#include "limits.h"
#include "log.h"
#include "phase.h"
#include "record.h"

#define UNDECIDED	5	/* times the required flows */
#define UNLABELLED	50	/* times, for any flows */

static bool is_standby(const struct learner *l)
{
	return l->slot.standby && !memcmp(l->slot.standby_hash, l->new_hash, LQ_HASH_LEN);
}

/* --- the kernel --- */

static int stage(struct learner *l)
{
	if (is_standby(l))
		return 0;
	return deploy_standby(l->ask, l->set->slot, record_snapshot(l, l->new_hash));
}

/* At the sampling rate of the slot, unless it already has a shadow. */
void ramp_shadow(struct learner *l, struct json_object *o)
{
	l->shadow_ours = !l->forced && l->set->shadow && !l->slot.shadow;
	out_add_bool(o, "shadow_ours", l->shadow_ours);
}

static void run_beside(struct learner *l)
{
	uint32_t every = l->slot.sample ? l->slot.sample : 1;

	if (stage(l) || (!l->slot.shadow && deploy_shadow(l->ask, l->set->slot, every)))
		log_warn("slot %s: no shadow in the kernel: %s", l->set->slot, log_complaint());
}

/* --- steps --- */

static struct json_object *step_numbers(const struct learner *l)
{
	struct json_object *o = json_object_new_object();

	out_add_bool(o, "shadow_ours", l->shadow_ours);
	return o;
}

/* Sets the arm's share to that in the history. */
static void widen(struct learner *l, uint64_t now)
{
	double share = l->set->arms[l->step];

	if (stage(l) || deploy_share(l->ask, l->set->slot, share, &l->limits)) {
		phase_give_up(l, now, "given-up", log_complaint());
		return;
	}
	/* Both serve: the candidate is an incumbent, too. */
	if (!phase_know(l, &l->arm, l->new_hash)) {
		phase_give_up(l, now, "given-up", "the candidate is gone from the kernel");
		return;
	}
	deploy_look(l->ask, l->set->slot, &l->slot);
	l->arm_then = l->trial.arm.n;
	l->flows_then = l->trial.flows;
}

/* False: the history could not be written, and nothing was done. */
static bool step(struct learner *l, uint64_t now)
{
	if (!record(l, "ramping", step_numbers(l), "the candidate serves %g%% of new flows%s",
		    100 * l->set->arms[l->step], limits_words(l)))
		return false;
	widen(l, now);
	return true;
}

void ramp_begin(struct learner *l, uint64_t now)
{
	limits_choose(l);
	if (!l->set->n_arms) {
		phase_activate(l, now);
		return;
	}
	l->step = 0;
	phase_begin(l, RAMP);
	if (!step(l, now))
		phase_begin(l, SHADOW);
}

static void up(struct learner *l, uint64_t now)
{
	if (l->step + 1 >= l->set->n_arms) {
		phase_activate(l, now);
		return;
	}
	l->step++;
	if (!step(l, now))
		l->step--;
}

bool ramp_back(struct learner *l, uint64_t now, const char *reason)
{
	if (!record(l, "rolling-back", NULL, "%s", reason))
		log_warn("slot %s: rolling back anyway", l->set->slot);
	if (l->slot.weights && deploy_share(l->ask, l->set->slot, 0, NULL)) {
		log_bad("slot %s: the rollback failed and will be retried: %s", l->set->slot,
			log_complaint());
		return false;
	}
	phase_went_back(l, now, reason);
	return true;
}

/* --- the kernel against the history --- */

static bool stopped(const struct learner *l)
{
	return is_standby(l) && l->slot.stopped &&
	       l->slot.stopped == l->slot.standby_generation;
}

/* Why the kernel no longer serves by it; NULL: it does. */
static const char *lost(const struct learner *l)
{
	static char why[192];

	if (!is_standby(l))
		return "another snapshot is on the standby side";
	if (stopped(l)) {
		snprintf(why, sizeof(why), "the guard has stopped it: %s", l->slot.trip);
		return why;
	}
	return l->slot.weight ? NULL : "the split was ended by hand";
}

void ramp_resume(struct learner *l, uint64_t now)
{
	if (l->phase == WATCH) {
		limits_set(l);
	} else if (l->phase == SHADOW) {
		if (l->set->shadow)
			run_beside(l);
	} else if (stopped(l)) {
		ramp_back(l, now, lost(l));
	} else if (!l->set->n_arms) {
		phase_activate(l, now);	/* the configuration has changed */
	} else {
		if (l->step >= l->set->n_arms)
			l->step = l->set->n_arms - 1;
		widen(l, now);
	}
}

/* --- evidence --- */

static const char *harm(const struct learner *l)
{
	const struct trial *t = &l->trial;
	double harm = l->set->harm;
	bool pairs = !settings_policy(l->set);

	if (pairs && !l->have_other)
		return "the candidate's file is gone";
	if (pairs && seq_lo(&t->diff) > 0 && seq_mean(&t->diff) > harm)
		return "it is worse than the active snapshot";
	if (seq_lo(&t->arm) > seq_hi(&t->loss) + harm)
		return "the flows that it served did worse than the others";
	return NULL;
}

/* Is this step over? n: labelled flows, or connections, of the arm in it. */
static bool passed(const struct learner *l, uint64_t n)
{
	const struct trial *t = &l->trial;

	if (n < l->set->step)
		return false;
	if (settings_policy(l->set))
		return t->loss.n && seq_mean(&t->arm) < seq_mean(&t->loss) + l->set->harm;
	return t->diff.n >= l->set->step && seq_hi(&t->diff) < l->set->harm;
}

static bool failed(const struct learner *l, uint64_t n)
{
	return n >= (uint64_t)UNDECIDED * l->set->step &&
	       (settings_policy(l->set) ||
		l->trial.diff.n >= (uint64_t)UNDECIDED * l->set->watch);
}

void ramp_look(struct learner *l, uint64_t now)
{
	uint64_t n = l->trial.arm.n - l->arm_then, flows = l->trial.flows - l->flows_then;
	const char *why = lost(l);
	uint64_t want = l->set->step;

	if (!why)
		why = harm(l);
	if (why)
		ramp_back(l, now, why);
	else if (l->paused)
		return;
	else if (passed(l, n))
		up(l, now);
	else if (failed(l, n))
		ramp_back(l, now, "live flows have not shown that it does no harm");
	else if (!n && flows >= UNLABELLED * want / l->set->arms[l->step])
		ramp_back(l, now, "no flow that it served has a label");
}
