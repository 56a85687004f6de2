/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netlink family "liteflow" as the tool sees it. A request is
 *
 *	nlh = nl_request(nl, LITEFLOW_CMD_..., flags);
 *	mnl_attr_put_...(nlh, ...);
 *	err = nl_talk(nl, nlh) or nl_collect(nl, nlh, fields, &array)
 *	if (err)
 *		return nl_fail(nl, "slot add %s", name);
 *
 * Strict header checks, extended acks and capped acks are on. Only one request is in flight at a
 * time.
 */
#ifndef NL_H
#define NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/liteflow.h>

#include "lfctl.h"

struct field;
struct json_object;

struct nl {
	struct mnl_socket *sk;
	uint32_t portid, seq;
	uint16_t family;
	bool other;			/* not the family "liteflow": nl_use() */
	uint32_t samples, events;	/* multicast groups */
	/* why the last request failed: the kernel's message, or strerror() */
	char error[512];
	char note[256];			/* the kernel's message after success, "" for none */
	char *out, *in;			/* one request, one read */
	/* Selects the answers that nl_collect() keeps, NULL: all. */
	bool (*keep)(struct json_object *o, void *data);
	void *keep_data;
};

/*
 * version_check.c: enters ctl->netns, finds the family, compares protocols. Returns 0, or an exit
 * status after printing the error.
 */
int nl_open(struct nl *nl, const struct lfctl *ctl);

/* The same without the comparison: for `lfctl version`. */
int nl_open_any(struct nl *nl, const struct lfctl *ctl);

/*
 * Directs further requests to another family, provided by the named module. Returns 0 or an exit
 * status.
 */
int nl_use(struct nl *nl, const char *name, const char *module);

void nl_close(struct nl *nl);

/*
 * A request in nl->out, which has room for a chunk of LITEFLOW_CHUNK_MAX bytes and the rest. flags:
 * NLM_F_DUMP or 0.
 */
struct nlmsghdr *nl_request(struct nl *nl, uint8_t cmd, uint16_t flags);

/*
 * Sends and waits for the ack. Returns 0 or -errno with nl->error set. A warning from the kernel
 * goes to stderr.
 */
int nl_talk(struct nl *nl, struct nlmsghdr *nlh);

/* The same, for a caller that prints the note itself. */
int nl_ask(struct nl *nl, struct nlmsghdr *nlh);

/*
 * Sends, and decodes the answers into a new JSON array. An interrupted dump is restarted.
 */
int nl_collect(struct nl *nl, struct nlmsghdr *nlh, const struct field *fields,
	       struct json_object **array);

/* The first element of the above, owned by the caller. */
int nl_get(struct nl *nl, struct nlmsghdr *nlh, const struct field *fields,
	   struct json_object **object);

/* "lfctl: CONTEXT: Error: SENTENCE"; returns LFCTL_FAIL. */
int nl_fail(const struct nl *nl, const char *fmt, ...) __attribute__((__format__(printf, 2, 3)));

/*
 * Subscribes to a multicast group. Returns 0, or an exit status after printing the error as from
 * `who`.
 */
int nl_join(struct nl *nl, uint32_t group, const char *who);

/*
 * Restricts the joined groups to messages whose first attribute is this text: the kernel does not
 * queue the others.
 */
int nl_only(struct nl *nl, const char *text, const char *who);

/*
 * Reads one buffer of multicast messages and calls fn for each of this family. Returns the number
 * of messages; -EAGAIN if there was none; -ENOBUFS if the kernel had to drop some; else -errno.
 */
int nl_receive(struct nl *nl, void (*fn)(const struct nlmsghdr *nlh, void *data), void *data);

#endif /* NL_H */
