#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Everything at once, for SECONDS: slots come and go, snapshots swap, qdiscs are made, changed and
# deleted, all is listed (by hostile-races, for lfctl and tc take longer to start than to do it);
# streams are recorded, and namespaces end with traffic in them. Then all goes and the modules are
# unloaded.
#
#	tests/vm/run qemu-6.1 tests/hostile/races.sh [SECONDS]
#
#	namespace race        h0 10.5.0.1, tbf -> liteflow slot a | veth | h1 10.5.0.2, namespace
#			      race-peer
#	namespace race-N      the same, for a second or so
#
# Single commands may fail: their object may be gone. The kernel, the counts and the end must be
# right.
set -u
# shellcheck source=tests/hostile/lib.sh
. "$(dirname "$0")/lib.sh"
end=$((SECONDS + ${1:-25}))
models=$top/build/models

race() { ip netns exec race "$@" >/dev/null 2>&1 </dev/null; }
# loop NAME FUNCTION: until the time is over; counts what succeeded and what did not. A busy machine
# may have had time for one try that came to nothing: then up to five.
loop() {
	local name=$1 good=0 bad=0
	while [ $SECONDS -lt $end ] || { [ $good = 0 ] && [ $bad -lt 5 ]; }; do
		if "$2"; then good=$((good + 1)); else bad=$((bad + 1)); fi
	done
	echo "$name $good $bad" >"$tmp/$name"
}

# wired NAMESPACE PEER: two namespaces with a wire between them, and packets on it.
wired() {
	ip netns add "$1" && ip netns add "$2" || return 1
	ip -n "$1" link add h0 type veth peer name h1 netns "$2"
	ip -n "$1" addr add 10.5.0.1/24 dev h0
	ip -n "$2" addr add 10.5.0.2/24 dev h1
	ip -n "$1" link set h0 up
	ip -n "$2" link set h1 up
}

records() {
	race timeout -k 5 2 "$top/build/bin/lfctl" record -o "$tmp/stream.npy" a --count 200 \
		--seconds 1
	race timeout -k 5 1 "$top/build/bin/lfctl" monitor
	true
}

# A short queue may starve either: they take what they get in a while.
pings() { race timeout -k 1 10 ping -q -f -c 300 -w 8 -s $((RANDOM % 1400)) 10.5.0.2; }
# So many bytes, not so many seconds: how many of those a debug kernel needs depends on what else
# the machine does.
streams() { race timeout -k 1 25 iperf3 -c 10.5.0.2 -n 128K -P 8; }
# A namespace of its own ends with slot, qdisc, listener and packets in it.
namespaces() {
	local ns=race-$BASHPID-$RANDOM listener packets
	wired $ns $ns-peer || return 1
	ip netns exec $ns "$top/build/bin/lfctl" slot add a sample 1
	ip netns exec $ns "$top/build/bin/lfctl" slot set a appclass-net activate
	ip netns exec $ns tc qdisc add dev h0 root liteflow slot a idle 100ms
	# Not timeout(1): killed while it forks, it leaves its child, which holds the namespace.
	ip netns exec $ns "$top/build/bin/lfctl" record -o "$tmp/$ns.npy" a --seconds 2 \
		>/dev/null 2>&1 &
	listener=$!
	ip netns exec $ns ping -q -f -w 1 10.5.0.2 >/dev/null 2>&1 &
	packets=$!
	sleep 0.$((RANDOM % 8 + 1))
	ip netns del $ns
	kill $listener 2>/dev/null
	wait $packets
	ip netns del $ns-peer
	wait $listener 2>/dev/null
	true
}

modules_in
works "$top/build/bin/lfctl" snapshot load "$models/appclass-forest.lfs" "$models/appclass-net.lfs"
works wired race race-peer
race tc qdisc add dev h0 root handle 1: tbf rate 50mbit burst 50k limit 1m
race "$top/build/bin/lfctl" slot add a sample 1
ip netns exec race-peer iperf3 -s >/dev/null 2>&1 &
server=$!

loops="records pings streams namespaces"
for l in $loops; do
	loop "$l" "$l" 2>"$tmp/$l.err" &
	workers+=($!)
done
counted ip netns exec race "$top/build/tests/hostile-races" "$((end - SECONDS))" h0 10.5.0.2 \
	"$models/observer.lfs"
wait "${workers[@]}"
kill $server
wait 2>/dev/null
for l in $loops; do
	read -r _ good bad <"$tmp/$l"
	echo "$l: $good went through, $bad did not"
	[ "$good" -gt 0 ] && ok "$l" || not_ok "$l never went through" "$(tail -n 3 "$tmp/$l.err")"
done

# The qdisc that is left, of any kind, still sends packets.
if ! race ping -q -i 0.1 -c 50 -w 10 10.5.0.2; then
	race ping -q -i 0.2 -c 50 -w 20 10.5.0.2
	not_ok "packets do not pass the qdisc that is left" \
		"$(ip netns exec race tc -s qdisc show dev h0
		ip netns exec race tc -s class show dev h0
		ip netns exec race tc filter show dev h0 parent 10:)"
fi

# All still works, and says so.
race tc qdisc del dev h0 root
race "$top/build/bin/lfctl" slot add a
race "$top/build/bin/lfctl" slot set a pin flow sample 0
works ip netns exec race tc qdisc add dev h0 root liteflow slot a bands 3
works ip netns exec race "$top/build/bin/lfctl" slot set a appclass-net activate
works ip netns exec race ping -q -f -c 50 10.5.0.2
is "packets got verdicts" "$(ip netns exec race "$top/build/bin/lfctl" -j attach list |
	jq '.[0].packets | .inferred + .cached >= 50')" = true
[ $((RANDOM % 2)) = 0 ] || works ip netns exec race tc qdisc del dev h0 root
ip netns del race
ip netns del race-peer
# A namespace goes some time later, when the last that refers to its devices has gone.
n=600
until [ "$(ctl -j snapshot list | jq '[.[].users] | add')" = 0 ] || [ $((n -= 1)) = 0 ]; do
	sleep 0.1
done
is "nobody holds a snapshot" "$(ctl -j snapshot list | jq '[.[].users] | add')" = 0
modules_out
rm -rf "$tmp"
finish
