#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Trains the application classifier from the captures that `runs` lists; for maintainers
(python3-sklearn, python3-onnx).

    train.py observer       writes observer.onnx, which reads every feature and decides nothing, and
                            observer.features
    train.py train          captures/*/*.csv to forest.onnx, net.onnx, calib.csv, held-out.csv and
                            the figures in README.md

One file, though long: the steps of a training, in order. It imports its parts.

Ports give the labels (rows.py) and are then thrown away. Seeds are fixed: the same captures give
the same files.

Weights. Within a class every program counts the same, and within each phase of a flow (packets 1,
2, 4, 8, ...) rare classes count for more than their rows: else long flows of chatty programs would
be all that is learnt. Before the fourth packet TCP has shown little but its handshake. A wrong
"bulk" is dear there, for it makes someone's first round trips wait behind bulk data, and a wrong
"request" costs nothing, for three packets fill no link: so other classes weigh EARLY there, and TCP
begins as "request". One datagram says little too: a small one had better be a look-up, whose whole
life it is, so "other" weighs EARLY there. Up to packet 32 scp and a typed ssh are much the same,
too; up to packet 64 the way of a transfer that has no data is still much like keys that are typed.
"bulk" weighs less there (UNSURE, UNSURE_ACKS): acknowledgements among the keys delay nobody, and
keys among the bulk have somebody wait for each of them.

Sources. The laboratory (with rows of earlier runs as one program more), captures of real networks
(ndpi.py; half of them, never the other half) and sketched conversations (talk.py) have fixed shares
of the weight (SHARES).

Unknown programs. "other" is learnt from programs that are none of the five classes and from flows
that no program sent (invent.py). Besides, it starts ahead of the others by a lead, and "bulk"
behind by a lag, since what the last band holds up is dear: chosen is what costs least on runs and
captures left out (ahead()).

Confidence. A model is surer of what it was fitted to than it may be of anything else. So its
outputs are divided by a temperature, for which what it says of runs and captures left out is the
least surprising. """
import csv
import functools
import itertools
import os
import sys
import tempfile
import warnings

import numpy as np
import onnx
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import boost
import export
import invent
import ndpi
import report
import talk
from rows import CLASSES, FEATURES, OBSERVED, UNSEEN, Rows, den, load, runs

TREES, DEPTH, HIDDEN, SEED = 14, 9, (32, 16), 20260101
# of "other" and "bulk" in the forest, logarithms of odds: those tried
LEADS, LAGS = (0.0, 0.2, 0.4, 0.6), (0.0, 0.3, 0.7)
FOLDS = 3				# of training runs, and of captures
BALANCE = 0.0
# weight at packets 1 to 3 of what is not "request" over TCP, and of "other" over UDP
EARLY = 0.15
UNSURE, UNSURE_ACKS = (32, 0.5), (64, 0.1)	# packet, weight
INVENTED, LOCKSTEP = 400, 750		# flows: anything, lock step
LONGER = 10				# doublings of a flow's length that its last row stands for
CALIB_ROWS, HELD_ROWS, UNSEEN_ROWS = 1800, 1800, 600
# of the rows may lie beyond the calibrated range at each end of each feature
CALIB_TAIL = 0.001
OTHER, BULK = CLASSES.index("other"), CLASSES.index("bulk")
SHARES = {"laboratory": 1.5, "capture": 1.0, "sketch": 1.2}
SKETCHES = 2500				# conversations
COST = np.array([[ndpi.cost(is_, said) for said in CLASSES] for is_ in CLASSES])


def phase(packets):
    return np.minimum(np.floor(np.log2(np.maximum(packets, 1))), 10).astype(int)


def carries(rows):
    """The direction of a transfer that has its data; the other has acknowledgements."""
    return rows.x[:, FEATURES.index("flow.large_share")] > 0.25


def balanced(rows):
    """A class counts by its rows to the power of BALANCE: 0 would be all classes alike, 1 as
    captured. The sum is 1."""
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
    return w / w.sum()


def source(prog):
    """Where a row is from: the first word of its program, if that is a source."""
    first = [p.split(" ")[0] for p in prog]
    return np.array([f if f in SHARES else "laboratory" for f in first])


def weights(rows):
    """Each source has its share; within a source, classes and programs are balanced."""
    w, of = np.zeros(len(rows)), source(rows.prog)
    for name, share in SHARES.items():
        mine = of == name
        if mine.any():
            w[mine] = share * balanced(rows.take(mine))
    proto, early = rows.x[:, FEATURES.index("pkt.proto")], rows.packets < 4
    w[early & (proto == 6) & (rows.y != CLASSES.index("request"))] *= EARLY
    w[early & (proto == 17) & (rows.y == OTHER)] *= EARLY
    for (until, weight), rows_of in ((UNSURE, carries(rows)), (UNSURE_ACKS, ~carries(rows))):
        w[rows_of & (rows.packets < until) & (rows.y == BULK)] *= weight
    return w * len(w) / w.sum()


def prolonged(rows):
    """Flows that go on as they were: captures last a minute, calls and sessions hours. The last row
    of each flow again, with 2 to 2^LONGER times the packets, bytes and time; rate, shape and shares
    stay."""
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
    return boost.Forest(TREES, DEPTH, len(CLASSES), SEED).fit(rows.x, rows.y, weights(rows))


def fit_net(rows, most=60000):
    """The net's trainer knows no weights: rows are drawn by theirs."""
    w = weights(rows)
    pick = np.random.default_rng(SEED).choice(len(rows), size=most, p=w / w.sum())
    scaler = StandardScaler().fit(rows.x[pick])
    mlp = MLPClassifier(HIDDEN, alpha=1e-3, batch_size=256, learning_rate_init=2e-3, max_iter=40,
                        random_state=SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")		# it stops when told to, not when it has converged
        return scaler, mlp.fit(scaler.transform(rows.x[pick]), rows.y[pick])


def net_scores(scaler_mlp, x):
    """The last layer's, before any softmax."""
    scaler, mlp = scaler_mlp
    a = scaler.transform(x)
    for i, (w, b) in enumerate(zip(mlp.coefs_, mlp.intercepts_)):
        a = a @ w + b
        if i < len(mlp.coefs_) - 1:
            a = np.maximum(a, 0)
    return a




def bias_of(lead, lag):
    v = np.zeros(len(CLASSES))
    v[OTHER], v[BULK] = lead, -lag
    return v


def learnt(rows):
    """What a model is fitted to: rows of programs, the flows prolonged, conversations as documents
    have them, and flows that no program sent."""
    more = join([sketches(), inventions("anything", INVENTED, 4),
                 inventions("lockstep", LOCKSTEP, 2)])
    return join([rows.unique(), prolonged(rows), more, prolonged(more)])


@functools.cache
def sketches():
    x, y, kind, flow, packets = talk.flows(FEATURES, SKETCHES, SEED)
    return Rows(x, np.array([CLASSES.index(c) for c in y]),
                np.array([f"sketch {k}" for k in kind]), flow, packets)


def earlier():
    """Rows of runs of which there is no more than this: earlier.csv, with the class that the forest
    of that time gave each."""
    with open("earlier.csv", newline="") as f:
        recs = list(csv.DictReader(f))
    x = np.array([[float(r[name]) for name in FEATURES] for r in recs])
    packets = np.round(2 ** x[:, FEATURES.index("flow.packets_log2")] - 1).astype(int)
    return Rows(x, np.array([CLASSES.index(r["class"]) for r in recs]),
                np.full(len(x), "earlier forest", dtype=object),
                np.arange(len(x)), packets)


def captured():
    """Rows of the captures of real networks that may be trained on, one Rows for each; none if they
    have not been fetched."""
    folder = os.path.join(os.environ.get("LITEFLOW_CACHE")
                          or os.path.expanduser("~/.cache/liteflow"), "ndpi")
    if not os.path.isdir(folder):
        print("train: without captures of real networks: tests/vm/fetch ndpi", file=sys.stderr)
        return []
    found = {}
    with tempfile.NamedTemporaryFile(suffix=".csv") as f:
        for name, talk_, rec in ndpi.rows_of(folder, FEATURES, f.name, 0):
            if talk_:
                found.setdefault(name, []).append((talk_, rec))
    return [r for r in (capture_rows(name, rows) for name, rows in found.items()) if len(r)]


def capture_rows(name, rows):
    last = {rec["flow"]: int(rec["packets"]) for _, rec in rows}
    x, y, flow, packets = [], [], [], []
    for what, rec in rows:
        cls = ndpi.class_of(what.kind, what.bytes, last[rec["flow"]])
        if cls:
            x.append([int(rec[feature]) / den(feature) for feature in FEATURES])
            y.append(CLASSES.index(cls))
            flow.append(int(rec["flow"]))
            packets.append(int(rec["packets"]))
    return Rows(np.array(x).reshape(len(x), len(FEATURES)), np.array(y, int),
                np.full(len(x), f"capture {name}", dtype=object),
                np.array(flow, int), np.array(packets, int))


def ends(rows):
    """The last row of each flow, of flows of four packets and more."""
    order = np.lexsort((rows.packets, rows.flow))
    last = order[np.append(rows.flow[order][1:] != rows.flow[order][:-1], True)]
    return rows.take(last[rows.packets[last] >= 4])


def asked_of(some, k, whole):
    """What forests are asked that have not seen every FOLDS-th of these: all rows from packet 4 on,
    or the last of each flow."""
    for r in some[k::FOLDS]:
        asked = r.take(r.packets >= 4).unique() if whole else ends(r)
        if len(asked):
            yield asked


def left_out(runs_, caps):
    """For each fold: forest and net that have not seen every FOLDS-th run and capture, and the
    fold."""
    for k in range(FOLDS):
        rest = [r for some in (runs_, caps) for i, r in enumerate(some) if i % FOLDS != k]
        rows = learnt(join(rest + [earlier()]))
        yield k, fit_forest(rows), fit_net(rows)


class Asked:
    """What models say of runs and captures that they have not seen. `last` is what lead and lag are
    chosen by: of runs all rows from packet 4 on, of captures the last verdicts. `every` is what the
    temperatures are: all rows of both from packet 4 on."""

    def __init__(self, runs_, caps):
        self.last = {"runs": [], "captures": []}	# (scores of the forest, classes)
        # (scores of forest and net, classes, weight of each)
        self.every = []
        for k, forest, net in left_out(runs_, caps):
            for name, some in (("runs", runs_), ("captures", caps)):
                for asked in asked_of(some, k, name == "runs"):
                    self.last[name].append((forest.scores(asked.x), asked.y))
                for asked in asked_of(some, k, True):
                    self.every.append((forest.scores(asked.x), net_scores(net, asked.x), asked.y,
                                       np.full(len(asked), name)))

    def last_of(self, name):
        return [np.concatenate(part) for part in zip(*self.last[name])]

    def temperatures(self, lead, lag):
        """Of forest and net; runs and captures count the same."""
        forest, net, y, of = (np.concatenate(part) for part in zip(*self.every))
        w = np.zeros(len(y))
        for name in np.unique(of):
            w[of == name] = 1 / np.sum(of == name)
        return boost.temperature(forest + bias_of(lead, lag), y,
                                 w), boost.temperature(net + bias_of(0, lag), y, w)


def ahead(asked):
    """The lead of "other" and the lag of "bulk" that cost least over what was left out; the mean
    over the classes, and of runs and captures. Returns lead and lag, and lines for README.md."""
    body = []
    for lead, lag in itertools.product(LEADS, LAGS):
        for name in (n for n in asked.last if asked.last[n]):
            scores, y = asked.last_of(name)
            got = np.argmax(scores + bias_of(lead, lag), axis=1)
            of = [np.mean(got[y == c] == c) if np.any(y == c) else np.nan
                  for c in range(len(CLASSES))]
            body.append((lead, lag, name, of,
                         np.mean([COST[y[y == c], got[y == c]].mean() for c in np.unique(y)])))
    costs = {at: np.mean([b[4] for b in body if b[:2] == at]) for at in {b[:2] for b in body}}
    best = min(costs, key=costs.get)
    out = []
    report.table(out, ["lead", "lag", "asked"] + CLASSES + ["mean", "cost"], [
        [("**%.1f**" if b[:2] == best else "%.1f") % b[0], "%.1f" % b[1], b[2]] +
        [report.percent(s) if s == s else "-" for s in b[3]]
        + [report.percent(np.nanmean(b[3])), "%.3f" % b[4]]
        for b in body if b[:2] == best or b[1] == best[1] or b[0] == best[0]])
    return best, out


def quantiles(x, w, q):
    """Of each column, rows by their weights: counted as different rows, all SYNs would be two or
    three, and rare."""
    order = np.argsort(x, axis=0)
    sums = np.cumsum(w[order], axis=0)
    return np.array([x[order[np.searchsorted(s, q * s[-1]), i], i] for i, s in enumerate(sums.T)])


def calibration(rows, rng):
    """Rows of all classes alike, none of them in the tails: what lies beyond them in the kernel
    counts as drift."""
    w = weights(rows)
    lo, hi = (quantiles(rows.x, w, q) for q in (CALIB_TAIL, 1 - CALIB_TAIL))
    inside = np.all((rows.x >= lo) & (rows.x <= hi), axis=1)
    pick = rng.choice(np.flatnonzero(inside), size=min(CALIB_ROWS, inside.sum()), replace=False,
                      p=w[inside] / w[inside].sum())
    x = rows.x[np.sort(pick)]
    # The ends of the ranges themselves, in two rows, so that a sample of the rows has the ranges of
    # all.
    return np.vstack([x, rows.x[inside].min(axis=0), rows.x[inside].max(axis=0)])


def drifted(calib, x):
    return np.any((x < calib.min(axis=0)) | (x > calib.max(axis=0)), axis=1)


def sample(rows, n, rng):
    return rows.take(np.sort(rng.permutation(len(rows))[:n]))


def join(parts):
    return Rows(*[np.concatenate([getattr(p, k) for p in parts])
                  for k in ("x", "y", "prog", "flow", "packets", "count")])


def under_pressure(out, press, calib, models):
    out += ["### Under pressure", ""]
    body = []
    for name, rows in press.items():
        rows = rows.take(~np.isin(rows.prog, list(UNSEEN)) & (rows.packets >= 4))
        row = [name, len(rows)]
        for _, _, predict in models:
            g = predict(rows.x)
            row += [report.percent(g == rows.y), report.percent(report.recall(rows.y, g))]
        body.append(row + [report.percent(drifted(calib, rows.x))])
    report.table(out, ["run", "rows", "forest", "mean of classes", "net", "mean of classes",
                       "drifted"], body)


def figures(out, held, strange, press, calib, models, whole):
    known = held.take(~np.isin(held.prog, list(UNSEEN)))
    late = known.packets >= 4
    for name, what, predict in models:
        got = predict(known.x)
        out += [f"### The {name}: {what}", "",
                f"Held-out runs, {len(known)} rows: {report.percent(got == known.y)} right; "
                f"{report.percent(got[late] == known.y[late])} from packet 4 on, and "
                f"{report.percent(report.recall(known.y[late], got[late]))} as the mean of the "
                "classes.", ""]
        report.confusion(out, known, got)
        report.early(out, known, got)
    got = [predict(known.x) for _, _, predict in models]
    out += ["### Bulk, by direction", ""]
    report.directions(out, known, got, carries(known))
    out += ["### Packets needed", ""]
    report.by_phase(out, known, got)
    if whole:
        out += ["A verdict is settled at the packet from which it is right to the flow's end.", ""]
        report.settled(out, known, got)
    if press:
        under_pressure(out, press, calib, models)
    out += ["### Programs, and those that training never saw (bold)", ""]
    both = join([known, strange])
    report.programs(out, both, [predict(both.x) for _, _, predict in models],
                    drifted(calib, both.x))
    mine = strange.take(strange.y == OTHER)
    was, now = np.mean(drifted(calib, known.x)), np.mean(drifted(calib, mine.x))
    out += [f"The drift counter: {report.percent(was)} of the inferences of known programs, "
            f"{report.percent(now)} of those of unknown ones, {now / max(was, 1e-9):.1f} times as "
            "often.", ""]
    shares = [report.percent(predict(mine.x) == OTHER) for _, _, predict in models]
    late = mine.packets >= 4
    shares += [report.percent(predict(mine.x[late]) == OTHER) for _, _, predict in models]
    out += [f"Of {len(mine)} rows of unknown programs the forest says *other* for {shares[0]}, the "
            f"net for {shares[1]} (from packet 4: {shares[2]} and {shares[3]}).", ""]


def inventions(kind, n, least):
    """Flows that no program sent, from packet `least` on: what comes first says too little of
    them."""
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


def held_out():
    """The rows that were held out: of the captures, if they are there, else those that are
    committed, whose flows and counts are not known."""
    paths = runs("held")
    if paths:
        return load(paths.values()), True
    with open("held-out.csv", newline="") as f:
        recs = list(csv.DictReader(f))
    x = np.array([[float(r[name]) for name in FEATURES] for r in recs])
    packets = np.round(2 ** x[:, FEATURES.index("flow.packets_log2")] - 1).astype(int)
    return Rows(x, np.array([CLASSES.index(r["class"]) for r in recs]),
                np.array([r["program"] for r in recs]),
                np.arange(len(recs)), packets), False


def sources(real, caps, rows):
    """What it was trained on, for README.md."""
    n = [f"{c} {np.sum(real.y == i)}" for i, c in enumerate(CLASSES)]
    of = source(rows.prog)
    old = np.sum(np.char.startswith(rows.prog.astype(str), "earlier"))
    return [f"Trained on {len(real)} different rows of the laboratory ({', '.join(n)}), "
            f"{old} of earlier runs, prolonged, {sum(len(r) for r in caps)} of {len(caps)} "
            f"captures of real networks, and {np.sum(of == 'sketch')} of {SKETCHES} sketched "
            f"conversations; {len(rows)} with flows prolonged and flows that no program sent.", ""]


def train():
    parts = {p: runs(p) for p in ("train", "press")}
    loaded, caps = several(parts["train"].values()), captured()
    rows = join(loaded + [earlier()] + caps)
    real = join(loaded).unique() if loaded else earlier().take([])
    known_rows = rows
    rows = learnt(rows)
    asked = Asked(loaded, caps)
    (lead, lag), leads = ahead(asked)
    held_all, whole = held_out()
    press = {name: load([path]) for name, path in parts["press"].items()}
    strange = held_all if not whole else load(list(runs("held").values())
                                              + list(parts["press"].values()))
    strange = strange.take(np.isin(strange.prog, list(UNSEEN)))
    rng = np.random.default_rng(SEED)

    forest, net = fit_forest(rows), fit_net(rows)
    net[1].intercepts_[-1] += bias_of(0, lag)
    forest.temperature, cool = asked.temperatures(lead, lag)
    net[1].coefs_[-1] /= cool
    net[1].intercepts_[-1] /= cool
    calib = calibration(join([known_rows.unique(), prolonged(known_rows)]), rng)
    models = [
        ("forest",
         f"{TREES} trees of depth {DEPTH}, *other* {lead:.1f} ahead, *bulk* {lag:.1f} behind",
         lambda x: np.argmax(forest.scores(x) + bias_of(lead, lag), axis=1)),
        ("net", f"{len(FEATURES)}-{'-'.join(map(str, HIDDEN))}-{len(CLASSES)}",
         lambda x: np.argmax(net_scores(net, x), axis=1))]

    trees = export.boosted_trees(forest, bias_of(lead, lag))
    onnx.save(export.forest(trees, CLASSES, len(FEATURES)), "forest.onnx")
    onnx.save(export.net(net[1], net[0]), "net.onnx")
    export.rows("calib.csv", FEATURES, calib)
    some = held_all
    if whole:
        known = held_all.take(~np.isin(held_all.prog, list(UNSEEN))).unique()
        some = join([sample(known, HELD_ROWS, rng), sample(strange.unique(), UNSEEN_ROWS, rng)])
        export.rows("held-out.csv", FEATURES, some.x,
                    {"class": [CLASSES[c] for c in some.y], "program": some.prog})

    out = sources(real, caps, rows)
    out += ["The lead of *other* and the lag of *bulk*, by what forests say of runs and captures "
            f"left out ({FOLDS} folds): of runs rows from packet 4 on, of captures last verdicts. "
            "Taken is what costs least as the mean of both.", ""] + leads
    out += [f"Outputs are divided by {forest.temperature:.2f} (forest) and {cool:.2f} (net), so "
            "that their softmax means what it says for verdicts from packet 4 on of what was left "
            "out.", ""]
    figures(out, held_all, strange, press, calib, models, whole)
    at = some.take(~np.isin(some.prog, list(UNSEEN)))
    odd = some.take(np.isin(some.prog, list(UNSEEN)) & (some.y == OTHER))
    out += ["### The committed rows", "",
            "What `tests/lfgen/appclass.sh` asks of the snapshots, on `held-out.csv`:", ""]
    report.table(out, ["rows", "n", "forest", "net"], [
        [what, len(r)] + [report.percent(p(r.x) == r.y) for _, _, p in models]
        for what, r in (("known", at), ("known, from packet 4", at.take(at.packets >= 4)),
                        ("unknown", odd))])
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


if __name__ == "__main__":
    main()
