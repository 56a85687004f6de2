/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internals of nf_liteflow.ko. A hook (struct nfl_hook) sits at one place in one namespace and uses
 * one slot. Its rule (struct nfl_rule) says which packets it looks at and what a verdict does to
 * them. Which file does what:
 *
 *	nf_main.c	init and exit of the module
 *	nf_hook.c	the life of hooks: created, changed, removed with their device or namespace
 *	nf_packet.c	packets: from verdict to action
 *	nf_equip.c	what a hook enables in the rest of netfilter
 *	nf_rule.c	netlink attributes to a checked rule and back
 *	nf_netlink.c	the family "liteflow-hook"; nf_gen.[ch] are generated from
 *			spec/liteflow-hook.yaml
 *	nf_seen.h	packets that come to a hook twice
 *	nf_log.h	packets that are logged; likewise
 *	nf_labels.h	connections' labels; likewise
 *	nf_ct.h		what is read from connection tracking; xt_LITEFLOW.ko includes it too
 *	nf_vrf.h	which packets come twice under a VRF; likewise
 *
 * RTNL protects hooks and their lists, as it protects the devices that some of them are attached
 * to. Packets read the rule under RCU.
 */
#ifndef NF_LF_H
#define NF_LF_H

#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <net/genetlink.h>
#include <net/liteflow.h>
#include "nf_gen.h"
#include "nf_labels.h"
#include "nf_seen.h"

#define NFL_HOOKS_MAX	64	/* of one namespace */

enum nfl_do {
	NFL_MARK = BIT(0),
	NFL_PRIORITY = BIT(1),
	NFL_DROP = BIT(2),
	NFL_LABEL = BIT(3),
	NFL_LOG = BIT(4),
};

struct nfl_action {
	char class_name[LQ_NAME_LEN];
	u8 what;		/* enum nfl_do; 0: accept */
	u32 mark;		/* not shifted yet */
	u32 priority;
	u8 label;		/* of the connection */
	u64 packets, bytes;	/* counted by earlier rules */
};

struct nfl_action_counts {
	u64 packets, bytes;
};

/* Never changed in place, except @before. */
struct nfl_rule {
	u32 request_mark, request_mask;
	u32 result_mask;
	u8 result_shift;
	bool ct;
	bool clear;			/* clear the request bits once the hook has looked */
	bool inner;			/* look at the packet in a tunnel's */
	u8 n_map;
	/* entries of the map that are not words for packets without a verdict */
	u8 n_classes;
	bool strict;			/* reject unknown classes when the map is set */
	u8 map_check;			/* enum lf_map_check, for the request that set it */
	struct lf_nf_labels labels;	/* of the whole map */
	/* identifies this rule, in the upper bits of its actions' numbers in the core's map */
	u32 tag;
	/* the core may still return numbers of this one while a change is in progress */
	struct nfl_rule *before;
	struct nfl_action map[LITEFLOW_HOOK_MAP_MAX];
	struct nfl_action_counts __percpu *counts;	/* for each entry */

	/* For the core. */
	u32 flows, every, idle_ms;
	char slot[LITEFLOW_SLOT_NAME_LEN];
};

enum nfl_count { NFL_MARKED, NFL_PRIORITIZED, NFL_ACCEPTED, NFL_DROPPED, NFL_COUNTS };

struct nfl_counts {
	u64 n[NFL_COUNTS];
};

struct nfl_hook {
	struct nfl_rule __rcu *rule;
	struct lf_attach *attach;
	struct nfl_counts __percpu *counts;
	struct nfl_seen __percpu *seen;
	struct ratelimit_state log_limit;

	/* Fixed. */
	struct nf_hook_ops ops;
	struct net *net;
	u32 serial;
	int ifindex;
	u8 family, point;
	char name[LITEFLOW_HOOK_NAME_LEN];

	/* RTNL */
	struct list_head in_net;
	bool registered;
	bool tracked;			/* because its rule needs it: lf_nf_ct_get() */
	bool labelled;			/* likewise: lf_nf_labels_get() */
	bool logging;			/* likewise: lf_nf_log_get() */
};

struct nfl_net {
	struct list_head hooks;		/* by age */
	unsigned int n_hooks;
	u32 changes;
};

/* nf_packet.c: the hook function; @priv is its struct nfl_hook. */
unsigned int liteflow_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/* nf_hook.c */
int nfl_hook_init(void);
void nfl_hook_uninit(void);
struct nfl_net *nfl_net(const struct net *net);
/* All under RTNL; errors come with a message. */
struct nfl_hook *nfl_hook_find(const struct net *net, const char *name);
int nfl_hook_new(struct net *net, const struct genl_info *info);
int nfl_hook_set(struct nfl_hook *h, const struct genl_info *info);
void nfl_hook_del(struct nfl_hook *h);
u64 nfl_hook_count(const struct nfl_hook *h, enum nfl_count which);

/* nf_equip.c; all under RTNL */
/* Enables what @r needs from netfilter and is not enabled yet; errors come with a message. */
int nfl_equip(struct nfl_hook *h, const struct nfl_rule *r, struct netlink_ext_ack *extack);
/* Disables what @r does not need; NULL: everything. */
void nfl_unequip(struct nfl_hook *h, const struct nfl_rule *r);

/* nf_rule.c */
/* A copy of @old, or the defaults, changed by @info; ERR_PTR() with a message. */
struct nfl_rule *nfl_rule_make(const struct nfl_rule *old, const struct genl_info *info);
/* Fills in @cfg for the core; the entries go to @map, with room for LITEFLOW_HOOK_MAP_MAX. */
void nfl_rule_attach(const struct nfl_rule *r, struct lf_attach_cfg *cfg, struct lf_map_entry *map);
/* Carries over @old's counts for classes that @r has too; no packet uses @old any more. */
void nfl_rule_inherit(struct nfl_rule *r, const struct nfl_rule *old);
void nfl_rule_free(struct nfl_rule *r);
/* Does a request have an entry with `log`? It need not be valid yet. */
bool nfl_rule_wants_log(const struct genl_info *info);
/* Bit i of @known: the active snapshot, if any, has the class of entry i. */
int nfl_rule_dump(const struct nfl_rule *r, u64 known, struct sk_buff *msg);
bool nfl_rule_does(const struct nfl_rule *r, enum nfl_do what);
/* Entry @i of the map, for lf_attach_ops.entry(). */
bool nfl_rule_entry(const struct nfl_rule *r, unsigned int i, struct lf_attach_entry *e);

/* The action for a number from the core's map, or NULL if it does not belong to this rule. */
static inline const struct nfl_action *nfl_rule_action(const struct nfl_rule *r, u32 number)
{
	u32 i = number & 0xff;

	return number >> 8 == r->tag && i < r->n_map ? &r->map[i] : NULL;
}

/* nf_netlink.c */
int nfl_netlink_init(void);
void nfl_netlink_uninit(void);

#endif /* NF_LF_H */
