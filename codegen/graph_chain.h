/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making a net layer by layer: what the importers of real models have in common.
 *
 * A chain is a value on its way: what some layers have computed, and what is still to be done to
 * it. Where a graph branches, each branch goes on with a copy (graph_chain_copy), and layers that
 * others read, too, stay as they are.
 *
 * A model's file is finer than our layers: y = x @ W, + b, * gamma, + beta, relu. The chain takes
 * these steps as they come and folds them, so that what is left is one fully connected layer per
 * matrix:
 *
 *	scale and shift per lane	into the matrix before, if nothing but scales and shifts came after it; else
 *					kept and folded into the matrix that comes next:
 *					W (s x + t) + b = (W s) x + (W t + b)
 *	activation			into the matrix before; two clips become one
 *	clamp of a quantiser		into the clip before, or kept as the range of the layer's output
 *
 * What cannot be folded is made a layer of its own: a diagonal matrix (a sum of one operand where
 * that is large), or an activation alone. Joining and picking lanes makes no layers: whoever reads
 * them reads parts of values.
 */
#ifndef GRAPH_CHAIN_H
#define GRAPH_CHAIN_H

#include "graph.h"

/*
 * More than the snapshot has (LQ_MAX_LAYERS, which the quantiser checks), to bound memory while
 * reading.
 */
#define GRAPH_MAX_LAYERS 512

struct graph_chain {
	struct graph *g;
	uint32_t n;		/* lanes now */
	uint32_t value;		/* whose lanes these are, all of them, if there are no parts */
	struct graph_parts parts;
	bool shared;		/* others read that value as it is */
	double *s, *t;		/* [n]: every lane is to become s x + t; NULL if nothing is kept */
	char *node;		/* the node that wanted it, for messages */
	struct graph_err *err;
};

/*
 * Each returns 0, or -1 with err set to a sentence without the file and node. graph_chain_fc()
 * takes w [n_out][n] and b [n_out], the others copy.
 */
int graph_chain_fc(struct graph_chain *c, const char *node, uint32_t n_out, double *w, double *b);
int graph_chain_diag(struct graph_chain *c, const char *node, const double *s, const double *t);
int graph_chain_act(struct graph_chain *c, const char *node, enum graph_act act, double lo,
		    double hi, double alpha);
int graph_chain_range(struct graph_chain *c, const char *node, double lo, double hi);
int graph_chain_exact(struct graph_chain *c, const char *node, uint32_t n_out,
		      struct graph_exact *e);

/* Lanes by their numbers, in this order; more lanes behind those that there are. */
int graph_chain_pick(struct graph_chain *c, const char *node, const uint32_t *lane, uint32_t n);
int graph_chain_join(struct graph_chain *c, const char *node, const struct graph_chain *more);

/*
 * Lane by lane a x + b z, x z (z of one lane: with each), and the same of all lanes. The other
 * chain may change, too.
 */
int graph_chain_sum(struct graph_chain *c, const char *node, struct graph_chain *z, double a,
		    double b);
int graph_chain_mul(struct graph_chain *c, const char *node, struct graph_chain *z);
int graph_chain_softmax(struct graph_chain *c, const char *node);

/* Nothing is still to be done: what is kept becomes a layer. */
int graph_chain_flush(struct graph_chain *c);
void graph_chain_copy(struct graph_chain *to, const struct graph_chain *from);
/* Which lane of which value lane i is, but for what is kept. */
struct graph_part graph_chain_lane(const struct graph_chain *c, uint32_t i);

/*
 * The last step: what is still kept becomes a layer; a model of no layers becomes a layer of ones.
 */
int graph_chain_end(struct graph_chain *c);

/* Free what is kept and said of parts, not the graph. */
void graph_chain_drop(struct graph_chain *c);

/*
 * Between graph_chain.c and graph_join.c: the next layer, NULL after a message; the layer whose
 * lanes these are.
 */
struct graph_layer *graph_chain_add(struct graph_chain *c, const char *node, uint32_t n_out);
struct graph_layer *graph_chain_last(const struct graph_chain *c);
struct graph_parts graph_chain_parts(const struct graph_chain *c);
void graph_chain_no_parts(struct graph_chain *c);
void graph_chain_keep(struct graph_chain *c, const char *node);
void graph_chain_undo(struct graph_chain *c);
bool graph_chain_has_inputs(const struct graph_chain *c);

/* A message may quote names from the file: leave only printable ASCII. */
void graph_clean(struct graph_err *err);

#endif /* GRAPH_CHAIN_H */
