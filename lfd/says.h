/* SPDX-License-Identifier: GPL-2.0 */
/* The answer of a snapshot: the class as its index, or the value in its unit. */
#ifndef LFD_SAYS_H
#define LFD_SAYS_H

#include "codegen/lfs.h"

/* From raw outputs, and from raw inputs. */
double says_outputs(const struct lfs *m, const int32_t *y);
double says(struct lfs *m, const int32_t *raw);

#endif /* LFD_SAYS_H */
