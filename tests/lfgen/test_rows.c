// SPDX-License-Identifier: GPL-2.0
/* Reading rows: right ones and wrong ones, CSV and npy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rows.h"

struct csv_case {
	const char *text;
	size_t n;		/* 0: refused */
	uint32_t cols;
	double last;		/* the last number read */
	const char *says;
};

static const struct csv_case csv_cases[] = {
	/*  0 */ { "1,2\n3,4\n", 2, 2, 4, NULL },
	/*  1 */ { "1,2\r\n3,4", 2, 2, 4, NULL },
	/*  2 */ { "a,b\n1,2\n", 1, 2, 2, NULL },
	/*  3 */ { "# comment\n\n 1 , -2.5e3 \n", 1, 2, -2500, NULL },
	/*  4 */ { "7\n", 1, 1, 7, NULL },
	/*  5 */ { "\xef\xbb\xbf" "1,2\n", 1, 2, 2, NULL },
	/*  6 */ { "", 0, 0, 0, "t.csv: no rows" },
	/*  7 */ { "a,b\n", 0, 0, 0, "t.csv: no rows" },
	/*  8 */ { "1,2\n3\n", 0, 0, 0, "t.csv:2: 1 fields, the lines before have 2" },
	/*  9 */ { "1,2\n3,x\n", 0, 0, 0, "t.csv:2: field 2 \"x\" is not a number" },
	/* 10 */ { "1,2\n\n3,nan\n", 0, 0, 0, "t.csv:3: field 2 is not finite" },
	/* 11 */ { "1,2\n3,\n", 0, 0, 0, "t.csv:2: field 2 \"\" is not a number" },
	/* 12 */ { "1,2\n3,1e999\n", 0, 0, 0, "t.csv:2: field 2 is not finite" },
	/* 13 */ { "1,2\n3,0x10\n", 0, 0, 0, "t.csv:2: field 2 \"0x10\" is not a number" },
	/* 14 */ { "1,2\n3,4 5\n", 0, 0, 0, "t.csv:2: field 2 \"4 5\" is not a number" },
	/* 15 */ { "1;2\n3;4\n5;6\n", 0, 0, 0, "t.csv:2: field 1 \"3;4\" is not a number" },
};

static void csv(void **state)
{
	struct graph_err err;
	struct rows rows;
	size_t k;
	int ret;
	(void)state;

	for (k = 0; k < sizeof(csv_cases) / sizeof(csv_cases[0]); k++) {
		const struct csv_case *c = &csv_cases[k];

		ret = rows_parse(c->text, strlen(c->text), "t.csv", &rows, &err);
		if (c->n) {
			assert_int_equal(ret, 0);
			assert_int_equal(rows.n, c->n);
			assert_int_equal(rows.cols, c->cols);
			assert_true(rows.v[rows.n * rows.cols - 1] == c->last);
		} else {
			assert_int_equal(ret, -1);
			assert_string_equal(err.msg, c->says);
		}
		rows_free(&rows);
	}
}

static void csv_names(void **state)
{
	const char *text = "flow.bytes, \"pkt.len\"\n1,2\n";
	struct graph_err err;
	struct rows rows;
	(void)state;

	assert_int_equal(rows_parse(text, strlen(text), "t", &rows, &err), 0);
	assert_string_equal(rows.names[0], "flow.bytes");
	assert_string_equal(rows.names[1], "pkt.len");
	assert_null(rows.names[2]);
	rows_free(&rows);
}

static size_t npy(char *buf, const char *header, const void *data, size_t len)
{
	size_t n = strlen(header);

	memcpy(buf, "\x93NUMPY\x01\x00", 8);
	buf[8] = n & 0xff;
	buf[9] = n >> 8;
	memcpy(buf + 10, header, n);
	memcpy(buf + 10 + n, data, len);
	return 10 + n + len;
}

#define HEAD(type, order, shape) \
	"{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }\n"

static const double f8[6] = { 1, 2, 3, 4, 5, 6 };
static const float f4[6] = { 1, 2, 3, 4, 5, 6 };
static const int32_t i4[6] = { 1, 2, 3, 4, 5, 6 };
static const int64_t i8[6] = { 1, 2, 3, 4, 5, 6 };
static const double bad[6] = { 1, 2, 3, 4, 5, 1.0 / 0.0 };

static const struct npy_case {
	const char *head;
	const void *data;
	size_t len;
	const char *says;	/* NULL: read as 1 .. 6 */
} npy_cases[] = {
	/*  0 */ { HEAD("<f8", "False", "(3, 2)"), f8, sizeof(f8), NULL },
	/*  1 */ { HEAD("<f4", "False", "(2, 3)"), f4, sizeof(f4), NULL },
	/*  2 */ { HEAD("<i4", "False", "(6, 1)"), i4, sizeof(i4), NULL },
	/*  3 */ { HEAD("<i8", "False", "(6,)"), i8, sizeof(i8), NULL },
	/*  4 */
	{ HEAD("<f8", "True", "(3, 2)"), f8, sizeof(f8),
	  "t: the array is in Fortran order: save it with numpy.ascontiguousarray()" },
	/*  5 */
	{ HEAD(">f8", "False", "(3, 2)"), f8, sizeof(f8),
	  "t: the type must be <f4, <f8, <i4 or <i8, not '>f8', 'fort" },
	/*  6 */
	{ HEAD("<f8", "False", "(3, 3)"), f8, sizeof(f8),
	  "t: truncated: 3 rows of 3 columns are promised, 48 bytes are there" },
	/*  7 */
	{ HEAD("<f8", "False", "(2, 2)"), f8, sizeof(f8), "t: 16 bytes after the last row" },
	/*  8 */
	{ HEAD("<f8", "False", "(3, 2, 1)"), f8, sizeof(f8),
	  "t: the array must have two dimensions, rows and columns" },
	/*  9 */ { HEAD("<f8", "False", "(0, 2)"), f8, 0, "t: no rows" },
	/* 10 */
	{ HEAD("<f8", "False", "(3, 2)"), bad, sizeof(bad), "t: row 2 column 1 is not finite" },
	/* 11 */
	{ HEAD("<f8", "False", "(18446744073709551615, 4096)"), f8, sizeof(f8),
	  "t: 18446744073709551615 rows are more than the file can hold" },
	/* 12 */ { "{}", f8, sizeof(f8), "t: the type must be <f4, <f8, <i4 or <i8, not absent" },
};

static void npy_files(void **state)
{
	struct graph_err err;
	struct rows rows;
	char buf[512];
	size_t k, len, i;
	(void)state;

	for (k = 0; k < sizeof(npy_cases) / sizeof(npy_cases[0]); k++) {
		const struct npy_case *c = &npy_cases[k];

		len = npy(buf, c->head, c->data, c->len);
		if (c->says) {
			assert_int_equal(rows_parse(buf, len, "t", &rows, &err), -1);
			assert_string_equal(err.msg, c->says);
			continue;
		}
		assert_int_equal(rows_parse(buf, len, "t", &rows, &err), 0);
		assert_int_equal(rows.n * rows.cols, 6);
		for (i = 0; i < 6; i++)
			assert_true(rows.v[i] == i + 1);
		rows_free(&rows);
	}
}

/* Every truncation and every changed byte is read or refused, never more. */
static void npy_mutants(void **state)
{
	struct graph_err err;
	struct rows rows;
	char buf[512], *copy;
	size_t len = npy(buf, HEAD("<f8", "False", "(3, 2)"), f8, sizeof(f8)), i;
	int bit;
	(void)state;

	for (i = 0; i < len; i++) {
		copy = malloc(i ? i : 1);
		memcpy(copy, buf, i);
		if (!rows_parse(copy, i, "t", &rows, &err))
			rows_free(&rows);
		free(copy);
		for (bit = 0; bit < 8; bit++) {
			buf[i] ^= 1 << bit;
			if (!rows_parse(buf, len, "t", &rows, &err))
				rows_free(&rows);
			buf[i] ^= 1 << bit;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv),
		cmocka_unit_test(csv_names),
		cmocka_unit_test(npy_files),
		cmocka_unit_test(npy_mutants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
