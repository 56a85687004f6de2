// SPDX-License-Identifier: GPL-2.0
/*
 * Forests: from real thresholds and leaves to integers.
 *
 * Thresholds. A feature is an integer f whose value is f * num / den, so for an inner node
 *
 *	value <= thr	is	f <= floor(thr * den / num)
 *	value <  thr	is	f <= ceil(thr * den / num) - 1
 *
 * exactly, computed in integers (a double is a whole number times a power of two). The integer tree
 * takes the same branch as the real one for every feature value: quantisation is exact here.
 *
 * A set of values (a categorical split) becomes runs of neighbouring features, and these a balanced
 * tree of comparisons; its "no" branch is written once for each gap. Branches that meet again in
 * the model are duplicated. Each copy leaves out what the comparisons above it decide, so a chain
 * of sets of one input stays as small as the sets.
 *
 * Leaves. Outputs are sums over trees, so all leaves share one step 2^-k, with the largest k for
 * which the sum over trees of the greatest |leaf| fits s32. The constant of every sum (`base`) goes
 * into the leaves of the first tree. Equal votes stay equal: they are sums of the same integers,
 * and ties go to the lowest class as in the models' own libraries.
 *
 * Simplification, which changes no output: a node whose branch is decided by the nodes above it is
 * skipped, a node whose two leaves are equal becomes that leaf, equal rows of leaves are stored
 * once.
 *
 * Order. Nodes are written breadth first, so that the two children of a node are neighbours and
 * follow it: child > own index is all that the validator must check to know that walks end.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quant.h"

#define RECURSION_MAX	1024	/* deeper trees are rejected before anything else */
#define NODES_MAX	65535	/* of one tree in the file */
#define WORK_MAX	(8 * NODES_MAX) /* of one tree while it is simplified */
#define VISITS_MAX	(64 * NODES_MAX)
#define NONE		UINT32_MAX

/* A tree while it is simplified: nodes in the order in which they were finished. */
struct work_node {
	s32 thr;
	u32 input;		/* NONE for a leaf */
	u32 yes, no;		/* of an inner node; row in LEAVES of a leaf: yes */
};

/* Features lo .. hi that are members of a set. */
struct run {
	s64 lo, hi;
};

struct forest {
	const struct graph *g;
	struct plan *plan;
	struct graph_err *err;
	int k;			/* leaves are in steps of 2^-k */
	u32 t;			/* current tree */
	u32 visits;		/* of its nodes so far */
	s64 *lo, *hi;		/* [n_inputs] features that can reach this node */
	struct work_node *work;
	size_t work_cap;
	u32 n_work;
	u32 *buckets;		/* of rows of leaves, by hash; NONE is free */
	u32 n_buckets;		/* a power of two */
	s32 *row;		/* [n_outputs] */
};

/* --- thresholds --- */

/* floor(num / den) for den > 0 */
static __int128 floor_div(__int128 num, __int128 den)
{
	__int128 q = num / den;

	return q - (num % den < 0);
}

s64 forest_threshold(double thr, bool strict, u32 num, u32 den)
{
	s64 mant, least = (s64)INT32_MIN - 1, most = INT32_MAX, floor;
	__int128 top, bottom = num;
	int e;

	if (fabs(thr) * den / num > 1e12)
		return thr > 0 ? most : least;
	mant = (s64)ldexp(frexp(thr, &e), 53);
	e -= 53;
	top = (__int128)mant * den;
	if (e < -95)	/* |thr| < 2^-42: within one feature of 0, on the same side */
		return mant < 0 || (strict && !mant) ? -1 : 0;
	if (e > 0)
		top <<= e;
	else
		bottom <<= -e;
	floor = floor_div(top, bottom);
	if (strict && (__int128)floor * bottom == top)
		floor--;
	return floor < least ? least : floor > most ? most : floor;
}

/* --- leaves --- */

static double leaf_value(const struct forest *f, u32 t, const struct graph_node *n, u32 o)
{
	return n->value[o] + (t ? 0 : f->g->base[o]);
}

/* The greatest |sum| of output o that the leaves allow. */
static double sum_bound(const struct forest *f, u32 o)
{
	double sum = 0, most;
	u32 t, i;

	for (t = 0; t < f->g->n_trees; t++) {
		const struct graph_tree *tree = &f->g->trees[t];

		most = 0;
		for (i = 0; i < tree->n_nodes; i++)
			if (tree->nodes[i].leaf)
				most = fmax(most, fabs(leaf_value(f, t, &tree->nodes[i], o)));
		sum += most;
	}
	return sum;
}

static int choose_step(struct forest *f)
{
	double bound = 0, room = INT32_MAX - (double)f->g->n_trees;
	u32 o;

	for (o = 0; o < f->g->n_outputs; o++)
		bound = fmax(bound, sum_bound(f, o));
	if (!isfinite(bound))
		return util_fail(f->err, "a leaf's value is not finite");
	f->k = 0;
	if (bound > 0)
		for (f->k = 62; f->k > -62 && ldexp(bound, f->k) > room; f->k--)
			;
	f->plan->forest_bound = ldexp(bound, f->k);
	for (o = 0; o < f->g->n_outputs; o++) {
		f->plan->outputs[o].m = 1;
		f->plan->outputs[o].S = f->k;
	}
	return 0;
}

static u32 hash_row(const s32 *row, u32 n)
{
	u32 h = 2166136261u;

	while (n--)
		h = (h ^ (u32)*row++) * 16777619u;
	return h ^ h >> 15;
}

/* Row in LEAVES with these outputs, new or existing. */
static u32 leaf_row(struct forest *f, const struct graph_node *n)
{
	u32 outs = f->g->n_outputs, o, b;

	for (o = 0; o < outs; o++)
		f->row[o] = quant_clamp32(ldexp(leaf_value(f, f->t, n, o), f->k));
	for (b = hash_row(f->row, outs) & (f->n_buckets - 1); f->buckets[b] != NONE;
	     b = (b + 1) & (f->n_buckets - 1))
		if (!memcmp(f->plan->leaves + (size_t)f->buckets[b] * outs, f->row,
			    outs * sizeof(s32)))
			return f->buckets[b];
	f->buckets[b] = f->plan->n_leaves++;
	memcpy(f->plan->leaves + (size_t)f->buckets[b] * outs, f->row, outs * sizeof(s32));
	return f->buckets[b];
}

/* --- simplification --- */

static u32 work_add(struct forest *f, struct work_node n)
{
	f->work = util_grow(f->work, &f->work_cap, f->n_work + 1, sizeof(*f->work));
	f->work[f->n_work] = n;
	return f->n_work++;
}

static bool same_leaf(const struct forest *f, u32 a, u32 b)
{
	return f->work[a].input == NONE && f->work[b].input == NONE &&
	       f->work[a].yes == f->work[b].yes;
}

/*
 * What is undecided at one place: a node, or (n_run) whether its input is in these runs, and where
 * to go if not.
 */
struct place {
	u32 node;
	const struct run *run;
	u32 n_run;
	u32 no;
};

static u32 simplify(struct forest *f, struct place p, u32 depth);

static u32 simplify_node(struct forest *f, u32 node, u32 depth)
{
	return simplify(f, (struct place){ .node = node }, depth);
}

/* Splits the range of the input after thr, which is within it: both sides, and the node above them.
 */
static u32 split(struct forest *f, u32 input, s64 thr, struct place at_most, struct place above,
		 u32 depth)
{
	s64 keep = f->hi[input];
	u32 yes, no;

	f->hi[input] = thr;
	yes = simplify(f, at_most, depth + 1);
	f->hi[input] = keep;
	if (yes == NONE)
		return NONE;
	keep = f->lo[input];
	f->lo[input] = thr + 1;
	no = simplify(f, above, depth + 1);
	f->lo[input] = keep;
	if (no == NONE || same_leaf(f, yes, no))
		return no;
	return work_add(f, (struct work_node){ .thr = thr, .input = input, .yes = yes, .no = no });
}

static u32 simplify_runs(struct forest *f, struct place p, u32 depth)
{
	const struct graph_node *n = &f->g->trees[f->t].nodes[p.node];
	s64 lo = f->lo[n->input], hi = f->hi[n->input], thr;
	struct place rest = p;
	u32 k;

	for (; p.n_run && p.run->hi < lo; p.n_run--)
		p.run++;
	while (p.n_run && p.run[p.n_run - 1].lo > hi)
		p.n_run--;
	if (!p.n_run)
		return simplify_node(f, p.no, depth + 1);
	if (p.run->lo <= lo && p.run->hi >= hi)
		return simplify_node(f, n->yes, depth + 1);
	k = p.n_run / 2;
	thr = p.run[k].lo > lo ? p.run[k].lo - 1 : p.run[k].hi;
	rest = p;
	return split(f, n->input, thr, p, rest, depth);
}

static int by_feature(const void *a, const void *b)
{
	s64 x = *(const s64 *)a, y = *(const s64 *)b;

	return (x > y) - (x < y);
}

/* The features that are members. */
static void set_features(const struct graph_node *n, const struct plan_input *in, s64 **q,
			 size_t *cap, u32 *k)
{
	double at;
	u32 i;

	*q = util_grow(*q, cap, *k + n->n_set, sizeof(**q));
	for (i = 0; i < n->n_set; i++) {
		at = round(n->set[i] * in->den / in->num);
		if (fabs(at) <= INT32_MAX && graph_is(at * in->num / in->den, n->set[i]))
			(*q)[(*k)++] = at;
	}
}

/* Neighbours become one run. */
static struct run *make_runs(s64 *q, u32 n, u32 *runs)
{
	struct run *run = util_alloc(n, sizeof(*run));
	u32 i, k = 0;

	if (n)
		qsort(q, n, sizeof(*q), by_feature);
	for (i = 0; i < n; i++)
		if (k && q[i] <= run[k - 1].hi + 1)
			run[k - 1].hi = q[i];
		else
			run[k++] = (struct run){ .lo = q[i], .hi = q[i] };
	*runs = k;
	return run;
}

/*
 * A set, and all that follow on its "no" and lead to the same "yes": exporters turn one set into a
 * row of tests.
 */
static u32 simplify_set(struct forest *f, u32 node, u32 depth)
{
	const struct graph_tree *tree = &f->g->trees[f->t];
	const struct graph_node *first = &tree->nodes[node], *n = first;
	struct place p = { .node = node };
	struct run *run;
	size_t cap = 0;
	s64 *q = NULL;
	u32 k = 0, at, more;

	for (more = 0; more < tree->n_nodes; more++) {
		set_features(n, &f->plan->inputs[n->input], &q, &cap, &k);
		p.no = n->no;
		if (p.no >= tree->n_nodes)
			break;
		n = &tree->nodes[p.no];
		if (n->leaf || !n->set || n->input != first->input || n->yes != first->yes)
			break;
	}
	p.run = run = make_runs(q, k, &p.n_run);
	free(q);
	at = simplify_runs(f, p, depth);
	free(run);
	return at;
}

static u32 simplify_leaf(struct forest *f, const struct graph_node *n)
{
	return work_add(f, (struct work_node){ .input = NONE, .yes = leaf_row(f, n) });
}

static u32 simplify_test(struct forest *f, u32 node, u32 depth)
{
	const struct graph_node *n = &f->g->trees[f->t].nodes[node];
	const struct plan_input *in = &f->plan->inputs[n->input];
	s64 thr = forest_threshold(n->thr, n->strict, in->num, in->den);

	if (thr >= f->hi[n->input])
		return simplify_node(f, n->yes, depth + 1);
	if (thr < f->lo[n->input])
		return simplify_node(f, n->no, depth + 1);
	return split(f, n->input, thr, (struct place){ .node = n->yes },
		     (struct place){ .node = n->no }, depth);
}

/* Index in work of the simplified subtree, or NONE with the reason. */
static u32 simplify(struct forest *f, struct place p, u32 depth)
{
	const struct graph_tree *tree = &f->g->trees[f->t];
	const struct graph_node *n;

	if (p.node >= tree->n_nodes || f->visits++ >= VISITS_MAX || f->n_work > WORK_MAX) {
		util_fail(f->err,
			  "tree %u: more than %u nodes where branches that meet are written apart",
			  f->t, NODES_MAX);
		return NONE;
	}
	if (depth > RECURSION_MAX) {
		util_fail(f->err, "tree %u is deeper than %u: at most %u are supported", f->t,
			  RECURSION_MAX, LQ_MAX_DEPTH);
		return NONE;
	}
	n = &tree->nodes[p.node];
	if (p.n_run)
		return simplify_runs(f, p, depth);
	if (n->leaf)
		return simplify_leaf(f, n);
	if (n->input >= f->g->n_inputs || isnan(n->thr)) {
		util_fail(f->err,
			  "tree %u, node %u: no such input, or a threshold that is not a number",
			  f->t, p.node);
		return NONE;
	}
	return n->set ? simplify_set(f, p.node, depth) : simplify_test(f, p.node, depth);
}

/* --- breadth first --- */

static int write_tree(struct forest *f, u32 root)
{
	struct plan_tree *tree = &f->plan->trees[f->t];
	u32 *queue = util_alloc(f->n_work, sizeof(*queue)), head, tail = 1, level_end = 1;

	tree->nodes = util_alloc(f->n_work, sizeof(*tree->nodes));
	queue[0] = root;
	for (head = 0; head < tail && tail <= NODES_MAX; head++) {
		const struct work_node *w = &f->work[queue[head]];
		struct plan_node *n = &tree->nodes[head];

		if (head == level_end) {
			tree->depth++;
			level_end = tail;
		}
		if (w->input == NONE) {
			*n = (struct plan_node){ .thr = w->yes, .input = LQ_NODE_LEAF };
			continue;
		}
		*n = (struct plan_node){ .thr = w->thr, .input = w->input, .child = tail };
		queue[tail++] = w->yes;
		queue[tail++] = w->no;
	}
	free(queue);
	tree->n_nodes = tail;
	if (tail > NODES_MAX)
		return util_fail(f->err, "tree %u has more than %u nodes", f->t, NODES_MAX);
	if (tree->depth > LQ_MAX_DEPTH)
		return util_fail(f->err, "tree %u is %u deep, at most %u are supported: train "
				 "with max_depth=%u",
				 f->t, tree->depth, LQ_MAX_DEPTH, LQ_MAX_DEPTH);
	f->plan->steps += tree->depth;
	return 0;
}

static int make_tree(struct forest *f)
{
	u32 i, root;
	int ret;

	for (i = 0; i < f->g->n_inputs; i++) {
		f->lo[i] = INT32_MIN;
		f->hi[i] = INT32_MAX;
	}
	f->visits = 0;
	f->n_work = 0;
	root = simplify_node(f, 0, 0);
	ret = root == NONE ? -1 : write_tree(f, root);
	free(f->work);
	f->work = NULL;
	f->work_cap = 0;
	return ret;
}

static u64 count_leaves(const struct graph *g)
{
	u64 n = 0;
	u32 t, i;

	for (t = 0; t < g->n_trees; t++)
		for (i = 0; i < g->trees[t].n_nodes; i++)
			n += g->trees[t].nodes[i].leaf;
	return n;
}

static int check_limits(const struct graph *g, u64 leaves, struct graph_err *err)
{
	u32 t;

	if (g->n_trees > LQ_MAX_TREES)
		return util_fail(err, "%u trees, at most %u are supported", g->n_trees,
				 LQ_MAX_TREES);
	for (t = 0; t < g->n_trees; t++)
		if (!g->trees[t].n_nodes)
			return util_fail(err, "tree %u has no nodes", t);
	if (leaves > (1u << 24))
		return util_fail(err, "%llu leaves are more than a snapshot holds",
				 (unsigned long long)leaves);
	return 0;
}

int forest_quantise(const struct graph *g, struct plan *plan, struct graph_err *err)
{
	struct forest f = { .g = g, .plan = plan, .err = err, .n_buckets = 16 };
	u64 leaves = count_leaves(g);
	int ret = check_limits(g, leaves, err);

	if (ret || choose_step(&f))
		return -1;
	while (f.n_buckets < 2 * leaves)
		f.n_buckets *= 2;
	f.buckets = util_alloc(f.n_buckets, sizeof(u32));
	memset(f.buckets, 0xff, f.n_buckets * sizeof(u32));
	f.row = util_alloc(g->n_outputs, sizeof(s32));
	f.lo = util_alloc(g->n_inputs, sizeof(s64));
	f.hi = util_alloc(g->n_inputs, sizeof(s64));
	plan->n_trees = g->n_trees;
	plan->trees = util_alloc(g->n_trees, sizeof(*plan->trees));
	plan->leaves = util_alloc(leaves * g->n_outputs, sizeof(s32));
	for (f.t = 0; !ret && f.t < g->n_trees; f.t++) {
		ret = make_tree(&f);
		plan->float_nodes += g->trees[f.t].n_nodes;
	}
	if (!ret && plan->steps > LQ_MAX_STEPS)
		ret = util_fail(err, "the trees' depths sum up to %u comparisons, at most %u are "
				"supported",
				plan->steps, LQ_MAX_STEPS);
	free(f.buckets);
	free(f.row);
	free(f.lo);
	free(f.hi);
	return ret;
}
