/* SPDX-License-Identifier: GPL-2.0 */
/* Trainings of a learner: reasons, start and end. */
#ifndef LFD_TRAINING_H
#define LFD_TRAINING_H

#include "learner.h"

/* COLLECT: is there a reason to train, and enough to judge by? Then it begins. */
void training_step(struct learner *l, uint64_t now);
/* Starts a training, or the judgement of an offered snapshot, for any reason. */
bool training_start(struct learner *l, const char *offered, const char *reason, uint64_t now);
void training_ended(struct learner *l, int status, uint64_t now);

/* The store is open: recount the flows since the reason that can be used to judge. */
void training_recount(struct learner *l);

#endif /* LFD_TRAINING_H */
