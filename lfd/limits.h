/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Limits that the kernel enforces on a candidate while it is on trial, whether or not lfd runs:
 * those of its own generation (kmod/guard.h). limits.c says where they come from.
 */
#ifndef LFD_LIMITS_H
#define LFD_LIMITS_H

#include "learner.h"

struct json_object;

/* A candidate begins to serve: what it may do from now until it is kept or gone. */
void limits_choose(struct learner *l);
/* Sets them for the active snapshot, which is the candidate. */
void limits_set(struct learner *l);
/* It is kept: takes them away. */
void limits_end(struct learner *l);

/* "; the kernel stops it above drift 25%, class 99%", or "". Valid until the next call. */
const char *limits_words(const struct learner *l);

/* To a record or the status, and from a record; what is not there is no limit. */
void limits_add(struct json_object *o, const struct learner *l);
void limits_take(struct learner *l, struct json_object *o);

#endif /* LFD_LIMITS_H */
