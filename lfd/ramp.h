/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A candidate beside the active snapshot, in the kernel: unused in the shadow, then serving a
 * rising share of new flows.
 */
#ifndef LFD_RAMP_H
#define LFD_RAMP_H

#include "learner.h"

struct json_object;

/* Before SHADOW: notes in the record o what must be undone in the kernel later. */
void ramp_shadow(struct learner *l, struct json_object *o);
/* SHADOW begins, or a later phase resumes: sets up what the kernel lacks for it. */
void ramp_resume(struct learner *l, uint64_t now);

/* From the shadow to the first arm, or to `activate` if there are none. */
void ramp_begin(struct learner *l, uint64_t now);
/* RAMP: has this step decided? */
void ramp_look(struct learner *l, uint64_t now);
/* Ends the candidate's share of new flows, and restores the slot. */
bool ramp_back(struct learner *l, uint64_t now, const char *reason);

#endif /* LFD_RAMP_H */
