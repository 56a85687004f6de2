// SPDX-License-Identifier: GPL-2.0
#include "label.h"

#include <linux/cgroup.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/inet_sock.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/sock.h>
#include "feature.h"

DEFINE_STATIC_KEY_FALSE(lf_label_key);

static u64 label_cgroup(const struct sock *sk)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	if (sk)
		return cgroup_id(sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data));
#endif
	return 0;
}

static u32 label_ct_mark(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK) && defined(CONFIG_NF_CONNTRACK_MARK)
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	if (ct)
		return READ_ONCE(ct->mark);
#endif
	return 0;
}

void lf_label_take(struct lf_label *label, const struct sk_buff *skb, u8 dscp)
{
	label->cgroup = label_cgroup(lf_skb_sender(skb));
	label->mark = skb->mark;
	label->ct_mark = label_ct_mark(skb);
	label->priority = skb->priority;
	label->dscp = dscp;
}

/* The DSCP that the sender sets for its packets. IPv6 keeps its traffic class elsewhere. */
static u8 label_dscp(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return inet6_sk(sk)->tclass >> 2;
#endif
	return inet_sk(sk)->tos >> 2;
}

void lf_label_take_sock(struct lf_label *label, const struct sock *sk)
{
	*label = (struct lf_label){
		.cgroup = label_cgroup(sk),
		.mark = READ_ONCE(sk->sk_mark),
		.priority = READ_ONCE(sk->sk_priority),
		.dscp = label_dscp(sk),
	};
}
