// SPDX-License-Identifier: GPL-2.0
/*
 * kmod/history.c on the host: statistics against the same in double precision, keys, which flows
 * count, and floods.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "history.h"

#define PORT_PEER	(BIT(LITEFLOW_HISTORY_KEY_PORT) | BIT(LITEFLOW_HISTORY_KEY_PEER))
#define LOOKS_BACK	8		/* flows, as in history.c */

static u64 seed = 88172645463325252ull;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* --- a flow that ends, and what is known of its like --- */

/* From 10.0.0.1, port 443, which serves, to 10.peer.peer.1. */
static struct lf_flow flow_of(u16 port, u32 peer, u32 packets, u64 bytes)
{
	struct lf_flow flow = {
		.key = { .version = 4, .proto = 6, .sport = htons(port), .dport = htons(40000) },
		.packets = packets,
		.bytes = bytes,
		.last_ns = host_now_ns,
		.original = 0,
	};

	ipv6_addr_set_v4mapped(htonl(10 << 24 | 1), &flow.key.src);
	ipv6_addr_set_v4mapped(htonl((11 + (peer >> 16)) << 24 | (peer & 0xffff) << 8 | 1),
			       &flow.key.dst);
	return flow;
}

static s32 known(struct lf_history *h, const struct lf_flow *flow, u8 id)
{
	s32 x = -1;

	lf_history_fill(h, &x, &id, 1, flow, host_now_ns);
	return x;
}

static void end(struct lf_history *h, u16 port, u32 peer, u32 packets, u64 bytes)
{
	struct lf_flow flow = flow_of(port, peer, packets, bytes);

	host_now_ns += 1000;
	lf_history_add(h, &flow, LF_FLOW_END_FIN);
}

static s32 flows_known(struct lf_history *h, u16 port, u32 peer)
{
	struct lf_flow flow = flow_of(port, peer, 1, 60);

	return known(h, &flow, LQ_F_HIST_FLOWS);
}

/* --- statistics --- */

struct exact {
	double mean, dev, share;
	u32 n;
};

static void exact_fold(struct exact *e, double bytes)
{
	double x = log2(1 + bytes), w;

	e->n++;
	w = 1.0 / (e->n < LOOKS_BACK ? e->n : LOOKS_BACK);
	if (e->n > 1)
		e->dev += (fabs(x - e->mean) - e->dev) * w;
	e->mean += (x - e->mean) * w;
	e->share += ((bytes >= LF_HISTORY_LARGE) - e->share) * w;
}

static u64 random_size(u32 i)
{
	switch (i / 4000 % 4) {
	case 0:
		return rnd() >> (rnd() % 50 + 14);
	case 1:
		return i % 2 ? 0 : 1ull << 49;	/* as far apart as can be */
	case 2:
		return LF_HISTORY_LARGE - 1 + rnd() % 2;
	}
	return 5000000;				/* the rounding must not keep it from there */
}

/* The greatest difference, in steps of the feature. */
static void off_by(double *worst, s32 got, double want)
{
	double off = fabs(got - want * 256);

	*worst = off > *worst ? off : *worst;
}

static void statistics(void **state)
{
	struct lf_history *h = lf_history_create(PORT_PEER);
	double mean = 0, dev = 0, share = 0, last = 0;
	struct lf_flow flow = flow_of(443, 7, 10, 0);
	struct exact e = { 0 };
	u32 i;

	(void)state;
	assert_int_equal(known(h, &flow, LQ_F_HIST_FLOWS), 0);
	assert_int_equal(known(h, &flow, LQ_F_HIST_SINCE_US), 0);
	for (i = 0; i < 70000; i++) {
		flow.bytes = random_size(i);
		host_now_ns += 1000;
		lf_history_add(h, &flow, i % 2 ? LF_FLOW_END_FIN : LF_FLOW_END_IDLE);
		exact_fold(&e, flow.bytes);
		off_by(&mean, known(h, &flow, LQ_F_HIST_SIZE_MEAN), e.mean);
		off_by(&dev, known(h, &flow, LQ_F_HIST_SIZE_DEV), e.dev);
		off_by(&share, known(h, &flow, LQ_F_HIST_LARGE_SHARE), e.share);
		off_by(&last, known(h, &flow, LQ_F_HIST_SIZE_LAST), log2(1.0 + flow.bytes));
		assert_int_equal(known(h, &flow, LQ_F_HIST_FLOWS), min(i + 1, 65535u));
	}
	printf("statistics: off by at most %.3f (mean), %.3f (deviation), %.3f (share), %.3f (last)"
	       " steps\n",
	       mean, dev, share, last);
	assert_true(mean < 1.2 && dev < 2 && share < 0.6 && last < 0.7);
	lf_history_free(h);
}

static void since(void **state)
{
	struct lf_history *h = lf_history_create(PORT_PEER);
	struct lf_flow flow = flow_of(443, 7, 10, 5000);

	(void)state;
	flow.last_ns = host_now_ns;
	lf_history_add(h, &flow, LF_FLOW_END_FIN);
	host_now_ns += 1500 * NSEC_PER_USEC + 999;
	assert_int_equal(known(h, &flow, LQ_F_HIST_SINCE_US), 1500);
	assert_in_range(known(h, &flow, LQ_F_HIST_SINCE_LOG2), 2701, 2703);	/* 10.552 */
	host_now_ns += 3600 * NSEC_PER_SEC;
	assert_int_equal(known(h, &flow, LQ_F_HIST_SINCE_US), S32_MAX);
	assert_in_range(known(h, &flow, LQ_F_HIST_SINCE_LOG2), 8126, 8128);	/* 31.745 */
	host_now_ns = 0;	/* another CPU's clock is behind */
	assert_int_equal(known(h, &flow, LQ_F_HIST_SINCE_US), 0);
	host_now_ns = NSEC_PER_SEC;
	lf_history_free(h);
}

/* --- keys --- */

static bool same(u32 by, const struct lf_flow *a, const struct lf_flow *b)
{
	struct lf_history *h = lf_history_create(by);
	bool yes;

	lf_history_add(h, a, LF_FLOW_END_FIN);
	assert_int_equal(known(h, a, LQ_F_HIST_FLOWS), 1);
	yes = known(h, b, LQ_F_HIST_FLOWS) == 1;
	lf_history_free(h);
	return yes;
}

static void keys(void **state)
{
	const u32 port = BIT(LITEFLOW_HISTORY_KEY_PORT), peer = BIT(LITEFLOW_HISTORY_KEY_PEER),
		  source = BIT(LITEFLOW_HISTORY_KEY_SOURCE), dscp = BIT(LITEFLOW_HISTORY_KEY_DSCP);
	struct lf_flow a = flow_of(443, 7, 10, 5000), b = a;

	(void)state;
	b.key.dport = htons(50000);
	b.key.dst.s6_addr[15] = 200;
	assert_true(same(PORT_PEER | source, &a, &b));
	b.key.dst.s6_addr[14]++;
	assert_false(same(PORT_PEER, &a, &b));
	assert_true(same(port | source | dscp, &a, &b));
	b = flow_of(444, 7, 10, 5000);
	assert_false(same(port, &a, &b));
	assert_true(same(peer, &a, &b));
	b = a;
	b.key.proto = 17;
	assert_false(same(port, &a, &b));
	b = a;
	b.key.src.s6_addr[13]++;
	assert_false(same(source, &a, &b));
	b = a;
	b.label.dscp = 46;
	assert_false(same(dscp, &a, &b));
	assert_true(same(port, &a, &b));

	/* the other direction is of the same server, but another kind of flow */
	b = a;
	b.original = 1;
	b.key.sport = htons(40000);
	b.key.dport = htons(443);
	assert_false(same(port, &a, &b));
	/* who opened it is not known: the lower port serves */
	b = a;
	b.original = -1;
	assert_true(same(port, &a, &b));

	/* IPv6: /48 */
	a.key.version = 6;
	memset(&a.key.dst, 0x20, 16);
	b = a;
	b.key.dst.s6_addr[6]++;
	assert_true(same(peer, &a, &b));
	b.key.dst.s6_addr[5]++;
	assert_false(same(peer, &a, &b));
}

/* --- which flows count --- */

static void counts(void **state)
{
	struct lf_history *h = lf_history_create(PORT_PEER);
	struct lf_flow flow = flow_of(443, 7, 10, 5000), syns = flow, middle = flow;

	(void)state;
	syns.opening = 1;
	middle.midstream = 1;
	lf_history_add(h, &flow, LF_FLOW_END_EVICTED);
	lf_history_add(h, &flow, LF_FLOW_END_GONE);
	lf_history_add(h, &syns, LF_FLOW_END_IDLE);
	lf_history_add(h, &middle, LF_FLOW_END_FIN);
	assert_int_equal(known(h, &flow, LQ_F_HIST_FLOWS), 0);
	lf_history_add(h, &flow, LF_FLOW_END_IDLE);
	assert_int_equal(known(h, &flow, LQ_F_HIST_FLOWS), 1);
	lf_history_free(h);
}

/* Short flows tell something as long as there are no others, and nothing afterwards. */
static void short_flows(void **state)
{
	struct lf_history *h = lf_history_create(PORT_PEER);
	struct lf_flow flow = flow_of(53, 7, 1, 0);
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		end(h, 53, 7, 1, 100);
	assert_int_equal(known(h, &flow, LQ_F_HIST_FLOWS), 20);
	assert_in_range(known(h, &flow, LQ_F_HIST_SIZE_MEAN), 1703, 1706);	/* 6.658 */
	end(h, 53, 7, 4, 1 << 20);
	assert_int_equal(known(h, &flow, LQ_F_HIST_FLOWS), 1);
	assert_int_equal(known(h, &flow, LQ_F_HIST_SIZE_MEAN), 20 * 256);
	for (i = 0; i < 100000; i++)
		end(h, 53, 7, 3, 100);
	assert_int_equal(known(h, &flow, LQ_F_HIST_FLOWS), 1);
	assert_int_equal(known(h, &flow, LQ_F_HIST_SIZE_MEAN), 20 * 256);
	lf_history_free(h);
}

/* --- floods --- */

#define ANY_PEER	(rnd() % 0xe00000)	/* 11.x.y.0/24 to 234.x.y.0/24 */

static u32 survivors(struct lf_history *h, u32 n)
{
	u32 i, alive = 0;

	for (i = 0; i < n; i++)
		alive += flows_known(h, 1000 + i % 10, i) > 0;
	return alive;
}

static struct lf_history *with_real(u32 n, u32 flows)
{
	struct lf_history *h = lf_history_create(PORT_PEER);
	u32 i, k;

	for (k = 0; k < flows; k++)
		for (i = 0; i < n; i++)
			end(h, 1000 + i % 10, i, 20, 20000);
	return h;
}

/* Of single packets, from anywhere to anywhere: nothing real is lost, not even at once. */
static void flood_single(void **state)
{
	struct lf_history *h = with_real(2000, 1);
	u32 i, before = survivors(h, 2000);

	(void)state;
	assert_in_range(before, 1950, 2000);	/* some buckets were full */
	for (i = 0; i < 1000000; i++)
		end(h, rnd() % 65535 + 1, ANY_PEER, 1 + rnd() % 3, rnd() % 4000);
	assert_int_equal(survivors(h, 2000), before);
	lf_history_free(h);
}

/*
 * Of real connections, to one /24: 2,000 keys are 3.9 in a bucket; all up to 4 stay, 3.2 in
 * the mean.
 */
static void flood_prefix(void **state)
{
	struct lf_history *h = with_real(2000, 1);
	u32 i, alive;

	(void)state;
	for (i = 0; i < 1000000; i++)
		end(h, rnd() % 65535 + 1, 0x900000, 100, 100000);
	alive = survivors(h, 2000);
	printf("flood of one prefix: %u of 2000 are left\n", alive);
	assert_in_range(alive, 1550, 2000);
	/* and who comes afterwards has his half */
	for (i = 0; i < 500; i++)
		end(h, 80, 0x100000 + i, 20, 20000);
	for (i = alive = 0; i < 500; i++)
		alive += flows_known(h, 80, 0x100000 + i) > 0;
	printf("flood of one prefix: %u of 500 newcomers have an entry\n", alive);
	assert_in_range(alive, 250, 500);
	lf_history_free(h);
}

/* From anywhere, in real connections: what is in use stays while each newcomer has a bucket. */
static void flood_wide(void **state)
{
	struct lf_history *h = with_real(500, 8);
	u32 i, k;

	(void)state;
	for (k = 0; k < 200; k++) {
		for (i = 0; i < 512; i++)
			end(h, rnd() % 65535 + 1, ANY_PEER, 4, 4000);
		for (i = 0; i < 500; i++)
			end(h, 1000 + i % 10, i, 20, 20000);
	}
	assert_int_equal(survivors(h, 500), 500);
	for (i = 0; i < 500; i++)
		assert_int_equal(flows_known(h, 1000 + i % 10, i), 208);
	lf_history_free(h);
}

/* What nobody uses any more goes: a new set of keys comes in. */
static void turnover(void **state)
{
	struct lf_history *h = with_real(4000, 10);
	u32 i, k, alive = 0;

	(void)state;
	for (k = 0; k < 16; k++)
		for (i = 0; i < 2000; i++)
			end(h, 22, 0x200000 + i, 20, 20000);
	for (i = 0; i < 2000; i++)
		alive += flows_known(h, 22, 0x200000 + i) > 0;
	printf("turnover: %u of 2000 new keys are in\n", alive);
	assert_in_range(alive, 1700, 2000);
	lf_history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statistics),
		cmocka_unit_test(since),
		cmocka_unit_test(keys),
		cmocka_unit_test(counts),
		cmocka_unit_test(short_flows),
		cmocka_unit_test(flood_single),
		cmocka_unit_test(flood_prefix),
		cmocka_unit_test(flood_wide),
		cmocka_unit_test(turnover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
