/* SPDX-License-Identifier: GPL-2.0 */
/* How a candidate moves from phase to phase. */
#ifndef LFD_ADVANCE_H
#define LFD_ADVANCE_H

#include "learner.h"

/* There is a candidate: start the shadow phase, or skip it. */
void advance_candidate(struct learner *l, uint64_t now);
/* SHADOW, RAMP and WATCH: has the trial decided? */
void advance_trial(struct learner *l, uint64_t now);

#endif /* LFD_ADVANCE_H */
