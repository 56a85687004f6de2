#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reads the sample stream with the kernel's own netlink library, and prints a line of JSON for each
sample and outcome.

    examples/samples.py YNL SPEC [SLOT [COUNT]]

YNL   tools/net/ynl of a kernel's source (from 6.14 on tools/net/ynl/pyynl)
SPEC  spec/liteflow.yaml; attribute set "batch" describes the records
SLOT  only this slot's; COUNT ends it after so many samples

Needs CAP_NET_ADMIN over the network namespace. The numbers are raw: `lfctl snapshot show` has their
units. A gap in `number` is what was lost; `lost` of a batch counts it.
"""
import json
import os
import select
import struct
import sys

SAMPLE = struct.Struct("=QQIBBH")	# time_ns flow packets attach reason class
# time_ns flow bytes packets duration_us retrans class attach end
OUTCOME = struct.Struct("=QQQQQIHBB")
LABEL = struct.Struct("=QIIIB3x")	# cgroup mark ct_mark priority dscp
PEER = struct.Struct("=Q")


def words(raw):
    return list(struct.unpack(f"={len(raw) // 4}i", raw))


def samples(batch):
    """Records of n-inputs features and n-outputs outputs, each with its number on its CPU."""
    inputs, outputs, rewards = batch["n-inputs"], batch["n-outputs"], batch.get("n-rewards", 0)
    size = SAMPLE.size + 4 * (inputs + outputs)
    raw, terms = batch.get("samples", b""), words(batch.get("rewards", b""))
    for i in range(len(raw) // size):
        record = raw[i * size:(i + 1) * size]
        time_ns, flow, packets, attach, reason, verdict = SAMPLE.unpack_from(record)
        numbers = words(record[SAMPLE.size:])
        yield {"slot": batch["slot"], "cpu": batch["cpu"],
               "number": batch.get("first-sample", 0) + i, "time_ns": time_ns, "flow": flow,
               "packets": packets, "attach": attach, "reason": reason,
               "class": None if verdict == 0xffff else verdict, "x": numbers[:inputs],
               "y": numbers[inputs:], "rewards": terms[i * rewards:(i + 1) * rewards]}


def outcomes(batch):
    labels, peers = batch.get("labels", b""), batch.get("peers", b"")
    for i, fields in enumerate(OUTCOME.iter_unpack(batch.get("outcomes", b""))):
        names = ("time_ns", "flow", "bytes", "packets", "duration_us", "retrans", "class", "attach",
                 "end")
        outcome = {"slot": batch["slot"], **dict(zip(names, fields))}
        if len(labels) >= (i + 1) * LABEL.size:
            names = ("cgroup", "mark", "ct_mark", "priority", "dscp")
            outcome.update(zip(names, LABEL.unpack_from(labels, i * LABEL.size)))
        if len(peers) >= (i + 1) * PEER.size:
            outcome["peer"] = PEER.unpack_from(peers, i * PEER.size)[0]
        yield outcome


def without_padding(family):
    """Without unaligned access, attributes of 64 bits are padded; 6.12's library fails on that."""
    pad = family.attr_sets["batch"]["pad"].value
    handle = family.handle_ntf

    def handle_ntf(decoded):
        decoded.raw_attrs.attrs = [a for a in decoded.raw_attrs if a.type != pad]
        handle(decoded)
    family.handle_ntf = handle_ntf
    return family


def main():
    if not 3 <= len(sys.argv) <= 5:
        sys.exit(__doc__)
    ynl, spec = sys.argv[1:3]
    slot = sys.argv[3] if len(sys.argv) > 3 else None
    left = int(sys.argv[4]) if len(sys.argv) > 4 else None
    sys.path.append(ynl)
    from lib import YnlFamily  # pylint: disable=import-error,import-outside-toplevel

    family = without_padding(YnlFamily(spec, schema=""))
    family.ntf_subscribe("samples")
    while left is None or left > 0:
        select.select([family.sock], [], [])
        family.check_ntf()
        queue, family.async_msg_queue = family.async_msg_queue, []
        for batch in (message["msg"] for message in queue):
            if slot not in (None, batch["slot"]):
                continue
            for sample in samples(batch):
                print(json.dumps(sample), flush=True)
                left = None if left is None else left - 1
            for outcome in outcomes(batch):
                print(json.dumps(outcome), flush=True)


try:
    main()
except KeyboardInterrupt:
    pass
except BrokenPipeError:
    os._exit(1)
