/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs the standby snapshot beside the active one at one of every so many inferences, without using
 * its verdict, to count how often the two agree and how far their outputs differ. A new pair starts
 * a new count. Packets pay nothing while no slot has a shadow.
 */
#ifndef LF_SHADOW_H
#define LF_SHADOW_H

#include <linux/jump_label.h>
#include "scratch.h"
#include "state.h"

DECLARE_STATIC_KEY_FALSE(lf_shadow_key);

struct lf_shadow_sum {
	u64 runs, agreed;
	struct lf_shadow_difference {
		u64 sum, greatest;	/* in 2^-LF_FIXED_SHIFT of the output's unit */
	} output[];
};

struct lf_shadow_scale {
	s32 zp, m;
	int shift;
};

struct lf_shadow {
	const struct lf_gen *gen;	/* the one compared with */
	struct lf_snapshot *snap;	/* the one that runs, in use */
	u32 every;
	u32 __percpu *count;		/* inferences since the last one */
	struct lf_shadow_sum __percpu *sum;
	struct rcu_work free;
	struct lf_shadow_output {
		u16 at;			/* of the same name, among the outputs of @snap */
		struct lf_shadow_scale active, standby;
	} output[];
};

/* Packets and intervals, under RCU, bottom halves off. */

/* Is it this inference's turn? Then fills in its inputs, as lf_feature_fill() does; */
bool lf_shadow_fill(const struct lf_slot *slot, const struct lf_gen *gen, struct lf_scratch *s,
		    const struct lf_pkt *pkt, const struct lf_flow *flow,
		    const struct sk_buff *skb);
/* the same for a connection. */
bool lf_shadow_fill_sock(const struct lf_slot *slot, const struct lf_gen *gen,
			 struct lf_scratch *s, struct sock *sk, const s32 *cc);

/* Call after the inference whose outputs are in s->y. */
void lf_shadow_run(struct lf_scratch *s, const struct lf_verdict *v);

/* Control: lf_mutex. */

/* Runs at one of @every inferences; 0: never. */
void lf_shadow_set(struct lf_slot *slot, u32 every);

/* The active or the standby snapshot has changed or is gone. */
void lf_shadow_renew(struct lf_slot *slot);

/* The slot goes. */
void lf_shadow_end(struct lf_slot *slot);

/* @sum has room for the outputs. */
void lf_shadow_read(const struct lf_shadow *sh, struct lf_shadow_sum *sum);

#endif /* LF_SHADOW_H */
