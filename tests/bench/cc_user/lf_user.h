/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generic netlink family "lf_user": a connection's features to a process, the action back.
 *
 *	LFU_CMD_REGISTER	PERIOD_US			process -> kernel; from here on it
 *								is asked, until its socket closes
 *	LFU_CMD_QUESTION	CONN, NUMBER, INPUTS		kernel -> process
 *	LFU_CMD_ANSWER		CONN, NUMBER, ACTION		process -> kernel, no ack; any
 *								number of them in one datagram
 *
 * Of the initial network namespace, for CAP_NET_ADMIN, one process at a time; connections of all
 * namespaces ask it.
 */
#ifndef LF_USER_H
#define LF_USER_H

#define LFU_FAMILY	"lf_user"
#define LFU_VERSION	1
/* latency inflation, latency ratio, send ratio of ten intervals, the oldest first; s32, 1/65536 */
#define LFU_INPUTS	30

enum lfu_cmd {
	LFU_CMD_UNSPEC,
	LFU_CMD_REGISTER,
	LFU_CMD_QUESTION,
	LFU_CMD_ANSWER,
};

enum lfu_attr {
	LFU_A_UNSPEC,
	/* u32: least time from one question of a connection to its next; 0: every interval */
	LFU_A_PERIOD_US,
	LFU_A_CONN,		/* u32: the connection */
	LFU_A_NUMBER,		/* u32: of the question */
	LFU_A_INPUTS,		/* s32[LFU_INPUTS] */
	LFU_A_ACTION,		/* s32, 1/65536 */
	__LFU_A_AFTER_LAST,
	LFU_A_MAX = __LFU_A_AFTER_LAST - 1
};

#endif /* LF_USER_H */
