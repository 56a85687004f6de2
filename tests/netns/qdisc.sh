#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The liteflow qdisc under real traffic, in a test machine:
#
#	tests/vm/modules uml && tests/vm/run uml tests/netns/qdisc.sh [TEST...]
#						(without TEST all but those in $LF_WITHOUT)
#
#	here                                       namespace lfq-peer
#	lfq0 10.9.0.1 fd09::1, two queues -------- lfq1 10.9.0.2 fd09::2
#	lfq0.7 10.9.7.1 (VLAN) ------------------- lfq1.7 10.9.7.2
#
# A veth never queues. Where a queue is needed, liteflow is the child of a tbf:
#
#	tbf 1: -> liteflow 10: (class 10:1 is band 0) -> fq_codel, ...
#
# The checks are of counters, not times, where possible. Tests of counters, maps, acts, srpt and
# trees are in qdisc_*.sh. One file, though long: the tests here share the devices and helpers.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
export TC_LIB_DIR=${TC_LIB_DIR:-$top/build/tc}
TC=${TC:-tc}
lfctl=${LFCTL:-$top/build/bin/lfctl}

ALL_TESTS="no_slot sums ordinary_fq_codel strict starvation no_starvation drr drr_order drr_share
	move_on_fewer_bands move_on_graft lower_limit limit_spares_other_bands limit_is_fq_codels
	change_under_traffic delete_under_traffic filter filter_drops filter_to_nowhere priority
	vlan ipv6 fragments gso non_ip mq mq_many memory_limit default_qdisc nested throttled_child
	offers_nothing verdict_to_band fragment_verdict tunnels verdict_none verdict_by_map
	value_to_band empty_slot slot_goes many_and_random hostile no_memory"

# shellcheck source=tests/netns/qdisc_lib.sh
. tests/netns/qdisc_lib.sh
# shellcheck source=tests/netns/qdisc_counts.sh
. tests/netns/qdisc_counts.sh
# shellcheck source=tests/netns/qdisc_acts.sh
. tests/netns/qdisc_acts.sh
# shellcheck source=tests/netns/qdisc_maps.sh
. tests/netns/qdisc_maps.sh
# shellcheck source=tests/netns/qdisc_srpt.sh
. tests/netns/qdisc_srpt.sh
# shellcheck source=tests/netns/qdisc_order.sh
. tests/netns/qdisc_order.sh
# shellcheck source=tests/netns/qdisc_tree.sh
. tests/netns/qdisc_tree.sh

test_no_slot() {
	root
	pings 20 10.9.0.2
	is "all in the default band" "$(cx defaulted 2)" -ge 20
	is "none in band 0" "$(cstat pkts 1)" -eq 0
	is "none in band 2" "$(cstat pkts 3)" -eq 0
	is "each counted as no_slot" "$(x .verdicts.no_slot)" -eq "$(qstat pkts)"
	is "nothing dropped" "$(qstat dropped)" -eq 0
}

test_sums() {
	root bands 4
	pings 50 10.9.0.2
	udp 100 500 5005
	is "packets of the classes" "$(sum_classes pkts)" -eq "$(qstat pkts)"
	is "bytes of the classes" "$(sum_classes bytes)" -eq "$(qstat bytes)"
	is "verdicts" "$(verdicts)" -eq "$(qstat pkts)"
	is "backlog" "$(qstat backlog)" -eq 0
}

# A bulk transfer fills the queue; fq_codel keeps a ping beside it fast, a fifo of 1,000 packets
# would take 600 ms.
test_ordinary_fq_codel() {
	local rtt
	below_tbf 20mbit
	ping_beside_bulk
	is "ping beside a bulk transfer, ms" "$rtt" -lt 150
	is "the queue did build up" "$(qstat overlimits 1:)" -gt 0
	is "delay was measured" "$(cx delay_max 2)" -gt 0
	is "classes and qdisc agree" "$(sum_classes bytes)" -eq "$(qstat bytes)"
}

# two_full_bands N [OPTION...]: behind a dam, N packets each in the first and the last band, in
# fifos
two_full_bands() {
	local n=$1
	shift
	below_dam "$@"
	by_port
	must "$TC" qdisc add dev lfq0 parent 10:1 pfifo limit 1000
	must "$TC" qdisc add dev lfq0 parent 10:3 pfifo limit 1000
	udp "$n" 1000 5003
	udp "$n" 1000 5001
}

# flows_out N: open the dam, ten packets a second, until N have come out of the first band
flows_out() {
	local n=0
	must "$TC" qdisc change dev lfq0 root handle 1: tbf rate 80kbit burst 5000 latency 1s
	# tbf still sleeps as long as the dam made it; a packet wakes it.
	udp 1 1000 5009
	while [ "$(cstat pkts 1)" -lt "$1" ] && [ $((n += 1)) -lt 200 ]; do
		sleep 0.1
	done
}

# Packets of the first band go first.
test_strict() {
	two_full_bands 80 mode strict starve 0
	flows_out 20
	is "first band has more packets" "$(cstat backlog 1)" -gt 0
	is "first band" "$(cstat pkts 1)" -ge 20
	is "last band" "$(cstat pkts 3)" -eq 0
	is "no turns for the starving" "$(x .starved)" -eq 0
}

test_starvation() {
	two_full_bands 80 mode strict starve 250ms
	flows_out 20
	is "first band has more packets" "$(cstat backlog 1)" -gt 0
	is "last band" "$(cstat pkts 3)" -ge 4
	is "last band" "$(cstat pkts 3)" -lt "$(cstat pkts 1)"
	is "turns for the starving" "$(x .starved)" -ge 4
}

# The first band is idle now and then: what the last sends then is no turn of the starving.
test_no_starvation() {
	below_tbf 50mbit mode strict starve 1s
	by_port
	blast 2 5M 5001 5003
	is "none starved" "$(x .starved)" -eq 0
}

# While both bands have packets, what they have sent is three to one, however fast that goes.
test_drr() {
	local a b
	two_full_bands 80 mode drr quantum 3126 1042 1042
	flows_out 36
	a=$(cstat pkts 1) b=$(cstat pkts 3)
	is "first band has more packets" "$(cstat backlog 1)" -gt 0
	is "first band" "$a" -ge $((3 * b - 6))
	is "first band" "$a" -le $((3 * b + 6))
}

# What asks for less than its share waits for none behind it: two packets that come last, into the
# first band, leave while 80 of the last band wait, whose turn would be long.
test_drr_order() {
	below_dam quantum 3000 1 100000
	by_port
	udp 80 1000 5003
	udp 2 1000 5001
	flows_out 2
	is "last band has more packets" "$(cstat backlog 3)" -gt 0
	is "last band sent meanwhile" "$(cstat pkts 3)" -le 40
}

# And what asks for more than its share leaves the last band its own.
test_drr_share() {
	local a b
	two_full_bands 80
	flows_out 36
	read -r a b <<<"$(cstats pkts 1 3)"
	is "first band has more packets" "$(cstat backlog 1)" -gt 0
	is "first band" "$a" -ge $((4 * b - 6))
	is "last band" "$b" -ge 3
}

test_move_on_fewer_bands() {
	stuffed 40 bands 8 default 7
	is "packets in the queue" "$(qstat backlog)" -eq 41
	is "in the default band" "$(cstat backlog 8)" -eq 41
	check "change" change bands 2 default 0
	is "packets in the queue" "$(qstat backlog)" -eq 41
	is "moved to the new default band" "$(cstat backlog 1)" -eq 41
	is "tbf agrees" "$(qstat backlog 1:)" -eq 41
	is "nothing dropped" "$(qstat dropped)" -eq 0
}

test_move_on_graft() {
	stuffed 40
	check "graft" "$TC" qdisc replace dev lfq0 parent 10:2 handle 20: pfifo limit 100
	is "packets in the new child" "$(qstat backlog 20:)" -eq 40
	check "and back" "$TC" qdisc del dev lfq0 parent 10:2
	is "packets in the own child" "$(cstat backlog 2)" -eq 41
	is "packets in the queue" "$(qstat backlog)" -eq 41
	is "nothing dropped" "$(qstat dropped)" -eq 0
	check "a child that is too small" "$TC" qdisc replace dev lfq0 parent 10:2 handle 20: \
		pfifo limit 10
	is "packets in the queue" "$(qstat backlog)" -eq 11
	is "tbf agrees" "$(qstat backlog 1:)" -eq 11
	is "dropped" "$(qstat dropped)" -eq 30
}

test_lower_limit() {
	stuffed 40
	check "change" change limit 7
	is "packets in the queue" "$(qstat backlog)" -eq 8
	is "dropped" "$(qstat dropped)" -eq 33
	is "tbf agrees" "$(qstat backlog 1:)" -eq 8
}

# A full band does not cost another its packets.
test_limit_spares_other_bands() {
	below_dam limit 20
	by_port
	must "$TC" qdisc add dev lfq0 parent 10:3 pfifo limit 1000
	udp 60 1000 5003
	is "packets in the full band" "$(cstat backlog 3)" -eq 20
	udp 5 1000 5001
	is "the new ones are in" "$(cstat backlog 1)" -eq 5
	is "the full band gave them up" "$(cx shed 3)" -eq 45
	is "counted as overlimit" "$(x .overlimit)" -eq 45
	is "counted as dropped" "$(qstat dropped)" -eq 45
	is "packets in the queue" "$(qstat backlog)" -eq 21
	is "tbf agrees" "$(qstat backlog 1:)" -eq 21
}

# All in one band: it is the fq_codel in it that drops.
test_limit_is_fq_codels() {
	below_dam limit 20
	udp 60 1000 5003
	is "packets in the band" "$(cstat backlog 2)" -le 21
	is "dropped and queued" $(($(qstat dropped) + $(cstat backlog 2))) -eq 61
	is "none by the qdisc itself" "$(x .overlimit)" -eq 0
	is "tbf agrees" "$(qstat backlog 1:)" -eq "$(qstat backlog)"
}

# Traffic while something changes: 40 datagrams, twenty times a second or less, in the background.
stream_begin() {
	rm -f "$tmp/enough"
	: >"$tmp/bursts"
	until [ -e "$tmp/enough" ]; do
		udp 40 200 5001
		echo >>"$tmp/bursts"
		sleep 0.05
	done &
	streamer=$!
}

# stream_lasts ROUNDS: until there were three rounds of changes and 20 bursts
stream_lasts() { [ "$1" -lt 3 ] || [ "$(wc -l <"$tmp/bursts")" -lt 20 ]; }

# Afterwards $streamed packets have been sent.
stream_end() {
	: >"$tmp/enough"
	wait $streamer
	streamed=$((40 * $(wc -l <"$tmp/bursts")))
}

test_change_under_traffic() {
	local n=0 streamer streamed
	below_tbf 1gbit
	stream_begin
	while stream_lasts $n; do
		must change bands 8 default 7
		must change mode drr map a:0 b:1
		must change bands 2 default 0 limit 9999
		must change mode strict map none noecn slot other
		must "$TC" qdisc replace dev lfq0 parent 10:1 handle 20: pfifo
		must "$TC" qdisc del dev lfq0 parent 10:1
		n=$((n + 1))
	done
	stream_end
	all_out $streamed
}

test_delete_under_traffic() {
	local n=0 job
	blast 3 50M 5001 &
	job=$!
	sleep 0.5
	while kill -0 $job 2>/dev/null; do
		root limit 50
		must "$TC" qdisc del dev lfq0 root
		n=$((n + 1))
	done
	is "made and deleted" $n -ge 1
}

test_filter() {
	root
	must "$TC" filter add dev lfq0 parent 1: protocol ip matchall classid 1:3
	pings 20 10.9.0.2
	is "in the filter's band" "$(cstat pkts 3)" -ge 20
	is "counted" "$(x .filtered)" -ge 20
	is "and not by verdict" "$(cx classified 3)" -eq 0
	is "every packet counted once" $(($(verdicts) + $(x .filtered) + $(x .prioritized))) \
		-eq "$(qstat pkts)"
}

test_filter_drops() {
	root
	must "$TC" filter add dev lfq0 parent 1: protocol ip matchall action drop
	pings 5 10.9.0.2
	is "dropped" "$(qstat dropped)" -eq 5
	is "counted" "$(x .filtered)" -eq 5
}

test_filter_to_nowhere() {
	root
	must "$TC" filter add dev lfq0 parent 1: protocol ip matchall classid 1:9
	pings 5 10.9.0.2
	is "as if there were no filter" "$(cstat pkts 2)" -ge 5
	is "not counted" "$(x .filtered)" -eq 0
}

test_priority() {
	root
	must "$TC" filter add dev lfq0 parent 1: protocol ip matchall classid 1:3
	must "$TC" qdisc add dev lfq0 clsact
	must "$TC" filter add dev lfq0 egress protocol ip matchall action skbedit priority 1:1
	pings 20 10.9.0.2
	is "priority goes before filters" "$(cstat pkts 1)" -ge 20
	is "counted" "$(x .prioritized)" -ge 20
	must "$TC" filter replace dev lfq0 egress protocol ip pref 1 matchall action skbedit \
		priority 2:1
	must "$TC" filter del dev lfq0 egress
	must "$TC" filter add dev lfq0 egress protocol ip matchall action skbedit priority 2:1
	pings 10 10.9.0.2
	is "another qdisc's priority says nothing" "$(cstat pkts 3)" -ge 10
}

# counted_all BAND WHAT COMMAND...: each packet has one verdict, and none is lost
counted_all() {
	local what=$1
	shift
	check "$what" "$@"
	is "every packet has a verdict" "$(verdicts)" -eq "$(qstat pkts)"
	is "nothing dropped" "$(qstat dropped)" -eq 0
}

test_vlan() {
	root
	counted_all "VLAN" pings 10 10.9.7.2
	is "in the default band" "$(cstat pkts 2)" -ge 10
}

test_ipv6() {
	with_ipv6
	root
	counted_all "IPv6" pings 10 -6 fd09::2
	is "in the default band" "$(cstat pkts 2)" -ge 10
}

test_fragments() {
	root
	counted_all "fragments" pings 10 -s 4000 10.9.0.2
	is "three fragments each" "$(qstat pkts)" -ge 30
	with_ipv6
	check "fragments of IPv6" pings 5 -6 -s 4000 fd09::2
}

test_gso() {
	root
	must ethtool -K lfq0 tso on gso on
	server 5202
	check "TCP" iperf3 -c 10.9.0.2 -p 5202 -n 20M
	is "bytes" "$(qstat bytes)" -ge 10000000
	is "fewer verdicts than packets on the wire" "$(verdicts)" -lt "$(qstat pkts)"
	is "classes and qdisc agree" "$(sum_classes pkts)" -eq "$(qstat pkts)"
}

test_non_ip() {
	root
	ip neigh del 10.9.0.2 dev lfq0
	check "ARP goes out" pings 1 10.9.0.2
	is "packets" "$(qstat pkts)" -eq 2
	is "every packet has a verdict" "$(verdicts)" -eq 2
}

test_mq() {
	local a b
	dev=lfq0
	must "$TC" qdisc add dev lfq0 root handle 8001: mq
	must "$TC" qdisc replace dev lfq0 parent 8001:1 handle 11: liteflow
	must "$TC" qdisc replace dev lfq0 parent 8001:2 handle 12: liteflow bands 2
	blast 1 5M 5001 5002 5003 5004
	q=11:
	a=$(qstat pkts)
	is "first queue: classes" "$(sum_classes pkts)" -eq "$a"
	q=12:
	b=$(qstat pkts)
	is "second queue: classes" "$(sum_classes pkts)" -eq "$b"
	is "together" $((a + b)) -eq "$(qstat pkts 8001:)"
	check "delete one" "$TC" qdisc del dev lfq0 parent 8001:1 handle 11:
	check "delete all" "$TC" qdisc del dev lfq0 root
}

# As many queues as large network cards have: each has a table, and none takes much before it has
# flows.
test_mq_many() {
	local old out
	old=$(sysctl -n net.core.default_qdisc)
	must ip link add lfqm numtxqueues 256 type dummy
	must sysctl -qw net.core.default_qdisc=liteflow
	check "256 queues" "$TC" qdisc add dev lfqm root handle 8001: mq
	must sysctl -qw net.core.default_qdisc="$old"
	out=$("$TC" -s -j qdisc show dev lfqm |
		jq -r '[.[] | select(.kind == "liteflow")] | "\(length) \(map(.flow_bytes) | add)"')
	is "queues" "${out% *}" -eq 256
	is "bytes of all tables: less than four of the default size" "${out#* }" \
		-lt $((4 * 65536 * 220))
	must ip link del lfqm
}

# packets N DEVICE DST-MAX: UDP packets of random flows, 10.1.0.0 to DST-MAX
packets() {
	local line
	for line in "rem_device_all" "add_device $2"; do
		echo "$line" >/proc/net/pktgen/kpktgend_0
	done
	for line in "xmit_mode queue_xmit" "count $1" "clone_skb 0" "pkt_size 64" "delay 0" \
		"dst_mac 02:00:00:00:00:01" \
		"dst_min 10.1.0.0" "dst_max $3" "udp_src_min 9" "udp_src_max 9" "udp_dst_min 9" \
		"udp_dst_max 9"; do
		echo "$line" >"/proc/net/pktgen/$2"
	done
	echo start >/proc/net/pktgen/pgctrl
}

# A table whose bound is larger than what its owner's control group allows: it grows as far as it
# can, and nobody is killed. What it takes is its owner's.
test_memory_limit() {
	local cg=$tmp/cgroup
	with_model split100 || return
	modprobe -q pktgen
	mkdir "$cg" && mount -t cgroup2 none "$cg" &&
		echo +memory >"$cg/cgroup.subtree_control" && [ -e /proc/net/pktgen ] || {
		skip "this kernel has no control groups of memory, or no pktgen"
		return
	}
	mkdir "$cg/small"
	echo 60M >"$cg/small/memory.max"
	dev=lfq0 q=1:
	# shellcheck disable=SC2016
	check "in 60 MB, at most 115" sh \
		-c 'echo $$ >"$1/small/cgroup.procs"; exec "$2" qdisc add dev lfq0 root handle 1: \
		liteflow slot default flows 524288 idle 600s' - "$cg" "$TC"
	for _ in $(seq 20); do
		packets 150000 lfq0 10.9.255.255
		[ "$(x .flow_bytes)" -lt 25000000 ] || break
		sleep 0.3
	done
	sleep 2
	packets 150000 lfq0 10.9.255.255
	is "it has grown" "$(x .flow_bytes)" -gt 25000000
	is "within the limit" "$(x .flow_bytes)" -lt $((60 << 20))
	is "and is charged" "$(cat "$cg/small/memory.current")" -gt 25000000
	is "it says that it was to be more" "$(x .flows_refused)" -ge 1
	is "  in the list" "$("$lfctl" attach list | grep -c '^qdisc .*/524288 (memory) ')" -eq 1
	is "nobody is killed" "$(awk '$1 == "oom_kill" { print $2 }' "$cg/small/memory.events")" \
		-eq 0
	check "delete" "$TC" qdisc del dev lfq0 root
	for _ in $(seq 50); do
		[ "$(cat "$cg/small/memory.current")" -gt 10000000 ] || break
		sleep 0.1
	done
	is "given back" "$(cat "$cg/small/memory.current")" -lt 10000000
	umount "$cg"
}

# The kernel makes it itself, without options and without a handle.
test_default_qdisc() {
	local old handles
	old=$(sysctl -n net.core.default_qdisc)
	must sysctl -qw net.core.default_qdisc=liteflow
	dev=lfq0
	must "$TC" qdisc add dev lfq0 root handle 8001: mq
	handles=$("$TC" qdisc show dev lfq0 |
		sed -n 's/^qdisc liteflow \([0-9a-f]*:\) parent 8001:.*/\1/p' | sort -u | wc -l)
	is "own handles" "$handles" -eq 2
	blast 1 5M 5001 5002 5003 5004
	is "packets" "$(qstat pkts 8001:)" -gt 100
	must "$TC" qdisc del dev lfq0 root
	must sysctl -qw net.core.default_qdisc="$old"
}

# Sixteen bands with a liteflow in one of them; packets go through both.
test_nested() {
	root bands 16 default 15
	must "$TC" qdisc add dev lfq0 parent 1:10 handle 20: liteflow bands 2 default 1
	pings 10 10.9.0.2
	is "outer" "$(cstat pkts 10)" -ge 10
	q=20:
	is "inner" "$(cstat pkts 2)" -ge 10
}

# A child that holds its packets back does not hold up the others, and they come out in the end.
test_throttled_child() {
	root
	by_port
	must "$TC" qdisc add dev lfq0 parent 1:1 handle 20: netem delay 2s
	udp 10 100 5001
	is "held back" "$(cstat backlog 1)" -eq 10
	check "others pass" pings 5 10.9.0.2
	sleep 3
	is "out" "$(cstat backlog 1)" -eq 0
	is "queue is empty" "$(qstat backlog)" -eq 0
	must "$TC" qdisc change dev lfq0 root handle 1: liteflow mode drr
	udp 10 100 5001
	check "others pass, drr" pings 5 10.9.0.2
	sleep 3
	is "queue is empty" "$(qstat backlog)" -eq 0
	udp 10 100 5001
	check "delete with packets held back" "$TC" qdisc del dev lfq0 root
}

# Over the limit with a band that gives nothing back: the newcomers are refused, and the limit
# holds.
test_offers_nothing() {
	root limit 5
	by_port
	must "$TC" qdisc add dev lfq0 parent 1:1 handle 20: netem delay 2s limit 1000
	udp 30 100 5001
	is "packets in the queue" "$(qstat backlog)" -le 6
	is "refused" "$(qstat dropped)" -ge 24
	is "counted as overlimit" "$(x .overlimit)" -ge 24
}

# A model by which packets of at most 100 bytes are "small" (class 0), others "large" (class 1).
with_model() {
	[ -x "$lfctl" ] && [ -x build/tests/mksnap ] || {
		skip "no lfctl or mksnap"
		return 1
	}
	build/tests/mksnap "$tmp" && must "$lfctl" slot add default pin none &&
		must "$lfctl" slot set default "$tmp/$1.lfs" activate
}

test_verdict_to_band() {
	with_model split100 || return
	root every 1
	pings 20 -s 20 10.9.0.2
	pings 30 -s 500 10.9.0.2
	is "small ones in band 0" "$(cx classified 1)" -eq 20
	is "large ones in band 1" "$(cx classified 2)" -eq 30
	is "inferred" "$(x .verdicts.inferred)" -eq 50
	is "every packet has a verdict" "$(verdicts)" -eq "$(qstat pkts)"
	is "generation" "$(x .generation)" -ge 1
	is "snapshot" "$(x .snapshot)" = '"split100"'
	is "flows" "$(x .flows_now)" -ge 1
	check "lfctl knows of it" sh \
		-c "$lfctl -j attach list | jq -e '.. | .label? | select(. == \"1:\")'"
}

# A model that knows the first fragment by its length puts those that follow beside it.
test_fragment_verdict() {
	with_model split100 || return
	root every 1
	pings 10 -s 4000 10.9.0.2
	is "three fragments each in their first one's band" "$(cx classified 2)" -eq 30
	is "the first have a verdict" "$(x .verdicts.inferred)" -eq 10
	is "the others have theirs" "$(x .verdicts.cached)" -eq 20
	is "they are not in the flow" "$(x .flows_now)" -eq 1
	with_ipv6
	pings 5 -6 -s 4000 fd09::2
	is "IPv6" "$(cx classified 2)" -eq 45
	is "none is left out" "$(x .verdicts.fragment)" -eq 0
}

# tunnel_ends UP|DOWN KIND OPTIONS...: a tunnel to the peer, 10.99.0.2 and fd99::2 behind it
tunnel_ends() {
	if [ "$1" = down ]; then
		ip link del lft0
		peer ip link del lft1
		return
	fi
	ip link add lft0 type "${@:2}" local 10.9.0.1 remote 10.9.0.2 &&
		peer ip link add lft1 type "${@:2}" local 10.9.0.2 remote 10.9.0.1 || return
	[ "$2" = sit ] || ip addr add 10.99.0.1/24 dev lft0
	[ "$2" = sit ] || peer ip addr add 10.99.0.2/24 dev lft1
	ip link set lft0 up
	peer ip link set lft1 up
	[ "$2" != sit ] || ip addr add fd99::1/64 dev lft0 nodad
	[ "$2" != sit ] || peer ip addr add fd99::2/64 dev lft1 nodad
}

# The flow in a tunnel, by its own length: 88 bytes, and more than 100 with any header around it.
test_tunnels() {
	local kind before to
	with_model split100 || return
	root every 1
	for kind in "ipip" "sit" "gre" "gre key 7 csum seq" "gretap" "vxlan id 7 dstport 4789"; do
		# shellcheck disable=SC2086
		tunnel_ends up $kind 2>/dev/null || { skip "no tunnel $kind"; continue; }
		to="-s 60 10.99.0.2"
		[ "$kind" != sit ] || to="-6 -s 40 fd99::2"
		# shellcheck disable=SC2086
		check "$kind: pings" pings 2 $to
		before=$(cx classified 1)
		# shellcheck disable=SC2086
		pings 10 $to
		is "  are of the inner flow" $(($(cx classified 1) - before)) -ge 10
		must "$TC" qdisc change dev lfq0 root liteflow noinner
		before=$(cx classified 2)
		# shellcheck disable=SC2086
		pings 10 $to
		is "  with noinner, of the tunnel's" $(($(cx classified 2) - before)) -ge 10
		must "$TC" qdisc change dev lfq0 root liteflow inner
		tunnel_ends down
	done
}

# Words of the map for packets without a verdict; the classes go on as without a map.
test_verdict_none() {
	with_model split100 || return
	root every 1 bands 5 map none:4 not-ip:3 default 0
	pings 20 -s 20 10.9.0.2
	pings 30 -s 500 10.9.0.2
	is "small ones in band 0" "$(cx classified 1)" -ge 20
	is "large ones in band 1" "$(cx classified 2)" -eq 30
	must "$lfctl" slot del default force
	pings 10 -s 20 10.9.0.2
	is "no slot: band 4" "$(cx classified 5)" -eq 10
	is "none by default" "$(cx defaulted 1)" -eq 0
	check "change" "$TC" qdisc change dev lfq0 root liteflow map no-slot:2
	pings 10 -s 20 10.9.0.2
	is "one reason" "$(cx classified 3)" -eq 10
	if "$TC" qdisc change dev lfq0 root liteflow map full:1 table-full:2 2>/dev/null; then
		not_ok "a reason twice"
	else
		ok "a reason twice"
	fi
}

test_verdict_by_map() {
	with_model split100 || return
	root every 1 bands 5 map small:4 large:3 default 0
	pings 20 -s 20 10.9.0.2
	pings 30 -s 500 10.9.0.2
	is "small ones in band 4" "$(cx classified 5)" -eq 20
	is "large ones in band 3" "$(cx classified 4)" -eq 30
	check "change" "$TC" qdisc change dev lfq0 root liteflow map 1:2
	pings 10 -s 20 10.9.0.2
	pings 15 -s 500 10.9.0.2
	is "large ones by index in band 2" "$(cx classified 3)" -eq 15
	is "small ones, without entry, in the default band" "$(cx defaulted 1)" -ge 10
}

# 1,000 bytes or 2,000,000 by the length of the packet.
test_value_to_band() {
	with_model bytes || return
	root every 1
	pings 5 -s 20 10.9.0.2
	is "1,000 bytes in band 0" "$(cx classified 1)" -eq 5
	pings 10 -s 500 10.9.0.2
	is "2,000,000 bytes in band 2" "$(cx classified 3)" -eq 10
	check "change" "$TC" qdisc change dev lfq0 root liteflow map 5000000:1
	pings 10 -s 500 10.9.0.2
	is "by a bound of the map" "$(cx classified 2)" -eq 10
	# 48 bytes each, 1,000 predicted: the 63rd is more than 2,000 past it.
	check "change" "$TC" qdisc change dev lfq0 root liteflow map 2000:0 10000:1
	pings 100 -s 20 10.9.0.2
	is "near its prediction a flow stays" "$(cx classified 1)" -eq $((5 + 62))
	is "far past it, it is taken for a greater one" "$(cx classified 2)" -eq $((10 + 38))
}

test_empty_slot() {
	[ -x "$lfctl" ] || {
		skip "no lfctl"
		return
	}
	must "$lfctl" slot add default
	root
	pings 10 10.9.0.2
	is "no_snapshot" "$(x .verdicts.no_snapshot)" -ge 10
	is "in the default band" "$(cx defaulted 2)" -ge 10
}

test_slot_goes() {
	local n=0 streamer streamed
	with_model split100 || return
	root every 2
	stream_begin
	while stream_lasts $n; do
		must "$lfctl" slot del default force
		must "$lfctl" slot add default
		must "$lfctl" slot set default split100 activate
		n=$((n + 1))
	done
	stream_end
	is "all came out" "$(qstat pkts)" -eq $streamed
	is "every packet has a verdict" "$(verdicts)" -eq $streamed
	is "nothing dropped" "$(qstat dropped)" -eq 0
}

# Any order of requests, sensible or not, with a queue and traffic: nothing but counters that add up
# may come of it.
test_many_and_random() {
	local i job
	RANDOM=7
	below_tbf 2mbit
	by_port
	blast 5 3M 5001 5002 5003 &
	job=$!
	for i in $(seq 60); do
		case $((RANDOM % 8)) in
		0 | 1) change bands $((RANDOM % 17)) default $((RANDOM % 5)) ;;
		2) change limit $((RANDOM % 60)) ;;
		3) change mode drr quantum $((RANDOM % 3000)) ;;
		4) change mode strict starve ${RANDOM}us ;;
		5) "$TC" qdisc replace dev lfq0 parent 10:$((1 + RANDOM % 4)) pfifo limit \
			$((RANDOM % 20)) ;;
		6) "$TC" qdisc replace dev lfq0 parent 10:$((1 + RANDOM % 4)) netem delay \
			$((RANDOM % 50))ms loss 10% ;;
		7) "$TC" qdisc del dev lfq0 parent 10:$((1 + RANDOM % 4)) ;;
		esac >/dev/null 2>&1
	done
	wait $job
	must change bands 3 default 1 limit 10000
	sleep 2
	is "queue is empty" "$(qstat backlog)" -eq 0
	is "tbf's is" "$(qstat backlog 1:)" -eq 0
	is "the classes' are" "$(sum_classes backlog)" -eq 0
	check "and it works" pings 10 10.9.0.2
}

test_hostile() {
	local out before
	[ -x build/tests/qdisc_nl ] || {
		skip "no qdisc_nl"
		return
	}
	root bands 3 map a:0 b:2 limit 77
	before=$("$TC" qdisc show dev lfq0)
	out=$(build/tests/qdisc_nl lfq0)
	is "what tc would not send: $out" $? -eq 0
	is "nothing changed" "$("$TC" qdisc show dev lfq0)" = "$before"
}

# Whichever allocation fails, a request is carried out or can be repeated. Leaks are the machine's
# to find.
test_no_memory() {
	local out f
	[ -x build/tests/qdisc_nl ] && [ -w /proc/self/fail-nth ] &&
		[ -d /sys/kernel/debug/failslab ] || {
		skip "this kernel cannot make allocations fail"
		return
	}
	for f in failslab fail_page_alloc; do
		echo N >/sys/kernel/debug/$f/ignore-gfp-wait
		echo 0 >/sys/kernel/debug/$f/verbose
	done
	out=$(build/tests/qdisc_nl lfq0 nomem)
	is "every allocation fails once: $out" $? -eq 0
	root
	check "and it works" pings 3 10.9.0.2
}

test=load
check "liteflow" load kmod/liteflow.ko
check "sch_liteflow" load qdisc/sch_liteflow.ko
if [ $failed = 0 ]; then
	# On a busy machine packets pile up behind the device, and that is not the qdisc's business.
	sysctl -qw net.core.netdev_max_backlog=100000
	all="$ALL_TESTS $COUNTS_TESTS $ACTS_TESTS $MAPS_TESTS $SRPT_TESTS $ORDER_TESTS $TREE_TESTS"
	# shellcheck disable=SC2048
	for test in ${*:-$all}; do
		[[ " ${LF_WITHOUT-} " != *[[:space:]]"$test"[[:space:]]* ]] || continue
		from=$SECONDS
		setup
		"test_$test"
		books "at the end"
		clean
		echo "      $test: $((SECONDS - from)) s"
	done
	test=unload
	check "sch_liteflow" rmmod sch_liteflow
	check "liteflow" rmmod liteflow
fi
finish
