/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the rate share; rate.h is for all others. */
#ifndef LF_RATE_PARTS_H
#define LF_RATE_PARTS_H

#include "rate.h"

#define START_GAIN	(LF_ONE * 181 / 64)	/* start.c */
#define START_DELAY_US	1000			/* start.c */
#define DRAIN_FACTOR	(LF_ONE / 2)		/* drain.c */
#define STANDING_US	2000			/* queue.c */
#define RTT_DEFAULT_US	1000			/* where none is known */

/* rate_parts.c */
u64 lf_rate_floor(const struct lf_rate *r, const struct lf_rate_config *c);
void lf_rate_set(struct lf_rate *r, u64 rate, const struct lf_rate_config *c);
void lf_rate_enter(struct lf_rate *r, enum lf_rate_state state);
bool lf_rate_round_ends(struct lf_rate *r);
u64 lf_rate_delivered(const struct lf_rate *r, const struct lf_report *rep);

/* start.c */
bool lf_start_lost(const struct lf_report *rep);
void lf_start_limited(struct lf_rate *r, const struct lf_report *rep,
		      const struct lf_rate_config *c);
void lf_start_step(struct lf_rate *r, const struct lf_report *rep, const struct lf_rate_config *c);
void lf_start_marked(struct lf_rate *r, const struct lf_rate_config *c);

/* drain.c */
void lf_drain_settle(struct lf_rate *r, u64 rate, const struct lf_rate_config *c);
void lf_drain_step(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
		   const struct lf_rate_config *c);

/* growth.c */
u64 lf_growth_share(const struct lf_rate *r, u32 least_us, const struct lf_rate_config *c);
bool lf_growth_has_room(const struct lf_rate *r);
void lf_growth_count_clear(struct lf_rate *r, const struct lf_report *rep,
			   const struct lf_rate_config *c);
u64 lf_growth_into_room(const struct lf_rate *r);

/* queue.c */
u32 lf_queue_us(const struct lf_report *rep);
bool lf_queue_empty(const struct lf_rate *r, const struct lf_report *rep);
bool lf_queue_stands(const struct lf_rate *r, const struct lf_report *rep,
		     const struct lf_rate_config *c);
void lf_queue_lowest(struct lf_rate *r, const struct lf_report *rep);

/* ceiling.c */
enum lf_ceiling_verdict {
	LF_CEILING_GO_ON,
	LF_CEILING_OURS,	/* the queue was ours, or our own kind's */
	LF_CEILING_OTHERS,	/* others hold it */
};

bool lf_ceiling_passed(const struct lf_report *rep, u32 ceiling);
void lf_ceiling_enter(struct lf_rate *r, const struct lf_report *rep, u64 before,
		      const struct lf_rate_config *c);
enum lf_ceiling_verdict lf_ceiling_step(struct lf_rate *r, const struct lf_report *rep,
					struct lf_history *h, const struct lf_rate_config *c);

/* compete.c */
void lf_compete_suspect(struct lf_rate *r);
void lf_compete_enter(struct lf_rate *r, u64 rate, const struct lf_rate_config *c);
void lf_compete_on_trial(struct lf_rate *r, const struct lf_rate_config *c);
bool lf_compete_suspected(const struct lf_rate *r, const struct lf_report *rep);
void lf_compete_at_once(struct lf_rate *r, const struct lf_rate_config *c);
void lf_compete_count_rounds(struct lf_rate *r, bool stands);
void lf_compete_remember(struct lf_rate *r, const struct lf_report *rep);
void lf_compete_step(struct lf_rate *r, const struct lf_report *rep, struct lf_history *h,
		     const struct lf_rate_config *c);

#endif /* LF_RATE_PARTS_H */
