/* SPDX-License-Identifier: GPL-2.0 */
/* Making TFLite files in a test from tables of tensors and operators. */
#ifndef MAKE_TFLITE_H
#define MAKE_TFLITE_H

#include <stddef.h>
#include <stdint.h>

#include "tflite_import.h"

#define MT_MAX 32

struct mt_tensor {
	const char *name;
	int type;			/* enum tflite_type */
	int rank;
	int dims[4];
	const void *data;		/* of a constant */
	size_t len;
	int n_scales;
	float scale[MT_MAX];
	int n_zps;
	int64_t zp[MT_MAX];
	int axis;
};

struct mt_op {
	int code;			/* enum tflite_builtin, or another */
	int n_in;
	int in[3];			/* tensors; -1 for one left out */
	int out;
	int act;			/* FULLY_CONNECTED: enum tflite_act */
	int format;			/* FULLY_CONNECTED */
	float beta;			/* SOFTMAX; LEAKY_RELU: alpha */
};

struct mt_model {
	int n_tensors, n_ops;
	struct mt_tensor tensor[MT_MAX];
	struct mt_op op[MT_MAX];
	int input, output;
	int version;			/* 0 for that of the schema */
};

/* The file's bytes, to be freed. */
uint8_t *mt_pack(const struct mt_model *m, size_t *len);

/*
 * A float model and an int8 model of every operator, for the mutants and the fuzzer's seeds; false
 * after the last.
 */
bool mt_sample(int i, struct mt_model *m);

#endif /* MAKE_TFLITE_H */
