/* SPDX-License-Identifier: GPL-2.0 */
/* The answer of a snapshot: the class as its index, or the value in its unit. */
#ifndef LFD_ANSWER_H
#define LFD_ANSWER_H

#include "codegen/lfs.h"

/* From raw outputs, and from raw inputs. */
double answer_of(const struct lfs *m, const int32_t *y);
double answer_to(struct lfs *m, const int32_t *raw);

#endif /* LFD_ANSWER_H */
