/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was counted of the flows of a generation. As JSON, by the term's name:
 *
 *	terms	{ bytes: { count, sum, mean, variance, histogram: [...] }, packets: ... }
 *
 * in the steps of the netlink attribute; a histogram only where one slot was asked for.
 */
#ifndef TERM_H
#define TERM_H

#include "field.h"

#define TERMS	8

struct term {
	const char *name;
	double steps;		/* in its unit */
	const char *unit;
};

extern const struct term terms[TERMS];	/* by enum liteflow_term */
extern const struct field term_fields[];

/* Index by name, or -1. */
int term_by_name(const char *name);

/* Of a generation as it was read; NULL is no error. */
void term_settle(struct json_object *generation);

/* A line for each. */
void term_print(struct json_object *generation);

#endif /* TERM_H */
