/* SPDX-License-Identifier: GPL-2.0 */
/* How a candidate goes from phase to phase. */
#ifndef LFD_ADVANCE_H
#define LFD_ADVANCE_H

#include "learner.h"

struct json_object;

/* There is a candidate: into the shadow, or past it. */
void advance_candidate(struct learner *l, uint64_t now);
/* SHADOW, RAMP and WATCH: has the trial decided? */
void advance_trial(struct learner *l, uint64_t now);
/* The candidate becomes the active snapshot: WATCH. */
void advance_activate(struct learner *l, uint64_t now);
/* Back to the snapshot before. */
bool advance_back(struct learner *l, uint64_t now, const char *reason);
/* That is done: the snapshot before serves alone. */
void advance_went_back(struct learner *l, uint64_t now, const char *reason);
/* SHADOW, RAMP or WATCH begins anew, with the other snapshot's file. */
void advance_begin_trial(struct learner *l, enum phase phase);
void advance_drop_other(struct learner *l);
/* It came to nothing: that is recorded as `what`, and the next training waits for longer. */
void advance_give_up(struct learner *l, uint64_t now, const char *what, const char *reason);

/* No training for base, doubled so often. Returns how long that is, in ns. */
uint64_t advance_wait(struct learner *l, uint64_t now, uint64_t base, uint64_t doublings);
/* With the wait as a number of the record; o may be NULL. */
struct json_object *advance_with_wait(struct json_object *o, uint64_t wait);

#endif /* LFD_ADVANCE_H */
