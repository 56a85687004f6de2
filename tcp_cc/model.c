// SPDX-License-Identifier: GPL-2.0
/* The slot's model: what its user has set, and what it says about an interval. */
#include "conn.h"

#define PARAM_ONE	1000000	/* steps of real parameters, <lq/params.h> */
#define KBIT		125	/* bytes/s */

void lft_model_configure(struct lft_conn *c, const struct lf_attach *a)
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

bool lft_model_ask(struct sock *sk, struct lf_attach *a, const struct lf_report *rep, s32 *action)
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
