// SPDX-License-Identifier: GPL-2.0
/*
 * From lines of `lfctl -j top` (top.h) to curves. Each line is checked before it is used: the file
 * may be any. A last line that lacks its end was being written when the recording stopped, and is
 * left out.
 */
#define _GNU_SOURCE
#include "plot.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lfctl.h"
#include "out.h"

#define CURVES	256

/* The curve of that title, made if it is new; NULL if there are too many. */
static FILE *curve(struct plot *p, enum plot_panel panel, const char *title)
{
	struct plot_curve *c;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->curves[i].panel == panel && !strcmp(p->curves[i].title, title))
			return p->curves[i].f;
	if (!p->curves)
		p->curves = calloc(CURVES, sizeof(*p->curves));
	if (!p->curves || p->n == CURVES)
		return NULL;
	c = &p->curves[p->n];
	c->panel = panel;
	c->title = strdup(title);
	c->f = open_memstream(&c->points, &c->len);
	p->n += c->title && c->f;
	return c->f;
}

static bool add_point(struct plot *p, enum plot_panel panel, uint64_t time, double value,
		      const char *fmt, ...) __attribute__((__format__(printf, 5, 6)));

static bool add_point(struct plot *p, enum plot_panel panel, uint64_t time, double value,
		      const char *fmt, ...)
{
	char title[256];
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	vsnprintf(title, sizeof(title), fmt, ap);
	va_end(ap);
	if (!isfinite(value))
		return true;
	f = curve(p, panel, title);
	if (f)
		fprintf(f, "%.3f %.9g\n", time / 1e9, value);
	return f;
}

/* --- a reading --- */

static bool has_array(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_array);
}

static bool is_objects(struct json_object *o, const char *key)
{
	size_t i;

	if (!has_array(o, key))
		return false;
	for (i = 0; i < out_length(o, key); i++)
		if (!json_object_is_type(out_at(o, key, i), json_type_object))
			return false;
	return true;
}

static bool is_reading(struct json_object *o)
{
	struct json_object *time;
	size_t i;

	if (!json_object_is_type(o, json_type_object) || !is_objects(o, "slots") ||
	    !is_objects(o, "attachments") || !json_object_object_get_ex(o, "time", &time) ||
	    !json_object_is_type(time, json_type_int))
		return false;
	for (i = 0; i < out_length(o, "attachments"); i++)
		if (!is_objects(out_at(o, "attachments", i), "bands") ||
		    !is_objects(out_at(o, "attachments", i), "inferences"))
			return false;
	return true;
}

static bool is_wanted(const char *slot, struct json_object *o, const char *key)
{
	return !slot || !strcmp(out_str(o, key), slot);
}

/* The inferences are those of the slot: every attachment has the same. */
static bool add_classes(struct plot *p, struct json_object *o, struct json_object *attachment)
{
	const char *slot = out_str(attachment, "slot");
	struct json_object *row;
	size_t i;

	for (i = 0; i < out_length(attachment, "inferences"); i++) {
		row = out_at(attachment, "inferences", i);
		if (!add_point(p, PLOT_CLASSES, out_u64(o, "time"), out_real(row, "inferences"),
			       "%s%s%s", p->several_slots ? slot : "",
			       p->several_slots ? ": " : "", out_str(row, "class")))
			return false;
	}
	return true;
}

static bool add_delay(struct plot *p, struct json_object *o, struct json_object *attachment)
{
	struct json_object *row;
	size_t i;

	for (i = 0; i < out_length(attachment, "bands"); i++) {
		row = out_at(attachment, "bands", i);
		if (!out_u64(row, "delay_ns"))
			continue;
		if (!add_point(p, PLOT_DELAY, out_u64(o, "time"), out_u64(row, "delay_ns") / 1e6,
			       "%s band %" PRIu64, out_str(attachment, "name"),
			       out_u64(row, "band")))
			return false;
	}
	return true;
}

static bool is_first(struct json_object *o, size_t at, const char *slot)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (!strcmp(out_str(out_at(o, "attachments", i), "slot"), slot))
			return false;
	return true;
}

static bool add_reading(struct plot *p, struct json_object *o, const char *slot)
{
	struct json_object *a;
	bool room = true;
	size_t i;

	for (i = 0; room && i < out_length(o, "attachments"); i++) {
		a = out_at(o, "attachments", i);
		if (!is_wanted(slot, a, "slot"))
			continue;
		if (is_first(o, i, out_str(a, "slot")))
			room = add_classes(p, o, a);
		room = room && add_delay(p, o, a);
	}
	for (i = 0; room && i < out_length(o, "slots"); i++) {
		a = out_at(o, "slots", i);
		if (is_wanted(slot, a, "name") && out_has(a, "drift"))
			room = add_point(p, PLOT_DRIFT, out_u64(o, "time"),
					 100 * out_real(a, "drift"), "%s", out_str(a, "name"));
	}
	p->first = p->n_readings ? p->first : out_u64(o, "time");
	p->last = out_u64(o, "time");
	p->n_readings++;
	return room;
}

/* --- the file --- */

/* Returns 0, or an exit status after printing the error. */
static int take_line(struct plot *p, const char *path, size_t number, const char *line, size_t len,
		     const char *slot)
{
	struct json_object *o = json_tokener_parse(line);
	int status = 0;

	if (o && strlen(line) == len && is_reading(o)) {
		p->several_slots |= !slot && out_length(o, "slots") > 1;
		if (!add_reading(p, o, slot))
			status = lfctl_fail("%s: more than %d curves: choose one slot", path,
					    CURVES);
	} else if (len && line[len - 1] == '\n') {
		status = lfctl_fail("%s, line %zu: no reading of lfctl -j top", path, number);
	} else {
		fprintf(stderr, "lfctl: Warning: %s, line %zu is incomplete, and left out\n", path,
			number);
	}
	json_object_put(o);
	return status;
}

static int read_lines(struct plot *p, FILE *f, const char *path, const char *slot)
{
	size_t size = 0, number = 0;
	char *line = NULL;
	int status = 0;
	ssize_t len;

	while (!status && (len = getline(&line, &size, f)) >= 0)
		status = take_line(p, path, ++number, line, len, slot);
	if (!status && ferror(f))
		status = lfctl_fail("%s: %m", path);
	free(line);
	return status;
}

static void close_curves(struct plot *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		fclose(p->curves[i].f);
}

int plot_read(struct plot *p, const char *path, const char *slot)
{
	bool in = !strcmp(path, "-");
	FILE *f = in ? stdin : fopen(path, "re");
	int status;

	if (!f)
		return lfctl_fail("%s: %m", path);
	status = read_lines(p, f, path, slot);
	if (!in)
		fclose(f);
	close_curves(p);
	if (status)
		return status;
	if (!p->n_readings)
		return lfctl_fail("%s: no readings in it (lfctl -j top makes them)", path);
	if (!p->n && slot)
		return lfctl_fail("%s: no data of slot %s in it", path, slot);
	if (!p->n)
		return lfctl_fail("%s: no classes, delays or drift in it", path);
	return 0;
}

void plot_free(struct plot *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		free(p->curves[i].title);
		free(p->curves[i].points);
	}
	free(p->curves);
}
