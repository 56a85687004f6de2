// SPDX-License-Identifier: GPL-2.0
/*
 * TCP congestion control "liteflow": a model sets the rate of every connection, once per monitor
 * interval.
 *
 * With a snapshot in the slot of the namespace's attachment "tcp", a connection is paced at the
 * rate that results from the model's actions, within guard rails (rate.h). Without one, or when a
 * guard trips, it is a CUBIC connection.
 *
 *	main.c		the kernel's calls, passed to whichever part controls the window
 *	conn.[ch]	the connection: what is in its socket, what is allocated
 *	policy.c	an acknowledgement's way: interval, model, rate, window
 *	model.c		the slot's model: its parameters, its action
 *	handover.c	from CUBIC to the policy and back
 *	pace.c		how the rate is sent: pacing, bursts
 *	loss.c		CUBIC on a socket
 *	netns.c		attachment and sysctl of a namespace
 *	state.c		the state that ss and traces name
 *	info.c		what ss shows
 *	interval.[ch] noise.[ch] rate.[ch] floor.[ch] cubic.[ch] math.h
 *			kernel-independent parts
 *	rate_parts.[ch] start.c drain.c growth.c queue.c ceiling.c compete.c
 *			the states of the rate
 */
#include "conn.h"

#include <linux/module.h>
#include <lq/version.h>
#include "../kmod/compat/tcp_compat.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static LF_CONG_CONTROL(cong_control, sk, rs)
{
	if (!lft_policy_acked(sk, rs))
		lft_loss_acked(sk, rs);
}

/* Under a policy a loss sets no threshold. */
static u32 cc_ssthresh(struct sock *sk)
{
	return lft_loss_based(lft_sock(sk)) ? lft_loss_ssthresh(sk) : tcp_sk(sk)->snd_ssthresh;
}

static u32 undo_cwnd(struct sock *sk)
{
	return lft_loss_based(lft_sock(sk)) ? tcp_reno_undo_cwnd(sk) : lft_policy_undo(sk);
}

static void set_state(struct sock *sk, u8 state)
{
	const struct lft_sock *s = lft_sock(sk);

	if (!s->state)
		return;
	if (lft_loss_based(s))
		lft_loss_state(sk, state);
	else
		lft_policy_state(sk, state);
}

static void tx_start(struct sock *sk)
{
	u32 idle = tcp_jiffies32 - tcp_sk(sk)->lsndtime;
	u64 idle_us = (s32)idle > 0 ? jiffies_to_usecs(idle) : 0;

	if (!lft_sock(sk)->state)	/* data with the SYN */
		return;
	if (lft_loss_based(lft_sock(sk)))
		lft_loss_restart(sk, idle_us);
	lft_policy_restart(sk, idle_us);
}

static void cwnd_event(struct sock *sk, enum tcp_ca_event event)
{
	if (event == CA_EVENT_TX_START)
		tx_start(sk);
}

static struct tcp_congestion_ops ops __read_mostly = {
	.flags = TCP_CONG_NON_RESTRICTED,
	.name = "liteflow",
	.owner = THIS_MODULE,
	.init = lft_conn_init,
	.release = lft_conn_release,
	.cong_control = cong_control,
	.ssthresh = cc_ssthresh,
	.undo_cwnd = undo_cwnd,
	.set_state = set_state,
	.cwnd_event = cwnd_event,
	LF_CWND_EVENT_TX_START(tx_start)
	.get_info = lft_get_info,
};

static int __init lft_init(void)
{
	int rc;

	rc = lft_conn_cache_create();
	if (rc)
		return rc;
	rc = lft_net_register();
	if (rc)
		goto destroy_cache;
	rc = tcp_register_congestion_control(&ops);
	if (!rc)
		return 0;
	lft_net_unregister();
destroy_cache:
	lft_conn_cache_destroy();
	return rc;
}

/* No socket is left: each holds a reference to the module. */
static void __exit lft_exit(void)
{
	tcp_unregister_congestion_control(&ops);
	lft_net_unregister();
	lft_conn_cache_destroy();
}

module_init(lft_init);
module_exit(lft_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LiteFlow: TCP congestion control by quantised models");
MODULE_VERSION(LQ_VERSION);
