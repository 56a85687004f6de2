/* SPDX-License-Identifier: GPL-2.0 */
/* Any program as the trainer: rows in a file, ONNX or TFLite back. */
#ifndef LFD_EXTERNAL_H
#define LFD_EXTERNAL_H

#include "codegen/graph.h"
#include "dataset.h"

/*
 * Runs TRAINER DIR/train.csv DIR/model.onnx, which must write the latter within `time` ns. Returns
 * the graph, or NULL with the reason: it took too long, failed, or its model cannot be read. All
 * processes that it started are killed.
 */
struct graph *external_train(const struct dataset *d, const char *trainer, const char *dir,
			     uint64_t time, struct graph_err *err);

#endif /* LFD_EXTERNAL_H */
