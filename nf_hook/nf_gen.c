// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	spec/liteflow-hook.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nf_gen.h"

#include <uapi/linux/liteflow_hook.h>

/* Common nested types */
const struct nla_policy liteflow_hook_map_nl_policy[LITEFLOW_HOOK_A_MAP_UNKNOWN + 1] = {
	[LITEFLOW_HOOK_A_MAP_CLASS] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_HOOK_A_MAP_MARK] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_MAP_PRIORITY] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_MAP_ACCEPT] = { .type = NLA_FLAG, },
	[LITEFLOW_HOOK_A_MAP_DROP] = { .type = NLA_FLAG, },
	[LITEFLOW_HOOK_A_MAP_PACKETS] = { .type = NLA_U64, },
	[LITEFLOW_HOOK_A_MAP_BYTES] = { .type = NLA_U64, },
	[LITEFLOW_HOOK_A_MAP_LABEL] = NLA_POLICY_MAX(NLA_U32, 127),
	[LITEFLOW_HOOK_A_MAP_LOG] = { .type = NLA_FLAG, },
	[LITEFLOW_HOOK_A_MAP_UNKNOWN] = { .type = NLA_FLAG, },
};

/* LITEFLOW_HOOK_CMD_NEW - do */
const struct nla_policy liteflow_hook_new_nl_policy[LITEFLOW_HOOK_A_HOOK_INNER + 1] = {
	[LITEFLOW_HOOK_A_HOOK_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_HOOK_A_HOOK_FAMILY] = NLA_POLICY_MAX(NLA_U8, 3),
	[LITEFLOW_HOOK_A_HOOK_POINT] = NLA_POLICY_MAX(NLA_U8, 6),
	[LITEFLOW_HOOK_A_HOOK_IFINDEX] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_PRIORITY] = { .type = NLA_S32, },
	[LITEFLOW_HOOK_A_HOOK_SLOT] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_HOOK_A_HOOK_REQUEST_MARK] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_REQUEST_MASK] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_RESULT_MASK] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_RESULT_SHIFT] = NLA_POLICY_MAX(NLA_U8, 31),
	[LITEFLOW_HOOK_A_HOOK_CT] = NLA_POLICY_MAX(NLA_U8, 1),
	[LITEFLOW_HOOK_A_HOOK_MAP] = NLA_POLICY_NESTED(liteflow_hook_map_nl_policy),
	[LITEFLOW_HOOK_A_HOOK_MAP_STRICT] = { .type = NLA_FLAG, },
	[LITEFLOW_HOOK_A_HOOK_FLOWS] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_EVERY] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_IDLE_MS] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_CLEAR] = NLA_POLICY_MAX(NLA_U8, 1),
	[LITEFLOW_HOOK_A_HOOK_INNER] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* LITEFLOW_HOOK_CMD_SET - do */
const struct nla_policy liteflow_hook_set_nl_policy[LITEFLOW_HOOK_A_HOOK_INNER + 1] = {
	[LITEFLOW_HOOK_A_HOOK_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_HOOK_A_HOOK_SLOT] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_HOOK_A_HOOK_REQUEST_MARK] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_REQUEST_MASK] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_RESULT_MASK] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_RESULT_SHIFT] = NLA_POLICY_MAX(NLA_U8, 31),
	[LITEFLOW_HOOK_A_HOOK_CT] = NLA_POLICY_MAX(NLA_U8, 1),
	[LITEFLOW_HOOK_A_HOOK_MAP] = NLA_POLICY_NESTED(liteflow_hook_map_nl_policy),
	[LITEFLOW_HOOK_A_HOOK_MAP_CLEAR] = { .type = NLA_FLAG, },
	[LITEFLOW_HOOK_A_HOOK_MAP_STRICT] = { .type = NLA_FLAG, },
	[LITEFLOW_HOOK_A_HOOK_EVERY] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_IDLE_MS] = { .type = NLA_U32, },
	[LITEFLOW_HOOK_A_HOOK_CLEAR] = NLA_POLICY_MAX(NLA_U8, 1),
	[LITEFLOW_HOOK_A_HOOK_INNER] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* LITEFLOW_HOOK_CMD_DEL - do */
const struct nla_policy liteflow_hook_del_nl_policy[LITEFLOW_HOOK_A_HOOK_NAME + 1] = {
	[LITEFLOW_HOOK_A_HOOK_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* LITEFLOW_HOOK_CMD_GET - do */
const struct nla_policy liteflow_hook_get_nl_policy[LITEFLOW_HOOK_A_HOOK_NAME + 1] = {
	[LITEFLOW_HOOK_A_HOOK_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* Ops table for liteflow_hook */
const struct genl_ops liteflow_hook_nl_ops[4] = {
	{
		.cmd		= LITEFLOW_HOOK_CMD_NEW,
		.doit		= liteflow_hook_nl_new_doit,
		.policy		= liteflow_hook_new_nl_policy,
		.maxattr	= LITEFLOW_HOOK_A_HOOK_INNER,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_HOOK_CMD_SET,
		.doit		= liteflow_hook_nl_set_doit,
		.policy		= liteflow_hook_set_nl_policy,
		.maxattr	= LITEFLOW_HOOK_A_HOOK_INNER,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_HOOK_CMD_DEL,
		.doit		= liteflow_hook_nl_del_doit,
		.policy		= liteflow_hook_del_nl_policy,
		.maxattr	= LITEFLOW_HOOK_A_HOOK_NAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_HOOK_CMD_GET,
		.doit		= liteflow_hook_nl_get_doit,
		.dumpit		= liteflow_hook_nl_get_dumpit,
		.policy		= liteflow_hook_get_nl_policy,
		.maxattr	= LITEFLOW_HOOK_A_HOOK_NAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};
