/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The learner of one slot: collect, label, adapt, freeze, evaluate, deploy, watch. While there is
 * no slot, or no active snapshot in it, collect.open is false and it waits in any phase.
 *
 *	COLLECT	rows come in, until there is a reason to train
 *	TRAIN	lfd-train runs
 *	SHADOW	its snapshot is compared with the active one, on live flows
 *	RAMP	it serves a rising share of new flows
 *	WATCH	it is active, and is compared with the previous one
 */
#ifndef LFD_LEARNER_H
#define LFD_LEARNER_H

#include <sys/types.h>

#include "collect.h"
#include "deploy.h"
#include "history.h"
#include "incumbent.h"
#include "settings.h"
#include "trial.h"

enum phase { COLLECT, TRAIN, SHADOW, RAMP, WATCH };

struct learner {
	const struct settings *set;
	struct nl *ask;			/* shared by all learners */
	char dir[PATH_MAX];
	int lock_dir, lock_slot;
	struct history history;
	enum phase phase;
	bool paused;
	bool fresh; /* the slot has not been seen since this program started */

	struct deploy_slot slot;	/* as last seen */
	struct incumbent serving;
	struct collect collect;
	double importance[LQ_MAX_INPUTS];
	bool have_importance;

	/* why and when to train */
	uint64_t not_before;		/* ns of CLOCK_BOOTTIME */
	uint64_t back_offs;		/* rollbacks since the last snapshot that was kept */
	double promised;	/* loss of the active snapshot when judged; 0 if it is not ours */
	double usual;	/* policies: mean loss of connections when a candidate came; 0: not known */
	double best;			/* the lowest of those since a snapshot was adopted */
	bool have_best;
	uint32_t rejected;		/* consecutive trainings without a result */
	bool drifted;
	bool alarm; /* there is a reason to train, shown by rows since `since` */
	uint64_t since;			/* time of the newest row then, as in rows; 0: all */
	uint64_t held_then;		/* collect.held then */
	uint32_t wanted;		/* held-out flows needed from then on before training */
	pid_t child;
	uint64_t child_until;		/* ns of CLOCK_BOOTTIME: when it is killed */
	bool offered;			/* by hand: the candidate was not trained here */
	bool forced;			/* by hand: no judgement, no shadow */
	char reason[256];		/* of this training */

	/* the candidate in SHADOW and RAMP; in WATCH the previous snapshot */
	struct lfs other;
	bool have_other;
	uint8_t new_hash[LQ_HASH_LEN], old_hash[LQ_HASH_LEN];
	double fidelity, range;
	struct trial trial;
	struct incumbent arm;		/* the candidate as it serves, in RAMP */
	uint32_t step;			/* of settings.arms */
	uint64_t arm_then, flows_then;	/* trial.arm.n, trial.flows when that began */
	bool shadow_ours;		/* we set it in the kernel for the trial */
	struct {
		double drifted, saturated;	/* shares of rows; NAN: not measured */
	} judged;			/* the candidate */
	struct deploy_limits limits;	/* what it may do, in RAMP and WATCH */
	bool backing;			/* a rollback has begun */
	uint32_t watched;		/* generation in WATCH */
	/* what was restored last: to return to after the module was unloaded */
	uint8_t kept_hash[LQ_HASH_LEN], origin_hash[LQ_HASH_LEN];
	bool have_kept, have_origin;
	char trouble[256];		/* the last complaint, so that it is logged once */
};

/* 0, or -1 after logging why: another lfd has the slot, or the state cannot be read. */
int learner_begin(struct learner *l, const struct settings *s, const char *state, const char *run,
		  struct nl *ask);
void learner_end(struct learner *l);

/* now: ns of CLOCK_BOOTTIME. Once a second. */
void learner_tick(struct learner *l, uint64_t now);
/* The kernel cannot be queried: the module is not loaded. */
void learner_away(struct learner *l);
void learner_batch(struct learner *l, const struct batch *b);
/* Its trainer has ended with this status. */
void learner_trained(struct learner *l, int status, uint64_t now);

/* --- by hand: true, or false with the reason --- */
bool learner_pause(struct learner *l, bool on, char *why, size_t size);
bool learner_roll_back(struct learner *l, uint64_t now, char *why, size_t size);
bool learner_offer(struct learner *l, const char *path, bool force, uint64_t now, char *why,
		   size_t size);

struct json_object *learner_status(struct learner *l, uint64_t now);

const char *learner_phase_name(enum phase phase);

#endif /* LFD_LEARNER_H */
