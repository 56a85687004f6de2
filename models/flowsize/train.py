#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""How large will a flow be? Quantiles 0.2 and 0.9 of log2 of its bytes, by a forest and by a net.

    models/flowsize/train.py            from the checkout: rows, training, ONNX, figures

Needs build/bin/lfgen, python3-sklearn and python3-onnx. Flows are those of flows.py; their features
come from lfgen rows, which is the kernel's code. Every third program is held out with all of its
flows. Seeds are fixed.

A teacher, far too large for a kernel, estimates each quantile by itself: boosted trees under the
pinball loss (Koenker, Bassett, Regression Quantiles, 1978). What is shipped learns from its answers
instead of from single flows, which say little about a quantile. In the forest a leaf has a pair,
the mean answer, so the first number of a sum is never above the second. In the net no weight of the
second output is below that of the first, and what they weigh is not negative: same consequence.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

import flows

HERE = os.path.dirname(os.path.abspath(__file__))
LFGEN = os.path.join(HERE, "../../build/bin/lfgen")
FEATURES = ("hist.flows,hist.size_mean,hist.size_dev,hist.size_last,hist.large_share,"
            "flow.bytes_log2,flow.packets_log2").split(",")
STEPS = {"hist.flows": 1}		# of a feature in its unit; of all others:
STEP = 256
QUANTILES = (0.2, 0.9)
FLOWS, SEED = 50000, 7
KNOWN = 4				# flows of a program, from which on figures call it known
TREES, DEPTH, LEAVES = 10, 11, 512
WIDTH, EPOCHS, BATCH, RATE = 24, 60, 256, 0.004
APART = 0.05				# least, of the net's outputs: more than rounding changes
MANY, MOST = 32, 65535			# flows of a program
DECAY = 0.03
CALIB_ROWS, HELD_ROWS = 2000, 1500


class Rows:
    """Features in their units, truth in log2 bytes, program and noise of each."""

    def __init__(self, seed):
        drawn = flows.Flows(FLOWS, seed)
        with tempfile.TemporaryDirectory() as d:
            drawn.write(d + "/flows.pcap")
            subprocess.run([LFGEN, "rows", d + "/flows.pcap", "--features", ",".join(FEATURES),
                            "--raw", "--mtu", "1500", "--history", "port,peer", "-o",
                            d + "/rows.csv"], check=True)
            got = np.loadtxt(d + "/rows.csv", delimiter=",", skiprows=1)
        which = got[:, len(FEATURES) + 1].astype(int) - 1
        self.x = got[:, :len(FEATURES)] / [STEPS.get(f, STEP) for f in FEATURES]
        self.y = np.log2(1 + drawn.on_wire()[which])
        self.program = drawn.program[which]
        self.noise = drawn.noise[self.program]

    def of(self, name):
        return self.x[:, FEATURES.index(name)]

    def much_used(self, rng):
        """Half of the rows with MANY flows and more get any greater number: the statistics look
        back on eight or so, so that makes no difference and should not count as drift."""
        n = self.of("hist.flows")
        some = (n >= MANY) & (rng.random(len(n)) < 0.5)
        n[some] = np.floor(MANY * (MOST / MANY) ** rng.random(some.sum()))

    def take(self, some):
        out = object.__new__(Rows)
        out.x, out.y, out.program, out.noise = (v[some] for v in (self.x, self.y, self.program,
                                                                  self.noise))
        return out


def known_size(x):
    """What a flow's size is at least about: that of earlier ones, or what it has sent."""
    return np.maximum(x[:, FEATURES.index("hist.size_mean")],
                      x[:, FEATURES.index("flow.bytes_log2")])


class Teacher:
    """By how much a size differs from the known one: trees alone are bad at proportions."""

    def __init__(self, rows):
        self.parts = [HistGradientBoostingRegressor(
            loss="quantile", quantile=q, max_iter=300, learning_rate=0.1, max_leaf_nodes=31,
            min_samples_leaf=50, early_stopping=False, random_state=SEED).fit(
                rows.x, rows.y - known_size(rows.x)) for q in QUANTILES]

    def predict(self, x):
        pairs = np.stack([p.predict(x) for p in self.parts], axis=1)
        return np.sort(pairs, axis=1) + known_size(x)[:, None]


class Forest:
    def __init__(self, x, pairs):
        self.trees = RandomForestRegressor(
            TREES, max_depth=DEPTH, max_leaf_nodes=LEAVES, min_samples_leaf=5, max_features=0.7,
            random_state=SEED).fit(x, pairs)

    def predict(self, x):
        return self.trees.predict(x)

    def onnx(self):
        names = ("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values",
                 "nodes_modes", "nodes_truenodeids", "nodes_falsenodeids", "target_treeids",
                 "target_nodeids", "target_ids", "target_weights")
        a = {k: [] for k in names}

        def put(keys, *values):
            for k, v in zip(keys, values):
                a[k].append(v)

        for t, tree in enumerate(e.tree_ for e in self.trees.estimators_):
            for i in range(tree.node_count):
                if tree.children_left[i] >= 0:
                    put(names[:7], t, i, int(tree.feature[i]), float(np.float32(tree.threshold[i])),
                        "BRANCH_LEQ", int(tree.children_left[i]), int(tree.children_right[i]))
                    continue
                put(names[:7], t, i, 0, 0.0, "LEAF", 0, 0)
                for out in range(2):
                    put(names[7:], t, i, out, float(tree.value[i, out, 0]) / TREES)
        return save([helper.make_node("TreeEnsembleRegressor", ["features"], ["sizes"],
                                      domain="ai.onnx.ml", n_targets=2, post_transform="NONE",
                                      **a)], [], "forest")


class Net:
    """Two layers of WIDTH, trained by Adam with weight decay, without which large weights cancel
    each other and quantisation costs more; inputs are standardised."""

    def __init__(self, x, pairs):
        rng = np.random.default_rng(SEED)
        self.mean, self.dev = x.mean(axis=0), x.std(axis=0) + 1e-6
        shape = (x.shape[1], WIDTH, WIDTH, 2)
        self.w = [rng.normal(0, np.sqrt(2 / a), (a, b)) for a, b in zip(shape, shape[1:])]
        self.b = [np.zeros(b) for b in shape[1:]]
        self.base = pairs.mean()
        self.fit((x - self.mean) / self.dev, pairs - self.base, rng)

    def forward(self, h):
        layers = [h]
        for k, (w, b) in enumerate(zip(self.w, self.b)):
            h = h @ w + b
            h = np.maximum(h, 0) if k < 2 else h
            layers.append(h)
        return layers

    def gradients(self, x, pairs):
        """Of the mean absolute error, smooth below 0.1."""
        layers = self.forward(x)
        g = np.clip((layers[-1] - pairs) / 0.1, -1, 1) / len(x)
        gw, gb = [None] * 3, [None] * 3
        for k in (2, 1, 0):
            gw[k], gb[k] = layers[k].T @ g, g.sum(axis=0)
            g = (g @ self.w[k].T) * (layers[k] > 0)
        return gw + gb

    def fit(self, x, pairs, rng):
        params, step = self.w + self.b, 0
        m, v = [0 * p for p in params], [0 * p for p in params]
        for epoch in range(EPOCHS):
            rate = RATE * (1 - epoch / EPOCHS)
            order = rng.permutation(len(x))
            for i in range(0, len(x), BATCH):
                some, step = order[i:i + BATCH], step + 1
                for j, grad in enumerate(self.gradients(x[some], pairs[some])):
                    m[j] = 0.9 * m[j] + 0.1 * grad
                    v[j] = 0.999 * v[j] + 0.001 * grad * grad
                    params[j] -= rate * (DECAY * params[j] + (m[j] / (1 - 0.9 ** step)) / (
                        np.sqrt(v[j] / (1 - 0.999 ** step)) + 1e-8))
                for last, apart in ((self.w[2].T, 0), (self.b[2], APART)):
                    last[1] = np.maximum(last[1], last[0] + apart)

    def predict(self, x):
        return self.forward((x - self.mean) / self.dev)[-1] + self.base

    def onnx(self):
        first = self.w[0] / self.dev[:, None]
        w = [first] + self.w[1:]
        b = [self.b[0] - self.mean @ first, self.b[1], self.b[2] + self.base]
        inits = [helper.make_tensor(name, TensorProto.FLOAT, v.shape, np.float32(v).ravel())
                 for k in range(3) for name, v in ((f"w{k}", w[k]), (f"b{k}", b[k]))]
        nodes, at = [], "features"
        for k in range(3):
            to = "sizes" if k == 2 else f"z{k}"
            nodes.append(helper.make_node("Gemm", [at, f"w{k}", f"b{k}"], [to]))
            if k < 2:
                nodes.append(helper.make_node("Relu", [to], [f"h{k}"]))
                at = f"h{k}"
        return save(nodes, inits, "net")


def save(nodes, inits, name):
    io = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, k]) for n, k in
          (("features", len(FEATURES)), ("sizes", 2))]
    m = helper.make_model(helper.make_graph(nodes, f"flowsize-{name}", io[:1], io[1:], inits),
                          producer_name="liteflow-flowsize", opset_imports=[
                              helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 1)])
    m.ir_version = 7
    onnx.save(m, os.path.join(HERE, name + ".onnx"))


def write_rows(name, x, more=None, head=()):
    np.savetxt(os.path.join(HERE, name), x if more is None else np.column_stack([x, more]),
               fmt="%.10g", delimiter=",", comments="", header=",".join([*FEATURES, *head]))


def history_only(x):
    """What the statistics say without a model, were logarithms of sizes normal: mean and deviation
    (of which a normal one has 0.8 in the mean)."""
    mean, dev = (x[:, FEATURES.index(f)] for f in ("hist.size_mean", "hist.size_dev"))
    return np.stack([mean - 0.84 / 0.8 * dev, mean + 1.28 / 0.8 * dev], axis=1)


def loss(y, f):
    q = np.array(QUANTILES)
    d = y[:, None] - f
    return np.mean(np.maximum(q * d, (q - 1) * d), axis=0)


def table(models, rows, parts):
    """What share of sizes is below each quantile, its loss, and octaves between the two."""
    out = ["| size told | rows | model | below 0.2 | below 0.9 | loss 0.2 | loss 0.9 | apart |",
           "|---|---:|---|---:|---:|---:|---:|---:|"]
    for what, some in parts:
        for name, predict in models:
            f, y = predict(rows.x[some]), rows.y[some]
            out.append("| {} | {} | {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.2f} |".format(
                what, some.sum(), name, *np.mean(y[:, None] < f, axis=0), *loss(y, f),
                np.mean(f[:, 1] - f[:, 0])))
    return out


def parts_of(rows):
    """First packets of flows of known programs, by noise, and of unknown ones; all rows."""
    first = rows.of("flow.packets_log2") <= 1
    known = rows.of("hist.flows") >= KNOWN
    parts = [(f"2^({s} z)" if s is not None else "not at all", first & known & (rows.noise == i))
             for i, s in enumerate(flows.NOISE)]
    return parts + [("no earlier flow", first & (rows.of("hist.flows") == 0)),
                    ("all rows", np.ones(len(rows.y), bool))]


def write_figures(lines):
    path = os.path.join(HERE, "README.md")
    readme = open(path).read()
    begin, end = "<!-- figures: written by train.py -->\n", "<!-- end of figures -->"
    a, b = readme.index(begin) + len(begin), readme.index(end)
    open(path, "w").write(readme[:a] + "\n" + "\n".join(lines) + "\n" + readme[b:])


def main():
    rows = Rows(SEED)
    held = rows.program % 3 == 0
    train, held = rows.take(~held), rows.take(held)
    rng = np.random.default_rng(SEED)
    teacher = Teacher(train)
    pairs = teacher.predict(train.x)
    forest, net = Forest(train.x, pairs), Net(train.x, pairs)
    models = (("forest", forest.predict), ("net", net.predict), ("history", history_only))
    rng = np.random.default_rng(SEED)
    some = held.take(rng.choice(len(held.y), HELD_ROWS, replace=False))
    lines = [f"{FLOWS} flows of {flows.PROGRAMS} programs, {len(rows.y)} rows; of these, the "
             f"{len(held.y)} of every third program are held out.", ""]
    lines += table(models, held, parts_of(held))
    lines += ["", "What `tests/lfgen/flowsize.sh` asks of the snapshots, on `held-out.csv`:", ""]
    lines += table(models[:2], some, [("committed rows", np.ones(HELD_ROWS, bool))])
    print("\n".join(lines))
    write_figures(lines)
    forest.onnx()
    net.onnx()
    write_rows("held-out.csv", some.x, some.y, ("log2_bytes",))
    some = train.take(rng.choice(len(train.y), CALIB_ROWS, replace=False))
    some.much_used(rng)
    write_rows("calib.csv", some.x)


if __name__ == "__main__":
    sys.exit(main())
