/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by config.c and the files that each handle one kind of option. */
#ifndef LFQ_CONFIG_H
#define LFQ_CONFIG_H

#include <net/netlink.h>
#include "lfq.h"

/* Rejects attribute @a with a message. */
#define lfq_refuse(extack, a, sentence) ({			\
	NL_SET_ERR_MSG_ATTR(extack, a, "liteflow: " sentence);	\
	-EINVAL; })

/* config_map.c */
int lfq_parse_map(struct lfq_config *c, const struct nlattr *map, struct netlink_ext_ack *extack);
int lfq_check_map(const struct lfq_config *c, const struct nlattr *a,
		  struct netlink_ext_ack *extack);
void lfq_default_map(struct lfq_config *c);
int lfq_dump_map(const struct lfq_config *c, struct sk_buff *skb);

/* config_list.c */
int lfq_parse_quanta(struct lfq_config *c, const struct nlattr *quanta,
		     struct netlink_ext_ack *extack);
int lfq_parse_phases(struct lfq_config *c, const struct nlattr *phases,
		     struct netlink_ext_ack *extack);
unsigned int lfq_bands_of(const struct nlattr *thresholds, unsigned int otherwise);
int lfq_parse_thresholds(struct lfq_config *c, const struct nlattr *thresholds,
			 struct netlink_ext_ack *extack);
void lfq_settle_thresholds(struct lfq_config *c);
int lfq_dump_quanta(const struct lfq_config *c, struct sk_buff *skb);
int lfq_dump_phases(const struct lfq_config *c, struct sk_buff *skb);
int lfq_dump_thresholds(const struct lfq_config *c, struct sk_buff *skb);

#endif /* LFQ_CONFIG_H */
