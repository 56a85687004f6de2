// SPDX-License-Identifier: GPL-2.0
/*
 * Which nodes the outputs depend on. Exporters leave nodes that nothing reads, and inputs that were
 * needed only in training: what no output depends on is ignored.
 *
 * One walk from the last node to the first suffices, since a node's inputs are made before it. In a
 * file with the wrong order a live node may be taken for dead; its reader then finds its input
 * missing, and reports it.
 */
#include <stdlib.h>
#include <string.h>

#include "onnx_import.h"
#include "util.h"

/* A set of names. */
struct onnx_names {
	const char **slot;
	uint8_t *count;		/* how often it was added, at most 255 */
	size_t n;		/* slots, a power of two */
};

static size_t onnx_names_hash(const char *s)
{
	size_t h = 2166136261u;

	while (*s)
		h = (h ^ (uint8_t)*s++) * 16777619u;
	return h ^ h >> 15;
}

/* The slot of a name, or the free one for it. There is always a free one. */
static const char **onnx_names_at(const struct onnx_names *set, const char *name)
{
	size_t i = onnx_names_hash(name) & (set->n - 1);

	while (set->slot[i] && strcmp(set->slot[i], name))
		i = (i + 1) & (set->n - 1);
	return &set->slot[i];
}

static bool onnx_names_has(const struct onnx_names *set, const char *name)
{
	return name && *onnx_names_at(set, name);
}

static void onnx_names_add(const struct onnx_names *set, const char *name)
{
	const char **at = name && *name ? onnx_names_at(set, name) : NULL;

	if (!at)
		return;
	*at = name;
	set->count[at - set->slot] += set->count[at - set->slot] < UINT8_MAX;
}

static struct onnx_names *onnx_names_new(const Onnx__Graph *g)
{
	struct onnx_names *set = util_alloc(1, sizeof(*set));
	size_t most = g->n_output + 1, i;

	for (i = 0; i < g->n_node; i++)
		most += g->node[i]->n_input;
	for (set->n = 16; set->n < 2 * most;)
		set->n *= 2;
	set->slot = util_alloc(set->n, sizeof(*set->slot));
	set->count = util_alloc(set->n, 1);
	return set;
}

static bool onnx_node_lives(const struct onnx_names *read, const Onnx__Node *n)
{
	size_t i;

	for (i = 0; i < n->n_output; i++)
		if (onnx_names_has(read, n->output[i]))
			return true;
	return !n->n_output;	/* it has no output: let it be rejected */
}

void onnx_find_live(struct onnx_ctx *c)
{
	const Onnx__Graph *g = c->model->graph;
	struct onnx_names *read = c->names = onnx_names_new(g);
	size_t i, k;

	c->live = util_alloc(g->n_node, 1);
	c->read = util_alloc(g->n_input, 1);
	for (i = 0; i < g->n_output; i++)
		if (onnx_is_output(c, g->output[i]->name))
			onnx_names_add(read, g->output[i]->name);
	for (i = g->n_node; i--;) {
		c->live[i] = onnx_node_lives(read, g->node[i]);
		for (k = 0; c->live[i] && k < g->node[i]->n_input; k++)
			onnx_names_add(read, g->node[i]->input[k]);
	}
	for (i = 0; i < g->n_input; i++)
		c->read[i] = onnx_names_has(read, g->input[i]->name);
}

uint32_t onnx_readers(const struct onnx_ctx *c, const char *name)
{
	const char **at = onnx_names_at(c->names, name);

	return *at ? c->names->count[at - c->names->slot] : 0;
}

void onnx_live_free(struct onnx_ctx *c)
{
	free(c->live);
	free(c->read);
	if (!c->names)
		return;
	free(c->names->slot);
	free(c->names->count);
	free(c->names);
}

bool onnx_is_output(const struct onnx_ctx *c, const char *name)
{
	uint32_t i;

	if (!c->want->outputs)
		return true;
	for (i = 0; name && i < c->want->n_outputs; i++)
		if (!strcmp(name, c->want->outputs[i]))
			return true;
	return false;
}
