/* SPDX-License-Identifier: GPL-2.0 */
/* A candidate beside the snapshot that serves, in the kernel: unused in the shadow, then with a
 * share of newborn flows that rises. */
#ifndef LFD_RAMP_H
#define LFD_RAMP_H

#include "learner.h"

struct json_object;

/* Before SHADOW: notes in o, a record, what there will be to undo in the kernel. */
void ramp_shadow(struct learner *l, struct json_object *o);
/* SHADOW begins, or any phase after it goes on: the kernel gets what it lacks for that. */
void ramp_resume(struct learner *l, uint64_t now);

/* From the shadow to the first arm, or to `activate` where there are none. */
void ramp_begin(struct learner *l, uint64_t now);
/* RAMP: has this step decided? */
void ramp_look(struct learner *l, uint64_t now);
/* No flow is born under the candidate any more; the slot is as it was. */
bool ramp_back(struct learner *l, uint64_t now, const char *reason);

/* What was set in the kernel for the trial is gone: before the record that ends it. */
void ramp_clear(struct learner *l);

/* Has our guard stopped the snapshot that served before? True: it serves again. */
bool ramp_revive(struct learner *l);

/* Numbers of the step and of the kernel's shadow, for a record or the status. */
void ramp_numbers(struct json_object *o, const struct learner *l);

#endif /* LFD_RAMP_H */
