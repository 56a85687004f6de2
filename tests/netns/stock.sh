#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The short test of a stock kernel (make test-long has the long ones): modules load, the golden
# vectors agree on every path of this CPU, tc of three suites configures the qdisc, both CPUs send
# through it while snapshots are exchanged, iptables of two suites has rules, and nothing is left at
# the end; with PREEMPT_RT, tasks that preempt each other (rt.sh). Runs inside a QEMU machine, or
# UML. LF_SUITES names other suites than bookworm, bpo and sid.
#
#	namespace lf-a                                  namespace lf-b
#	a0 10.79.0.1 fd79::1, qdisc liteflow slot app --- b0 10.79.0.2 fd79::2, iperf3
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
export TC_LIB_DIR=$PWD/build/tc
PATH=$PWD/build/bin:$PATH
# shellcheck source=tests/netns/xtables.sh
. tests/netns/xtables.sh
# shellcheck source=tests/netns/rt.sh
. tests/netns/rt.sh
suites=${LF_SUITES:-bookworm bpo sid}
not() { ! "$@"; }
in_a() { ip netns exec lf-a "$@"; }
qdisc() { in_a tc -s -j qdisc show dev a0 | jq -e ".[] | select(.kind == \"liteflow\") | $1"; }

setup() {
	check "liteflow.ko loads" load kmod/liteflow.ko
	check "sch_liteflow.ko loads" load qdisc/sch_liteflow.ko
	ip netns add lf-a
	ip netns add lf-b
	ip link add a0 netns lf-a type veth peer name b0 netns lf-b
	in_a ip address add 10.79.0.1/24 dev a0; in_a ip address add fd79::1/64 dev a0 nodad
	ip netns exec lf-b ip address add 10.79.0.2/24 dev b0
	ip netns exec lf-b ip address add fd79::2/64 dev b0 nodad
	in_a ip link set a0 up; ip netns exec lf-b ip link set b0 up
	ip netns exec lf-b iperf3 -s >/dev/null 2>&1 &
	server=$!
}

paths() {
	local cpu=swar
	grep -qw avx2 /proc/cpuinfo && cpu=avx2
	grep -qw avx512_vnni /proc/cpuinfo && cpu=avx512
	check "the path $cpu may run here" sh -c "lfctl version | grep -qw $cpu"
	check "snapshots load, golden vectors agree on every path" lfctl snapshot load \
		build/models/appclass-{forest,net}.lfs
	[ ! -e build/models/aurora-1.lfs ] ||
		check "so does the Aurora network" lfctl snapshot load build/models/aurora-1.lfs
	check "a slot is made and filled" sh \
		-c "lfctl -n lf-a slot add app sample 1 &&
			lfctl -n lf-a slot set app appclass-net activate"
}

tools() {
	local suite tc
	for suite in $suites; do
		tc=$([ "$suite" = bookworm ] && echo /usr/sbin || tests/vm/tools "$suite")/tc
		check "tc of $suite ($("$tc" -V | sed 's/.*iproute2-//;s/,.*//')) adds the qdisc" \
			in_a "$tc" qdisc add dev a0 root handle 1: liteflow \
			slot app bands 4 map media:0 interactive:0 lookup:1 request:2 other:2 \
			bulk:3 default 2
		check "  prints JSON" sh -c \
			"ip netns exec lf-a $tc -s -j qdisc show dev a0 |
				jq -e '.[0].options.slot == \"app\"'"
		check "  changes it" in_a "$tc" qdisc change dev a0 root liteflow mode drr
		check "  and refuses a band too many" not in_a "$tc" qdisc change dev a0 \
			root liteflow bands 17
		check "  and deletes it" in_a "$tc" qdisc del dev a0 root
	done
}

traffic() {
	local pid i
	check "the qdisc is added again, a model at every packet" in_a tc qdisc add dev a0 \
		root handle 1: liteflow slot app every 1
	sleep 1
	in_a iperf3 -c 10.79.0.2 -P 2 -t 6 >/tmp/iperf3 2>&1 &
	pid=$!
	for i in 1 2 3 4 5 6 7 8 9 10; do
		lfctl -n lf-a slot set app \
			"appclass-$([ $((i % 2)) = 0 ] && echo net || echo forest)" activate ||
			break
	done
	check "ten swaps under load" [ $i = 10 ]
	check "rmmod is refused while in use" not rmmod sch_liteflow
	check "IPv6 goes through" in_a ping -6 -q -c 20 -i 0.02 fd79::2
	check "iperf3 ends well" wait $pid
	check "models ran" qdisc '.verdicts.inferred > 10'
	check "no packet was dropped" qdisc '.drops == 0'
}

# Rules come back byte for byte from every iptables, and the model answers them. PREEMPT_RT may have
# no legacy tables.
rules() {
	local suite kind base kinds=(legacy nft)
	check "xt_LITEFLOW.ko loads" load nf_hook/xt_LITEFLOW.ko
	printf -- '-A OUTPUT %s\n' >/tmp/rules \
		"-m liteflow --slot app ! --class nobody ! --score-min 4000.5 \
-m comment --comment known" \
		"-j LITEFLOW --slot app --set-mark --mask 0xff00 --shift 8 \
--map interactive:1 bulk:2 --drop-class nobody"
	for suite in ${suites/bpo/}; do
		xtables_suite "$suite"
		in_a bash -c 'multi legacy iptables -t mangle -S' >/dev/null 2>&1 || ! is_rt ||
			kinds=(nft)
		for kind in "${kinds[@]}"; do for base in iptables ip6tables; do
			{ echo '*mangle'; cat /tmp/rules; echo COMMIT; } >/tmp/restore
			check "$base-$kind of $suite restores rules" in_a bash -c 'multi "$@"' \
				- $kind $base-restore /tmp/restore
			check "  and saves them as they were" bash \
				-c "ip netns exec lf-a bash -c 'multi $kind $base-save -t mangle' \
					2>/dev/null | grep '^-A' | diff - /tmp/rules"
		done; done
	done
	check "$((4 * ${#kinds[@]})) rules, one flow table" sh -c "lfctl -n lf-a -j attach list |
		jq -e '[.[] | select(.kind == \"xt\") | .label] ==
			[\"$((4 * ${#kinds[@]})) rules\"]'"
	check "packets go" in_a ping -q -c 10 -i 0.02 10.79.0.2
	check "  and match" in_a bash \
		-c "multi ${kinds[0]} iptables-save -c -t mangle | grep known | grep -qv '^\[0:'"
	check "rmmod is refused while in use" not rmmod xt_LITEFLOW
	check "teardown takes rules and qdisc away" lfctl -n lf-a teardown
	check "twice is no error" sh -c "lfctl -n lf-a teardown | grep -q 'nothing to remove'"
	check "xt_LITEFLOW.ko unloads" rmmod xt_LITEFLOW
}

# The hook between two nft chains; the tools of this suite list it where the kernel does.
hooks() {
	check "nf_liteflow.ko loads" load nf_hook/nf_liteflow.ko
	modprobe -qa nf_tables nft_ct nf_conntrack
	check "a hook is added" lfctl -n lf-a hook add h family inet hook output priority \
		-5 slot app request 0x100/0x100 result 0xff every 1 ct
	check "nft selects what it sees and counts what it says" in_a nft -f - <<-END
		table inet t {
			counter seen {}
			chain select {
				type filter hook output priority -10
				meta l4proto icmp ct state new,established \
					meta mark set meta mark or 0x100
			}
			chain act {
				type filter hook output priority 0
				meta mark and 0xff != 0 counter name seen
			}
		}
	END
	check "packets go through" in_a ping -q -c 10 -i 0.02 10.79.0.2
	check "nft counted ten marks" sh \
		-c "ip netns exec lf-a nft list counter inet t seen | grep -q 'packets 10 '"
	check "no logger is there" [ ! -e /sys/module/nf_log_syslog ]
	check "a hook that logs loads one" lfctl -n lf-a hook add l family inet hook output \
		priority 5 slot app map 0:log
	check "which it holds" not rmmod nf_log_syslog
	check "a hook is deleted" lfctl -n lf-a hook del l
	check "one flow of ten packets" sh \
		-c "lfctl -n lf-a -j hook show h | jq -e '.marked == 10 and .flows == 1'"
	if in_a nft list hooks 2>/dev/null | grep -q 'hook output'; then
		check "nft list hooks names it" sh \
			-c "ip netns exec lf-a nft list hooks |
				grep -q 'liteflow_hook .nf_liteflow.'"
	fi
	check "rmmod is refused while a hook is there" not rmmod nf_liteflow
	check "a class is dropped" lfctl -n lf-a hook change h request 0/0 map interactive:drop \
		request:drop bulk:drop media:drop lookup:drop other:drop
	check "and does not arrive" not in_a ping -q -c 2 -i 0.02 -W 1 10.79.0.2
	check "the hook goes" lfctl -n lf-a hook del h
	in_a nft flush ruleset
}

rights() {
	check "a user namespace may not load a snapshot" sh \
		-c "unshare -rn build/bin/lfctl snapshot load build/models/appclass-net.lfs 2>&1 |
			grep -qi 'permitted'"
	check "but may make a slot in its own network namespace" unshare -rn build/bin/lfctl \
		slot add mine
}

teardown() {
	check "the slot goes" lfctl -n lf-a slot del app
	kill "$server"
	ip netns del lf-a
	ip netns del lf-b
	sleep 1
	check "the modules unload" rmmod nf_liteflow sch_liteflow liteflow
}

setup
paths
tools
traffic
hooks
rules
is_rt && real_time
rights
teardown
finish
