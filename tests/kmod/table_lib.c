// SPDX-License-Identifier: GPL-2.0
/* What the tests of the flow table share: tables, packets, and what has ended. */
#include "table_lib.h"

#include <linux/delay.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "test.h"

struct table_ends table_ends;

void table_on_end(void *priv, const struct lf_flow *flow, enum lf_flow_end why)
{
	atomic_inc(&table_ends.n[why]);
	if (flow->key.dport == htons(443) && why != LF_FLOW_END_GONE)
		atomic_inc(&table_ends.established);
	table_ends.last_id = flow->id;
}

u32 table_ended(enum lf_flow_end why)
{
	return atomic_read(&table_ends.n[why]);
}

struct lf_flows *table_create(u32 max)
{
	struct lf_flows *t;

	memset(&table_ends, 0, sizeof(table_ends));
	t = lf_flows_create(max, IDLE_MS, table_on_end, NULL, NULL);
	return CHECK("table", !IS_ERR(t)) ? t : NULL;
}

void table_packet(struct lf_pkt *pkt, u32 n, u16 dport, u8 proto, u8 flags)
{
	memset(pkt, 0, sizeof(*pkt));
	pkt->key.version = 4;
	pkt->key.proto = proto;
	ipv6_addr_set_v4mapped(htonl(0x0a000000 + (n >> 14)), &pkt->key.src);
	ipv6_addr_set_v4mapped(htonl(0x0a800001), &pkt->key.dst);
	pkt->key.sport = htons(1024 + (n & 0x3fff));
	pkt->key.dport = htons(dport);
	pkt->segs = 1;
	pkt->bytes = 100;
	pkt->seg_len = 100;
	pkt->tcp_flags = flags;
	pkt->fin = flags & (TCPHDR_FIN | TCPHDR_RST) ? 1 : 0;
}

/* One packet into the table; the flow's id, 0 if there is none. */
u64 table_feed(struct lf_flows *t, const struct lf_pkt *pkt, u64 now, bool *born)
{
	struct lf_flow *flow;
	u64 id = 0;

	local_bh_disable();
	flow = lf_flow_get(t, pkt, lf_flow_spot(t, pkt), now);
	*born = flow && lf_flow_is_new(flow);
	if (flow) {
		id = flow->id;
		lf_flow_update(flow, pkt, now);
		lf_flow_put(t, flow);
	}
	local_bh_enable();
	return id;
}

u64 table_udp(struct lf_flows *t, u32 n, u64 now, bool *born)
{
	struct lf_pkt pkt;

	table_packet(&pkt, n, 53, IPPROTO_UDP, 0);
	return table_feed(t, &pkt, now, born);
}

u64 table_tcp(struct lf_flows *t, u32 n, u8 flags, u64 now, bool *born)
{
	struct lf_pkt pkt;

	table_packet(&pkt, n, 80, IPPROTO_TCP, flags);
	return table_feed(t, &pkt, now, born);
}

/* Entries, but those of a doubling that is still under way. */
u32 table_whole_room(struct lf_flows *t)
{
	struct lf_flows_stats st;
	u32 room;

	lf_flows_stats(t, &st);
	for (room = st.max; room > st.room;)
		room /= 2;
	return room;
}

/*
 * Waits until the table has grown so far that @n flows take two entries of seven, or can grow no
 * more.
 */
void table_pace(struct lf_flows *t, u32 n)
{
	struct lf_flows_stats st;
	int tries;

	lf_flows_stats(t, &st);
	for (tries = 0; tries < 1000; tries++) {
		if (table_whole_room(t) >= min(n * 7 / 2, st.max))
			return;
		msleep(1);
	}
	CHECK("the table grows", false);
}

/* Flows 0 .. n - 1, no faster than the worker makes room. */
void table_fill(struct lf_flows *t, u32 n, u64 now)
{
	bool born;
	u32 i;

	for (i = 0; i < n; i++) {
		if (i % 16 == 0)
			table_pace(t, i);
		table_udp(t, i, now, &born);
	}
}

void table_check_books(struct lf_flows *t)
{
	struct lf_flows_stats st;

	lf_flows_stats(t, &st);
	CHECK("books", st.now <= st.max);
	CHECK_EQ("books", st.born, st.now + st.ended + st.aged + st.evicted);
	CHECK_EQ("books", st.aged, table_ended(LF_FLOW_END_IDLE));
	CHECK_EQ("books", st.evicted, table_ended(LF_FLOW_END_EVICTED));
	CHECK_EQ("books", st.ended, table_ended(LF_FLOW_END_FIN) + table_ended(LF_FLOW_END_GONE));
}

void table_destroy(struct lf_flows *t)
{
	struct lf_flows_stats st;
	u32 gone = table_ended(LF_FLOW_END_GONE);

	table_check_books(t);
	lf_flows_stats(t, &st);
	lf_flows_destroy(t);
	CHECK_EQ("all are told when the table goes", table_ended(LF_FLOW_END_GONE), gone + st.now);
}

/* Flow n has sent `packets` by `now`. */
void table_grow(struct lf_flows *t, u32 n, u32 packets, u64 now)
{
	bool born;

	while (packets--)
		table_udp(t, n, now, &born);
}

bool table_is_there(struct lf_flows *t, u32 n, u64 now)
{
	bool born;

	return table_udp(t, n, now, &born) && !born;
}

/*
 * How many of so many packets of a flow of that prefix find a place; *born: the last one made it.
 */
u32 table_send_from(struct lf_flows *t, u32 net, u32 packets, u64 now, bool *born)
{
	struct lf_pkt pkt;
	u32 n = 0;

	table_packet(&pkt, 1, 53, IPPROTO_UDP, 0);
	ipv6_addr_set_v4mapped(htonl(0xac000000 + net), &pkt.key.src);
	while (packets--)
		n += table_feed(t, &pkt, now, born) != 0;
	return n;
}

void table_turn(struct lf_pkt *pkt)
{
	swap(pkt->key.src, pkt->key.dst);
	swap(pkt->key.sport, pkt->key.dport);
}
