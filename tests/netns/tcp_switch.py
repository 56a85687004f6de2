#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A TCP connection that changes its congestion control as it sends, for tcp_stream.sh.

    tcp_switch.py ADDRESS SECONDS CHANGES NAME... [repair]

sends to port 5203, begins with the first name, takes the next one CHANGES times at equal
distances, and prints the kbit/s that were acknowledged. With "repair" each change is made as a
checkpoint makes it, in repair mode (TCP_REPAIR), with the window probe when it ends.
"""
import fcntl
import itertools
import socket
import struct
import sys
import termios
import time

TCP_REPAIR = 19           # linux/tcp.h
PORT = 5203
BLOCK = b"." * (1 << 16)


def choose(c, name, repair):
    if repair:
        c.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name.encode())
    if repair:
        c.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 0)


def send_until(c, end):
    sent = 0
    while (left := end - time.monotonic()) > 0:
        c.settimeout(left)
        try:
            sent += c.send(BLOCK)
        except TimeoutError:
            break
    return sent


def main(address, seconds, changes, *names):
    repair = names[-1] == "repair"
    names = itertools.cycle(names[:-1] if repair else names)
    c = socket.socket()
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, next(names).encode())
    c.connect((address, PORT))
    start = time.monotonic()
    step = float(seconds) / (int(changes) + 1)
    sent = 0
    for k in range(int(changes) + 1):
        if k:
            choose(c, next(names), repair)
        sent += send_until(c, start + step * (k + 1))
    left = fcntl.ioctl(c, termios.TIOCOUTQ, struct.pack("i", 0))
    sent -= struct.unpack("i", left)[0]
    print(int(sent * 8 / 1000 / (time.monotonic() - start)))


main(*sys.argv[1:])
