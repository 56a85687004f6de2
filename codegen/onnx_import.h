/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internals of the ONNX importer. onnx.c walks the nodes in the file's order (which ONNX requires
 * to be topological); onnx_ctx.c keeps track of every value, and writes the messages; onnx_net.c,
 * onnx_shape.c, onnx_quant.c, onnx_tree.c and others have the operators.
 *
 * A node reads either only constants (then it is computed at import), or one or several values that
 * depend on the model's inputs. Each such value carries a chain (graph_chain.h): the layers that it
 * comes from and what is still pending. A node works on a copy of its input's chain, which becomes
 * its output's; a value with several readers is shared, and its layer is left as it is.
 *
 * Shapes are those of one run: a variable batch size counts as 1. The first of two or more
 * dimensions is the batch; if the file fixes it to more than 1, operators must treat all rows
 * alike.
 */
#ifndef ONNX_IMPORT_H
#define ONNX_IMPORT_H

#include "graph_chain.h"
#include "onnx.pb-c.h"

#define ONNX_MAX_FILE	(16u << 20)	/* bytes */
#define ONNX_MAX_EXTERNAL ((size_t)1 << 40) /* offset of weights in a file of their own */
#define ONNX_MAX_RANK	8
#define ONNX_MAX_ELEMS	(1u << 22)	/* of one tensor */
#define ONNX_MAX_NODES	65536
#define ONNX_MIN_OPSET	7		/* earlier, broadcasting was an attribute */
#define ONNX_MAX_OPSET	25		/* later ones may change what an operator means */

enum onnx_type {
	ONNX_FLOAT = 1,
	ONNX_UINT8 = 2,
	ONNX_INT8 = 3,
	ONNX_UINT16 = 4,
	ONNX_INT16 = 5,
	ONNX_INT32 = 6,
	ONNX_INT64 = 7,
	ONNX_BOOL = 9,
	ONNX_FLOAT16 = 10,
	ONNX_DOUBLE = 11,
	ONNX_UINT32 = 12,
	ONNX_UINT64 = 13,
	ONNX_BFLOAT16 = 16,
};

enum onnx_attr_type {
	ONNX_ATTR_FLOAT = 1,
	ONNX_ATTR_INT = 2,
	ONNX_ATTR_STRING = 3,
	ONNX_ATTR_TENSOR = 4,
	ONNX_ATTR_FLOATS = 6,
	ONNX_ATTR_INTS = 7,
	ONNX_ATTR_STRINGS = 8,
};

struct onnx_shape {
	int rank;
	int64_t dims[ONNX_MAX_RANK];	/* each at least 1; product at most ONNX_MAX_ELEMS */
};

struct onnx_tensor {
	int type;		/* enum onnx_type */
	struct onnx_shape shape;
	size_t n;		/* product of dims */
	double *v;		/* [n], row-major; int64 beyond 2^53 are rounded */
};

enum onnx_kind {
	ONNX_CONST, /* known now: t */
	ONNX_TIP,   /* real numbers, or integers of an input */
	/* the same, as integers with scale and zp, between QuantizeLinear and DequantizeLinear */
	ONNX_QUANTISED,
	ONNX_SCORES, /* after Softmax: only ArgMax and no-ops may follow */
	ONNX_LABEL,  /* index of the winner: likewise */
	ONNX_SUMS,   /* behind trees: onnx_forest.h */
};

struct onnx_sums;
struct onnx_grove;

/*
 * The layout in the file of a value that is stored row by row: recurrent layers have other orders
 * (onnx_rnn.c).
 */
enum onnx_turned {
	ONNX_ROWS_FIRST,
	ONNX_TIME_FIRST,	/* [time, rows, ...] */
	ONNX_TIME_DIRECTION,	/* [time, 1, rows, n] */
	ONNX_DIRECTION_FIRST,	/* [1, rows, n] */
};

struct onnx_value {
	const char *name;	/* points into the file */
	enum onnx_kind kind;
	struct onnx_tensor t;	/* CONST: all of it; else type and shape */
	struct graph_chain chain; /* all but CONST */
	enum onnx_turned turned; /* TIP */
	bool owner;		/* owns the chain's memory: in the table */
	double scale, zp;	/* QUANTISED */
	const struct onnx_sums *sums; /* SUMS */
	struct onnx_value *next;/* in its bucket */
};

#define ONNX_BUCKETS	1024

struct onnx_ctx {
	const char *what;	/* file, for messages */
	struct graph_err *err;
	const Onnx__Model *model;
	struct graph *g;
	const struct graph_want *want;
	struct graph_chain chain;	/* of the node's input, in progress to the output */
	int64_t opset, opset_ml;
	int64_t opset_said;	/* as in the file: opset may be a later equivalent one */
	/* the forest's operator, after which nothing may compute, or NULL */
	const char *done;
	struct onnx_grove *grove; /* trees not yet in the graph */

	const Onnx__Node *node;	/* the current node, or NULL */
	size_t index;		/* its number */
	struct onnx_value **in;	/* [n_in], NULL for an omitted one */
	size_t n_in;

	uint32_t n_inputs;	/* inputs of the graph that are not initialisers */
	struct onnx_value **inputs;
	uint8_t *live;		/* [nodes of the graph] an output depends on it */
	uint8_t *read;		/* [inputs of the graph] likewise */
	struct onnx_names *names; /* values read, and how often */

	struct onnx_value *bucket[ONNX_BUCKETS];
};

struct onnx_op {
	const char *domain, *type;
	uint8_t min_in, max_in;	/* max 0: any number */
	uint8_t tip_in;		/* bit i: input i may be the tip; the others must be constants */
	uint8_t kinds;		/* bits of enum onnx_kind that the tip may have */
	const char *attrs;	/* "name:type name:type", types from enum onnx_attr_type */
	int (*run)(struct onnx_ctx *c, struct onnx_value *x);	/* on the tip */
	int (*fold)(struct onnx_ctx *c);			/* on constants only, or NULL */
	int (*many)(struct onnx_ctx *c); /* if several inputs are not constant, or NULL */
};

#define ONNX_K(kind)	(1u << ONNX_##kind)
#define ONNX_K_REAL	ONNX_K(TIP)
#define ONNX_K_ANY	(ONNX_K(TIP) | ONNX_K(QUANTISED) | ONNX_K(SCORES) | ONNX_K(LABEL))

/* Each ends with type NULL. */
extern const struct onnx_op onnx_net_ops[], onnx_act_ops[], onnx_conv_ops[], onnx_join_ops[];
extern const struct onnx_op onnx_shape_ops[], onnx_quant_ops[], onnx_tree_ops[], onnx_ml_ops[];
extern const struct onnx_op onnx_compare_ops[], onnx_rnn_ops[];
extern const struct onnx_op onnx_sums_ops[];	/* behind trees: `many` runs them all */

/* onnx_ctx.c: -1, prefixing the reason with "file: node 'name' (Type): " */
int onnx_fail(struct onnx_ctx *c, const char *fmt, ...)
	__attribute__((__format__(__printf__, 2, 3)));
/* The same for a node that computes after @op, which makes the model's outputs. */
int onnx_ended(struct onnx_ctx *c, const char *op);
/* Give the node's output a value like x; -1 if the name is taken. */
int onnx_put(struct onnx_ctx *c, size_t output, const struct onnx_value *x);
/* Likewise a constant; takes t->v. */
int onnx_put_const(struct onnx_ctx *c, size_t output, const struct onnx_tensor *t);
/* The result of a computation: output 0 is x, with c->chain. */
int onnx_put_tip(struct onnx_ctx *c, struct onnx_value x);
/* Input i if the node has it, else NULL; its tensor */
const struct onnx_tensor *onnx_in(const struct onnx_ctx *c, size_t i);
/* Does the node name this output? */
bool onnx_has_output(const struct onnx_ctx *c, size_t i);
/* A name for messages and for the graph's layers; static, valid until the next call. */
const char *onnx_node_name(const struct onnx_ctx *c);
/* Result of a step of the chain, with file and node in front. */
int onnx_step(struct onnx_ctx *c, int rc);

/* A value by its name, or NULL; a new one, NULL after a message if the name is taken. */
struct onnx_value *onnx_find(const struct onnx_ctx *c, const char *name);
struct onnx_value *onnx_new_value(struct onnx_ctx *c, const char *name);
void onnx_free_values(struct onnx_ctx *c);
/* The wanted output of this name; NULL after a message. */
const struct onnx_value *onnx_output(struct onnx_ctx *c, const char *name);
const char *onnx_kind_name(enum onnx_kind kind);

/* onnx_node.c: the current node; is there such an operator? */
bool onnx_domain_is(const char *have, const char *want);
int onnx_run_node(struct onnx_ctx *c);
bool onnx_known_op(const Onnx__Node *n);

/* onnx_inputs.c */
int onnx_read_opsets(struct onnx_ctx *c);
int onnx_load_initialisers(struct onnx_ctx *c);
int onnx_load_inputs(struct onnx_ctx *c);

/*
 * onnx_external.c: that many bytes of a tensor in a separate file, to be freed; NULL with the
 * reason
 */
uint8_t *onnx_external(struct onnx_ctx *c, const Onnx__Tensor *p, size_t want);
/* onnx_live.c: c->live, c->read and c->names; how many nodes and outputs read a name */
void onnx_find_live(struct onnx_ctx *c);
uint32_t onnx_readers(const struct onnx_ctx *c, const char *name);
bool onnx_is_output(const struct onnx_ctx *c, const char *name);	/* wanted */
void onnx_live_free(struct onnx_ctx *c);
/* onnx_ends.c: the inputs as one vector, the outputs as another */
int onnx_enter(struct onnx_ctx *c);
int onnx_leave(struct onnx_ctx *c);
/*
 * onnx_ml.c: the @n classes are named by the node's classlabels_strings, or by the integers of its
 * attribute @numbers where these are not 0, 1, 2 ...
 */
void onnx_class_names(struct onnx_ctx *c, size_t n, const char *numbers);

/* onnx_tensor.c */
const Onnx__Attribute *onnx_attr(const struct onnx_ctx *c, const char *name);
double onnx_attr_f(const struct onnx_ctx *c, const char *name, double dflt);
int64_t onnx_attr_i(const struct onnx_ctx *c, const char *name, int64_t dflt);
bool onnx_attr_is(const struct onnx_ctx *c, const char *name, const char *value, bool dflt);
int onnx_tensor_load(struct onnx_ctx *c, const Onnx__Tensor *p, struct onnx_tensor *t);
int onnx_tensor_read(struct onnx_ctx *c, const Onnx__Tensor *p,
		     struct onnx_tensor *t); /* may have NaN */
struct onnx_tensor onnx_tensor_new(int type, int rank, const int64_t *dims, size_t n);
int onnx_shape_count(struct onnx_ctx *c, const struct onnx_shape *s, size_t *n);
bool onnx_type_real(int type);
/* The value must be real numbers, since integers would need integer arithmetic. */
int onnx_want_real(struct onnx_ctx *c, const struct onnx_value *x);
bool onnx_all_finite(const double *v, size_t n);

/* onnx_dims.c: lanes of a row, and batch */
size_t onnx_lanes(const struct onnx_shape *s);
int64_t onnx_batch(const struct onnx_shape *s);
int onnx_last_axis(struct onnx_ctx *c, const struct onnx_shape *s, int64_t axis);
int onnx_axis(const struct onnx_shape *s, int64_t axis, int rank);

/* onnx_shape.c: the shape that the node (Reshape, Squeeze ...) makes of another */
int onnx_new_shape(struct onnx_ctx *c, const struct onnx_shape *from, struct onnx_shape *to);

/* onnx_net.c: spread a constant over the lanes of x as numpy broadcasts it; v [lanes] */
int onnx_spread(struct onnx_ctx *c, const struct onnx_tensor *t, struct onnx_shape *x, double *v);

/* onnx_turned.c: a node that reads a turned value; Transpose by perm 1, 0, 2: 1 if it is another */
int onnx_turned(struct onnx_ctx *c, struct onnx_value *x);
int onnx_turn(struct onnx_ctx *c, struct onnx_value *x);

/* An activation on the chain; every lane becomes s x + t. onnx_net.c */
int onnx_act(struct onnx_ctx *c, struct onnx_value *x, enum graph_act act, double lo, double hi,
	     double alpha);
int onnx_diag(struct onnx_ctx *c, struct onnx_value *x, const double *s, const double *t);
/* onnx_join.c: Add, Sub, Mul, Div of two values */
int onnx_add_many(struct onnx_ctx *c);
int onnx_sub_many(struct onnx_ctx *c);
int onnx_mul_many(struct onnx_ctx *c);
int onnx_div_many(struct onnx_ctx *c);

/*
 * A matrix [k][n] (or its transpose) as weights [n][k], times alpha; NULL after a message if it
 * does not fit.
 */
double *onnx_weights(struct onnx_ctx *c, const struct onnx_tensor *b, bool trans, size_t k,
		     double alpha, size_t *n_out);

#endif /* ONNX_IMPORT_H */
