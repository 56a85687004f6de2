/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internals of q_liteflow.so:
 *
 *	q_liteflow.c	functions that tc calls; maps words to options
 *	words.c		converts the words of each option to attributes
 *	show.c		attributes to text and JSON
 *	xstats.c	statistics to text and JSON
 */
#ifndef TC_PLUGIN_H
#define TC_PLUGIN_H

#include <linux/pkt_sched_liteflow.h>
#include "tc_abi.h"

/* out of tc's 64 KiB: 64 entries of a map take less than 4 KiB */
#define MSG_MAX		8192

#define US_PER_MS	1000ULL
#define US_PER_S	1000000ULL
#define NS_PER_US	1000ULL

/* --- words.c --- */

/* What tc calls the modes and orders. */
extern const char *const modes[__LITEFLOW_QDISC_MODES];
extern const char *const orders[__LITEFLOW_QDISC_ORDERS];

/* Reports an error in one sentence. Always returns -1. */
int bad(const char *fmt, ...) __attribute__((__format__(__printf__, 1, 2)));

void put_u8(struct nlmsghdr *n, int type, unsigned long long v);
void put_u32(struct nlmsghdr *n, int type, unsigned long long v);

/*
 * One function per option. argv[0] is its first value, argc the number of words; returns how many
 * it consumed, or -1 after reporting an error.
 */
int parse_slot(struct nlmsghdr *n, int argc, char **argv);
int parse_bands(struct nlmsghdr *n, int argc, char **argv);
int parse_map(struct nlmsghdr *n, int argc, char **argv);
int parse_mode(struct nlmsghdr *n, int argc, char **argv);
int parse_quantum(struct nlmsghdr *n, int argc, char **argv);
int parse_thresholds(struct nlmsghdr *n, int argc, char **argv);
int parse_order(struct nlmsghdr *n, int argc, char **argv);
int parse_default(struct nlmsghdr *n, int argc, char **argv);
int parse_limit(struct nlmsghdr *n, int argc, char **argv);
int parse_flows(struct nlmsghdr *n, int argc, char **argv);
int parse_every(struct nlmsghdr *n, int argc, char **argv);
int parse_phases(struct nlmsghdr *n, int argc, char **argv);
int parse_starve(struct nlmsghdr *n, int argc, char **argv);
int parse_idle(struct nlmsghdr *n, int argc, char **argv);

/* --- show.c --- */

/* The classes of the map printed last, to name them in the statistics of the same qdisc. */
extern struct mapped {
	char class[LITEFLOW_QDISC_NAME_LEN];
} mapped[LITEFLOW_QDISC_MAP_MAX];
extern unsigned int n_mapped;

/* " key VALUE" or "key": VALUE */
void show_u64(FILE *f, const char *key, unsigned long long v);

int liteflow_print_opt(const struct qdisc_util *qu, FILE *f, struct rtattr *opt);
int liteflow_print_class_opt(const struct qdisc_util *qu, FILE *f, struct rtattr *opt);

/* xstats.c */
int liteflow_print_xstats(const struct qdisc_util *qu, FILE *f, struct rtattr *xstats);

#endif /* TC_PLUGIN_H */
