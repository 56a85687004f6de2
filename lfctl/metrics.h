/* SPDX-License-Identifier: GPL-2.0 */
#ifndef METRICS_H
#define METRICS_H

struct json_object;
struct om;

/*
 * All families of a reading (reading.h, with maps and bands), which has beside its slots and
 * attachments
 *
 *	module		{ version, protocol, snapshots, snapshot_bytes }
 *	connections	{ STATE: number, ... }, absent where no congestion control is there
 *
 * NULL: only that there is no module.
 */
void metrics_write(struct om *om, struct json_object *reading);

#endif /* METRICS_H */
