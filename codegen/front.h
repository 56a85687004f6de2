/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stands in front of a model: features, a scaler beside the file, and the rows that go with
 * them. See front.c.
 */
#ifndef FRONT_H
#define FRONT_H

#include "graph.h"
#include "rows.h"

struct front {
	uint32_t n;
	char (*names)[LQ_NAME_LEN];	/* [n] of features, or x0, x1, ... */
	/* the same for plan_options, or NULL where nobody named features */
	char **list;
	uint32_t *num, *den;		/* [n] of named features */
	/* [n] the model reads s * value + t; NULL without a scaler */
	double *s, *t;
	bool raw;			/* the rows are raw features, whatever their file says */
	bool round;			/* values between the steps of a feature are rounded */
	bool scaled;			/* the rows were behind the scaler already */
};

/* spec: --features, or NULL; file: --standardise, or NULL. front_free() in any case. */
int front_make(struct front *f, const struct graph *g, const char *spec, const char *file,
	       struct graph_err *err);
void front_free(struct front *f);

/* Names from a recording, where neither user nor model gives any. Before front_rows(). */
int front_names_of(struct front *f, const struct rows *rows, struct graph_err *err);
/*
 * Rows as the file has them become values of features; those that a feature cannot have are
 * refused.
 */
int front_rows(struct front *f, struct rows *rows, const struct rows_want *want,
	       struct graph_err *err);
/* The scaler becomes part of the model. */
int front_fold(const struct front *f, struct graph *g, struct graph_err *err);

/*
 * Can the features have these values? Negative ones, beyond their type, and with grid: between
 * their steps.
 */
int front_check(const struct rows *rows, const char *what, char (*names)[LQ_NAME_LEN], bool grid,
		const double *s, const double *t, struct graph_err *err);

/*
 * Values that are whole numbers in a column whose feature has finer steps are probably raw
 * features. From a file of integers that is an error; else it is the column's index, or -1 for
 * none.
 */
int front_whole(const struct rows *rows, char (*names)[LQ_NAME_LEN]);
int front_refuse_whole(const struct rows *rows, const char *what, char (*names)[LQ_NAME_LEN],
		       struct graph_err *err);

/* graph_scale.c: the model reads s * x + t of what it read before. */
int graph_scale(struct graph *g, const double *s, const double *t, struct graph_err *err);

#endif /* FRONT_H */
