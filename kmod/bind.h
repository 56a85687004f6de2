/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The relation between slots and attachments: a bind for each generation and attachment. All under
 * lf_mutex.
 */
#ifndef LF_BIND_H
#define LF_BIND_H

#include "state.h"

/*
 * For a generation about to be published: every attachment of the slot gets a bind ready, or none
 * does.
 */
int lf_bind_prepare(struct lf_slot *slot, struct lf_gen *gen);
void lf_bind_unprepare(struct lf_slot *slot, struct lf_gen *gen);
void lf_bind_publish(struct lf_slot *slot, struct lf_gen *gen);

/* The generation goes: its binds too. */
void lf_bind_retire(struct lf_slot *slot, const struct lf_gen *gen);

/* Flows that hold it. */
unsigned int lf_bind_flows(const struct lf_slot *slot, const struct lf_gen *gen);

/* Of one attachment: binds for all generations of @slot (NULL: none), or -ENOMEM; */
int lf_bind_prepare_all(struct lf_attach *a, const struct lf_slot *slot);
/* packets find them: cannot fail, all are prepared; @slot may be NULL; */
void lf_bind_attach(struct lf_attach *a, struct lf_slot *slot);
/* they are gone. Generations may have lost their last flow by it. */
void lf_bind_detach(struct lf_attach *a);

/*
 * A slot appears (still empty): its name's attachments are bound. It goes: they are not any more.
 */
void lf_bind_slot(struct lf_slot *slot);
void lf_bind_slot_gone(struct lf_slot *slot);

#endif /* LF_BIND_H */
