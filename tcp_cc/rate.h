/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sending rate of a connection under a policy: start-up, the policy's actions, and the guard
 * rails round them.
 *
 * One source for tcp_liteflow.ko, the link simulator that trains policies, and the unit tests.
 *
 * lf_rate_step() runs once at the end of each monitor interval and is a state machine:
 *
 *	start-up   a multiple of the rate delivered that doubles it every round trip, so the bandwidth is found in O(log BDP) of
 *	           them; it ends when packets are lost, when the delay has risen, or when three round trips brought no more
 *	drain      below what was delivered, until the queue that start-up built is gone; then a round trip at that rate. A queue
 *	           that does not go is not ours alone: ceiling
 *	policy     the action of the policy: rate * (1 + d * a) for a >= 0, rate / (1 - d * a) else (Aurora's map), and a growth
 *	           that is less for who has more, so that shares become equal. Where no queue shows for some round trips, it grows
 *	           faster and faster until one does
 *	ceiling    the delay is past its ceiling, or a queue stands though the policy is against it: below what is delivered until
 *	           it is gone. One that went by three quarters and came back is nobody else's: policy
 *	compete    the queue stays though the rate is down: somebody else fills it, or the path has become longer. Loss-based
 *	           control takes over; the caller owns it. Back in policy when the queue is gone, for longer if it came back before;
 *	           or after a while with the new path's delay as the least. Or the path is so noisy
 *	           that the policy has to show that it gets as much (floor.h)
 *
 * An interval that the program limited changes nothing: what was sent was not the rate. But losses
 * tell in start-up, and what was delivered is as much as there is at least. After idleness the rate
 * is what it was; and it is the one that start-up found, if its queue was to drain.
 * The numbers and why they are so stand with their constants in rate.c.
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
	/*
	 * strength of the growth that makes shares equal, see rate.c; 0: no growth beside the map,
	 * as Aurora's
	 */
	u32 share;
	u32 ceiling;		/* latency ratio, likewise, > LF_ONE */
	u64 rate_min;		/* bytes/s */
	u64 rate_max;		/* bytes/s, at most LF_RATE_MAX */
};

extern const struct lf_rate_config lf_rate_default;

struct lf_rate {
	u64 rate;		/* bytes/s to pace at */
	/* greatest rate delivered in start-up, in the last intervals under a policy; bytes/s */
	u64 delivered;
	/* rate delivered: greatest, forgotten within some hundred intervals; bytes/s */
	u64 best;
	/*
	 * start-up's, and the policy's before a queue stood: competition begins there, not at what
	 * gave way
	 */
	u64 unhindered;
	/* start-up: the same, when a round trip last brought much more; ceiling: rate before it */
	u64 before;
	struct lf_floor floor;	/* of what a policy must get in noise */
	u32 mss;		/* bytes */
	u32 srtt_us;
	u8 state;		/* enum lf_rate_state */
	u32 low_us;		/* compete, and ceiling after it: least mean RTT of an interval */
	u32 left_us;		/* ceiling: a quarter of the queue that it began with */
	/*
	 * start-up: round trips that brought no more; policy: with a queue that stands; else: in
	 * the state
	 */
	u16 rounds;
	/* round trips that competition lasts at least; 0: no queue has stood of late */
	u16 stay;
	u16 calm;		/* policy: round trips since it began */
	u8 empty;		/* compete: round trips without a queue */
	u8 patience;		/* ceiling: round trips after which a queue of ours would be gone */
	u8 clear;		/* policy: intervals on end in which nothing waited */
	u8 half;		/* intervals towards a round trip */
	/* drain: the queue is gone, a round trip at the rate that is thought right */
	bool settles;
	/* ceiling: after long competition, where the least delay is in doubt */
	bool stale;
	bool went;		/* ceiling: no more than that quarter was left at some time */
	bool floored;		/* rate_min or the floor held the last step up */
	bool capped;		/* rate_max held it down */
};

/* @cwnd packets of @mss bytes in the first round trip; @srtt_us 0 where unknown. */
void lf_rate_init(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us);

/* The same where loss-based control has been at work: no start-up. */
void lf_rate_resume(struct lf_rate *r, u32 cwnd, u32 mss, u32 srtt_us);

/* Would lf_rate_step() look at an action now? Then the policy has to be asked first. */
bool lf_rate_asks(const struct lf_rate *r, const struct lf_report *rep,
		  const struct lf_rate_config *c);

/**
 * lf_rate_step - the rate for the next interval
 * @r: state
 * @rep: the interval that ended
 * @action: of the policy, in steps of 1 / LF_ONE; clamped to +-LF_RATE_ACTION_MAX; only looked at
 * where lf_rate_asks()
 * @srtt_us: smoothed RTT now
 * @h: past is cleared where the policy begins, least mean is forgotten where the path has become
 * longer
 * @c: configuration
 */
void lf_rate_step(struct lf_rate *r, const struct lf_report *rep, s32 action, u32 srtt_us,
		  struct lf_history *h, const struct lf_rate_config *c);

/* Greatest |a|: with the default d a rate changes by at most a quarter in an interval. */
#define LF_RATE_ACTION_MAX	(10 * LF_ONE)

/*
 * A retransmission timeout: half the rate, policy at once. Loss recovery of other kinds changes no
 * rate.
 */
void lf_rate_timeout(struct lf_rate *r, const struct lf_rate_config *c);

/* Nothing was in flight: what start-up had left in the queue is gone, however long it took. */
void lf_rate_idle(struct lf_rate *r, const struct lf_rate_config *c);

/*
 * Packets came marked by ECN, at most once per round trip: a fifth less; start-up ends as by a
 * queue.
 */
void lf_rate_marked(struct lf_rate *r, const struct lf_rate_config *c);

/*
 * Congestion window in packets for the rate, with headroom but in start-up; @inflight_min: least
 * (for super-packets), packets.
 */
u32 lf_rate_cwnd(const struct lf_rate *r, const struct lf_history *h, u32 inflight_min);

/*
 * Packets that go out at once: so few that waiting for themselves is no queue to speak of, see
 * rate.c. At least 2.
 */
u32 lf_rate_burst(const struct lf_rate *r, const struct lf_history *h);

#endif /* LF_RATE_H */
