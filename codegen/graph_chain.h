/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Building a net layer by layer: the common part of the importers of real models.
 *
 * A chain is a value in progress: what some layers have computed, and what is still pending. Where
 * a graph branches, each branch continues with a copy (graph_chain_copy), and layers with other
 * readers stay as they are.
 *
 * A model's file has smaller steps than our layers: y = x @ W, + b, * gamma, + beta, relu. The
 * chain takes these steps as they come and folds them into one fully connected layer per matrix:
 *
 *	scale and shift per lane	into the matrix before, if only scales and shifts follow it;
 *					else pending, and folded into the next matrix:
 *					W (s x + t) + b = (W s) x + (W t + b)
 *	activation			into the matrix before; two clips become one
 *	clamp of a quantiser		into the clip before, or kept as the range of the layer's
 *					output
 *
 * What cannot be folded becomes a layer of its own: a diagonal matrix (a sum of one operand if that
 * is large), or just an activation. Joining and picking lanes makes no layers: their readers read
 * parts of values.
 */
#ifndef GRAPH_CHAIN_H
#define GRAPH_CHAIN_H

#include "graph.h"

/*
 * More than a snapshot's (LQ_MAX_LAYERS, which the quantiser checks), to bound memory while
 * reading.
 */
#define GRAPH_MAX_LAYERS 512

struct graph_chain {
	struct graph *g;
	uint32_t n;		/* lanes now */
	uint32_t value;		/* the value with all these lanes, if there are no parts */
	struct graph_parts parts;
	bool shared;		/* the value has other readers */
	double *s, *t;		/* [n]: pending: each lane becomes s x + t; NULL if nothing is */
	char *node;		/* the node that requested it, for messages */
	struct graph_err *err;
};

/*
 * Each returns 0, or -1 with err set to a message without file and node. graph_chain_fc() takes
 * ownership of w [n_out][n] and b [n_out], the others copy.
 */
int graph_chain_fc(struct graph_chain *c, const char *node, uint32_t n_out, double *w, double *b);
int graph_chain_diag(struct graph_chain *c, const char *node, const double *s, const double *t);
int graph_chain_act(struct graph_chain *c, const char *node, enum graph_act act, double lo,
		    double hi, double alpha);
int graph_chain_range(struct graph_chain *c, const char *node, double lo, double hi);
int graph_chain_exact(struct graph_chain *c, const char *node, uint32_t n_out,
		      struct graph_exact *e);

/* Picks lanes by number, in this order; appends lanes to the existing ones. */
int graph_chain_pick(struct graph_chain *c, const char *node, const uint32_t *lane, uint32_t n);
int graph_chain_join(struct graph_chain *c, const char *node, const struct graph_chain *more);

/*
 * Per lane a x + b z, x z (a z of one lane goes with each x), and the sum over all lanes. The other
 * chain may change, too.
 */
int graph_chain_sum(struct graph_chain *c, const char *node, struct graph_chain *z, double a,
		    double b);
int graph_chain_mul(struct graph_chain *c, const char *node, struct graph_chain *z);
int graph_chain_softmax(struct graph_chain *c, const char *node);

/* Turns what is pending into a layer. */
int graph_chain_flush(struct graph_chain *c);
void graph_chain_copy(struct graph_chain *to, const struct graph_chain *from);
/* The value and lane behind lane i, apart from what is pending. */
struct graph_part graph_chain_lane(const struct graph_chain *c, uint32_t i);

/* The last step: what is still pending becomes a layer; a model without layers gets one of ones. */
int graph_chain_end(struct graph_chain *c);

/* Frees what is pending and the parts, not the graph. */
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
