/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	spec/liteflow.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_LITEFLOW_GEN_H
#define _LINUX_LITEFLOW_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/liteflow.h>

/* Common nested types */
extern const struct nla_policy liteflow_arm_nl_policy[LITEFLOW_A_ARM_GUARD + 1];
extern const struct nla_policy liteflow_guard_nl_policy[LITEFLOW_A_GUARD_GENERATION + 1];
extern const struct nla_policy liteflow_param_nl_policy[LITEFLOW_A_PARAM_PAD + 1];

extern const struct nla_policy liteflow_version_get_nl_policy[LITEFLOW_A_VERSION_PROTOCOL + 1];

extern const struct nla_policy liteflow_feature_get_nl_policy[LITEFLOW_A_FEATURE_NAME + 1];

extern const struct nla_policy liteflow_snapshot_load_nl_policy[LITEFLOW_A_SNAPSHOT_DATA + 1];

extern const struct nla_policy liteflow_snapshot_get_nl_policy[LITEFLOW_A_SNAPSHOT_HASH + 1];

extern const struct nla_policy liteflow_snapshot_del_nl_policy[LITEFLOW_A_SNAPSHOT_HASH + 1];

extern const struct nla_policy liteflow_slot_new_nl_policy[LITEFLOW_A_SLOT_HISTORY + 1];

extern const struct nla_policy liteflow_slot_set_nl_policy[LITEFLOW_A_SLOT_HISTORY + 1];

extern const struct nla_policy liteflow_slot_del_nl_policy[LITEFLOW_A_SLOT_FORCE + 1];

extern const struct nla_policy liteflow_slot_get_nl_policy[LITEFLOW_A_SLOT_NAME + 1];

extern const struct nla_policy liteflow_slot_install_nl_policy[LITEFLOW_A_SLOT_ACTIVATE + 1];

extern const struct nla_policy liteflow_slot_activate_nl_policy[LITEFLOW_A_SLOT_NAME + 1];

extern const struct nla_policy liteflow_slot_rollback_nl_policy[LITEFLOW_A_SLOT_NAME + 1];

extern const struct nla_policy liteflow_attach_get_nl_policy[LITEFLOW_A_ATTACH_ID + 1];

extern const struct nla_policy liteflow_attach_set_nl_policy[LITEFLOW_A_ATTACH_SLOT + 1];

extern const struct nla_policy liteflow_slot_split_nl_policy[LITEFLOW_A_SLOT_SEED + 1];

extern const struct nla_policy liteflow_flow_get_nl_policy[LITEFLOW_A_FLOW_ID + 1];

extern const struct nla_policy liteflow_snapshot_read_nl_policy[LITEFLOW_A_SNAPSHOT_OFFSET + 1];

/* Ops table for liteflow */
extern const struct genl_ops liteflow_nl_ops[17];

int liteflow_nl_version_get_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_feature_get_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_feature_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int liteflow_nl_snapshot_load_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_snapshot_get_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_snapshot_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb);
int liteflow_nl_snapshot_del_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_slot_new_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_slot_set_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_slot_del_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_slot_get_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_slot_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int liteflow_nl_slot_install_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_slot_activate_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_slot_rollback_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_attach_get_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_attach_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int liteflow_nl_attach_set_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_slot_split_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_nl_flow_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int liteflow_nl_snapshot_read_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	LITEFLOW_NLGRP_SAMPLES,
	LITEFLOW_NLGRP_EVENTS,
};

#endif /* _LINUX_LITEFLOW_GEN_H */
