/* SPDX-License-Identifier: GPL-2.0 */
/* The generated rivals; see infer_gen.c. */
#ifndef RIVAL_H
#define RIVAL_H

#include <lq/types.h>

s64 rival_net(const s64 *x);
void rival_forest(const s32 *x, s32 *y);

#endif /* RIVAL_H */
