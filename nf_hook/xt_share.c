// SPDX-License-Identifier: GPL-2.0
/*
 * What rules share.
 *
 * A flow table takes megabytes, and a rule set may have hundreds of rules. Also, a flow's
 * statistics must count each of its packets once, however many rules ask about it; otherwise the
 * model would see other numbers than those it was trained on. So all rules of a network namespace
 * that name the same slot share one attachment, with one flow table and one verdict per packet:
 * targets and matches, IPv4 and IPv6, of all tables and both kinds of iptables. Each rule has only
 * its own view (class map, bounds) of it.
 *
 * The attachment is created with the first rule and destroyed with the last. Replacing a table,
 * which iptables does at every change, checks all new rules before it destroys the old ones: the
 * flows stay.
 *
 * One packet, several rules
 * -------------------------
 *
 * For the first rule that asks about a packet, the flow counts it and the model runs; later rules,
 * in the same chain or at a later hook, get the same verdict. A packet has no room to store it. So
 * each CPU keeps the last LFX_RECENT packets that it was asked about, by address, with what
 * distinguishes one packet from the next at the same address:
 *
 *	- content that neither NAT nor forwarding changes: length, IP id or flow label, and for TCP
 *	  the sequence numbers, else the first bytes after a UDP header;
 *	- which rules have asked. A rule that asks again is asking about another packet: a packet
 *	  reaches it once on its way through the tables;
 *	- the time: an entry is valid for LFX_FRESH jiffies.
 *
 * Known errors, by design: a packet that is queued in between (NFQUEUE), that changes CPU between
 * two rules, or that reaches the same rule twice (a user-defined chain that is called twice) counts
 * again. And of packets with the same content at the same address within that time, one is missed
 * if it skips the rules that its predecessor reached first. If a slot has one rule, none of this is
 * done, except for packets that pass prerouting twice (nf_vrf.h).
 */
#define pr_fmt(fmt) "xt_LITEFLOW: " fmt

#include "xt.h"

#include <linux/bitops.h>
#include <linux/hashtable.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/stringhash.h>
#include <lq/name.h>
#include "../kmod/own.h"
#include "nf_ct.h"
#include "nf_log.h"
#include "nf_vrf.h"

#define LFX_RECENT	16	/* packets: twice what the receive path passes on at once */
/* jiffies: allows for the CPU being taken away on the way through the tables */
#define LFX_FRESH	(HZ / 10)

static unsigned int flows = LF_FLOWS_DEFAULT;
module_param(flows, uint, 0644);
MODULE_PARM_DESC(flows, "room in the flow table that the rules of a slot share, for slots that "
		 "get their first rule");

struct lfx_seen {
	u64 content;
	u64 asked;			/* bits of rules */
	const struct lfx_rule *first;	/* first rule that asked; only compared, may be gone */
	unsigned long when;		/* jiffies */
	struct lf_verdict v;
};

struct lfx_recent {
	struct lf_own own;
	const struct sk_buff *skb[LFX_RECENT];
	unsigned int next;		/* entry to replace next */
	struct lfx_seen seen[LFX_RECENT];
};

struct lfx_share {
	/* Read by every packet. */
	struct lf_attach *attach;
	struct lfx_recent __percpu *recent;
	u64 __percpu *dropped;
	unsigned int rules;
	struct ratelimit_state log_limit;

	/* lfx_mutex */
	u64 bits;			/* in use by rules */
	struct lfx_tallies tallies;
	struct hlist_node node;
	struct net *net;
	char slot[XT_LITEFLOW_NAME_LEN];
};

struct lfx_rule {
	struct lfx_share *share;
	struct lf_view *view;
	u64 bit;			/* its own in lfx_seen.asked; 0: none was left */
	bool maps_classes;
	unsigned int n_tallies;
	struct lfx_tally *tally[];	/* for each entry of its map */
};

/* Taken outside lf_mutex, which creating and destroying attachments takes. */
static DEFINE_MUTEX(lfx_mutex);
static DEFINE_HASHTABLE(lfx_shares, 6);

/* --- packets --- */

/* What stays the same while a packet travels, but differs in the next packet of its flow. */
static u64 content_of(const struct sk_buff *skb)
{
	u8 buf[12];		/* up to the protocol field of either version */
	int off = skb_network_offset(skb);
	u64 content = skb->len, behind = 0, buf8;
	const u8 *ip, *p;
	u32 word;
	u8 proto;

	ip = skb_header_pointer(skb, off, sizeof(buf), buf);
	if (!ip)
		return content;
	if (*ip >> 4 == 4) {
		memcpy(&word, ip + 4, sizeof(word));	/* id, fragment offset */
		proto = ip[9];
		off += (*ip & 0xf) * 4;
	} else {
		memcpy(&word, ip, sizeof(word));
		word &= (__force u32)htonl(0xfffff);	/* flow label */
		proto = ip[6];
		off += sizeof(struct ipv6hdr);
	}
	p = skb_header_pointer(skb, off + (proto == IPPROTO_TCP ? 4 : 8), sizeof(buf8), &buf8);
	if (p)
		memcpy(&behind, p, sizeof(behind));
	return (content | (u64)word << 32) ^ rol64(behind, 17);
}

/* @again: the packet passes this rule a second time. */
static bool is_same(const struct lfx_seen *seen, const struct lfx_rule *rule, u64 content,
		    bool again)
{
	return seen->content == content &&
	       (again || (!(seen->asked & rule->bit) && seen->first != rule)) &&
	       time_before(jiffies, seen->when + LFX_FRESH);
}

/* The packet's entry, or the one to replace. */
static unsigned int find(struct lfx_recent *r, const struct sk_buff *skb)
{
	unsigned int i;

	for (i = 0; i < LFX_RECENT; i++)
		if (r->skb[i] == skb)
			return i;
	i = r->next;
	r->next = (i + 1) % LFX_RECENT;
	r->skb[i] = skb;
	r->seen[i].first = NULL;
	return i;
}

static void share_infer(const struct lfx_share *share, const struct sk_buff *skb,
			struct lf_verdict *v)
{
	struct lf_ct ct;

	lf_infer_skb_ct(share->attach, skb, lf_nf_ct(skb, &ct), v);
}

/* We own the CPU's recent packets. */
static void verdict_recent(const struct lfx_rule *rule, const struct sk_buff *skb, bool again,
			   struct lf_verdict *v)
{
	u64 content = content_of(skb);
	struct lfx_seen *seen;
	struct lfx_recent *r;

	r = this_cpu_ptr(rule->share->recent);
	seen = &r->seen[find(r, skb)];
	if (seen->first && is_same(seen, rule, content, again)) {
		seen->asked |= rule->bit;
		*v = seen->v;
	} else {
		share_infer(rule->share, skb, v);
		*seen = (struct lfx_seen){
			.content = content,
			.asked = rule->bit,
			.first = rule,
			.when = jiffies,
			.v = *v,
		};
	}
}

static void verdict_shared(const struct lfx_rule *rule, const struct sk_buff *skb, bool again,
			   struct lf_verdict *v)
{
	struct lfx_recent __percpu *recent = rule->share->recent;

	local_bh_disable();
	if (lf_own_take(&recent->own)) {
		verdict_recent(rule, skb, again, v);
		lf_own_release(&recent->own);
	} else {
		share_infer(rule->share, skb, v);
	}
	local_bh_enable();
}

unsigned int lfx_ask(const struct lfx_rule *rule, const struct sk_buff *skb,
		     const struct nf_hook_state *state, struct lf_verdict *v, u32 *action)
{
	bool again = lf_vrf_again(skb, state);
	unsigned int sight;

	*action = LF_ACTION_NONE;
	if (lf_vrf_will_return(skb, state))
		return 0;
	if (READ_ONCE(rule->share->rules) == 1 && !again && !lf_vrf_first(state))
		share_infer(rule->share, skb, v);
	else
		verdict_shared(rule, skb, again, v);
	sight = lf_view_look(rule->view, v, action);
	if (*action < rule->n_tallies)
		lfx_tally_count(rule->tally[*action], skb);
	return sight;
}

void lfx_log(const struct lfx_rule *rule, const struct sk_buff *skb,
	     const struct nf_hook_state *state,
	     const char *name, const struct lf_verdict *v)
{
	lf_nf_log(&rule->share->log_limit, state, skb, rule->share->slot, name, v);
}

bool lfx_maps_classes(const struct lfx_rule *rule)
{
	return rule->maps_classes;
}

void lfx_count_drop(const struct lfx_rule *rule)
{
	this_cpu_inc(*rule->share->dropped);
}

/* --- rules --- */

static u64 dropped(const struct lfx_share *share)
{
	u64 n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(*per_cpu_ptr(share->dropped, cpu));
	return n;
}

static void share_describe(void *priv, struct lf_attach_desc *desc)
{
	const struct lfx_share *share = priv;
	unsigned int rules = READ_ONCE(share->rules);

	desc->dropped = dropped(share);
	snprintf(desc->label, sizeof(desc->label), "%u rule%s", rules, rules == 1 ? "" : "s");
}

static bool share_offloaded(void *priv, const struct lf_ct *ct)
{
	const struct lfx_share *share = priv;

	return lf_nf_ct_offloaded(share->net, ct);
}

static bool share_entry(void *priv, unsigned int i, struct lf_attach_entry *e)
{
	struct lfx_share *share = priv;

	return lfx_tallies_entry(&share->tallies, i, e);
}

static const struct lf_attach_ops attach_ops = {
	.kind		= LITEFLOW_ATTACH_KIND_XT,
	.describe	= share_describe,
	.offloaded	= share_offloaded,
	.entry		= share_entry,
};

/* Logs an error or a warning; the message comes from the core, except for lack of memory. */
static void say(const struct netlink_ext_ack *extack, int rc)
{
	if (extack->_msg)
		pr_info_ratelimited("%s%s\n", rc ? "" : "warning: ", extack->_msg);
}

static u32 hash_of(const struct net *net, const char *slot)
{
	return full_name_hash(net, slot, strlen(slot));
}

static struct lfx_share *share_find(const struct net *net, const char *slot)
{
	struct lfx_share *share;

	hash_for_each_possible(lfx_shares, share, node, hash_of(net, slot))
		if (share->net == net && !strcmp(share->slot, slot))
			return share;
	return NULL;
}

static void share_free(struct lfx_share *share)
{
	free_percpu(share->dropped);
	free_percpu(share->recent);
	kfree(share);
}

static struct lfx_share *share_create(struct net *net, const char *slot,
				      struct netlink_ext_ack *extack)
{
	struct lf_attach_cfg cfg = { .slot = slot, .flows = READ_ONCE(flows) };
	struct lfx_share *share = kzalloc(sizeof(*share), GFP_KERNEL_ACCOUNT);
	int rc = -ENOMEM;

	if (!share)
		return ERR_PTR(-ENOMEM);
	share->net = net;
	share->rules = 1;
	lfx_tallies_init(&share->tallies);
	lf_nf_log_init(&share->log_limit);
	strscpy(share->slot, slot, sizeof(share->slot));
	share->recent = alloc_percpu_gfp(struct lfx_recent, GFP_KERNEL_ACCOUNT);
	share->dropped = alloc_percpu_gfp(u64, GFP_KERNEL_ACCOUNT);
	if (!share->recent || !share->dropped)
		goto free_share;
	lf_own_init(&share->recent->own);
	share->attach = lf_attach_create(net, &attach_ops, share, &cfg, extack);
	rc = PTR_ERR_OR_ZERO(share->attach);
	if (rc)
		goto free_share;
	hash_add(lfx_shares, &share->node, hash_of(net, slot));
	return share;

free_share:
	share_free(share);
	return ERR_PTR(rc);
}

static struct lfx_share *share_get(struct net *net, const char *slot,
				   struct netlink_ext_ack *extack)
{
	struct lfx_share *share = share_find(net, slot);

	lockdep_assert_held(&lfx_mutex);
	if (!share)
		return share_create(net, slot, extack);
	WRITE_ONCE(share->rules, share->rules + 1);
	return share;
}

static void share_put(struct lfx_share *share)
{
	lockdep_assert_held(&lfx_mutex);
	WRITE_ONCE(share->rules, share->rules - 1);
	if (share->rules)
		return;
	hash_del(&share->node);
	lf_attach_destroy(share->attach);
	share_free(share);
}

static u64 bit_take(struct lfx_share *share)
{
	u64 bit = ~share->bits & (share->bits + 1);

	share->bits |= bit;
	return bit;
}

static bool names_class(const struct lf_view_cfg *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->n_map; i++)
		if (!lf_map_is_reason(cfg->map[i].class_name))
			return true;
	return false;
}

static int rule_init(struct lfx_rule *rule, struct net *net, const char *slot,
		     const struct lf_view_cfg *cfg, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&lfx_mutex);
	rule->share = share_get(net, slot, extack);
	if (IS_ERR(rule->share))
		return PTR_ERR(rule->share);
	rule->view = lf_view_create(rule->share->attach, cfg, extack);
	if (IS_ERR(rule->view)) {
		share_put(rule->share);
		return PTR_ERR(rule->view);
	}
	rule->bit = bit_take(rule->share);
	rule->maps_classes = names_class(cfg);
	return 0;
}

static void tallies_get(struct lfx_rule *rule, const struct lf_view_cfg *cfg,
			const struct lfx_does *does)
{
	unsigned int i;

	lockdep_assert_held(&lfx_mutex);
	rule->n_tallies = cfg->n_map;
	for (i = 0; i < cfg->n_map; i++)
		rule->tally[i] = lfx_tally_get(&rule->share->tallies, cfg->map[i].class_name,
					       does[i].text);
}

static void tallies_put(struct lfx_rule *rule)
{
	unsigned int i;

	lockdep_assert_held(&lfx_mutex);
	for (i = 0; i < rule->n_tallies; i++)
		lfx_tally_put(&rule->share->tallies, rule->tally[i]);
}

struct lfx_rule *lfx_rule_create(struct net *net, const char *slot, const struct lf_view_cfg *cfg,
				 const struct lfx_does *does)
{
	struct lfx_rule *rule = kzalloc(struct_size(rule, tally, cfg->n_map), GFP_KERNEL_ACCOUNT);
	struct netlink_ext_ack extack = {};
	int rc;

	if (!rule)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&lfx_mutex);
	rc = rule_init(rule, net, slot, cfg, &extack);
	if (!rc)
		tallies_get(rule, cfg, does);
	mutex_unlock(&lfx_mutex);
	say(&extack, rc);
	if (!rc)
		return rule;
	kfree(rule);
	return ERR_PTR(rc);
}

void lfx_rule_destroy(struct lfx_rule *rule)
{
	mutex_lock(&lfx_mutex);
	tallies_put(rule);
	lf_view_destroy(rule->view);
	rule->share->bits &= ~rule->bit;
	share_put(rule->share);
	mutex_unlock(&lfx_mutex);
	kfree(rule);
}

/* --- checks --- */

bool lfx_name_ok(const char *name)
{
	size_t n = strnlen(name, XT_LITEFLOW_NAME_LEN);

	return lq_name_ok_n(name, n) && !memchr_inv(name + n, 0, XT_LITEFLOW_NAME_LEN - n);
}

int lfx_check_common(const char *slot, const char *table)
{
	if (!lfx_name_ok(slot))
		return lfx_refuse("the slot's name is " LQ_NAME_RULE);
	if (!strcmp(table, "nat"))
		return lfx_refuse("the nat table sees only the first packet of a connection: use "
				  "the mangle table");
	return 0;
}
