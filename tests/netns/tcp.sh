#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Congestion control "liteflow" with real connections, in a test machine in virtual time:
#
#	tests/vm/modules uml && tests/vm/run uml-time tests/netns/tcp.sh [TEST...]
#
#	here                      namespace lft-r                   namespace lft-s
#	c0 10.8.1.1 fd08:1::1 --- r0      r1 ------------------ s0 10.8.2.1 fd08:2::1
#	                                  netem rate, queue, loss   netem delay (the whole RTT)
#
# Models are single decisions (core_snap.c): up while the last interval's mean RTT is near the least, down else.
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
: "${LF_MODULES:?run me through tests/vm/run}"
tmp=$(mktemp -d)
tracing=/sys/kernel/tracing
passed=0 failed=0 skipped=0

ALL_TESTS="loaded slot_names selected shown fallback_goodput loss_goodput snapshot_comes swaps slot_goes idle limited marked blackout
	namespaces user_namespace rmmod_in_use unload"

ok() { passed=$((passed + 1)); [ -z "${V:-}" ] || echo "ok    $test: $1"; }
not_ok() { failed=$((failed + 1)); echo "FAIL  $test: $1"; }
skip() { skipped=$((skipped + 1)); echo "skip  $test: $1"; }
# is WHAT GOT TEST-OPERATOR WANTED
is() { if [ -n "$2" ] && test "$2" "$3" "$4"; then ok "$1 ($2)"; else not_ok "$1: '$2' $3 '$4' is not so"; fi; }
has() { case $3 in *"$2"*) ok "$1" ;; *) not_ok "$1: no '$2' in: $3" ;; esac; }
works() { local out; if out=$("$@" 2>&1 </dev/null); then ok "$*"; else not_ok "$*: $out"; fi; }
fails() { local out; if out=$("$@" 2>&1 </dev/null); then not_ok "not refused: $*: $out"; else ok "refused: $*"; fi; }

ctl() { "$top/build/bin/lfctl" "$@"; }
r() { ip netns exec lft-r "$@"; }
s() { ip netns exec lft-s "$@"; }

# --- the path ---------------------------------------------------------------------------------------------------------

# Takes what comes on port 5203.
sink() {
	ip netns exec lft-s python3 -c '
import socket
l = socket.create_server(("", 5203))
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
	s iperf3 -s -D >/dev/null
	sink
}

# Mbit/s, ms, packets of queue, netem's further words. GSO packets are taken apart in front of the queue.
path() {
	r tc qdisc replace dev r1 root handle 1: tbf rate "$1mbit" burst 3200 limit 100000000
	r tc qdisc replace dev r1 parent 1:1 handle 10: netem limit "$3" "${@:4}"
	s tc qdisc replace dev s0 root netem delay "$2ms" limit 100000
}

# Mbit/s that arrive: congestion control, seconds, iperf3's further words.
goodput() {
	timeout 120 iperf3 -c 10.8.2.1 -C "$1" -t "$2" -f k "${@:3}" 2>&1 | awk '/receiver/ { n = $7 } END { print n + 0 }'
}

# per cent of $1 in $2
percent() { awk -v a="$1" -v b="$2" 'BEGIN { print b ? int(100 * a / b) : 0 }'; }

# --- models and traces ------------------------------------------------------------------------------------------------

snap() { "$top/build/tests/core-snap" "$tmp/$1.lfs" "$@"; }
# Latency ratio 1.1 in 1/65536; the action is an integer.
policy() { snap "$1" value cc.latency_ratio.9 72089 "" "$2" "$3"; }
activate() { ctl slot set tcp "$tmp/$1.lfs" activate; }

trace_on() {
	echo 0 >$tracing/events/liteflow_tcp/enable
	echo >$tracing/trace
	echo 1 >$tracing/events/liteflow_tcp/enable
}
# states in the order in which the connection with local port $1 entered them
states() { awk -v p="sport=$1" 'index($0, "liteflow_tcp_state") && index($0, p " ") { sub(/.* to=/, ""); printf "%s ", $0 }' $tracing/trace; }

# --- tests ------------------------------------------------------------------------------------------------------------

loaded() {
	has "available" liteflow "$(sysctl -n net.ipv4.tcp_available_congestion_control)"
	has "anybody may choose it" liteflow "$(sysctl -n net.ipv4.tcp_allowed_congestion_control)"
	has "attached" "tcp" "$(ctl attach list)"
}

slot_names() {
	local bad
	is "default" "$(sysctl -n net.liteflow.tcp_slot)" = tcp
	for bad in "" "a b" "a/b" "$(printf 'x%.0s' {1..32})" "$(printf 'x%.0s' {1..200})"; do
		printf '%s' "$bad" >/proc/sys/net/liteflow/tcp_slot 2>/dev/null
		is "after '${bad:0:40}'" "$(sysctl -n net.liteflow.tcp_slot)" = tcp
	done
	has "a sentence" "1 to 31 characters" "$(dmesg | grep tcp_slot | tail -1)"
	works sysctl -qw net.liteflow.tcp_slot=other
	has "listed" other "$(ctl attach list)"
	works ctl attach set tcp slot tcp
	is "by lfctl" "$(sysctl -n net.liteflow.tcp_slot)" = tcp
	s sysctl -qw net.liteflow.tcp_slot=theirs
	is "each namespace has its own" "$(sysctl -n net.liteflow.tcp_slot)" = tcp
	is "and keeps it" "$(s sysctl -n net.liteflow.tcp_slot)" = theirs
}

selected() {
	local mbit
	path 20 10 100
	(sleep 0.7; ss -tin dst 10.8.2.1 >"$tmp/v4") &
	mbit=$(goodput liteflow 1)
	wait $!
	has "by a socket" liteflow "$(cat "$tmp/v4")"
	is "IPv4" "${mbit%.*}" -gt 10000
	sysctl -qw net.ipv4.tcp_congestion_control=liteflow
	(sleep 0.7; ss -tin dst '[fd08:2::1]' >"$tmp/v6") &
	mbit=$(timeout 60 iperf3 -6 -c fd08:2::1 -t 1 -f k | awk '/receiver/ { print int($7) }')
	wait $!
	has "by the sysctl" liteflow "$(cat "$tmp/v6")"
	is "IPv6" "$mbit" -gt 10000
	(sleep 0.7; s ss -tin dst 10.8.1.1 >"$tmp/back") &
	s sysctl -qw net.ipv4.tcp_congestion_control=liteflow
	mbit=$(goodput liteflow 1 -R)
	wait $!
	s sysctl -qw net.ipv4.tcp_congestion_control=cubic
	has "as a server" liteflow "$(cat "$tmp/back")"
	sysctl -qw net.ipv4.tcp_congestion_control=cubic
}

# State by its number, as <linux/liteflow_tcp.h> says: 1 is the fallback.
shown() {
	has "ss -ti: fallback" "cwnd_gain:1" "$(cat "$tmp/v4")"
	has "ss -ti: rate" "bbr:(bw:" "$(cat "$tmp/v4")"
}

fallback_goodput() {
	local ours theirs
	path 10 40 33
	theirs=$(goodput cubic 4)
	ours=$(goodput liteflow 4)
	is "per cent of cubic's $theirs kbit/s, queue of a BDP" "$(percent "$ours" "$theirs")" -ge 93
	path 10 40 6
	theirs=$(goodput cubic 4)
	ours=$(goodput liteflow 4)
	is "per cent of cubic's $theirs kbit/s, queue of 0.2 BDP" "$(percent "$ours" "$theirs")" -ge 85
}

loss_goodput() {
	local ours theirs
	path 10 40 33 loss 1%
	theirs=$(goodput cubic 6)
	ours=$(goodput liteflow 6)
	is "per cent of cubic's $theirs kbit/s, 1 % loss" "$(percent "$ours" "$theirs")" -ge 60
}

# State and snapshot of the connection from this port.
listed() { ctl -j tcp list | jq -c ".[] | select(.local | endswith(\":$1\")) | [.state, .snapshot]"; }

# A connection begins without a snapshot; one comes; it goes again.
snapshot_comes() {
	local port=40001 got
	path 10 20 40
	policy up 2 -3 || not_ok "core-snap"
	works ctl slot add tcp
	trace_on
	iperf3 -c 10.8.2.1 -C liteflow -t 6 --cport $port -f k >"$tmp/out" 2>&1 &
	sleep 2
	has "lfctl tcp list" "[\"fallback\",null]" "$(listed $port)"
	works activate up
	sleep 1.5
	ss -tin dst 10.8.2.1 >"$tmp/ss"
	has "lfctl tcp list" "\"up\"]" "$(listed $port)"
	has "lfctl tcp list" "10.8.2.1:5201" "$(ctl tcp list)"
	works ctl slot del tcp force
	wait $!
	got=$(states $port)
	has "states: $got" "fallback policy " "$got"
	is "last state" "$(echo "$got" | awk '{ print $NF }')" = fallback
	is "kbit/s" "$(awk '/receiver/ { print int($7) }' "$tmp/out")" -gt 8000
	has "the model decides" "state=policy" "$(grep "sport=$port " $tracing/trace)"
	is "actions up" "$(grep "sport=$port " $tracing/trace | grep -c 'action=131072 ')" -gt 0
	has "ss -ti" "bbr:(bw:" "$(cat "$tmp/ss")"
}

swaps() {
	local n=${CONNECTIONS:-30} k bytes
	path 20 20 100
	ctl slot add tcp
	policy first 3 -3
	policy second 1 -2
	works activate first
	iperf3 -c 10.8.2.1 -C liteflow -t 5 -P $((n < 100 ? n : 100)) -f k >"$tmp/out" 2>&1 &
	for k in 1 2 3 4 5; do
		sleep 0.4
		activate second >/dev/null || not_ok "activate"
		sleep 0.4
		activate first >/dev/null || not_ok "activate"
	done
	wait $!
	bytes=$(awk '/SUM.*receiver/ { print int($6) }' "$tmp/out")
	is "kbit/s of $n connections under ten swaps" "$bytes" -gt 15000
	has "none ended early" "iperf Done" "$(cat "$tmp/out")"
	has "generations" '"generation"' "$(ctl -j slot show tcp)"
	has "inferences" inferences "$(ctl -j slot show tcp)"
}

slot_goes() {
	path 20 20 100
	ctl slot add tcp 2>/dev/null
	activate first >/dev/null
	iperf3 -c 10.8.2.1 -C liteflow -t 3 -f k >"$tmp/out" 2>&1 &
	sleep 1
	sysctl -qw net.liteflow.tcp_slot=nothing
	sleep 0.5
	sysctl -qw net.liteflow.tcp_slot=tcp
	sleep 0.5
	works ctl slot del tcp force
	wait $!
	has "goes on" "iperf Done" "$(cat "$tmp/out")"
}

# Sends $1 bytes, waits $2 s, $3 times over, from port $4.
bursts() {
	python3 - "$@" <<-'PY'
		import socket, sys, time
		size, pause, times, port = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
		s = socket.socket()
		s.bind(("", port))
		s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"liteflow")
		s.connect(("10.8.2.1", 5203))
		for k in range(times):
		    s.sendall(b"x" * size)
		    time.sleep(pause)
	PY
}

# The rate after three idle seconds is no higher than before, and the past is forgotten.
idle() {
	local port=40002
	path 10 20 40
	ctl slot add tcp 2>/dev/null
	activate first >/dev/null
	trace_on
	bursts 1000000 4 2 $port
	grep "sport=$port .*rate=" $tracing/trace | sed 's/^[^:]* \([0-9.]*\): .* rate=\([0-9]*\) .*/\1 \2/' >"$tmp/rates"
	awk 'NR > 1 && $1 - t > 2 { print r, $2; n = 1; exit } { t = $1; r = $2 } END { exit !n }' "$tmp/rates" >"$tmp/gap"
	is "rates before and after" "$(wc -l <"$tmp/gap")" -eq 1
	is "per cent of the rate before" "$(awk '{ print int(100 * $2 / $1) }' "$tmp/gap")" -le 126
}

# A program that sends 4 packets each 50 ms: nothing is learnt, and the rate does not move.
limited() {
	local port=40003
	path 10 20 40
	trace_on
	bursts 5000 0.05 60 $port
	grep "sport=$port .*rate=" $tracing/trace >"$tmp/lim"
	is "intervals" "$(grep -c . "$tmp/lim")" -gt 3
	is "not limited" "$(grep -c 'limited=0' "$tmp/lim")" -le 1
	is "asked" "$(grep -cv 'action=0 ' "$tmp/lim")" -le 1
}

# A router that marks: no retransmission, and marks are seen.
marked() {
	local port=40004
	path 20 20 60 loss 2% ecn
	ctl slot add tcp 2>/dev/null
	activate first >/dev/null
	sysctl -qw net.ipv4.tcp_ecn=1
	s sysctl -qw net.ipv4.tcp_ecn=1
	trace_on
	iperf3 -c 10.8.2.1 -C liteflow -t 3 --cport $port -f k >"$tmp/out" 2>&1
	sysctl -qw net.ipv4.tcp_ecn=2
	is "marked intervals" "$(grep "sport=$port " $tracing/trace | grep -c 'marked=[1-9]')" -gt 0
	is "retransmissions" "$(awk '/sender/ { print $9 }' "$tmp/out")" -lt 20
	path 20 20 60
}

# Nothing gets through for a second and a half, under a policy and in the fallback.
blackout() {
	local with
	for with in policy fallback; do
		[ $with = policy ] || ctl slot del tcp force
		path 10 20 40
		iperf3 -c 10.8.2.1 -C liteflow -t 6 -f k >"$tmp/out" 2>&1 &
		sleep 1.5
		path 10 20 40 loss 100%
		sleep 1.5
		path 10 20 40
		wait $!
		has "$with: ends well" "iperf Done" "$(cat "$tmp/out")"
		is "$with: kbit/s of 10,000 for three quarters of the time" "$(awk '/receiver/ { print int($7) }' "$tmp/out")" -gt 4000
	done
}

# Namespaces come and go with connections open in them.
namespaces() {
	local k
	for k in 1 2 3 4 5 6; do
		ip netns add lft-x
		ip -n lft-x link set lo up
		ip netns exec lft-x sysctl -qw net.ipv4.tcp_congestion_control=liteflow
		ip netns exec lft-x tc qdisc add dev lo root netem rate 20mbit delay 5ms
		ip netns exec lft-x iperf3 -s -1 >/dev/null 2>&1 &
		sleep 0.2
		ip netns exec lft-x timeout 0.5 iperf3 -c 127.0.0.1 -t 5 >/dev/null 2>&1
		ip netns exec lft-x "$top/build/bin/lfctl" attach list >/dev/null
		ip netns del lft-x || not_ok "ip netns del"
		kill $! 2>/dev/null
		wait $! 2>/dev/null
	done
	is "gone" "$(ip netns list | grep -c lft-x)" -eq 0
	ok "no complaint"
}

# Who is root in a namespace of his own may choose it and name its slot, there alone.
user_namespace() {
	local out
	out=$(setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn sh -c '
		sysctl -qw net.ipv4.tcp_congestion_control=liteflow && sysctl -n net.ipv4.tcp_congestion_control
		sysctl -qw net.liteflow.tcp_slot=mine && sysctl -n net.liteflow.tcp_slot' 2>&1) || true
	is "in a user namespace" "$(echo "$out" | tr '\n' ' ')" = "liteflow mine "
	out=$(setpriv --reuid 65534 --regid 65534 --clear-groups sysctl -w net.liteflow.tcp_slot=mine 2>&1)
	is "outside of it" "$(sysctl -n net.liteflow.tcp_slot)" = tcp
}

rmmod_in_use() {
	path 20 10 100
	iperf3 -c 10.8.2.1 -C liteflow -t 2 >/dev/null 2>&1 &
	sleep 1
	fails rmmod tcp_liteflow
	fails rmmod liteflow
	wait $!
	sysctl -qw net.ipv4.tcp_congestion_control=liteflow
	fails rmmod tcp_liteflow
	sysctl -qw net.ipv4.tcp_congestion_control=cubic
}

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

# --- all of them ------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2046
load() { modprobe -qa $(modinfo -F depends "$1" | tr , ' ') veth sch_netem sch_tbf; insmod "$1"; }
load "$LF_MODULES/kmod/liteflow.ko" && load "$LF_MODULES/tcp_cc/tcp_liteflow.ko" || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
[ -d $tracing/events ] || mount -t tracefs tracefs $tracing
test=topology
topology || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
# shellcheck disable=SC2048,SC2086
for test in ${*:-$ALL_TESTS}; do
	from=$SECONDS
	$test
	[ -z "${V:-}" ] || echo "      $test: $((SECONDS - from)) s"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
