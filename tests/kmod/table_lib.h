/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the flow table share. */
#ifndef LF_TABLE_LIB_H
#define LF_TABLE_LIB_H

#include "table.h"

#define MS	1000000ULL
#define SEC	1000000000ULL
#define WAYS	16		/* flows of the smallest table */
#define IDLE_MS	30000

/* Prefixes, and addresses within one: for table_send_from(). */
#define NET(i)		((i) << 8)

/* What has ended since the last table was created. */
extern struct table_ends {
	atomic_t n[4];		/* ends, by reason */
	atomic_t established;	/* of flows to port 443 */
	u64 last_id;
} table_ends;

/* For tables that a test creates itself. */
void table_on_end(void *priv, const struct lf_flow *flow, enum lf_flow_end why);
u32 table_ended(enum lf_flow_end why);

/* A table of at most @max flows, or NULL. */
struct lf_flows *table_create(u32 max);
void table_packet(struct lf_pkt *pkt, u32 n, u16 dport, u8 proto, u8 flags);
/* One packet into the table; the flow's id, 0 if there is none. */
u64 table_feed(struct lf_flows *t, const struct lf_pkt *pkt, u64 now, bool *born);
u64 table_udp(struct lf_flows *t, u32 n, u64 now, bool *born);
u64 table_tcp(struct lf_flows *t, u32 n, u8 flags, u64 now, bool *born);
/* Entries, but those of a doubling that is still under way. */
u32 table_whole_room(struct lf_flows *t);
void table_pace(struct lf_flows *t, u32 n);
/* Flows 0 .. n - 1, no faster than the worker makes room. */
void table_fill(struct lf_flows *t, u32 n, u64 now);
void table_check_books(struct lf_flows *t);
void table_destroy(struct lf_flows *t);
/* Flow n has sent `packets` by `now`. */
void table_grow(struct lf_flows *t, u32 n, u32 packets, u64 now);
bool table_is_there(struct lf_flows *t, u32 n, u64 now);
u32 table_send_from(struct lf_flows *t, u32 net, u32 packets, u64 now, bool *born);
void table_turn(struct lf_pkt *pkt);

#endif /* LF_TABLE_LIB_H */
