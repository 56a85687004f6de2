#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: can a flood of cheap flows win? A hundred flows have sent some packets and
# pause; for twelve seconds there are 10,000 packets a second of new flows of N packets each, in a
# table of 4,096; then the hundred go on. How many of them had lost their place? A line without a
# flood is the baseline.
#
#	LF_EVICT="20:0 20:1 20:4 20:16"		packets of each of the hundred : of each flow of the
#						flood, 0 for none
set -u
export LF_PRICE_LIB=1
# shellcheck source=tests/bench/price.sh
. tests/bench/price.sh
setup_modules

born() { "$lfctl" -j attach list | jq '.[0].flows_born'; }

# rated COUNT RATE LINE...: pktgen's packets into d0
rated() {
	local line
	pg rem_device_all kpktgend_0
	pg "add_device d0" kpktgend_0
	for line in "xmit_mode queue_xmit" "count $1" "clone_skb 0" "pkt_size 64" "ratep $2" \
		"dst_mac 02:00:00:00:00:01" \
		"udp_src_min 9" "udp_src_max 9" "udp_dst_min 9" "udp_dst_max 9" "${@:3}"; do
		pg "$line" d0
	done
	start d0
}

hundred() { rated "$1" 100000 "dst_min 10.1.0.1" "dst_max 10.1.0.100"; }

for what in ${LF_EVICT:-20:0 20:1 20:4 20:16}; do
	each=${what#*:}
	ip link add d0 type dummy
	ip link set d0 up
	tc qdisc add dev d0 root liteflow slot forest flows 4096 idle 600s || die "no qdisc"
	hundred $((100 * ${what%:*}))
	measured "the hundred" "$(born)" 100 || exit 1
	if [ "$each" = 0 ]; then
		sleep 1
	else
		rated 120000 10000 "dst_min 10.2.0.0" "dst_max 10.3.255.255" \
			"flows $((120000 / each > 65536 ? 65536 : 120000 / each))" \
			"flowlen $each" "flag FLOW_SEQ"
	fi
	before=$(born)
	hundred 100
	lost=$(($(born) - before))
	measured "flows of the flood" "$((before - 100))" 0 || exit 1
	printf 'paused after %s packets, flood of %-5s packets a flow: ' "${what%:*}" "$each"
	printf '%3d of 100 displaced, %6d flows of the flood came in\n' "$lost" $((before - 100))
	ip link del d0
done
