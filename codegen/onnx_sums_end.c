// SPDX-License-Identifier: GPL-2.0
/*
 * Sums of trees become the graph's forest, whose outputs are plain sums without a function.
 * Functions of sums of several trees can still be imported if they choose between classes:
 *
 *	one increasing function of all scores	their order is that of the sums
 *	two scores of one sum (1 - p and p)	their order changes at one sum T: the scores are
 *						T - sum and sum - T
 *	a label by comparison			likewise, where the label changes
 *
 * T is found by bisection, computing each step in float as the file's runtime does, so that a sum
 * that compares equal is on its side by half of float's last place, many steps of the snapshot.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx_forest.h"
#include "util.h"

#define ONNX_POINTS	1024	/* sample points for functions */

/* --- properties of functions --- */

static double onnx_post_float(const struct onnx_post *p, double x)
{
	return p ? (double)(float)onnx_fn(p->fn, p->a, onnx_post_float(p->before, x))
		 : (double)(float)x;
}

static bool onnx_post_same(const struct onnx_post *a, const struct onnx_post *b)
{
	for (; a != b; a = a->before, b = b->before)
		if (!a || !b || a->fn != b->fn || a->a != b->a)
			return false;
	return true;
}

static void onnx_sum_range(const struct onnx_ctx *c, const struct onnx_sum *s, double *lo,
			   double *hi)
{
	const struct onnx_term *t;
	double least, most, v;
	uint32_t i, k;

	*lo = *hi = s->c;
	for (i = 0; i < s->n; i++) {
		t = &s->term[i];
		least = INFINITY;
		most = -INFINITY;
		for (k = 0; t->leaf && k < c->grove->tree[t->tree].n_leaves; k++) {
			v = t->factor * t->leaf[k];
			least = fmin(least, v);
			most = fmax(most, v);
		}
		*lo += least;
		*hi += most;
	}
}

/* A function of a sum that is above 0 for one class; its values at `lo` and `hi` of the sum. */
struct onnx_choice {
	const struct onnx_post *p, *minus;	/* p - minus > 0, or (minus NULL) p == at_hi */
	double at_lo, at_hi;
	bool label;
};

static bool onnx_chosen(const struct onnx_choice *k, double sum)
{
	double v = onnx_post_float(k->p, sum);

	return k->label ? v == k->at_hi : v > onnx_post_float(k->minus, sum);
}

/*
 * Finds where the choice changes, once, from lo to hi: the last sum before. -1 if it changes more
 * than once, 1 if never.
 */
static int onnx_change(const struct onnx_choice *k, double lo, double hi, double *at)
{
	bool first = onnx_chosen(k, lo), now = first, then;
	double from = lo, to = hi, x = lo, last, mid;
	int i, changes = 0;

	for (i = 1; i <= ONNX_POINTS; i++) {
		last = x;
		x = lo + (hi - lo) * i / ONNX_POINTS;
		then = onnx_chosen(k, x);
		if (then == now)
			continue;
		from = last;
		to = x;
		now = then;
		changes++;
	}
	if (changes != 1)
		return changes ? -1 : 1;
	while (mid = from + (to - from) / 2, mid > from && mid < to)
		*(onnx_chosen(k, mid) == first ? &from : &to) = mid;
	*at = from;
	return 0;
}

/* Do all have the same function, and does it grow with the sum? */
static bool onnx_sums_order(const struct onnx_ctx *c, const struct onnx_sums *s)
{
	double lo, hi, least = INFINITY, most = -INFINITY, v, last;
	size_t i;
	int k;

	for (i = 0; i < s->n; i++) {
		if (!onnx_post_same(s->sum[i].post, s->sum[0].post))
			return false;
		onnx_sum_range(c, &s->sum[i], &lo, &hi);
		least = fmin(least, lo);
		most = fmax(most, hi);
	}
	last = onnx_post(s->sum[0].post, least);
	for (k = 1; k <= ONNX_POINTS; k++, last = v) {
		v = onnx_post(s->sum[0].post, least + (most - least) * k / ONNX_POINTS);
		if (!(v >= last))
			return false;
	}
	return most == least || last > onnx_post(s->sum[0].post, least);
}

/* --- into the graph --- */

/* Drops layers that only choose an input for a test; any other would make it a net. */
static int onnx_drop_layers(struct onnx_ctx *c)
{
	struct graph *g = c->g;
	uint32_t l;

	for (l = 0; l < g->n_layers; l++)
		if (!c->grove->tested[l])
			return onnx_fail(c, "trees must read the model's inputs directly");
	graph_layers_free(g);
	return 0;
}

static void onnx_tree_copy(struct graph_tree *to, const struct onnx_grown *from, uint32_t outs)
{
	struct graph_node *n;
	uint32_t i;

	to->n_nodes = from->n_nodes;
	to->nodes = util_alloc(from->n_nodes, sizeof(*to->nodes));
	memcpy(to->nodes, from->nodes, from->n_nodes * sizeof(*to->nodes));
	for (i = 0; i < to->n_nodes; i++) {
		n = &to->nodes[i];
		if (n->leaf)
			n->value = util_alloc(outs, sizeof(*n->value));
		if (!n->set)
			continue;
		n->set = util_alloc(n->n_set, sizeof(*n->set));
		memcpy(n->set, from->nodes[i].set, n->n_set * sizeof(*n->set));
	}
}

/* What one term of output o adds to its tree's leaves. */
static void onnx_tree_add(struct graph_tree *to, const struct onnx_term *t, uint32_t o)
{
	uint32_t i;

	for (i = 0; i < to->n_nodes; i++)
		if (to->nodes[i].leaf)
			to->nodes[i].value[o] += t->factor * t->leaf[to->nodes[i].yes];
}

static int onnx_end_trees(struct onnx_ctx *c, const struct onnx_sums *s)
{
	uint32_t *at = util_alloc(c->grove->n + 1, sizeof(*at)), k;
	const struct onnx_term *t;
	struct graph *g = c->g;
	size_t o;
	int rc = 0;

	g->trees = util_alloc(LQ_MAX_TREES, sizeof(*g->trees));
	for (o = 0; o < s->n && !rc; o++)
		for (k = 0; k < s->sum[o].n && !rc; k++) {
			t = &s->sum[o].term[k];
			if (c->grove->tree[t->tree].plant != ONNX_TREE)
				continue;
			if (!at[t->tree] && g->n_trees == LQ_MAX_TREES) {
				rc = onnx_fail(c, "more than %u trees", LQ_MAX_TREES);
				break;
			}
			if (!at[t->tree]) {
				onnx_tree_copy(&g->trees[g->n_trees], &c->grove->tree[t->tree],
					       s->n);
				at[t->tree] = ++g->n_trees;
			}
			onnx_tree_add(&g->trees[at[t->tree] - 1], t, o);
		}
	free(at);
	return rc;
}

static int onnx_end_check(struct onnx_ctx *c, const struct onnx_sums *s, bool classes)
{
	uint32_t k, terms = 0;
	size_t o;

	if (c->g->kind == GRAPH_FOREST)
		return onnx_fail(c, "scores of two kinds: choose with --output");
	if (!s->n || s->n > LQ_MAX_OUTPUTS)
		return onnx_fail(c, "%zu outputs, not 1 to %u", s->n, LQ_MAX_OUTPUTS);
	if (classes && !onnx_sums_order(c, s))
		return onnx_fail(c, "scores are functions of sums of trees that do not keep their "
				 "order");
	for (o = 0; o < s->n; o++)
		for (k = 0; k < s->sum[o].n; k++, terms++)
			if (s->sum[o].term[k].tree >= ONNX_INPUT)
				return onnx_fail(c, "an input is added to what trees give, which "
						 "a forest cannot do");
	return terms ? 0 : onnx_fail(c, "what it gives depends on no input");
}

int onnx_sums_end(struct onnx_ctx *c, const struct onnx_sums *s, bool classes)
{
	struct graph *g = c->g;
	size_t o;

	if (c->grove->ended == s)
		return 0;
	if (onnx_end_check(c, s, classes) || onnx_drop_layers(c))
		return -1;
	c->grove->ended = s;
	g->kind = GRAPH_FOREST;
	g->classes |= classes;
	g->n_outputs = s->n;
	g->base = util_alloc(s->n, sizeof(*g->base));
	for (o = 0; o < s->n; o++)
		g->base[o] = s->sum[o].c;
	return onnx_end_trees(c, s) || onnx_bits_end(c, s) ? -1 : 0;
}

/* --- two classes by one sum --- */

/* The scores at - sum and sum - at, or (turn) swapped. */
static int onnx_end_two(struct onnx_ctx *c, const struct onnx_sum *sum, double at, bool turn)
{
	struct onnx_sums *s = onnx_sums_new(c, 2);
	int i;

	for (i = 0; s && i < 2; i++) {
		s->sum[i] = *sum;
		s->sum[i].post = NULL;
		s->sum[i].c -= at;
		if (i == turn && onnx_sum_apply(c, &s->sum[i], ONNX_FN_MUL, -1))
			return -1;
	}
	return s ? onnx_sums_end(c, s, true) : -1;
}

static bool onnx_same_terms(const struct onnx_sum *a, const struct onnx_sum *b)
{
	uint32_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (a->term[i].tree != b->term[i].tree || a->term[i].factor != b->term[i].factor ||
		    a->term[i].leaf != b->term[i].leaf)
			return false;
	return a->n == b->n && a->c == b->c;
}

int onnx_sums_argmax(struct onnx_ctx *c, const struct onnx_sums *s)
{
	struct onnx_choice choice = { 0 };
	double lo, hi, at;
	bool turn;
	int rc;

	if (c->grove->ended == s)
		return 0;
	if (s->n < 2)
		return onnx_fail(c, "a classifier needs at least 2 scores, not %zu", s->n);
	if (s->n > 2 || onnx_sums_order(c, s) || !onnx_same_terms(&s->sum[0], &s->sum[1]))
		return onnx_sums_end(c, s, true);
	choice.p = s->sum[1].post;
	choice.minus = s->sum[0].post;
	onnx_sum_range(c, &s->sum[0], &lo, &hi);
	rc = onnx_change(&choice, lo, hi, &at);
	if (rc < 0)
		return onnx_fail(c, "the class changes more than once as the sum of trees grows");
	turn = onnx_chosen(&choice, lo);
	if (rc)		/* one class is never chosen */
		at = hi + 1 + (hi - lo);
	if (onnx_end_two(c, &s->sum[0], at, turn))
		return -1;
	c->grove->ended = s;
	return 0;
}

static bool onnx_compares(const struct onnx_sums *s)
{
	const struct onnx_post *p = s->n == 1 ? s->sum->post : NULL;

	for (; p; p = p->before)
		if (p->fn >= ONNX_FN_LT && p->fn <= ONNX_FN_EQ)
			return true;
	return false;
}

static void onnx_label_name(struct onnx_ctx *c, uint32_t i, double label)
{
	char name[32];

	snprintf(name, sizeof(name), "%.15g", label);
	c->g->class_names[i] = util_strdup(name);
}

/* Classes in the order of their labels, which name them; labels 0 and 1 are the classes' numbers.
 */
static int onnx_end_label(struct onnx_ctx *c, const struct onnx_sum *sum)
{
	struct onnx_choice choice = { .p = sum->post, .label = true };
	double lo, hi, at;
	bool turn;
	int rc;

	onnx_sum_range(c, sum, &lo, &hi);
	choice.at_lo = onnx_post_float(sum->post, lo);
	choice.at_hi = onnx_post_float(sum->post, hi);
	rc = onnx_change(&choice, lo, hi, &at);
	if (rc)
		return onnx_fail(c, "its label %s",
				 rc > 0 ? "is always the same"
					: "changes more than once as the sum of trees grows");
	turn = choice.at_lo > choice.at_hi;
	if (onnx_end_two(c, sum, at, turn))
		return -1;
	if (fmin(choice.at_lo, choice.at_hi) == 0 && fmax(choice.at_lo, choice.at_hi) == 1)
		return 0;
	c->g->class_names = util_alloc(2, sizeof(char *));
	onnx_label_name(c, 0, fmin(choice.at_lo, choice.at_hi));
	onnx_label_name(c, 1, fmax(choice.at_lo, choice.at_hi));
	return 0;
}

/* --- outputs --- */

static const char *const fn_name[] = {
	[ONNX_FN_ADD] = "Add",	       [ONNX_FN_MUL] = "Mul",	 [ONNX_FN_OVER] = "Div",
	[ONNX_FN_POW] = "Pow",	       [ONNX_FN_EXPA] = "Pow",	 [ONNX_FN_EXP] = "Exp",
	[ONNX_FN_LOG] = "Log",	       [ONNX_FN_SQRT] = "Sqrt",	 [ONNX_FN_ABS] = "Abs",
	[ONNX_FN_SIGMOID] = "Sigmoid", [ONNX_FN_TANH] = "Tanh",	 [ONNX_FN_MAX] = "Max",
	[ONNX_FN_MIN] = "Min",	       [ONNX_FN_TRUNC] = "Cast", [ONNX_FN_LT] = "Less",
	[ONNX_FN_LE] = "LessOrEqual",  [ONNX_FN_GT] = "Greater", [ONNX_FN_GE] = "GreaterOrEqual",
	[ONNX_FN_EQ] = "Equal",	       [ONNX_FN_NOT] = "Not",
};

static int onnx_value_check(struct onnx_ctx *c, const struct onnx_value *v)
{
	const struct onnx_post *p, *first;
	size_t i;

	for (i = 0; i < v->sums->n; i++) {
		first = NULL;
		for (p = v->sums->sum[i].post; p; p = p->before)
			first = p;
		if (first)
			return onnx_fail(c, "output '%.64s': nothing that computes may follow "
					 "%.40s but sums and factors, and %s does: export the "
					 "model without it, or choose an output with --output",
					 v->name, c->grove->op ? c->grove->op : "trees",
					 fn_name[first->fn]);
	}
	return 0;
}

struct onnx_outs {
	const struct onnx_value **v;
	size_t n, others;	/* outputs of sums; other outputs */
	const struct onnx_value *label;
};

static int onnx_outs_find(struct onnx_ctx *c, struct onnx_outs *outs)
{
	const Onnx__Graph *g = c->model->graph;
	const struct onnx_value *v;
	size_t i;

	for (i = 0; i < g->n_output; i++) {
		if (!onnx_is_output(c, g->output[i]->name))
			continue;
		v = onnx_output(c, g->output[i]->name);
		if (!v)
			return -1;
		if (v->kind != ONNX_SUMS) {
			outs->others++;
			continue;
		}
		outs->v[outs->n++] = v;
		if (!outs->label && onnx_compares(v->sums))
			outs->label = v;
	}
	return 0;
}

/* All other outputs are equivalent to the label. */
static int onnx_leave_label(struct onnx_ctx *c, const struct onnx_outs *outs)
{
	size_t i, k;

	for (i = 0; i < outs->n; i++)
		for (k = 0; k < outs->v[i]->sums->n; k++)
			if (outs->others ||
			    !onnx_same_terms(&outs->v[i]->sums->sum[k], outs->label->sums->sum))
				return onnx_fail(c, "outputs '%.64s' and '%.64s' are of different "
						 "sums: choose with --output",
						 outs->label->name, outs->v[i]->name);
	return onnx_end_label(c, outs->label->sums->sum);
}

static void onnx_outs_names(struct onnx_ctx *c, const struct onnx_outs *outs)
{
	size_t i, k, o = 0;
	char name[96];

	c->g->class_names = util_alloc(c->g->n_outputs, sizeof(char *));
	for (i = 0; i < outs->n; i++)
		for (k = 0; k < outs->v[i]->sums->n; k++) {
			snprintf(name, sizeof(name),
				 outs->v[i]->sums->n > 1 ? "%.24s.%zu" : "%.31s", outs->v[i]->name,
				 k);
			c->g->class_names[o++] = util_strdup(name);
		}
}

static int onnx_leave_values(struct onnx_ctx *c, const struct onnx_outs *outs)
{
	struct onnx_sums *all;
	size_t i, n = 0;

	for (i = 0; i < outs->n; i++) {
		if (onnx_value_check(c, outs->v[i]))
			return -1;
		n += outs->v[i]->sums->n;
	}
	all = onnx_sums_new(c, n);
	for (i = n = 0; all && i < outs->n; i++) {
		memcpy(all->sum + n, outs->v[i]->sums->sum,
		       outs->v[i]->sums->n * sizeof(*all->sum));
		n += outs->v[i]->sums->n;
	}
	if (!all || onnx_sums_end(c, all, false))
		return -1;
	if (outs->n > 1)
		onnx_outs_names(c, outs);
	return 0;
}

int onnx_sums_leave(struct onnx_ctx *c)
{
	struct onnx_outs outs = { .v = util_alloc(c->model->graph->n_output, sizeof(*outs.v)) };
	int rc = onnx_outs_find(c, &outs);

	if (!rc && outs.n && c->g->kind == GRAPH_FOREST) {
		if (outs.n > 1 || outs.v[0]->sums != c->grove->ended)
			rc = onnx_fail(c, "output '%.64s' is of other sums than the classes: "
				       "choose with --output",
				       outs.v[0]->name);
	} else if (!rc && outs.label) {
		rc = onnx_leave_label(c, &outs);
	} else if (!rc && outs.n && outs.others) {
		rc = onnx_fail(c, "output '%.64s' (sums of trees) does not go with the others: "
			       "choose with --output",
			       outs.v[0]->name);
	} else if (!rc && outs.n) {
		rc = onnx_leave_values(c, &outs);
	}
	free(outs.v);
	return rc;
}
