/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a plugin of iproute2's tc must know about tc. No package ships tc's own headers, so the few
 * things used are declared here; they have not changed from iproute2 5.10 to 7.3.
 *
 * tc says nothing if it cannot load a plugin. Two rules avoid that: no data of tc is referenced,
 * and every function is a weak reference, so that a function that a tc lacks is NULL when the
 * plugin is loaded and can be named in an error message (tc_abi_missing()).
 */
#ifndef TC_ABI_H
#define TC_ABI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/types.h>

/* tc finds it as symbol NAME_qdisc_util in q_NAME.so, and writes to next. */
struct qdisc_util {
	struct qdisc_util *next;
	const char *id;
	int (*parse_qopt)(const struct qdisc_util *qu, int argc, char **argv, struct nlmsghdr *n,
			  const char *dev);
	int (*print_qopt)(const struct qdisc_util *qu, FILE *f, struct rtattr *opt);
	int (*print_xstats)(const struct qdisc_util *qu, FILE *f, struct rtattr *xstats);
	int (*parse_copt)(const struct qdisc_util *qu, int argc, char **argv, struct nlmsghdr *n,
			  const char *dev);
	int (*print_copt)(const struct qdisc_util *qu, FILE *f, struct rtattr *opt);
	int (*has_block)(const struct qdisc_util *qu, struct rtattr *opt, __u32 block_idx,
			 bool *p_has);
	void *reserved[4];		/* a later tc may read further members: NULL */
};

enum output_type {
	PRINT_FP = 1,
	PRINT_JSON = 2,
	PRINT_ANY = 4,
};

#define TC_COLOR_NONE	6		/* enum color_attr */

#define TC_WEAK		__attribute__((__weak__))

TC_WEAK int addattr_l(struct nlmsghdr *n, int maxlen, int type, const void *data, int alen);
TC_WEAK struct rtattr *addattr_nest(struct nlmsghdr *n, int maxlen, int type);
TC_WEAK int addattr_nest_end(struct nlmsghdr *n, struct rtattr *nest);
TC_WEAK int print_color_uint(enum output_type t, int color, const char *key, const char *fmt,
			     unsigned int value);
TC_WEAK int print_color_u64(enum output_type t, int color, const char *key, const char *fmt,
			    uint64_t value);
TC_WEAK int print_color_s64(enum output_type t, int color, const char *key, const char *fmt,
			    int64_t value);
TC_WEAK int print_color_bool(enum output_type t, int color, const char *key, const char *fmt,
			     bool value);
TC_WEAK int print_color_string(enum output_type t, int color, const char *key, const char *fmt,
			       const char *value);
TC_WEAK void open_json_object(const char *key);
TC_WEAK void close_json_object(void);
TC_WEAK void open_json_array(enum output_type t, const char *key);
TC_WEAK void close_json_array(enum output_type t, const char *key);
TC_WEAK bool is_json_context(void);

/* The first function that this tc lacks, or NULL. */
static inline const char *tc_abi_missing(void)
{
#define TC_NEED(f) do { if (!(f)) return #f; } while (0)
	TC_NEED(addattr_l);
	TC_NEED(addattr_nest);
	TC_NEED(addattr_nest_end);
	TC_NEED(print_color_uint);
	TC_NEED(print_color_u64);
	TC_NEED(print_color_s64);
	TC_NEED(print_color_bool);
	TC_NEED(print_color_string);
	TC_NEED(open_json_object);
	TC_NEED(close_json_object);
	TC_NEED(open_json_array);
	TC_NEED(close_json_array);
	TC_NEED(is_json_context);
#undef TC_NEED
	return NULL;
}

#endif /* TC_ABI_H */
