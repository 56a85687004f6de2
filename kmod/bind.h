/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The relation between slots and attachments: one bind for each pair of generation and view. All
 * under lf_mutex.
 */
#ifndef LF_BIND_H
#define LF_BIND_H

#include "state.h"

/*
 * For a generation about to be published: prepares a bind for every view of the slot's attachments,
 * or for none.
 */
int lf_bind_prepare(struct lf_slot *slot, struct lf_gen *gen);
void lf_bind_unprepare(struct lf_slot *slot, struct lf_gen *gen);
void lf_bind_publish(struct lf_slot *slot, struct lf_gen *gen);

/* Removes the binds of a generation that goes. */
void lf_bind_retire(struct lf_slot *slot, const struct lf_gen *gen);

/* Number of flows that hold it. */
unsigned int lf_bind_flows(const struct lf_slot *slot, const struct lf_gen *gen);

/*
 * For all views of an attachment: prepares binds for all generations of @slot (NULL: none), or
 * -ENOMEM;
 */
int lf_bind_prepare_all(struct lf_attach *a, const struct lf_slot *slot);
/* publishes them: cannot fail, all are prepared; @slot may be NULL; */
void lf_bind_attach(struct lf_attach *a, struct lf_slot *slot);
/* removes them. Generations may have lost their last flow by then. */
void lf_bind_detach(struct lf_attach *a);

/* For a view that comes or goes while its attachment is bound to @slot (NULL: to none). */
int lf_bind_view(struct lf_view *view, const struct lf_slot *slot);
void lf_bind_view_gone(struct lf_view *view);

/* A slot appears (still empty): binds the attachments of its name. It goes: unbinds them. */
void lf_bind_slot(struct lf_slot *slot);
void lf_bind_slot_gone(struct lf_slot *slot);

#endif /* LF_BIND_H */
