// SPDX-License-Identifier: GPL-2.0
/* lfctl attach list [SLOT] */
#include "attach.h"

#include <inttypes.h>
#include <string.h>

#include "args.h"
#include "kind.h"
#include "link.h"
#include "nl.h"
#include "out.h"

static const uint8_t types[LITEFLOW_A_ATTACH_MAX + 1] = {
	[LITEFLOW_A_ATTACH_ID] = MNL_TYPE_U32,
	[LITEFLOW_A_ATTACH_KIND] = MNL_TYPE_U8,
	[LITEFLOW_A_ATTACH_LABEL] = MNL_TYPE_NUL_STRING,
	[LITEFLOW_A_ATTACH_IFINDEX] = MNL_TYPE_U32,
	[LITEFLOW_A_ATTACH_SLOT] = MNL_TYPE_NUL_STRING,
	[LITEFLOW_A_ATTACH_BOUND] = MNL_TYPE_FLAG,
	[LITEFLOW_A_ATTACH_SNAPSHOT] = MNL_TYPE_NUL_STRING,
	[LITEFLOW_A_ATTACH_HASH] = MNL_TYPE_BINARY,
	[LITEFLOW_A_ATTACH_FLOWS] = MNL_TYPE_U32,
	[LITEFLOW_A_ATTACH_FLOWS_MAX] = MNL_TYPE_U32,
	[LITEFLOW_A_ATTACH_FLOW_KIB] = MNL_TYPE_U32,
	[LITEFLOW_A_ATTACH_FLOWS_BORN] = MNL_TYPE_U64,
	[LITEFLOW_A_ATTACH_FLOWS_ENDED] = MNL_TYPE_U64,
	[LITEFLOW_A_ATTACH_FLOWS_AGED] = MNL_TYPE_U64,
	[LITEFLOW_A_ATTACH_FLOWS_EVICTED] = MNL_TYPE_U64,
};

static const uint8_t counter_types[LITEFLOW_A_COUNTER_MAX + 1] = {
	[LITEFLOW_A_COUNTER_REASON] = MNL_TYPE_U32,
	[LITEFLOW_A_COUNTER_PACKETS] = MNL_TYPE_U64,
};

static void decode_counter(const struct nlattr *nest, struct json_object *packets)
{
	const struct nlattr *tb[LITEFLOW_A_COUNTER_MAX + 1];
	uint32_t reason;
	char digits[16];

	if (nl_parse_nested(nest, counter_types, LITEFLOW_A_COUNTER_MAX, tb) ||
	    !tb[LITEFLOW_A_COUNTER_REASON] || !tb[LITEFLOW_A_COUNTER_PACKETS])
		return;
	reason = mnl_attr_get_u32(tb[LITEFLOW_A_COUNTER_REASON]);
	snprintf(digits, sizeof(digits), "%" PRIu32, reason);
	out_attr_u64(packets, reason < REASONS ? reason_names[reason] : digits, tb[LITEFLOW_A_COUNTER_PACKETS]);
}

static struct json_object *decode_counters(const struct nlmsghdr *nlh)
{
	struct json_object *packets = json_object_new_object();
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == LITEFLOW_A_ATTACH_COUNTER)
			decode_counter(attr, packets);
	return packets;
}

static struct json_object *decode(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[LITEFLOW_A_ATTACH_MAX + 1];
	struct json_object *o;

	if (nl_parse(nlh, types, LITEFLOW_A_ATTACH_MAX, tb))
		return NULL;
	o = json_object_new_object();
	out_attr_u32(o, "id", tb[LITEFLOW_A_ATTACH_ID]);
	if (tb[LITEFLOW_A_ATTACH_KIND])
		out_add_name(o, "kind", kind_names, KINDS, mnl_attr_get_u8(tb[LITEFLOW_A_ATTACH_KIND]));
	out_attr_str(o, "label", tb[LITEFLOW_A_ATTACH_LABEL]);
	out_attr_u32(o, "ifindex", tb[LITEFLOW_A_ATTACH_IFINDEX]);
	out_attr_str(o, "slot", tb[LITEFLOW_A_ATTACH_SLOT]);
	out_add_bool(o, "bound", tb[LITEFLOW_A_ATTACH_BOUND]);
	out_attr_str(o, "snapshot", tb[LITEFLOW_A_ATTACH_SNAPSHOT]);
	out_attr_hash(o, "hash", tb[LITEFLOW_A_ATTACH_HASH]);
	out_attr_u32(o, "flows", tb[LITEFLOW_A_ATTACH_FLOWS]);
	out_attr_u32(o, "flows_max", tb[LITEFLOW_A_ATTACH_FLOWS_MAX]);
	out_attr_u32(o, "flow_kib", tb[LITEFLOW_A_ATTACH_FLOW_KIB]);
	out_attr_u64(o, "flows_born", tb[LITEFLOW_A_ATTACH_FLOWS_BORN]);
	out_attr_u64(o, "flows_ended", tb[LITEFLOW_A_ATTACH_FLOWS_ENDED]);
	out_attr_u64(o, "flows_aged", tb[LITEFLOW_A_ATTACH_FLOWS_AGED]);
	out_attr_u64(o, "flows_evicted", tb[LITEFLOW_A_ATTACH_FLOWS_EVICTED]);
	json_object_object_add(o, "packets", decode_counters(nlh));
	return o;
}

/* --- Where they are --- */

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

int attach_read(struct nl *nl, const char *slot, struct json_object **array)
{
	struct link_names *names;
	struct json_object *o;
	size_t i;

	if (nl_collect(nl, nl_request(nl, LITEFLOW_CMD_ATTACH_GET, NLM_F_DUMP), decode, array))
		return nl_fail(nl, "attach list");
	for (i = json_object_array_length(*array); slot && i--; )
		if (strcmp(out_str(json_object_array_get_idx(*array, i), "slot"), slot))
			json_object_array_del_idx(*array, i, 1);
	names = json_object_array_length(*array) ? link_open() : NULL;
	for (i = 0; i < json_object_array_length(*array); i++) {
		o = json_object_array_get_idx(*array, i);
		add_place(names, o);
	}
	link_close(names);
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

static void cell_flows(struct json_object *o, const char *key, char *text, size_t n)
{
	if (out_u64(o, "flows_max"))
		snprintf(text, n, "%" PRIu64 "/%" PRIu64, out_u64(o, key), out_u64(o, "flows_max"));
	else
		snprintf(text, n, "%" PRIu64, out_u64(o, key));
}

static const struct out_column columns[] = {
	{ "KIND", "kind", NULL, false },
	{ "DEVICE", "dev", cell_device, false },
	{ "LABEL", "label", NULL, false },
	{ "PARENT", "parent", NULL, false },
	{ "SLOT", "slot", cell_slot, false },
	{ "SNAPSHOT", "snapshot", cell_snapshot, false },
	{ "HASH", "hash", out_cell_hash, false },
	{ "FLOWS", "flows", cell_flows, true },
};

static LFCTL_COMMAND(list)
{
	struct json_object *array;
	struct nl nl;
	int status;

	if (argc > 1)
		return lfctl_usage(cmd, "what is '%s'?", argv[1]);
	if (argc && !args_is_name(argv[0]))
		return lfctl_usage(cmd, "'%s' is no name of a slot", argv[0]);
	status = nl_open(&nl, ctl);
	if (status)
		return status;
	status = attach_read(&nl, argc ? argv[0] : NULL, &array);
	nl_close(&nl);
	if (status)
		return status;
	if (ctl->json) {
		out_json(array);
		return 0;
	}
	out_table(array, columns, sizeof(columns) / sizeof(columns[0]));
	json_object_put(array);
	return 0;
}

const struct command attach_commands[] = {
	{ "list", list, "[SLOT]", "what asks for inference, where, and how many flows it holds", NULL },
	{ 0 }
};
