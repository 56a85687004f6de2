# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the tests of congestion control in virtual time (tcp.sh, tcp_stream.sh): a path, models,
# traces, the end.
#
#	here                      namespace lft-r                   namespace lft-s
#	c0 10.8.1.1 fd08:1::1 --- r0      r1 ------------------ s0 10.8.2.1 fd08:2::1
#	                                  netem rate, queue, loss   netem delay (the whole RTT)
#
# Models are single decisions (core_snap.c): up while the last interval's mean RTT is near the
# least, down else.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
tracing=/sys/kernel/tracing

ctl() { "$top/build/bin/lfctl" "$@"; }
r() { ip netns exec lft-r "$@"; }
s() { ip netns exec lft-s "$@"; }

# --- the path

# Takes what comes on port 5203, one connection at a time.
sink() {
	ip netns exec lft-s python3 -c '
import socket
l = socket.create_server(("", 5203), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
    c, _ = l.accept()
    while c.recv(1 << 16):
        pass
' &
	sleep 0.2
}

topology() {
	ip netns add lft-r && ip netns add lft-s && ip link set lo up || return 1
	ip link add c0 type veth peer name r0 netns lft-r
	ip link add s0 netns lft-s type veth peer name r1 netns lft-r
	ip address add 10.8.1.1/24 dev c0
	ip address add fd08:1::1/64 dev c0 nodad
	ip link set c0 up
	r ip address add 10.8.1.2/24 dev r0
	r ip address add fd08:1::2/64 dev r0 nodad
	r ip address add 10.8.2.2/24 dev r1
	r ip address add fd08:2::2/64 dev r1 nodad
	s ip address add 10.8.2.1/24 dev s0
	s ip address add fd08:2::1/64 dev s0 nodad
	r ip link set r0 up
	r ip link set r1 up
	s ip link set s0 up
	s ip link set lo up
	r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip route add 10.8.2.0/24 via 10.8.1.2
	ip route add fd08:2::/64 via fd08:1::2
	s ip route add default via 10.8.2.2
	s ip -6 route add default via fd08:2::2
	sysctl -qw net.ipv4.tcp_no_metrics_save=1
	# for a sender that names one of these, not for one that takes any
		sysctl -qw net.ipv4.ip_local_reserved_ports=40000-40999
	s iperf3 -s -D >/dev/null
	sink
}

# Mbit/s, ms, packets of queue, netem's further words. GSO packets are taken apart in front of the
# queue.
path() {
	r tc qdisc replace dev r1 root handle 1: tbf rate "$1mbit" burst 3200 limit 100000000
	r tc qdisc replace dev r1 parent 1:1 handle 10: netem limit "$3" "${@:4}"
	s tc qdisc replace dev s0 root netem delay "$2ms" limit 100000
}

# Drops one of every $1 packets that match $2 (data packets by default), always the same ones: what
# chance drops in some seconds says more of chance than of whom it hits. "" ends it.
every_nth_lost() {
	r nft flush ruleset
	[ -z "$1" ] || r nft "add table ip lossy
		add chain ip lossy drops { type filter hook forward priority 0; }
		add rule ip lossy drops ip daddr 10.8.2.1 ${2:-ip length > 500} \
			numgen inc mod $1 0 drop" ||
		not_ok "nft"
}

# Mbit/s that arrive: congestion control, seconds, iperf3's further words.
goodput() {
	timeout 120 iperf3 -c 10.8.2.1 -C "$1" -t "$2" -f k "${@:3}" 2>&1 |
		awk '/receiver/ { n = $7 } END { print n + 0 }'
}

# State and snapshot of the connection from this port.
listed() {
	ctl -j tcp list | jq -c ".[] | select(.local | endswith(\":$1\")) | [.state, .snapshot]"
}

# per cent of $1 in $2
percent() { awk -v a="$1" -v b="$2" 'BEGIN { print b ? int(100 * a / b) : 0 }'; }

# --- models and traces

snap() { "$top/build/tests/core-snap" "$tmp/$1.lfs" "$@"; }
# Latency ratio 1.1 in 1/65536; the action is an integer.
policy() { snap "$1" value cc.latency_ratio.9 72089 "" "$2" "$3"; }
activate() { ctl slot set tcp "$tmp/$1.lfs" activate; }

trace_on() {
	echo 0 >$tracing/events/liteflow_tcp/enable
	echo >$tracing/trace
	echo 1 >$tracing/events/liteflow_tcp/enable
}
# Lines of the tracepoint liteflow_tcp_interval for local port $1, each behind its time.
intervals() {
	grep "sport=$1 .*rate=" $tracing/trace |
		sed 's/^[^:]* \([0-9.]*\): liteflow_tcp_interval: /\1 /'
}

# Sum of a number in such lines.
sum() { sed -n "s/.* $1=\(-\{0,1\}[0-9]*\).*/\1/p" | awk '{ n += $1 } END { print n + 0 }'; }

# states in the order in which the connection with local port $1 entered them
states() {
	awk -v p="sport=$1" 'index($0, "liteflow_tcp_state") && index($0, p " ") {
		sub(/.* to=/, ""); printf "%s ", $0 }' $tracing/trace
}

# --- the end

unload() {
	local k
	for k in lft-s lft-r; do
		ip netns pids $k | xargs -r kill
	done
	# The last connections are in their last states yet.
	for k in $(seq 100); do
		rmmod tcp_liteflow 2>/dev/null && break
		sleep 1
	done
	is "tcp_liteflow" "$(lsmod | grep -c '^tcp_liteflow')" -eq 0
	works rmmod liteflow
	is "the sysctl is gone" "$(sysctl -n net.liteflow.tcp_slot 2>/dev/null | wc -l)" -eq 0
}

# --- all of them

# Runs the tests that are named, and says how it went.
run() {
	local from
	modprobe -qa veth sch_netem sch_tbf
	load kmod/liteflow.ko tcp_cc/tcp_liteflow.ko || { not_ok "the modules load"; finish; }
	[ -d $tracing/events ] || mount -t tracefs tracefs $tracing
	test=topology
	topology || { not_ok "the path"; finish; }
	for test; do
		from=$SECONDS
		$test
		echo "      $test: $((SECONDS - from)) s"
	done
	finish
}
