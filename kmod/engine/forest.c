// SPDX-License-Identifier: GPL-2.0
/*
 * Forests: walk the trees and sum the rows of their leaves.
 *
 * A step down a tree waits for three loads, one after the other: node, input, next node. Trees do
 * not depend on each other, so eight heaps, or four loops, are walked side by side without
 * data-dependent branches. Heaps of one depth lie at constant distances: one register holds the
 * place of all, and one each a tree's node. Heaps compare as unsigned integers, inputs and
 * thresholds with the sign bit flipped, since an unsigned comparison leaves its result in the carry
 * flag, where adding 2 i + carry takes one instruction.
 *
 * Rows are summed two outputs per u64. Up to four outputs stay in registers; more go through
 * scratch. The plain walk is the reference: one tree, one output at a time.
 */
#include "model.h"

/* --- heaps --- */

static __always_inline unsigned long heap_step(const struct lq_heap_node *node, unsigned long i,
					       const u32 *x)
{
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)	/* which does not look into asm */
	unsigned long value;

	__asm__("movl	%[input], %k[value]\n\t"
		"movl	(%[x], %[value], 4), %k[value]\n\t"
		"cmpl	%k[value], %[thr]\n\t"
		"adcq	%[i], %[i]"
		: [i] "+r" (i), [value] "=&r" (value)
		: [input] "m" (node[i].input), [thr] "m" (node[i].thr), [x] "r" (x),
		  "m" (*(const u32 (*)[LQ_MAX_INPUTS])x)
		: "cc");
	return i;
#else
	return 2 * i + (node[i].thr < x[node[i].input]);
#endif
}

/* The rows of the leaves of four trees, in u64 from the start of rows; likewise eight below. */
static void heap_walk4(const struct lq_forest *f, const struct lq_heap_group *group, const u32 *x,
		       u32 *row)
{
	const struct lq_heap_node *node = f->heap_nodes + group->at;
	const u32 *leaf = f->heap_leaves + group->at;
	unsigned long size = 1ul << group->depth, a = 1, b = 1, c = 1, d = 1;
	u32 left;

	for (left = group->depth; left; left--) {
		a = heap_step(node, a, x);
		b = heap_step(node + size, b, x);
		c = heap_step(node + 2 * size, c, x);
		d = heap_step(node + 3 * size, d, x);
	}
	row[0] = leaf[a - size];
	row[1] = leaf[b];
	row[2] = leaf[size + c];
	row[3] = leaf[2 * size + d];
	row[4] = row[5] = row[6] = row[7] = f->blank;
}

/* @depth: a constant */
static __always_inline void heap_walk8(const struct lq_forest *f, const struct lq_heap_group *group,
				       const u32 *x, u32 *row, u32 depth)
{
	const struct lq_heap_node *node = f->heap_nodes + group->at;
	const u32 *leaf = f->heap_leaves + group->at;
	unsigned long a = 1, b = 1, c = 1, d = 1, e = 1, g = 1, h = 1, i = 1;
	const u32 size = 1u << depth;
	u32 left;

	for (left = depth; left; left--) {
		a = heap_step(node, a, x);
		b = heap_step(node + size, b, x);
		c = heap_step(node + 2 * size, c, x);
		d = heap_step(node + 3 * size, d, x);
		e = heap_step(node + 4 * size, e, x);
		g = heap_step(node + 5 * size, g, x);
		h = heap_step(node + 6 * size, h, x);
		i = heap_step(node + 7 * size, i, x);
	}
	row[0] = leaf[a - size];
	row[1] = leaf[b];
	row[2] = leaf[size + c];
	row[3] = leaf[2 * size + d];
	row[4] = leaf[3 * size + e];
	row[5] = leaf[4 * size + g];
	row[6] = leaf[5 * size + h];
	row[7] = leaf[6 * size + i];
}

/* A loop for each depth, once: inlined into its callers they would be three times as much code. */
static __attribute__((__noinline__)) void heap_rows(const struct lq_forest *f,
						    const struct lq_heap_group *group,
						    const u32 *x, u32 *row)
{
	_Static_assert(LQ_HEAP_DEPTH <= 7 && LQ_HEAP_GROUP == 8, "a loop for each depth");
	if (group->trees < LQ_HEAP_GROUP)
		return heap_walk4(f, group, x, row);
	switch (group->depth) {
	case 0:
		return heap_walk8(f, group, x, row, 0);
	case 1:
		return heap_walk8(f, group, x, row, 1);
	case 2:
		return heap_walk8(f, group, x, row, 2);
	case 3:
		return heap_walk8(f, group, x, row, 3);
	case 4:
		return heap_walk8(f, group, x, row, 4);
	case 5:
		return heap_walk8(f, group, x, row, 5);
	case 6:
		return heap_walk8(f, group, x, row, 6);
	default:
		return heap_walk8(f, group, x, row, 7);
	}
}

/* For heaps, two inputs at a time: unsigned order is that of the values. */
static void flip_signs(const s32 *x, u32 n, u32 *to)
{
	u64 two;
	u32 i;

	for (i = 0; i + 1 < n; i += 2) {
		memcpy(&two, x + i, sizeof(two));
		two ^= (u64)LQ_SIGN << 32 | LQ_SIGN;
		memcpy(to + i, &two, sizeof(two));
	}
	if (i < n)
		to[i] = (u32)x[i] ^ LQ_SIGN;
}

/* --- loops --- */

static void loop_rows(const struct lq_forest *f, const struct lq_loop_group *group, const s32 *x,
		      u32 *row)
{
	const u32 *leaf = f->loop_leaves;
	u32 a, b, c, d;

	lq_loop_walk4(f->loop_nodes, group->root, group->depth, x, &a, &b, &c, &d);
	row[0] = leaf[group->root[0] + a];
	row[1] = leaf[group->root[1] + b];
	row[2] = leaf[group->root[2] + c];
	row[3] = leaf[group->root[3] + d];
}

/* --- sums --- */

static __always_inline u64 sum4(const u64 *rows, const u32 *row, u32 p)
{
	return rows[row[0] + p] + rows[row[1] + p] + rows[row[2] + p] + rows[row[3] + p];
}

static __always_inline u64 sum8(const u64 *rows, const u32 *row, u32 p)
{
	return sum4(rows, row, p) + sum4(rows, row + 4, p);
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
				    const u32 *flipped, bool two)
{
	const struct lq_heap_group *h;
	const struct lq_loop_group *l;
	u32 row[LQ_HEAP_GROUP];
	u64 s0 = 0, s1 = 0;

	for (h = f->heap; h < f->heap + f->n_heap; h++) {
		heap_rows(f, h, flipped, row);
		s0 += sum8(f->rows, row, 0);
		if (two)
			s1 += sum8(f->rows, row, 1);
	}
	for (l = f->loop; l < f->loop + f->n_loop; l++) {
		loop_rows(f, l, x, row);
		s0 += sum4(f->rows, row, 0);
		if (two)
			s1 += sum4(f->rows, row, 1);
	}
	unpack(s0, y, n);
	if (two)
		unpack(s1, y + 2, n - 2);
}

static void run_many(const struct lq_forest *f, const s32 *x, s32 *y, u32 n,
		     struct lq_scratch *scratch)
{
	const struct lq_heap_group *h;
	const struct lq_loop_group *l;
	u32 row[LQ_HEAP_GROUP], p;
	u64 *sums = scratch->sums;

	memset(sums, 0, f->pairs * sizeof(*sums));
	for (h = f->heap; h < f->heap + f->n_heap; h++) {
		heap_rows(f, h, scratch->x, row);
		for (p = 0; p < f->pairs; p++)
			sums[p] += sum8(f->rows, row, p);
	}
	for (l = f->loop; l < f->loop + f->n_loop; l++) {
		loop_rows(f, l, x, row);
		for (p = 0; p < f->pairs; p++)
			sums[p] += sum4(f->rows, row, p);
	}
	for (p = 0; p < f->pairs; p++)
		unpack(sums[p], y + 2 * p, n - 2 * p);
}

void lq_forest_run(const struct lq_model *model, const s32 *x, s32 *y, struct lq_scratch *scratch)
{
	const struct lq_forest *f = &model->forest;
	u32 n = model->info.n_outputs;

	if (f->n_heap)
		flip_signs(x, model->info.n_inputs, scratch->x);
	if (n <= 2)
		run_few(f, x, y, n, scratch->x, false);
	else if (n <= 4)
		run_few(f, x, y, n, scratch->x, true);
	else
		run_many(f, x, y, n, scratch);
}

/* --- the plain walk --- */

/* Leaf slot, 0 .. 2^depth - 1, of one tree. */
static u32 heap_walk(const struct lq_heap_node *node, u32 depth, const s32 *x)
{
	u32 i = 1, d;

	for (d = 0; d < depth; d++)
		i = 2 * i + (x[node[i].input] > (s32)(node[i].thr ^ LQ_SIGN));
	return i - (1u << depth);
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
	const struct lq_heap_group *h;
	const struct lq_loop_group *l;
	u32 n = model->info.n_outputs, k, at;

	memset(y, 0, n * sizeof(*y));
	for (h = f->heap; h < f->heap + f->n_heap; h++)
		for (k = 0; k < h->trees; k++) {
			at = h->at + (k << h->depth);
			at += heap_walk(f->heap_nodes + at, h->depth, x);
			add_row(f, f->heap_leaves[at], y, n);
		}
	for (l = f->loop; l < f->loop + f->n_loop; l++)
		for (k = 0; k < LQ_LOOP_GROUP; k++) {
			at = l->root[k] + lq_loop_walk(f->loop_nodes + l->root[k], l->depth, x);
			add_row(f, f->loop_leaves[at], y, n);
		}
}
