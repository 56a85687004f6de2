/* SPDX-License-Identifier: GPL-2.0 */
/* Decisions of a learner as records of its history, and restoring its state from them. */
#ifndef LFD_RECORD_H
#define LFD_RECORD_H

#include "learner.h"

/*
 * Writes a decision with the trial's numbers and those of `more` (may be NULL; consumed), and logs
 * it. False if it could not be written: then the decision must not be carried out.
 */
bool record(struct learner *l, const char *what, struct json_object *more, const char *fmt, ...)
	__attribute__((__format__(printf, 4, 5)));

/* A number of a record or the status: six digits; nothing if it is NaN or infinite. */
void record_double(struct json_object *o, const char *key, double v);
/* The mean and its bounds, as KEY, KEY_lo and KEY_hi; nothing if there is no value. */
void record_mean(struct json_object *o, const char *key, const struct seq *s);

/* Numbers of the ramp's step and of the kernel's shadow, for a record or the status. */
void record_ramp(struct json_object *o, const struct learner *l);

/* From the trainer's report or the record of a candidate: how often it leaves its ranges. */
void record_judged(struct learner *l, struct json_object *o);

/* Training continues from the model of the snapshot that was kept. */
void record_promote(struct learner *l);

/* Opens the history and restores the state from it. -1 with a message. */
int record_replay(struct learner *l, char *why, size_t size);

/* Files of the learner: state directory, and the snapshot of that hash in it. */
const char *record_path(const struct learner *l, const char *name);
const char *record_snapshot(const struct learner *l, const uint8_t *hash);

#endif /* LFD_RECORD_H */
