// SPDX-License-Identifier: GPL-2.0
/*
 * A connection under a policy. The steps, for each acknowledgement:
 *
 *	watch		its RTT sample, and did the program hold the sender back?	interval.c
 *	interval ends	features into the history; if there is a model,			interval.c
 *			ask it: lf_infer_sock()
 *	step		the action, or what the guard rails say: the rate		rate.c
 *	window		room for the rate and for recovery				here
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

#define CWND_MIN	4	/* packets: enough for fast retransmission to work */

/* The window holds three bursts: one at the device, one queued, one being acknowledged. */
#define WINDOW_BURSTS	3
#define PARAM_ONE	1000000	/* steps of real parameters, <lq/params.h> */
#define KBIT		125	/* bytes/s */

static u32 srtt_us(const struct tcp_sock *tp)
{
	return tp->srtt_us >> 3;
}

static void set_cwnd(struct tcp_sock *tp, u32 cwnd)
{
	tcp_snd_cwnd_set(tp, clamp(cwnd, 1U, max(tp->snd_cwnd_clamp, 1U)));
}

static u64 now_us(void)
{
	return div_u64(tcp_clock_ns(), NSEC_PER_USEC);
}

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
	lf_interval_start(&lft_sock(sk)->conn->interval, now, srtt_us(tcp_sk(sk)), &t);
}

/* What the slot's user has set. */
static void configure(struct lft_conn *c, const struct lf_attach *a)
{
	struct lf_params p;

	lf_attach_params(a, &p);
	c->config = lf_rate_default;
	c->config.step = div_u64((u64)p.v[LQ_P_STEP] << LF_SHIFT, PARAM_ONE);
	c->config.share = div_u64((u64)p.v[LQ_P_SHARE] << LF_SHIFT, PARAM_ONE);
	c->config.ceiling = div_u64((u64)p.v[LQ_P_CEILING] << LF_SHIFT, PARAM_ONE);
	c->config.rate_min = (u64)p.v[LQ_P_RATE_MIN] * KBIT;
	c->config.rate_max = (u64)p.v[LQ_P_RATE_MAX] * KBIT;
}

/* From fallback to policy and back. */

static void to_policy(struct sock *sk, struct lft_conn *c)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_in_slow_start(tp))
		lf_rate_init(&c->rate, tcp_snd_cwnd(tp), tp->mss_cache, srtt_us(tp));
	else
		lf_rate_resume(&c->rate, tcp_snd_cwnd(tp), tp->mss_cache, srtt_us(tp));
	c->mode = LFT_MODE_POLICY;
	c->conserve = false;
	c->rate_before = 0;
	lft_pace_begin(sk, c);
	lft_pace_rate(sk, c);
}

/* The window for the rate, without headroom. */
static u32 packets_of_rate(const struct sock *sk, const struct lft_conn *c)
{
	u64 packets = div_u64(lf_bytes_in(c->rate.rate, srtt_us(tcp_sk(sk))), max(c->rate.mss, 1U));

	return clamp_t(u64, packets, CWND_MIN, S32_MAX);
}

/*
 * The window may be small, since the queue was being drained; the connection stays paced. Slow
 * start only if the path's rate is still unknown (floor.h).
 */
void lft_policy_stepped(struct sock *sk, u8 before)
{
	const struct lft_conn *c = lft_sock(sk)->conn;
	bool seeks = lf_floor_seeks(&c->rate.floor);

	if (c->rate.state != LF_RATE_COMPETE || before == LF_RATE_COMPETE)
		return;
	set_cwnd(tcp_sk(sk), packets_of_rate(sk, c));
	lft_loss_begin(sk, seeks);
	if (seeks)
		tcp_sk(sk)->snd_ssthresh = TCP_INFINITE_SSTHRESH;
}

/* Pacing ends: the window must not grow. */
static void to_fallback(struct sock *sk, struct lft_conn *c)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (c->rate.state != LF_RATE_COMPETE) {
		set_cwnd(tp, min(packets_of_rate(sk, c), tcp_snd_cwnd(tp)));
		lft_loss_begin(sk, c->rate.state == LF_RATE_STARTUP);
	}
	c->mode = LFT_MODE_FALLBACK;
	lft_pace_end(sk, c);
}

/* The model. */

static void features(struct sock *sk, const struct lft_conn *c, const struct lf_report *rep,
		     s32 *cc)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const struct lf_features *f;
	int k;

	BUILD_BUG_ON(LF_INTERVAL_HISTORY != LQ_CC_HISTORY);
	BUILD_BUG_ON(LF_N_CC_FEATURES != 3 * LQ_CC_HISTORY + LF_N_FURTHER);
	for (k = 0; k < LF_INTERVAL_HISTORY; k++) {
		f = &c->history.past[k];
		cc[3 * k] = f->latency_inflation;
		cc[3 * k + 1] = f->latency_ratio;
		cc[3 * k + 2] = f->send_ratio;
	}
	lf_report_further(rep, tcp_packets_in_flight(tp), tp->mss_cache,
			  cc + 3 * LF_INTERVAL_HISTORY);
}

/*
 * Returns false if there is no verdict for a reason that lasts. If there is no time for a model,
 * the action is to change nothing.
 */
static bool ask(struct sock *sk, struct lf_attach *a, const struct lf_report *rep, s32 *action)
{
	struct lft_sock *s = lft_sock(sk);
	s32 cc[LF_N_CC_FEATURES];
	struct lf_verdict v;

	features(sk, s->conn, rep, cc);
	lf_infer_sock(a, sk, &s->conn->pin, cc, &v);
	*action = 0;
	if (v.reason == LITEFLOW_REASON_BUSY)
		return true;
	if (lf_verdict_none(&v) || v.meaning != LQ_MEANING_VALUE)
		return false;
	s->hash = v.hash;
	*action = clamp_t(s64, v.fixed, -LF_RATE_ACTION_MAX, LF_RATE_ACTION_MAX);
	return true;
}

static void step(struct sock *sk, struct lft_conn *c, const struct lf_report *rep, s32 action)
{
	u8 before = c->rate.state;

	c->rate.mss = tcp_sk(sk)->mss_cache;
	lf_rate_step(&c->rate, rep, action, srtt_us(tcp_sk(sk)), &c->history, &c->config);
	lft_policy_stepped(sk, before);
}

/* In the fallback, only an interval with information is worth an inference. */
static void decide_fallback(struct sock *sk, struct lft_conn *c, struct lf_attach *a,
			    const struct lf_report *rep)
{
	s32 action;

	if (!rep->limited && rep->samples && lf_infer_sock_ready(a) && ask(sk, a, rep, &action))
		to_policy(sk, c);
}

static void decide_policy(struct sock *sk, struct lft_conn *c, struct lf_attach *a,
			  const struct lf_report *rep)
{
	s32 action = 0;

	if (!lf_infer_sock_ready(a) ||
	    (lf_rate_asks(&c->rate, rep, &c->config) && !ask(sk, a, rep, &action)))
		to_fallback(sk, c);
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
		configure(c, a);
	if (a && c->mode == LFT_MODE_FALLBACK)
		decide_fallback(sk, c, a, rep);
	else if (a)
		decide_policy(sk, c, a, rep);
	else if (c->mode == LFT_MODE_POLICY)
		to_fallback(sk, c);
	rcu_read_unlock();
	if (lft_loss_based(lft_sock(sk)))
		lft_pace_burst_free(sk, c);
	else
		lft_pace_burst_bound(sk, c);
	lft_state_update(sk);
}

/* Intervals. */

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
	s->ratio = rep.samples ? rep.f.latency_ratio : s->ratio;
	s->least_us = rep.least_us;
	s->rate = lft_loss_based(s) ? READ_ONCE(sk->sk_pacing_rate) : c->rate.rate;
}

/* The program has no more to send, or its buffer or the receiver's window is too small. */
static bool limited(const struct tcp_sock *tp, const struct rate_sample *rs)
{
	return rs->is_app_limited || tp->app_limited || tp->chrono_type > TCP_CHRONO_BUSY;
}

static void watch(struct sock *sk, struct lft_sock *s, const struct rate_sample *rs)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct lf_interval *i = &s->conn->interval;
	struct lf_totals t;

	if (rs->rtt_us > 0)
		lf_interval_rtt(i, min_t(long, rs->rtt_us, LF_TIME_MAX), tp->tcp_mstamp);
	i->limited |= limited(tp, rs);
	totals(tp, &t);
	if (lf_interval_over(i, tp->tcp_mstamp, &t))
		interval_end(sk, s, &t);
}

/* The window. */

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
		cwnd = max_t(u32, min(cwnd + acked, wanted(sk, c)), CWND_MIN);
	set_cwnd(tp, cwnd);
}

bool lft_policy_acked(struct sock *sk, const struct rate_sample *rs)
{
	struct lft_sock *s = lft_sock(sk);

	if (!s->conn)
		return false;
	watch(sk, s, rs);
	if (lft_loss_based(s))
		return false;
	set_window(sk, s->conn, rs);
	lft_pace_rate(sk, s->conn);
	return true;
}

/* Other events of a connection. */

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
		configure(c, a);
		to_policy(sk, c);
	}
	rcu_read_unlock();
}

static void recovery(struct sock *sk, struct lft_conn *c)
{
	struct tcp_sock *tp = tcp_sk(sk);

	c->rate_before = 0;
	c->conserve = true;
	c->conserve_end = tp->delivered;
	set_cwnd(tp, tcp_packets_in_flight(tp));
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
	set_cwnd(tp, max(tcp_snd_cwnd(tp), min(tp->prior_cwnd, wanted(sk, c))));
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
