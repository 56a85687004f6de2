/* SPDX-License-Identifier: GPL-2.0 */
/* A trainer that is any program: rows by file, ONNX or TFLite back. */
#ifndef LFD_EXTERNAL_H
#define LFD_EXTERNAL_H

#include "codegen/graph.h"
#include "dataset.h"

/*
 * TRAINER DIR/train.csv DIR/model.onnx, which must write the latter within `time` ns. The graph, or
 * NULL with the reason: it took too long, failed, or its model cannot be read. Nothing that it
 * started is left.
 */
struct graph *external_train(const struct dataset *d, const char *trainer, const char *dir,
			     uint64_t time, struct graph_err *err);

#endif /* LFD_EXTERNAL_H */
