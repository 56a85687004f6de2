// SPDX-License-Identifier: GPL-2.0
/* A learner's life: learner.h. What its phases decide is in training.c, ramp.c and advance.c. */
#include "learner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advance.h"
#include "lfctl/lib/out.h"
#include "lfctl/lib/share.h"
#include "log.h"
#include "phase.h"
#include "ramp.h"
#include "record.h"
#include "training.h"

static const char *const phases[] = { "collect", "train", "shadow", "ramp", "watch" };

const char *learner_phase_name(enum phase phase)
{
	return phases[phase];
}

/* Logs a problem once, until there is another. */
static void trouble(struct learner *l, const char *sentence)
{
	if (!strcmp(l->trouble, sentence))
		return;
	snprintf(l->trouble, sizeof(l->trouble), "%s", sentence);
	if (*sentence)
		log_warn("slot %s: %s", l->set->slot, sentence);
}

/* --- begin --- */

static int lock(const char *path, const char *what)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		log_bad("%s: %m", path);
		return -1;
	}
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	if (errno == EWOULDBLOCK)
		log_bad("another lfd already holds %s", what);
	else
		log_bad("%s: %m", path);
	close(fd);
	return -1;
}

/* A slot belongs to a network namespace, whose inode is its name. */
static int lock_slot(struct learner *l, const char *run)
{
	char path[PATH_MAX], what[64];
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		st.st_ino = 0;
	snprintf(path, sizeof(path), "%s/%s-%llu.lock", run, l->set->slot,
		 (unsigned long long)st.st_ino);
	snprintf(what, sizeof(what), "the slot %s", l->set->slot);
	l->lock_slot = lock(path, what);
	return l->lock_slot < 0 ? -1 : 0;
}

static int make_dir(struct learner *l, const char *state)
{
	if (snprintf(l->dir, sizeof(l->dir), "%s/%s", state, l->set->name) >=
	    (int)sizeof(l->dir) - 128) {
		log_bad("%s: the path is too long", state);
		return -1;
	}
	if (mkdir(l->dir, 0700) && errno != EEXIST) {
		log_bad("%s: %m", l->dir);
		return -1;
	}
	return 0;
}

int learner_begin(struct learner *l, const struct settings *s, const char *state, const char *run,
		  struct nl *ask)
{
	char why[256];

	memset(l, 0, sizeof(*l));
	l->set = s;
	l->ask = ask;
	l->paused = s->paused;
	l->fresh = true;
	l->history.fd = l->collect.store.fd = l->lock_slot = l->lock_dir = -1;
	if (make_dir(l, state) || lock_slot(l, run))
		return -1;
	l->lock_dir = lock(record_path(l, "lock"), record_path(l, ""));
	if (l->lock_dir < 0)
		return -1;
	if (record_replay(l, why, sizeof(why))) {
		log_bad("slot %s: %s", s->slot, why);
		return -1;
	}
	return 0;
}

static void close_collect(struct learner *l)
{
	collect_close(&l->collect);
	incumbent_free(&l->serving);
	phase_drop_other(l);
	l->fresh = true;
}

void learner_end(struct learner *l)
{
	if (l->child > 0)
		kill(-l->child, SIGKILL);
	close_collect(l);
	history_close(&l->history);
	if (l->lock_dir >= 0)
		close(l->lock_dir);
	if (l->lock_slot >= 0)
		close(l->lock_slot);
}

/* --- the active snapshot --- */

static void find_file(struct learner *l)
{
	char path[PATH_MAX];

	if (incumbent_load(&l->serving, l->set->snapshot) ||
	    incumbent_load(&l->serving, record_snapshot(l, l->serving.hash)))
		return;
	if (share_find(l->serving.name, path, sizeof(path)))
		incumbent_load(&l->serving, path);
}

static void connection_ended(struct learner *l, const struct join_flow *f, double loss)
{
	if (!memcmp(f->hash, l->serving.hash, LQ_HASH_LEN))
		trial_add_connection(&l->trial, false, loss);
	else if (l->phase == RAMP && !memcmp(f->hash, l->arm.hash, LQ_HASH_LEN))
		trial_add_connection(&l->trial, true, loss);
}

static void flow_ended(const struct join_flow *f, double label, void *data)
{
	struct learner *l = data;
	double range = l->range > 0 ? l->range : 1;

	if (settings_policy(l->set)) {
		connection_ended(l, f, label);
		return;
	}
	if (!memcmp(f->hash, l->serving.hash, LQ_HASH_LEN))
		trial_add(&l->trial, &l->serving, l->have_other ? &l->other : NULL,
			  l->phase == WATCH, &l->collect.layout, f, label, range);
	else if (l->phase == RAMP && !memcmp(f->hash, l->arm.hash, LQ_HASH_LEN))
		trial_add(&l->trial, &l->arm, l->serving.loaded ? &l->serving.m : NULL, true,
			  &l->collect.layout, f, label, range);
}

/* Opens the store for the active snapshot's rows; an existing one with this layout is kept. */
static bool open_collect(struct learner *l)
{
	struct json_object *o = deploy_snapshot(l->ask, l->slot.hash);
	struct store_layout layout;
	char why[256] = "the snapshot is gone";
	bool ok = o != NULL;

	if (ok && !collect_layout(&layout, l->set, o)) {
		snprintf(why, sizeof(why),
			 "nothing can be learnt: with the rules' classes there are fewer than 2 "
			 "classes, or more than %d",
			 LQ_MAX_OUTPUTS);
		ok = false;
	}
	if (ok && (!l->collect.open || memcmp(&layout, &l->collect.layout, sizeof(layout)))) {
		collect_close(&l->collect);
		ok = !collect_open(&l->collect, l->set, &layout, l->dir,
				   l->have_importance ? l->importance : NULL, why, sizeof(why));
		l->collect.fn = flow_ended;
		l->collect.data = l;
		training_recount(l);
	}
	if (ok) {
		incumbent_free(&l->serving);
		incumbent_of(&l->serving, o, &layout);
		find_file(l);
	} else {
		trouble(l, why);
	}
	json_object_put(o);
	return ok;
}

static bool serves(const struct learner *l, const uint8_t *hash)
{
	return !memcmp(l->slot.hash, hash, LQ_HASH_LEN);
}

static bool is_ours(const struct learner *l)
{
	return l->have_kept ? serves(l, l->kept_hash) : l->have_origin && serves(l, l->origin_hash);
}

static void adopt(struct learner *l)
{
	phase_clear(l);
	l->have_kept = l->have_best = l->alarm = false;
	l->have_origin = true;
	l->promised = l->usual = 0;
	l->phase = COLLECT;
	memcpy(l->origin_hash, l->slot.hash, LQ_HASH_LEN);
	record(l, "adopted", NULL, "snapshot %s serves%s", l->serving.name,
	       l->serving.loaded ? ""
				 : "; its file is not known, so a new one cannot be compared with "
				   "it flow by flow "
				   "once that serves ([learner] snapshot = FILE)");
	phase_begin(l, COLLECT);
}

/* The module was reloaded, or the machine rebooted: the slot has its first snapshot again. */
static void restore(struct learner *l)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", record_snapshot(l, l->kept_hash));
	if (access(path, R_OK)) {
		adopt(l);
		return;
	}
	if (!record(l, "restored", NULL,
		    "the slot has its first snapshot again: the last one kept replaces it"))
		return;
	if (deploy_activate(l->ask, l->set->slot, path)) {
		trouble(l, log_complaint());
		adopt(l);
		return;
	}
	deploy_look(l->ask, l->set->slot, &l->slot);
	if (open_collect(l))
		phase_begin(l, COLLECT);
}

/* Finishes a rollback that had begun. */
static void finish_back(struct learner *l, uint64_t now)
{
	static const char reason[] = "a rollback had begun before lfd ended";

	if (serves(l, l->new_hash)) {
		phase_begin(l, WATCH);
		phase_back(l, now, reason);
	} else {
		ramp_back(l, now, reason);
	}
}

/* The watched snapshot is not active: the guard, a user, or a swap that did not happen. */
static void settle_gone(struct learner *l, uint64_t now, bool live)
{
	char why[192];

	if (l->watched && l->slot.stopped == l->watched) {
		snprintf(why, sizeof(why), "the guard has stopped it: %s", l->slot.trip);
		phase_went_back(l, now, why);
	} else if (live) {
		phase_went_back(l, now, "by hand, in the kernel");
	} else {
		l->forced &= !l->watched;
		advance_candidate(l, now);
	}
}

/* Reconciles the history with the kernel. live: this program has seen it change. */
static void settle(struct learner *l, uint64_t now, bool live)
{
	enum phase was = l->phase == TRAIN ? COLLECT : l->phase;
	bool old = was >= SHADOW && serves(l, l->old_hash);
	bool new = was >= SHADOW && serves(l, l->new_hash);

	if (l->backing && (old || new)) {
		finish_back(l, now);
	} else if ((was == WATCH && new) || (was < WATCH && old)) {
		phase_begin(l, was);
		l->watched = new ? l->slot.generation : 0;
		ramp_resume(l, now);
	} else if (old) {
		settle_gone(l, now, live);
	} else if (is_ours(l)) {
		phase_begin(l, COLLECT);
	} else if (l->have_kept && l->have_origin && serves(l, l->origin_hash)) {
		restore(l);
	} else {
		adopt(l);
	}
}

static bool look(struct learner *l)
{
	if (deploy_look(l->ask, l->set->slot, &l->slot))
		return false;
	if (!l->slot.there)
		trouble(l, "there is no such slot yet");
	else if (!l->slot.active && l->slot.stopped)
		trouble(l, "the guard stopped the active snapshot, and there is no earlier one");
	else if (!l->slot.active)
		trouble(l, "the slot is empty, so there is nothing to learn from; observer.lfs is "
			   "a snapshot that reads all features and decides nothing");
	else if (!l->slot.sample)
		trouble(l, "the slot sends no samples (lfctl slot set NAME sample 1)");
	else
		trouble(l, "");
	return l->slot.there && l->slot.active;
}

static void kill_late(struct learner *l, uint64_t now)
{
	if (l->child > 0 && now > l->child_until) {
		kill(-l->child, SIGKILL);
		l->child_until = UINT64_MAX;
	}
}

static void look_at_drift(struct learner *l)
{
	if (!l->collect.alarm)
		return;
	l->collect.alarm = false;
	l->drifted = true;
	record(l, "drift", NULL,
	       "distance %.2f from the traffic when this snapshot became active, limit %.2f; %s "
	       "moved most",
	       l->collect.distance, l->collect.limit, l->collect.culprit);
	if (l->phase == COLLECT)
		phase_begin(l, COLLECT);
}

void learner_tick(struct learner *l, uint64_t now)
{
	bool live;

	kill_late(l, now);
	if (!look(l)) {
		if (l->collect.open)
			close_collect(l);
		return;
	}
	if (l->child > 0)
		return;
	if (l->fresh || !l->collect.open || !serves(l, l->serving.hash)) {
		if (!open_collect(l))
			return;
		live = !l->fresh;
		l->fresh = false;
		settle(l, now, live);
	}
	look_at_drift(l);
	advance_trial(l, now);
	if (l->phase == COLLECT)
		training_step(l, now);
}

void learner_away(struct learner *l)
{
	if (l->collect.open) {
		log_warn("slot %s: the module is not loaded", l->set->slot);
		close_collect(l);
	}
}

void learner_batch(struct learner *l, const struct batch *b)
{
	if (!strcmp(b->slot, l->set->slot))
		collect_batch(&l->collect, b);
}

void learner_trained(struct learner *l, int status, uint64_t now)
{
	l->child = 0;
	if (l->collect.open && look(l) && serves(l, l->serving.hash)) {
		training_ended(l, status, now);
		return;
	}
	l->phase = COLLECT;
	l->forced = false;
	record(l, "rejected", NULL, "the slot was replaced while lfd-train ran");
}

/* --- by hand --- */

static bool no(char *why, size_t size, const char *sentence)
{
	snprintf(why, size, "%s", sentence);
	return false;
}

bool learner_pause(struct learner *l, bool on, char *why, size_t size)
{
	if (l->paused == on)
		return no(why, size, on ? "it is paused already" : "it is not paused");
	if (!record(l, on ? "paused" : "resumed", NULL, "by hand"))
		return no(why, size, "the history cannot be written");
	l->paused = on;
	return true;
}

bool learner_roll_back(struct learner *l, uint64_t now, char *why, size_t size)
{
	if (!l->collect.open)
		return no(why, size, "the slot has no active snapshot");
	if (l->child > 0)
		return no(why, size,
			  "lfd-train is running: pause, and try again when it has ended");
	if (l->phase == RAMP)
		return ramp_back(l, now, "by hand") || no(why, size, log_complaint());
	if (l->phase != WATCH && !(l->have_kept && serves(l, l->new_hash)))
		return no(why, size,
			  "this learner did not install the active snapshot");
	return phase_back(l, now, "by hand") || no(why, size, log_complaint());
}

bool learner_offer(struct learner *l, const char *path, bool force, uint64_t now, char *why,
		   size_t size)
{
	if (!l->collect.open)
		return no(why, size, "the slot has no active snapshot");
	if (l->phase != COLLECT)
		return no(why, size,
			  "another snapshot is being made, judged or watched: see lfctl learn "
			  "status");
	if (access(path, R_OK))
		return no(why, size, strerror(errno));
	l->forced = force;
	return training_start(l, path, force ? "forced by hand" : "by hand", now) ||
	       no(why, size, "lfd-train did not start");
}
