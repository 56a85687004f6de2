/* SPDX-License-Identifier: GPL-2.0 */
/* What must hold after an import of anything. */
#ifndef FUZZ_GRAPH_H
#define FUZZ_GRAPH_H

#include <stdlib.h>
#include <lq/format.h>

#include "graph.h"

static inline void fuzz_require(bool holds)
{
	if (!holds)
		abort();
}

/* Parts are of values that are there already, and within them. */
static inline void fuzz_parts(const struct graph *g, const struct graph_parts *p, uint32_t l,
			      uint32_t n)
{
	struct graph_part part;
	uint32_t k;

	fuzz_require(graph_parts_n(g, p, l) == n);
	for (k = 0; graph_part_of(g, p, l, k, &part); k++) {
		fuzz_require(part.value <= l && part.n > 0);
		fuzz_require(part.first + part.n <=
			     (part.value ? g->layers[part.value - 1].n_out : g->n_inputs));
	}
}

static inline void fuzz_net(const struct graph *g)
{
	uint32_t i;

	for (i = 0; i < g->n_layers; i++) {
		const struct graph_layer *l = &g->layers[i];

		fuzz_require(l->n_in <= LQ_MAX_WIDTH && l->n_out > 0 && l->n_out <= LQ_MAX_WIDTH);
		fuzz_require(!!l->exact == g->exact && (l->op == GRAPH_FC || l->n_in == l->n_out));
		fuzz_parts(g, &l->x, i, l->n_in);
		if (l->z.n)
			fuzz_parts(g, &l->z, i,
				   l->op == GRAPH_MUL && graph_parts_n(g, &l->z, i) == 1 ? 1 :
											   l->n_in);
	}
	fuzz_parts(g, &g->out, g->n_layers, g->n_outputs);
}

static inline void fuzz_graph(struct graph *g, const struct graph_err *err)
{
	double x[LQ_MAX_INPUTS] = { 1, -2, 3 }, y[LQ_MAX_WIDTH];

	if (!g) {
		fuzz_require(err->msg[0]);
		return;
	}
	fuzz_require(g->n_inputs > 0 && g->n_inputs <= LQ_MAX_INPUTS && g->n_outputs > 0 &&
		     g->n_outputs <= LQ_MAX_WIDTH);
	fuzz_require(g->name && g->producer && (!g->classes || g->n_outputs > 1));
	if (g->kind == GRAPH_NET)
		fuzz_net(g);
	graph_run(g, x, y);
	graph_free(g);
}

#endif /* FUZZ_GRAPH_H */
