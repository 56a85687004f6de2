#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The main job, inside a test machine. Each command that a user would type is shown before it runs.
# Exit status 0 only if everything that is claimed on the way was seen.
set -u
# shellcheck source=tests/lab/lab.sh
. tests/lab/lab.sh
# shellcheck source=tests/demo/iptables.sh
. tests/demo/iptables.sh
# shellcheck source=tests/demo/hook.sh
. tests/demo/hook.sh
# shellcheck source=tests/demo/tcp.sh
. tests/demo/tcp.sh
# shellcheck source=tests/demo/srpt.sh
. tests/demo/srpt.sh
export TC_LIB_DIR=$PWD/build/tc
PATH=$PWD/build/bin:$PATH
RATE=${RATE:-20mbit}
LOAD=${LOAD:-40}		# seconds of mixed traffic
SWAPS=${SWAPS:-20}
fail=0 programs=()

chapter() { printf '\n\033[1m--- %s\033[0m\n' "$*"; }
run() { printf '\033[36m# %s\033[0m\n' "$*"; "$@" || { echo "(exit status $?)"; fail=1; }; }
router() {
	printf '\033[36m(router) # %s\033[0m\n' "$*"
	lab_ns router "$@" || { echo "(exit status $?)"; fail=1; }
}
server() {
	printf '\033[36m(server) # %s\033[0m\n' "$*"
	lab_ns server "$@" || { echo "(exit status $?)"; fail=1; }
}
client() {
	printf '\033[36m(client) # %s\033[0m\n' "$*"
	lab_ns client "$@" || { echo "(exit status $?)"; fail=1; }
}
# What must be refused; the sentence is the tool's.
refused() {
	printf '\033[36m# %s\033[0m\n' "$*"
	if "$@"; then echo "NOT OK: this should have been refused"; fail=1; fi
}
check() {
	if [ "$2" = "$3" ]; then echo "ok: $1: $2"; else echo "NOT OK: $1: $2, not $3"; fail=1; fi
}
program() { "$@" & programs+=($!); }

setup() {
	chapter "Two hosts, a router with a bottleneck of $RATE, on Linux $(uname -r)"
	modprobe -q libcrc32c
	run insmod "$LF_MODULES/kmod/liteflow.ko"
	run insmod "$LF_MODULES/qdisc/sch_liteflow.ko"
	run lfctl version
	lab_up 10ms
	lab_servers || { echo "the servers did not start:"; tail "$LAB/log"; exit 1; }
}

attach() {
	chapter "A snapshot is data: load it, name a slot, attach the slot"
	run lfctl snapshot load build/models/appclass-forest.lfs build/models/appclass-net.lfs
	run lfctl snapshot list
	server lfctl slot add app
	server lfctl slot set app appclass-forest activate
	server tc qdisc add dev s0 root liteflow slot app
	router lfctl slot add app sample 1
	router lfctl slot set app appclass-forest activate
	router tc qdisc add dev rc root handle 1: tbf rate "$RATE" burst 10000 limit 1000000
	router tc qdisc add dev rc parent 1: handle 2: liteflow slot app bands 6 \
		map media:0 interactive:1 lookup:2 request:3 other:4 bulk:5 default 3
	router lfctl attach list
}

# The bands of the bottleneck, one for each class, with what went through them (tc 6.1 has no JSON
# for classes).
bands() {
	lab_ns router tc -s class show dev rc | awk '
	BEGIN {
		split("media interactive lookup request other bulk", class)
		printf "  %-6s %-12s %9s %11s %8s %10s %11s %11s\n", "band", "class", "packets",
			"bytes", "dropped", "classified", "delay avg", "delay max"
	}
	/^class/ { band = $2 == "liteflow" ? $6 : "" }
	band == "" { next }
	$1 == "Sent" { bytes = $2; packets = $4; dropped = $7; sub(",", "", dropped) }
	$1 == "classified" { classified = $2 }
	$1 == "delay_avg" {
		printf "  %-6s %-12s %9d %11d %8d %10d %11s %11s\n", band, class[band + 1],
			packets, bytes, dropped, classified, $2, $4
	}'
}

load() {
	chapter "A call, ssh, nginx with curl, iperf3, dig and ping at once, for $LOAD s;" \
		"half way the net replaces the forest"
	lab_ns router lfctl record -o "$LF_OUT/samples.csv" --outcomes "$LF_OUT/outcomes.csv" \
		--seconds $((LOAD + 5)) app \
		>"$LAB/record" 2>&1 &
	record=$!
	program lab_ssh "$LOAD"; program lab_ssh "$LOAD"
	program lab_web "$LOAD"; program lab_web "$LOAD"
	program lab_dns "$LOAD"
	program lab_media $((LOAD - 5)) pcmu
	program lab_ns server ping -q -i 0.2 -w "$LOAD" 10.77.1.2
	program lab_bulk "$LOAD" 5201; program lab_bulk "$LOAD" 5202
	local t half=$((LOAD / 2))
	for ((t = 5; t < half; t += 5)); do sleep 5; echo "after $t s:"; bands; done
	router lfctl slot set app appclass-net activate
	for ((; t < LOAD; t += 5)); do sleep 5; echo "after $t s:"; bands; done
	router lfctl slot show app
	wait "${programs[@]}"
}

report() {
	chapter "What happened"
	router tc -s qdisc show dev rc
	bands
	router lfctl stats app
	check "bands that carried packets" "$(bands | awk 'NR > 1 && $3 > 0' | wc -l)" 6
	check "classes that were seen" \
		"$(lab_ns router lfctl stats app | awk '
			$1 == "class" && $4 > 0 { seen[$2] = 1 } END { print length(seen) }')" 6
}

samples() {
	chapter "Samples for a trainer, as the kernel fed them to the models"
	wait $record; cat "$LAB/record"
	run wc -l "$LF_OUT/samples.csv" "$LF_OUT/outcomes.csv"
	cut -c 1-150 "$LF_OUT/samples.csv" | head -4
	[ "$(wc -l <"$LF_OUT/samples.csv")" -gt 100 ] || {
		echo "NOT OK: hardly any samples"
		fail=1
	}
}

swaps() {
	chapter "$SWAPS swaps while a UDP stream runs: not one packet may be missing"
	router tc qdisc del dev rc root
	router tc qdisc add dev rc root handle 2: liteflow slot app every 4
	sysctl -qw net.core.rmem_max=8000000 net.core.wmem_max=8000000
	lab_ns client iperf3 -J -R -u -b 4M -w 4M -l 1200 -c $LAB_SERVER -p 5201 -t 10 \
		>"$LAB/udp.json" &
	local stream=$! i before
	sleep 2
	before=$(lab_ns router lfctl -j slot show app | jq '[.. | .swaps? // empty][0]')
	for ((i = 0; i < SWAPS; i++)); do
		lab_ns router lfctl slot set app \
			"appclass-$([ $((i % 2)) = 0 ] && echo forest || echo net)" activate ||
			fail=1
	done
	wait $stream
	check "swaps" "$(($(lab_ns router lfctl -j slot show app |
		jq '[.. | .swaps? // empty][0]') - before))" "$SWAPS"
	jq -r '.error // empty' "$LAB/udp.json"
	jq -r '.end.sum | "UDP datagrams \(.packets), lost \(.lost_packets)"' "$LAB/udp.json"
	check "datagrams lost" "$(jq '.end.sum.lost_packets' "$LAB/udp.json")" 0
	check "packets dropped by the qdisc" \
		"$(lab_ns router tc -s -j qdisc show dev rc |
			jq '.[] | select(.kind == "liteflow") | .drops')" 0
	router lfctl slot show app
}

aurora() {
	[ -e build/models/aurora-1.lfs ] || {
		chapter "Aurora: left out, ../shared/data/aurora is not there"
		return
	}
	chapter "Aurora, three snapshots of the congestion-control network, in a slot of their own"
	run lfctl snapshot load build/models/aurora-{1,2,3}.lfs
	router lfctl slot add cc
	local k
	for k in 1 2 3; do router lfctl slot set cc aurora-$k activate; done
	router lfctl slot rollback cc
	router lfctl slot show cc
	check "active after the roll back" \
		"$(lab_ns router lfctl -j slot show cc |
			jq -r '.. | .active?.snapshot? // empty' | head -1)" aurora-2
}

refusals() {
	chapter "What is refused, and how"
	cp build/models/appclass-net.lfs "$LAB/damaged.lfs"
	printf '\377' | dd of="$LAB/damaged.lfs" bs=1 seek=2000 conv=notrunc status=none
	refused lfctl snapshot load "$LAB/damaged.lfs"
	[ ! -e build/models/aurora-1.lfs ] ||
		refused ip netns exec lf-router lfctl slot set app aurora-1 activate
	refused ip netns exec lf-router tc qdisc change dev rc root handle 2: liteflow bands 99
	refused lfctl snapshot del appclass-net
}

teardown() {
	chapter "Away again"
	router lfctl teardown
	server lfctl teardown
	client lfctl teardown
	router lfctl slot del app
	server lfctl slot del app
	lab_down
	run rmmod tcp_liteflow xt_LITEFLOW sch_liteflow liteflow
}

trap lab_down EXIT
setup
attach
load
report
samples
swaps
aurora
hook_chapter
refusals
iptables_rules
tcp_chapter
srpt_chapter
teardown
[ $fail = 0 ] && echo && echo "The demo saw everything that it shows." ||
	echo "The demo failed: see NOT OK above."
exit $fail
