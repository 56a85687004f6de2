// SPDX-License-Identifier: GPL-2.0
/*
 * From packet or socket to features.
 *
 * Parsing walks a cursor over the packet: link (VLAN tags), network (IPv4, or IPv6 with its extension headers),
 * transport, then the arithmetic of GSO. Every header is read through peek(), which knows two ends: that of the skb
 * and, once the IP header has been read, that of the IP packet. Nothing is assumed linear and nothing is trusted: a
 * guest or a packet socket can have sent any bytes.
 *
 * The socket's features are read without its lock. Each is one load of one field that the stack itself reads like that
 * for its diagnostics; numbers of one vector may be of different moments.
 */
#include "feature.h"
#include "flow.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/liteflow.h>
#include <net/tcp.h>

/* Tags in the packet, besides an accelerated one: 802.1ad and 802.1Q. A third is not followed. */
#define LF_TAGS_MAX	2

/*
 * Extension headers: RFC 8200 knows seven in a sensible order, but the kernel follows a chain to its
 * end, and whoever stops before lets a packet through that a rule meant. More than a packet of 1500
 * bytes can hold (182).
 */
#define LF_EXT_MAX	256

#define LF_HDR_PORTS	4	/* bytes: source and destination port */
#define LF_HDR_UDP	8	/* bytes, UDP-Lite too */
#define LF_HDR_SCTP	12	/* bytes: common header */
#define LF_HDR_DCCP	12	/* bytes: least generic header */
#define LF_DCCP_DOFF	4	/* offset of DCCP's data offset */
#define LF_HDR_ICMP	8	/* bytes, ICMPv6 too */
#define LF_ICMP_ID	4	/* offset of an echo's id */
#define LF_FRAG_OFFSET6	0xfff8	/* the offset in an IPv6 fragment header's offset word */

/* Return value of the parsing steps when the walk goes on; everything else is an enum liteflow_reason. */
#define LF_GO_ON	(-1)

struct cursor {
	const struct sk_buff *skb;
	u32 start;		/* of the IP header, from skb->data like the others */
	u32 off;		/* of the next header */
	u32 end;		/* behind the last readable byte */
};

static u32 left(const struct cursor *c)
{
	return c->end - c->off;
}

/* The next @len bytes, where they lie or copied to @buf; NULL if there are not so many. */
static inline const void *peek(const struct cursor *c, u32 len, void *buf)
{
	if (len > left(c))
		return NULL;
	return skb_header_pointer(c->skb, c->off, len, buf);
}

/* ---- link ---- */

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
 * Where tags lie in the packet, skb->network_header may be behind them (pushed by an action, packet sockets) or at the
 * first one (a VLAN device without header reordering, bridged packets): only the MAC header is certain.
 */
static int tags_offset(const struct sk_buff *skb)
{
	int off = skb_mac_header_was_set(skb) ? skb_mac_offset(skb) + ETH_HLEN : -1;

	return off >= 0 ? off : skb_network_offset(skb);
}

static int parse_tags(struct cursor *c, struct lf_pkt *pkt, __be16 *type)
{
	const struct vlan_hdr *vh;
	struct vlan_hdr buf LF_FILLED_IN;
	int i;

	for (i = 0; i < LF_TAGS_MAX && eth_type_vlan(*type); i++) {
		vh = peek(c, sizeof(buf), &buf);
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
static int parse_link(struct cursor *c, struct lf_pkt *pkt, __be16 *type)
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

/* ---- network ---- */

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

static int parse_fragment(struct cursor *c, struct lf_pkt *pkt)
{
	const struct frag_hdr *fh;
	struct frag_hdr buf LF_FILLED_IN;

	fh = peek(c, sizeof(buf), &buf);
	if (!fh)
		return LITEFLOW_REASON_TRUNCATED;
	if (fh->frag_off & htons(LF_FRAG_OFFSET6 | IP6_MF))
		pkt->fragment = 1;
	if (fh->frag_off & htons(LF_FRAG_OFFSET6))
		return LITEFLOW_REASON_FRAGMENT;
	return LF_GO_ON;
}

static int parse_extension(struct cursor *c, struct lf_pkt *pkt, u8 *next)
{
	const struct ipv6_opt_hdr *oh;
	struct ipv6_opt_hdr buf LF_FILLED_IN;
	u32 len;
	int why = LF_GO_ON;

	oh = peek(c, sizeof(buf), &buf);
	if (!oh)
		return LITEFLOW_REASON_TRUNCATED;
	len = extension_len(*next, oh);
	if (len > left(c))
		return LITEFLOW_REASON_TRUNCATED;
	if (*next == NEXTHDR_FRAGMENT)
		why = parse_fragment(c, pkt);
	*next = oh->nexthdr;
	c->off += len;
	return why;
}

/* From the network header to the transport header, whose protocol goes into the key. IPv4 has the authentication header only. */
static int parse_extensions(struct cursor *c, struct lf_pkt *pkt)
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
static int enter_ip(struct cursor *c, u32 hdr, u32 len)
{
	if (hdr > len || len > left(c))
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

static int parse_ipv4(struct cursor *c, struct lf_pkt *pkt)
{
	const struct iphdr *iph;
	struct iphdr buf LF_FILLED_IN;
	u32 hdr, len;
	int why;

	iph = peek(c, sizeof(buf), &buf);
	if (!iph)
		return LITEFLOW_REASON_TRUNCATED;
	if (iph->version != 4)
		return LITEFLOW_REASON_NOT_IP;
	hdr = iph->ihl * 4;
	len = ntohs(iph->tot_len);
	if (!len && skb_is_gso(c->skb))		/* BIG TCP: longer than the field can say */
		len = left(c);
	if (hdr < sizeof(buf))
		return LITEFLOW_REASON_TRUNCATED;
	why = enter_ip(c, hdr, len);
	if (why != LF_GO_ON)
		return why;

	note_ip(pkt, 4, iph->tos, iph->ttl);
	ipv6_addr_set_v4mapped(iph->saddr, &pkt->key.src);
	ipv6_addr_set_v4mapped(iph->daddr, &pkt->key.dst);
	pkt->fragment = !!(iph->frag_off & htons(IP_MF | IP_OFFSET));
	if (iph->frag_off & htons(IP_OFFSET))
		return LITEFLOW_REASON_FRAGMENT;
	pkt->key.proto = iph->protocol;
	return LF_GO_ON;
}

/*
 * A payload length of 0 means a jumbo payload if there is more than the field can say (BIG TCP, with a hop-by-hop
 * header in older kernels and without in newer ones), else that there is none.
 */
static u32 ipv6_len(const struct cursor *c, const struct ipv6hdr *ip6)
{
	if (!ip6->payload_len && (skb_is_gso(c->skb) || left(c) - sizeof(*ip6) > U16_MAX))
		return left(c);
	return sizeof(*ip6) + ntohs(ip6->payload_len);
}

static int parse_ipv6(struct cursor *c, struct lf_pkt *pkt)
{
	const struct ipv6hdr *ip6;
	struct ipv6hdr buf LF_FILLED_IN;
	u8 dsfield;
	int why;

	ip6 = peek(c, sizeof(buf), &buf);
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

static int parse_network(struct cursor *c, struct lf_pkt *pkt, __be16 type)
{
	switch (type) {
	case htons(ETH_P_IP):
		return parse_ipv4(c, pkt);
	case htons(ETH_P_IPV6):
		return parse_ipv6(c, pkt);
	}
	return LITEFLOW_REASON_NOT_IP;
}

/* ---- transport: each step moves the cursor behind its header ---- */

static int skip_header(struct cursor *c, u32 least, u32 len)
{
	if (len < least || len > left(c))
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

static int parse_tcp(struct cursor *c, struct lf_pkt *pkt)
{
	const struct tcphdr *th;
	struct tcphdr buf LF_FILLED_IN;

	th = peek(c, sizeof(buf), &buf);
	if (!th)
		return LITEFLOW_REASON_TRUNCATED;
	note_ports(pkt, th);
	pkt->seq = ntohl(th->seq);
	pkt->window = ntohs(th->window);
	pkt->tcp_flags = tcp_flag_byte(th);
	pkt->fin = th->fin || th->rst;
	return skip_header(c, sizeof(buf), th->doff * 4);
}

static int parse_dccp(struct cursor *c, struct lf_pkt *pkt)
{
	const u8 *dh;
	u8 buf[LF_HDR_DCCP] __aligned(4) LF_FILLED_IN;

	dh = peek(c, sizeof(buf), buf);
	if (!dh)
		return LITEFLOW_REASON_TRUNCATED;
	note_ports(pkt, dh);
	return skip_header(c, sizeof(buf), dh[LF_DCCP_DOFF] * 4);
}

/* Protocols with ports first and a header of fixed length. */
static int parse_ports(struct cursor *c, struct lf_pkt *pkt)
{
	u32 len = pkt->key.proto == IPPROTO_SCTP ? LF_HDR_SCTP : LF_HDR_UDP;
	const void *ports;
	u8 buf[LF_HDR_PORTS] __aligned(4) LF_FILLED_IN;

	ports = peek(c, sizeof(buf), buf);
	if (!ports)
		return LITEFLOW_REASON_TRUNCATED;
	note_ports(pkt, ports);
	return skip_header(c, len, len);
}

static int parse_icmp(struct cursor *c, struct lf_pkt *pkt, u8 request, u8 reply)
{
	const u8 *ih;
	u8 buf[LF_HDR_ICMP] __aligned(4) LF_FILLED_IN;

	ih = peek(c, sizeof(buf), buf);
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

static int parse_transport(struct cursor *c, struct lf_pkt *pkt)
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

/* ---- lengths and segments ---- */

/*
 * Segments of a super-packet with @payload bytes, *size set to the payload of the first ones. gso_segs counts only
 * where it is there and made by this kernel (not by a guest), and never more than there are bytes for.
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

static void note_lengths(const struct cursor *c, struct lf_pkt *pkt)
{
	u32 hdr = c->off - c->start;
	u32 payload = left(c), size = payload;

	pkt->segs = 1;
	if (skb_is_gso(c->skb) && payload)
		pkt->segs = count_segs(c->skb, payload, &size);
	size = min(size, payload);
	pkt->payload = payload;
	pkt->bytes = min_t(u64, payload + (u64)pkt->segs * hdr, U32_MAX);
	pkt->seg_payload = min_t(u32, size, U16_MAX);
	pkt->seg_len = min_t(u32, size + hdr, U16_MAX);
}

/* Word by word: a call of memset() takes as long as half of the parsing. */
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

int lf_pkt_parse(const struct sk_buff *skb, struct lf_pkt *pkt)
{
	struct cursor c = { .skb = skb };
	__be16 type;
	int why;

	pkt_clear(pkt);
	why = parse_link(&c, pkt, &type);
	if (why == LF_GO_ON)
		why = parse_network(&c, pkt, type);
	if (why == LF_GO_ON)
		why = parse_extensions(&c, pkt);
	if (why == LF_GO_ON)
		why = parse_transport(&c, pkt);
	if (why == LF_GO_ON)
		note_lengths(&c, pkt);
	return why;
}

/* ---- connection tracking ---- */

/* The two directions' keys are each other's reverse even where addresses are translated. Tags of devices may differ. */
void lf_pkt_join(struct lf_pkt *pkt, const struct lf_ct *ct)
{
	struct lf_key *key = &pkt->key;

	if (ct->proto != key->proto)
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

/* ---- numbers ---- */

/* log2(1 + i/32) in 1/65536. Linear between the points: 0.045 steps of 1/256 at most below the true value. */
#define LF_LOG2_BITS	5
static const u32 log2_points[(1 << LF_LOG2_BITS) + 1] = {
	0, 2909, 5732, 8473, 11136, 13727, 16248, 18704, 21098, 23433, 25711,
	27936, 30109, 32234, 34312, 36346, 38336, 40286, 42196, 44068, 45904, 47705,
	49472, 51207, 52911, 54584, 56229, 57845, 59434, 60997, 62534, 64047, 65536,
};

u32 lf_log2_q8(u64 v)
{
	u32 exp, i, frac, lo, hi;

	if (v == U64_MAX)
		return 64 << 8;
	v++;
	exp = fls64(v) - 1;
	v <<= 63 - exp;				/* the leading one on top, the mantissa behind it */
	i = (v >> (63 - LF_LOG2_BITS)) & ((1 << LF_LOG2_BITS) - 1);
	frac = (v >> (47 - LF_LOG2_BITS)) & 0xffff;
	lo = log2_points[i];
	hi = log2_points[i + 1];
	lo += ((hi - lo) * frac) >> 16;
	return (exp << 8) + ((lo + 128) >> 8);
}

static s32 sat(u64 v)
{
	return min_t(u64, v, S32_MAX);
}

/* ---- features of the packet ---- */

static s32 pkt_feature(u8 id, const struct lf_pkt *pkt)
{
	switch (id) {
	case LQ_F_PKT_LEN:
		return pkt->seg_len;
	case LQ_F_PKT_PAYLOAD:
		return pkt->seg_payload;
	case LQ_F_PKT_SEGS:
		return pkt->segs;
	case LQ_F_PKT_IP_VERSION:
		return pkt->key.version;
	case LQ_F_PKT_PROTO:
		return pkt->key.proto;
	case LQ_F_PKT_DSCP:
		return pkt->dscp;
	case LQ_F_PKT_ECN:
		return pkt->ecn;
	case LQ_F_PKT_TTL:
		return pkt->ttl;
	case LQ_F_PKT_SPORT:
		return ntohs(pkt->sport);
	case LQ_F_PKT_DPORT:
		return ntohs(pkt->dport);
	case LQ_F_PKT_TCP_FLAGS:
		return pkt->tcp_flags;
	case LQ_F_PKT_TCP_WINDOW:
		return pkt->window;
	case LQ_F_PKT_FRAGMENT:
		return pkt->fragment;
	case LQ_F_PKT_VLAN:
		return pkt->vlan;
	}
	return 0;
}

/* ---- features of the flow ---- */

static u64 duration_us(const struct lf_flow *flow)
{
	return div_u64(flow->last_ns - flow->born_ns, NSEC_PER_USEC);
}

/* Bytes per second, U64_MAX where it does not fit; 0 at the first packet. */
static u64 rate(const struct lf_flow *flow)
{
	u64 us = max_t(u64, duration_us(flow), 1), per_us;

	if (flow->last_ns == flow->born_ns)
		return 0;
	if (flow->bytes <= U64_MAX / USEC_PER_SEC)
		return div64_u64(flow->bytes * USEC_PER_SEC, us);
	per_us = div64_u64(flow->bytes, us);
	return per_us <= U64_MAX / USEC_PER_SEC ? per_us * USEC_PER_SEC : U64_MAX;
}

static s32 flow_size_feature(u8 id, const struct lf_flow *flow)
{
	switch (id) {
	case LQ_F_FLOW_PACKETS:
		return sat(flow->packets);
	case LQ_F_FLOW_PACKETS_LOG2:
		return lf_log2_q8(flow->packets);
	case LQ_F_FLOW_BYTES:
		return sat(flow->bytes);
	case LQ_F_FLOW_BYTES_LOG2:
		return lf_log2_q8(flow->bytes);
	case LQ_F_FLOW_PAYLOAD_LOG2:
		return lf_log2_q8(flow->payload);
	case LQ_F_FLOW_DURATION_US:
		return sat(duration_us(flow));
	case LQ_F_FLOW_DURATION_LOG2:
		return lf_log2_q8(duration_us(flow));
	case LQ_F_FLOW_RATE_LOG2:
		return lf_log2_q8(rate(flow));
	}
	return 0;
}

/* A running statistic, from 1/8 steps. */
static s32 whole(u32 eighths)
{
	return ((u64)eighths + 4) >> 3;
}

static s32 flow_iat_feature(u8 id, const struct lf_flow *flow)
{
	switch (id) {
	case LQ_F_FLOW_IAT_US:
		return sat(flow->iat_us);
	case LQ_F_FLOW_IAT_LOG2:
		return lf_log2_q8(flow->iat_us);
	case LQ_F_FLOW_IAT_MIN_US:
		return sat(flow->iat_min_us);
	case LQ_F_FLOW_IAT_MAX_US:
		return sat(flow->iat_max_us);
	case LQ_F_FLOW_IAT_MEAN_US:
		return whole(flow->iat_mean8);
	case LQ_F_FLOW_IAT_DEV_US:
		return whole(flow->iat_dev8);
	case LQ_F_FLOW_IAT_MEAN_LOG2:
		return whole(flow->iat_log2_mean8);
	case LQ_F_FLOW_IAT_DEV_LOG2:
		return whole(flow->iat_log2_dev8);
	}
	return 0;
}

/* @n of the flow's packets, in 1/256 of them. */
static s32 share(const struct lf_flow *flow, u32 n)
{
	return div_u64((u64)n << 8, max_t(u32, flow->packets, 1));
}

static s32 flow_share_feature(u8 id, const struct lf_flow *flow)
{
	switch (id) {
	case LQ_F_FLOW_SMALL_SHARE:
		return share(flow, flow->small);
	case LQ_F_FLOW_LARGE_SHARE:
		return share(flow, flow->large);
	case LQ_F_FLOW_EMPTY_SHARE:
		return share(flow, flow->empty);
	case LQ_F_FLOW_PSH_SHARE:
		return share(flow, flow->psh);
	}
	return 0;
}

static s32 flow_shape_feature(u8 id, const struct lf_flow *flow)
{
	switch (id) {
	case LQ_F_FLOW_LEN_MIN:
		return flow->len_min;
	case LQ_F_FLOW_LEN_MAX:
		return flow->len_max;
	case LQ_F_FLOW_LEN_MEAN:
		return whole(flow->len_mean8);
	case LQ_F_FLOW_LEN_DEV:
		return whole(flow->len_dev8);
	case LQ_F_FLOW_SMALL:
		return sat(flow->small);
	case LQ_F_FLOW_LARGE:
		return sat(flow->large);
	case LQ_F_FLOW_EMPTY:
		return sat(flow->empty);
	case LQ_F_FLOW_PSH:
		return sat(flow->psh);
	case LQ_F_FLOW_TCP_FLAGS:
		return flow->tcp_flags;
	case LQ_F_FLOW_TCP_WINDOW0:
		return flow->window0;
	case LQ_F_FLOW_REV_PACKETS:
		return sat(flow->rev_packets);
	case LQ_F_FLOW_REV_BYTES_LOG2:
		return lf_log2_q8(flow->rev_bytes);
	case LQ_F_FLOW_ORIGINAL:
		return flow->original;
	case LQ_F_FLOW_LEN0 ... LQ_F_FLOW_LEN7:
		return flow->len[id - LQ_F_FLOW_LEN0];
	}
	return 0;
}

static s32 flow_feature(u8 id, const struct lf_flow *flow)
{
	BUILD_BUG_ON(LQ_F_FLOW_LEN7 - LQ_F_FLOW_LEN0 != LF_FLOW_LENS - 1);

	if (!flow)
		return 0;
	if (id < LQ_F_FLOW_IAT_US)
		return flow_size_feature(id, flow);
	if (id < LQ_F_FLOW_LEN_MIN)
		return flow_iat_feature(id, flow);
	if (id < LQ_F_FLOW_SMALL_SHARE)
		return flow_shape_feature(id, flow);
	return flow_share_feature(id, flow);
}

/* ---- features of the socket ---- */

static u32 unsent_bytes(const struct tcp_sock *tp)
{
	s32 n = READ_ONCE(tp->write_seq) - READ_ONCE(tp->snd_nxt);

	return max(n, 0);
}

static u32 inflight(const struct tcp_sock *tp)
{
	s64 n = (s64)READ_ONCE(tp->packets_out) + READ_ONCE(tp->retrans_out) -
		READ_ONCE(tp->sacked_out) - READ_ONCE(tp->lost_out);

	return clamp_t(s64, n, 0, U32_MAX);
}

static s32 tcp_feature(u8 id, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	switch (id) {
	case LQ_F_SOCK_UNSENT_BYTES:
		return unsent_bytes(tp);
	case LQ_F_SOCK_UNSENT_LOG2:
		return lf_log2_q8(unsent_bytes(tp));
	case LQ_F_SOCK_CWND:
		return sat(READ_ONCE(tp->snd_cwnd));
	case LQ_F_SOCK_INFLIGHT:
		return sat(inflight(tp));
	case LQ_F_SOCK_SRTT_US:
		return READ_ONCE(tp->srtt_us) >> 3;
	case LQ_F_SOCK_SRTT_LOG2:
		return lf_log2_q8(READ_ONCE(tp->srtt_us) >> 3);
	case LQ_F_SOCK_MSS:
		return sat(READ_ONCE(tp->mss_cache));
	case LQ_F_SOCK_PACING_LOG2:
		return lf_log2_q8(READ_ONCE(sk->sk_pacing_rate));
	}
	return 0;
}

/* TCP keeps what it may still have to send in its queue; for the others it is what the layers below still hold. */
static s32 queued_bytes(const struct sock *sk)
{
	if (sk_is_tcp(sk))
		return max(READ_ONCE(sk->sk_wmem_queued), 0);
	return max(sk_wmem_alloc_get(sk), 0);
}

static s32 sock_feature(u8 id, const struct sock *sk)
{
	if (!sk)
		return 0;
	switch (id) {
	case LQ_F_SOCK_LOCAL:
		return 1;
	case LQ_F_SOCK_QUEUED_BYTES:
		return queued_bytes(sk);
	case LQ_F_SOCK_SNDBUF:
		return max(READ_ONCE(sk->sk_sndbuf), 0);
	}
	return sk_is_tcp(sk) ? tcp_feature(id, sk) : 0;
}

/* The sender's socket: not a request or time-wait one, and not a receiver's, found early on the way in. */
static const struct sock *sender(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	if (!sk || !sk_fullsock(sk))
		return NULL;
	if (skb->destructor == sock_edemux || skb->destructor == sock_pfree)
		return NULL;
	return sk;
}

/* ---- vectors ---- */

void lf_feature_fill(s32 *x, const u8 *ids, u32 n, const struct lf_pkt *pkt, const struct lf_flow *flow,
		     const struct sk_buff *skb)
{
	const struct sock *sk = sender(skb);
	u32 i;

	for (i = 0; i < n; i++) {
		if (ids[i] < LQ_F_FLOW_PACKETS)
			x[i] = pkt_feature(ids[i], pkt);
		else if (ids[i] < LQ_F_SOCK_LOCAL)
			x[i] = flow_feature(ids[i], flow);
		else
			x[i] = sock_feature(ids[i], sk);
	}
}

void lf_feature_fill_sock(s32 *x, const u8 *ids, u32 n, struct sock *sk, const s32 *cc, const s32 *params)
{
	u32 i;

	BUILD_BUG_ON(LQ_F_PARAM_W_LOSS - LQ_F_PARAM_W_THR != LQ_P_W_LOSS - LQ_P_W_THR);
	for (i = 0; i < n; i++) {
		if (ids[i] >= LQ_F_CC_LATENCY_INFLATION_0 && ids[i] < LQ_N_FEATURES)
			x[i] = cc[ids[i] - LQ_F_CC_LATENCY_INFLATION_0];
		else if (ids[i] >= LQ_F_PARAM_W_THR && ids[i] < LQ_F_CC_LATENCY_INFLATION_0)
			x[i] = READ_ONCE(params[LQ_P_W_THR + ids[i] - LQ_F_PARAM_W_THR]);
		else if (ids[i] >= LQ_F_SOCK_LOCAL)
			x[i] = sock_feature(ids[i], sk);
		else
			x[i] = 0;
	}
}
