/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A packet under a VRF meets some hooks twice. What comes in passes prerouting with its device,
 * then with the VRF; what the machine sends passes output and postrouting with the VRF, untracked,
 * then with the device. What stays within a VRF passes them once, with the VRF.
 */
#ifndef LF_NF_VRF_H
#define LF_NF_VRF_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/ip6_fib.h>
#include <net/route.h>

/* Will it come to prerouting once more? Of those that are for more than one host some will not. */
static inline bool lf_vrf_first(const struct nf_hook_state *state)
{
	return state->hook == NF_INET_PRE_ROUTING && state->pf != NFPROTO_NETDEV &&
	       netif_is_l3_slave(state->in);
}

/* Was it at prerouting before? */
static inline bool lf_vrf_again(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	return state->hook == NF_INET_PRE_ROUTING && state->pf != NFPROTO_NETDEV &&
	       netif_is_l3_master(state->in) && skb->pkt_type != PACKET_LOOPBACK;
}

static inline bool lf_vrf_stays(const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV4)
		return skb_rtable(skb)->rt_type == RTN_LOCAL;
	return ((const struct rt6_info *)skb_dst(skb))->rt6i_flags & RTF_LOCAL;
}

/* Will it come to output, or to postrouting, once more? */
static inline bool lf_vrf_will_return(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (state->pf == NFPROTO_NETDEV ||
	    (state->hook != NF_INET_LOCAL_OUT && state->hook != NF_INET_POST_ROUTING))
		return false;
	return netif_is_l3_master(state->out) && skb_dst(skb) && !lf_vrf_stays(skb, state->pf);
}

#endif /* LF_NF_VRF_H */
