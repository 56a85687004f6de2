# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Inside a QEMU machine with two CPUs: what a second CPU brings. Sourced, with KINDS, ROUNDS and
# COUNT set, and
#
#	on KIND, off KIND	set up what is measured, and take it away
#	device CPU		pktgen's name of the device that this CPU sends through
#	settings CPU		further lines of pktgen for it
#
# Each CPU has packets and flows of its own, as from a card with several queues. Kinds and numbers
# of CPUs alternate; a ratio is that of two runs next to each other, and the median of these is
# printed.
LF_PRICE_LIB=1
# shellcheck source=tests/bench/price.sh
. tests/bench/price.sh
FLOWS=256

# A thread of pktgen has its packets, or none.
smp_thread() {	# CPU 0|1
	local line dev
	dev=$(device "$1")
	pg rem_device_all "kpktgend_$1"
	[ "$2" = 1 ] || return 0
	pg "add_device $dev" "kpktgend_$1"
	{
		printf '%s\n' "count $COUNT" "clone_skb 0" "pkt_size 60" "delay 0" \
			"dst_mac 02:00:00:00:00:01" \
			"dst_min 10.$1.0.1" "dst_max 10.$1.0.$((FLOWS - 1))" \
			"udp_src_min 9" "udp_src_max 9" "udp_dst_min 9" "udp_dst_max 9"
		settings "$1"
	} | while read -r line; do pg "$line" "$dev"; done
}

# Packets a second of all CPUs of this run: each as many packets as the others, divided by the
# longer time.
smp_rate() {	# CPUs
	local n
	for n in 0 1; do smp_thread $n $((n < $1)); done
	# shellcheck disable=SC2046
	start $(for n in $(seq 0 $(($1 - 1))); do device "$n"; done)
	for n in $(seq 0 $(($1 - 1))); do
		sed -n 's/.*Result: OK: \([0-9]*\)(.*/\1/p' "/proc/net/pktgen/$(device "$n")"
	done | sort -n | awk -v n="$1" -v count="$COUNT" \
		'{ us = $1 } END { if (us && NR == n) printf "%d\n", n * count * 1e6 / us }'
}

smp_column() {	# kind expression [percentile]
	awk "{ print $2 }" "$tmp/$1" | sort -n | sed -n "$((1 + (ROUNDS - 1) * ${3:-50} / 100))p"
}

smp_measure() {
	local i kind one two tmp
	tmp=$(mktemp -d)
	for ((i = 0; i <= ROUNDS; i++)); do
		for kind in "${KINDS[@]}"; do
			on "$kind" || die "no $kind"
			smp_rate 2 >/dev/null	# flows are born, caches filled
			one=$(smp_rate 1) two=$(smp_rate 2)
			measured "$kind, one CPU" "$one" && measured "$kind, two CPUs" "$two" ||
				exit 1
			# The first round has the emulator translate everything.
			[ $i = 0 ] || echo "$one $two" >>"$tmp/$kind"
			off "$kind"
		done
		echo "  done: round $i of $ROUNDS" >&2
	done
	printf '%-28s %13s %14s %7s %7s %7s\n' "median of $ROUNDS" "one CPU, pps" "two CPUs, pps" \
		"ratio" "p25" "p75"
	for kind in "${KINDS[@]}"; do
		printf '%-28s %13d %14d %7.2f %7.2f %7.2f\n' "$kind" "$(smp_column "$kind" '$1')" \
			"$(smp_column "$kind" '$2')" \
			"$(smp_column "$kind" '$2 / $1')" "$(smp_column "$kind" '$2 / $1' 25)" \
			"$(smp_column "$kind" '$2 / $1' 75)"
	done
	rm -rf "$tmp"
}
