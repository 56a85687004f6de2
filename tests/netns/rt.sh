# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For stock.sh, with PREEMPT_RT: tasks of one CPU preempt each other in the middle of an inference,
# and each packet has its verdict all the same.
is_rt() { [[ $(uname -v) == *PREEMPT_RT* ]]; }

# send_all SECONDS ADDRESS...: one task for each address, each of a higher priority than the one
# before; all on CPU 0. Leaves the sums in $sent and $dropped.
send_all() {
	local seconds=$1 n=0 port=9000 s d; shift
	for a; do
		if [ $n = 0 ]; then set --; else set -- $((300 * n)) $((40 + n)); fi
		in_a build/tests/rt-send "$a" $((port + n)) "$seconds" "$@" >/tmp/rt-send.$n &
		n=$((n + 1))
	done
	sent=0 dropped=0
	# shellcheck disable=SC2046
	wait $(jobs -p | grep -vx "$server")
	while read -r s d; do
		sent=$((sent + s)) dropped=$((dropped + d))
	done < <(cat /tmp/rt-send.*)
	rm -f /tmp/rt-send.*
}

# of KIND EXPRESSION: of the packets of all attachments of a kind, summed
of() { lfctl -n lf-a -j attach list | jq "[.[] | select(.kind == \"$1\") | .packets | $2] | add"; }

real_time() {
	local sent dropped
	in_a sysctl -qw net.ipv4.ip_forward=0
	lfctl -n lf-a hook add rt family inet hook output priority 0 slot app every 1 \
		map interactive:drop request:drop bulk:drop media:drop lookup:drop other:drop
	send_all 4 10.79.0.2 10.79.0.2 10.79.0.2
	check "three tasks, two of which preempt: a hook drops $dropped packets" [ "$dropped" \
		-gt 100 ]
	check "  and not one slips through" [ "$sent" = 0 ]
	check "  none was busy" [ "$(of hook '.busy // 0')" = 0 ]
	check "  each had its verdict" [ "$(of hook '.inferred + .cached')" = "$dropped" ]
	lfctl -n lf-a hook del rt

	ip link add a1 netns lf-a type veth peer name b1 netns lf-b
	in_a ip address add 10.80.0.1/24 dev a1
	in_a ip link set a1 up
	ip netns exec lf-b ip link set b1 up
	in_a ip neighbour add 10.80.0.2 lladdr 02:00:00:00:00:01 dev a1
	in_a tc qdisc replace dev a0 root handle 1: liteflow slot app every 1
	in_a tc qdisc replace dev a1 root handle 1: liteflow slot app every 1
	send_all 4 10.79.0.2 10.80.0.2
	check "two qdiscs on one CPU, one task preempts the other: $sent packets" [ "$sent" \
		-gt 100 ]
	check "  none was busy" [ "$(of qdisc '.busy // 0')" = 0 ]
	in_a ip link del a1
	in_a tc qdisc del dev a0 root
}
