// SPDX-License-Identifier: GPL-2.0
/*
 * -j LITEFLOW: what a verdict does to a packet. A packet without a verdict, or of a class that --map leaves out, passes
 * as if the rule were not there, unless the rule has a word for it: none, full, ...
 */
#define pr_fmt(fmt) "xt_LITEFLOW: " fmt

#include "xt.h"

#include <linux/module.h>
#include <linux/slab.h>
#include "nf_ct.h"

static_assert(XT_LITEFLOW_NAME_LEN == LQ_NAME_LEN && XT_LITEFLOW_NAME_LEN == LITEFLOW_SLOT_NAME_LEN);
static_assert(XT_LITEFLOW_ENTRIES_MAX <= LF_MAP_MAX && XT_LITEFLOW_CLASSES_MAX <= LF_MAP_MAX);

#define OF_MARKS	(XT_LITEFLOW_SET_MARK | XT_LITEFLOW_SAVE_CT)
/* As CLASSIFY has it. */
#define OF_PRIORITY	(1 << NF_INET_FORWARD | 1 << NF_INET_LOCAL_OUT | 1 << NF_INET_POST_ROUTING)

/* ---- packets ---- */

static u32 merge(u32 mark, const struct xt_liteflow_tginfo *info, u32 value)
{
	return (mark & ~info->mask) | value << info->shift;
}

static bool fits(const struct xt_liteflow_tginfo *info, u32 value)
{
	return !((u64)value << info->shift & ~(u64)info->mask);
}

/* Without a map: the index of the class, or the value itself. */
static u32 natural(const struct lf_verdict *v)
{
	if (v->meaning == LITEFLOW_MEANING_CLASS)
		return v->class;
	return clamp_t(s64, v->units, 0, U32_MAX);
}

static void apply(struct sk_buff *skb, const struct xt_liteflow_tginfo *info, u32 value)
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

static unsigned int target(struct sk_buff *skb, const struct xt_action_param *par)
{
	const struct xt_liteflow_tginfo *info = par->targinfo;
	unsigned int sight;
	struct lf_verdict v;
	u32 entry;

	sight = lfx_ask(info->rule, skb, par->state, &v, &entry);
	if (entry == LF_ACTION_NONE) {
		if (sight && (!info->n_map || !lfx_maps_classes(info->rule)))
			apply(skb, info, natural(&v));
		return XT_CONTINUE;
	}
	if (entry >= info->n_map) {
		lfx_count_drop(info->rule);
		return NF_DROP;
	}
	apply(skb, info, info->entry[entry].value);
	return XT_CONTINUE;
}

/* ---- rules ---- */

/* @hooks: from which the rule can be reached; none where nft_compat does not know. */
static int check_marks(const struct xt_liteflow_tginfo *info, const char *table, unsigned int hooks)
{
	if (info->what & ~XT_LITEFLOW_DO_ALL)
		return lfx_refuse("the plugin asks for what this module does not know: install both of one version");
	if (!info->what && !info->n_drop)
		return lfx_refuse("nothing to do: give --set-mark, --set-priority, --save-ct or --drop-class");
	if (!info->what && info->n_map)
		return lfx_refuse("--map has values and nothing to set: give --set-mark, --set-priority or --save-ct");
	if (info->shift > 31)
		return lfx_refuse("--shift is 0 to 31, not %u", info->shift);
	if (!(info->what & OF_MARKS) && (info->shift || info->mask != U32_MAX))
		return lfx_refuse("--mask and --shift go with --set-mark or --save-ct");
	if (!(info->mask >> info->shift))
		return lfx_refuse("--mask 0x%x has no bit at or above bit %u, where --shift begins", info->mask,
				  info->shift);
	if (info->what & XT_LITEFLOW_SET_PRIORITY && hooks & ~OF_PRIORITY)
		return lfx_refuse("--set-priority: a priority does not last from PREROUTING or INPUT, IPv4 sets it anew when it forwards: use FORWARD, OUTPUT or POSTROUTING");
	if (info->what & XT_LITEFLOW_SAVE_CT && !strcmp(table, "raw"))
		return lfx_refuse("--save-ct: the raw table comes before connection tracking");
	return 0;
}

static int check_entries(const struct xt_liteflow_tginfo *info)
{
	unsigned int n = info->n_map + info->n_drop, i;

	if (n > XT_LITEFLOW_ENTRIES_MAX)
		return lfx_refuse("--map and --drop-class have at most %d classes, not %u", XT_LITEFLOW_ENTRIES_MAX, n);
	for (i = 0; i < n; i++) {
		if (!lfx_name_ok(info->entry[i].class_name))
			return lfx_refuse("class %u: a class is 1 to %d of the characters A-Z a-z 0-9 . _ -", i + 1,
					  XT_LITEFLOW_NAME_LEN - 1);
		if (i < info->n_map && info->what & OF_MARKS && !fits(info, info->entry[i].value))
			return lfx_refuse("value %u of class %s does not fit --mask 0x%x --shift %u",
					  info->entry[i].value, info->entry[i].class_name, info->mask, info->shift);
		if (i >= info->n_map && info->entry[i].value)
			return lfx_refuse("class %s is to be dropped and has a value", info->entry[i].class_name);
	}
	if (memchr_inv(&info->entry[n], 0, (XT_LITEFLOW_ENTRIES_MAX - n) * sizeof(info->entry[0])))
		return lfx_refuse("entries that are not used must be zero");
	return 0;
}

static struct lfx_rule *rule_create(struct net *net, const struct xt_liteflow_tginfo *info)
{
	struct lf_view_cfg cfg = { .n_map = info->n_map + info->n_drop };
	struct lf_map_entry *map;
	struct lfx_rule *rule;
	unsigned int i;

	/* One more, so that an empty map is a pointer too. */
	map = kcalloc(cfg.n_map + 1, sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < cfg.n_map; i++) {
		strscpy(map[i].class_name, info->entry[i].class_name, sizeof(map[i].class_name));
		map[i].action = i;
	}
	cfg.map = map;
	rule = lfx_rule_create(net, info->slot, &cfg);
	kfree(map);
	return rule;
}

static int check(const struct xt_tgchk_param *par)
{
	struct xt_liteflow_tginfo *info = par->targinfo;
	bool ct = info->what & XT_LITEFLOW_SAVE_CT;
	int rc;

	rc = lfx_check_common(info->slot, par->table) ?:
	     check_marks(info, par->table, par->hook_mask) ?:
	     check_entries(info);
	if (!rc && ct)
		rc = lf_nf_ct_get(par->net, par->family);
	if (rc)
		return rc;
	info->rule = rule_create(par->net, info);
	rc = PTR_ERR_OR_ZERO(info->rule);
	if (rc && ct)
		lf_nf_ct_put(par->net, par->family);
	return rc;
}

static void destroy(const struct xt_tgdtor_param *par)
{
	const struct xt_liteflow_tginfo *info = par->targinfo;

	lfx_rule_destroy(info->rule);
	if (info->what & XT_LITEFLOW_SAVE_CT)
		lf_nf_ct_put(par->net, par->family);
}

#define LFX_TARGET(nfproto) {							\
	.name		= "LITEFLOW",						\
	.revision	= 0,							\
	.family		= nfproto,						\
	.target		= target,						\
	.targetsize	= sizeof(struct xt_liteflow_tginfo),			\
	.usersize	= offsetof(struct xt_liteflow_tginfo, rule),		\
	.checkentry	= check,						\
	.destroy	= destroy,						\
	.me		= THIS_MODULE,						\
}

struct xt_target lfx_targets[2] = { LFX_TARGET(NFPROTO_IPV4), LFX_TARGET(NFPROTO_IPV6) };
