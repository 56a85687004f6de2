# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Rows of tests/netns/qdisc.sh: what actions of filters on the qdisc do with a packet.
# shellcheck disable=SC2154,SC2034

ACTS_TESTS="gact mirred ct"

# act WORD...: a filter with that action is all there is; five echo requests
act() {
	must "$TC" filter add dev lfq0 parent 1: prio 1 protocol ip matchall classid 1:3 action \
		"$@" || return
	passes=no
	pings 5 10.9.0.2 && passes=yes
	must "$TC" filter del dev lfq0 parent 1: prio 1
}

test_gact() {
	local a sent
	root
	for a in ok pipe; do
		sent=$(cstat pkts 3)
		act "$a"
		is "$a: passes" $passes = yes
		is "$a: in the band" "$(cstat pkts 3)" -eq $((sent + 5))
	done
	for a in drop trap; do
		act "$a"
		is "$a: passes" $passes = no
	done
	for a in continue "goto chain 7"; do
		# shellcheck disable=SC2086
		act $a
		is "$a: passes, as without a filter" $passes = yes
	done
	act reclassify
	is "reclassify, for ever: passes" $passes = no
	is "dropped: by drop and by reclassify" "$(qstat dropped)" -eq 10
	check "and it works" pings 5 10.9.0.2
}

# The packet leaves by another device, or a copy of it does.
test_mirred() {
	root
	ip link add lfq9 type dummy
	ip link set lfq9 up
	act mirred egress redirect dev lfq9
	is "redirected: passes" $passes = no
	is "came out" "$(cat /sys/class/net/lfq9/statistics/tx_packets)" -ge 5
	is "no drop" "$(qstat dropped)" -eq 0
	act mirred egress mirror dev lfq9
	is "mirrored: passes" $passes = yes
	is "came out" "$(cat /sys/class/net/lfq9/statistics/tx_packets)" -ge 10
	ip link del lfq9
}

# Connection tracking keeps fragments until it has all of them: they are not the qdisc's any more.
# Kernels since early 2026 let it be an action of clsact and ingress alone.
test_ct() {
	root
	if ! "$TC" filter add dev lfq0 parent 1: prio 1 protocol ip matchall classid 1:3 action ct \
		2>"$tmp/ct"; then
		skip "act_ct: $(head -1 "$tmp/ct")"
		return
	fi
	pings 5 10.9.0.2
	pings 10 -s 4000 10.9.0.2
	must "$TC" filter del dev lfq0 parent 1: prio 1
	check "and it works" pings 5 10.9.0.2
	is "held" "$(qstat backlog)" -eq 0
}
