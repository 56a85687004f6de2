// SPDX-License-Identifier: GPL-2.0
/*
 * Flows from the kernel: each gets the names of its attachment, slot, snapshot and class as it
 * arrives, and is kept only if it passes the filter: a table of a million flows takes only the
 * memory of those shown.
 */
#include "flows.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "args.h"
#include "attach.h"
#include "field.h"
#include "nl.h"
#include "out.h"
#include "slot.h"

static const struct field reading_fields[] = {
	{ "reverse", LITEFLOW_A_READING_REVERSE, FIELD_FLAG },
	{ "packets", LITEFLOW_A_READING_PACKETS, FIELD_U32 },
	{ "values", LITEFLOW_A_READING_VALUES, FIELD_BYTES },
	{ "known", LITEFLOW_A_READING_KNOWN, FIELD_BYTES },
	{ 0 }
};

static const struct field fields[] = {
	{ "attach", LITEFLOW_A_FLOW_ATTACH, FIELD_U32 },
	{ "id", LITEFLOW_A_FLOW_ID, FIELD_U64 },
	{ "proto", LITEFLOW_A_FLOW_PROTO, FIELD_U8 },
	{ "src", LITEFLOW_A_FLOW_SRC, FIELD_HASH },
	{ "dst", LITEFLOW_A_FLOW_DST, FIELD_HASH },
	{ "sport", LITEFLOW_A_FLOW_SPORT, FIELD_U16 },
	{ "dport", LITEFLOW_A_FLOW_DPORT, FIELD_U16 },
	{ "vlan", LITEFLOW_A_FLOW_VLAN, FIELD_U16 },
	{ "packets", LITEFLOW_A_FLOW_PACKETS, FIELD_U32 },
	{ "bytes", LITEFLOW_A_FLOW_BYTES, FIELD_U64 },
	{ "age_ms", LITEFLOW_A_FLOW_AGE_MS, FIELD_U64 },
	{ "silent_ms", LITEFLOW_A_FLOW_SILENT_MS, FIELD_U64 },
	{ "generation", LITEFLOW_A_FLOW_GENERATION, FIELD_U32 },
	{ "class", LITEFLOW_A_FLOW_CLASS, FIELD_U16 },
	{ "value", LITEFLOW_A_FLOW_VALUE, FIELD_S64 },
	{ "closing", LITEFLOW_A_FLOW_CLOSING, FIELD_FLAG },
	{ "unsure", LITEFLOW_A_FLOW_UNSURE, FIELD_FLAG },
	{ "tunnel", LITEFLOW_A_FLOW_TUNNEL, FIELD_U32 },
	/* Only in the answer about one flow. */
	{ "hash", LITEFLOW_A_FLOW_HASH, FIELD_HASH },
	{ "run_from", LITEFLOW_A_FLOW_RUN_FROM, FIELD_U32 },
	{ "run_next", LITEFLOW_A_FLOW_RUN_NEXT, FIELD_U32 },
	{ "readings", LITEFLOW_A_FLOW_READING, FIELD_OBJECTS, FIELD_SUB(reading_fields) },
	{ 0 }
};

/* The names behind a flow's numbers; the last attachment is cached, as its flows come together. */
struct names {
	struct json_object *attachments, *slots;
	struct json_object *attachment, *slot;
	const struct flows_filter *filter;
};

static struct json_object *by_name(struct json_object *array, const char *name)
{
	struct json_object *o;
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++) {
		o = json_object_array_get_idx(array, i);
		if (!strcmp(out_str(o, "name"), name))
			return o;
	}
	return NULL;
}

static void look_up(struct names *names, uint64_t id)
{
	struct json_object *o;
	size_t i;

	if (names->attachment && out_u64(names->attachment, "id") == id)
		return;
	names->attachment = NULL;
	names->slot = NULL;
	for (i = 0; i < json_object_array_length(names->attachments); i++) {
		o = json_object_array_get_idx(names->attachments, i);
		if (out_u64(o, "id") != id)
			continue;
		names->attachment = o;
		names->slot = by_name(names->slots, out_str(o, "slot"));
	}
}

static struct json_object *generation_of(struct json_object *slot, uint64_t number)
{
	struct json_object *g = json_object_object_get(slot, "active");
	size_t i;

	if (g && out_u64(g, "generation") == number)
		return g;
	for (i = 0; i < out_length(slot, "old"); i++)
		if (out_u64(out_at(slot, "old", i), "generation") == number)
			return out_at(slot, "old", i);
	return NULL;
}

static void name_verdict(struct json_object *flow, struct json_object *generation)
{
	struct json_object *class;

	if (!generation)
		return;
	out_add_str(flow, "snapshot", out_str(generation, "snapshot"));
	out_add_str(flow, "hash", out_str(generation, "hash"));
	if (!out_has(flow, "class"))
		return;
	class = out_at(generation, "classes", out_u64(flow, "class"));
	if (class)
		out_add_str(flow, "class", out_str(class, "name"));
}

static void name_address(struct json_object *flow, const char *key)
{
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t bytes[16];
	int digits = args_hex(out_str(flow, key), bytes, sizeof(bytes));

	if (digits == 8 || digits == 32)
		inet_ntop(digits == 8 ? AF_INET : AF_INET6, bytes, text, sizeof(text));
	out_add_str(flow, key, text);
}

static bool is_peer(const struct flows_filter *filter, const char *hex)
{
	unsigned int whole = filter->bits / 8, rest = filter->bits % 8;
	uint8_t bytes[16];

	if (args_hex(hex, bytes, sizeof(bytes)) != (filter->family == AF_INET ? 8 : 32))
		return false;
	if (memcmp(bytes, filter->peer, whole))
		return false;
	return !rest || !((bytes[whole] ^ filter->peer[whole]) >> (8 - rest));
}

static bool is_end(const struct flows_end *end, struct json_object *flow, const char *address,
		   const char *port)
{
	uint8_t bytes[16];
	int digits;

	if (end->has_port && out_u64(flow, port) != end->port)
		return false;
	if (!end->family)
		return true;
	digits = args_hex(out_str(flow, address), bytes, sizeof(bytes));
	return digits == (end->family == AF_INET ? 8 : 32) &&
	       !memcmp(bytes, end->address, digits / 2);
}

static bool are_ends(const struct flows_end *a, const struct flows_end *b, struct json_object *flow)
{
	return is_end(a, flow, "src", "sport") && is_end(b, flow, "dst", "dport");
}

static bool is_meant(const struct flows_filter *f, struct json_object *flow)
{
	if (f->flow && out_u64(flow, "id") != f->flow)
		return false;
	if (f->has_proto && out_u64(flow, "proto") != f->proto)
		return false;
	return are_ends(&f->ends[0], &f->ends[1], flow) || are_ends(&f->ends[1], &f->ends[0], flow);
}

/*
 * The number of a class is accepted as a name, too. A flow whose class is unsure is in none, but
 * in "unsure".
 */
static bool is_class(struct json_object *flow, uint64_t number, const char *name)
{
	char digits[24];

	if (out_u64(flow, "unsure"))
		return !strcmp(name, "unsure");
	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
	return out_has(flow, "class") &&
	       (!strcmp(out_str(flow, "class"), name) || !strcmp(digits, name));
}

static bool keep(struct json_object *flow, void *data)
{
	struct names *names = data;
	const struct flows_filter *filter = names->filter;
	uint64_t class = out_u64(flow, "class");
	char title[160];

	if (filter->family && !is_peer(filter, out_str(flow, "src")) &&
	    !is_peer(filter, out_str(flow, "dst")))
		return false;
	if (!is_meant(filter, flow))
		return false;
	look_up(names, out_u64(flow, "attach"));
	if (filter->slot && strcmp(out_str(names->attachment, "slot"), filter->slot))
		return false;
	name_verdict(flow, generation_of(names->slot, out_u64(flow, "generation")));
	if (filter->class && !is_class(flow, class, filter->class))
		return false;
	if (!filter->whole) {
		json_object_object_del(flow, "run_from");
		json_object_object_del(flow, "run_next");
		json_object_object_del(flow, "readings");
	}
	name_address(flow, "src");
	name_address(flow, "dst");
	if (names->attachment) {
		attach_title(names->attachment, NULL, title, sizeof(title));
		out_add_str(flow, "name", title);
		out_add_str(flow, "slot", out_str(names->attachment, "slot"));
	}
	return true;
}

/* --- order --- */

static int by_id(const void *a, const void *b)
{
	struct json_object *x = *(struct json_object *const *)a;
	struct json_object *y = *(struct json_object *const *)b;
	uint64_t p = out_u64(x, "attach"), q = out_u64(y, "attach");

	if (p == q) {
		p = out_u64(x, "id");
		q = out_u64(y, "id");
	}
	return p < q ? -1 : p > q;
}

static int by_bytes(const void *a, const void *b)
{
	uint64_t x = out_u64(*(struct json_object *const *)a, "bytes");
	uint64_t y = out_u64(*(struct json_object *const *)b, "bytes");

	return x > y ? -1 : x < y ? 1 : by_id(a, b);
}

/* A flow that moved while the table grew may have arrived twice. */
static struct json_object *once(struct json_object *array)
{
	struct json_object *result = json_object_new_array(), *o, *last = NULL;
	size_t i;

	json_object_array_sort(array, by_id);
	for (i = 0; i < json_object_array_length(array); i++) {
		o = json_object_array_get_idx(array, i);
		if (!last || by_id(&last, &o))
			json_object_array_add(result, json_object_get(o));
		last = o;
	}
	json_object_put(array);
	json_object_array_sort(result, by_bytes);
	return result;
}

static int dump(struct nl *nl, struct names *names, struct json_object **array)
{
	const struct flows_filter *f = names->filter;
	bool one = f->flow && f->attach;
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_FLOW_GET, one ? 0 : NLM_F_DUMP);
	const char *who = f->who ? f->who : "flows";
	int err;

	if (f->attach)
		mnl_attr_put_u32(nlh, LITEFLOW_A_FLOW_ATTACH, f->attach);
	if (one)
		mnl_attr_put_u64(nlh, LITEFLOW_A_FLOW_ID, f->flow);
	nl->keep = keep;
	nl->keep_data = names;
	err = nl_collect(nl, nlh, fields, array);
	nl->keep = NULL;
	if (err == -EOPNOTSUPP)
		return lfctl_fail("%s: this module cannot list flows: it is too old", who);
	return err ? nl_fail(nl, "%s", who) : 0;
}

int flows_read(struct nl *nl, const struct flows_filter *filter, struct json_object **array)
{
	struct names names = { .filter = filter };
	int status = slot_read(nl, NULL, &names.slots);

	if (!status)
		status = attach_read(nl, NULL, &names.attachments);
	if (!status)
		status = dump(nl, &names, array);
	json_object_put(names.slots);
	json_object_put(names.attachments);
	if (!status)
		*array = once(*array);
	return status;
}
