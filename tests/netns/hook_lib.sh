# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of nf_liteflow.ko share: the machines, the slot, the words. A script sets ALL,
# sources this, defines its tests and ends with `run_tests "$@"`.
#
#	hk-c                            hk-r, the hooks                 hk-s
#	c0 10.81.1.2 fd81:1::2 -------- rc 10.81.1.1   rs 10.81.2.1 --- s0 10.81.2.2 fd81:2::2
#
# The model says "small" to packets of up to 100 bytes at the IP layer and "large" to the others:
# without a map their marks are 1 and 2.
# shellcheck source=tests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
PATH=$PWD/build/bin:$PATH

r() { ip netns exec hk-r "$@"; }
hook() { lfctl -n hk-r hook "$@"; }
# A member of the hook's JSON, 0 where it is not there.
stat_of() { lfctl -n hk-r -j hook show "$1" | jq "$2 // 0"; }
# pings SIZE ADDRESS [COUNT [OPTION...]]
FROM=hk-c
pings() {
	ip netns exec $FROM ping -q -c "${3:-4}" -i 0.02 -W 2 -s "$1" "${@:4}" "$2" >/dev/null 2>&1
}
S4=10.81.2.2 S6=fd81:2::2 R4=10.81.1.1 R6=fd81:1::1
nft_do() { r nft -f -; }
# iperf3's end for one client, once it listens; an emulated machine takes seconds for that.
serve() {
	ip netns exec hk-s iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
	for _ in $(seq 100); do
		ip netns exec hk-s ss -Hltn 'sport = :5201' | grep -q . && break
		sleep 0.1
	done
}
# packets of an nft counter object
counter() { r nft -j list counter inet t "$1" | jq '.nftables[] | .counter? // empty | .packets'; }

addresses() {
	ip -n "$1" address add "10.81.$3.$4/24" dev "$2"
	ip -n "$1" address add "fd81:$3::$4/64" dev "$2" nodad
	ip -n "$1" link set "$2" up
}

# Those that are known stay known: asking them again, seconds later, would be packets that no test
# has counted on.
remember_neighbours() {
	local address dev mac
	ip -n "$1" -j neigh | jq -r '.[] | select(.lladdr) | "\(.dst) \(.dev) \(.lladdr)"' |
		while read -r address dev mac; do
		ip -n "$1" neigh replace "$address" dev "$dev" lladdr "$mac" nud permanent
	done
}

setup() {
	local ns
	for ns in c r s; do
		ip netns add hk-$ns
		ip -n hk-$ns link set lo up
		ip netns exec hk-$ns sysctl -qw net.ipv6.conf.default.router_solicitations=0
	done
	ip link add c0 netns hk-c type veth peer name rc netns hk-r
	ip link add s0 netns hk-s type veth peer name rs netns hk-r
	addresses hk-c c0 1 2; addresses hk-r rc 1 1; addresses hk-r rs 2 1; addresses hk-s s0 2 2
	r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n hk-c route add default via 10.81.1.1; ip -n hk-c route add default via fd81:1::1
	ip -n hk-s route add default via 10.81.2.1; ip -n hk-s route add default via fd81:2::1
	ip netns exec hk-c ping -q -c 1 $S4 >/dev/null
	ip netns exec hk-c ping -q -c 1 $S6 >/dev/null
	for ns in c r s; do remember_neighbours hk-$ns; done
	mkdir -p "$tmp/snap"
	build/tests/mksnap "$tmp/snap"
}

slot() {
	lfctl snapshot load "$tmp/snap/split100.lfs" "$tmp/snap/bytes.lfs"
	lfctl -n hk-r slot add app
	lfctl -n hk-r slot set app split100 activate
}

# As after installation: depmod knows the modules, nothing is loaded.
autoload() {
	local dir
	dir=/lib/modules/$(uname -r)
	modprobe -qa libcrc32c nf_conntrack
	mkdir -p "$dir/updates"
	cp "$LF_MODULES"/kmod/liteflow.ko "$LF_MODULES"/nf_hook/nf_liteflow.ko "$dir/updates/"
	depmod -a
	works hook list
	is "loaded by the name of the family" "$(grep -c '^nf_liteflow ' /proc/modules)" -eq 1
	is "no hook unless asked for" "$(hook list | wc -l)" -eq 0
	slot
}

run_tests() {
	local ns from
	setup
	[ $# -gt 0 ] || eval set -- "$ALL"
	for test; do
		[[ " ${LF_WITHOUT-} " != *[[:space:]]"$test"[[:space:]]* ]] || continue
		from=$SECONDS
		[ "$test" = autoload ] || [ -e /sys/module/nf_liteflow ] || autoload
		$test
		echo "      $test: $((SECONDS - from)) s"
	done
	for ns in c r s; do ip netns del hk-$ns; done
	finish
}
