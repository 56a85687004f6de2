// SPDX-License-Identifier: GPL-2.0
/*
 * Reading ONNX: the walk over the nodes. See onnx_import.h for what it keeps.
 *
 *	unpack			onnx.proto by protobuf-c, with a budget of memory
 *	inputs, initialisers	the values that exist before the first node
 *	node by node		find the operator, check attributes and inputs, run or fold it
 *	outputs			must be the final result of the chain
 *
 * Nothing is skipped: an unknown operator, attribute, type or shape ends the import with a message.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <lq/format.h>

#include "onnx_forest.h"
#include "util.h"

/*
 * protobuf-c allocates memory for every message in a file, and an empty message takes only two
 * bytes there: without a bound 16 MiB could take gigabytes. The budget is for the whole unpacking;
 * freeing returns nothing to it.
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
		snprintf(name, sizeof(name), "%.40s_%zu", c->node->op_type ? c->node->op_type : "",
			 c->index);
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
		return util_fail(c->err, "%.256s: node '%.64s' (%.40s): %s", c->what, c->node->name,
				 type, why);
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

int onnx_ended(struct onnx_ctx *c, const char *op)
{
	return onnx_fail(c, "nothing that computes may follow %.40s: export the model without it",
			 op);
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
	v->turned = x->turned;
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
		return onnx_ended(c, c->done);
	return onnx_put(c, 0, &x);
}

/* Nobody reads its outputs, but their names must still be unique. */
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

	snprintf(s, sizeof(s), "%.60s%s%.60s", m->producer_name ? m->producer_name : "",
		 *version ? " " : "", version);
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

/* Lists a node and its operator, without interpreting it. */
static void onnx_list_node(const Onnx__Node *n, size_t index, graph_node_fn *fn, void *arg)
{
	struct graph_node_info info = { .index = index, .known = onnx_known_op(n) };
	const char *domain = n->domain && !onnx_domain_is(n->domain, "") ? n->domain : "";

	snprintf(info.name, sizeof(info.name), "%.95s", n->name ? n->name : "");
	snprintf(info.op, sizeof(info.op), "%.24s%s%.36s", domain, *domain ? ":" : "",
		 n->op_type ? n->op_type : "");
	fn(arg, &info);
}

int onnx_list(const void *data, size_t len, const char *what, graph_node_fn *fn, void *arg,
	      char summary[96], struct graph_err *err)
{
	struct onnx_ctx c = { .what = what, .err = err };
	size_t budget = ONNX_BUDGET, i;
	ProtobufCAllocator mem = { onnx_budget_alloc, onnx_budget_free, &budget };
	Onnx__Model *model = len > ONNX_MAX_FILE ? NULL : onnx__model__unpack(&mem, len, data);

	if (!model)
		return onnx_fail(&c, "not an ONNX model, or a damaged one");
	c.model = model;
	onnx_read_opsets(&c);	/* the import repeats its message on a version */
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
