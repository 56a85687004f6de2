/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of xt_LITEFLOW.ko: the LITEFLOW target and the liteflow match of xtables.
 *
 *	xt_target.c	from verdict to mark, priority, connection mark, drop; its checks
 *	xt_match.c	from verdict to yes or no; its checks
 *	xt_share.c	what all rules share that name the same slot: one attachment, one verdict for each packet
 *	xt_main.c	registration
 */
#ifndef LFX_H
#define LFX_H

#include <linux/netfilter/x_tables.h>
#include <linux/printk.h>
#include <net/liteflow.h>
#include <linux/netfilter/xt_LITEFLOW.h>

struct lfx_rule;

/* A rule that is refused: why, in the kernel log, which is where xtables' users are told to look; -EINVAL. */
#define lfx_refuse(fmt, ...) ({ pr_info_ratelimited(fmt "\n", ##__VA_ARGS__); -EINVAL; })

/* Is a name from user space terminated, of the right characters, and zero behind its end? */
bool lfx_name_ok(const char *name);

/* Sentences for what target and match have in common: the slot's name, the table. */
int lfx_check_common(const char *slot, const char *table);

/**
 * lfx_rule_create - a rule joins those of its slot
 * @net: its namespace
 * @slot: name, checked
 * @cfg: what it wants to know of each verdict
 *
 * The first rule of a slot makes the attachment. Sleeps. Return: the rule, or ERR_PTR() with the sentence said.
 */
struct lfx_rule *lfx_rule_create(struct net *net, const char *slot, const struct lf_view_cfg *cfg);

/* No packet is in it any more. The last rule of a slot takes the attachment along. */
void lfx_rule_destroy(struct lfx_rule *rule);

/* The verdict for a packet, and how the rule sees it (lf_view_look()). */
unsigned int lfx_ask(const struct lfx_rule *rule, const struct sk_buff *skb,
		     const struct nf_hook_state *state, struct lf_verdict *v, u32 *action);

/* Has its map a class, besides words for packets without a verdict? */
bool lfx_maps_classes(const struct lfx_rule *rule);

/* A packet was dropped by its verdict: `lfctl attach list` says how many, for all rules of the slot. */
void lfx_count_drop(const struct lfx_rule *rule);

extern struct xt_target lfx_targets[2];
extern struct xt_match lfx_matches[2];

#endif /* LFX_H */
