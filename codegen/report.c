// SPDX-License-Identifier: GPL-2.0
/* The report of `lfgen build` on its model. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "lfs.h"
#include "plan.h"

static double share(double v, double of)
{
	return of > 0 ? 100 * v / of : 0;
}

static void report_layer(const struct plan_layer *p, u32 index)
{
	size_t bytes = p->op == LQ_OP_FC ? 2 * (size_t)p->n_in * p->n_out + LQ_ROW_LEN * p->n_out :
					   0;

	printf("layer %-2u  %4u x %-4u %-10s bound %5.1f %%  scale %-10.4g %7zu bytes", index,
	       p->n_in, p->n_out, p->act, p->bound * 100 / INT32_MAX, p->step[0], bytes);
	if (p->range > 0)
		printf("  error %.3g max (%.4f %%), %.3g mean (%.4f %%)", p->err_max,
		       share(p->err_max, p->range), p->err_mean, share(p->err_mean, p->range));
	printf("  %s\n", p->node);
}

static void report_forest(const struct plan *plan)
{
	u64 nodes = 0;
	u32 t, depth = 0;

	for (t = 0; t < plan->n_trees; t++) {
		nodes += plan->trees[t].n_nodes;
		depth = plan->trees[t].depth > depth ? plan->trees[t].depth : depth;
	}
	printf("forest    %u trees, depth at most %u, %" PRIu64 " nodes (%" PRIu64
	       " before), %u rows of leaves, bound %.1f %%, scale 2^-%d\n",
	       plan->n_trees, depth, (uint64_t)nodes, (uint64_t)plan->float_nodes, plan->n_leaves,
	       plan->forest_bound * 100 / INT32_MAX, plan->outputs[0].S);
}

/* The rows that the errors below refer to, and the headroom found. */
static void report_rows(const struct plan *plan)
{
	double least = INFINITY, most = 0;
	u32 i;

	printf("rows      errors over %zu rows", plan->n_rows);
	if (plan->n_held)
		printf(" held out; %zu set ranges", plan->n_fit);
	if (plan->cut)
		printf(", %u cut on each side of each column", plan->cut);
	for (i = 0; i < plan->n_inputs; i++) {
		least = fmin(least, plan->inputs[i].room);
		most = fmax(most, plan->inputs[i].room);
	}
	if (least < most)
		printf(", margins %g .. %g", least, most);
	else if (most > 0)
		printf(", margin %g", most);
	if (plan->n_clipped)
		printf(", %zu clipped", plan->n_clipped);
	putchar('\n');
}

static void report_errors(const struct plan *plan)
{
	double range;
	u32 o;

	if (!plan->n_rows)
		return;
	report_rows(plan);
	for (o = 0; o < plan->n_outputs; o++) {
		range = plan->out_range[o];
		printf("output    %-12s %.6g .. %.6g %s  error %.3g max (%.4f %%), %.3g mean (%.4f "
		       "%%)",
		       plan->outputs[o].name, plan->out_lo[o], plan->out_hi[o],
		       plan->outputs[o].unit, plan->err_inside[o],
		       share(plan->err_inside[o], range), plan->err_robust[o],
		       share(plan->err_robust[o], range));
		if (plan->err_max[o] > plan->err_inside[o])
			printf(", %.3g in clipped rows", plan->err_max[o]);
		putchar('\n');
	}
	if (plan->meaning == LQ_MEANING_CLASS)
		printf("decision  %.3f %% of %zu rows as in the model\n", 100 * plan->agreement,
		       plan->n_rows);
}

void plan_report(const struct plan *plan, const void *file, size_t len)
{
	char hex[2 * LQ_HASH_LEN + 1];
	struct graph_err err;
	struct lfs m;
	u32 i;

	for (i = 0; i < plan->n_layers; i++)
		report_layer(&plan->layers[i], i);
	if (plan->kind == LQ_KIND_FOREST)
		report_forest(plan);
	report_errors(plan);
	if (lfs_load(&m, file, len, "snapshot", &err))
		return;
	lfs_hash(&m, hex);
	printf("total     %s: %u inputs, %u outputs, ", plan->name, plan->n_inputs,
	       plan->n_outputs);
	if (plan->kind == LQ_KIND_NET)
		printf("%u multiply-accumulates", plan->macs);
	else
		printf("%u comparisons", plan->steps);
	printf(", about %u ns, %zu bytes in the file, %zu packed, %u golden vectors\n", m.info.ns,
	       len, m.info.model_bytes, plan->n_golden);
	printf("hash      %s\n", hex);
	lfs_free(&m);
}
