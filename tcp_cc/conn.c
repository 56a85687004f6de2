// SPDX-License-Identifier: GPL-2.0
/* The life of a connection's memory. */
#include "conn.h"

#include <linux/slab.h>
#include "trace.h"

static struct kmem_cache *cache;

int lft_conn_cache_create(void)
{
	cache = kmem_cache_create("liteflow_conn", sizeof(struct lft_conn), 0, SLAB_ACCOUNT, NULL);
	return cache ? 0 : -ENOMEM;
}

void lft_conn_cache_destroy(void)
{
	kmem_cache_destroy(cache);
}

/* May be in a softirq: the handshake's last packet, at a listener. */
void lft_conn_init(struct sock *sk)
{
	struct lft_sock *s = lft_sock(sk);
	struct lft_conn *c = kmem_cache_zalloc(cache, GFP_ATOMIC | __GFP_NOWARN);

	memset(s, 0, sizeof(*s));
	lft_loss_begin(sk, true);
	if (c) {
		c->net = lft_net_get(sock_net(sk));
		lf_infer_sock_begin(&c->pin, sk);
		s->conn = c;
		lft_policy_begin(sk);
	}
	lft_conn_state_update(sk);
}

static void tell_end(const struct sock *sk, struct lft_conn *c)
{
	struct lf_attach *a;

	rcu_read_lock();
	a = lft_net_attach(c->net);
	if (a)
		lf_infer_sock_end(a, &c->pin, sk);
	rcu_read_unlock();
}

void lft_conn_release(struct sock *sk)
{
	struct lft_sock *s = lft_sock(sk);
	struct lft_conn *c = s->conn;

	if (!c)
		return;
	s->conn = NULL;
	lft_pace_burst_free(sk, c);
	tell_end(sk, c);
	lft_net_put(c->net);
	kmem_cache_free(cache, c);
}

static const u8 state_of_rate[LF_RATE_STATES] = {
	[LF_RATE_STARTUP] = LITEFLOW_TCP_STARTUP,
	[LF_RATE_DRAIN] = LITEFLOW_TCP_DRAIN,
	[LF_RATE_POLICY] = LITEFLOW_TCP_POLICY,
	[LF_RATE_CEILING] = LITEFLOW_TCP_CEILING,
	[LF_RATE_COMPETE] = LITEFLOW_TCP_COMPETE,
};

u8 lft_conn_state(const struct lft_sock *s)
{
	if (!s->conn)
		return LITEFLOW_TCP_NO_MEMORY;
	if (s->conn->mode == LFT_MODE_FALLBACK)
		return LITEFLOW_TCP_FALLBACK;
	return state_of_rate[s->conn->rate.state];
}

void lft_conn_state_update(struct sock *sk)
{
	struct lft_sock *s = lft_sock(sk);
	u8 state = lft_conn_state(s);

	if (state == s->state)
		return;
	trace_liteflow_tcp_state(sk, s->state, state);
	s->state = state;
}
