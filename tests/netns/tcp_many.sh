#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Congestion control "liteflow" with very many connections over the loopback device of a namespace,
# in a test machine:
#
#	tests/vm/run uml-debug -t 3000 tests/netns/tcp_many.sh 10000 1000 failnth
#
# 10,000 connections opened and closed, 1,000 held open, snapshots swapped all the while; with
# failnth, each allocation failed once (debug kernel). Whether the kernel complains or loses memory,
# tests/vm/run says.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
churn=${1:-2000} hold=${2:-200} failnth=${3:-}

ctl() { "$top/build/bin/lfctl" "$@"; }
many() { ip netns exec lft-m "$top/build/tests/tcp-load" "$@"; }

# Another snapshot each tenth of a second, and now and then no slot at all, until $tmp/stop is
# there.
swaps() {
	local n=0
	until [ -e "$tmp/stop" ]; do
		n=$((n + 1))
		ctl -n lft-m slot set tcp "$tmp/m$((n % 3)).lfs" activate >/dev/null ||
			echo failed >>"$tmp/bad"
		if [ $((n % 20)) = 0 ]; then
			ctl -n lft-m slot del tcp force >/dev/null
			ctl -n lft-m slot add tcp >/dev/null
		fi
		ip netns exec lft-m ss -tin >/dev/null
		sleep 0.1
	done
	echo "$n" >"$tmp/swaps"
}

modprobe -qa veth
load kmod/liteflow.ko tcp_cc/tcp_liteflow.ko || { not_ok "the modules load"; finish; }
ip netns add lft-m
ip -n lft-m link set lo up
# Passive ends too; and many ends that wait do not use up the ports.
ip netns exec lft-m sysctl -qw net.ipv4.tcp_congestion_control=liteflow net.ipv4.tcp_tw_reuse=1 \
	net.ipv4.ip_local_port_range="2000 65000" net.core.somaxconn=4096
for k in 0 1 2; do
	"$top/build/tests/core-snap" "$tmp/m$k.lfs" m$k value cc.latency_ratio.9 \
		$((70000 + 3000 * k)) "" $((k + 1)) -2
done
ctl -n lft-m slot add tcp

swaps &
works many churn "$churn" 8
works many hold "$hold" 10
touch "$tmp/stop"
wait
if [ -s "$tmp/bad" ]; then
	not_ok "$(wc -l <"$tmp/bad") activations failed"
else
	ok "$(cat "$tmp/swaps") swaps meanwhile"
fi
# Without a slot: CUBIC alone.
ctl -n lft-m slot del tcp force >/dev/null
works many churn $((churn / 10)) 8
if [ -n "$failnth" ] && [ -e /sys/kernel/debug/failslab/probability ]; then
	for v in ignore-gfp-wait=N verbose=0 cache-filter=N; do
		echo "${v#*=}" >"/sys/kernel/debug/failslab/${v%%=*}"
	done
	works many failnth
	# No connection gets memory of its own: all of them are CUBIC's.
	echo 1 >/sys/kernel/slab/liteflow_conn/failslab
	echo Y >/sys/kernel/debug/failslab/cache-filter
	echo 100 >/sys/kernel/debug/failslab/probability
	echo -1 >/sys/kernel/debug/failslab/times
	works many churn $((churn / 10)) 8
	echo 0 >/sys/kernel/debug/failslab/probability
elif [ -n "$failnth" ]; then
	skipped=1
	echo "skip  failing allocations: this kernel does not inject faults"
fi
ip netns del lft-m
for k in $(seq 100); do
	rmmod tcp_liteflow 2>/dev/null && break
	sleep 1
done
works rmmod liteflow
finish
