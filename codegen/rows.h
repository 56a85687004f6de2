/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables of numbers from .npy and .csv files: calibration rows, inputs to run, references to
 * compare with.
 */
#ifndef ROWS_H
#define ROWS_H

#include <lq/format.h>
#include "util.h"

struct rows {
	size_t n;		/* at least 1 */
	uint32_t cols;		/* at least 1 */
	double *v;		/* [n][cols], all finite */
	char **names;		/* [cols] of a CSV header line, NULL-terminated, or NULL */
	/* [cols] is it a column of words (v is 0)? NULL without a header line */
	bool *text;
	bool raw;		/* a recording of lfctl: its inputs are raw features */
	bool whole;		/* integers by type (npy) */
};

/* The columns wanted of a table: the inputs of a model, in this order. */
struct rows_want {
	const char *what;		/* names the file in messages */
	char (*names)[LQ_NAME_LEN];	/* [n] */
	uint32_t n, n_outputs;
	const char *of;			/* "model" or "snapshot" */
	bool calib;			/* they are calibration rows */
};

/* Limits of what is read: a calibration set needs thousands of rows, not billions. */
#define ROWS_MAX_FILE	((size_t)1 << 30)	/* bytes */
#define ROWS_MAX_COLS	4096

/* By content, not by name: a file that starts with the npy magic is npy, every other one is CSV. */
int rows_read(const char *path, struct rows *rows, struct graph_err *err);
int rows_parse(const void *data, size_t len, const char *what, struct rows *rows,
	       struct graph_err *err);
void rows_free(struct rows *rows);

/*
 * Keeps only the wanted columns: by name if the header line has them, else in order. A recording is
 * recognised by its columns. -1 with a message if they do not fit. rows_pick.c.
 */
int rows_pick(struct rows *rows, const struct rows_want *want, struct graph_err *err);
/* The names of the inputs of a recording, [n]; false if it does not have n. */
bool rows_recorded_names(const struct rows *rows, uint32_t n, char (*names)[LQ_NAME_LEN]);

static inline const double *rows_at(const struct rows *rows, size_t i)
{
	return rows->v + i * rows->cols;
}

#endif /* ROWS_H */
