// SPDX-License-Identifier: GPL-2.0
/*
 * How a connection under a policy sends: paced at its rate, by fq or by TCP itself, in short
 * bursts.
 *
 * The kernel sends a millisecond's worth of the rate per burst (sk_pacing_shift), and larger bursts
 * on short paths, up to 64 KB, which cost less (tcp_tso_autosize() in net/ipv4/tcp_output.c, the
 * sysctl tcp_tso_rtt_log). On a path of 2 ms and 100 Mbit/s, 64 KB take 5 ms. So bursts are limited
 * to lf_rate_burst() by the socket's own bound on segments in a super-packet. The route sets that
 * bound; its value is restored while CUBIC sends.
 */
#include "conn.h"

#define SHORT_RTT_US	1000	/* below it the kernel sends maximal bursts */

void lft_pace_begin(struct sock *sk, struct lft_conn *c)
{
	if (!c->paces)
		c->paces = cmpxchg(&sk->sk_pacing_status, SK_PACING_NONE, SK_PACING_NEEDED) ==
			   SK_PACING_NONE;
}

/* Pacing stays on if the program has set SO_MAX_PACING_RATE meanwhile. */
void lft_pace_end(struct sock *sk, struct lft_conn *c)
{
	if (c->paces && READ_ONCE(sk->sk_max_pacing_rate) == ~0UL)
		cmpxchg(&sk->sk_pacing_status, SK_PACING_NEEDED, SK_PACING_NONE);
	c->paces = false;
}

void lft_pace_rate(struct sock *sk, const struct lft_conn *c)
{
	WRITE_ONCE(sk->sk_pacing_rate, min_t(u64, c->rate.rate, READ_ONCE(sk->sk_max_pacing_rate)));
}

/* A route change resets the socket's bound: a value that is not ours is the route's. */
void lft_pace_burst_bound(struct sock *sk, struct lft_conn *c)
{
	if (sk->sk_gso_max_segs != c->burst)
		c->burst_route = sk->sk_gso_max_segs;
	c->burst = min_t(u32, lf_rate_burst(&c->rate, &c->history), c->burst_route);
	WRITE_ONCE(sk->sk_gso_max_segs, c->burst);
}

void lft_pace_burst_free(struct sock *sk, struct lft_conn *c)
{
	if (c->burst && sk->sk_gso_max_segs == c->burst)
		WRITE_ONCE(sk->sk_gso_max_segs, c->burst_route);
	c->burst = 0;
}

u32 lft_pace_burst(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	unsigned long bytes = READ_ONCE(sk->sk_pacing_rate) >> READ_ONCE(sk->sk_pacing_shift);

	if (tcp_min_rtt(tp) < SHORT_RTT_US)
		bytes = GSO_LEGACY_MAX_SIZE;
	bytes = min_t(unsigned long, bytes, GSO_LEGACY_MAX_SIZE);
	return clamp_t(unsigned long, bytes / max(tp->mss_cache, 1U), 1,
		       max_t(u32, sk->sk_gso_max_segs, 1));
}
