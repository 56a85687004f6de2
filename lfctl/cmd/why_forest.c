// SPDX-License-Identifier: GPL-2.0
/*
 * Why a forest gives its output. Each tree ends in one leaf, which adds a number to each output.
 * What counts for a class is its lead over the next best one, so a tree is for the class if its
 * leaf gives the class more than the other one, and against it if less. Its path is a list of
 * comparisons, input <= threshold or not; those of all trees for the class are condensed to an
 * interval for each input, the values for which none of these comparisons changes, and the number
 * of trees that compare it. For a model that predicts a value all trees count.
 *
 * Where a tree compares an unknown input, both branches are followed. An output is then known only
 * as the sum of the least and of the greatest that the trees may add; a tree whose reachable leaves
 * disagree is open, and counts for the inputs that leave it open.
 */
#include "why.h"

#include <stdlib.h>

#include "kmod/engine/file.h"
#include "out.h"

struct step {
	u32 input;
	s32 thr;
	bool more;			/* value > thr */
};

struct forest {
	struct why_model *m;
	const u8 *nodes;		/* of the tree */
	u32 tree;			/* from 1 */
	u32 class, second;		/* second == class: all trees count */
	s64 least[LQ_MAX_OUTPUTS], most[LQ_MAX_OUTPUTS];
	u32 all, pro, contra, open;

	/* Of one tree. */
	struct step path[LQ_MAX_DEPTH], taken[LQ_MAX_DEPTH];
	u32 depth, n_taken, leaves;
	s64 lead_least, lead_most;
	s64 low[LQ_MAX_OUTPUTS], high[LQ_MAX_OUTPUTS];

	/* Of each input. */
	struct {
		u32 tree, trees;	/* the latest that compares it; how many */
		bool bounded;
		s64 above, up_to;
		u32 asked;		/* the latest tree that it leaves open */
	} input[LQ_MAX_INPUTS];
};

static s32 leaf_adds(const struct forest *f, u32 row, u32 o)
{
	const u8 *leaves = lq_sect_at(f->m->file.data, LQ_SECT_LEAVES);

	return (s32)lq_le32(leaves + ((size_t)row * f->m->info.n_outputs + o) * sizeof(s32));
}

/* --- the leaves of a tree that can be reached --- */

static void reach_leaf(struct forest *f, u32 row)
{
	s64 lead = (s64)leaf_adds(f, row, f->class) - leaf_adds(f, row, f->second);
	u32 o;

	for (o = 0; o < f->m->info.n_outputs; o++) {
		s64 v = leaf_adds(f, row, o);

		f->low[o] = !f->leaves || v < f->low[o] ? v : f->low[o];
		f->high[o] = !f->leaves || v > f->high[o] ? v : f->high[o];
	}
	f->lead_least = !f->leaves || lead < f->lead_least ? lead : f->lead_least;
	f->lead_most = !f->leaves || lead > f->lead_most ? lead : f->lead_most;
	memcpy(f->taken, f->path, f->depth * sizeof(f->path[0]));
	f->n_taken = f->depth;
	f->leaves++;
}

static void reach(struct forest *f, u32 at)
{
	const u8 *node = f->nodes + (size_t)at * LQ_NODE_LEN;
	u32 input = lq_get16(node, struct lq_node, input);
	u32 child = lq_get16(node, struct lq_node, child);
	s32 thr = lq_get_s32(node, struct lq_node, thr);
	bool more;

	if (input == LQ_NODE_LEAF) {
		reach_leaf(f, thr);
		return;
	}
	if (!f->m->known[input]) {
		f->input[input].asked = f->tree;
		reach(f, child);
		reach(f, child + 1);
		return;
	}
	more = f->m->x[input] > thr;
	f->path[f->depth++] = (struct step) { input, thr, more };
	reach(f, child + more);
	f->depth--;
}

static void each_tree(struct forest *f, void (*fn)(struct forest *f))
{
	const void *file = f->m->file.data;
	u32 t;

	f->nodes = lq_sect_at(file, LQ_SECT_NODES);
	for (t = 0; t < f->m->info.n_trees; t++) {
		f->tree++;
		f->depth = 0;
		f->leaves = 0;
		reach(f, 0);
		fn(f);
		f->nodes += (size_t)lq_get32(lq_tree_at(file, t), struct lq_tree, n_nodes) *
			    LQ_NODE_LEN;
	}
}

/* --- first: the outputs, and which class is explained --- */

static void add_up(struct forest *f)
{
	u32 o;

	for (o = 0; o < f->m->info.n_outputs; o++) {
		f->least[o] += f->low[o];
		f->most[o] += f->high[o];
	}
}

/* The output that may be greatest, other than `but`. */
static u32 best(const struct forest *f, int but)
{
	u32 o, found = but == 0;

	for (o = 0; o < f->m->info.n_outputs; o++)
		if ((int)o != but && f->most[o] > f->most[found])
			found = o;
	return found;
}

/* True if no other class can win, whatever the unknown inputs are. Ties go to the lower index. */
static bool is_certain(const struct forest *f, u32 class)
{
	u32 o;

	for (o = 0; o < f->m->info.n_outputs; o++)
		if (o != class && (f->most[o] > f->least[class] ||
				   (f->most[o] == f->least[class] && o < class)))
			return false;
	return true;
}

static void choose(struct forest *f, struct json_object *o, int verdict)
{
	f->class = best(f, -1);
	if (is_certain(f, f->class))
		out_add_str(o, "now", why_model_output(f->m, f->class));
	else if (verdict >= 0)
		f->class = verdict;
	f->second = best(f, f->class);
	out_add_str(o, "explained", why_model_output(f->m, f->class));
	out_add_str(o, "second", why_model_output(f->m, f->second));
}

static void add_outputs(struct forest *f, struct json_object *o)
{
	struct json_object *array = json_object_object_get(o, "outputs"), *out;
	u32 i;

	for (i = 0; i < f->m->info.n_outputs; i++) {
		out = json_object_array_get_idx(array, i);
		if (f->least[i] == f->most[i]) {
			why_add(out, "value", why_model_score(f->m, i, f->least[i]));
			continue;
		}
		why_add(out, "least", why_model_score(f->m, i, f->least[i]));
		why_add(out, "most", why_model_score(f->m, i, f->most[i]));
	}
}

/* --- then: the trees for it --- */

static void condense(struct forest *f)
{
	const struct step *s;
	u32 i;

	for (i = 0; i < f->n_taken; i++) {
		s = &f->taken[i];
		if (!f->input[s->input].bounded) {
			f->input[s->input].above = INT64_MIN;
			f->input[s->input].up_to = INT64_MAX;
			f->input[s->input].bounded = true;
		}
		if (s->more && s->thr > f->input[s->input].above)
			f->input[s->input].above = s->thr;
		if (!s->more && s->thr < f->input[s->input].up_to)
			f->input[s->input].up_to = s->thr;
		if (f->input[s->input].tree != f->tree)
			f->input[s->input].trees++;
		f->input[s->input].tree = f->tree;
	}
}

static void judge(struct forest *f)
{
	bool value = f->second == f->class;
	u32 i;

	f->all++;
	if (f->leaves > 1 && (value || (f->lead_least <= 0 && f->lead_most > 0) ||
			      (f->lead_least < 0 && f->lead_most >= 0))) {
		f->open++;
		for (i = 0; i < f->m->info.n_inputs; i++)
			f->input[i].trees += f->input[i].asked == f->tree;
		return;
	}
	f->contra += !value && f->lead_most < 0;
	if (!value && f->lead_least <= 0)
		return;
	f->pro++;
	condense(f);
}

static void add_inputs(const struct forest *f, struct json_object *o)
{
	struct json_object *in;
	u32 i;

	for (i = 0; i < f->m->info.n_inputs; i++) {
		in = out_at(o, "inputs", i);
		out_add_u64(in, "trees", f->input[i].trees);
		if (!f->input[i].bounded)
			continue;
		if (f->input[i].above != INT64_MIN)
			why_add(in, "above", why_model_value(f->m, i, f->input[i].above));
		if (f->input[i].up_to != INT64_MAX)
			why_add(in, "up_to", why_model_value(f->m, i, f->input[i].up_to));
	}
}

static void add_trees(const struct forest *f, struct json_object *o)
{
	struct json_object *trees = json_object_new_object();

	out_add_u64(trees, "all", f->all);
	out_add_u64(trees, "for", f->pro);
	out_add_u64(trees, "against", f->contra);
	out_add_u64(trees, "open", f->open);
	json_object_object_add(o, "trees", trees);
}

void why_forest(struct why_model *m, struct json_object *o, int verdict)
{
	struct forest *f = calloc(1, sizeof(*f));

	if (!f)
		return;
	f->m = m;
	each_tree(f, add_up);
	if (m->info.meaning == LQ_MEANING_CLASS)
		choose(f, o, verdict);
	else if (f->least[0] == f->most[0])
		why_add(o, "now", why_model_score(m, 0, f->least[0]));
	add_outputs(f, o);
	each_tree(f, judge);
	add_trees(f, o);
	add_inputs(f, o);
	free(f);
}
