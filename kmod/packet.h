/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only code that reads headers: lf_pkt_parse() looks at a packet once and leaves a struct
 * lf_pkt. It runs for every packet: no allocation, no lock.
 */
#ifndef LF_PACKET_H
#define LF_PACKET_H

#include <linux/in6.h>
#include <linux/skbuff.h>
#include <uapi/linux/liteflow.h>

/*
 * Who talks to whom; compared and hashed as bytes, so it has no holes. IPv4 addresses are mapped
 * into IPv6 ones.
 */
struct lf_key {
	struct in6_addr src;
	struct in6_addr dst;
	__be16 sport;		/* 0 where the protocol has none; ICMP echo: the id, in both */
	__be16 dport;
	u8 proto;		/* IPPROTO_* behind extension headers */
	u8 version;		/* 4 or 6 */
	/* id of the outer VLAN tag, 0 for none: the same addresses on two VLANs are two flows */
	__be16 vlan;
	__be16 inner_vlan;	/* id of the tag behind it, likewise */
	__be16 zone;		/* of connection tracking, 0 without it */
	__be16 zero[2];		/* fills the last word of eight bytes */
} __aligned(8);

/*
 * One packet, or one GSO super-packet standing for `segs` packets: segs - 1 of seg_len bytes, and
 * one of what is left. An encapsulated super-packet is taken at its outer headers: `bytes` leaves
 * out the inner headers of all segments but the first.
 */
struct lf_pkt {
	struct lf_key key;
	/* at the IP layer, headers of all segments included: what goes over the wire */
	u32 bytes;
	u32 payload;		/* behind the transport headers, of all segments */
	u32 seq;		/* TCP sequence number of the first byte, else 0 */
	u16 segs;		/* 1 if not GSO */
	u16 seg_len;		/* pkt.len: at the IP layer, of one (the first) segment */
	u16 seg_payload;
	u16 window;		/* TCP, else 0 */
	u8 tcp_flags;		/* TCP, else 0 */
	u8 dscp;
	u8 ecn;
	u8 ttl;
	/* 1 for any fragment (not for an atomic one); ports are known in the first one only */
	u8 fragment;
	u8 vlan;		/* 1 with a tag, in the packet or beside it */
	/* TCP FIN or RST, unless the connection is tracked and open still */
	u8 fin;
	u8 joined;		/* connection tracking gave the key: both directions are one flow */
	u8 reply;		/* if so: this one answers */
	u8 answered;		/* if so: packets of both directions have been seen */
	u8 over;		/* if so: of a TCP connection that has ended */
	/* of this packet's header; the key's may be those before translation */
	__be16 sport, dport;
};

struct lf_ct;

/**
 * lf_pkt_parse - read a packet's headers
 * @skb: network header set; may be non-linear; not modified. Where skb->protocol is a VLAN's, the
 * tags are read behind
 *       the MAC header, or at the network header if there is no MAC header.
 * @pkt: filled in; all zero but for what was read where there can be no flow
 *
 * Return: -1 if all is well, or the enum liteflow_reason why there can be no flow: not-ip,
 * truncated, unparsed, fragment (one without ports).
 */
int lf_pkt_parse(const struct sk_buff *skb, struct lf_pkt *pkt);

/*
 * The packet's key becomes its conversation's, as connection tracking knows it; not if that is of
 * another protocol.
 */
void lf_pkt_join(struct lf_pkt *pkt, const struct lf_ct *ct);

#endif /* LF_PACKET_H */
