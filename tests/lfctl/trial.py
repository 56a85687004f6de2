#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""UDP flows for trial.sh, and which arm of a split each of them is of, by the hash that kmod/arm.c
documents.

trial.py TO SEED WEIGHTS FIRST FLOWS PACKETS BYTES...

FLOWS flows from source ports FIRST and following, with PACKETS packets each: of the size at the IP
layer that BYTES has for the flow's arm, or of the one size there is. WEIGHTS, like 3,1, are those
of the arms in the order of their places. Prints how many flows each arm has.
"""
import ipaddress
import socket
import struct
import sys
import time

MASK = (1 << 64) - 1


def rotl(x, b):
    return (x << b | x >> (64 - b)) & MASK


def siphash(key, data):
    """SipHash-2-4 of Aumasson and Bernstein."""
    v = [key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
         key[1] ^ 0x7465646279746573]

    def rounds(n):
        for _ in range(n):
            v[0] = v[0] + v[1] & MASK
            v[1] = rotl(v[1], 13) ^ v[0]
            v[0] = rotl(v[0], 32)
            v[2] = v[2] + v[3] & MASK
            v[3] = rotl(v[3], 16) ^ v[2]
            v[0] = v[0] + v[3] & MASK
            v[3] = rotl(v[3], 21) ^ v[0]
            v[2] = v[2] + v[1] & MASK
            v[1] = rotl(v[1], 17) ^ v[2]
            v[2] = rotl(v[2], 32)

    words = [*struct.unpack(f"<{len(data) // 8}Q", data), len(data) << 56]
    for m in words:
        v[3] ^= m
        rounds(2)
        v[0] ^= m
    v[2] ^= 0xff
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def mapped(address):
    return b"\0" * 10 + b"\xff\xff" + ipaddress.ip_address(address).packed


def arm_of(seed, weights, src, sport, dst, dport):
    a, b = (mapped(src), sport), (mapped(dst), dport)
    low, high = sorted((a, b))
    ends = low[0] + high[0] + struct.pack("!HH", low[1], high[1]) + struct.pack("=I",
                                                                                socket.IPPROTO_UDP)
    point = (siphash((seed, ~seed & MASK), ends) >> 32) * sum(weights) >> 32
    for arm, weight in enumerate(weights):
        if point < weight:
            return arm
        point -= weight
    return len(weights) - 1


def main():
    to, seed = sys.argv[1], int(sys.argv[2])
    weights = [int(w) for w in sys.argv[3].split(",")]
    first, flows, packets = (int(a) for a in sys.argv[4:7])
    sizes = [int(a) for a in sys.argv[7:]]
    count = [0] * len(weights)
    for port in range(first, first + flows):
        # A table that is full displaces flows until its worker has made it larger: let it run.
        if port % 16 == 0:
            time.sleep(0.002)
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("", port))
        s.connect((to, 9))
        arm = arm_of(seed, weights, s.getsockname()[0], port, to, 9)
        count[arm] += 1
        size = sizes[arm] if len(sizes) > 1 else sizes[0]
        for _ in range(packets):
            s.send(b"\0" * (size - 28))
        s.close()
    print(*count)


main()
