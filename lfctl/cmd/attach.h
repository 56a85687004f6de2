/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attachments as JSON:
 *
 *	id, kind, label, ifindex, dev, parent, slot, bound, snapshot, hash, flows, flows_max,
 *	flows_room, flow_kib, flows_born, flows_ended, flows_aged, flows_evicted, packets: { REASON:
 *	count, ... }
 */
#ifndef ATTACH_H
#define ATTACH_H

struct json_object;
struct nl;

/* All attachments of the namespace, or those of one slot. Returns 0 or an exit status. */
int attach_read(struct nl *nl, const char *slot, struct json_object **array);

/* Adds its map, map: [{ class, does, packets, bytes, unknown }], if the attachment still exists. */
void attach_add_map(struct nl *nl, struct json_object *o);

/* packets: from [{ reason, packets }] to { NAME: packets }. */
void attach_name_counters(struct json_object *o);

/* A line for each nonzero counter. */
void attach_print_counters(struct json_object *o);

/* "qdisc eth0 1:": what identifies it in text. */
void attach_title(struct json_object *o, const char *key, char *text, unsigned long n);

#endif /* ATTACH_H */
