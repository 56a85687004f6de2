// SPDX-License-Identifier: GPL-2.0
/* Sample ONNX files, of the kinds that the importer takes; make_graph.c has two more. */
#include <math.h>

#include "make_onnx.h"
#include "make_trees.h"
#include "onnx_import.h"

static const float mo_some[] = { .5, -1, 2, .25, -.75, 1.5, -2, 1, .125, 3, -.5, 1 };

static struct mo *mo_sample_mlp(void)
{
	struct mo *m = mo_new(13);
	Onnx__Node *n;

	mo_input(m, "x", 2, 0, 3);
	mo_floats(m, "w0", mo_some, 2, 4, 3);
	mo_floats(m, "b0", mo_some, 1, 4);
	mo_floats(m, "w1", mo_some, 2, 4, 3);
	mo_floats(m, "b1", mo_some, 1, 3);
	mo_floats(m, "k", mo_some + 3, 1, 1);
	n = mo_node(m, "Gemm", "x w0 b0", "a");
	mo_i(m, n, "transB", 1);
	mo_f(m, n, "alpha", .5);
	n = mo_node(m, "BatchNormalization", "a b0 b0 b0 p", "b");
	mo_init(m, "p", ONNX_DOUBLE, (double[]) { 1, 2, 3, 4 }, 1, 4);
	mo_node(m, "Relu", "b", "c");
	mo_node(m, "MatMul", "c w1", "d");
	mo_node(m, "Add", "b1 d", "e");
	mo_node(m, "Tanh", "e", "f");
	mo_node(m, "Mul", "f k", "g");
	n = mo_node(m, "Softmax", "g", "h");
	mo_i(m, n, "axis", 1);
	n = mo_node(m, "ArgMax", "h", "i");
	mo_i(m, n, "axis", -1);
	n = mo_node(m, "Cast", "i", "y");
	mo_i(m, n, "to", 7);
	mo_output(m, "y");
	mo_output(m, "h");
	return m;
}

static struct mo *mo_sample_shapes(void)
{
	struct mo *m = mo_new(11);
	Onnx__Node *n;

	mo_input(m, "a", 2, 1, 1);
	mo_input(m, "b", 2, 1, 1);
	mo_input(m, "c", 1, 1);
	n = mo_node(m, "Unsqueeze", "c", "c2");
	mo_is(m, n, "axes", (int64_t[]) { 0 }, 1);
	n = mo_node(m, "Concat", "b a c2", "x");
	mo_i(m, n, "axis", 1);
	mo_node(m, "Sub", "x s", "x1");
	mo_node(m, "Div", "x1 s", "x2");
	mo_floats(m, "s", mo_some, 2, 1, 3);
	mo_init(m, "shape", ONNX_INT64, (double[]) { -1, 1, 3 }, 1, 3);
	mo_node(m, "Reshape", "x2 shape", "x3");
	n = mo_node(m, "Squeeze", "x3", "x4");
	mo_is(m, n, "axes", (int64_t[]) { 1 }, 1);
	mo_node(m, "Flatten", "x4", "x5");
	mo_node(m, "Dropout", "x5", "x6 mask");
	mo_node(m, "LeakyRelu", "x6", "x7");
	mo_node(m, "Clip", "x7 - max", "x8");
	mo_init(m, "max", ONNX_FLOAT, (double[]) { 6 }, 0);
	mo_node(m, "Sigmoid", "x8", "y");
	mo_output(m, "y");
	return m;
}

static struct mo *mo_sample_qdq(void)
{
	struct mo *m = mo_new(13);
	Onnx__Node *n;

	mo_input(m, "x", 2, 1, 3);
	mo_init(m, "xs", ONNX_FLOAT, (double[]) { .05 }, 0);
	mo_init(m, "xz", ONNX_UINT8, (double[]) { 128 }, 0);
	mo_init(m, "w", ONNX_INT8, (double[]) { 1, -2, 3, 4, -5, 6 }, 2, 3, 2);
	mo_init(m, "ws", ONNX_FLOAT, (double[]) { .1, .2 }, 1, 2);
	mo_init(m, "wz", ONNX_INT8, (double[]) { 0, 0 }, 1, 2);
	mo_init(m, "b", ONNX_INT32, (double[]) { 10, -20 }, 1, 2);
	mo_init(m, "bs", ONNX_FLOAT, (double[]) { .005, .01 }, 1, 2);
	mo_init(m, "yz", ONNX_UINT8, (double[]) { 0 }, 0);
	mo_node(m, "QuantizeLinear", "x xs xz", "xq");
	mo_node(m, "DequantizeLinear", "xq xs xz", "xd");
	n = mo_node(m, "DequantizeLinear", "w ws wz", "wd");
	mo_i(m, n, "axis", 1);
	n = mo_node(m, "DequantizeLinear", "b bs", "bd");
	mo_i(m, n, "axis", 0);
	mo_node(m, "Gemm", "xd wd bd", "a");
	mo_node(m, "QuantizeLinear", "a xs yz", "aq");
	mo_node(m, "QLinearMatMul", "aq xs yz v ws wz xs xz", "cq");
	mo_init(m, "v", ONNX_INT8, (double[]) { 1, 2, 3, -4 }, 2, 2, 2);
	mo_node(m, "DequantizeLinear", "cq xs xz", "y");
	mo_output(m, "y");
	return m;
}

static struct mo *mo_sample_forest(bool regressor)
{
	struct mo *m = mo_new(13);
	const char *kind = regressor ? "target" : "class";
	Onnx__Node *n;
	char name[32];

	mo_opset(m, "ai.onnx.ml", 3);
	mo_input(m, "x", 2, 0, 2);
	n = mo_node(m, "ai.onnx.ml:Scaler", "x", "s");
	mo_fs(m, n, "offset", (float[]) { 1, 2 }, 2);
	mo_fs(m, n, "scale", (float[]) { .5 }, 1);
	n = mo_node(m,
		    regressor ? "ai.onnx.ml:TreeEnsembleRegressor" :
				"ai.onnx.ml:TreeEnsembleClassifier",
		    "s", regressor ? "y" : "y p");
	mo_is(m, n, "nodes_treeids", (int64_t[]) { 0, 0, 0, 1, 1, 1 }, 6);
	mo_is(m, n, "nodes_nodeids", (int64_t[]) { 0, 1, 2, 7, 8, 9 }, 6);
	mo_is(m, n, "nodes_truenodeids", (int64_t[]) { 1, 0, 0, 8, 0, 0 }, 6);
	mo_is(m, n, "nodes_falsenodeids", (int64_t[]) { 2, 0, 0, 9, 0, 0 }, 6);
	mo_is(m, n, "nodes_featureids", (int64_t[]) { 0, 0, 0, 1, 0, 0 }, 6);
	mo_fs(m, n, "nodes_values", (float[]) { .5, 0, 0, -1, 0, 0 }, 6);
	mo_ss(m, n, "nodes_modes", "BRANCH_LEQ LEAF LEAF BRANCH_GT LEAF LEAF");
	snprintf(name, sizeof(name), "%s_treeids", kind);
	mo_is(m, n, name, (int64_t[]) { 0, 0, 1, 1 }, 4);
	snprintf(name, sizeof(name), "%s_nodeids", kind);
	mo_is(m, n, name, (int64_t[]) { 1, 2, 8, 9 }, 4);
	snprintf(name, sizeof(name), "%s_ids", kind);
	mo_is(m, n, name, (int64_t[]) { 0, 1, 2, 0 }, 4);
	snprintf(name, sizeof(name), "%s_weights", kind);
	mo_fs(m, n, name, (float[]) { 1, 2, 3, -1 }, 4);
	if (regressor) {
		mo_i(m, n, "n_targets", 3);
		mo_s(m, n, "aggregate_function", "AVERAGE");
		mo_output(m, "y");
		return m;
	}
	mo_ss(m, n, "classlabels_strings", "web bulk voice");
	mo_s(m, n, "post_transform", "SOFTMAX");
	n = mo_node(m, "ai.onnx.ml:ZipMap", "p", "z");
	mo_ss(m, n, "classlabels_strings", "web bulk voice");
	mo_output(m, "y");
	mo_output(m, "z");
	return m;
}

/*
 * What scikit-learn's converter writes; one: a regressor of support vectors in place of a
 * classifier.
 */
static struct mo *mo_sample_ml(bool one)
{
	static const float w[] = { 1, -2, .5, 3, .25, -1 }, b[] = { .5, -.25 };
	struct mo *m = mo_new(13);
	Onnx__Node *n;

	mo_opset(m, "ai.onnx.ml", 3);
	mo_input(m, "x", 2, 0, 3);
	n = mo_node(m, "ai.onnx.ml:Imputer", "x", "a");
	mo_fs(m, n, "imputed_value_floats", w, 3);
	mo_f(m, n, "replaced_value_float", NAN);
	if (one) {
		n = mo_node(m, "ai.onnx.ml:SVMRegressor", "a", "y");
		mo_s(m, n, "kernel_type", "LINEAR");
		mo_i(m, n, "n_supports", 2);
		mo_fs(m, n, "coefficients", b, 2);
		mo_fs(m, n, "support_vectors", w, 6);
		mo_fs(m, n, "rho", b, 1);
		mo_output(m, "y");
		return m;
	}
	n = mo_node(m, "ai.onnx.ml:LinearClassifier", "a", "label p");
	mo_fs(m, n, "coefficients", w, 6);
	mo_fs(m, n, "intercepts", b, 2);
	mo_ss(m, n, "classlabels_strings", "web bulk");
	n = mo_node(m, "ai.onnx.ml:Normalizer", "p", "y");
	mo_s(m, n, "norm", "L1");
	mo_output(m, "label");
	mo_output(m, "y");
	return m;
}

struct mo *mo_sample(int i)
{
	switch (i) {
	case 0:
		return mo_sample_mlp();
	case 1:
		return mo_sample_shapes();
	case 2:
		return mo_sample_qdq();
	case 3:
		return mo_sample_forest(false);
	case 4:
		return mo_sample_forest(true);
	case 5:
	case 6:
		return mo_sample_ml(i == 6);
	case 7:
		return mo_sample_graph();
	case 8:
		return mo_sample_steps();
	}
	return tr_sample(i - 9);
}
