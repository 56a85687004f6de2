#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Two TCP connections for the row order_unsent of qdisc.sh.

    unsent.py serve              read what comes, answer each ? with a !
    unsent.py ask ADDRESS        the first connection sends 800 kB, then the second writes 3 MB
                                 at once, and the first asks five times; prints how many bytes of
                                 the second were acknowledged until the last answer
"""
import fcntl
import selectors
import socket
import struct
import sys
import termios

SO_SNDBUFFORCE = 32       # asm-generic/socket.h
PORT = 5601
HISTORY = 800000
BULK = 3 << 20


def serve():
    ready = selectors.DefaultSelector()
    listener = socket.create_server(("", PORT))
    ready.register(listener, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in ready.select():
            if key.fileobj is listener:
                ready.register(listener.accept()[0], selectors.EVENT_READ)
                continue
            data = key.fileobj.recv(1 << 16)
            if data:
                key.fileobj.sendall(b"!" * data.count(b"?"))
            else:
                ready.unregister(key.fileobj)
                key.fileobj.close()


def ask(address):
    first = socket.create_connection((address, PORT))
    first.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    first.sendall(b"." * HISTORY + b"?")
    first.recv(1)
    second = socket.socket()
    second.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 2 * BULK)
    second.connect((address, PORT))
    second.setblocking(False)
    sent = second.send(b"." * BULK)
    for _ in range(5):
        first.sendall(b"?")
        first.recv(1)
    left = fcntl.ioctl(second, termios.TIOCOUTQ, struct.pack("i", 0))
    print(sent - struct.unpack("i", left)[0])


if sys.argv[1] == "serve":
    serve()
else:
    ask(sys.argv[2])
