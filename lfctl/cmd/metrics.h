/* SPDX-License-Identifier: GPL-2.0 */
#ifndef METRICS_H
#define METRICS_H

struct json_object;
struct om;

/*
 * Writes all families of a reading (reading.h, with maps and bands), which also has
 *
 *	module		{ version, protocol, snapshots, snapshot_bytes }
 *	connections	{ STATE: number, ... }, absent where no congestion control is there
 *
 * NULL: writes only that there is no module.
 */
void metrics_write(struct om *om, struct json_object *reading);

#endif /* METRICS_H */
