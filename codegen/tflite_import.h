/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internals of the TFLite importer. tflite.c walks the operators in the file's order; tflite_op.c
 * has those on real numbers, tflite_exact.c those on int8.
 *
 * A model is a chain: each operator reads the output of the one before. Numbers of fields, types
 * and operators are those of tensorflow/lite/schema/schema.fbs.
 */
#ifndef TFLITE_IMPORT_H
#define TFLITE_IMPORT_H

#include "graph_chain.h"
#include "tflite_fb.h"

#define TFLITE_MAX_FILE		(16u << 20)	/* bytes */
#define TFLITE_MAX_ELEMS	(1u << 22)	/* of one tensor */
#define TFLITE_MAX_TENSORS	65536
#define TFLITE_MAX_OPS		4096
#define TFLITE_VERSION		3		/* of the schema */

enum {
	TFLITE_MODEL_VERSION = 0,
	TFLITE_MODEL_CODES = 1,
	TFLITE_MODEL_SUBGRAPHS = 2,
	TFLITE_MODEL_DESCRIPTION = 3,
	TFLITE_MODEL_BUFFERS = 4
};
enum { TFLITE_CODE_OLD = 0, TFLITE_CODE_CUSTOM = 1, TFLITE_CODE_BUILTIN = 3 };
enum {
	TFLITE_GRAPH_TENSORS = 0,
	TFLITE_GRAPH_INPUTS = 1,
	TFLITE_GRAPH_OUTPUTS = 2,
	TFLITE_GRAPH_OPS = 3,
	TFLITE_GRAPH_NAME = 4
};
enum {
	TFLITE_TENSOR_SHAPE = 0,
	TFLITE_TENSOR_TYPE = 1,
	TFLITE_TENSOR_BUFFER = 2,
	TFLITE_TENSOR_NAME = 3,
	TFLITE_TENSOR_QUANT = 4,
	TFLITE_TENSOR_SPARSITY = 6
};
enum {
	TFLITE_QUANT_SCALE = 2,
	TFLITE_QUANT_ZP = 3,
	TFLITE_QUANT_DETAILS = 4,
	TFLITE_QUANT_AXIS = 6
};
enum { TFLITE_BUFFER_DATA = 0, TFLITE_BUFFER_OFFSET = 1 };
enum { TFLITE_OP_CODE = 0, TFLITE_OP_INPUTS = 1, TFLITE_OP_OUTPUTS = 2, TFLITE_OP_OPTIONS = 4 };
enum { TFLITE_FC_ACT = 0, TFLITE_FC_FORMAT = 1 };
enum { TFLITE_SOFTMAX_BETA = 0 };
enum { TFLITE_ARITH_ACT = 0 };
enum { TFLITE_LEAKY_ALPHA = 0 };

enum tflite_type {
	TFLITE_FLOAT32 = 0,
	TFLITE_FLOAT16 = 1,
	TFLITE_INT32 = 2,
	TFLITE_INT64 = 4,
	TFLITE_INT16 = 7,
	TFLITE_INT8 = 9,
};

enum tflite_builtin {
	TFLITE_ADD = 0,
	TFLITE_DEQUANTIZE = 6,
	TFLITE_FULLY_CONNECTED = 9,
	TFLITE_LOGISTIC = 14,
	TFLITE_MUL = 18,
	TFLITE_RELU = 19,
	TFLITE_RELU_N1_TO_1 = 20,
	TFLITE_RELU6 = 21,
	TFLITE_RESHAPE = 22,
	TFLITE_SOFTMAX = 25,
	TFLITE_TANH = 28,
	TFLITE_SUB = 41,
	TFLITE_DIV = 42,
	TFLITE_ARG_MAX = 56,
	TFLITE_LEAKY_RELU = 98,
	TFLITE_QUANTIZE = 114,
};

/* Fused into an operator. */
enum tflite_act {
	TFLITE_ACT_NONE = 0,
	TFLITE_ACT_RELU = 1,
	TFLITE_ACT_RELU_N1_TO_1 = 2,
	TFLITE_ACT_RELU6 = 3,
	TFLITE_ACT_TANH = 4,
};

struct tflite_tensor {
	uint32_t index;
	int type;		/* enum tflite_type */
	int rank;
	uint32_t dims[8];
	uint32_t n;		/* product of dims */
	const uint8_t *data;	/* of a constant, else NULL */
	size_t len;		/* bytes */
	size_t scales, zps;	/* positions of the vectors */
	uint32_t n_scales, n_zps;
	int32_t axis;		/* of scales, if there are several */
	float scale;		/* the first, 0 if there is none */
	int64_t zp;		/* likewise */
	char name[64];
};

struct tflite_ctx {
	const char *what;
	struct graph_err *err;
	struct tflite_fb fb;
	struct graph *g;
	struct graph_chain chain;
	size_t tensors, ops, buffers, codes;	/* vectors */
	uint32_t n_tensors, n_ops, n_buffers, n_codes;
	/* [n_tensors] 1 + the tensor that a DEQUANTIZE of constants reads, 0 for none */
	uint32_t *constant;

	size_t op;		/* the current one, 0 for none */
	uint32_t index;
	char op_name[40];
	size_t in_vec, out_vec;
	uint32_t n_in, n_out;

	struct tflite_tensor tip, out;	/* what the operator reads and makes */
	float scale;		/* int8: of the chain's lanes, which Softmax does not change */
	int32_t zp;
	const char *done;	/* operator that ended the chain, or NULL */
};

/* tflite_ctx.c: -1, prefixing the reason with "file: operator N (NAME): " */
int tflite_fail(struct tflite_ctx *c, const char *fmt, ...)
	__attribute__((__format__(__printf__, 2, 3)));
int tflite_step(struct tflite_ctx *c, int rc);

/* tflite_op.c */
struct tflite_op {
	int code;		/* enum tflite_builtin */
	const char *name;
	bool last;		/* may follow the end of the chain */
	uint8_t max_in;
	int (*run)(struct tflite_ctx *c, enum tflite_builtin code);
};

/* The operator at c->op, whose name goes to c->op_name; NULL if it is not supported. */
const struct tflite_op *tflite_find_op(struct tflite_ctx *c);

/* tflite_tensor.c */
int tflite_load(struct tflite_ctx *c, uint32_t index, struct tflite_tensor *t);
/*
 * Constant input i of the operator; -1 if it is not constant. For an omitted one, returns 1 and *t
 * is all zero.
 */
int tflite_constant(struct tflite_ctx *c, uint32_t i, struct tflite_tensor *t);
/* Scale i of a constant's scales, for row i. */
float tflite_scale(struct tflite_ctx *c, const struct tflite_tensor *t, uint32_t i);
/* Weights [out][in] that fit the tip and the output; scales are one or [out]. */
int tflite_weights(struct tflite_ctx *c, struct tflite_tensor *w);
int tflite_fused(struct tflite_ctx *c);

/* tflite_real.c: all numbers of t, of so many rows (each may have its scale). */
int tflite_reals(struct tflite_ctx *c, const struct tflite_tensor *t, uint32_t rows, double *v);
size_t tflite_type_size(int type);
/*
 * Constant t as n real numbers; one for all, or one each. tflite_arith.c: ADD, SUB, MUL, DIV with a
 * constant.
 */
int tflite_spread(struct tflite_ctx *c, const struct tflite_tensor *t, uint32_t n, double *v);
int tflite_arith(struct tflite_ctx *c, enum tflite_builtin code);
/* Tensor of input i, or -1. */
int32_t tflite_input(struct tflite_ctx *c, uint32_t i);

/* tflite_act.c: an activation on the chain; one that is fused into the operator */
int tflite_real_act(struct tflite_ctx *c, enum graph_act act, double lo, double hi);
int tflite_fused_act(struct tflite_ctx *c, int act);

/* tflite_names.c: SUB for 41; "builtin 999" for one that is not known. */
void tflite_op_name(int builtin, char *name, size_t len);

/* tflite_level.c: the rows of an int8 layer, each with its own shift, brought to one shift */
#define TFLITE_MIN_S	31	/* of struct lq_layer */

struct tflite_rows {
	uint32_t n_in, n_out;
	int16_t *w;
	int64_t *bias;
	int32_t *m;
	int *s;
};

struct tflite_rows tflite_rows_new(uint32_t n_in, uint32_t n_out);
void tflite_rows_free(struct tflite_rows *r);
int tflite_rows_level(struct tflite_ctx *c, struct tflite_rows *r, int32_t zp, int32_t lo,
		      int32_t hi, int *S);

/* tflite_exact.c: operators of int8 */
int tflite_exact_begin(struct tflite_ctx *c, const struct tflite_tensor *t);
int tflite_exact_fc(struct tflite_ctx *c);
int tflite_exact_lut(struct tflite_ctx *c, enum tflite_builtin code);
int tflite_exact_relu(struct tflite_ctx *c, enum tflite_builtin code);
int tflite_exact_requantise(struct tflite_ctx *c);
/* A real multiplier as m / 2^shift, m below 2^31, as TensorFlow Lite rounds it. */
void tflite_multiplier(double real, int32_t *m, int *shift);

#endif /* TFLITE_IMPORT_H */
