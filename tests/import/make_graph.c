// SPDX-License-Identifier: GPL-2.0
/*
 * A net that branches, with every operator of onnx_join.c and some of onnx_act.c: a sample for
 * mutants and fuzzers.
 */
#include "make_onnx.h"

struct mo *mo_sample_graph(void)
{
	static const float w[] = { 1, -2, .5, 3, .25, -1 }, b[] = { 1, .5, -4 };
	struct mo *m = mo_new(17);
	Onnx__Node *n;

	mo_input(m, "x", 2, 0, 4);
	mo_input(m, "z", 2, 0, 3);
	mo_floats(m, "w", w, 2, 3, 2);
	mo_floats(m, "b", b, 1, 3);
	mo_floats(m, "two", b + 1, 0);	/* a square root */
	mo_init(m, "zero", 7, (double[]) { 0 }, 1, 1);
	mo_init(m, "one", 7, (double[]) { 1 }, 1, 1);
	mo_init(m, "three", 7, (double[]) { 3 }, 1, 1);
	mo_init(m, "sizes", 7, (double[]) { 1, 2 }, 1, 2);
	mo_init(m, "which", 7, (double[]) { 1, 0 }, 1, 2);
	mo_node(m, "Slice", "x zero three one", "s");
	mo_node(m, "Mul", "s z", "p");
	mo_node(m, "LayerNormalization", "p b b", "n");
	mo_node(m, "PRelu", "n b", "r");
	mo_i(m, mo_node(m, "Split", "r sizes", "c d"), "axis", 1);
	mo_i(m, mo_node(m, "Gather", "d which", "g"), "axis", 1);
	n = mo_node(m, "Concat", "g c", "j");
	mo_i(m, n, "axis", 1);
	mo_node(m, "MatMul", "j w", "h");
	mo_node(m, "Sigmoid", "h", "t");
	mo_node(m, "Mul", "h t", "u");
	mo_node(m, "ReduceMean", "u", "mean");
	mo_node(m, "Sub", "u mean", "v");
	mo_node(m, "Pow", "v two", "q");
	mo_node(m, "Add", "q h", "y");
	mo_node(m, "Softmax", "h", "unused");
	mo_output(m, "y");
	mo_output(m, "mean");
	return m;
}

/* A GRU, and an LSTM of what it gives, as PyTorch writes them. */
struct mo *mo_sample_steps(void)
{
	static const float w[] = { .5, -1, .25,  1, -.5, .75,  1, -.25,
				   .5, -1, .125, 1, .5,  -.75, 1, .25 };
	struct mo *m = mo_new(14);
	Onnx__Node *n;

	mo_input(m, "x", 3, 0, 3, 2);
	mo_init(m, "zero", 7, (double[]) { 0 }, 1, 1);
	mo_init(m, "one", 7, (double[]) { 1 }, 1, 1);
	mo_init(m, "last", 7, (double[]) { -1 }, 0);
	mo_init(m, "sizes", 7, (double[]) { 1, 1, 2 }, 1, 3);
	mo_node(m, "ConstantOfShape", "sizes", "h0");
	mo_floats(m, "gw", w, 3, 1, 6, 2);
	mo_floats(m, "gr", w + 2, 3, 1, 6, 2);
	mo_floats(m, "gb", w, 2, 1, 12);
	mo_floats(m, "lw", w, 3, 1, 8, 2);
	mo_floats(m, "lr", w, 3, 1, 8, 2);
	mo_is(m, mo_node(m, "Transpose", "x", "xt"), "perm", (int64_t[]) { 1, 0, 2 }, 3);
	n = mo_node(m, "GRU", "xt gw gr gb - h0", "y yh");
	mo_i(m, n, "hidden_size", 2);
	mo_i(m, n, "linear_before_reset", 1);
	mo_node(m, "Squeeze", "y one", "s");
	n = mo_node(m, "LSTM", "s lw lr", "z zh zc");
	mo_s(m, n, "direction", "reverse");
	mo_node(m, "Squeeze", "z one", "t");
	mo_i(m, mo_node(m, "Gather", "t last", "g"), "axis", 0);
	mo_node(m, "Squeeze", "zc zero", "c");
	mo_output(m, "g");
	mo_output(m, "c");
	return m;
}
