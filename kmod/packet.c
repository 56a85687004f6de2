// SPDX-License-Identifier: GPL-2.0
/*
 * From packet to headers.
 *
 * Parsing moves a cursor over the packet: link (VLAN tags), network (IPv4, or IPv6 with its
 * extension headers), transport, then the GSO arithmetic; then, if the packet is a tunnel's and the
 * caller asks for it, the same for the packet in it. Every header is read through lf_cursor_peek(),
 * which respects two ends: that of the skb and, once the IP header has been read, that of the IP
 * packet. Nothing is assumed to be linear and nothing is trusted: a guest or a packet socket may
 * have sent any bytes.
 *
 * One file, though long: every packet takes all of it, and the compiler inlines the steps.
 */
#include "packet.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/liteflow.h>
#include <net/tcp.h>
#include "cursor.h"

/* Tags in the packet, besides an accelerated one: 802.1ad and 802.1Q. A third is not parsed. */
#define LF_TAGS_MAX	2

/*
 * Extension headers: RFC 8200 lists seven in a sensible order, but the kernel follows a chain to
 * its end, and stopping earlier would let a packet bypass a rule that matches it. More than a
 * packet of 1500 bytes can hold (182).
 */
#define LF_EXT_MAX	256

#define LF_HDR_PORTS	4	/* bytes: source and destination port */
#define LF_HDR_UDP	8	/* bytes, UDP-Lite too */
#define LF_HDR_SCTP	12	/* bytes: common header */
#define LF_HDR_DCCP	12	/* bytes: shortest generic header */
#define LF_DCCP_DOFF	4	/* offset of DCCP's data offset */
#define LF_HDR_ICMP	8	/* bytes, ICMPv6 too */
#define LF_ICMP_ID	4	/* offset of an echo's id */
/* Packets within packets that are followed. */
#define LF_TUNNELS_MAX	2
#define LF_TUNNEL_MIX	0x9e3779b1u	/* odd: no id of an outer tunnel is lost */

/* the offset in an IPv6 fragment header's offset word */
#define LF_FRAG_OFFSET6	0xfff8

/* --- link --- */

static void note_tag(struct lf_pkt *pkt, u16 tci)
{
	__be16 id = htons(tci & VLAN_VID_MASK);

	if (pkt->vlan)
		pkt->key.inner_vlan = id;
	else
		pkt->key.vlan = id;
	pkt->vlan = 1;
}

/*
 * If the packet contains tags, skb->network_header may be after them (pushed by an action, packet
 * sockets) or at the first one (a VLAN device without header reordering, bridged packets): only the
 * MAC header is reliable.
 */
static int tags_offset(const struct sk_buff *skb)
{
	int off = skb_mac_header_was_set(skb) ? skb_mac_offset(skb) + ETH_HLEN : -1;

	return off >= 0 ? off : skb_network_offset(skb);
}

static int parse_tags(struct lf_cursor *c, struct lf_pkt *pkt, __be16 *type)
{
	const struct vlan_hdr *vh;
	struct vlan_hdr buf LF_FILLED_IN;
	int i;

	for (i = 0; i < LF_TAGS_MAX && eth_type_vlan(*type); i++) {
		vh = lf_cursor_peek(c, sizeof(buf), &buf);
		if (!vh)
			return LITEFLOW_REASON_TRUNCATED;
		if (i < LF_TAGS_MAX - skb_vlan_tag_present(c->skb))
			note_tag(pkt, ntohs(vh->h_vlan_TCI));
		*type = vh->h_vlan_encapsulated_proto;
		c->off += sizeof(buf);
	}
	return eth_type_vlan(*type) ? LITEFLOW_REASON_UNPARSED : LF_GO_ON;
}

/* Sets the cursor on the network header. */
static int parse_link(struct lf_cursor *c, struct lf_pkt *pkt, __be16 *type)
{
	const struct sk_buff *skb = c->skb;
	int off;

	*type = skb->protocol;
	off = eth_type_vlan(*type) ? tags_offset(skb) : skb_network_offset(skb);
	if (off < 0 || off > skb->len)
		return LITEFLOW_REASON_TRUNCATED;
	c->off = off;
	c->end = skb->len;
	if (skb_vlan_tag_present(skb))
		note_tag(pkt, skb_vlan_tag_get(skb));
	return parse_tags(c, pkt, type);
}

/* --- network --- */

static bool is_extension(u8 next, bool v6)
{
	switch (next) {
	case NEXTHDR_HOP:
	case NEXTHDR_ROUTING:
	case NEXTHDR_DEST:
	case NEXTHDR_FRAGMENT:
		return v6;
	case NEXTHDR_AUTH:
		return true;
	}
	return false;
}

static u32 extension_len(u8 next, const struct ipv6_opt_hdr *oh)
{
	switch (next) {
	case NEXTHDR_FRAGMENT:
		return sizeof(struct frag_hdr);
	case NEXTHDR_AUTH:
		return (oh->hdrlen + 2) * 4;
	}
	return (oh->hdrlen + 1) * 8;
}

static int parse_fragment(struct lf_cursor *c, struct lf_pkt *pkt)
{
	const struct frag_hdr *fh;
	struct frag_hdr buf LF_FILLED_IN;

	fh = lf_cursor_peek(c, sizeof(buf), &buf);
	if (!fh)
		return LITEFLOW_REASON_TRUNCATED;
	if (fh->frag_off & htons(LF_FRAG_OFFSET6 | IP6_MF)) {
		pkt->fragment = 1;
		pkt->frag_id = (__force u32)fh->identification;
	}
	if (fh->frag_off & htons(LF_FRAG_OFFSET6))
		return LITEFLOW_REASON_FRAGMENT;
	return LF_GO_ON;
}

static int parse_extension(struct lf_cursor *c, struct lf_pkt *pkt, u8 *next)
{
	const struct ipv6_opt_hdr *oh;
	struct ipv6_opt_hdr buf LF_FILLED_IN;
	u32 len;
	int why = LF_GO_ON;

	oh = lf_cursor_peek(c, sizeof(buf), &buf);
	if (!oh)
		return LITEFLOW_REASON_TRUNCATED;
	len = extension_len(*next, oh);
	if (len > lf_cursor_left(c))
		return LITEFLOW_REASON_TRUNCATED;
	if (*next == NEXTHDR_FRAGMENT)
		why = parse_fragment(c, pkt);
	*next = oh->nexthdr;
	c->off += len;
	return why;
}

/*
 * From the network header to the transport header, whose protocol goes into the key. IPv4 only has
 * the authentication header.
 */
static int parse_extensions(struct lf_cursor *c, struct lf_pkt *pkt)
{
	bool v6 = pkt->key.version == 6;
	u8 next = pkt->key.proto;
	int i, why;

	for (i = 0; is_extension(next, v6); i++) {
		pkt->key.proto = 0;
		if (i == LF_EXT_MAX)
			return LITEFLOW_REASON_UNPARSED;
		why = parse_extension(c, pkt, &next);
		if (why != LF_GO_ON)
			return why;
	}
	pkt->key.proto = next;
	return LF_GO_ON;
}

/* The IP packet is @len bytes long, its first header @hdr: the rest of the skb is padding. */
static int enter_ip(struct lf_cursor *c, u32 hdr, u32 len)
{
	if (hdr > len || len > lf_cursor_left(c))
		return LITEFLOW_REASON_TRUNCATED;
	c->start = c->off;
	c->end = c->off + len;
	c->off += hdr;
	return LF_GO_ON;
}

static void note_ip(struct lf_pkt *pkt, u8 version, u8 dsfield, u8 ttl)
{
	pkt->key.version = version;
	pkt->dscp = dsfield >> 2;
	pkt->ecn = dsfield & INET_ECN_MASK;
	pkt->ttl = ttl;
}

static int parse_ipv4(struct lf_cursor *c, struct lf_pkt *pkt)
{
	const struct iphdr *iph;
	struct iphdr buf LF_FILLED_IN;
	u32 hdr, len;
	int why;

	iph = lf_cursor_peek(c, sizeof(buf), &buf);
	if (!iph)
		return LITEFLOW_REASON_TRUNCATED;
	if (iph->version != 4)
		return LITEFLOW_REASON_NOT_IP;
	hdr = iph->ihl * 4;
	len = ntohs(iph->tot_len);
	if (!len && skb_is_gso(c->skb))		/* BIG TCP: too long for the field */
		len = lf_cursor_left(c);
	if (hdr < sizeof(buf))
		return LITEFLOW_REASON_TRUNCATED;
	why = enter_ip(c, hdr, len);
	if (why != LF_GO_ON)
		return why;

	note_ip(pkt, 4, iph->tos, iph->ttl);
	ipv6_addr_set_v4mapped(iph->saddr, &pkt->key.src);
	ipv6_addr_set_v4mapped(iph->daddr, &pkt->key.dst);
	if (unlikely(iph->frag_off & htons(IP_MF | IP_OFFSET))) {
		pkt->fragment = 1;
		pkt->frag_id = iph->protocol << 16 | ntohs(iph->id);
	}
	if (iph->frag_off & htons(IP_OFFSET))
		return LITEFLOW_REASON_FRAGMENT;
	pkt->key.proto = iph->protocol;
	return LF_GO_ON;
}

/*
 * A payload length of 0 means a jumbo payload if there is more than the field can hold (BIG TCP,
 * with a hop-by-hop header in older kernels and without one in newer ones), otherwise no payload.
 */
static u32 ipv6_len(const struct lf_cursor *c, const struct ipv6hdr *ip6)
{
	if (!ip6->payload_len && (skb_is_gso(c->skb) || lf_cursor_left(c) - sizeof(*ip6) > U16_MAX))
		return lf_cursor_left(c);
	return sizeof(*ip6) + ntohs(ip6->payload_len);
}

static int parse_ipv6(struct lf_cursor *c, struct lf_pkt *pkt)
{
	const struct ipv6hdr *ip6;
	struct ipv6hdr buf LF_FILLED_IN;
	u8 dsfield;
	int why;

	ip6 = lf_cursor_peek(c, sizeof(buf), &buf);
	if (!ip6)
		return LITEFLOW_REASON_TRUNCATED;
	if (ip6->version != 6)
		return LITEFLOW_REASON_NOT_IP;
	why = enter_ip(c, sizeof(buf), ipv6_len(c, ip6));
	if (why != LF_GO_ON)
		return why;

	dsfield = (ip6->priority << 4) | (ip6->flow_lbl[0] >> 4);
	note_ip(pkt, 6, dsfield, ip6->hop_limit);
	pkt->key.src = ip6->saddr;
	pkt->key.dst = ip6->daddr;
	pkt->key.proto = ip6->nexthdr;
	return LF_GO_ON;
}

static int parse_network(struct lf_cursor *c, struct lf_pkt *pkt, __be16 type)
{
	switch (type) {
	case htons(ETH_P_IP):
		return parse_ipv4(c, pkt);
	case htons(ETH_P_IPV6):
		return parse_ipv6(c, pkt);
	}
	return LITEFLOW_REASON_NOT_IP;
}

/* --- transport: each step moves the cursor past its header --- */

static int skip_header(struct lf_cursor *c, u32 least, u32 len)
{
	if (len < least || len > lf_cursor_left(c))
		return LITEFLOW_REASON_TRUNCATED;
	c->off += len;
	return LF_GO_ON;
}

static void note_ports(struct lf_pkt *pkt, const void *header)
{
	const __be16 *ports = header;

	pkt->key.sport = ports[0];
	pkt->key.dport = ports[1];
	pkt->sport = ports[0];
	pkt->dport = ports[1];
}

static int parse_tcp(struct lf_cursor *c, struct lf_pkt *pkt)
{
	const struct tcphdr *th;
	struct tcphdr buf LF_FILLED_IN;

	th = lf_cursor_peek(c, sizeof(buf), &buf);
	if (!th)
		return LITEFLOW_REASON_TRUNCATED;
	note_ports(pkt, th);
	pkt->seq = ntohl(th->seq);
	pkt->window = ntohs(th->window);
	pkt->tcp_flags = tcp_flag_byte(th);
	pkt->fin = th->fin || th->rst;
	return skip_header(c, sizeof(buf), th->doff * 4);
}

static int parse_dccp(struct lf_cursor *c, struct lf_pkt *pkt)
{
	const u8 *dh;
	u8 buf[LF_HDR_DCCP] __aligned(4) LF_FILLED_IN;

	dh = lf_cursor_peek(c, sizeof(buf), buf);
	if (!dh)
		return LITEFLOW_REASON_TRUNCATED;
	note_ports(pkt, dh);
	return skip_header(c, sizeof(buf), dh[LF_DCCP_DOFF] * 4);
}

/* Protocols that start with ports and have a header of fixed length. */
static int parse_ports(struct lf_cursor *c, struct lf_pkt *pkt)
{
	u32 len = pkt->key.proto == IPPROTO_SCTP ? LF_HDR_SCTP : LF_HDR_UDP;
	const void *ports;
	u8 buf[LF_HDR_PORTS] __aligned(4) LF_FILLED_IN;

	ports = lf_cursor_peek(c, sizeof(buf), buf);
	if (!ports)
		return LITEFLOW_REASON_TRUNCATED;
	note_ports(pkt, ports);
	return skip_header(c, len, len);
}

static int parse_icmp(struct lf_cursor *c, struct lf_pkt *pkt, u8 request, u8 reply)
{
	const u8 *ih;
	u8 buf[LF_HDR_ICMP] __aligned(4) LF_FILLED_IN;

	ih = lf_cursor_peek(c, sizeof(buf), buf);
	if (!ih)
		return LITEFLOW_REASON_TRUNCATED;
	if (ih[0] == request || ih[0] == reply) {
		pkt->sport = *(const __be16 *)(ih + LF_ICMP_ID);
		pkt->dport = pkt->sport;
		pkt->key.sport = pkt->sport;
		pkt->key.dport = pkt->sport;
	}
	return skip_header(c, sizeof(buf), sizeof(buf));
}

static int parse_transport(struct lf_cursor *c, struct lf_pkt *pkt)
{
	switch (pkt->key.proto) {
	case IPPROTO_TCP:
		return parse_tcp(c, pkt);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
		return parse_ports(c, pkt);
	case IPPROTO_DCCP:
		return parse_dccp(c, pkt);
	case IPPROTO_ICMP:
		return parse_icmp(c, pkt, ICMP_ECHO, ICMP_ECHOREPLY);
	case IPPROTO_ICMPV6:
		return parse_icmp(c, pkt, ICMPV6_ECHO_REQUEST, ICMPV6_ECHO_REPLY);
	}
	return LF_GO_ON;
}

/* --- lengths and segments --- */

/*
 * Number of segments of a super-packet with @payload bytes; *size is set to the payload of the
 * first ones. gso_segs is used only if it is set and was set by this kernel (not by a guest), and
 * never exceeds what the bytes allow.
 */
static u32 count_segs(const struct sk_buff *skb, u32 payload, u32 *size)
{
	const struct skb_shared_info *si = skb_shinfo(skb);
	u32 segs = si->gso_segs, most;

	if (si->gso_size == GSO_BY_FRAGS) {
		segs = clamp_t(u32, segs, 1, payload);
		*size = DIV_ROUND_UP(payload, segs);
		return DIV_ROUND_UP(payload, *size);
	}
	*size = si->gso_size;
	most = min_t(u32, DIV_ROUND_UP(payload, *size), U16_MAX);
	if (!segs || si->gso_type & SKB_GSO_DODGY)
		return most;
	return min(segs, most);
}

static void note_lengths(const struct lf_cursor *c, struct lf_pkt *pkt)
{
	u32 hdr = c->off - c->start;
	u32 payload = lf_cursor_left(c), size = payload;

	pkt->segs = 1;
	if (skb_is_gso(c->skb) && payload)
		pkt->segs = count_segs(c->skb, payload, &size);
	size = min(size, payload);
	pkt->payload = payload;
	pkt->bytes = min_t(u64, payload + (u64)pkt->segs * hdr, U32_MAX);
	pkt->seg_payload = min_t(u32, size, U16_MAX);
	pkt->seg_len = min_t(u32, size + hdr, U16_MAX);
}

/* Word by word: a call to memset() takes half as long as the parsing. */
static void pkt_clear(struct lf_pkt *pkt)
{
	u64 *word = (u64 *)pkt;

	BUILD_BUG_ON(sizeof(*pkt) != 11 * sizeof(*word));
	word[0] = 0;
	word[1] = 0;
	word[2] = 0;
	word[3] = 0;
	word[4] = 0;
	word[5] = 0;
	word[6] = 0;
	word[7] = 0;
	word[8] = 0;
	word[9] = 0;
	word[10] = 0;
}

/* --- tunnels --- */

/* A walk that goes on into a tunnel: where it was, and where it goes on. */
struct tunnels {
	struct lf_pkt outer;
	int why;		/* of the outer packet */
	int depth;
	struct lf_cursor at;
	__be16 type;
};

/* What the outer packet tells about the inner one. */
static void pkt_enter(struct lf_pkt *pkt, const struct lf_pkt *outer, u32 id)
{
	pkt_clear(pkt);
	pkt->vlan = outer->vlan;
	pkt->key.vlan = outer->key.vlan;
	pkt->key.inner_vlan = outer->key.inner_vlan;
	pkt->key.tunnel = outer->key.tunnel * LF_TUNNEL_MIX ^ id;
}

/*
 * After a packet that may be a tunnel's, or that was in one: true if there is another in it. If
 * not, *why is the result; one that cannot be followed is of the flow of the last that could.
 */
static noinline bool enter_tunnel(struct tunnels *t, struct lf_cursor c, struct lf_pkt *pkt,
				  __be16 type, int *why)
{
	u32 id;

	if (t->depth && *why != LF_GO_ON && *why != LITEFLOW_REASON_FRAGMENT) {
		*pkt = t->outer;
		*why = t->why;
		return false;
	}
	if (t->depth == LF_TUNNELS_MAX || !lf_tunnel_is(pkt, type, *why) ||
	    !lf_tunnel_enter(&c, pkt, &type, &id))
		return false;
	t->depth++;
	t->why = *why;
	t->outer = *pkt;
	t->at = c;
	t->type = type;
	pkt_enter(pkt, &t->outer, id);
	return true;
}

/* Does it have a flow, and is it no tunnel's? TCP, and UDP to other ports: most packets. */
static __always_inline bool is_plain(const struct lf_pkt *pkt, int why)
{
	if (unlikely(why != LF_GO_ON))
		return false;
	if (pkt->key.proto == IPPROTO_UDP)
		return pkt->key.dport != htons(LF_PORT_VXLAN) &&
		       pkt->key.dport != htons(LF_PORT_GTPU);
	return pkt->key.proto == IPPROTO_TCP;
}

/* From the network header on. */
static __always_inline int parse_packet(struct lf_cursor *c, struct lf_pkt *pkt, __be16 type)
{
	int why = parse_network(c, pkt, type);

	if (why == LF_GO_ON)
		why = parse_extensions(c, pkt);
	if (why == LF_GO_ON)
		why = parse_transport(c, pkt);
	if (why == LF_GO_ON)
		note_lengths(c, pkt);
	return why;
}

/*
 * One loop, and the cursor handed over by value: so that the steps are inlined once, and the cursor
 * is in registers, for packets without a tunnel.
 */
int lf_pkt_parse(const struct sk_buff *skb, struct lf_pkt *pkt, bool inner)
{
	struct lf_cursor c = { .skb = skb };
	struct tunnels t LF_FILLED_IN;
	__be16 type;
	int why;

	t.depth = 0;
	pkt_clear(pkt);
	why = parse_link(&c, pkt, &type);
	if (why != LF_GO_ON)
		return why;
	for (;;) {
		why = parse_packet(&c, pkt, type);
		if (likely(is_plain(pkt, why)))
			return why;
		if (!inner || !enter_tunnel(&t, c, pkt, type, &why))
			return why;
		c = t.at;
		type = t.type;
	}
}

/* --- connection tracking --- */

/*
 * The keys of the two directions are each other's reverse even if addresses are translated. VLAN
 * tags may differ. What is known of a tunnel's packets says nothing of those in them.
 */
void lf_pkt_join(struct lf_pkt *pkt, const struct lf_ct *ct)
{
	struct lf_key *key = &pkt->key;

	if (ct->proto != key->proto || key->tunnel)
		return;
	pkt->joined = 1;
	pkt->reply = ct->reply;
	pkt->answered = ct->answered;
	pkt->over = ct->over;
	pkt->fin &= !ct->open;
	key->src = ct->reply ? ct->dst : ct->src;
	key->dst = ct->reply ? ct->src : ct->dst;
	key->sport = ct->reply ? ct->dport : ct->sport;
	key->dport = ct->reply ? ct->sport : ct->dport;
	key->zone = ct->zone;
	key->vlan = 0;
	key->inner_vlan = 0;
}
