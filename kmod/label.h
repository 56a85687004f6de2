/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the user's own rules labelled a flow: marks, priority, DSCP, and the cgroup of a local
 * sender. A flow keeps those of its latest packet while a slot samples; they go with its outcome,
 * for a trainer.
 */
#ifndef LF_LABEL_H
#define LF_LABEL_H

#include <linux/jump_label.h>
#include <linux/types.h>

struct sk_buff;
struct sock;

/* As it is sent: spec/liteflow.yaml, batch. */
struct lf_label {
	u64 cgroup;
	u32 mark, ct_mark, priority;
	u8 dscp;
	u8 zero[3];
};

/* At least one slot has a stream of samples. */
DECLARE_STATIC_KEY_FALSE(lf_label_key);

void lf_label_take(struct lf_label *label, const struct sk_buff *skb, u8 dscp);
void lf_label_take_sock(struct lf_label *label, const struct sock *sk);

#endif /* LF_LABEL_H */
