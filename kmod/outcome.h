/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LF_OUTCOME_H
#define LF_OUTCOME_H

#include "state.h"

/* A flow of the attachment @priv ends: the bind that it holds is given back, its outcome sent. */
void lf_outcome_flow(void *priv, const struct lf_flow *flow, enum lf_flow_end why);

/*
 * An interval of a connection under the generation has ended: @cc and @params as
 * lf_feature_fill_sock() has them. Bottom halves are off.
 */
void lf_outcome_interval(const struct lf_gen *gen, const s32 *cc, const s32 *params);

/* Do the packets of a flow go by elsewhere? */
bool lf_outcome_held(void *priv, const struct lf_flow *flow);

#endif /* LF_OUTCOME_H */
