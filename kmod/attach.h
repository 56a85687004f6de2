/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attachments as the core knows them: configuration, binding to a slot by name, flow table, counters.
 *
 * For every generation of its slot an attachment has a struct lf_bind: the class map resolved for it, and the flows
 * that were born under it. Flows keep the bind's id, which is never used again: a flow whose bind is gone (generation
 * retired, slot deleted, attachment bound elsewhere) finds nothing by it and moves to the active generation.
 */
#ifndef LF_ATTACH_H
#define LF_ATTACH_H

#include <linux/refcount.h>
#include "core.h"
#include "flow.h"
#include "map.h"
#include "slot.h"
#include "stats.h"

struct lf_bind {
	struct lf_gen *gen;
	struct lf_map __rcu *map;
	u32 id;
	atomic_t flows;			/* that hold it */
	struct rcu_head rcu;
};

/* At which packets of a flow the model runs. */
struct lf_phases {
	struct rcu_head rcu;
	u32 every;			/* n-th packets; 0: not so */
	u32 n;				/* listed; 0 and every == 0: at powers of two */
	u32 at[LF_PHASES_MAX];
};

struct lf_attach {
	/* Read by every packet. */
	struct lf_slot __rcu *slot;	/* NULL: there is none of that name */
	struct lf_bind __rcu *bind[LF_GENERATIONS];
	struct lf_phases __rcu *phases;
	struct lf_map_none none;	/* for packets without a verdict */
	struct lf_flows *flows;		/* NULL: connections keep their own flow state */
	struct lf_counters __percpu *counters;	/* by reason */
	const struct lf_attach_ops *ops;	/* its owner's: of no use once it is destroyed */
	u8 kind;			/* enum liteflow_attach_kind */
	u32 id;				/* counts up with every attachment made */
	atomic64_t next_flow;		/* ids of connections */

	/* Control: lf_mutex. */
	struct list_head in_net, in_slot;
	struct list_head views;
	struct net *net;
	u32 room;			/* flows in the table, as configured */
	bool ended;			/* destroyed: only its flows still hold generations */
	bool ending;			/* counted in the namespace until they have ended */
	struct work_struct end;
	void *priv;
	char slot_name[LITEFLOW_SLOT_NAME_LEN];
	unsigned int n_map, n_given;
	struct lf_map_entry *map;
	struct lf_bind *prepared[LF_GENERATIONS];	/* not yet published */
};

/* The bind of a generation by the id that a flow kept, or NULL. Under RCU. */
static inline struct lf_bind *lf_bind_of(const struct lf_attach *a, u32 id)
{
	struct lf_bind *b;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++) {
		b = rcu_dereference(a->bind[i]);
		if (b && b->id == id)
			return b;
	}
	return NULL;
}

/* All under lf_mutex. */

/* lf_attach_set_slot() for those who hold it. */
int lf_attach_move(struct lf_attach *a, const char *name, struct netlink_ext_ack *extack);

/* For a generation about to be published: every attachment of the slot gets a bind ready, or none does. */
int lf_attach_prepare(struct lf_slot *slot, struct lf_gen *gen);
void lf_attach_unprepare(struct lf_slot *slot, struct lf_gen *gen);
void lf_attach_publish(struct lf_slot *slot, struct lf_gen *gen);

/* The generation goes: its binds too. */
void lf_attach_retire(struct lf_slot *slot, const struct lf_gen *gen);
unsigned int lf_attach_flows(const struct lf_slot *slot, const struct lf_gen *gen);

/* A slot appears (still empty): its name's attachments are bound. It goes: they are not any more. */
void lf_attach_bind_all(struct lf_slot *slot);
void lf_attach_unbind_all(struct lf_slot *slot);

/* Does the slot (NULL: none) have now what the map names? As lf_map_tell_unknown(). */
int lf_attach_check_map(const struct lf_slot *slot, const struct lf_map_entry *entry,
			unsigned int n, enum lf_map_check check, struct netlink_ext_ack *extack);

void lf_attach_exit_net(struct lf_net *ln);

/* Not under lf_mutex: until the flows of attachments that were destroyed have ended. */
void lf_attach_wait(struct lf_net *ln);

#endif /* LF_ATTACH_H */
