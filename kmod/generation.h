/* SPDX-License-Identifier: GPL-2.0 */
/* A generation: one snapshot for one stretch of a slot's life. All under lf_mutex but where it says otherwise. */
#ifndef LF_GENERATION_H
#define LF_GENERATION_H

#include "state.h"

/* All of an activation that may fail. NULL for want of memory. */
struct lf_gen *lf_gen_prepare(struct lf_slot *slot, struct lf_snapshot *snap);

/* All that may not: the generation takes over what the standby side held. */
void lf_gen_activate(struct lf_slot *slot, struct lf_gen *gen, ktime_t start);

/* One pointer changes. @gen is in the slot already; @what: of the event. */
void lf_gen_switch(struct lf_slot *slot, struct lf_gen *gen, ktime_t start, const char *what);

/* It is no longer active. */
void lf_gen_retire(struct lf_slot *slot, struct lf_gen *gen);

/* A generation that is not active may have lost its last flow: look soon. From any context. */
void lf_gen_sweep_later(void);

/* All namespaces are left: no slots. */
void lf_gen_uninit(void);

#endif /* LF_GENERATION_H */
