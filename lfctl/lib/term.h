/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The outcomes counted for the flows of a generation. As JSON, by the term's name:
 *
 *	terms	{ bytes: { count, sum, mean, variance, histogram: [...] }, packets: ... }
 *
 * in the steps of the netlink attribute; a histogram only if a single slot was asked for.
 */
#ifndef TERM_H
#define TERM_H

#include "field.h"

#define TERMS	8

struct term {
	const char *name;
	double steps;		/* per unit */
	const char *unit;
};

extern const struct term terms[TERMS];	/* by enum liteflow_term */
extern const struct field term_fields[];

/* Index by name, or -1. */
int term_by_name(const char *name);

/* For a generation as read; NULL is not an error. */
void term_settle(struct json_object *generation);

/* A line for each. */
void term_print(struct json_object *generation);

#endif /* TERM_H */
