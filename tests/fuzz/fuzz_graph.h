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

static inline void fuzz_chain(const struct graph *g)
{
	uint32_t i, n = g->n_inputs;

	for (i = 0; i < g->n_layers; i++) {
		fuzz_require(g->layers[i].n_in == n && g->layers[i].n_out > 0);
		fuzz_require(!!g->layers[i].exact == g->exact);
		n = g->layers[i].n_out;
	}
	fuzz_require(n == g->n_outputs);
}

static inline void fuzz_graph(struct graph *g, const struct graph_err *err)
{
	double x[LQ_MAX_INPUTS] = { 1, -2, 3 }, y[LQ_MAX_WIDTH];

	if (!g) {
		fuzz_require(err->msg[0]);
		return;
	}
	fuzz_require(g->n_inputs > 0 && g->n_inputs <= LQ_MAX_INPUTS && g->n_outputs > 0 && g->n_outputs <= LQ_MAX_WIDTH);
	fuzz_require(g->name && g->producer && (!g->classes || g->n_outputs > 1));
	if (g->kind == GRAPH_NET)
		fuzz_chain(g);
	graph_run(g, x, y);
	graph_free(g);
}

#endif /* FUZZ_GRAPH_H */
