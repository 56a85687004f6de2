/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Standard output. Every answer is first a JSON object or array; -j prints it, else out_table() or
 * the command's own text does. So both forms have the same numbers.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include "color.h"

#define OUT_HASH_SHORT	12	/* digits of a hash in text */

/* --- making --- */

void out_add_str(struct json_object *o, const char *key, const char *s);
void out_add_u64(struct json_object *o, const char *key, uint64_t v);
void out_add_s64(struct json_object *o, const char *key, int64_t v);
void out_add_real(struct json_object *o, const char *key, double v);
void out_add_digits(struct json_object *o, const char *key, double v); /* six of them */
void out_add_bool(struct json_object *o, const char *key, bool v);

/*
 * The name of an enum value, or its digits if unknown to this tool (valid until the next call).
 */
const char *out_name(const char *const *names, size_t n, uint32_t v);

void out_hex(const uint8_t *bytes, size_t n, char *text);	/* text: 2 n + 1 bytes */

/* --- reading --- */

/* "" or 0 if there is no such member. */
const char *out_str(struct json_object *o, const char *key);
uint64_t out_u64(struct json_object *o, const char *key);
int64_t out_s64(struct json_object *o, const char *key);
double out_real(struct json_object *o, const char *key);
bool out_has(struct json_object *o, const char *key);
/* An array's length, 0 if there is none. */
size_t out_length(struct json_object *o, const char *key);
struct json_object *out_at(struct json_object *o, const char *key, size_t i);

/* --- printing --- */

/* Sizes for people: "512 B", "1.5 KiB"; text has OUT_SHORT bytes. */
#define OUT_SHORT	64
const char *out_size(uint64_t bytes, char *text);
const char *out_ns(uint64_t ns, char *text);		/* "1.5 us" */
/* local date and time of CLOCK_REALTIME, to the millisecond */
const char *out_time(uint64_t ns, char *text);

/* Prints o as JSON and releases it (json_object_put). */
void out_json(struct json_object *o);
/* The same on one line, written out at once: for streams. */
void out_json_line(struct json_object *o);

/*
 * Prints an array of objects as a table. A column whose cells are all empty is left out; for an
 * empty array `none` goes to standard error. cell() writes a cell's text; if it is NULL the member
 * `key` is printed as it is.
 */
struct out_column {
	const char *title;
	const char *key;
	void (*cell)(struct json_object *o, const char *key, char *text, size_t n);
	bool right;
	enum color color;
};

void out_table(struct json_object *array, const struct out_column *columns, size_t n,
	       const char *none);

/* The same to a stream; nothing for an empty array. */
void out_table_to(FILE *f, struct json_object *array, const struct out_column *columns, size_t n);

void out_cell_hash(struct json_object *o, const char *key, char *text, size_t n);
void out_cell_size(struct json_object *o, const char *key, char *text, size_t n);

#endif /* OUT_H */
