/* SPDX-License-Identifier: GPL-2.0 */
/* Every decision of a learner with its numbers, on disk, appended to and never changed. */
#ifndef LFD_HISTORY_H
#define LFD_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

struct history {
	int fd;
	uint64_t next;		/* id of the next record */
	uint64_t cut;		/* bytes of a torn end that open dropped */
	int error;		/* errno of the last append that failed, 0 once one succeeds */
};

typedef void history_fn(struct json_object *record, void *data);

/* Opens or makes the file, hands each record to fn (may be NULL) from the oldest on, drops a torn
 * end. */
int history_open(struct history *h, const char *path, history_fn *fn, void *data, char *why,
		 size_t size);
void history_close(struct history *h);

/*
 * Adds id and time to the record, writes it and waits for the disk. The record is the caller's.
 * Returns its id; 0 where it could not be written: then nothing of it is in the file, and what it
 * would have said must not be done.
 */
uint64_t history_add(struct history *h, struct json_object *record);

/* The same file for who only reads: whole records, and what is torn is left alone. */
int history_read(const char *path, history_fn *fn, void *data, char *why, size_t size);

#endif /* LFD_HISTORY_H */
