# SPDX-License-Identifier: GPL-2.0
"""Conversations that no program held: protocols as their documents have them, at random speeds,
sizes and pauses.

The laboratory has a few programs of each class, on paths that netem makes; the world has many more.
Each function below that is named in KINDS is a sketch of one kind of conversation: what is said
first, how long messages are, who waits for whom. Numbers are drawn wide on purpose: that a class is
told from its shape is what a model has to learn, not the sizes of one program. Both directions are
flows, with the features that kmod/flow_stats.c would have.

A conversation is seen at one place of the path, `near` of the round trip away from the client. TCP
has a slow start, an acknowledgement for every second segment, and, where the place is a host,
segments that GRO or TSO have joined. """
import numpy as np

MOST = 1100		# packets of a direction: phases up to 1024
PHASES = [1 << i for i in range(11)]


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


# --- over TCP ---

def tls(p):
    """A handshake of TLS 1.2 or 1.3."""
    rng = p.rng
    p.send(p.up, size_of(rng, 180, 700) if rng.random() < 0.8 else size_of(rng, 1200, 2200))
    p.turn()
    again = rng.random() < 0.3
    p.send(p.down, size_of(rng, 120, 300) if again else size_of(rng, 1500, 6500))
    p.turn()
    p.send(p.up, size_of(rng, 50, 130) if again or rng.random() < 0.6 else size_of(rng, 120, 400))
    if rng.random() < 0.5:
        p.turn()
        p.send(p.down, size_of(rng, 50, 300))
        p.turn()


def asks(p, times, low, high, most=200000, think=(0.001, 5)):
    """Requests and answers, some after a pause."""
    rng, total = p.rng, 0
    for _ in range(times):
        p.send(p.up, size_of(rng, 80, 1400) if rng.random() < 0.9 else size_of(rng, 1400, 6000))
        p.turn()
        p.wait(between(rng, 0.001, 0.3))
        n = size_of(rng, low, high)
        total += n
        p.send(p.down, n)
        p.turn()
        if total > most:
            break
        p.wait(between(rng, *think))


def page(p):
    p.open()
    if p.rng.random() < 0.75:
        tls(p)
    asks(p, 1 + int(p.rng.exponential(3)), 150, 40000)
    p.close()


def posts(p):
    """The client has more to say than the server: forms, telemetry, uploads of pictures."""
    p.open()
    if p.rng.random() < 0.75:
        tls(p)
    for _ in range(1 + int(p.rng.exponential(2))):
        p.send(p.up, size_of(p.rng, 300, 30000))
        p.turn()
        p.send(p.down, size_of(p.rng, 60, 900))
        p.turn()
        p.wait(between(p.rng, 0.001, 3))
    p.close()


def mail(p):
    """A greeting by the server, then commands and answers of a line: SMTP, IMAP, POP3, FTP, SQL,
    LDAP."""
    rng = p.rng
    p.open()
    if rng.random() < 0.7:
        p.send(p.down, size_of(rng, 20, 200))
        p.turn()
    for _ in range(2 + int(rng.exponential(6))):
        p.send(p.up, size_of(rng, 6, 300))
        p.turn()
        p.wait(between(rng, 0.0005, 0.2))
        p.send(p.down, size_of(rng, 10, 800) if rng.random() < 0.85 else size_of(rng, 800, 12000))
        p.turn()
        p.wait(between(rng, 0.0005, 0.5))
    if rng.random() < 0.3:
        tls(p)
        asks(p, 3, 50, 3000)
    p.close()


def large(p):
    """A download or an upload, over HTTP, TLS, or as segments of a film."""
    rng = p.rng
    p.rate = between(rng, 3e5, 2e7)
    p.open()
    if rng.random() < 0.7:
        tls(p)
    side = p.up if rng.random() < 0.25 else p.down
    for _ in range(1 + int(rng.exponential(2))):
        p.send(p.up, size_of(rng, 100, 900))
        p.turn()
        p.send(side, size_of(rng, 4e5, 2e7))
        p.turn()
        p.wait(between(rng, 0.01, 5))


def album(p):
    """A page that never ends: objects of all sizes, one after the other, a megabyte and more in
    all."""
    rng = p.rng
    p.rate = between(rng, 2e5, 2e7)
    p.open()
    if rng.random() < 0.8:
        tls(p)
    asks(p, 1000, 5000, between(rng, 5e4, 1e6), most=between(rng, 1.2e6, 3e6),
         think=(0.0005, between(rng, 0.002, 3)))


def machines(p):
    """A connection that machines keep open: short messages when something happens, or every few
    seconds."""
    rng = p.rng
    p.open()
    if rng.random() < 0.15:
        tls(p)
    for _ in range(1 + int(rng.exponential(1.5))):		# who are you
        p.send(p.up, size_of(rng, 8, 350))
        p.turn()
        p.send(p.down, size_of(rng, 4, 350))
        p.turn()
    pushes = rng.choice([0.0, 0.3, 0.8, 1.0])		# by the server
    answered, fixed = rng.random() < 0.7, rng.random() < 0.5
    low = size_of(rng, 2, 250)
    size = {p.up: low, p.down: size_of(rng, 2, 500)}
    pause = between(rng, 0.05, 40)
    for _ in range(3 + int(rng.exponential(25))):
        side = p.down if rng.random() < pushes else p.up
        spread = 1 if fixed else rng.uniform(0.6, 1.8)
        p.send(side, max(2, size[side] * spread))
        if answered:
            p.turn()
            p.send(p.other(side),
                   max(2, size[p.other(side)] * (1 if fixed else rng.uniform(0.7, 1.5))))
        p.turn()
        p.wait(pause * (rng.uniform(0.9, 1.1) if fixed else rng.exponential(1)))


def polls(p):
    """A master asks devices in turn: short questions and answers of nearly one size, at a steady
    pace."""
    rng = p.rng
    p.open()
    ask, answer, pause = size_of(rng, 6, 40), size_of(rng, 6, 250), between(rng, 0.02, 5)
    for _ in range(5 + int(rng.exponential(60))):
        p.send(p.up, ask + int(rng.choice([0, 0, 0, 4, 12])))
        p.turn()
        p.send(p.down, answer + int(rng.choice([0, 0, 0, 8, 30])))
        p.turn()
        p.wait(pause * rng.uniform(0.8, 1.2))


def typed(p, low, high, echo):
    """Keys at a human pace; the echo, and now and then a screen of output."""
    rng = p.rng
    for _ in range(10 + int(rng.exponential(80))):
        p.send(p.up, rng.integers(low, high))
        p.turn()
        p.send(p.down, rng.integers(low, high) + int(rng.exponential(echo)))
        p.turn()
        if rng.random() < 0.12:
            p.send(p.down, size_of(rng, 80, 6000))
            p.wait(between(rng, 0.3, 8))
        p.wait(between(rng, 0.04, 0.6))


def shell(p):
    rng = p.rng
    p.open()
    for side in (p.up, p.down):
        p.send(side, size_of(rng, 20, 50))
        p.turn()
    for side in (p.up, p.down):
        p.send(side, size_of(rng, 600, 1700))
    for _ in range(4 + int(rng.integers(0, 5))):
        p.turn()
        p.send(p.up, size_of(rng, 16, 700))
        p.turn()
        p.send(p.down, size_of(rng, 30, 1200))
        if rng.random() < 0.2:
            p.wait(between(rng, 0.3, 5))
    typed(p, 28, 80, 20)


def telnet(p):
    p.open()
    for _ in range(3):
        p.send(p.down, size_of(p.rng, 3, 80))
        p.turn()
        p.send(p.up, size_of(p.rng, 3, 60))
        p.turn()
    typed(p, 1, 4, 3)


def desktop(p):
    """Pointer and keys go up many times a second; the screen comes back in bursts, most of them
    short."""
    rng = p.rng
    p.rate = between(rng, 2e5, 1e7)
    p.open()
    if rng.random() < 0.5:
        tls(p)
    for _ in range(3 + int(rng.integers(0, 8))):
        p.send(p.up, size_of(rng, 10, 600))
        p.turn()
        p.send(p.down, size_of(rng, 10, 3000))
        p.turn()
    event, update = size_of(rng, 6, 110), size_of(rng, 60, 30000)
    events, updates = between(rng, 0.1, 60), between(rng, 0.02, 25)	# a second
    until, next_event, next_update = p.now + between(rng, 3, 120), p.now, p.now
    active = rng.choice([0.0, 0.5, 0.9])		# an event is followed by what it changes
    while min(next_event, next_update) < until and min(len(p.up.t), len(p.down.t)) < MOST:
        if next_event < next_update:
            p.now = max(p.now, next_event)
            p.send(p.up, max(4, event * rng.choice([1, 1, 1, 1.5, 2.5])))
            next_event = p.now + (rng.exponential(1 / events) if rng.random() < 0.97
                                  else rng.exponential(3))
            if rng.random() >= active:
                continue
            p.turn()
        else:
            p.now = max(p.now, next_update)
            next_update = p.now + rng.exponential(1 / updates)
        p.send(p.down, min(update * rng.exponential(1) + 20, 150000))


# --- datagrams ---

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
