// SPDX-License-Identifier: GPL-2.0
/*
 * -j LITEFLOW: acts on the verdict for a packet. A packet without a verdict, or of a class that
 * --map leaves out, passes as if the rule were not there, unless the rule has a word for it: none,
 * full, ...
 */
#define pr_fmt(fmt) "xt_LITEFLOW: " fmt

#include "xt.h"

#include <linux/module.h>
#include <linux/slab.h>
#include "nf_ct.h"
#include "nf_labels.h"
#include "nf_log.h"

static_assert(XT_LITEFLOW_NAME_LEN == LQ_NAME_LEN &&
	      XT_LITEFLOW_NAME_LEN == LITEFLOW_SLOT_NAME_LEN);
static_assert(XT_LITEFLOW_ENTRIES_MAX <= LF_MAP_MAX && XT_LITEFLOW_CLASSES_MAX <= LF_MAP_MAX);

#define OF_MARKS	(XT_LITEFLOW_SET_MARK | XT_LITEFLOW_SAVE_CT)
#define OF_CT		(XT_LITEFLOW_SAVE_CT | XT_LITEFLOW_SET_LABEL)
#define SETS		(OF_MARKS | XT_LITEFLOW_SET_PRIORITY | XT_LITEFLOW_SET_LABEL)
/* The same hooks as for CLASSIFY. */
#define OF_PRIORITY	(1 << NF_INET_FORWARD | 1 << NF_INET_LOCAL_OUT | 1 << NF_INET_POST_ROUTING)

/* The kernel's data of a rule. */
struct lfx_target {
	struct lfx_rule *rule;
	struct lf_nf_labels labels;	/* of the whole map */
};

/* --- packets --- */

static u32 merge(u32 mark, const struct xt_liteflow_tginfo *info, u32 value)
{
	return (mark & ~info->mask) | value << info->shift;
}

static bool fits(const struct xt_liteflow_tginfo *info, u32 value)
{
	return !((u64)value << info->shift & ~(u64)info->mask);
}

/*
 * Without a map, as in nf_packet.c, classes count from 1, since 0 means a packet without a verdict;
 * or the value itself.
 */
static u32 natural(const struct lf_verdict *v)
{
	if (v->meaning == LITEFLOW_MEANING_CLASS)
		return v->class + 1;
	return clamp_t(s64, v->units, 0, U32_MAX);
}

static void target_apply(struct sk_buff *skb, const struct xt_liteflow_tginfo *info, u32 value)
{
	if (info->what & XT_LITEFLOW_SET_PRIORITY)
		skb->priority = value;
	if (!fits(info, value))
		return;
	if (info->what & XT_LITEFLOW_SET_MARK)
		skb->mark = merge(skb->mark, info, value);
	if (info->what & XT_LITEFLOW_SAVE_CT)
		lf_nf_ct_set_mark(skb, value << info->shift, info->mask);
}

static void apply_entry(struct sk_buff *skb, const struct xt_liteflow_tginfo *info, u32 value)
{
	if (info->what & XT_LITEFLOW_SET_LABEL)
		lf_nf_set_label(skb, &info->kernel->labels, value);
	target_apply(skb, info, value);
}

static unsigned int target_packet(struct sk_buff *skb, const struct xt_action_param *par)
{
	const struct xt_liteflow_tginfo *info = par->targinfo;
	const struct lfx_rule *rule = info->kernel->rule;
	unsigned int sight;
	struct lf_verdict v;
	u32 entry;

	sight = lfx_ask(rule, skb, par->state, &v, &entry);
	if (entry == LF_ACTION_NONE) {
		if (sight && (!info->n_map || !lfx_maps_classes(rule)))
			target_apply(skb, info, natural(&v));
		return XT_CONTINUE;
	}
	if (info->what & XT_LITEFLOW_LOG)
		lfx_log(rule, skb, par->state, info->entry[entry].class_name, &v);
	if (entry >= info->n_map) {
		lfx_count_drop(rule);
		return NF_DROP;
	}
	apply_entry(skb, info, info->entry[entry].value);
	return XT_CONTINUE;
}

/* --- rules --- */

/* @hooks: those that reach the rule; 0 if nft_compat does not know. */
static int check_marks(const struct xt_liteflow_tginfo *info, const char *table, unsigned int hooks)
{
	if (info->what & ~XT_LITEFLOW_DO_ALL)
		return lfx_refuse("the iptables extension is newer than this module: install the "
				  "same version of both");
	if (!(info->what & SETS) && !info->n_drop)
		return lfx_refuse("nothing to do: give --set-mark, --set-priority, --save-ct, "
				  "--set-label or --drop-class");
	if (!(info->what & SETS) && info->n_map)
		return lfx_refuse("--map has values but nothing to set: give --set-mark, "
				  "--set-priority, --save-ct or --set-label");
	if (info->what & XT_LITEFLOW_SET_LABEL && !info->n_map)
		return lfx_refuse("--set-label needs --map, which has the label numbers");
	if (info->what & (XT_LITEFLOW_LOG | XT_LITEFLOW_STRICT) && !info->n_map && !info->n_drop)
		return lfx_refuse("--log and --strict need --map or --drop-class");
	if (info->shift > 31)
		return lfx_refuse("--shift is 0 to 31, not %u", info->shift);
	if (!(info->what & OF_MARKS) && (info->shift || info->mask != U32_MAX))
		return lfx_refuse("--mask and --shift need --set-mark or --save-ct");
	if (!(info->mask >> info->shift))
		return lfx_refuse("--mask 0x%x has no bit at or above bit %u, where --shift begins",
				  info->mask, info->shift);
	if (info->what & XT_LITEFLOW_SET_PRIORITY && hooks & ~OF_PRIORITY)
		return lfx_refuse("--set-priority: IPv4 forwarding overwrites a priority set in "
				  "PREROUTING or INPUT: use FORWARD, OUTPUT or POSTROUTING");
	if (info->what & OF_CT && !strcmp(table, "raw"))
		return lfx_refuse("--save-ct, --set-label: the raw table precedes connection "
				  "tracking: use the mangle table");
	return 0;
}

static int check_entries(const struct xt_liteflow_tginfo *info)
{
	unsigned int n = info->n_map + info->n_drop, i;

	if (n > XT_LITEFLOW_ENTRIES_MAX)
		return lfx_refuse("--map and --drop-class have at most %d classes, not %u",
				  XT_LITEFLOW_ENTRIES_MAX, n);
	for (i = 0; i < n; i++) {
		if (!lfx_name_ok(info->entry[i].class_name))
			return lfx_refuse("class %u: a name is " LQ_NAME_RULE, i + 1);
		if (i < info->n_map && info->what & OF_MARKS && !fits(info, info->entry[i].value))
			return lfx_refuse("value %u of class %s does not fit --mask 0x%x --shift "
					  "%u",
					  info->entry[i].value, info->entry[i].class_name,
					  info->mask, info->shift);
		if (i < info->n_map && info->what & XT_LITEFLOW_SET_LABEL &&
		    info->entry[i].value > XT_LITEFLOW_LABEL_MAX)
			return lfx_refuse("value %u of class %s is not a label: labels are 0 to %d",
					  info->entry[i].value, info->entry[i].class_name,
					  XT_LITEFLOW_LABEL_MAX);
		if (i >= info->n_map && info->entry[i].value)
			return lfx_refuse("class %s has a value but is to be dropped",
					  info->entry[i].class_name);
	}
	if (memchr_inv(&info->entry[n], 0, (XT_LITEFLOW_ENTRIES_MAX - n) * sizeof(info->entry[0])))
		return lfx_refuse("unused entries must be zero");
	return 0;
}

static void say_entry(const struct xt_liteflow_tginfo *info, unsigned int i, struct lfx_does *does)
{
	u32 value = info->entry[i].value;

	if (i >= info->n_map)
		strscpy(does->text, "target drop", sizeof(does->text));
	else if (info->what & XT_LITEFLOW_SET_PRIORITY && value >> 16)
		snprintf(does->text, sizeof(does->text), "target %x:%x", value >> 16,
			 value & 0xffff);
	else
		snprintf(does->text, sizeof(does->text), "target %u", value);
}

static struct lfx_rule *rule_create(struct net *net, const struct xt_liteflow_tginfo *info)
{
	struct lf_view_cfg cfg = {
		.n_map = info->n_map + info->n_drop,
		.map_check = info->what & XT_LITEFLOW_STRICT ? LF_MAP_STRICT : LF_MAP_WARN,
	};
	struct lfx_rule *rule = ERR_PTR(-ENOMEM);
	struct lf_map_entry *map;
	struct lfx_does *does;
	unsigned int i;

	/* One more, so that an empty map is a valid pointer too. */
	map = kcalloc(cfg.n_map + 1, sizeof(*map), GFP_KERNEL_ACCOUNT);
	does = kcalloc(cfg.n_map + 1, sizeof(*does), GFP_KERNEL_ACCOUNT);
	if (!map || !does)
		goto free;
	for (i = 0; i < cfg.n_map; i++) {
		strscpy(map[i].class_name, info->entry[i].class_name, sizeof(map[i].class_name));
		map[i].action = i;
		say_entry(info, i, &does[i]);
	}
	cfg.map = map;
	rule = lfx_rule_create(net, info->slot, &cfg, does);
free:
	kfree(does);
	kfree(map);
	return rule;
}

/* Enables what the rule needs from the rest of netfilter, all or nothing. */
static int equip(const struct xt_tgchk_param *par, u8 what)
{
	int rc = 0;

	if (what & OF_CT)
		rc = lf_nf_ct_get(par->net, par->family);
	if (rc)
		return rc;
	if (what & XT_LITEFLOW_SET_LABEL)
		rc = lf_nf_labels_get(par->net);
	if (rc)
		goto put_ct;
	if (what & XT_LITEFLOW_LOG)
		rc = lf_nf_log_get(par->family, !par->nft_compat);
	if (!rc)
		return 0;
	if (what & XT_LITEFLOW_SET_LABEL)
		lf_nf_labels_put(par->net);
put_ct:
	if (what & OF_CT)
		lf_nf_ct_put(par->net, par->family);
	return rc;
}

static void unequip(struct net *net, u8 family, u8 what)
{
	if (what & XT_LITEFLOW_LOG)
		lf_nf_log_put(family);
	if (what & XT_LITEFLOW_SET_LABEL)
		lf_nf_labels_put(net);
	if (what & OF_CT)
		lf_nf_ct_put(net, family);
}

static struct lfx_target *kernel_create(struct net *net, const struct xt_liteflow_tginfo *info)
{
	struct lfx_target *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	unsigned int i;
	int rc;

	if (!t)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < info->n_map && info->what & XT_LITEFLOW_SET_LABEL; i++)
		__set_bit(info->entry[i].value, t->labels.bits);
	t->rule = rule_create(net, info);
	rc = PTR_ERR_OR_ZERO(t->rule);
	if (!rc)
		return t;
	kfree(t);
	return ERR_PTR(rc);
}

static int target_check(const struct xt_tgchk_param *par)
{
	struct xt_liteflow_tginfo *info = par->targinfo;
	int rc;

	rc = lfx_check_common(info->slot, par->table) ?:
	     check_marks(info, par->table, par->hook_mask) ?:
	     check_entries(info) ?:
	     equip(par, info->what);
	if (rc)
		return rc;
	info->kernel = kernel_create(par->net, info);
	rc = PTR_ERR_OR_ZERO(info->kernel);
	if (rc)
		unequip(par->net, par->family, info->what);
	return rc;
}

static void target_destroy(const struct xt_tgdtor_param *par)
{
	const struct xt_liteflow_tginfo *info = par->targinfo;

	lfx_rule_destroy(info->kernel->rule);
	kfree(info->kernel);
	unequip(par->net, par->family, info->what);
}

#define LFX_TARGET(nfproto) {							\
	.name		= "LITEFLOW",						\
	.revision	= 0,							\
	.family		= nfproto,						\
	.target		= target_packet,						\
	.targetsize	= sizeof(struct xt_liteflow_tginfo),			\
	.usersize	= offsetof(struct xt_liteflow_tginfo, kernel),		\
	.checkentry	= target_check,						\
	.destroy	= target_destroy,						\
	.me		= THIS_MODULE,						\
}

struct xt_target lfx_targets[2] = { LFX_TARGET(NFPROTO_IPV4), LFX_TARGET(NFPROTO_IPV6) };
