/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Netlink attributes and statistics of the liteflow qdisc, shared by sch_liteflow.ko and tc's plugin q_liteflow.so.
 *
 *	[TCA_OPTIONS] (nested, NLA_F_NESTED)
 *	    [TCA_LITEFLOW_PROTOCOL]	u32, LITEFLOW_QDISC_PROTOCOL of the tool; the kernel refuses a newer one
 *	    [TCA_LITEFLOW_SLOT]		string, at most 31 characters [A-Za-z0-9._-]; default "default"
 *	    [TCA_LITEFLOW_BANDS]	u8, 1 .. LITEFLOW_QDISC_BANDS_MAX, default 3
 *	    [TCA_LITEFLOW_MAP]		nested, replaces the whole map
 *	        [TCA_LITEFLOW_MAP_ENTRY] ... nested
 *	            [TCA_LITEFLOW_MAP_CLASS]	string: name or index of a class; for values an upper bound in units
 *	            [TCA_LITEFLOW_MAP_BAND]	u8, < bands
 *	    [TCA_LITEFLOW_MODE]		u8, enum
 *	    [TCA_LITEFLOW_QUANTA]	nested, one [TCA_LITEFLOW_QUANTUM] u32 bytes a band, in order, missing ones keep the default
 *	    [TCA_LITEFLOW_DEFAULT]	u8, band of verdict none and of classes without an entry, < bands
 *	    [TCA_LITEFLOW_LIMIT]	u32, packets in all bands together
 *	    [TCA_LITEFLOW_FLOWS]	u32, room in the flow table; only when the qdisc is made
 *	    [TCA_LITEFLOW_EVERY]	u32, run the model at every n-th packet of a flow
 *	    [TCA_LITEFLOW_PHASES]	nested, [TCA_LITEFLOW_PHASE] u32 packet numbers, ascending; excludes EVERY
 *	    [TCA_LITEFLOW_ECN]		u8, 0 or 1: mark instead of drop where a child fq_codel can
 *	    [TCA_LITEFLOW_STARVE]	u32, strict mode: microseconds after which a waiting lower band is served once, 0 never
 *	    [TCA_LITEFLOW_IDLE]		u32, milliseconds after which an idle flow ends
 *
 * A dump gives all of them back, and per band the class statistics of `tc -s class show`.
 */
#ifndef _UAPI_LINUX_PKT_SCHED_LITEFLOW_H
#define _UAPI_LINUX_PKT_SCHED_LITEFLOW_H

#include <linux/types.h>

#define LITEFLOW_QDISC_PROTOCOL		1
#define LITEFLOW_QDISC_BANDS_MAX	16
#define LITEFLOW_QDISC_REASONS		16

enum {
	TCA_LITEFLOW_UNSPEC,
	TCA_LITEFLOW_PROTOCOL,
	TCA_LITEFLOW_SLOT,
	TCA_LITEFLOW_BANDS,
	TCA_LITEFLOW_MAP,
	TCA_LITEFLOW_MODE,
	TCA_LITEFLOW_QUANTA,
	TCA_LITEFLOW_DEFAULT,
	TCA_LITEFLOW_LIMIT,
	TCA_LITEFLOW_FLOWS,
	TCA_LITEFLOW_EVERY,
	TCA_LITEFLOW_PHASES,
	TCA_LITEFLOW_ECN,
	TCA_LITEFLOW_STARVE,
	TCA_LITEFLOW_IDLE,
	TCA_LITEFLOW_PAD,
	__TCA_LITEFLOW_MAX
};

#define TCA_LITEFLOW_MAX (__TCA_LITEFLOW_MAX - 1)

enum {
	TCA_LITEFLOW_MAP_UNSPEC,
	TCA_LITEFLOW_MAP_ENTRY,
	TCA_LITEFLOW_MAP_CLASS,
	TCA_LITEFLOW_MAP_BAND,
	__TCA_LITEFLOW_MAP_MAX
};

#define TCA_LITEFLOW_MAP_MAX (__TCA_LITEFLOW_MAP_MAX - 1)

enum {
	TCA_LITEFLOW_LIST_UNSPEC,
	TCA_LITEFLOW_QUANTUM,
	TCA_LITEFLOW_PHASE,
	__TCA_LITEFLOW_LIST_MAX
};

#define TCA_LITEFLOW_LIST_MAX (__TCA_LITEFLOW_LIST_MAX - 1)

enum {
	LITEFLOW_QDISC_STRICT,
	LITEFLOW_QDISC_DRR,
	__LITEFLOW_QDISC_MODES
};

/* `tc -s qdisc show`: TCA_STATS_APP of the qdisc. Grows at its end only; a reader takes what it knows. */
struct tc_liteflow_xstats {
	__u32 version;				/* 1 */
	__u32 bands;
	__u32 flows;				/* in the table now */
	__u32 flows_max;
	__u64 flow_bytes;			/* memory of the table */
	__u64 flows_born;
	__u64 flows_ended;
	__u64 flows_aged;
	__u64 flows_evicted;
	__u64 reasons[LITEFLOW_QDISC_REASONS];	/* packets by enum liteflow_reason */
	__u64 filtered;				/* packets whose band a tc filter chose */
	__u64 overlimit;			/* dropped at the limit */
	__u64 starved;				/* turns given to a band that strict order had kept waiting */
	__u32 generation;			/* of the slot's active snapshot, 0 for none */
	char snapshot[32];			/* its name */
	__u32 pad;
};

/* `tc -s class show`: TCA_STATS_APP of a band. */
struct tc_liteflow_band_xstats {
	__u32 version;				/* 1 */
	__u32 deficit;				/* DRR: bytes left in this turn */
	__u64 classified;			/* packets that a verdict put here */
	__u64 defaulted;			/* packets that came here for want of a verdict */
	__u64 delay_avg_ns;			/* running mean of the time from enqueue to dequeue, weight 1/256 */
	__u64 delay_max_ns;			/* greatest since the last reset of the qdisc */
};

#endif /* _UAPI_LINUX_PKT_SCHED_LITEFLOW_H */
