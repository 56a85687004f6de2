/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A simulator of one bottleneck, to train and compare policies: host only, floating point.
 *
 * It simulates not packets but trains, some tens of packets that share one ACK: a round trip of
 * 1 Gbit/s and 200 ms costs as much as one of 1 Mbit/s and 1 ms. Monitor intervals, rates, and
 * CUBIC are the kernel module's own sources (../).
 *
 *	sender --> bottleneck: policer, queue, rate that changes, random loss --> receiver
 *	       --> path back (path.h) --> sender
 *
 * Times are microseconds from the beginning, rates bytes per microsecond, queues bytes, other
 * counts packets of SIM_MSS. There are no headers: rate is payload, and a packet is as long as its
 * payload.
 */
#ifndef LF_SIM_H
#define LF_SIM_H

#include "../cubic.h"
#include "../rate.h"
#include "path.h"

#define SIM_MSS		1448
#define SIM_FLOWS	8
#define SIM_SEGMENTS	256
#define SIM_CHUNKS	12	/* of a scene, for scores */
#define SIM_BUCKETS	400	/* of queueing delay, for quantiles */
#define SIM_NEVER	1e18

/* --- the bottleneck --- */

struct sim_segment {
	double at;		/* begins */
	double rate;
};

struct sim_link {
	struct sim_segment segments[SIM_SEGMENTS];	/* the first at 0 */
	int n_segments;
	int now;		/* segment of the last arrival */
	double limit;		/* bytes that may be queued */
	double loss;		/* share of packets */
	/* policer: rate above which packets beyond the bucket are dropped, 0: none */
	double police;
	double bucket;		/* bytes */
	double tokens;		/* of them, at `filled` */
	double filled;
	double finish;		/* when the queue will have been served */
	double until_loss;	/* packets to the next random loss */
};

/* The fate of a train. */
struct sim_fate {
	u32 passed;
	u32 dropped;		/* no room */
	u32 lost;		/* at random */
	double at;		/* when its last packet has left the bottleneck */
};

void sim_link_start(struct sim_link *l, struct sim_rng *r);

/* @packets arrive from @now on, the last at @now + @spread. Times never go back. */
struct sim_fate sim_link_pass(struct sim_link *l, double now, double spread, u32 packets,
			      struct sim_rng *r);

/* The delay that a packet would meet. */
double sim_link_delay(const struct sim_link *l, double now);

/* What the bottleneck could serve in a period, bytes. */
double sim_link_capacity(const struct sim_link *l, double from, double to);

/* --- policies --- */

/* The action for a history, as the kernel would compute it. */
struct sim_policy {
	s32 (*act)(const void *ctx, const struct lf_history *h, const float *preference);
	const void *ctx;
};

/* --- flows --- */

enum sim_kind {
	SIM_POLICY,		/* rate.c, with a policy */
	SIM_CUBIC,
	SIM_FIXED,		/* paced at a rate, whatever happens */
};

/* Rates over one of SIM_CHUNKS parts of a scene. */
struct sim_chunk {
	double delivered, sent, lost, dropped;	/* packets; lost: all; dropped: for lack of room */
	double queueing;			/* us, summed over packets delivered */
};

struct sim_train {
	double sent;
	double ack;		/* SIM_NEVER: nothing of it passed */
	double queueing;	/* us */
	u64 number;		/* packets sent before it */
	u32 passed;
	u32 missing;
};

#define SIM_TRAINS	4096

/* A congestion window under CUBIC. */
struct sim_window {
	struct lf_cubic cubic;
	u32 cwnd, ssthresh;
	u64 recover;		/* a reduction counts for what was sent before this */
	u64 round;		/* likewise a round trip */
};

struct sim_flow {
	/* What it is. */
	enum sim_kind kind;
	struct sim_policy policy;
	struct lf_rate_config config;
	float preference[3];
	double start, stop;
	struct sim_path path;
	double fixed;		/* rate of SIM_FIXED */

	/* What it does. */
	struct lf_totals totals;
	struct lf_interval interval;
	struct lf_history history;
	struct lf_rate rate;
	struct sim_window window;
	u8 was;			/* state of rate before the last interval */
	double srtt;
	double pace;		/* earliest time for the next train */
	double next;		/* event */
	double heard;		/* last ACK, or the start */
	double backoff;		/* of the timeout */
	u64 number;
	u32 inflight;
	u32 ready;		/* packets that may be sent, since the last event */
	u32 cwnd;		/* under a policy */
	u32 again;		/* lost, not yet sent again */
	/* missing of the last train acknowledged: known to be lost by the next */
	u32 doubtful;
	u32 pending;		/* trains with an ACK on its way */
	u32 head, tail;		/* of trains */
	bool begun;
	u32 timeouts, intervals;
	u32 state_intervals[LF_RATE_STATES];
	struct sim_train trains[SIM_TRAINS];

	/* What came of it. */
	struct sim_chunk chunks[SIM_CHUNKS];
	/* packets by queueing delay in 1 / SIM_BUCKETS of delay_max; the last: all greater */
	u32 delays[SIM_BUCKETS];
};

struct sim_scene {
	struct sim_link link;
	struct sim_rng rng;
	double end;
	double delay_max;
	int n_flows;
	struct sim_flow flows[SIM_FLOWS];
	/*
	 * Of every interval in which the policy is asked, for training by imitation, rows of
	 * calibration, traces.
	 */
	void (*watch)(void *ctx, const struct sim_flow *f, double now, const struct lf_report *r,
		      s32 action);
	void *watch_ctx;
};

/* Runs a scene whose link and flows are described; all else is made here. */
void sim_run(struct sim_scene *s);

void sim_flow_begin(struct sim_scene *s, struct sim_flow *f);
void sim_flow_event(struct sim_scene *s, struct sim_flow *f, double now);

/* --- scenes --- */

/* What a scene is like. */
struct sim_shape {
	double mbit;
	double rtt_ms;
	double queue_bdp;
	double loss;
	double noise_ms;	/* of the path back, path.h */
	double step_ms;
	double every_s;		/* from step to step */
	double outage_s;	/* each fifth of the time nothing is served for so long */
	/* a policer of the rate of `mbit` before a line of ten times that; 0: none */
	double bucket_ms;
	double asymmetry;	/* bandwidth over that of the way back; 0: ACKs never wait */
	enum sim_noise noise;
	bool once;		/* one step, for ever */
	bool first_only;	/* noise for the first flow alone */
	double seconds;
	int flows;		/* under a policy */
	int cubics;		/* beside them */
	double late;		/* seconds after which flows under a policy begin */
	bool changes;		/* of the bandwidth */
	bool staggered;		/* flows come and go */
};

/* One of the ranges that training is about. */
struct sim_shape sim_shape_random(struct sim_rng *r);

/* A length that training takes: some hundred round trips. */
double sim_shape_seconds(const struct sim_shape *sh, struct sim_rng *r);

/* Noise of one kind or another on its path back. */
void sim_noise_random(struct sim_shape *sh, struct sim_rng *r);

/* The scene of a shape: every flow of the policy, preference {1/3, 1/3, 1/3}. */
void sim_scene_make(struct sim_scene *s, const struct sim_shape *sh, const struct sim_policy *p,
		    u64 seed);

/* --- scores --- */

struct sim_score {
	double reward;		/* see score.c */
	double goodput;		/* share of the capacity, all flows */
	double policy;		/* of one policy flow, over the fair share */
	double queue_mean;	/* us */
	double queue_p95;
	double dropped;		/* share of packets sent that found no room */
	double lost;		/* all that were lost */
	/* of the flows under a policy, over the time in which all are there; 1 for one */
	double jain;
};

void sim_score(const struct sim_scene *s, struct sim_score *out);

#endif /* LF_SIM_H */
