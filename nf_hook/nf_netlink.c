// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "liteflow-hook". Operations and policies are generated from
 * spec/liteflow-hook.yaml. A dump keeps the number of the last hook that it showed and holds no
 * lock between messages.
 */
#include "nf_lf.h"

#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/sock.h>
#include "nf_log.h"

static struct genl_family family __ro_after_init = {
	.name		= LITEFLOW_HOOK_FAMILY_NAME,
	.version	= LITEFLOW_HOOK_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= liteflow_hook_nl_ops,
	.n_ops		= ARRAY_SIZE(liteflow_hook_nl_ops),
};

/* The hook that a request names, in its namespace; ERR_PTR() with a message. */
static struct nfl_hook *hook_meant(struct genl_info *info)
{
	const struct nlattr *name = info->attrs[LITEFLOW_HOOK_A_HOOK_NAME];
	struct nfl_hook *h;

	if (!name) {
		NL_SET_ERR_MSG(info->extack, "no hook name given");
		return ERR_PTR(-EINVAL);
	}
	h = nfl_hook_find(genl_info_net(info), nla_data(name));
	if (h)
		return h;
	NL_SET_ERR_MSG_ATTR(info->extack, name,
			    "there is no hook of this name in this network namespace");
	return ERR_PTR(-ENOENT);
}

/*
 * The logger may be a module, and loading it takes locks that wait for RTNL. So it is loaded before
 * RTNL is taken, and held until the hook holds it.
 */
static int log_hold(const struct genl_info *info, bool *held)
{
	int rc;

	*held = false;
	if (!nfl_rule_wants_log(info))
		return 0;
	rc = lf_nf_log_get(NFPROTO_INET, true);
	*held = !rc;
	if (rc)
		NL_SET_ERR_MSG(info->extack, "log: no logger for packets: load nf_log_syslog");
	return rc;
}

static void log_release(bool held)
{
	if (held)
		lf_nf_log_put(NFPROTO_INET);
}

int liteflow_hook_nl_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	bool held;
	int rc = log_hold(info, &held);

	if (rc)
		return rc;
	rtnl_lock();
	rc = nfl_hook_new(genl_info_net(info), info);
	rtnl_unlock();
	log_release(held);
	return rc;
}

int liteflow_hook_nl_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	bool held;
	int rc = log_hold(info, &held);
	struct nfl_hook *h;

	if (rc)
		return rc;
	rtnl_lock();
	h = hook_meant(info);
	rc = PTR_ERR_OR_ZERO(h) ?: nfl_hook_set(h, info);
	rtnl_unlock();
	log_release(held);
	return rc;
}

int liteflow_hook_nl_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nfl_hook *h;

	rtnl_lock();
	h = hook_meant(info);
	if (!IS_ERR(h))
		nfl_hook_del(h);
	rtnl_unlock();
	return PTR_ERR_OR_ZERO(h);
}

/* --- answers --- */

static int put_u64(struct sk_buff *msg, int attr, u64 v)
{
	return nla_put_u64_64bit(msg, attr, v, LITEFLOW_HOOK_A_HOOK_PAD);
}

static int reasons_fill(struct sk_buff *msg, const struct lf_attach_stats *st)
{
	struct nlattr *nest;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(st->packets); i++) {
		nest = nla_nest_start(msg, LITEFLOW_HOOK_A_HOOK_COUNT);
		if (!nest || nla_put_u32(msg, LITEFLOW_HOOK_A_COUNT_REASON, i) ||
		    nla_put_u64_64bit(msg, LITEFLOW_HOOK_A_COUNT_PACKETS, st->packets[i],
				      LITEFLOW_HOOK_A_COUNT_PAD))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

static int counts_fill(struct sk_buff *msg, const struct nfl_hook *h,
		       const struct lf_attach_stats *st)
{
	if (nla_put_u32(msg, LITEFLOW_HOOK_A_HOOK_FLOWS, st->flows_max) ||
	    nla_put_u32(msg, LITEFLOW_HOOK_A_HOOK_FLOWS_NOW, st->flows) ||
	    put_u64(msg, LITEFLOW_HOOK_A_HOOK_MARKED, nfl_hook_count(h, NFL_MARKED)) ||
	    put_u64(msg, LITEFLOW_HOOK_A_HOOK_PRIORITIZED, nfl_hook_count(h, NFL_PRIORITIZED)) ||
	    put_u64(msg, LITEFLOW_HOOK_A_HOOK_ACCEPTED, nfl_hook_count(h, NFL_ACCEPTED)) ||
	    put_u64(msg, LITEFLOW_HOOK_A_HOOK_DROPPED, nfl_hook_count(h, NFL_DROPPED)))
		return -EMSGSIZE;
	return reasons_fill(msg, st);
}

static int hook_fill(struct sk_buff *msg, void *hdr, const struct nfl_hook *h)
{
	struct lf_attach_stats st;

	if (!hdr)
		return -EMSGSIZE;
	lf_attach_stats(h->attach, &st);
	if (nla_put_string(msg, LITEFLOW_HOOK_A_HOOK_NAME, h->name) ||
	    nla_put_u8(msg, LITEFLOW_HOOK_A_HOOK_FAMILY, h->family) ||
	    nla_put_u8(msg, LITEFLOW_HOOK_A_HOOK_POINT, h->point) ||
	    (h->ifindex && nla_put_u32(msg, LITEFLOW_HOOK_A_HOOK_IFINDEX, h->ifindex)) ||
	    nla_put_s32(msg, LITEFLOW_HOOK_A_HOOK_PRIORITY, h->ops.priority) ||
	    nfl_rule_dump(rcu_dereference_protected(h->rule, lockdep_rtnl_is_held()),
			  st.generation ? st.map_known : U64_MAX, msg) ||
	    counts_fill(msg, h, &st)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

int liteflow_hook_nl_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	/* 64 entries of a map, up to 112 bytes each. */
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE + LITEFLOW_HOOK_MAP_MAX * 112,
					  GFP_KERNEL);
	struct nfl_hook *h;
	int rc;

	if (!msg)
		return -ENOMEM;
	rtnl_lock();
	h = hook_meant(info);
	rc = PTR_ERR_OR_ZERO(h);
	if (!rc)
		rc = hook_fill(msg, genlmsg_put(msg, info->snd_portid, info->snd_seq, &family, 0,
						LITEFLOW_HOOK_CMD_GET), h);
	rtnl_unlock();
	if (!rc)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return rc;
}

static void *begin_dump(struct sk_buff *msg, struct netlink_callback *cb)
{
	void *hdr = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				NLM_F_MULTI, LITEFLOW_HOOK_CMD_GET);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

int liteflow_hook_nl_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nfl_net *nn = nfl_net(sock_net(skb->sk));
	unsigned long *last = (unsigned long *)cb->ctx;
	struct nfl_hook *h;
	int rc = 0;

	rtnl_lock();
	cb->seq = nn->changes + 1;	/* 0 would mean: not set yet */
	list_for_each_entry(h, &nn->hooks, in_net) {
		if (h->serial <= *last)
			continue;
		rc = hook_fill(skb, begin_dump(skb, cb), h);
		if (rc)
			break;
		*last = h->serial;
	}
	rtnl_unlock();
	return skb->len ?: rc;
}

int __init nfl_netlink_init(void)
{
	return genl_register_family(&family);
}

void nfl_netlink_uninit(void)
{
	genl_unregister_family(&family);
}
