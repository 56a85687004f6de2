/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of tcp_lf_user.ko have of each other. */
#ifndef LFU_USER_H
#define LFU_USER_H

#include <linux/atomic.h>
#include <net/tcp.h>
#include "lf_user.h"
#include "conn.h"

/* Since the process registered; told when it goes. */
struct lfu_counts {
	atomic64_t asked;
	atomic64_t lost;	/* questions for which its buffer had no room */
	atomic64_t in_time;	/* answers that a step waited for */
	/* answers that the next interval's step takes, for their own had gone by */
	atomic64_t behind;
	/* answers to nobody, or out of turn, or to a connection that a model has no say in now */
	atomic64_t dropped;
	atomic64_t wait_ns;	/* from question to answer, of the first two kinds */
};

extern struct lfu_counts lfu_counts;

/* --- wire.c --- */

int lfu_wire_register(void);
void lfu_wire_unregister(void);

/* Is there a process? */
bool lfu_wire_ready(void);

/* Least time between a connection's questions. */
u64 lfu_wire_period_ns(void);

/* In any context that a connection is in; false where the question is lost. */
bool lfu_wire_ask(u32 conn, u32 number, const s32 *inputs);

/* --- ask.c --- */

/* Sleeps. */
void lfu_answer(u32 conn, u32 number, s32 action);

/* In place of the kernel's function, where main.c calls it. */
int lfu_register(struct tcp_congestion_ops *ops);

/* In place of lf_rate_step(), where policy.c calls it. */
void lfu_rate_step(struct lf_rate *r, const struct lf_report *rep, s32 action, u32 srtt_us,
		   struct lf_history *h, const struct lf_rate_config *c);

#endif /* LFU_USER_H */
