/* SPDX-License-Identifier: GPL-2.0 */
/* Where a net's values live: the steps of a snapshot file over its numbered buffers. */
#ifndef PLACE_H
#define PLACE_H

#include "plan.h"

struct place_step {
	const struct plan_layer *layer;	/* NULL: a copy */
	u16 n_in, n_out;
	u8 from, with, to;
	u16 first, at;
};

struct place {
	bool chain;		/* buffers are implicit */
	u32 n;
	struct place_step step[LQ_MAX_LAYERS];
};

/* 0, or -1 with the reason. */
int place_net(const struct plan *plan, struct place *p, struct graph_err *err);

#endif /* PLACE_H */
