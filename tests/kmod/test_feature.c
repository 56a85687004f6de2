// SPDX-License-Identifier: GPL-2.0
/* Logarithm, running statistics and the features of packets, flows and sockets. */
#include <linux/log2.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <lq/params.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "feature.h"
#include "flow.h"
#include "test.h"

#define MS	1000000ULL

/* --- logarithm --- */

/*
 * log2(1 + v) in 1/65536, bit by bit: square the mantissa, and each time it passes 2 there is a
 * bit.
 */
static u64 slow_log2(u64 v)
{
	u32 exp, i;
	u64 m, r;

	if (v == U64_MAX)
		return 64 << 16;
	exp = fls64(v + 1) - 1;
	m = ((v + 1) << (63 - exp)) >> 32;
	r = exp;
	for (i = 0; i < 16; i++) {
		m = (m * m) >> 31;
		r = r << 1 | m >> 32;
		m >>= m >> 32;
	}
	return r;
}

/* Steps of 1/65536 that the fast one is off by; one step of the feature is 256. */
static u32 log2_error(u64 v)
{
	return abs((s64)lf_log2_q8(v) * 256 - (s64)slow_log2(v));
}

/* A debugging kernel takes seconds for these loops. */
static void rest(u32 i)
{
	if (i % 4096 == 0)
		cond_resched();
}

static noinline void test_log2(void)
{
	u32 worst = 0, back = 0, n = lf_quick ? 1 << 16 : 1 << 20, i;
	u64 seed = 1;

	for (i = 0; i < n; i++) {
		rest(i);
		worst = max(worst, log2_error(i));
		back += lf_log2_q8(i + 1) < lf_log2_q8(i);
	}
	for (i = 0; i < 64; i++) {
		worst = max(worst, log2_error((1ULL << i) - 1));
		worst = max(worst, log2_error(1ULL << i));
		worst = max(worst, log2_error((1ULL << i) + 1));
		CHECK_EQ("log2 of a power", lf_log2_q8((1ULL << i) - 1), i * 256);
	}
	for (i = 0; i < n; i++) {
		rest(i);
		worst = max(worst, log2_error(test_random(&seed) >> (i % 64)));
	}
	/* 128 by rounding, 12 by the straight lines, 2 by the reference */
	CHECK("log2", worst < 160);
	CHECK_EQ("log2", back, 0);
	CHECK_EQ("log2", lf_log2_q8(0), 0);
	CHECK_EQ("log2", lf_log2_q8(U64_MAX), 64 * 256);
	CHECK_EQ("log2", lf_log2_q8(U64_MAX - 1), 64 * 256);
	pr_info("lf_kmod_test: note: log2 is off by %u/256 of a step at most\n", worst);
}

/* --- statistics of single packets: numbers worked out by hand --- */

struct step {
	u64 ms;
	u16 len, payload;
	u8 flags;
	s32 iat, iat_mean, iat_dev, log_mean, log_dev, len_mean, len_dev;
};

static const struct step steps[] = {
	/* 1 */ { 0, 100,  0,	 TCPHDR_SYN, 0, 0, 0, 0, 0, 1600, 0 },
	/* 2 */ { 1, 200,  127,	 TCPHDR_ACK, 1000, 1000, 0, 2552, 0, 1800, 200 },
	/* 3 */ { 3, 200,  128,	 TCPHDR_ACK, 2000, 1125, 125, 2584, 32, 1975, 350 },
	/* 4 */ { 3, 1500, 1460, TCPHDR_PSH | TCPHDR_ACK, 0, 984, 250, 2261, 351, 4728, 3059 },
	/* 5 */ { 4, 1040, 1000, TCPHDR_FIN | TCPHDR_ACK, 1000, 986, 221, 2297, 343, 6217, 4166 },
	/* 6 */ { 5, 1039, 999,	 TCPHDR_ACK, 1000, 988, 195, 2329, 332, 7518, 4946 },
};

static void one_packet(struct lf_pkt *pkt, u16 len, u16 payload, u8 flags)
{
	memset(pkt, 0, sizeof(*pkt));
	pkt->key.proto = IPPROTO_TCP;
	pkt->key.version = 4;
	pkt->bytes = len;
	pkt->payload = payload;
	pkt->segs = 1;
	pkt->seg_len = len;
	pkt->seg_payload = payload;
	pkt->tcp_flags = flags;
	pkt->fin = flags & (TCPHDR_FIN | TCPHDR_RST) ? 1 : 0;
	pkt->window = 1000 + len;
}

static noinline s32 feature(u8 id, const struct lf_pkt *pkt, const struct lf_flow *flow,
			    const struct sk_buff *skb)
{
	s32 x = -12345;

	lf_feature_fill(&x, &id, 1, pkt, flow, skb);
	return x;
}

#define F(id)	feature(LQ_F_##id, &pkt, &flow, skb)

static noinline void check_step(int i, const struct lf_flow *f, const struct lf_pkt *p,
				const struct sk_buff *skb)
{
	const struct step *s = &steps[i];
	struct lf_flow flow = *f;
	struct lf_pkt pkt = *p;
	char name[16];

	snprintf(name, sizeof(name), "step %d", i + 1);
	CHECK_EQ(name, F(FLOW_PACKETS), i + 1);
	CHECK_EQ(name, F(FLOW_IAT_US), s->iat);
	CHECK_EQ(name, F(FLOW_IAT_LOG2), lf_log2_q8(s->iat));
	CHECK_EQ(name, F(FLOW_IAT_MEAN_US), s->iat_mean);
	CHECK_EQ(name, F(FLOW_IAT_DEV_US), s->iat_dev);
	CHECK_EQ(name, F(FLOW_IAT_MEAN_LOG2), s->log_mean);
	CHECK_EQ(name, F(FLOW_IAT_DEV_LOG2), s->log_dev);
	CHECK_EQ(name, F(FLOW_LEN_MEAN), s->len_mean);
	CHECK_EQ(name, F(FLOW_LEN_DEV), s->len_dev);
	CHECK_EQ(name, F(FLOW_DURATION_US), s->ms * 1000);
	CHECK_EQ(name, F(PKT_LEN), s->len);
	CHECK_EQ(name, F(PKT_PAYLOAD), s->payload);
	CHECK_EQ(name, F(PKT_TCP_FLAGS), s->flags);
}

static noinline void test_steps(const struct sk_buff *skb)
{
	struct lf_flow flow = { .born_ns = 1000 * MS,
				.last_ns = 1000 * MS,
				.opening = 1,
				.original = 1,
				.midstream = 1 };
	struct lf_pkt pkt;
	int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		one_packet(&pkt, steps[i].len, steps[i].payload, steps[i].flags);
		lf_flow_update(&flow, &pkt, (1000 + steps[i].ms) * MS);
		check_step(i, &flow, &pkt, skb);
		CHECK_EQ("opening", flow.opening, i == 0);
		CHECK_EQ("closing", flow.closing, i >= 4);
	}
	CHECK_EQ("", F(FLOW_BYTES), 100 + 200 + 200 + 1500 + 1040 + 1039);
	CHECK_EQ("", F(FLOW_BYTES_LOG2), lf_log2_q8(4079));
	CHECK_EQ("", F(FLOW_PACKETS_LOG2), lf_log2_q8(6));
	CHECK_EQ("", F(FLOW_PAYLOAD_LOG2), lf_log2_q8(127 + 128 + 1460 + 1000 + 999));
	CHECK_EQ("", F(FLOW_DURATION_LOG2), lf_log2_q8(5000));
	CHECK_EQ("", F(FLOW_RATE_LOG2), lf_log2_q8(4079 * 200));
	CHECK_EQ("", F(FLOW_IAT_MIN_US), 0);
	CHECK_EQ("", F(FLOW_IAT_MAX_US), 2000);
	CHECK_EQ("", F(FLOW_LEN_MIN), 100);
	CHECK_EQ("", F(FLOW_LEN_MAX), 1500);
	CHECK_EQ("", F(FLOW_SMALL), 1);
	CHECK_EQ("", F(FLOW_LARGE), 2);
	CHECK_EQ("", F(FLOW_EMPTY), 1);
	CHECK_EQ("", F(FLOW_PSH), 1);
	CHECK_EQ("", F(FLOW_SMALL_SHARE), 42);
	CHECK_EQ("", F(FLOW_LARGE_SHARE), 85);
	CHECK_EQ("", F(FLOW_EMPTY_SHARE), 42);
	CHECK_EQ("", F(FLOW_PSH_SHARE), 42);
	CHECK_EQ("", F(FLOW_MIDSTREAM), 1);
	CHECK_EQ("", F(FLOW_TCP_FLAGS), 0x1b);
	CHECK_EQ("", F(FLOW_TCP_WINDOW0), 1100);
	CHECK_EQ("", F(FLOW_ORIGINAL), 1);
	CHECK_EQ("", F(FLOW_LEN0), 100);
	CHECK_EQ("", F(FLOW_LEN5), 1039);
	CHECK_EQ("", F(FLOW_LEN6), 0);
	CHECK_EQ("", F(FLOW_IAT0), 0);
	CHECK_EQ("", F(FLOW_IAT1), 1000);
	CHECK_EQ("", F(FLOW_IAT2), 2000);
	CHECK_EQ("", F(FLOW_IAT3), 0);
	CHECK_EQ("", F(FLOW_IAT5), 1000);
	CHECK_EQ("", F(FLOW_IAT6), 0);
	CHECK_EQ("", F(FLOW_IAT0_LOG2), 0);
	CHECK_EQ("", F(FLOW_IAT2_LOG2), lf_log2_q8(2000));
	CHECK_EQ("", F(SOCK_LOCAL), 0);
	CHECK_EQ("", F(CC_SEND_RATIO_9), 0);
	CHECK_EQ("no flow", feature(LQ_F_FLOW_PACKETS, &pkt, NULL, skb), 0);
}

/* --- gaps before the first packets, in 16 bits --- */

static void check_gap(u32 us)
{
	u32 got = lf_flow_gap_us(lf_flow_gap(us));

	CHECK("gap", got <= us && us - got <= us / 2048);
	if (us < 4096)
		CHECK_EQ("gap", got, us);
}

static noinline void test_gaps(void)
{
	u64 seed = 3;
	u32 i;

	for (i = 0; i < 32; i++) {
		check_gap(BIT(i) - 1);
		check_gap(BIT(i));
		check_gap(BIT(i) + 1);
	}
	check_gap(U32_MAX);
	for (i = 0; i < 1000; i++)
		check_gap(test_random(&seed) >> (i % 32));
}

/* One packet more than gaps are kept of, the k-th k times 10 ms after the one before. */
static noinline void test_gaps_kept(const struct sk_buff *skb)
{
	struct lf_flow flow = { .born_ns = 1000 * MS, .last_ns = 1000 * MS };
	u32 at = 1000, i;
	struct lf_pkt pkt;

	for (i = 0; i <= LF_FLOW_LENS; i++) {
		at += 10 * i;
		one_packet(&pkt, 100, 60, TCPHDR_ACK);
		lf_flow_update(&flow, &pkt, at * MS);
	}
	for (i = 0; i < LF_FLOW_LENS; i++) {
		s32 us = feature(LQ_F_FLOW_IAT0 + i, &pkt, &flow, skb);

		CHECK("kept", us <= 10000 * i && us >= 10000 * i - 10000 * i / 2048);
		CHECK_EQ("kept", feature(LQ_F_FLOW_IAT0_LOG2 + i, &pkt, &flow, skb),
			 lf_log2_q8(us));
	}
}

/* --- super-packets: the same as their segments one by one, but for rounding --- */

static void compare(const struct lf_flow *a, const struct lf_flow *b)
{
	CHECK_EQ("gso", a->packets, b->packets);
	CHECK_EQ("gso", a->bytes, b->bytes);
	CHECK_EQ("gso", a->payload, b->payload);
	CHECK_EQ("gso", a->len_min, b->len_min);
	CHECK_EQ("gso", a->len_max, b->len_max);
	CHECK_EQ("gso", a->small, b->small);
	CHECK_EQ("gso", a->large, b->large);
	CHECK_EQ("gso", a->empty, b->empty);
	CHECK_EQ("gso", a->psh, b->psh);
	CHECK_EQ("gso", a->iat_min_us, b->iat_min_us);
	CHECK_EQ("gso", a->iat_max_us, b->iat_max_us);
	CHECK("gso", !memcmp(a->len, b->len, sizeof(a->len)));
	CHECK("gso", !memcmp(a->gap, b->gap, sizeof(a->gap)));
	/* Rounding: half of 1/8 step a sample, forgotten at 1/8 a sample; and tables of 16 bits. */
	CHECK_NEAR("gso", a->len_mean8, b->len_mean8, 16);
	CHECK_NEAR("gso", a->len_dev8, b->len_dev8, 64);
	CHECK_NEAR("gso", a->iat_mean8, b->iat_mean8, 16);
	CHECK_NEAR("gso", a->iat_dev8, b->iat_dev8, 64);
	CHECK_NEAR("gso", a->iat_log2_mean8, b->iat_log2_mean8, 16);
	CHECK_NEAR("gso", a->iat_log2_dev8, b->iat_log2_dev8, 64);
}

static noinline void test_gso(void)
{
	static const u16 segs[] = { 1, 2, 3, 4, 8, 17, 45, 63, 64, 65, 66, 500, 1 };
	struct lf_flow a = { .last_ns = MS }, b = { .last_ns = MS };
	struct lf_pkt pkt;
	int i, k;

	for (i = 0; i < ARRAY_SIZE(segs); i++) {
		u64 now = (5 + 3 * i) * MS;
		u16 size = 100 + i * 110, last = segs[i] > 1 ? size / 2 : size;

		one_packet(&pkt, 40 + size, size, TCPHDR_ACK | TCPHDR_PSH);
		pkt.segs = segs[i];
		pkt.payload = size * (segs[i] - 1) + last;
		pkt.bytes = pkt.payload + segs[i] * 40;
		lf_flow_update(&a, &pkt, now);
		for (k = 0; k < segs[i]; k++) {
			u16 len = k == segs[i] - 1 ? last : size;

			one_packet(&pkt, 40 + len, len,
				   TCPHDR_ACK | (k == segs[i] - 1 ? TCPHDR_PSH : 0));
			lf_flow_update(&b, &pkt, now);
		}
		compare(&a, &b);
	}
}

/* --- ends of the ranges --- */

static noinline void test_saturation(const struct sk_buff *skb)
{
	struct lf_flow flow = { .packets = U32_MAX - 2,
				.empty = U32_MAX - 2,
				.bytes = U64_MAX / 2,
				.last_ns = 1000 };
	struct lf_pkt pkt;
	int i;

	one_packet(&pkt, 65535, 65495, TCPHDR_PSH);
	pkt.segs = 5;
	pkt.bytes = 5 * 65535;
	pkt.payload = 5 * 65495;
	for (i = 1; i < 100; i++)
		lf_flow_update(&flow, &pkt, (u64)i << 54);
	CHECK_EQ("", flow.packets, U32_MAX);
	CHECK_EQ("", F(FLOW_PACKETS), S32_MAX);
	CHECK_EQ("", F(FLOW_BYTES), S32_MAX);
	CHECK_EQ("", F(FLOW_IAT_US), S32_MAX);
	CHECK_EQ("", F(FLOW_DURATION_US), S32_MAX);
	CHECK_EQ("", F(FLOW_LEN_MEAN), 65535 * 16);
	CHECK("", F(FLOW_IAT_MEAN_US) >= 0 && F(FLOW_IAT_DEV_US) >= 0);
	CHECK("", F(FLOW_RATE_LOG2) > 0);
	CHECK_EQ("", flow.large, 99 * 5);
	lf_flow_update(&flow, &pkt, 5);	/* another CPU's clock was read earlier */
	CHECK_EQ("", F(FLOW_IAT_US), 0);
	CHECK_EQ("", flow.last_ns, 99ULL << 54);
}

/* --- sockets --- */

static void set_up_tcp(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->snd_nxt = 0xfffff000;
	tp->write_seq = tp->snd_nxt + 5000;
	tp->snd_cwnd = 42;
	tp->packets_out = 7;
	tp->retrans_out = 1;
	tp->sacked_out = 2;
	tp->lost_out = 1;
	tp->srtt_us = 8 * 1234 + 7;
	tp->mss_cache = 1448;
	sk->sk_pacing_rate = 1000000;
	sk->sk_sndbuf = 87380;
	sk->sk_wmem_queued = 4096;
}

static void tear_down_tcp(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->write_seq = tp->snd_nxt = 0;
	tp->packets_out = tp->retrans_out = tp->sacked_out = tp->lost_out = 0;
	sk->sk_wmem_queued = 0;
}

static noinline void check_tcp(struct sock *sk)
{
	static const u8 ids[] = { LQ_F_SOCK_LOCAL,       LQ_F_SOCK_UNSENT_BYTES,
				  LQ_F_SOCK_UNSENT_LOG2, LQ_F_SOCK_QUEUED_BYTES,
				  LQ_F_SOCK_SNDBUF,      LQ_F_SOCK_CWND,
				  LQ_F_SOCK_INFLIGHT,    LQ_F_SOCK_SRTT_US,
				  LQ_F_SOCK_SRTT_LOG2,   LQ_F_SOCK_MSS,
				  LQ_F_SOCK_PACING_LOG2, LQ_F_CC_LATENCY_RATIO_1,
				  LQ_F_PKT_LEN,          LQ_F_PARAM_W_THR };
	const s32 params[LQ_N_PARAMS] = { [LQ_P_W_THR] = 77 };
	const s32 want[] = { 1,
			     5000,
			     lf_log2_q8(5000),
			     4096,
			     87380,
			     42,
			     5,
			     1234,
			     lf_log2_q8(1234),
			     1448,
			     lf_log2_q8(1000000),
			     31,
			     0,
			     77 };
	s32 cc[LQ_N_FEATURES - LQ_F_CC_LATENCY_INFLATION_0], x[ARRAY_SIZE(ids)];
	int i;

	BUILD_BUG_ON(ARRAY_SIZE(ids) != ARRAY_SIZE(want));
	for (i = 0; i < ARRAY_SIZE(cc); i++)
		cc[i] = 27 + i;
	lf_feature_fill_sock(x, ids, ARRAY_SIZE(ids), sk, cc, params);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		CHECK_EQ("tcp socket", x[i], want[i]);
}

static noinline void check_sender(struct sk_buff *skb, struct sock *sk)
{
	struct lf_flow flow = { };
	struct lf_pkt pkt = { };
	u8 state = sk->sk_state;

	skb->sk = sk;
	CHECK_EQ("sender", F(SOCK_LOCAL), 1);
	CHECK_EQ("sender", F(SOCK_INFLIGHT), 5);
	tcp_sk(sk)->lost_out = 100;
	CHECK_EQ("more lost than out", F(SOCK_INFLIGHT), 0);
	tcp_sk(sk)->write_seq = tcp_sk(sk)->snd_nxt - 1;
	CHECK_EQ("nothing unsent", F(SOCK_UNSENT_BYTES), 0);
	sk->sk_state = TCP_TIME_WAIT;
	CHECK_EQ("time wait", F(SOCK_LOCAL), 0);
	sk->sk_state = TCP_NEW_SYN_RECV;
	CHECK_EQ("request", F(SOCK_CWND), 0);
	sk->sk_state = state;
	skb->destructor = sock_edemux;
	CHECK_EQ("receiver", F(SOCK_LOCAL), 0);
	skb->destructor = NULL;
	skb->sk = NULL;
}

static noinline void test_tcp_socket(struct sk_buff *skb)
{
	struct socket *sock;

	if (!CHECK_EQ("tcp socket",
		      sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &sock), 0))
		return;
	set_up_tcp(sock->sk);
	check_tcp(sock->sk);
	check_sender(skb, sock->sk);
	tear_down_tcp(sock->sk);
	sock_release(sock);
}

static noinline void test_udp_socket(struct sk_buff *skb)
{
	struct lf_flow flow = { };
	struct lf_pkt pkt = { };
	struct socket *sock;

	if (!CHECK_EQ("udp socket",
		      sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &sock), 0))
		return;
	skb->sk = sock->sk;
	CHECK_EQ("udp", F(SOCK_LOCAL), 1);
	CHECK_EQ("udp", F(SOCK_SNDBUF), sock->sk->sk_sndbuf);
	CHECK_EQ("udp", F(SOCK_QUEUED_BYTES), 0);
	CHECK_EQ("udp", F(SOCK_CWND), 0);
	skb->sk = NULL;
	sock_release(sock);
}

void test_feature(void)
{
	struct sk_buff *skb = alloc_skb(0, GFP_KERNEL);

	if (!CHECK("feature", skb))
		return;
	test_log2();
	test_steps(skb);
	test_gaps();
	test_gaps_kept(skb);
	test_gso();
	test_saturation(skb);
	test_tcp_socket(skb);
	test_udp_socket(skb);
	kfree_skb(skb);
}
