/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What hooks and rules read from connection tracking, and write to it. They read the entry that a
 * packet carries; whoever writes marks enables tracking in the namespace (lf_nf_ct_get()).
 */
#ifndef LF_NF_CT_H
#define LF_NF_CT_H

#include <net/ipv6.h>
#include <net/liteflow.h>
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_zones.h>

/* The packet's entry; NULL if there is none, it is untracked, or it is a rule's template. */
static inline struct nf_conn *lf_nf_conn(const struct sk_buff *skb, enum ip_conntrack_info *info)
{
	struct nf_conn *conn = nf_ct_get(skb, info);

	return conn && !nf_ct_is_template(conn) ? conn : NULL;
}

static inline void lf_nf_ct_address(struct in6_addr *addr, const union nf_inet_addr *from,
				    u16 family)
{
	if (family == NFPROTO_IPV4)
		ipv6_addr_set_v4mapped(from->ip, addr);
	else
		*addr = from->in6;
}

/* Tracking has seen this packet: a FIN or RST that it rejects has left the state as it was. */
static inline void lf_nf_ct_state(struct lf_ct *ct, const struct nf_conn *conn)
{
	u8 state = ct->proto == IPPROTO_TCP ? READ_ONCE(conn->proto.tcp.state) : TCP_CONNTRACK_NONE;

	ct->open = state == TCP_CONNTRACK_ESTABLISHED;
	ct->over = state == TCP_CONNTRACK_TIME_WAIT || state == TCP_CONNTRACK_CLOSE;
}

/* Fills in @ct for lf_infer_skb_ct(); NULL if the packet has no entry. */
static inline const struct lf_ct *lf_nf_ct(const struct sk_buff *skb, struct lf_ct *ct)
{
	const struct nf_conntrack_tuple *t;
	enum ip_conntrack_info info;
	struct nf_conn *conn = lf_nf_conn(skb, &info);

	if (!conn)
		return NULL;
	t = &conn->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	lf_nf_ct_address(&ct->src, &t->src.u3, t->src.l3num);
	lf_nf_ct_address(&ct->dst, &t->dst.u3, t->src.l3num);
	ct->proto = t->dst.protonum;
	ct->sport = t->src.u.all;
	ct->dport = ct->proto == IPPROTO_ICMP || ct->proto == IPPROTO_ICMPV6 ? t->src.u.all :
									       t->dst.u.all;
	ct->zone = htons(nf_ct_zone(conn)->id);
	ct->reply = CTINFO2DIR(info) == IP_CT_DIR_REPLY;
	ct->answered = test_bit(IPS_SEEN_REPLY_BIT, &conn->status);
	lf_nf_ct_state(ct, conn);
	return ct;
}

static inline void lf_nf_ct_end(union nf_inet_addr *to, const struct in6_addr *addr, bool v4)
{
	if (v4)
		to->ip = addr->s6_addr32[3];
	else
		to->in6 = *addr;
}

/* Is the connection in a flow table (nft's `flow add`)? @ct: either direction's addresses. */
static inline bool lf_nf_ct_offloaded(struct net *net, const struct lf_ct *ct)
{
	bool v4 = ipv6_addr_v4mapped(&ct->src), offloaded = false;
	struct nf_conntrack_tuple t[2] = {};
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_zone zone;
	int i;

	nf_ct_zone_init(&zone, ntohs(ct->zone), NF_CT_DEFAULT_ZONE_DIR, 0);
	for (i = 0; i < 2; i++) {
		t[i].src.l3num = v4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
		lf_nf_ct_end(&t[i].src.u3, i ? &ct->dst : &ct->src, v4);
		lf_nf_ct_end(&t[i].dst.u3, i ? &ct->src : &ct->dst, v4);
		t[i].src.u.all = i ? ct->dport : ct->sport;
		t[i].dst.u.all = i ? ct->sport : ct->dport;
		t[i].dst.protonum = ct->proto;
		h = nf_conntrack_find_get(net, &zone, &t[i]);
		if (!h)
			continue;
		offloaded |= test_bit(IPS_OFFLOAD_BIT, &nf_ct_tuplehash_to_ctrack(h)->status);
		nf_ct_put(nf_ct_tuplehash_to_ctrack(h));
	}
	return offloaded;
}

/* Enables tracking of this family until lf_nf_ct_put(). Sleeps. */
static inline int lf_nf_ct_get(struct net *net, u8 family)
{
	return nf_ct_netns_get(net, family);
}

static inline void lf_nf_ct_put(struct net *net, u8 family)
{
	nf_ct_netns_put(net, family);
}

/*
 * Writes @value into the bits @mask of the entry's mark, if there is an entry, and notifies
 * ctnetlink listeners.
 */
static inline void lf_nf_ct_set_mark(const struct sk_buff *skb, u32 value, u32 mask)
{
#ifdef CONFIG_NF_CONNTRACK_MARK
	enum ip_conntrack_info info;
	struct nf_conn *conn = lf_nf_conn(skb, &info);
	u32 old, new;

	if (!conn)
		return;
	old = READ_ONCE(conn->mark);
	new = (old & ~mask) | (value & mask);
	if (new == old)
		return;
	WRITE_ONCE(conn->mark, new);
	nf_conntrack_event_cache(IPCT_MARK, conn);
#endif
}
#else
static inline bool lf_nf_ct_offloaded(struct net *net, const struct lf_ct *ct)
{
	return false;
}

static inline const struct lf_ct *lf_nf_ct(const struct sk_buff *skb, struct lf_ct *ct)
{
	return NULL;
}

static inline int lf_nf_ct_get(struct net *net, u8 family)
{
	return -EOPNOTSUPP;
}

static inline void lf_nf_ct_put(struct net *net, u8 family)
{
}

static inline void lf_nf_ct_set_mark(const struct sk_buff *skb, u32 value, u32 mask)
{
}
#endif

#endif /* LF_NF_CT_H */
