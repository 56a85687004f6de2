// SPDX-License-Identifier: GPL-2.0
/*
 * Forests: walk the trees and sum the rows of their leaves.
 *
 * A step down a tree waits for three loads, one after the other: node, input, next node. Trees do
 * not depend on each other, so eight are walked side by side without data-dependent branches. One
 * register holds the place of all nodes, and one each a tree's node: heaps of one depth lie at
 * constant distances, and the nodes of loops say how far behind them the next one is.
 *
 * Values compare as unsigned integers, inputs and thresholds with the sign bit flipped, since an
 * unsigned comparison leaves its result in the carry flag, where an addition takes it for nothing.
 *
 * Rows are summed two outputs per u64. Up to four outputs stay in registers; more go through
 * scratch. The plain walk is the reference: one tree, one output at a time.
 */
#include "model.h"

/* Not where the sanitizer would miss the loads of asm. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define FLAGS	1
#else
#define FLAGS	0
#endif

/* --- heaps --- */

static __always_inline unsigned long heap_step(const struct lq_heap_node *node, unsigned long i,
					       const u32 *x)
{
#if FLAGS
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

/* The leaf slots of four trees; likewise of eight below. */
static void heap_walk4(const struct lq_forest *f, const struct lq_heap_group *group, const u32 *x,
		       u32 *slot)
{
	const struct lq_heap_node *node = f->heap_nodes + group->at;
	unsigned long size = 1ul << group->depth, a = 1, b = 1, c = 1, d = 1;
	u32 at = group->at, left;

	for (left = group->depth; left; left--) {
		a = heap_step(node, a, x);
		b = heap_step(node + size, b, x);
		c = heap_step(node + 2 * size, c, x);
		d = heap_step(node + 3 * size, d, x);
	}
	slot[0] = at + (u32)(a - size);
	slot[1] = at + (u32)b;
	slot[2] = at + (u32)(size + c);
	slot[3] = at + (u32)(2 * size + d);
	slot[4] = slot[5] = slot[6] = slot[7] = f->heap_blank;
}

/* @depth: a constant */
static __always_inline void heap_walk8(const struct lq_forest *f, const struct lq_heap_group *group,
				       const u32 *x, u32 *slot, u32 depth)
{
	const struct lq_heap_node *node = f->heap_nodes + group->at;
	unsigned long a = 1, b = 1, c = 1, d = 1, e = 1, g = 1, h = 1, i = 1;
	const u32 size = 1u << depth;
	u32 at = group->at, left;

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
	slot[0] = at - size + (u32)a;
	slot[1] = at + (u32)b;
	slot[2] = at + size + (u32)c;
	slot[3] = at + 2 * size + (u32)d;
	slot[4] = at + 3 * size + (u32)e;
	slot[5] = at + 4 * size + (u32)g;
	slot[6] = at + 5 * size + (u32)h;
	slot[7] = at + 6 * size + (u32)i;
}

/* A loop for each depth, once: inlined into its callers they would be three times as much code. */
static __attribute__((__noinline__)) void heap_slots(const struct lq_forest *f,
						     const struct lq_heap_group *group,
						     const u32 *x, u32 *slot)
{
	_Static_assert(LQ_HEAP_DEPTH <= 7 && LQ_HEAP_GROUP == 8, "a loop for each depth");
	if (group->trees < LQ_HEAP_GROUP)
		return heap_walk4(f, group, x, slot);
	switch (group->depth) {
	case 0:
		return heap_walk8(f, group, x, slot, 0);
	case 1:
		return heap_walk8(f, group, x, slot, 1);
	case 2:
		return heap_walk8(f, group, x, slot, 2);
	case 3:
		return heap_walk8(f, group, x, slot, 3);
	case 4:
		return heap_walk8(f, group, x, slot, 4);
	case 5:
		return heap_walk8(f, group, x, slot, 5);
	case 6:
		return heap_walk8(f, group, x, slot, 6);
	default:
		return heap_walk8(f, group, x, slot, 7);
	}
}

/* Two inputs at a time. */
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

static __always_inline unsigned long loop_step(const struct lq_loop_step *node, unsigned long i,
					       const u32 *x)
{
#if FLAGS
	unsigned long value;

	__asm__("movzwl	%[input], %k[value]\n\t"
		"movl	(%[x], %[value], 4), %k[value]\n\t"
		"cmpl	%k[value], %[thr]\n\t"
		"movzwl	%[next], %k[value]\n\t"
		"adcq	%[value], %[i]"
		: [i] "+r" (i), [value] "=&r" (value)
		: [input] "m" (node[i].input), [thr] "m" (node[i].thr), [next] "m" (node[i].next),
		  [x] "r" (x), "m" (*(const u32 (*)[LQ_MAX_INPUTS])x)
		: "cc");
	return i;
#else
	return i + node[i].next + (node[i].thr < x[node[i].input]);
#endif
}

static void loop_walk4(const struct lq_forest *f, const struct lq_loop_group *group, const u32 *x,
		       u32 *row)
{
	const struct lq_loop_step *node = f->loop_nodes;
	unsigned long a = group->root[0], b = group->root[1], c = group->root[2],
		      d = group->root[3];
	u32 left;

	for (left = group->depth; left; left--) {
		a = loop_step(node, a, x);
		b = loop_step(node, b, x);
		c = loop_step(node, c, x);
		d = loop_step(node, d, x);
	}
	row[0] = f->loop_leaves[a];
	row[1] = f->loop_leaves[b];
	row[2] = f->loop_leaves[c];
	row[3] = f->loop_leaves[d];
}

/* The rows of the leaves, in u64 from the start of rows. */
static __attribute__((__noinline__)) void loop_rows(const struct lq_forest *f,
						    const struct lq_loop_group *group,
						    const u32 *x, u32 *row)
{
	const struct lq_loop_step *node = f->loop_nodes;
	const u32 *root = group->root, *leaf = f->loop_leaves;
	unsigned long a = root[0], b = root[1], c = root[2], d = root[3], e = root[4],
		      g = root[5], h = root[6], i = root[7];
	u32 left;

	if (group->trees < LQ_LOOP_GROUP) {
		loop_walk4(f, group, x, row);
		row[4] = row[5] = row[6] = row[7] = leaf[root[4]];	/* blank */
		return;
	}
	for (left = group->depth; left; left--) {
		a = loop_step(node, a, x);
		b = loop_step(node, b, x);
		c = loop_step(node, c, x);
		d = loop_step(node, d, x);
		e = loop_step(node, e, x);
		g = loop_step(node, g, x);
		h = loop_step(node, h, x);
		i = loop_step(node, i, x);
	}
	row[0] = leaf[a];
	row[1] = leaf[b];
	row[2] = leaf[c];
	row[3] = leaf[d];
	row[4] = leaf[e];
	row[5] = leaf[g];
	row[6] = leaf[h];
	row[7] = leaf[i];
}

/* --- sums --- */

static __always_inline u64 sum8(const u64 *rows, const u32 *row, u32 size, u32 p)
{
	u64 s = 0;
	u32 k;

	for (k = 0; k < 8; k++)
		s += rows[row[k] * size + p];
	return s;
}

static void unpack(u64 sum, s32 *y, u32 n)
{
	s32 even = (s32)(u32)sum;

	y[0] = even;
	if (n > 1)
		y[1] = (s32)(u32)((sum - (u64)(s64)even) >> 32);
}

/* @pairs: a constant, 1 or 2 */
static __always_inline void run_few(const struct lq_forest *f, const u32 *x, s32 *y, u32 n,
				    u32 pairs)
{
	const struct lq_heap_group *h;
	const struct lq_loop_group *l;
	u32 row[LQ_HEAP_GROUP];
	u64 s0 = 0, s1 = 0;

	_Static_assert(LQ_SLOT_PAIRS >= 2, "heaps have their rows in their slots");
	for (h = f->heap; h < f->heap + f->n_heap; h++) {
		heap_slots(f, h, x, row);
		s0 += sum8(f->heap_rows, row, pairs, 0);
		if (pairs > 1)
			s1 += sum8(f->heap_rows, row, pairs, 1);
	}
	for (l = f->loop; l < f->loop + f->n_loop; l++) {
		loop_rows(f, l, x, row);
		s0 += sum8(f->rows, row, 1, 0);
		if (pairs > 1)
			s1 += sum8(f->rows, row, 1, 1);
	}
	unpack(s0, y, n);
	if (pairs > 1)
		unpack(s1, y + 2, n - 2);
}

static __always_inline void add_rows(u64 *sums, const u64 *rows, const u32 *row, u32 pairs)
{
	u32 p;

	for (p = 0; p < pairs; p++)
		sums[p] += sum8(rows, row, 1, p);
}

static void run_many(const struct lq_forest *f, const u32 *x, s32 *y, u32 n, u64 *sums)
{
	const u64 *heap_rows = f->heap_leaves ? f->rows : f->heap_rows;
	const struct lq_heap_group *h;
	const struct lq_loop_group *l;
	u32 row[LQ_HEAP_GROUP], p, k;

	memset(sums, 0, f->pairs * sizeof(*sums));
	for (h = f->heap; h < f->heap + f->n_heap; h++) {
		heap_slots(f, h, x, row);
		for (k = 0; k < LQ_HEAP_GROUP; k++)
			row[k] = f->heap_leaves ? f->heap_leaves[row[k]] : row[k] * f->pairs;
		add_rows(sums, heap_rows, row, f->pairs);
	}
	for (l = f->loop; l < f->loop + f->n_loop; l++) {
		loop_rows(f, l, x, row);
		add_rows(sums, f->rows, row, f->pairs);
	}
	for (p = 0; p < f->pairs; p++)
		unpack(sums[p], y + 2 * p, n - 2 * p);
}

void lq_forest_run(const struct lq_model *model, const s32 *x, s32 *y, struct lq_scratch *scratch)
{
	const struct lq_forest *f = &model->forest;
	u32 n = model->info.n_outputs;

	flip_signs(x, model->info.n_inputs, scratch->x);
	if (n <= 2)
		run_few(f, scratch->x, y, n, 1);
	else if (n <= 4)
		run_few(f, scratch->x, y, n, 2);
	else
		run_many(f, scratch->x, y, n, scratch->sums);
}

/* --- the plain walk --- */

static bool greater(s32 x, u32 flipped_thr)
{
	return x > (s32)(flipped_thr ^ LQ_SIGN);
}

/* Leaf slot, 0 .. 2^depth - 1, of one tree. */
static u32 heap_walk(const struct lq_heap_node *node, u32 depth, const s32 *x)
{
	u32 i = 1, d;

	for (d = 0; d < depth; d++)
		i = 2 * i + greater(x[node[i].input], node[i].thr);
	return i - (1u << depth);
}

static u32 loop_walk(const struct lq_loop_step *node, u32 i, u32 depth, const s32 *x)
{
	for (; depth; depth--)
		i += node[i].next + greater(x[node[i].input], node[i].thr);
	return i;
}

static void add_row(const u64 *row, s32 *y, u32 n)
{
	u32 o;

	for (o = 0; o < n; o++) {
		s32 even = (s32)(u32)row[o / 2];
		u32 v = o % 2 ? (u32)((row[o / 2] - (u64)(s64)even) >> 32) : (u32)even;

		y[o] = (s32)((u32)y[o] + v);
	}
}

static const u64 *heap_row(const struct lq_forest *f, u32 slot)
{
	return f->heap_leaves ? f->rows + f->heap_leaves[slot] : f->heap_rows + slot * f->pairs;
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
			add_row(heap_row(f, at), y, n);
		}
	for (l = f->loop; l < f->loop + f->n_loop; l++)
		for (k = 0; k < l->trees; k++) {
			at = loop_walk(f->loop_nodes, l->root[k], l->depth, x);
			add_row(f->rows + f->loop_leaves[at], y, n);
		}
}
