#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: bulk TCP over one bottleneck, under one congestion control after the other.
#
#	tests/bench/cc.sh SECONDS "CELL..." COLUMN...
#
# tests/bench/cc_lib.sh has the path and the columns. A cell is RATE:RTT:QUEUE:LOSS:KIND: Mbit/s,
# milliseconds, queue in BDPs (of at least 4 packets), loss in per cent, and what happens: a number
# of equal flows; or
#
#	cubic, bbr	one flow beside one of these
#	join		one flow, and from half the time on another
#	join4		one flow, and three more, one at each eighth of the time
#	steps		the rate halves and comes back every fifth of the time
#	cellular	another rate every tenth of a second (tests/bench/cell_trace), RATE on
#			average; no loss
#	reverse		bulk the other way, too
#	uniform-P, normal-P, pareto-P	the way back jitters by P per cent of the RTT, in order
#					(netem's distributions)
#	lumps-P		ACKs come in lumps, one every P per cent of the RTT
#	slots-P		the same at random, from a half to one and a half of that apart: a shared
#			radio
#	handover	another RTT every fifth of the time, up to twice the cell's: a satellite
#	longer		twice the RTT after a third of the time
#	outages		nothing comes through for a second, thrice
#	policed		a policer of RATE with a bucket of 50 ms, before a line of ten times that
#
# A line for each figure goes to $LF_OUT/cc.csv: cell,column,metric,value. goodput Mbit/s
# (received), rtt_mean and rtt_p95 ms (the sender's smoothed RTT every tenth of a second), retrans
# packets, jain (of the flows' goodput), share (of the first flow, beside a rival or a joiner),
# join_s (until the joiner first has 80 % of its half for a second), fair_s (from the last one's
# start until Jain's index of a second is 0.9), backlog_p95 ms (of what waits at the bottleneck,
# every 50 ms: the RTT says nothing where it jitters).
#
# Made for uml-time: nothing is measured but what the protocol does. A process costs no time there,
# so what the columns user* lose is what an answer loses that comes later or not at all; what a
# process costs is cc_cpu.sh's to say.
set -u
cd "$(dirname "$0")/../.." || exit 1
[ $# -ge 3 ] || { echo "usage: cc.sh SECONDS 'CELL...' COLUMN..." >&2; exit 2; }
seconds=$1 cells=$2
shift 2
tmp=${TMPDIR:-/tmp}/cc
mkdir -p "$tmp"
out=${LF_OUT:-$tmp}/cc.csv
# shellcheck source=tests/bench/cc_lib.sh
. tests/bench/cc_lib.sh

# --- one run

steps() {		# Mbit/s ms BDPs loss: four changes
	local i
	for i in 1 2 3 4; do
		sleep "$(awk -v s="$seconds" 'BEGIN { print s / 5 }')"
		# The queue keeps its length in packets.
		ns router tc qdisc change dev r2 root netem rate \
			"$(((i % 2 ? $1 : $1 * 2) / 2))mbit" \
			limit "$(queue_packets "$1" "$2" "$3")" loss "$4%"
	done
}

cellular() {		# Mbit/s ms BDPs
	local kbit limit
	limit=$(($(queue_packets "$@") * 1514))
	tests/bench/cell_trace "$seconds" "$(($1 * 1000))" | while read -r kbit; do
		sleep 0.1
		radio change "$kbit" $limit
	done
}

# The way back, in order: netem keeps the order where it has a rate.
back() {		# netem's delay...
	ns receiver tc qdisc change dev d0 root netem delay "$@" limit 1000000 || die "netem"
}

noise() {		# kind ms
	local us=$((${1##*-} * $2 * 10))
	case $1 in
	uniform-*) back "$(($2 * 1000 + us))us" "${us}us" rate 10gbit ;;
	normal-* | pareto-*) back "${2}ms" "${us}us" distribution "${1%-*}" rate 10gbit ;;
	lumps-*) back "${2}ms" slot "${us}us" "${us}us" packets 100000 ;;
	slots-*) back "${2}ms" slot "$((us / 2))us" "$((us * 3 / 2))us" packets 100000 ;;
	esac
}

handover() {		# ms
	local ms
	for ms in $(($1 * 8 / 5)) $(($1 * 11 / 10)) $(($1 * 2)) "$1"; do
		sleep "$(awk -v s="$seconds" 'BEGIN { print s / 5 }')"
		back "${ms}ms"
	done
}

longer() {		# ms
	sleep "$(awk -v s="$seconds" 'BEGIN { print s / 3 }')"
	back "$(($1 * 2))ms"
}

outages() {		# Mbit/s ms BDPs loss
	local i
	for i in 1 2 3; do
		sleep "$(awk -v s="$seconds" 'BEGIN { print s / 4 - 1 }')"
		ns router tc qdisc change dev r2 root netem rate 8kbit limit \
			"$(queue_packets "$1" "$2" "$3")"
		sleep 1
		line change "$@"
	done
}

policed() {		# Mbit/s ms BDPs loss
	line change $(($1 * 10)) "${@:2}"
	ns router tc qdisc add dev r1 clsact || die "clsact"
	ns router tc filter add dev r1 ingress matchall action police rate "${1}mbit" burst \
		$(($1 * 1000000 / 8 / 20)) drop ||
		die "police"
}

# Bytes that wait, every 50 ms.
watch_backlog() {
	while :; do
		ns router tc -j -s qdisc show dev r2 root | jq '.[0].backlog' >>"$tmp/backlog"
		sleep 0.05
	done
}

later() {		# seconds, port, file
	sleep "$1"
	client "$2" -t $((seconds - $1)) >"$3"
}

# Leaves $tmp/a.json and, for the other flows, b.json and so on; when they began in `starts`, tenths
# of a second.
flows() {		# kind cell...
	local kind=$1 eighth=$((seconds / 8)) servers=() side=() ports=(5201) p
	starts='[0]'
	rm -f "$tmp"/[abcd].json
	case $kind in
	cubic | bbr | join | reverse) ports=(5201 5202) ;;
	join4) ports=(5201 5202 5203 5204) ;;
	esac
	for p in "${ports[@]}"; do server "$p"; done
	ready "${ports[@]}"
	case $kind in
	cubic | bbr) client 5202 -t "$seconds" -C "$kind" >"$tmp/b.json" & side+=($!) ;;
	reverse) client 5202 -t "$seconds" -R -C cubic >"$tmp/b.json" & side+=($!) ;;
	join) later $((seconds / 2)) 5202 "$tmp/b.json" & \
		side+=($!); starts="[0,$((seconds / 2 * 10))]" ;;
	join4)
		later $eighth 5202 "$tmp/b.json" & side+=($!)
		later $((2 * eighth)) 5203 "$tmp/c.json" & side+=($!)
		later $((3 * eighth)) 5204 "$tmp/d.json" & side+=($!)
		starts="[0,$((10 * eighth)),$((20 * eighth)),$((30 * eighth))]"
		;;
	steps) steps "${@:2}" & side+=($!) ;;
	cellular) cellular "${@:2:3}" & side+=($!) ;;
	esac
	case $kind in
	handover) handover "$3" & side+=($!) ;;
	longer) longer "$3" & side+=($!) ;;
	outages) outages "${@:2}" & side+=($!) ;;
	*-*) noise "$kind" "$3" ;;
	policed) policed "${@:2}" ;;
	esac
	: >"$tmp/backlog"
	watch_backlog &
	watcher=$!
	case $kind in
	[1-9]*) client 5201 -t "$seconds" -P "$kind" >"$tmp/a.json" ;;
	*) client 5201 -t "$seconds" >"$tmp/a.json" ;;
	esac
	kill "$watcher"
	wait "$watcher" 2>/dev/null
	ns router tc qdisc del dev r1 clsact 2>/dev/null
	[ ${#side[@]} = 0 ] || wait "${side[@]}"
	wait "${servers[@]}"
}

# --- figures

figure() {		# metric value
	local least=
	case $1 in retrans | share | join_s | fair_s | backlog_p95) least=-1 ;; esac
	measured "$1 of $column in $cell" "$2" $least || return 1
	echo "$cell,$column,$1,$2" | tee -a "$out"
}

# goodput, RTT, retransmissions, Jain's index of one client's flows
FIGURES='
def p(q): sort | if length == 0 then null else .[((length - 1) * q | floor)] end;
def jain: (add * add) / (length * (map(. * .) | add));
.end as $e
| [.intervals[].streams[].rtt // empty | select(. > 0) / 1000] as $rtt
| [$e.streams[].receiver.bytes] as $each
| ["goodput", $e.sum_received.bits_per_second / 1e6],
  ["rtt_mean", (if ($rtt | length) > 0 then ($rtt | add / length) else null end)],
  ["rtt_p95", ($rtt | p(0.95))],
  ["retrans", $e.sum_sent.retransmits],
  ["jain", ($each | jain)]
| "\(.[0]) \(.[1] * 1000 | round / 1000)"'

# Of the flow a beside b: while both ran.
SHARE='
def rate(from): [.intervals[] | select(.sum.start >= from) | .sum.bytes] | add;
($a[0] | rate($from)) as $x | ($b[0] | rate(0)) as $y
| if $x + $y > 0 then $x / ($x + $y) * 1000 | round / 1000 else 0 end'

JOINED='
[.intervals[] | .sum.bytes] as $i
| [range(0; ($i | length) - 9)]
| map(select(($i[.:. + 10] | add) * 8 / 1e6 >= 0.4 * $rate))
| if length > 0 then .[0] / 10 else -1 end'

# From the last start on; a window of ten tenths of a second.
FAIR='
def jain: (add * add) / (length * (map(. * .) | add) + 1);
($starts | max) as $from
| [range(0; length) as $i | .[$i] | [.intervals[].sum.bytes][($from - $starts[$i]):]] as $flows
| [range(0; ($flows | map(length) | min) - 9)]
| map(select(. as $k | [$flows[][$k:$k + 10] | add] | jain >= 0.9))
| if length > 0 then .[0] / 10 else -1 end'

figures() {		# kind Mbit/s
	local kind=$1 name value from=0
	jq -r "$FIGURES" "$tmp/a.json" >"$tmp/figures" || return 1
	[ -s "$tmp/figures" ] || { measured "anything of $column in $cell" ''; return 1; }
	while read -r name value; do figure "$name" "$value" || return 1; done <"$tmp/figures"
	figure backlog_p95 "$(sort -n "$tmp/backlog" | awk -v rate="$2" '{ b[NR] = $1 }
		END { print b[int((NR - 1) * 0.95) + 1] * 8 / rate / 1000 }')" || return 1
	case $kind in join | join4) figure fair_s \
		"$(jq -s --argjson starts "$starts" "$FAIR" "$tmp"/[abcd].json)" || return 1 ;; esac
	[ "$kind" != join ] || from=$((seconds / 2))
	case $kind in
	cubic | bbr | join)
		figure share "$(jq -n --slurpfile a "$tmp/a.json" --slurpfile b "$tmp/b.json" \
			--argjson from $from "$SHARE")" ||
			return 1
		;;
	esac
	[ "$kind" != join ] || figure join_s "$(jq --argjson rate "$2" "$JOINED" "$tmp/b.json")"
}

# --- all

modules
topology
for cell in $cells; do
	IFS=: read -r rate rtt queue loss kind <<<"$cell"
	for column; do
		select_column "$column" || {
			[ "$column" = upstream ] || die "no $column here: make -s models aurora"
			continue
		}
		path "$rate" "$rtt" "$queue" "$loss"
		[ "$kind" != cellular ] || { ns router tc qdisc del dev r2 root &&
			radio add $((rate * 1000)) \
			$(($(queue_packets "$rate" "$rtt" "$queue") * 1514)); }
		flows "$kind" "$rate" "$rtt" "$queue" "$loss" || die "the run of $column in $cell"
		figures "$kind" "$rate" ||
			die "the run of $column in $cell: $(jq -r '.error // empty' \
				"$tmp/a.json" 2>&1)"
		decide_no_more
	done
done
