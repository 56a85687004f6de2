/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection under congestion control "liteflow": its state in the socket, and what is allocated
 * for it.
 *
 * The socket's part (struct lft_sock, in icsk_ca_priv) suffices for loss-based control, so if
 * memory allocation fails the connection uses CUBIC. It also holds what `ss` shows: ss reads
 * without a lock, possibly while the socket changes to another congestion control, so it must find
 * plain numbers there and follow no pointer.
 *
 * Zeros mean "not begun": the kernel clears the socket's part, and calls ->release() and
 * ->set_state() on sockets for which ->init() was never called: listeners, their children before
 * the handshake's end, disconnected sockets, and MPTCP's, which are no TCP sockets at all.
 *
 * The caller of every function must own the socket.
 */
#ifndef LFT_CONN_H
#define LFT_CONN_H

#include <linux/tcp.h>
#include <net/liteflow_sock.h>
#include <net/tcp.h>
#include <uapi/linux/liteflow_tcp.h>
#include "cubic.h"
#include "interval.h"
#include "rate.h"

struct lft_net;

#define LFT_CWND_MIN	4	/* packets: enough for fast retransmission to work */

/* Allocated once for each connection. */
struct lft_conn {
	struct lf_interval interval;
	struct lf_history history;
	struct lf_rate rate;
	struct lf_rate_config config;	/* of the slot, at the last interval */
	struct lf_pin pin;
	struct lft_net *net;		/* with a reference */
	u64 rate_before;		/* the last timeout, to undo it */
	u32 conserve_end;		/* tp->delivered when recovery began; where `conserve` */
	/* our bound on segments in a super-packet; 0: none */
	u16 burst;
	u16 burst_route;		/* the bound before that */
	u8 mode;			/* enum lft_mode */
	/* first round trip of loss recovery under a policy: as much goes out as comes in */
	bool conserve;
	/* we turned pacing on, not the socket's owner or a qdisc */
	bool paces;
};

enum lft_mode {
	LFT_MODE_FALLBACK,		/* CUBIC: there is no model */
	LFT_MODE_POLICY,		/* the state machine of rate.h */
};

/* In the socket. */
struct lft_sock {
	/* NULL: allocation failed, or the connection has not begun */
	struct lft_conn *conn;
	struct lf_cubic cubic;
	/* tp->delivered at which this round trip of slow start ends */
	u32 round_end;
	u32 una;			/* tp->snd_una at the acknowledgement before */
	/* For ss. */
	u64 rate;			/* bytes/s */
	u32 hash;			/* of the snapshot that last gave a verdict */
	/* latency ratio of the last interval, in steps of 1 / LF_ONE; 0: none yet */
	u32 ratio;
	u32 least_us;			/* its denominator */
	u8 state;			/* enum liteflow_tcp_state; 0: not begun */
};

static inline struct lft_sock *lft_sock(const struct sock *sk)
{
	BUILD_BUG_ON(sizeof(struct lft_sock) > ICSK_CA_PRIV_SIZE);
	return inet_csk_ca(sk);
}

/* Does CUBIC control the window: in the fallback, and while others fill the queue? */
static inline bool lft_loss_based(const struct lft_sock *s)
{
	return !s->conn || s->conn->mode == LFT_MODE_FALLBACK ||
	       s->conn->rate.state == LF_RATE_COMPETE;
}

static inline u32 lft_srtt_us(const struct tcp_sock *tp)
{
	return tp->srtt_us >> 3;
}

static inline void lft_set_cwnd(struct tcp_sock *tp, u32 cwnd)
{
	tcp_snd_cwnd_set(tp, clamp(cwnd, 1U, max(tp->snd_cwnd_clamp, 1U)));
}

int lft_conn_cache_create(void);
void lft_conn_cache_destroy(void);

/* The connection begins; if memory allocation fails, as a CUBIC connection. */
void lft_conn_init(struct sock *sk);

/* It ends, or had not begun. */
void lft_conn_release(struct sock *sk);

/* --- loss.c: CUBIC's window --- */

/* Begins at the socket's window; @slow_start: the path's capacity is still unknown. */
void lft_loss_begin(struct sock *sk, bool slow_start);

/* An acknowledgement. */
void lft_loss_acked(struct sock *sk, const struct rate_sample *rs);

/* The kernel asks for a threshold: packets were lost or marked. */
u32 lft_loss_ssthresh(struct sock *sk);

/* The kernel's state of recovery changes from icsk_ca_state to @state. */
void lft_loss_state(struct sock *sk, u8 state);

/* Data goes out after nothing was in flight for @idle_us. */
void lft_loss_restart(struct sock *sk, u64 idle_us);

/* --- policy.c: a connection under a policy --- */

/* Watches the intervals in both modes; true if a policy has set rate and window. */
bool lft_policy_acked(struct sock *sk, const struct rate_sample *rs);

/* A new connection: start-up, if there is a snapshot. */
void lft_policy_begin(struct sock *sk);

void lft_policy_state(struct sock *sk, u8 state);
u32 lft_policy_undo(struct sock *sk);
void lft_policy_restart(struct sock *sk, u64 idle_us);

/* --- model.c: the slot's model --- */

/* What the slot's user has set. */
void lft_model_configure(struct lft_conn *c, const struct lf_attach *a);

/*
 * Returns false if there is no verdict for a reason that lasts. If there is no time for a model,
 * the action is to change nothing.
 */
bool lft_model_ask(struct sock *sk, struct lf_attach *a, const struct lf_report *rep, s32 *action);

/* --- handover.c: between policy and CUBIC --- */

void lft_handover_to_policy(struct sock *sk, struct lft_conn *c);
void lft_handover_to_fallback(struct sock *sk, struct lft_conn *c);

/*
 * After a step of the rate from state @before (enum lf_rate_state): if others fill the queue now,
 * CUBIC begins.
 */
void lft_handover_stepped(struct sock *sk, u8 before);

/* --- pace.c: how the rate is sent --- */

/* Begin pacing, unless somebody else paces; end it, unless somebody else needs it. */
void lft_pace_begin(struct sock *sk, struct lft_conn *c);
void lft_pace_end(struct sock *sk, struct lft_conn *c);

void lft_pace_rate(struct sock *sk, const struct lft_conn *c);

/* Bursts short relative to the RTT at the current rate; and the kernel's own. */
void lft_pace_burst_bound(struct sock *sk, struct lft_conn *c);
void lft_pace_burst_free(struct sock *sk, struct lft_conn *c);

/* Packets per burst that the kernel will send at this rate. */
u32 lft_pace_burst(const struct sock *sk);

/* --- state.c --- */

/* The state that ss and traces name. */
u8 lft_state(const struct lft_sock *s);

/* Traces the state if it has changed. */
void lft_state_update(struct sock *sk);

/* --- info.c --- */

size_t lft_get_info(struct sock *sk, u32 ext, int *attr, union tcp_cc_info *info);

/* --- netns.c: the attachment of a network namespace --- */

int lft_net_register(void);
void lft_net_unregister(void);

/* The namespace's, with a reference that may outlive the namespace; never NULL. */
struct lft_net *lft_net_get(const struct net *net);
void lft_net_put(struct lft_net *ln);

/* Its attachment, or NULL once the namespace goes. Under RCU. */
struct lf_attach *lft_net_attach(const struct lft_net *ln);

#endif /* LFT_CONN_H */
