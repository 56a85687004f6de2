// SPDX-License-Identifier: GPL-2.0
/* lfctl version */
#include "version.h"

#include <inttypes.h>
#include <lq/version.h>

#include "commands.h"
#include "nl.h"
#include "out.h"

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
		status = version_compare(module);
	json_object_put(module);
	return status;
}
