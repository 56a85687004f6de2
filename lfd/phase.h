/* SPDX-License-Identifier: GPL-2.0 */
/* How the phases of a learner begin and end. */
#ifndef LFD_PHASE_H
#define LFD_PHASE_H

#include "learner.h"

struct json_object;

/* Starts a phase afresh, with its trial; SHADOW, RAMP and WATCH with the other snapshot's file. */
void phase_begin(struct learner *l, enum phase phase);
void phase_drop_other(struct learner *l);
/*
 * Removes what was set in the kernel for the trial, before the record that ends it. The limits of
 * a candidate that no longer serves have ended by themselves.
 */
void phase_clear(struct learner *l);

/* What the kernel knows of a snapshot, without its file; false if it has none of that hash. */
bool phase_know(struct learner *l, struct incumbent *inc, const uint8_t *hash);
/* A policy is not to lose more than connections lose now; before any has ended, 1. */
void phase_promise(struct learner *l);
/* Keeps the file of the active snapshot, for a rollback. */
void phase_keep_copy(struct learner *l);

/* The candidate becomes the active snapshot: WATCH. */
void phase_activate(struct learner *l, uint64_t now);
/* The candidate failed: records that as `what`, and delays the next training. */
void phase_give_up(struct learner *l, uint64_t now, const char *what, const char *reason);
/* Roll back to the previous snapshot. */
bool phase_back(struct learner *l, uint64_t now, const char *reason);
/* The rollback is done: only the previous snapshot serves. */
void phase_went_back(struct learner *l, uint64_t now, const char *reason);

/* No training for base, doubled that many times. Returns the wait in ns. */
uint64_t phase_wait(struct learner *l, uint64_t now, uint64_t base, uint64_t doublings);
/* Adds the wait to the numbers of the record; o may be NULL. */
struct json_object *phase_with_wait(struct json_object *o, uint64_t wait);

#endif /* LFD_PHASE_H */
