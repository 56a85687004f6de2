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

/* Nobody reads its outputs, but their names must still be unique. */
static int onnx_check_dead(struct onnx_ctx *c)
{
	size_t i;

	for (i = 0; i < c->node->n_output; i++)
		if (*c->node->output[i] && onnx_find(c, c->node->output[i]))
			return onnx_fail(c, "value '%.64s' is defined twice", c->node->output[i]);
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
		return onnx_fail(c, "a classifier needs at least 2 scores, not %u",
				 c->g->n_outputs);
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
