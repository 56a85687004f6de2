// SPDX-License-Identifier: GPL-2.0
/*
 * Layout of forests: trees sorted by form and depth, in groups that are walked side by side (see
 * struct lq_forest).
 *
 * A heap tree shallower than its group is extended to the group's depth: below a leaf, both ways
 * lead to copies of that leaf. A loop tree does not need that, since its leaves hold a walk until
 * the group is done.
 */
#include "arena.h"
#include "file.h"

#define GROUP		LQ_HEAP_GROUP	/* of either form */
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
			if (p->depth == ord->depth &&
			    lq_takes_heap(p->n_nodes, p->depth) == ord->heap)
				return true;
		}
	}
	return false;
}

/* The next trees, at most @max, the deepest last. Returns how many. */
static u32 next_group(struct order *ord, struct pick *p, u32 max)
{
	u32 n;

	for (n = 0; n < max; n++)
		if (!next_tree(ord, &p[n]))
			break;
	return n;
}

/* How many trees a group of @n is filled up to: half a group is walked in less time. */
static u32 filled(u32 n)
{
	return n > GROUP / 2 ? GROUP : GROUP / 2;
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

static void measure_heaps(const u8 *file, const struct lq_info *info, struct need *need)
{
	struct pick p[GROUP];
	struct order ord;
	u32 n;

	memset(need, 0, sizeof(*need));
	start(&ord, file, info, true);
	for (; (n = next_group(&ord, p, GROUP)); need->groups++)
		need->nodes += filled(n) << p[n - 1].depth;
}

static void measure_loops(const u8 *file, const struct lq_info *info, struct need *need)
{
	struct pick p[GROUP];
	struct order ord;
	u32 n, k;

	memset(need, 0, sizeof(*need));
	start(&ord, file, info, false);
	for (; (n = next_group(&ord, p, GROUP)); need->groups++) {
		for (k = 0; k < n; k++)
			need->nodes += p[k].n_nodes;
		need->nodes += n < GROUP;
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

static u32 leaf_of(const u8 *node)
{
	return lq_get32(node, struct lq_node, thr);
}

/* Where the leaves of heaps go, and the rows to copy. */
struct slots {
	u32 pairs;
	const u64 *rows;	/* of all leaves, the last one blank */
	u32 blank;
	u64 *heap_rows;		/* or */
	u32 *heap_leaves;
};

static void fill_slot(const struct slots *s, u32 slot, u32 leaf)
{
	if (s->heap_leaves)
		s->heap_leaves[slot] = leaf * s->pairs;
	else
		memcpy(s->heap_rows + (size_t)slot * s->pairs, s->rows + (size_t)leaf * s->pairs,
		       s->pairs * sizeof(u64));
}

static void fill_heap(const struct pick *p, u32 depth, u32 at, const struct slots *s,
		      struct lq_heap_node *node)
{
	u32 size = 1u << depth, i;

	for (i = 1; i < size; i++) {
		const u8 *from = node_on_path(p->nodes, i);

		if (lq_get16(from, struct lq_node, input) == LQ_NODE_LEAF)
			continue;
		node[i].thr = lq_get32(from, struct lq_node, thr) ^ LQ_SIGN;
		node[i].input = lq_get16(from, struct lq_node, input);
	}
	for (i = 0; i < size; i++)
		fill_slot(s, at + i, leaf_of(node_on_path(p->nodes, size + i)));
}

/* The last slot is that of blank trees which are not walked. */
static void fill_heaps(const u8 *file, const struct lq_info *info, const struct slots *s,
		       struct lq_heap_group *g, struct lq_heap_node *node)
{
	struct pick p[GROUP];
	struct order ord;
	u32 n, k, i, size, at = 0;

	start(&ord, file, info, true);
	for (; (n = next_group(&ord, p, GROUP)); g++) {
		g->depth = p[n - 1].depth;
		g->at = at;
		g->trees = filled(n);
		size = 1u << g->depth;
		for (k = 0; k < g->trees; k++, at += size) {
			if (k < n)
				fill_heap(&p[k], g->depth, at, s, node + at);
			else
				for (i = 0; i < size; i++)
					fill_slot(s, at + i, s->blank);
		}
		lq_pause();
	}
	fill_slot(s, at, s->blank);
}

/* No input is greater. */
static void fill_loop_leaf(struct lq_loop_step *node)
{
	node->thr = 0xffffffffu;
	node->input = 0;
	node->next = 0;
}

static void fill_loop(const struct pick *p, u32 pairs, struct lq_loop_step *node, u32 *leaf)
{
	u32 i;

	for (i = 0; i < p->n_nodes; i++) {
		const u8 *from = p->nodes + i * LQ_NODE_LEN;

		if (lq_get16(from, struct lq_node, input) == LQ_NODE_LEAF) {
			fill_loop_leaf(&node[i]);
			leaf[i] = leaf_of(from) * pairs;
			continue;
		}
		node[i].thr = lq_get32(from, struct lq_node, thr) ^ LQ_SIGN;
		node[i].input = lq_get16(from, struct lq_node, input);
		node[i].next = (u16)(lq_get16(from, struct lq_node, child) - i);
	}
}

/* The blanks of a group share one node. */
static void fill_loops(const u8 *file, const struct lq_info *info, const struct slots *s,
		       struct lq_loop_group *g, struct lq_loop_step *node, u32 *leaf)
{
	struct pick p[GROUP];
	struct order ord;
	u32 n, k, at = 0;

	start(&ord, file, info, false);
	for (; (n = next_group(&ord, p, GROUP)); g++) {
		lq_pause();
		g->depth = p[n - 1].depth;
		g->trees = filled(n);
		for (k = 0; k < n; k++) {
			g->root[k] = at;
			fill_loop(&p[k], s->pairs, node + at, leaf + at);
			at += p[k].n_nodes;
		}
		if (n == GROUP)
			continue;
		for (k = n; k < GROUP; k++)
			g->root[k] = at;
		fill_loop_leaf(&node[at]);
		leaf[at++] = s->blank * s->pairs;
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
	struct slots s = { .pairs = (info->n_outputs + 1u) / 2, .blank = n_leaves };
	struct need heap, loop;
	struct lq_heap_group *hg;
	struct lq_loop_group *lg;
	struct lq_heap_node *hn;
	struct lq_loop_step *ln;
	u32 *ll;
	u64 *rows;

	measure_heaps(file, info, &heap);
	measure_loops(file, info, &loop);
	hg = lq_carve(a, heap.groups, sizeof(*hg));
	lg = lq_carve(a, loop.groups, sizeof(*lg));
	hn = lq_carve(a, heap.nodes, sizeof(*hn));
	ln = lq_carve(a, loop.nodes, sizeof(*ln));
	if (s.pairs > LQ_SLOT_PAIRS)
		s.heap_leaves = lq_carve(a, heap.nodes + 1, sizeof(*s.heap_leaves));
	else
		s.heap_rows = lq_carve(a, (heap.nodes + 1) * s.pairs, sizeof(*s.heap_rows));
	ll = lq_carve(a, loop.nodes, sizeof(*ll));
	rows = lq_carve(a, (n_leaves + 1) * s.pairs, sizeof(*rows));
	if (!a->mem)
		return;
	fill_rows(file, info, n_leaves, rows);
	s.rows = rows;
	fill_heaps(file, info, &s, hg, hn);
	fill_loops(file, info, &s, lg, ln, ll);
	f->pairs = s.pairs;
	f->n_heap = heap.groups;
	f->n_loop = loop.groups;
	f->heap_blank = heap.nodes;
	f->heap = hg;
	f->loop = lg;
	f->heap_nodes = hn;
	f->loop_nodes = ln;
	f->heap_rows = s.heap_rows;
	f->heap_leaves = s.heap_leaves;
	f->loop_leaves = ll;
	f->rows = rows;
}
