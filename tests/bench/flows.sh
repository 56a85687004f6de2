#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: how much memory a flow takes, and whether a million of them are held.
# pktgen sends UDP packets of a million different flows through the qdisc of a dummy device.
set -u
export TC_LIB_DIR=$PWD/build/tc
FLOWS=${FLOWS:-1048576}
lfctl=$PWD/build/bin/lfctl
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
modprobe -q libcrc32c || true
insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/qdisc/sch_liteflow.ko" || exit 1
$lfctl snapshot load build/models/appclass-forest.lfs || exit 1
$lfctl slot add app && $lfctl slot set app appclass-forest activate || exit 1
ip link add d0 type dummy
ip link set d0 up
# Twice the room: buckets are never filled evenly.
tc qdisc add dev d0 root liteflow slot app flows $((2 * FLOWS)) idle 600s || exit 1
modprobe pktgen 2>/dev/null
pg() {
	printf '%s\n' "$1" >"/proc/net/pktgen/$2" || {
		echo "flows: pktgen refused: $1" >&2
		exit 1
	}
}
pg "rem_device_all" kpktgend_0
pg "add_device d0" kpktgend_0
for line in "xmit_mode queue_xmit" "count $((FLOWS * 2))" "clone_skb 0" "pkt_size 64" "delay 0" \
	"dst_mac 02:00:00:00:00:01" \
	"dst_min 10.0.0.1" "dst_max 10.15.255.255" "udp_src_min 9" "udp_src_max 9" "udp_dst_min 9" \
	"udp_dst_max 9"; do
	pg "$line" d0
done
echo start >/proc/net/pktgen/pgctrl
grep -E 'pps' /proc/net/pktgen/d0
measured "packets a second" "$(sed -n 's/^ *\([0-9]*\)pps .*/\1/p' /proc/net/pktgen/d0)" || exit 1
for figure in flows flows_max flow_kib; do
	measured $figure "$($lfctl -j attach list | jq ".[0].$figure")" || exit 1
done
measured "memory of the snapshot" "$($lfctl -j snapshot list | jq '.[0].bytes')" || exit 1
$lfctl -j attach list | jq -r '.. | objects | select(.flows_max?) |
	"flows held \(.flows) of \(.flows_max), table \(.flow_kib) KiB, " +
	"\(.flow_kib * 1024 / .flows_max | floor) bytes a place, evicted \(.flows_evicted)"'
$lfctl -j snapshot list | jq -r '.[] | "snapshot \(.name): \(.bytes) bytes of memory"'
