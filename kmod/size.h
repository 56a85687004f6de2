/* SPDX-License-Identifier: GPL-2.0 */
/* What became of predicted sizes: for the core. include/net/liteflow_size.h is for schedulers. */
#ifndef LF_SIZE_H
#define LF_SIZE_H

#include "state.h"

/* Keeps in @flow the size, if any, that its first verdict of a generation predicts. */
void lf_size_note(struct lf_flow *flow, const struct lf_snapshot *snap, const struct lf_verdict *v);

/* A flow of the attachment ends: counts how its size compares with the one kept. */
void lf_size_end(const struct lf_attach *a, const struct lf_flow *flow, enum lf_flow_end why);

#endif /* LF_SIZE_H */
