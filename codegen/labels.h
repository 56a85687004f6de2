/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The labels of flows, from a file beside the capture. A table with a header line, whose columns
 * are recognised by name:
 *
 *	source		src, src_ip, saddr, id.orig_h	its port	sport, src_port, id.orig_p
 *	destination	dst, dst_ip, daddr, id.resp_h	its port	dport, dst_port, id.resp_p
 *	protocol	proto, protocol (a name or a number)
 *	a rule's port	port, of either end; then addresses are not needed
 *	label		label, class, ndpi_proto, service, application
 *
 * separated by commas, tabs or vertical bars: so the lists of nDPI (ndpiReader -C) and Zeek
 * (conn.log) can be read as they are. Lines "PORT,LABEL" or "PROTO/PORT,LABEL" need no header. A
 * missing column (or -) matches any value.
 */
#ifndef LABELS_H
#define LABELS_H

#include "flows.h"
#include "util.h"

struct labels;

/* map: "LABEL=CLASS,..." to rename labels, or NULL. */
struct labels *labels_read(const char *path, const char *map, struct graph_err *err);
/* The first line that fits the flow, in either direction: its label's number, or -1. */
int labels_find(const struct labels *l, const struct flows_key *key);
u32 labels_n(const struct labels *l);
const char *labels_name(const struct labels *l, u32 i);
void labels_free(struct labels *l);

#endif /* LABELS_H */
