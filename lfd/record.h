/* SPDX-License-Identifier: GPL-2.0 */
/* Decisions of a learner as records of its history, and what it was doing, from them. */
#ifndef LFD_RECORD_H
#define LFD_RECORD_H

#include "learner.h"

/*
 * Writes a decision with what the trial knows, and whatever `more` has (may be NULL; given away),
 * and says it in the journal. False where it could not be written: then it must not be done.
 */
bool record(struct learner *l, const char *what, struct json_object *more, const char *fmt, ...)
	__attribute__((__format__(printf, 4, 5)));

/* A number of a record, or of the status: six digits, nothing if it is none. */
void record_double(struct json_object *o, const char *key, double v);

/* Opens the history and takes up what it says. -1 with a sentence. */
int record_replay(struct learner *l, char *why, size_t size);

/* Files of the learner: state directory, and the snapshot of that hash in it. */
const char *record_path(const struct learner *l, const char *name);
const char *record_snapshot(const struct learner *l, const uint8_t *hash);

#endif /* LFD_RECORD_H */
