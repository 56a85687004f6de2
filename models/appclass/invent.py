# SPDX-License-Identifier: GPL-2.0
"""Datagram flows that no program sent: sizes and gaps drawn from many distributions, features as kmod/flow.c has them.

The few programs of "other" lie in small corners of what a flow can be; a forest gives the empty rest to whatever class
is nearest. These flows fill it. What comes near to a call or a camera (a steady gap of 8 to 120 ms) is left out.
"""
import numpy as np

PROTOS = [17] * 8 + [1, 58, 47, 50, 132]	# UDP mostly; ICMP, GRE, ESP, SCTP
HEADER = 28		# IPv4 and UDP, bytes
LAST = 10		# packets 1, 2, 4, ... 2^LAST


def log2(v):
    return np.log2(1 + v)


def sizes(rng, n, packets):
    """Payloads: one to three usual sizes with some noise, or anything between two ends."""
    modes = np.exp(rng.uniform(np.log(8), np.log(1450), (n, 3)))
    which = np.minimum(rng.integers(0, 3, (n, packets)), rng.integers(0, 3, (n, 1)))
    usual = np.take_along_axis(modes, which, axis=1) * np.exp(rng.normal(0, 1, (n, packets)) * rng.choice([0, 0.1, 0.4], (n, 1)))
    ends = np.sort(rng.uniform(8, 1450, (n, 2)), axis=1)
    anything = ends[:, :1] + rng.random((n, packets)) * (ends[:, 1:] - ends[:, :1])
    return np.clip(np.where(rng.random((n, 1)) < 0.6, usual, anything), 1, 1450).astype(int)


def gaps(rng, n, packets):
    """Microseconds: around a mean of 0.1 ms to 3 s, steady to wild, with or without bursts; and which are not media."""
    mean, spread = np.exp(rng.uniform(np.log(100), np.log(3e6), (n, 1))), rng.uniform(0, 2, (n, 1))
    gap = mean * np.exp(rng.normal(0, 1, (n, packets)) * spread)
    burst = rng.choice([0, 0, 0.3, 0.7], (n, 1))
    gap = np.where(rng.random((n, packets)) < burst, rng.uniform(20, 400, (n, packets)), gap)
    media = (mean > 8000) & (mean < 120000) & (spread < 0.7)
    gap[:, 0] = 0
    return gap, ~media[:, 0]


def fold(mean, dev, x):
    off = np.abs(x - mean)
    return mean + (x - mean) / 8, dev * 7 / 8 + off / 8


def flows(names, n, seed):
    """Rows of the features `names`, their flows and packet numbers."""
    rng = np.random.default_rng(seed)
    packets = 1 << LAST
    payload, (gap, keep) = sizes(rng, n, packets), gaps(rng, n, packets)
    # A flow ends where its time is up, like those of a capture.
    until = np.argmax(np.cumsum(gap, axis=1) > rng.uniform(1e6, 3e7, (n, 1)), axis=1)
    last = np.where(until, until, packets)
    out, flow, at = [], [], []
    f = {"pkt.proto": rng.choice(PROTOS, n).astype(float), "flow.psh_share": np.zeros(n), "flow.empty_share": np.zeros(n)}
    total, data, time, small, large = (np.zeros(n) for _ in range(5))
    len_min, len_max = np.full(n, 1e9), np.zeros(n)
    for i in range(packets):
        size, us = payload[:, i] + HEADER, gap[:, i]
        total, data, time = total + size, data + payload[:, i], time + us
        small, large = small + (payload[:, i] <= 127), large + (payload[:, i] >= 1000)
        len_min, len_max = np.minimum(len_min, size), np.maximum(len_max, size)
        if i == 0:
            len_mean, len_dev, iat_mean, iat_dev = size.astype(float), np.zeros(n), np.zeros(n), np.zeros(n)
        else:
            len_mean, len_dev = fold(len_mean, len_dev, size)
            iat_mean, iat_dev = (log2(us), iat_dev) if i == 1 else fold(iat_mean, iat_dev, log2(us))
        if i < 6:
            f[f"flow.len{i}"] = size
        if (i + 1) & i:
            continue
        f.update({f"flow.len{k}": np.zeros(n) for k in range(i + 1, 6)})
        f.update({
            "flow.packets_log2": np.full(n, log2(i + 1)), "flow.bytes_log2": log2(total), "flow.payload_log2": log2(data),
            "flow.duration_log2": log2(time), "flow.rate_log2": log2(total * 1e6 / np.maximum(time, 1)) * (i > 0),
            "flow.iat_log2": log2(us), "flow.iat_mean_log2": iat_mean, "flow.iat_dev_log2": iat_dev,
            "flow.len_min": len_min, "flow.len_max": len_max, "flow.len_mean": len_mean, "flow.len_dev": len_dev,
            "flow.small_share": small / (i + 1), "flow.large_share": large / (i + 1)})
        mine = np.flatnonzero(keep & (last > i))
        out.append(np.stack([f[name][mine] for name in names], axis=1))
        flow.append(mine)
        at.append(np.full(len(mine), i + 1))
    return np.concatenate(out), np.concatenate(flow), np.concatenate(at)
