/* SPDX-License-Identifier: GPL-2.0 */
/* The slot in the kernel: what it has, and changing that. */
#ifndef LFD_DEPLOY_H
#define LFD_DEPLOY_H

#include <stdbool.h>
#include <stdint.h>

#include <lq/format.h>

#include "lfctl/nl.h"

struct json_object;

struct deploy_slot {
	bool there, active;		/* there is such a slot; it has an active snapshot */
	uint8_t hash[LQ_HASH_LEN];	/* of that */
	uint32_t generation;
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

/* The generation before is active again; where the kernel has it no more, that file. path may be
 * "". */
int deploy_back(struct nl *nl, const char *slot, const uint8_t *hash, const char *path);

#endif /* LFD_DEPLOY_H */
