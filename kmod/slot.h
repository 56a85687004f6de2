/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots: named places in a network namespace that hold snapshots, and their generations: a snapshot for one stretch of
 * a slot's life. Which generation serves a packet is decided once, by one pointer; snapshot, counters and class maps
 * are reached through it alone, so that no verdict mixes two.
 */
#ifndef LF_SLOT_H
#define LF_SLOT_H

#include <linux/rcupdate.h>
#include "core.h"
#include "param.h"
#include "snapshot.h"
#include "stats.h"

#define LF_SLOTS_MAX	64		/* of one namespace */

enum lf_gen_counter {
	LF_GEN_INFERENCES,
	LF_GEN_VERDICTS,
	LF_GEN_BORN,
	LF_GEN_DRIFTED,
	LF_GEN_CLASS,			/* and one for each class */
};

struct lf_gen {
	const struct lf_snapshot *snap;
	struct lf_counters __percpu *counters;
	u32 number;			/* in its slot, from 1 */
	u8 place;			/* in the slot's gens[] and in each attachment's bind[] */
	struct lf_snapshot *held;	/* the same, with our reference */
	struct rcu_work free;
};

struct lf_batches;

struct lf_slot {
	/* Read by every packet. */
	struct lf_gen __rcu *active;
	struct lf_batches __rcu *batches;	/* NULL: no samples wanted */
	u8 pin;					/* enum liteflow_pin */
	struct lf_params params;

	/* Control: lf_mutex. */
	struct list_head in_net, in_all;
	struct list_head attaches;		/* bound to it */
	unsigned int n_attaches;
	struct net *net;
	u32 serial;				/* for dumps */
	char name[LITEFLOW_SLOT_NAME_LEN];
	struct lf_snapshot *standby;		/* with a reference */
	struct lf_gen *gens[LF_GENERATIONS];
	struct lf_gen *before;			/* roll back makes it active */
	u32 last_number;
	u32 sample;				/* one of how many inferences */
	u32 budget_ns;				/* of an inference, 0: any; limit.h */
	u64 swaps, forced, swap_ns;
	u64 samples, samples_lost;		/* of streams that have ended */
	struct list_head ending;		/* those that are about to */
	struct rcu_work free;
};

struct lf_slot_options {
	bool set_pin, set_sample, set_budget;
	u8 pin;
	u32 sample;
	u32 budget_ns;
	struct lf_batches *stream;	/* made beforehand if `sample` is not 0; NULL again if the slot has taken it over */
	struct lf_params_set params;
};

/*
 * All under lf_mutex; errors come with a sentence, and so does a success that changed nothing. Streams that end are put
 * on the list @ended, for lf_slot_end_streams().
 */
struct lf_slot *lf_slot_find(const struct net *net, const char *name);
struct lf_slot *lf_slot_find_or_say(const struct net *net, const char *name, struct netlink_ext_ack *extack);
int lf_slot_create(struct net *net, const char *name, struct lf_slot_options *opt, struct netlink_ext_ack *extack);
int lf_slot_set(struct lf_slot *slot, struct lf_slot_options *opt, struct list_head *ended,
		struct netlink_ext_ack *extack);
int lf_slot_delete(struct lf_slot *slot, bool force, struct list_head *ended, struct netlink_ext_ack *extack);
int lf_slot_install(struct lf_slot *slot, struct lf_snapshot *snap, bool activate, struct netlink_ext_ack *extack);
int lf_slot_activate(struct lf_slot *slot, struct netlink_ext_ack *extack);
int lf_slot_rollback(struct lf_slot *slot, struct netlink_ext_ack *extack);

/* Does a slot of the namespace hold it, on whichever side? */
bool lf_slot_uses(const struct net *net, const struct lf_snapshot *snap);

/* Can attachments of this kind supply what the slot's snapshots want? */
int lf_slot_supplied(const struct lf_slot *slot, enum liteflow_attach_kind kind, struct netlink_ext_ack *extack);

/* The generation that is active, for those who hold lf_mutex. */
struct lf_gen *lf_slot_active(const struct lf_slot *slot);

/* A generation that is not active may have lost its last flow: look soon. From any context. */
void lf_slot_sweep_later(void);

void lf_slot_exit_net(struct lf_net *ln, struct list_head *ended);

/* Not under lf_mutex: waits for one grace period, whatever the number of streams; then their last batches are sent. */
void lf_slot_end_streams(struct list_head *ended);

void lf_slot_uninit(void);

#endif /* LF_SLOT_H */
