// SPDX-License-Identifier: GPL-2.0
#include "field.h"

#include <stdbool.h>
#include <string.h>

#include <json-c/json.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "out.h"

#define HASH_MAX	32	/* bytes */

/* The minimum check of each attribute. */
static const enum mnl_attr_data_type mnl_types[] = {
	[FIELD_STR] = MNL_TYPE_NUL_STRING,
	[FIELD_U8] = MNL_TYPE_U8,
	[FIELD_U16] = MNL_TYPE_U16,
	[FIELD_U32] = MNL_TYPE_U32,
	[FIELD_S32] = MNL_TYPE_U32,
	[FIELD_U64] = MNL_TYPE_U64,
	[FIELD_S64] = MNL_TYPE_U64,
	[FIELD_HASH] = MNL_TYPE_BINARY,
	[FIELD_BYTES] = MNL_TYPE_BINARY,
	[FIELD_FLAG] = MNL_TYPE_FLAG,
	[FIELD_NAME] = MNL_TYPE_U8,
	[FIELD_BITS] = MNL_TYPE_U32,
	[FIELD_OBJECT] = MNL_TYPE_NESTED,
	[FIELD_LIST] = MNL_TYPE_NESTED,
	[FIELD_U64S] = MNL_TYPE_U64,
	[FIELD_OBJECTS] = MNL_TYPE_NESTED,
	[FIELD_COUNTS] = MNL_TYPE_BINARY,
};

static struct json_object *object(const void *attrs, size_t len, const struct field *fields);

static struct json_object *nested(const struct nlattr *nest, const struct field *fields)
{
	return object(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), fields);
}

static struct json_object *hash(const struct nlattr *attr)
{
	size_t n = mnl_attr_get_payload_len(attr);
	char text[2 * HASH_MAX + 1];

	out_hex(mnl_attr_get_payload(attr), n < HASH_MAX ? n : HASH_MAX, text);
	return json_object_new_string(text);
}

static struct json_object *bits(const struct field *f, uint32_t set)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < f->n_names; i++)
		if (set & 1u << i)
			json_object_array_add(array, json_object_new_string(f->names[i]));
	return array;
}

static struct json_object *list(const struct nlattr *nest, const struct field *fields)
{
	struct json_object *array = json_object_new_array(), *o;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		o = nested(attr, fields);
		if (o)
			json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *counts(const struct nlattr *attr)
{
	struct json_object *array = json_object_new_array();
	const uint8_t *p = mnl_attr_get_payload(attr);
	size_t n = mnl_attr_get_payload_len(attr) / sizeof(uint64_t), i;
	uint64_t v;

	for (i = 0; i < n; i++) {
		memcpy(&v, p + i * sizeof(v), sizeof(v));
		json_object_array_add(array, json_object_new_uint64(v));
	}
	return array;
}

/* One attribute's value; NULL if it is malformed. */
static struct json_object *value(const struct field *f, const struct nlattr *attr)
{
	if (mnl_attr_validate(attr, mnl_types[f->type]) < 0)
		return NULL;
	switch (f->type) {
	case FIELD_STR:
		return json_object_new_string(mnl_attr_get_str(attr));
	case FIELD_U8:
		return json_object_new_uint64(mnl_attr_get_u8(attr));
	case FIELD_U16:
		return json_object_new_uint64(mnl_attr_get_u16(attr));
	case FIELD_U32:
		return json_object_new_uint64(mnl_attr_get_u32(attr));
	case FIELD_S32:
		return json_object_new_int64((int32_t)mnl_attr_get_u32(attr));
	case FIELD_U64:
	case FIELD_U64S:
		return json_object_new_uint64(mnl_attr_get_u64(attr));
	case FIELD_S64:
		return json_object_new_int64((int64_t)mnl_attr_get_u64(attr));
	case FIELD_HASH:
		return hash(attr);
	case FIELD_BYTES:
		return json_object_new_string_len(mnl_attr_get_payload(attr),
						  mnl_attr_get_payload_len(attr));
	case FIELD_FLAG:
		return json_object_new_boolean(true);
	case FIELD_NAME:
		return json_object_new_string(out_name(f->names, f->n_names,
						       mnl_attr_get_u8(attr)));
	case FIELD_BITS:
		return bits(f, mnl_attr_get_u32(attr));
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		return nested(attr, f->sub);
	case FIELD_LIST:
		return list(attr, f->sub);
	case FIELD_COUNTS:
		return counts(attr);
	}
	return NULL;
}

/* Adds all attributes of the row to o as its member. False if one is malformed. */
static bool add(struct json_object *o, const struct field *f, const void *attrs, size_t len)
{
	bool many = f->type == FIELD_U64S || f->type == FIELD_OBJECTS;
	struct json_object *array = NULL, *v;
	const struct nlattr *attr;

	mnl_attr_for_each_payload(attrs, len) {
		if (mnl_attr_get_type(attr) != f->attr)
			continue;
		v = value(f, attr);
		if (!v)
			return false;
		if (!many) {
			json_object_object_add(o, f->key, v);
			return true;
		}
		if (!array) {
			array = json_object_new_array();
			json_object_object_add(o, f->key, array);
		}
		json_object_array_add(array, v);
	}
	if (f->type == FIELD_FLAG)
		out_add_bool(o, f->key, false);
	return true;
}

static struct json_object *object(const void *attrs, size_t len, const struct field *fields)
{
	struct json_object *o = json_object_new_object();

	for (; fields->key; fields++)
		if (!add(o, fields, attrs, len)) {
			json_object_put(o);
			return NULL;
		}
	return o;
}

struct json_object *field_message(const struct nlmsghdr *nlh, const struct field *fields)
{
	const size_t head = MNL_ALIGN(sizeof(struct genlmsghdr));

	/* libmnl assumes the padding of the last attribute */
	if (nlh->nlmsg_len < mnl_nlmsg_size(head) || nlh->nlmsg_len % MNL_ALIGNTO)
		return NULL;
	return object(mnl_nlmsg_get_payload_offset(nlh, head),
		      mnl_nlmsg_get_payload_len(nlh) - head, fields);
}
