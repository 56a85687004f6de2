// SPDX-License-Identifier: GPL-2.0
/*
 * Reading ONNX: the walk over the nodes. See onnx_import.h for what it keeps.
 *
 *	unpack			onnx.proto by protobuf-c, with a budget of memory
 *	inputs, initialisers	the values there are before the first node
 *	node by node		find the operator, check attributes and inputs, run or fold it
 *	outputs			must be what the chain computes at its end
 *
 * Nothing is skipped: an operator, attribute, type or shape that is not understood ends the import with a sentence.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_forest.h"
#include "util.h"

/*
 * protobuf-c allocates for every message in a file, and an empty message has only two bytes there: without a bound
 * 16 MiB could ask for gigabytes. The budget is for the whole unpacking, and nothing of it is given back.
 */
#define ONNX_BUDGET	(160u << 20)

static void *onnx_budget_alloc(void *left, size_t size)
{
	size_t *budget = left;

	if (size > *budget)
		return NULL;
	*budget -= size;
	return malloc(size);
}

static void onnx_budget_free(void *left, void *p)
{
	(void)left;
	free(p);
}

const char *onnx_node_name(const struct onnx_ctx *c)
{
	static char name[80];

	if (c->node->name && *c->node->name)
		snprintf(name, sizeof(name), "%.64s", c->node->name);
	else
		snprintf(name, sizeof(name), "%.40s_%zu", c->node->op_type ? c->node->op_type : "", c->index);
	return name;
}

static int onnx_vfail(struct onnx_ctx *c, const char *fmt, va_list ap)
{
	const char *type;
	char why[384];

	vsnprintf(why, sizeof(why), fmt, ap);
	c->err->node = c->node ? c->index + 1 : 0;
	if (!c->node)
		return util_fail(c->err, "%.256s: %s", c->what, why);
	type = c->node->op_type ? c->node->op_type : "";
	if (c->node->name && *c->node->name)
		return util_fail(c->err, "%.256s: node '%.64s' (%.40s): %s", c->what, c->node->name, type, why);
	return util_fail(c->err, "%.256s: node %zu (%.40s): %s", c->what, c->index, type, why);
}

int onnx_fail(struct onnx_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	onnx_vfail(c, fmt, ap);
	va_end(ap);
	return -1;
}

int onnx_step(struct onnx_ctx *c, int rc)
{
	struct graph_err why;

	if (rc) {
		why = *c->err;
		onnx_fail(c, "%s", why.msg);
	}
	return rc;
}

/* Values by name. */

static uint32_t onnx_hash(const char *s)
{
	uint32_t h = 2166136261u;

	while (*s)
		h = (h ^ (uint8_t)*s++) * 16777619u;
	return h % ONNX_BUCKETS;
}

struct onnx_value *onnx_find(const struct onnx_ctx *c, const char *name)
{
	struct onnx_value *v = c->bucket[onnx_hash(name)];

	while (v && strcmp(v->name, name))
		v = v->next;
	return v;
}

struct onnx_value *onnx_new_value(struct onnx_ctx *c, const char *name)
{
	struct onnx_value **head, *v;

	if (!name || !*name) {
		onnx_fail(c, "a value has no name");
		return NULL;
	}
	if (onnx_find(c, name)) {
		onnx_fail(c, "value '%.64s' is made twice", name);
		return NULL;
	}
	head = &c->bucket[onnx_hash(name)];
	v = util_alloc(1, sizeof(*v));
	v->name = name;
	v->next = *head;
	*head = v;
	return v;
}

static void onnx_free_values(struct onnx_ctx *c)
{
	struct onnx_value *v, *next;
	size_t i;

	for (i = 0; i < ONNX_BUCKETS; i++)
		for (v = c->bucket[i]; v; v = next) {
			next = v->next;
			free(v->t.v);
			if (v->owner)
				graph_chain_drop(&v->chain);
			free(v);
		}
}

const struct onnx_tensor *onnx_in(const struct onnx_ctx *c, size_t i)
{
	return i < c->n_in && c->in[i] ? &c->in[i]->t : NULL;
}

bool onnx_has_output(const struct onnx_ctx *c, size_t i)
{
	return i < c->node->n_output && *c->node->output[i];
}

int onnx_put(struct onnx_ctx *c, size_t output, const struct onnx_value *x)
{
	struct onnx_value *v;

	if (output >= c->node->n_output)
		return onnx_fail(c, "it has no output");
	v = onnx_new_value(c, c->node->output[output]);
	if (!v)
		return -1;
	v->kind = x->kind;
	v->t = x->t;
	v->t.v = NULL;
	graph_chain_copy(&v->chain, &c->chain);
	v->chain.shared |= onnx_readers(c, v->name) > 1;
	v->owner = true;
	v->scale = x->scale;
	v->zp = x->zp;
	v->sums = x->sums;
	return 0;
}

int onnx_put_const(struct onnx_ctx *c, size_t output, const struct onnx_tensor *t)
{
	struct onnx_value *v;

	v = output < c->node->n_output ? onnx_new_value(c, c->node->output[output]) : NULL;
	if (!v) {
		free(t->v);
		return c->err->msg[0] ? -1 : onnx_fail(c, "it has no output");
	}
	v->kind = ONNX_CONST;
	v->t = *t;
	return 0;
}

int onnx_put_tip(struct onnx_ctx *c, struct onnx_value x)
{
	if (c->done)
		return onnx_fail(c, "nothing that computes may follow %.40s: export the model without it", c->done);
	return onnx_put(c, 0, &x);
}

/* One node. */

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
						 onnx_tree_ops, onnx_ml_ops,    onnx_compare_ops };
	const struct onnx_op *op = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables) && !op; i++)
		op = onnx_find_in(tables[i], n);
	return op;
}

/* The type that `attrs` gives the attribute, 0 if it is not there. */
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
		return a->has_f && (isfinite(a->f) || (isnan(a->f) && !strncmp(a->name, "replaced", 8)));
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
			return onnx_fail(c, "attribute '%.64s' is not supported", a->name ? a->name : "");
		if ((a->has_type && a->type && a->type != type) || a->ref_attr_name || !onnx_attr_full(a, type))
			return onnx_fail(c, "attribute '%.64s' is not what the operator wants", a->name);
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
		return onnx_fail(c, "it reads '%.64s', which a later node makes: a cycle or wrong order", name);
	return onnx_fail(c, "it reads '%.64s', which nothing makes", name);
}

static int onnx_find_inputs(struct onnx_ctx *c, const struct onnx_op *op)
{
	const Onnx__Node *n = c->node;
	size_t i;

	if (n->n_input < op->min_in || (op->max_in && n->n_input > op->max_in))
		return onnx_fail(c, "%zu inputs are not what the operator wants", n->n_input);
	c->n_in = n->n_input;
	for (i = 0; i < c->n_in; i++) {
		c->in[i] = *n->input[i] ? onnx_find(c, n->input[i]) : NULL;
		if (!c->in[i] && *n->input[i])
			return onnx_no_value(c, n->input[i]);
		if (!c->in[i] && i < op->min_in)
			return onnx_fail(c, "input %zu is left out", i);
		if (c->in[i] && c->in[i]->kind == ONNX_CONST && !onnx_all_finite(c->in[i]->t.v, c->in[i]->t.n) &&
		    strcmp(op->type, "Clip"))
			return onnx_fail(c, "constant '%.64s' has an infinite number", c->in[i]->name);
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

const char *onnx_kind_name(enum onnx_kind kind)
{
	static const char *const name[] = {
		[ONNX_CONST] = "a constant", [ONNX_TIP] = "real numbers",
		[ONNX_QUANTISED] = "quantised integers", [ONNX_SCORES] = "class scores", [ONNX_LABEL] = "a class label",
		[ONNX_SUMS] = "sums of trees",
	};

	return name[kind];
}

static int onnx_run_op(struct onnx_ctx *c, const struct onnx_op *op, int tip)
{
	struct onnx_value *x = c->in[tip];

	if (tip > 7 || !(op->tip_in & 1 << tip))
		return onnx_fail(c, "input %d ('%.64s') must be a constant", tip, x->name);
	if (!(op->kinds & 1 << x->kind))
		return onnx_fail(c, "it cannot take %s ('%.64s')", onnx_kind_name(x->kind), x->name);
	graph_chain_copy(&c->chain, &x->chain);
	return op->run(c, x);
}

/* Several inputs are no constants. */
static int onnx_run_many(struct onnx_ctx *c, const struct onnx_op *op)
{
	size_t i;

	if (!op->many)
		return onnx_fail(c, "more than one input is not a constant");
	for (i = 0; i < c->n_in; i++)
		if (c->in[i] && c->in[i]->kind != ONNX_CONST && c->in[i]->kind != ONNX_TIP)
			return onnx_fail(c, "it cannot take %s ('%.64s')",
					 onnx_kind_name(c->in[i]->kind), c->in[i]->name);
	if (c->done)
		return onnx_fail(c, "nothing that computes may follow %.40s: export the model without it", c->done);
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
		return onnx_fail(
			c, "nothing that computes may follow %.40s: export the model without it",
			c->grove->op ? c->grove->op : "trees");
	return onnx_check_attrs(c, op) || onnx_find_inputs(c, op) ? -1 : op->many(c);
}

static int onnx_run_node(struct onnx_ctx *c)
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
		return op->fold ? op->fold(c) : onnx_fail(c, "it reads constants only, and is not computed here");
	return tip == -2 ? onnx_run_many(c, op) : onnx_run_op(c, op, tip);
}

/* Nobody reads what it makes, but a name has one maker. */
static int onnx_check_dead(struct onnx_ctx *c)
{
	size_t i;

	for (i = 0; i < c->node->n_output; i++)
		if (*c->node->output[i] && onnx_find(c, c->node->output[i]))
			return onnx_fail(c, "value '%.64s' is made twice", c->node->output[i]);
	return 0;
}

static int onnx_run_nodes(struct onnx_ctx *c)
{
	const Onnx__Graph *g = c->model->graph;
	int rc = 0;

	for (c->index = 0; c->index < g->n_node && !rc; c->index++) {
		c->node = g->node[c->index];
		if (!c->live[c->index]) {
			rc = onnx_check_dead(c);
			continue;
		}
		c->in = util_alloc(c->node->n_input, sizeof(*c->in));
		rc = onnx_run_node(c);
		graph_chain_drop(&c->chain);
		c->chain = (struct graph_chain) { .g = c->g, .err = c->err };
		free(c->in);
		c->in = NULL;
	}
	c->node = NULL;
	return rc;
}

static int onnx_check_model(struct onnx_ctx *c)
{
	const Onnx__Graph *g = c->model->graph;

	if (!g)
		return onnx_fail(c, "no graph: not an ONNX model");
	if (c->model->n_functions)
		return onnx_fail(c, "it defines functions of its own");
	if (g->n_sparse_initializer)
		return onnx_fail(c, "it has sparse initialisers");
	if (g->n_node > ONNX_MAX_NODES)
		return onnx_fail(c, "%zu nodes, more than %d", g->n_node, ONNX_MAX_NODES);
	return onnx_read_opsets(c);
}

static char *onnx_producer(const Onnx__Model *m)
{
	const char *version = m->producer_version ? m->producer_version : "";
	char s[128];

	snprintf(s, sizeof(s), "%.60s%s%.60s", m->producer_name ? m->producer_name : "", *version ? " " : "", version);
	return util_strdup(s);
}

static char *onnx_name(const struct onnx_ctx *c)
{
	const char *name = c->model->graph->name;

	return util_strdup(name && *name ? name : util_basename(c->what));
}

static int onnx_read(struct onnx_ctx *c)
{
	if (onnx_check_model(c))
		return -1;
	onnx_find_live(c);
	if (onnx_load_initialisers(c) || onnx_load_inputs(c) || onnx_enter(c))
		return -1;
	if (onnx_run_nodes(c) || onnx_leave(c))
		return -1;
	if (c->g->classes && c->g->n_outputs < 2)
		return onnx_fail(c, "classes are to be chosen from %u score", c->g->n_outputs);
	c->g->name = onnx_name(c);
	c->g->producer = onnx_producer(c->model);
	return 0;
}

/* The nodes and what the operators are called, without a look at what they do. */
static void onnx_list_node(const Onnx__Node *n, size_t index, graph_node_fn *fn, void *arg)
{
	struct graph_node_info info = { .index = index,
					.known =
						onnx_find_op(n) || onnx_find_in(onnx_sums_ops, n) };
	const char *domain = n->domain && !onnx_domain_is(n->domain, "") ? n->domain : "";

	snprintf(info.name, sizeof(info.name), "%.95s", n->name ? n->name : "");
	snprintf(info.op, sizeof(info.op), "%.24s%s%.36s", domain, *domain ? ":" : "", n->op_type ? n->op_type : "");
	fn(arg, &info);
}

int onnx_list(const void *data, size_t len, const char *what, graph_node_fn *fn, void *arg, char summary[96],
	      struct graph_err *err)
{
	struct onnx_ctx c = { .what = what, .err = err };
	size_t budget = ONNX_BUDGET, i;
	ProtobufCAllocator mem = { onnx_budget_alloc, onnx_budget_free, &budget };
	Onnx__Model *model = len > ONNX_MAX_FILE ? NULL : onnx__model__unpack(&mem, len, data);

	if (!model)
		return onnx_fail(&c, "not an ONNX model, or a damaged one");
	c.model = model;
	onnx_read_opsets(&c);	/* what it says of a version is said again by the import */
	snprintf(summary, 96, "ONNX, operator set %lld", (long long)c.opset_said);
	for (i = 0; model->graph && i < model->graph->n_node; i++)
		onnx_list_node(model->graph->node[i], i, fn, arg);
	protobuf_c_message_free_unpacked(&model->base, &mem);
	return 0;
}

struct graph *onnx_import(const void *data, size_t len, const char *what,
			  const struct graph_want *want, struct graph_err *err)
{
	static const struct graph_want all;
	struct onnx_ctx c = { .what = what, .err = err, .want = want ? want : &all };
	size_t budget = ONNX_BUDGET;
	ProtobufCAllocator mem = { onnx_budget_alloc, onnx_budget_free, &budget };
	Onnx__Model *model;
	int rc;

	err->msg[0] = '\0';
	err->node = 0;
	if (len > ONNX_MAX_FILE) {
		onnx_fail(&c, "%zu bytes, more than %u", len, ONNX_MAX_FILE);
		return NULL;
	}
	model = onnx__model__unpack(&mem, len, data);
	if (!model) {
		onnx_fail(&c, "not an ONNX model, or a damaged one");
		return NULL;
	}
	c.model = model;
	c.g = util_alloc(1, sizeof(*c.g));
	c.chain.g = c.g;
	c.chain.err = err;
	c.grove = util_alloc(1, sizeof(*c.grove));
	rc = onnx_read(&c);
	onnx_grove_free(&c);
	graph_chain_drop(&c.chain);
	onnx_free_values(&c);
	free(c.inputs);
	onnx_live_free(&c);
	protobuf_c_message_free_unpacked(&model->base, &mem);
	if (!rc)
		return c.g;
	graph_clean(err);
	graph_free(c.g);
	return NULL;
}
