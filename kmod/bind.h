/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The relation between slots and attachments: one bind for each pair of generation and attachment.
 * All under lf_mutex.
 */
#ifndef LF_BIND_H
#define LF_BIND_H

#include "state.h"

/*
 * For a generation about to be published: prepares a bind for every attachment of the slot, or for
 * none.
 */
int lf_bind_prepare(struct lf_slot *slot, struct lf_gen *gen);
void lf_bind_unprepare(struct lf_slot *slot, struct lf_gen *gen);
void lf_bind_publish(struct lf_slot *slot, struct lf_gen *gen);

/* Removes the binds of a generation that goes. */
void lf_bind_retire(struct lf_slot *slot, const struct lf_gen *gen);

/* Number of flows that hold it. */
unsigned int lf_bind_flows(const struct lf_slot *slot, const struct lf_gen *gen);

/* For one attachment: prepares binds for all generations of @slot (NULL: none), or -ENOMEM; */
int lf_bind_prepare_all(struct lf_attach *a, const struct lf_slot *slot);
/* publishes them: cannot fail, all are prepared; @slot may be NULL; */
void lf_bind_attach(struct lf_attach *a, struct lf_slot *slot);
/* removes them. Generations may have lost their last flow by then. */
void lf_bind_detach(struct lf_attach *a);

/* A slot appears (still empty): binds the attachments of its name. It goes: unbinds them. */
void lf_bind_slot(struct lf_slot *slot);
void lf_bind_slot_gone(struct lf_slot *slot);

#endif /* LF_BIND_H */
