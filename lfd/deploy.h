/* SPDX-License-Identifier: GPL-2.0 */
/* The slot in the kernel: what it has, and changing that. */
#ifndef LFD_DEPLOY_H
#define LFD_DEPLOY_H

#include <stdbool.h>
#include <stdint.h>

#include <lq/format.h>

#include "lfctl/nl.h"

struct json_object;

#define DEPLOY_WEIGHTS	1000000	/* of all arms of a split */

struct deploy_slot {
	bool there, active;		/* there is such a slot; it has an active snapshot */
	uint8_t hash[LQ_HASH_LEN];	/* of that */
	uint32_t generation;
	double top_class;		/* greatest share of one class in what it has decided */
	bool standby;			/* it has a standby snapshot */
	uint8_t standby_hash[LQ_HASH_LEN];
	uint32_t standby_generation;	/* 0: it has served nobody yet */
	uint32_t weight, weights;	/* of the standby, of all arms; 0: nothing is split */
	bool guarded;			/* it has limits */
	uint32_t stopped;		/* generation that the guard has stopped, 0 */
	char trip[128];			/* what it found then */
	uint32_t shadow;		/* 0: off */
	uint64_t shadow_runs, shadow_agreed;
	uint32_t sample;
	uint32_t budget_ns;		/* 0: none */
	uint64_t samples, lost;
};

/* All that return int: 0; -1 with the reason in log_complaint(). */

/* A socket for questions; again after the module was away. */
int deploy_open(struct nl *nl);

/* -1 only where the kernel cannot be asked; a slot that is not there is an answer. */
int deploy_look(struct nl *nl, const char *slot, struct deploy_slot *s);

/* All about the snapshot, NULL if it is gone. */
struct json_object *deploy_snapshot(struct nl *nl, const uint8_t *hash);

/* Loads the file, puts it on the standby side, makes it active. */
int deploy_activate(struct nl *nl, const char *slot, const char *path);

/* Loads the file, and puts it on the standby side. */
int deploy_standby(struct nl *nl, const char *slot, const char *path);

/* The standby snapshot runs beside the active one on one of so many inferences; 0: no more. */
int deploy_shadow(struct nl *nl, const char *slot, uint32_t every);

/* The standby snapshot serves this share of newborn flows; 0: no split. */
int deploy_share(struct nl *nl, const char *slot, double share);

/* The kernel stops who says one class more often, as a share of a window; 0: no limits. */
int deploy_guard(struct nl *nl, const char *slot, double top_class);

/* The generation before is active again; where the kernel has it no more, that file. path may be
 * "". */
int deploy_back(struct nl *nl, const char *slot, const uint8_t *hash, const char *path);

#endif /* LFD_DEPLOY_H */
