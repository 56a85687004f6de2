// SPDX-License-Identifier: GPL-2.0
/*
 * Trainings: why, when, and with what result.
 *
 * There is a reason to train if the loss of the active snapshot is shown to exceed the loss that it
 * was judged by (lower end of its confidence sequence), if it decides nothing that the labels are
 * about, or if an earlier snapshot had less loss. Drift (drift.c) alone is no reason: it restarts
 * the measurement of the loss, until that is shown either to have grown, or not to have grown by
 * more than `harm`. Without labels nothing can be trained or judged; with them, no candidate can be
 * judged better because of drift that does not show in the loss: at night fewer people open pages,
 * but the verdict on each flow is as right as by day.
 *
 * Two other ways to get fewer alarms were considered. A reference that follows the traffic (a mean
 * over hours) forgets slow drift, which should add up. One reference for each class of verdict
 * ignores changes in the mix of classes, but also misses a new program whose flows all get one
 * class. Waiting for labels costs only the time until they arrive.
 *
 * After a reason, enough flows must be held out (held.c) to judge by. If a candidate looks better
 * on them, but is not shown to be, the reason stays; the next training waits for twice the flows,
 * up to five times as many. The same holds for a candidate that should restore the loss of an
 * earlier snapshot; if none has by then, the present loss counts as the best. A training without a
 * result doubles the wait for the next one, and the snapshot is from then on compared with the loss
 * that could not be improved: otherwise a hard problem would be retrained for ever.
 *
 * Reasons for policies: the active one was never judged on the paths of its connections, these
 * paths have drifted, or its connections lose more than before.
 *
 * The record of a training has its reason and the time of that: if it is interrupted, the next
 * start continues with the rows since then.
 */
#include "training.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "advance.h"
#include "lfctl/lib/args.h"
#include "lfctl/lib/out.h"
#include "phase.h"
#include "ramp.h"
#include "record.h"
#include "runner.h"

#define MORE		5	/* times the required flows, at most */
#define UNSURE		20	/* times: what the mean loss says then, it says of a drift */
#define SLOW		20	/* wall clock limit of a training, times its processor time */
#define ENOUGH		10	/* connections to say what one usually loses */
#define KEPT_FILES	32	/* snapshots on disk */

/* --- reasons --- */

static const char not_yet[] = "an earlier snapshot had less loss than this one";

static const char not_judged[] =
	"the active policy was never judged on the paths of its connections";

static const char *reason_for_policy(struct learner *l)
{
	const struct seq *loss = &l->trial.loss;

	if (!(l->promised > 0))
		return not_judged;
	if (l->drifted)
		return "drift";
	if (seq_lo(loss) <= l->promised + l->set->harm)
		return NULL;
	snprintf(l->reason, sizeof(l->reason),
		 "connections lose more than %.4f, and lost less than %.4f when it was judged",
		 seq_lo(loss), l->promised);
	return l->reason;
}

static const char *reason_to_train(struct learner *l)
{
	const struct seq *loss = &l->trial.loss;

	if (settings_policy(l->set))
		return l->serving.same ? reason_for_policy(l) : NULL;
	if (!l->serving.same)
		return "the active snapshot decides nothing of this kind";
	if (l->have_best && l->promised > l->best + l->set->margin)
		return not_yet;
	if (seq_lo(loss) <= l->promised + l->set->margin)
		return NULL;
	snprintf(l->reason, sizeof(l->reason),
		 "the loss on labelled flows is above %.3f, and was %.3f when it was judged",
		 seq_lo(loss), l->promised);
	return l->reason;
}

static bool is_long(const struct seq *loss, const struct learner *l)
{
	uint32_t most = l->drifted ? UNSURE : 4;

	return loss->n > (uint64_t)most * l->set->min_flows;
}

/* Flows since the drift have shown that it does not matter. */
static bool is_harmless(const struct learner *l)
{
	double most = l->promised + fmax(l->set->harm, l->set->margin);
	const struct seq *loss = &l->trial.loss;

	return loss->n >= l->set->min_flows &&
	       (seq_hi(loss) < most || (is_long(loss, l) && seq_mean(loss) < most));
}

static void settle_drift(struct learner *l)
{
	const struct seq *loss = &l->trial.loss;

	l->drifted = false;
	record(l, "harmless", NULL,
	       "since the drift the loss on %llu labelled flows is %.3f, at most %.3f, and was "
	       "%.3f when it was judged",
	       (unsigned long long)loss->n, seq_mean(loss), seq_hi(loss), l->promised);
}

/* A reason to train, now: flows from now on show what there is to learn. */
static void sound(struct learner *l, const char *reason)
{
	if (reason != l->reason)
		snprintf(l->reason, sizeof(l->reason), "%s", reason);
	l->alarm = true;
	if (reason != not_yet)		/* else the time of the alarm before holds */
		l->since = l->collect.newest;
	l->held_then = l->collect.held;
	l->wanted = l->set->min_flows;
	if (reason == not_judged) {	/* all that was measured counts */
		l->since = 0;
		training_recount(l);
	}
}

void training_recount(struct learner *l)
{
	l->held_then = l->collect.held - collect_held(&l->collect, l->since);
}

/* Enough to judge? The store may have dropped some of what came. */
static bool enough(struct learner *l)
{
	if (l->collect.held - l->held_then < l->wanted)
		return false;
	training_recount(l);
	return l->collect.held - l->held_then >= l->wanted;
}

/* The past must not mask the present. */
static void forget(struct learner *l)
{
	if (settings_policy(l->set)) {
		l->promised = fmin(l->promised, seq_hi(&l->trial.loss));
		phase_begin(l, COLLECT);
	} else {
		trial_begin(&l->trial, l->set->error, false);
	}
}

void training_step(struct learner *l, uint64_t now)
{
	const char *reason;

	if (!l->alarm) {
		reason = reason_to_train(l);
		if (reason)
			sound(l, reason);
		else if (l->drifted && is_harmless(l))
			settle_drift(l);
		else if (is_long(&l->trial.loss, l))
			forget(l);
	}
	if (l->alarm && !l->paused && now >= l->not_before && enough(l))
		training_start(l, NULL, l->reason, now);
}

/* --- begin --- */

/* lfd-train reads the file of the active snapshot in place. */
static bool prepare(struct learner *l)
{
	struct graph_err err;

	if (!incumbent_save(&l->serving, record_path(l, "incumbent.json"), &err))
		return true;
	snprintf(l->reason, sizeof(l->reason), "%.255s", err.msg);
	return false;
}

/* What an interrupted or undecided training is restarted from. */
static struct json_object *with_reason(struct learner *l, struct json_object *o)
{
	out_add_str(o, "reason_to_train", l->reason);
	out_add_u64(o, "since", l->since);
	out_add_u64(o, "wanted_flows", l->wanted);
	return o;
}

static struct json_object *begin_numbers(struct learner *l, uint64_t now)
{
	struct json_object *o = phase_with_wait(NULL, phase_wait(l, now, l->set->every, 0));

	if (l->offered)
		out_add_bool(o, "forced", l->forced);
	else
		with_reason(l, o);
	return o;
}

static bool record_begin(struct learner *l, const char *what, const char *reason, uint64_t now)
{
	const struct collect *c = &l->collect;

	if (c->policy)
		return record(l, what, begin_numbers(l, now), "%s: %u measured paths", reason,
			      c->paths.n);
	return record(l, what, begin_numbers(l, now), "%s: %u rows, %u of them labelled", reason,
		      store_rows(&c->store), store_labelled(&c->store));
}

bool training_start(struct learner *l, const char *offered, const char *reason, uint64_t now)
{
	char name[LQ_NAME_LEN];

	struct runner r = { l->dir, offered, name, l->slot.budget_ns, offered ? 0 : l->since };

	unlink(record_path(l, "candidate.json"));
	unlink(record_path(l, "candidate.lfs"));
	l->alarm = false;
	l->offered = offered != NULL;
	l->forced &= l->offered;
	snprintf(name, sizeof(name), "%.20s-%llu", l->set->name,
		 (unsigned long long)l->history.next);
	if (!prepare(l)) {
		phase_give_up(l, now, "rejected", l->reason);
		return false;
	}
	if (!record_begin(l, offered ? "offered" : "training", reason, now))
		return false;
	l->child = runner_start(l->set, &r);
	if (l->child < 0) {
		l->child = 0;
		phase_give_up(l, now, "rejected", strerror(errno));
		return false;
	}
	l->child_until = now + l->set->time * SLOW;
	l->phase = TRAIN;
	return true;
}

/* --- end --- */

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

/* Deletes the oldest files, except those that may be needed. */
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

/* Stores it with the others, named by its hash. */
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
	record_judged(l, result);
	/* Nor may it be worse than the previous one, whatever the judgement was. */
	if (settings_policy(l->set)) {
		l->usual = before->n >= ENOUGH ? seq_mean(before) : 0;
		phase_promise(l);
	} else if (before->n >= l->set->min_flows) {
		l->promised = fmin(number(result, "loss"), seq_mean(before));
	} else {
		l->promised = number(result, "loss");
	}
	l->have_importance = n > 0;
	for (i = 0; i < n && i < LQ_MAX_INPUTS; i++)
		l->importance[i] = json_object_get_double(out_at(result, "importance", i));
	l->drifted = false;
}

static bool record_candidate(struct learner *l, struct json_object *result)
{
	bool good = json_object_get_boolean(json_object_object_get(result, "accepted"));
	const char *how = good ? "judged to be better" : "offered by force";

	if (settings_policy(l->set))
		return record(l, "candidate", json_object_get(result),
			      "%s: reward %.4f in %.0f scenes of held-out paths, was %.4f", how,
			      -number(result, "loss"), number(result, "scenes"),
			      -number(result, "loss_before"));
	return record(l, "candidate", json_object_get(result),
		      "%s: loss %.4f on %.0f held-out flows, was %.4f%s", how,
		      number(result, "loss"), number(result, "held_out_flows"),
		      number(result, "loss_before"),
		      l->forced ? "; no shadow" : "; now in the shadow");
}

static void candidate(struct learner *l, struct json_object *result, uint64_t now)
{
	double promised = l->promised;

	if (!memcmp(l->new_hash, l->serving.hash, LQ_HASH_LEN)) {
		phase_give_up(l, now, "rejected", "it is the active snapshot already");
		return;
	}
	take_result(l, result);
	out_add_bool(result, "forced", l->forced);
	ramp_shadow(l, result);
	if (!record_candidate(l, result)) {
		l->promised = promised;
		phase_begin(l, COLLECT);
		return;
	}
	advance_candidate(l, now);
}

static bool sought_best(const struct learner *l)
{
	return !l->offered && !strcmp(l->reason, not_yet);
}

/*
 * It looks better, but is not shown to be, or an earlier one was better on other traffic: the flows
 * to judge the next one by; 0: no more.
 */
static uint32_t more_flows(struct learner *l, struct json_object *result)
{
	double n = fmax(l->wanted, number(result, "held_out_flows"));
	double most = (double)MORE * l->set->min_flows;

	if (!sought_best(l) &&
	    (l->offered || !json_object_get_boolean(json_object_object_get(result, "undecided"))))
		return 0;
	return n < most ? fmin(2 * n, most) : 0;
}

static void wait_for_more(struct learner *l, struct json_object *result, uint32_t flows)
{
	l->wanted = flows;
	l->alarm = true;
	record(l, "undecided", with_reason(l, json_object_get(result)),
	       "%s; again with %u", out_str(result, "reason"), l->wanted);
	phase_begin(l, COLLECT);
}

static void reject(struct learner *l, struct json_object *result, uint64_t now)
{
	uint64_t wait = phase_wait(l, now, l->set->every, l->rejected++);

	if (settings_policy(l->set))
		phase_promise(l);
	else if (out_has(result, "loss_before"))
		l->promised = fmax(l->promised, number(result, "loss_before"));
	if (sought_best(l))		/* this traffic has none better */
		l->best = l->promised;
	l->drifted = false;
	record(l, "rejected", phase_with_wait(json_object_get(result), wait), "%s",
	       out_str(result, "reason"));
	phase_begin(l, COLLECT);
}

void training_ended(struct learner *l, int status, uint64_t now)
{
	struct json_object *result = json_object_from_file(record_path(l, "candidate.json"));
	uint32_t more = result ? more_flows(l, result) : 0;
	char text[256];

	l->child = 0;
	if (!result) {
		explain_end(status, text, sizeof(text));
		phase_give_up(l, now, "rejected", text);
		return;
	}
	if (!json_object_get_boolean(json_object_object_get(result, "accepted")) && !l->forced) {
		if (more)
			wait_for_more(l, result, more);
		else
			reject(l, result, now);
	} else if (!take_file(l, result)) {
		phase_give_up(l, now, "rejected",
			out_has(result, "reason") ? out_str(result, "reason")
						  : "the snapshot cannot be put into the state "
						    "directory");
	} else {
		candidate(l, result, now);
	}
	json_object_put(result);
}
