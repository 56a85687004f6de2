#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: what a sampled inference costs the datapath, and how many samples arrive
# in a file. pktgen sends packets through qdiscs that run appclass' forest on each of them, and
# that differ in their slot alone, round by round:
#
#	off	no samples
#	alone	sample 1, and nobody listens
#	heard	sample 1, and `lfctl record` writes a file
#	buffers	the same, with a stream of 1024 buffers instead of 4
#
# With one processor packets, the kernel's worker and the recorder share it. Every inference must be
# in the file or counted as lost by the kernel.
#
#	tests/vm/run uml tests/bench/samples.sh [PACKETS [ROUNDS]]
set -u
export LF_PRICE_LIB=1
# shellcheck source=tests/bench/price.sh
. tests/bench/price.sh
packets=${1:-500000} rounds=${2:-5}
columns="off alone heard buffers"

put_slot() {		# device column
	"$lfctl" slot add "$2" && "$lfctl" slot set "$2" appclass-forest activate || die "no slot"
	case $2 in
	off) ;;
	buffers) "$lfctl" slot set "$2" sample 1 buffers 1024 ;;
	*) "$lfctl" slot set "$2" sample 1 ;;
	esac || die "no samples"
	tc qdisc add dev "$1" root liteflow slot "$2" bands 6 mode strict every 1 idle 600s ||
		die "no qdisc"
}

# count SLOT FILTER
count() { "$lfctl" -j slot show "$1" | jq "if type == \"array\" then .[0] else . end | $2"; }

# send_heard DEVICE COLUMN ROUND: sends while a recorder writes; prints nanoseconds a packet, and
# adds a line to the table of samples: column, written, lost in the kernel, inferences, microseconds
# from the first packet to the complete file, but for the wait until the last batch was due.
send_heard() {
	local before lost begin end recorder ns
	before=$(count "$2" .active.inferences) lost=$(count "$2" .samples_lost)
	"$lfctl" -j record -o /tmp/samples.npy "$2" >/tmp/report 2>/tmp/record.err &
	recorder=$!
	sleep 0.5
	begin=${EPOCHREALTIME/./}
	ns=$(send "$1" 100 64 "$packets" "$3") || exit 1
	sleep 0.2		# twice the slot's flush
	kill -INT $recorder
	wait $recorder || die "lfctl record: $(cat /tmp/record.err)"
	end=$((${EPOCHREALTIME/./} - 200000))
	echo "$2 $(jq .samples /tmp/report) $(($(count "$2" .samples_lost) - lost))" \
		"$(($(count "$2" .active.inferences) - before)) $((end - begin))" >>/tmp/heard
	echo "$ns"
}

median() { sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'; }

setup_modules
i=0
for column in $columns; do
	ip link add d$i type dummy
	ip link set d$i up
	put_slot d$i "$column"
	i=$((i + 1))
done
for ((round = 0; round <= rounds; round++)); do
	i=0
	for column in $columns; do
		case $column in
		heard | buffers) ns=$(send_heard d$i "$column" "$round") ;;
		*) ns=$(send d$i 100 64 "$packets" "$round") ;;
		esac || exit 1
		[ $round = 0 ] || echo "$ns" >>"/tmp/ns.$column"
		i=$((i + 1))
	done
done
for column in $columns; do
	ns=$(median <"/tmp/ns.$column")
	measured "$column" "$ns" || exit 1
	declare "ns_$column=$ns"
done
# shellcheck disable=SC2154
awk -v off="$ns_off" -v alone="$ns_alone" -v heard="$ns_heard" -v buffers="$ns_buffers" 'BEGIN {
	printf "ns a packet: no samples %.0f, nobody listens %.0f (%+.1f), ",
		off, alone, alone - off
	printf "recorded %.0f, with 1024 buffers %.0f\n", heard, buffers }'
for column in heard buffers; do
	awk -v column=$column '$1 == column { written += $2; lost += $3; all += $4; us += $5 }
	END {
		if (!written || !us) {
			print "samples: not measured: " column >"/dev/stderr"
			exit 1
		}
		printf "%s: %d inferences, %d in the file, %d lost in the kernel, ",
			column, all, written, lost
		printf "%d elsewhere; %.0f samples/s into the file\n",
			all - written - lost, written / us * 1e6
	}' /tmp/heard || exit 1
done
