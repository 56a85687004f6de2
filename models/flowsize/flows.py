# SPDX-License-Identifier: GPL-2.0
"""Flows of programs whose sizes their history tells to known degrees, as a capture of headers.

A program has a server, a port, a typical size, and a noise S: the payload of its flows is that size
times 2^(S z), z normal. Where S is None each flow has a size of its own, and history tells nothing
but how widely sizes vary. Typical sizes and those are drawn from three published workloads, and so
that no range is left out, evenly by logarithm:

    web search     Alizadeh et al., DCTCP, SIGCOMM 2010
    data mining    Greenberg et al., VL2, SIGCOMM 2009
    hadoop         Roy et al., Inside the Social Network's Network, SIGCOMM 2015
    even           from 100 bytes to 50 MB

Arrivals are Poisson; each flow is a TCP connection of its own from one client, and sends at a rate
of its own. Data comes as super-packets that grow with the flow, for lfgen rows --mtu.
"""
import heapq
import struct

import numpy as np

PORT, PROGRAMS, MSS = 20000, 1000, 1448
NOISE = (0, 0.25, 1, 3, None)
LEAST, MOST = 100, 1e9		# bytes
WORKLOADS = {				# bytes, share of flows up to them
    "web search": ((1000, 10e3, 20e3, 30e3, 50e3, 80e3, 200e3, 1e6, 2e6, 5e6, 10e6, 30e6),
                   (0, .15, .2, .3, .4, .53, .6, .7, .8, .9, .97, 1)),
    "data mining": ((100, 180, 216, 560, 900, 1100, 1870, 3160, 10e3, 400e3, 3.16e6, 100e6,
                     1e9), (0, .1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .98, 1)),
    "hadoop": ((100, 200, 300, 350, 500, 600, 700, 1000, 2000, 7000, 50e3, 80e3, 120e3, 300e3,
                1e6, 2e6, 10e6),
               (0, .02, .05, .15, .3, .4, .5, .6, .67, .7, .82, .87, .9, .95, .975, .99, 1)),
    "even": ((100, 50e6), (0, 1)),
}
CHUNK = 44				# segments of a super-packet, at most
SYN, ACK, FIN = 2, 16, 1


class Flows:
    """Of each flow: when it begins, its program, bytes of payload, bytes per second."""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        of = rng.integers(len(WORKLOADS), size=PROGRAMS)
        self.noise = rng.integers(len(NOISE), size=PROGRAMS)	# of a program
        popular = 2 ** rng.standard_normal(PROGRAMS)
        self.began = np.cumsum(rng.exponential(0.2, n))
        self.program = rng.choice(PROGRAMS, n, p=popular / popular.sum())
        self.rate = 10e6 * 2 ** rng.standard_normal(n)
        typical = draw(of, rng)[self.program]
        s = np.array([v or 0 for v in NOISE])[self.noise[self.program]]
        free = np.array([v is None for v in NOISE])[self.noise[self.program]]
        size = np.where(free, draw(of[self.program], rng),
                        typical * 2 ** (s * rng.standard_normal(n)))
        self.size = np.clip(size, LEAST, MOST).astype(int)

    def on_wire(self):
        """Bytes at the IP layer of the direction that sends: SYN, ACK, data, FIN, ACK."""
        return self.size + -(-self.size // MSS) * 52 + 60 + 3 * 52

    def write(self, path):
        """In the order of time; the k-th SYN is flow k's. Raw IP."""
        ways = [packets(self.began[k], int(self.program[k]), 1024 + k % 18000, int(self.size[k]),
                        self.rate[k]) for k in range(len(self.began))]
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 96, 101))
            for t, data, n in heapq.merge(*ways, key=lambda p: p[0]):
                f.write(struct.pack("<IIII", int(t), int(t % 1 * 1e6), len(data), n))
                f.write(data)


def draw(workload, rng):
    """A size for each of these numbers of workloads, log-linear between the published points."""
    u, size = rng.random(len(workload)), np.zeros(len(workload))
    for i, (upto, share) in enumerate(WORKLOADS.values()):
        mine = workload == i
        size[mine] = 2 ** np.interp(u[mine], share, np.log2(upto))
    return size


def packets(began, program, source, size, rate):
    """A flow's packets: time, headers, bytes."""
    seq, at = 1, began + 0.004

    def packet(t, flags, payload, options=b"\1" * 12):
        tcp = struct.pack("!HHIIBBHHH", source, PORT + program, seq, 1, (20 + len(options)) * 4,
                          flags, 500, 0, 0) + options
        n = 20 + len(tcp) + payload
        ip = struct.pack("!BBHHHBBH4B4B", 0x45, 0, n, 0, 0, 64, 6, 0, 10, 80, 1, 2,
                         10, 81, program & 255, 2)
        return t, ip + tcp, n

    seq -= 1
    yield packet(began, SYN, 0, b"\1" * 20)
    seq += 1
    yield packet(at, ACK, 0)
    sent = 0
    while sent < size:
        n = min(size - sent, MSS * min(max(sent // MSS // 8, 1), CHUNK))
        yield packet(at, ACK, n)
        seq, sent, at = (seq + n) & 0xffffffff, sent + n, at + n / rate
    yield packet(at, ACK | FIN, 0)
    seq += 1
    yield packet(at + 0.004, ACK, 0)
