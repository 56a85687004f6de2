/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The features: every integer that the kernel can compute for a model, in one table for kernel,
 * lfgen and lfctl.
 *
 * A feature is an s32. It saturates at the ends of s32, never wraps. num/den give the real value of
 * one step:
 *
 *	value in the unit = feature * num / den
 *
 * Logarithms are base 2 of (1 + quantity) in steps of 1/256, so a small net can read 40 bytes and 4
 * GB with the same lanes.
 *
 * F(id, "name", "unit", num, den, suppliers, "what it is")
 *
 * The order is ABI: ids are array indexes only inside the kernel, but samples are decoded by name.
 * Append to a group only.
 */
#ifndef LQ_FEATURES_H
#define LQ_FEATURES_H

#include <lq/types.h>

/* Who can supply a feature: kinds of attachment. */
#define LQ_FROM_QDISC	(1u << 0)	/* packet at egress of a device */
#define LQ_FROM_HOOK	(1u << 1)	/* packet at a netfilter hook */
#define LQ_FROM_XT	(1u << 2)	/* packet in an xtables rule */
#define LQ_FROM_TCP	(1u << 3)	/* interval of a TCP connection */

#define LQ_FROM_SKB	(LQ_FROM_QDISC | LQ_FROM_HOOK | LQ_FROM_XT)
#define LQ_FROM_SOCK	(LQ_FROM_SKB | LQ_FROM_TCP)	/* local senders: 0 without a socket */
#define LQ_FROM_ALL	(LQ_FROM_SKB | LQ_FROM_TCP)

/* Histories of congestion-control intervals: 0 is the oldest, 9 the newest. */
#define LQ_CC_HISTORY	10

#define LQ_FEATURES_PKT(F) \
	F(PKT_LEN, "pkt.len", "bytes", 1, 1, LQ_FROM_SKB, \
	  "length at the IP layer of this packet, of one segment for a GSO super-packet") \
	F(PKT_PAYLOAD, "pkt.payload", "bytes", 1, 1, LQ_FROM_SKB, \
	  "bytes behind the transport header, of one segment for a GSO super-packet") \
	F(PKT_SEGS, "pkt.segs", "packets", 1, 1, LQ_FROM_SKB, \
	  "packets that this super-packet becomes on the wire") \
	F(PKT_IP_VERSION, "pkt.ip_version", "", 1, 1, LQ_FROM_SKB, "4 or 6") \
	F(PKT_PROTO, "pkt.proto", "", 1, 1, LQ_FROM_SKB, \
	  "IP protocol number behind extension headers") \
	F(PKT_DSCP, "pkt.dscp", "", 1, 1, LQ_FROM_SKB, "differentiated services code point") \
	F(PKT_ECN, "pkt.ecn", "", 1, 1, LQ_FROM_SKB, "ECN field of the IP header") \
	F(PKT_TTL, "pkt.ttl", "hops", 1, 1, LQ_FROM_SKB, "TTL or hop limit") \
	F(PKT_SPORT, "pkt.sport", "", 1, 1, LQ_FROM_SKB, "source port, 0 if there is none") \
	F(PKT_DPORT, "pkt.dport", "", 1, 1, LQ_FROM_SKB, "destination port, 0 if there is none") \
	F(PKT_TCP_FLAGS, "pkt.tcp_flags", "", 1, 1, LQ_FROM_SKB, \
	  "TCP flags byte, CWR ECE URG ACK PSH RST SYN FIN from the top bit, 0 for others") \
	F(PKT_TCP_WINDOW, "pkt.tcp_window", "", 1, 1, LQ_FROM_SKB, \
	  "TCP window field, not scaled, 0 for others") \
	F(PKT_FRAGMENT, "pkt.fragment", "", 1, 1, LQ_FROM_SKB, "1 for a fragment, else 0") \
	F(PKT_VLAN, "pkt.vlan", "", 1, 1, LQ_FROM_SKB, "1 for a packet with a VLAN tag, else 0")

#define LQ_FEATURES_FLOW_IAT(F, j, k) \
	F(FLOW_IAT##k, "flow.iat" #k, "us", 1, 1, LQ_FROM_SKB, \
	  "time between the packets of flow.len" #j " and flow.len" #k ", to 12 bits")

#define LQ_FEATURES_FLOW_IAT_LOG2(F, k) \
	F(FLOW_IAT##k##_LOG2, "flow.iat" #k "_log2", "log2 us", 1, 256, LQ_FROM_SKB, \
	  "log2 of 1 + flow.iat" #k)

#define LQ_FEATURES_FLOW(F) \
	F(FLOW_PACKETS, "flow.packets", "packets", 1, 1, LQ_FROM_SKB, \
	  "packets of the flow so far, this one included") \
	F(FLOW_PACKETS_LOG2, "flow.packets_log2", "log2 packets", 1, 256, LQ_FROM_SKB, \
	  "log2 of 1 + flow.packets") \
	F(FLOW_BYTES, "flow.bytes", "bytes", 1, 1, LQ_FROM_SKB, \
	  "bytes at the IP layer so far, this packet included") \
	F(FLOW_BYTES_LOG2, "flow.bytes_log2", "log2 bytes", 1, 256, LQ_FROM_SKB, \
	  "log2 of 1 + flow.bytes") \
	F(FLOW_PAYLOAD_LOG2, "flow.payload_log2", "log2 bytes", 1, 256, LQ_FROM_SKB, \
	  "log2 of 1 + bytes behind transport headers so far") \
	F(FLOW_DURATION_US, "flow.duration_us", "us", 1, 1, LQ_FROM_SKB, \
	  "time since the first packet") \
	F(FLOW_DURATION_LOG2, "flow.duration_log2", "log2 us", 1, 256, LQ_FROM_SKB, \
	  "log2 of 1 + flow.duration_us") \
	F(FLOW_RATE_LOG2, "flow.rate_log2", "log2 bytes/s", 1, 256, LQ_FROM_SKB, \
	  "log2 of 1 + bytes per second since the first packet, 0 at the first") \
	F(FLOW_IAT_US, "flow.iat_us", "us", 1, 1, LQ_FROM_SKB, \
	  "time since the packet before, 0 at the first") \
	F(FLOW_IAT_LOG2, "flow.iat_log2", "log2 us", 1, 256, LQ_FROM_SKB, \
	  "log2 of 1 + flow.iat_us") \
	F(FLOW_IAT_MIN_US, "flow.iat_min_us", "us", 1, 1, LQ_FROM_SKB, \
	  "least inter-arrival time so far, 0 at the first packet") \
	F(FLOW_IAT_MAX_US, "flow.iat_max_us", "us", 1, 1, LQ_FROM_SKB, \
	  "greatest inter-arrival time so far") \
	F(FLOW_IAT_MEAN_US, "flow.iat_mean_us", "us", 1, 1, LQ_FROM_SKB, \
	  "running mean of inter-arrival times, weight 1/8") \
	F(FLOW_IAT_DEV_US, "flow.iat_dev_us", "us", 1, 1, LQ_FROM_SKB, \
	  "running mean absolute deviation of inter-arrival times, weight 1/8") \
	F(FLOW_IAT_MEAN_LOG2, "flow.iat_mean_log2", "log2 us", 1, 256, LQ_FROM_SKB, \
	  "running mean of flow.iat_log2, weight 1/8") \
	F(FLOW_IAT_DEV_LOG2, "flow.iat_dev_log2", "log2 us", 1, 256, LQ_FROM_SKB, \
	  "running mean absolute deviation of flow.iat_log2, weight 1/8") \
	F(FLOW_LEN_MIN, "flow.len_min", "bytes", 1, 1, LQ_FROM_SKB, "least pkt.len so far") \
	F(FLOW_LEN_MAX, "flow.len_max", "bytes", 1, 1, LQ_FROM_SKB, "greatest pkt.len so far") \
	F(FLOW_LEN_MEAN, "flow.len_mean", "bytes", 1, 16, LQ_FROM_SKB, \
	  "running mean of pkt.len, weight 1/8") \
	F(FLOW_LEN_DEV, "flow.len_dev", "bytes", 1, 16, LQ_FROM_SKB, \
	  "running mean absolute deviation of pkt.len, weight 1/8") \
	F(FLOW_SMALL, "flow.small", "packets", 1, 1, LQ_FROM_SKB, \
	  "packets so far with 1 to 127 bytes of payload") \
	F(FLOW_LARGE, "flow.large", "packets", 1, 1, LQ_FROM_SKB, \
	  "packets so far with 1,000 bytes of payload or more") \
	F(FLOW_EMPTY, "flow.empty", "packets", 1, 1, LQ_FROM_SKB, \
	  "packets so far without payload") \
	F(FLOW_PSH, "flow.psh", "packets", 1, 1, LQ_FROM_SKB, \
	  "packets so far with the TCP flag PSH") \
	F(FLOW_TCP_FLAGS, "flow.tcp_flags", "", 1, 1, LQ_FROM_SKB, "TCP flags seen so far, ORed") \
	F(FLOW_TCP_WINDOW0, "flow.tcp_window0", "", 1, 1, LQ_FROM_SKB, \
	  "TCP window field of the first packet") \
	F(FLOW_REV_PACKETS, "flow.rev_packets", "packets", 1, 1, LQ_FROM_SKB, \
	  "packets of the other direction so far, 0 where it is not seen") \
	F(FLOW_REV_BYTES_LOG2, "flow.rev_bytes_log2", "log2 bytes", 1, 256, LQ_FROM_SKB, \
	  "log2 of 1 + bytes of the other direction so far, 0 where it is not seen") \
	F(FLOW_ORIGINAL, "flow.original", "", 1, 1, LQ_FROM_SKB, \
	  "1 where this direction opened the flow, 0 where it answers, -1 where unknown") \
	F(FLOW_LEN0, "flow.len0", "bytes", 1, 1, LQ_FROM_SKB, "pkt.len of the first packet") \
	F(FLOW_LEN1, "flow.len1", "bytes", 1, 1, LQ_FROM_SKB, \
	  "pkt.len of the second packet, 0 before it") \
	F(FLOW_LEN2, "flow.len2", "bytes", 1, 1, LQ_FROM_SKB, \
	  "pkt.len of the third packet, 0 before it") \
	F(FLOW_LEN3, "flow.len3", "bytes", 1, 1, LQ_FROM_SKB, \
	  "pkt.len of the fourth packet, 0 before it") \
	F(FLOW_LEN4, "flow.len4", "bytes", 1, 1, LQ_FROM_SKB, \
	  "pkt.len of the fifth packet, 0 before it") \
	F(FLOW_LEN5, "flow.len5", "bytes", 1, 1, LQ_FROM_SKB, \
	  "pkt.len of the sixth packet, 0 before it") \
	F(FLOW_LEN6, "flow.len6", "bytes", 1, 1, LQ_FROM_SKB, \
	  "pkt.len of the seventh packet, 0 before it") \
	F(FLOW_LEN7, "flow.len7", "bytes", 1, 1, LQ_FROM_SKB, \
	  "pkt.len of the eighth packet, 0 before it") \
	F(FLOW_SMALL_SHARE, "flow.small_share", "", 1, 256, LQ_FROM_SKB, \
	  "flow.small over flow.packets") \
	F(FLOW_LARGE_SHARE, "flow.large_share", "", 1, 256, LQ_FROM_SKB, \
	  "flow.large over flow.packets") \
	F(FLOW_EMPTY_SHARE, "flow.empty_share", "", 1, 256, LQ_FROM_SKB, \
	  "flow.empty over flow.packets") \
	F(FLOW_PSH_SHARE, "flow.psh_share", "", 1, 256, LQ_FROM_SKB, "flow.psh over flow.packets") \
	F(FLOW_MIDSTREAM, "flow.midstream", "", 1, 1, LQ_FROM_SKB, \
	  "1 for a TCP flow whose first packet seen has no SYN: it began before, else 0") \
	F(FLOW_IAT0, "flow.iat0", "us", 1, 1, LQ_FROM_SKB, \
	  "0: there is no packet before the first") \
	LQ_FEATURES_FLOW_IAT(F, 0, 1) \
	LQ_FEATURES_FLOW_IAT(F, 1, 2) \
	LQ_FEATURES_FLOW_IAT(F, 2, 3) \
	LQ_FEATURES_FLOW_IAT(F, 3, 4) \
	LQ_FEATURES_FLOW_IAT(F, 4, 5) \
	LQ_FEATURES_FLOW_IAT(F, 5, 6) \
	LQ_FEATURES_FLOW_IAT(F, 6, 7) \
	LQ_FEATURES_FLOW_IAT_LOG2(F, 0) \
	LQ_FEATURES_FLOW_IAT_LOG2(F, 1) \
	LQ_FEATURES_FLOW_IAT_LOG2(F, 2) \
	LQ_FEATURES_FLOW_IAT_LOG2(F, 3) \
	LQ_FEATURES_FLOW_IAT_LOG2(F, 4) \
	LQ_FEATURES_FLOW_IAT_LOG2(F, 5) \
	LQ_FEATURES_FLOW_IAT_LOG2(F, 6) \
	LQ_FEATURES_FLOW_IAT_LOG2(F, 7)

#define LQ_FEATURES_SOCK(F) \
	F(SOCK_LOCAL, "sock.local", "", 1, 1, LQ_FROM_SOCK, \
	  "1 if the sender's socket is on this host, else 0 like the others of its group") \
	F(SOCK_UNSENT_BYTES, "sock.unsent_bytes", "bytes", 1, 1, LQ_FROM_SOCK, \
	  "bytes written by the program and not yet sent (TCP)") \
	F(SOCK_UNSENT_LOG2, "sock.unsent_log2", "log2 bytes", 1, 256, LQ_FROM_SOCK, \
	  "log2 of 1 + sock.unsent_bytes") \
	F(SOCK_QUEUED_BYTES, "sock.queued_bytes", "bytes", 1, 1, LQ_FROM_SOCK, \
	  "bytes in the socket's write queue, kernel overhead included") \
	F(SOCK_SNDBUF, "sock.sndbuf", "bytes", 1, 1, LQ_FROM_SOCK, "size of the send buffer") \
	F(SOCK_CWND, "sock.cwnd", "packets", 1, 1, LQ_FROM_SOCK, "congestion window (TCP)") \
	F(SOCK_INFLIGHT, "sock.inflight", "packets", 1, 1, LQ_FROM_SOCK, \
	  "packets in flight (TCP)") \
	F(SOCK_SRTT_US, "sock.srtt_us", "us", 1, 1, LQ_FROM_SOCK, \
	  "smoothed round-trip time (TCP)") \
	F(SOCK_SRTT_LOG2, "sock.srtt_log2", "log2 us", 1, 256, LQ_FROM_SOCK, \
	  "log2 of 1 + sock.srtt_us") \
	F(SOCK_MSS, "sock.mss", "bytes", 1, 1, LQ_FROM_SOCK, \
	  "sender's maximum segment size (TCP)") \
	F(SOCK_PACING_LOG2, "sock.pacing_log2", "log2 bytes/s", 1, 256, LQ_FROM_SOCK, \
	  "log2 of 1 + pacing rate (TCP)")

/*
 * Earlier flows with the same key, which the slot chooses (kmod/history.c): all 0 while there were
 * none. Sizes are log2 of 1 + bytes at the IP layer. With the n-th flow the running statistics move
 * by 1/min(n, 8).
 */
#define LQ_FEATURES_HIST(F) \
	F(HIST_FLOWS, "hist.flows", "flows", 1, 1, LQ_FROM_SKB, \
	  "earlier flows with the key of this one, at most 65,535") \
	F(HIST_SIZE_MEAN, "hist.size_mean", "log2 bytes", 1, 256, LQ_FROM_SKB, \
	  "running mean of their sizes, log2 of 1 + bytes") \
	F(HIST_SIZE_DEV, "hist.size_dev", "log2 bytes", 1, 256, LQ_FROM_SKB, \
	  "running mean absolute deviation of their sizes") \
	F(HIST_SIZE_LAST, "hist.size_last", "log2 bytes", 1, 256, LQ_FROM_SKB, \
	  "size of the latest of them to end") \
	F(HIST_LARGE_SHARE, "hist.large_share", "", 1, 256, LQ_FROM_SKB, \
	  "running share of those of 102,400 bytes or more") \
	F(HIST_SINCE_US, "hist.since_us", "us", 1, 1, LQ_FROM_SKB, \
	  "time since the last packet of the latest of them to end") \
	F(HIST_SINCE_LOG2, "hist.since_log2", "log2 us", 1, 256, LQ_FROM_SKB, \
	  "log2 of 1 + that time, not saturated")

/* Preferences of the slot's user: params.h. */
#define LQ_FEATURES_PARAM(F) \
	F(PARAM_W_THR, "param.w_thr", "", 1, 1000000, LQ_FROM_TCP, "the slot's parameter w_thr") \
	F(PARAM_W_LAT, "param.w_lat", "", 1, 1000000, LQ_FROM_TCP, "the slot's parameter w_lat") \
	F(PARAM_W_LOSS, "param.w_loss", "", 1, 1000000, LQ_FROM_TCP, "the slot's parameter w_loss")

#define LQ_FEATURES_CC_AT(F, k) \
	F(CC_LATENCY_INFLATION_##k, "cc.latency_inflation." #k, "s/s", 1, 65536, LQ_FROM_TCP, \
	  "latency gradient over interval " #k " of the last 10, 0 the oldest") \
	F(CC_LATENCY_RATIO_##k, "cc.latency_ratio." #k, "", 1, 65536, LQ_FROM_TCP, \
	  "RTT of interval " #k " over the least of the connection, without what noise explains") \
	F(CC_SEND_RATIO_##k, "cc.send_ratio." #k, "", 1, 65536, LQ_FROM_TCP, \
	  "rate sent over rate delivered in interval " #k)

#define LQ_FEATURES_CC(F) \
	LQ_FEATURES_CC_AT(F, 0) LQ_FEATURES_CC_AT(F, 1) LQ_FEATURES_CC_AT(F, 2) \
	LQ_FEATURES_CC_AT(F, 3) LQ_FEATURES_CC_AT(F, 4) LQ_FEATURES_CC_AT(F, 5) \
	LQ_FEATURES_CC_AT(F, 6) LQ_FEATURES_CC_AT(F, 7) LQ_FEATURES_CC_AT(F, 8) \
	LQ_FEATURES_CC_AT(F, 9) \
	F(CC_LOSS_RATIO, "cc.loss_ratio", "", 1, 65536, LQ_FROM_TCP, \
	  "packets lost over packets lost or delivered, of the last interval as all below") \
	F(CC_DELIVERED_LOG2, "cc.delivered_log2", "log2 bytes/s", 1, 256, LQ_FROM_TCP, \
	  "log2 of 1 + rate delivered") \
	F(CC_ACK_INFLATION, "cc.ack_inflation", "s/s", 1, 65536, LQ_FROM_TCP, \
	  "latency gradient over the time between its first and last RTT sample") \
	F(CC_CONN_MIN_US, "cc.conn_min_us", "us", 1, 1, LQ_FROM_TCP, \
	  "least RTT of the connection: of an interval, without noise") \
	F(CC_INFLIGHT_BDP, "cc.inflight_bdp", "", 1, 65536, LQ_FROM_TCP, \
	  "bytes in flight over rate delivered times cc.conn_min_us") \
	F(CC_RETRANS_RATIO, "cc.retrans_ratio", "", 1, 65536, LQ_FROM_TCP, \
	  "packets sent again over packets sent") \
	F(CC_CE_RATIO, "cc.ce_ratio", "", 1, 65536, LQ_FROM_TCP, \
	  "packets marked CE over packets delivered") \
	F(CC_SWING_US, "cc.swing_us", "us", 1, 1, LQ_FROM_TCP, \
	  "how far its RTT samples rise and fall beyond the time of two packets: noise")

/*
 * The terms of a congestion control reward: throughput, delay (the product of two), loss; and the
 * path's noise, which is not in the delay. They go with every sample of a connection, whether its
 * model reads them or not. Append only.
 */
#define LQ_REWARDS(R) \
	R(CC_DELIVERED_LOG2) R(CC_LATENCY_RATIO_9) R(CC_CONN_MIN_US) R(CC_LOSS_RATIO) R(CC_SWING_US)

#define LQ_FEATURES(F) \
	LQ_FEATURES_PKT(F) \
	LQ_FEATURES_FLOW(F) \
	LQ_FEATURES_SOCK(F) \
	LQ_FEATURES_HIST(F) \
	LQ_FEATURES_PARAM(F) \
	LQ_FEATURES_CC(F)

enum lq_feature {
#define LQ_FEATURE_ENUM(id, name, unit, num, den, from, doc) LQ_F_##id,
	LQ_FEATURES(LQ_FEATURE_ENUM)
#undef LQ_FEATURE_ENUM
	LQ_N_FEATURES
};

#define LQ_REWARD_ID(id) LQ_F_##id,
#define LQ_REWARD_COUNT(id) + 1
#define LQ_N_REWARDS (0 LQ_REWARDS(LQ_REWARD_COUNT))

struct lq_feature_desc {
	const char *name;
	const char *unit;
	u32 num;
	u32 den;
	u32 from;		/* LQ_FROM_* */
	const char *doc;
};

/* Defined once per program or module by LQ_FEATURE_TABLE. */
extern const struct lq_feature_desc lq_features[LQ_N_FEATURES];

#define LQ_FEATURE_ROW(id, name, unit, num, den, from, doc) \
	[LQ_F_##id] = { name, unit, num, den, from, doc },
#define LQ_FEATURE_TABLE \
	const struct lq_feature_desc lq_features[LQ_N_FEATURES] = { LQ_FEATURES(LQ_FEATURE_ROW) }

/* Index of a feature by its name, or -1. Linear search: for set-up, not for packets. */
static inline int lq_feature_by_name(const char *name)
{
	int i;

	for (i = 0; i < LQ_N_FEATURES; i++)
		if (!strcmp(lq_features[i].name, name))
			return i;
	return -1;
}

/* Is it about earlier flows? */
static inline bool lq_feature_is_history(u8 id)
{
	return id >= LQ_F_HIST_FLOWS && id <= LQ_F_HIST_SINCE_LOG2;
}

#endif /* LQ_FEATURES_H */
