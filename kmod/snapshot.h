/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registry of loaded snapshots, one for the machine. A snapshot is in it from the moment it has
 * proved itself until snapshot-del. Every user holds a reference; a snapshot with users cannot be
 * deleted.
 */
#ifndef LF_SNAPSHOT_H
#define LF_SNAPSHOT_H

#include <linux/refcount.h>
#include "core.h"

/* bytes of all snapshots together, files and packed models */
#define LF_SNAPSHOT_MEMORY	(64u << 20)
#define LF_FEATURE_UNKNOWN	0xff		/* an input that is not one of our features */

struct lf_snapshot {
	/* Read by every inference. */
	const struct lq_model *model;		/* NULL: run() */
	void (*run)(const s32 *x, s32 *y, struct lq_scratch *scratch);
	u16 n_inputs, n_outputs;
	u8 meaning;				/* enum lq_meaning */
	/* output 0 is in bytes: the remaining size is mapped */
	bool in_bytes;
	bool votes;				/* classes of a forest without negative leaves */
	bool history;				/* reads features of the group hist */
	u32 hash;				/* first four bytes of the content hash */
	s32 zp, m;				/* of output 0 */
	int shift;
	u8 ids[LQ_MAX_INPUTS];			/* enum lq_feature */
	s32 cal_lo[LQ_MAX_INPUTS], cal_hi[LQ_MAX_INPUTS];

	/* Control. */
	/* references to the memory: one by the registry, one by each user */
	refcount_t refs;
	/* lf_mutex: standby sides and generations not yet retired */
	unsigned int users;
	struct list_head list;			/* lf_mutex */
	u32 serial;				/* in the order of loading, for dumps */
	struct lq_info info;
	u32 measured_ns;			/* of an inference; info.ns: estimated */
	const void *file;
	void *mem;				/* holds the model */
	size_t len, bytes;
	struct module *owner;			/* NULL: uploaded */
	u64 loaded_ns;				/* CLOCK_REALTIME */
};

extern struct list_head lf_snapshots;		/* by age; lf_mutex */
extern size_t lf_snapshot_bytes;		/* lf_mutex */
extern unsigned int lf_snapshot_count;		/* lf_mutex */

/* Takes over @file (kvmalloc'ed), even on failure. Sleeps, takes lf_mutex. */
int lf_snapshot_load(void *file, size_t len, struct netlink_ext_ack *extack);

/*
 * The latest of that name, or the only one whose hash begins like @hash; else ERR_PTR(). @user:
 * searches those that the slots of this namespace use; NULL: all. Under lf_mutex; takes no
 * reference.
 */
struct lf_snapshot *lf_snapshot_find(const char *name, const u8 *hash, unsigned int hash_len,
				     const struct net *user, struct netlink_ext_ack *extack);

/* Under lf_mutex. */
int lf_snapshot_delete(struct lf_snapshot *snap, struct netlink_ext_ack *extack);

/*
 * Adds a user: under lf_mutex; fails if the snapshot's module is going. Removing one takes two
 * steps: unuse() under lf_mutex when no packet finds the snapshot any more, put() from process
 * context when no packet runs it any more.
 */
bool lf_snapshot_use(struct lf_snapshot *snap);
void lf_snapshot_unuse(struct lf_snapshot *snap);
void lf_snapshot_put(struct lf_snapshot *snap);

void lf_snapshot_uninit(void);

#endif /* LF_SNAPSHOT_H */
