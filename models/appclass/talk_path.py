# SPDX-License-Identifier: GPL-2.0
"""The path of a sketched conversation (talk.py), and the packets of its two directions."""
import numpy as np

MOST = 1100		# packets of a direction: phases up to 1024


class Side:
    """One direction: lists of times (s), payloads (bytes), PSH."""

    def __init__(self):
        self.t, self.payload, self.psh = [], [], []

    def add(self, t, payload, psh=False):
        if len(self.t) < MOST:
            self.t.append(t)
            self.payload.append(int(payload))
            self.psh.append(psh)


class Path:
    """What the packets of one conversation meet."""

    def __init__(self, rng, proto):
        self.rng, self.proto = rng, proto
        self.rtt = between(rng, 0.001, 0.3)
        self.rate = between(rng, 5e4, 2e7)		# bytes a second
        self.near = rng.choice([0.02, 0.5, 0.98, rng.random()])
        self.jitter = between(rng, 1e-5, 5e-3)
        self.stamps = rng.random() < 0.6
        self.mss = int(rng.choice([1460, 1460, 1440, 1400, 1360, 1300])) - (12 if self.stamps
                                                                            else 0)
        self.joined = int(rng.choice([1, 1, 1, 2, 4, 10])) if self.near in (0.02, 0.98) else 1
        self.ipv6 = rng.random() < 0.15
        self.up, self.down = Side(), Side()
        self.window = {self.up: 10, self.down: 10}
        self.now = 0.0

    def header(self):
        return (40 if self.ipv6 else 20) + ((32 if self.stamps else 20) if self.proto == 6 else 8)

    def other(self, side):
        return self.down if side is self.up else self.up

    def ahead(self, side):
        """The time from where we look to the receiver and back."""
        return self.rtt * (1 - self.near if side is self.up else self.near)

    def wait(self, seconds):
        self.now += seconds

    def turn(self):
        """The last message has come, and its receiver thinks about the answer."""
        self.now += self.rtt / 2 + abs(self.rng.normal(0, self.jitter)) + 0.0001

    def datagram(self, side, payload, gap=0.0):
        self.now += gap
        side.add(self.now + abs(self.rng.normal(0, self.jitter)), payload)

    def open(self):
        """TCP's handshake: options instead of payload, so that the lengths are right."""
        opt = int(self.rng.choice([8, 8, 12])) if self.stamps else int(self.rng.choice([12, 8, 4]))
        self.up.add(0.0, -opt)
        self.down.add(self.ahead(self.up) + 1e-5, -opt)
        self.up.add(self.rtt, 0)
        self.now = self.rtt + between(self.rng, 1e-5, 3e-3)

    def send(self, side, size, psh=True):
        """One message over TCP; the time goes on until all of it has been sent."""
        left, unit = int(size), self.mss * self.joined
        while left > 0 and len(side.t) < MOST:
            room = self.window[side] * self.mss
            at = self.now
            sent = min(left, room)
            left -= sent
            part, n = sent, 0
            while part > 0:
                piece = min(part, unit)
                part -= piece
                n += 1
                side.add(at, piece, psh and (part == 0 and left == 0 or self.rng.random() < 0.05))
                if n % 2 == 0 or part == 0 and (left or self.rng.random() < 0.6):
                    self.other(side).add(at + self.ahead(side)
                                         + (0 if n % 2 == 0 else 0.02 * self.rng.random()), 0)
                at += piece / self.rate
            self.now = max(at, self.now + self.rtt) if left else at
            self.window[side] = min(self.window[side] * 2, 400)

    def close(self):
        if self.rng.random() < 0.7:
            self.turn()
            self.up.add(self.now, 0)
            self.down.add(self.now + self.ahead(self.up), 0)
            self.up.add(self.now + self.rtt, 0)


def between(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def size_of(rng, low, high):
    return int(between(rng, low, high))
