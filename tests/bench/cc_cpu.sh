#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine at native speed (uml): what a congestion control costs.
#
#	tests/bench/cc_cpu.sh RUNS COLUMN...		by way of tests/bench/cc cpu, which reads
#							the host's clocks
#
# tests/bench/cc_lib.sh has the path and the columns. Bulk over a short RTT, one flow and FLOWS of
# them, and over two lines: one that all columns fill, and one that is about what a processor can
# carry, where goodput falls as cost rises. Intervals are as short as they get with FLOWS: five
# packets of each. RUNS rounds of all columns, interleaved. A line for each figure goes to
# $LF_OUT/cc-cpu.csv: flows:line,column,metric,value. goodput Mbit/s; cpu: ms of processor for a
# Gbit, of the whole guest with all ends and programs; and of the columns user* the questions per
# second and the mean time to the answer in us.
#
# In User Mode Linux a system call is a traced process stopped and let go, far dearer than on a
# processor of its own; and what else the host does shows: a machine that does not run for some
# milliseconds sees a queue. QEMU's count of instructions (qemu-6.1 --icount) has neither fault; but
# there all instructions cost the same, and cache misses and mitigations nothing, which flatters who
# crosses the border often. The truth lies between. $LF_CC_EACH: seconds of a run (4).
set -u
cd "$(dirname "$0")/../.." || exit 1
[ $# -ge 2 ] || { echo "usage: cc_cpu.sh RUNS COLUMN..." >&2; exit 2; }
runs=$1
shift
tmp=${TMPDIR:-/tmp}/cc
mkdir -p "$tmp/host"
asked=0 ms=0
: "${LF_OUT:?run me through tests/bench/cc cpu}"
out=$LF_OUT/cc-cpu.csv
# shellcheck source=tests/bench/cc_lib.sh
. tests/bench/cc_lib.sh

SECONDS_EACH=${LF_CC_EACH:-4}
RTT=4
QUEUE=2
RATES="200 500"
FLOWS=8

# Milliseconds of processor so far, in `ms`. User Mode Linux: as the host counts the processes that
# it consists of, since its own ticks hit or miss; a file with one of these asks, tests/bench/cc
# answers. Else what was not idle.
cpu() {
	local n=200
	case $LF_MACHINE in uml*) ;; *) \
		ms=$(awk '$1 == "cpu" { print ($2 + $3 + $4 + $7 + $8) * 10 }' \
		/proc/stat); return ;; esac
	asked=$((asked + 1))
	readlink "$tmp/host/self" >"$LF_OUT/ask.new" && mv "$LF_OUT/ask.new" "$LF_OUT/ask.$asked"
	until [ -s "$LF_OUT/ms.$asked" ]; do
		n=$((n - 1))
		[ $n -gt 0 ] || die "the host does not answer"
		sleep 0.05
	done
	ms=$(cat "$LF_OUT/ms.$asked")
}

figure() {		# metric value
	case $1 in questions | answer_us) measured "$1 of $column in $cell" "$2" 0 ;; *) measured \
		"$1 of $column in $cell" "$2" ;; esac || exit 1
	echo "$cell,$column,$1,$2" | tee -a "$out"
}

told() {		# what the kernel counted: "asked N, ... after N us on average"
	decide_no_more >"$tmp/told"
	[ -s "$tmp/told" ] || return 0
	cat "$tmp/told"
	figure questions "$(sed 's/asked \([0-9]*\),.*/\1/' "$tmp/told" |
		awk -v s=$SECONDS_EACH '{ print $1 / s }')"
	figure answer_us "$(sed 's/.* after \([0-9]*\) us.*/\1/' "$tmp/told")"
}

measure() {		# flows
	local servers=() before goodput cost
	server 5201
	ready 5201
	cpu
	before=$ms
	ns sender iperf3 -c 10.79.2.2 -p 5201 -t $SECONDS_EACH -i 0 -P "$1" -J >"$tmp/a.json" ||
		die "iperf3"
	cpu
	wait "${servers[@]}"
	jq -r --argjson ms $((ms - before)) \
		'.end.sum_received | "\(.bits_per_second / 1e6) \($ms / (.bytes * 8 / 1e9))"' \
		"$tmp/a.json" >"$tmp/figures"
	read -r goodput cost <"$tmp/figures"
	figure goodput "$goodput"
	figure cpu "$cost"
}

case $LF_MACHINE in uml*) mount -t hostfs none "$tmp/host" -o /proc ||
	die "the host's /proc" ;; esac
modules
topology
for ((n = 0; n < runs; n++)); do
	for rate in $RATES; do
		for flows in 1 $FLOWS; do
			cell=$flows:$rate
			for column; do
				path "$rate" $RTT $QUEUE 0
				select_column "$column" || die "no $column here"
				measure "$flows"
				told
			done
		done
	done
done
