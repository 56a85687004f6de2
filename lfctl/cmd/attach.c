// SPDX-License-Identifier: GPL-2.0
/* lfctl attach list [SLOT] | show ID | set tcp slot NAME */
#include "attach.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <lq/name.h>

#include "args.h"
#include "commands.h"
#include "field.h"
#include "kind.h"
#include "link.h"
#include "listing.h"
#include "nl.h"
#include "slot.h"

static const struct field counter_fields[] = {
	{ "reason", LITEFLOW_A_COUNTER_REASON, FIELD_U32 },
	{ "packets", LITEFLOW_A_COUNTER_PACKETS, FIELD_U64 },
	{ 0 }
};

static const struct field entry_fields[] = {
	{ "class", LITEFLOW_A_ENTRY_CLASS, FIELD_STR },
	{ "does", LITEFLOW_A_ENTRY_DOES, FIELD_STR },
	{ "packets", LITEFLOW_A_ENTRY_PACKETS, FIELD_U64 },
	{ "bytes", LITEFLOW_A_ENTRY_BYTES, FIELD_U64 },
	{ "unknown", LITEFLOW_A_ENTRY_UNKNOWN, FIELD_FLAG },
	{ 0 }
};

static const struct field fields[] = {
	{ "id", LITEFLOW_A_ATTACH_ID, FIELD_U32 },
	{ "kind", LITEFLOW_A_ATTACH_KIND, FIELD_NAME, FIELD_NAMES(kind_names) },
	{ "label", LITEFLOW_A_ATTACH_LABEL, FIELD_STR },
	{ "ifindex", LITEFLOW_A_ATTACH_IFINDEX, FIELD_U32 },
	{ "slot", LITEFLOW_A_ATTACH_SLOT, FIELD_STR },
	{ "bound", LITEFLOW_A_ATTACH_BOUND, FIELD_FLAG },
	{ "snapshot", LITEFLOW_A_ATTACH_SNAPSHOT, FIELD_STR },
	{ "hash", LITEFLOW_A_ATTACH_HASH, FIELD_HASH },
	{ "flows", LITEFLOW_A_ATTACH_FLOWS, FIELD_U32 },
	{ "flows_max", LITEFLOW_A_ATTACH_FLOWS_MAX, FIELD_U32 },
	{ "flows_room", LITEFLOW_A_ATTACH_FLOWS_ROOM, FIELD_U32 },
	{ "flow_kib", LITEFLOW_A_ATTACH_FLOW_KIB, FIELD_U32 },
	{ "flows_born", LITEFLOW_A_ATTACH_FLOWS_BORN, FIELD_U64 },
	{ "flows_ended", LITEFLOW_A_ATTACH_FLOWS_ENDED, FIELD_U64 },
	{ "flows_aged", LITEFLOW_A_ATTACH_FLOWS_AGED, FIELD_U64 },
	{ "flows_evicted", LITEFLOW_A_ATTACH_FLOWS_EVICTED, FIELD_U64 },
	{ "flows_refused", LITEFLOW_A_ATTACH_FLOWS_REFUSED, FIELD_U64 },
	{ "dropped", LITEFLOW_A_ATTACH_DROPPED, FIELD_U64 },
	{ "packets", LITEFLOW_A_ATTACH_COUNTER, FIELD_OBJECTS, FIELD_SUB(counter_fields) },
	{ "map", LITEFLOW_A_ATTACH_ENTRY, FIELD_OBJECTS, FIELD_SUB(entry_fields) },
	{ 0 }
};

void attach_name_counters(struct json_object *o)
{
	struct json_object *packets = json_object_new_object(), *counter;
	size_t i;

	for (i = 0; i < out_length(o, "packets"); i++) {
		counter = out_at(o, "packets", i);
		out_add_u64(packets, out_name(reason_names, REASONS, out_u64(counter, "reason")),
			    out_u64(counter, "packets"));
	}
	json_object_object_add(o, "packets", packets);
}

void attach_print_counters(struct json_object *o)
{
	struct json_object *packets = json_object_object_get(o, "packets");

	json_object_object_foreach(packets, reason, n)
		if (json_object_get_int64(n))
			printf("%-12s %" PRId64 "\n", reason, json_object_get_int64(n));
}

/* --- where they are --- */

static void add_place(struct link_names *names, struct json_object *o)
{
	int ifindex = out_u64(o, "ifindex");
	const char *name;
	char parent[64];

	name = ifindex ? link_device(names, ifindex) : NULL;
	if (name)
		out_add_str(o, "dev", name);
	if (ifindex && !strcmp(out_str(o, "kind"), "qdisc") &&
	    link_qdisc_parent(names, ifindex, out_str(o, "label"), parent, sizeof(parent)))
		out_add_str(o, "parent", parent);
}

/* The names that the kernel does not send. */
static void add_names(struct json_object *array)
{
	struct link_names *names = json_object_array_length(array) ? link_open() : NULL;
	struct json_object *o;
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++) {
		o = json_object_array_get_idx(array, i);
		attach_name_counters(o);
		add_place(names, o);
	}
	link_close(names);
}

int attach_read(struct nl *nl, const char *slot, struct json_object **array)
{
	size_t i;

	if (nl_collect(nl, nl_request(nl, LITEFLOW_CMD_ATTACH_GET, NLM_F_DUMP), fields, array))
		return nl_fail(nl, "attach list");
	for (i = json_object_array_length(*array); slot && i--; )
		if (strcmp(out_str(json_object_array_get_idx(*array, i), "slot"), slot))
			json_object_array_del_idx(*array, i, 1);
	add_names(*array);
	return 0;
}

void attach_title(struct json_object *o, const char *key, char *text, unsigned long n)
{
	char ifindex[24] = "";

	(void)key;
	if (out_has(o, "dev"))
		snprintf(ifindex, sizeof(ifindex), " %s", out_str(o, "dev"));
	else if (out_has(o, "ifindex"))
		snprintf(ifindex, sizeof(ifindex), " if%" PRIu64, out_u64(o, "ifindex"));
	snprintf(text, n, "%s%s %s", out_str(o, "kind"), ifindex, out_str(o, "label"));
}

/* --- list --- */

static void cell_device(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_has(o, key))
		snprintf(text, n, "%s", out_str(o, key));
	else if (out_has(o, "ifindex"))
		snprintf(text, n, "if%" PRIu64, out_u64(o, "ifindex"));
	else
		snprintf(text, n, "-");
}

static void cell_slot(struct json_object *o, const char *key, char *text, size_t n)
{
	snprintf(text, n, "%s%s", out_str(o, key),
		 json_object_get_boolean(json_object_object_get(o, "bound")) ? "" : " (absent)");
}

static void cell_snapshot(struct json_object *o, const char *key, char *text, size_t n)
{
	snprintf(text, n, "%s", out_has(o, key) ? out_str(o, key) : "-");
}

/* It failed to grow, and has not reached its size since. */
static bool is_short(struct json_object *o)
{
	return out_u64(o, "flows_refused") && out_u64(o, "flows_room") < out_u64(o, "flows_max");
}

static void cell_flows(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_u64(o, "flows_max"))
		snprintf(text, n, "%" PRIu64 "/%" PRIu64 "%s", out_u64(o, key),
			 out_u64(o, "flows_max"),
			 is_short(o) ? " (memory)" : "");
	else
		snprintf(text, n, "%" PRIu64, out_u64(o, key));
}

static const struct out_column columns[] = {
	{ "KIND", "kind", NULL, false },
	{ "DEVICE", "dev", cell_device, false, COLOR_NAME },
	{ "LABEL", "label", NULL, false },
	{ "PARENT", "parent", NULL, false },
	{ "SLOT", "slot", cell_slot, false, COLOR_NAME },
	{ "SNAPSHOT", "snapshot", cell_snapshot, false },
	{ "HASH", "hash", out_cell_hash, false, COLOR_HASH },
	{ "FLOWS", "flows", cell_flows, true },
	{ "DROPPED", "dropped", NULL, true },
	{ "ID", "id", NULL, true },
};

/* Attachments may name a slot that does not exist yet. A slot that nobody names is an error. */
static int read_list(struct nl *nl, const char *slot, struct json_object **array)
{
	struct json_object *slots;
	int status = attach_read(nl, slot, array);

	if (status || !slot || json_object_array_length(*array))
		return status;
	status = slot_read(nl, slot, &slots);
	json_object_put(status ? *array : slots);
	return status;
}

static const struct listing attachments = {
	.read = read_list,
	LISTING_COLUMNS(columns),
	.none = "no attachments",
};

static LFCTL_COMMAND(list)
{
	if (argc > 1)
		return lfctl_usage(cmd, "unknown argument '%s'", argv[1]);
	if (argc && !lq_name_ok(argv[0]))
		return lfctl_usage(cmd, "'%s' is not a slot name", argv[0]);
	return listing_list(ctl, &attachments, argc ? argv[0] : NULL);
}

/* --- show --- */

static struct nlmsghdr *request_one(struct nl *nl, uint32_t id)
{
	struct nlmsghdr *nlh = nl_request(nl, LITEFLOW_CMD_ATTACH_GET, 0);

	mnl_attr_put_u32(nlh, LITEFLOW_A_ATTACH_ID, id);
	return nlh;
}

static int read_one(struct nl *nl, const char *id, struct json_object **array)
{
	if (nl_collect(nl, request_one(nl, strtoul(id, NULL, 10)), fields, array))
		return nl_fail(nl, "attachment %s", id);
	add_names(*array);
	return 0;
}

void attach_add_map(struct nl *nl, struct json_object *o)
{
	struct json_object *one, *map;

	if (nl_get(nl, request_one(nl, out_u64(o, "id")), fields, &one))
		return;
	map = json_object_object_get(one, "map");
	if (map)
		json_object_object_add(o, "map", json_object_get(map));
	json_object_put(one);
}

static void print_flows(struct json_object *o)
{
	printf("flows %" PRIu64 " of %" PRIu64 ", room for %" PRIu64 " now, %" PRIu64 " KiB",
	       out_u64(o, "flows"),
	       out_u64(o, "flows_max"), out_u64(o, "flows_room"), out_u64(o, "flow_kib"));
	if (out_u64(o, "flows_refused"))
		printf(", growth refused %" PRIu64 " times for lack of memory",
		       out_u64(o, "flows_refused"));
	printf("\n");
}

static void print_entry(struct json_object *e)
{
	printf("maps %s", out_str(e, "class"));
	if (out_has(e, "does"))
		printf(" %s", out_str(e, "does"));
	if (out_has(e, "packets"))
		printf(" packets %" PRIu64 " bytes %" PRIu64, out_u64(e, "packets"),
		       out_u64(e, "bytes"));
	if (json_object_get_boolean(json_object_object_get(e, "unknown")))
		printf(" (the snapshot has no such class)");
	printf("\n");
}

static void print_one(struct json_object *o)
{
	char text[128];
	size_t i;

	attach_title(o, "", text, sizeof(text));
	printf("%s slot %s", text, out_str(o, "slot"));
	cell_snapshot(o, "snapshot", text, sizeof(text));
	printf(" snapshot %s dropped %" PRIu64 "\n", text, out_u64(o, "dropped"));
	if (out_u64(o, "flows_max"))
		print_flows(o);
	for (i = 0; i < out_length(o, "map"); i++)
		print_entry(out_at(o, "map", i));
	attach_print_counters(o);
}

static const struct listing one = {
	.read = read_one,
	.print = print_one,
};

static LFCTL_COMMAND(show)
{
	uint32_t id;

	if (argc != 1 || !args_u32(argv[0], UINT32_MAX, &id))
		return lfctl_usage(cmd, "give an attachment's ID (lfctl attach list)");
	return listing_show(ctl, &one, argv[0]);
}

static LFCTL_COMMAND(set)
{
	struct nlmsghdr *nlh;
	struct nl nl;
	int status = 0;

	if (argc != 3 || strcmp(argv[0], "tcp") || strcmp(argv[1], "slot"))
		return lfctl_usage(cmd, "use: set tcp slot NAME (tc, iptables and lfctl hook set "
				   "the slot of the others)");
	if (!lq_name_ok(argv[2]))
		return lfctl_usage(cmd, "'%s' is not a name: " LQ_NAME_RULE,
				   argv[2]);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	nlh = nl_request(&nl, LITEFLOW_CMD_ATTACH_SET, 0);
	mnl_attr_put_u8(nlh, LITEFLOW_A_ATTACH_KIND, LITEFLOW_ATTACH_KIND_TCP);
	mnl_attr_put_strz(nlh, LITEFLOW_A_ATTACH_SLOT, argv[2]);
	if (nl_talk(&nl, nlh))
		status = nl_fail(&nl, "attach set tcp");
	nl_close(&nl);
	return status;
}

const struct command attach_commands[] = {
	{ "list", list, "[SLOT]", "attachments, their places and how many flows they hold",
	  NULL },
	{ "show", show, "ID", "one attachment: its flows, its maps and their packets",
	  NULL },
	{ "set", set, "tcp slot NAME", "the slot of congestion control in this namespace",
	  NULL },
	{ 0 }
};
