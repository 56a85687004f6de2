/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making a net layer by layer: what the importers of real models have in common.
 *
 * A model's file is finer than our layers: y = x @ W, + b, * gamma, + beta, relu. The chain takes these steps as they
 * come and folds them, so that what is left is one fully connected layer per matrix:
 *
 *	scale and shift per lane	into the matrix before, if nothing but scales and shifts came after it; else
 *					kept and folded into the matrix that comes next:
 *					W (s x + t) + b = (W s) x + (W t + b)
 *	activation			into the matrix before; two clips become one
 *	clamp of a quantiser		into the clip before, or kept as the range of the layer's output
 *
 * What cannot be folded is made a layer of its own: a diagonal matrix, or an activation alone.
 */
#ifndef GRAPH_CHAIN_H
#define GRAPH_CHAIN_H

#include "graph.h"

/* More than the snapshot has (LQ_MAX_LAYERS, which the quantiser checks), to bound memory while reading. */
#define GRAPH_MAX_LAYERS 64

struct graph_chain {
	struct graph *g;
	uint32_t n;		/* lanes now */
	double *s, *t;		/* [n]: every lane is to become s x + t; NULL if nothing is kept */
	char *node;		/* the node that wanted it, for messages */
	struct graph_err *err;
};

/*
 * Each returns 0, or -1 with err set to a sentence without the file and node. graph_chain_fc() takes w [n_out][n] and
 * b [n_out], the others copy.
 */
int graph_chain_fc(struct graph_chain *c, const char *node, uint32_t n_out, double *w, double *b);
int graph_chain_diag(struct graph_chain *c, const char *node, const double *s, const double *t);
int graph_chain_act(struct graph_chain *c, const char *node, enum graph_act act, double lo, double hi, double alpha);
int graph_chain_range(struct graph_chain *c, const char *node, double lo, double hi);
int graph_chain_exact(struct graph_chain *c, const char *node, uint32_t n_out, struct graph_exact *e);

/* The last step: what is still kept becomes a layer; a model of no layers becomes a layer of ones. */
int graph_chain_end(struct graph_chain *c);

/* Free what is kept, not the graph. */
void graph_chain_drop(struct graph_chain *c);

/* A message may quote names from the file: leave only printable ASCII. */
void graph_clean(struct graph_err *err);

#endif /* GRAPH_CHAIN_H */
