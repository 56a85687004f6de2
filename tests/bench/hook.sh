#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: packets per second through a forwarding namespace, with what may sit in its forward hook.
# pktgen sends UDP of 64 bytes and 256 flows; it counts only with what it makes the forwarding path do.
#
#	here                    namespace hb
#	p0 (pktgen) ----------- p1 --- forward hook --- d0 (dummy)
#
# All kinds in turn, ROUNDS times, so that a slow moment of the machine hits them alike; medians, and the ratio to the
# empty hook (an nft base chain without rules).
set -u
ROUNDS=${ROUNDS:-7} COUNT=${COUNT:-100000}
PATH=$PWD/build/bin:$PATH
tmp=$(mktemp -d)
modprobe -q libcrc32c || true
modprobe -qa pktgen veth dummy nf_tables || true
insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/nf_hook/nf_liteflow.ko" || exit 1
b() { ip netns exec hb "$@"; }

ip netns add hb
ip link add p0 type veth peer name p1 netns hb
ip -n hb link add d0 type dummy
ip link set p0 up
for dev in lo p1 d0; do ip -n hb link set $dev up; done
ip -n hb address add 10.83.1.1/24 dev p1
ip -n hb address add 10.83.2.1/24 dev d0
ip -n hb neigh add 10.83.2.2 lladdr 02:00:00:00:00:02 dev d0
b sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.p1.rp_filter=0
lfctl snapshot load build/models/appclass-{forest,net}.lfs >/dev/null
for m in forest net; do
	lfctl -n hb slot add $m
	lfctl -n hb slot set $m appclass-$m activate
done

pg() { printf '%s\n' "$1" >"/proc/net/pktgen/$2" || echo "pktgen refused: $1"; }
pg rem_device_all kpktgend_0
pg "add_device p0" kpktgend_0
for line in "count $COUNT" "clone_skb 0" "pkt_size 64" "delay 0" "dst_mac $(b cat /sys/class/net/p1/address)" \
	"src_min 10.83.1.2" "src_max 10.83.1.2" "dst_min 10.83.2.2" "dst_max 10.83.2.2" \
	"udp_src_min 1000" "udp_src_max 1255" "udp_dst_min 9" "udp_dst_max 9"; do
	pg "$line" p0
done

chain() { echo "table ip t { $1 chain f { type filter hook forward priority 0; $2; }; }" | b nft -f -; }
hook() { lfctl -n hb hook add f family ip hook forward priority 0 "$@"; }
elements() { local i; for i in $(seq 2000 2999); do printf '%s: accept, ' "$i"; done; }

on() {
	case $1 in
	"no hook") ;;
	"empty hook") chain "" "policy accept" ;;
	"nft rule with a counter") chain "" "meta l4proto udp counter" ;;
	"nft map of 1000 ports") chain "map m { type inet_service : verdict; elements = { $(elements) }; };" "udp dport vmap @m" ;;
	"request bit unset") hook slot forest request 0x80000000/0x80000000 ;;
	"cached verdict") hook slot forest ;;
	"forest at every packet") hook slot forest every 1 ;;
	"net at every packet") hook slot net every 1 ;;
	esac
}

off() {
	b nft flush ruleset
	lfctl -n hb hook del f 2>/dev/null
}

# Packets that left by d0 in a second.
rate() {
	local before after usec
	before=$(b cat /sys/class/net/d0/statistics/tx_packets)
	echo start >/proc/net/pktgen/pgctrl
	after=$(b cat /sys/class/net/d0/statistics/tx_packets)
	usec=$(sed -n 's/.*Result: OK: \([0-9]*\)(.*/\1/p' /proc/net/pktgen/p0)
	[ $((after - before)) -ge $((COUNT * 9 / 10)) ] || echo "only $((after - before)) of $COUNT came through" >&2
	echo $(((after - before) * 1000000 / usec))
}

kinds=("no hook" "empty hook" "nft rule with a counter" "nft map of 1000 ports" "request bit unset" "cached verdict"
	"forest at every packet" "net at every packet")
for ((i = 0; i < ROUNDS; i++)); do
	for kind in "${kinds[@]}"; do
		on "$kind" || exit 1
		rate >/dev/null		# flows are born, caches filled
		rate >>"$tmp/$kind"
		off
	done
done
median() { sort -n "$1" | sed -n "$(((ROUNDS + 1) / 2))p"; }
base=$(median "$tmp/empty hook")
printf '%-26s %12s %9s %10s\n' "in the forward hook" "packets/s" "ratio" "ns more"
for kind in "${kinds[@]}"; do
	m=$(median "$tmp/$kind")
	awk -v k="$kind" -v m="$m" -v b="$base" 'BEGIN { printf "%-26s %12d %9.2f %10.0f\n", k, m, m / b, 1e9 / m - 1e9 / b }'
done
rm -rf "$tmp"
