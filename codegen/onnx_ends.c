// SPDX-License-Identifier: GPL-2.0
/*
 * Both ends of an ONNX graph: its inputs become one vector, and its outputs, all or the requested
 * ones, another.
 *
 * Several inputs are in the order of the Concat that joins them all, if there is one, else in the
 * order of the file. Outputs are numbers or scores of classes; a label beside scores belongs to
 * them.
 */
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_forest.h"
#include "util.h"

static const Onnx__Node *onnx_maker(const struct onnx_ctx *c, const char *name)
{
	const Onnx__Graph *g = c->model->graph;
	size_t i, k;

	for (i = 0; i < g->n_node; i++)
		for (k = 0; k < g->node[i]->n_output; k++)
			if (!strcmp(g->node[i]->output[k], name))
				return g->node[i];
	return NULL;
}

/* The input that equals a value, except for shape and type, or NULL. */
static struct onnx_value *onnx_input_behind(const struct onnx_ctx *c, const char *name)
{
	static const char pass[] = " Identity Reshape Squeeze Unsqueeze Flatten Cast ";
	struct onnx_value *v;
	const Onnx__Node *n;
	char op[32];
	int depth;

	for (depth = 0; depth < 8; depth++) {
		v = onnx_find(c, name);
		if (v)
			return v->kind == ONNX_TIP ? v : NULL;
		n = onnx_maker(c, name);
		snprintf(op, sizeof(op), " %.24s ", n && n->op_type ? n->op_type : "");
		if (!n || !n->n_input || !strstr(pass, op))
			return NULL;
		name = n->input[0];
	}
	return NULL;
}

/* Is it a Concat of all inputs, each once? Then it determines their order. */
static bool onnx_joins_all(const struct onnx_ctx *c, const Onnx__Node *n, struct onnx_value **order)
{
	size_t i, k;

	if (!n->op_type || strcmp(n->op_type, "Concat") || n->n_input != c->n_inputs)
		return false;
	for (i = 0; i < n->n_input; i++) {
		order[i] = onnx_input_behind(c, n->input[i]);
		for (k = 0; order[i] && k < i; k++)
			if (order[k] == order[i])
				return false;
		if (!order[i])
			return false;
	}
	return true;
}

static void onnx_order_inputs(struct onnx_ctx *c)
{
	struct onnx_value **order = util_alloc(c->n_inputs, sizeof(*order));
	const Onnx__Graph *g = c->model->graph;
	size_t i;

	for (i = 0; i < g->n_node; i++) {
		if (!c->live[i] || !onnx_joins_all(c, g->node[i], order))
			continue;
		memcpy(c->inputs, order, c->n_inputs * sizeof(*order));
		break;
	}
	free(order);
}

/* Names the inputs if each is one number. */
static void onnx_name_inputs(struct onnx_ctx *c)
{
	size_t i;

	if (c->n_inputs < 2 || c->n_inputs != c->g->n_inputs)
		return;
	c->g->input_names = util_alloc(c->n_inputs, sizeof(char *));
	for (i = 0; i < c->n_inputs; i++)
		c->g->input_names[i] = util_strdup(c->inputs[i]->name);
}

int onnx_enter(struct onnx_ctx *c)
{
	struct onnx_value *v;
	size_t i, n, all = 0;

	if (c->n_inputs > 1)
		onnx_order_inputs(c);
	for (i = 0; i < c->n_inputs; all += n, i++) {
		v = c->inputs[i];
		n = onnx_lanes(&v->t.shape);
		if (n > LQ_MAX_INPUTS)
			return onnx_fail(c,
					 "input '%.64s' has %zu numbers, more than %u: choose the "
					 "ones that matter",
					 v->name, n, LQ_MAX_INPUTS);
		v->chain = (struct graph_chain) {
			.g = c->g, .err = c->err, .n = n, .shared = onnx_readers(c, v->name) > 1,
		};
		v->owner = true;
		if (c->n_inputs == 1)
			continue;
		v->chain.parts.n = 1;
		v->chain.parts.part = util_alloc(1, sizeof(*v->chain.parts.part));
		*v->chain.parts.part = (struct graph_part) { 0, all, n };
	}
	if (all > LQ_MAX_INPUTS)
		return onnx_fail(c, "%zu inputs in all, more than %u: choose the ones that matter",
				 all, LQ_MAX_INPUTS);
	c->g->n_inputs = all;
	onnx_name_inputs(c);
	return 0;
}

static int onnx_check_wanted(struct onnx_ctx *c)
{
	const Onnx__Graph *g = c->model->graph;
	uint32_t i;
	size_t k;

	for (i = 0; c->want->outputs && i < c->want->n_outputs; i++) {
		for (k = 0; k < g->n_output && strcmp(g->output[k]->name, c->want->outputs[i]); k++)
			;
		if (k == g->n_output)
			return onnx_fail(c, "it has no output '%.64s'; its first is '%.64s'",
					 c->want->outputs[i],
					 g->n_output ? g->output[0]->name : "");
	}
	return g->n_output ? 0 : onnx_fail(c, "the graph has no output");
}

/* The same numbers under another name? */
static bool onnx_same(const struct onnx_value *a, const struct onnx_value *b)
{
	return a->chain.value == b->chain.value && a->chain.n == b->chain.n &&
	       a->chain.parts.n == b->chain.parts.n &&
	       (!a->chain.parts.n || !memcmp(a->chain.parts.part, b->chain.parts.part,
					     a->chain.parts.n * sizeof(*a->chain.parts.part))) &&
	       !a->chain.s && !b->chain.s;
}

/* Names the outputs of one value among several; 64 exceeds the limit. */
static void onnx_name_outputs(struct onnx_ctx *c, const struct onnx_value *v, uint32_t at)
{
	uint32_t i;
	char name[96];

	for (i = 0; i < v->chain.n && at + i < LQ_MAX_WIDTH; i++) {
		if (v->chain.n > 1)
			snprintf(name, sizeof(name), "%.24s.%u", v->name, i);
		else
			snprintf(name, sizeof(name), "%.31s", v->name);
		c->g->class_names[at + i] = util_strdup(name);
	}
}

/* One more output of numbers, or of the same scores. */
static int onnx_add_output(struct onnx_ctx *c, const struct onnx_value *v,
			   const struct onnx_value *first)
{
	bool scores = first->kind != ONNX_TIP;

	if ((v->kind != ONNX_TIP) != scores)
		return onnx_fail(c,
				 "outputs '%.64s' (%s) and '%.64s' (%s) do not go together: choose "
				 "with --output",
				 first->name, onnx_kind_name(first->kind), v->name,
				 onnx_kind_name(v->kind));
	if (onnx_same(v, first))
		return 0;
	if (scores)
		return onnx_fail(c, "outputs '%.64s' and '%.64s' are scores of two kinds: choose "
				 "with --output",
				 first->name, v->name);
	onnx_name_outputs(c, v, c->chain.n);
	return onnx_step(c, graph_chain_join(&c->chain, v->name, &v->chain));
}

static int onnx_join_outputs(struct onnx_ctx *c, const struct onnx_value *first)
{
	const Onnx__Graph *g = c->model->graph;
	uint32_t alone = first->chain.n;
	const struct onnx_value *v;
	char **names;
	size_t i;

	names = c->g->class_names = c->g->class_names ?
					    c->g->class_names :
					    util_alloc(LQ_MAX_WIDTH + 1, sizeof(char *));
	graph_chain_copy(&c->chain, &first->chain);
	for (i = 0; i < g->n_output; i++) {
		if (!onnx_is_output(c, g->output[i]->name))
			continue;
		v = onnx_output(c, g->output[i]->name);
		if (!v || (v != first && onnx_add_output(c, v, first)))
			return -1;
	}
	if (c->chain.n > alone) {
		onnx_name_outputs(c, first, 0);
	} else if (!names[0]) {
		free(names);
		c->g->class_names = NULL;
	}
	return 0;
}

/* Outputs of trees are those of one node. */
static int onnx_leave_forest(struct onnx_ctx *c)
{
	const Onnx__Graph *g = c->model->graph;
	size_t i;

	if (c->want->probabilities)
		return onnx_fail(c, "a forest has no Softmax that can be computed");
	for (i = 0; i < g->n_output; i++)
		if (onnx_is_output(c, g->output[i]->name) && !onnx_output(c, g->output[i]->name))
			return -1;
	return 0;
}

int onnx_leave(struct onnx_ctx *c)
{
	const Onnx__Graph *g = c->model->graph;
	const struct onnx_value *first;
	size_t i = 0;

	if (onnx_check_wanted(c))
		return -1;
	if (onnx_sums_leave(c))
		return -1;
	if (c->g->kind == GRAPH_FOREST)
		return onnx_leave_forest(c);
	while (i < g->n_output && !onnx_is_output(c, g->output[i]->name))
		i++;
	first = onnx_output(c, g->output[i]->name);
	if (!first)
		return -1;
	c->g->classes = first->kind != ONNX_TIP;
	if (c->want->probabilities && !c->g->classes)
		return onnx_fail(c, "output '%.64s' is not a Softmax whose probabilities can be "
				 "computed",
				 first->name);
	return onnx_join_outputs(c, first) || onnx_step(c, graph_chain_end(&c->chain)) ? -1 : 0;
}
