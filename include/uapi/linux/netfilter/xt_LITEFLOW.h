/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The LITEFLOW target and the liteflow match: what iptables and the kernel hand each other.
 *
 *	-j LITEFLOW --slot S [--set-mark] [--set-priority] [--save-ct] [--set-label] [--mask M]
 *		    [--shift N] [--map C:V ...] [--drop-class C[,C...]] [--log] [--strict]
 *							struct xt_liteflow_tginfo, revision 0
 *	-m liteflow --slot S { [!] --class C[,C...] | [!] --score-min N |
 *		    [!] --confidence-min P } ... [--strict]
 *							struct xt_liteflow_mtinfo, revision 0
 *
 * Both are the same in 32-bit and 64-bit programs. All that a rule does not use is zero; the kernel
 * refuses it else, so that a later version may give it a meaning. A layout never changes: what
 * needs another one is another revision.
 */
#ifndef _UAPI_XT_LITEFLOW_H
#define _UAPI_XT_LITEFLOW_H

#include <linux/types.h>

/* of slots and classes: [A-Za-z0-9._-], at least one, and a NUL */
#define XT_LITEFLOW_NAME_LEN		32
/* --map and --drop-class together: as many as a model has classes */
#define XT_LITEFLOW_ENTRIES_MAX		32
#define XT_LITEFLOW_CLASSES_MAX		32	/* --class */
#define XT_LITEFLOW_LABEL_MAX		127
#define XT_LITEFLOW_CONFIDENCE_MAX	99	/* per cent */
/* of one unit of the model's output: scores have six decimals */
#define XT_LITEFLOW_SCORE_UNIT		1000000

enum xt_liteflow_do {
	/* of the packet: mark = mark & ~mask | value << shift & mask */
	XT_LITEFLOW_SET_MARK		= 1 << 0,
	/* of the packet: priority = value, as CLASSIFY does */
	XT_LITEFLOW_SET_PRIORITY	= 1 << 1,
	XT_LITEFLOW_SAVE_CT		= 1 << 2,	/* the connection's mark, as the packet's */
	/* the connection's label number value, of all those of the map */
	XT_LITEFLOW_SET_LABEL		= 1 << 3,
	/* packets of the classes that are listed, as LOG does */
	XT_LITEFLOW_LOG			= 1 << 4,
	/* refuse classes that the slot's active snapshot does not have */
	XT_LITEFLOW_STRICT		= 1 << 5,
	XT_LITEFLOW_DO_ALL		= (1 << 6) - 1
};

struct xt_liteflow_entry {
	/* or its index, or for models of values an upper bound, in digits */
	char class_name[XT_LITEFLOW_NAME_LEN];
	__u32 value;				/* 0 for classes to drop */
};

struct xt_liteflow_tginfo {
	char slot[XT_LITEFLOW_NAME_LEN];
	/* of mark and connection mark; all ones where neither is set */
	__u32 mask;
	__u8 shift;			/* 0 .. 31 */
	__u8 what;			/* enum xt_liteflow_do */
	__u8 n_map;			/* entry[0 .. n_map - 1]: --map */
	__u8 n_drop;			/* entry[n_map .. n_map + n_drop - 1]: --drop-class */
	struct xt_liteflow_entry entry[XT_LITEFLOW_ENTRIES_MAX];

	/* Used internally by the kernel */
	struct lfx_target *kernel __attribute__((aligned(8)));
};

enum xt_liteflow_if {
	XT_LITEFLOW_CLASS		= 1 << 0,	/* one of the classes listed */
	XT_LITEFLOW_SCORE		= 1 << 1,	/* at least score_min */
	XT_LITEFLOW_CONFIDENCE		= 1 << 2,	/* at least confidence_min */
	XT_LITEFLOW_IF_ALL		= (1 << 3) - 1
};

#define XT_LITEFLOW_MATCH_STRICT	(1 << 0)	/* as XT_LITEFLOW_STRICT */

struct xt_liteflow_mtinfo {
	char slot[XT_LITEFLOW_NAME_LEN];
	__s64 score_min __attribute__((aligned(8)));	/* in units / XT_LITEFLOW_SCORE_UNIT */
	__u8 what;			/* enum xt_liteflow_if: all of them must hold */
	__u8 invert;			/* those of them that must not hold */
	__u8 n_classes;
	__u8 confidence_min;		/* per cent, 1 .. XT_LITEFLOW_CONFIDENCE_MAX */
	__u32 flags;			/* XT_LITEFLOW_MATCH_STRICT */
	char class_name[XT_LITEFLOW_CLASSES_MAX][XT_LITEFLOW_NAME_LEN];

	/* Used internally by the kernel */
	struct lfx_rule *rule __attribute__((aligned(8)));
};

#endif /* _UAPI_XT_LITEFLOW_H */
