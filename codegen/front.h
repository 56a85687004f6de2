/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The front end of a model: features, a scaler outside the file, and the rows for them. See
 * front.c.
 */
#ifndef FRONT_H
#define FRONT_H

#include "graph.h"
#include "rows.h"

struct front {
	uint32_t n;
	char (*names)[LQ_NAME_LEN];	/* [n] of features, or x0, x1, ... */
	/* the same for plan_options, or NULL if no features were named */
	char **list;
	uint32_t *num, *den;		/* [n] of named features */
	/* [n] the model reads s * value + t; NULL without a scaler */
	double *s, *t;
	bool raw;			/* the rows are raw features, whatever their file is */
	bool round;			/* values between the steps of a feature are rounded */
	bool scaled;			/* the rows had been scaled already */
};

/* spec: --features, or NULL; file: --standardise, or NULL. front_free() in any case. */
int front_make(struct front *f, const struct graph *g, const char *spec, const char *file,
	       struct graph_err *err);
void front_free(struct front *f);

/* Names from a recording, if neither user nor model gives any. Call before front_rows(). */
int front_names_of(struct front *f, const struct rows *rows, struct graph_err *err);
/*
 * Converts rows of the file to values of features; values that a feature cannot have are rejected.
 */
int front_rows(struct front *f, struct rows *rows, const struct rows_want *want,
	       struct graph_err *err);
/* The scaler becomes part of the model. */
int front_fold(const struct front *f, struct graph *g, struct graph_err *err);

/*
 * Can the features have these values? Checks for negative ones, overflow and, with grid, values
 * between steps.
 */
int front_check(const struct rows *rows, const char *what, char (*names)[LQ_NAME_LEN], bool grid,
		const double *s, const double *t, struct graph_err *err);

/*
 * Whole numbers in a column whose feature has finer steps are probably raw features. In a file of
 * integers that is an error; otherwise returns the column's index, or -1 for none.
 */
int front_whole(const struct rows *rows, char (*names)[LQ_NAME_LEN]);
int front_refuse_whole(const struct rows *rows, const char *what, char (*names)[LQ_NAME_LEN],
		       struct graph_err *err);

/* graph_scale.c: makes the model read s * x + t in place of x. */
int graph_scale(struct graph *g, const double *s, const double *t, struct graph_err *err);

#endif /* FRONT_H */
