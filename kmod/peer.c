// SPDX-License-Identifier: GPL-2.0
/*
 * Peers: a trainer that learns from flows must not learn most from whoever makes most of them. It
 * gets a number of each flow's peer, with which it bounds the share of one.
 *
 * The number is a keyed hash of the address: the same while the module is loaded, another in each
 * network namespace. An IPv6 host has its /64 to itself, so that is what is hashed.
 */
#include "peer.h"

#include <linux/random.h>
#include <linux/siphash.h>
#include <net/addrconf.h>
#include <net/netns/hash.h>
#include <net/route.h>
#include <net/sock.h>
#include "flow.h"

static u64 peer_hash(const struct net *net, const struct in6_addr *addr, bool v4)
{
	static siphash_key_t secret;
	u64 hash;

	get_random_once(&secret, sizeof(secret));
	hash = siphash_2u64((u64)(__force u32)addr->s6_addr32[0] << 32 |
			    (__force u32)addr->s6_addr32[1],
			    (u64)net_hash_mix(net) << 32 |
			    (v4 ? (__force u32)addr->s6_addr32[3] : 0), &secret);
	return hash ? hash : 1;
}

static bool peer_is_local(struct net *net, const struct lf_flow *flow)
{
	if (flow->key.version == 4)
		return inet_addr_type(net, flow->key.src.s6_addr32[3]) == RTN_LOCAL;
#if IS_BUILTIN(CONFIG_IPV6)
	return ipv6_chk_addr(net, &flow->key.src, NULL, 0);
#else
	return false;
#endif
}

u64 lf_peer_flow(struct net *net, const struct lf_flow *flow)
{
	return peer_hash(net, peer_is_local(net, flow) ? &flow->key.dst : &flow->key.src,
			 flow->key.version == 4);
}

u64 lf_peer_sock(const struct sock *sk)
{
	struct in6_addr addr;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return peer_hash(sock_net(sk), &sk->sk_v6_daddr,
				 ipv6_addr_v4mapped(&sk->sk_v6_daddr));
#endif
	ipv6_addr_set_v4mapped(sk->sk_daddr, &addr);
	return peer_hash(sock_net(sk), &addr, true);
}
