// SPDX-License-Identifier: GPL-2.0
/*
 * -m liteflow: tests the verdict for a packet. A packet without a verdict matches neither a
 * condition nor its negation, unless the rule has a word for it among its classes.
 */
#define pr_fmt(fmt) "xt_LITEFLOW: " fmt

#include "xt.h"

#include <linux/module.h>
#include <linux/slab.h>

/* --- packets --- */

static bool match_packet(const struct sk_buff *skb, struct xt_action_param *par)
{
	const struct xt_liteflow_mtinfo *info = par->matchinfo;
	unsigned int sight, is = 0;
	struct lf_verdict v;
	u32 entry;

	sight = lfx_ask(info->rule, skb, par->state, &v, &entry);
	if (!sight)
		return entry != LF_ACTION_NONE && info->what == XT_LITEFLOW_CLASS && !info->invert;
	if (entry != LF_ACTION_NONE)
		is |= XT_LITEFLOW_CLASS;
	if (sight & LF_VIEW_SCORE)
		is |= XT_LITEFLOW_SCORE;
	if (sight & LF_VIEW_CONFIDENCE)
		is |= XT_LITEFLOW_CONFIDENCE;
	return ((is ^ info->invert) & info->what) == info->what;
}

/* --- rules --- */

static int check_bounds(const struct xt_liteflow_mtinfo *info)
{
	if (info->what & ~XT_LITEFLOW_IF_ALL || info->flags & ~XT_LITEFLOW_MATCH_STRICT)
		return lfx_refuse("the iptables extension is newer than this module: install the "
				  "same version of both");
	if (info->flags && !info->n_classes)
		return lfx_refuse("--strict needs --class");
	if (!info->what)
		return lfx_refuse("nothing to match: give --class, --score-min or "
				  "--confidence-min");
	if (info->invert & ~info->what)
		return lfx_refuse("only an option that is given can be inverted");
	if (!(info->what & XT_LITEFLOW_SCORE) && info->score_min)
		return lfx_refuse("an unused score must be zero");
	if (!(info->what & XT_LITEFLOW_CONFIDENCE) && info->confidence_min)
		return lfx_refuse("an unused confidence must be zero");
	if (info->what & XT_LITEFLOW_CONFIDENCE &&
	    (!info->confidence_min || info->confidence_min > XT_LITEFLOW_CONFIDENCE_MAX))
		return lfx_refuse("--confidence-min is 1 to %d per cent, not %u",
				  XT_LITEFLOW_CONFIDENCE_MAX, info->confidence_min);
	return 0;
}

static int check_classes(const struct xt_liteflow_mtinfo *info)
{
	unsigned int n = info->n_classes, i;

	if (!(info->what & XT_LITEFLOW_CLASS) != !n)
		return lfx_refuse("--class has 1 to %d classes", XT_LITEFLOW_CLASSES_MAX);
	if (n > XT_LITEFLOW_CLASSES_MAX)
		return lfx_refuse("--class has at most %d classes, not %u", XT_LITEFLOW_CLASSES_MAX,
				  n);
	for (i = 0; i < n; i++)
		if (!lfx_name_ok(info->class_name[i]))
			return lfx_refuse("class %u: a name is " LQ_NAME_RULE, i + 1);
	if (memchr_inv(&info->class_name[n], 0,
		       (XT_LITEFLOW_CLASSES_MAX - n) * sizeof(info->class_name[0])))
		return lfx_refuse("unused classes must be zero");
	return 0;
}

static struct lfx_rule *rule_create(struct net *net, const struct xt_liteflow_mtinfo *info)
{
	struct lf_view_cfg cfg = {
		.n_map = info->n_classes,
		.map_check = info->flags & XT_LITEFLOW_MATCH_STRICT ? LF_MAP_STRICT : LF_MAP_WARN,
		.score = info->what & XT_LITEFLOW_SCORE,
		.score_min = info->score_min,
		.confidence_min = info->confidence_min,
	};
	struct lfx_does *does;
	struct lf_map_entry *map;
	struct lfx_rule *rule = ERR_PTR(-ENOMEM);
	unsigned int i;

	/* One more, so that an empty map is a valid pointer too. */
	map = kcalloc(cfg.n_map + 1, sizeof(*map), GFP_KERNEL_ACCOUNT);
	does = kcalloc(cfg.n_map + 1, sizeof(*does), GFP_KERNEL_ACCOUNT);
	if (!map || !does)
		goto free;
	for (i = 0; i < cfg.n_map; i++) {
		strscpy(map[i].class_name, info->class_name[i], sizeof(map[i].class_name));
		map[i].action = i;
		strscpy(does[i].text, "match", sizeof(does[i].text));
	}
	cfg.map = map;
	rule = lfx_rule_create(net, info->slot, &cfg, does);
free:
	kfree(does);
	kfree(map);
	return rule;
}

static int match_check(const struct xt_mtchk_param *par)
{
	struct xt_liteflow_mtinfo *info = par->matchinfo;
	int rc;

	rc = lfx_check_common(info->slot, par->table) ?: check_bounds(info) ?: check_classes(info);
	if (rc)
		return rc;
	info->rule = rule_create(par->net, info);
	return PTR_ERR_OR_ZERO(info->rule);
}

static void match_destroy(const struct xt_mtdtor_param *par)
{
	const struct xt_liteflow_mtinfo *info = par->matchinfo;

	lfx_rule_destroy(info->rule);
}

#define LFX_MATCH(nfproto) {							\
	.name		= "liteflow",						\
	.revision	= 0,							\
	.family		= nfproto,						\
	.match		= match_packet,						\
	.matchsize	= sizeof(struct xt_liteflow_mtinfo),			\
	.usersize	= offsetof(struct xt_liteflow_mtinfo, rule),		\
	.checkentry	= match_check,						\
	.destroy	= match_destroy,						\
	.me		= THIS_MODULE,						\
}

struct xt_match lfx_matches[2] = { LFX_MATCH(NFPROTO_IPV4), LFX_MATCH(NFPROTO_IPV6) };
