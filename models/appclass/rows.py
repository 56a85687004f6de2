# SPDX-License-Identifier: GPL-2.0
"""Captures to labelled rows: what the observer reads, which program a port belongs to, which class
a program is."""
import csv
import os
import re
import sys

import numpy as np

CLASSES = ["interactive", "request", "bulk", "media", "lookup", "other"]

# What the classifier reads: shape and pace of one direction; no ports, no addresses, nothing of the
# sender's socket.
FEATURES = [
    "pkt.proto", "flow.packets_log2", "flow.bytes_log2", "flow.payload_log2",
    "flow.duration_log2", "flow.rate_log2",
    "flow.iat_log2", "flow.iat_mean_log2", "flow.iat_dev_log2", "flow.len_min", "flow.len_max",
    "flow.len_mean",
    "flow.len_dev", "flow.small_share", "flow.large_share", "flow.empty_share", "flow.psh_share",
    "flow.len0", "flow.len1", "flow.len2", "flow.len3", "flow.len4", "flow.len5",
]

# What the observer reads besides: all that may serve later, and the ports for the labels.
OBSERVED = FEATURES + [
    "pkt.sport", "pkt.dport", "pkt.len", "pkt.payload", "pkt.segs", "pkt.ip_version",
    "pkt.tcp_flags", "flow.packets",
    "flow.bytes", "flow.duration_us", "flow.iat_us", "flow.iat_mean_us", "flow.iat_min_us",
    "flow.iat_max_us",
    "flow.small", "flow.large", "flow.empty", "flow.psh", "flow.len6", "flow.len7",
    "flow.tcp_window0", "sock.local",
]

# Servers' ports, protocol 6 or 17 (programs.sh starts them): program, class. Any other conversation
# is left out.
PROGRAMS = {
    (6, 22): ("ssh", "interactive"), (6, 23): ("telnet", "interactive"),
    (6, 80): ("curl", "request"), (6, 443): ("curl-tls", "request"),
    (6, 8086): ("browse", "request"),
    (6, 8081): ("wrk", "request"), (6, 8082): ("git-http", "request"),
    (6, 8083): ("apt-index", "request"),
    (6, 5201): ("iperf3", "bulk"), (6, 5202): ("iperf3", "bulk"), (6, 2022): ("scp", "bulk"),
    (6, 873): ("rsync", "bulk"),
    (17, 4433): ("quic", "request"), (17, 4434): ("quic-large", "bulk"),
    (6, 8443): ("h2-large", "bulk"),
    (6, 8444): ("film", "bulk"), (6, 8084): ("download", "bulk"), (6, 9418): ("git", "bulk"),
    (6, 8085): ("apt-large", "bulk"),
    (6, 53): ("dns-tcp", "lookup"), (6, 5353): ("dns-tcp", "lookup"),
    (17, 53): ("dns", "lookup"), (17, 5353): ("dns", "lookup"),
    (17, 123): ("ntp", "other"), (17, 5210): ("udp", "other"), (17, 5211): ("udp", "other"),
    (6, 1883): ("mqtt", "other"), (6, 6379): ("redis", "request"),
    (6, 11211): ("memcached", "request"),
    (17, 161): ("snmp", "other"), (17, 69): ("tftp", "other"), (17, 514): ("syslog", "other"),
    (17, 5683): ("coap", "other"), (17, 5060): ("sip", "other"),
}
PROGRAMS.update({(17, p): ("rtp", "media") for p in (5004, 5006, 5008, 5010, 5052, 5054, 5056)})
RANGES = [(17, 60001, 60040, ("mosh", "interactive")), (17, 6900, 6999, ("tftp", "other")),
          (17, 8700, 8749, ("random", "other")), (17, 8800, 8849, ("voip", "media")),
          (17, 8900, 8949, ("game", "other"))]

# Programs that training never sees, whole. Those of "other" must still be told from everything that
# is known.
UNSEEN = {"memcached", "snmp", "tftp", "syslog", "game", "voip"}

# A bulk program's conversation with less than this is its control connection, and not bulk.
BULK_BYTES = 150000

# Steps of the features, as in include/lq/features.h: value = feature / den.
DEN = {"flow.len_mean": 16, "flow.len_dev": 16}


def den(name):
    return 256 if name.endswith(("_log2", "_share")) else DEN.get(name, 1)


def program(proto, sport, dport):
    """(program, class), and whether the server sent; None for what is not ours."""
    if proto in (1, 58):
        return (("ping", "other"), False) if sport == dport and sport else None
    for port, from_server in ((sport, True), (dport, False)):
        if (proto, port) in PROGRAMS:
            return PROGRAMS[proto, port], from_server
    for port, from_server in ((sport, True), (dport, False)):
        for p, low, high, what in RANGES:
            if p == proto and low <= port <= high:
                return what, from_server
    return None


class Rows:
    """x in units; per row: y class, prog, flow (number of its flow), packets, count (of the same
    rows before unique)."""

    def __init__(self, x, y, prog, flow, packets, count=None):
        self.x, self.y, self.prog, self.flow, self.packets = x, y, prog, flow, packets
        self.count = np.ones(len(y)) if count is None else count

    def __len__(self):
        return len(self.y)

    def take(self, at):
        return Rows(self.x[at], self.y[at], self.prog[at], self.flow[at], self.packets[at],
                    self.count[at])

    def unique(self):
        """Each row of a class once."""
        _, first, n = np.unique(np.column_stack([self.x, self.y]), axis=0, return_index=True,
                                return_counts=True)
        out = self.take(first)
        out.count = n.astype(float)
        return out.take(np.argsort(first))


def read(path):
    """One capture: a list of (features, class, program, flow key, conversation key, packets, flow
    bytes)."""
    out = []
    with open(path, newline="") as f:
        for rec in csv.DictReader(f):
            try:
                proto, sport, dport = (int(rec[k]) for k in ("pkt.proto", "pkt.sport", "pkt.dport"))
                what = program(proto, sport, dport)
                if not what:
                    continue
                x = [int(rec[name]) / den(name) for name in FEATURES]
                (prog, cls), down = what
                talk = (path, proto, dport if down else sport, sport if down else dport, prog)
                out.append((x, CLASSES.index(cls), prog,
                            (path, proto, sport, dport, down, int(rec["flow"])), talk,
                            int(rec["flow.packets"]), int(rec["flow.bytes"])))
            except (KeyError, TypeError, ValueError):
                sys.exit(f"{path}: not a capture of the observer")
    return out


def load(paths):
    rows = [row for path in paths for row in read(path)]
    most = {}
    for _, _, _, _, talk, _, size in rows:
        most[talk] = max(most.get(talk, 0), size)
    bulk = CLASSES.index("bulk")
    rows = [r for r in rows if r[1] != bulk or most[r[4]] >= BULK_BYTES]
    number = {}
    flow = np.array([number.setdefault(r[3], len(number)) for r in rows])
    return Rows(np.array([r[0] for r in rows]), np.array([r[1] for r in rows]),
                np.array([r[2] for r in rows]), flow,
                np.array([r[5] for r in rows]))


def runs(part, folder="captures", table="runs"):
    """Paths of the captures of one part, by name, in the order of the table."""
    out = {}
    for line in open(table):
        f = re.split(r"\s+", line.strip())
        if line.startswith("#") or f[0] != part:
            continue
        path = os.path.join(folder, f[1], f[1] + ".csv")
        if os.path.exists(path):
            out[f[1]] = path
        else:
            print(f"no capture {path}", file=sys.stderr)
    return out
