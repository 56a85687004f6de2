// SPDX-License-Identifier: GPL-2.0
/* The life of a connection's memory. */
#include "conn.h"

#include <linux/slab.h>

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
	lft_state_update(sk);
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
