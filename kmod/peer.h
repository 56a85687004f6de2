/* SPDX-License-Identifier: GPL-2.0 */
/* Whose flow it is, as a number that does not tell the address. */
#ifndef LF_PEER_H
#define LF_PEER_H

#include <linux/types.h>

struct lf_flow;
struct net;
struct sock;

/*
 * Of the flow's sender; of its receiver where the sender has an address of this machine. IPv6
 * addresses of one /64 are one peer. Never 0. Under RCU.
 */
u64 lf_peer_flow(struct net *net, const struct lf_flow *flow);

/* Of the other end of a connection. */
u64 lf_peer_sock(const struct sock *sk);

#endif /* LF_PEER_H */
