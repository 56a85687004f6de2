/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The size of flows, sent and predicted: for schedulers.
 */
#ifndef NET_LITEFLOW_SIZE_H
#define NET_LITEFLOW_SIZE_H

#include <linux/tcp.h>
#include <net/liteflow.h>

/* What is known about the size of a packet's flow, in bytes at the IP layer. */
struct lf_size {
	u64 sent;			/* this packet included */
	u64 before;			/* this packet not included */
	/* predicted for the whole flow; 0 and U64_MAX without a prediction */
	u64 least, most;
	bool predicted;
};

/**
 * lf_size_skb - the size of a packet's flow
 * @a: the attachment
 * @skb: as it was just passed to lf_infer_skb()
 * @v: the verdict for it; without a slot or snapshot, the flow's id, counts and time are filled in
 *     here
 * @size: filled in
 *
 * Models with one or two values in bytes or log2 bytes predict sizes; two values are bounds. Call
 * in any context that lf_infer_skb() may be called in, with bottom halves off.
 * Return: false if there is no flow.
 */
bool lf_size_skb(struct lf_attach *a, const struct sk_buff *skb, struct lf_verdict *v,
		 struct lf_size *size);

/* What a TCP sender has in its socket and has not sent, bytes. Without the socket's lock. */
static inline u32 lf_unsent_bytes(const struct tcp_sock *tp)
{
	s32 n = READ_ONCE(tp->write_seq) - READ_ONCE(tp->snd_nxt);

	return max(n, 0);
}

/* Sets an extack message if the slot's active snapshot predicts no size. Sleeps. */
void lf_size_tell(const struct lf_attach *a, struct netlink_ext_ack *extack);

#endif /* NET_LITEFLOW_SIZE_H */
