# SPDX-License-Identifier: GPL-2.0
"""Flows for tests/lfgen/history.sh, and what hist.* has to say about them.

    history.py make FILE.pcap
    history.py compare KEYS ROWS.csv        rows of lfgen rows --raw
"""
import csv
import math
import random
import struct
import sys

LINGER, SILENT, PROVEN, LARGE, WINDOW = 1, 120, 4, 102400, 8
NAMES = ("flows", "size_mean", "size_dev", "size_last", "large_share", "since_us", "since_log2")


class Flow:
    def __init__(self, began, rng, ends="FIN", packets=None):
        self.began, self.ends = began, ends
        self.peer, self.source = rng.choice((1, 2)), rng.choice((1, 2))
        self.port, self.dscp = rng.choice((80, 443)), rng.choice((0, 46))
        self.sport = 0			# its number
        self.tcp = ends != "silence"
        self.n = packets or rng.choice((4, 9, 30, 300))
        self.payload = rng.randrange(10, 1400)
        self.head = 40 if self.tcp else 28
        self.last = began + 0.0001 * (self.n - 1)
        self.bytes = self.n * self.head + self.payload * (self.n - self.bare())

    def bare(self):
        """Packets without payload: SYN, FIN."""
        return {"FIN": 2, "never": self.n, "late": 1, "silence": 0}[self.ends]

    def packets(self):
        seq = 1000
        for k in range(self.n):
            syn = self.ends == "never" or (self.ends == "FIN" and k == 0)
            fin = self.ends in ("FIN", "late") and k == self.n - 1
            n = 0 if syn or fin else self.payload
            yield self.began + 0.0001 * k, self.ip(n, 2 if syn else 17 if fin else 16, seq)
            seq += n + (syn and k == 0)

    def ip(self, payload, flags, seq):
        if self.tcp:
            rest = struct.pack("!HHIIBBHHH", self.sport, self.port, seq, 1, 80, flags, 500, 0, 0)
        else:
            rest = struct.pack("!HHHH", self.sport, self.port, 8 + payload, 0)
        return struct.pack("!BBHHHBBH4B4B", 0x45, self.dscp << 2, 20 + len(rest) + payload, 0, 0,
                           64, 6 if self.tcp else 17, 0, 10, 1, self.source, 1, 10, 2, self.peer,
                           1) + rest + bytes(payload)

    def counted_at(self):
        """When history knows of it: flows that were met in the middle, or only began, never count.
        """
        if self.ends in ("never", "late"):
            return math.inf
        return self.last + (LINGER if self.ends == "FIN" else SILENT if self.n >= PROVEN else 30)

    def key(self, keys):
        of = {"port": (self.tcp, self.port), "peer": self.peer, "source": self.source,
              "dscp": self.dscp}
        return tuple(of[k] for k in keys.split(","))


def flows():
    rng, out, t = random.Random(5), [], 10.0
    for k in range(120):
        ends = "FIN" if k % 5 else rng.choice(("never", "late", "silence"))
        packets = 1 if ends == "silence" and k % 2 else None
        out.append(Flow(t, rng, ends, packets))
        out[-1].sport = 1024 + k
        # it has ended when the next one begins, or is silent for as long as it may, or lingers; the
        # last only before one that never counts, since which of two ends first within a second is
        # not known
        t += rng.choice((5, 40, 300) if (k + 1) % 5 else (0.5, 5, 40, 300))
    return out


def make(path):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for flow in flows():
            for t, data in flow.packets():
                f.write(struct.pack("<IIII", int(t), round(t % 1 * 1e6), len(data), len(data)))
                f.write(data)


class History:
    """As kmod/history.c, but for the integers."""

    def __init__(self):
        self.n, self.mean, self.dev, self.share, self.last, self.proven = 0, 0, 0, 0, None, False

    def add(self, flow):
        proven = flow.n >= PROVEN
        if self.proven and not proven:
            return
        if proven and not self.proven:
            self.__init__()
        self.proven, self.last = proven, flow
        self.n += 1
        w, x = 1 / min(self.n, WINDOW), math.log2(1 + flow.bytes)
        self.dev += (abs(x - self.mean) - self.dev) * w if self.n > 1 else 0
        self.mean += (x - self.mean) * w
        self.share += ((flow.bytes >= LARGE) - self.share) * w

    def row(self, now):
        if not self.n:
            return [0] * len(NAMES)
        since = (now - self.last.last) * 1e6
        return [self.n, 256 * self.mean, 256 * self.dev, 256 * math.log2(1 + self.last.bytes),
                256 * self.share, min(since, 2 ** 31 - 1), 256 * math.log2(1 + since)]


def compare(keys, path):
    """Rounded to steps: half a step more than the errors of the integers."""
    within = (0, 1.2, 2, 1.2, 0.6, 2, 1.2)
    drawn = flows()
    first = [r for r in csv.DictReader(open(path)) if r["packets"] == "1"]
    if len(first) != len(drawn):
        sys.exit(f"{len(first)} first rows of {len(drawn)} flows")
    for flow, row in zip(drawn, first):
        h = History()
        before = [f for f in drawn if f.key(keys) == flow.key(keys) and
                  f.counted_at() < flow.began]
        for f in sorted(before, key=Flow.counted_at):
            h.add(f)
        for name, wanted, error in zip(NAMES, h.row(flow.began), within):
            got = int(row["hist." + name])
            if abs(got - wanted) > error:
                sys.exit(f"flow {flow.sport - 1023}: hist.{name} is {got}, not {wanted:.2f}")


if __name__ == "__main__":
    {"make": make, "compare": compare}[sys.argv[1]](*sys.argv[2:])
