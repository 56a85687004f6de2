/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Views: other ways to read the verdicts of one attachment. <net/liteflow_view.h> says what they
 * are.
 */
#ifndef LF_VIEW_H
#define LF_VIEW_H

#include "state.h"

/*
 * All under lf_mutex. What bind.c does to the binds of one attachment is done to its views' maps:
 */

/* prepare a map for the generation in every view, or in none (-ENOMEM); */
int lf_views_prepare(struct lf_attach *a, const struct lf_gen *gen);
void lf_views_unprepare(struct lf_attach *a, unsigned int place);
/* publish it, before the bind; */
void lf_views_publish(struct lf_attach *a, const struct lf_gen *gen);
/* remove it with its generation. */
void lf_views_retire(struct lf_attach *a, unsigned int place);

#endif /* LF_VIEW_H */
