/* SPDX-License-Identifier: GPL-2.0 */
/* How a learner goes from phase to phase. */
#ifndef LFD_ADVANCE_H
#define LFD_ADVANCE_H

#include "learner.h"

/* Is there a reason to train? Then it begins. */
void advance_train(struct learner *l, uint64_t now);
/* A training, or the judgement of what was offered, whatever the reasons. */
bool advance_start(struct learner *l, const char *offered, const char *reason, uint64_t now);
void advance_trained(struct learner *l, int status, uint64_t now);
/* SHADOW and WATCH: has the trial decided? */
void advance_trial(struct learner *l, uint64_t now);
/* Back to the snapshot before. */
bool advance_back(struct learner *l, uint64_t now, const char *reason);
/* SHADOW or WATCH begins anew, with the other snapshot's file. */
void advance_begin_trial(struct learner *l, enum phase phase);

/* What training goes on from is that of the snapshot that was kept. */
void advance_promote(struct learner *l);

#endif /* LFD_ADVANCE_H */
