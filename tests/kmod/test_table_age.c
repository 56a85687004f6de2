// SPDX-License-Identifier: GPL-2.0
/* How long idle flows stay, by protocol and state. Time is an argument. */
#include <linux/delay.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "table_lib.h"
#include "test.h"

/* @packets of a flow; how long after them it is still the same: from @there to @gone. */
struct age {
	const char *what;
	u8 proto, first, then;		/* TCP flags */
	u32 packets;
	u64 there, gone;
};

static const struct age ages[] = {
	{ "a question", IPPROTO_UDP, 0, 0, 1, 29 * SEC, 31 * SEC },
	{ "a few datagrams", IPPROTO_UDP, 0, 0, 3, 29 * SEC, 31 * SEC },
	{ "a stream", IPPROTO_UDP, 0, 0, 4, 119 * SEC, 121 * SEC },
	{ "a long stream", IPPROTO_UDP, 0, 0, 20, 119 * SEC, 121 * SEC },
	{ "a handshake", IPPROTO_TCP, TCPHDR_SYN, TCPHDR_ACK, 2, 29 * SEC, 31 * SEC },
	{ "a connection", IPPROTO_TCP, TCPHDR_SYN, TCPHDR_ACK, 4, 7439 * SEC, 7441 * SEC },
	{ "a long connection", IPPROTO_TCP, TCPHDR_SYN, TCPHDR_ACK, 20, 7439 * SEC, 7441 * SEC },
	{ "its middle", IPPROTO_TCP, TCPHDR_ACK, TCPHDR_ACK, 4, 7439 * SEC, 7441 * SEC },
	{ "attempts", IPPROTO_TCP, TCPHDR_SYN, TCPHDR_SYN, 6, 119 * SEC, 121 * SEC },
	{ "a reset", IPPROTO_TCP, TCPHDR_SYN, TCPHDR_RST, 2, 900 * MS, 1100 * MS },
};

/* The flow's age after @silence: is the next packet its own? */
static bool outlives(struct lf_flows *t, const struct age *a, u32 n, u64 now, u64 silence)
{
	u8 next = a->packets > 1 ? a->then : a->first;
	struct lf_pkt pkt;
	bool born;
	u32 i;

	for (i = 0; i < a->packets; i++) {
		table_packet(&pkt, n, 53, a->proto, i ? a->then : a->first);
		table_feed(t, &pkt, now, &born);
	}
	table_packet(&pkt, n, 53, a->proto, next & TCPHDR_RST ? TCPHDR_ACK : next);
	table_feed(t, &pkt, now + silence, &born);
	return !born;
}

static void test_ages(void)
{
	struct lf_flows *t = table_create(1000);
	u64 now = ktime_get_ns();
	u32 i;

	if (!t)
		return;
	for (i = 0; ages[i].then != TCPHDR_RST; i++) {
		CHECK("one time for all", outlives(t, &ages[i], 100 + i, now, 29 * SEC));
		CHECK("one time for all", !outlives(t, &ages[i], 200 + i, now, 31 * SEC));
	}
	lf_flows_set_idle(t, 0);
	for (i = 0; i < ARRAY_SIZE(ages); i++) {
		CHECK(ages[i].what, outlives(t, &ages[i], 300 + i, now, ages[i].there));
		CHECK(ages[i].what, !outlives(t, &ages[i], 400 + i, now, ages[i].gone));
	}
	table_destroy(t);
}

/* Where both directions are seen, the packets of both make a connection. */
static void test_age_of_both(void)
{
	struct lf_flows *t = table_create(1000);
	u64 now = ktime_get_ns(), id;
	struct lf_pkt pkt;
	bool born;
	u32 i;

	if (!t)
		return;
	lf_flows_set_idle(t, 0);
	lf_flows_pair(t);
	for (i = 0; i < 4; i++) {
		table_packet(&pkt, 1, 80, IPPROTO_TCP, i < 2 ? TCPHDR_SYN : TCPHDR_ACK);
		if (i & 1) {
			swap(pkt.key.src, pkt.key.dst);
			swap(pkt.key.sport, pkt.key.dport);
			pkt.tcp_flags |= TCPHDR_ACK;
		}
		id = table_feed(t, &pkt, now, &born);
	}
	CHECK_EQ("a connection of both", table_feed(t, &pkt, now + 7400 * SEC, &born), id);
	table_destroy(t);
}

/* The worker goes by the same times. */
static void test_age_by_worker(void)
{
	struct lf_flows *t = table_create(1000);
	struct lf_flows_stats st = {};
	bool born;
	u32 i;

	if (!t)
		return;
	lf_flows_set_idle(t, 0);
	WRITE_ONCE(t->idle_ns[LF_AGE_NEW], 200 * MS);
	WRITE_ONCE(t->least, 0);
	for (i = 0; i < 4; i++)
		table_tcp(t, 1, i ? TCPHDR_ACK : TCPHDR_SYN, ktime_get_ns(), &born);
	table_udp(t, 2, ktime_get_ns(), &born);
	for (i = 0; i < 3000 && !st.aged; i++) {
		msleep(10);
		lf_flows_stats(t, &st);
	}
	CHECK_EQ("the datagram's flow has ended", st.aged, 1);
	CHECK_EQ("the connection has not", st.now, 1);
	table_destroy(t);
}

void test_table_age(void)
{
	test_ages();
	test_age_of_both();
	test_age_by_worker();
}
