/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trees of an ONNX file, and the operators that follow them.
 *
 * onnx_tree.c and onnx_tree_set5.c read the file's lists into a struct onnx_lists, onnx_tree_grow.c
 * makes trees from them, all in one grove. A value behind trees (kind ONNX_SUMS) is a list of sums
 *
 *	post(c + sum over terms of factor * leaf[the leaf of this tree that the inputs lead to])
 *
 * so that each operator behind a single tree is computed at import, leaf by leaf, however nonlinear
 * it is; sums of several trees absorb linear operators, and keep the rest as `post`, which an
 * output may have only if it chooses between classes (onnx_sums_end.c). Besides trees, a sum may
 * have these terms:
 *
 *	an input	itself, before a comparison
 *	a test		of an input with a constant: leaf 0 if it fails, 1 if it holds
 *	a conjunction	of tests: likewise
 *
 * which is the form of trees written as matrices: onnx_bits.c turns them back into trees.
 */
#ifndef ONNX_FOREST_H
#define ONNX_FOREST_H

#include <lq/format.h>
#include "onnx_import.h"

/* A snapshot holds no more nodes. */
#define ONNX_MAX_TNODES	(LQ_MAX_FILE / LQ_NODE_LEN)

enum onnx_mode {		/* as TreeEnsemble numbers them */
	ONNX_LEQ,
	ONNX_LT,
	ONNX_GTE,
	ONNX_GT,
	ONNX_EQ,
	ONNX_NEQ,
	ONNX_MEMBER,
	ONNX_LEAF,
};

struct onnx_tnode {
	int64_t tree, id, yes, no, feature;
	double value;
	double *set;		/* MEMBER: points into the lists' members */
	uint32_t n_set;
	enum onnx_mode mode;
	uint32_t at;		/* number in its tree, once reached */
	uint32_t leaf;		/* number among its tree's leaves */
	uint32_t parents;
};

struct onnx_lists {
	size_t n;
	struct onnx_tnode *node;	/* sorted by tree, id */
	int64_t *w_tree, *w_node, *w_out;
	double *w;			/* [n_w] weights of leaves */
	size_t n_w;
	double *base;
	size_t n_base;
	double *members;		/* of sets */
	uint32_t first;			/* of its trees in the grove */
	uint32_t n_trees;
};

enum onnx_plant {
	ONNX_TREE,
	ONNX_TEST,
	ONNX_ALL,		/* conjunction */
};

struct onnx_literal {
	uint32_t test;		/* in the grove */
	bool holds;
};

struct onnx_grown {
	enum onnx_plant plant;
	/* TREE: a leaf's number is its `yes`. TEST: a single node, the test */
	struct graph_node *nodes;
	uint32_t n_nodes, n_leaves;
	struct onnx_literal *all; /* ALL */
	uint32_t n_all;
};

#define ONNX_INPUT	0x80000000u	/* a term's tree: plus the number of an input */

struct onnx_term {
	uint32_t tree;
	double factor;
	const double *leaf;	/* [n_leaves]; NULL for an input */
};

/* Functions of one number, some with a parameter a. */
enum onnx_fn {
	ONNX_FN_ADD, ONNX_FN_MUL,
	ONNX_FN_OVER,		/* a / x */
	ONNX_FN_POW,		/* x ^ a */
	ONNX_FN_EXPA,		/* a ^ x */
	ONNX_FN_EXP, ONNX_FN_LOG, ONNX_FN_SQRT, ONNX_FN_ABS, ONNX_FN_SIGMOID, ONNX_FN_TANH,
	ONNX_FN_MAX, ONNX_FN_MIN, ONNX_FN_TRUNC,
	ONNX_FN_LT, ONNX_FN_LE, ONNX_FN_GT, ONNX_FN_GE, ONNX_FN_EQ, ONNX_FN_NOT,
};

struct onnx_post {
	const struct onnx_post *before;	/* the function applied first, or NULL */
	enum onnx_fn fn;
	double a;
};

struct onnx_sum {
	double c;
	uint32_t n;
	struct onnx_term *term;	/* sorted by tree, each once */
	const struct onnx_post *post;
};

struct onnx_sums {
	size_t n;
	struct onnx_sum *sum;
};

struct onnx_grove {
	struct onnx_grown *tree;
	size_t n, cap;
	const char *op;			/* which made the first tree, for messages */
	struct onnx_block *blocks;	/* memory of sums: freed at the end of the import */
	size_t left;			/* bytes still available to them */
	const struct onnx_sums *ended;	/* the one in the graph */
	uint8_t tested[GRAPH_MAX_LAYERS]; /* layers that only choose an input, for a test */
};

/* onnx_tree.c */
int onnx_lists_read(struct onnx_ctx *c, struct onnx_lists *l, const char *kind);
int onnx_lists_read5(struct onnx_ctx *c, struct onnx_lists *l);	/* onnx_tree_set5.c */
int onnx_lists_sort(struct onnx_ctx *c, struct onnx_lists *l);
int onnx_reals(struct onnx_ctx *c, const char *name, double **v, size_t *n);
struct onnx_tnode *onnx_tnode_find(const struct onnx_lists *l, int64_t tree, int64_t id);
void onnx_lists_free(struct onnx_lists *l);

/*
 * onnx_tree_grow.c: the trees of the lists; n outputs, output o is factor[o] times the weights, of
 * any id if `one`
 */
int onnx_grow(struct onnx_ctx *c, struct onnx_lists *l);
struct onnx_sums *onnx_leaves(struct onnx_ctx *c, struct onnx_lists *l, size_t n, bool one,
			      const double *factor, const double *base);

/* onnx_grove.c: a new tree of the grove; memory of sums, NULL after a message */
struct onnx_grown *onnx_plant(struct onnx_ctx *c, enum onnx_plant plant, uint32_t *at);
void onnx_grove_free(struct onnx_ctx *c);
void *onnx_sums_mem(struct onnx_ctx *c, size_t n, size_t size);
struct onnx_sums *onnx_sums_new(struct onnx_ctx *c, size_t n);

/* onnx_sums.c: arithmetic; -1 after a message */
int onnx_sum_apply(struct onnx_ctx *c, struct onnx_sum *s, enum onnx_fn fn, double a);
int onnx_sum_mix(struct onnx_ctx *c, struct onnx_sum *to, const struct onnx_sum *const *from,
		 const double *w, size_t n);
int onnx_sum_pair(struct onnx_ctx *c, struct onnx_sum *to, const struct onnx_sum *a,
		  const struct onnx_sum *b, const char *op);
double onnx_fn(enum onnx_fn fn, double a, double x);
double onnx_post(const struct onnx_post *p, double x);

/* onnx_sums_in.c */
int onnx_put_sums(struct onnx_ctx *c, size_t output, const struct onnx_sums *s,
		  const struct onnx_shape *shape, int type);
/* Input i of the node as sums, also if constant. NULL after a message. */
const struct onnx_sums *onnx_sums_in(struct onnx_ctx *c, size_t i);
/* Lanes of a value of real numbers as sums, where each is one input, scaled; NULL after a message.
 */
struct onnx_sums *onnx_sums_of(struct onnx_ctx *c, const struct onnx_value *x);

/* onnx_dims.c: broadcasts two shapes as numpy does; the index in one of element i of the result */
int onnx_stretch(struct onnx_ctx *c, const struct onnx_shape *a, const struct onnx_shape *b,
		 struct onnx_shape *to, size_t *n);
size_t onnx_stretched(const struct onnx_shape *to, const struct onnx_shape *s, size_t i);

/* onnx_sums_shape.c, onnx_sums_matrix.c: operators */
int onnx_sums_reshape(struct onnx_ctx *c);
int onnx_sums_transpose(struct onnx_ctx *c);
int onnx_sums_gather(struct onnx_ctx *c);
int onnx_sums_concat(struct onnx_ctx *c);
int onnx_sums_matmul(struct onnx_ctx *c);
int onnx_sums_gemm(struct onnx_ctx *c);
int onnx_sums_reduce(struct onnx_ctx *c);

/* onnx_bits.c */
int onnx_bits_test(struct onnx_ctx *c, struct onnx_sum *s, enum onnx_fn fn, double a);
bool onnx_bits_are(const struct onnx_ctx *c, const struct onnx_sum *s);
int onnx_bits_all(struct onnx_ctx *c, struct onnx_sum *s, double a);
int onnx_bits_end(struct onnx_ctx *c, const struct onnx_sums *s);

/* onnx_sums_end.c: into the graph; scores of classes by their order, or values */
int onnx_sums_end(struct onnx_ctx *c, const struct onnx_sums *s, bool classes);
int onnx_sums_argmax(struct onnx_ctx *c, const struct onnx_sums *s);
int onnx_sums_leave(struct onnx_ctx *c);

#endif /* ONNX_FOREST_H */
