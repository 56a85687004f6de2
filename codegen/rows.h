/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of numbers from .npy and .csv files: calibration rows, inputs to run, references to compare with. */
#ifndef ROWS_H
#define ROWS_H

#include "util.h"

struct rows {
	size_t n;		/* at least 1 */
	uint32_t cols;		/* at least 1 */
	double *v;		/* [n][cols], all finite */
	char **names;		/* [cols] of a CSV header line, NULL-terminated, or NULL */
};

/* Limits of what is read: a calibration set needs thousands of rows, not billions. */
#define ROWS_MAX_FILE	((size_t)1 << 30)	/* bytes */
#define ROWS_MAX_COLS	4096

/* By content, not by name: a file that starts with the npy magic is npy, every other one is CSV. */
int rows_read(const char *path, struct rows *rows, struct graph_err *err);
int rows_parse(const void *data, size_t len, const char *what, struct rows *rows, struct graph_err *err);
void rows_free(struct rows *rows);

static inline const double *rows_at(const struct rows *rows, size_t i)
{
	return rows->v + i * rows->cols;
}

#endif /* ROWS_H */
