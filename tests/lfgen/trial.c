// SPDX-License-Identifier: GPL-2.0
#include "trial.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

struct lfs trial_build(const struct graph *g, const struct rows *calib,
		       const struct plan_options *opt)
{
	struct graph_err err = { .msg = "" };
	struct plan plan;
	struct lfs m;
	void *file;
	size_t len;

	if (plan_make(g, calib, opt, &plan, &err) || plan_emit(&plan, &file, &len, &err) ||
	    lfs_load(&m, file, len, "test", &err) || lfs_selftest(&m, &err))
		fail_msg("%s", err.msg);
	free(file);
	plan_free(&plan);
	return m;
}

void trial_run(struct lfs *m, const double *row, enum lq_path path, s32 *y)
{
	s32 x[LQ_MAX_INPUTS];
	u32 i;

	for (i = 0; i < m->info.n_inputs; i++) {
		struct plan_input in = lfs_input(m, i);

		x[i] = plan_feature(in.num, in.den, row[i]);
	}
	lfs_infer(m, path, x, y);
}

struct trial_errors trial_errors(const struct graph *g, struct lfs *m, const struct rows *rows,
				 enum lq_path path)
{
	double real[LQ_MAX_OUTPUTS], lo = INFINITY, hi = -INFINITY, off;
	struct trial_errors e = { 0 };
	s32 y[LQ_MAX_OUTPUTS];
	size_t r;
	u32 o;

	for (r = 0; r < rows->n; r++) {
		graph_run(g, rows_at(rows, r), real);
		trial_run(m, rows_at(rows, r), path, y);
		for (o = 0; o < g->n_outputs; o++) {
			struct plan_output out = lfs_output(m, o);

			off = fabs(plan_value(&out, y[o]) - real[o]);
			e.most = fmax(e.most, off);
			e.mean += off / rows->n / g->n_outputs;
			lo = fmin(lo, real[o]);
			hi = fmax(hi, real[o]);
		}
	}
	e.range = hi - lo;
	return e;
}

double trial_share(const struct graph *g, struct lfs *m, const struct rows *rows,
		   enum lq_path path)
{
	struct trial_errors e = trial_errors(g, m, rows, path);

	return e.most / e.range;
}
