#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The bench's module in a test machine: who may answer, connections that end while a process decides
# about them, a process that goes while they live, rmmod.
#
#	tests/bench/cc_user/build uml-debug && tests/vm/run uml-debug tests/bench/cc_user/test.sh
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../../lib.sh"


# Speaks to the family: register [PERIOD], or answer CONN NUMBER ACTION; prints the kernel's error
# number.
speak() {
	python3 - "$@" <<-'PY'
	import socket, struct, sys
	def attr(kind, data):
	    return struct.pack("HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)
	def talk(s, family, cmd, attrs):
	    body = struct.pack("BBH", cmd, 1, 0) + attrs
	    s.send(struct.pack("IHHII", 16 + len(body), family, 5, 1, 0) + body)
	    while True:
	        m = s.recv(65536)
	        kind = struct.unpack("H", m[4:6])[0]
	        if kind == 2:
	            return -struct.unpack("i", m[16:20])[0], None
	        if kind == family:
	            got = m[20:]
	            while got:
	                n, k = struct.unpack("HH", got[:4])
	                if k == 1 and family == 16: return 0, struct.unpack("H", got[4:6])[0]
	                got = got[(n + 3) & ~3:]
	s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
	s.bind((0, 0))
	_, family = talk(s, 16, 3, attr(2, b"lf_user\0"))
	s.close()	# the family's ack is still in there
	s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
	s.bind((0, 0))
	what, numbers = sys.argv[1], [int(x) for x in sys.argv[2:]]
	if what == "register":
	    print(talk(s, family, 1, b"".join(attr(1, struct.pack("I", n)) for n in numbers))[0])
	elif what == "answer":
	    attrs = (attr(k, struct.pack("i", n)) for k, n in zip((2, 3, 5), numbers))
	    print(talk(s, family, 3, b"".join(attrs))[0])
	else:		# registers, and answers whatever comes to its mind
	    talk(s, family, 1, attr(1, struct.pack("I", 0)))
	    wrong = 0
	    for n in range(3000):
	        a = [(1, n), (n % 40, n % 7), (n * 2654435761 % 2**31, n), (n % 40, -n)][n % 4]
	        end = [-2**31, 2**31 - 1, 0][n % 3]
	        s.send(struct.pack("IHHII", 44, family, 1, 1, 0) + struct.pack("BBH", 3, 1, 0) +
	               attr(2, struct.pack("i", a[0])) + attr(3, struct.pack("i", a[1])) +
	               attr(5, struct.pack("i", end)))
	    print(0)
	PY
}

decider() {		# period, us
	build/bench/cc-decide build/models/aurora.lfs "$1" >"$tmp/ready" &
	pid=$!
	until grep -q ready "$tmp/ready"; do kill -0 $pid || return 1; sleep 0.1; done
}

# What comes after a while.
soon() {
	local n=50
	until eval "$1"; do n=$((n - 1)); [ $n -gt 0 ] || return 1; sleep 0.1; done
}

gone() { kill $pid && ! wait $pid 2>/dev/null; }
state_of() {
	ss -tin state established dst 127.0.0.1 dport = :5201 | grep -o 'cwnd_gain:[0-9]*' |
		sort -u | tr '\n' ' '
}
bulk() { iperf3 -c 127.0.0.1 -p 5201 -C lf_user -n "${1:-2M}" "${@:2}" >/dev/null; }
told() { dmesg | grep 'lf_user: asked' | tail -1; }

ip link set lo up mtu 1500
ethtool -K lo tso off gso off gro off >/dev/null
tc qdisc add dev lo root netem delay 2ms rate 50mbit limit 200
check "loads" insmod "$LF_MODULES-cc-user/tcp_lf_user.ko"
iperf3 -s -p 5201 >/dev/null 2>&1 &
server=$!
sleep 1

check "an answer of somebody who is not asked is refused" [ "$(speak answer 1 1 0)" = 1 ]
check "half an answer is refused" [ "$(speak answer 1 1)" = 22 ]
check "registering without a period is refused" [ "$(speak register)" = 22 ]
check "bulk without a process" bulk
check "a process registers" decider 0
check "a second one is refused" [ "$(speak register 0)" = 16 ]
check "bulk with a process" bulk 16M
check "it is gone" gone
check "it was asked and answered$(told | sed 's/.*lf_user//')" eval \
	"told | grep -q 'asked [1-9].*\(in time\|behind\) [1-9]'"

check "another registers" decider 10000
bulk 60M -P 4 &
bulk=$!
check "its flows are under a policy" soon "state_of | grep -q 'gain:[345]'"
check "rmmod is refused while they live" eval "! rmmod tcp_lf_user 2>/dev/null"
check "it goes while they live" gone
check "which go back to the fallback" soon '[ "$(state_of)" = "cwnd_gain:1 " ]'
check "another registers" decider 0
wait $bulk
check "they end well" [ $? = 0 ]
for _ in $(seq 20); do
	{ timeout -s KILL 0.1 iperf3 -c 127.0.0.1 -p 5201 -C lf_user -P 8 -t 5; } >/dev/null 2>&1
done
check "connections are cut off under it" true
check "it is gone" gone

kill $server
wait $server 2>/dev/null
iperf3 -s -p 5201 >/dev/null 2>&1 &
server=$!
sleep 1
bulk 20M -P 4 &
bulk=$!
sleep 0.5
check "nonsense for answers" [ "$(speak nonsense)" = 0 ]
wait $bulk
check "does no harm" [ $? = 0 ]

kill $server
wait $server 2>/dev/null
sleep 1
check "unloads" rmmod tcp_lf_user
finish
