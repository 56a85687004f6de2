// SPDX-License-Identifier: GPL-2.0
/*
 * The phase of a learner: each begins here, with its trial, and ends here with the waits and
 * records that belong to it. Every step is written to the history before it is carried out.
 *
 * advance.c decides when the phases SHADOW and WATCH end, ramp.c for RAMP, training.c for the
 * others.
 */
#include "phase.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lfctl/lib/out.h"
#include "limits.h"
#include "log.h"
#include "record.h"

#define DOUBLINGS	6	/* of waits, at most */

/* --- waits --- */

uint64_t phase_wait(struct learner *l, uint64_t now, uint64_t base, uint64_t doublings)
{
	uint64_t wait = base << (doublings < DOUBLINGS ? doublings : DOUBLINGS);

	l->not_before = now + wait;
	return wait;
}

struct json_object *phase_with_wait(struct json_object *o, uint64_t wait)
{
	if (!o)
		o = json_object_new_object();
	out_add_u64(o, "wait", wait);
	return o;
}

/* --- trials --- */

void phase_clear(struct learner *l)
{
	if (l->shadow_ours && deploy_shadow(l->ask, l->set->slot, 0))
		log_warn("slot %s: %s", l->set->slot, log_complaint());
	l->shadow_ours = false;
}

void phase_drop_other(struct learner *l)
{
	if (l->have_other)
		lfs_free(&l->other);
	l->have_other = false;
	incumbent_free(&l->arm);
}

void phase_begin(struct learner *l, enum phase phase)
{
	const uint8_t *hash = phase == WATCH ? l->old_hash : l->new_hash;
	struct graph_err err;

	phase_drop_other(l);
	l->phase = phase;
	if (phase == COLLECT)
		l->shadow_ours = l->backing = false;
	if (phase <= SHADOW)
		memset(&l->limits, 0, sizeof(l->limits));
	l->range = collect_range(&l->collect);
	if (settings_policy(l->set))
		trial_begin_connections(&l->trial, l->set->error, phase == RAMP, l->usual);
	else
		trial_begin(&l->trial, l->set->error, phase == RAMP);
	if (phase >= SHADOW && !settings_policy(l->set))
		l->have_other = !lfs_read(&l->other, record_snapshot(l, hash), &err) &&
				l->other.info.n_inputs == l->collect.layout.n_inputs;
}

void phase_give_up(struct learner *l, uint64_t now, const char *what, const char *reason)
{
	uint64_t wait = phase_wait(l, now, l->set->every, l->rejected++);

	if (l->phase == RAMP && l->slot.weights)
		deploy_share(l->ask, l->set->slot, 0, NULL);
	phase_clear(l);
	/* Even if the history cannot be written: this is the safe side. */
	record(l, what, phase_with_wait(NULL, wait), "%s", reason);
	if (l->trial.loss.n && l->phase == SHADOW)
		l->promised = fmax(l->promised, seq_mean(&l->trial.loss));
	phase_begin(l, COLLECT);
}

void phase_promise(struct learner *l)
{
	if (settings_policy(l->set))
		l->promised = l->trial.loss.n ? seq_hi(&l->trial.loss) : 1;
}

/* --- activate --- */

bool phase_know(struct learner *l, struct incumbent *inc, const uint8_t *hash)
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
	phase_know(l, &l->serving, l->new_hash);
	incumbent_load(&l->serving, record_snapshot(l, l->new_hash));
	deploy_look(l->ask, l->set->slot, &l->slot);
}

void phase_keep_copy(struct learner *l)
{
	struct graph_err err;

	if (!l->serving.loaded || !access(record_snapshot(l, l->serving.hash), R_OK))
		return;
	mkdir(record_path(l, "snapshots"), 0700);
	if (util_write(record_snapshot(l, l->serving.hash), l->serving.m.file, l->serving.m.len,
		       &err))
		log_warn("slot %s: %s", l->set->slot, err.msg);
}

void phase_activate(struct learner *l, uint64_t now)
{
	struct json_object *o;

	phase_keep_copy(l);
	phase_promise(l);
	if (!record(l, "activating", NULL,
		    "the candidate replaces the active snapshot"))
		return;
	if (deploy_activate(l->ask, l->set->slot, record_snapshot(l, l->new_hash))) {
		phase_give_up(l, now, "given-up", log_complaint());
		return;
	}
	exchange(l);
	phase_begin(l, WATCH);
	collect_watch_drift(&l->collect, l->have_importance ? l->importance : NULL);
	l->watched = l->slot.generation;
	limits_set(l);
	o = json_object_new_object();
	out_add_u64(o, "generation", l->watched);
	record(l, "watching", o, "it serves; generation %u%s", l->watched, limits_words(l));
}

/* --- roll back --- */

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
	phase_know(l, &l->serving, l->old_hash);
	incumbent_load(&l->serving, record_snapshot(l, l->old_hash));
	collect_watch_drift(&l->collect, NULL);
}

void phase_went_back(struct learner *l, uint64_t now, const char *reason)
{
	uint64_t wait = phase_wait(l, now, l->set->backoff, l->back_offs++);

	phase_clear(l);
	promise_old(l);
	record(l, "rolled-back", phase_with_wait(NULL, wait), "%s; no training for %llu s",
	       reason, (unsigned long long)(wait / 1000000000));
	serve_old(l);
	memcpy(l->kept_hash, l->old_hash, LQ_HASH_LEN);
	l->have_kept = true;
	l->forced = l->backing = false;
	phase_begin(l, COLLECT);
}

bool phase_back(struct learner *l, uint64_t now, const char *reason)
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
	phase_went_back(l, now, reason);
	return true;
}
