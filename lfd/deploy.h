/* SPDX-License-Identifier: GPL-2.0 */
/* The slot in the kernel: reading and changing its state. */
#ifndef LFD_DEPLOY_H
#define LFD_DEPLOY_H

#include <stdbool.h>
#include <stdint.h>

#include <lq/format.h>

#include "lfctl/lib/nl.h"

struct json_object;

#define DEPLOY_WEIGHTS	1000000	/* of all arms of a split */

struct deploy_slot {
	bool there, active;		/* the slot exists; it has an active snapshot */
	uint8_t hash[LQ_HASH_LEN];	/* of that */
	uint32_t generation;
	double top_class;		/* largest share of one class in its decisions */
	double drifted;			/* share of its inferences outside its calibrated range */
	bool standby;			/* it has a standby snapshot */
	uint8_t standby_hash[LQ_HASH_LEN];
	uint32_t standby_generation;	/* 0: it has not served yet */
	uint32_t weight, weights;	/* of the standby, of all arms; 0: no split */
	uint32_t stopped;		/* generation that the guard has stopped, 0 */
	char trip[128];			/* what the guard found then */
	uint32_t shadow;		/* 0: off */
	uint64_t shadow_runs, shadow_agreed;
	uint32_t sample;
	uint32_t budget_ns;		/* 0: none */
	uint64_t samples, lost;
};

/* Of one generation. Shares in a window; 0: none. */
struct deploy_limits {
	double drift, saturated, top_class;
	bool outcome;
	uint8_t term;			/* enum liteflow_term */
	uint64_t bound;			/* in its steps */
};

/* Is there any? */
bool deploy_limited(const struct deploy_limits *limits);

/* All that return int: 0; -1 with the reason in log_complaint(). */

/* A socket for queries; reopened after the module was unloaded. */
int deploy_open(struct nl *nl);

/* -1 only if the kernel cannot be queried; a missing slot is an answer. */
int deploy_look(struct nl *nl, const char *slot, struct deploy_slot *s);

/* Everything about the snapshot, NULL if it is gone. */
struct json_object *deploy_snapshot(struct nl *nl, const uint8_t *hash);

/* Loads the file, makes it the standby snapshot, and activates it. */
int deploy_activate(struct nl *nl, const char *slot, const char *path);

/* Loads the file, and makes it the standby snapshot. */
int deploy_standby(struct nl *nl, const char *slot, const char *path);

/* Runs the standby snapshot beside the active one at one of that many inferences; 0: stop. */
int deploy_shadow(struct nl *nl, const char *slot, uint32_t every);

/*
 * The standby snapshot serves this share of new flows, and is stopped by the kernel above these
 * limits, which end with its service; 0: no split.
 */
int deploy_share(struct nl *nl, const char *slot, double share, const struct deploy_limits *limits);

/* The same limits of a generation that serves already; NULL: none. */
int deploy_limit(struct nl *nl, const char *slot, uint32_t generation,
		 const struct deploy_limits *limits);

/*
 * Activates the previous generation again or, if the kernel no longer has it, that file. path may
 * be "".
 */
int deploy_back(struct nl *nl, const char *slot, const uint8_t *hash, const char *path);

#endif /* LFD_DEPLOY_H */
