/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random trees, what they give (in float, one comparison after the other, with no code of the
 * importers), and the ONNX files that exporters make of them.
 */
#ifndef MAKE_TREES_H
#define MAKE_TREES_H

#include <stdbool.h>
#include <stdint.h>
#include "make_onnx.h"

#define TR_NODES	64
#define TR_FEATURES	4

struct tr_node {
	int feature;		/* -1: a leaf */
	float thr;		/* x <= thr goes to yes */
	int yes, no;
	float value;		/* of a leaf */
	int samples;		/* of training that came here */
};

struct tr_tree {
	int n;
	struct tr_node node[TR_NODES];
};

void tr_grow(uint64_t *seed, struct tr_tree *t, int depth);
int tr_leaf(const struct tr_tree *t, const float *x);	/* its node */
int tr_depth(const struct tr_tree *t, const float *x);	/* nodes on the way, both ends included */

/* A tree ensemble node's attributes; weights of leaf nodes: `value`, or the node's number. */
void tr_attrs(struct mo *m, Onnx__Node *n, const struct tr_tree *t, int trees, bool numbers);

/* scikit-learn's IsolationForest, as skl2onnx writes it: outputs "label" and "scores". */
struct mo *tr_isolation(const struct tr_tree *t, int trees, float offset);
/* What scikit-learn makes of a row. */
float tr_isolation_score(const struct tr_tree *t, int trees, float offset, const float *x);

/*
 * As matrices: rows times matrices, or (columns) the whole of Hummingbird with a matrix for each
 * tree.
 */
struct mo *tr_matrices(const struct tr_tree *t, int trees, bool columns);

/* One sample more for mutants and fuzzers; NULL behind the last. */
struct mo *tr_sample(int i);

#endif /* MAKE_TREES_H */
