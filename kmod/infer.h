/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LF_INFER_H
#define LF_INFER_H

#include "attach.h"

/* A flow of the attachment @priv ends: the bind that it holds is given back, its outcome sent. */
void lf_infer_flow_end(void *priv, const struct lf_flow *flow, enum lf_flow_end why);

/* Do the packets of a flow go by elsewhere? */
bool lf_infer_flow_held(void *priv, const struct lf_flow *flow);

int lf_infer_init(void);

#endif /* LF_INFER_H */
