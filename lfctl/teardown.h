/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `lfctl teardown` takes away, step by step: each step finds, says and (unless only asked)
 * removes its kind.
 */
#ifndef TEARDOWN_H
#define TEARDOWN_H

#include <stdbool.h>

#include "lfctl.h"

struct json_object;

struct teardown {
	const struct lfctl *ctl;
	bool dry;		/* say it, do not do it */
	const char *where;	/* network namespace, "" for this process's: for what is printed */
	struct json_object *said;	/* with -j: [{ netns, what, removed }] */
	unsigned int removed;
	int status;		/* of the worst step */
};

/* "removed ..." or "would remove ...", and counts it. */
void teardown_say(struct teardown *t, const char *fmt, ...)
	__attribute__((__format__(printf, 2, 3)));

/* In the current network namespace. */
/* teardown_rules.c: of iptables and ip6tables, legacy and nft */
void teardown_rules(struct teardown *t);
void teardown_hooks(struct teardown *t);		/* teardown_hooks.c */
void teardown_qdiscs(struct teardown *t);	/* teardown_qdiscs.c */

#endif /* TEARDOWN_H */
