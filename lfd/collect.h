/* SPDX-License-Identifier: GPL-2.0 */
/* From batches to labelled rows in the store, with drift detection on the way. */
#ifndef LFD_COLLECT_H
#define LFD_COLLECT_H

#include "drift.h"
#include "join.h"
#include "paths.h"
#include "settings.h"
#include "store.h"

struct json_object;

/* A flow that ended. label: class or value, NAN for none; of a policy its loss (reward.h). */
typedef void collect_fn(const struct join_flow *f, double label, void *data);

struct collect {
	const struct settings *set;
	struct store_layout layout;
	bool open;
	bool policy;			/* paths are measured, and no rows kept */
	struct store store;
	struct paths paths;
	struct join join;
	struct drift drift;
	int column[FACTS];		/* input that has the fact, -1 */
	int bytes_column;		/* flow.bytes, flow.bytes_log2, or -1 */
	double bytes_step;
	double lo, hi;			/* of labels that are values */
	bool alarm;			/* drift since the last check */
	char culprit[LQ_NAME_LEN];	/* the column that moved most */
	double distance, limit;
	collect_fn *fn;
	void *data;
	/* so far */
	uint64_t newest;		/* time of a sample */
	uint64_t samples, outcomes, flows, labelled, unknown_class, alarms;
	/* held-out flows with a label; of a policy measurements of held-out connections */
	uint64_t held;
};

/* The layout of this snapshot's rows, with the classes that the rules add. False: too many classes.
 */
bool collect_layout(struct store_layout *l, const struct settings *s, struct json_object *snapshot);

/*
 * Starts with the store in dir; weight: importance of inputs for drift, or NULL. 0, or -1 with a
 * message.
 */
int collect_open(struct collect *c, const struct settings *s, const struct store_layout *l,
		 const char *dir, const double *weight, char *why, size_t size);
void collect_close(struct collect *c);

/* From now on drift is measured against the traffic that follows. */
void collect_watch_drift(struct collect *c, const double *weight);

/* One batch, which must be of rows of this layout. */
void collect_batch(struct collect *c, const struct batch *b);

/* Held-out flows or measurements that are on disk since then. */
uint64_t collect_held(const struct collect *c, uint64_t since);
uint32_t collect_rows(const struct collect *c);

/* The range of labels that are values, at least 1. */
double collect_range(const struct collect *c);

#endif /* LFD_COLLECT_H */
