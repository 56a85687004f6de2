// SPDX-License-Identifier: GPL-2.0
/* A net that branches, with every operator of onnx_join.c and some of onnx_act.c: a sample for mutants and fuzzers. */
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
