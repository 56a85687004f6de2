/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guards as JSON:
 *
 *	guard	{ window_ms, least, drift, saturated, class, to } with shares in millionths, 0 for
 *		none, and { term, bound } in the steps of the term; of a slot, and of a
 *		generation that has limits of its own
 *	trip	{ limit, own, generation, measured, bound, count, class, time }
 */
#ifndef GUARD_H
#define GUARD_H

#include <stddef.h>
#include <stdint.h>

#include "field.h"

struct guard_args {
	uint32_t share[3];	/* millionths, 0: none; by enum liteflow_limit */
	int term;		/* -1: none */
	uint64_t bound, window_ns;
	uint32_t least;
	int to;			/* -1: not given */
	uint32_t generation;	/* whose limits they are; 0: the slot's */
};

extern const struct field guard_fields[], trip_fields[];

/* Parses the arguments of lfctl slot guard. 0, or an exit status with the message in why. */
int guard_parse(struct guard_args *a, int argc, char **argv, char *why, size_t size);

/*
 * The reverse, without the generation: what was not given as the kernel's default; "off" without
 * any limit.
 */
void guard_words(const struct guard_args *a, char *text, size_t n);
void guard_words_of(struct json_object *guard, char *text, size_t n);

/* The limits of a slot, and what was stopped. */
void guard_print(struct json_object *slot);

/* Limits as one line that begins with what. */
void guard_print_limits(const char *what, struct json_object *guard);

/* "drift 31% of 512 inferences, allowed 20%", without a newline. */
void guard_print_trip(struct json_object *trip);

#endif /* GUARD_H */
