// SPDX-License-Identifier: GPL-2.0
/*
 * One node: finds its operator, checks its attributes and inputs, and runs it on the value in
 * progress, folds it if all inputs are constant, or computes it behind trees.
 */
#include <math.h>
#include <string.h>

#include "onnx_forest.h"
#include "util.h"

bool onnx_domain_is(const char *have, const char *want)
{
	if (!have || !strcmp(have, "ai.onnx"))
		have = "";
	return !strcmp(have, want);
}

static const struct onnx_op *onnx_find_in(const struct onnx_op *op, const Onnx__Node *n)
{
	for (; n->op_type && op->type; op++)
		if (!strcmp(op->type, n->op_type) && onnx_domain_is(n->domain, op->domain))
			return op;
	return NULL;
}

static const struct onnx_op *onnx_find_op(const Onnx__Node *n)
{
	const struct onnx_op *const tables[] = { onnx_net_ops,  onnx_act_ops,   onnx_conv_ops,
						 onnx_join_ops, onnx_shape_ops, onnx_quant_ops,
						 onnx_tree_ops, onnx_ml_ops,    onnx_compare_ops,
						 onnx_rnn_ops };
	const struct onnx_op *op = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables) && !op; i++)
		op = onnx_find_in(tables[i], n);
	return op;
}

/* The type of the attribute in `attrs`, 0 if it is not listed. */
static int onnx_attr_listed(const char *attrs, const char *name)
{
	size_t n = strlen(name);
	const char *p = attrs;

	while (n && p) {
		if (!strncmp(p, name, n) && p[n] == ':')
			return p[n + 1] - '0';
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	return 0;
}

static bool onnx_attr_full(const Onnx__Attribute *a, int type)
{
	switch (type) {
	case ONNX_ATTR_FLOAT:	/* "replaced" is what an Imputer looks for, mostly NaN */
		return a->has_f &&
		       (isfinite(a->f) || (isnan(a->f) && !strncmp(a->name, "replaced", 8)));
	case ONNX_ATTR_INT:
		return a->has_i;
	case ONNX_ATTR_STRING:
		return a->has_s;
	case ONNX_ATTR_TENSOR:
		return a->t;
	}
	return true;
}

static int onnx_check_attrs(struct onnx_ctx *c, const struct onnx_op *op)
{
	const Onnx__Attribute *a;
	size_t i, k;
	int type;

	for (i = 0; i < c->node->n_attribute; i++) {
		a = c->node->attribute[i];
		type = a->name ? onnx_attr_listed(op->attrs, a->name) : 0;
		if (!type)
			return onnx_fail(c, "attribute '%.64s' is not supported",
					 a->name ? a->name : "");
		if ((a->has_type && a->type && a->type != type) || a->ref_attr_name ||
		    !onnx_attr_full(a, type))
			return onnx_fail(c, "attribute '%.64s' does not fit the operator",
					 a->name);
		for (k = 0; k < i; k++)
			if (!strcmp(c->node->attribute[k]->name, a->name))
				return onnx_fail(c, "attribute '%.64s' is given twice", a->name);
	}
	return 0;
}

static bool onnx_made_later(const struct onnx_ctx *c, const char *name)
{
	const Onnx__Graph *g = c->model->graph;
	size_t i, k;

	for (i = c->index; i < g->n_node; i++)
		for (k = 0; k < g->node[i]->n_output; k++)
			if (!strcmp(g->node[i]->output[k], name))
				return true;
	return false;
}

static int onnx_no_value(struct onnx_ctx *c, const char *name)
{
	if (onnx_made_later(c, name))
		return onnx_fail(c, "it reads '%.64s', which a later node defines: a "
				 "cycle or wrong order",
				 name);
	return onnx_fail(c, "it reads '%.64s', which no node defines", name);
}

static int onnx_find_inputs(struct onnx_ctx *c, const struct onnx_op *op)
{
	const Onnx__Node *n = c->node;
	size_t i;

	if (n->n_input < op->min_in || (op->max_in && n->n_input > op->max_in))
		return onnx_fail(c, "%zu inputs do not fit the operator", n->n_input);
	c->n_in = n->n_input;
	for (i = 0; i < c->n_in; i++) {
		c->in[i] = *n->input[i] ? onnx_find(c, n->input[i]) : NULL;
		if (!c->in[i] && *n->input[i])
			return onnx_no_value(c, n->input[i]);
		if (!c->in[i] && i < op->min_in)
			return onnx_fail(c, "input %zu is left out", i);
		if (c->in[i] && c->in[i]->kind == ONNX_CONST &&
		    !onnx_all_finite(c->in[i]->t.v, c->in[i]->t.n) && strcmp(op->type, "Clip"))
			return onnx_fail(c, "constant '%.64s' has an infinite number",
					 c->in[i]->name);
	}
	return 0;
}

/* The one input that is not a constant: its index, -1 for none, -2 for several. */
static int onnx_tip_input(const struct onnx_ctx *c)
{
	int i, tip = -1;

	for (i = 0; i < (int)c->n_in; i++)
		if (c->in[i] && c->in[i]->kind != ONNX_CONST)
			tip = tip == -1 ? i : -2;
	return tip;
}

static int onnx_run_op(struct onnx_ctx *c, const struct onnx_op *op, int tip)
{
	struct onnx_value *x = c->in[tip];

	if (tip > 7 || !(op->tip_in & 1 << tip))
		return onnx_fail(c, "input %d ('%.64s') must be a constant", tip, x->name);
	if (!(op->kinds & 1 << x->kind))
		return onnx_fail(c, "it cannot take %s ('%.64s')", onnx_kind_name(x->kind),
				 x->name);
	graph_chain_copy(&c->chain, &x->chain);
	if (x->turned && op->run != onnx_rnn_ops[0].run && op->run != onnx_rnn_ops[1].run)
		return onnx_turned(c, x);
	return op->run(c, x);
}

/* Several inputs are not constant. */
static int onnx_run_many(struct onnx_ctx *c, const struct onnx_op *op)
{
	size_t i;

	if (!op->many)
		return onnx_fail(c, "more than one input is not a constant");
	for (i = 0; i < c->n_in; i++)
		if (c->in[i] && c->in[i]->kind != ONNX_CONST && c->in[i]->kind != ONNX_TIP)
			return onnx_fail(c, "it cannot take %s ('%.64s')",
					 onnx_kind_name(c->in[i]->kind), c->in[i]->name);
	for (i = 0; i < c->n_in; i++)
		if (c->in[i] && c->in[i]->turned)
			return onnx_turned(c, c->in[i]);
	if (c->done)
		return onnx_ended(c, c->done);
	return op->many(c);
}

static bool onnx_reads_sums(const struct onnx_ctx *c)
{
	const struct onnx_value *v;
	size_t i;

	for (i = 0; i < c->node->n_input; i++) {
		v = onnx_find(c, c->node->input[i]);
		if (v && v->kind == ONNX_SUMS)
			return true;
	}
	return false;
}

static int onnx_run_behind_trees(struct onnx_ctx *c)
{
	const struct onnx_op *op = onnx_find_in(onnx_sums_ops, c->node);

	if (!op)
		return onnx_ended(c, c->grove->op ? c->grove->op : "trees");
	return onnx_check_attrs(c, op) || onnx_find_inputs(c, op) ? -1 : op->many(c);
}

int onnx_run_node(struct onnx_ctx *c)
{
	const struct onnx_op *op = onnx_find_op(c->node);
	int tip;

	if (onnx_reads_sums(c))
		return onnx_run_behind_trees(c);
	if (!op && onnx_domain_is(c->node->domain, ""))
		return onnx_fail(c, "operator not supported");
	if (!op)
		return onnx_fail(c, "operator not supported, domain %.40s", c->node->domain);
	if (onnx_check_attrs(c, op) || onnx_find_inputs(c, op))
		return -1;
	tip = onnx_tip_input(c);
	if (tip == -1)
		return op->fold ? op->fold(c)
				: onnx_fail(c, "it is not supported on constants");
	return tip == -2 ? onnx_run_many(c, op) : onnx_run_op(c, op, tip);
}

bool onnx_known_op(const Onnx__Node *n)
{
	return onnx_find_op(n) || onnx_find_in(onnx_sums_ops, n);
}
