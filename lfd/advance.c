// SPDX-License-Identifier: GPL-2.0
/*
 * Decisions.
 *
 * There is a reason to train where the loss of the snapshot that serves is shown to be above what
 * it was judged by (lower end of its confidence sequence), drift was found, what serves decides
 * nothing of the kind, or an earlier one had less loss. Then enough labelled flows must come, of
 * the world that gave the reason. A training that came to nothing doubles the wait for the next
 * one, and the loss that it could not better is what the snapshot is held to from then on: else a
 * hard problem would be trained on for ever.
 *
 * Shadow: activate where the upper end of the loss difference (new minus old, the same flows) is
 * below `harm`, not before `shadow` labelled flows; reject where its lower end is above 0, or
 * nothing is decided after five times as many.
 *
 * Watch: roll back where the lower end is above 0 and the mean above `harm`; or where the new one
 * decides otherwise than the old one on many more flows than when it was judged, which needs no
 * label; keep after `watch` labelled flows where the upper end is below `harm`, after five times as
 * many in any case. Each of these ends is wrong with a chance of `error` at most over the whole
 * trial, however often it is looked at. A roll back doubles the wait.
 *
 * Every step is in the history before it is done.
 */
#include "advance.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lfctl/args.h"
#include "lfctl/out.h"
#include "log.h"
#include "record.h"
#include "runner.h"

#define UNDECIDED	5	/* times the flows that were asked for */
#define UNLABELLED	50	/* times, of any flows */
#define DOUBLINGS	6	/* of waits, at most */
#define OTHERWISE	0.1	/* other decisions: twice the judgement's, and this much */
#define SLOW		20	/* times its processor time that a training may take by the clock */
#define KEPT_FILES	32	/* snapshots on disk */

/* --- Waits --- */

static uint64_t wait_from(struct learner *l, uint64_t now, uint64_t base, uint64_t doublings)
{
	uint64_t wait = base << (doublings < DOUBLINGS ? doublings : DOUBLINGS);

	l->not_before = now + wait;
	return wait;
}

static struct json_object *with_wait(struct json_object *o, uint64_t wait)
{
	if (!o)
		o = json_object_new_object();
	out_add_u64(o, "wait", wait);
	return o;
}

/* --- Trials --- */

static void drop_other(struct learner *l)
{
	if (l->have_other)
		lfs_free(&l->other);
	l->have_other = false;
}

void advance_begin_trial(struct learner *l, enum phase phase)
{
	const uint8_t *hash = phase == SHADOW ? l->new_hash : l->old_hash;
	struct graph_err err;

	drop_other(l);
	l->phase = phase;
	l->range = collect_range(&l->collect);
	trial_begin(&l->trial, l->set->error);
	if (phase == SHADOW || phase == WATCH)
		l->have_other = !lfs_read(&l->other, record_snapshot(l, hash), &err) &&
				l->other.info.n_inputs == l->collect.layout.n_inputs;
}

static void give_up(struct learner *l, uint64_t now, const char *what, const char *reason)
{
	uint64_t wait = wait_from(l, now, l->set->every, l->rejected++);

	/* Even where the history cannot be written: it is the safe side. */
	record(l, what, with_wait(NULL, wait), "%s", reason);
	if (l->trial.loss.n && l->phase == SHADOW)
		l->promised = fmax(l->promised, seq_mean(&l->trial.loss));
	advance_begin_trial(l, COLLECT);
}

/* --- Training --- */

static const char not_yet[] = "an earlier snapshot had less loss than this one";

static const char *reason_to_train(struct learner *l)
{
	const struct seq *loss = &l->trial.loss;

	if (!l->serving.same)
		return "the snapshot that serves decides nothing of the kind";
	if (l->drifted)
		return "drift";
	if (l->have_best && l->promised > l->best + l->set->margin)
		return not_yet;
	if (seq_lo(loss) <= l->promised + l->set->margin)
		return NULL;
	snprintf(l->reason, sizeof(l->reason),
		 "the loss on labelled flows is above %.3f, and was %.3f when it was judged",
		 seq_lo(loss), l->promised);
	return l->reason;
}

/* A reason now: what comes from now on shows what there is to learn. */
static void sound(struct learner *l, const char *reason)
{
	if (reason != l->reason)
		snprintf(l->reason, sizeof(l->reason), "%s", reason);
	l->alarm = true;
	if (reason != not_yet)		/* the world is that of the alarm before */
		l->since = l->collect.newest;
	l->labelled_then = l->collect.labelled;
}

void advance_train(struct learner *l, uint64_t now)
{
	const char *reason;

	if (!l->alarm) {
		reason = reason_to_train(l);
		if (reason)
			sound(l, reason);
		else if (l->trial.loss.n > 4 * l->set->min_flows)
			trial_begin(&l->trial,
				    l->set->error); /* the past must not hide the present */
	}
	if (!l->alarm || l->paused || now < l->not_before ||
	    l->collect.labelled - l->labelled_then < l->set->min_flows)
		return;
	advance_start(l, NULL, l->reason, now);
}

/* lfd-train reads the file of the snapshot that serves where it lies. */
static bool prepare(struct learner *l)
{
	struct graph_err err;

	if (!incumbent_save(&l->serving, record_path(l, "incumbent.json"), &err))
		return true;
	snprintf(l->reason, sizeof(l->reason), "%.255s", err.msg);
	return false;
}

bool advance_start(struct learner *l, const char *offered, const char *reason, uint64_t now)
{
	char name[LQ_NAME_LEN];

	struct runner r = { l->dir, offered, name, l->slot.budget_ns, offered ? 0 : l->since };

	unlink(record_path(l, "candidate.json"));
	unlink(record_path(l, "candidate.lfs"));
	l->alarm = false;
	snprintf(name, sizeof(name), "%.20s-%llu", l->set->name,
		 (unsigned long long)l->history.next);
	if (!prepare(l)) {
		give_up(l, now, "rejected", l->reason);
		return false;
	}
	if (!record(l, offered ? "offered" : "training",
		    with_wait(NULL, wait_from(l, now, l->set->every, 0)),
		    "%s: %u rows, "
		    "%u of them labelled",
		    reason, store_rows(&l->collect.store), store_labelled(&l->collect.store)))
		return false;
	l->child = runner_start(l->set, &r);
	if (l->child < 0) {
		l->child = 0;
		give_up(l, now, "rejected", strerror(errno));
		return false;
	}
	l->child_until = now + l->set->time * SLOW;
	l->phase = TRAIN;
	return true;
}

static double number(struct json_object *o, const char *key)
{
	return json_object_get_double(json_object_object_get(o, key));
}

static void explain_end(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size,
			 "lfd-train was ended by signal %d (%s): out of its bounds of time or "
			 "memory, or a fault",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "lfd-train ended with status %d and no result",
			 WEXITSTATUS(status));
}

/* The oldest files go, but for those that may be wanted. */
static void prune(struct learner *l)
{
	const uint8_t *wanted[] = { l->new_hash, l->old_hash, l->kept_hash, l->origin_hash,
				    l->serving.hash };
	struct dirent **files;
	struct stat st, oldest = { 0 };
	char victim[PATH_MAX];
	int i, n = scandir(record_path(l, "snapshots"), &files, NULL, NULL);
	size_t k;

	victim[0] = 0;
	for (i = 0; i < n; i++) {
		char name[300], path[PATH_MAX];

		snprintf(name, sizeof(name), "snapshots/%.255s", files[i]->d_name);
		snprintf(path, sizeof(path), "%s", record_path(l, name));
		for (k = 0; k < 5 && strcmp(path, record_snapshot(l, wanted[k])); k++)
			;
		if (k == 5 && !stat(path, &st) && S_ISREG(st.st_mode) &&
		    (!*victim || st.st_mtime < oldest.st_mtime)) {
			oldest = st;
			snprintf(victim, sizeof(victim), "%s", path);
		}
		free(files[i]);
	}
	if (n > 0)
		free(files);
	if (n - 2 > KEPT_FILES && *victim)
		unlink(victim);
}

/* Beside the others, under its hash. */
static bool take_file(struct learner *l, struct json_object *result)
{
	if (args_hex(out_str(result, "hash"), l->new_hash, LQ_HASH_LEN) != 2 * LQ_HASH_LEN)
		return false;
	memcpy(l->old_hash, l->serving.hash, LQ_HASH_LEN);
	mkdir(record_path(l, "snapshots"), 0700);
	if (rename(record_path(l, "candidate.lfs"), record_snapshot(l, l->new_hash)))
		return false;
	prune(l);
	return true;
}

static void take_result(struct learner *l, struct json_object *result)
{
	size_t i, n = out_length(result, "importance");
	const struct seq *before = &l->trial.loss;

	l->fidelity = number(result, "fidelity_loss");
	l->promised = number(result, "loss");
	/* Nor may it be worse than what served, whatever it was judged to be. */
	if (before->n >= l->set->min_flows && seq_mean(before) < l->promised)
		l->promised = seq_mean(before);
	l->have_importance = n > 0;
	for (i = 0; i < n && i < LQ_MAX_INPUTS; i++)
		l->importance[i] = json_object_get_double(out_at(result, "importance", i));
	l->drifted = false;
}

static void activate(struct learner *l, uint64_t now);

static void candidate(struct learner *l, struct json_object *result, uint64_t now)
{
	bool good = json_object_get_boolean(json_object_object_get(result, "accepted"));
	double promised = l->promised;

	if (!memcmp(l->new_hash, l->serving.hash, LQ_HASH_LEN)) {
		give_up(l, now, "rejected", "it is the snapshot that serves already");
		return;
	}
	take_result(l, result);
	if (!record(l, "candidate", json_object_get(result),
		    "%s: loss %.4f on %.0f held-out flows, was %.4f%s",
		    good ? "judged to be better" : "offered by force", number(result, "loss"),
		    number(result, "held_out_flows"), number(result, "loss_before"),
		    l->forced ? "; no shadow" : "; now in the shadow")) {
		l->promised = promised;
		advance_begin_trial(l, COLLECT);
		return;
	}
	advance_begin_trial(l, SHADOW);
	if (l->forced || !l->set->shadow)
		activate(l, now);
}

void advance_trained(struct learner *l, int status, uint64_t now)
{
	struct json_object *result = json_object_from_file(record_path(l, "candidate.json"));
	char text[256];

	l->child = 0;
	if (!result) {
		explain_end(status, text, sizeof(text));
		give_up(l, now, "rejected", text);
		return;
	}
	if (!json_object_get_boolean(json_object_object_get(result, "accepted")) && !l->forced) {
		uint64_t wait = wait_from(l, now, l->set->every, l->rejected++);

		if (out_has(result, "loss_before"))
			l->promised = fmax(l->promised, number(result, "loss_before"));
		l->drifted = false;
		record(l, "rejected", with_wait(json_object_get(result), wait), "%s",
		       out_str(result, "reason"));
		advance_begin_trial(l, COLLECT);
	} else if (!take_file(l, result)) {
		give_up(l, now, "rejected",
			out_has(result, "reason") ? out_str(result, "reason")
						  : "the snapshot cannot be put into the state "
						    "directory");
	} else {
		candidate(l, result, now);
	}
	json_object_put(result);
}

/* --- Activate --- */

/* Who served is the other one now. */
static void exchange(struct learner *l)
{
	struct json_object *o = deploy_snapshot(l->ask, l->new_hash);

	incumbent_free(&l->serving);
	if (o)
		incumbent_of(&l->serving, o, &l->collect.layout);
	json_object_put(o);
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

static void activate(struct learner *l, uint64_t now)
{
	keep_copy(l);
	if (!record(l, "activating", NULL,
		    "the candidate takes the place of the snapshot that serves"))
		return;
	if (deploy_activate(l->ask, l->set->slot, record_snapshot(l, l->new_hash))) {
		give_up(l, now, "given-up", log_complaint());
		return;
	}
	exchange(l);
	advance_begin_trial(l, WATCH);
	collect_watch_drift(&l->collect, l->have_importance ? l->importance : NULL);
	record(l, "watching", NULL, "it serves; generation %u", l->slot.generation);
}

static void shadow(struct learner *l, uint64_t now)
{
	const struct seq *d = &l->trial.diff;
	uint32_t want = l->set->shadow;

	if (l->paused)
		return;
	if (!l->have_other)
		give_up(l, now, "rejected", "the candidate's file is gone");
	else if (seq_lo(d) > 0)
		give_up(l, now, "rejected",
			"it is worse than the snapshot that serves on live flows");
	else if (d->n >= want && seq_hi(d) < l->set->harm)
		activate(l, now);
	else if (d->n >= (uint64_t)UNDECIDED * want ||
		 l->trial.flows >= (uint64_t)UNLABELLED * want)
		give_up(l, now, "rejected", "live flows have not shown that it does no harm");
}

/* --- Watch --- */

void advance_promote(struct learner *l)
{
	rename(record_path(l, "candidate.net"), record_path(l, "net"));
	rename(record_path(l, "candidate.forest.json"), record_path(l, "forest.json"));
}

static void keep(struct learner *l, uint64_t now, const char *why)
{
	l->back_offs = 0;
	l->rejected = 0;
	if (!record(l, "kept", with_wait(NULL, wait_from(l, now, l->set->every, 0)), "%s", why))
		return;
	if (l->trial.loss.n)
		l->promised = fmax(l->promised, seq_mean(&l->trial.loss));
	if (!l->have_best || l->promised < l->best)
		l->best = l->promised;
	l->have_best = true;
	advance_promote(l);
	memcpy(l->kept_hash, l->new_hash, LQ_HASH_LEN);
	l->have_kept = true;
	l->forced = false;
	advance_begin_trial(l, COLLECT);
}

bool advance_back(struct learner *l, uint64_t now, const char *reason)
{
	struct json_object *o;
	uint64_t wait;

	if (!record(l, "rolling-back", NULL, "%s", reason))
		log_warn("slot %s: rolling back all the same", l->set->slot);
	if (deploy_back(l->ask, l->set->slot, l->old_hash,
			access(record_snapshot(l, l->old_hash), R_OK)
				? ""
				: record_snapshot(l, l->old_hash))) {
		log_bad("slot %s: the roll back failed, and is tried again: %s", l->set->slot,
			log_complaint());
		return false;
	}
	wait = wait_from(l, now, l->set->backoff, l->back_offs++);
	if (l->trial.diff.n)
		l->promised = seq_mean(&l->trial.loss) - seq_mean(&l->trial.diff);
	record(l, "rolled-back", with_wait(NULL, wait), "%s; no training for %llu s", reason,
	       (unsigned long long)(wait / 1000000000));
	incumbent_free(&l->serving);
	deploy_look(l->ask, l->set->slot, &l->slot);
	o = deploy_snapshot(l->ask, l->old_hash);
	if (o)
		incumbent_of(&l->serving, o, &l->collect.layout);
	json_object_put(o);
	incumbent_load(&l->serving, record_snapshot(l, l->old_hash));
	memcpy(l->kept_hash, l->old_hash, LQ_HASH_LEN);
	l->have_kept = true;
	l->forced = false;
	advance_begin_trial(l, COLLECT);
	collect_watch_drift(&l->collect, NULL);
	return true;
}

static void watch(struct learner *l, uint64_t now)
{
	const struct seq *d = &l->trial.diff, *loss = &l->trial.loss;
	uint64_t n = l->have_other ? d->n : loss->n;
	uint32_t want = l->set->watch;

	if (l->have_other && seq_lo(d) > 0 && seq_mean(d) > l->set->harm)
		advance_back(l, now, "it is worse than the snapshot before");
	else if (!l->have_other && seq_lo(loss) > l->promised + l->set->harm)
		advance_back(l, now, "its loss is above what was promised");
	else if (l->have_other && seq_lo(&l->trial.differ) > 2 * l->fidelity + OTHERWISE)
		advance_back(l, now,
			     "it decides otherwise than the snapshot before far more often than "
			     "when it was judged");
	else if (n >= want && (!l->have_other || seq_hi(d) < l->set->harm))
		keep(l, now, "it does no harm");
	else if (n >= (uint64_t)UNDECIDED * want || l->trial.flows >= (uint64_t)UNLABELLED * want)
		keep(l, now, "no harm was shown");
}

void advance_trial(struct learner *l, uint64_t now)
{
	if (l->phase == SHADOW)
		shadow(l, now);
	else if (l->phase == WATCH)
		watch(l, now);
}
