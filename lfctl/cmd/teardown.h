/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The steps of `lfctl teardown`: each finds, reports and (except in a dry run) removes its kind.
 */
#ifndef TEARDOWN_H
#define TEARDOWN_H

#include <stdbool.h>

#include "lfctl.h"

struct json_object;

struct teardown {
	const struct lfctl *ctl;
	bool dry;		/* only report */
	const char *where;	/* network namespace to print, "" for this process's */
	struct json_object *said;	/* with -j: [{ netns, what, removed }] */
	unsigned int removed;
	int status;		/* of the worst step */
};

/* Prints "removed ..." or "would remove ...", and counts it. */
void teardown_say(struct teardown *t, const char *fmt, ...)
	__attribute__((__format__(printf, 2, 3)));

/* In the current network namespace. */
/* teardown_rules.c: of iptables and ip6tables, legacy and nft */
void teardown_rules(struct teardown *t);
void teardown_hooks(struct teardown *t);		/* teardown_hooks.c */
void teardown_qdiscs(struct teardown *t);	/* teardown_qdiscs.c */

#endif /* TEARDOWN_H */
