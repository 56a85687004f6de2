/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All counters of the namespace at one moment: { time, slots: [as slot.h], attachments: [as
 * attach.h] }. After reading_rates() each object with counters has a member per_second: { COUNTER:
 * rate, ... } (a class: its rate).
 */
#ifndef READING_H
#define READING_H

struct json_object;
struct nl;

#define READING_MAPS	1u	/* attachments have map: packets and bytes by class, as attach.h */
#define READING_BANDS	2u	/* qdiscs have bands: as band.h */

/* For all slots or one. Returns 0, or an exit status after printing the error. */
int reading_take(struct nl *nl, const char *slot, unsigned int more,
		 struct json_object **reading);

/* The rates of `now` since `before`; what did not exist then began at 0. */
void reading_rates(struct json_object *now, struct json_object *before);

/* A counter's rate, 0 if there is none. */
double reading_rate(struct json_object *o, const char *key);

#endif /* READING_H */
