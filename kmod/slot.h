/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots: named places in a network namespace that hold snapshots, and their generations: a snapshot
 * for one stretch of a slot's life. One pointer decides, once, which generation serves a packet.
 * Snapshot, counters and class maps are reached only through it, so that no verdict mixes two
 * generations.
 */
#ifndef LF_SLOT_H
#define LF_SLOT_H

#include "state.h"

#define LF_SLOTS_MAX	64		/* of one namespace */

struct lf_slot_options {
	bool set_pin, set_sample, set_budget, set_shadow, set_guard, set_flush, set_confidence,
	     set_buffers, set_history;
	u8 pin, confidence;
	u32 sample;
	u32 budget_ns;
	u32 shadow;			/* one of how many inferences */
	u32 flush_ms;
	u32 buffers;			/* of the stream, per CPU */
	u32 history_by;			/* bits of enum liteflow_history_key */
	struct lf_guard guard;
	u32 guard_generation;		/* whose they are; 0: the slot's */
	/* allocated beforehand if `sample` is not 0; NULL again once the slot has taken it over */
	struct lf_batches *stream;
	struct lf_history *history;	/* by history_by; likewise, for a slot that exists */
	struct lf_params_set params;
};

/*
 * All under lf_mutex. Errors come with a message, and so does a success that changed nothing.
 * Streams that end are put on the list @ended, for lf_slot_end_streams().
 */
struct lf_slot *lf_slot_find(const struct net *net, const char *name);
struct lf_slot *lf_slot_find_or_say(const struct net *net, const char *name,
				    struct netlink_ext_ack *extack);
int lf_slot_create(struct net *net, const char *name, struct lf_slot_options *opt,
		   struct netlink_ext_ack *extack);
int lf_slot_set(struct lf_slot *slot, struct lf_slot_options *opt, struct list_head *ended,
		struct netlink_ext_ack *extack);
int lf_slot_delete(struct lf_slot *slot, bool force, struct list_head *ended,
		   struct netlink_ext_ack *extack);

void lf_slot_exit_net(struct lf_net *ln, struct list_head *ended);

/*
 * Not under lf_mutex: waits for one grace period, however many streams there are, then sends their
 * last batches.
 */
void lf_slot_end_streams(struct list_head *ended);

#endif /* LF_SLOT_H */
