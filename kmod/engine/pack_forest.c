// SPDX-License-Identifier: GPL-2.0
/*
 * Layout of forests: trees sorted by form and depth, four to a group (see struct lq_forest).
 *
 * A heap tree shallower than its group is extended to the group's depth: below a leaf, both ways
 * lead to copies of that leaf. A loop tree does not need that, since its leaves hold a walk until
 * the group is done.
 */
#include "arena.h"
#include "file.h"

#define LEAVES_PAUSE	4096u	/* rows between two pauses */

/*
 * Walks the trees of one form in order of depth. Initially all zero except file, n_trees and heap.
 */
struct order {
	const u8 *file;
	u32 n_trees;
	bool heap;
	u32 depth;
	u32 t;			/* next tree to look at */
	const u8 *nodes;	/* of tree t */
};

struct pick {
	const u8 *nodes;
	u32 n_nodes;
	u32 depth;
};

static bool takes_heap(u32 n_nodes, u32 depth)
{
	return depth <= LQ_HEAP_DEPTH && (n_nodes / 2) * LQ_HEAP_FILL_INV >= (1u << depth) - 1;
}

static bool next_tree(struct order *ord, struct pick *p)
{
	for (; ord->depth <= LQ_MAX_DEPTH; ord->depth++, ord->t = 0) {
		if (!ord->t)
			ord->nodes = lq_sect_at(ord->file, LQ_SECT_NODES);
		while (ord->t < ord->n_trees) {
			const u8 *tree = lq_tree_at(ord->file, ord->t++);

			p->nodes = ord->nodes;
			p->n_nodes = lq_get32(tree, struct lq_tree, n_nodes);
			p->depth = lq_get16(tree, struct lq_tree, depth);
			ord->nodes += p->n_nodes * LQ_NODE_LEN;
			if (p->depth == ord->depth && takes_heap(p->n_nodes, p->depth) == ord->heap)
				return true;
		}
	}
	return false;
}

/*
 * The next one to four trees, the deepest last; blanks after them have no nodes. Returns how many.
 */
static u32 next_group(struct order *ord, struct pick p[LQ_GROUP])
{
	u32 n;

	for (n = 0; n < LQ_GROUP; n++)
		if (!next_tree(ord, &p[n]))
			break;
	return n;
}

static void start(struct order *ord, const u8 *file, const struct lq_info *info, bool heap)
{
	memset(ord, 0, sizeof(*ord));
	ord->file = file;
	ord->n_trees = info->n_trees;
	ord->heap = heap;
}

/* What the groups of one form need. */
struct need {
	u32 groups;
	u32 nodes;
};

static void forest_measure(const u8 *file, const struct lq_info *info, bool heap, struct need *need)
{
	struct pick p[LQ_GROUP];
	struct order ord;
	u32 n, k;

	memset(need, 0, sizeof(*need));
	start(&ord, file, info, heap);
	while ((n = next_group(&ord, p))) {
		need->groups++;
		if (heap) {
			need->nodes += LQ_GROUP << p[n - 1].depth;
			continue;
		}
		for (k = 0; k < n; k++)
			need->nodes += p[k].n_nodes;
		need->nodes += n < LQ_GROUP;
	}
}

/*
 * The file's node that a walk reaches at heap index i (root 1): the bits below the leading 1 choose
 * the way.
 */
static const u8 *node_on_path(const u8 *nodes, u32 i)
{
	u32 at = 0, bit = 31;

	while (!(i >> bit & 1))
		bit--;
	while (bit--) {
		const u8 *node = nodes + at * LQ_NODE_LEN;

		if (lq_get16(node, struct lq_node, input) == LQ_NODE_LEAF)
			break;
		at = lq_get16(node, struct lq_node, child) + (i >> bit & 1);
	}
	return nodes + at * LQ_NODE_LEN;
}

static void fill_heap(const struct pick *p, u32 depth, u32 pairs, struct lq_heap_node *node,
		      u32 *leaf)
{
	u32 size = 1u << depth, i;

	for (i = 1; i < size; i++) {
		const u8 *from = node_on_path(p->nodes, i);

		if (lq_get16(from, struct lq_node, input) == LQ_NODE_LEAF)
			continue;
		node[i].thr = lq_get_s32(from, struct lq_node, thr);
		node[i].input = lq_get16(from, struct lq_node, input);
	}
	for (i = 0; i < size; i++)
		leaf[i] = lq_get32(node_on_path(p->nodes, size + i), struct lq_node, thr) * pairs;
}

/* `blank` is the index of the row of zeros, in u64. */
static void fill_heaps(const u8 *file, const struct lq_info *info, const struct lq_forest *f,
		       struct lq_group *g, struct lq_heap_node *node, u32 *leaf, u32 blank)
{
	struct pick p[LQ_GROUP];
	struct order ord;
	u32 n, k, i, size, at = 0;

	start(&ord, file, info, true);
	for (; (n = next_group(&ord, p)); g++) {
		g->depth = p[n - 1].depth;
		g->node = at;
		g->leaf = at;
		size = 1u << g->depth;
		for (k = 0; k < LQ_GROUP; k++, at += size) {
			if (k < n)
				fill_heap(&p[k], g->depth, f->pairs, node + at, leaf + at);
			else
				for (i = 0; i < size; i++)
					leaf[at + i] = blank;
		}
		lq_pause();
	}
}

static void fill_loop_leaf(struct lq_loop_node *node, u32 i)
{
	node->thr = 0x7fffffff;
	node->input = 0;
	node->child = (u16)i;
}

static void fill_loop(const struct pick *p, u32 pairs, struct lq_loop_node *node, u32 *leaf)
{
	u32 i;

	for (i = 0; i < p->n_nodes; i++) {
		const u8 *from = p->nodes + i * LQ_NODE_LEN;

		if (lq_get16(from, struct lq_node, input) == LQ_NODE_LEAF) {
			fill_loop_leaf(&node[i], i);
			leaf[i] = lq_get32(from, struct lq_node, thr) * pairs;
			continue;
		}
		node[i].thr = lq_get_s32(from, struct lq_node, thr);
		node[i].input = lq_get16(from, struct lq_node, input);
		node[i].child = lq_get16(from, struct lq_node, child);
	}
}

/* The blanks of a group share one node. */
static void fill_loops(const u8 *file, const struct lq_info *info, const struct lq_forest *f,
		       struct lq_group *g, struct lq_loop_node *node, u32 *leaf, u32 blank)
{
	struct pick p[LQ_GROUP];
	struct order ord;
	u32 n, k, at = 0;

	start(&ord, file, info, false);
	for (; (n = next_group(&ord, p)); g++) {
		lq_pause();
		g->depth = p[n - 1].depth;
		for (k = 0; k < n; k++) {
			g->root[k] = at;
			fill_loop(&p[k], f->pairs, node + at, leaf + at);
			at += p[k].n_nodes;
		}
		if (n == LQ_GROUP)
			continue;
		for (k = n; k < LQ_GROUP; k++)
			g->root[k] = at;
		fill_loop_leaf(&node[at], 0);
		leaf[at++] = blank;
	}
}

static void fill_rows(const u8 *file, const struct lq_info *info, u32 n_leaves, u64 *row)
{
	const u8 *p = lq_sect_at(file, LQ_SECT_LEAVES);
	u32 l, o;
	s32 even, odd;

	for (l = 0; l < n_leaves; l++, p += 4 * info->n_outputs) {
		if (!(l % LEAVES_PAUSE))
			lq_pause();
		for (o = 0; o < info->n_outputs; o += 2) {
			even = (s32)lq_le32(p + 4 * o);
			odd = o + 1 < info->n_outputs ? (s32)lq_le32(p + 4 * o + 4) : 0;
			*row++ = ((u64)(s64)odd << 32) + (u64)(s64)even;
		}
	}
}

void lq_pack_forest(struct lq_arena *a, const u8 *file, const struct lq_info *info,
		    struct lq_forest *f)
{
	u32 n_leaves = lq_get32(file, struct lq_header, n_leaves);
	struct need heap, loop;
	struct lq_group *hg, *lg;
	struct lq_heap_node *hn;
	struct lq_loop_node *ln;
	u32 *hl, *ll;
	u64 *rows;

	forest_measure(file, info, true, &heap);
	forest_measure(file, info, false, &loop);
	hg = lq_carve(a, heap.groups, sizeof(*hg));
	lg = lq_carve(a, loop.groups, sizeof(*lg));
	hn = lq_carve(a, heap.nodes, sizeof(*hn));
	ln = lq_carve(a, loop.nodes, sizeof(*ln));
	hl = lq_carve(a, heap.nodes, sizeof(*hl));
	ll = lq_carve(a, loop.nodes, sizeof(*ll));
	f->pairs = (info->n_outputs + 1u) / 2;
	rows = lq_carve(a, (n_leaves + 1) * f->pairs, sizeof(*rows));
	if (!a->mem)
		return;
	fill_heaps(file, info, f, hg, hn, hl, n_leaves * f->pairs);
	fill_loops(file, info, f, lg, ln, ll, n_leaves * f->pairs);
	fill_rows(file, info, n_leaves, rows);
	f->n_heap = heap.groups;
	f->n_loop = loop.groups;
	f->heap = hg;
	f->loop = lg;
	f->heap_nodes = hn;
	f->loop_nodes = ln;
	f->heap_leaves = hl;
	f->loop_leaves = ll;
	f->rows = rows;
}
