/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making ONNX files in a test, a line per value or node:
 *
 *	struct mo *m = mo_new(13);
 *	mo_input(m, "x", 2, 1, 3);
 *	mo_floats(m, "w", (float[]) { ... }, 2, 3, 4);
 *	mo_node(m, "Gemm", "x w", "y");
 *	mo_output(m, "y");
 *
 * Shapes are a rank and its dimensions. Everything is freed by mo_free().
 */
#ifndef MAKE_ONNX_H
#define MAKE_ONNX_H

#include "onnx.pb-c.h"
#include "graph.h"

struct mo {
	Onnx__Model model;
	Onnx__Graph graph;
	void **mem;
	size_t n_mem;
};

struct mo *mo_new(int opset);
void mo_free(struct mo *m);
void mo_opset(struct mo *m, const char *domain, int version);

Onnx__ValueInfo *mo_input(struct mo *m, const char *name, int rank, ...);
void mo_output(struct mo *m, const char *name);
/* An initialiser of this type (enum onnx_type) from v, in the typed fields. */
Onnx__Tensor *mo_init(struct mo *m, const char *name, int type, const double *v, int rank, ...);
Onnx__Tensor *mo_floats(struct mo *m, const char *name, const float *v, int rank, ...);

/* Inputs and outputs are split at spaces, "-" is one left out. "ai.onnx.ml:ZipMap" has a domain. */
Onnx__Node *mo_node(struct mo *m, const char *op, const char *in, const char *out);
void mo_f(struct mo *m, Onnx__Node *n, const char *name, float f);
void mo_i(struct mo *m, Onnx__Node *n, const char *name, int64_t i);
void mo_s(struct mo *m, Onnx__Node *n, const char *name, const char *s);
void mo_fs(struct mo *m, Onnx__Node *n, const char *name, const float *f, size_t count);
void mo_is(struct mo *m, Onnx__Node *n, const char *name, const int64_t *i, size_t count);
void mo_t(struct mo *m, Onnx__Node *n, const char *name, int type, const double *v, int64_t count);
/* Split at spaces. */
void mo_ss(struct mo *m, Onnx__Node *n, const char *name, const char *s);

/* The file's bytes, to be freed. */
uint8_t *mo_pack(struct mo *m, size_t *len);
/* Pack and import; frees m. */
struct graph *mo_import(struct mo *m, struct graph_err *err);

/*
 * make_samples.c: models of every operator, for the mutants and the fuzzer's seeds; NULL after the
 * last.
 */
struct mo *mo_sample(int i);
struct mo *mo_sample_graph(void);	/* make_graph.c: two of them */
struct mo *mo_sample_steps(void);

#endif /* MAKE_ONNX_H */
