// SPDX-License-Identifier: GPL-2.0
/*
 * The validator's proof of a forest: every walk ends at a leaf within the declared depth, and no
 * sum overflows s32.
 *
 * One pass over a tree's nodes checks that children come after their parent and inside the tree, so
 * a walk only moves forward. Then a walk over all paths finds the depth. It must visit as many
 * nodes as the tree has, and stops once it has visited more: nodes with many parents cannot make it
 * long. (One shared node may make up for one that no path reaches; that does no harm, and every
 * other rule holds for both.) It keeps the right siblings that it still has to visit: one per
 * level, which is why depth is limited to LQ_MAX_DEPTH.
 */
#include "validate.h"

#define SUM_MAX		0x7fffffffll

static const u8 *node_at(const u8 *nodes, u32 i)
{
	return nodes + i * LQ_NODE_LEN;
}

static bool is_leaf(const u8 *node)
{
	return lq_get16(node, struct lq_node, input) == LQ_NODE_LEAF;
}

static int check_node(const struct lq_check *c, u32 t, u32 i, const u8 *node, u32 n_nodes)
{
	u32 child = lq_get16(node, struct lq_node, child),
	    input = lq_get16(node, struct lq_node, input);

	if (is_leaf(node)) {
		if (child)
			return lq_refuse(c, -EINVAL, "tree %u, node %u: a leaf with a child", t, i);
		if (lq_get32(node, struct lq_node, thr) >= c->n_leaves)
			return lq_refuse(c, -EINVAL, "tree %u, node %u: leaf %u of %u", t, i,
					 lq_get32(node, struct lq_node, thr), c->n_leaves);
		return 0;
	}
	if (input >= c->info->n_inputs)
		return lq_refuse(c, -EINVAL, "tree %u, node %u: input %u of %u", t, i, input,
				 c->info->n_inputs);
	if (child <= i)
		return lq_refuse(c, -EINVAL, "tree %u, node %u: child %u is not behind its parent",
				 t, i, child);
	if (child + 1 >= n_nodes)
		return lq_refuse(c, -EINVAL, "tree %u, node %u: child %u is outside the tree", t, i,
				 child + 1);
	return 0;
}

/*
 * Depth of the deepest leaf; LQ_MAX_DEPTH + 1 for more than LQ_MAX_DEPTH; -1 if its paths do not
 * visit n_nodes nodes. pending[d] is the right sibling of the path's node at depth d + 1, or 0 once
 * that has been visited.
 */
static s32 tree_depth(const u8 *nodes, u32 n_nodes)
{
	u16 pending[LQ_MAX_DEPTH];
	u32 seen = 1, deepest = 0, d = 0, i = 0;

	while (seen <= n_nodes) {
		if (!is_leaf(node_at(nodes, i))) {
			if (d == LQ_MAX_DEPTH)
				return LQ_MAX_DEPTH + 1;
			i = lq_get16(node_at(nodes, i), struct lq_node, child);
			pending[d++] = (u16)(i + 1);
		} else {
			deepest = d > deepest ? d : deepest;
			while (d && !pending[d - 1])
				d--;
			if (!d)
				return seen == n_nodes ? (s32)deepest : -1;
			i = pending[d - 1];
			pending[d - 1] = 0;
		}
		seen++;
	}
	return -1;
}

static int check_tree(const struct lq_check *c, u32 t, const u8 *tree, const u8 *nodes)
{
	u32 n_nodes = lq_get32(tree, struct lq_tree, n_nodes),
	    depth = lq_get16(tree, struct lq_tree, depth);
	s32 found;
	u32 i;
	int ret = 0;

	for (i = 0; !ret && i < n_nodes; i++)
		ret = check_node(c, t, i, node_at(nodes, i), n_nodes);
	if (ret)
		return ret;
	found = tree_depth(nodes, n_nodes);
	if (found < 0)
		return lq_refuse(c, -EINVAL,
				 "tree %u: its paths do not meet as many nodes as it has", t);
	if (found > LQ_MAX_DEPTH)
		return lq_refuse(c, -E2BIG, "tree %u: deeper than %u", t, LQ_MAX_DEPTH);
	if ((u32)found != depth)
		return lq_refuse(c, -EINVAL, "tree %u: depth is %d, header says %u", t, found,
				 depth);
	return 0;
}

/* Checks n_nodes of every tree, their sum and the budget. */
static int check_tree_heads(const struct lq_check *c)
{
	u64 nodes = 0;
	u32 t, n, depth;

	for (t = 0; t < c->info->n_trees; t++) {
		const u8 *tree = lq_tree_at(c->file, t);

		n = lq_get32(tree, struct lq_tree, n_nodes);
		depth = lq_get16(tree, struct lq_tree, depth);
		if (!n || n > 65535)
			return lq_refuse(c, -EINVAL, "tree %u: %u nodes are not within 1 .. 65535",
					 t, n);
		if (depth > LQ_MAX_DEPTH)
			return lq_refuse(c, -E2BIG, "tree %u: deeper than %u", t, LQ_MAX_DEPTH);
		if (lq_get16(tree, struct lq_tree, reserved))
			return lq_refuse(c, -EINVAL, "tree %u: reserved bytes are not zero", t);
		nodes += n;
		c->info->steps += depth;
	}
	if (c->info->steps > LQ_MAX_STEPS)
		return lq_refuse(c, -E2BIG, "%u comparisons, at most %u allowed", c->info->steps,
				 LQ_MAX_STEPS);
	return lq_check_len(c, LQ_SECT_NODES, nodes, LQ_NODE_LEN);
}

static int check_trees(const struct lq_check *c)
{
	const u8 *nodes = lq_sect_at(c->file, LQ_SECT_NODES);
	u32 t;
	int ret = 0;

	for (t = 0; !ret && t < c->info->n_trees; t++) {
		const u8 *tree = lq_tree_at(c->file, t);

		ret = check_tree(c, t, tree, nodes);
		nodes += lq_get32(tree, struct lq_tree, n_nodes) * LQ_NODE_LEN;
		lq_pause();
	}
	return ret;
}

/* Least and greatest value of output o over the leaves of one tree. */
static void leaf_range(const struct lq_check *c, const u8 *nodes, u32 n_nodes, u32 o, s64 *lo,
		       s64 *hi)
{
	const u8 *leaves = lq_sect_at(c->file, LQ_SECT_LEAVES);
	u32 i, row;
	s32 v;

	*lo = SUM_MAX;
	*hi = -SUM_MAX - 1;
	for (i = 0; i < n_nodes; i++) {
		if (!is_leaf(node_at(nodes, i)))
			continue;
		row = lq_get32(node_at(nodes, i), struct lq_node, thr);
		v = (s32)lq_le32(leaves + ((size_t)row * c->info->n_outputs + o) * 4);
		*lo = v < *lo ? v : *lo;
		*hi = v > *hi ? v : *hi;
	}
}

static int check_sum(const struct lq_check *c, u32 o)
{
	const u8 *nodes = lq_sect_at(c->file, LQ_SECT_NODES);
	s64 least = 0, most = 0, lo, hi, peak;
	u32 t, n;

	for (t = 0; t < c->info->n_trees; t++, nodes += n * LQ_NODE_LEN) {
		n = lq_get32(lq_tree_at(c->file, t), struct lq_tree, n_nodes);
		leaf_range(c, nodes, n, o, &lo, &hi);
		least += lo;
		most += hi;
		lq_pause();
	}
	peak = -least > most ? -least : most;
	if (peak > SUM_MAX)
		return lq_refuse(c, -ERANGE,
				 "output %u: sum of leaves may reach %lld, more than 2^31 - 1", o,
				 (long long)peak);
	if (peak > c->info->bound_used)
		c->info->bound_used = (u32)peak;
	return 0;
}

/* The sections of nets are empty in a forest. */
static int check_unused(const struct lq_check *c)
{
	u32 s;
	int ret = 0;

	for (s = LQ_SECT_LAYERS; !ret && s <= LQ_SECT_SEGMENTS; s++)
		ret = lq_check_len(c, s, 0, 1);
	return ret;
}

int lq_check_forest(const struct lq_check *c)
{
	u32 o;
	int ret;

	ret = check_unused(c);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_TREES, c->info->n_trees, LQ_TREE_LEN);
	if (!ret)
		ret = check_tree_heads(c);
	if (!ret)
		ret = lq_check_len(c, LQ_SECT_LEAVES, (u64)c->n_leaves * c->info->n_outputs, 4);
	if (!ret)
		ret = check_trees(c);
	for (o = 0; !ret && o < c->info->n_outputs; o++)
		ret = check_sum(c, o);
	return ret;
}
