/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A generation: one snapshot for one stretch of a slot's life. All under lf_mutex but where it says
 * otherwise.
 */
#ifndef LF_GENERATION_H
#define LF_GENERATION_H

#include "state.h"

/*
 * All of a new generation that may fail: ERR_PTR(-ENOMEM), or -ENOSPC where every place has a
 * generation that is active, the one before, or in @keep. The place of another may be taken.
 */
struct lf_gen *lf_gen_prepare(struct lf_slot *slot, struct lf_snapshot *snap, u32 keep);

/* All that may not: flows may hold it. It takes over the caller's use of the snapshot. */
void lf_gen_publish(struct lf_slot *slot, struct lf_gen *gen);

/*
 * One pointer changes, and a split ends. @gen is in the slot already; NULL: no generation serves.
 * The one that was active is the one before. @what: of the event, NULL for none.
 */
void lf_gen_switch(struct lf_slot *slot, struct lf_gen *gen, ktime_t start, const char *what);

/* It is no longer active. */
void lf_gen_retire(struct lf_slot *slot, struct lf_gen *gen);

/* A generation that is not active may have lost its last flow: look soon. From any context. */
void lf_gen_sweep_later(void);

/* All namespaces are left: no slots. */
void lf_gen_uninit(void);

#endif /* LF_GENERATION_H */
