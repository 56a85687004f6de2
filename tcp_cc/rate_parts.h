/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the rate share; rate.h is for all others. */
#ifndef LF_RATE_PARTS_H
#define LF_RATE_PARTS_H

#include "rate.h"

#define START_GAIN	(LF_ONE * 181 / 64)	/* start.c */
#define START_DELAY_US	1000			/* start.c */
#define DRAIN_FACTOR	(LF_ONE / 2)		/* drain.c */
#define STANDING_US	2000			/* queue.c */
#define STAY_MIN	32			/* compete.c */
#define STAY_MAX	180			/* below COMPETE_ROUNDS */
#define RTT_DEFAULT_US	1000			/* where none is known */

/* rate.c */
u64 floor_of(const struct lf_rate *r, const struct lf_rate_config *c);
void set_rate(struct lf_rate *r, u64 rate, const struct lf_rate_config *c);
void enter(struct lf_rate *r, enum lf_rate_state state);
bool round_ends(struct lf_rate *r);
u64 delivered_rate(const struct lf_rate *r, const struct lf_report *rep);

/* start.c */
bool start_lost(const struct lf_report *rep);
void start_end(struct lf_rate *r, const struct lf_rate_config *c);
void start_limited(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c);
void startup(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c);

/* drain.c */
void settle(struct lf_rate *r, u64 rate, const struct lf_rate_config *c);
void drain(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
	   const struct lf_rate_config *c);

/* growth.c */
u64 growth(const struct lf_rate *r, u32 least_us, const struct lf_rate_config *c);
bool has_room(const struct lf_rate *r);
void count_clear(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c);
u64 into_room(const struct lf_rate *r);

/* queue.c */
u32 queue_us(const struct lf_report *rep);
bool is_empty(const struct lf_rate *r, const struct lf_report *rep);
bool queue_stands(const struct lf_rate *r, const struct lf_report *rep,
		  const struct lf_rate_config *c);

/* ceiling.c */
bool past_ceiling(const struct lf_report *rep, u32 ceiling);
void ceiling_enter(struct lf_rate *r, const struct lf_report *rep, u64 before,
		   const struct lf_rate_config *c);
void lowest(struct lf_rate *r, const struct lf_report *rep);
void ceiling(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
	     const struct lf_rate_config *c);

/* compete.c */
void suspect(struct lf_rate *r);
void compete_enter(struct lf_rate *r, u64 rate, const struct lf_rate_config *c);
void compete_on_trial(struct lf_rate *r, const struct lf_rate_config *c);
bool gave_way(const struct lf_rate *r, const struct lf_report *rep);
void count_rounds(struct lf_rate *r, bool stands);
void remember_unhindered(struct lf_rate *r, const struct lf_report *rep);
void compete(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
	     const struct lf_rate_config *c);

#endif /* LF_RATE_PARTS_H */
