// SPDX-License-Identifier: GPL-2.0
/*
 * What an import owns until its trees are in the graph: the trees, and the memory of sums.
 *
 * Memory of sums is allocated in blocks and freed when the import ends, so that values may share
 * terms and leaves; it is bounded, since a node of a few bytes can copy sums.
 */
#include <stddef.h>
#include <stdlib.h>

#include "onnx_forest.h"
#include "util.h"

#define ONNX_SUMS_ROOM	((size_t)512 << 20)	/* bytes of all blocks */

struct onnx_block {
	struct onnx_block *next;
	max_align_t room[];
};

void *onnx_sums_mem(struct onnx_ctx *c, size_t n, size_t size)
{
	struct onnx_grove *v = c->grove;
	size_t bytes = n * size + sizeof(struct onnx_block);
	struct onnx_block *b;

	if (!v->blocks)
		v->left = ONNX_SUMS_ROOM;
	if (bytes > v->left) {
		onnx_fail(c, "what is computed behind the trees takes more than %zu MiB",
			  ONNX_SUMS_ROOM >> 20);
		return NULL;
	}
	v->left -= bytes;
	b = util_alloc(1, bytes);
	b->next = v->blocks;
	v->blocks = b;
	return b->room;
}

struct onnx_sums *onnx_sums_new(struct onnx_ctx *c, size_t n)
{
	struct onnx_sums *s = onnx_sums_mem(c, 1, sizeof(*s));

	if (!s)
		return NULL;
	s->n = n;
	s->sum = onnx_sums_mem(c, n, sizeof(*s->sum));
	return s->sum ? s : NULL;
}

struct onnx_grown *onnx_plant(struct onnx_ctx *c, enum onnx_plant plant, uint32_t *at)
{
	struct onnx_grove *v = c->grove;

	v->tree = util_grow(v->tree, &v->cap, v->n + 1, sizeof(*v->tree));
	*at = v->n++;
	v->tree[*at] = (struct onnx_grown) { .plant = plant };
	return &v->tree[*at];
}

void onnx_grove_free(struct onnx_ctx *c)
{
	struct onnx_grove *v = c->grove;
	struct onnx_block *b, *next;
	size_t i;
	uint32_t k;

	if (!v)
		return;
	for (i = 0; i < v->n; i++) {
		for (k = 0; k < v->tree[i].n_nodes; k++)
			free(v->tree[i].nodes[k].set);
		free(v->tree[i].nodes);
		free(v->tree[i].all);
	}
	for (b = v->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(v->tree);
	free(v);
}
