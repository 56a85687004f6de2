#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Real packets through a qdisc, for tests/arm64/run: each of them asks a model, first a forest, then
# a net. Leaves features and outputs of all in $LF_OUT/samples.csv.
#
#	namespace lf-a                                  namespace lf-b
#	a0 10.79.0.1 fd79::1, qdisc liteflow slot app --- b0 10.79.0.2 fd79::2, iperf3
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
export TC_LIB_DIR=$PWD/build/tc
PATH=$PWD/build/bin:$PATH
in_a() { ip netns exec lf-a "$@"; }
in_b() { ip netns exec lf-b "$@"; }

load kmod/liteflow.ko qdisc/sch_liteflow.ko || { not_ok "the modules load"; finish; }
ip netns add lf-a
ip netns add lf-b
ip link add a0 netns lf-a type veth peer name b0 netns lf-b
in_a ip address add 10.79.0.1/24 dev a0
in_a ip address add fd79::1/64 dev a0 nodad
in_b ip address add 10.79.0.2/24 dev b0
in_b ip address add fd79::2/64 dev b0 nodad
in_a ip link set a0 up
in_b ip link set b0 up
works lfctl -n lf-a slot add app sample 1
works lfctl -n lf-a slot set app build/models/appclass-forest.lfs activate
works in_a tc qdisc add dev a0 root handle 1: liteflow slot app every 1
in_b iperf3 -s >/dev/null 2>&1 &
server=$!
in_a lfctl record -o "$LF_OUT/samples.csv" app >/dev/null 2>&1 &
record=$!
sleep 2

traffic() {
	works in_a ping -q -c 20 -i 0.05 10.79.0.2
	works in_a ping -6 -q -c 20 -i 0.05 fd79::2
	works in_a iperf3 -c 10.79.0.2 -n 2M
	works in_a iperf3 -6 -c fd79::2 -u -b 2M -t 2
}

traffic
works lfctl -n lf-a slot set app build/models/appclass-net.lfs activate
traffic
sleep 1
kill $record
wait $record
inferred=$(in_a tc -s -j qdisc show dev a0 |
	jq '.[] | select(.kind == "liteflow") | .verdicts.inferred')
is "each packet asked a model" "$inferred" -gt 500
is "and is in the recording" "$(($(wc -l <"$LF_OUT/samples.csv") - 1))" -ge $((inferred / 2))
kill $server
works in_a tc qdisc del dev a0 root
works lfctl -n lf-a slot del app
ip netns del lf-a
ip netns del lf-b
sleep 1
works rmmod sch_liteflow liteflow
finish
