/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CUBIC (RFC 9438) with HyStart++ (RFC 9406): controls a connection while no policy does.
 *
 * One source for tcp_liteflow.ko, where it is the fallback and the loss-based mode under a policy,
 * for the link simulator, where it competes with policies, and for the unit tests. Window and slow
 * start threshold are the caller's (in the kernel they are the socket's); this keeps only the state
 * between calls. Packets are of one MSS each.
 *
 * The caller's part:
 *
 *	every acknowledgement		lf_cubic_rtt() with its RTT sample, then window =
 *					lf_cubic_acked(), unless the program or the receiver, not
 *					the window, held the sender back
 *	a round trip ended		lf_cubic_round(); true: slow start is over, set the
 *					threshold to the window
 *	packets lost, or marked		threshold = lf_cubic_reduce(), once per round trip; the
 *					window follows it down as the caller's recovery says
 *	a retransmission timeout	the same, then lf_cubic_forget(), and the window to one
 *					packet
 *	idle for a while		lf_cubic_idle(): no growth from time in which nothing was
 *					sent
 *
 * As in Linux's CUBIC, and unlike the RFC, growth is at least a twentieth per round trip until a
 * loss shows the window's limit.
 */
#ifndef LF_CUBIC_H
#define LF_CUBIC_H

#include "math.h"

struct lf_cubic {
	/* when growth by the cubic function began, 0: not since the last reduction */
	u64 epoch_us;
	u64 w_est;		/* what Reno would have by now, packets in steps of 2^-24 */
	/*
	 * where the last reduction came, corrected for fast convergence; 0: unknown. 1/256 packet
	 */
	u32 w_max;
	u32 origin;		/* plateau of this epoch, likewise */
	u32 prior;		/* window before the last reduction, packets */
	u32 k_ms;		/* from the epoch's beginning to the plateau */
	u32 part;		/* of the next packet, in steps of 2^-24 */
	/*
	 * HyStart++: least RTT of this round trip, of the one before, and where conservative slow
	 * start began; 0: none
	 */
	u32 round_us;
	u32 last_us;
	u32 base_us;
	u8 samples;		/* of this round trip, saturated */
	u8 slow_rounds;		/* round trips of conservative slow start, 0: not in it */
};

void lf_cubic_init(struct lf_cubic *c);

/* A sample of the RTT, 0 is none. Only slow start looks at them. */
void lf_cubic_rtt(struct lf_cubic *c, u32 rtt_us);

/* A round trip ended. Return: conservative slow start has lasted long enough. */
bool lf_cubic_round(struct lf_cubic *c);

/**
 * lf_cubic_acked - the window after an acknowledgement
 * @c: state
 * @cwnd: window, packets, > 0
 * @ssthresh: slow start threshold, packets
 * @acked: packets acknowledged
 * @now_us: time, > 0, never backwards
 * @srtt_us: smoothed RTT, 0 where unknown
 *
 * Return: packets, at least @cwnd.
 */
u32 lf_cubic_acked(struct lf_cubic *c, u32 cwnd, u32 ssthresh, u32 acked, u64 now_us, u32 srtt_us);

/* Congestion at window @cwnd. Return: the new threshold, packets, at least 2. */
u32 lf_cubic_reduce(struct lf_cubic *c, u32 cwnd);

/* After a timeout: growth resumes from where slow start will end, not from the old window. */
void lf_cubic_forget(struct lf_cubic *c);

/* Nothing was sent for @us, which end at @now_us. */
void lf_cubic_idle(struct lf_cubic *c, u64 us, u64 now_us);

#endif /* LF_CUBIC_H */
