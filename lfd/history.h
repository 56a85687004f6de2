/* SPDX-License-Identifier: GPL-2.0 */
/* Every decision of a learner with its numbers, in an append-only file. */
#ifndef LFD_HISTORY_H
#define LFD_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

struct history {
	int fd;
	uint64_t next;		/* id of the next record */
	uint64_t cut;		/* bytes of a torn end dropped at open */
	int error;		/* errno of the last append, 0 if it succeeded */
};

typedef void history_fn(struct json_object *record, void *data);

/*
 * Opens or creates the file, passes each record to fn (may be NULL), oldest first, drops a torn
 * end.
 */
int history_open(struct history *h, const char *path, history_fn *fn, void *data, char *why,
		 size_t size);
void history_close(struct history *h);

/*
 * Adds id and time to the record, writes it and waits for the disk. The caller keeps the record.
 * Returns its id; 0 if it could not be written: then nothing of it is in the file, and the caller
 * must not do what it announces.
 */
uint64_t history_add(struct history *h, struct json_object *record);

/* The same file for a reader: passes whole records, and leaves a torn end alone. */
int history_read(const char *path, history_fn *fn, void *data, char *why, size_t size);

#endif /* LFD_HISTORY_H */
