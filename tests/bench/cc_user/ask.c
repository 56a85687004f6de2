// SPDX-License-Identifier: GPL-2.0
/*
 * TCP congestion control "lf_user": that of tcp_cc, source for source, but a process decides. For
 * `make bench-cc` alone: this is how learned congestion control was deployed before it ran in the
 * kernel.
 *
 * Here is what tcp_cc asks of liteflow.ko: lf_infer_sock() sends the question and has no answer. So
 * the step of the rate waits (lfu_rate_step()), and is made
 *
 *	with the action		when the answer comes, which may be before the next packet: no
 *				staleness is added
 *	without a change	when the next interval ends before that, or where nothing was asked
 *				(the period): guard rails see every interval; the growth beside the
 *				actions is part of an action
 *
 * An answer that comes after its step is for the next one. So every answer counts once, however
 * late, unless a later one overtakes it, the connection has gone, or a guard rail has the rate.
 *
 * A connection is found by its number under the array's lock, which its end takes, too; so a socket
 * found there still has a reference of its own. Once its lock is held we look again, for it may
 * have ended meanwhile.
 */
#include "user.h"

#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/liteflow_sock.h>

struct lfu_conn {
	struct rcu_head rcu;
	struct sock *sk;
	struct lf_report rep;	/* of the step that waits */
	u64 asked_ns;
	u32 asked, answered;	/* numbers of the last question and the last answer */
	s32 action;		/* came after its step */
	bool has_action;
	bool waits;
};

static DEFINE_XARRAY_FLAGS(conns, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
static u32 next_conn;

struct lfu_counts lfu_counts;

/* --- the attachment: one, everywhere, with a slot's defaults --- */

struct lf_attach {
	char unused;
};

struct lft_net {
	struct lf_attach attach;
};

LQ_PARAM_TABLE;

static struct lft_net only;

struct lft_net *lft_net_get(const struct net *net)
{
	return &only;
}

void lft_net_put(struct lft_net *ln)
{
}

struct lf_attach *lft_net_attach(const struct lft_net *ln)
{
	return &only.attach;
}

void lf_attach_params(const struct lf_attach *a, struct lf_params *p)
{
	int i;

	for (i = 0; i < LQ_N_PARAMS; i++)
		p->v[i] = lq_params[i].def;
}

bool lf_infer_sock_ready(struct lf_attach *a)
{
	return lfu_wire_ready();
}

int lft_net_register(void)
{
	return lfu_wire_register();
}

void lft_net_unregister(void)
{
	lfu_wire_unregister();
}

int lfu_register(struct tcp_congestion_ops *ops)
{
	strscpy(ops->name, LFU_FAMILY, sizeof(ops->name));
	return tcp_register_congestion_control(ops);
}

/* --- connections; the caller owns the socket, unless said otherwise --- */

static struct lfu_conn *conn_of(const struct lf_pin *pin)
{
	return pin->flow ? xa_load(&conns, pin->flow) : NULL;
}

static struct lfu_conn *conn_new(struct sock *sk, struct lf_pin *pin)
{
	struct lfu_conn *u = kzalloc(sizeof(*u), GFP_ATOMIC | __GFP_NOWARN);
	u32 id;

	if (!u)
		return NULL;
	u->sk = sk;
	if (xa_alloc_cyclic_bh(&conns, &id, u, xa_limit_32b, &next_conn,
			       GFP_ATOMIC | __GFP_NOWARN) < 0) {
		kfree(u);
		return NULL;
	}
	pin->flow = id;
	return u;
}

void lf_infer_sock_begin(struct lf_pin *pin, const struct sock *sk)
{
	memset(pin, 0, sizeof(*pin));
}

void lf_infer_sock_end(struct lf_attach *a, struct lf_pin *pin, const struct sock *sk)
{
	struct lfu_conn *u = pin->flow ? xa_erase_bh(&conns, pin->flow) : NULL;

	pin->flow = 0;
	if (u)
		kfree_rcu(u, rcu);
}

/* --- questions --- */

static void forget(struct lfu_conn *u)
{
	u->waits = false;
	u->has_action = false;
}

static void ask(struct lfu_conn *u, u32 id, const s32 *cc)
{
	u64 now = ktime_get_ns();

	if (u->asked_ns && now - u->asked_ns < lfu_wire_period_ns())
		return;
	u->asked_ns = now;
	if (lfu_wire_ask(id, u->asked + 1, cc)) {
		u->asked++;
		atomic64_inc(&lfu_counts.asked);
	} else {
		atomic64_inc(&lfu_counts.lost);
	}
}

/*
 * "Busy" is to policy.c: no action now, but there is a model. In the fallback that is all it wants
 * to know.
 */
void lf_infer_sock(struct lf_attach *a, struct sock *sk, struct lf_pin *pin, const s32 *cc,
		   struct lf_verdict *v)
{
	struct lfu_conn *u = conn_of(pin) ?: conn_new(sk, pin);

	BUILD_BUG_ON(LFU_INPUTS > LF_N_CC_FEATURES);
	memset(v, 0, sizeof(*v));
	v->reason = u ? LITEFLOW_REASON_BUSY : LITEFLOW_REASON_NO_SNAPSHOT;
	if (u && lft_sock(sk)->conn->mode == LFT_MODE_POLICY)
		ask(u, pin->flow, cc);
	else if (u)
		forget(u);
}

/* --- steps --- */

static void no_change(struct lf_rate *r, const struct lf_report *rep, u32 srtt_us,
		      struct lf_history *h, const struct lf_rate_config *c)
{
	struct lf_rate_config same = *c;

	same.share = 0;
	lf_rate_step(r, rep, 0, srtt_us, h, &same);
}

void lfu_rate_step(struct lf_rate *r, const struct lf_report *rep, s32 action, u32 srtt_us,
		   struct lf_history *h, const struct lf_rate_config *c)
{
	struct lfu_conn *u = conn_of(&container_of(r, struct lft_conn, rate)->pin);

	if (u && u->waits && r->state == LF_RATE_POLICY)
		no_change(r, &u->rep, srtt_us, h, c);
	if (u)
		u->waits = false;
	if (!u || !lf_rate_asks(r, rep, c)) {
		lf_rate_step(r, rep, action, srtt_us, h, c);
	} else if (u->has_action) {
		lf_rate_step(r, rep, u->action, srtt_us, h, c);
	} else if (u->asked != u->answered) {
		u->rep = *rep;
		u->waits = true;
	} else {
		no_change(r, rep, srtt_us, h, c);
	}
	if (u)
		u->has_action = false;
}

/* --- answers --- */

static struct sock *sock_of(u32 id)
{
	struct sock *sk = NULL;
	struct lfu_conn *u;

	xa_lock_bh(&conns);
	u = xa_load(&conns, id);
	if (u) {
		sk = u->sk;
		sock_hold(sk);
	}
	xa_unlock_bh(&conns);
	return sk;
}

/* If the connection is still that of @sk, it cannot end before the socket's lock is given back. */
static struct lfu_conn *conn_of_sock(u32 id, const struct sock *sk)
{
	struct lfu_conn *u;

	rcu_read_lock();
	u = xa_load(&conns, id);
	if (u && u->sk != sk)
		u = NULL;
	rcu_read_unlock();
	return u;
}

static bool in_turn(const struct lfu_conn *u, u32 number)
{
	return (s32)(number - u->answered) > 0 && (s32)(u->asked - number) >= 0;
}

static void step(struct sock *sk, struct lfu_conn *u, struct lft_conn *c, s32 action)
{
	u8 before = c->rate.state;

	u->waits = false;
	lf_rate_step(&c->rate, &u->rep, action, tcp_sk(sk)->srtt_us >> 3, &c->history, &c->config);
	lft_handover_stepped(sk, before);
	if (c->rate.state != LF_RATE_COMPETE)
		lft_pace_rate(sk, c);
	lft_sock(sk)->rate = c->rate.rate;
	lft_state_update(sk);
}

static bool take(struct sock *sk, u32 id, u32 number, s32 action)
{
	struct lfu_conn *u = conn_of_sock(id, sk);
	struct lft_conn *c;

	if (!u || !in_turn(u, number))
		return false;
	u->answered = number;
	c = lft_sock(sk)->conn;
	if (c->mode != LFT_MODE_POLICY || c->rate.state != LF_RATE_POLICY)
		return false;
	atomic64_add(ktime_get_ns() - u->asked_ns, &lfu_counts.wait_ns);
	action = clamp(action, -LF_RATE_ACTION_MAX, LF_RATE_ACTION_MAX);
	atomic64_inc(u->waits ? &lfu_counts.in_time : &lfu_counts.behind);
	if (u->waits) {
		step(sk, u, c, action);
	} else {
		u->action = action;
		u->has_action = true;
	}
	return true;
}

void lfu_answer(u32 conn, u32 number, s32 action)
{
	struct sock *sk = sock_of(conn);
	bool taken = false;

	if (sk) {
		lock_sock(sk);
		taken = take(sk, conn, number, action);
		release_sock(sk);
		sock_put(sk);
	}
	if (!taken)
		atomic64_inc(&lfu_counts.dropped);
}
