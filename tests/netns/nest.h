/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For a snapshot module of lfgen's, put there by tests/netns/build-nest: a model that asks for
 * another inference, of an attachment of its own, while it runs, and looks whether its caller holds
 * a spinlock: whoever sent the packet may (the kernel holds one while it answers a ping), so what
 * counts is the least depth.
 */
#include <linux/ip.h>
#include <linux/preempt.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/liteflow.h>
#include <net/net_namespace.h>

static bool ask;
module_param(ask, bool, 0644);
static unsigned int runs, busy, depth = UINT_MAX;
module_param(runs, uint, 0444);
module_param(busy, uint, 0444);
module_param(depth, uint, 0444);
/* Does the count tell spinlocks from rcu_read_lock(), and has it spinlocks at all? */
static bool counts = IS_ENABLED(CONFIG_PREEMPT_RCU) && !IS_ENABLED(CONFIG_PREEMPT_RT);
module_param(counts, bool, 0444);

static struct lf_attach *nest_attach;
static struct sk_buff *nest_skb;

static void nest_describe(void *priv, struct lf_attach_desc *desc)
{
}

static const struct lf_attach_ops nest_ops = {
	.kind = LITEFLOW_ATTACH_KIND_QDISC,
	.describe = nest_describe,
};

static void nest_run(const s32 *x, s32 *y, struct lq_scratch *scratch)
{
	struct lf_verdict v;

	nest_model(x, y, scratch);
	if (!READ_ONCE(ask))
		return;
	runs++;
	depth = min_t(unsigned int, depth, preempt_count() & PREEMPT_MASK);
	lf_infer_skb(nest_attach, nest_skb, &v);
	busy += v.reason == LITEFLOW_REASON_BUSY;
}

static void nest_exit(void)
{
	if (!IS_ERR_OR_NULL(nest_attach))
		lf_attach_destroy(nest_attach);
	kfree_skb(nest_skb);
}

static int nest_init(void)
{
	struct lf_attach_cfg cfg = { .slot = "app", .flows = 64, .every = 1 };
	struct iphdr *ip;

	nest_skb = alloc_skb(sizeof(*ip) + sizeof(struct udphdr), GFP_KERNEL);
	if (!nest_skb)
		return -ENOMEM;
	skb_reset_network_header(nest_skb);
	nest_skb->protocol = htons(ETH_P_IP);
	ip = skb_put_zero(nest_skb, sizeof(*ip) + sizeof(struct udphdr));
	*ip = (struct iphdr){ .version = 4, .ihl = 5, .protocol = IPPROTO_UDP, .ttl = 64 };
	ip->tot_len = htons(nest_skb->len);
	nest_attach = lf_attach_create(&init_net, &nest_ops, NULL, &cfg, NULL);
	if (!IS_ERR(nest_attach))
		return 0;
	nest_exit();
	return PTR_ERR(nest_attach);
}
