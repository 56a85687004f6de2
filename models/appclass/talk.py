# SPDX-License-Identifier: GPL-2.0
"""Conversations that no program held: protocols as their documents have them, at random speeds,
sizes and pauses.

The laboratory has a few programs of each class, on paths that netem makes; the world has many more.
Each function that is named in KINDS is a sketch of one kind of conversation: what is said
first, how long messages are, who waits for whom. Numbers are drawn wide on purpose: that a class is
told from its shape is what a model has to learn, not the sizes of one program. Both directions are
flows, with the features that kmod/flow_stats.c would have.

A conversation is seen at one place of the path, `near` of the round trip away from the client. TCP
has a slow start, an acknowledgement for every second segment, and, where the place is a host,
segments that GRO or TSO have joined. """
import numpy as np

from talk_path import Path
from talk_tcp import page, posts, mail, large, album, machines, polls, shell, telnet, desktop
from talk_udp import names, services, call, quic_page, quic_large, beacons, devices, tunnel

# Kind of conversation: protocol, class, how many of a hundred.
KINDS = {
    page: (6, "request", 12), posts: (6, "request", 5), mail: (6, "request", 5),
    quic_page: (17, "request", 7),
    large: (6, "bulk", 6), album: (6, "bulk", 3), quic_large: (17, "bulk", 3),
    machines: (6, "other", 8), polls: (6, "other", 4), beacons: (17, "other", 3),
    devices: (17, "other", 5), tunnel: (17, "other", 3),
    shell: (6, "interactive", 5), telnet: (6, "interactive", 3), desktop: (6, "interactive", 7),
    call: (17, "media", 12), names: (17, "lookup", 9), services: (17, "lookup", 4),
}


def fold(mean, dev, x):
    off = abs(x - mean)
    return mean + (x - mean) / 8, dev * 7 / 8 + off / 8


def log2(v):
    return float(np.log2(1 + v))


def rows(side, proto, header):
    """The features of one direction at each phase, as dictionaries."""
    order = np.argsort(side.t, kind="stable")
    t, payload = np.array(side.t)[order], np.array(side.payload)[order]
    psh = np.array(side.psh)[order]
    length = np.maximum(np.abs(payload) + header, 20)
    payload = np.maximum(payload, 0)
    gap = np.diff(t, prepend=t[:1]) * 1e6
    mean, dev, iat, iat_dev = 0.0, 0.0, 0.0, 0.0
    for i in range(len(t)):
        if i == 0:
            mean = float(length[0])
        else:
            mean, dev = fold(mean, dev, float(length[i]))
            g = log2(gap[i])
            iat, iat_dev = (g, 0.0) if i == 1 else fold(iat, iat_dev, g)
        n = i + 1
        if n & i:
            continue
        total, time = float(length[:n].sum()), (t[i] - t[0]) * 1e6
        yield n, {
            "pkt.proto": proto, "flow.packets_log2": log2(n), "flow.bytes_log2": log2(total),
            "flow.payload_log2": log2(float(payload[:n].sum())), "flow.duration_log2": log2(time),
            "flow.rate_log2": log2(total * 1e6 / max(time, 1)) if i else 0.0,
            "flow.iat_log2": log2(gap[i]), "flow.iat_mean_log2": iat, "flow.iat_dev_log2": iat_dev,
            "flow.len_min": length[:n].min(), "flow.len_max": length[:n].max(),
            "flow.len_mean": mean, "flow.len_dev": dev,
            "flow.small_share": np.mean(payload[:n] <= 127),
            "flow.large_share": np.mean(payload[:n] >= 1000),
            "flow.empty_share": np.mean(payload[:n] == 0), "flow.psh_share": np.mean(psh[:n]),
            **{f"flow.len{k}": length[k] if k < n else 0 for k in range(6)}}


def flows(names_, n, seed):
    """Rows of the features `names_`, their class, kind, flow and packet number, of n conversations
    in all."""
    rng = np.random.default_rng(seed)
    kinds = list(KINDS)
    share = np.array([KINDS[k][2] for k in kinds], float)
    x, y, kind_of, flow, at = [], [], [], [], []
    for _ in range(n):
        kind = kinds[rng.choice(len(kinds), p=share / share.sum())]
        proto, cls, _ = KINDS[kind]
        p = Path(rng, proto)
        kind(p)
        for side in (p.up, p.down):
            if not side.t:
                continue
            number = len(flow) and flow[-1] + 1
            late = rng.random() < 0.06 and len(side.t) > 40	# met in its midst
            if late:
                cut = int(rng.integers(3, len(side.t) - 8))
                side.t, side.payload, side.psh = side.t[cut:], side.payload[cut:], side.psh[cut:]
            for packets, f in rows(side, proto, p.header()):
                x.append([float(f[name]) for name in names_])
                y.append(cls)
                kind_of.append(kind.__name__)
                flow.append(number)
                at.append(packets)
    return np.array(x), np.array(y), np.array(kind_of), np.array(flow), np.array(at)
