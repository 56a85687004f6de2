/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a snapshot's outputs to an attachment's actions: class names and bounds are resolved once,
 * not for each packet.
 */
#ifndef LF_MAP_H
#define LF_MAP_H

#include <linux/rcupdate.h>
#include "snapshot.h"

struct lf_map {
	struct rcu_head rcu;
	u8 meaning;			/* enum lq_meaning */
	bool in_bytes;			/* values: the remaining size of the flow is mapped */
	u32 n;
	u64 known;			/* bit i: the snapshot has the name of entry i */
	struct lf_map_bound {
		s64 upto;		/* values: greatest units that it takes; ascending */
		u32 action;
	} e[];				/* classes: one for each, by index */
};

/* Both return NULL if there is no memory. */
struct lf_map_entry *lf_map_copy(const struct lf_map_entry *entry, unsigned int n);
struct lf_map *lf_map_create(const struct lf_map_entry *entry, unsigned int n,
			     const struct lf_snapshot *snap);

/* Actions for packets without a verdict, by reason, or LF_ACTION_NONE. */
struct lf_map_none {
	u32 action[LF_REASONS];
};

/* Packets may read it meanwhile. */
void lf_map_none_set(struct lf_map_none *none, const struct lf_map_entry *entry, unsigned int n);

/* The action for a verdict, or LF_ACTION_NONE. */
u32 lf_map_action(const struct lf_map *map, const struct lf_verdict *v);

/* Does the snapshot know @name as the name of an entry? */
bool lf_map_knows(const struct lf_snapshot *snap, const char *name);

/*
 * Reports a name that @snap does not have. Returns -EINVAL if @check is LF_MAP_STRICT, else 0: the
 * next snapshot may have that name.
 */
int lf_map_tell_unknown(const struct lf_map_entry *entry, unsigned int n, enum lf_map_check check,
			const struct lf_snapshot *snap, struct netlink_ext_ack *extack);

/* Each invalid entry has its own message. */
int lf_map_check(const struct lf_map_entry *entry, unsigned int n, struct netlink_ext_ack *extack);

#endif /* LF_MAP_H */
