/* SPDX-License-Identifier: GPL-2.0 */
/* Trainings of a learner: their reasons, their beginning and their end. */
#ifndef LFD_TRAINING_H
#define LFD_TRAINING_H

#include "learner.h"

/* COLLECT: is there a reason to train, and enough to judge by? Then it begins. */
void training_step(struct learner *l, uint64_t now);
/* A training, or the judgement of what was offered, whatever the reasons. */
bool training_start(struct learner *l, const char *offered, const char *reason, uint64_t now);
void training_ended(struct learner *l, int status, uint64_t now);

/* The store is open: how many flows that may judge have come since the reason? */
void training_recount(struct learner *l);

/* What training goes on from is that of the snapshot that was kept. */
void training_promote(struct learner *l);

#endif /* LFD_TRAINING_H */
