/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A generation: one snapshot for one stretch of a slot's life. All under lf_mutex unless noted.
 */
#ifndef LF_GENERATION_H
#define LF_GENERATION_H

#include "state.h"

/*
 * Does all that may fail for a new generation. Returns ERR_PTR(-ENOMEM), or ERR_PTR(-ENOSPC) if
 * every place holds a generation that is active, the one before, or in @keep. It may get the place
 * of another one.
 */
struct lf_gen *lf_gen_prepare(struct lf_slot *slot, struct lf_snapshot *snap, u32 keep);

/* Does the rest, which cannot fail: flows may hold it. Takes over the caller's snapshot use. */
void lf_gen_publish(struct lf_slot *slot, struct lf_gen *gen);

/*
 * Changes the active pointer and ends a split. @gen is in the slot already; NULL: no generation
 * serves. The old active one becomes the one before. @what: name of the event; NULL: no event.
 */
void lf_gen_switch(struct lf_slot *slot, struct lf_gen *gen, ktime_t start, const char *what);

/* The slot's bound, in per cent, for this snapshot. Packets may read it meanwhile. */
void lf_gen_confidence_set(struct lf_gen *gen, u8 percent);

/* The slot's generation of that number; NULL after saying that there is none. */
struct lf_gen *lf_gen_by_number(const struct lf_slot *slot, u32 number,
				struct netlink_ext_ack *extack);

/* Retires a generation that is no longer active. */
void lf_gen_retire(struct lf_slot *slot, struct lf_gen *gen);

/* A generation that is not active may have lost its last flow: checks soon. From any context. */
void lf_gen_sweep_later(void);

/* All namespaces are gone: there are no slots. */
void lf_gen_uninit(void);

#endif /* LF_GENERATION_H */
