#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: bulk TCP over one bottleneck, under one congestion control after the other.
#
#	tests/bench/cc.sh SECONDS "CELL..." COLUMN...
#
#	sender 10.79.1.2 ---- router ---- receiver 10.79.2.2
#	                      netem rate, limit, loss    netem delay (all of the RTT)
#
# A cell is RATE:RTT:QUEUE:LOSS:KIND: Mbit/s, milliseconds, queue in BDPs (of at least 4 packets), loss in per cent, and
# what happens: a number of equal flows; or cubic, bbr (one flow beside one of these); join (one flow, and from half the
# time on another); steps (the rate halves and comes back every fifth of the time); reverse (bulk the other way, too).
#
# A column is cubic, bbr, reno, or a policy in congestion control liteflow: aurora, mocc-thr, mocc-lat, mocc-loss,
# upstream (LiteFlow's published Aurora weights, where ../shared has them), or none: liteflow without a snapshot.
#
# A line for each figure goes to $LF_OUT/cc.csv: cell,column,metric,value. goodput Mbit/s (received), rtt_mean and rtt_p95 ms
# (the sender's smoothed RTT every tenth of a second), retrans packets, jain (of the flows' goodput), share (of the first
# flow, beside a rival or a joiner), join_s (until the joiner first has 80 % of its half for a second).
#
# Made for uml-time: nothing is measured but what the protocol does.
set -u
cd "$(dirname "$0")/../.." || exit 1
[ $# -ge 3 ] || { echo "usage: cc.sh SECONDS 'CELL...' COLUMN..." >&2; exit 2; }
seconds=$1 cells=$2
shift 2
tmp=${TMPDIR:-/tmp}/cc
mkdir -p "$tmp"
out=${LF_OUT:-$tmp}/cc.csv
lfctl=$PWD/build/bin/lfctl

die() { echo "cc: $*" >&2; exit 1; }
ns() { ip netns exec "cc-$1" "${@:2}"; }

topology() {
	local n
	for n in sender router receiver; do
		ip netns add cc-$n && ns $n ip link set lo up || die "namespaces"
		# No run learns from the one before; windows must not be what limits.
		ns $n sysctl -qw net.ipv4.tcp_no_metrics_save=1 net.ipv4.tcp_rmem="4096 131072 67108864" \
			net.ipv4.tcp_wmem="4096 65536 67108864"
	done
	ip link add s0 netns cc-sender type veth peer name r1 netns cc-router
	ip link add d0 netns cc-receiver type veth peer name r2 netns cc-router
	ns sender ip address add 10.79.1.2/24 dev s0
	ns receiver ip address add 10.79.2.2/24 dev d0
	ns router ip address add 10.79.1.1/24 dev r1
	ns router ip address add 10.79.2.1/24 dev r2
	for n in sender:s0 receiver:d0 router:r1 router:r2; do
		ns "${n%:*}" ip link set "${n#*:}" up
		# The wire carries frames, not what segmentation offload makes of many.
		ns "${n%:*}" ethtool -K "${n#*:}" tso off gso off gro off >/dev/null || die "ethtool"
	done
	ns router sysctl -qw net.ipv4.ip_forward=1
	ns sender ip route add default via 10.79.1.1
	ns receiver ip route add default via 10.79.2.1
}

# Packets of 1,514 bytes that a BDP times $3 holds.
queue_packets() {	# Mbit/s ms BDPs
	awk -v r="$1" -v t="$2" -v q="$3" 'BEGIN { n = int(r * 1e6 / 8 * t / 1e3 * q / 1514); print n < 4 ? 4 : n }'
}

line() {		# verb Mbit/s ms BDPs loss
	ns router tc qdisc "$1" dev r2 root netem rate "${2}mbit" limit "$(queue_packets "$2" "$3" "$4")" loss "$5%" || die "netem"
}

path() {		# Mbit/s ms BDPs loss
	ns router tc qdisc del dev r2 root 2>/dev/null
	ns receiver tc qdisc del dev d0 root 2>/dev/null
	line add "$@"
	ns receiver tc qdisc add dev d0 root netem delay "${2}ms" limit 1000000 || die "netem"
}

# --- columns ----------------------------------------------------------------------------------------------------------

policy() {		# column: the slot's snapshot and parameters
	local file weights='' slot=tcp
	case $1 in
	none) "$lfctl" -n cc-sender slot del $slot force 2>/dev/null; return 0 ;;
	mocc-*) file=build/models/mocc.lfs ;;
	upstream) file=build/models/aurora-1.lfs ;;
	*) file=build/models/$1.lfs ;;
	esac
	case $1 in
	mocc-thr) weights='w_thr 0.8 w_lat 0.1 w_loss 0.1' ;;
	mocc-lat) weights='w_thr 0.1 w_lat 0.8 w_loss 0.1' ;;
	mocc-loss) weights='w_thr 0.1 w_lat 0.1 w_loss 0.8' ;;
	upstream) weights='share 0' ;;
	*) weights='share default' ;;
	esac
	[ -e "$file" ] || return 1
	"$lfctl" -n cc-sender slot del $slot force 2>/dev/null
	"$lfctl" -n cc-sender slot add $slot pin none || die "slot"
	# shellcheck disable=SC2086
	"$lfctl" -n cc-sender slot param $slot $weights || die "parameters"
	"$lfctl" -n cc-sender slot set $slot "$file" activate || die "snapshot"
}

select_column() {	# column
	local cc=$1
	case $1 in
	cubic | bbr | reno) ;;
	*) cc=liteflow; policy "$1" || return 1 ;;
	esac
	ns sender sysctl -qw net.ipv4.tcp_congestion_control=$cc
}

# --- one run ----------------------------------------------------------------------------------------------------------

server() { ns receiver iperf3 -s -1 -p "$1" >/dev/null 2>&1 & servers+=($!); }
client() { ns sender iperf3 -c 10.79.2.2 -p "$1" -i 0.1 -J "${@:2}"; }

listening() { ns receiver ss -Hltn "sport = :$1" | grep -q .; }

ready() {		# ports
	local p n
	for p; do
		n=50
		until listening "$p"; do n=$((n - 1)); [ $n -gt 0 ] || die "no server at $p"; sleep 0.1; done
	done
}

steps() {		# Mbit/s ms BDPs loss: four changes
	local i
	for i in 1 2 3 4; do
		sleep "$(awk -v s="$seconds" 'BEGIN { print s / 5 }')"
		# The queue keeps its length in packets.
		ns router tc qdisc change dev r2 root netem rate "$(((i % 2 ? $1 : $1 * 2) / 2))mbit" \
			limit "$(queue_packets "$1" "$2" "$3")" loss "$4%"
	done
}

flows() {		# kind cell...: leaves $tmp/a.json and, for the other flow, $tmp/b.json
	local kind=$1 servers=() side=()
	rm -f "$tmp"/[ab].json
	server 5201
	case $kind in cubic | bbr | join | reverse) server 5202; ready 5201 5202 ;; *) ready 5201 ;; esac
	case $kind in
	cubic | bbr) client 5202 -t "$seconds" -C "$kind" >"$tmp/b.json" & side+=($!) ;;
	reverse) client 5202 -t "$seconds" -R -C cubic >"$tmp/b.json" & side+=($!) ;;
	join) { sleep $((seconds / 2)); client 5202 -t $((seconds - seconds / 2)) >"$tmp/b.json"; } & side+=($!) ;;
	steps) steps "${@:2}" & side+=($!) ;;
	esac
	case $kind in
	[1-9]*) client 5201 -t "$seconds" -P "$kind" >"$tmp/a.json" ;;
	*) client 5201 -t "$seconds" >"$tmp/a.json" ;;
	esac
	[ ${#side[@]} = 0 ] || wait "${side[@]}"
	wait "${servers[@]}"
}

# --- figures ----------------------------------------------------------------------------------------------------------

figure() { echo "$cell,$column,$1,$2" | tee -a "$out"; }

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
($a[0] | rate($from)) as $x | ($b[0] | rate(0)) as $y | if $x + $y > 0 then $x / ($x + $y) * 1000 | round / 1000 else 0 end'

JOINED='
[.intervals[] | .sum.bytes] as $i
| [range(0; ($i | length) - 9)] | map(select(($i[.:. + 10] | add) * 8 / 1e6 >= 0.4 * $rate)) | if length > 0 then .[0] / 10 else -1 end'

figures() {		# kind Mbit/s
	local name value from=0
	jq -r "$FIGURES" "$tmp/a.json" | while read -r name value; do figure "$name" "$value"; done
	[ -e "$tmp/b.json" ] || return 0
	[ "$1" != reverse ] || return 0
	[ "$1" != join ] || from=$((seconds / 2))
	figure share "$(jq -n --slurpfile a "$tmp/a.json" --slurpfile b "$tmp/b.json" --argjson from $from "$SHARE")"
	[ "$1" != join ] || figure join_s "$(jq --argjson rate "$2" "$JOINED" "$tmp/b.json")"
}

# --- all --------------------------------------------------------------------------------------------------------------

insmod "$LF_MODULES/kmod/liteflow.ko" || die "liteflow.ko"
[ ! -e "$LF_MODULES/tcp_cc/tcp_liteflow.ko" ] || insmod "$LF_MODULES/tcp_cc/tcp_liteflow.ko" || die "tcp_liteflow.ko"
topology
for cell in $cells; do
	IFS=: read -r rate rtt queue loss kind <<<"$cell"
	for column; do
		select_column "$column" || { echo "cc: no $column here" >&2; continue; }
		path "$rate" "$rtt" "$queue" "$loss"
		flows "$kind" "$rate" "$rtt" "$queue" "$loss" || die "the run of $column in $cell"
		figures "$kind" "$rate"
	done
done
