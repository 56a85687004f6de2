/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From packet, flow or socket to features: lf_feature_fill() writes the vector that a snapshot asks
 * for. It runs at every inference: no allocation, no lock.
 */
#ifndef LF_FEATURE_H
#define LF_FEATURE_H

#include <lq/features.h>
#include "packet.h"

struct lf_flow;

/**
 * lf_feature_fill - the vector for a model
 * @x: written, n numbers
 * @ids: enum lq_feature of each; none of the cc group
 * @n: how many
 * @pkt: the packet
 * @flow: its flow, this packet already folded in (lf_flow_update()), locked by the caller; NULL
 *        gives zeros
 * @skb: for the socket's features; skb->sk is only read, with the checks that a packet in flight
 *       needs (full socket, TCP, no lock taken, single loads)
 */
void lf_feature_fill(s32 *x, const u8 *ids, u32 n, const struct lf_pkt *pkt,
		     const struct lf_flow *flow, const struct sk_buff *skb);

/*
 * The same from a flow's record, without a packet: what a model would have read at the flow's
 * latest packet. Bit i of @known is set for each number that the record has (the flow's features,
 * and what all its packets share); @known has DIV_ROUND_UP(n, 8) bytes, and x[i] is 0 where it is
 * clear.
 */
void lf_feature_recall(s32 *x, u8 *known, const u8 *ids, u32 n, const struct lf_flow *flow);

/*
 * The same for a connection that the caller owns: socket features from @sk, cc features from @cc,
 * parameters of the slot from @params (enum lq_param; may change meanwhile); others are 0.
 */
void lf_feature_fill_sock(s32 *x, const u8 *ids, u32 n, struct sock *sk, const s32 *cc,
			  const s32 *params);

/* The local socket that sends the packet; NULL for a receiver's socket or none. */
const struct sock *lf_skb_sender(const struct sk_buff *skb);

/* log2(1 + v) in steps of 1/256, error below one step. */
u32 lf_log2_q8(u64 v);

#endif /* LF_FEATURE_H */
