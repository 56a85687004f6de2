// SPDX-License-Identifier: GPL-2.0
/* lfctl version; and the check that every other command makes before it talks to the module. */
#include "version.h"

#include <inttypes.h>
#include <lq/version.h>

#include "field.h"
#include "nl.h"
#include "out.h"

#ifndef PROTOCOL
#define PROTOCOL	LITEFLOW_PROTOCOL	/* of this tool; a test builds another */
#endif

static const char *const paths[] = { "plain", "swar", "avx2" };	/* as enum lq_path */

static const struct field fields[] = {
	{ "version", LITEFLOW_A_VERSION_VERSION, FIELD_STR },
	{ "protocol", LITEFLOW_A_VERSION_PROTOCOL, FIELD_U32 },
	{ "paths", LITEFLOW_A_VERSION_PATHS, FIELD_BITS, FIELD_NAMES(paths) },
	{ "snapshots", LITEFLOW_A_VERSION_SNAPSHOTS, FIELD_U32 },
	{ "snapshot_bytes", LITEFLOW_A_VERSION_SNAPSHOT_BYTES, FIELD_U64 },
	{ 0 }
};

int version_get(struct nl *nl, struct json_object **module)
{
	if (nl_get(nl, nl_request(nl, LITEFLOW_CMD_VERSION_GET, 0), fields, module))
		return nl_fail(nl, "version");
	return 0;
}

static int compare(struct json_object *module)
{
	uint64_t protocol = out_u64(module, "protocol");

	if (protocol == PROTOCOL)
		return 0;
	return lfctl_fail("the module (%s) speaks protocol %" PRIu64 ", this tool (" LQ_VERSION
			  ") speaks %u: %s",
			  out_str(module, "version"), protocol, PROTOCOL,
			  protocol > PROTOCOL ? "the tool is too old" : "the module is too old");
}

int version_check(struct nl *nl)
{
	struct json_object *module;
	int status = version_get(nl, &module);

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

	printf("lfctl %s, protocol %u\n", LQ_VERSION, PROTOCOL);
	if (!module)
		return;
	printf("liteflow %s, protocol %" PRIu64 "\n", out_str(module, "version"),
	       out_u64(module, "protocol"));
	printf("paths");
	for (i = 0; i < out_length(module, "paths"); i++)
		printf(" %s", json_object_get_string(out_at(module, "paths", i)));
	printf("\n%" PRIu64 " snapshot%s, %s\n", out_u64(module, "snapshots"),
	       out_u64(module, "snapshots") == 1 ? "" : "s",
	       out_size(out_u64(module, "snapshot_bytes"), size));
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
	out_add_str(tool, "version", LQ_VERSION);
	out_add_u64(tool, "protocol", PROTOCOL);
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
		status = version_get(&nl, &module);
		nl_close(&nl);
	}
	print(ctl, module);
	if (module && !status)
		status = compare(module);
	json_object_put(module);
	return status;
}
