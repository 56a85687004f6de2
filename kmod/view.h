/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Views: other ways to read the verdicts of one attachment. What they are is said in
 * <net/liteflow.h>.
 */
#ifndef LF_VIEW_H
#define LF_VIEW_H

#include "state.h"

/*
 * All under lf_mutex. What attach.c does to the binds of one attachment is done to its views' maps:
 */

/* every view gets a map ready for the generation, or none does (-ENOMEM); */
int lf_views_prepare(struct lf_attach *a, const struct lf_gen *gen);
void lf_views_unprepare(struct lf_attach *a, unsigned int place);
/* packets find it, before they find the bind; */
void lf_views_publish(struct lf_attach *a, const struct lf_gen *gen);
/* the generation is gone. */
void lf_views_retire(struct lf_attach *a, unsigned int place);

#endif /* LF_VIEW_H */
