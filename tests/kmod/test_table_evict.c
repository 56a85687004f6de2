// SPDX-License-Identifier: GPL-2.0
/*
 * Evictions: one by one in a table of a single bucket, and under floods. Time is an argument.
 */
#include <linux/delay.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include "table_lib.h"
#include "test.h"

static void test_eviction(void)
{
	struct lf_flows *t = table_create(WAYS);
	u64 now = ktime_get_ns(), id;
	bool born;
	u32 i;

	if (!t)
		return;
	/*
	 * 0..7 have proven themselves, 8..11 have two packets, 12..15 one; 13 and 9 are the oldest
	 * of their kinds.
	 */
	for (i = 0; i < WAYS; i++)
		table_grow(t, i, i < 8 ? 4 : i < 12 ? 2 : 1, now + (i == 13 || i == 9 ? 0 : SEC));
	CHECK_EQ("full", table_ended(LF_FLOW_END_EVICTED), 0);
	now += SEC;
	for (i = 100; i < 110; i++)
		CHECK("one-packet flows displace each other",
		      table_udp(t, i, now + (i - 100) * 100 * MS, &born) && born);
	CHECK_EQ("evicted", table_ended(LF_FLOW_END_EVICTED), 10);
	now += SEC;
	for (i = 0; i < 12; i++)
		CHECK("what has more packets stays", table_is_there(t, i, now));
	CHECK("the oldest is gone", !table_is_there(t, 13, now));

	/* All proven: newcomers get nothing until somebody falls silent. */
	lf_flows_flush(t);
	for (i = 0; i < WAYS; i++)
		table_grow(t, i, 4, now);
	id = table_udp(t, 200, now + 900 * MS, &born);
	CHECK_EQ("full of active flows", id, 0);
	for (i = 0; i < WAYS; i++)
		if (i != 5)
			table_grow(t, i, 1, now + SEC);
	CHECK("the silent one makes room", table_udp(t, 200, now + 1200 * MS, &born));
	CHECK("the silent one makes room",
	      table_is_there(t, 4, now + 1200 * MS) && table_is_there(t, 6, now + 1200 * MS));
	CHECK("the silent one makes room", table_ended(LF_FLOW_END_EVICTED) >= 11);
	table_destroy(t);
}

static void test_closing_first(void)
{
	struct lf_flows *t = table_create(WAYS);
	u64 now = ktime_get_ns(), id;
	bool born;
	u32 i;

	if (!t)
		return;
	for (i = 0; i < WAYS - 1; i++)
		table_udp(t, i, now, &born);
	for (i = 0; i < 9; i++)
		table_tcp(t, 0, TCPHDR_ACK, now, &born);
	id = table_tcp(t, 0, TCPHDR_ACK | TCPHDR_FIN, now + MS, &born);
	table_udp(t, 100, now + 2 * MS, &born);
	CHECK_EQ("a closing flow makes room first", table_ends.last_id, id);
	CHECK_EQ("a closing flow makes room first", table_ended(LF_FLOW_END_FIN), 1);
	CHECK_EQ("a closing flow makes room first", table_ended(LF_FLOW_END_EVICTED), 0);
	table_udp(t, 101, now + IDLE_MS * MS, &born);
	CHECK_EQ("then idle ones", table_ended(LF_FLOW_END_IDLE), WAYS - 1);
	table_destroy(t);
}

/*
 * Under pressure what has been silent for half a minute goes before what sends; cheap newcomers get
 * half of it.
 */
static void test_dormant(void)
{
	struct lf_flows *t = table_create(WAYS);
	u64 now = ktime_get_ns(), later = now + 40 * SEC;
	u32 i, there = 0;
	bool born;

	if (!t)
		return;
	lf_flows_set_idle(t, 0);
	for (i = 0; i < WAYS; i++)
		table_grow(t, i, 16, now + i * 200 * MS);
	for (i = 0; i < 100; i++)
		CHECK("cheap newcomers come in", table_udp(t, 100 + i, later, &born) && born);
	CHECK_EQ("by evictions", table_ended(LF_FLOW_END_EVICTED), 100);
	for (i = 0; i < WAYS / 2; i++)
		table_grow(t, 300 + i, 16, later);
	for (i = WAYS; i-- > WAYS / 2;)
		there += table_is_there(t, i, later);
	CHECK_EQ("half of the silent ones are there, the younger ones", there, WAYS / 2);
	later += 40 * SEC;
	for (i = 0; i < WAYS / 2; i++)
		table_grow(t, 300 + i, 1, later);
	for (i = 0; i < WAYS / 2; i++)
		table_grow(t, 400 + i, 16, later);
	for (i = there = 0; i < WAYS / 2; i++)
		there += table_is_there(t, 300 + i, later) + table_is_there(t, 400 + i, later);
	CHECK_EQ("what sends displaces the silent, not what sends", there, WAYS);
	table_destroy(t);
}

/*
 * Flows that arrive within one tick of the bucket's clock leave in turn, not always the same one.
 */
static void test_turns(void)
{
	struct lf_flows *t = table_create(WAYS);
	u64 now = ktime_get_ns();
	bool born;
	u32 i;

	if (!t)
		return;
	for (i = 0; i < WAYS + 10; i++)
		table_udp(t, i, now, &born);
	for (i = 10; i < WAYS + 10; i++)
		CHECK("first in, first out", table_is_there(t, i, now));
	table_destroy(t);
}

/* --- a flood --- */

#define FLOOD       1000000
#define ESTABLISHED 1000

static void talk(struct lf_flows *t, u64 now, u32 *lost)
{
	struct lf_pkt pkt;
	bool born;
	u32 i;

	for (i = 0; i < ESTABLISHED; i++) {
		table_packet(&pkt, i, 443, IPPROTO_TCP, TCPHDR_ACK);
		if (i % 16 == 0)
			table_pace(t, i);
		if (!table_feed(t, &pkt, now, &born) || born)
			(*lost)++;
	}
}

/* A thousand flows that send five times a second, under 100,000 spoofed ones a second. */
static void test_flood(void)
{
	struct lf_flows *t = table_create(8192);
	u32 i, lost = 0, flood = lf_quick ? FLOOD / 10 : FLOOD;
	u64 now = ktime_get_ns(), seed = 1;
	bool born;

	if (!t)
		return;
	for (i = 0; i < 4; i++)
		talk(t, now, &lost);
	CHECK_EQ("flood: births", lost, ESTABLISHED);
	lost = 0;
	for (i = 0; i < flood; i++) {
		if (i % 20000 == 0) {
			talk(t, now + i / 100 * MS, &lost);
			cond_resched();
		}
		table_udp(t, test_random(&seed), now + i / 100 * MS, &born);
	}
	CHECK_EQ("flood: established flows lost", lost, 0);
	CHECK_EQ("flood: established flows ended", atomic_read(&table_ends.established), 0);
	table_destroy(t);
}

/*
 * Flows of four packets, 2,500 of them a second for six seconds, and a hundred that have sent more
 * and pause meanwhile.
 */
#define PAUSING 100

static void test_cheap_flood(u32 each)
{
	struct lf_flows *t = table_create(4096);
	u64 now = ktime_get_ns();
	u32 i, lost = 0, born_in = 0;
	struct lf_pkt pkt;
	bool born;

	if (!t)
		return;
	for (i = 0; i < 16 * PAUSING; i++) {
		table_packet(&pkt, i % PAUSING, 443, IPPROTO_UDP, 0);
		table_feed(t, &pkt, now, &born);
	}
	for (i = 0; i < 60000; i++) {
		born_in += table_udp(t, PAUSING + i / each, now + i * 100000ULL, &born) && born;
		if (i % 256 == 0)
			cond_resched();
	}
	CHECK_EQ("cheap flood: ended", atomic_read(&table_ends.established), 0);
	CHECK("cheap flood: it comes in", born_in > 1000);
	for (i = 0; i < PAUSING; i++) {
		table_packet(&pkt, i, 443, IPPROTO_UDP, 0);
		lost += !table_feed(t, &pkt, now + 7 * SEC, &born) || born;
	}
	CHECK_EQ("cheap flood: pausing flows lost", lost, 0);
	table_destroy(t);
}

static bool is_there_from(struct lf_flows *t, u32 net, u64 now)
{
	bool born;

	return table_send_from(t, net, 1, now, &born) && !born;
}

/*
 * One prefix has all entries, busy with flows of a few packets: others get half of them, its own
 * newcomers nothing.
 */
static void check_prefix_share(struct lf_flows *t, u64 now)
{
	u32 i, came = 0;
	bool born;

	for (i = 0; i < WAYS; i++)
		CHECK_EQ("one prefix", table_send_from(t, NET(1) + i, 4, now, &born), 4);
	CHECK_EQ("its own newcomers", table_send_from(t, NET(1) + WAYS, 1, now, &born), 0);
	for (i = 0; i < WAYS; i++)
		came += table_send_from(t, NET(2 + i), 4, now, &born) == 4;
	CHECK_EQ("others get half", came, WAYS / 2);
	CHECK_EQ("others get half", table_ended(LF_FLOW_END_EVICTED), WAYS / 2);
}

/*
 * All last, each of a prefix of its own: a flood of single packets displaces one of them, of four
 * packets a quarter.
 */
static void check_lasting_share(struct lf_flows *t, u64 now)
{
	u32 i, there = 0;
	bool born;

	for (i = 0; i < WAYS; i++)
		CHECK_EQ("lasting", table_send_from(t, NET(100 + i), 16, now, &born), 16);
	for (i = 0; i < 100; i++)
		CHECK_EQ("a newcomer comes in", table_send_from(t, NET(200 + i), 1, now, &born), 1);
	for (i = 0; i < WAYS; i++)
		there += is_there_from(t, NET(100 + i), now);
	CHECK_EQ("all but one are there", there, WAYS - 1);
	for (i = 0; i < 100; i++)
		table_send_from(t, NET(400 + i), 4, now, &born);
	for (i = 0, there = 0; i < WAYS; i++)
		there += is_there_from(t, NET(100 + i), now);
	CHECK_EQ("three quarters are there", there, WAYS * 3 / 4);
}

static void test_shares(void)
{
	struct lf_flows *t = table_create(WAYS);

	if (!t)
		return;
	t->key = (hsiphash_key_t){ { (unsigned long)0x5bd1e9955bd1e995ULL,
				     (unsigned long)0x9e3779b97f4a7c15ULL } };
	check_prefix_share(t, ktime_get_ns());
	lf_flows_flush(t);
	check_lasting_share(t, ktime_get_ns());
	table_destroy(t);
}

void test_table_evict(void)
{
	test_eviction();
	test_closing_first();
	test_dormant();
	test_turns();
	test_flood();
	test_cheap_flood(1);
	test_cheap_flood(4);
	test_shares();
}
