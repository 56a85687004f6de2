/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by netlink.c, which sends requests, and netlink_put.c, which fills them. */
#ifndef HOSTILE_NETLINK_H
#define HOSTILE_NETLINK_H

#include "wire.h"

#define ROOT_QDISC	0x00010000
#define N_GENL_KINDS	18
#define N_TC_KINDS	10

extern struct hostile {
	uint16_t family;
	int ifindex;
	bool user;
	unsigned int n;
	unsigned char *file;
	uint32_t file_len;
	unsigned int passed, failed;
	uint64_t slowest_ns;
	unsigned int accepted, refused, silent, forbidden;
} h;

extern struct req r;

struct kind {
	const char *name;
	uint16_t type;		/* command or message */
	void (*put)(void);
	uint32_t parent;	/* tc: of qdiscs, where not random */
	bool admin;		/* not for users */
};

extern const struct kind genl_kinds[N_GENL_KINDS], tc_kinds[N_TC_KINDS];

/* Often one at an edge of its type. */
uint32_t number(void);
void put_filter(void);

#endif /* HOSTILE_NETLINK_H */
