// SPDX-License-Identifier: GPL-2.0
/*
 * Forests: walk the trees and sum the rows of their leaves.
 *
 * Four trees are walked side by side without data-dependent branches, and rows are summed two
 * outputs per u64. Up to four outputs stay in registers; more go through scratch. The plain walk is
 * the reference: one tree, one output at a time.
 */
#include "model.h"

/* The four leaves' rows of one group, in u64 from the start of rows. */
struct leaves {
	u32 a;
	u32 b;
	u32 c;
	u32 d;
};

static __always_inline struct leaves walk_heaps(const struct lq_forest *f, const struct lq_group *g,
						const s32 *x)
{
	const u32 *leaf = f->heap_leaves + g->leaf;
	u32 size = 1u << g->depth;
	u32 a, b, c, d;

	lq_heap_walk4(f->heap_nodes + g->node, g->depth, x, &a, &b, &c, &d);
	return (struct leaves){ leaf[a], leaf[size + b], leaf[2 * size + c], leaf[3 * size + d] };
}

static __always_inline struct leaves walk_loops(const struct lq_forest *f, const struct lq_group *g,
						const s32 *x)
{
	const u32 *leaf = f->loop_leaves;
	u32 a, b, c, d;

	lq_loop_walk4(f->loop_nodes, g->root, g->depth, x, &a, &b, &c, &d);
	return (struct leaves){ leaf[g->root[0] + a], leaf[g->root[1] + b], leaf[g->root[2] + c],
				leaf[g->root[3] + d] };
}

static __always_inline u64 sum_at(const u64 *rows, struct leaves at, u32 p)
{
	return rows[at.a + p] + rows[at.b + p] + rows[at.c + p] + rows[at.d + p];
}

static void unpack(u64 sum, s32 *y, u32 n)
{
	s32 even = (s32)(u32)sum;

	y[0] = even;
	if (n > 1)
		y[1] = (s32)(u32)((sum - (u64)(s64)even) >> 32);
}

/* One or two pairs of outputs. */
static __always_inline void run_few(const struct lq_forest *f, const s32 *x, s32 *y, u32 n,
				    bool two)
{
	const struct lq_group *g;
	struct leaves at;
	u64 s0 = 0, s1 = 0;

	for (g = f->heap; g < f->heap + f->n_heap; g++) {
		at = walk_heaps(f, g, x);
		s0 += sum_at(f->rows, at, 0);
		if (two)
			s1 += sum_at(f->rows, at, 1);
	}
	for (g = f->loop; g < f->loop + f->n_loop; g++) {
		at = walk_loops(f, g, x);
		s0 += sum_at(f->rows, at, 0);
		if (two)
			s1 += sum_at(f->rows, at, 1);
	}
	unpack(s0, y, n);
	if (two)
		unpack(s1, y + 2, n - 2);
}

static void add_rows(const struct lq_forest *f, struct leaves at, u64 *sums)
{
	u32 p;

	for (p = 0; p < f->pairs; p++)
		sums[p] += sum_at(f->rows, at, p);
}

static void run_many(const struct lq_forest *f, const s32 *x, s32 *y, u32 n, u64 *sums)
{
	const struct lq_group *g;
	u32 p;

	memset(sums, 0, f->pairs * sizeof(*sums));
	for (g = f->heap; g < f->heap + f->n_heap; g++)
		add_rows(f, walk_heaps(f, g, x), sums);
	for (g = f->loop; g < f->loop + f->n_loop; g++)
		add_rows(f, walk_loops(f, g, x), sums);
	for (p = 0; p < f->pairs; p++)
		unpack(sums[p], y + 2 * p, n - 2 * p);
}

void lq_forest_run(const struct lq_model *model, const s32 *x, s32 *y, struct lq_scratch *scratch)
{
	const struct lq_forest *f = &model->forest;
	u32 n = model->info.n_outputs;

	if (n <= 2)
		run_few(f, x, y, n, false);
	else if (n <= 4)
		run_few(f, x, y, n, true);
	else
		run_many(f, x, y, n, scratch->sums);
}

/* Output o of the row that starts at u64 `row`. */
static s32 row_output(const struct lq_forest *f, u32 row, u32 o)
{
	u64 pair = f->rows[row + o / 2];
	s32 even = (s32)(u32)pair;

	return o % 2 ? (s32)(u32)((pair - (u64)(s64)even) >> 32) : even;
}

static void add_row(const struct lq_forest *f, u32 row, s32 *y, u32 n)
{
	u32 o;

	for (o = 0; o < n; o++)
		y[o] = (s32)((u32)y[o] + (u32)row_output(f, row, o));
}

void lq_forest_run_plain(const struct lq_model *model, const s32 *x, s32 *y)
{
	const struct lq_forest *f = &model->forest;
	const struct lq_group *g;
	u32 n = model->info.n_outputs, k, at;

	memset(y, 0, n * sizeof(*y));
	for (g = f->heap; g < f->heap + f->n_heap; g++)
		for (k = 0; k < LQ_GROUP; k++) {
			at = g->node + (k << g->depth);
			at = g->leaf + (k << g->depth) +
			     lq_heap_walk(f->heap_nodes + at, g->depth, x);
			add_row(f, f->heap_leaves[at], y, n);
		}
	for (g = f->loop; g < f->loop + f->n_loop; g++)
		for (k = 0; k < LQ_GROUP; k++) {
			at = g->root[k] + lq_loop_walk(f->loop_nodes + g->root[k], g->depth, x);
			add_row(f, f->loop_leaves[at], y, n);
		}
}
