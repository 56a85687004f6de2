// SPDX-License-Identifier: GPL-2.0
/*
 * The flow table: identity, ends, evictions one by one in a table of a single bucket, a flood, a
 * million flows, both directions, the worker, and threads that hammer one table. Time is an
 * argument, so only the worker's tests wait.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sort.h>
#include <linux/tcp.h>
#include <linux/vmalloc.h>
#include <net/tcp.h>
#include "table.h"
#include "test.h"

#define MS	1000000ULL
#define SEC	1000000000ULL
#define WAYS	16		/* flows of the smallest table */
#define IDLE_MS	30000

static struct {
	atomic_t n[4];		/* ends, by reason */
	atomic_t established;	/* of flows to port 443 */
	u64 last_id;
} ends;

static void on_end(void *priv, const struct lf_flow *flow, enum lf_flow_end why)
{
	atomic_inc(&ends.n[why]);
	if (flow->key.dport == htons(443) && why != LF_FLOW_END_GONE)
		atomic_inc(&ends.established);
	ends.last_id = flow->id;
}

static u32 ended(enum lf_flow_end why)
{
	return atomic_read(&ends.n[why]);
}

static struct lf_flows *table(u32 max)
{
	struct lf_flows *t;

	memset(&ends, 0, sizeof(ends));
	t = lf_flows_create(max, IDLE_MS, on_end, NULL, NULL);
	return CHECK("table", !IS_ERR(t)) ? t : NULL;
}

static void packet_of(struct lf_pkt *pkt, u32 n, u16 dport, u8 proto, u8 flags)
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
static u64 feed(struct lf_flows *t, const struct lf_pkt *pkt, u64 now, bool *born)
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

static u64 udp(struct lf_flows *t, u32 n, u64 now, bool *born)
{
	struct lf_pkt pkt;

	packet_of(&pkt, n, 53, IPPROTO_UDP, 0);
	return feed(t, &pkt, now, born);
}

static u64 tcp(struct lf_flows *t, u32 n, u8 flags, u64 now, bool *born)
{
	struct lf_pkt pkt;

	packet_of(&pkt, n, 80, IPPROTO_TCP, flags);
	return feed(t, &pkt, now, born);
}

/* Entries, but those of a doubling that is still under way. */
static u32 whole_room(struct lf_flows *t)
{
	struct lf_flows_stats st;
	u32 room;

	lf_flows_stats(t, &st);
	for (room = st.max; room > st.room; )
		room /= 2;
	return room;
}

/*
 * Waits until the table has grown so far that @n flows take two entries of seven, or can grow no
 * more.
 */
static void pace(struct lf_flows *t, u32 n)
{
	struct lf_flows_stats st;
	int tries;

	lf_flows_stats(t, &st);
	for (tries = 0; tries < 1000; tries++) {
		if (whole_room(t) >= min(n * 7 / 2, st.max))
			return;
		msleep(1);
	}
	CHECK("the table grows", false);
}

/* Flows 0 .. n - 1, no faster than the worker makes room. */
static void fill(struct lf_flows *t, u32 n, u64 now)
{
	bool born;
	u32 i;

	for (i = 0; i < n; i++) {
		if (i % 16 == 0)
			pace(t, i);
		udp(t, i, now, &born);
	}
}

static void check_books(struct lf_flows *t)
{
	struct lf_flows_stats st;

	lf_flows_stats(t, &st);
	CHECK("books", st.now <= st.max);
	CHECK_EQ("books", st.born, st.now + st.ended + st.aged + st.evicted);
	CHECK_EQ("books", st.aged, ended(LF_FLOW_END_IDLE));
	CHECK_EQ("books", st.evicted, ended(LF_FLOW_END_EVICTED));
	CHECK_EQ("books", st.ended, ended(LF_FLOW_END_FIN) + ended(LF_FLOW_END_GONE));
}

static void destroy(struct lf_flows *t)
{
	struct lf_flows_stats st;
	u32 gone = ended(LF_FLOW_END_GONE);

	check_books(t);
	lf_flows_stats(t, &st);
	lf_flows_destroy(t);
	CHECK_EQ("all are told when the table goes", ended(LF_FLOW_END_GONE), gone + st.now);
}

/* ---- identity ---- */

/* Each part of the key makes another flow. */
static void test_keys(struct lf_flows *t, u64 now)
{
	struct lf_pkt pkt[10];
	u64 id[10];
	bool born;
	int i, k;

	for (i = 0; i < 10; i++)
		packet_of(&pkt[i], 1, 53, IPPROTO_UDP, 0);
	pkt[1].key.src.s6_addr[15]++;
	pkt[2].key.dst.s6_addr[0]++;
	be16_add_cpu(&pkt[3].key.sport, 1);
	be16_add_cpu(&pkt[4].key.dport, 1);
	pkt[5].key.proto = IPPROTO_UDPLITE;
	pkt[6].key.version = 6;
	pkt[7].key.vlan = htons(5);
	pkt[8].key.inner_vlan = htons(5);
	pkt[9].key.tunnel = 5;
	for (i = 0; i < 10; i++) {
		id[i] = feed(t, &pkt[i], now, &born);
		CHECK("keys", born && id[i]);
		for (k = 0; k < i; k++)
			CHECK("keys", id[i] != id[k]);
	}
	for (i = 0; i < 10; i++) {
		CHECK_EQ("keys", feed(t, &pkt[i], now + MS, &born), id[i]);
		CHECK("keys", !born);
	}
}

/*
 * A tunnel's sender chooses its id, and must not choose the bucket by it: 256 ids that differ in any
 * one byte are spread over the table.
 */
static void test_tunnel_ids(struct lf_flows *t)
{
	struct lf_pkt pkt;
	u32 i, byte, others;
	void *first;

	packet_of(&pkt, 1, 53, IPPROTO_UDP, 0);
	for (byte = 0; byte < 4; byte++) {
		pkt.key.tunnel = 0;
		first = lf_flow_spot(t, &pkt).bucket;
		for (i = 1, others = 0; i < 256; i++) {
			pkt.key.tunnel = i << 8 * byte;
			others += lf_flow_spot(t, &pkt).bucket != first;
		}
		CHECK("tunnel ids are spread", others > 200);
	}
}

static void test_idle(struct lf_flows *t, u64 now)
{
	bool born;
	u64 id = udp(t, 100, now, &born);

	CHECK_EQ("idle", udp(t, 100, now + IDLE_MS * MS - 1, &born), id);
	CHECK("idle", udp(t, 100, now + 2 * IDLE_MS * MS - 1, &born) != id);
	CHECK("idle", born);
	CHECK_EQ("idle", ended(LF_FLOW_END_IDLE), 1);
	CHECK_EQ("idle", ends.last_id, id);
	lf_flows_set_idle(t, 100);
	udp(t, 100, now + 2 * IDLE_MS * MS + 99 * MS - 1, &born);
	CHECK("idle", !born);
	udp(t, 100, now + 2 * IDLE_MS * MS + 200 * MS, &born);
	CHECK("idle", born);
	lf_flows_set_idle(t, U32_MAX);
	udp(t, 100, now + 2 * IDLE_MS * MS + 3500 * SEC, &born);
	CHECK("idle", !born);
	lf_flows_set_idle(t, IDLE_MS);
}

static void test_fin(struct lf_flows *t, u64 now)
{
	u32 fin = ended(LF_FLOW_END_FIN);
	bool born;
	u64 id = tcp(t, 200, TCPHDR_SYN, now, &born);

	CHECK("fin", born);
	CHECK_EQ("SYN again", tcp(t, 200, TCPHDR_SYN, now + SEC, &born), id);
	tcp(t, 200, TCPHDR_ACK, now + SEC, &born);
	tcp(t, 200, TCPHDR_ACK | TCPHDR_FIN, now + SEC, &born);
	CHECK_EQ("last ACK", tcp(t, 200, TCPHDR_ACK, now + SEC + 900 * MS, &born), id);
	CHECK_EQ("half-closed", tcp(t, 200, TCPHDR_ACK, now + SEC + 1800 * MS, &born), id);
	CHECK_EQ("fin", ended(LF_FLOW_END_FIN), fin);
	CHECK("later", tcp(t, 200, TCPHDR_ACK, now + 4 * SEC, &born) != id);
	CHECK("later", born);
	CHECK_EQ("fin", ended(LF_FLOW_END_FIN), fin + 1);

	id = tcp(t, 200, TCPHDR_ACK, now + 4 * SEC, &born);
	CHECK("SYN on a known flow", tcp(t, 200, TCPHDR_SYN, now + 4 * SEC, &born) != id && born);
	CHECK_EQ("fin", ended(LF_FLOW_END_FIN), fin + 2);
	CHECK_EQ("fin", ends.last_id, id);
	id = tcp(t, 200, TCPHDR_RST, now + 4 * SEC, &born);
	CHECK("SYN on a closing flow", tcp(t, 200, TCPHDR_SYN, now + 4 * SEC, &born) != id && born);
	CHECK_EQ("fin", ended(LF_FLOW_END_FIN), fin + 3);
}

static void test_original(struct lf_flows *t, u64 now)
{
	static const struct { u8 proto, flags; s8 original; u8 midstream; } rows[] = {
		{ IPPROTO_TCP, TCPHDR_SYN, 1, 0 }, { IPPROTO_TCP, TCPHDR_SYN | TCPHDR_ACK, 0, 0 },
		{ IPPROTO_TCP, TCPHDR_ACK, -1, 1 }, { IPPROTO_UDP, 0, -1, 0 },
	};
	struct lf_flow *flow;
	struct lf_pkt pkt;
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		packet_of(&pkt, 300 + i, 53, rows[i].proto, rows[i].flags);
		local_bh_disable();
		flow = lf_flow_get(t, &pkt, lf_flow_spot(t, &pkt), now);
		CHECK_EQ("original", flow ? flow->original : 99, rows[i].original);
		CHECK_EQ("midstream", flow ? flow->midstream : 99, rows[i].midstream);
		if (flow)
			lf_flow_put(t, flow);
		local_bh_enable();
	}
}

static void test_identity(void)
{
	struct lf_flows *t = table(1000);
	struct lf_flows_stats st;
	u64 now = ktime_get_ns();

	if (!t)
		return;
	lf_flows_stats(t, &st);
	CHECK_EQ("rounded up", st.max, 1024);
	test_keys(t, now);
	test_tunnel_ids(t);
	test_idle(t, now);
	test_fin(t, now);
	test_original(t, now);
	lf_flows_flush(t);
	lf_flows_stats(t, &st);
	CHECK_EQ("flush", st.now, 0);
	destroy(t);
}

/* ---- one bucket, eviction by eviction ---- */

/* Flow n has sent `packets` by `now`. */
static void grow(struct lf_flows *t, u32 n, u32 packets, u64 now)
{
	bool born;

	while (packets--)
		udp(t, n, now, &born);
}

static bool is_there(struct lf_flows *t, u32 n, u64 now)
{
	bool born;

	return udp(t, n, now, &born) && !born;
}

static void test_eviction(void)
{
	struct lf_flows *t = table(WAYS);
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
		grow(t, i, i < 8 ? 4 : i < 12 ? 2 : 1, now + (i == 13 || i == 9 ? 0 : SEC));
	CHECK_EQ("full", ended(LF_FLOW_END_EVICTED), 0);
	now += SEC;
	for (i = 100; i < 110; i++)
		CHECK("one-packet flows displace each other",
		      udp(t, i, now + (i - 100) * 100 * MS, &born) && born);
	CHECK_EQ("evicted", ended(LF_FLOW_END_EVICTED), 10);
	now += SEC;
	for (i = 0; i < 12; i++)
		CHECK("what has more packets stays", is_there(t, i, now));
	CHECK("the oldest is gone", !is_there(t, 13, now));

	/* All proven: newcomers get nothing until somebody falls silent. */
	lf_flows_flush(t);
	for (i = 0; i < WAYS; i++)
		grow(t, i, 4, now);
	id = udp(t, 200, now + 900 * MS, &born);
	CHECK_EQ("full of active flows", id, 0);
	for (i = 0; i < WAYS; i++)
		if (i != 5)
			grow(t, i, 1, now + SEC);
	CHECK("the silent one makes room", udp(t, 200, now + 1200 * MS, &born));
	CHECK("the silent one makes room",
	      is_there(t, 4, now + 1200 * MS) && is_there(t, 6, now + 1200 * MS));
	CHECK("the silent one makes room", ended(LF_FLOW_END_EVICTED) >= 11);
	destroy(t);
}

static void test_closing_first(void)
{
	struct lf_flows *t = table(WAYS);
	u64 now = ktime_get_ns(), id;
	bool born;
	u32 i;

	if (!t)
		return;
	for (i = 0; i < WAYS - 1; i++)
		udp(t, i, now, &born);
	for (i = 0; i < 9; i++)
		tcp(t, 0, TCPHDR_ACK, now, &born);
	id = tcp(t, 0, TCPHDR_ACK | TCPHDR_FIN, now + MS, &born);
	udp(t, 100, now + 2 * MS, &born);
	CHECK_EQ("a closing flow makes room first", ends.last_id, id);
	CHECK_EQ("a closing flow makes room first", ended(LF_FLOW_END_FIN), 1);
	CHECK_EQ("a closing flow makes room first", ended(LF_FLOW_END_EVICTED), 0);
	udp(t, 101, now + IDLE_MS * MS, &born);
	CHECK_EQ("then idle ones", ended(LF_FLOW_END_IDLE), WAYS - 1);
	destroy(t);
}

/* ---- by protocol and state ---- */

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
		packet_of(&pkt, n, 53, a->proto, i ? a->then : a->first);
		feed(t, &pkt, now, &born);
	}
	packet_of(&pkt, n, 53, a->proto, next & TCPHDR_RST ? TCPHDR_ACK : next);
	feed(t, &pkt, now + silence, &born);
	return !born;
}

static void test_ages(void)
{
	struct lf_flows *t = table(1000);
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
	destroy(t);
}

/* Where both directions are seen, the packets of both make a connection. */
static void test_age_of_both(void)
{
	struct lf_flows *t = table(1000);
	u64 now = ktime_get_ns(), id;
	struct lf_pkt pkt;
	bool born;
	u32 i;

	if (!t)
		return;
	lf_flows_set_idle(t, 0);
	lf_flows_pair(t);
	for (i = 0; i < 4; i++) {
		packet_of(&pkt, 1, 80, IPPROTO_TCP, i < 2 ? TCPHDR_SYN : TCPHDR_ACK);
		if (i & 1) {
			swap(pkt.key.src, pkt.key.dst);
			swap(pkt.key.sport, pkt.key.dport);
			pkt.tcp_flags |= TCPHDR_ACK;
		}
		id = feed(t, &pkt, now, &born);
	}
	CHECK_EQ("a connection of both", feed(t, &pkt, now + 7400 * SEC, &born), id);
	destroy(t);
}

/* The worker goes by the same times. */
static void test_age_by_worker(void)
{
	struct lf_flows *t = table(1000);
	struct lf_flows_stats st = {};
	bool born;
	u32 i;

	if (!t)
		return;
	lf_flows_set_idle(t, 0);
	WRITE_ONCE(t->idle_ns[LF_AGE_NEW], 200 * MS);
	WRITE_ONCE(t->least, 0);
	for (i = 0; i < 4; i++)
		tcp(t, 1, i ? TCPHDR_ACK : TCPHDR_SYN, ktime_get_ns(), &born);
	udp(t, 2, ktime_get_ns(), &born);
	for (i = 0; i < 3000 && !st.aged; i++) {
		msleep(10);
		lf_flows_stats(t, &st);
	}
	CHECK_EQ("the datagram's flow has ended", st.aged, 1);
	CHECK_EQ("the connection has not", st.now, 1);
	destroy(t);
}

/*
 * Under pressure what has been silent for half a minute goes before what sends; cheap newcomers get
 * half of it.
 */
static void test_dormant(void)
{
	struct lf_flows *t = table(WAYS);
	u64 now = ktime_get_ns(), later = now + 40 * SEC;
	u32 i, there = 0;
	bool born;

	if (!t)
		return;
	lf_flows_set_idle(t, 0);
	for (i = 0; i < WAYS; i++)
		grow(t, i, 16, now + i * 200 * MS);
	for (i = 0; i < 100; i++)
		CHECK("cheap newcomers come in", udp(t, 100 + i, later, &born) && born);
	CHECK_EQ("by evictions", ended(LF_FLOW_END_EVICTED), 100);
	for (i = 0; i < WAYS / 2; i++)
		grow(t, 300 + i, 16, later);
	for (i = WAYS; i-- > WAYS / 2;)
		there += is_there(t, i, later);
	CHECK_EQ("half of the silent ones are there, the younger ones", there, WAYS / 2);
	later += 40 * SEC;
	for (i = 0; i < WAYS / 2; i++)
		grow(t, 300 + i, 1, later);
	for (i = 0; i < WAYS / 2; i++)
		grow(t, 400 + i, 16, later);
	for (i = there = 0; i < WAYS / 2; i++)
		there += is_there(t, 300 + i, later) + is_there(t, 400 + i, later);
	CHECK_EQ("what sends displaces the silent, not what sends", there, WAYS);
	destroy(t);
}

/*
 * Flows that arrive within one tick of the bucket's clock leave in turn, not always the same one.
 */
static void test_turns(void)
{
	struct lf_flows *t = table(WAYS);
	u64 now = ktime_get_ns();
	bool born;
	u32 i;

	if (!t)
		return;
	for (i = 0; i < WAYS + 10; i++)
		udp(t, i, now, &born);
	for (i = 10; i < WAYS + 10; i++)
		CHECK("first in, first out", is_there(t, i, now));
	destroy(t);
}

/* ---- a flood ---- */

#define FLOOD		1000000
#define ESTABLISHED	1000

static void talk(struct lf_flows *t, u64 now, u32 *lost)
{
	struct lf_pkt pkt;
	bool born;
	u32 i;

	for (i = 0; i < ESTABLISHED; i++) {
		packet_of(&pkt, i, 443, IPPROTO_TCP, TCPHDR_ACK);
		if (i % 16 == 0)
			pace(t, i);
		if (!feed(t, &pkt, now, &born) || born)
			(*lost)++;
	}
}

/* A thousand flows that send five times a second, under 100,000 spoofed ones a second. */
static void test_flood(void)
{
	struct lf_flows *t = table(8192);
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
		udp(t, test_random(&seed), now + i / 100 * MS, &born);
	}
	CHECK_EQ("flood: established flows lost", lost, 0);
	CHECK_EQ("flood: established flows ended", atomic_read(&ends.established), 0);
	destroy(t);
}

/*
 * Flows of four packets, 2,500 of them a second for six seconds, and a hundred that have sent more
 * and pause meanwhile.
 */
#define PAUSING		100

static void test_cheap_flood(u32 each)
{
	struct lf_flows *t = table(4096);
	u64 now = ktime_get_ns();
	u32 i, lost = 0, born_in = 0;
	struct lf_pkt pkt;
	bool born;

	if (!t)
		return;
	for (i = 0; i < 16 * PAUSING; i++) {
		packet_of(&pkt, i % PAUSING, 443, IPPROTO_UDP, 0);
		feed(t, &pkt, now, &born);
	}
	for (i = 0; i < 60000; i++) {
		born_in += udp(t, PAUSING + i / each, now + i * 100000ULL, &born) && born;
		if (i % 256 == 0)
			cond_resched();
	}
	CHECK_EQ("cheap flood: ended", atomic_read(&ends.established), 0);
	CHECK("cheap flood: it comes in", born_in > 1000);
	for (i = 0; i < PAUSING; i++) {
		packet_of(&pkt, i, 443, IPPROTO_UDP, 0);
		lost += !feed(t, &pkt, now + 7 * SEC, &born) || born;
	}
	CHECK_EQ("cheap flood: pausing flows lost", lost, 0);
	destroy(t);
}

/*
 * How many of so many packets of a flow of that prefix find a place; *born: the last one made it.
 */
static u32 send_from(struct lf_flows *t, u32 net, u32 packets, u64 now, bool *born)
{
	struct lf_pkt pkt;
	u32 n = 0;

	packet_of(&pkt, 1, 53, IPPROTO_UDP, 0);
	ipv6_addr_set_v4mapped(htonl(0xac000000 + net), &pkt.key.src);
	while (packets--)
		n += feed(t, &pkt, now, born) != 0;
	return n;
}

static bool is_there_from(struct lf_flows *t, u32 net, u64 now)
{
	bool born;

	return send_from(t, net, 1, now, &born) && !born;
}

/* Prefixes, and addresses within one. */
#define NET(i)		((i) << 8)

/*
 * One prefix has all entries, busy with flows of a few packets: others get half of them, its own
 * newcomers nothing.
 */
static void check_prefix_share(struct lf_flows *t, u64 now)
{
	u32 i, came = 0;
	bool born;

	for (i = 0; i < WAYS; i++)
		CHECK_EQ("one prefix", send_from(t, NET(1) + i, 4, now, &born), 4);
	CHECK_EQ("its own newcomers", send_from(t, NET(1) + WAYS, 1, now, &born), 0);
	for (i = 0; i < WAYS; i++)
		came += send_from(t, NET(2 + i), 4, now, &born) == 4;
	CHECK_EQ("others get half", came, WAYS / 2);
	CHECK_EQ("others get half", ended(LF_FLOW_END_EVICTED), WAYS / 2);
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
		CHECK_EQ("lasting", send_from(t, NET(100 + i), 16, now, &born), 16);
	for (i = 0; i < 100; i++)
		CHECK_EQ("a newcomer comes in", send_from(t, NET(200 + i), 1, now, &born), 1);
	for (i = 0; i < WAYS; i++)
		there += is_there_from(t, NET(100 + i), now);
	CHECK_EQ("all but one are there", there, WAYS - 1);
	for (i = 0; i < 100; i++)
		send_from(t, NET(400 + i), 4, now, &born);
	for (i = 0, there = 0; i < WAYS; i++)
		there += is_there_from(t, NET(100 + i), now);
	CHECK_EQ("three quarters are there", there, WAYS * 3 / 4);
}

static void test_shares(void)
{
	struct lf_flows *t = table(WAYS);

	if (!t)
		return;
	t->key = (hsiphash_key_t){ { (unsigned long)0x5bd1e9955bd1e995ULL,
				     (unsigned long)0x9e3779b97f4a7c15ULL } };
	check_prefix_share(t, ktime_get_ns());
	lf_flows_flush(t);
	check_lasting_share(t, ktime_get_ns());
	destroy(t);
}

/* ---- growth and reset ---- */

#define GROWN		20000

struct watch {
	struct lf_flows *t;
	u64 *ids;		/* of flows 0 .. n - 1 */
	u32 n;
	u32 lost;
	u64 now;
};

/* Looks all flows up that there are so far. */
static u32 count_lost(struct watch *w)
{
	u32 n = smp_load_acquire(&w->n), i, lost = 0;
	bool born;

	for (i = 0; i < n; i++) {
		u64 id = udp(w->t, i, w->now, &born);

		lost += id != w->ids[i];
		w->ids[i] = id;
		if (i % 1024 == 0)
			cond_resched();
	}
	return lost;
}

static int watch(void *arg)
{
	struct watch *w = arg;

	while (!kthread_should_stop()) {
		w->lost += count_lost(w);
		usleep_range(500, 1000);
	}
	return 0;
}

static void grow_watched(struct watch *w)
{
	struct task_struct *task = kthread_run(watch, w, "lf_watch");
	bool born;
	u32 i;

	if (!CHECK("growth", !IS_ERR(task)))
		return;
	for (i = 0; i < GROWN; i++) {
		if (i % 16 == 0)
			pace(w->t, i);
		w->ids[i] = udp(w->t, i, w->now, &born);
		smp_store_release(&w->n, i + 1);
	}
	kthread_stop(task);
	w->lost += count_lost(w);
}

/*
 * With bottom halves off only the first segment's flows end; the worker does the rest, and gives
 * the memory back.
 */
static void check_reset(struct lf_flows *t, const struct lf_flows_stats *full)
{
	struct lf_flows_stats st;
	u32 tries, at_once;

	local_bh_disable();
	lf_flows_flush(t);
	at_once = ended(LF_FLOW_END_GONE);
	local_bh_enable();
	CHECK("a reset is short", at_once <= 512 || num_online_cpus() > 1);
	for (tries = 0; tries < 500; tries++) {
		lf_flows_stats(t, &st);
		if (!st.now)
			break;
		msleep(10);
	}
	CHECK_EQ("all have ended", ended(LF_FLOW_END_GONE), full->now);
	msleep(20);
	lf_flows_stats(t, &st);
	CHECK_EQ("small again", st.room, 512);
	CHECK("small again", st.bytes < full->bytes / 32);
	check_books(t);
}

static void test_growth(void)
{
	struct watch w = { .t = table(65536),
			   .ids = vcalloc(GROWN, sizeof(u64)),
			   .now = ktime_get_ns() };
	struct lf_flows_stats st;

	if (!CHECK("growth", w.ids) || !w.t)
		return;
	lf_flows_stats(w.t, &st);
	CHECK_EQ("small at first", st.room, 512);
	CHECK_EQ("as configured", st.max, 65536);
	CHECK("small at first", st.bytes < 200000);
	grow_watched(&w);
	lf_flows_stats(w.t, &st);
	CHECK("grown", st.room >= 32768);
	CHECK("born again: no more than were evicted", w.lost <= st.evicted);
	CHECK("hardly any is evicted", st.evicted < GROWN / 100);
	check_books(w.t);
	check_reset(w.t, &st);
	w.n = 0;
	fill(w.t, 2000, w.now);
	destroy(w.t);
	vfree(w.ids);
}

#define BURSTS		200
#define BURST		400	/* flows, of 512 places */

/* Evictions of a new table, to which as many flows come within a tenth of a second. */
static u64 evicted_by_burst(u32 first)
{
	struct lf_flows *t = table(65536);
	u64 now = ktime_get_ns();
	struct lf_flows_stats st = {};
	bool born;
	u32 i;

	if (!t)
		return BURST;
	for (i = 0; i < BURST; i++) {
		if (i % 16 == 0)
			usleep_range(2000, 3000);
		udp(t, first + i, now, &born);
	}
	lf_flows_stats(t, &st);
	destroy(t);
	return st.evicted;
}

/* A bucket that is crowded by chance before the table is loaded must not delay its growth. */
static void test_burst(void)
{
	u64 evicted = 0;
	u32 i;

	for (i = 0; i < BURSTS; i++)
		evicted += evicted_by_burst(i * BURST);
	pr_info("bursts: %llu of %u evicted\n", evicted, BURSTS * BURST);
	CHECK("bursts: hardly any is evicted", evicted < BURSTS * BURST / 1000);
}

/* Two tables of a namespace that has room for one of them. */
static void test_room(void)
{
	struct lf_room *room = lf_room_create(8192);
	struct lf_flows_stats st;
	struct lf_flows *t[2];
	u64 id[2];
	bool born;
	u32 i;

	if (!CHECK("room", room))
		return;
	memset(&ends, 0, sizeof(ends));
	t[0] = lf_flows_create(8192, IDLE_MS, on_end, NULL, room);
	t[1] = lf_flows_create(8192, IDLE_MS, on_end, NULL, room);
	if (!CHECK("room", !IS_ERR(t[0]) && !IS_ERR(t[1])))
		return;
	CHECK_EQ("what they hold counts", lf_room_left(room), 8192 - 2 * 512);
	for (i = 0; i < 2; i++)
		id[i] = udp(t[i], 0, ktime_get_ns(), &born);
	CHECK("no two of their flows have one id", id[0] != id[1]);
	for (i = 0; i < 8192; i++) {
		udp(t[0], i, ktime_get_ns(), &born);
		if (i % 64 == 0)
			msleep(1);
	}
	lf_flows_stats(t[0], &st);
	CHECK_EQ("as far as there is room", st.room, 4096);
	CHECK("and no farther", st.evicted > 0);
	lf_flows_destroy(t[1]);
	lf_flows_destroy(t[0]);
	CHECK_EQ("all is given back", lf_room_left(room), 8192);
	lf_room_put(room);
}

/* ---- cost ---- */

#define ROUNDS		50
#define LOOPS		20000

enum { COST_LOOP, COST_GET, COST_UPDATE };

/* ns of LOOPS packets of `flows` flows: made, looked up, folded in. */
static u64 cost_round(struct lf_flows *t, u32 flows, int what, u32 *at)
{
	u64 now = ktime_get_ns(), start = now;
	struct lf_flow *flow;
	struct lf_pkt pkt;
	u32 i;

	local_bh_disable();
	for (i = 0; i < LOOPS; i++) {
		*at = (*at + 7919) % flows;
		packet_of(&pkt, *at, 53, IPPROTO_UDP, 0);
		barrier_data(&pkt);
		if (what == COST_LOOP)
			continue;
		flow = lf_flow_get(t, &pkt, lf_flow_spot(t, &pkt), now + i * 1000);
		if (flow && what == COST_UPDATE)
			lf_flow_update(flow, &pkt, now + i * 1000);
		if (flow)
			lf_flow_put(t, flow);
	}
	local_bh_enable();
	return ktime_get_ns() - start;
}

/* ns a packet, of the quickest round: the machine is not ours alone. */
static u64 cost(struct lf_flows *t, u32 flows, int what)
{
	u64 best = U64_MAX;
	u32 i, at = 0;

	for (i = 0; i < ROUNDS; i++) {
		best = min(best, cost_round(t, flows, what, &at));
		cond_resched();
	}
	return div_u64(best, LOOPS);
}

static void note_cost(struct lf_flows *t, u32 flows)
{
	u64 loop, get, all;

	fill(t, flows, ktime_get_ns());
	cost(t, flows, COST_UPDATE);
	loop = cost(t, flows, COST_LOOP);
	get = cost(t, flows, COST_GET);
	all = cost(t, flows, COST_UPDATE);
	pr_info("lf_kmod_test: note: %u flows: look-up %lld ns, statistics %lld ns\n", flows,
		(s64)(get - loop), (s64)(all - get));
}

static void test_cost(void)
{
	struct lf_flows *t = table(65536);

	if (!t)
		return;
	note_cost(t, 16);
	note_cost(t, 1000);
	note_cost(t, 32768);
	destroy(t);
}

/* ---- a million flows ---- */

#define MILLION		1000000
#define ROOMY		1500000	/* entries for them */

/* What a qdisc's reset waits for, with bottom halves off: the rest is the worker's. */
static void note_reset(struct lf_flows *t)
{
	u64 us;

	local_bh_disable();
	us = ktime_get_ns();
	lf_flows_flush(t);
	us = div_u64(ktime_get_ns() - us, NSEC_PER_USEC);
	local_bh_enable();
	pr_info("lf_kmod_test: note: reset of a million flows: %llu us\n", us);
	/* 250 ms where all of them ended then. */
	CHECK("a million flows are forgotten at once", us < 50000);
}

static void test_million(void)
{
	struct lf_flows_stats st;
	struct lf_flows *t;
	struct sysinfo si;
	si_meminfo(&si);
	if ((u64)si.freeram * si.mem_unit < 500ULL << 20) {
		pr_info("lf_kmod_test: note: not enough memory for a million flows\n");
		return;
	}
	t = table(ROOMY);
	if (!t)
		return;
	fill(t, MILLION, ktime_get_ns());
	lf_flows_stats(t, &st);
	CHECK("a million flows", st.now > MILLION / 100 * 98);
	CHECK_EQ("a million flows", st.born, MILLION);
	pr_info("lf_kmod_test: note: %u of a million flows held, %llu bytes, %llu a flow of %u\n",
		st.now, st.bytes, div_u64(st.bytes, st.max), st.max);
	note_cost(t, MILLION);
	note_reset(t);
	destroy(t);
}

/* ---- ids ---- */

static int compare_ids(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void test_ids(void)
{
	u32 n = 50000, i, same = 0;
	u64 *ids = vmalloc_array(n, sizeof(*ids));
	struct lf_flows *t = table(1000);
	bool born;

	if (CHECK("ids", ids) && t) {
		for (i = 0; i < n; i++)
			ids[i] = udp(t, i, ktime_get_ns(), &born);
		sort(ids, n, sizeof(*ids), compare_ids, NULL);
		for (i = 1; i < n; i++)
			same += ids[i] == ids[i - 1] && ids[i];
		CHECK_EQ("ids", same, 0);
		CHECK("ids", ids[0] > 0);
	}
	if (t)
		destroy(t);
	vfree(ids);
}

/* ---- both directions ---- */

static void turn(struct lf_pkt *pkt)
{
	swap(pkt->key.src, pkt->key.dst);
	swap(pkt->key.sport, pkt->key.dport);
}

static struct lf_flow send(struct lf_flows *t, const struct lf_pkt *pkt, u64 now, bool *born)
{
	struct lf_flow copy = { }, *flow;

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

	packet_of(&there, n, 80, proto, tcp_open ? TCPHDR_SYN : 0);
	packet_of(&back, n, 80, proto, tcp_open ? TCPHDR_SYN | TCPHDR_ACK : 0);
	turn(&back);
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
	struct lf_flows *t = table(1000);
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
	packet_of(&pkt, 1, 80, IPPROTO_TCP, TCPHDR_SYN);
	flow = send(t, &pkt, ktime_get_ns(), &born);
	/* the answer has only sent SYN, ACK: it stays */
	CHECK_EQ("new connection", ended(LF_FLOW_END_FIN), 1);
	pkt.tcp_flags = TCPHDR_ACK;
	turn(&pkt);
	send(t, &pkt, ktime_get_ns(), &born);
	turn(&pkt);
	send(t, &pkt, ktime_get_ns(), &born);
	pkt.tcp_flags = TCPHDR_SYN;
	flow = send(t, &pkt, ktime_get_ns(), &born);
	CHECK_EQ("new connection", ended(LF_FLOW_END_FIN), 3);
	CHECK_EQ("new connection", flow.rev_packets, 0);

	/* From an address and port to itself. */
	packet_of(&pkt, 900, 53, IPPROTO_UDP, 0);
	pkt.key.dst = pkt.key.src;
	pkt.key.dport = pkt.key.sport;
	send(t, &pkt, ktime_get_ns(), &born);
	flow = send(t, &pkt, ktime_get_ns(), &born);
	CHECK_EQ("to itself", flow.rev_packets, 0);
	destroy(t);
}

/*
 * In a bucket that is full an answer takes any entry but its question's, though that is the
 * cheapest.
 */
static void test_answer_in_full_bucket(void)
{
	struct lf_flows *t = table(WAYS);
	u64 now = ktime_get_ns();
	bool born;
	u32 i;

	if (!t)
		return;
	lf_flows_pair(t);
	for (i = 1; i < WAYS; i++)
		CHECK_EQ("full", send_from(t, NET(100 + i), 16, now, &born), 16);
	check_conversation(t, 0, IPPROTO_UDP, false);
	destroy(t);
}

/* ---- both directions as one flow ---- */

static void answer(struct lf_pkt *pkt)
{
	turn(pkt);
	pkt->reply = !pkt->reply;
}

static void check_joined(struct lf_flows *t, u32 n)
{
	struct lf_flow flow;
	struct lf_pkt pkt;
	u64 id, now = ktime_get_ns();
	bool born;

	packet_of(&pkt, n, 53, IPPROTO_UDP, 0);
	pkt.joined = 1;
	pkt.reply = n % 2;	/* whichever half is seen first */
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
	struct lf_flows *t = table(WAYS);
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
		packet_of(&pkt, i, 53, IPPROTO_UDP, 0);
		pkt.joined = 1;
		CHECK("newcomer", feed(t, &pkt, now + 3 * MS, &born) && born);
		answer(&pkt);
		CHECK("its answer", feed(t, &pkt, now + 3 * MS, &born) && !born);
	}
	CHECK_EQ("one end each", ended(LF_FLOW_END_EVICTED), 20);
	/* Silence is that of both. */
	feed(t, &pkt, now + 20 * SEC, &born);
	answer(&pkt);
	feed(t, &pkt, now + 45 * SEC, &born);
	CHECK("still the flow", !born);
	answer(&pkt);
	feed(t, &pkt, now + 70 * SEC, &born);
	CHECK("still the flow", !born);
	feed(t, &pkt, now + 101 * SEC, &born);
	CHECK("idle", born);
	lf_flows_flush(t);
	lf_flows_stats(t, &st);
	CHECK_EQ("none left", st.now, 0);
	CHECK_EQ("as many ends as births", st.born, st.ended + st.aged + st.evicted);
	destroy(t);
}

/* ---- the worker ---- */

static void test_worker(void)
{
	struct lf_flows *t = table(100000);
	struct lf_flows_stats st;
	u32 evicted;
	bool born;

	if (!t)
		return;
	fill(t, 5000, ktime_get_ns());
	lf_flows_set_idle(t, 300);
	tcp(t, 9000, TCPHDR_FIN | TCPHDR_ACK, ktime_get_ns(), &born);
	msleep(2600);
	evicted = ended(LF_FLOW_END_EVICTED);	/* hardly any */
	CHECK("worker", evicted < 50);
	CHECK_EQ("worker", ended(LF_FLOW_END_IDLE), 5000 - evicted);
	CHECK_EQ("worker", ended(LF_FLOW_END_FIN), 1);
	msleep(2600);			/* it sleeps now */
	udp(t, 1, ktime_get_ns(), &born);
	CHECK("worker", born);
	msleep(2000);
	CHECK_EQ("worker: woken", ended(LF_FLOW_END_IDLE), 5001 - evicted);
	lf_flows_stats(t, &st);
	CHECK_EQ("worker", st.now, 0);
	udp(t, 1, ktime_get_ns(), &born);
	destroy(t);			/* it goes round */
}

/* ---- threads ---- */

#define THREADS	3

static int hammer(void *arg)
{
	u64 seed = ktime_get_ns() | 1;
	struct lf_flows *t = arg;
	struct lf_pkt pkt;
	bool born;
	u32 i = 0;

	while (!kthread_should_stop()) {
		u32 n = test_random(&seed);

		packet_of(&pkt, n % 8192, 80, IPPROTO_TCP, n & BIT(20) ? TCPHDR_ACK : n >> 24 & 7);
		if (n & BIT(21))
			turn(&pkt);
		feed(t, &pkt, ktime_get_ns() - (n & BIT(22) ? MS : 0), &born);
		if (++i % 1024 == 0)
			cond_resched();
	}
	return 0;
}

static void disturb(struct lf_flows *t)
{
	u64 end = ktime_get_ns() + SEC;
	struct lf_flows_stats st;
	u32 i = 0;

	while (ktime_get_ns() < end) {
		lf_flows_stats(t, &st);
		if (st.now > st.max)
			CHECK("hammer", st.now <= st.max);
		lf_flows_set_idle(t, 1 + i++ % 50);
		usleep_range(500, 1000);
	}
}

static void test_hammer(bool pair)
{
	struct lf_flows *t = table(4096);
	struct task_struct *task[THREADS];
	int i;

	if (!t)
		return;
	if (pair)
		lf_flows_pair(t);
	for (i = 0; i < THREADS; i++) {
		task[i] = kthread_run(hammer, t, "lf_hammer/%d", i);
		CHECK("hammer", !IS_ERR(task[i]));
	}
	disturb(t);
	for (i = 0; i < THREADS; i++)
		if (!IS_ERR(task[i]))
			kthread_stop(task[i]);
	destroy(t);
}

void test_table(void)
{
	test_identity();
	test_eviction();
	test_closing_first();
	test_ages();
	test_age_of_both();
	test_age_by_worker();
	test_dormant();
	test_turns();
	test_ids();
	test_pair();
	test_answer_in_full_bucket();
	test_joined();
	test_flood();
	test_cheap_flood(1);
	test_cheap_flood(4);
	test_shares();
	test_growth();
	test_burst();
	test_room();
	if (!lf_quick) {
		test_cost();
		test_million();
	}
	test_worker();
	test_hammer(false);
	test_hammer(true);
}
