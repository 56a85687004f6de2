// SPDX-License-Identifier: GPL-2.0
/* Arithmetic with constants behind trees: it goes into their leaves. */
#include "onnx_import.h"

void onnx_forest_scale(struct graph *g, const double *s, const double *t)
{
	struct graph_node *n;
	uint32_t k, i, o;

	for (k = 0; k < g->n_trees; k++)
		for (i = 0; i < g->trees[k].n_nodes; i++) {
			n = &g->trees[k].nodes[i];
			for (o = 0; n->leaf && o < g->n_outputs; o++)
				n->value[o] *= s[o];
		}
	for (o = 0; o < g->n_outputs; o++)
		g->base[o] = g->base[o] * s[o] + t[o];
}
