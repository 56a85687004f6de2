/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Netlink attributes and statistics of the liteflow qdisc, shared by sch_liteflow.ko and tc's
 * plugin q_liteflow.so.
 *
 *	[TCA_OPTIONS] (nested, NLA_F_NESTED)
 *	    [TCA_LITEFLOW_PROTOCOL]	u32, LITEFLOW_QDISC_PROTOCOL of the tool; the kernel refuses
 *					a newer one
 *	    [TCA_LITEFLOW_SLOT]		string, at most 31 characters [A-Za-z0-9._-]; default
 *					"default"
 *	    [TCA_LITEFLOW_BANDS]	u8, 1 .. LITEFLOW_QDISC_BANDS_MAX, default 3; 1 in order
 *					exact; of a new qdisc in mode srpt with order bands one
 *					more than thresholds, or 8
 *	    [TCA_LITEFLOW_MAP]		nested, replaces the whole map; empty: back to no map
 *	        [TCA_LITEFLOW_MAP_ENTRY] ... nested, at most LITEFLOW_QDISC_MAP_MAX
 *	            [TCA_LITEFLOW_MAP_CLASS]	string: name or index of a class; for values an
 *						upper bound
 *	            [TCA_LITEFLOW_MAP_BAND]	u8, < bands
 *	        [TCA_LITEFLOW_MAP_PAIR] ... the same in less room: a byte for the band, the class
 *						without a NUL
 *	        [TCA_LITEFLOW_MAP_STRICT]	flag: refuse classes that the slot's active snapshot
 *						does not have; without it, they are accepted with a
 *						warning
 *	    [TCA_LITEFLOW_MODE]		u8, enum, default drr
 *	    [TCA_LITEFLOW_QUANTA]	nested, one [TCA_LITEFLOW_QUANTUM] u32 bytes a band, in
 *					order; the bands not listed get the default: four full
 *					frames of the device, the last band one
 *	    [TCA_LITEFLOW_DEFAULT]	u8, band of verdict none and of classes without an entry, <
 *					bands; default the middle one, (bands - 1) / 2
 *	    [TCA_LITEFLOW_LIMIT]	u32, packets in all bands together, default 10240
 *	    [TCA_LITEFLOW_FLOWS]	u32, room in the flow table; only when the qdisc is made
 *	    [TCA_LITEFLOW_EVERY]	u32, run the model at every n-th packet of a flow; 0: at
 *					packets 1, 2, 4, 8, ...
 *	    [TCA_LITEFLOW_PHASES]	nested, [TCA_LITEFLOW_PHASE] u32 packet numbers, ascending;
 *					excludes EVERY
 *	    [TCA_LITEFLOW_ECN]		u8, 0 or 1 (default): mark instead of drop where a band's
 *					own fq_codel can
 *	    [TCA_LITEFLOW_STARVE]	u32, strict and srpt mode: microseconds after which a
 *					waiting lower band is served once, 0 never; default 100000
 *	    [TCA_LITEFLOW_IDLE]		u32, milliseconds without a packet after which any flow
 *					ends; 0 (default): by protocol and state, see
 *					tc-liteflow(8)
 *	    [TCA_LITEFLOW_THRESHOLDS]	nested, srpt mode: [TCA_LITEFLOW_THRESHOLD] u32 bytes,
 *					ascending from 1, fewer than bands: the greatest rank of a
 *					flow in band 0, 1, ...; empty: the default, 20000 for band
 *					0 and four times more for each band behind it
 *	    [TCA_LITEFLOW_INNER]	u8, 0 or 1 (default): the flow of a tunnel's packet is
 *					that of the packet in it; a dump has it if it is 0
 *	    [TCA_LITEFLOW_SPLIT_GSO]	u8, 0 (default) or 1: queue the packets that a GSO packet
 *					stands for; a dump has it if it is 1
 *
 *	    [TCA_LITEFLOW_ORDER]	u8, enum, srpt mode: serve flows by bands of ranks, or by
 *					rank. A new qdisc in mode srpt has the exact order unless
 *					BANDS or THRESHOLDS are given; a dump in mode srpt has it
 *
 * A dump gives back all that is set, the map in pairs: events and answers have to fit into one
 * page, with 64 classes of 31 characters too. The classes of the qdisc are its bands, 1:1 being
 * band 0:
 *
 *	[TCA_OPTIONS] of a class
 *	    [TCA_LITEFLOW_BAND_NUMBER]	u8
 *	    [TCA_LITEFLOW_BAND_QUANTUM]	u32
 *
 * Mode srpt ranks flows by what they have left to send, or have sent, and asks the map only for
 * packets without a flow. In order exact these have the rank of a flow of 1,280,000 bytes, as have
 * packets that a filter or a priority sends to the band.
 *
 * Without a map, class i goes to band i where there is such a band, else to the default band.
 * Models of values: the numbers in the map are upper bounds, the least that is not below the value
 * has the band, and above all of them is the default band. Of a value in bytes, which is taken for
 * the predicted size of the flow, what remains counts; of a flow past its prediction, by how much
 * it is. Without a map the bounds are 100000, 1000000, ... for bands 0, 1, ..., and the last band
 * takes the rest.
 */
#ifndef _UAPI_LINUX_PKT_SCHED_LITEFLOW_H
#define _UAPI_LINUX_PKT_SCHED_LITEFLOW_H

#include <linux/types.h>

#define LITEFLOW_QDISC_PROTOCOL		1
#define LITEFLOW_QDISC_BANDS_MAX	16
#define LITEFLOW_QDISC_MAP_MAX		64
#define LITEFLOW_QDISC_PHASES_MAX	16
#define LITEFLOW_QDISC_NAME_LEN		32	/* of slots and classes, with the NUL */
#define LITEFLOW_QDISC_DELAYS		64	/* buckets */
#define LITEFLOW_QDISC_REASONS		16
#define LITEFLOW_QDISC_RATIOS		17

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
	TCA_LITEFLOW_THRESHOLDS,
	TCA_LITEFLOW_INNER,
	TCA_LITEFLOW_SPLIT_GSO,
	TCA_LITEFLOW_ORDER,
	__TCA_LITEFLOW_MAX
};

#define TCA_LITEFLOW_MAX (__TCA_LITEFLOW_MAX - 1)

enum {
	TCA_LITEFLOW_MAP_UNSPEC,
	TCA_LITEFLOW_MAP_ENTRY,
	TCA_LITEFLOW_MAP_CLASS,
	TCA_LITEFLOW_MAP_BAND,
	TCA_LITEFLOW_MAP_PAIR,
	TCA_LITEFLOW_MAP_STRICT,
	__TCA_LITEFLOW_MAP_MAX
};

#define TCA_LITEFLOW_MAP_MAX (__TCA_LITEFLOW_MAP_MAX - 1)

enum {
	TCA_LITEFLOW_LIST_UNSPEC,
	TCA_LITEFLOW_QUANTUM,
	TCA_LITEFLOW_PHASE,
	TCA_LITEFLOW_THRESHOLD,
	__TCA_LITEFLOW_LIST_MAX
};

#define TCA_LITEFLOW_LIST_MAX (__TCA_LITEFLOW_LIST_MAX - 1)

enum {
	LITEFLOW_QDISC_STRICT,
	LITEFLOW_QDISC_DRR,
	LITEFLOW_QDISC_SRPT,
	__LITEFLOW_QDISC_MODES
};

enum {
	LITEFLOW_QDISC_BY_BANDS,
	LITEFLOW_QDISC_EXACT,
	__LITEFLOW_QDISC_ORDERS
};

enum {
	TCA_LITEFLOW_BAND_UNSPEC,
	TCA_LITEFLOW_BAND_NUMBER,
	TCA_LITEFLOW_BAND_QUANTUM,
	__TCA_LITEFLOW_BAND_MAX
};

#define TCA_LITEFLOW_BAND_MAX (__TCA_LITEFLOW_BAND_MAX - 1)

/*
 * TCA_STATS_APP, of the qdisc or of a class: `of` says which of the two structs it is. They grow at
 * their ends only; a reader takes what it knows.
 */
enum {
	LITEFLOW_XSTATS_QDISC,
	LITEFLOW_XSTATS_BAND,
};

#define LITEFLOW_XSTATS_VERSION	1

/* `tc -s qdisc show`. reasons[], filtered and prioritized together count every packet that came. */
struct tc_liteflow_xstats {
	__u16 version;				/* LITEFLOW_XSTATS_VERSION */
	__u16 of;				/* LITEFLOW_XSTATS_QDISC */
	__u32 bands;
	__u32 flows;				/* in the table now */
	__u32 flows_max;
	__u64 flow_bytes;			/* memory of the table */
	__u64 flows_born;
	__u64 flows_ended;
	__u64 flows_aged;
	__u64 flows_evicted;
	__u64 reasons[LITEFLOW_QDISC_REASONS];	/* packets by enum liteflow_reason */
	/* packets whose band a tc filter chose, or that it took away */
	__u64 filtered;
	__u64 prioritized;			/* packets whose band skb->priority chose */
	__u64 overlimit;			/* dropped to keep the limit */
	/* turns given to a band that strict order had kept waiting */
	__u64 starved;
	__u32 generation;			/* of the slot's active snapshot, 0 for none */
	char snapshot[LITEFLOW_QDISC_NAME_LEN];	/* its name */
	/* places of the table at its present size; 0: the module does not say */
	__u32 flows_room;
	/* bit i: the active snapshot has what entry i of the map names */
	__u64 map_known;
	__u32 map_entries;			/* 0 where no map was given */
	__u32 reserved;				/* 0 */
	/* times that the table was to grow, and there was no memory */
	__u64 flows_refused;
	__u64 predicted;			/* srpt: packets whose flow's size was predicted */
	__u64 overrun;				/* flows that sent more than was predicted */
	/* times that a flow went to a later band by what it sent */
	__u64 demoted;
	__u64 promoted;				/* and to an earlier one */
	/*
	 * Flows that have ended, by their size over the size that their model predicted first, as
	 * the nearest power of two: [0] 2^-8 and less, [8] about as predicted, [16] 2^8 and more.
	 * Of two bounds the nearer one counts, and in between they are [8]. Only flows whose
	 * beginning and end were seen. Left out of a message if all are 0 or there is no room.
	 */
	__u64 size_ratios[LITEFLOW_QDISC_RATIOS];
};

/* `tc -s class show`. */
struct tc_liteflow_band_xstats {
	__u16 version;				/* LITEFLOW_XSTATS_VERSION */
	__u16 of;				/* LITEFLOW_XSTATS_BAND */
	__u32 band;
	__s64 deficit;				/* DRR: bytes left in this round, or owed */
	__u64 classified;			/* packets that a verdict put here */
	/* packets that came here for want of a verdict, or of an entry for it */
	__u64 defaulted;
	__u64 shed;				/* packets taken out again to keep the limit */
	/* running mean of the time from enqueue to dequeue, weight 1/256 */
	__u64 delay_avg_ns;
	/* greatest since the last reset of the qdisc; both 0 without (fq_)codel */
	__u64 delay_max_ns;
	__u64 starved;				/* its part of the qdisc's count */
	/*
	 * Packets by that time, in units of 1024 ns, two buckets for each power of two: bucket 0
	 * is from 0 on, 1 from 1, 2 from 2, 3 from 3, 4 from 4, 5 from 6, 6 from 8, 7 from 12, ...
	 * Counted as delay_avg_ns is; wraps around.
	 */
	__u32 delays[LITEFLOW_QDISC_DELAYS];
};

#endif /* _UAPI_LINUX_PKT_SCHED_LITEFLOW_H */
