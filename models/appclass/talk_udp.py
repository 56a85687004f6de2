# SPDX-License-Identifier: GPL-2.0
"""Sketched conversations of datagrams (talk.py)."""
import numpy as np

from talk_path import MOST, Path, between, size_of
from talk_tcp import large, page


def names(p):
    """Questions from one port, and what comes back: one name again and again, several, or A and
    AAAA of each."""
    rng = p.rng
    bare = rng.random() < 0.2			# nobody answers
    longest = int(rng.choice([150, 250, 500, 1232]))
    pause = between(rng, 0.001, 20)
    known = rng.integers(18, 110, int(rng.choice([1, 1, 2, 3, 8])))
    more = rng.integers(0, longest,
                        len(known)) if rng.random() < 0.7 else np.full(len(known),
                                                                       int(rng.integers(0, 60)))
    for _ in range(2 + int(rng.exponential(5))):
        which = int(rng.integers(0, len(known)))
        for again in range(int(rng.choice([1, 1, 1, 2, 3]))):
            if again:
                p.wait(between(rng, 0.001, 5))
            p.datagram(p.up, known[which])
            if rng.random() < 0.2:
                p.datagram(p.up, known[which], 0.0001)
        if not bare:
            p.turn()
            p.wait(between(rng, 0.0005, 0.2))
            p.datagram(p.down, known[which] + more[which])
        p.wait(pause * rng.exponential(1))


def services(p):
    """mDNS: questions and announcements to all, in bursts of growing pauses."""
    rng = p.rng
    same = rng.random() < 0.4
    size = size_of(rng, 30, 400)
    for _ in range(1 + int(rng.exponential(4))):
        pause = between(rng, 0.02, 1.2)
        for _ in range(int(rng.integers(1, 5))):
            p.datagram(p.up, size if same else size_of(rng, 30, 500), pause)
            pause *= rng.choice([1, 2, 3])
        p.wait(between(rng, 0.1, 60))


def stun(p):
    """Checks of paths before a call."""
    rng = p.rng
    ask, answer = int(rng.integers(20, 130)), int(rng.integers(32, 110))
    for _ in range(int(rng.integers(0, 8))):
        p.datagram(p.up, ask, between(rng, 0.01, 0.6))
        p.datagram(p.down, answer, p.rtt / 2)
        if rng.random() < 0.4:
            p.datagram(p.down, ask, 0.002)
            p.datagram(p.up, answer, 0.002)


def stream(rng, side, p, begin, until):
    """Voice of one codec, or a video, or both on one port, in one direction: (time, payload)."""
    out, voice = [], rng.random() < 0.7
    if voice:
        gap = float(rng.choice([0.01, 0.02, 0.02, 0.02, 0.03, 0.04, 0.06]))
        base, spread = size_of(rng, 30, 250), float(rng.choice([0, 0.08, 0.25, 0.4]))
        quiet, t, silent = float(rng.choice([0, 0, 0.15, 0.5])), begin, False
        while t < until and len(out) < MOST:
            if rng.random() < 0.01:
                silent = rng.random() < quiet
            out.append((t, max(12, base * 0.4 if silent else base * np.exp(rng.normal(0, spread)))))
            t += gap * (int(rng.integers(3, 20)) if silent and quiet == 0.5 else 1)
    if not voice or rng.random() < 0.5:
        fps, frame = float(rng.choice([5, 12, 15, 25, 30])), size_of(rng, 400, 12000)
        unit, t = int(rng.integers(800, 1250)), begin
        while t < until and len(out) < 2 * MOST:
            left, k = frame * np.exp(rng.normal(0, 0.4)) * (6 if rng.random() < 0.02 else 1), 0
            parts = max(1, int(np.ceil(left / unit)))
            for k in range(parts):
                even = rng.random() < 0.5
                out.append((t + k * 0.0004, left / parts if even
                            else min(unit, max(30, left - k * unit))))
            t += 1 / fps
    gap = between(rng, 0.2, 5)				# reports
    out += [(t, float(rng.integers(40, 130))) for t in np.arange(begin, until, gap)]
    return sorted(out)


def call(p):
    rng = p.rng
    stun(p)
    begin, until = p.now, p.now + between(rng, 1, 60)
    for side in (p.up, p.down):
        if side is p.up or rng.random() < 0.85:
            for t, payload in stream(rng, side, p, begin, until):
                side.add(t + abs(rng.normal(0, p.jitter)), payload)
        else:					# who only listens reports what came
            gap = between(rng, 0.03, 0.4)
            for t in np.arange(begin, until, gap):
                side.add(t + abs(rng.normal(0, p.jitter)), rng.integers(40, 160))


def quic_open(p):
    rng = p.rng
    first = int(rng.choice([1200, 1228, 1232, 1250, 1252, 1350, 1357, 1392]))
    for k in range(int(rng.choice([1, 1, 1, 2, 3]))):
        p.datagram(p.up, first, 0.3 * k)
    p.turn()
    for _ in range(int(rng.integers(1, 5))):
        p.datagram(p.down, first if rng.random() < 0.8 else size_of(rng, 100, first), 0.0002)
    p.turn()
    p.datagram(p.up, rng.choice([first, 80, 100, 150]))
    for _ in range(int(rng.integers(0, 3))):
        p.datagram(p.up, size_of(rng, 30, 600), 0.0005)
    p.turn()
    for _ in range(int(rng.integers(0, 4))):
        p.datagram(p.down, size_of(rng, 24, 1200), 0.0005)
    return first


def quic_send(p, side, size, unit):
    """Datagrams of one length in bursts, with short ones back as acknowledgements."""
    rng, left, window = p.rng, size, 10
    ack, every = int(rng.integers(24, 45)), int(rng.choice([2, 2, 4, 10]))
    n = 0
    while left > 0 and len(side.t) < MOST:
        begin = p.now
        for _ in range(window):
            if left <= 0:
                break
            p.datagram(side, min(left + 25, unit), min(unit / p.rate, 0.02))
            left -= unit
            n += 1
            if n % every == 0:
                p.other(side).add(p.now + p.ahead(side), ack + int(rng.choice([0, 0, 1, 3])))
        p.other(side).add(p.now + p.ahead(side) + 0.01, ack)
        p.now = max(p.now, begin + p.rtt) if left > 0 else p.now
        window = min(2 * window, 200)


def quic_page(p, low=200, high=40000, times=4, most=200000):
    unit, total = quic_open(p), 0
    for _ in range(int(p.rng.exponential(times))):
        p.datagram(p.up, size_of(p.rng, 40, 900), 0.0005)
        p.turn()
        n = size_of(p.rng, low, high)
        total += n
        quic_send(p, p.down, n, unit)
        if total > most:
            break
        p.wait(between(p.rng, 0.005, 3))


def quic_large(p):
    p.rate = between(p.rng, 3e5, 1e7)
    unit = quic_open(p)
    for _ in range(1 + int(p.rng.exponential(1))):
        p.datagram(p.up, size_of(p.rng, 40, 900), 0.001)
        p.turn()
        quic_send(p, p.up if p.rng.random() < 0.25 else p.down, size_of(p.rng, 4e5, 1e7), unit)
        p.wait(between(p.rng, 0.01, 5))


def beacons(p):
    """What a host tells all others every few seconds."""
    rng = p.rng
    size, pause = size_of(rng, 20, 700), between(rng, 1, 40)
    for _ in range(2 + int(rng.exponential(10))):
        p.datagram(p.up, size)
        for _ in range(int(rng.choice([0, 0, 1, 2]))):
            p.datagram(p.up, size, 0.001)
        p.wait(pause * rng.uniform(0.95, 1.05))


def devices(p):
    """Datagrams between machines, each answered: sensors, control, measurement; one size a side, at
    any pace."""
    rng = p.rng
    ask, answer, pause = size_of(rng, 8, 600), size_of(rng, 8, 600), between(rng, 0.005, 10)
    for _ in range(4 + int(rng.exponential(20))):
        p.datagram(p.up, ask + int(rng.choice([0, 0, 0, 2, 10])))
        if rng.random() < 0.95:
            p.turn()
            p.datagram(p.down, answer + int(rng.choice([0, 0, 0, 2, 10])))
        p.wait(pause * rng.exponential(1))


def tunnel(p):
    """Datagrams that carry another conversation: all of its packets, and its acknowledgements, with
    so many bytes more."""
    rng = p.rng
    inner = Path(rng, 6)
    (page if rng.random() < 0.5 else large)(inner)
    head, keep = int(rng.integers(25, 90)), between(rng, 5, 30)
    for _ in range(int(rng.integers(1, 6))):
        p.datagram(p.up, size_of(rng, 40, 400))
        p.turn()
        p.datagram(p.down, size_of(rng, 40, 1200))
        p.turn()
    for side, from_side in ((p.up, inner.up), (p.down, inner.down)):
        for t, n in sorted(zip(from_side.t, from_side.payload)):
            side.add(p.now + t, max(n, 0) + 40 + head)
        for k in range(int(rng.integers(0, 4))):
            side.add(p.now + 120 + k * keep, head + 10)
