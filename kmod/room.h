/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the flow tables of a network namespace share. It outlives the namespace, as attachments may.
 *
 * The limit, charged as they grow, is there because anybody may add qdiscs, in a user namespace of
 * their own. Flow ids come from one counter for each CPU, so that those who join samples and
 * outcomes by them may attach several tables to one slot.
 */
#ifndef LF_ROOM_H
#define LF_ROOM_H

#include <linux/atomic.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/slab.h>

struct lf_room {
	refcount_t users;
	u32 max;		/* flows */
	atomic_t taken;
	u64 __percpu *ids;	/* births on each CPU, never reset */
};

static inline struct lf_room *lf_room_create(u32 max)
{
	struct lf_room *room = kzalloc(sizeof(*room), GFP_KERNEL_ACCOUNT);

	if (!room)
		return NULL;
	room->ids = alloc_percpu_gfp(u64, GFP_KERNEL_ACCOUNT);
	if (!room->ids) {
		kfree(room);
		return NULL;
	}
	refcount_set(&room->users, 1);
	room->max = max;
	return room;
}

static inline struct lf_room *lf_room_get(struct lf_room *room)
{
	refcount_inc(&room->users);
	return room;
}

static inline void lf_room_put(struct lf_room *room)
{
	if (!refcount_dec_and_test(&room->users))
		return;
	free_percpu(room->ids);
	kfree(room);
}

static inline u32 lf_room_left(const struct lf_room *room)
{
	return room->max - atomic_read(&room->taken);
}

static inline bool lf_room_take(struct lf_room *room, u32 flows)
{
	int taken = atomic_read(&room->taken);

	do {
		if (flows > room->max - taken)
			return false;
	} while (!atomic_try_cmpxchg(&room->taken, &taken, taken + flows));
	return true;
}

static inline void lf_room_give(struct lf_room *room, u32 flows)
{
	atomic_sub(flows, &room->taken);
}

#endif /* LF_ROOM_H */
