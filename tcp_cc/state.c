// SPDX-License-Identifier: GPL-2.0
/* The state of a connection that ss and traces name. */
#include "conn.h"

#include "trace.h"

static const u8 state_of_rate[LF_RATE_STATES] = {
	[LF_RATE_STARTUP] = LITEFLOW_TCP_STARTUP,
	[LF_RATE_DRAIN] = LITEFLOW_TCP_DRAIN,
	[LF_RATE_POLICY] = LITEFLOW_TCP_POLICY,
	[LF_RATE_CEILING] = LITEFLOW_TCP_CEILING,
	[LF_RATE_COMPETE] = LITEFLOW_TCP_COMPETE,
};

u8 lft_state(const struct lft_sock *s)
{
	if (!s->conn)
		return LITEFLOW_TCP_NO_MEMORY;
	if (s->conn->mode == LFT_MODE_FALLBACK)
		return LITEFLOW_TCP_FALLBACK;
	return state_of_rate[s->conn->rate.state];
}

void lft_state_update(struct sock *sk)
{
	struct lft_sock *s = lft_sock(sk);
	u8 state = lft_state(s);

	if (state == s->state)
		return;
	trace_liteflow_tcp_state(sk, s->state, state);
	s->state = state;
}
