// SPDX-License-Identifier: GPL-2.0
/*
 * What one inference costs: an estimate in nanoseconds, from counts in the file and a table of
 * prices. It is the same on every machine: lfgen prints it, slots compare it with their budget.
 *
 * Prices are picoseconds on a core of about 3 GHz with warm caches and path SWAR (AVX2 takes a
 * quarter of the time for multiply-accumulates), fitted to models of this tree and to the most
 * expensive files that lq_validate() accepts. A table or a forest larger than a core's own cache
 * costs extra for memory. With everything cold an inference takes three to six times as long.
 */
#include "file.h"
#include "model.h"

#define NEAR_MAX	(256u << 10)	/* bytes that stay in a core's own cache */

enum item {
	FEATURE,		/* filled in by the kernel and checked for drift */
	QUANTISER,		/* of a net's input */
	MAC,
	ROW,			/* scaled, rounded, clamped */
	LANE,			/* through a table */
	MOVE,			/* to another buffer */
	SHARE,			/* of a softmax */
	HEAP_STEP,		/* down a tree of either form */
	LOOP_STEP,
	PAIR_FEW,		/* two outputs of a leaf, summed: of up to four, of more */
	PAIR,
	ITEMS
};

struct price {
	u16 near, far;
};

static const struct price prices[ITEMS] = {
	[FEATURE]	= { 3000, 3000 },
	[QUANTISER]	= { 1400, 1400 },
	[MAC]		= { 210, 210 },
	[ROW]		= { 800, 800 },
	[LANE]		= { 1500, 4000 },
	[MOVE]		= { 500, 500 },
	[SHARE]		= { 5000, 8000 },
	[HEAP_STEP]	= { 650, 1600 },
	[LOOP_STEP]	= { 900, 2200 },
	[PAIR_FEW]	= { 400, 1500 },
	[PAIR]		= { 800, 2500 },
};

static void count_net(const void *file, const struct lq_info *info, u32 *n)
{
	u32 l;

	n[QUANTISER] = info->n_inputs;
	n[MAC] = info->macs;
	for (l = 0; l < info->n_layers; l++) {
		const u8 *lay = lq_layer_at(file, l);
		u32 n_out = lq_get16(lay, struct lq_layer, n_out),
		    op = lq_get8(lay, struct lq_layer, op);

		if (lq_has_rows(file, l))
			n[ROW] += n_out;
		if (op == LQ_OP_COPY || op == LQ_OP_ADD || op == LQ_OP_MUL)
			n[MOVE] += n_out;
		if (op == LQ_OP_SOFTMAX)
			n[SHARE] += n_out;
		else if (lq_get16(lay, struct lq_layer, table))
			n[LANE] += n_out;
	}
}

static void count_steps(const void *file, const struct lq_info *info, u32 *n)
{
	u32 t;

	for (t = 0; t < info->n_trees; t++) {
		const u8 *tree = lq_tree_at(file, t);
		u32 depth = lq_get16(tree, struct lq_tree, depth);

		if (lq_takes_heap(lq_get32(tree, struct lq_tree, n_nodes), depth))
			n[HEAP_STEP] += depth;
		else
			n[LOOP_STEP] += depth;
	}
}

/*
 * What is accessed at random places: segments of tables, or nodes and leaves. Weights are read in
 * order, so they are prefetched.
 */
static bool is_far(const void *file, const struct lq_info *info)
{
	if (info->kind == LQ_KIND_NET)
		return lq_sect_len(file, LQ_SECT_SEGMENTS) > NEAR_MAX;
	return lq_sect_len(file, LQ_SECT_NODES) + lq_sect_len(file, LQ_SECT_LEAVES) > NEAR_MAX;
}

/* With every count at its limit, less than 2^29 ps. */
u32 lq_cost(const void *file, const struct lq_info *info)
{
	u32 n[ITEMS] = { [FEATURE] = info->n_inputs };
	bool far = is_far(file, info);
	u32 ps = 0, i;

	if (info->kind == LQ_KIND_NET) {
		count_net(file, info, n);
	} else {
		count_steps(file, info, n);
		n[info->n_outputs <= 4 ? PAIR_FEW : PAIR] =
			info->n_trees * ((info->n_outputs + 1u) / 2);
	}
	for (i = 0; i < ITEMS; i++)
		ps += n[i] * (far ? prices[i].far : prices[i].near);
	return (ps + 999) / 1000;
}
