/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which flow the first fragment of a packet belonged to: an attachment's memory for the fragments
 * that follow, which have no ports. Fixed in size, with no allocation per packet; what is in it is
 * forgotten after LF_FRAG_NS, or when others need the room.
 */
#ifndef LF_FRAGS_H
#define LF_FRAGS_H

#include "packet.h"

/* Fragments of a packet leave their sender, or a reordering path, within milliseconds. */
#define LF_FRAG_NS	1000000000ULL

/* A flow, as lf_flow_relock() finds it again; in its table whatever the table's size by then. */
struct lf_frag {
	u64 flow;		/* id */
	u32 hash;		/* of struct lf_spot */
	u8 way;
};

struct lf_frags;

/* NULL without memory. Sleeps. */
struct lf_frags *lf_frags_create(void);
void lf_frags_destroy(struct lf_frags *f);

/*
 * Bottom halves are off in the following. The tag of a packet is never 0: @pkt as lf_pkt_parse()
 * left it, of any fragment, before lf_pkt_join().
 */
u64 lf_frags_tag(const struct lf_frags *f, const struct lf_pkt *pkt);
void lf_frags_put(struct lf_frags *f, u64 tag, const struct lf_frag *frag, u64 now_ns);
bool lf_frags_get(struct lf_frags *f, u64 tag, struct lf_frag *frag, u64 now_ns);

#endif /* LF_FRAGS_H */
