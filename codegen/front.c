// SPDX-License-Identifier: GPL-2.0
/*
 * The front end of a model: the feature of each input, and a scaler that is not in the file.
 *
 *	raw feature	an integer of the kernel
 *	value		raw * num / den: bytes, microseconds, log2 bytes
 *	model's input	value * SCALE + OFFSET, then (that - mean) / deviation, if the user gives
 *			them
 *
 * The scaler is folded into the model (graph_scale.c), so that a snapshot reads values, and lfgen
 * run takes values. Calibration rows are values, too, or raw features in a recording. Rows that
 * cannot be values (negative lengths, half packets) but could be if the scaler were undone are
 * taken as already scaled, with a warning.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <lq/features.h>

#include "front.h"
#include "util.h"

/* --- features --- */

/* NAME[*SCALE][+OFFSET]; also / and -. Ends the name in place. */
static int parse_feature(char *text, double *s, double *t, struct graph_err *err)
{
	char *p = text + strcspn(text, "*/+-"), *stop = p, op = *p;

	*s = 1;
	*t = 0;
	if (op)
		*p++ = 0;
	if (op == '*' || op == '/') {
		*s = strtod(p, &stop);
		if (stop == p || !isfinite(*s) || *s == 0)
			return util_fail(err, "feature \"%.40s\": \"%.40s\" is not a scale", text,
					 p);
		*s = op == '/' ? 1 / *s : *s;
		op = *stop;
		p = stop + (op != 0);
	}
	if (!op)
		return 0;
	if (op != '+' && op != '-')
		return util_fail(err, "feature \"%.40s\": \"%.40s\" is neither +OFFSET nor its end",
				 text, stop);
	*t = strtod(p, &stop);
	if (stop == p || *stop || !isfinite(*t))
		return util_fail(err, "feature \"%.40s\": \"%.40s\" is not an offset", text, p);
	*t = op == '-' ? -*t : *t;
	return 0;
}

/* s and t are allocated for the first feature that needs them. */
static void need_scaler(struct front *f)
{
	uint32_t i;

	if (f->s)
		return;
	f->s = util_alloc(f->n, sizeof(*f->s));
	f->t = util_alloc(f->n, sizeof(*f->t));
	for (i = 0; i < f->n; i++)
		f->s[i] = 1;
}

static void set_name(struct front *f, uint32_t i, const char *name)
{
	int id = lq_feature_by_name(name);

	snprintf(f->names[i], LQ_NAME_LEN, "%s", name);
	if (id < 0)	/* x0, or an error that quant_features() reports */
		return;
	f->num[i] = lq_features[id].num;
	f->den[i] = lq_features[id].den;
}

static int parse_features(struct front *f, const char *spec, struct graph_err *err)
{
	uint32_t n, i;
	double s, t;

	f->list = util_split(spec, &n);
	if (n != f->n)
		return util_fail(err, "%u features are given, the model has %u inputs", n, f->n);
	for (i = 0; i < n; i++) {
		if (parse_feature(f->list[i], &s, &t, err))
			return -1;
		set_name(f, i, f->list[i]);
		if (s == 1 && t == 0)
			continue;
		need_scaler(f);
		f->s[i] = s;
		f->t[i] = t;
	}
	return 0;
}

/* Features that the model's own file names. */
static bool names_of_model(struct front *f, const struct graph *g)
{
	uint32_t i;

	for (i = 0; i < f->n; i++)
		if (!g->input_names || !g->input_names[i] ||
		    lq_feature_by_name(g->input_names[i]) < 0)
			return false;
	for (i = 0; i < f->n; i++)
		set_name(f, i, g->input_names[i]);
	return true;
}

int front_names_of(struct front *f, const struct rows *rows, struct graph_err *err)
{
	uint32_t i;

	if (f->list || lq_feature_by_name(f->names[0]) >= 0 ||
	    !rows_recorded_names(rows, f->n, f->names))
		return 0;
	f->list = util_alloc(f->n + 1, sizeof(*f->list));
	for (i = 0; i < f->n; i++) {
		if (lq_feature_by_name(f->names[i]) < 0)
			return util_fail(err, "the recording's column %u is \"%s\", which is not a "
					 "feature: give --features",
					 i + 1, f->names[i]);
		f->list[i] = util_strdup(f->names[i]);
		set_name(f, i, f->list[i]);
	}
	return 0;
}

/* --- scaler --- */

static int standardise(struct front *f, const char *file, struct graph_err *err)
{
	struct rows_want want = { .what = file, .names = f->names, .n = f->n, .of = "model" };
	struct rows rows;
	double mean, dev;
	uint32_t i;
	int ret = 0;

	if (rows_read(file, &rows, err))
		return -1;
	if (rows.n != 2)
		ret = util_fail(err, "%s has %zu rows, not two: means and deviations", file,
				rows.n);
	else
		ret = rows_pick(&rows, &want, err);
	need_scaler(f);
	for (i = 0; !ret && i < f->n; i++) {
		mean = rows_at(&rows, 0)[i];
		dev = rows_at(&rows, 1)[i];
		if (!(dev > 0))
			ret = util_fail(err, "%s: the deviation of column %u is %g", file, i + 1,
					dev);
		f->s[i] /= dev;
		f->t[i] = (f->t[i] - mean) / dev;
	}
	rows_free(&rows);
	return ret;
}

int front_make(struct front *f, const struct graph *g, const char *spec, const char *file,
	       struct graph_err *err)
{
	uint32_t i;

	f->n = g->n_inputs;
	f->names = util_alloc(f->n, sizeof(*f->names));
	f->num = util_alloc(f->n, sizeof(*f->num));
	f->den = util_alloc(f->n, sizeof(*f->den));
	for (i = 0; i < f->n; i++)
		snprintf(f->names[i], LQ_NAME_LEN, "x%u", i);
	if (spec && parse_features(f, spec, err))
		return -1;
	if (!spec)
		names_of_model(f, g);
	return file ? standardise(f, file, err) : 0;
}

void front_free(struct front *f)
{
	util_free_list(f->list);
	free(f->names);
	free(f->num);
	free(f->den);
	free(f->s);
	free(f->t);
}

int front_fold(const struct front *f, struct graph *g, struct graph_err *err)
{
	return f->s ? graph_scale(g, f->s, f->t, err) : 0;
}

/* --- rows --- */

static int from_raw(const struct front *f, struct rows *rows, const char *what,
		    struct graph_err *err)
{
	double *v = rows->v;
	uint32_t i;
	size_t r;

	for (i = 0; i < f->n; i++)
		if (!f->den[i])
			return util_fail(err, "%s has raw features: give --features, so that "
					 "their units are known",
					 what);
	for (r = 0; r < rows->n; r++)
		for (i = 0; i < f->n; i++, v++) {
			if (*v != rint(*v))
				return util_fail(err, "%s: row %zu, column %u: %g is not a raw "
						 "feature, which is an integer",
						 what, r + 1, i + 1, *v);
			*v = *v * f->num[i] / f->den[i];
		}
	return 0;
}

static void unscale(const struct front *f, struct rows *rows)
{
	double *v = rows->v, raw;
	uint32_t i;
	size_t r;

	for (r = 0; r < rows->n; r++)
		for (i = 0; i < f->n; i++, v++) {
			*v = (*v - f->t[i]) / f->s[i];
			if (!f->den[i])
				continue;
			raw = rint(*v * f->den[i] / f->num[i]);
			*v = raw * f->num[i] / f->den[i];
		}
}

/*
 * Columns without a feature's name have no known steps. But rows around 0 with deviations around 1,
 * which the scaler would move far away, have been scaled already.
 */
static bool looks_scaled(const struct front *f, const struct rows *rows)
{
	double mean, square, dev, v;
	bool near = true, far = false;
	uint32_t i;
	size_t r;

	for (i = 0; i < f->n; i++) {
		mean = square = 0;
		for (r = 0; r < rows->n; r++) {
			v = rows_at(rows, r)[i];
			mean += v / rows->n;
			square += v * v / rows->n;
		}
		dev = sqrt(fmax(square - mean * mean, 0));
		near &= !f->den[i] && fabs(mean) < 1 && dev < 5;
		far |= fabs(f->s[i] * mean + f->t[i]) > 5 || f->s[i] * dev > 20;
	}
	return near && far;
}

int front_rows(struct front *f, struct rows *rows, const struct rows_want *want,
	       struct graph_err *err)
{
	struct graph_err other;

	if (rows_pick(rows, want, err))
		return -1;
	if (f->raw || rows->raw) {
		if (from_raw(f, rows, want->what, err))
			return -1;
		return front_check(rows, want->what, f->names, false, NULL, NULL, err);
	}
	if (front_refuse_whole(rows, want->what, f->names, err))
		return -1;
	if (!front_check(rows, want->what, f->names, !f->round, NULL, NULL, err)) {
		f->scaled = f->s && looks_scaled(f, rows);
		if (f->scaled)
			unscale(f, rows);
		return 0;
	}
	if (!f->s || front_check(rows, want->what, f->names, false, f->s, f->t, &other))
		return -1;
	unscale(f, rows);
	f->scaled = true;
	return 0;
}
