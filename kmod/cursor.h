/* SPDX-License-Identifier: GPL-2.0 */
/* A place in a packet, and how headers are read there: for packet.c and tunnel.c. */
#ifndef LF_CURSOR_H
#define LF_CURSOR_H

#include "packet.h"

/*
 * Return value of parsing steps that continue the walk; any other value is an enum liteflow_reason.
 */
#define LF_GO_ON	(-1)

struct lf_cursor {
	const struct sk_buff *skb;
	u32 start;		/* of the IP header; offset from skb->data, like the others */
	u32 off;		/* of the next header */
	u32 end;		/* after the last readable byte */
};

static inline u32 lf_cursor_left(const struct lf_cursor *c)
{
	return c->end - c->off;
}

/* The next @len bytes, in place or copied to @buf; NULL if there are fewer. */
static inline const void *lf_cursor_peek(const struct lf_cursor *c, u32 len, void *buf)
{
	if (len > lf_cursor_left(c))
		return NULL;
	return skb_header_pointer(c->skb, c->off, len, buf);
}

#define LF_PORT_VXLAN	4789
#define LF_PORT_GTPU	2152

/* tunnel.c: is this a packet that a tunnel may have made? @why: what its own parsing returned. */
bool lf_tunnel_is(const struct lf_pkt *pkt, __be16 type, int why);

/*
 * Moves the cursor from the tunnel's header to the packet in it. *type: the protocol, as Ethernet
 * has it; *id: what tells equal addresses in two tunnels of a kind apart, and the kind; the same in
 * both directions. False if the header is not what it should be.
 */
bool lf_tunnel_enter(struct lf_cursor *c, const struct lf_pkt *pkt, __be16 *type, u32 *id);

#endif /* LF_CURSOR_H */
