// SPDX-License-Identifier: GPL-2.0
/* From the fallback to the policy and back; and to CUBIC while others fill the queue. */
#include "conn.h"

void lft_handover_to_policy(struct sock *sk, struct lft_conn *c)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_in_slow_start(tp))
		lf_rate_init(&c->rate, tcp_snd_cwnd(tp), tp->mss_cache, lft_srtt_us(tp));
	else
		lf_rate_resume(&c->rate, tcp_snd_cwnd(tp), tp->mss_cache, lft_srtt_us(tp));
	c->mode = LFT_MODE_POLICY;
	c->conserve = false;
	c->rate_before = 0;
	lft_pace_begin(sk, c);
	lft_pace_rate(sk, c);
}

/* The window for the rate, without headroom. */
static u32 packets_of_rate(const struct sock *sk, const struct lft_conn *c)
{
	u64 bytes = lf_bytes_in(c->rate.rate, lft_srtt_us(tcp_sk(sk)));
	u64 packets = div_u64(bytes, max(c->rate.mss, 1U));

	return clamp_t(u64, packets, LFT_CWND_MIN, S32_MAX);
}

/*
 * The window may be small, since the queue was being drained; the connection stays paced. Slow
 * start only if the path's rate is still unknown (floor.h).
 */
void lft_handover_stepped(struct sock *sk, u8 before)
{
	const struct lft_conn *c = lft_sock(sk)->conn;
	bool seeks = lf_floor_seeks(&c->rate.floor);

	if (c->rate.state != LF_RATE_COMPETE || before == LF_RATE_COMPETE)
		return;
	lft_set_cwnd(tcp_sk(sk), packets_of_rate(sk, c));
	lft_loss_begin(sk, seeks);
	if (seeks)
		tcp_sk(sk)->snd_ssthresh = TCP_INFINITE_SSTHRESH;
}

/* Pacing ends: the window must not grow. */
void lft_handover_to_fallback(struct sock *sk, struct lft_conn *c)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (c->rate.state != LF_RATE_COMPETE) {
		lft_set_cwnd(tp, min(packets_of_rate(sk, c), tcp_snd_cwnd(tp)));
		lft_loss_begin(sk, c->rate.state == LF_RATE_STARTUP);
	}
	c->mode = LFT_MODE_FALLBACK;
	lft_pace_end(sk, c);
}
