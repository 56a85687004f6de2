/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family "liteflow": family and notifications; the handlers are declared in
 * nl_gen.h.
 */
#ifndef LF_NETLINK_H
#define LF_NETLINK_H

#include <net/genetlink.h>
#include <net/sock.h>
#include "attach.h"
#include "batch.h"
#include "slot.h"

extern struct genl_family lf_family;

int lf_nl_init(void);
void lf_nl_uninit(void);

/* To group events; losing one is not an error. Under lf_mutex. @snap may be NULL. */
void lf_nl_event(const struct lf_slot *slot, const char *what, u32 generation,
		 const struct lf_snapshot *snap);
void lf_nl_attach_event(const struct lf_attach *a, const char *what);
/* The guard has stopped a generation; @now serves instead, NULL for none. */
void lf_nl_guard_event(const struct lf_slot *slot, const struct lf_gen *now);
/* To every network namespace owned by the initial user namespace. */
void lf_nl_snapshot_event(const struct lf_snapshot *snap, const char *what);

/* To group samples. Sleeps. */
bool lf_nl_listening(struct net *net);
int lf_nl_batch(struct net *net, const struct lf_batch_head *head, const struct lf_buf *buf);

/* nl_*.c */

/*
 * Snapshots belong to the whole machine. Its administrator sees all of them: returns NULL. Others
 * see those that the slots of their network namespace use. @skb: the request.
 */
const struct net *lf_nl_sight(struct sk_buff *skb);

/* nl_slot.c: the slot that a request names, or ERR_PTR() with a message. Under lf_mutex. */
struct lf_slot *lf_nl_slot_meant(struct genl_info *info);

int lf_nl_put_trip(struct sk_buff *msg, int attr, const struct lf_trip *trip);

/*
 * nl_reading.c: what the snapshot that serves a flow would read of it now, and when it last ran and
 * will run. @flow: a head in a copy of its bucket. Nothing is added if no snapshot serves it.
 */
int lf_nl_put_reading(struct sk_buff *msg, const struct lf_attach *a, const struct lf_flow *flow);

/* Adds the header of an answer to @info; NULL if there is no room. */
void *lf_nl_begin(struct sk_buff *msg, const struct genl_info *info);
void *lf_nl_begin_dump(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd);

static inline int lf_nl_put_u64(struct sk_buff *msg, int attr, u64 v, int pad)
{
	return nla_put_u64_64bit(msg, attr, v, pad);
}

/* The text of an optional attribute, or NULL. */
static inline const char *lf_nl_text(const struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_data(info->attrs[attr]) : NULL;
}

#endif /* LF_NETLINK_H */
