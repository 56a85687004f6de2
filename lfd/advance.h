/* SPDX-License-Identifier: GPL-2.0 */
/* How a candidate moves from phase to phase. */
#ifndef LFD_ADVANCE_H
#define LFD_ADVANCE_H

#include "learner.h"

struct json_object;

/* What the kernel knows of a snapshot, without its file; false if it has none of that hash. */
bool advance_know(struct learner *l, struct incumbent *inc, const uint8_t *hash);

/* There is a candidate: start the shadow phase, or skip it. */
void advance_candidate(struct learner *l, uint64_t now);
/* SHADOW, RAMP and WATCH: has the trial decided? */
void advance_trial(struct learner *l, uint64_t now);
/* The candidate becomes the active snapshot: WATCH. */
void advance_activate(struct learner *l, uint64_t now);
/* Roll back to the previous snapshot. */
bool advance_back(struct learner *l, uint64_t now, const char *reason);
/* The rollback is done: only the previous snapshot serves. */
void advance_went_back(struct learner *l, uint64_t now, const char *reason);
/* Starts SHADOW, RAMP or WATCH afresh, with the other snapshot's file. */
void advance_begin_trial(struct learner *l, enum phase phase);
void advance_drop_other(struct learner *l);
/* A policy is not to lose more than connections lose now; before any has ended, 1. */
void advance_promise(struct learner *l);
/* The candidate failed: records that as `what`, and delays the next training. */
void advance_give_up(struct learner *l, uint64_t now, const char *what, const char *reason);

/* No training for base, doubled that many times. Returns the wait in ns. */
uint64_t advance_wait(struct learner *l, uint64_t now, uint64_t base, uint64_t doublings);
/* Adds the wait to the numbers of the record; o may be NULL. */
struct json_object *advance_with_wait(struct json_object *o, uint64_t wait);

#endif /* LFD_ADVANCE_H */
