/* SPDX-License-Identifier: GPL-2.0 */
/* What a snapshot says: the class as its index, or the value in its unit. */
#ifndef LFD_SAYS_H
#define LFD_SAYS_H

#include "codegen/lfs.h"

/* Of raw outputs, and of raw inputs. */
double says_outputs(const struct lfs *m, const int32_t *y);
double says(struct lfs *m, const int32_t *raw);

#endif /* LFD_SAYS_H */
