// SPDX-License-Identifier: GPL-2.0
/*
 * A classifier "lfact" that says of each packet what the parameter `verdict` says, for
 * tests/netns/acts.sh: no filter of the kernel's returns all that a qdisc may meet. It holds on to
 * the packets that it has seen, so that `freed` tells how many of them the qdisc, or whoever came
 * behind it, has given up. To write to it lets go of them.
 */
#include <linux/module.h>
#include <linux/skbuff.h>
#include <net/pkt_cls.h>

#define HELD_MAX	32

static int verdict;
module_param(verdict, int, 0644);

static struct sk_buff *held[HELD_MAX];
static unsigned int n_held;
static DEFINE_SPINLOCK(held_lock);

static int freed_get(char *buf, const struct kernel_param *kp)
{
	unsigned int i, n = 0;

	spin_lock_bh(&held_lock);
	for (i = 0; i < n_held; i++)
		n += refcount_read(&held[i]->users) == 1;
	i = n_held;
	spin_unlock_bh(&held_lock);
	return sysfs_emit(buf, "%u of %u\n", n, i);
}

/* Those that are consumed are still ours as a whole. */
static void let_go(void)
{
	spin_lock_bh(&held_lock);
	while (n_held) {
		struct sk_buff *skb = held[--n_held];

		if (verdict == TC_ACT_CONSUMED && refcount_read(&skb->users) > 1)
			kfree_skb(skb);
		kfree_skb(skb);
	}
	spin_unlock_bh(&held_lock);
}

static int freed_set(const char *val, const struct kernel_param *kp)
{
	let_go();
	return 0;
}

static const struct kernel_param_ops freed_ops = { .get = freed_get, .set = freed_set };
module_param_cb(freed, &freed_ops, NULL, 0644);

static int classify(struct sk_buff *skb, const struct tcf_proto *tp, struct tcf_result *res)
{
	spin_lock(&held_lock);
	if (n_held < HELD_MAX && !(n_held && held[n_held - 1] == skb))	/* not again */
		held[n_held++] = skb_get(skb);
	spin_unlock(&held_lock);
	res->class = 0;
	res->classid = 3;
	return verdict;
}

static int init(struct tcf_proto *tp)
{
	return 0;
}

static void destroy(struct tcf_proto *tp, bool rtnl_held, struct netlink_ext_ack *extack)
{
}

static void *get(struct tcf_proto *tp, u32 handle)
{
	return NULL;
}

static int change(struct net *net, struct sk_buff *in_skb, struct tcf_proto *tp, unsigned long base,
		  u32 handle,
		  struct nlattr **tca, void **arg, u32 flags, struct netlink_ext_ack *extack)
{
	*arg = (void *)1;
	return 0;
}

static int del(struct tcf_proto *tp, void *arg, bool *last, bool rtnl_held,
	       struct netlink_ext_ack *extack)
{
	return -EOPNOTSUPP;
}

static void walk(struct tcf_proto *tp, struct tcf_walker *arg, bool rtnl_held)
{
}

static struct tcf_proto_ops ops = {
	.kind = "lfact",
	.classify = classify,
	.init = init,
	.destroy = destroy,
	.get = get,
	.change = change,
	.delete = del,
	.walk = walk,
	.owner = THIS_MODULE,
};

static int __init lfact_init(void)
{
	return register_tcf_proto_ops(&ops);
}

static void __exit lfact_exit(void)
{
	unregister_tcf_proto_ops(&ops);
	let_go();
}

module_init(lfact_init);
module_exit(lfact_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test of what a qdisc does with each verdict of a classifier");
