#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Mutants of real packets through every kind of hook, in a test machine; the debug kernel is the one
# to see harm.
#
#	tests/vm/run uml-debug tests/netns/hook_fuzz.sh [COUNT [SEED]]
#
# A packet socket takes about three quarters of COUNT; the others' offload headers make no sense to
# it.
#
#	fz-c: f0, egress hook -------- fz-r: f1, ingress, prerouting (before and behind
#	defragmentation), input, forward -- d0
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
PATH=$PWD/build/bin:$PATH
count=${1:-30000} seed=${2:-$RANDOM}
c() { ip netns exec fz-c "$@"; }

modprobe -qa sctp
load kmod/liteflow.ko nf_hook/nf_liteflow.ko || exit 1
lfctl snapshot load build/models/appclass-forest.lfs
ip netns add fz-c; ip netns add fz-r
ip link add f0 netns fz-c type veth peer name f1 netns fz-r
ip -n fz-r link add d0 type dummy
for a in "c f0 10.84.1.2 fd84:1::2" "r f1 10.84.1.1 fd84:1::1" "r d0 10.84.2.1 fd84:2::1"; do
	read -r ns dev v4 v6 <<<"$a"
	ip -n fz-$ns address add $v4/24 dev $dev
	ip -n fz-$ns address add $v6/64 dev $dev nodad
	ip -n fz-$ns link set $dev up
done
ip netns exec fz-r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -n fz-c route add default via 10.84.1.1; ip -n fz-c route add default via fd84:1::1
echo 'table inet t { chain f { type filter hook forward priority 0; ct state new counter; }; }' |
	ip netns exec fz-r nft -f -
for ns in c r; do
	lfctl -n fz-$ns slot add app sample 1
	lfctl -n fz-$ns slot set app appclass-forest activate
done
# Drops behind the router alone, or little would be heard of what it learns from.
hook() {
	lfctl -n fz-r hook add "${@:3}" slot app every 1 flows 4096 result 0xff \
		map bulk:mark=1"$2" lookup:"$1" \
		request:accept none:mark=9 unparsed:accept
}
lfctl -n fz-c hook add egress family netdev hook egress dev f0 priority 0 slot app every 1 \
	flows 4096
hook mark=2 ,priority=1:1 ingress family netdev hook ingress dev f1 priority 0
hook mark=2 '' early family inet hook prerouting priority -500
hook mark=2 '' late family inet hook prerouting priority -100 ct
hook mark=2 '' input family inet hook input priority 0 ct
hook drop ,priority=1:1 forward family inet hook forward priority 5 ct

# bulk PORT ADDRESS OPTION...: a server for each, since iperf3's takes one client at a time; both
# anew if they fail.
bulk() {
	local server rc
	for _ in 1 2 3; do
		ip netns exec fz-r timeout 60 iperf3 -s -1 -p "$1" &
		server=$!
		until ip netns exec fz-r ss -Hltn "sport = :$1" | grep -q . || ! kill -0 $server; do
			sleep 0.2
		done
		c timeout 15 iperf3 -c "$2" -p "$1" "${@:3}"
		rc=$?
		kill $server
		wait $server
		[ $rc = 0 ] && break
	done
}

# What it learns from: ICMP and fragments, TCP and SCTP with data, UDP, a port where nobody listens;
# both versions.
traffic() {
	local to port=5200
	for to in 10.84.1.1 fd84:1::1; do
		bulk $((port += 1)) $to -n 300K &
		bulk $((port += 1)) $to -n 50K --sctp &
		c ping -q -c 3 -i 0.02 -W 5 -s 40 $to
		c ping -q -c 2 -i 0.02 -W 5 -s 3000 $to
		c bash -c "echo hello >/dev/udp/$to/53"
		c timeout 5 bash -c "echo x >/dev/tcp/$to/80"
	done
	for to in 10.84.2.9 fd84:2::9; do
		c ping -q -c 3 -i 0.02 -W 1 -s 40 $to &
		c bash -c "echo hello >/dev/udp/$to/53"
	done
	wait
}

said=$({ traffic >/dev/null 2>&1; } | c build/tests/hook_fuzz f0 f0 "$count" "$seed")
is "hook_fuzz ends well" $? -eq 0
echo "$said"
for kind in tcp udp icmp sctp fragment; do
	is "it heard $kind" "$(sed -n "s/^heard:.* $kind \([0-9]*\).*/\1/p" <<<"$said")" -ge 2
done
hooks=$(lfctl -n fz-r -j hook list)
n() { jq "[.[] | select(.name == \"$1\") | .packets | $2 // 0] | add" <<<"$hooks"; }
is "ingress saw them" "$(n ingress '[.[]] | add')" -ge $((count / 2))
is "prerouting saw those that IP takes" "$(n early '[.[]] | add')" -ge $((count / 50))
for reason in not-ip truncated fragment inferred; do
	is "ingress: some are $reason" "$(n ingress ".\"$reason\"")" -ge 1
done
is "forward: some are inferred" "$(n forward .inferred)" -ge 1
for what in marked prioritized accepted; do
	is "ingress: some are $what" \
		"$(jq ".[] | select(.name == \"ingress\") | .$what" <<<"$hooks")" -ge 1
done
is "forward: some are dropped" "$(jq '.[] | select(.name == "forward") | .dropped' <<<"$hooks")" \
	-ge 1
for h in $(jq -r '.[].name' <<<"$hooks"); do lfctl -n fz-r hook del "$h"; done
# Mutants of ARP and neighbour discovery said all sorts of things.
ip -n fz-c neigh flush all; ip -n fz-r neigh flush all
c ping -q -c 3 10.84.1.1 >/dev/null
is "the machine answers" $? -eq 0
ip netns del fz-c; ip netns del fz-r
for m in nf_liteflow liteflow; do
	for _ in $(seq 50); do rmmod $m 2>/dev/null && break; sleep 0.2; done
done
is "modules left" "$(grep -c liteflow /proc/modules)" -eq 0
finish
