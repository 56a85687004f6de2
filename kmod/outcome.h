/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LF_OUTCOME_H
#define LF_OUTCOME_H

#include "state.h"

/* A flow of the attachment @priv ends: the bind that it holds is given back, its outcome sent. */
void lf_outcome_flow(void *priv, const struct lf_flow *flow, enum lf_flow_end why);

/* Do the packets of a flow go by elsewhere? */
bool lf_outcome_held(void *priv, const struct lf_flow *flow);

#endif /* LF_OUTCOME_H */
