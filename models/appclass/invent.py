# SPDX-License-Identifier: GPL-2.0
"""Datagram flows that no program sent: sizes and gaps drawn from many distributions, features as
kmod/flow_stats.c has them.

The few programs of "other" lie in small corners of what a flow can be; a forest gives the empty
rest to whatever class is nearest. These flows fill it. There are two kinds:

anything    what comes near to a call or a camera (a steady gap of 8 to 120 ms) is left out
lock step   question, answer, next question, one direction of it: a gap is a round trip, so as long
            as the path has it and as uneven as its queues, where a call's is as long as its codec
            has it and even; questions differ by a few bytes if at all, answers by more; now and
            then one is lost, and asked again a second later
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
    noise = rng.normal(0, 1, (n, packets)) * rng.choice([0, 0.1, 0.4], (n, 1))
    usual = np.take_along_axis(modes, which, axis=1) * np.exp(noise)
    ends = np.sort(rng.uniform(8, 1450, (n, 2)), axis=1)
    anything = ends[:, :1] + rng.random((n, packets)) * (ends[:, 1:] - ends[:, :1])
    return np.clip(np.where(rng.random((n, 1)) < 0.6, usual, anything), 1, 1450).astype(int)


def gaps(rng, n, packets):
    """Microseconds: around a mean of 0.1 ms to 3 s, steady to wild, with or without bursts; and
    which are not media."""
    mean, spread = np.exp(rng.uniform(np.log(100), np.log(3e6), (n, 1))), rng.uniform(0, 2, (n, 1))
    gap = mean * np.exp(rng.normal(0, 1, (n, packets)) * spread)
    burst = rng.choice([0, 0, 0.3, 0.7], (n, 1))
    gap = np.where(rng.random((n, packets)) < burst, rng.uniform(20, 400, (n, packets)), gap)
    media = (mean > 8000) & (mean < 120000) & (spread < 0.7)
    gap[:, 0] = 0
    return gap, ~media[:, 0]


def lockstep(rng, n, packets):
    """Payloads and gaps of one direction of n flows that ask, wait for the answer and ask again."""
    base = np.exp(rng.uniform(np.log(4), np.log(600), (n, 1)))
    differ = rng.choice([0, 1, 3, 8, 0.1, 0.5], (n, 1))	# bytes, or a share of the size
    off = np.abs(rng.normal(0, 1, (n, packets)))
    payload = base + off * np.where(differ < 1, differ * base, differ)
    first = rng.random((n, 1)) < 0.2		# one that introduces the rest, or whose answer does
    payload[:, :1] = np.where(first, payload[:, :1] * rng.uniform(0.5, 3, (n, 1)), payload[:, :1])
    rtt = np.exp(rng.uniform(np.log(300), np.log(400e3), (n, 1)))
    # deviation, as a share of the round trip
    queue = np.exp(rng.uniform(np.log(0.001), np.log(0.5), (n, 1)))
    wander = np.zeros((n, packets))
    for i in range(1, packets):
        wander[:, i] = 0.8 * wander[:, i - 1] + 0.6 * rng.normal(0, 1, n)
    gap = rtt * (1 + queue * np.abs(wander)) + (rng.random((n, packets)) < 0.003) * 1e6
    gap[:, 0] = 0
    return np.clip(payload, 1, 1450).astype(int), gap


def fold(mean, dev, x):
    off = np.abs(x - mean)
    return mean + (x - mean) / 8, dev * 7 / 8 + off / 8


def flows(names, n, seed, kind="anything"):
    """Rows of the features `names`, their flows and packet numbers. Kind: "anything" or
    "lockstep"."""
    rng = np.random.default_rng(seed)
    packets = 1 << LAST
    if kind == "anything":
        payload, (gap, keep), proto = sizes(rng, n, packets), gaps(rng, n,
                                                                   packets), rng.choice(PROTOS, n)
    else:
        (payload, gap), keep, proto = lockstep(rng, n, packets), np.ones(n, bool), np.full(n, 17)
    # A flow ends where its time is up, like those of a capture.
    until = np.argmax(np.cumsum(gap, axis=1) > rng.uniform(1e6, 3e7, (n, 1)), axis=1)
    last = np.where(until, until, packets)
    out, flow, at = [], [], []
    f = {"pkt.proto": proto.astype(float), "flow.psh_share": np.zeros(n),
         "flow.empty_share": np.zeros(n)}
    total, data, time, small, large = (np.zeros(n) for _ in range(5))
    len_min, len_max = np.full(n, 1e9), np.zeros(n)
    for i in range(packets):
        size, us = payload[:, i] + HEADER, gap[:, i]
        total, data, time = total + size, data + payload[:, i], time + us
        small, large = small + (payload[:, i] <= 127), large + (payload[:, i] >= 1000)
        len_min, len_max = np.minimum(len_min, size), np.maximum(len_max, size)
        if i == 0:
            len_mean, len_dev = size.astype(float), np.zeros(n)
            iat_mean, iat_dev = np.zeros(n), np.zeros(n)
        else:
            len_mean, len_dev = fold(len_mean, len_dev, size)
            iat_mean, iat_dev = (log2(us), iat_dev) if i == 1 else fold(iat_mean, iat_dev, log2(us))
        if i < 6:
            f[f"flow.len{i}"] = size
        if (i + 1) & i:
            continue
        f.update({f"flow.len{k}": np.zeros(n) for k in range(i + 1, 6)})
        f.update({
            "flow.packets_log2": np.full(n, log2(i + 1)), "flow.bytes_log2": log2(total),
            "flow.payload_log2": log2(data),
            "flow.duration_log2": log2(time),
            "flow.rate_log2": log2(total * 1e6 / np.maximum(time, 1)) * (i > 0),
            "flow.iat_log2": log2(us), "flow.iat_mean_log2": iat_mean, "flow.iat_dev_log2": iat_dev,
            "flow.len_min": len_min, "flow.len_max": len_max, "flow.len_mean": len_mean,
            "flow.len_dev": len_dev,
            "flow.small_share": small / (i + 1), "flow.large_share": large / (i + 1)})
        mine = np.flatnonzero(keep & (last > i))
        out.append(np.stack([f[name][mine] for name in names], axis=1))
        flow.append(mine)
        at.append(np.full(len(mine), i + 1))
    return np.concatenate(out), np.concatenate(flow), np.concatenate(at)
