// SPDX-License-Identifier: GPL-2.0
/* Both directions: as two flows that know of each other, and as one flow. */
#include <linux/tcp.h>
#include <net/tcp.h>
#include "table_lib.h"
#include "test.h"

static struct lf_flow send(struct lf_flows *t, const struct lf_pkt *pkt, u64 now, bool *born)
{
	struct lf_flow copy = {}, *flow;

	local_bh_disable();
	flow = lf_flow_get(t, pkt, lf_flow_spot(t, pkt), now);
	*born = flow && lf_flow_is_new(flow);
	if (flow) {
		lf_flow_update(flow, pkt, now);
		copy = *flow;
		lf_flow_put(t, flow);
	}
	local_bh_enable();
	return copy;
}

static void check_conversation(struct lf_flows *t, u32 n, u8 proto, bool tcp_open)
{
	u64 now = ktime_get_ns();
	struct lf_pkt there, back;
	struct lf_flow flow;
	bool born;

	table_packet(&there, n, 80, proto, tcp_open ? TCPHDR_SYN : 0);
	table_packet(&back, n, 80, proto, tcp_open ? TCPHDR_SYN | TCPHDR_ACK : 0);
	table_turn(&back);
	back.bytes = 1500;

	flow = send(t, &there, now, &born);
	CHECK_EQ("there", flow.original, proto == IPPROTO_TCP && !tcp_open ? -1 : 1);
	CHECK_EQ("there", flow.rev_packets, 0);
	flow = send(t, &back, now, &born);
	CHECK("back", born);
	CHECK_EQ("back", flow.original, proto == IPPROTO_TCP && !tcp_open ? -1 : 0);
	CHECK_EQ("back", flow.rev_packets, 1);
	CHECK_EQ("back", flow.rev_bytes, 100);
	send(t, &back, now, &born);
	there.tcp_flags = TCPHDR_ACK;
	flow = send(t, &there, now, &born);
	CHECK_EQ("there", flow.rev_packets, 2);
	CHECK_EQ("there", flow.rev_bytes, 3000);
	CHECK_EQ("there", flow.packets, 2);
}

static void test_pair(void)
{
	struct lf_flows *t = table_create(1000);
	struct lf_pkt pkt;
	struct lf_flow flow;
	bool born;
	u32 i;

	if (!t)
		return;
	lf_flows_pair(t);
	for (i = 50; i-- > 0;) {
		check_conversation(t, 3 * i, IPPROTO_UDP, false);
		check_conversation(t, 3 * i + 1, IPPROTO_TCP, true);
		check_conversation(t, 3 * i + 2, IPPROTO_TCP, false);
	}
	/* A new SYN ends both directions. */
	table_packet(&pkt, 1, 80, IPPROTO_TCP, TCPHDR_SYN);
	flow = send(t, &pkt, ktime_get_ns(), &born);
	/* the answer has only sent SYN, ACK: it stays */
	CHECK_EQ("new connection", table_ended(LF_FLOW_END_FIN), 1);
	pkt.tcp_flags = TCPHDR_ACK;
	table_turn(&pkt);
	send(t, &pkt, ktime_get_ns(), &born);
	table_turn(&pkt);
	send(t, &pkt, ktime_get_ns(), &born);
	pkt.tcp_flags = TCPHDR_SYN;
	flow = send(t, &pkt, ktime_get_ns(), &born);
	CHECK_EQ("new connection", table_ended(LF_FLOW_END_FIN), 3);
	CHECK_EQ("new connection", flow.rev_packets, 0);

	/* From an address and port to itself. */
	table_packet(&pkt, 900, 53, IPPROTO_UDP, 0);
	pkt.key.dst = pkt.key.src;
	pkt.key.dport = pkt.key.sport;
	send(t, &pkt, ktime_get_ns(), &born);
	flow = send(t, &pkt, ktime_get_ns(), &born);
	CHECK_EQ("to itself", flow.rev_packets, 0);
	table_destroy(t);
}

/*
 * In a bucket that is full an answer takes any entry but its question's, though that is the
 * cheapest.
 */
static void test_answer_in_full_bucket(void)
{
	struct lf_flows *t = table_create(WAYS);
	u64 now = ktime_get_ns();
	bool born;
	u32 i;

	if (!t)
		return;
	lf_flows_pair(t);
	for (i = 1; i < WAYS; i++)
		CHECK_EQ("full", table_send_from(t, NET(100 + i), 16, now, &born), 16);
	check_conversation(t, 0, IPPROTO_UDP, false);
	table_destroy(t);
}

static void answer(struct lf_pkt *pkt)
{
	table_turn(pkt);
	pkt->reply = !pkt->reply;
}

static void check_joined(struct lf_flows *t, u32 n)
{
	struct lf_flow flow;
	struct lf_pkt pkt;
	u64 id, now = ktime_get_ns();
	bool born;

	table_packet(&pkt, n, 53, IPPROTO_UDP, 0);
	pkt.joined = 1;
	pkt.reply = n % 2; /* whichever half is seen first */
	flow = send(t, &pkt, now, &born);
	CHECK("first half", born);
	CHECK_EQ("original", flow.original, !pkt.reply);
	id = flow.id;
	answer(&pkt);
	flow = send(t, &pkt, now + MS, &born);
	CHECK("second half", !born && flow.id == id);
	CHECK_EQ("original", flow.original, !pkt.reply);
	CHECK_EQ("own packets", flow.packets, 1);
	CHECK_EQ("other's packets", flow.rev_packets, 1);
	answer(&pkt);
	flow = send(t, &pkt, now + 2 * MS, &born);
	CHECK("again", !born && flow.id == id);
	CHECK_EQ("own packets", flow.packets, 2);
	CHECK_EQ("other's packets", flow.rev_packets, 1);
}

static void test_joined(void)
{
	struct lf_flows *t = table_create(WAYS);
	struct lf_flows_stats st;
	struct lf_pkt pkt;
	u64 now = ktime_get_ns();
	bool born;
	u32 i;

	if (!t)
		return;
	lf_flows_pair(t);
	for (i = 0; i < WAYS / 2; i++)
		check_joined(t, i);
	lf_flows_stats(t, &st);
	CHECK_EQ("a conversation is one flow", st.now, WAYS / 2);
	/* A newcomer displaces one whole flow, and its own other half never displaces it. */
	for (i = 100; i < 120; i++) {
		table_packet(&pkt, i, 53, IPPROTO_UDP, 0);
		pkt.joined = 1;
		CHECK("newcomer", table_feed(t, &pkt, now + 3 * MS, &born) && born);
		answer(&pkt);
		CHECK("its answer", table_feed(t, &pkt, now + 3 * MS, &born) && !born);
	}
	CHECK_EQ("one end each", table_ended(LF_FLOW_END_EVICTED), 20);
	/* Silence is that of both. */
	table_feed(t, &pkt, now + 20 * SEC, &born);
	answer(&pkt);
	table_feed(t, &pkt, now + 45 * SEC, &born);
	CHECK("still the flow", !born);
	answer(&pkt);
	table_feed(t, &pkt, now + 70 * SEC, &born);
	CHECK("still the flow", !born);
	table_feed(t, &pkt, now + 101 * SEC, &born);
	CHECK("idle", born);
	lf_flows_flush(t);
	lf_flows_stats(t, &st);
	CHECK_EQ("none left", st.now, 0);
	CHECK_EQ("as many ends as births", st.born, st.ended + st.aged + st.evicted);
	table_destroy(t);
}

void test_table_pair(void)
{
	test_pair();
	test_answer_in_full_bucket();
	test_joined();
}
