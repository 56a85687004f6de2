/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a slot serves. All under lf_mutex. Errors come with a message, and so does a success that
 * changed nothing.
 */
#ifndef LF_SERVE_H
#define LF_SERVE_H

#include "state.h"

int lf_serve_install(struct lf_slot *slot, struct lf_snapshot *snap, bool activate,
		     struct netlink_ext_ack *extack);
int lf_serve_activate(struct lf_slot *slot, struct netlink_ext_ack *extack);
int lf_serve_rollback(struct lf_slot *slot, struct netlink_ext_ack *extack);

struct lf_arm_wanted {
	u8 which;		/* enum liteflow_arm_which */
	u32 generation;
	u32 weight;
	bool set_guard;
	struct lf_guard guard;	/* limits of its own */
};

struct lf_split {
	unsigned int n;		/* 0: the split ends */
	struct lf_arm_wanted arm[LF_GENERATIONS];
	bool set_seed;
	u64 seed;
};

int lf_serve_split(struct lf_slot *slot, const struct lf_split *split,
		   struct netlink_ext_ack *extack);

/*
 * Puts @snap (already in use for this purpose) or NULL on the standby side. A trial of another
 * snapshot stops being the trial.
 */
void lf_serve_standby(struct lf_slot *slot, struct lf_snapshot *snap);

/* Can attachments of this kind supply what the slot's snapshots want? */
int lf_serve_supplied(const struct lf_slot *slot, enum liteflow_attach_kind kind,
		      struct netlink_ext_ack *extack);

#endif /* LF_SERVE_H */
