/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two models of the benchmark, for the generator of the compiled rivals and for the benchmark
 * itself.
 */
#ifndef INFER_MODELS_H
#define INFER_MODELS_H

#include "../unit/lq_build.h"

#define FOREST_TREES	16
#define FOREST_DEPTH	6
#define FOREST_INPUTS	12
#define FOREST_CLASSES	3

/* Aurora's shape: 30-32-16-1 with tanh between, random weights. */
u8 *bench_net(size_t *len);

/* 16 trees of depth 6, most of them complete, as a random forest of that depth comes out. */
u8 *bench_forest(size_t *len);

#endif /* INFER_MODELS_H */
