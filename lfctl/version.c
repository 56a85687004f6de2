// SPDX-License-Identifier: GPL-2.0
/* lfctl version; and the comparison that every other command makes before it says anything to the module. */
#include "version.h"

#include <inttypes.h>

#include "nl.h"
#include "out.h"

static const char *const paths[] = { "plain", "swar", "avx2" };	/* as enum lq_path */

static const uint8_t types[LITEFLOW_A_VERSION_MAX + 1] = {
	[LITEFLOW_A_VERSION_VERSION] = MNL_TYPE_NUL_STRING,
	[LITEFLOW_A_VERSION_PROTOCOL] = MNL_TYPE_U32,
	[LITEFLOW_A_VERSION_PATHS] = MNL_TYPE_U32,
	[LITEFLOW_A_VERSION_SNAPSHOTS] = MNL_TYPE_U32,
	[LITEFLOW_A_VERSION_SNAPSHOT_BYTES] = MNL_TYPE_U64,
};

static struct json_object *decode_paths(uint32_t bits)
{
	struct json_object *a = json_object_new_array();
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (bits & 1u << i)
			json_object_array_add(a, json_object_new_string(paths[i]));
	return a;
}

static struct json_object *decode(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[LITEFLOW_A_VERSION_MAX + 1];
	struct json_object *o;

	if (nl_parse(nlh, types, LITEFLOW_A_VERSION_MAX, tb))
		return NULL;
	o = json_object_new_object();
	out_attr_str(o, "version", tb[LITEFLOW_A_VERSION_VERSION]);
	out_attr_u32(o, "protocol", tb[LITEFLOW_A_VERSION_PROTOCOL]);
	if (tb[LITEFLOW_A_VERSION_PATHS])
		json_object_object_add(o, "paths", decode_paths(mnl_attr_get_u32(tb[LITEFLOW_A_VERSION_PATHS])));
	out_attr_u32(o, "snapshots", tb[LITEFLOW_A_VERSION_SNAPSHOTS]);
	out_attr_u64(o, "snapshot_bytes", tb[LITEFLOW_A_VERSION_SNAPSHOT_BYTES]);
	return o;
}

static int get(struct nl *nl, struct json_object **module)
{
	if (nl_get(nl, nl_request(nl, LITEFLOW_CMD_VERSION_GET, 0), decode, module))
		return nl_fail(nl, "version");
	return 0;
}

static int compare(struct json_object *module)
{
	uint64_t protocol = out_u64(module, "protocol");

	if (protocol == NL_PROTOCOL)
		return 0;
	return lfctl_fail("the module (%s) speaks protocol %" PRIu64 ", this tool (" LFCTL_VERSION ") speaks %u: %s",
			  out_str(module, "version"), protocol, NL_PROTOCOL,
			  protocol > NL_PROTOCOL ? "the tool is too old" : "the module is too old");
}

int version_check(struct nl *nl)
{
	struct json_object *module;
	int status = get(nl, &module);

	if (status)
		return status;
	status = compare(module);
	json_object_put(module);
	return status;
}

static void print_text(struct json_object *module)
{
	char size[OUT_SHORT];
	size_t i;

	printf("lfctl %s, protocol %u\n", LFCTL_VERSION, NL_PROTOCOL);
	if (!module)
		return;
	printf("liteflow %s, protocol %" PRIu64 "\n", out_str(module, "version"), out_u64(module, "protocol"));
	printf("paths");
	for (i = 0; i < out_length(module, "paths"); i++)
		printf(" %s", json_object_get_string(out_at(module, "paths", i)));
	printf("\n%" PRIu64 " snapshot%s, %s\n", out_u64(module, "snapshots"),
	       out_u64(module, "snapshots") == 1 ? "" : "s", out_size(out_u64(module, "snapshot_bytes"), size));
}

static void print(const struct lfctl *ctl, struct json_object *module)
{
	struct json_object *all, *tool;

	if (!ctl->json) {
		print_text(module);
		return;
	}
	all = json_object_new_object();
	tool = json_object_new_object();
	out_add_str(tool, "version", LFCTL_VERSION);
	out_add_u64(tool, "protocol", NL_PROTOCOL);
	json_object_object_add(all, "tool", tool);
	if (module)
		json_object_object_add(all, "module", json_object_get(module));
	out_json(all);
}

LFCTL_COMMAND(version_main)
{
	struct json_object *module = NULL;
	struct nl nl;
	int status;

	if (argc)
		return lfctl_usage(cmd, "version takes no argument '%s'", argv[0]);
	status = nl_open_any(&nl, ctl);
	if (!status) {
		status = get(&nl, &module);
		nl_close(&nl);
	}
	print(ctl, module);
	if (module && !status)
		status = compare(module);
	json_object_put(module);
	return status;
}
