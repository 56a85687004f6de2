// SPDX-License-Identifier: GPL-2.0
/*
 * The flow table: identity, ids, the worker, and threads that hammer one table. Time is an
 * argument, so only the worker's tests wait.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sort.h>
#include <linux/tcp.h>
#include <linux/vmalloc.h>
#include <net/tcp.h>
#include "table_lib.h"
#include "test.h"

/* Each part of the key makes another flow. */
static void test_keys(struct lf_flows *t, u64 now)
{
	struct lf_pkt pkt[10];
	u64 id[10];
	bool born;
	int i, k;

	for (i = 0; i < 10; i++)
		table_packet(&pkt[i], 1, 53, IPPROTO_UDP, 0);
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
		id[i] = table_feed(t, &pkt[i], now, &born);
		CHECK("keys", born && id[i]);
		for (k = 0; k < i; k++)
			CHECK("keys", id[i] != id[k]);
	}
	for (i = 0; i < 10; i++) {
		CHECK_EQ("keys", table_feed(t, &pkt[i], now + MS, &born), id[i]);
		CHECK("keys", !born);
	}
}

/*
 * A tunnel's sender chooses its id, and must not choose the bucket by it: 256 ids that differ in
 * any one byte are spread over the table.
 */
static void test_tunnel_ids(struct lf_flows *t)
{
	struct lf_pkt pkt;
	u32 i, byte, others;
	void *first;

	table_packet(&pkt, 1, 53, IPPROTO_UDP, 0);
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
	u64 id = table_udp(t, 100, now, &born);

	CHECK_EQ("idle", table_udp(t, 100, now + IDLE_MS * MS - 1, &born), id);
	CHECK("idle", table_udp(t, 100, now + 2 * IDLE_MS * MS - 1, &born) != id);
	CHECK("idle", born);
	CHECK_EQ("idle", table_ended(LF_FLOW_END_IDLE), 1);
	CHECK_EQ("idle", table_ends.last_id, id);
	lf_flows_set_idle(t, 100);
	table_udp(t, 100, now + 2 * IDLE_MS * MS + 99 * MS - 1, &born);
	CHECK("idle", !born);
	table_udp(t, 100, now + 2 * IDLE_MS * MS + 200 * MS, &born);
	CHECK("idle", born);
	lf_flows_set_idle(t, U32_MAX);
	table_udp(t, 100, now + 2 * IDLE_MS * MS + 3500 * SEC, &born);
	CHECK("idle", !born);
	lf_flows_set_idle(t, IDLE_MS);
}

static void test_fin(struct lf_flows *t, u64 now)
{
	u32 fin = table_ended(LF_FLOW_END_FIN);
	bool born;
	u64 id = table_tcp(t, 200, TCPHDR_SYN, now, &born);

	CHECK("fin", born);
	CHECK_EQ("SYN again", table_tcp(t, 200, TCPHDR_SYN, now + SEC, &born), id);
	table_tcp(t, 200, TCPHDR_ACK, now + SEC, &born);
	table_tcp(t, 200, TCPHDR_ACK | TCPHDR_FIN, now + SEC, &born);
	CHECK_EQ("last ACK", table_tcp(t, 200, TCPHDR_ACK, now + SEC + 900 * MS, &born), id);
	CHECK_EQ("half-closed", table_tcp(t, 200, TCPHDR_ACK, now + SEC + 1800 * MS, &born), id);
	CHECK_EQ("fin", table_ended(LF_FLOW_END_FIN), fin);
	CHECK("later", table_tcp(t, 200, TCPHDR_ACK, now + 4 * SEC, &born) != id);
	CHECK("later", born);
	CHECK_EQ("fin", table_ended(LF_FLOW_END_FIN), fin + 1);

	id = table_tcp(t, 200, TCPHDR_ACK, now + 4 * SEC, &born);
	CHECK("SYN on a known flow",
	      table_tcp(t, 200, TCPHDR_SYN, now + 4 * SEC, &born) != id && born);
	CHECK_EQ("fin", table_ended(LF_FLOW_END_FIN), fin + 2);
	CHECK_EQ("fin", table_ends.last_id, id);
	id = table_tcp(t, 200, TCPHDR_RST, now + 4 * SEC, &born);
	CHECK("SYN on a closing flow",
	      table_tcp(t, 200, TCPHDR_SYN, now + 4 * SEC, &born) != id && born);
	CHECK_EQ("fin", table_ended(LF_FLOW_END_FIN), fin + 3);
}

static void test_original(struct lf_flows *t, u64 now)
{
	static const struct {
		u8 proto, flags;
		s8 original;
		u8 midstream;
	} rows[] = {
		{ IPPROTO_TCP, TCPHDR_SYN, 1, 0 },
		{ IPPROTO_TCP, TCPHDR_SYN | TCPHDR_ACK, 0, 0 },
		{ IPPROTO_TCP, TCPHDR_ACK, -1, 1 },
		{ IPPROTO_UDP, 0, -1, 0 },
	};
	struct lf_flow *flow;
	struct lf_pkt pkt;
	int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		table_packet(&pkt, 300 + i, 53, rows[i].proto, rows[i].flags);
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
	struct lf_flows *t = table_create(1000);
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
	table_destroy(t);
}

static int compare_ids(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void test_ids(void)
{
	u32 n = 50000, i, same = 0;
	u64 *ids = vmalloc_array(n, sizeof(*ids));
	struct lf_flows *t = table_create(1000);
	bool born;

	if (CHECK("ids", ids) && t) {
		for (i = 0; i < n; i++)
			ids[i] = table_udp(t, i, ktime_get_ns(), &born);
		sort(ids, n, sizeof(*ids), compare_ids, NULL);
		for (i = 1; i < n; i++)
			same += ids[i] == ids[i - 1] && ids[i];
		CHECK_EQ("ids", same, 0);
		CHECK("ids", ids[0] > 0);
	}
	if (t)
		table_destroy(t);
	vfree(ids);
}

static void test_worker(void)
{
	struct lf_flows *t = table_create(100000);
	struct lf_flows_stats st;
	u32 evicted;
	bool born;

	if (!t)
		return;
	table_fill(t, 5000, ktime_get_ns());
	lf_flows_set_idle(t, 300);
	table_tcp(t, 9000, TCPHDR_FIN | TCPHDR_ACK, ktime_get_ns(), &born);
	msleep(2600);
	evicted = table_ended(LF_FLOW_END_EVICTED); /* hardly any */
	CHECK("worker", evicted < 50);
	CHECK_EQ("worker", table_ended(LF_FLOW_END_IDLE), 5000 - evicted);
	CHECK_EQ("worker", table_ended(LF_FLOW_END_FIN), 1);
	msleep(2600); /* it sleeps now */
	table_udp(t, 1, ktime_get_ns(), &born);
	CHECK("worker", born);
	msleep(2000);
	CHECK_EQ("worker: woken", table_ended(LF_FLOW_END_IDLE), 5001 - evicted);
	lf_flows_stats(t, &st);
	CHECK_EQ("worker", st.now, 0);
	table_udp(t, 1, ktime_get_ns(), &born);
	table_destroy(t); /* it goes round */
}

#define THREADS 3

static int hammer(void *arg)
{
	u64 seed = ktime_get_ns() | 1;
	struct lf_flows *t = arg;
	struct lf_pkt pkt;
	bool born;
	u32 i = 0;

	while (!kthread_should_stop()) {
		u32 n = test_random(&seed);

		table_packet(&pkt, n % 8192, 80, IPPROTO_TCP,
			     n & BIT(20) ? TCPHDR_ACK : n >> 24 & 7);
		if (n & BIT(21))
			table_turn(&pkt);
		table_feed(t, &pkt, ktime_get_ns() - (n & BIT(22) ? MS : 0), &born);
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
	struct lf_flows *t = table_create(4096);
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
	table_destroy(t);
}

void test_table(void)
{
	test_identity();
	test_table_evict();
	test_table_age();
	test_ids();
	test_table_pair();
	test_table_grow();
	test_worker();
	test_hammer(false);
	test_hammer(true);
}
