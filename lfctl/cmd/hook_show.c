// SPDX-License-Identifier: GPL-2.0
/* Hooks as JSON, and what lfctl hook list and show print of them. */
#include "hook.h"

#include <inttypes.h>
#include <string.h>

#include <linux/liteflow_hook.h>

#include "attach.h"
#include "field.h"
#include "hook_words.h"
#include "link.h"
#include "listing.h"
#include "nl.h"

const char *const hook_families[HOOK_FAMILIES] = { "ip", "ip6", "inet", "netdev" };
const char *const hook_points[HOOK_POINTS] = {
	"prerouting", "input", "forward", "output", "postrouting", "ingress", "egress",
};

int hook_use(struct nl *nl)
{
	return nl_use(nl, LITEFLOW_HOOK_FAMILY_NAME, "nf_liteflow");
}

/* --- decoding --- */

static const struct field map_fields[] = {
	{ "class", LITEFLOW_HOOK_A_MAP_CLASS, FIELD_STR },
	{ "mark", LITEFLOW_HOOK_A_MAP_MARK, FIELD_U32 },
	{ "priority", LITEFLOW_HOOK_A_MAP_PRIORITY, FIELD_U32 },
	{ "accept", LITEFLOW_HOOK_A_MAP_ACCEPT, FIELD_FLAG },
	{ "label", LITEFLOW_HOOK_A_MAP_LABEL, FIELD_U32 },
	{ "drop", LITEFLOW_HOOK_A_MAP_DROP, FIELD_FLAG },
	{ "log", LITEFLOW_HOOK_A_MAP_LOG, FIELD_FLAG },
	{ "unknown", LITEFLOW_HOOK_A_MAP_UNKNOWN, FIELD_FLAG },
	{ "packets", LITEFLOW_HOOK_A_MAP_PACKETS, FIELD_U64 },
	{ "bytes", LITEFLOW_HOOK_A_MAP_BYTES, FIELD_U64 },
	{ 0 }
};

static const struct field count_fields[] = {
	{ "reason", LITEFLOW_HOOK_A_COUNT_REASON, FIELD_U32 },
	{ "packets", LITEFLOW_HOOK_A_COUNT_PACKETS, FIELD_U64 },
	{ 0 }
};

static const struct field fields[] = {
	{ "name", LITEFLOW_HOOK_A_HOOK_NAME, FIELD_STR },
	{ "family", LITEFLOW_HOOK_A_HOOK_FAMILY, FIELD_NAME, FIELD_NAMES(hook_families) },
	{ "hook", LITEFLOW_HOOK_A_HOOK_POINT, FIELD_NAME, FIELD_NAMES(hook_points) },
	{ "ifindex", LITEFLOW_HOOK_A_HOOK_IFINDEX, FIELD_U32 },
	{ "priority", LITEFLOW_HOOK_A_HOOK_PRIORITY, FIELD_S32 },
	{ "slot", LITEFLOW_HOOK_A_HOOK_SLOT, FIELD_STR },
	{ "request_mark", LITEFLOW_HOOK_A_HOOK_REQUEST_MARK, FIELD_U32 },
	{ "request_mask", LITEFLOW_HOOK_A_HOOK_REQUEST_MASK, FIELD_U32 },
	{ "result_mask", LITEFLOW_HOOK_A_HOOK_RESULT_MASK, FIELD_U32 },
	{ "result_shift", LITEFLOW_HOOK_A_HOOK_RESULT_SHIFT, FIELD_U8 },
	{ "ct", LITEFLOW_HOOK_A_HOOK_CT, FIELD_U8 },
	{ "clear", LITEFLOW_HOOK_A_HOOK_CLEAR, FIELD_U8 },
	{ "inner", LITEFLOW_HOOK_A_HOOK_INNER, FIELD_U8 },
	{ "map_strict", LITEFLOW_HOOK_A_HOOK_MAP_STRICT, FIELD_FLAG },
	{ "map", LITEFLOW_HOOK_A_HOOK_MAP, FIELD_OBJECTS, FIELD_SUB(map_fields) },
	{ "every", LITEFLOW_HOOK_A_HOOK_EVERY, FIELD_U32 },
	{ "idle_ms", LITEFLOW_HOOK_A_HOOK_IDLE_MS, FIELD_U32 },
	{ "flows", LITEFLOW_HOOK_A_HOOK_FLOWS_NOW, FIELD_U32 },
	{ "flows_max", LITEFLOW_HOOK_A_HOOK_FLOWS, FIELD_U32 },
	{ "marked", LITEFLOW_HOOK_A_HOOK_MARKED, FIELD_U64 },
	{ "prioritized", LITEFLOW_HOOK_A_HOOK_PRIORITIZED, FIELD_U64 },
	{ "accepted", LITEFLOW_HOOK_A_HOOK_ACCEPTED, FIELD_U64 },
	{ "dropped", LITEFLOW_HOOK_A_HOOK_DROPPED, FIELD_U64 },
	{ "packets", LITEFLOW_HOOK_A_HOOK_COUNT, FIELD_OBJECTS, FIELD_SUB(count_fields) },
	{ 0 }
};

/* --- reading --- */

int hook_read(struct nl *nl, const char *name, struct json_object **array)
{
	struct link_names *names;
	struct json_object *o;
	struct nlmsghdr *nlh;
	const char *dev;
	size_t i;
	int status = hook_use(nl);

	if (status)
		return status;
	nlh = nl_request(nl, LITEFLOW_HOOK_CMD_GET, name ? 0 : NLM_F_DUMP);
	if (name)
		mnl_attr_put_strz(nlh, LITEFLOW_HOOK_A_HOOK_NAME, name);
	if (nl_collect(nl, nlh, fields, array))
		return name ? nl_fail(nl, "hook %s", name) : nl_fail(nl, "hook list");
	names = link_open();
	for (i = 0; i < json_object_array_length(*array); i++) {
		o = json_object_array_get_idx(*array, i);
		attach_name_counters(o);
		dev = names && out_has(o, "ifindex") ? link_device(names, out_u64(o, "ifindex")) :
						       NULL;
		if (dev)
			out_add_str(o, "dev", dev);
	}
	link_close(names);
	return 0;
}

/* --- printing --- */

static void cell_request(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_u64(o, "request_mask"))
		snprintf(text, n, "0x%" PRIx64 "/0x%" PRIx64, out_u64(o, key),
			 out_u64(o, "request_mask"));
	else
		snprintf(text, n, "all");
}

static void cell_result(struct json_object *o, const char *key, char *text, size_t n)
{
	if (!out_u64(o, key)) {
		snprintf(text, n, "none%s", out_u64(o, "ct") ? " ct" : "");
		return;
	}
	snprintf(text, n, "0x%" PRIx64 "<<%" PRIu64 "%s", out_u64(o, key),
		 out_u64(o, "result_shift"), out_u64(o, "ct") ? " ct" : "");
}

static void cell_verdicts(struct json_object *o, const char *key, char *text, size_t n)
{
	struct json_object *packets = json_object_object_get(o, key);

	snprintf(text, n, "%" PRIu64, out_u64(packets, "inferred") + out_u64(packets, "cached"));
}

static const struct out_column columns[] = {
	{ "NAME", "name", NULL, false },
	{ "FAMILY", "family", NULL, false },
	{ "HOOK", "hook", NULL, false },
	{ "DEVICE", "dev", NULL, false },
	{ "PRIORITY", "priority", NULL, true },
	{ "SLOT", "slot", NULL, false },
	{ "REQUEST", "request_mark", cell_request, false },
	{ "RESULT", "result_mask", cell_result, false },
	{ "FLOWS", "flows", NULL, true },
	{ "VERDICTS", "packets", cell_verdicts, true },
	{ "DROPPED", "dropped", NULL, true },
};

static bool is_set(struct json_object *o, const char *key)
{
	return json_object_get_boolean(json_object_object_get(o, key));
}

static void print_action(struct json_object *a)
{
	char text[128];
	size_t n = 0;

	*text = 0;
	if (out_has(a, "mark"))
		n += snprintf(text + n, sizeof(text) - n, ",mark=0x%" PRIx64, out_u64(a, "mark"));
	if (out_has(a, "priority"))
		n += snprintf(text + n, sizeof(text) - n, ",priority=%" PRIx64 ":%" PRIx64,
			      out_u64(a, "priority") >> 16, out_u64(a, "priority") & 0xffff);
	if (out_has(a, "label"))
		n += snprintf(text + n, sizeof(text) - n, ",label=%" PRIu64, out_u64(a, "label"));
	snprintf(text + n, sizeof(text) - n, "%s%s%s", is_set(a, "accept") ? ",accept" : "",
		 is_set(a, "drop") ? ",drop" : "", is_set(a, "log") ? ",log" : "");
	printf(" %s:%s", out_str(a, "class"), text + 1);
}

static void print_counts(struct json_object *a)
{
	printf("%-31s packets %" PRIu64 " bytes %" PRIu64 "%s\n", out_str(a, "class"),
	       out_u64(a, "packets"), out_u64(a, "bytes"),
	       is_set(a, "unknown") ? " (the snapshot has no such class)" : "");
}

/* The command that would recreate it, and its counters. */
static void print_one(struct json_object *o)
{
	size_t i;

	printf("%s family %s hook %s", out_str(o, "name"), out_str(o, "family"),
	       out_str(o, "hook"));
	if (out_has(o, "dev"))
		printf(" dev %s", out_str(o, "dev"));
	printf(" priority %" PRId64 " slot %s", out_s64(o, "priority"), out_str(o, "slot"));
	if (out_u64(o, "request_mask"))
		printf(" request 0x%" PRIx64 "/0x%" PRIx64, out_u64(o, "request_mark"),
		       out_u64(o, "request_mask"));
	if (out_u64(o, "clear"))
		printf(" clear");
	if (out_u64(o, "result_mask"))
		printf(" result 0x%" PRIx64 " shift %" PRIu64, out_u64(o, "result_mask"),
		       out_u64(o, "result_shift"));
	if (out_length(o, "map"))
		printf(" map%s", is_set(o, "map_strict") ? " strict" : "");
	for (i = 0; i < out_length(o, "map"); i++)
		print_action(out_at(o, "map", i));
	if (out_u64(o, "ct"))
		printf(" ct");
	if (out_u64(o, "inner"))
		printf(" inner");
	printf(" flows %" PRIu64, out_u64(o, "flows_max"));
	if (out_u64(o, "every"))
		printf(" every %" PRIu64, out_u64(o, "every"));
	if (out_u64(o, "idle_ms"))
		printf(" idle %" PRIu64 ".%03u", out_u64(o, "idle_ms") / 1000,
		       (unsigned int)(out_u64(o, "idle_ms") % 1000));
	printf("\nmarked %" PRIu64 ", priority set %" PRIu64 ", accepted %" PRIu64
	       ", dropped %" PRIu64 ", flows %" PRIu64 "\n",
	       out_u64(o, "marked"), out_u64(o, "prioritized"), out_u64(o, "accepted"),
	       out_u64(o, "dropped"), out_u64(o, "flows"));
	for (i = 0; i < out_length(o, "map"); i++)
		print_counts(out_at(o, "map", i));
	attach_print_counters(o);
}

const struct listing hook_listing = {
	.read = hook_read,
	LISTING_COLUMNS(columns),
	.none = "no hooks",
	.print = print_one,
};
