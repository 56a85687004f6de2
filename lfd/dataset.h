/* SPDX-License-Identifier: GPL-2.0 */
/* Rows of the store as a trainer needs them. */
#ifndef LFD_DATASET_H
#define LFD_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codegen/rows.h"
#include "store.h"

struct dataset {
	size_t n;
	uint32_t n_in, n_old;	/* inputs; outputs of the earlier snapshots */
	uint32_t n_classes;	/* 0: values */
	char names[LQ_MAX_INPUTS][LQ_NAME_LEN];
	char classes[LQ_MAX_OUTPUTS][LQ_NAME_LEN];
	uint32_t what;		/* enum label_what */
	int32_t *raw;		/* [n][n_in] as the kernel gave them */
	double *x;		/* [n][n_in] in the features' units */
	int32_t *old;		/* [n][n_old] their outputs, raw */
	double *y;		/* [n] label: class or value */
	double *w; /* [n] weight in training, 0 for held-out or useless rows */
	double *hw;		/* [n] weight in judging, 0 for all others */
	bool *labelled;		/* [n] else y is the verdict that the row had */
	bool *recent;		/* [n] */
	struct dataset_row {
		uint64_t flow;
		uint32_t group, packets;
		uint16_t verdict;
		uint8_t hash[8];
	} *row;
	size_t n_labelled, n_held, n_flows_held;
	double y_lo, y_hi;	/* of labelled values, without one in 50 on each side */
};

/*
 * anchor: weight of a row without a label relative to one with. share: as the store's. since: rows
 * from then on (their time_ns) are recent; earlier ones count less, and judge nothing. If there are
 * few recent rows, all count as recent. False: no memory.
 */
bool dataset_make(struct dataset *d, const struct store *s, double anchor, double share,
		  uint64_t since);
void dataset_free(struct dataset *d);

/* All rows in units as lfgen's code takes them: v points into d. Labelled or not, held out or not.
 */
struct rows dataset_rows(const struct dataset *d);

/* Loss of a decision or value for a row, 0 .. 1. */
double dataset_loss(const struct dataset *d, size_t row, double answer);

/* Value of one step of a feature, 1 for an unknown name. */
double dataset_step(const char *name);

#endif /* LFD_DATASET_H */
