/* SPDX-License-Identifier: GPL-2.0 */
/* A snapshot beside the model that it was made from. */
#ifndef LFGEN_TEST_TRIAL_H
#define LFGEN_TEST_TRIAL_H

#include "lfs.h"
#include "quant.h"

/*
 * Builds and loads a snapshot whose golden vectors pass on every path; the test fails with the
 * sentence if not.
 */
struct lfs trial_build(const struct graph *g, const struct rows *calib,
		       const struct plan_options *opt);

/* The raw outputs for a row in the units of the inputs. */
void trial_run(struct lfs *m, const double *row, enum lq_path path, s32 *y);

/*
 * Over all outputs of all rows, in the outputs' units: errors, and greatest less least right value.
 */
struct trial_errors {
	double most, mean, range;
};

struct trial_errors trial_errors(const struct graph *g, struct lfs *m, const struct rows *rows,
				 enum lq_path path);

/* The greatest error as a share of the range. */
double trial_share(const struct graph *g, struct lfs *m, const struct rows *rows,
		   enum lq_path path);

#endif /* LFGEN_TEST_TRIAL_H */
