// SPDX-License-Identifier: GPL-2.0
/*
 * lf_pkt_parse() against rows of packets. Each row is parsed in one piece, cut into a linear and a
 * paged part at every offset, and shortened to every length: with the IP header's length as it is
 * (truncated), and adapted to what is left (truncated until all headers are there). What lies
 * behind a shortened packet's end must make no difference.
 *
 * One file, though long: half of it is tables of packets.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include "packet.h"
#include "test.h"

/* Headers as hexadecimal text; what varies is an argument. */
#define ETH		"020000000002 020000000001 "
#define V4(len, frag, proto)	"45 b9 " len " 0001 " frag " 40 " proto " 0000 0a000001 0a000002 "
#define V4OPT(len, proto) \
	"47 b9 " len " 0001 0000 40 " proto " 0000 0a000001 0a000002 01010101 01010100 "
#define V6(len, next)	"6b 90 0000 " len " " next " 3f " \
			"20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define TCP(flags)	"1f90 0050 00000001 00000002 50 " flags " 7210 0000 0000 "
#define UDP		"1f90 0035 0010 0000 "
#define FRAG6(off)	" 00 " off " 00000007 "

enum { GO = -1 };

struct row {
	const char *name;
	const char *hex;	/* from the MAC header, padding included */
	u16 type;		/* skb->protocol; the type in the packet where 0 */
	u16 tci;		/* accelerated tag, 0 for none */
	u16 network;		/* offset of the network header; 14 where 0 */
	u16 zeros;		/* bytes of payload behind hex */
	u16 gso_size, gso_segs;
	u32 gso_type;
	int why;
	u8 version, proto, fragment, flags;
	u16 sport, dport, vlan, inner;
	u32 bytes, payload;
	u16 segs, seg_len, seg_payload;
	/* bytes of all headers from the network header; 0: do not shorten */
	u16 hdr;
	u16 ip;			/* offset of the IP header, 14 where 0 */
};

#define T4(...) \
	.version = 4, .proto = 6, .sport = 8080, .dport = 80, .why = GO, .flags = 0x18, __VA_ARGS__
#define T6(...) \
	.version = 6, .proto = 6, .sport = 8080, .dport = 80, .why = GO, .flags = 0x18, __VA_ARGS__
#define LEN(ip, pay) .segs = 1, .bytes = ip, .payload = pay, .seg_len = ip, .seg_payload = pay

static const struct row rows[] = {
	/*  1 */ { "v4 tcp", ETH "0800 " V4("002d", "4000", "06") TCP("18") "0102030405",
		   T4(LEN(45, 5), .hdr = 40) },
	/*  2 */
	{ "v4 tcp, padded", ETH "0800 " V4("0028", "0000", "06") TCP("18") "000000000000",
	  T4(LEN(40, 0)) },
	/*  3 */
	{ "v4 options", ETH "0800 " V4OPT("0031", "06") TCP("18") "aa", T4(LEN(49, 1), .hdr = 48) },
	/*  4 */
	{ "v4 tcp options",
	  ETH "0800 " V4("002c", "0000",
			 "06") "1f90 0050 00000001 00000002 60 18 7210 0000 0000 01010101",
	  T4(LEN(44, 0), .hdr = 44) },
	/*  5 */
	{ "v4 doff 4",
	  ETH "0800 " V4("0028", "0000", "06") "1f90 0050 00000001 00000002 40 18 7210 0000 0000",
	  .why = LITEFLOW_REASON_TRUNCATED },
	/*  6 */
	{ "v4 doff behind the end",
	  ETH "0800 " V4("0028", "0000", "06") "1f90 0050 00000001 00000002 60 18 7210 0000 0000",
	  .why = LITEFLOW_REASON_TRUNCATED },
	/*  7 */
	{ "v4 ihl 4",
	  ETH "0800 "
	      "44 00 0028 0001 0000 40 06 0000 0a000001 0a000002 " TCP("18"),
	  .why = LITEFLOW_REASON_TRUNCATED },
	/*  8 */
	{ "v4 length below header", ETH "0800 " V4("0013", "0000", "06") TCP("18"),
	  .why = LITEFLOW_REASON_TRUNCATED },
	/*  9 */
	{ "v4 length 0", ETH "0800 " V4("0000", "0000", "06") TCP("18"),
	  .why = LITEFLOW_REASON_TRUNCATED },
	/* 10 */
	{ "version 5",
	  ETH "0800 "
	      "55 00 0028 0001 0000 40 06 0000 0a000001 0a000002 " TCP("18"),
	  .why = LITEFLOW_REASON_NOT_IP },
	/* 11 */
	{ "v6 as v4", ETH "86dd " V4("0028", "0000", "06") TCP("18"), .why = LITEFLOW_REASON_NOT_IP,
	  .zeros = 20 },
	/* 12 */
	{ "v4 first fragment", ETH "0800 " V4("0028", "2000", "06") TCP("18"),
	  T4(LEN(40, 0), .fragment = 1, .hdr = 40) },
	/* 13 */
	{ "v4 middle fragment", ETH "0800 " V4("0028", "2005", "06") TCP("18"), .fragment = 1,
	  .version = 4, .why = LITEFLOW_REASON_FRAGMENT },
	/* 14 */
	{ "v4 last fragment", ETH "0800 " V4("0028", "0005", "06") TCP("18"), .fragment = 1,
	  .version = 4, .why = LITEFLOW_REASON_FRAGMENT },
	/* 15 */
	{ "v4 udp", ETH "0800 " V4("0024", "0000", "11") UDP "0102030405060708", .why = GO,
	  .version = 4, .proto = 17, .sport = 8080, .dport = 53, LEN(36, 8), .hdr = 28 },
	/* 16 */
	{ "v4 udp-lite", ETH "0800 " V4("0024", "0000", "88") UDP "0102030405060708", .why = GO,
	  .version = 4, .proto = 136, .sport = 8080, .dport = 53, LEN(36, 8), .hdr = 28 },
	/* 17 */
	{ "v4 sctp", ETH "0800 " V4("0024", "0000", "84") "1f90 0050 00000001 00000000 01020304",
	  .why = GO, .version = 4, .proto = 132, .sport = 8080, .dport = 80, LEN(36, 4),
	  .hdr = 32 },
	/* 18 */
	{ "v4 dccp",
	  ETH "0800 " V4("0026", "0000", "21") "1f90 0050 04 00 0000 00000000 00000000 0102",
	  .why = GO, .version = 4, .proto = 33, .sport = 8080, .dport = 80, LEN(38, 2), .hdr = 36 },
	/* 19 */
	{ "v4 icmp echo", ETH "0800 " V4("001e", "0000", "01") "08 00 0000 1234 0001 0000",
	  .why = GO, .version = 4, .proto = 1, .sport = 0x1234, .dport = 0x1234, LEN(30, 2),
	  .hdr = 28 },
	/* 20 */
	{ "v4 icmp unreachable", ETH "0800 " V4("001e", "0000", "01") "03 00 0000 1234 0001 0000",
	  .why = GO, .version = 4, .proto = 1, LEN(30, 2), .hdr = 28 },
	/* 21 */
	{ "v4 icmp with 128", ETH "0800 " V4("001c", "0000", "01") "80 00 0000 1234 0001",
	  .why = GO, .version = 4, .proto = 1, LEN(28, 0), .hdr = 28 },
	/* 22 */
	{ "v4 gre", ETH "0800 " V4("0018", "0000", "2f") "00000800", .why = GO, .version = 4,
	  .proto = 47, LEN(24, 4), .hdr = 20 },
	/* 23 */
	{ "v4 ah",
	  ETH "0800 " V4("0040", "0000",
			 "33") "06 04 0000 00000001 00000001 0102030405060708090a0b0c " TCP("18"),
	  T4(LEN(64, 0), .hdr = 64) },
	/* 24 */
	{ "v4 hop-by-hop is no header there", ETH "0800 " V4("0018", "0000", "00") "06000000",
	  .why = GO, .version = 4, .proto = 0, LEN(24, 4), .hdr = 20 },
	/* 25 */
	{ "v6 tcp", ETH "86dd " V6("0019", "06") TCP("18") "0102030405",
	  T6(LEN(65, 5), .hdr = 60) },
	/* 26 */
	{ "v6 all headers",
	  ETH "86dd " V6("004c",
			 "00") "2b00010400000000 "
			       "3c00000000000000 "
			       "2c00010400000000 "
			       "33 00 0000 00000007 "
			       "06 04 0000 00000001 00000001 0102030405060708090a0b0c " TCP("18"),
	  T6(LEN(116, 0), .hdr = 116) },
	/* 27 */
	{ "v6 first fragment", ETH "86dd " V6("001c", "2c") "06" FRAG6("0001") TCP("18"),
	  T6(LEN(68, 0), .fragment = 1, .hdr = 68) },
	/* 28 */
	{ "v6 later fragment", ETH "86dd " V6("001c", "2c") "06" FRAG6("0008") TCP("18"),
	  .fragment = 1, .version = 6, .why = LITEFLOW_REASON_FRAGMENT },
	/* 29 */
	{ "v6 atomic fragment", ETH "86dd " V6("001c", "2c") "06" FRAG6("0000") TCP("18"),
	  T6(LEN(68, 0), .hdr = 68) },
	/* 30 */
	{ "v6 no next header", ETH "86dd " V6("0004", "3b") "01020304", .why = GO, .version = 6,
	  .proto = 59, LEN(44, 4), .hdr = 40 },
	/* 31 */
	{ "v6 nothing", ETH "86dd " V6("0000", "3b"), .why = GO, .version = 6, .proto = 59,
	  LEN(40, 0), .hdr = 40 },
	/* 32 */
	{ "v6 length 0 with tcp", ETH "86dd " V6("0000", "06") TCP("18"),
	  .why = LITEFLOW_REASON_TRUNCATED },
	/* 33 */
	{ "v6 echo reply", ETH "86dd " V6("0008", "3a") "81 00 0000 1234 0001", .why = GO,
	  .version = 6, .proto = 58, .sport = 0x1234, .dport = 0x1234, LEN(48, 0), .hdr = 48 },
	/* 34 */
	{ "v6 extension behind the end", ETH "86dd " V6("001c", "00") "06ff010400000000 " TCP("18"),
	  .why = LITEFLOW_REASON_TRUNCATED },
	/* 35 */
	{ "v6 eight headers",
	  ETH "86dd " V6("0054", "3c") "3c00010400000000 3c00010400000000 3c00010400000000 "
			"3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 "
			"0600010400000000 " TCP(
				"18"),
	  T6(LEN(124, 0), .hdr = 124) },
	/* 36 */
	{ "v6 nine headers",
	  ETH "86dd " V6("005c", "3c") "3c00010400000000 3c00010400000000 3c00010400000000 "
			"3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 "
			"3c00010400000000 "
			"0600010400000000 " TCP("18"),
	  T6(LEN(132, 0), .hdr = 132) },
	/* 37 */
	{ "arp",
	  ETH "0806 "
	      "0001080006040001 020000000001 0a000001 000000000000 0a000002",
	  .why = LITEFLOW_REASON_NOT_IP },
	/* 38 */
	{ "llc",
	  ETH "0026 "
	      "424203000000",
	  .type = ETH_P_802_2, .why = LITEFLOW_REASON_NOT_IP },
	/* 39 */
	{ "vlan, accelerated", ETH "0800 " V4("0028", "0000", "06") TCP("18"), .tci = 0xe00a,
	  T4(LEN(40, 0), .vlan = 10, .hdr = 40) },
	/* 40 */
	{ "vlan, network header behind", ETH "8100 600b 0800 " V4("0028", "0000", "06") TCP("18"),
	  .network = 18, .ip = 18, T4(LEN(40, 0), .vlan = 11, .hdr = 40) },
	/* 41 */
	{ "vlan, network header at it", ETH "8100 600b 0800 " V4("0028", "0000", "06") TCP("18"),
	  .network = 14, .ip = 18, T4(LEN(40, 0), .vlan = 11, .hdr = 40) },
	/* 42 */
	{ "two tags", ETH "88a8 0014 8100 000b 86dd " V6("0014", "06") TCP("18"), .network = 22,
	  .ip = 22, T6(LEN(60, 0), .vlan = 20, .inner = 11, .hdr = 60) },
	/* 43 */
	{ "one accelerated, one not", ETH "8100 000b 86dd " V6("0014", "06") TCP("18"),
	  .network = 18, .ip = 18, .tci = 20, T6(LEN(60, 0), .vlan = 20, .inner = 11, .hdr = 60) },
	/* 44 */
	{ "one accelerated, two not",
	  ETH "88a8 000b 8100 000c 0800 " V4("0028", "0000", "06") TCP("18"), .network = 22,
	  .ip = 22, .tci = 20, T4(LEN(40, 0), .vlan = 20, .inner = 11, .hdr = 40) },
	/* 45 */
	{ "three tags",
	  ETH "88a8 0014 8100 000b 8100 000c 0800 " V4("0028", "0000", "06") TCP("18"),
	  .why = LITEFLOW_REASON_UNPARSED },
	/* 46 */ { "vlan cut in the tag", ETH "8100 60", .why = LITEFLOW_REASON_TRUNCATED },
	/* 47 */
	{ "vlan, not ip", ETH "8100 600b 0806 0001080006040001", .network = 18,
	  .why = LITEFLOW_REASON_NOT_IP },
	/* 48 */
	{ "v4 gso", ETH "0800 " V4("0a28", "0000", "06") TCP("18"), .zeros = 2560, .gso_size = 1000,
	  .gso_segs = 3, .gso_type = SKB_GSO_TCPV4,
	  T4(.bytes = 2680, .payload = 2560, .seg_len = 1040, .seg_payload = 1000, .segs = 3) },
	/* 49 */
	{ "v4 gso, segments not given", ETH "0800 " V4("0a28", "0000", "06") TCP("18"),
	  .zeros = 2560, .gso_size = 1000, .gso_type = SKB_GSO_TCPV4,
	  T4(.bytes = 2680, .payload = 2560, .seg_len = 1040, .seg_payload = 1000, .segs = 3) },
	/* 50 */
	{ "v4 gso of a guest that lies", ETH "0800 " V4("0a28", "0000", "06") TCP("18"),
	  .zeros = 2560, .gso_size = 1000, .gso_segs = 65535,
	  .gso_type = SKB_GSO_TCPV4 | SKB_GSO_DODGY,
	  T4(.bytes = 2680, .payload = 2560, .seg_len = 1040, .seg_payload = 1000, .segs = 3) },
	/* 51 */
	{ "v4 gso, more segments than bytes for them",
	  ETH "0800 " V4("0a28", "0000", "06") TCP("18"), .zeros = 2560, .gso_size = 1000,
	  .gso_segs = 9, .gso_type = SKB_GSO_TCPV4,
	  T4(.bytes = 2680, .payload = 2560, .seg_len = 1040, .seg_payload = 1000, .segs = 3) },
	/* 52 */
	{ "v4 big tcp", ETH "0800 " V4("0000", "0000", "06") TCP("18"), .zeros = 2000,
	  .gso_size = 1000, .gso_segs = 2, .gso_type = SKB_GSO_TCPV4,
	  T4(.bytes = 2080, .payload = 2000, .seg_len = 1040, .seg_payload = 1000, .segs = 2) },
	/* 53 */
	{ "v6 big tcp", ETH "86dd " V6("0000", "06") TCP("18"), .zeros = 2000, .gso_size = 1000,
	  .gso_segs = 2, .gso_type = SKB_GSO_TCPV6,
	  T6(.bytes = 2120, .payload = 2000, .seg_len = 1060, .seg_payload = 1000, .segs = 2) },
	/* 54 */
	{ "v6 big tcp with jumbo header",
	  ETH "86dd " V6("0000", "00") "0600c20400000800 " TCP("18"), .zeros = 2000,
	  .gso_size = 1000, .gso_segs = 2, .gso_type = SKB_GSO_TCPV6,
	  T6(.bytes = 2136, .payload = 2000, .seg_len = 1068, .seg_payload = 1000, .segs = 2) },
	/* 55 */
	{ "udp gso", ETH "0800 " V4("0bd4", "0000", "11") UDP, .zeros = 3000, .gso_size = 1400,
	  .gso_type = SKB_GSO_UDP_L4, .why = GO, .version = 4, .proto = 17, .sport = 8080,
	  .dport = 53, .bytes = 3084, .payload = 3000, .segs = 3, .seg_len = 1428,
	  .seg_payload = 1400 },
	/* 56 */
	{ "sctp gso by fragments",
	  ETH "0800 " V4("0420", "0000", "84") "1f90 0050 00000001 00000000 ", .zeros = 1024,
	  .gso_size = GSO_BY_FRAGS, .gso_segs = 2, .gso_type = SKB_GSO_SCTP, .why = GO,
	  .version = 4, .proto = 132, .sport = 8080, .dport = 80, .bytes = 1088, .payload = 1024,
	  .segs = 2, .seg_len = 544, .seg_payload = 512 },
	/* 57 */
	{ "gso without payload", ETH "0800 " V4("0028", "0000", "06") TCP("18"), .gso_size = 1000,
	  .gso_segs = 7, .gso_type = SKB_GSO_TCPV4, T4(LEN(40, 0)) },
	/* 58 */
	{ "gso, one segment", ETH "0800 " V4("002a", "0000", "06") TCP("18") "0102",
	  .gso_size = 1000, .gso_segs = 1, .gso_type = SKB_GSO_TCPV4, T4(LEN(42, 2)) },
	/* 59 */
	{ "no network header", ETH "0800 " V4("0028", "0000", "06") TCP("18"), .network = 500,
	  .why = LITEFLOW_REASON_TRUNCATED },
};

#define LF_PACKET_MAX	4096

static u32 unhex(u8 *to, const char *hex)
{
	u32 n = 0;
	int half = -1, digit;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		digit = *hex <= '9' ? *hex - '0' : *hex - 'a' + 10;
		if (half >= 0)
			to[n++] = half << 4 | digit;
		half = half < 0 ? digit : -1;
	}
	return n;
}

static u16 ip_offset(const struct row *r)
{
	return r->ip ?: ETH_HLEN;
}

/*
 * @head bytes linear, the rest in a page of its own that ends with the packet; behind the linear
 * part lies @filler.
 */
static struct sk_buff *make_skb(const struct row *r, const u8 *data, u32 len, u32 head, u8 filler)
{
	struct sk_buff *skb = alloc_skb(head + 64, GFP_KERNEL);
	struct page *page;
	u32 paged = len - head;

	if (!skb)
		return NULL;
	memset(skb->data, filler, head + 64);
	skb_put_data(skb, data, head);
	if (paged) {
		page = alloc_page(GFP_KERNEL);
		if (!page) {
			kfree_skb(skb);
			return NULL;
		}
		memcpy(page_address(page) + PAGE_SIZE - paged, data + head, paged);
		skb_add_rx_frag(skb, 0, page, PAGE_SIZE - paged, paged, PAGE_SIZE);
	}
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, r->network ?: ETH_HLEN);
	skb->protocol = ((const struct ethhdr *)data)->h_proto;
	if (r->type)
		skb->protocol = cpu_to_be16(r->type);
	if (r->tci)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), r->tci);
	skb_shinfo(skb)->gso_size = r->gso_size;
	skb_shinfo(skb)->gso_segs = r->gso_segs;
	skb_shinfo(skb)->gso_type = r->gso_type;
	return skb;
}

/* Are tunnels followed? */
static bool lf_inner;

static int parse(const struct row *r, const u8 *data, u32 len, u32 head, u8 filler,
		 struct lf_pkt *pkt)
{
	struct sk_buff *skb = make_skb(r, data, len, head, filler);
	int why;

	if (!CHECK(r->name, skb))
		return -2;
	why = lf_pkt_parse(skb, pkt, lf_inner);
	kfree_skb(skb);
	return why;
}

static void check_addresses(const struct row *r, const struct lf_pkt *pkt)
{
	static const u8 v4[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0 };
	static const u8 v6[] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	const u8 *want = r->version == 4 ? v4 : v6;

	CHECK(r->name, !memcmp(&pkt->key.src, want, 15) && pkt->key.src.s6_addr[15] == 1);
	CHECK(r->name, !memcmp(&pkt->key.dst, want, 15) && pkt->key.dst.s6_addr[15] == 2);
	CHECK_EQ(r->name, pkt->dscp, 0x2e);
	CHECK_EQ(r->name, pkt->ecn, 1);
	CHECK_EQ(r->name, pkt->ttl, r->version == 4 ? 0x40 : 0x3f);
}

static void check_whole(const struct row *r, const u8 *data, u32 len)
{
	struct lf_pkt pkt;

	if (!CHECK_EQ(r->name, parse(r, data, len, len, 0xee, &pkt), r->why))
		return;
	CHECK_EQ(r->name, pkt.fragment, r->fragment);
	if (r->why != GO)
		return;
	check_addresses(r, &pkt);
	CHECK_EQ(r->name, pkt.key.version, r->version);
	CHECK_EQ(r->name, pkt.key.proto, r->proto);
	CHECK_EQ(r->name, ntohs(pkt.key.sport), r->sport);
	CHECK_EQ(r->name, ntohs(pkt.key.dport), r->dport);
	CHECK_EQ(r->name, ntohs(pkt.key.vlan), r->vlan);
	CHECK_EQ(r->name, ntohs(pkt.key.inner_vlan), r->inner);
	CHECK_EQ(r->name, pkt.vlan, !!(r->vlan | r->inner));
	CHECK(r->name, !pkt.key.zone && !pkt.key.tunnel);
	CHECK_EQ(r->name, pkt.tcp_flags, r->flags);
	CHECK_EQ(r->name, pkt.window, r->proto == 6 ? 0x7210 : 0);
	CHECK_EQ(r->name, pkt.fin, 0);
	CHECK_EQ(r->name, pkt.bytes, r->bytes);
	CHECK_EQ(r->name, pkt.payload, r->payload);
	CHECK_EQ(r->name, pkt.segs, r->segs);
	CHECK_EQ(r->name, pkt.seg_len, r->seg_len);
	CHECK_EQ(r->name, pkt.seg_payload, r->seg_payload);
}

static void check_paged(const struct row *r, const u8 *data, u32 len)
{
	struct lf_pkt whole, cut;
	int why = parse(r, data, len, len, 0, &whole);
	u32 head;

	for (head = 0; head <= min(len, 160u); head++) {
		if (len - head > PAGE_SIZE)
			continue;
		CHECK_EQ(r->name, parse(r, data, len, head, 0xff, &cut), why);
		CHECK(r->name, !memcmp(&whole, &cut, sizeof(whole)));
	}
}

/* The packet's first @len bytes, linear and paged, with two kinds of bytes behind them. */
static int parse_short(const struct row *r, const u8 *data, u32 len, struct lf_pkt *pkt)
{
	struct lf_pkt other;
	int why = parse(r, data, len, len, 0x00, pkt);

	CHECK_EQ(r->name, parse(r, data, len, len, 0xff, &other), why);
	CHECK(r->name, !memcmp(pkt, &other, sizeof(*pkt)));
	CHECK_EQ(r->name, parse(r, data, len, 0, 0xff, &other), why);
	CHECK(r->name, !memcmp(pkt, &other, sizeof(*pkt)));
	return why;
}

static void set_ip_length(const struct row *r, u8 *data, u32 len)
{
	u32 ip = ip_offset(r);
	u16 n;

	if (len < ip + (r->version == 4 ? 20 : 40))
		return;
	n = len - ip - (r->version == 4 ? 0 : 40);
	data += ip + (r->version == 4 ? 2 : 4);
	data[0] = n >> 8;
	data[1] = n;
}

static void check_short(const struct row *r, u8 *data, u32 full)
{
	u32 ip = ip_offset(r), len;
	struct lf_pkt pkt;

	for (len = ETH_HLEN; len < full; len++)
		CHECK_EQ(r->name, parse_short(r, data, len, &pkt), LITEFLOW_REASON_TRUNCATED);
	for (len = ETH_HLEN; len <= full; len++) {
		set_ip_length(r, data, len);
		CHECK_EQ(r->name, parse_short(r, data, len, &pkt),
			 len < ip + r->hdr ? LITEFLOW_REASON_TRUNCATED : GO);
		if (len >= ip + r->hdr)
			CHECK_EQ(r->name, pkt.payload, len - ip - r->hdr);
	}
}

static void check_fin(u8 *data)
{
	static const struct {
		u8 flags, fin;
	} fins[] = { { 0x02, 0 }, { 0x11, 1 }, { 0x04, 1 }, { 0x14, 1 }, { 0xc2, 0 } };
	u32 len = unhex(data, rows[0].hex);
	struct lf_pkt pkt;
	int i;

	for (i = 0; i < ARRAY_SIZE(fins); i++) {
		data[14 + 20 + 13] = fins[i].flags;
		CHECK_EQ("flags", parse(&rows[0], data, len, len, 0, &pkt), GO);
		CHECK_EQ("flags", pkt.tcp_flags, fins[i].flags);
		CHECK_EQ("flags", pkt.fin, fins[i].fin);
	}
}

/* Without a MAC header the tags are read from the network header on. */
static void check_no_mac(u8 *data)
{
	struct row r = { "no mac header", .network = 14 };
	u32 len = unhex(data, ETH "8100 600b 0800 " V4("0028", "0000", "06") TCP("18"));
	struct sk_buff *skb = make_skb(&r, data, len, len, 0);
	struct lf_pkt pkt;

	if (!CHECK(r.name, skb))
		return;
	skb->mac_header = (typeof(skb->mac_header))~0U;
	CHECK_EQ(r.name, lf_pkt_parse(skb, &pkt, false), GO);
	CHECK_EQ(r.name, ntohs(pkt.key.vlan), 11);
	CHECK_EQ(r.name, pkt.bytes, 40);
	kfree_skb(skb);
}

/* --- tunnels --- */

/* Inner packets of 36 and 56 bytes. */
#define IN4	V4("0024", "0000", "11") UDP "0102030405060708 "
#define IN6	V6("0010", "11") UDP "0102030405060708 "
#define VXLAN(flags) "c000 12b5 0042 0000 " flags "000000 00123400 "
#define GTPU(len) "c000 0868 " len " 0000 "
#define ID(kind, id) ((kind) << 24 | (id))
#define INNER(v, len, id) \
	.version = v, .proto = 17, .dport = 53, .bytes = len, .tunnel = id, .why = GO

/* What is found with tunnels followed. */
static const struct tunnel_row {
	const char *name, *hex;
	int why;
	u8 version, proto;
	u16 dport;
	u32 bytes, tunnel;
} tunnels[] = {
	{ "4in4", ETH "0800 " V4("0038", "0000", "04") IN4, INNER(4, 36, ID(1, 0)) },
	{ "6in4", ETH "0800 " V4("004c", "0000", "29") IN6, INNER(6, 56, ID(1, 0)) },
	{ "4in6", ETH "86dd " V6("0024", "04") IN4, INNER(4, 36, ID(1, 0)) },
	{ "6in6", ETH "86dd " V6("0038", "29") IN6, INNER(6, 56, ID(1, 0)) },
	{ "gre", ETH "0800 " V4("003c", "0000", "2f") "0000 0800 " IN4, INNER(4, 36, ID(2, 0)) },
	{ "gre over v6", ETH "86dd " V6("003c", "2f") "0000 86dd " IN6, INNER(6, 56, ID(2, 0)) },
	{ "gre, all fields",
	  ETH "0800 " V4("0048", "0000", "2f") "b000 0800 00000000 00001234 00000001 " IN4,
	  INNER(4, 36, ID(2, 0x1234)) },
	{ "gre, key and number",
	  ETH "0800 " V4("0044", "0000", "2f") "3000 0800 56001234 00000001 " IN4,
	  INNER(4, 36, ID(2, 0x001234 ^ 0x56)) },
	{ "gre of ethernet", ETH "0800 " V4("004a", "0000", "2f") "0000 6558 " ETH "0800 " IN4,
	  INNER(4, 36, ID(2, 0)) },
	{ "gre of tagged ethernet",
	  ETH "0800 " V4("004e", "0000", "2f") "0000 6558 " ETH "8100 0005 0800 " IN4,
	  INNER(4, 36, ID(2, 0)) },
	{ "gre of three tags",
	  ETH "0800 " V4("0056", "0000", "2f") "0000 6558 " ETH
	      "8100 0005 8100 0005 8100 0005 0800 " IN4,
	  .version = 4, .proto = 47, .bytes = 0x56, .why = GO },
	{ "gre, routed", ETH "0800 " V4("003c", "0000", "2f") "4000 0800 " IN4,
	  .version = 4, .proto = 47, .bytes = 0x3c, .why = GO },
	{ "gre, version 1", ETH "0800 " V4("003c", "0000", "2f") "0001 880b " IN4,
	  .version = 4, .proto = 47, .bytes = 0x3c, .why = GO },
	{ "gre of what", ETH "0800 " V4("003c", "0000", "2f") "0000 0806 " IN4,
	  .version = 4, .proto = 47, .bytes = 0x3c, .why = GO },
	{ "vxlan", ETH "0800 " V4("0056", "0000", "11") VXLAN("08") ETH "0800 " IN4,
	  INNER(4, 36, ID(3, 0x1234)) },
	{ "vxlan without an id", ETH "0800 " V4("0056", "0000", "11") VXLAN("00") ETH "0800 " IN4,
	  .version = 4, .proto = 17, .dport = 4789, .bytes = 0x56, .why = GO },
	{ "vxlan of arp", ETH "0800 " V4("0056", "0000", "11") VXLAN("08") ETH "0806 " IN4,
	  .version = 4, .proto = 17, .dport = 4789, .bytes = 0x56, .why = GO },
	{ "gtp-u", ETH "0800 " V4("0048", "0000", "11") GTPU("0034") "30 ff 0024 00000001 " IN4,
	  INNER(4, 36, ID(4, 0)) },
	{ "gtp-u, extension",
	  ETH "0800 " V4("0050", "0000", "11") GTPU("003c")
	      "34 ff 002c 00000001 0000 00 85 01 10 01 00 " IN4, INNER(4, 36, ID(4, 0)) },
	{ "gtp-u, extension of no length",
	  ETH "0800 " V4("0050", "0000", "11") GTPU("003c")
	      "34 ff 002c 00000001 0000 00 85 00 10 01 00 " IN4,
	  .version = 4, .proto = 17, .dport = 2152, .bytes = 0x50, .why = GO },
	{ "gtp-u, echo",
	  ETH "0800 " V4("0048", "0000", "11") GTPU("0034") "32 01 0024 00000001 " IN4,
	  .version = 4, .proto = 17, .dport = 2152, .bytes = 0x48, .why = GO },
	{ "pppoe", ETH "8864 1100 0007 0026 0021 " IN4, INNER(4, 36, ID(5, 7)) },
	{ "pppoe, v6", ETH "8864 1100 0007 003a 0057 " IN6, INNER(6, 56, ID(5, 7)) },
	{ "pppoe, lcp", ETH "8864 1100 0007 0026 c021 " IN4, .why = LITEFLOW_REASON_NOT_IP },
	{ "mpls", ETH "8847 00011140 " IN4, INNER(4, 36, ID(6, 0)) },
	{ "mpls, two labels", ETH "8847 00010040 00011140 " IN6, INNER(6, 56, ID(6, 0)) },
	{ "mpls without end",
	  ETH "8847 00010040 00010040 00010040 00010040 00010040 00010040 00010040 00010040 "
	      "00011140 " IN4, .why = LITEFLOW_REASON_NOT_IP },
	{ "two deep", ETH "0800 " V4("004c", "0000", "04") V4("0038", "0000", "04") IN4,
	  INNER(4, 36, ID(1, 0) * 0x9e3779b1u ^ ID(1, 0)) },
	{ "three deep",
	  ETH "0800 " V4("0060", "0000", "04") V4("004c", "0000", "04")
	      V4("0038", "0000", "04") IN4,
	  .version = 4, .proto = 4, .bytes = 0x38, .why = GO,
	  .tunnel = ID(1, 0) * 0x9e3779b1u ^ ID(1, 0) },
	{ "inner fragment", ETH "0800 " V4("0038", "0000", "04") V4("0024", "0005", "11") UDP
	  "0102030405060708", .why = LITEFLOW_REASON_FRAGMENT },
	{ "inner too short", ETH "0800 " V4("0034", "0000", "04") IN4,
	  .version = 4, .proto = 4, .bytes = 0x34, .why = GO },
	{ "outer fragment", ETH "0800 " V4("0038", "2000", "04") IN4,
	  .version = 4, .proto = 4, .bytes = 0x38, .why = GO },
	{ "no tunnel", ETH "0800 " IN4, INNER(4, 36, 0) },
};

static void check_tunnel(const struct tunnel_row *t, const struct lf_pkt *pkt)
{
	if (t->why != GO)
		return;
	CHECK_EQ(t->name, pkt->key.version, t->version);
	CHECK_EQ(t->name, pkt->key.proto, t->proto);
	CHECK_EQ(t->name, ntohs(pkt->key.dport), t->dport);
	CHECK_EQ(t->name, ntohs(pkt->dport), t->dport);
	CHECK_EQ(t->name, pkt->bytes, t->bytes);
	CHECK_EQ(t->name, pkt->key.tunnel, t->tunnel);
}

/* In one piece, in two, and shortened: then what is found is found without the bytes behind. */
static void test_tunnels(u8 *data)
{
	struct lf_pkt pkt;
	u32 len, n;
	int i;

	for (i = 0; i < ARRAY_SIZE(tunnels); i++) {
		struct row r = { .name = tunnels[i].name };

		len = unhex(data, tunnels[i].hex);
		lf_inner = true;
		CHECK_EQ(r.name, parse(&r, data, len, len, 0xee, &pkt), tunnels[i].why);
		check_tunnel(&tunnels[i], &pkt);
		check_paged(&r, data, len);
		for (n = ETH_HLEN; n < len; n++)
			parse_short(&r, data, n, &pkt);
		lf_inner = false;
		parse(&r, data, len, len, 0xee, &pkt);
		CHECK_EQ(r.name, pkt.key.tunnel, 0);
	}
}

void test_parse(void)
{
	u8 *data = kzalloc(LF_PACKET_MAX, GFP_KERNEL);
	int i;

	if (!CHECK("parse", data))
		return;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 len = unhex(data, rows[i].hex);

		memset(data + len, 0, LF_PACKET_MAX - len);
		len += rows[i].zeros;
		check_whole(&rows[i], data, len);
		lf_inner = true;
		check_whole(&rows[i], data, len);
		lf_inner = false;
		check_paged(&rows[i], data, len);
		if (rows[i].hdr)
			check_short(&rows[i], data, len);
	}
	test_tunnels(data);
	check_fin(data);
	check_no_mac(data);
	kfree(data);
}
