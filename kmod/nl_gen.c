// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	spec/liteflow.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nl_gen.h"

#include <uapi/linux/liteflow.h>

/* Common nested types */
const struct nla_policy liteflow_arm_nl_policy[LITEFLOW_A_ARM_GUARD + 1] = {
	[LITEFLOW_A_ARM_WHICH] = NLA_POLICY_MAX(NLA_U8, 2),
	[LITEFLOW_A_ARM_GENERATION] = { .type = NLA_U32, },
	[LITEFLOW_A_ARM_WEIGHT] = { .type = NLA_U32, },
	[LITEFLOW_A_ARM_GUARD] = NLA_POLICY_NESTED(liteflow_guard_nl_policy),
};

const struct nla_policy liteflow_guard_nl_policy[LITEFLOW_A_GUARD_GENERATION + 1] = {
	[LITEFLOW_A_GUARD_WINDOW] = { .type = NLA_U32, },
	[LITEFLOW_A_GUARD_LEAST] = { .type = NLA_U32, },
	[LITEFLOW_A_GUARD_DRIFT] = { .type = NLA_U32, },
	[LITEFLOW_A_GUARD_SATURATED] = { .type = NLA_U32, },
	[LITEFLOW_A_GUARD_CLASS] = { .type = NLA_U32, },
	[LITEFLOW_A_GUARD_TERM] = NLA_POLICY_MAX(NLA_U8, 7),
	[LITEFLOW_A_GUARD_BOUND] = { .type = NLA_U64, },
	[LITEFLOW_A_GUARD_TO] = NLA_POLICY_MAX(NLA_U8, 1),
	[LITEFLOW_A_GUARD_GENERATION] = { .type = NLA_U32, },
};

const struct nla_policy liteflow_param_nl_policy[LITEFLOW_A_PARAM_PAD + 1] = {
	[LITEFLOW_A_PARAM_NAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[LITEFLOW_A_PARAM_VALUE] = { .type = NLA_S64, },
};

/* LITEFLOW_CMD_VERSION_GET - do */
const struct nla_policy liteflow_version_get_nl_policy[LITEFLOW_A_VERSION_PROTOCOL + 1] = {
	[LITEFLOW_A_VERSION_PROTOCOL] = { .type = NLA_U32, },
};

/* LITEFLOW_CMD_FEATURE_GET - do */
const struct nla_policy liteflow_feature_get_nl_policy[LITEFLOW_A_FEATURE_NAME + 1] = {
	[LITEFLOW_A_FEATURE_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* LITEFLOW_CMD_SNAPSHOT_LOAD - do */
const struct nla_policy liteflow_snapshot_load_nl_policy[LITEFLOW_A_SNAPSHOT_DATA + 1] = {
	[LITEFLOW_A_SNAPSHOT_LENGTH] = { .type = NLA_U32, },
	[LITEFLOW_A_SNAPSHOT_OFFSET] = { .type = NLA_U32, },
	[LITEFLOW_A_SNAPSHOT_DATA] = { .type = NLA_BINARY, },
	[LITEFLOW_A_SNAPSHOT_HASH] = { .type = NLA_BINARY, },
};

/* LITEFLOW_CMD_SNAPSHOT_GET - do */
const struct nla_policy liteflow_snapshot_get_nl_policy[LITEFLOW_A_SNAPSHOT_HASH + 1] = {
	[LITEFLOW_A_SNAPSHOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_A_SNAPSHOT_HASH] = { .type = NLA_BINARY, },
};

/* LITEFLOW_CMD_SNAPSHOT_DEL - do */
const struct nla_policy liteflow_snapshot_del_nl_policy[LITEFLOW_A_SNAPSHOT_HASH + 1] = {
	[LITEFLOW_A_SNAPSHOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_A_SNAPSHOT_HASH] = { .type = NLA_BINARY, },
};

/* LITEFLOW_CMD_SLOT_NEW - do */
const struct nla_policy liteflow_slot_new_nl_policy[LITEFLOW_A_SLOT_HISTORY + 1] = {
	[LITEFLOW_A_SLOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_A_SLOT_PIN] = NLA_POLICY_MAX(NLA_U8, 1),
	[LITEFLOW_A_SLOT_SAMPLE] = { .type = NLA_U32, },
	[LITEFLOW_A_SLOT_PARAM] = NLA_POLICY_NESTED(liteflow_param_nl_policy),
	[LITEFLOW_A_SLOT_BUDGET] = { .type = NLA_U32, },
	[LITEFLOW_A_SLOT_SHADOW] = { .type = NLA_U32, },
	[LITEFLOW_A_SLOT_GUARD] = NLA_POLICY_NESTED(liteflow_guard_nl_policy),
	[LITEFLOW_A_SLOT_FLUSH] = { .type = NLA_U32, },
	[LITEFLOW_A_SLOT_CONFIDENCE] = { .type = NLA_U8, },
	[LITEFLOW_A_SLOT_BUFFERS] = { .type = NLA_U32, },
	[LITEFLOW_A_SLOT_HISTORY] = { .type = NLA_U32, },
};

/* LITEFLOW_CMD_SLOT_SET - do */
const struct nla_policy liteflow_slot_set_nl_policy[LITEFLOW_A_SLOT_HISTORY + 1] = {
	[LITEFLOW_A_SLOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_A_SLOT_PIN] = NLA_POLICY_MAX(NLA_U8, 1),
	[LITEFLOW_A_SLOT_SAMPLE] = { .type = NLA_U32, },
	[LITEFLOW_A_SLOT_PARAM] = NLA_POLICY_NESTED(liteflow_param_nl_policy),
	[LITEFLOW_A_SLOT_BUDGET] = { .type = NLA_U32, },
	[LITEFLOW_A_SLOT_SHADOW] = { .type = NLA_U32, },
	[LITEFLOW_A_SLOT_GUARD] = NLA_POLICY_NESTED(liteflow_guard_nl_policy),
	[LITEFLOW_A_SLOT_FLUSH] = { .type = NLA_U32, },
	[LITEFLOW_A_SLOT_CONFIDENCE] = { .type = NLA_U8, },
	[LITEFLOW_A_SLOT_BUFFERS] = { .type = NLA_U32, },
	[LITEFLOW_A_SLOT_HISTORY] = { .type = NLA_U32, },
};

/* LITEFLOW_CMD_SLOT_DEL - do */
const struct nla_policy liteflow_slot_del_nl_policy[LITEFLOW_A_SLOT_FORCE + 1] = {
	[LITEFLOW_A_SLOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_A_SLOT_FORCE] = { .type = NLA_FLAG, },
};

/* LITEFLOW_CMD_SLOT_GET - do */
const struct nla_policy liteflow_slot_get_nl_policy[LITEFLOW_A_SLOT_NAME + 1] = {
	[LITEFLOW_A_SLOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* LITEFLOW_CMD_SLOT_INSTALL - do */
const struct nla_policy liteflow_slot_install_nl_policy[LITEFLOW_A_SLOT_ACTIVATE + 1] = {
	[LITEFLOW_A_SLOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_A_SLOT_SNAPSHOT] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_A_SLOT_HASH] = { .type = NLA_BINARY, },
	[LITEFLOW_A_SLOT_ACTIVATE] = { .type = NLA_FLAG, },
};

/* LITEFLOW_CMD_SLOT_ACTIVATE - do */
const struct nla_policy liteflow_slot_activate_nl_policy[LITEFLOW_A_SLOT_NAME + 1] = {
	[LITEFLOW_A_SLOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* LITEFLOW_CMD_SLOT_ROLLBACK - do */
const struct nla_policy liteflow_slot_rollback_nl_policy[LITEFLOW_A_SLOT_NAME + 1] = {
	[LITEFLOW_A_SLOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* LITEFLOW_CMD_ATTACH_GET - do */
const struct nla_policy liteflow_attach_get_nl_policy[LITEFLOW_A_ATTACH_ID + 1] = {
	[LITEFLOW_A_ATTACH_ID] = { .type = NLA_U32, },
};

/* LITEFLOW_CMD_ATTACH_SET - do */
const struct nla_policy liteflow_attach_set_nl_policy[LITEFLOW_A_ATTACH_SLOT + 1] = {
	[LITEFLOW_A_ATTACH_KIND] = NLA_POLICY_MAX(NLA_U8, 3),
	[LITEFLOW_A_ATTACH_SLOT] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* LITEFLOW_CMD_SLOT_SPLIT - do */
const struct nla_policy liteflow_slot_split_nl_policy[LITEFLOW_A_SLOT_SEED + 1] = {
	[LITEFLOW_A_SLOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_A_SLOT_ARM] = NLA_POLICY_NESTED(liteflow_arm_nl_policy),
	[LITEFLOW_A_SLOT_SEED] = { .type = NLA_U64, },
};

/* LITEFLOW_CMD_FLOW_GET - do */
const struct nla_policy liteflow_flow_get_nl_policy[LITEFLOW_A_FLOW_ID + 1] = {
	[LITEFLOW_A_FLOW_ATTACH] = { .type = NLA_U32, },
	[LITEFLOW_A_FLOW_ID] = { .type = NLA_U64, },
};

/* LITEFLOW_CMD_SNAPSHOT_READ - do */
const struct nla_policy liteflow_snapshot_read_nl_policy[LITEFLOW_A_SNAPSHOT_OFFSET + 1] = {
	[LITEFLOW_A_SNAPSHOT_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[LITEFLOW_A_SNAPSHOT_HASH] = { .type = NLA_BINARY, },
	[LITEFLOW_A_SNAPSHOT_OFFSET] = { .type = NLA_U32, },
};

/* Ops table for liteflow */
const struct genl_ops liteflow_nl_ops[17] = {
	{
		.cmd		= LITEFLOW_CMD_VERSION_GET,
		.doit		= liteflow_nl_version_get_doit,
		.policy		= liteflow_version_get_nl_policy,
		.maxattr	= LITEFLOW_A_VERSION_PROTOCOL,
	},
	{
		.cmd		= LITEFLOW_CMD_FEATURE_GET,
		.doit		= liteflow_nl_feature_get_doit,
		.dumpit		= liteflow_nl_feature_get_dumpit,
		.policy		= liteflow_feature_get_nl_policy,
		.maxattr	= LITEFLOW_A_FEATURE_NAME,
	},
	{
		.cmd		= LITEFLOW_CMD_SNAPSHOT_LOAD,
		.doit		= liteflow_nl_snapshot_load_doit,
		.policy		= liteflow_snapshot_load_nl_policy,
		.maxattr	= LITEFLOW_A_SNAPSHOT_DATA,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SNAPSHOT_GET,
		.doit		= liteflow_nl_snapshot_get_doit,
		.dumpit		= liteflow_nl_snapshot_get_dumpit,
		.policy		= liteflow_snapshot_get_nl_policy,
		.maxattr	= LITEFLOW_A_SNAPSHOT_HASH,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SNAPSHOT_DEL,
		.doit		= liteflow_nl_snapshot_del_doit,
		.policy		= liteflow_snapshot_del_nl_policy,
		.maxattr	= LITEFLOW_A_SNAPSHOT_HASH,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SLOT_NEW,
		.doit		= liteflow_nl_slot_new_doit,
		.policy		= liteflow_slot_new_nl_policy,
		.maxattr	= LITEFLOW_A_SLOT_HISTORY,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SLOT_SET,
		.doit		= liteflow_nl_slot_set_doit,
		.policy		= liteflow_slot_set_nl_policy,
		.maxattr	= LITEFLOW_A_SLOT_HISTORY,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SLOT_DEL,
		.doit		= liteflow_nl_slot_del_doit,
		.policy		= liteflow_slot_del_nl_policy,
		.maxattr	= LITEFLOW_A_SLOT_FORCE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SLOT_GET,
		.doit		= liteflow_nl_slot_get_doit,
		.dumpit		= liteflow_nl_slot_get_dumpit,
		.policy		= liteflow_slot_get_nl_policy,
		.maxattr	= LITEFLOW_A_SLOT_NAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SLOT_INSTALL,
		.doit		= liteflow_nl_slot_install_doit,
		.policy		= liteflow_slot_install_nl_policy,
		.maxattr	= LITEFLOW_A_SLOT_ACTIVATE,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SLOT_ACTIVATE,
		.doit		= liteflow_nl_slot_activate_doit,
		.policy		= liteflow_slot_activate_nl_policy,
		.maxattr	= LITEFLOW_A_SLOT_NAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SLOT_ROLLBACK,
		.doit		= liteflow_nl_slot_rollback_doit,
		.policy		= liteflow_slot_rollback_nl_policy,
		.maxattr	= LITEFLOW_A_SLOT_NAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_ATTACH_GET,
		.doit		= liteflow_nl_attach_get_doit,
		.dumpit		= liteflow_nl_attach_get_dumpit,
		.policy		= liteflow_attach_get_nl_policy,
		.maxattr	= LITEFLOW_A_ATTACH_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_ATTACH_SET,
		.doit		= liteflow_nl_attach_set_doit,
		.policy		= liteflow_attach_set_nl_policy,
		.maxattr	= LITEFLOW_A_ATTACH_SLOT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SLOT_SPLIT,
		.doit		= liteflow_nl_slot_split_doit,
		.policy		= liteflow_slot_split_nl_policy,
		.maxattr	= LITEFLOW_A_SLOT_SEED,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_FLOW_GET,
		.doit		= liteflow_nl_flow_get_doit,
		.dumpit		= liteflow_nl_flow_get_dumpit,
		.policy		= liteflow_flow_get_nl_policy,
		.maxattr	= LITEFLOW_A_FLOW_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= LITEFLOW_CMD_SNAPSHOT_READ,
		.doit		= liteflow_nl_snapshot_read_doit,
		.policy		= liteflow_snapshot_read_nl_policy,
		.maxattr	= LITEFLOW_A_SNAPSHOT_OFFSET,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};

static const struct genl_multicast_group liteflow_nl_mcgrps[] = {
	[LITEFLOW_NLGRP_SAMPLES] = { "samples", },
	[LITEFLOW_NLGRP_EVENTS] = { "events", },
};
