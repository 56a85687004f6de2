#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Congestion control "liteflow" with real connections, in a test machine in virtual time:
#
#	make models && tests/vm/modules uml && tests/vm/run uml-time tests/netns/tcp.sh [TEST...]
#
# One file, though long: the tests share the network of tcp_lib.sh and one loading of the module.
set -u
# shellcheck source=tests/netns/tcp_lib.sh
. "$(dirname "$0")/tcp_lib.sh"

ALL_TESTS="loaded slot_names selected shown fallback_goodput loss_goodput snapshot_comes swaps
	slot_goes idle limited marked blackout outage routes super_packets mptcp namespaces
	user_namespace requests switches rmmod_in_use unload"

loaded() {
	has "available" "$(sysctl -n net.ipv4.tcp_available_congestion_control)" liteflow
	has "anybody may choose it" "$(sysctl -n net.ipv4.tcp_allowed_congestion_control)" liteflow
	has "attached" "$(ctl attach list)" "tcp"
}

slot_names() {
	local bad
	is "default" "$(sysctl -n net.liteflow.tcp_slot)" = tcp
	for bad in "" "a b" "a/b" "$(printf 'x%.0s' {1..32})" "$(printf 'x%.0s' {1..200})"; do
		printf '%s' "$bad" >/proc/sys/net/liteflow/tcp_slot 2>/dev/null
		is "after '${bad:0:40}'" "$(sysctl -n net.liteflow.tcp_slot)" = tcp
	done
	has "a sentence" "$(dmesg | grep tcp_slot | tail -1)" "1 to 31 of A-Z a-z 0-9"
	works sysctl -qw net.liteflow.tcp_slot=other
	has "listed" "$(ctl attach list)" other
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
	has "by a socket" "$(cat "$tmp/v4")" liteflow
	is "IPv4" "${mbit%.*}" -gt 10000
	sysctl -qw net.ipv4.tcp_congestion_control=liteflow
	(sleep 0.7; ss -tin dst '[fd08:2::1]' >"$tmp/v6") &
	mbit=$(timeout 60 iperf3 -6 -c fd08:2::1 -t 1 -f k | awk '/receiver/ { print int($7) }')
	wait $!
	has "by the sysctl" "$(cat "$tmp/v6")" liteflow
	is "IPv6" "$mbit" -gt 10000
	(sleep 0.7; s ss -tin dst 10.8.1.1 >"$tmp/back") &
	s sysctl -qw net.ipv4.tcp_congestion_control=liteflow
	mbit=$(goodput liteflow 1 -R)
	wait $!
	s sysctl -qw net.ipv4.tcp_congestion_control=cubic
	has "as a server" "$(cat "$tmp/back")" liteflow
	sysctl -qw net.ipv4.tcp_congestion_control=cubic
}

# State by its number, as <linux/liteflow_tcp.h> says: 1 is the fallback.
shown() {
	has "ss -ti: fallback" "$(cat "$tmp/v4")" "cwnd_gain:1"
	has "ss -ti: rate" "$(cat "$tmp/v4")" "bbr:(bw:"
}

fallback_goodput() {
	local ours theirs
	path 10 40 33
	theirs=$(goodput cubic 8)
	ours=$(goodput liteflow 8)
	is "per cent of cubic's $theirs kbit/s, queue of a BDP" "$(percent "$ours" "$theirs")" \
		-ge 93
	path 10 40 6
	theirs=$(goodput cubic 4)
	ours=$(goodput liteflow 4)
	is "per cent of cubic's $theirs kbit/s, queue of 0.2 BDP" "$(percent "$ours" "$theirs")" \
		-ge 85
}

loss_goodput() {
	local ours=0 theirs=0 n
	path 10 40 33
	for n in 89 97 113; do
		every_nth_lost $n
		theirs=$((theirs + $(goodput cubic 3)))
		every_nth_lost $n
		ours=$((ours + $(goodput liteflow 3)))
	done
	every_nth_lost ""
	is "per cent of cubic's $((theirs / 3)) kbit/s, 1 % loss" "$(percent "$ours" "$theirs")" \
		-ge 80
}

# A connection begins without a snapshot; one comes; it goes again.
snapshot_comes() {
	local port=40001 got
	path 10 20 40
	policy up 2 -3 || not_ok "core-snap"
	works ctl slot add tcp
	trace_on
	iperf3 -c 10.8.2.1 -C liteflow -t 6 --cport $port -f k >"$tmp/out" 2>&1 &
	sleep 2
	has "lfctl tcp list" "$(listed $port)" "[\"fallback\",null]"
	works activate up
	sleep 1.5
	ss -tin dst 10.8.2.1 >"$tmp/ss"
	has "lfctl tcp list" "$(listed $port)" "\"up\"]"
	has "lfctl tcp list" "$(ctl tcp list)" "10.8.2.1:5201"
	works ctl slot del tcp force
	wait $!
	got=$(states $port)
	has "states: $got" "$got" "fallback policy "
	is "last state" "$(echo "$got" | awk '{ print $NF }')" = fallback
	is "kbit/s" "$(awk '/receiver/ { print int($7) }' "$tmp/out")" -gt 8000
	has "the model decides" "$(grep "sport=$port " $tracing/trace)" "state=policy"
	is "actions up" "$(grep "sport=$port " $tracing/trace | grep -c 'action=131072 ')" -gt 0
	has "ss -ti" "$(cat "$tmp/ss")" "bbr:(bw:"
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
	has "none ended early" "$(cat "$tmp/out")" "iperf Done"
	has "generations" "$(ctl -j slot show tcp)" '"generation"'
	has "inferences" "$(ctl -j slot show tcp)" inferences
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
	has "goes on" "$(cat "$tmp/out")" "iperf Done"
}

# Sends $1 bytes, waits $2 s, $3 times over, from port $4.
bursts() {
	python3 - "$@" <<-'PY'
		import socket, sys, time
		size, pause = int(sys.argv[1]), float(sys.argv[2])
		times, port = int(sys.argv[3]), int(sys.argv[4])
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
	grep "sport=$port .*rate=" $tracing/trace |
		sed 's/^[^:]* \([0-9.]*\): .* rate=\([0-9]*\) .*/\1 \2/' >"$tmp/rates"
	awk 'NR > 1 && $1 - t > 2 { print r, $2; n = 1; exit } { t = $1; r = $2 } END { exit !n }' \
		"$tmp/rates" >"$tmp/gap"
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

# Packets that the queue of path() has dropped.
queue_dropped() { r tc -s -j qdisc show dev r1 | jq '.[] | select(.kind == "netem").drops'; }

# A router that marks: marks are seen, and nothing is retransmitted for them. By how much start-up
# makes the queue overflow differs from run to run: 0 to 87 packets in twelve.
marked() {
	local port=40004 dropped
	path 20 20 60 loss 2% ecn
	dropped=$(queue_dropped)
	ctl slot add tcp 2>/dev/null
	activate first >/dev/null
	# netem loses a SYN, which has no ECT: its repetition is to ask, too
		sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_ecn_fallback=0
	s sysctl -qw net.ipv4.tcp_ecn=1
	trace_on
	iperf3 -c 10.8.2.1 -C liteflow -t 3 --cport $port -f k >"$tmp/out" 2>&1
	sysctl -qw net.ipv4.tcp_ecn=2 net.ipv4.tcp_ecn_fallback=1
	is "marked intervals" "$(grep "sport=$port " $tracing/trace | grep -c 'marked=[1-9]')" -gt 0
	is "retransmissions, beyond what the queue dropped" \
		"$(awk -v d=$(($(queue_dropped) - dropped)) \
			'/sender/ { print $9 - d }' "$tmp/out")" \
		-le 0
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
		has "$with: ends well" "$(cat "$tmp/out")" "iperf Done"
		is "$with: kbit/s of 10,000 for three quarters of the time" \
			"$(awk '/receiver/ { print int($7) }' "$tmp/out")" -gt 4000
	done
}

# A link that nearly fails for a second: what was in flight is lost, and the rate is at its floor.
# By Aurora's actions alone it takes longer than this to come back.
outage() {
	ctl slot add tcp 2>/dev/null
	works ctl slot set tcp "$top/build/models/aurora.lfs" activate
	path 20 40 67
	iperf3 -c 10.8.2.1 -C liteflow -t 8 -J >"$tmp/out" 2>&1 &
	sleep 3
	path 1 40 67
	sleep 1
	path 20 40 67
	wait $!
	is "per cent of the link before" "$(percent "$(rate_from 2 3)" 20000000)" -gt 70
	is "and from two seconds after it on" "$(percent "$(rate_from 6 8)" 20000000)" -gt 70
}

# bit/s that iperf3 sent between two of its seconds
rate_from() {
	jq "[.intervals[].sum | select(.start >= $1 - 0.1 and .end <= $2 + 0.1).bits_per_second] |
		add / length | floor" "$tmp/out"
}

# Sends for some seconds: address, local port, seconds. Then tries to become a cubic connection;
# says what it was and is.
bulk() {
	python3 - "$@" <<-'PY'
		import errno, socket, sys, time
		to, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
		s = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET)
		s.bind(("", port))
		s.connect((to, 5203))
		def cc():
		    name = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
		    return name.rstrip(b"\0").decode()
		was, end = cc(), time.monotonic() + seconds
		while time.monotonic() < end:
		    s.sendall(bytes(16384))
		try:
		    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
		    print(was, cc())
		except OSError as e:
		    print(was, errno.errorcode[e.errno])
	PY
}

# A route chooses it, for both families and both ends, and under the policy; a locked one lets
# nobody else choose.
routes() {
	local port=40010 to lock want got
	path 10 20 40
	r tc qdisc replace dev r0 root tbf rate 10mbit burst 3200 limit 60000
	policy routed 2 -5
	ctl slot add tcp 2>/dev/null
	works activate routed
	trace_on
	for to in "10.8.2.1/32 via 10.8.1.2" "fd08:2::1/128 via fd08:1::2"; do
		for lock in "" lock; do
			port=$((port + 1))
			want="liteflow cubic"
			[ -z "$lock" ] || want="liteflow EPERM"
			# shellcheck disable=SC2086
			works ip route add $to congctl $lock liteflow
			bulk "${to%%/*}" $port 1.2 >"$tmp/chosen" &
			sleep 1
			has "${to%%/*} $lock: the model has spoken" "$(listed $port)" '"routed"]'
			wait $!
			is "${to%%/*} $lock: before, and after a change" "$(cat "$tmp/chosen")" \
				= "$want"
			has "${to%%/*} $lock: under the policy" \
				"$(grep "sport=$port " $tracing/trace)" "state=policy"
			# shellcheck disable=SC2086
			ip route del $to
		done
	done
	# The end that accepted.
	s sysctl -qw net.liteflow.tcp_slot=tcp
	ctl -n lft-s slot add tcp
	works ctl -n lft-s slot set tcp "$tmp/routed.lfs" activate
	for to in "10.8.1.1/32 via 10.8.2.2" "fd08:1::1/128 via fd08:2::2"; do
		# shellcheck disable=SC2086
		works s ip route add $to congctl liteflow
		port=$((port + 1))
		if [ "${to#*:}" = "$to" ]; then got=10.8.2.1; else got=fd08:2::1; fi
		iperf3 -c $got -R -t 1.5 --cport $port -f k >"$tmp/out" 2>&1 &
		sleep 1
		has "accepted, to ${to%%/*}" \
			"$(ctl -n lft-s -j tcp list |
				jq -c ".[] | select(.peer | endswith(\":$port\"))")" '"routed"'
		wait $!
		is "accepted, to ${to%%/*}: kbit/s of 10,000" \
			"$(awk '/receiver/ { print int($7) }' "$tmp/out")" -gt 7000
		# shellcheck disable=SC2086
		s ip route del $to
	done
	ctl -n lft-s slot del tcp force >/dev/null
	r tc qdisc del dev r0 root
}

offloads() {
	ethtool -K c0 tso "$1" gso "$1" gro "$1" >/dev/null &&
		s ethtool -K s0 gro "$1" >/dev/null || not_ok "ethtool: $1"
	s ethtool -K s0 tso "$1" gso "$1" >/dev/null
}

# What is sent in super-packets, received in them and acknowledged for many at once counts as the
# packets on the wire.
super_packets() {
	local port=40020 how pacing got frames packets arrived
	path 100 10 170
	ctl slot add tcp 2>/dev/null
	policy wide 1 -4
	works activate wide
	for how in on off; do
		offloads $how
		for pacing in fq noqueue; do
			port=$((port + 1))
			tc qdisc replace dev c0 root $pacing
			trace_on
			frames=$(cat /sys/class/net/c0/statistics/tx_packets)
			iperf3 -c 10.8.2.1 -C liteflow -t 1.2 --cport $port -f k >"$tmp/out" 2>&1 &
			sleep 1
			has "offloads $how, $pacing: the model has spoken" "$(listed $port)" \
				'"wide"]'
			wait $!
			frames=$(($(cat /sys/class/net/c0/statistics/tx_packets) - frames))
			intervals $port >"$tmp/i"
			packets=$(sum delivered <"$tmp/i")
			arrived=$(awk '/receiver/ { print int($5 * 1048576 / 1448) }' "$tmp/out")
			got=$(awk '/receiver/ { print int($7) }' "$tmp/out")
			is "offloads $how, $pacing: kbit/s of 100,000" "$got" -gt 75000
			is "offloads $how, $pacing: per cent of the intervals under the policy" \
				"$(percent "$(grep -c state=policy "$tmp/i")" \
					"$(wc -l <"$tmp/i")")" -gt 75
			# iperf3 counts bytes of 1,448 a packet, and stops before the last interval
			# does.
			is "offloads $how, $pacing: per cent of the packets that arrived" \
				"$(percent "$packets" "$arrived")" -ge 97
			is "offloads $how, $pacing: per cent of the packets that arrived" \
				"$(percent "$packets" "$arrived")" -le 102
			is "offloads $how, $pacing: per cent sent of what is delivered" \
				"$(percent $(($(sum send <"$tmp/i") / $(wc -l <"$tmp/i"))) 65536)" \
				-le 120
			if [ $how = on ]; then
				# Two: a 32nd of 10 ms, at 100 Mbit/s (lf_rate_burst()).
				is "super-packets: packets in a hundred" \
					"$(percent "$packets" "$frames")" -ge 180
			else
				is "no super-packets: frames beside $packets packets" "$frames" \
					-ge "$packets"
			fi
		done
	done
	offloads on
	tc qdisc del dev c0 root
}

# An MPTCP connection that sends for two seconds from address $1 with further words: ours to set
# TCP_CONGESTION to. Prints what it sent and what the other end got.
mptcp_send() {
	python3 - "$@" <<-'PY'
		import socket, struct, sys, time
		s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
		for cc in sys.argv[2:]:
		    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, cc.encode())
		s.connect(("10.8.2.1", int(sys.argv[1])))
		sent, end = 0, time.monotonic() + 2
		while time.monotonic() < end:
		    sent += s.send(bytes(16384))
		s.shutdown(socket.SHUT_WR)
		print(sent, struct.unpack("Q", s.recv(8, socket.MSG_WAITALL))[0])
	PY
}

# Counts what comes on each connection to this port and says so at its end: protocol, port.
counting() {
	ip netns exec lft-s python3 -c '
import socket, struct, sys
l = socket.socket(socket.AF_INET, socket.SOCK_STREAM, int(sys.argv[1]))
l.bind(("", int(sys.argv[2])))
l.listen()
while True:
    c, _ = l.accept()
    n, got = 1, 0
    while n:
        n = len(c.recv(1 << 16))
        got += n
    c.sendall(struct.pack("Q", got))
    c.close()
' "$@" &
	sleep 0.3
}

# The subflows of an MPTCP connection are ours, by the socket or by the sysctl; and what falls back
# to TCP.
mptcp() {
	local way flows
	[ -e /proc/sys/net/mptcp/enabled ] || { skip "this kernel has no MPTCP"; return; }
	path 10 20 60
	policy several 2 -4
	ctl slot add tcp 2>/dev/null
	works activate several
	ip address add 10.8.1.3/24 dev c0
	works ip mptcp limits set subflow 1 add_addr_accepted 1
	works s ip mptcp limits set subflow 1 add_addr_accepted 1
	works ip mptcp endpoint add 10.8.1.3 dev c0 subflow
	counting 262 5204
	counting 6 5205
	for way in liteflow sysctl; do
		[ $way = liteflow ] || sysctl -qw net.ipv4.tcp_congestion_control=liteflow
		# shellcheck disable=SC2086
		mptcp_send 5204 ${way#sysctl} >"$tmp/out" &
		sleep 1.5
		flows=$(ctl -j tcp list | jq -c '[.[] | select(.peer | endswith(":5204")) |
			select(.snapshot != null) | .local[:8]] | sort')
		is "$way: both subflows have asked the model" "$flows" = '["10.8.1.1","10.8.1.3"]'
		has "$way: subflows of one connection" "$(ss -tin dport = 5204)" "tcp-ulp-mptcp"
		wait $!
		is "$way: all of it arrived" "$(cut -d' ' -f1 "$tmp/out")" \
			= "$(cut -d' ' -f2 "$tmp/out")"
		is "$way: bytes of 2,400,000" "$(cut -d' ' -f1 "$tmp/out")" -gt 1700000
	done
	mptcp_send 5205 >"$tmp/out" &
	sleep 1.5
	has "to one that speaks TCP alone" \
		"$(ctl -j tcp list | jq -c '.[] | select(.peer | endswith(":5205"))')" '"snapshot"'
	wait $!
	is "to one that speaks TCP alone: all of it arrived" "$(cut -d' ' -f1 "$tmp/out")" \
		= "$(cut -d' ' -f2 "$tmp/out")"
	sysctl -qw net.ipv4.tcp_congestion_control=cubic
	ip mptcp endpoint flush
	ip address del 10.8.1.3/24 dev c0
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

# Root of a namespace may choose it and name its slot, in that namespace alone.
user_namespace() {
	local out
	out=$(setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn sh -c '
		sysctl -qw net.ipv4.tcp_congestion_control=liteflow &&
			sysctl -n net.ipv4.tcp_congestion_control
		sysctl -qw net.liteflow.tcp_slot=mine &&
			sysctl -n net.liteflow.tcp_slot' 2>&1) || true
	is "in a user namespace" "$(echo "$out" | tr '\n' ' ')" = "liteflow mine "
	out=$(setpriv --reuid 65534 --regid 65534 --clear-groups sysctl \
		-w net.liteflow.tcp_slot=mine 2>&1)
	is "outside of it" "$(sysctl -n net.liteflow.tcp_slot)" = tcp
}

# The time of ten requests of 200 KB, each 300 ms after the answer to the one before, ms; ascending.
requests_take() {
	timeout 60 python3 - "$1" <<-'PY'
		import socket, sys, time
		s = socket.socket()
		s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, sys.argv[1].encode())
		s.connect(("10.8.2.1", 5206))
		took = []
		for _ in range(10):
		    time.sleep(0.3)
		    begun = time.monotonic()
		    s.sendall(bytes(200000))
		    s.recv(1)
		    took.append(int(1000 * (time.monotonic() - begun)))
		print(*sorted(took))
	PY
}

# After idleness the rate is known, and start-up has not overrun the queue each time anew.
requests() {
	local ours theirs
	path 20 40 66
	ctl slot add tcp 2>/dev/null
	works ctl slot set tcp "$top/build/models/aurora.lfs" activate
	ip netns exec lft-s python3 -c '
import socket
l = socket.create_server(("", 5206))
while True:
    c, _ = l.accept()
    while c.recv(200000, socket.MSG_WAITALL):
        c.sendall(b".")
' &
	sleep 0.3
	theirs=$(requests_take cubic)
	ours=$(requests_take liteflow)
	is "ms of $ours, cubic's $theirs: the sixth" \
		"$(cut -d' ' -f6 <<<"$ours")" -le "$(cut -d' ' -f6 <<<"$theirs")"
}

# Connections that change to it and away again, by setsockopt or as a checkpoint does, deliver
# nine tenths of what cubic does.
switches() {
	local theirs got plan
	path 40 20 66
	ctl slot add tcp 2>/dev/null
	works ctl slot set tcp "$top/build/models/aurora.lfs" activate
	theirs=$(switching 0 cubic)
	for plan in "21 cubic liteflow" "5 liteflow bbr" "21 liteflow" "5 cubic liteflow repair"; do
		# shellcheck disable=SC2086
		got=$(switching $plan)
		is "$plan: per cent of cubic's $theirs kbit/s" "$(percent "$got" "$theirs")" -ge 90
	done
	ctl slot del tcp force >/dev/null
}

switching() { "$top/tests/netns/tcp_switch.py" 10.8.2.1 6 "$@"; }

rmmod_in_use() {
	path 20 10 100
	iperf3 -c 10.8.2.1 -C liteflow -t 2 >/dev/null 2>&1 &
	sleep 1
	fails '' rmmod tcp_liteflow
	fails '' rmmod liteflow
	wait $!
	sysctl -qw net.ipv4.tcp_congestion_control=liteflow
	fails '' rmmod tcp_liteflow
	sysctl -qw net.ipv4.tcp_congestion_control=cubic
}

# shellcheck disable=SC2048,SC2086
run ${*:-$ALL_TESTS}
