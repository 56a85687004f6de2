/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sending rate of a connection under a policy: start-up, the policy's actions, and the guard
 * rails around them.
 *
 * One source for tcp_liteflow.ko, the link simulator that trains policies, and the unit tests.
 *
 * lf_rate_step() runs once at the end of each monitor interval. It is a state machine:
 *
 *	start-up   send at a multiple of the delivery rate that doubles it every round trip, so the
 *		   bandwidth is found in O(log BDP) round trips. Ends on packet loss, on a rise in
 *		   delay, or after three round trips without a higher delivery rate (start.c)
 *	drain	   send below the delivery rate until the queue of start-up is gone, then for one
 *		   round trip at that rate. A queue that does not drain is not ours alone: ceiling
 *		   (drain.c)
 *	policy	   apply the policy's action: rate * (1 + d * a) for a >= 0, rate / (1 - d * a)
 *		   otherwise (Aurora's map), plus a growth that is smaller for larger shares, so
 *		   that shares converge. After some round trips without a queue, growth accelerates
 *		   until one appears (growth.c)
 *	ceiling	   the delay exceeds its ceiling, or a queue stands although the policy acts against
 *		   it: send below the delivery rate until the queue is gone. If it shrank by three
 *		   quarters and came back, no competitor holds it: policy (ceiling.c)
 *	compete	   the queue stays although the rate is down: somebody else fills it, or the path
 *		   has become longer. Loss-based control, which the caller implements, takes over.
 *		   Back to policy once the queue is gone, later each time it comes back; or after a
 *		   while, with the new path's delay as the minimum. Also entered on a path so noisy
 *		   that the policy has to prove that it gets as much (floor.h, compete.c)
 *
 * Application-limited intervals change nothing, since the rate was not what was sent. In start-up
 * their losses still count, and what they delivered is a lower bound. Idleness keeps the rate; if
 * the queue of start-up was still draining, the rate becomes the one that start-up found.
 * The constants and the reasons for them are in the file of each state.
 */
#ifndef LF_RATE_H
#define LF_RATE_H

#include "floor.h"

enum lf_rate_state {
	LF_RATE_STARTUP,
	LF_RATE_DRAIN,
	LF_RATE_POLICY,
	LF_RATE_CEILING,
	LF_RATE_COMPETE,
	LF_RATE_STATES
};

/* What can be set for a slot. */
struct lf_rate_config {
	u32 step;		/* d of the action map, in steps of 1 / LF_ONE */
	/* strength of the growth that equalises shares, see growth.c; 0: Aurora's map alone */
	u32 share;
	u32 ceiling;		/* latency ratio, likewise, > LF_ONE */
	u64 rate_min;		/* bytes/s */
	u64 rate_max;		/* bytes/s, at most LF_RATE_MAX */
};

extern const struct lf_rate_config lf_rate_default;

struct lf_rate {
	u64 rate;		/* bytes/s to pace at */
	/* greatest delivery rate: in start-up, or in the last intervals under a policy; bytes/s */
	u64 delivered;
	/* greatest delivery rate, fading over some hundred intervals; bytes/s */
	u64 best;
	/*
	 * rate of start-up, or of the policy before a queue stood: competition begins there, not at
	 * the rate after giving way
	 */
	u64 unhindered;
	/* start-up: `delivered` when it last rose by a quarter; ceiling: rate before it */
	u64 before;
	struct lf_floor floor;	/* what a policy must get in noise */
	u32 mss;		/* bytes */
	u32 srtt_us;
	u8 state;		/* enum lf_rate_state */
	u32 low_us;		/* compete, and ceiling after it: least RTT level of an interval */
	u32 left_us;		/* ceiling: a quarter of the initial queue */
	/*
	 * round trips; start-up: without a higher rate; policy: with a standing queue; else: in the
	 * state
	 */
	u16 rounds;
	/* minimum duration of competition, round trips; 0: no queue has stood recently */
	u16 stay;
	u16 calm;		/* policy: round trips since the last suspicion */
	u8 empty;		/* compete: round trips without a queue */
	u8 patience;		/* ceiling: round trips in which our own queue would drain */
	u8 clear;		/* policy: consecutive intervals without a queue */
	u8 half;		/* intervals towards a round trip */
	/* drain: the queue is gone; one round trip at the settled rate */
	bool settles;
	/* ceiling: after long competition, when the least delay is in doubt */
	bool stale;
	bool went;		/* ceiling: the queue was down to left_us at some time */
	bool floored;		/* rate_min or the floor held the last step up */
	bool capped;		/* rate_max held it down */
};

/* @cwnd packets of @mss bytes in the first round trip; @srtt_us 0 where unknown. */
void lf_rate_init(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us);

/* The same after loss-based control: no start-up. */
void lf_rate_resume(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us);

/* Would lf_rate_step() use an action now? Then ask the policy first. */
bool lf_rate_asks(const struct lf_rate *r, const struct lf_report *rep,
		  const struct lf_rate_config *c);

/**
 * lf_rate_step - the rate for the next interval
 * @r: state
 * @rep: the interval that ended
 * @action: of the policy, in steps of 1 / LF_ONE; clamped to +-LF_RATE_ACTION_MAX; only used if
 * lf_rate_asks()
 * @srtt_us: smoothed RTT now
 * @h: the past is cleared when the policy begins; the base RTT is replaced if the path has become
 * longer
 * @c: configuration
 */
void lf_rate_step(struct lf_rate *r, const struct lf_report *rep, s32 action, u32 srtt_us,
		  struct lf_history *h, const struct lf_rate_config *c);

/* Greatest |a|: with the default d a rate changes by at most a quarter in an interval. */
#define LF_RATE_ACTION_MAX	(10 * LF_ONE)

/*
 * A retransmission timeout: halves the rate and enters policy at once, unless in competition. Other
 * loss recovery does not change the rate.
 */
void lf_rate_timeout(struct lf_rate *r, const struct lf_rate_config *c);

/* Nothing was in flight: the queue of start-up is gone, however long the pause. */
void lf_rate_idle(struct lf_rate *r, const struct lf_rate_config *c);

/* ECN marks, at most once per round trip: a fifth less; start-up ends as on a queue. */
void lf_rate_marked(struct lf_rate *r, const struct lf_rate_config *c);

/*
 * Congestion window in packets for the rate, with headroom except in start-up; @inflight_min: lower
 * bound (for super-packets), packets.
 */
u32 lf_rate_cwnd(const struct lf_rate *r, const struct lf_history *h, u32 inflight_min);

/*
 * Packets that go out at once: few enough that their own queueing is negligible, see rate.c. At
 * least 2.
 */
u32 lf_rate_burst(const struct lf_rate *r, const struct lf_history *h);

#endif /* LF_RATE_H */
