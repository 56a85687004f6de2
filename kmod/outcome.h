/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LF_OUTCOME_H
#define LF_OUTCOME_H

#include "state.h"

/* A flow of the attachment @priv ends: releases the bind that it holds and sends its outcome. */
void lf_outcome_flow(void *priv, const struct lf_flow *flow, enum lf_flow_end why);

/*
 * A connection's interval under the generation has ended. @cc, @params: as for
 * lf_feature_fill_sock(). Bottom halves are off.
 */
void lf_outcome_interval(const struct lf_gen *gen, const s32 *cc, const s32 *params);

/* Before flows end by the bucket: waits until their outcomes have room. Sleeps. */
void lf_outcome_pause(void *priv);

/* Do the packets of a flow bypass us? */
bool lf_outcome_held(void *priv, const struct lf_flow *flow);

#endif /* LF_OUTCOME_H */
