/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A packet under a VRF passes some hooks twice. Input passes prerouting first with its device, then
 * with the VRF. Local output passes output and postrouting first with the VRF, untracked, then with
 * the device. Packets that stay within a VRF pass them once, with the VRF.
 */
#ifndef LF_NF_VRF_H
#define LF_NF_VRF_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/ip6_fib.h>
#include <net/route.h>

/* Will it come to prerouting again? Some multicast and broadcast packets will not. */
static inline bool lf_vrf_first(const struct nf_hook_state *state)
{
	return state->hook == NF_INET_PRE_ROUTING && state->pf != NFPROTO_NETDEV &&
	       netif_is_l3_slave(state->in);
}

/* Was it in prerouting before? */
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

/* Will it come to output or postrouting again? */
static inline bool lf_vrf_will_return(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (state->pf == NFPROTO_NETDEV ||
	    (state->hook != NF_INET_LOCAL_OUT && state->hook != NF_INET_POST_ROUTING))
		return false;
	return netif_is_l3_master(state->out) && skb_dst(skb) && !lf_vrf_stays(skb, state->pf);
}

#endif /* LF_NF_VRF_H */
