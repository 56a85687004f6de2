# SPDX-License-Identifier: GPL-2.0
"""What a classifier is worth, as the tables of README.md."""
import numpy as np

from rows import CLASSES, UNSEEN

PHASES = ((1, 1), (2, 3), (4, 7), (8, 15), (16, 31), (32, 127), (128, 1 << 40))


def table(out, head, rows):
    out.append("| " + " | ".join(head) + " |")
    out.append("|" + "---|" + "---:|" * (len(head) - 1))
    out.extend("| " + " | ".join(str(c) for c in row) + " |" for row in rows)
    out.append("")


def percent(part, whole=None):
    value = np.mean(part) if whole is None else part / max(whole, 1)
    return f"{100 * value:.1f} %"


def phase_name(lo, hi):
    return str(lo) if lo == hi else f"{lo} on" if hi > 1 << 30 else f"{lo}-{hi}"


def recall(y, got):
    """Mean over the classes of the share that is told right."""
    return np.mean([np.mean(got[y == c] == c) for c in np.unique(y)])


def confusion(out, rows, got):
    """Rows are true classes; packets 4 on: before, a TCP flow has shown its handshake alone."""
    at = rows.packets >= 4
    body = []
    for c, name in enumerate(CLASSES):
        mine = at & (rows.y == c)
        body.append([name] + [int(np.sum(got[mine] == d)) for d in range(len(CLASSES))] +
                    [percent(got[mine] == c) if mine.any() else "-"])
    table(out, ["from packet 4, is \\ said"] + CLASSES + ["right"], body)


def early(out, rows, got):
    at = rows.packets < 4
    body = []
    for c, name in enumerate(CLASSES):
        mine = at & (rows.y == c)
        body.append([name] + [int(np.sum(got[mine] == d)) for d in range(len(CLASSES))] +
                    [percent(got[mine] == c) if mine.any() else "-"])
    table(out, ["packets 1-3, is \\ said"] + CLASSES + ["right"], body)


def directions(out, rows, models, large):
    """Of bulk from packet 4 on: which side carries the data, what is said of it."""
    body = []
    for name, side in (("data", large), ("acknowledgements", ~large)):
        at = side & (rows.packets >= 4) & (rows.y == CLASSES.index("bulk"))
        body.append([name, int(at.sum())] + [percent(got[at] == rows.y[at]) for got in models])
    table(out, ["direction, from packet 4", "rows", "forest", "net"], body)


def by_phase(out, rows, models):
    body = []
    for lo, hi in PHASES:
        at = (rows.packets >= lo) & (rows.packets <= hi)
        if at.any():
            body.append([phase_name(lo, hi), int(at.sum())]
                        + [percent(got[at] == rows.y[at]) for got in models])
    table(out, ["packets seen", "rows", "forest", "net"], body)


def settle(rows, got):
    """Per flow: its class, and the packet from which on the verdict is right (0: never)."""
    order = np.lexsort((rows.packets, rows.flow))
    flow, packets, y = rows.flow[order], rows.packets[order], rows.y[order]
    right = (got == rows.y)[order]
    out_y, out_n = [], []
    starts = np.flatnonzero(np.append(True, flow[1:] != flow[:-1]))
    for a, b in zip(starts, np.append(starts[1:], len(flow))):
        wrong = np.flatnonzero(~right[a:b])
        first = a if not len(wrong) else a + wrong[-1] + 1
        out_y.append(y[a])
        out_n.append(packets[first] if first < b else 0)
    return np.array(out_y), np.array(out_n)


def settled(out, rows, models):
    body = []
    tables = [settle(rows, got) for got in models]
    for c, name in enumerate(CLASSES):
        row = [name, int(np.sum(tables[0][0] == c))]
        for y, n in tables:
            mine = n[y == c]
            ok = mine[mine > 0]
            row += [percent(mine > 0), int(np.median(ok)),
                    int(np.percentile(ok, 90))] if len(ok) else ["0 %", "-", "-"]
        body.append(row)
    table(out, ["class", "flows", "forest: end right", "median", "p90", "net: end right",
                "median", "p90"], body)


def programs(out, rows, models, drift):
    body = []
    for name in sorted(set(rows.prog)):
        at = rows.prog == name
        late = at & (rows.packets >= 4)
        want = rows.y[at][0]
        row = [("**" + name + "**" if name in UNSEEN else name), CLASSES[want], int(at.sum())]
        for got in models:
            row += [percent(got[at] == want), percent(got[late] == want) if late.any() else "-"]
        body.append(row + [percent(drift[at])])
    table(out, ["program", "class", "rows", "forest right", "from packet 4", "net right",
                "from packet 4", "drifted"], body)
