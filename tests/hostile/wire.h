/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink without manners: requests are built byte by byte, right or wrong, and sent as they are.
 * With libmnl.
 */
#ifndef HOSTILE_WIRE_H
#define HOSTILE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/* bytes of a request; a socket sends no more than 208 KiB */
#define WIRE_MAX	(160 * 1024)
#define WIRE_SILENT	1		/* no answer within WIRE_WAIT_MS */
#define WIRE_WAIT_MS	1000

struct wire {
	struct mnl_socket *sk;
	uint32_t seq;
	uint64_t slowest_ns;		/* the longest that a request took */
};

/* A request under construction. `wild`: of how many attributes one is spoilt, 0 for none. */
struct req {
	unsigned char b[WIRE_MAX];
	size_t len;
	unsigned int wild;
};

/* Random numbers that a seed determines. */
void rnd_seed(uint64_t seed);
uint32_t rnd(uint32_t below);
void rnd_fill(void *p, size_t len);

/* A socket; `strict` for strict checks, capped and extended acks. Exits if there is none. */
void wire_open(struct wire *w, int bus, bool strict);
void wire_close(struct wire *w);
/* Number of the generic netlink family, or 0. */
uint16_t wire_family(struct wire *w, const char *name);

void req_genl(struct req *r, uint16_t family, uint8_t cmd, uint16_t flags);
void req_tc(struct req *r, uint16_t type, uint16_t flags, int ifindex, uint32_t handle,
	    uint32_t parent);
void req_put(struct req *r, uint16_t type, const void *data, size_t len);
void req_str(struct req *r, uint16_t type, const char *s);
void req_u8(struct req *r, uint16_t type, uint8_t v);
void req_u32(struct req *r, uint16_t type, uint32_t v);
size_t req_nest(struct req *r, uint16_t type);
void req_nest_end(struct req *r, size_t nest);
struct nlmsghdr *req_end(struct req *r);
static inline struct nlmsghdr *req_hdr(struct req *r)
{
	return (struct nlmsghdr *)r->b;
}

/* Sends r->len bytes as they are. Returns 0 or -errno. */
int wire_send(struct wire *w, struct req *r);
/*
 * Waits for what ends the answer to a request of this number: 0, -errno, WIRE_SILENT. What comes
 * before goes to *out, at most *len bytes, if there is an `out`.
 */
int wire_wait(struct wire *w, uint32_t seq, void *out, size_t *len);
/* Both: gives the request its number first. */
int wire_ask(struct wire *w, struct req *r, void *out, size_t *len);

#endif /* HOSTILE_WIRE_H */
