/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	spec/liteflow-hook.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_LITEFLOW_HOOK_GEN_H
#define _LINUX_LITEFLOW_HOOK_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/liteflow_hook.h>

/* Common nested types */
extern const struct nla_policy liteflow_hook_map_nl_policy[LITEFLOW_HOOK_A_MAP_UNKNOWN + 1];

extern const struct nla_policy liteflow_hook_new_nl_policy[LITEFLOW_HOOK_A_HOOK_INNER + 1];

extern const struct nla_policy liteflow_hook_set_nl_policy[LITEFLOW_HOOK_A_HOOK_INNER + 1];

extern const struct nla_policy liteflow_hook_del_nl_policy[LITEFLOW_HOOK_A_HOOK_NAME + 1];

extern const struct nla_policy liteflow_hook_get_nl_policy[LITEFLOW_HOOK_A_HOOK_NAME + 1];

/* Ops table for liteflow_hook */
extern const struct genl_ops liteflow_hook_nl_ops[4];

int liteflow_hook_nl_new_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_hook_nl_set_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_hook_nl_del_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_hook_nl_get_doit(struct sk_buff *skb, struct genl_info *info);
int liteflow_hook_nl_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);

#endif /* _LINUX_LITEFLOW_HOOK_GEN_H */
