// SPDX-License-Identifier: GPL-2.0
/* The feature table, once for all of lfgen. */
#include <lq/features.h>

LQ_FEATURE_TABLE;
