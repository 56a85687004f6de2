/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arms of a slot: generations among which newborn flows are split by weight, for an A/B test. A
 * seeded hash of the flow alone chooses the arm, the same for both directions and at every
 * attachment; the flow keeps it as it keeps any generation. A flow that holds a generation never
 * comes here, so a split costs it nothing.
 */
#ifndef LF_ARM_H
#define LF_ARM_H

#include "state.h"

#define LF_ARMS_TOTAL_MAX	(1u << 31)	/* of weights */

struct lf_arms {
	struct rcu_head rcu;
	unsigned int n;
	u32 total;
	struct {
		u32 upto;		/* exclusive; sum of the weights through this arm */
		struct lf_gen *gen;
	} arm[LF_GENERATIONS];
};

/* Under RCU: the hash of a flow by its key, or of a connection. */
u64 lf_arm_hash(u64 seed, const struct lf_key *key);
u64 lf_arm_hash_sock(u64 seed, const struct sock *sk);
struct lf_gen *lf_arm_of(const struct lf_arms *arms, u64 hash);

/* All below under lf_mutex. */

/* Built from the generations' weights, at least one of which is not 0. */
struct lf_arms *lf_arms_alloc(void);
void lf_arms_fill(struct lf_arms *arms, const struct lf_slot *slot);

/* Publishes @arms; NULL: all newborn flows go to the active generation, weights become 0. */
void lf_arms_set(struct lf_slot *slot, struct lf_arms *arms);

/* Gives its weight to the active generation; if there is no memory for that, the split ends. */
void lf_arm_stop(struct lf_slot *slot, struct lf_gen *gen);

#endif /* LF_ARM_H */
