#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: 100 uploads and swaps while UDP at 4 Mbit/s crosses the qdisc. Prints how
# long each took, and counts what went missing: datagrams and drops of the qdisc. The samples go to
# $LF_OUT/swap.csv, for tests/bench/mixed.
set -u
# shellcheck source=tests/lab/lab.sh
. tests/lab/lab.sh
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
export TC_LIB_DIR=$PWD/build/tc
trap lab_down EXIT
modprobe -q libcrc32c || true
insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/qdisc/sch_liteflow.ko" || exit 1
lab_up 1ms
lab_servers
lfctl() { lab_ns router "$PWD/build/bin/lfctl" "$@"; }
lfctl slot add app sample 1 pin none
lab_ns router tc qdisc add dev rc root liteflow slot app every 1
lfctl record -o "$LF_OUT/swap.csv" --seconds 14 app >"$LAB/record" 2>&1 &
record=$!
sysctl -qw net.core.rmem_max=8000000 net.core.wmem_max=8000000
lab_ns client iperf3 -J -R -u -b 4M -w 4M -l 1200 -c $LAB_SERVER -p 5201 -t 10 >"$LAB/udp.json" &
stream=$!
sleep 2
lab_ns router build/bench/swap-bench app build/bench/swap/*.lfs || exit 1
lfctl -j slot show app | jq -r '
	"last activation inside the kernel: \([.. | .swap_ns? // empty][0]) ns; " +
	"swaps: \([.. | .swaps? // empty][0])"'
wait $stream || { echo "swap: no stream: $(jq -r .error "$LAB/udp.json")" >&2; exit 1; }
wait $record || { echo "swap: nothing recorded" >&2; exit 1; }
cat "$LAB/record"
measured "time of the last activation" \
	"$(lfctl -j slot show app | jq '[.. | .swap_ns? // empty][0]')" || exit 1
measured "samples" "$(($(wc -l <"$LF_OUT/swap.csv") - 1))" || exit 1
measured "UDP datagrams" "$(jq .end.sum.packets "$LAB/udp.json")" || exit 1
measured "lost datagrams" "$(jq .end.sum.lost_packets "$LAB/udp.json")" 0 || exit 1
measured "packets of the qdisc" \
	"$(lab_ns router tc -s -j qdisc show dev rc |
		jq '.[] | select(.kind == "liteflow") | .packets')" || exit 1
jq -r '.end.sum | "UDP datagrams \(.packets), lost \(.lost_packets)"' "$LAB/udp.json"
lab_ns router tc -s -j qdisc show dev rc |
	jq -r '.[] | select(.kind == "liteflow") | "qdisc packets \(.packets), dropped \(.drops)"'
