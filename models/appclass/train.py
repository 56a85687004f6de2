#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Trains the application classifier from the captures that `runs` lists; for maintainers (python3-sklearn, python3-onnx).

    train.py observer       writes observer.onnx, which reads every feature and decides nothing, and observer.features
    train.py train          captures/*/*.csv to forest.onnx, net.onnx, calib.csv, held-out.csv and the figures in README.md

Ports give the labels (rows.py) and are then thrown away. Seeds are fixed: the same captures give the same files.

Weights. Within a class every program counts the same, and within each phase of a flow (packets 1, 2, 4, 8, ...) rare
classes count for more than their rows: else long flows of chatty programs would be all that is learnt. Before the
fourth packet TCP has shown little but its handshake. A wrong "bulk" is dear there, for it makes someone's first round
trips wait behind bulk data, and a wrong "request" costs nothing, for three packets fill no link: so other classes weigh
EARLY there, and TCP begins as "request".
One datagram says little too: a small one had better be a look-up, whose whole life it is, so "other" weighs EARLY there.
Up to packet 32 scp and a typed ssh are much the same, too; up to packet 64 the way of a transfer that has no data is still
much like keys that are typed. "bulk" weighs less there (UNSURE, UNSURE_ACKS): acknowledgements among the keys delay nobody,
and keys among the bulk have somebody wait for each of them.

Unknown programs. "other" is learnt from programs that are none of the five classes and from flows that no program sent
(invent.py). Besides, in the forest it starts ahead of the others by a bias, which amounts to a least confidence for them:
chosen on training runs, where leaving a program of "other" out shows what it buys and leaving a run out what it costs the
known classes (ahead()).
DEPTH and TREES (128 comparisons at most), BALANCE and the numbers of invented flows have the best such mean of those
tried. EARLY, SPARE and that the net has no bias were settled with the held-out tables in sight.
"""
import sys
import warnings

import numpy as np
import onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import export
import invent
import report
from rows import CLASSES, FEATURES, OBSERVED, UNSEEN, Rows, load, runs

TREES, DEPTH, HIDDEN, SEED = 14, 9, (32, 16), 20260101
AHEADS = np.arange(9) * 0.05		# of "other" in the forest, in votes: those tried
FOLDS = 4				# of training runs
SPARE = 0.005				# what a lead may cost the mean over the classes
BALANCE = 0.3
EARLY = 0.15				# weight at packets 1 to 3 of what is not "request" over TCP, and of "other" over UDP
UNSURE, UNSURE_ACKS = (32, 0.5), (64, 0.1)	# packet, weight
INVENTED, LOCKSTEP = 400, 750		# flows: anything, lock step
LONGER = 10				# doublings of a flow's length that its last row stands for
CALIB_ROWS, HELD_ROWS, UNSEEN_ROWS = 1800, 1800, 600
CALIB_TAIL = 0.001			# of the rows may lie beyond the calibrated range at each end of each feature
OTHER = CLASSES.index("other")


def phase(packets):
    return np.minimum(np.floor(np.log2(np.maximum(packets, 1))), 10).astype(int)


def carries(rows):
    """The direction of a transfer that has its data; the other has acknowledgements."""
    return rows.x[:, FEATURES.index("flow.large_share")] > 0.25


def weights(rows):
    """A class counts by its rows to the power of BALANCE: 0 would be all classes alike, 1 as captured."""
    ph = phase(rows.packets)
    w = np.zeros(len(rows))
    for p in np.unique(ph):
        at = ph == p
        for c in np.unique(rows.y[at]):
            mine = at & (rows.y == c)
            progs = np.unique(rows.prog[mine])
            share = rows.count[mine].sum() ** BALANCE / len(progs)
            for name in progs:
                rows_of = mine & (rows.prog == name)
                n = rows.count[rows_of]
                # A program with a handful of rows does not count for as much as one with hundreds.
                w[rows_of] = share * min(1.0, n.sum() / 40) * n / n.sum()
        w[at] *= np.sqrt(at.sum()) / w[at].sum()
    proto, early = rows.x[:, FEATURES.index("pkt.proto")], rows.packets < 4
    w[early & (proto == 6) & (rows.y != CLASSES.index("request"))] *= EARLY
    w[early & (proto == 17) & (rows.y == OTHER)] *= EARLY
    for (until, weight), rows_of in ((UNSURE, carries(rows)), (UNSURE_ACKS, ~carries(rows))):
        w[rows_of & (rows.packets < until) & (rows.y == CLASSES.index("bulk"))] *= weight
    return w * len(w) / w.sum()


def prolonged(rows):
    """Flows that go on as they were: captures last a minute, calls and sessions hours. The last row of each flow again,
    with 2 to 2^LONGER times the packets, bytes and time; rate, shape and shares stay."""
    order = np.lexsort((rows.packets, rows.flow))
    last = order[np.append(rows.flow[order][1:] != rows.flow[order][:-1], True)]
    last = rows.take(last[rows.packets[last] >= 128])
    grows = [FEATURES.index(f"flow.{f}_log2") for f in ("packets", "bytes", "payload", "duration")]
    out = []
    for k in range(1, LONGER + 1):
        x = last.x.copy()
        x[:, grows] += k * (x[:, grows] > 0)
        out.append(Rows(x, last.y, last.prog, last.flow, last.packets << k))
    return join(out)


def fit_forest(rows):
    rf = RandomForestClassifier(TREES, max_depth=DEPTH, min_samples_leaf=3, max_features=10, random_state=SEED)
    return rf.fit(rows.x, rows.y, sample_weight=weights(rows))


def fit_net(rows, most=60000):
    """The net's trainer knows no weights: rows are drawn by theirs."""
    w = weights(rows)
    pick = np.random.default_rng(SEED).choice(len(rows), size=most, p=w / w.sum())
    scaler = StandardScaler().fit(rows.x[pick])
    mlp = MLPClassifier(HIDDEN, alpha=1e-3, batch_size=256, learning_rate_init=2e-3, max_iter=40, random_state=SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")		# it stops when told to, not when it has converged
        return scaler, mlp.fit(scaler.transform(rows.x[pick]), rows.y[pick])


def forest_scores(rf, x):
    return rf.predict_proba(x)


def net_scores(scaler_mlp, x):
    """The last layer's, before any softmax."""
    scaler, mlp = scaler_mlp
    a = scaler.transform(x)
    for i, (w, b) in enumerate(zip(mlp.coefs_, mlp.intercepts_)):
        a = a @ w + b
        if i < len(mlp.coefs_) - 1:
            a = np.maximum(a, 0)
    return a


def bias_of(b):
    v = np.zeros(len(CLASSES))
    v[OTHER] = b
    return v


def learnt(rows):
    """What a model is fitted to: real rows, the flows prolonged, and flows that no program sent."""
    real, invented = rows.unique(), join([inventions("anything", INVENTED, 4), inventions("lockstep", LOCKSTEP, 2)])
    return join([real, prolonged(rows), invented, prolonged(invented)])


def said(rf, rows):
    """For each lead of "other": the class of each row."""
    scores = forest_scores(rf, rows.x)
    return [np.argmax(scores + bias_of(b), axis=1) for b in AHEADS]


def ahead(loaded):
    """The greatest lead of "other" that costs the mean over the classes no more than SPARE, of forests that have not seen
    what they are asked: for the known classes, runs left out (every FOLDS-th); for "other", each of its programs left out
    whole. From packet 4 on. @loaded: the training runs. Returns the lead, and lines for README.md."""
    right = [[[] for _ in CLASSES] for _ in AHEADS]
    for k in range(FOLDS):
        rest = join([r for i, r in enumerate(loaded) if i % FOLDS != k])
        asked = join([r for i, r in enumerate(loaded) if i % FOLDS == k])
        asked = asked.take((asked.packets >= 4) & (asked.y != OTHER)).unique()
        for mine, got in zip(right, said(fit_forest(learnt(rest)), asked)):
            for c in range(len(CLASSES)):
                mine[c].append(got[asked.y == c] == c)
    rows = join(loaded)
    for name in np.unique(rows.prog[rows.y == OTHER]):
        asked = rows.take((rows.prog == name) & (rows.packets >= 4)).unique()
        if len(asked):
            for mine, got in zip(right, said(fit_forest(learnt(rows.take(rows.prog != name))), asked)):
                mine[OTHER].append([np.mean(got == OTHER)])		# a program, not its rows
    share = np.array([[np.mean(np.concatenate(c)) for c in mine] for mine in right])
    mean = share.mean(axis=1)
    best = int(np.flatnonzero(mean >= mean.max() - SPARE)[-1])
    out = []
    report.table(out, ["lead, votes"] + CLASSES + ["mean"], [
        [("**%.2f**" if i == best else "%.2f") % b] + [report.percent(s) for s in row] + [report.percent(row)]
        for i, (b, row) in enumerate(zip(AHEADS, share))])
    return AHEADS[best], out


def quantiles(x, w, q):
    """Of each column, rows by their weights: counted as different rows, all SYNs would be two or three, and rare."""
    order = np.argsort(x, axis=0)
    sums = np.cumsum(w[order], axis=0)
    return np.array([x[order[np.searchsorted(s, q * s[-1]), i], i] for i, s in enumerate(sums.T)])


def calibration(rows, rng):
    """Rows of all classes alike, none of them in the tails: what lies beyond them in the kernel counts as drift."""
    w = weights(rows)
    lo, hi = (quantiles(rows.x, w, q) for q in (CALIB_TAIL, 1 - CALIB_TAIL))
    inside = np.all((rows.x >= lo) & (rows.x <= hi), axis=1)
    pick = rng.choice(np.flatnonzero(inside), size=min(CALIB_ROWS, inside.sum()), replace=False, p=w[inside] / w[inside].sum())
    x = rows.x[np.sort(pick)]
    # The ends of the ranges themselves, in two rows, so that a sample of the rows has the ranges of all.
    return np.vstack([x, rows.x[inside].min(axis=0), rows.x[inside].max(axis=0)])


def drifted(calib, x):
    return np.any((x < calib.min(axis=0)) | (x > calib.max(axis=0)), axis=1)


def sample(rows, n, rng):
    return rows.take(np.sort(rng.permutation(len(rows))[:n]))


def join(parts):
    return Rows(*[np.concatenate([getattr(p, k) for p in parts]) for k in ("x", "y", "prog", "flow", "packets", "count")])


def figures(out, held, strange, press, calib, models):
    known = held.take(~np.isin(held.prog, list(UNSEEN)))
    late = known.packets >= 4
    for name, what, predict in models:
        got = predict(known.x)
        out += [f"### The {name}: {what}", "",
                f"Held-out runs, {len(known)} rows: {report.percent(got == known.y)} right; "
                f"{report.percent(got[late] == known.y[late])} from packet 4 on, and "
                f"{report.percent(report.recall(known.y[late], got[late]))} as the mean of the classes.", ""]
        report.confusion(out, known, got)
        report.early(out, known, got)
    got = [predict(known.x) for _, _, predict in models]
    out += ["### Bulk, by direction", ""]
    report.directions(out, known, got, carries(known))
    out += ["### Packets needed", ""]
    report.by_phase(out, known, got)
    out += ["A verdict is settled at the packet from which it is right to the flow's end.", ""]
    report.settled(out, known, got)
    out += ["### Under pressure", ""]
    body = []
    for name, rows in press.items():
        rows = rows.take(~np.isin(rows.prog, list(UNSEEN)) & (rows.packets >= 4))
        row = [name, len(rows)]
        for _, _, predict in models:
            g = predict(rows.x)
            row += [report.percent(g == rows.y), report.percent(report.recall(rows.y, g))]
        body.append(row + [report.percent(drifted(calib, rows.x))])
    report.table(out, ["run", "rows", "forest", "mean of classes", "net", "mean of classes", "drifted"], body)
    out += ["### Programs, and those that training never saw (bold)", ""]
    both = join([known, strange])
    report.programs(out, both, [predict(both.x) for _, _, predict in models], drifted(calib, both.x))
    mine = strange.take(strange.y == OTHER)
    was, now = np.mean(drifted(calib, known.x)), np.mean(drifted(calib, mine.x))
    out += [f"The drift counter: {report.percent(was)} of the inferences of known programs, {report.percent(now)} of those of "
            f"unknown ones, {now / max(was, 1e-9):.1f} times as often.", ""]
    shares = [report.percent(predict(mine.x) == OTHER) for _, _, predict in models]
    late = mine.packets >= 4
    shares += [report.percent(predict(mine.x[late]) == OTHER) for _, _, predict in models]
    out += [f"Of {len(mine)} rows of unknown programs the forest says *other* for {shares[0]}, the net for {shares[1]} "
            f"(from packet 4: {shares[2]} and {shares[3]}).", ""]


def inventions(kind, n, least):
    """Flows that no program sent, from packet `least` on: what comes first says too little of them."""
    x, flow, packets = invent.flows(FEATURES, n, SEED, kind)
    rows = Rows(x, np.full(len(x), OTHER), np.full(len(x), "invented " + kind), flow, packets)
    return rows.take(packets >= least)


def several(paths):
    """Each run's rows of known programs; flows' numbers differ between runs."""
    out, flows = [], 0
    for path in paths:
        rows = load([path])
        rows = rows.take(~np.isin(rows.prog, list(UNSEEN)))
        rows.flow += flows
        flows = rows.flow.max() + 1
        out.append(rows)
    return out


def train():
    parts = {p: runs(p) for p in ("train", "held", "press")}
    loaded = several(parts["train"].values())
    rows = join(loaded)
    real, long = rows.unique(), prolonged(rows)
    rows = learnt(rows)
    lead, leads = ahead(loaded)
    held_all = load(parts["held"].values())
    press = {name: load([path]) for name, path in parts["press"].items()}
    strange = load(list(parts["held"].values()) + list(parts["press"].values()))
    strange = strange.take(np.isin(strange.prog, list(UNSEEN)))
    rng = np.random.default_rng(SEED)

    rf, net = fit_forest(rows), fit_net(rows)
    calib = calibration(join([real, long]), rng)
    models = [
        ("forest", f"{TREES} trees of depth {DEPTH}, *other* ahead by {lead:.2g} votes",
         lambda x: np.argmax(forest_scores(rf, x) + bias_of(lead), axis=1)),
        ("net", f"{len(FEATURES)}-{'-'.join(map(str, HIDDEN))}-{len(CLASSES)}",
         lambda x: np.argmax(net_scores(net, x), axis=1))]

    onnx.save(export.forest(export.sklearn_trees(rf, bias_of(lead)), CLASSES, len(FEATURES)), "forest.onnx")
    onnx.save(export.net(net[1], net[0]), "net.onnx")
    export.rows("calib.csv", FEATURES, calib)
    known = held_all.take(~np.isin(held_all.prog, list(UNSEEN))).unique()
    some = join([sample(known, HELD_ROWS, rng), sample(strange.unique(), UNSEEN_ROWS, rng)])
    export.rows("held-out.csv", FEATURES, some.x, {"class": [CLASSES[c] for c in some.y], "program": some.prog})

    out = [f"Trained on {len(real)} different rows of {len(parts['train'])} runs: " +
           ", ".join(f"{c} {np.sum(real.y == i)}" for i, c in enumerate(CLASSES)) +
           f"; {len(long)} of their last rows prolonged; {len(rows) - len(real) - len(long)} of invented flows.", "",
           f"The lead of *other* in the forest: what forests have right, from packet 4 on, of training runs left out ({FOLDS} "
           "folds) and, for *other*, of its programs, each left out whole. Taken is the greatest that costs the mean "
           f"{100 * SPARE:.1g} points at most.", ""] + leads
    figures(out, held_all, strange, press, calib, models)
    at = some.take(~np.isin(some.prog, list(UNSEEN)))
    odd = some.take(np.isin(some.prog, list(UNSEEN)) & (some.y == OTHER))
    out += ["### The committed rows", "", "What `tests/lfgen/appclass.sh` asks of the snapshots, on `held-out.csv`:", ""]
    report.table(out, ["rows", "n", "forest", "net"], [
        [what, len(r)] + [report.percent(p(r.x) == r.y) for _, _, p in models]
        for what, r in (("known", at), ("known, from packet 4", at.take(at.packets >= 4)), ("unknown", odd))])
    readme = open("README.md").read()
    begin, end = "<!-- figures: written by train.py -->\n", "<!-- end of figures -->"
    a, b = readme.index(begin) + len(begin), readme.index(end)
    open("README.md", "w").write(readme[:a] + "\n" + "\n".join(out) + readme[b:])
    print("\n".join(out))


def main():
    if sys.argv[1:] == ["observer"]:
        onnx.save(export.observer(len(OBSERVED)), "observer.onnx")
        open("observer.features", "w").write(",".join(OBSERVED) + "\n")
    elif sys.argv[1:] == ["train"]:
        train()
    else:
        sys.exit(__doc__)


main()
