// SPDX-License-Identifier: GPL-2.0
/*
 * DOC: ends
 *
 * Hooks end by request; with their device (ingress and egress); or with the namespace, where they
 * are unregistered before the namespace's devices go and freed a grace period later. The module
 * stays while there are hooks.
 */
#include "nf_lf.h"

#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netns/generic.h>
#include <lq/name.h>
#include "nf_ct.h"
#include "nf_log.h"

static_assert(LITEFLOW_HOOK_NAME_LEN == LQ_NAME_LEN);

static unsigned int nfl_net_id __read_mostly;
static u32 serials;	/* RTNL */

struct nfl_net *nfl_net(const struct net *net)
{
	return net_generic(net, nfl_net_id);
}

u64 nfl_hook_count(const struct nfl_hook *h, enum nfl_count which)
{
	u64 n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(per_cpu_ptr(h->counts, cpu)->n[which]);
	return n;
}

/* --- places --- */

static const u8 pf_of[] = {
	[LITEFLOW_HOOK_FAMILY_IP] = NFPROTO_IPV4,
	[LITEFLOW_HOOK_FAMILY_IP6] = NFPROTO_IPV6,
	[LITEFLOW_HOOK_FAMILY_INET] = NFPROTO_INET,
	[LITEFLOW_HOOK_FAMILY_NETDEV] = NFPROTO_NETDEV,
};

static const u8 hooknum_of[] = {
	[LITEFLOW_HOOK_POINT_PREROUTING] = NF_INET_PRE_ROUTING,
	[LITEFLOW_HOOK_POINT_INPUT] = NF_INET_LOCAL_IN,
	[LITEFLOW_HOOK_POINT_FORWARD] = NF_INET_FORWARD,
	[LITEFLOW_HOOK_POINT_OUTPUT] = NF_INET_LOCAL_OUT,
	[LITEFLOW_HOOK_POINT_POSTROUTING] = NF_INET_POST_ROUTING,
	[LITEFLOW_HOOK_POINT_INGRESS] = NF_NETDEV_INGRESS,
	[LITEFLOW_HOOK_POINT_EGRESS] = NF_NETDEV_EGRESS,
};

/* The policy has checked the range of the numbers. */
static int read_place(struct nfl_hook *h, struct nlattr *const *attrs,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *priority = attrs[LITEFLOW_HOOK_A_HOOK_PRIORITY];
	const struct nlattr *ifindex = attrs[LITEFLOW_HOOK_A_HOOK_IFINDEX];
	bool netdev;

	if (!attrs[LITEFLOW_HOOK_A_HOOK_FAMILY] || !attrs[LITEFLOW_HOOK_A_HOOK_POINT] ||
	    !priority) {
		NL_SET_ERR_MSG(extack, "a hook needs a family, a hook and a priority");
		return -EINVAL;
	}
	h->family = nla_get_u8(attrs[LITEFLOW_HOOK_A_HOOK_FAMILY]);
	h->point = nla_get_u8(attrs[LITEFLOW_HOOK_A_HOOK_POINT]);
	netdev = h->family == LITEFLOW_HOOK_FAMILY_NETDEV;
	if (netdev != (h->point >= LITEFLOW_HOOK_POINT_INGRESS)) {
		NL_SET_ERR_MSG(extack, "ingress and egress belong to family netdev, the other "
			       "hooks to ip, ip6 and inet");
		return -EINVAL;
	}
	if (netdev != !!ifindex) {
		NL_SET_ERR_MSG(extack, "family netdev needs a device, the others take none");
		return -EINVAL;
	}
	h->ops.hook = liteflow_hook;
	h->ops.priv = h;
	h->ops.pf = pf_of[h->family];
	h->ops.hooknum = hooknum_of[h->point];
	h->ops.priority = nla_get_s32(priority);
	if (!ifindex)
		return 0;
	h->ifindex = nla_get_u32(ifindex);
	h->ops.dev = __dev_get_by_index(h->net, h->ifindex);
	if (h->ops.dev)
		return 0;
	NL_SET_ERR_MSG(extack, "there is no such device in this network namespace");
	return -ENODEV;
}

/* --- the core --- */

static void hook_describe(void *priv, struct lf_attach_desc *desc)
{
	const struct nfl_hook *h = priv;

	desc->ifindex = h->ifindex;
	desc->dropped = nfl_hook_count(h, NFL_DROPPED);
	strscpy(desc->label, h->name, sizeof(desc->label));
}

static bool hook_offloaded(void *priv, const struct lf_ct *ct)
{
	const struct nfl_hook *h = priv;

	return lf_nf_ct_offloaded(h->net, ct);
}

static bool hook_entry(void *priv, unsigned int i, struct lf_attach_entry *e)
{
	const struct nfl_hook *h = priv;
	bool there;

	rcu_read_lock();
	there = nfl_rule_entry(rcu_dereference(h->rule), i, e);
	rcu_read_unlock();
	return there;
}

static const struct lf_attach_ops attach_ops = {
	.kind = LITEFLOW_ATTACH_KIND_HOOK,
	.describe = hook_describe,
	.offloaded = hook_offloaded,
	.entry = hook_entry,
};

static struct nfl_rule *rule_of(const struct nfl_hook *h)
{
	return rcu_dereference_protected(h->rule, lockdep_rtnl_is_held());
}

static int hook_attach(struct nfl_hook *h, struct netlink_ext_ack *extack)
{
	struct lf_map_entry *map = kcalloc(LITEFLOW_HOOK_MAP_MAX, sizeof(*map), GFP_KERNEL);
	struct lf_attach_cfg cfg;

	if (!map)
		return -ENOMEM;
	nfl_rule_attach(rule_of(h), &cfg, map);
	h->attach = lf_attach_create(h->net, &attach_ops, h, &cfg, extack);
	kfree(map);
	return PTR_ERR_OR_ZERO(h->attach);
}

static int hook_change(struct nfl_hook *h, const struct nfl_rule *r, struct netlink_ext_ack *extack)
{
	struct lf_map_entry *map = kcalloc(LITEFLOW_HOOK_MAP_MAX, sizeof(*map), GFP_KERNEL);
	struct lf_attach_cfg cfg;
	int rc;

	if (!map)
		return -ENOMEM;
	nfl_rule_attach(r, &cfg, map);
	rc = lf_attach_change(h->attach, &cfg, extack);
	kfree(map);
	return rc;
}

/* Same restriction as CLASSIFY in iptables. */
static int check_place(const struct nfl_hook *h, const struct nfl_rule *r,
		       struct netlink_ext_ack *extack)
{
	if (!nfl_rule_does(r, NFL_PRIORITY) || (h->point != LITEFLOW_HOOK_POINT_PREROUTING &&
						h->point != LITEFLOW_HOOK_POINT_INPUT))
		return 0;
	NL_SET_ERR_MSG(extack, "IPv4 forwarding overwrites a priority set here: use forward, "
			       "output or postrouting");
	return -EOPNOTSUPP;
}

/* --- life --- */

struct nfl_hook *nfl_hook_find(const struct net *net, const char *name)
{
	struct nfl_hook *h;

	ASSERT_RTNL();
	list_for_each_entry(h, &nfl_net(net)->hooks, in_net)
		if (!strcmp(h->name, name))
			return h;
	return NULL;
}

/* Packets may still be in the hook until a grace period has passed. */
static void unregister(struct nfl_hook *h)
{
	if (h->registered)
		nf_unregister_net_hook(h->net, &h->ops);
	h->registered = false;
}

/* No packet is in the hook. */
static void hook_free(struct nfl_hook *h)
{
	nfl_unequip(h, NULL);
	if (!IS_ERR_OR_NULL(h->attach))
		lf_attach_destroy(h->attach);
	free_percpu(h->seen);
	free_percpu(h->counts);
	nfl_rule_free(rcu_dereference_protected(h->rule, 1));
	kfree(h);
}

static int hook_start(struct nfl_hook *h, const struct genl_info *info)
{
	struct nfl_rule *r;
	int rc;

	rc = read_place(h, info->attrs, info->extack);
	if (rc)
		return rc;
	h->counts = alloc_percpu_gfp(struct nfl_counts, GFP_KERNEL_ACCOUNT);
	h->seen = alloc_percpu_gfp(struct nfl_seen, GFP_KERNEL_ACCOUNT);
	if (!h->counts || !h->seen)
		return -ENOMEM;
	r = nfl_rule_make(NULL, info);
	if (IS_ERR(r))
		return PTR_ERR(r);
	RCU_INIT_POINTER(h->rule, r);
	rc = check_place(h, r, info->extack) ?: nfl_equip(h, r, info->extack) ?:
	     hook_attach(h, info->extack);
	if (rc)
		return rc;
	rc = nf_register_net_hook(h->net, &h->ops);
	if (rc)
		NL_SET_ERR_MSG(info->extack, "netfilter rejected the hook");
	h->registered = !rc;
	return rc;
}

static int check_new(const struct net *net, const struct genl_info *info)
{
	const struct nlattr *name = info->attrs[LITEFLOW_HOOK_A_HOOK_NAME];

	if (!name || !lq_name_ok(nla_data(name))) {
		NL_SET_ERR_MSG(info->extack, "a hook's name is " LQ_NAME_RULE);
		return -EINVAL;
	}
	if (nfl_hook_find(net, nla_data(name))) {
		NL_SET_ERR_MSG_ATTR(info->extack, name, "a hook of this name already exists");
		return -EEXIST;
	}
	if (nfl_net(net)->n_hooks == NFL_HOOKS_MAX) {
		NL_SET_ERR_MSG(info->extack, "a network namespace has at most "
			       __stringify(NFL_HOOKS_MAX) " hooks");
		return -ENOSPC;
	}
	return 0;
}

int nfl_hook_new(struct net *net, const struct genl_info *info)
{
	struct nfl_hook *h;
	int rc;

	ASSERT_RTNL();
	rc = check_new(net, info);
	if (rc)
		return rc;
	h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);
	if (!h)
		return -ENOMEM;
	h->net = net;
	h->serial = ++serials;
	lf_nf_log_init(&h->log_limit);
	strscpy(h->name, nla_data(info->attrs[LITEFLOW_HOOK_A_HOOK_NAME]), sizeof(h->name));
	rc = hook_start(h, info);
	if (rc) {
		hook_free(h);
		return rc;
	}
	__module_get(THIS_MODULE);
	list_add_tail(&h->in_net, &nfl_net(net)->hooks);
	nfl_net(net)->n_hooks++;
	nfl_net(net)->changes++;
	return 0;
}

int nfl_hook_set(struct nfl_hook *h, const struct genl_info *info)
{
	struct nfl_rule *old = rule_of(h), *r;
	int rc;

	r = nfl_rule_make(old, info);
	if (IS_ERR(r))
		return PTR_ERR(r);
	rc = check_place(h, r, info->extack) ?: nfl_equip(h, r, info->extack);
	if (rc) {
		nfl_unequip(h, old);
		nfl_rule_free(r);
		return rc;
	}
	r->before = old;
	rcu_assign_pointer(h->rule, r);
	smp_wmb();	/* the rule before the core's maps; pairs with act() */
	rc = hook_change(h, r, info->extack);
	if (rc)
		rcu_assign_pointer(h->rule, old);
	synchronize_net();
	WRITE_ONCE(r->before, NULL);
	if (rc)
		nfl_rule_inherit(old, r);
	else
		nfl_rule_inherit(r, old);
	nfl_rule_free(rc ? r : old);
	nfl_unequip(h, rule_of(h));
	nfl_net(h->net)->changes++;
	return rc;
}

/* Removes and frees a hook that gets no packets any more. */
static void hook_forget(struct nfl_hook *h)
{
	list_del(&h->in_net);
	nfl_net(h->net)->n_hooks--;
	nfl_net(h->net)->changes++;
	hook_free(h);
	module_put(THIS_MODULE);
}

void nfl_hook_del(struct nfl_hook *h)
{
	ASSERT_RTNL();
	if (h->registered) {
		unregister(h);
		synchronize_net();
	}
	hook_forget(h);
}

/* A device that goes, or moves to another namespace, takes its hooks with it. */
static int device_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct nfl_hook *h, *next;

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	list_for_each_entry_safe(h, next, &nfl_net(dev_net(dev))->hooks, in_net)
		if (h->ops.dev == dev)
			nfl_hook_del(h);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
};

static int __net_init net_init(struct net *net)
{
	INIT_LIST_HEAD(&nfl_net(net)->hooks);
	return 0;
}

static void __net_exit net_pre_exit(struct net *net)
{
	struct nfl_hook *h;

	rtnl_lock();
	list_for_each_entry(h, &nfl_net(net)->hooks, in_net)
		unregister(h);
	rtnl_unlock();
}

/* A grace period has passed since they were unregistered. */
static void __net_exit net_exit(struct net *net)
{
	struct nfl_hook *h, *next;

	rtnl_lock();
	list_for_each_entry_safe(h, next, &nfl_net(net)->hooks, in_net)
		hook_forget(h);
	rtnl_unlock();
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &nfl_net_id,
	.size = sizeof(struct nfl_net),
};

int __init nfl_hook_init(void)
{
	int rc;

	rc = register_pernet_subsys(&net_ops);
	if (rc)
		return rc;
	rc = register_netdevice_notifier(&device_notifier);
	if (rc)
		unregister_pernet_subsys(&net_ops);
	return rc;
}

void nfl_hook_uninit(void)
{
	unregister_netdevice_notifier(&device_notifier);
	unregister_pernet_subsys(&net_ops);
}
