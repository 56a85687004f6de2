/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Monitor intervals: a connection's packets and acknowledgements over a period, summarised as the
 * features of Aurora (Jay et al., ICML 2019), and the history of these that a policy sees.
 *
 * One source for tcp_liteflow.ko, the link simulator that trains policies, and the unit tests, so
 * policies run on what they were trained on.
 *
 * An interval lasts half the smoothed RTT and at least LF_INTERVAL_PACKETS acknowledged packets.
 * Half an RTT, since the effect of a rate change shows a whole RTT later: two intervals separate
 * before from after. Five packets, since fewer give no useful mean (both as in PCC-Uspace's
 * deep-learning branch).
 *
 *	latency inflation  (mean RTT of the later half of the samples - mean of the earlier) /
 *			   duration; 0 for fewer than two
 *	latency ratio      mean RTT / the least such mean of the connection; 1 where no sample came
 *	send ratio         packets sent / (packets acknowledged - 1), as rates over the same time; 1
 *			   where nothing came
 *
 * On a noisy path, each covers only what the noise does not explain (noise.h): a rise or fall of
 * the means within the interval's swing counts as none, the ratio is that of base and queue, and
 * acknowledgements that may just be late do not count as missing.
 *
 * The minus one is Aurora's: the first acknowledgement of an interval belongs to the time before
 * it.
 */
#ifndef LF_INTERVAL_H
#define LF_INTERVAL_H

#include "noise.h"

#define LF_INTERVAL_PACKETS	5
#define LF_INTERVAL_HISTORY	10	/* as LQ_CC_HISTORY of <lq/features.h> */
#define LF_INTERVAL_BUCKETS	32	/* even */

/*
 * Counters of the connection since it began. All wrap; only differences over an interval are used.
 */
struct lf_totals {
	u32 sent;		/* packets, retransmissions included */
	u32 delivered;		/* packets that the receiver is known to have */
	u32 lost;		/* packets taken for lost */
	u32 retrans;		/* packets sent again */
	u32 marked;		/* packets that came with CE */
};

/*
 * RTT samples in order, for the means of the two halves: sums over buckets of `width` samples, and
 * when all are full, neighbours are joined and the width doubles. The halves are exact for up to
 * LF_INTERVAL_BUCKETS samples, beyond that the border is off by less than a sixteenth of them.
 */
struct lf_rtts {
	u64 sum[LF_INTERVAL_BUCKETS];
	u32 width;
	u32 n;			/* samples */
};

struct lf_interval {
	u64 start_us;
	u32 length_us;		/* least duration */
	/* limited by the program, not the network, at some time in it */
	bool limited;
	struct lf_totals at_start;
	struct lf_rtts rtts;
	struct lf_swing swing;
	u64 first_us, last_us;	/* when the first and the last RTT sample came */
};

/* One finished interval. Factors in steps of LF_ONE. */
struct lf_features {
	s32 latency_inflation;	/* s/s, in [-1, 10] */
	s32 latency_ratio;	/* in [1, 10000] */
	s32 send_ratio;		/* in [0, 1000] */
};

/* The same interval for rate control and for further features. */
struct lf_report {
	struct lf_features f;
	u64 duration_us;	/* > 0 */
	u32 mean_us;		/* of RTT, 0 where no sample came */
	u32 least_us;		/* base of the RTT, 0 for none yet */
	struct lf_delay delay;	/* by the model of noise.h */
	u32 sent, delivered, lost, retrans, marked;	/* packets in it */
	u32 samples;		/* of RTT */
	/* as latency inflation, over the time from the first sample to the last */
	s32 ack_inflation;
	bool limited;
};

/*
 * Further features of an interval, in the order and the steps of <lq/features.h> from cc.loss_ratio
 * on.
 */
enum lf_further {
	LF_FURTHER_LOSS_RATIO,
	LF_FURTHER_DELIVERED_LOG2,
	LF_FURTHER_ACK_INFLATION,
	LF_FURTHER_CONN_MIN_US,
	LF_FURTHER_INFLIGHT_BDP,
	LF_FURTHER_RETRANS_RATIO,
	LF_FURTHER_CE_RATIO,
	LF_FURTHER_SWING_US,
	LF_N_FURTHER
};

/* Noise and history of a connection. */
struct lf_history {
	struct lf_features past[LF_INTERVAL_HISTORY];	/* [0] the oldest */
	struct lf_noise noise;
};

/* Before the first interval, all of the past is empty intervals: (0, 1, 1). */
void lf_history_init(struct lf_history *h);

/* Forgets the past, but not the least mean: after idleness. */
void lf_history_clear(struct lf_history *h);

/* Adds a finished interval and drops the oldest. */
void lf_history_push(struct lf_history *h, const struct lf_features *f);

/*
 * An interval begins. @srtt_us: smoothed RTT, 0 where unknown (1 ms is taken, as Aurora's UDT
 * does).
 */
void lf_interval_start(struct lf_interval *i, u64 now_us, u32 srtt_us, const struct lf_totals *t);

/* A sample of the RTT; 0 is none. */
void lf_interval_rtt(struct lf_interval *i, u32 rtt_us, u64 now_us);

/* Has it lasted long enough? */
bool lf_interval_over(const struct lf_interval *i, u64 now_us, const struct lf_totals *t);

/*
 * It ends: the report; h's least mean is brought up to date (history is not: see
 * lf_history_push()).
 */
void lf_interval_end(struct lf_interval *i, u64 now_us, const struct lf_totals *t,
		     struct lf_history *h, struct lf_report *r);

/* @inflight: packets of @mss bytes in flight at the interval's end; @out: LF_N_FURTHER. */
void lf_report_further(const struct lf_report *r, u32 inflight, u32 mss, s32 *out);

#endif /* LF_INTERVAL_H */
