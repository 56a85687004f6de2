#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Trains the application classifier from captures of `lfctl record`; for maintainers (python3-sklearn, python3-onnx).

    train.py observer                     writes observer.onnx: reads every feature, decides nothing
    train.py train CAPTURE.csv... -- HELD-OUT.csv...

A capture holds one row for each inference of the observer: the features as the kernel computed them, ports included.
Ports give the label and are then thrown away. What is written: forest.onnx, net.onnx (inputs are features in their
units, in the order of FEATURES), calib.csv and held-out.csv (rows of features; the latter with the class), report.txt.
Seeds are fixed: the same captures give the same files.
"""
import csv
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

CLASSES = ["interactive", "request", "bulk", "lookup"]
LABELS = {22: 0, 80: 1, 5201: 2, 5202: 2, 2022: 2, 53: 3}

# What the classifier reads: shape and pace, no ports, no addresses, nothing of the sender's socket.
FEATURES = [
    "pkt.proto", "flow.packets_log2", "flow.bytes_log2", "flow.payload_log2", "flow.duration_log2", "flow.rate_log2",
    "flow.iat_mean_log2", "flow.iat_dev_log2", "flow.len_min", "flow.len_max", "flow.len_mean", "flow.len_dev",
    "flow.small", "flow.large", "flow.empty", "flow.psh", "flow.len0", "flow.len1", "flow.len2", "flow.len3",
]

# What the observer reads besides: all that may serve later, and the ports for the labels.
OBSERVED = FEATURES + [
    "pkt.sport", "pkt.dport", "pkt.len", "pkt.payload", "pkt.segs", "pkt.ip_version", "pkt.tcp_flags", "flow.packets",
    "flow.bytes", "flow.duration_us", "flow.iat_us", "flow.iat_log2", "flow.iat_mean_us", "flow.len4", "flow.len5",
    "flow.len6", "flow.len7", "flow.tcp_window0", "sock.local",
]

TREES, DEPTH, HIDDEN, SEED = 16, 6, (24, 12), 20260101

# Steps of the features, as in include/lq/features.h: value = feature / den.
DEN = {"flow.len_mean": 16, "flow.len_dev": 16}


def den(name):
    return 256 if name.endswith("_log2") else DEN.get(name, 1)


def load(paths):
    """Rows of OBSERVED in their units, and labels."""
    rows = []
    for path in paths:
        with open(path, newline="") as f:
            for rec in csv.DictReader(f):
                try:
                    rows.append([int(rec[name]) / den(name) for name in OBSERVED])
                except (KeyError, TypeError, ValueError):
                    sys.exit(f"{path}: not a capture of the observer")
    x = np.array(rows)
    sport, dport = x[:, OBSERVED.index("pkt.sport")], x[:, OBSERVED.index("pkt.dport")]
    y = np.array([LABELS.get(int(s), LABELS.get(int(d), -1)) for s, d in zip(sport, dport)])
    keep = y >= 0
    x, y = x[keep][:, : len(FEATURES)], y[keep]
    _, first = np.unique(np.column_stack([x, y]), axis=0, return_index=True)  # the same row twice teaches nothing
    first.sort()
    return x[first], y[first]


def balanced(x, y, rng, most=6000):
    take = np.concatenate([rng.permutation(np.flatnonzero(y == c))[:most] for c in range(len(CLASSES))])
    take.sort()
    return x[take], y[take]


def model(nodes, inits, n_inputs, outputs, name):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, n_inputs])], outputs, inits)
    m = helper.make_model(graph, producer_name="liteflow-appclass", opset_imports=[
        helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 1)])
    m.ir_version = 7
    return m


def forest_onnx(trees, names, n_inputs):
    """trees: lists of (feature, threshold, left, right, class weights)."""
    a = {k: [] for k in ("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_modes",
                         "nodes_truenodeids", "nodes_falsenodeids", "class_treeids", "class_nodeids", "class_ids",
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
    node = helper.make_node("TreeEnsembleClassifier", ["features"], ["label", "scores"], domain="ai.onnx.ml",
                            classlabels_strings=names, post_transform="NONE", **a)
    outs = [helper.make_tensor_value_info("label", TensorProto.STRING, [1]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, len(names)])]
    return model([node], [], n_inputs, outs, "appclass-forest")


def sklearn_trees(rf):
    out = []
    for est in rf.estimators_:
        t = est.tree_
        p = t.value[:, 0, :] / t.value[:, 0, :].sum(axis=1, keepdims=True) / len(rf.estimators_)
        out.append([(int(t.feature[i]), float(np.float32(t.threshold[i])), int(t.children_left[i]),
                     int(t.children_right[i]), p[i] if t.children_left[i] < 0 else None)
                    for i in range(t.node_count)])
    return out


def net_onnx(mlp, scaler):
    inits, nodes, last = [], [], "scaled"

    def const(name, v):
        inits.append(helper.make_tensor(name, TensorProto.FLOAT, v.shape, v.astype(np.float32).ravel()))

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


def write_csv(path, x, y=None):
    with open(path, "w") as f:
        f.write(",".join(FEATURES + (["class"] if y is not None else [])) + "\n")
        for i, row in enumerate(x):
            f.write(",".join(f"{v:.10g}" for v in row) + (f",{CLASSES[y[i]]}" if y is not None else "") + "\n")


def report(name, clf, x, y, out):
    got = clf(x)
    print(f"\n{name}: held-out accuracy {np.mean(got == y):.4f} over {len(y)} rows", file=out)
    print("rows are true classes, columns what the model says: " + ", ".join(CLASSES), file=out)
    for c, row in zip(CLASSES, confusion_matrix(y, got, labels=range(len(CLASSES)))):
        print(f"  {c:12s}" + "".join(f"{n:8d}" for n in row), file=out)
    packets = np.round(2 ** x[:, FEATURES.index("flow.packets_log2")] - 1)
    for lo, hi in ((1, 1), (2, 3), (4, 7), (8, 15), (16, 63), (64, 1 << 30)):
        at = (packets >= lo) & (packets <= hi)
        if at.any():
            print(f"  packets {lo} to {hi}: {np.mean(got[at] == y[at]):.4f} over {at.sum()}", file=out)


def main():
    if sys.argv[1:2] == ["observer"]:
        seen, odd = (0, 0.0, 0, 0, [1.0, 0.0]), (0, 0.0, 0, 0, [0.0, 1.0])
        # One split on each feature, so that every feature is an input that something reads.
        trees = [[(i, -1.0, 1, 2, None), odd, seen] for i in range(len(OBSERVED))]
        onnx.save(forest_onnx(trees, ["seen", "odd"], len(OBSERVED)), "observer.onnx")
        print(",".join(OBSERVED))
        return
    if sys.argv[1:2] != ["train"] or "--" not in sys.argv:
        sys.exit(__doc__)
    cut = sys.argv.index("--")
    rng = np.random.default_rng(SEED)
    x, y = balanced(*load(sys.argv[2:cut]), rng)
    hx, hy = load(sys.argv[cut + 1:])
    rf = RandomForestClassifier(TREES, max_depth=DEPTH, min_samples_leaf=5, class_weight="balanced", random_state=SEED)
    rf.fit(x, y)
    scaler = StandardScaler().fit(x)
    mlp = MLPClassifier(HIDDEN, alpha=1e-3, max_iter=600, random_state=SEED).fit(scaler.transform(x), y)
    onnx.save(forest_onnx(sklearn_trees(rf), CLASSES, len(FEATURES)), "forest.onnx")
    onnx.save(net_onnx(mlp, scaler), "net.onnx")
    write_csv("calib.csv", x[rng.permutation(len(x))[:1500]])
    some = np.sort(rng.permutation(len(hx))[:600])
    write_csv("held-out.csv", hx[some], hy[some])
    with open("report.txt", "w") as out:
        print(f"trained on {len(x)} rows, held out {len(hx)} rows of other runs; " +
              ", ".join(f"{c} {np.sum(y == i)}/{np.sum(hy == i)}" for i, c in enumerate(CLASSES)), file=out)
        report(f"forest, {TREES} trees of depth {DEPTH}", rf.predict, hx, hy, out)
        report(f"net, {len(FEATURES)}-{'-'.join(map(str, HIDDEN))}-{len(CLASSES)}",
               lambda v: mlp.predict(scaler.transform(v)), hx, hy, out)
    print(open("report.txt").read())


main()
