// SPDX-License-Identifier: GPL-2.0
#include "out.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CELL	96	/* bytes of a cell's text; names are at most 63 */
#define COLUMNS	16

/* --- making --- */

void out_add_str(struct json_object *o, const char *key, const char *s)
{
	json_object_object_add(o, key, json_object_new_string(s));
}

void out_add_u64(struct json_object *o, const char *key, uint64_t v)
{
	json_object_object_add(o, key, json_object_new_uint64(v));
}

void out_add_s64(struct json_object *o, const char *key, int64_t v)
{
	json_object_object_add(o, key, json_object_new_int64(v));
}

void out_add_real(struct json_object *o, const char *key, double v)
{
	json_object_object_add(o, key, json_object_new_double(v));
}

void out_add_digits(struct json_object *o, const char *key, double v)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6g", v);
	json_object_object_add(o, key, json_object_new_double_s(v, text));
}

void out_add_bool(struct json_object *o, const char *key, bool v)
{
	json_object_object_add(o, key, json_object_new_boolean(v));
}

void out_hex(const uint8_t *bytes, size_t n, char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	text[2 * n] = 0;
}

const char *out_name(const char *const *names, size_t n, uint32_t v)
{
	static char digits[16];

	if (v < n && names[v])
		return names[v];
	snprintf(digits, sizeof(digits), "%" PRIu32, v);
	return digits;
}

/* --- reading --- */

const char *out_str(struct json_object *o, const char *key)
{
	const char *s = json_object_get_string(json_object_object_get(o, key));

	return s ? s : "";
}

uint64_t out_u64(struct json_object *o, const char *key)
{
	return json_object_get_uint64(json_object_object_get(o, key));
}

int64_t out_s64(struct json_object *o, const char *key)
{
	return json_object_get_int64(json_object_object_get(o, key));
}

double out_real(struct json_object *o, const char *key)
{
	return json_object_get_double(json_object_object_get(o, key));
}

bool out_has(struct json_object *o, const char *key)
{
	return json_object_object_get_ex(o, key, NULL);
}

size_t out_length(struct json_object *o, const char *key)
{
	struct json_object *a = json_object_object_get(o, key);

	return a ? json_object_array_length(a) : 0;
}

struct json_object *out_at(struct json_object *o, const char *key, size_t i)
{
	return json_object_array_get_idx(json_object_object_get(o, key), i);
}

/* --- printing --- */

const char *out_size(uint64_t bytes, char *text)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
	double v = bytes;
	size_t u;

	for (u = 0; v >= 1024 && u < 3; u++)
		v /= 1024;
	snprintf(text, OUT_SHORT, u ? "%.1f %s" : "%.0f %s", v, units[u]);
	return text;
}

const char *out_ns(uint64_t ns, char *text)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double v = ns;
	size_t u;

	for (u = 0; v >= 1000 && u < 3; u++)
		v /= 1000;
	snprintf(text, OUT_SHORT, u ? "%.1f %s" : "%.0f %s", v, units[u]);
	return text;
}

const char *out_time(uint64_t ns, char *text)
{
	time_t s = ns / 1000000000;
	struct tm tm;
	size_t n;

	if (!localtime_r(&s, &tm)) {
		snprintf(text, OUT_SHORT, "%" PRIu64, ns);
		return text;
	}
	n = strftime(text, OUT_SHORT, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(text + n, OUT_SHORT - n, ".%03u", (unsigned int)(ns / 1000000 % 1000));
	return text;
}

void out_json(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

void out_json_line(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
						       JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(stdout);
	json_object_put(o);
}

static void cell_text(struct json_object *o, const struct out_column *c, char *text)
{
	*text = 0;
	if (!o)
		snprintf(text, CELL, "%s", c->title);
	else if (c->cell)
		c->cell(o, c->key, text, CELL);
	else
		snprintf(text, CELL, "%s", out_str(o, c->key));
}

/* o NULL: the titles. */
static void table_line(FILE *f, struct json_object *o, const struct out_column *columns, size_t n,
		       const int *width)
{
	const char *sep = "";
	enum color color;
	char text[CELL];
	size_t c, last;

	for (last = n - 1; last && width[last] < 0; last--)
		;
	for (c = 0; c < n; c++) {
		if (width[c] < 0)
			continue;
		cell_text(o, &columns[c], text);
		color = f != stdout ? COLOR_NONE : o ? columns[c].color : COLOR_TITLE;
		fprintf(f, columns[c].right ? "%s%s%*s%s" : "%s%s%-*s%s", sep, color_on(color),
			c == last && !columns[c].right ? 0 : width[c], text, color_off(color));
		sep = "  ";
	}
	fputc('\n', f);
}

void out_table_to(FILE *f, struct json_object *array, const struct out_column *columns, size_t n)
{
	size_t i, c, rows = json_object_array_length(array);
	int width[COLUMNS] = { 0 }, len;
	char text[CELL];

	if (!rows || !n || n > COLUMNS)
		return;
	for (c = 0; c < n; c++) {
		width[c] = -1;
		for (i = 0; i < rows; i++) {
			cell_text(json_object_array_get_idx(array, i), &columns[c], text);
			len = strlen(text);
			if (len && len > width[c])
				width[c] = len;
		}
		len = strlen(columns[c].title);
		if (width[c] >= 0 && width[c] < len)
			width[c] = len;
	}
	table_line(f, NULL, columns, n, width);
	for (i = 0; i < rows; i++)
		table_line(f, json_object_array_get_idx(array, i), columns, n, width);
}

void out_table(struct json_object *array, const struct out_column *columns, size_t n,
	       const char *none)
{
	/* For people, not for a script that counts lines. */
	if (!json_object_array_length(array))
		fprintf(stderr, "%s\n", none);
	out_table_to(stdout, array, columns, n);
}

void out_cell_hash(struct json_object *o, const char *key, char *text, size_t n)
{
	snprintf(text, n < OUT_HASH_SHORT + 1 ? n : OUT_HASH_SHORT + 1, "%s", out_str(o, key));
}

void out_cell_size(struct json_object *o, const char *key, char *text, size_t n)
{
	char size[OUT_SHORT];

	if (out_has(o, key))
		snprintf(text, n, "%s", out_size(out_u64(o, key), size));
}
