/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that lfctl record writes; lfctl(8), FILES, has their formats. At any moment the file on
 * disk holds whole rows, and the header of an npy file counts them.
 */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <lq/record.h>

#include "batch.h"

enum sink_format { SINK_NPY, SINK_CSV };

/* Columns of a sample after its inputs and outputs. */
#define SINK_META_NPY	LQ_RECORD_N_NPY
#define SINK_META_CSV	LQ_RECORD_N_CSV

/* The names of the columns: made once, from the snapshot. */
struct sink_layout {
	uint32_t n_inputs, n_outputs;
	bool rewards;		/* columns for the reward terms too */
	char inputs[LQ_MAX_INPUTS][LQ_NAME_LEN];
	char outputs[LQ_MAX_OUTPUTS][LQ_NAME_LEN];
};

struct sink {
	const char *path;	/* "-" for standard output */
	enum sink_format format;
	int fd;			/* -1: closed, or none wanted */
	char *buf;
	size_t used;
	uint64_t rows;		/* in file and buffer */
	uint64_t good;		/* bytes of the file that are whole rows */
	uint64_t good_rows;
	uint32_t cols;		/* npy; 0: not known yet */
	bool failed;		/* the error has been printed */
};

/* By the file's name: .npy, .csv or "-" for CSV on standard output. False for others. */
bool sink_format_of(const char *path, enum sink_format *format);

/* All that return int: 0, or an exit status after printing the error. */
int sink_open(struct sink *s, const char *path, enum sink_format format);
/* the header; once, before the rows */
int sink_begin_samples(struct sink *s, const struct sink_layout *layout);
int sink_begin_outcomes(struct sink *s);
/* @r: reward terms, NULL if the layout has none */
int sink_sample(struct sink *s, const struct batch *b, const struct batch_sample *sample,
		const int32_t *x, const int32_t *y, const int32_t *r);
int sink_outcome(struct sink *s, const struct batch *b, const struct batch_outcome *o,
		 const struct batch_label *l, uint64_t peer);
int sink_flush(struct sink *s);
int sink_close(struct sink *s);

/* Name of column i of a sample file, or NULL after the last. text: 64 bytes. */
const char *sink_column(const struct sink_layout *layout, enum sink_format format, uint32_t i,
			char *text);

#endif /* SINK_H */
