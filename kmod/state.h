/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots, generations, attachments, views and binds. README.md says which lock protects what.
 *
 * For every generation of its slot, each view of an attachment has a struct lf_bind: its map and
 * thresholds resolved for it. The bind of the attachment's own view also counts the flows born
 * under it. Flows keep that bind's id, which is never reused: a flow whose bind is gone (generation
 * retired, slot deleted, attachment bound elsewhere) finds nothing by it and moves to the active
 * generation.
 */
#ifndef LF_STATE_H
#define LF_STATE_H

#include <linux/rcupdate.h>
#include "confidence.h"
#include "core.h"
#include "flow.h"
#include "map.h"
#include "param.h"
#include "snapshot.h"
#include "stats.h"
#include "tally.h"

#define lf_dereference(p) rcu_dereference_protected(p, lockdep_is_held(&lf_mutex))

enum lf_gen_counter {
	LF_GEN_INFERENCES,
	LF_GEN_VERDICTS,
	LF_GEN_BORN,
	LF_GEN_DRIFTED,
	LF_GEN_SATURATED,
	LF_GEN_CLASS,			/* and one for each class */
};

/* Limits, 0 for none; shares in millionths. guard.h */
struct lf_guard {
	u32 window_ms, least;
	u32 drift, saturated, class;
	bool outcome;			/* term and bound are in use */
	u8 term;			/* enum liteflow_term */
	u8 to;				/* enum liteflow_guard_to */
	u64 bound;
};

/* A generation has those of its slot, and limits of its own. */
enum lf_guard_whose { LF_GUARD_SLOT, LF_GUARD_OWN, LF_GUARDS };

struct lf_gen {
	const struct lf_snapshot *snap;
	struct lf_counters __percpu *counters;
	struct lf_tally __percpu *tally;
	struct lf_confidence confidence;	/* the slot's bound */
	u32 weight;			/* in the slot's split; 0: not an arm */
	bool stopped;			/* by the guard: its flows move elsewhere */
	u32 number;			/* in its slot, from 1 */
	u8 place;			/* in the slot's gens[] and in each view's bind[] */
	struct lf_snapshot *held;	/* the same, with our reference */

	/* The guard's: lf_mutex. */
	struct lf_guard guard;		/* limits of its own, while it serves */
	struct lf_window {
		u64 *mark;		/* counters when it began */
		unsigned long end;	/* jiffies */
	} window[LF_GUARDS];
	struct lf_mean {
		u64 count;
		s64 sum;
		u64 squares, squares_high;
	} base[LF_TERMS];		/* when the split began */
	struct rcu_work free;
};

struct lf_arms;
struct lf_batches;
struct lf_history;
struct lf_shadow;

#define LF_TRIP_NONE	0xff

struct lf_trip {
	u8 limit;			/* enum liteflow_limit, or LF_TRIP_NONE */
	bool own;			/* the generation's, not the slot's */
	u32 generation, class;
	s64 measured, bound;
	u64 count, time_ns;
};

struct lf_slot {
	/* Read by every packet. */
	struct lf_gen __rcu *active;
	struct lf_batches __rcu *batches;	/* NULL: no samples wanted */
	struct lf_shadow __rcu *shadow;		/* NULL: nothing runs beside the active one */
	struct lf_arms __rcu *arms;		/* NULL: newborn flows go to the active one */
	u64 seed;				/* for the hash that chooses an arm */
	u8 pin;					/* enum liteflow_pin */
	bool guarded;				/* the guard took the active one away */
	struct lf_params params;
	struct lf_history __rcu *history;	/* NULL: no snapshot reads it */

	/* Control: lf_mutex. */
	struct list_head in_net;
	struct list_head attaches;		/* bound to it */
	unsigned int n_attaches;
	struct net *net;
	u32 serial;				/* for dumps */
	char name[LITEFLOW_SLOT_NAME_LEN];
	struct lf_snapshot *standby;		/* with a reference */
	struct lf_gen *gens[LF_GENERATIONS];
	struct lf_gen *before;			/* rollback makes it active */
	struct lf_gen *trial;			/* of the standby snapshot, for a split */
	u32 last_number;
	u32 sample;				/* one of how many inferences */
	u32 budget_ns;				/* limit for an inference, 0: none; limit.h */
	u32 shadow_every;			/* one of how many inferences, 0: never */
	u32 flush_ms;				/* longest time that a record waits */
	u32 buffers;				/* of its stream, per CPU */
	u8 confidence;				/* per cent, 0: any class is a verdict */
	u32 history_by;				/* bits of enum liteflow_history_key */
	struct lf_guard guard;			/* for every generation */
	bool watched;				/* some limit is set, also a generation's */
	bool counts_saturated;			/* one of these */
	struct lf_trip trip;
	u64 swaps, forced, swap_ns;
	u64 samples, samples_lost;		/* of streams that have ended */
	struct list_head ending;		/* those about to end */
	struct rcu_work free;
};

/* The active generation, for callers that hold lf_mutex. */
static inline struct lf_gen *lf_slot_active(const struct lf_slot *slot)
{
	return lf_dereference(slot->active);
}

/* What a view is for one generation: all is resolved, nothing is looked up for a packet. */
struct lf_bind {
	struct lf_gen *gen;
	struct lf_map __rcu *map;
	u32 number;			/* the generation's, once published */
	u32 id;				/* of the attachment's own view: in flows */
	atomic_t flows;			/* likewise: that hold it */
	s64 raw_min;			/* score; S64_MIN: any */
	struct lf_confidence confidence;
	struct rcu_head rcu;
};

/* A map and thresholds. The attachment's own has no thresholds. */
struct lf_view {
	/* Read by every packet. */
	struct lf_bind __rcu *bind[LF_GENERATIONS];
	struct lf_map_none none;	/* for packets without a verdict */

	/* Control: lf_mutex. */
	struct lf_bind *prepared[LF_GENERATIONS];	/* not yet published */
	struct list_head in_attach;
	bool score;
	u8 confidence_min;
	s64 score_min;
	unsigned int n_map;
	struct lf_map_entry *map;
};

/* The packets of a flow at which the model runs. */
struct lf_phases {
	struct rcu_head rcu;
	u32 every;			/* every n-th packet; 0: not used */
	u32 n;				/* listed; 0 and every == 0: at powers of two */
	u32 at[LF_PHASES_MAX];
};

struct lf_attach {
	/* Read by each packet: slot and own.bind[] in one cache line, the rest of own in another */
	struct lf_slot __rcu *slot;	/* NULL: there is none of that name */
	struct lf_view own;		/* the first of its views */
	struct lf_phases __rcu *phases ____cacheline_aligned;
	struct lf_flows *flows;		/* NULL: connections keep their own flow state */
	struct lf_frags *frags;		/* likewise */
	struct lf_counters __percpu *counters;	/* by reason; size_ratios[] */
	const struct lf_attach_ops *ops;	/* its owner's: invalid once it is destroyed */
	u8 kind;			/* enum liteflow_attach_kind */
	bool inner;			/* flows are those in tunnels */
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
	unsigned int n_given;
};

/* The bind of a generation by the id that a flow keeps, or NULL. Under RCU. */
static inline struct lf_bind *lf_bind_of(const struct lf_attach *a, u32 id)
{
	struct lf_bind *b;
	int i;

	for (i = 0; i < LF_GENERATIONS; i++) {
		b = rcu_dereference(a->own.bind[i]);
		if (b && b->id == id)
			return b;
	}
	return NULL;
}

#endif /* LF_STATE_H */
