/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arms of a slot: generations that newborn flows are split among by weight, for an A/B test.
 * Which one is a seeded hash of the flow alone, the same for both directions and at every
 * attachment; the flow keeps it as it keeps any generation. What is not split costs nothing: a
 * flow that holds a generation never comes here.
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
		u32 upto;		/* exclusive: weights of this arm and those before it */
		struct lf_gen *gen;
	} arm[LF_GENERATIONS];
};

/* Under RCU: of a flow, by its key, or of a connection. */
u64 lf_arm_hash(u64 seed, const struct lf_key *key);
u64 lf_arm_hash_sock(u64 seed, const struct sock *sk);
struct lf_gen *lf_arm_of(const struct lf_arms *arms, u64 hash);

/* All below under lf_mutex. */

/* From the weights of the generations, one at least of which is not 0. */
struct lf_arms *lf_arms_alloc(void);
void lf_arms_fill(struct lf_arms *arms, const struct lf_slot *slot);

/* Packets find @arms; NULL: the active generation has all newborn flows, and no weight is left. */
void lf_arms_set(struct lf_slot *slot, struct lf_arms *arms);

/* Its weight goes to the active generation; if there is no memory for that, the split ends. */
void lf_arm_stop(struct lf_slot *slot, struct lf_gen *gen);

#endif /* LF_ARM_H */
