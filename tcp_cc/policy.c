// SPDX-License-Identifier: GPL-2.0
/*
 * A connection under a policy. The way of an acknowledgement, from top to bottom:
 *
 *	watch		its RTT sample, and did the program hold the sender back?	interval.c
 *	interval ends	its features go into the history				interval.c
 *	ask		the slot's model, if there is one: lf_infer_sock()		model.c
 *	step		the rate: the action, within the guard rails			rate.c
 *	hand over	to CUBIC or back, if the step or the model says so		handover.c
 *	burst		how much of the rate is sent at once				pace.c
 *	window		room for the rate and for recovery				here
 *
 * All but the first and the last happen once per interval.
 *
 * The fallback watches intervals too: that is how a connection notices a new snapshot. The policy
 * then continues from CUBIC's rate; if a verdict is missing, CUBIC continues from the policy's.
 *
 * Loss does not change the rate here, since the policy sees it; but repairs are bounded: in the
 * first round trip of recovery as much goes out as comes in, and the pacing rate applies to
 * retransmissions too. A timeout halves the rate, an ECN mark takes a fifth off it once per round
 * trip (rate.c), and both end start-up.
 */
#include "conn.h"

#include "trace.h"

/* The window holds three bursts: one at the device, one queued, one being acknowledged. */
#define WINDOW_BURSTS	3

/* --- the interval --- */

static void totals(const struct tcp_sock *tp, struct lf_totals *t)
{
	t->sent = tp->data_segs_out;
	t->delivered = tp->delivered;
	t->lost = tp->lost;
	t->retrans = tp->total_retrans;
	t->marked = tp->delivered_ce;
}

static void interval_start(struct sock *sk, u64 now)
{
	struct lf_totals t;

	totals(tcp_sk(sk), &t);
	lf_interval_start(&lft_sock(sk)->conn->interval, now, lft_srtt_us(tcp_sk(sk)), &t);
}

/* The program has no more to send, or its buffer or the receiver's window is too small. */
static bool limited(const struct tcp_sock *tp, const struct rate_sample *rs)
{
	return rs->is_app_limited || tp->app_limited || tp->chrono_type > TCP_CHRONO_BUSY;
}

/* Returns true at the end of an interval: the connection has sent and got @t so far. */
static bool watch(const struct sock *sk, struct lf_interval *i, const struct rate_sample *rs,
		  struct lf_totals *t)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (rs->rtt_us > 0)
		lf_interval_rtt(i, min_t(long, rs->rtt_us, LF_TIME_MAX), tp->tcp_mstamp);
	i->limited |= limited(tp, rs);
	totals(tp, t);
	return lf_interval_over(i, tp->tcp_mstamp, t);
}

/* --- the rate --- */

static void step(struct sock *sk, struct lft_conn *c, const struct lf_report *rep, s32 action)
{
	u8 before = c->rate.state;

	c->rate.mss = tcp_sk(sk)->mss_cache;
	lf_rate_step(&c->rate, rep, action, lft_srtt_us(tcp_sk(sk)), &c->history, &c->config);
	lft_handover_stepped(sk, before);
}

/* In the fallback, only an interval with information is worth an inference. */
static void decide_fallback(struct sock *sk, struct lft_conn *c, struct lf_attach *a,
			    const struct lf_report *rep)
{
	s32 action;

	if (!rep->limited && rep->samples && lf_infer_sock_ready(a) &&
	    lft_model_ask(sk, a, rep, &action))
		lft_handover_to_policy(sk, c);
}

static void decide_policy(struct sock *sk, struct lft_conn *c, struct lf_attach *a,
			  const struct lf_report *rep)
{
	s32 action = 0;

	if (!lf_infer_sock_ready(a) ||
	    (lf_rate_asks(&c->rate, rep, &c->config) && !lft_model_ask(sk, a, rep, &action)))
		lft_handover_to_fallback(sk, c);
	else
		step(sk, c, rep, action);
	trace_liteflow_tcp_interval(sk, c, rep, action);
}

static void decide(struct sock *sk, struct lft_conn *c, const struct lf_report *rep)
{
	struct lf_attach *a;

	rcu_read_lock();
	a = lft_net_attach(c->net);
	if (a)
		lft_model_configure(c, a);
	if (a && c->mode == LFT_MODE_FALLBACK)
		decide_fallback(sk, c, a, rep);
	else if (a)
		decide_policy(sk, c, a, rep);
	else if (c->mode == LFT_MODE_POLICY)
		lft_handover_to_fallback(sk, c);
	rcu_read_unlock();
}

static void set_burst(struct sock *sk, struct lft_conn *c)
{
	if (lft_loss_based(lft_sock(sk)))
		lft_pace_burst_free(sk, c);
	else
		lft_pace_burst_bound(sk, c);
}

/* For ss. */
static void show(const struct sock *sk, struct lft_sock *s, const struct lf_report *rep)
{
	s->ratio = rep->samples ? rep->f.latency_ratio : s->ratio;
	s->least_us = rep->least_us;
	s->rate = lft_loss_based(s) ? READ_ONCE(sk->sk_pacing_rate) : s->conn->rate.rate;
}

static void interval_end(struct sock *sk, struct lft_sock *s, const struct lf_totals *t)
{
	struct lft_conn *c = s->conn;
	struct lf_report rep;
	u64 now = tcp_sk(sk)->tcp_mstamp;

	lf_interval_end(&c->interval, now, t, &c->history, &rep);
	interval_start(sk, now);
	if (!rep.limited)
		lf_history_push(&c->history, &rep.f);
	decide(sk, c, &rep);
	set_burst(sk, c);
	lft_state_update(sk);
	show(sk, s, &rep);
}

/* --- the window --- */

static u32 wanted(const struct sock *sk, const struct lft_conn *c)
{
	return lf_rate_cwnd(&c->rate, &c->history, WINDOW_BURSTS * lft_pace_burst(sk));
}

static void set_window(struct sock *sk, struct lft_conn *c, const struct rate_sample *rs)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 acked = rs->acked_sacked, lost = rs->losses, cwnd = tcp_snd_cwnd(tp);

	if (c->conserve && rs->delivered > 0 && !before(rs->prior_delivered, c->conserve_end))
		c->conserve = false;
	if (c->conserve)
		cwnd = max(cwnd > lost ? cwnd - lost : 0, tcp_packets_in_flight(tp) + acked);
	else
		cwnd = max_t(u32, min(cwnd + acked, wanted(sk, c)), LFT_CWND_MIN);
	lft_set_cwnd(tp, cwnd);
}

bool lft_policy_acked(struct sock *sk, const struct rate_sample *rs)
{
	struct lft_sock *s = lft_sock(sk);
	struct lf_totals t;

	if (!s->conn)
		return false;
	if (watch(sk, &s->conn->interval, rs, &t))
		interval_end(sk, s, &t);
	if (lft_loss_based(s))
		return false;
	set_window(sk, s->conn, rs);
	lft_pace_rate(sk, s->conn);
	return true;
}

/* --- other events of a connection --- */

static u64 now_us(void)
{
	return div_u64(tcp_clock_ns(), NSEC_PER_USEC);
}

void lft_policy_begin(struct sock *sk)
{
	struct lft_conn *c = lft_sock(sk)->conn;
	struct lf_attach *a;

	lf_history_init(&c->history);
	interval_start(sk, now_us());
	rcu_read_lock();
	a = lft_net_attach(c->net);
	c->config = lf_rate_default;
	if (a && lf_infer_sock_ready(a)) {
		lft_model_configure(c, a);
		lft_handover_to_policy(sk, c);
	}
	rcu_read_unlock();
}

static void recovery(struct sock *sk, struct lft_conn *c)
{
	struct tcp_sock *tp = tcp_sk(sk);

	c->rate_before = 0;
	c->conserve = true;
	c->conserve_end = tp->delivered;
	lft_set_cwnd(tp, tcp_packets_in_flight(tp));
}

static void timeout(struct sock *sk, struct lft_conn *c)
{
	c->conserve = false;
	c->rate_before = c->rate.rate;
	lf_rate_timeout(&c->rate, &c->config);
	lft_pace_rate(sk, c);
}

static void marked(struct sock *sk, struct lft_conn *c)
{
	c->rate_before = 0;
	lf_rate_marked(&c->rate, &c->config);
	lft_pace_rate(sk, c);
}

/* Recovery is over: restore the window. */
static void recovered(struct sock *sk, struct lft_conn *c)
{
	struct tcp_sock *tp = tcp_sk(sk);

	c->conserve = false;
	lft_set_cwnd(tp, max(tcp_snd_cwnd(tp), min(tp->prior_cwnd, wanted(sk, c))));
}

void lft_policy_state(struct sock *sk, u8 state)
{
	struct lft_conn *c = lft_sock(sk)->conn;
	u8 before = inet_csk(sk)->icsk_ca_state;

	if (state == TCP_CA_Recovery && before < TCP_CA_Recovery)
		recovery(sk, c);
	else if (state == TCP_CA_Loss)
		timeout(sk, c);
	else if (state == TCP_CA_CWR && before < TCP_CA_CWR)
		marked(sk, c);
	else if (state < TCP_CA_CWR && before >= TCP_CA_Recovery)
		recovered(sk, c);
	lft_state_update(sk);
}

/* The timeout was spurious. */
u32 lft_policy_undo(struct sock *sk)
{
	struct lft_conn *c = lft_sock(sk)->conn;

	c->rate.rate = max(c->rate.rate, c->rate_before);
	c->rate_before = 0;
	lft_pace_rate(sk, c);
	return max(tcp_snd_cwnd(tcp_sk(sk)), tcp_sk(sk)->prior_cwnd);
}

/* What is known of the path is out of date; the rate does not rise above its old value. */
void lft_policy_restart(struct sock *sk, u64 idle_us)
{
	struct lft_conn *c = lft_sock(sk)->conn;

	if (!c)
		return;
	if (c->mode == LFT_MODE_POLICY)
		lf_rate_idle(&c->rate, &c->config);
	if (idle_us <= jiffies_to_usecs(inet_csk(sk)->icsk_rto))
		return;
	lf_history_clear(&c->history);
	interval_start(sk, tcp_sk(sk)->tcp_mstamp);
}
