#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: what a packet costs on its way through a forwarding namespace, with what
# may sit in its forward hook. pktgen makes UDP of 64 bytes and 256 flows and hands each packet to
# the stack as if p0 had received it:
#
#	pktgen (1 CPU) -> netif_receive_skb() -> routing -> forward hook -> d0 (dummy), which frees
#	the packet
#
# All of it is one call on one CPU: no queue between two devices, whose packets are at times taken
# one by one and at times in batches by ksoftirqd, which is a greater difference than all that is
# measured here.
#
# All kinds in turn, ROUNDS times, so that a slow moment of the machine hits them alike; medians.
# The ratio is that of the packets per second to those with the empty hook, an nft base chain
# without rules, in the same round. "pktgen alone" sends to a dummy device at once: so much of each
# figure is not the forwarding path's.
#
#	tests/vm/run qemu-6.1 --icount tests/bench/hook.sh	a nanosecond is an instruction
set -u
if [ "$(ip netns identify $$)" != hb ]; then
	ip netns add hb
	exec ip netns exec hb "$0" "$@"
fi
LF_PRICE_LIB=1
# shellcheck source=tests/bench/price.sh
. tests/bench/price.sh
ROUNDS=${LF_ROUNDS:-3} COUNT=${LF_COUNT:-30000} FLOWS=256
PATH=$PWD/build/bin:$PATH
tmp=$(mktemp -d)
modprobe -q libcrc32c || true
modprobe -qa pktgen dummy nf_tables nf_conntrack || true
insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/nf_hook/nf_liteflow.ko" || exit 1

for dev in p0 d0 none; do ip link add $dev type dummy; done
ip link set p0 address 02:00:00:00:00:01
for dev in lo p0 d0 none; do ip link set $dev up; done
ip address add 192.168.1.1/24 dev p0
ip address add 192.168.2.1/24 dev d0
ip neigh add 192.168.2.2 lladdr 02:00:00:00:00:02 dev d0
ip route add 10.0.0.0/8 via 192.168.2.2
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.p0.rp_filter=0 \
	net.ipv4.conf.p0.accept_local=1
lfctl snapshot load build/models/appclass-{forest,net}.lfs >/dev/null ||
	die "no snapshots: make models"
for m in forest net; do
	lfctl slot add $m && lfctl slot set $m appclass-$m activate || die "no slot"
done

chain() {
	echo "table ip t { $1 chain f { type filter hook forward priority 0; $2; }; }" | nft -f -
}
hook() { lfctl hook add f family ip hook forward priority 0 result 0xff "$@"; }
# A thousand ports, that of pktgen among them.
elements() { local i; for i in 9 $(seq 2001 2999); do printf '%s: accept, ' "$i"; done; }

on() {
	case $1 in
	"pktgen alone" | "no hook") ;;
	"empty hook") chain "" "policy accept" ;;
	"nft rule with a counter") chain "" "meta l4proto udp counter" ;;
	"nft map of 1000 ports") chain \
		"map m { type inet_service : verdict; elements = { $(elements) }; };" \
		"udp dport vmap @m" ;;
	"request bit unset") hook slot forest request 0x80000000/0x80000000 ;;
	"cached verdict") hook slot forest every 1000000 ;;
	"forest at every packet") hook slot forest every 1 ;;
	"net at every packet") hook slot net every 1 ;;
	esac
}

# The hook did what its name says, with every packet of the second run.
asked() {
	case $1 in
	"request bit unset") [ "$(lfctl -j hook show f | jq '[.packets[]] | add // 0')" = 0 ] ;;
	"cached verdict") [ "$(lfctl -j hook show f | jq '.packets.cached // 0')" -ge "$COUNT" ] ;;
	*" at every packet") [ "$(lfctl -j hook show f | jq '.packets.inferred // 0')" \
		-ge "$COUNT" ] ;;
	esac || die "$1: the hook says $(lfctl -j hook show f | jq -c .packets)"
}

off() {
	nft flush ruleset
	lfctl hook del f 2>/dev/null
}

tx_packets() { cat /sys/class/net/d0/statistics/tx_packets; }

# The nanoseconds of a packet, all of which must have left by d0.
measure_kind() {
	local before came
	if [ "$1" = "pktgen alone" ]; then
		send none $FLOWS 64 "$COUNT" 1
		return
	fi
	before=$(tx_packets)
	send p0 $FLOWS 64 "$COUNT" 1 netif_receive || return
	came=$(($(tx_packets) - before))
	[ $came -ge "$COUNT" ] || die "$1: $came of $COUNT came through"
}

kinds=("pktgen alone" "no hook" "empty hook" "nft rule with a counter" "nft map of 1000 ports" \
	"request bit unset"
	"cached verdict" "forest at every packet" "net at every packet")
for ((i = 0; i < ROUNDS; i++)); do
	for kind in "${kinds[@]}"; do
		on "$kind" || die "no $kind"
		measure_kind "$kind" >/dev/null || exit 1	# flows are born, caches filled
		measure_kind "$kind" >>"$tmp/$kind" || exit 1
		asked "$kind"
		off
	done
done
middle() { sort -n | sed -n "$(((ROUNDS + 1) / 2))p"; }
median() { middle <"$tmp/$1"; }
ratio() { paste "$tmp/empty hook" "$tmp/$1" | awk '{ print $1 / $2 }' | middle; }
for kind in "${kinds[@]}"; do
	[ "$(wc -l <"$tmp/$kind")" = "$ROUNDS" ] ||
		die "not measured: $kind, $(wc -l <"$tmp/$kind") of $ROUNDS rounds"
	measured "$kind" "$(median "$kind")" || exit 1
	measured "the ratio of $kind" "$(ratio "$kind")" || exit 1
done
printf '%-26s %10s %10s %12s %9s\n' "in the forward hook" "a packet" "over none" "packets/s" "ratio"
for kind in "${kinds[@]}"; do
	awk -v k="$kind" -v m="$(median "$kind")" -v r="$(ratio "$kind")" \
		-v n="$(median "no hook")" \
		'BEGIN { printf "%-26s %10.0f %10.0f %12.0f %9.3f\n", k, m, m - n, 1e9 / m, r }'
done
[ -z "${V:-}" ] || for kind in "${kinds[@]}"; do echo "$kind: $(xargs <"$tmp/$kind")"; done
rm -rf "$tmp"
