#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a QEMU machine with two CPUs: how much more two of them forward than one, with cached verdicts of known flows.
# Each CPU has flows of its own, as from a card with several queues; hook, slot and flow table are shared.
#
#	pktgen on CPU n -> netif_receive_skb() on pn -> routing -> forward hook -> dn (dummy)
#
# "no hook" is what stack, emulator and a busy host make of it: nothing of ours can scale better. "nft quota" has one
# counter that all CPUs change, as an example of something shared. Kinds and numbers of CPUs alternate, ROUNDS times; a
# ratio is that of two runs next to each other, and the median of these is printed.
set -u
if [ "$(ip netns identify $$)" != hb ]; then
	ip netns add hb
	exec ip netns exec hb "$0" "$@"
fi
LF_PRICE_LIB=1
# shellcheck source=tests/bench/price.sh
. tests/bench/price.sh
ROUNDS=${LF_ROUNDS:-15} COUNT=${COUNT:-20000} FLOWS=256
PATH=$PWD/build/bin:$PATH
tmp=$(mktemp -d)
[ "$(nproc)" -ge 2 ] || die "one CPU"
modprobe -q libcrc32c || true
modprobe -qa pktgen dummy nf_tables nf_conntrack || true
insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/nf_hook/nf_liteflow.ko" || exit 1

sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0
for n in 0 1; do
	ip link add p$n type dummy
	ip link add d$n type dummy
	ip link set p$n address 02:00:00:00:00:01
	ip link set p$n up
	ip link set d$n up
	ip address add 192.168.1$n.1/24 dev p$n
	ip address add 192.168.2$n.1/24 dev d$n
	ip neigh add 192.168.2$n.2 lladdr 02:00:00:00:00:02 dev d$n
	ip route add 10.$n.0.0/16 via 192.168.2$n.2
	sysctl -qw net.ipv4.conf.p$n.rp_filter=0 net.ipv4.conf.p$n.accept_local=1
done
lfctl snapshot load build/models/appclass-forest.lfs >/dev/null
lfctl slot add forest
lfctl slot set forest appclass-forest activate

on() {
	case $1 in
	"no hook") ;;
	"nft quota") echo "table ip t { chain f { type filter hook forward priority 0; quota over 1000000 mbytes drop; }; }" | nft -f - ;;
	"cached verdict") lfctl hook add f family ip hook forward priority 0 slot forest every 1000000 ;;
	esac
}

off() {
	nft flush ruleset
	lfctl hook del f 2>/dev/null
}

# A thread of pktgen has its packets, or none.
thread() {
	local line
	pg rem_device_all kpktgend_$1
	[ "$2" = 1 ] || return
	pg "add_device p$1" kpktgend_$1
	for line in "xmit_mode netif_receive" "count $COUNT" "clone_skb 0" "pkt_size 60" "delay 0" \
		"dst_mac 02:00:00:00:00:01" "dst_min 10.$1.0.1" "dst_max 10.$1.0.$((FLOWS - 1))" \
		"udp_src_min 9" "udp_src_max 9" "udp_dst_min 9" "udp_dst_max 9"; do
		pg "$line" "p$1"
	done
}

# Packets a second of all CPUs of this run: each as many packets as the others, divided by the longer time.
rate() {
	local n
	for n in 0 1; do thread $n $((n < $1)); done
	start $(seq -f p%.0f 0 $(($1 - 1)))
	for n in $(seq 0 $(($1 - 1))); do sed -n 's/.*Result: OK: \([0-9]*\)(.*/\1/p' /proc/net/pktgen/p$n; done |
		sort -n | awk -v n="$1" -v count="$COUNT" '{ us = $1 } END { printf "%d\n", n * count * 1e6 / us }'
}

kinds=("no hook" "cached verdict" "nft quota")
for ((i = 0; i <= ROUNDS; i++)); do
	for kind in "${kinds[@]}"; do
		on "$kind" || die "no $kind"
		rate 2 >/dev/null	# flows are born, caches filled
		one=$(rate 1) two=$(rate 2)
		# The first round has the emulator translate everything.
		[ $i = 0 ] || echo "$one $two" >>"$tmp/$kind"
		off
	done
done
printf '%-16s %14s %14s %8s %8s %8s\n' "median of $ROUNDS" "one CPU, pps" "two CPUs, pps" "ratio" "p25" "p75"
column() { awk "{ print $2 }" "$tmp/$1" | sort -n | sed -n "$((1 + (ROUNDS - 1) * ${3:-50} / 100))p"; }
for kind in "${kinds[@]}"; do
	printf '%-16s %14d %14d %8.2f %8.2f %8.2f\n' "$kind" "$(column "$kind" '$1')" "$(column "$kind" '$2')" \
		"$(column "$kind" '$2 / $1')" "$(column "$kind" '$2 / $1' 25)" "$(column "$kind" '$2 / $1' 75)"
done
rm -rf "$tmp"
