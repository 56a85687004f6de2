/* SPDX-License-Identifier: GPL-2.0 */
/* lfd-train: what its parts share. */
#ifndef LFD_TRAIN_H
#define LFD_TRAIN_H

#include "codegen/lfs.h"
#include "dataset.h"
#include "freeze.h"
#include "incumbent.h"
#include "settings.h"

struct json_object;

struct train {
	struct settings s;
	const char *dir, *offered;
	struct store store;
	struct dataset d;
	struct incumbent old;
	struct lfs new;
	uint32_t budget_ns;
	uint64_t since;
	char name[LQ_NAME_LEN];
	struct freeze_report frozen;
	struct json_object *report;
	struct graph_err err;
};

/* train_result.c. DIR/NAME; valid until the fourth call from now. */
const char *train_path(const struct train *t, const char *name);

/* Fits the budget, passes its own test vectors; then its hash is in the report. 0 or -1. */
int train_accept(struct train *t);
/* Into the report: mean losses before and with the candidate, their difference and its bounds. */
struct train_losses {
	double old, new, diff, lo, hi;
};
void train_tell_losses(struct train *t, const struct train_losses *l);

/* Writes DIR/candidate.lfs; -1 with `reason`, if there is one. */
int train_hand_over(struct train *t, const char *reason);

/* train_policy.c. A training of a policy: measured paths to a judged snapshot in DIR. 0 or -1. */
int train_policy(struct train *t);

#endif /* LFD_TRAIN_H */
