// SPDX-License-Identifier: GPL-2.0
/*
 * Selects the columns of a table that are a model's inputs.
 *
 *	header with all names		those columns, in any order; others are ignored
 *	header that names features,	an error
 *	but not all wanted ones
 *	no names			all columns in order; of a recording in .npy (int32, with
 *					the columns of <lq/record.h> after the inputs) the first
 *
 * A recording is recognised by its last columns: raw features, even if other columns were removed.
 */
#include <stdlib.h>
#include <string.h>
#include <lq/features.h>
#include <lq/record.h>

#include "rows.h"

static const char *const record_csv[LQ_RECORD_N_CSV] = { LQ_RECORD_CSV };

static int64_t column(const struct rows *rows, const char *name)
{
	uint32_t i;

	for (i = 0; rows->names && i < rows->cols; i++)
		if (!strcmp(rows->names[i], name))
			return i;
	return -1;
}

/* Does it have the columns that only recordings have? Any file may call labels "class". */
static bool is_recording(const struct rows *rows)
{
	uint32_t i;

	for (i = 1; i < LQ_RECORD_N_CSV; i++)
		if (column(rows, record_csv[i]) < 0)
			return false;
	return true;
}

/* Without, with the first, or with all reward terms: the last one is younger. */
static bool is_rewards(uint64_t n)
{
	return !n || n == LQ_N_REWARDS - 1 || n == LQ_N_REWARDS;
}

/* int32 without names, as wide as a recording of this model. */
static bool is_wide_npy(const struct rows *rows, const struct rows_want *want)
{
	uint64_t least = (uint64_t)want->n + want->n_outputs + LQ_RECORD_N_NPY;

	return rows->whole && rows->cols >= least && is_rewards(rows->cols - least);
}

bool rows_recorded_names(const struct rows *rows, uint32_t n, char (*names)[LQ_NAME_LEN])
{
	uint32_t i;

	if (!rows->names || !is_recording(rows) || rows->cols <= n ||
	    strncmp(rows->names[n], "y.", 2))
		return false;
	for (i = 0; i < n; i++)
		util_name(names[i], LQ_NAME_LEN, rows->names[i], "x");
	return true;
}

/* Columns from[n], in their order. */
static void keep(struct rows *rows, const uint32_t *from, uint32_t n)
{
	double *v = util_alloc(rows->n * n, sizeof(*v));
	char **names = rows->names ? util_alloc(n + 1, sizeof(*names)) : NULL;
	bool *text = rows->text ? util_alloc(n, sizeof(*text)) : NULL;
	uint32_t i;
	size_t r;

	for (r = 0; r < rows->n; r++)
		for (i = 0; i < n; i++)
			v[r * n + i] = rows->v[r * rows->cols + from[i]];
	for (i = 0; names && i < n; i++) {
		names[i] = util_strdup(rows->names[from[i]]);
		text[i] = rows->text[from[i]];
	}
	util_free_list(rows->names);
	free(rows->text);
	free(rows->v);
	rows->v = v;
	rows->names = names;
	rows->text = text;
	rows->cols = n;
}

static int check_text(const struct rows *rows, const struct rows_want *want, struct graph_err *err)
{
	uint32_t i;

	for (i = 0; rows->text && i < rows->cols; i++)
		if (rows->text[i])
			return util_fail(err, "%s: column %u (%.40s) holds words, not numbers",
					 want->what, i + 1, rows->names[i]);
	return 0;
}

static bool names_features(const struct rows *rows)
{
	uint32_t i;

	for (i = 0; rows->names && i < rows->cols; i++)
		if (lq_feature_by_name(rows->names[i]) >= 0)
			return true;
	return false;
}

static int fail_count(const struct rows *rows, const struct rows_want *want, struct graph_err *err)
{
	if (want->calib)
		return util_fail(err,
				 "the calibration rows have %u columns, the model has %u inputs",
				 rows->cols, want->n);
	return util_fail(err, "%s has %u columns, the %s has %u inputs", want->what, rows->cols,
			 want->of, want->n);
}

/* Without names in common: the columns as they stand. */
static int by_order(struct rows *rows, const struct rows_want *want, uint32_t *from,
		    struct graph_err *err)
{
	uint32_t i;

	for (i = 0; i < want->n; i++)
		from[i] = i;
	if (is_wide_npy(rows, want)) {
		rows->raw = true;
		keep(rows, from, want->n);
	}
	return rows->cols == want->n ? check_text(rows, want, err) : fail_count(rows, want, err);
}

int rows_pick(struct rows *rows, const struct rows_want *want, struct graph_err *err)
{
	uint32_t *from = util_alloc(want->n, sizeof(*from)), i, found = 0, missing = 0;
	int64_t at;
	int ret;

	rows->raw = is_recording(rows);
	for (i = 0; i < want->n; i++) {
		at = column(rows, want->names[i]);
		found += at >= 0;
		if (at < 0 && found == i)
			missing = i;
		from[i] = at < 0 ? 0 : at;
	}
	if (found == want->n) {
		keep(rows, from, want->n);
		ret = check_text(rows, want, err);
	} else if (rows->raw ||
		   (lq_feature_by_name(want->names[missing]) >= 0 && names_features(rows))) {
		ret = util_fail(err, "%s%s has no column \"%s\", which is input %u of the %s",
				want->what, rows->raw ? ", a recording," : "", want->names[missing],
				missing, want->of);
	} else {
		ret = by_order(rows, want, from, err);
	}
	free(from);
	return ret;
}
