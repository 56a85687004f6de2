/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internals of xt_LITEFLOW.ko: the LITEFLOW target and the liteflow match of xtables.
 *
 *	xt_target.c	from verdict to mark, priority, connection mark, drop; checks of rules
 *	xt_match.c	from verdict to yes or no; checks of rules
 *	xt_share.c	shared by all rules of a slot: one attachment, one verdict per packet
 *	xt_tally.c	what these rules count together, for each class
 *	xt_main.c	registration
 */
#ifndef LFX_H
#define LFX_H

#include <linux/netfilter/x_tables.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <net/liteflow_view.h>
#include <linux/netfilter/xt_LITEFLOW.h>

struct lfx_rule;

struct lfx_does {
	char text[48];
};

/*
 * Rejects a rule: logs the reason in the kernel log, where xtables users are told to look; returns
 * -EINVAL.
 */
#define lfx_refuse(fmt, ...) ({ pr_info_ratelimited(fmt "\n", ##__VA_ARGS__); -EINVAL; })

/* Counters shared by all rules of a slot. lfx_mutex is held, except for lfx_tallies_entry(). */
struct lfx_tally;

struct lfx_tallies {
	spinlock_t lock;
	struct list_head list;
	unsigned int n;
};

void lfx_tallies_init(struct lfx_tallies *all);
/* Returns NULL if there is no memory or there are too many: then nothing is counted. */
struct lfx_tally *lfx_tally_get(struct lfx_tallies *all, const char *class_name, const char *does);
void lfx_tally_put(struct lfx_tallies *all, struct lfx_tally *t);
/* For lf_attach_ops.entry(). */
bool lfx_tallies_entry(struct lfx_tallies *all, unsigned int i, struct lf_attach_entry *e);
/* Counts a packet; @t may be NULL. */
void lfx_tally_count(struct lfx_tally *t, const struct sk_buff *skb);

/* Is a name from user space terminated, of valid characters, and padded with zeros? */
bool lfx_name_ok(const char *name);

/* Checks common to target and match, with messages: the slot's name, the table. */
int lfx_check_common(const char *slot, const char *table);

/**
 * lfx_rule_create - add a rule to those of its slot
 * @net: its namespace
 * @slot: name, checked
 * @cfg: which verdicts it acts on; the action of entry i is i
 * @does: what each of its entries does, in a few words
 *
 * The first rule of a slot creates the attachment. Sleeps. Return: the rule, or ERR_PTR() after the
 * message has been logged.
 */
struct lfx_rule *lfx_rule_create(struct net *net, const char *slot, const struct lf_view_cfg *cfg,
				 const struct lfx_does *does);

/* No packet is in it any more. The last rule of a slot also destroys the attachment. */
void lfx_rule_destroy(struct lfx_rule *rule);

/* The verdict for a packet, and what the rule's view makes of it (lf_view_look()). */
unsigned int lfx_ask(const struct lfx_rule *rule, const struct sk_buff *skb,
		     const struct nf_hook_state *state, struct lf_verdict *v, u32 *action);

/* Does its map have a class, besides words for packets without a verdict? */
bool lfx_maps_classes(const struct lfx_rule *rule);

/* Logs the packet; all rules of the slot share one limit. @name: of the class. */
void lfx_log(const struct lfx_rule *rule, const struct sk_buff *skb,
	     const struct nf_hook_state *state,
	     const char *name, const struct lf_verdict *v);

/*
 * Counts a packet dropped by its verdict; `lfctl attach list` shows the sum for all rules of the
 * slot.
 */
void lfx_count_drop(const struct lfx_rule *rule);

extern struct xt_target lfx_targets[2];
extern struct xt_match lfx_matches[2];

#endif /* LFX_H */
