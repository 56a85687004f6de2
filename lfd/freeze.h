/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a trained model to a snapshot that the kernel accepts: lfgen build without an intermediate
 * file.
 */
#ifndef LFD_FREEZE_H
#define LFD_FREEZE_H

#include "codegen/graph.h"
#include "codegen/lfs.h"
#include "dataset.h"

struct freeze_report {
	double agreement;	/* classes: share of rows where the integers agree with the model */
	double error;		/* values: mean error over the outputs' range */
};

/*
 * Quantises with the rows as calibration, proves, and runs the test vectors on every path. m gets
 * the snapshot. -1 with the reason, also if the integers are further from the model than `lfgen
 * build` accepts.
 */
int freeze(struct graph *g, const struct dataset *d, const char *name, struct lfs *m,
	   struct freeze_report *r, struct graph_err *err);

#endif /* LFD_FREEZE_H */
