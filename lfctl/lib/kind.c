// SPDX-License-Identifier: GPL-2.0
#include "kind.h"

const char *const kind_names[KINDS] = {
	[LITEFLOW_ATTACH_KIND_QDISC] = "qdisc",
	[LITEFLOW_ATTACH_KIND_HOOK] = "hook",
	[LITEFLOW_ATTACH_KIND_XT] = "xt",
	[LITEFLOW_ATTACH_KIND_TCP] = "tcp",
};

const char *const reason_names[REASONS] = {
	[LITEFLOW_REASON_INFERRED] = "inferred",
	[LITEFLOW_REASON_CACHED] = "cached",
	[LITEFLOW_REASON_EARLY] = "early",
	[LITEFLOW_REASON_NO_SLOT] = "no-slot",
	[LITEFLOW_REASON_NO_SNAPSHOT] = "no-snapshot",
	[LITEFLOW_REASON_NOT_IP] = "not-ip",
	[LITEFLOW_REASON_TRUNCATED] = "truncated",
	[LITEFLOW_REASON_FRAGMENT] = "fragment",
	[LITEFLOW_REASON_TABLE_FULL] = "table-full",
	[LITEFLOW_REASON_BUSY] = "busy",
	[LITEFLOW_REASON_GUARD] = "guard",
	[LITEFLOW_REASON_UNPARSED] = "unparsed",
	[LITEFLOW_REASON_UNSURE] = "unsure",
};
