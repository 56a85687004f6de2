/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flows as JSON:
 *
 *	attach, name (of the attachment), id, proto, src, dst, sport, dport, vlan, packets, bytes,
 *	age_ms, silent_ms, slot, snapshot, hash, generation, class or value, closing
 */
#ifndef FLOWS_H
#define FLOWS_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;
struct nl;

struct flows_filter {
	const char *class, *slot;	/* names, NULL: all */
	uint32_t attach;		/* id, 0: all */
	uint64_t flow;			/* id in that attachment, 0: all */
	int family;			/* of peer, 0: all */
	uint8_t peer[16];
	unsigned int bits;		/* prefix length of peer */
};

/* Those that pass the filter. Returns 0, or an exit status after printing the error. */
int flows_read(struct nl *nl, const struct flows_filter *filter, struct json_object **array);

#endif /* FLOWS_H */
