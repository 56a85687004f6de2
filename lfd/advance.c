// SPDX-License-Identifier: GPL-2.0
/*
 * Decisions.
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
 *
 * Every step is written to the history before it is carried out.
 */
#include "advance.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lfctl/lib/out.h"
#include "log.h"
#include "ramp.h"
#include "record.h"
#include "training.h"

#define UNDECIDED	5	/* times the required flows */
#define UNLABELLED	50	/* times, for any flows */
#define DOUBLINGS	6	/* of waits, at most */
#define OTHERWISE	0.1	/* differing decisions: twice as at the judgement, plus this */

/* --- Waits --- */

uint64_t advance_wait(struct learner *l, uint64_t now, uint64_t base, uint64_t doublings)
{
	uint64_t wait = base << (doublings < DOUBLINGS ? doublings : DOUBLINGS);

	l->not_before = now + wait;
	return wait;
}

struct json_object *advance_with_wait(struct json_object *o, uint64_t wait)
{
	if (!o)
		o = json_object_new_object();
	out_add_u64(o, "wait", wait);
	return o;
}

/* --- Trials --- */

void advance_drop_other(struct learner *l)
{
	if (l->have_other)
		lfs_free(&l->other);
	l->have_other = false;
	incumbent_free(&l->arm);
}

void advance_begin_trial(struct learner *l, enum phase phase)
{
	const uint8_t *hash = phase == WATCH ? l->old_hash : l->new_hash;
	struct graph_err err;

	advance_drop_other(l);
	l->phase = phase;
	if (phase == COLLECT)
		l->guard_ours = l->shadow_ours = l->backing = false;
	l->range = collect_range(&l->collect);
	if (settings_policy(l->set))
		trial_begin_connections(&l->trial, l->set->error, phase == RAMP, l->usual);
	else
		trial_begin(&l->trial, l->set->error, phase == RAMP);
	if (phase >= SHADOW && !settings_policy(l->set))
		l->have_other = !lfs_read(&l->other, record_snapshot(l, hash), &err) &&
				l->other.info.n_inputs == l->collect.layout.n_inputs;
}

void advance_give_up(struct learner *l, uint64_t now, const char *what, const char *reason)
{
	uint64_t wait = advance_wait(l, now, l->set->every, l->rejected++);

	if (l->phase == RAMP && l->slot.weights)
		deploy_share(l->ask, l->set->slot, 0);
	ramp_clear(l);
	/* Even if the history cannot be written: this is the safe side. */
	record(l, what, advance_with_wait(NULL, wait), "%s", reason);
	if (l->trial.loss.n && l->phase == SHADOW)
		l->promised = fmax(l->promised, seq_mean(&l->trial.loss));
	advance_begin_trial(l, COLLECT);
}

void advance_promise(struct learner *l)
{
	if (settings_policy(l->set))
		l->promised = l->trial.loss.n ? seq_hi(&l->trial.loss) : 1;
}

/* --- Activate --- */

bool advance_know(struct learner *l, struct incumbent *inc, const uint8_t *hash)
{
	struct json_object *o = deploy_snapshot(l->ask, hash);

	incumbent_free(inc);
	if (o)
		incumbent_of(inc, o, &l->collect.layout);
	json_object_put(o);
	return o != NULL;
}

/* The snapshot that served becomes the other one. */
static void exchange(struct learner *l)
{
	advance_know(l, &l->serving, l->new_hash);
	incumbent_load(&l->serving, record_snapshot(l, l->new_hash));
	deploy_look(l->ask, l->set->slot, &l->slot);
}

static void keep_copy(struct learner *l)
{
	struct graph_err err;

	if (!l->serving.loaded || !access(record_snapshot(l, l->serving.hash), R_OK))
		return;
	mkdir(record_path(l, "snapshots"), 0700);
	if (util_write(record_snapshot(l, l->serving.hash), l->serving.m.file, l->serving.m.len,
		       &err))
		log_warn("slot %s: %s", l->set->slot, err.msg);
}

void advance_activate(struct learner *l, uint64_t now)
{
	struct json_object *o;

	keep_copy(l);
	advance_promise(l);
	if (!record(l, "activating", NULL,
		    "the candidate replaces the active snapshot"))
		return;
	if (deploy_activate(l->ask, l->set->slot, record_snapshot(l, l->new_hash))) {
		advance_give_up(l, now, "given-up", log_complaint());
		return;
	}
	exchange(l);
	advance_begin_trial(l, WATCH);
	collect_watch_drift(&l->collect, l->have_importance ? l->importance : NULL);
	l->watched = l->slot.generation;
	o = json_object_new_object();
	out_add_u64(o, "generation", l->watched);
	record(l, "watching", o, "it serves; generation %u", l->watched);
}

void advance_candidate(struct learner *l, uint64_t now)
{
	keep_copy(l);
	l->watched = 0;
	advance_begin_trial(l, SHADOW);
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
		advance_give_up(l, now, "rejected", "the candidate's file is gone");
	else if (seq_lo(d) > 0)
		advance_give_up(l, now, "rejected",
			"it is worse than the snapshot that serves on live flows");
	else if (d->n >= want && seq_hi(d) < l->set->harm)
		ramp_begin(l, now);
	else if (d->n >= (uint64_t)UNDECIDED * want ||
		 l->trial.flows >= (uint64_t)UNLABELLED * want)
		advance_give_up(l, now, "rejected",
				"live flows have not shown that it does no harm");
}

/* --- Watch --- */

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
		advance_promise(l);
	else
		promise_new(l);
	ramp_clear(l);
	wait = advance_wait(l, now, l->set->every, 0);
	if (!record(l, "kept", advance_with_wait(NULL, wait), "%s", why))
		return;
	if (!l->have_best || l->promised < l->best)
		l->best = l->promised;
	l->have_best = !settings_policy(l->set);
	training_promote(l);
	memcpy(l->kept_hash, l->new_hash, LQ_HASH_LEN);
	l->have_kept = true;
	l->forced = false;
	advance_begin_trial(l, COLLECT);
}

/* The promised loss of the old one: its loss on the flows of the trial. */
static void promise_old(struct learner *l)
{
	if (l->phase == WATCH && l->trial.diff.n)
		l->promised = seq_mean(&l->trial.loss) - seq_mean(&l->trial.diff);
	else if (l->phase == RAMP && l->trial.loss.n)
		l->promised = fmax(l->promised, seq_mean(&l->trial.loss));
}

static void serve_old(struct learner *l)
{
	deploy_look(l->ask, l->set->slot, &l->slot);
	if (!memcmp(l->serving.hash, l->old_hash, LQ_HASH_LEN))
		return;
	advance_know(l, &l->serving, l->old_hash);
	incumbent_load(&l->serving, record_snapshot(l, l->old_hash));
	collect_watch_drift(&l->collect, NULL);
}

void advance_went_back(struct learner *l, uint64_t now, const char *reason)
{
	uint64_t wait = advance_wait(l, now, l->set->backoff, l->back_offs++);

	ramp_clear(l);
	promise_old(l);
	record(l, "rolled-back", advance_with_wait(NULL, wait), "%s; no training for %llu s",
	       reason, (unsigned long long)(wait / 1000000000));
	serve_old(l);
	memcpy(l->kept_hash, l->old_hash, LQ_HASH_LEN);
	l->have_kept = true;
	l->forced = l->backing = false;
	advance_begin_trial(l, COLLECT);
}

bool advance_back(struct learner *l, uint64_t now, const char *reason)
{
	if (!record(l, "rolling-back", NULL, "%s", reason))
		log_warn("slot %s: rolling back anyway", l->set->slot);
	if (deploy_back(l->ask, l->set->slot, l->old_hash,
			access(record_snapshot(l, l->old_hash), R_OK)
				? ""
				: record_snapshot(l, l->old_hash))) {
		log_bad("slot %s: the rollback failed and will be retried: %s", l->set->slot,
			log_complaint());
		return false;
	}
	advance_went_back(l, now, reason);
	return true;
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
		advance_back(l, now, "it is worse than the previous snapshot");
	else if (!l->have_other && seq_lo(loss) > l->promised + l->set->harm)
		advance_back(l, now, "its loss is above the estimate that it was judged by");
	else if (l->have_other && seq_lo(&l->trial.differ) > 2 * l->fidelity + OTHERWISE)
		advance_back(l, now,
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
