#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Speaks to the liteflow family without lfctl's manners, for core.sh.

  core_nl.py piece LENGTH OFFSET FILE [LENGTH OFFSET FILE]...   pieces of a snapshot on one socket: the last answer
  core_nl.py many N FILE            begin N uploads at once: how many were taken, and what was said to the next
  core_nl.py fuzz N SEED            N requests of random attributes: none may do harm
  core_nl.py listen SECONDS         samples and outcomes, a line each, until there was an outcome
  core_nl.py dump CMD               how many answers a dump has
"""
import os
import random
import socket
import struct
import sys
import time

NETLINK_GENERIC, CTRL, ERROR, DONE = 16, 16, 2, 3
REQUEST, ACK, DUMP = 1, 4, 0x300
SNAPSHOT_LENGTH, SNAPSHOT_OFFSET, SNAPSHOT_DATA = 3, 4, 5
LOAD, BATCH = 3, 14
SOL_NETLINK = 270


def attr(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def attrs(data):
    while len(data) >= 4:
        size, kind = struct.unpack_from("HH", data)
        if size < 4:
            return
        yield kind & 0x3fff, data[4:size]
        data = data[(size + 3) & ~3:]


class Genl:
    def __init__(self):
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.s.setsockopt(SOL_NETLINK, 11, 1)       # extended acks
        self.s.setsockopt(SOL_NETLINK, 10, 1)       # capped
        self.s.setsockopt(SOL_NETLINK, 12, 1)       # strict
        self.s.bind((0, 0))
        self.groups = {}
        self.family = CTRL
        for kind, data in attrs(self.ask(3, attr(2, b"liteflow\0"))[2][0][4:]):
            if kind == 1:
                self.family = struct.unpack("H", data)[0]
            if kind == 7:
                for _, group in attrs(data):
                    g = dict(attrs(group))
                    self.groups[g[1][:-1].decode()] = struct.unpack("I", g[2])[0]

    def ask(self, cmd, payload=b"", flags=ACK):
        """(errno, sentence, answers)"""
        body = struct.pack("BBH", cmd, 1, 0) + payload
        self.s.send(struct.pack("IHHII", 16 + len(body), self.family, REQUEST | flags, 1, 0) + body)
        answers = []
        while True:
            data = self.s.recv(1 << 16)
            while data:
                size, kind, mflags = struct.unpack_from("IHH", data)
                if kind in (ERROR, DONE):
                    text = ""
                    if mflags & 0x200:
                        skip = 36 if mflags & 0x100 or kind == ERROR and not struct.unpack_from("i", data, 16)[0] else \
                            20 + struct.unpack_from("I", data, 20)[0]
                        text = dict(attrs(data[skip:size])).get(1, b"\0")[:-1].decode()
                    return -struct.unpack_from("i", data, 16)[0], text, answers
                answers.append(data[16:size])
                data = data[(size + 3) & ~3:]


def piece(g, length, offset, data):
    return g.ask(LOAD, attr(SNAPSHOT_LENGTH, struct.pack("I", length)) + attr(SNAPSHOT_OFFSET, struct.pack("I", offset)) +
                 attr(SNAPSHOT_DATA, data))


def pieces(args):
    g = Genl()
    for length, offset, name in zip(args[::3], args[1::3], args[2::3]):
        err, text, _ = piece(g, int(length), int(offset), open(name, "rb").read())
    print(os.strerror(err) if err else "ok", text)


def many(n, name):
    sockets, taken, text = [], 0, ""
    for _ in range(int(n)):
        sockets.append(Genl())
        err, text, _ = piece(sockets[-1], 4096, 0, open(name, "rb").read()[:100])
        taken += not err
    print(taken, text)


def fuzz(n, seed):
    r = random.Random(int(seed))
    g = Genl()
    kinds = [b"", b"s1\0", b"x" * 31 + b"\0", b"y" * 32 + b"\0", b"\0", b"\xff\xff\0"]
    for _ in range(int(n)):
        payload = b""
        for _ in range(r.randrange(6)):
            data = r.choice(kinds) if r.randrange(2) else r.randbytes(r.choice([0, 1, 2, 4, 4, 4, 8, 32, 33, 600]))
            payload += attr(r.randrange(20) | r.choice([0, 0, 0, 0x8000]), data)
        if not r.randrange(20):
            payload = r.randbytes(r.randrange(64) * 4)
        g.ask(r.choice([1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]), payload,
              r.choice([ACK, ACK, DUMP]))
    print("ok")


def show(data, n_in, n_out):
    size = 24 + 4 * (n_in + n_out)
    for at in range(0, len(data), size):
        _, flow, packets, attach, reason, cls = struct.unpack_from("=QQIBBH", data, at)
        xy = struct.unpack_from("=%di" % (n_in + n_out), data, at + 24)
        print("sample", "flow", flow, "packets", packets, "class", cls, "x", *xy[:n_in], "y", *xy[n_in:])


def listen(seconds):
    g = Genl()
    g.s.setsockopt(SOL_NETLINK, 1, g.groups["samples"])
    print("listening", flush=True)
    g.s.settimeout(0.1)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        try:
            data = g.s.recv(1 << 16)
        except TimeoutError:
            continue
        a = dict(attrs(data[20:]))
        n = [struct.unpack("I", a[k])[0] for k in (7, 8)]
        print("batch seq", struct.unpack("I", a[5])[0], "generation", struct.unpack("I", a[3])[0], "lost",
              struct.unpack("Q", a[6])[0])
        show(a.get(9, b""), *n)
        out = a.get(10, b"")
        for at in range(0, len(out), 48):
            _, flow, size, packets, _, retrans, cls, _, why = struct.unpack_from("=QQQQQIHBB", out, at)
            print("outcome flow", flow, "bytes", size, "packets", packets, "retrans", retrans, "class", cls, "end", why)
        sys.stdout.flush()
        if out:
            break


def main():
    args = sys.argv[2:]
    if sys.argv[1] == "piece":
        pieces(args)
    elif sys.argv[1] == "many":
        many(*args)
    elif sys.argv[1] == "fuzz":
        fuzz(*args)
    elif sys.argv[1] == "listen":
        listen(*args)
    elif sys.argv[1] == "dump":
        print(len(Genl().ask(int(args[0]), b"", DUMP)[2]))


main()
