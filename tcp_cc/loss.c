// SPDX-License-Identifier: GPL-2.0
/*
 * CUBIC's window on a socket. A congestion control with ->cong_control() has to do everything
 * itself: growth, reduction in recovery, the window after recovery, the restart after idleness,
 * the pacing rate. This does what the kernel does for its own cubic, so that a connection without
 * a model performs no worse.
 *
 *	growth		an acknowledgement that moves forward, if the window held the sender back
 *			(RFC 9438, slow start by RFC 9406 in place of the kernel's HyStart)
 *	recovery	proportional rate reduction (RFC 6937): down to the threshold within a round
 *			trip
 *	after it	the threshold
 *	timeout		the kernel sets the window; slow start from there
 *	idleness	halved for every timeout that it lasted, down to the initial window (RFC
 *			2861's rule, if the sysctl tcp_slow_start_after_idle says so)
 *	pacing		none of our own; the rate that sizes super-packets, and that fq paces by, is
 *			the kernel's: 200 % of window per round trip in slow start, 120 % else, or
 *			what the sysctls say
 */
#include "conn.h"

void lft_loss_begin(struct sock *sk, bool slow_start)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct lft_sock *s = lft_sock(sk);

	lf_cubic_init(&s->cubic);
	s->round_end = tp->delivered;
	s->una = tp->snd_una;
	/* a recovery under way has delivered what it sent */
	tp->prr_delivered = tp->prr_out;
	if (!slow_start)
		tp->snd_ssthresh = max(tcp_snd_cwnd(tp), 2U);
}

/* Slow start monitors the delay of each round trip. */
static void watch_delay(struct tcp_sock *tp, struct lft_sock *s, const struct rate_sample *rs)
{
	if (rs->rtt_us > 0)
		lf_cubic_rtt(&s->cubic, min_t(long, rs->rtt_us, LF_TIME_MAX));
	if (rs->delivered <= 0 || before(rs->prior_delivered, s->round_end))
		return;
	s->round_end = tp->delivered;
	if (lf_cubic_round(&s->cubic))
		tp->snd_ssthresh = tcp_snd_cwnd(tp);
}

/* Did this acknowledgement make progress? On a path that reorders a lot, in any order. */
static bool moved(const struct sock *sk, const struct lft_sock *s, const struct rate_sample *rs)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (tp->reordering > READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_reordering))
		return rs->acked_sacked;
	return tp->snd_una != s->una;
}

static void grow(struct sock *sk, struct lft_sock *s, const struct rate_sample *rs)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_in_slow_start(tp))
		watch_delay(tp, s, rs);
	if (!rs->acked_sacked || !moved(sk, s, rs) || !tcp_is_cwnd_limited(sk))
		return;
	lft_set_cwnd(tp, lf_cubic_acked(&s->cubic, tcp_snd_cwnd(tp), tp->snd_ssthresh,
					rs->acked_sacked, tp->tcp_mstamp, lft_srtt_us(tp)));
}

/*
 * RFC 6937. Above the threshold, send as many packets as keep sent : delivered at threshold :
 * previous window. Below it, as many as were delivered, plus one if this acknowledgement made
 * progress and nothing was lost. At the very beginning one, the retransmission, in any case. The
 * kernel counts prr_out.
 */
static void reduce(struct tcp_sock *tp, const struct lft_sock *s, const struct rate_sample *rs)
{
	u32 acked = rs->acked_sacked, inflight = tcp_packets_in_flight(tp);
	s64 room = (s64)tp->snd_ssthresh - inflight, out;

	if (!acked || !tp->prior_cwnd)
		return;
	tp->prr_delivered += acked;
	if (room < 0) {
		out = div_u64((u64)tp->snd_ssthresh * tp->prr_delivered + tp->prior_cwnd - 1,
			      tp->prior_cwnd);
		out -= tp->prr_out;
	} else {
		out = max_t(s64, (s64)tp->prr_delivered - tp->prr_out, acked);
		out = min_t(s64, out + (tp->snd_una != s->una && !rs->losses), room);
	}
	lft_set_cwnd(tp, inflight + max_t(s64, out, !tp->prr_out));
}

static void set_pacing_rate(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	bool slow_start = tcp_snd_cwnd(tp) < tp->snd_ssthresh / 2;
	u32 percent = slow_start ? READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_pacing_ss_ratio) :
				   READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_pacing_ca_ratio);
	u64 rate = (u64)max(tcp_snd_cwnd(tp), tp->packets_out) * tp->mss_cache;

	if (tp->srtt_us)
		rate = min(div_u64(rate * (USEC_PER_SEC / 100), max(lft_srtt_us(tp), 1U)),
			   LF_RATE_MAX) *
		       percent;
	else
		rate = ~0ULL;
	WRITE_ONCE(sk->sk_pacing_rate, min_t(u64, rate, READ_ONCE(sk->sk_max_pacing_rate)));
}

void lft_loss_acked(struct sock *sk, const struct rate_sample *rs)
{
	struct lft_sock *s = lft_sock(sk);

	if (tcp_in_cwnd_reduction(sk))
		reduce(tcp_sk(sk), s, rs);
	else
		grow(sk, s, rs);
	s->una = tcp_sk(sk)->snd_una;
	set_pacing_rate(sk);
}

u32 lft_loss_ssthresh(struct sock *sk)
{
	return lf_cubic_reduce(&lft_sock(sk)->cubic, tcp_snd_cwnd(tcp_sk(sk)));
}

/* An undone reduction leaves no undo_marker: the kernel has restored the window. */
void lft_loss_state(struct sock *sk, u8 state)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u8 before = inet_csk(sk)->icsk_ca_state;

	if (state == TCP_CA_Loss)
		lf_cubic_forget(&lft_sock(sk)->cubic);
	if (state >= TCP_CA_CWR || before < TCP_CA_CWR || before > TCP_CA_Recovery)
		return;
	if (tp->snd_ssthresh < TCP_INFINITE_SSTHRESH && (before == TCP_CA_CWR || tp->undo_marker))
		lft_set_cwnd(tp, tp->snd_ssthresh);
}

void lft_loss_restart(struct sock *sk, u64 idle_us)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 rto_us = jiffies_to_usecs(inet_csk(sk)->icsk_rto);
	u32 cwnd = tcp_snd_cwnd(tp);

	lf_cubic_idle(&lft_sock(sk)->cubic, idle_us, tp->tcp_mstamp);
	if (idle_us <= rto_us || !READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_slow_start_after_idle))
		return;
	tp->snd_ssthresh = tcp_current_ssthresh(sk);
	for (; idle_us > rto_us && cwnd > TCP_INIT_CWND; idle_us -= rto_us)
		cwnd = max(cwnd / 2, (u32)TCP_INIT_CWND);
	lft_set_cwnd(tp, cwnd);
}
