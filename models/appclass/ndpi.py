#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The captures of real networks in the source of nDPI: what their flows are, as nDPI knew them by
their content.

The list of flows of each capture is what nDPI's own tests expect (tests/result). A protocol has a
kind, and a kind and a size have a class: the file `protocols`. Flows that nDPI knew by a port or an
address only have no label.

Captures whose name has an even CRC-32 may be trained on. Those with an odd one only measure.
"""
import collections
import csv
import fnmatch
import ipaddress
import itertools
import math
import os
import re
import subprocess
import tempfile
import zlib

CLASSES = ["interactive", "request", "bulk", "media", "lookup", "other"]
CLASS_OF = {"keys": "interactive", "desktop": "interactive", "name": "lookup", "other": "other"}
CALL_PACKETS = 32
PAGE_BYTES, BULK_BYTES, COPY_BYTES = 250000, 1000000, 150000
NUMBERS = {"TCP": 6, "UDP": 17}
HERE = os.path.dirname(os.path.abspath(__file__))

# A line of a list: number, transport, addresses with ports; what is in brackets follows.
LINE = re.compile(r"^\t\d+\t(TCP|UDP) (?:\[VLAN: \d+\])?(\S+) <?-> (\S+) ")
PROTOCOL = re.compile(r"\[proto: [\d.]+/([^\]]+)\]")
SIZES = re.compile(r"\[(\d+) pkts/(\d+) bytes <?-> (\d+) pkts/(\d+) bytes\]")

Talk = collections.namedtuple("Talk", "transport src dst protocol kind bytes")


def odd(name):
    return zlib.crc32(os.path.basename(name).encode()) & 1


def kinds(path=None):
    """Lines of `protocols`: (pattern, transport, kind, reason)."""
    out = []
    for line in open(path or os.path.join(HERE, "protocols")):
        if line.strip() and not line.startswith("#"):
            f = line.split(None, 3)
            out.append((f[0], f[1], f[2], f[3].strip()))
    return out


def kind_of(table, protocol, transport):
    for pattern, over, kind, _ in table:
        if over in ("*", transport.lower()) and fnmatch.fnmatchcase(protocol, pattern):
            return kind
    return "unclear"


def class_of(kind, size, packets):
    """Of one direction with so many packets, in a conversation whose greater direction has `size`
    bytes; None: unclear."""
    if kind == "call":
        return "media" if packets >= CALL_PACKETS else None
    if kind == "page":
        return "request" if size < PAGE_BYTES else "bulk" if size >= BULK_BYTES else None
    if kind == "copy":
        return "bulk" if size >= COPY_BYTES else None
    return CLASS_OF.get(kind)


def confidence(scores):
    """Of a row of outputs, which are logarithms of odds: the probability of the greatest."""
    return 1 / sum(math.exp(s - max(scores)) for s in scores)


def cost(is_, said):
    """Of a mistake: what the last band holds up is dear, and dearest are keys, calls and look-ups
    there."""
    if is_ == said:
        return 0
    if said != "bulk":
        return 1
    return 4 if is_ in ("interactive", "media", "lookup") else 2


def address(text):
    """'10.1.2.3:80' or '[::1]:80' as (address, port)."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), port


def spellings(host):
    """nDPI prints a group of zeros in an IPv6 address as "::", too. An address with two of them is
    one of several."""
    parts = host.split("::")
    if len(parts) < 3:
        return [host]
    maybe = [":0:".join(parts[:i]) + "::" + ":0:".join(parts[i:]) for i in range(1, len(parts))]
    return [a for a in maybe if valid(a)]


def valid(host):
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def talks(path, table):
    """The TCP and UDP conversations of a list that nDPI knew by their content. Of two with the same
    addresses and ports the first counts, with the greater size."""
    out = {}
    for line in open(path, errors="replace"):
        m, proto, sizes = LINE.match(line), PROTOCOL.search(line), SIZES.search(line)
        if not (m and proto and sizes and "[Confidence: DPI" in line):
            continue
        key = (m[1], frozenset((m[2], m[3])))
        most = max(int(sizes[2]), int(sizes[4]))
        if key in out:
            out[key] = out[key]._replace(bytes=max(most, out[key].bytes))
            continue
        out[key] = Talk(m[1], address(m[2]), address(m[3]), proto[1],
                        kind_of(table, proto[1], m[1]), most)
    return list(out.values())


def write_labels(path, these):
    """For lfgen: each conversation has its number as its label."""
    with open(path, "w") as f:
        f.write("src,sport,dst,dport,proto,label\n")
        for i, t in enumerate(these):
            for src, dst in itertools.product(spellings(t.src[0]), spellings(t.dst[0])):
                f.write(",".join([src, t.src[1], dst, t.dst[1], str(NUMBERS[t.transport]),
                                  f"t{i}"]) + "\n")


def captures(folder):
    """(name, capture, list) of each capture in which nDPI knew something by its content, by
    name."""
    out = []
    for name in sorted(os.listdir(os.path.join(folder, "pcap"))):
        result = os.path.join(folder, "result", name + ".out")
        if os.path.exists(result) and talks(result, []):
            out.append((name, os.path.join(folder, "pcap", name), result))
    return out


def lfgen(*args):
    top = os.path.join(HERE, "..", "..")
    r = subprocess.run([os.path.join(top, "build", "bin", "lfgen"), *args], capture_output=True,
                       text=True)
    if r.returncode:
        raise RuntimeError(r.stderr.strip())
    return r.stdout


def labelled(capture, result, table, command, *args):
    """Runs lfgen's `command` on a capture with the labels of its list: (conversations, what lfgen
    printed)."""
    these = talks(result, table)
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as f:
        write_labels(f.name, these)
        return these, lfgen(command, capture, *args, "--labels", f.name)


def rows_of(folder, names, path, parity):
    """lfgen's rows, in the steps of the features, of the captures of one parity (0 may be trained
    on): for each row its capture's name, its conversation, and the columns of lfgen as a
    dictionary."""
    table = kinds()
    for name, capture, result in captures(folder):
        if odd(name) != parity:
            continue
        try:
            these, _ = labelled(capture, result, table, "rows", "--raw", "--features",
                                ",".join(names), "-o", path)
        except RuntimeError as e:
            yield name, None, str(e)
            continue
        with open(path, newline="") as f:
            for row in csv.DictReader(f):
                yield name, these[int(row["label"][1:])], row


def table():
    """The lines of `protocols` as a table in Markdown, those with one reason together."""
    groups = []
    for pattern, over, kind, why in kinds():
        name = f"`{pattern}`" + ("" if over == "*" else f" {over}")
        if why == "the same" and groups[-1][1] == kind:
            groups[-1][0].append(name)
        else:
            groups.append(([name], kind, why))
    return ["| protocol | kind | why |", "|---|---|---|"] + [f"| {', '.join(n)} | {k} | {why} |"
                                                             for n, k, why in groups]


if __name__ == "__main__":
    print("\n".join(table()))
