# SPDX-License-Identifier: GPL-2.0
"""Sketched conversations over TCP (talk.py)."""
from talk_path import MOST, between, size_of


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
