/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only code that reads headers: lf_pkt_parse() parses a packet once and fills in a struct
 * lf_pkt. It runs for every packet: no allocation, no lock.
 */
#ifndef LF_PACKET_H
#define LF_PACKET_H

#include <linux/in6.h>
#include <linux/skbuff.h>
#include <uapi/linux/liteflow.h>

/*
 * The ends of a conversation; compared and hashed as bytes, so it has no holes. IPv4 addresses are
 * mapped into IPv6 ones.
 */
struct lf_key {
	struct in6_addr src;
	struct in6_addr dst;
	__be16 sport;		/* 0 if the protocol has none; ICMP echo: both are the id */
	__be16 dport;
	u8 proto;		/* IPPROTO_* after extension headers */
	u8 version;		/* 4 or 6 */
	/* id of the outer VLAN tag, 0 for none: the same addresses on two VLANs are two flows */
	__be16 vlan;
	__be16 inner_vlan;	/* id of the inner tag, likewise */
	__be16 zone;		/* of connection tracking, 0 without it */
	u32 tunnel;		/* kinds and ids of the tunnels around it, 0 without any */
} __aligned(8);

/*
 * One packet, or one GSO super-packet that stands for `segs` packets: segs - 1 of seg_len bytes,
 * and one with the rest. An encapsulated super-packet counts by the headers that were followed: by
 * its outer ones `bytes` leaves out the inner headers of all segments but the first. A packet of a
 * tunnel that was followed is the inner one, but for its VLAN tags.
 */
struct lf_pkt {
	struct lf_key key;
	/* at the IP layer, headers of all segments included */
	u32 bytes;
	u32 payload;		/* after the transport headers, of all segments */
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
	u8 vlan;		/* 1 with a tag, in the packet or accelerated */
	/* TCP FIN or RST, unless the connection is tracked and still open */
	u8 fin;
	u8 joined;		/* connection tracking gave the key: both directions are one flow */
	u8 reply;		/* if joined: in the reply direction */
	u8 answered;		/* if joined: packets of both directions have been seen */
	u8 over;		/* if joined: of a TCP connection that has ended */
	/* from this packet's header; the key's may be those before translation */
	__be16 sport, dport;
	/* what its fragments have in common, besides addresses: IPv4: protocol << 16 | id */
	u32 frag_id;
};

struct lf_ct;

/**
 * lf_pkt_parse - read a packet's headers
 * @skb: network header set; may be non-linear; not modified. If skb->protocol is a VLAN protocol,
 *       tags are read after the MAC header, or at the network header if there is no MAC header.
 * @pkt: filled in; if there can be no flow, all zero except what was read
 * @inner: follow tunnels: @pkt is the packet in one, if that can be parsed (tunnel.c), two deep
 *
 * Return: -1 on success, or the enum liteflow_reason why there can be no flow: not-ip, truncated,
 * unparsed, fragment (one without ports).
 */
int lf_pkt_parse(const struct sk_buff *skb, struct lf_pkt *pkt, bool inner);

/*
 * Replaces the packet's key by its conversation's, as connection tracking knows it, unless that is
 * of another protocol.
 */
void lf_pkt_join(struct lf_pkt *pkt, const struct lf_ct *ct);

#endif /* LF_PACKET_H */
