#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Connections without memory of their own, in the debug kernel: each is a CUBIC connection that says
# so and comes to its end, for its whole life; those before it and behind it are not. MPTCP's
# subflows likewise.
#
#	tests/vm/run uml-debug -t 600 tests/netns/tcp_memory.sh
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
debug=/sys/kernel/debug/failslab

ctl() { "$top/build/bin/lfctl" "$@"; }
m() { ip netns exec lft-m "$@"; }

# Clients' states, as lfctl and as ss name them. Servers listen on ports 5301 to 5303.
states() {
	ctl -n lft-m -j tcp list |
		jq -r '.[] | select(.peer | test(":530[123]$")) | .state == "no-memory"' | sort |
		uniq -c | xargs
}
by_ss() { m ss -tinH dport ge 5301 and dport le 5303 | grep -c 'cwnd_gain:2)'; }

# Are that many connections of tcp-load there by now?
until_there() {
	for _ in $(seq 60); do
		[ "$(m ss -tH state established dport ge 5301 and dport le 5303 | wc -l)" -ge "$1" \
			] && return
		sleep 0.5
	done
	not_ok "no $1 connections"
}

memory() {	# off|on
	if [ "$1" = off ]; then echo 100 >$debug/probability; else echo 0 >$debug/probability; fi
}

modprobe -qa veth
load kmod/liteflow.ko tcp_cc/tcp_liteflow.ko || { not_ok "the modules load"; finish; }
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
if ! [ -e $debug/probability ] || ! echo 1 >/sys/kernel/slab/liteflow_conn/failslab; then
	skipped=1
	echo "skip  this kernel does not inject faults"
	finish
fi
for v in ignore-gfp-wait=N verbose=0 cache-filter=Y times=-1; do
	echo "${v#*=}" >"$debug/${v%%=*}"
done
ip netns add lft-m
ip -n lft-m link set lo up
"$top/build/tests/core-snap" "$tmp/m.lfs" m value cc.latency_ratio.9 70000 "" 1 -10
ctl -n lft-m slot add tcp >/dev/null
ctl -n lft-m slot set tcp "$tmp/m.lfs" activate >/dev/null || not_ok "activate"

# Two connections with memory, two without, two with: all at once, and each what it was from its
# beginning to its end.
for round in 1 2 3; do
	if [ $round = 2 ]; then memory off; else memory on; fi
	ip netns exec lft-m "$top/build/tests/tcp-load" hold 2 3600 $((5300 + round)) \
		>"$tmp/hold$round" 2>&1 &
	holds="${holds:-} $!"
	until_there $((2 * round))
done
memory on
sleep 1
is "states of six" "$(states)" = "4 false 2 true"
is "the same by ss" "$(by_ss)" = 2
# shellcheck disable=SC2086
kill $holds
wait
for round in 1 2 3; do
	is "all of it arrived, $round" "$(cut -d, -f1 "$tmp/hold$round")" = "2 connections"
done

# All of them, in both families, with changes of congestion control, resets and disconnects.
memory off
is "churn" "$(m "$top/build/tests/tcp-load" churn 200 4 2>&1 | sed 's/ in .*//')" \
	= "200 connections"
is "churn of MPTCP" "$(m "$top/build/tests/tcp-load" churn 100 2 mptcp 2>&1 | sed 's/ in .*//')" \
	= "100 connections"
memory on
is "churn of MPTCP, with memory" \
	"$(m "$top/build/tests/tcp-load" churn 100 2 mptcp 2>&1 | sed 's/ in .*//')" \
	= "100 connections"
is "they were MPTCP" \
	"$(m nstat -asz MPTcpExtMPCapableACKRX | awk '/ACKRX/ { print ($2 >= 100) }')" = 1

ip netns del lft-m
n=100
until rmmod tcp_liteflow 2>/dev/null || [ $((n -= 1)) = 0 ]; do sleep 1; done
is "unloaded" "$(lsmod | grep -c '^tcp_liteflow')" = 0
rmmod liteflow || not_ok "rmmod liteflow"
finish
