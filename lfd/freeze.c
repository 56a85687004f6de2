// SPDX-License-Identifier: GPL-2.0
#include "freeze.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/plan.h"
#include "label.h"

#define ACCEPT		0.10	/* as lfgen build --accept-error */
#define CALIB_ROWS	20000	/* more take longer and change nothing */

struct names {
	char **list;
	uint32_t n;
};

static struct names names_of(char (*from)[LQ_NAME_LEN], uint32_t n)
{
	struct names names = { util_alloc(n + 1, sizeof(char *)), n };
	uint32_t i;

	for (i = 0; i < n; i++)
		names.list[i] = util_strdup(from[i]);
	return names;
}

/* Rows picked evenly from all. */
static struct rows calibration(const struct dataset *d)
{
	struct rows rows = { .n = d->n < CALIB_ROWS ? d->n : CALIB_ROWS, .cols = d->n_in };
	size_t i;

	rows.v = util_alloc(rows.n * d->n_in + 1, sizeof(double));
	for (i = 0; i < rows.n; i++)
		memcpy(rows.v + i * d->n_in, d->x + (size_t)((double)i * d->n / rows.n) * d->n_in,
		       d->n_in * sizeof(double));
	return rows;
}

static int judge(const struct plan *plan, struct freeze_report *r, struct graph_err *err)
{
	r->agreement = plan->agreement;
	r->error = plan->n_rows && plan->out_range[0] > 0 ? plan->err_robust[0] / plan->out_range[0]
							  : 0;
	if (plan->meaning == LQ_MEANING_CLASS && plan->n_rows && 1 - r->agreement > ACCEPT)
		return util_fail(err, "%.3g %% of the integers' decisions are not the model's",
				 100 * (1 - r->agreement));
	if (plan->meaning == LQ_MEANING_VALUE && r->error > ACCEPT)
		return util_fail(err, "the integers are off by %.3g %% of the output's range",
				 100 * r->error);
	return 0;
}

static const char *unit_of(uint32_t what)
{
	return what == LABEL_DURATION ? "log2 us" : "log2 bytes";
}

int freeze(struct graph *g, const struct dataset *d, const char *name, struct lfs *m,
	   struct freeze_report *r, struct graph_err *err)
{
	struct names features = names_of((char (*)[LQ_NAME_LEN])d->names, d->n_in);
	struct names classes = names_of((char (*)[LQ_NAME_LEN])d->classes, d->n_classes);
	struct plan_options opt = { .name = name,
				    .features = features.list,
				    .n_features = features.n };
	struct rows rows = calibration(d);
	struct plan plan;
	size_t len;
	void *file;
	int ret = -1;

	if (d->n_classes) {
		opt.classes = classes.list;
		opt.n_classes = classes.n;
	} else {
		opt.unit = unit_of(d->what);
	}
	if (!plan_make(g, &rows, &opt, &plan, err)) {
		if (!judge(&plan, r, err) && !plan_emit(&plan, &file, &len, err)) {
			ret = lfs_load(m, file, len, name, err);
			free(file);
		}
		plan_free(&plan);
	}
	free(rows.v);
	util_free_list(features.list);
	util_free_list(classes.list);
	return ret;
}
