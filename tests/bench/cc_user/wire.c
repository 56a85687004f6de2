// SPDX-License-Identifier: GPL-2.0
/* The netlink family; lf_user.h has what is said in it. */
#include "user.h"

#include <linux/mutex.h>
#include <net/genetlink.h>

static DEFINE_MUTEX(register_lock);
static u32 process;		/* its port, 0 for none */
static u64 period_ns;
static struct genl_family family;

bool lfu_wire_ready(void)
{
	return READ_ONCE(process);
}

u64 lfu_wire_period_ns(void)
{
	return READ_ONCE(period_ns);
}

static int fill(struct sk_buff *skb, u32 conn, u32 number, const s32 *inputs)
{
	void *head = genlmsg_put(skb, 0, 0, &family, 0, LFU_CMD_QUESTION);

	if (!head || nla_put_u32(skb, LFU_A_CONN, conn) || nla_put_u32(skb, LFU_A_NUMBER, number) ||
	    nla_put(skb, LFU_A_INPUTS, LFU_INPUTS * sizeof(*inputs), inputs))
		return -EMSGSIZE;
	genlmsg_end(skb, head);
	return 0;
}

bool lfu_wire_ask(u32 conn, u32 number, const s32 *inputs)
{
	size_t size =
		2 * nla_total_size(sizeof(u32)) + nla_total_size(LFU_INPUTS * sizeof(*inputs));
	u32 port = READ_ONCE(process);
	struct sk_buff *skb;

	if (!port)
		return false;
	skb = genlmsg_new(size, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return false;
	if (fill(skb, conn, number, inputs)) {
		nlmsg_free(skb);
		return false;
	}
	return !genlmsg_unicast(&init_net, skb, port);
}

/* --- requests --- */

static bool lacks(const struct genl_info *info, enum lfu_attr attr)
{
	if (info->attrs[attr])
		return false;
	NL_SET_ERR_MSG(info->extack, "an attribute is missing");
	return true;
}

static int do_register(struct sk_buff *skb, struct genl_info *info)
{
	int rc = -EBUSY;

	if (lacks(info, LFU_A_PERIOD_US))
		return -EINVAL;
	mutex_lock(&register_lock);
	if (!process) {
		memset(&lfu_counts, 0, sizeof(lfu_counts));
		WRITE_ONCE(period_ns,
			   (u64)nla_get_u32(info->attrs[LFU_A_PERIOD_US]) * NSEC_PER_USEC);
		WRITE_ONCE(process, info->snd_portid);
		rc = 0;
	} else {
		NL_SET_ERR_MSG(info->extack, "another process decides already");
	}
	mutex_unlock(&register_lock);
	return rc;
}

static int do_answer(struct sk_buff *skb, struct genl_info *info)
{
	if (lacks(info, LFU_A_CONN) || lacks(info, LFU_A_NUMBER) || lacks(info, LFU_A_ACTION))
		return -EINVAL;
	if (info->snd_portid != READ_ONCE(process)) {
		NL_SET_ERR_MSG(info->extack, "only the registered process is asked");
		return -EPERM;
	}
	lfu_answer(nla_get_u32(info->attrs[LFU_A_CONN]), nla_get_u32(info->attrs[LFU_A_NUMBER]),
		   nla_get_s32(info->attrs[LFU_A_ACTION]));
	return 0;
}

static const struct nla_policy policy[LFU_A_MAX + 1] = {
	[LFU_A_PERIOD_US] = { .type = NLA_U32 },
	[LFU_A_CONN] = { .type = NLA_U32 },
	[LFU_A_NUMBER] = { .type = NLA_U32 },
	[LFU_A_ACTION] = { .type = NLA_S32 },
};

static const struct genl_small_ops ops[] = {
	{ .cmd = LFU_CMD_REGISTER, .flags = GENL_ADMIN_PERM, .doit = do_register },
	{ .cmd = LFU_CMD_ANSWER, .flags = GENL_ADMIN_PERM, .doit = do_answer },
};

static struct genl_family family = {
	.name = LFU_FAMILY,
	.version = LFU_VERSION,
	.module = THIS_MODULE,
	.maxattr = LFU_A_MAX,
	.policy = policy,
	.small_ops = ops,
	.n_small_ops = ARRAY_SIZE(ops),
	.resv_start_op = LFU_CMD_REGISTER,
	.parallel_ops = true,	/* an answer waits for a socket's lock */
};

/* --- the process goes --- */

static void tell(void)
{
	s64 in_time = atomic64_read(&lfu_counts.in_time),
	    behind = atomic64_read(&lfu_counts.behind);

	pr_info("lf_user: asked %lld, lost %lld, answers in time %lld, behind %lld, dropped %lld, "
		"after %lld us on average\n",
		atomic64_read(&lfu_counts.asked), atomic64_read(&lfu_counts.lost), in_time, behind,
		atomic64_read(&lfu_counts.dropped),
		div64_s64(atomic64_read(&lfu_counts.wait_ns),
			  max(in_time + behind, 1LL) * NSEC_PER_USEC));
}

static int released(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *n = data;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC ||
	    !net_eq(n->net, &init_net) || !n->portid)
		return NOTIFY_DONE;
	if (cmpxchg(&process, n->portid, 0) == n->portid)
		tell();
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = released,
};

int lfu_wire_register(void)
{
	int rc = netlink_register_notifier(&notifier);

	if (rc)
		return rc;
	rc = genl_register_family(&family);
	if (rc)
		netlink_unregister_notifier(&notifier);
	return rc;
}

void lfu_wire_unregister(void)
{
	genl_unregister_family(&family);
	netlink_unregister_notifier(&notifier);
}
