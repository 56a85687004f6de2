#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: how long a device that goes down (which resets its qdisc, with bottom
# halves off) takes with many flows in the table, beside fq_codel with its largest table; medians of
# LF_RESETS (5).
set -u
export LF_PRICE_LIB=1
# shellcheck source=tests/bench/price.sh
. tests/bench/price.sh
setup_modules
flows=${LF_RESET_FLOWS:-858280} rounds=${LF_RESETS:-5}

# holds N - the flow table has at least N flows.
holds() {
	local flows
	flows=$("$lfctl" -j attach list | jq '.[0].flows // 0')
	[ "$flows" -ge "$1" ] || die "the table holds $flows flows, not $1"
}

# line NAME FLOWS QDISC...
line() {
	local name=$1 n=$2 i from us; shift 2
	for ((i = 0; i < rounds; i++)); do
		ip link add d0 type dummy
		ip link set d0 up
		tc qdisc add dev d0 root "$@" || die "no $1"
		[ "$1" != liteflow ] || [ "$n" = 1 ] || send d0 "$n" 64 "$n" 0 >/dev/null
		send d0 "$n" 64 "$n" 0 >/dev/null
		[ "$1" != liteflow ] || holds $((n * 8 / 10))
		from=${EPOCHREALTIME/./}
		ip link set d0 down
		us=$((${EPOCHREALTIME/./} - from))
		ip link del d0
		echo $us
	done | sort -n >/tmp/reset
	us=$(sed -n "$((rounds / 2 + 1))p" /tmp/reset)
	measured "$name" "$us" || exit 1
	: "${first:=$us}"
	awk -v name="$name" -v us="$us" -v first="$first" \
		'BEGIN { printf "%-36s %8.1f ms  %.2f\n", name, us / 1000, us / first }'
}

line "fq_codel flows 65536" 65536 fq_codel flows 65536
line "liteflow, one flow" 1 liteflow slot forest
line "liteflow, $flows flows" "$flows" liteflow slot forest flows 1048576 idle 600s
