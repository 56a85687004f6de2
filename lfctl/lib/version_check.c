// SPDX-License-Identifier: GPL-2.0
/* Version and protocol of the module, which every command checks before it talks to it. */
#include "version.h"

#include <inttypes.h>
#include <lq/version.h>

#include "field.h"
#include "nl.h"
#include "out.h"

/* as enum lq_path */
static const char *const paths[] = { "plain", "swar", "avx2", "avx512" };

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

int version_compare(struct json_object *module)
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
	status = version_compare(module);
	json_object_put(module);
	return status;
}

int nl_open(struct nl *nl, const struct lfctl *ctl)
{
	int status = nl_open_any(nl, ctl);

	if (status)
		return status;
	status = version_check(nl);
	if (status)
		nl_close(nl);
	return status;
}
