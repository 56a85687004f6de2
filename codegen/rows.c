// SPDX-License-Identifier: GPL-2.0
/*
 * Reading tables of numbers.
 *
 * CSV: commas, one row a line, LF or CRLF; blank lines and lines that start with '#' are skipped;
 * the first line may be a header (it is one if any of its fields is not a number). Numbers are as
 * for strtod() in the C locale. Below a header a column may hold words (labels), as determined by
 * its first field.
 *
 * npy (numpy.lib.format 1.0, 2.0, 3.0): little-endian float64, float32, int64 or int32, C order,
 * two dimensions (or one, taken as one column).
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

#define NPY_MAGIC	"\x93NUMPY"
#define NPY_MAGIC_LEN	6

/* --- CSV --- */

struct csv {
	const char *what;
	size_t line;		/* of the input, from 1 */
	size_t cap;		/* of rows->v */
	struct rows *rows;
	struct graph_err *err;
};

/* One field as a number, with optional spaces around it. */
static bool csv_number(const char *p, const char *end, double *v)
{
	char buf[64], *stop;
	size_t n;

	while (p < end && isspace((unsigned char)*p))
		p++;
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	n = end - p;
	if (!n || n >= sizeof(buf) || memchr(p, 'x', n) || memchr(p, 'X', n))
		return false;
	memcpy(buf, p, n);
	buf[n] = 0;
	*v = strtod(buf, &stop);
	return !*stop;
}

static uint32_t csv_count(const char *p, const char *end)
{
	uint32_t n = 1;

	for (; p < end; p++)
		n += *p == ',';
	return n;
}

static const char *csv_field_end(const char *p, const char *end)
{
	const char *comma = memchr(p, ',', end - p);

	return comma ? comma : end;
}

static bool csv_is_header(const char *p, const char *end)
{
	const char *stop;
	double v;

	for (;; p = stop + 1) {
		stop = csv_field_end(p, end);
		if (!csv_number(p, stop, &v))
			return true;
		if (stop == end)
			return false;
	}
}

static void csv_header(struct csv *c, const char *p, const char *end)
{
	const char *stop, *from, *to;
	uint32_t i;

	c->rows->text = util_alloc(c->rows->cols, sizeof(bool));
	c->rows->names = util_alloc(c->rows->cols + 1, sizeof(char *));
	for (i = 0; i < c->rows->cols; i++, p = stop + 1) {
		stop = csv_field_end(p, end);
		for (from = p; from < stop && (isspace((unsigned char)*from) || *from == '"');
		     from++)
			;
		for (to = stop; to > from && (isspace((unsigned char)to[-1]) || to[-1] == '"');
		     to--)
			;
		c->rows->names[i] = util_alloc(to - from + 1, 1);
		memcpy(c->rows->names[i], from, to - from);
	}
}

/* A malformed number, or an empty field: not a word. */
static bool csv_almost(const char *p, const char *end)
{
	while (p < end && isspace((unsigned char)*p))
		p++;
	return p == end || isdigit((unsigned char)*p) || strchr("+-.", *p);
}

static int csv_row(struct csv *c, const char *p, const char *end)
{
	struct rows *r = c->rows;
	const char *stop;
	uint32_t i;
	double v;

	r->v = util_grow(r->v, &c->cap, (r->n + 1) * r->cols, sizeof(double));
	memset(r->v + r->n * r->cols, 0, r->cols * sizeof(double));
	for (i = 0; i < r->cols; i++, p = stop + 1) {
		stop = csv_field_end(p, end);
		if (r->text && !r->n)
			r->text[i] = !csv_number(p, stop, &v) && !csv_almost(p, stop);
		if (r->text && r->text[i])
			continue;
		if (!csv_number(p, stop, &v))
			return util_fail(c->err, "%s:%zu: field %u \"%.*s\" is not a number",
					 c->what, c->line, i + 1,
					 (int)(stop - p > 40 ? 40 : stop - p), p);
		if (!isfinite(v))
			return util_fail(c->err, "%s:%zu: field %u is not finite", c->what, c->line,
					 i + 1);
		r->v[r->n * r->cols + i] = v;
	}
	r->n++;
	return 0;
}

static int csv_line(struct csv *c, const char *p, const char *end)
{
	struct rows *r = c->rows;
	uint32_t n = csv_count(p, end);

	if (memchr(p, 0, end - p))
		return util_fail(c->err, "%s:%zu: a zero byte: this is not a CSV file", c->what,
				 c->line);
	if (n > ROWS_MAX_COLS)
		return util_fail(c->err, "%s:%zu: %u fields, at most %u are read", c->what, c->line,
				 n, ROWS_MAX_COLS);
	if (!r->cols) {
		r->cols = n;
		if (csv_is_header(p, end)) {
			csv_header(c, p, end);
			return 0;
		}
	}
	if (n != r->cols)
		return util_fail(c->err, "%s:%zu: %u fields, the lines before have %u", c->what,
				 c->line, n, r->cols);
	return csv_row(c, p, end);
}

static int csv_parse(const char *p, size_t len, const char *what, struct rows *rows,
		     struct graph_err *err)
{
	struct csv c = { .what = what, .rows = rows, .err = err };
	const char *end = p + len, *nl, *stop;

	if (len >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		p += 3;
	for (; p < end; p = nl + 1) {
		c.line++;
		nl = memchr(p, '\n', end - p);
		if (!nl)
			nl = end;
		stop = nl;
		while (stop > p && isspace((unsigned char)stop[-1]))
			stop--;
		if (stop != p && *p != '#' && csv_line(&c, p, stop))
			return -1;
	}
	return rows->n ? 0 : util_fail(err, "%s: no rows", what);
}

/* --- npy --- */

/* The value of a key of the header's dictionary: text after "'key':", spaces skipped, or NULL. */
static const char *npy_key(const char *header, const char *key)
{
	char quoted[32];
	const char *p;

	snprintf(quoted, sizeof(quoted), "'%s'", key);
	p = strstr(header, quoted);
	if (!p)
		return NULL;
	p += strlen(quoted);
	p += strspn(p, " ");
	if (*p++ != ':')
		return NULL;
	return p + strspn(p, " ");
}

static int npy_shape(const char *p, const char *what, struct rows *rows, struct graph_err *err)
{
	unsigned long long dim[2] = { 0, 1 };
	char *stop;
	int n = 0;

	if (!p || *p++ != '(')
		return util_fail(err, "%s: the npy header has no shape", what);
	while (n < 2 && isdigit((unsigned char)*p)) {
		dim[n++] = strtoull(p, &stop, 10);
		p = stop + strspn(stop, ", ");
	}
	if (!n || *p != ')')
		return util_fail(err, "%s: the array must have two dimensions, rows and columns",
				 what);
	if (!dim[0] || !dim[1])
		return util_fail(err, "%s: no rows", what);
	if (dim[1] > ROWS_MAX_COLS)
		return util_fail(err, "%s: %llu columns, at most %u are read", what, dim[1],
				 ROWS_MAX_COLS);
	if (dim[0] > ROWS_MAX_FILE)
		return util_fail(err, "%s: %llu rows are more than the file can hold", what,
				 dim[0]);
	rows->n = dim[0];
	rows->cols = dim[1];
	return 0;
}

static double npy_value(const unsigned char *p, char kind, unsigned int size)
{
	uint64_t bits = size == 8 ? lq_le64(p) : lq_le32(p);
	uint32_t low = bits;
	double d;
	float f;

	if (kind == 'i')
		return size == 8 ? (double)(int64_t)bits : (double)(int32_t)low;
	if (size == 4) {
		memcpy(&f, &low, 4);
		return f;
	}
	memcpy(&d, &bits, 8);
	return d;
}

static int npy_values(const unsigned char *p, size_t len, const char *type, const char *what,
		      struct rows *rows, struct graph_err *err)
{
	unsigned int size = type[2] - '0';
	size_t i, n = rows->n * rows->cols;

	rows->whole = type[1] == 'i';
	if (len / size / rows->cols < rows->n)
		return util_fail(err, "%s: truncated: %zu rows of %u columns are promised, %zu "
				 "bytes are there",
				 what, rows->n, rows->cols, len);
	if (len != n * size)
		return util_fail(err, "%s: %zu bytes after the last row", what, len - n * size);
	rows->v = util_alloc(n, sizeof(double));
	for (i = 0; i < n; i++) {
		rows->v[i] = npy_value(p + i * size, type[1], size);
		if (!isfinite(rows->v[i]))
			return util_fail(err, "%s: row %zu column %zu is not finite", what,
					 i / rows->cols, i % rows->cols);
	}
	return 0;
}

static int npy_parse(const unsigned char *p, size_t len, const char *what, struct rows *rows,
		     struct graph_err *err)
{
	const char *descr, *order;
	size_t head, start;
	char *header;
	int ret;

	if (len < 12 || p[NPY_MAGIC_LEN] < 1 || p[NPY_MAGIC_LEN] > 3)
		return util_fail(err, "%s: truncated npy file or unknown npy version", what);
	start = p[NPY_MAGIC_LEN] == 1 ? 10 : 12;
	head = start == 10 ? lq_le16(p + 8) : lq_le32(p + 8);
	if (head > len - start || head > 65536)
		return util_fail(err, "%s: the npy header is truncated", what);
	header = util_alloc(head + 1, 1);
	memcpy(header, p + start, head);
	descr = npy_key(header, "descr");
	order = npy_key(header, "fortran_order");
	if (!descr || (strncmp(descr, "'<f8'", 5) && strncmp(descr, "'<f4'", 5) &&
		       strncmp(descr, "'<i8'", 5) && strncmp(descr, "'<i4'", 5)))
		ret = util_fail(err, "%s: the type must be <f4, <f8, <i4 or <i8, not %.12s", what,
				descr ? descr : "absent");
	else if (!order || strncmp(order, "False", 5))
		ret = util_fail(err, "%s: the array is in Fortran order: save it with "
				"numpy.ascontiguousarray()",
				what);
	else
		ret = npy_shape(npy_key(header, "shape"), what, rows, err) ||
				      npy_values(p + start + head, len - start - head, descr + 1,
						 what, rows, err) ?
			      -1 :
			      0;
	free(header);
	return ret;
}

int rows_parse(const void *data, size_t len, const char *what, struct rows *rows,
	       struct graph_err *err)
{
	int ret;

	memset(rows, 0, sizeof(*rows));
	if (len >= NPY_MAGIC_LEN && !memcmp(data, NPY_MAGIC, NPY_MAGIC_LEN))
		ret = npy_parse(data, len, what, rows, err);
	else
		ret = csv_parse(data, len, what, rows, err);
	if (ret)
		rows_free(rows);
	return ret;
}

int rows_read(const char *path, struct rows *rows, struct graph_err *err)
{
	size_t len;
	void *data;
	int ret;

	memset(rows, 0, sizeof(*rows));
	if (util_read(path, ROWS_MAX_FILE, &data, &len, err))
		return -1;
	ret = rows_parse(data, len, path, rows, err);
	free(data);
	return ret;
}

void rows_free(struct rows *rows)
{
	util_free_list(rows->names);
	free(rows->text);
	free(rows->v);
	memset(rows, 0, sizeof(*rows));
}
