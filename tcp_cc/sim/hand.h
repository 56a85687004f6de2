/* SPDX-License-Identifier: GPL-2.0 */
/* A controller made by hand: where training begins, and the baseline that it has to beat. */
#ifndef LF_SIM_HAND_H
#define LF_SIM_HAND_H

#include "sim.h"

/* In the action's own unit, from the thirty features of a history. */
float hand_action(const float *raw, const float *preference);

s32 hand_act(const void *ctx, const struct lf_history *h, const float *preference);

#endif /* LF_SIM_HAND_H */
