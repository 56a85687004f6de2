/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How netlink attributes become members of a JSON object: a table in the order of the members,
 * ending with a row without a key. Absent attributes are left out; unknown ones, from a newer
 * kernel, are ignored.
 */
#ifndef FIELD_H
#define FIELD_H

#include <stddef.h>
#include <stdint.h>

struct json_object;
struct nlmsghdr;

enum field_type {
	FIELD_STR,
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_S32,
	FIELD_U64,
	FIELD_S64,
	FIELD_HASH,		/* bytes, as hex digits */
	FIELD_BYTES,		/* bytes, as a string that may have any: not for print */
	FIELD_FLAG,		/* true or false: never left out */
	/* u8: one of names[], or its digits if unknown to this tool */
	FIELD_NAME,
	FIELD_BITS,		/* u32: array of the names[] whose bits are set */
	FIELD_OBJECT,		/* nested attributes, by the table `sub` */
	/* a nest whose attributes, of any type, are objects by `sub`: array */
	FIELD_LIST,
	FIELD_U64S,		/* every attribute of this type: array */
	FIELD_OBJECTS,		/* the same, of objects by `sub` */
	FIELD_COUNTS,		/* bytes, as u64 of the host: array */
};

struct field {
	const char *key;
	uint16_t attr;
	enum field_type type;
	const char *const *names;
	size_t n_names;
	const struct field *sub;
};

#define FIELD_NAMES(array)	(array), sizeof(array) / sizeof((array)[0]), NULL
#define FIELD_SUB(table)	NULL, 0, (table)

/* The attributes after the generic netlink header; NULL for a malformed message. */
struct json_object *field_message(const struct nlmsghdr *nlh, const struct field *fields);

#endif /* FIELD_H */
