/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What congestion control "liteflow" says of a connection, by the kernel's socket monitoring
 * (NETLINK_SOCK_DIAG).
 *
 * Asked with idiag_ext as ss does it (INET_DIAG_VEGASINFO), it answers with an INET_DIAG_BBRINFO
 * whose fields have these meanings, since ss prints nothing that it does not know:
 *
 *	bw		rate, bytes/s
 *	mrtt		least mean RTT of an interval
 *	pacing_gain	latency ratio: mean RTT of the last interval over the least
 *	cwnd_gain	enum liteflow_tcp_state
 *
 * Asked with the bit LITEFLOW_TCP_EXT instead, it answers with the attribute LITEFLOW_TCP_INFO:
 * struct liteflow_tcp_info.
 */
#ifndef _UAPI_LINUX_LITEFLOW_TCP_H
#define _UAPI_LINUX_LITEFLOW_TCP_H

#include <linux/types.h>

enum liteflow_tcp_state {
	LITEFLOW_TCP_NONE,		/* the connection has not begun */
	/* CUBIC, for there is no model: empty slot, a guard that tripped */
	LITEFLOW_TCP_FALLBACK,
	/* CUBIC, for there was no memory when the connection began */
	LITEFLOW_TCP_NO_MEMORY,
	LITEFLOW_TCP_STARTUP,		/* doubles the rate every round trip */
	LITEFLOW_TCP_DRAIN,		/* lets the queue go that start-up has built */
	LITEFLOW_TCP_POLICY,		/* the model's actions */
	LITEFLOW_TCP_CEILING,		/* too much delay: below what is delivered */
	LITEFLOW_TCP_COMPETE,		/* the delay is not ours: CUBIC for a while */
	__LITEFLOW_TCP_STATES
};

/* A bit of idiag_ext that no other answer depends on: INET_DIAG_SHUTDOWN's. */
#define LITEFLOW_TCP_EXT	(1 << 7)

/* Attribute of the answer. */
#define LITEFLOW_TCP_INFO	0x1f01

struct liteflow_tcp_info {
	__u32 rate_lo;			/* bytes/s, lower 32 bits */
	__u8 rate_hi;			/* and upper 8 */
	__u8 state;			/* enum liteflow_tcp_state */
	__u16 zero;
	__u32 least_us;			/* least mean RTT of an interval, 0: none yet */
	/* mean RTT of the last interval over it, in steps of 1/65536, 0: none yet */
	__u32 latency_ratio;
	/* first four bytes of its hash, as a little-endian number; 0: none has spoken */
	__u32 snapshot;
};

#endif /* _UAPI_LINUX_LITEFLOW_TCP_H */
