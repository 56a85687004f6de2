/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two snapshots on the same live flows: the active one, whose outputs come with the samples, and
 * another.
 */
#ifndef LFD_TRIAL_H
#define LFD_TRIAL_H

#include "codegen/lfs.h"
#include "incumbent.h"
#include "join.h"
#include "seq.h"

struct trial {
	struct seq diff;	/* loss of the new one minus that of the old one, labelled flows */
	struct seq loss;	/* of the active one, 0 .. 1 */
	bool split;		/* both serve their arm's flows: loss is that of the old one */
	struct seq arm;		/* and this is that of the new one */
	struct seq differ;	/* share of rows, of any flow, on which they decide differently */
	uint64_t flows;		/* all */
};

/* Loss of an answer, 0 .. 1: of a class, or of a value over the range of labels. */
double trial_loss(const struct store_layout *l, double range, double said, double label);

void trial_begin(struct trial *t, double error, bool split);

/*
 * One flow that ended. other may be NULL: then only its own loss is known. served_new: the one that
 * serves is the new one. label: NAN for none.
 */
void trial_add(struct trial *t, struct incumbent *serving, struct lfs *other, bool served_new,
	       const struct store_layout *l, const struct join_flow *f, double label, double range);

/*
 * For connections under a policy, before any: what one loses counts within TRIAL_ROOM of the usual
 * only, a factor of seven in its rate, so that a difference shows after a fifth of the connections.
 * 0: not known, all counts.
 */
#define TRIAL_ROOM	0.1
void trial_begin_connections(struct trial *t, double error, bool split, double usual);

/* A connection that ended: what it lost (reward.h). */
void trial_add_connection(struct trial *t, bool served_new, double loss);

#endif /* LFD_TRIAL_H */
