/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers for all of lfgen: error messages, memory, reading and writing whole files. */
#ifndef UTIL_H
#define UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "graph.h"

/* Write the reason and return -1, so that a caller can `return util_fail(err, ...)`. */
int util_fail(struct graph_err *err, const char *fmt, ...)
	__attribute__((__format__(__printf__, 2, 3)));

/* Zeroed memory for n objects; never NULL: exits with a message if out of memory. */
void *util_alloc(size_t n, size_t size);
/*
 * Grow an array of n objects to hold at least `want`; *cap is updated, new objects are not zeroed.
 */
void *util_grow(void *p, size_t *cap, size_t want, size_t size);
char *util_strdup(const char *s);

/* Read a whole file of at most max bytes; *data must be freed. `-` is not special. */
int util_read(const char *path, size_t max, void **data, size_t *len, struct graph_err *err);

/* Writes a temporary file and renames it, so that readers see the old file or the whole new one. */
int util_write(const char *path, const void *data, size_t len, struct graph_err *err);

/*
 * A name for the snapshot format: NUL-padded to len, [A-Za-z0-9._-], others become '_', never
 * empty.
 */
void util_name(char *dst, size_t len, const char *src, const char *fallback);
/*
 * Split at commas into *n strings (one allocation each and one for the array, which ends with
 * NULL); empty parts are kept.
 */
char **util_split(const char *list, uint32_t *n);
void util_free_list(char **list);

void util_sort(double *v, size_t n);	/* ascending */
/*
 * Width of the range of n values without one in 1,000 on each side; with fewer than 100, of all.
 * Sorts them.
 */
double util_spread(double *v, size_t n);

/* Last component of a path. */
const char *util_basename(const char *path);

/* Index of the greatest; ties go to the lowest. */
uint32_t util_argmax(const double *v, uint32_t n);

/* Sum of a[i] * b[i], as four partial sums, so that no addition waits for the one before. */
double util_dot(const double *a, const double *b, size_t n);

#endif /* UTIL_H */
