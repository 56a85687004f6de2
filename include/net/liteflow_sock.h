/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Verdicts for intervals of a connection, and the slot's parameters: for congestion controls.
 */
#ifndef NET_LITEFLOW_SOCK_H
#define NET_LITEFLOW_SOCK_H

#include <net/liteflow.h>
#include <lq/features.h>
#include <lq/params.h>

struct sock;

/**
 * lf_attach_set_slot - use another slot; the rest of the configuration stays
 * @a: the attachment
 * @name: name of the slot, which need not exist
 * @extack: may be NULL
 *
 * Sleeps. Return: 0, -EINVAL for an invalid name, -EOPNOTSUPP, -ENOMEM; nothing changes on failure.
 */
int lf_attach_set_slot(struct lf_attach *a, const char *name, struct netlink_ext_ack *extack);

/* Copies the name of the attachment's slot. Sleeps. */
void lf_attach_slot(const struct lf_attach *a, char name[LITEFLOW_SLOT_NAME_LEN]);

/* The parameters of a slot (<lq/params.h>), by enum lq_param. */
struct lf_params {
	s32 v[LQ_N_PARAMS];
};

/*
 * The parameters of the attachment's slot; the defaults if it does not exist. May be called in any
 * context that lf_infer_sock() may be called in.
 */
void lf_attach_params(const struct lf_attach *a, struct lf_params *p);

/*
 * The generation under which a connection was born (TCP attachments keep their own flow state), and
 * what it had sent by then.
 */
struct lf_pin {
	u32 generation;			/* 0: none yet */
	bool sampled;			/* its outcome goes to the sample stream */
	u64 flow;			/* id, given at the first inference */
	u64 born_us;			/* by the socket's clock */
	u64 bytes;
	u32 packets, retrans;
};

/* @sk joins the attachment, at its start or later: counts what it sends from here on. */
void lf_infer_sock_begin(struct lf_pin *pin, const struct sock *sk);

/**
 * lf_infer_sock - the verdict for an interval of a connection
 * @a: the attachment, kind tcp
 * @sk: the connection, owned by the caller
 * @pin: kept by the caller for the life of the connection
 * @cc: features LQ_F_CC_LATENCY_INFLATION_0 .. the last, in the order of the table
 * @v: always filled in; the model runs at every call
 */
void lf_infer_sock(struct lf_attach *a, struct sock *sk, struct lf_pin *pin, const s32 *cc,
		   struct lf_verdict *v);

/*
 * Does the slot have an active snapshot? Not counted; for connections that wait for one. Any
 * context.
 */
bool lf_infer_sock_ready(struct lf_attach *a);

/* The connection ends or leaves the attachment: releases the generation, sends the outcome. */
void lf_infer_sock_end(struct lf_attach *a, struct lf_pin *pin, const struct sock *sk);

#define LF_N_CC_FEATURES (LQ_N_FEATURES - LQ_F_CC_LATENCY_INFLATION_0)

#endif /* NET_LITEFLOW_SOCK_H */
