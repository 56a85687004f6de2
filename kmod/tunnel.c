// SPDX-License-Identifier: GPL-2.0
/*
 * Headers of tunnels: from the outer packet to the inner one.
 *
 *	IP in IP	4in4, 6in4, 4in6, 6in6: the protocol says it (RFC 2003, 4213, 2473)
 *	GRE		version 0 without routing, with or without checksum, key and sequence
 *			number (RFC 2784, 2890); IP, Ethernet or MPLS in it
 *	VXLAN		UDP port 4789 (RFC 7348); Ethernet in it
 *	GTP-U		UDP port 2152 (3GPP TS 29.281); IP in it
 *	PPPoE		session packets (RFC 2516); IP in it
 *	MPLS		up to LF_LABELS_MAX labels (RFC 3032); IP in it, by its version
 *
 * Each has a bounded number of steps, every read goes through lf_cursor_peek(), and nothing is
 * written outside the caller's cursor. VXLAN and GTP-U are known by their destination port alone:
 * what any program sends to port 4789 or 2152 of a machine is taken for them if it looks like them.
 * So its sender chooses the addresses and ports that its packets are counted under, as one that
 * forges addresses does. They do not get into flows outside of tunnels, since the tunnel is in the
 * key (lf_key.tunnel), but into those of a tunnel of the same kind and id.
 */
#include "cursor.h"

#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/in.h>

#define LF_GRE_CSUM	0x8000
#define LF_GRE_ROUTING	0x4000
#define LF_GRE_KEY	0x2000
#define LF_GRE_SEQ	0x1000
#define LF_GRE_VERSION	0x0007

#define LF_VXLAN_I	0x08	/* first byte: there is a VNI */

#define LF_GTP_V1	0x30	/* version 1, protocol type GTP */
#define LF_GTP_FLAGS	0xf0	/* of these two */
#define LF_GTP_EXT	0x04	/* extension headers follow */
#define LF_GTP_OPT	0x07	/* any of these: four bytes more */
#define LF_GTP_PDU	255	/* message type: a user's packet */
#define LF_GTP_EXT_MAX	4

#define LF_PPP_IP	0x0021
#define LF_PPP_IPV6	0x0057

#define LF_LABELS_MAX	8
#define LF_LABEL_BOTTOM	0x100

enum tunnel { LF_TUNNEL_IP = 1, LF_TUNNEL_GRE, LF_TUNNEL_VXLAN, LF_TUNNEL_GTPU, LF_TUNNEL_PPPOE,
	      LF_TUNNEL_MPLS };

static u32 id_of(enum tunnel kind, u32 id)
{
	return kind << 24 | ((id ^ id >> 24) & 0xffffff);
}

static bool is_link_tunnel(__be16 type)
{
	return type == htons(ETH_P_PPP_SES) || type == htons(ETH_P_MPLS_UC) ||
	       type == htons(ETH_P_MPLS_MC);
}

static bool is_tunnel_port(__be16 port)
{
	return port == htons(LF_PORT_VXLAN) || port == htons(LF_PORT_GTPU);
}

bool lf_tunnel_is(const struct lf_pkt *pkt, __be16 type, int why)
{
	if (why == LITEFLOW_REASON_NOT_IP)
		return is_link_tunnel(type);
	if (why != LF_GO_ON || pkt->fragment)
		return false;
	switch (pkt->key.proto) {
	case IPPROTO_UDP:
		return is_tunnel_port(pkt->key.dport);
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
	case IPPROTO_GRE:
		return true;
	}
	return false;
}

static bool skip(struct lf_cursor *c, u32 len)
{
	if (len > lf_cursor_left(c))
		return false;
	c->off += len;
	return true;
}

/* By the version in its first byte. */
static bool enter_ip(const struct lf_cursor *c, __be16 *type)
{
	const u8 *first;
	u8 buf LF_FILLED_IN;

	first = lf_cursor_peek(c, sizeof(buf), &buf);
	if (!first || (*first >> 4 != 4 && *first >> 4 != 6))
		return false;
	*type = *first >> 4 == 4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	return true;
}

/* Tags in an inner frame tell no flows apart. */
static bool enter_ethernet(struct lf_cursor *c, __be16 *type)
{
	const __be16 *p;
	__be16 buf LF_FILLED_IN;
	int tags;

	if (!skip(c, 2 * ETH_ALEN))
		return false;
	for (tags = 0; tags <= 2; tags++) {
		p = lf_cursor_peek(c, sizeof(buf), &buf);
		if (!p || !skip(c, sizeof(buf)))
			return false;
		*type = *p;
		if (!eth_type_vlan(*type))
			return true;
		if (!skip(c, sizeof(buf)))
			return false;
	}
	return false;
}

static bool enter_mpls(struct lf_cursor *c, __be16 *type)
{
	const __be32 *label;
	__be32 buf LF_FILLED_IN;
	bool bottom = false;
	int i;

	for (i = 0; i < LF_LABELS_MAX && !bottom; i++) {
		label = lf_cursor_peek(c, sizeof(buf), &buf);
		if (!label)
			return false;
		bottom = *label & htonl(LF_LABEL_BOTTOM);
		c->off += sizeof(buf);
	}
	return bottom && enter_ip(c, type);
}

/* @type: what a header names as the protocol of the packet in it. */
static bool enter_type(struct lf_cursor *c, __be16 *type)
{
	switch (*type) {
	case htons(ETH_P_IP):
	case htons(ETH_P_IPV6):
		return true;
	case htons(ETH_P_TEB):
		return enter_ethernet(c, type);
	case htons(ETH_P_MPLS_UC):
	case htons(ETH_P_MPLS_MC):
		return enter_mpls(c, type);
	}
	return false;
}

static u32 gre_len(u16 flags)
{
	return 4 * (1 + !!(flags & LF_GRE_CSUM) + !!(flags & LF_GRE_KEY) + !!(flags & LF_GRE_SEQ));
}

static bool enter_gre(struct lf_cursor *c, __be16 *type, u32 *id)
{
	const __be16 *h;
	__be16 buf[8] __aligned(4) LF_FILLED_IN;
	u32 len, key;
	u16 flags;

	h = lf_cursor_peek(c, 4, buf);
	if (!h)
		return false;
	flags = ntohs(h[0]);
	len = gre_len(flags);
	h = flags & (LF_GRE_ROUTING | LF_GRE_VERSION) ? NULL : lf_cursor_peek(c, len, buf);
	if (!h)
		return false;
	key = flags & LF_GRE_CSUM ? 4 : 2;
	key = flags & LF_GRE_KEY ? ntohs(h[key]) << 16 | ntohs(h[key + 1]) : 0;
	*id = id_of(LF_TUNNEL_GRE, key);
	*type = h[1];
	c->off += len;
	return enter_type(c, type);
}

static bool enter_vxlan(struct lf_cursor *c, __be16 *type, u32 *id)
{
	const u8 *h;
	u8 buf[8] LF_FILLED_IN;

	h = lf_cursor_peek(c, sizeof(buf), buf);
	if (!h || !(h[0] & LF_VXLAN_I))
		return false;
	*id = id_of(LF_TUNNEL_VXLAN, h[4] << 16 | h[5] << 8 | h[6]);
	c->off += sizeof(buf);
	return enter_ethernet(c, type);
}

/* Extension headers: the first byte is the length in words, the last one the type of the next. */
static bool skip_gtp_extensions(struct lf_cursor *c, u8 next)
{
	const u8 *p;
	u8 buf LF_FILLED_IN;
	u32 len;
	int i;

	for (i = 0; next && i < LF_GTP_EXT_MAX; i++) {
		p = lf_cursor_peek(c, sizeof(buf), &buf);
		if (!p || !*p)
			return false;
		len = *p * 4;
		if (!skip(c, len - 1))
			return false;
		p = lf_cursor_peek(c, sizeof(buf), &buf);
		if (!p || !skip(c, 1))
			return false;
		next = *p;
	}
	return !next;
}

/* The endpoint's id is another one in each direction: it tells no flows apart. */
static bool enter_gtpu(struct lf_cursor *c, __be16 *type, u32 *id)
{
	const u8 *h;
	u8 buf[12] LF_FILLED_IN, flags, next = 0;

	h = lf_cursor_peek(c, 8, buf);
	if (!h || (h[0] & LF_GTP_FLAGS) != LF_GTP_V1 || h[1] != LF_GTP_PDU)
		return false;
	flags = h[0];
	if (flags & LF_GTP_OPT) {
		h = lf_cursor_peek(c, sizeof(buf), buf);
		if (!h)
			return false;
		next = flags & LF_GTP_EXT ? h[11] : 0;
	}
	c->off += flags & LF_GTP_OPT ? 12 : 8;
	*id = id_of(LF_TUNNEL_GTPU, 0);
	return skip_gtp_extensions(c, next) && enter_ip(c, type);
}

static bool enter_pppoe(struct lf_cursor *c, __be16 *type, u32 *id)
{
	const __be16 *h;
	__be16 buf[4] LF_FILLED_IN;

	h = lf_cursor_peek(c, sizeof(buf), buf);
	if (!h || h[0] != htons(0x1100))	/* version and type 1, code 0: session data */
		return false;
	*id = id_of(LF_TUNNEL_PPPOE, ntohs(h[1]));
	*type = h[3] == htons(LF_PPP_IP) ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	c->off += sizeof(buf);
	return h[3] == htons(LF_PPP_IP) || h[3] == htons(LF_PPP_IPV6);
}

static bool enter_link(struct lf_cursor *c, __be16 *type, u32 *id)
{
	if (*type == htons(ETH_P_PPP_SES))
		return enter_pppoe(c, type, id);
	*id = id_of(LF_TUNNEL_MPLS, 0);
	return enter_mpls(c, type);
}

bool lf_tunnel_enter(struct lf_cursor *c, const struct lf_pkt *pkt, __be16 *type, u32 *id)
{
	switch (pkt->key.proto) {
	case 0:
		return enter_link(c, type, id);
	case IPPROTO_GRE:
		return enter_gre(c, type, id);
	case IPPROTO_UDP:
		return pkt->key.dport == htons(LF_PORT_VXLAN) ? enter_vxlan(c, type, id) :
								enter_gtpu(c, type, id);
	}
	*id = id_of(LF_TUNNEL_IP, 0);
	*type = pkt->key.proto == IPPROTO_IPIP ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	return true;
}
