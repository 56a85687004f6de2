/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flows as JSON:
 *
 *	attach, name (of the attachment), id, proto, src, dst, sport, dport, vlan, packets, bytes,
 *	age_ms, silent_ms, slot, snapshot, hash, generation, class or value, closing, unsure, tunnel
 *
 * and of a single one, if it is read whole:
 *
 *	run_from, run_next, readings: [{ reverse, packets, values, known }]
 */
#ifndef FLOWS_H
#define FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct nl;

/* An end of a flow: what is not set matches all. */
struct flows_end {
	int family;			/* 0: any address */
	uint8_t address[16];
	bool has_port;
	uint16_t port;
};

struct flows_filter {
	const char *who;		/* in messages, NULL: flows */
	bool whole;			/* with what its model reads; attach and flow are set */
	const char *class, *slot;	/* names, NULL: all */
	uint32_t attach;		/* id, 0: all */
	uint64_t flow;			/* id in an attachment, 0: all */
	bool has_proto;
	uint8_t proto;
	struct flows_end ends[2];	/* in either order */
	int family;			/* of peer, 0: all */
	uint8_t peer[16];
	unsigned int bits;		/* prefix length of peer */
};

/* Those that pass the filter. Returns 0, or an exit status after printing the error. */
int flows_read(struct nl *nl, const struct flows_filter *filter, struct json_object **array);

/* Cells of a table: protocol and ends as names and numbers. */
void flows_cell_proto(struct json_object *o, const char *key, char *text, size_t n);
void flows_cell_end(struct json_object *o, const char *key, char *text, size_t n);

#endif /* FLOWS_H */
