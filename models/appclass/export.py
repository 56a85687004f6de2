# SPDX-License-Identifier: GPL-2.0
"""scikit-learn's forests and nets, and the observer, as ONNX; rows as CSV."""
import numpy as np
import onnx
from onnx import TensorProto, helper


def model(nodes, inits, n_inputs, outputs, name):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("features", TensorProto.FLOAT,
                                                    [1, n_inputs])], outputs, inits)
    m = helper.make_model(graph, producer_name="liteflow-appclass", opset_imports=[
        helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 1)])
    m.ir_version = 7
    return m


def forest(trees, names, n_inputs):
    """trees: lists of (feature, threshold, left, right, class weights or None)."""
    a = {k: [] for k in ("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values",
                         "nodes_modes",
                         "nodes_truenodeids", "nodes_falsenodeids", "class_treeids",
                         "class_nodeids", "class_ids",
                         "class_weights")}
    for t, nodes in enumerate(trees):
        for i, (feature, thr, left, right, weights) in enumerate(nodes):
            leaf = weights is not None
            a["nodes_treeids"].append(t)
            a["nodes_nodeids"].append(i)
            a["nodes_featureids"].append(0 if leaf else feature)
            a["nodes_values"].append(0.0 if leaf else thr)
            a["nodes_modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            a["nodes_truenodeids"].append(0 if leaf else left)
            a["nodes_falsenodeids"].append(0 if leaf else right)
            for c, w in enumerate(weights if leaf else []):
                a["class_treeids"].append(t)
                a["class_nodeids"].append(i)
                a["class_ids"].append(c)
                a["class_weights"].append(float(w))
    node = helper.make_node("TreeEnsembleClassifier", ["features"], ["label", "scores"],
                            domain="ai.onnx.ml",
                            classlabels_strings=names, post_transform="NONE", **a)
    outs = [helper.make_tensor_value_info("label", TensorProto.STRING, [1]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, len(names)])]
    return model([node], [], n_inputs, outs, "appclass-forest")


def boosted_trees(forest, bias):
    """`bias`: what each output has besides; every leaf carries its part of it. All is divided by
    the forest's temperature."""
    out, t = [], forest.temperature
    more = (forest.base + bias) / len(forest.trees)
    for tree, leaves in forest.trees:
        out.append([(int(tree.feature[i]), float(np.float32(tree.threshold[i])),
                     int(tree.children_left[i]),
                     int(tree.children_right[i]), (leaves[i] + more) / t
                     if tree.children_left[i] < 0 else None)
                    for i in range(tree.node_count)])
    return out


def net(mlp, scaler):
    inits, nodes, last = [], [], "scaled"

    def const(name, v):
        inits.append(helper.make_tensor(name, TensorProto.FLOAT, v.shape,
                                        v.astype(np.float32).ravel()))

    const("mean", scaler.mean_)
    const("scale", scaler.scale_)
    nodes += [helper.make_node("Sub", ["features", "mean"], ["centred"]),
              helper.make_node("Div", ["centred", "scale"], ["scaled"])]
    for i, (w, b) in enumerate(zip(mlp.coefs_, mlp.intercepts_)):
        const(f"w{i}", w)
        const(f"b{i}", b)
        nodes.append(helper.make_node("Gemm", [last, f"w{i}", f"b{i}"], [f"z{i}"], name=f"fc{i}"))
        last = f"z{i}"
        if i < len(mlp.coefs_) - 1:
            nodes.append(helper.make_node("Relu", [last], [f"a{i}"], name=f"relu{i}"))
            last = f"a{i}"
    nodes.append(helper.make_node("ArgMax", [last], ["class"], axis=1, name="argmax"))
    outs = [helper.make_tensor_value_info("class", TensorProto.INT64, [1, 1])]
    return model(nodes, inits, len(scaler.mean_), outs, "appclass-net")


def observer(n_inputs):
    """One split on each feature, so that every feature is an input that something reads."""
    seen, odd = (0, 0.0, 0, 0, [1.0, 0.0]), (0, 0.0, 0, 0, [0.0, 1.0])
    return forest([[(i, -1.0, 1, 2, None), odd, seen] for i in range(n_inputs)], ["seen", "odd"],
                  n_inputs)


def rows(path, names, x, more=None):
    """`more`: columns behind the features, name to values."""
    more = more or {}
    with open(path, "w") as f:
        f.write(",".join(list(names) + list(more)) + "\n")
        for i, row in enumerate(x):
            f.write(",".join([f"{v:.10g}" for v in row] + [str(c[i]) for c in more.values()])
                    + "\n")
