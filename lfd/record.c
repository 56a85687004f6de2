// SPDX-License-Identifier: GPL-2.0
/*
 * A record has what, sentence, slot, the hashes of new and old, and the numbers of the decision.
 * Those that change the learner's state:
 *
 *	adopted		a snapshot that is not ours is active: the new incumbent
 *	training	a training began
 *	undecided	its result looks better, and more flows must show it
 *	rejected	its result is not worth a swap
 *	candidate	it is, and enters the shadow phase
 *	ramping		it serves a share of new flows; one record for each step
 *	activating	written before the kernel is told, so that a crash in between is noticed;
 *			so are ramping and rolling-back
 *	watching, kept, rolling-back, rolled-back, given-up
 *	drift, harmless, paused, resumed, restored
 *
 * Wall clock times are used only to compute the rest of a wait, never more than the wait itself: a
 * clock step can only shorten it.
 */
#include "record.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lfctl/lib/args.h"
#include "lfctl/lib/out.h"
#include "limits.h"
#include "log.h"

const char *record_path(const struct learner *l, const char *name)
{
	static char path[4][PATH_MAX];
	static int at;

	at = (at + 1) % 4;
	if (snprintf(path[at], PATH_MAX, "%s/%s", l->dir, name) >= PATH_MAX)
		*path[at] = 0;
	return path[at];
}

const char *record_snapshot(const struct learner *l, const uint8_t *hash)
{
	char name[16 + 2 * LQ_HASH_LEN] = "snapshots/", *hex = name + strlen(name);

	out_hex(hash, LQ_HASH_LEN, hex);
	strcat(hex, ".lfs");
	return record_path(l, name);
}

void record_double(struct json_object *o, const char *key, double v)
{
	if (isfinite(v))
		out_add_digits(o, key, v);
}

void record_mean(struct json_object *o, const char *key, const struct seq *s)
{
	char bound[64];

	if (!s->n)
		return;
	record_double(o, key, seq_mean(s));
	snprintf(bound, sizeof(bound), "%s_lo", key);
	record_double(o, bound, seq_lo(s));
	snprintf(bound, sizeof(bound), "%s_hi", key);
	record_double(o, bound, seq_hi(s));
}

static void add_hash(struct json_object *o, const char *key, const uint8_t *hash)
{
	char hex[2 * LQ_HASH_LEN + 1];

	out_hex(hash, LQ_HASH_LEN, hex);
	out_add_str(o, key, hex);
}

static void add_trial(struct json_object *o, const struct learner *l)
{
	const struct trial *t = &l->trial;

	out_add_u64(o, "flows", t->flows);
	out_add_u64(o, "labelled", t->loss.n);
	if (t->loss.n)
		record_double(o, "loss_serving", seq_mean(&t->loss));
	record_mean(o, "difference", &t->diff);
	if (t->differ.n) {
		record_double(o, "other_decisions", seq_mean(&t->differ));
		record_double(o, "other_decisions_lo", seq_lo(&t->differ));
	}
	record_double(o, "error_rate", l->set->error);
}

static void merge(struct json_object *o, struct json_object *more)
{
	if (!more)
		return;
	json_object_object_foreach(more, key, value)
		json_object_object_add(o, key, json_object_get(value));
}

/*
 * In tests, lfd dies at the decision named by LFD_DIE_AT, once it is on disk; ramping1 is the first
 * step of a ramp.
 */
static void fault(const struct learner *l, const char *what)
{
#ifdef LFD_FAULTS
	const char *at = getenv("LFD_DIE_AT");
	char name[32];

	snprintf(name, sizeof(name), strcmp(what, "ramping") ? "%s" : "%s%u", what, l->step + 1);
	if (at && !strcmp(at, name))
		raise(SIGKILL);
#else
	(void)l;
	(void)what;
#endif
}

bool record(struct learner *l, const char *what, struct json_object *more, const char *fmt, ...)
{
	struct json_object *o = json_object_new_object();
	char sentence[768];
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	out_add_str(o, "what", what);
	out_add_str(o, "slot", l->set->slot);
	out_add_str(o, "sentence", sentence);
	if (l->phase != COLLECT) {
		add_hash(o, "new", l->new_hash);
		add_hash(o, "old", l->old_hash);
	}
	if (l->phase >= SHADOW) {
		add_trial(o, l);
		record_ramp(o, l);
	}
	add_hash(o, "serving", l->slot.hash);
	out_add_u64(o, "back_offs", l->back_offs);
	record_double(o, "promised", l->promised);
	if (settings_policy(l->set))
		record_double(o, "usual", l->usual);
	merge(o, more);
	ok = history_add(&l->history, o) > 0;
	fault(l, what);
	if (ok)
		log_decision(l->set->slot, what, sentence, json_object_to_json_string(o));
	else
		log_bad("slot %s: %s: not done: the history cannot be written: %s",
			l->set->slot, what, strerror(l->history.error));
	json_object_put(more);
	json_object_put(o);
	return ok;
}

/* --- replay --- */

struct replay {
	struct learner *l;
	char last[16];			/* the last state change */
	uint64_t waits_from, waits;	/* of the last record that starts a wait; ns */
};

static bool is(const char *what, const char *word)
{
	return !strcmp(what, word);
}

static void take_importance(struct learner *l, struct json_object *o)
{
	size_t i, n = out_length(o, "importance");

	for (i = 0; i < n && i < LQ_MAX_INPUTS; i++)
		l->importance[i] = json_object_get_double(out_at(o, "importance", i));
	l->have_importance |= n > 0;
}

static double number(struct json_object *o, const char *key, double otherwise)
{
	return out_has(o, key) ? json_object_get_double(json_object_object_get(o, key)) : otherwise;
}

void record_judged(struct learner *l, struct json_object *o)
{
	l->judged.drifted = number(o, "out_of_range", NAN);
	l->judged.saturated = number(o, "saturated", NAN);
}

static bool is_trial(const char *what)
{
	return is(what, "candidate") || is(what, "ramping") || is(what, "activating") ||
	       is(what, "watching") || is(what, "rolling-back");
}

/* Kernel settings are noted by the record that makes them, and removed before the one that ends a
 * trial.
 */
static void take_ours(struct learner *l, struct json_object *o, const char *what)
{
	if (out_has(o, "shadow_ours"))
		l->shadow_ours = json_object_get_boolean(json_object_object_get(o, "shadow_ours"));
	if (!is_trial(what))
		l->shadow_ours = false;
	limits_take(l, o);
}

static void take(struct json_object *o, void *data)
{
	struct replay *r = data;
	struct learner *l = r->l;
	const char *what = out_str(o, "what");

	if (out_has(o, "wait")) {
		r->waits_from = out_u64(o, "time");
		r->waits = out_u64(o, "wait");
	}
	l->back_offs = out_u64(o, "back_offs");
	l->promised = number(o, "promised", l->promised);
	l->usual = number(o, "usual", l->usual);
	if (is(what, "paused") || is(what, "resumed")) {
		l->paused = is(what, "paused");
		return;
	}
	if (is(what, "drift") || is(what, "harmless") || is(what, "restored"))
		return;
	snprintf(r->last, sizeof(r->last), "%s", what);
	if (out_has(o, "new"))
		args_hex(out_str(o, "new"), l->new_hash, LQ_HASH_LEN);
	if (out_has(o, "old"))
		args_hex(out_str(o, "old"), l->old_hash, LQ_HASH_LEN);
	/* Interrupted, or waiting for more flows: the reason still holds. */
	l->alarm = is(what, "training") || is(what, "undecided");
	if (l->alarm) {
		l->since = out_u64(o, "since");
		l->wanted = out_u64(o, "wanted_flows");
		snprintf(l->reason, sizeof(l->reason), "%s", out_str(o, "reason_to_train"));
	}
	l->backing = is(what, "rolling-back");
	if (is(what, "ramping"))
		l->step = (out_u64(o, "step") - 1) % SETTINGS_ARMS;
	if (is(what, "watching"))
		l->watched = out_u64(o, "generation");
	else if (is(what, "candidate"))
		l->watched = 0;
	take_ours(l, o, what);
	/* Until it is kept or gone. */
	if (out_has(o, "forced"))
		l->forced = json_object_get_boolean(json_object_object_get(o, "forced"));
	else if (!is_trial(what))
		l->forced = false;
	if (is(what, "candidate")) {
		take_importance(l, o);
		l->fidelity = number(o, "fidelity_loss", 0);
		record_judged(l, o);
	}
	if (is(what, "adopted")) {
		args_hex(out_str(o, "serving"), l->origin_hash, LQ_HASH_LEN);
		l->have_origin = true;
		l->have_kept = false;
	}
	if (is(what, "kept") || is(what, "rolled-back")) {
		memcpy(l->kept_hash, is(what, "kept") ? l->new_hash : l->old_hash, LQ_HASH_LEN);
		l->have_kept = true;
	}
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

int record_replay(struct learner *l, char *why, size_t size)
{
	struct replay r = { .l = l };
	uint64_t now, left;

	if (history_open(&l->history, record_path(l, "history"), take, &r, why, size))
		return -1;
	if (l->history.cut)
		log_warn("slot %s: the history ended in the middle of a record: %llu bytes are cut "
			 "off",
			 l->set->slot, (unsigned long long)l->history.cut);
	now = clock_ns(CLOCK_REALTIME);
	left = now >= r.waits_from && now - r.waits_from < r.waits ? r.waits - (now - r.waits_from)
								   : 0;
	if (now < r.waits_from)
		left = r.waits;
	l->not_before = clock_ns(CLOCK_BOOTTIME) + left;
	if (is(r.last, "kept"))
		record_promote(l);
	l->phase = is(r.last, "candidate")				? SHADOW
		   : is(r.last, "ramping")				? RAMP
		   : is(r.last, "activating") || is(r.last, "watching") ? WATCH
		   : is(r.last, "rolling-back")				? WATCH
									: COLLECT;
	return 0;
}

void record_ramp(struct json_object *o, const struct learner *l)
{
	const struct seq *arm = &l->trial.arm;

	if (l->phase == RAMP) {
		out_add_u64(o, "step", l->step + 1);
		out_add_u64(o, "steps", l->set->n_arms);
		record_double(o, "share", l->set->arms[l->step]);
		out_add_u64(o, "arm_flows", arm->n);
		record_mean(o, "arm_loss", arm);
	}
	limits_add(o, l);
	if (l->slot.shadow_runs) {
		out_add_u64(o, "shadow_runs", l->slot.shadow_runs);
		out_add_u64(o, "shadow_agreed", l->slot.shadow_agreed);
	}
}

void record_promote(struct learner *l)
{
	rename(record_path(l, "candidate.net"), record_path(l, "net"));
	rename(record_path(l, "candidate.forest.json"), record_path(l, "forest.json"));
}
