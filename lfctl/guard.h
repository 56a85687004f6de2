/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guards as JSON:
 *
 *	guard	{ window_ms, least, drift, saturated, class, to } with shares in millionths, 0 for none,
 *		and { term, bound } in the steps of the term
 *	trip	{ limit, generation, measured, bound, count, class, time }
 */
#ifndef GUARD_H
#define GUARD_H

#include "field.h"

extern const struct field guard_fields[], trip_fields[];

/* Of a slot: its limits, and what they have stopped. */
void guard_print(struct json_object *slot);

/* "drift 31% of 512 inferences, allowed 20%", without a line's end. */
void guard_print_trip(struct json_object *trip);

#endif /* GUARD_H */
