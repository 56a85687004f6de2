/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model between import and quantisation: onnx.c and tflite.c make it, quant_net.c and forest.c
 * read it.
 *
 * It is either a net, whose layers read the inputs or the outputs of earlier layers, or a forest.
 * Importers fold everything else (BatchNormalization into the layer before or after, Concat of
 * inputs into the order of the inputs, Softmax before ArgMax into nothing) or reject the file,
 * naming node and operator: nothing is skipped.
 *
 * Two kinds of nets: real ones (weights in double, to be quantised with calibration rows) and
 * integer ones (`exact` is set in each layer: an int8 TFLite model, a chain whose integers are
 * carried over bit for bit).
 */
#ifndef GRAPH_H
#define GRAPH_H

#include <stdbool.h>
#include <stdint.h>
#include <lq/types.h>

enum graph_kind {
	GRAPH_NET,
	GRAPH_FOREST,
};

enum graph_act {
	GRAPH_ACT_NONE,
	GRAPH_ACT_CLIP,		/* min(max(x, lo), hi): Relu is lo 0, hi +inf; Relu6 lo 0, hi 6 */
	GRAPH_ACT_LEAKY,	/* x < 0 ? alpha * x : x */
	GRAPH_ACT_TANH,
	GRAPH_ACT_SIGMOID,
	GRAPH_ACT_ELU,		/* lo * (x < 0 ? alpha * (exp(x / hi) - 1) : x): Elu, Selu, Celu */
	GRAPH_ACT_GELU,		/* by erf */
	GRAPH_ACT_GELU_TANH,
	GRAPH_ACT_SILU,		/* x * sigmoid(alpha * x) */
	GRAPH_ACT_MISH,
	GRAPH_ACT_SOFTPLUS,
	GRAPH_ACT_SOFTSIGN,
	GRAPH_ACT_HARD_SIGMOID,	/* min(max(alpha * x + lo, 0), 1) */
	GRAPH_ACT_HARD_SWISH,
	GRAPH_ACT_THRESHOLD,	/* x > alpha ? x : 0 */
	GRAPH_ACT_ABS,
	GRAPH_ACT_EXP,
	GRAPH_ACT_SQUARE,
	GRAPH_ACT_SQRT,
	GRAPH_ACT_RSQRT,	/* 1 / sqrt(max(x, alpha)) */
	GRAPH_ACT_ERF,
};

/*
 * The integers of one layer of an int8 model, single rounding (TFLITE_SINGLE_ROUNDING): see
 * <lq/format.h>.
 */
struct graph_exact {
	int16_t *w;		/* FC: [n_out][n_in], widened; NULL for just a lookup table */
	/* FC: [n_out], zero point of the input folded in: b - zp_x * sum(w) */
	int32_t *bias;
	int32_t *m;		/* FC: [n_out] multipliers, 0 .. 2^31 - 1 */
	uint8_t S;		/* FC: shift of the layer, 31 .. 62 */
	int16_t zp;		/* zero point of the output */
	int16_t lo, hi;		/* clamp of the output, fused activation included */
	/*
	 * TANH, LOGISTIC: [256] outputs for inputs -128 .. 127, else NULL; applied after the clamp
	 */
	int16_t *lut;
};

enum graph_op {
	GRAPH_FC,		/* w x + b, or x without w */
	/* lane by lane: w[0] x + b, or with a second operand w[0] x + w[1] z + b */
	GRAPH_ADD,
	GRAPH_MUL,		/* lane by lane x z; z may be one number for all */
	GRAPH_SOFTMAX,
};

/*
 * Lanes first .. first + n - 1 of a value. Value 0 is the inputs, value l + 1 is the output of
 * layer l.
 */
struct graph_part {
	uint32_t value, first, n;
};

/* What a layer reads: the parts in sequence. Without parts: the whole previous value. */
struct graph_parts {
	uint32_t n;
	struct graph_part *part;
};

struct graph_layer {
	enum graph_op op;
	struct graph_parts x;	/* n_in lanes */
	struct graph_parts z;	/* ADD, MUL: second operand, n_in lanes or (MUL) one; empty: none */
	/* name of the node (FC if there are several) in the model's file, for messages */
	char *node;
	uint32_t n_in, n_out;
	double *w;		/*
				 * [n_out][n_in] (ADD: [n_out][1 or 2]); NULL for an activation
				 * alone (n_in == n_out) or an exact layer
				 */
	double *b;		/* [n_out], never NULL if w is not */
	enum graph_act act;
	double lo, hi;		/* GRAPH_ACT_CLIP; +-INFINITY for none */
	double alpha;		/* GRAPH_ACT_LEAKY */
	/* of the layer's output if in the file (QDQ: the clamp of its quantiser), else NAN */
	double range_lo, range_hi;
	struct graph_exact *exact;
};

struct graph_node {
	double thr;		/* inner */
	uint32_t input;		/* inner */
	/* inner: indexes in the tree, yes for input <= thr (or < thr if strict) */
	uint32_t yes, no;
	/* inner: yes for an input that is one of these, ascending, instead of thr; or NULL */
	double *set;
	uint32_t n_set;
	bool strict;		/* inner: BRANCH_LT */
	bool leaf;
	double *value;		/* leaf: [n_outputs] */
};

/* Node 0 is the root. Two branches may lead to one node, but there are no cycles. */
struct graph_tree {
	uint32_t n_nodes;
	struct graph_node *nodes;
};

struct graph {
	enum graph_kind kind;
	char *name;		/* of the model: from the file's graph name, or of the file */
	char *producer;		/* "pytorch 1.13.1", or "" */
	uint32_t n_inputs, n_outputs;
	/* [n_inputs] if the file names each input (Concat of scalar inputs), else NULL */
	char **input_names;
	/*
	 * the outputs are scores of classes (ArgMax or Softmax at the end, TreeEnsembleClassifier,
	 * LOGISTIC of one output is not)
	 */
	bool classes;
	char **class_names;	/* [n_outputs] or NULL; of values, too */
	/* the file clamps its inputs (QDQ: a quantiser before the first layer), to these: */
	bool in_range;
	double in_range_lo, in_range_hi;

	uint32_t n_layers;	/* net */
	struct graph_layer *layers;
	struct graph_parts out;	/* the outputs; without parts: the last layer's */

	/* forest: output = base + sum of leaves (averaging is folded into the leaves) */
	uint32_t n_trees;
	struct graph_tree *trees;
	double *base;		/* [n_outputs] */

	/*
	 * int8 models: the quantisers at both ends. in: q = clamp(round(x / in_scale) + in_zp);
	 * out: x = (q - out_zp) * out_scale
	 */
	bool exact;
	float in_scale, out_scale;
	int32_t in_zp, out_zp;
	int32_t in_lo, in_hi;	/* -128, 127 */
	/* [n_inputs] a scaler before it: x is in_mul * input + in_add; or NULL */
	double *in_mul, *in_add;
};

/* Why an import failed: one sentence that names file, node and operator. */
struct graph_err {
	char msg[768];
	uint32_t node;		/* importers: 1 + index of the node concerned, 0 for none */
};

/* What to take from a file. */
struct graph_want {
	char **outputs;		/* [n_outputs] names, or NULL: all */
	uint32_t n_outputs;
	bool probabilities;	/* Softmax is computed */
};

/*
 * Importers. want may be NULL. Return a graph to be freed with graph_free(), or NULL with the
 * reason. `what` names the file in messages.
 */
struct graph *onnx_import(const void *data, size_t len, const char *what,
			  const struct graph_want *want, struct graph_err *err);
struct graph *tflite_import(const void *data, size_t len, const char *what,
			    const struct graph_want *want, struct graph_err *err);

/* The nodes of a file, before they are interpreted. */
struct graph_node_info {
	uint32_t index;
	char name[96], op[64];
	bool known;		/* the operator is supported; its use may still be rejected */
};

typedef void graph_node_fn(void *arg, const struct graph_node_info *info);

/* 0, or -1 with the reason. summary: format and version, as "ONNX, operator set 13". */
int onnx_list(const void *data, size_t len, const char *what, graph_node_fn *fn, void *arg,
	      char summary[96], struct graph_err *err);
int tflite_list(const void *data, size_t len, const char *what, graph_node_fn *fn, void *arg,
		char summary[96], struct graph_err *err);

/*
 * The model in double arithmetic, the reference of `compare`: x[n_inputs] in the model's units,
 * y[n_outputs] scores or values.
 */
void graph_run(const struct graph *g, const double *x, double *y);

/*
 * A net's values are stored in sequence: the offset of value v; with v = n_layers + 1, their total
 * number.
 */
uint32_t graph_at(const struct graph *g, uint32_t v);
/* Numbers in these parts, read by layer l (n_layers: as outputs). */
uint32_t graph_parts_n(const struct graph *g, const struct graph_parts *p, uint32_t l);
/* Part k of what layer l reads, also if not given as parts. False after the last. */
bool graph_part_of(const struct graph *g, const struct graph_parts *p, uint32_t l, uint32_t k,
		   struct graph_part *part);
/* The numbers themselves: a pointer into values, or buf filled. */
const double *graph_gather(const struct graph *g, const struct graph_parts *p, uint32_t l,
			   const double *values, double *buf);
/* One layer of real numbers: before and after the activation. */
void graph_layer_run(const struct graph *g, uint32_t l, const double *values, double *z, double *y);
/* Does layer l read value v, or (l == n_layers) is it among the outputs? */
bool graph_reads(const struct graph *g, uint32_t l, uint32_t v);
/* A plain sequence of fully connected layers? */
bool graph_is_chain(const struct graph *g);
double graph_activate(const struct graph_layer *l, double v);
/* Does the input x take the branch `yes` of an inner node? */
bool graph_takes(const struct graph_node *n, double x);
/* Is it this member of a set? Compares in float precision, as both may be results of arithmetic. */
bool graph_is(double x, double member);
/* Number of weights per output. */
uint32_t graph_weights(const struct graph_layer *l);

void graph_free(struct graph *g);
void graph_layers_free(struct graph *g);

#endif /* GRAPH_H */
