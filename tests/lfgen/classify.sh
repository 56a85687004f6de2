#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What lfgen computes of a capture is what the kernel computes of its packets, in a test machine in
# virtual time:
#
#	tests/vm/run uml-time tests/lfgen/classify.sh [CAPTURE...]
#
# mkcap sends a capture through a device with the qdisc, from a packet socket, and writes down what
# it sent and when; no time goes by from there to the qdisc. lfctl record has the features of every
# inference, lfgen rows those of the capture. Compared are all features of packets and flows, bit
# for bit, and the class, with phases of every kind. Captures of real networks (Ethernet) that are
# named are sent likewise.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
lfctl=$PWD/build/bin/lfctl lfgen=$PWD/build/bin/lfgen
mkcap=$PWD/build/tests/lfgen/mkcap
export TC_LIB_DIR=$PWD/build/tc
: "${LF_MODULES:?run me through tests/vm/run}"

load kmod/liteflow.ko qdisc/sch_liteflow.ko || exit 1
build/tests/lfgen/mkmodel "$tmp" || exit 1
features=$(cat "$tmp/watch.txt")
check "a model of all features builds" "$lfgen" build -q "$tmp/watch.onnx" --features "$features" \
	--name watch -o "$tmp/watch.lfs"
check "it is loaded" "$lfctl" snapshot load "$tmp/watch.lfs"
check "into a slot" sh -c "$lfctl slot add app sample 1 && $lfctl slot set app watch activate"
check "a capture is made" "$mkcap" "$tmp/made.pcap"
capture=$tmp/made.pcap least=100
sysctl -qw net.ipv6.conf.default.disable_ipv6=1	# nobody else is to send there
ip link add d0 type veth peer name d1
ip link set d1 up mtu 65535
ip link set d0 up mtu 65535	# captures have what GRO has joined

columns=$(tr , '\n' <<<"$features" | wc -l)

# The recording in the order of time: features, packets, class. A header line comes first.
recorded() {
	awk -F, -v n="$columns" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{
		s = $at["time_ns"] " "
		for (i = 1; i <= n; i++)
			s = s $i ","
		print s $at["packets"] "," $at["class"]
	}' "$tmp/rec.csv" |
		sort -n | cut -d' ' -f2
}

# What lfgen makes of the capture: features, packets; class numbers.
computed() {
	"$lfgen" rows "$tmp/sent.pcap" --features "$features" --raw "$@" -o "$tmp/rows.csv" \
		2>/dev/null || return
	"$lfgen" run "$tmp/watch.lfs" "$tmp/rows.csv" --raw-features --class |
		sed 's/small/0/; s/young/1/; s/quick/2/' >"$tmp/class"
	awk -F, -v n="$columns" 'NR > 1 {
		s = ""
		for (i = 1; i <= n; i++)
			s = s $i ","
		print s $(n + 1)
	}' "$tmp/rows.csv" |
		paste -d, - "$tmp/class"
}

# replayed TC-OPTIONS LFGEN-OPTIONS...
replayed() {
	local tc=$1 pid
	shift
	# shellcheck disable=SC2086
	check "a qdisc with $tc" tc qdisc replace dev d0 root handle 1: liteflow slot app $tc
	"$lfctl" record -o "$tmp/rec.csv" app >"$tmp/report" 2>&1 &
	pid=$!
	sleep 0.5
	check "$(basename "$capture") is sent" "$mkcap" -r "$capture" d0 "$tmp/sent.pcap"
	sleep 2
	kill -TERM $pid
	wait $pid
	recorded >"$tmp/kernel"
	computed "$@" >"$tmp/host"
	check "samples were recorded ($(wc -l <"$tmp/kernel"))" test "$(wc -l <"$tmp/kernel")" \
		-gt "$least"
	check "all rows are the kernel's, bit for bit" diff "$tmp/kernel" "$tmp/host"
	tc qdisc del dev d0 root
}

replayed "idle 30s" --idle 30
replayed "phases 1,3,7,20 idle 30s" --phases 1,3,7,20 --idle 30
replayed "every 1" --every 1
# classify gives the same flows and verdicts.
"$lfgen" classify "$tmp/sent.pcap" "$tmp/watch.lfs" --every 1 --json >"$tmp/flows.json"
check "classify has each verdict" sh -c \
	'[ "$(jq "[.flows[].phases | length] | add" "$0/flows.json")" = "$(wc -l <"$0/kernel")" ]' \
	"$tmp"
check "and the classes" sh \
	-c 'jq -r ".flows[].phases[].class" "$0/flows.json" | sort | uniq -c >"$0/a"
	sed "s/^0$/small/; s/^1$/young/; s/^2$/quick/" "$0/class" |
		sort | uniq -c | diff - "$0/a"' "$tmp"

# The capture has pauses that end an established connection, and pauses that only end others.
flows() { "$lfgen" classify "$tmp/sent.pcap" "$tmp/watch.lfs" --json "$@" | jq '.flows | length'; }
is "one time for all ends more flows" "$(flows --idle 30)" -gt "$(flows)"

for capture; do
	[ -r "$capture" ] || { skip "$capture is not there (tests/vm/fetch ndpi)"; continue; }
	least=10
	replayed ""
done

ip link del d0
finish
