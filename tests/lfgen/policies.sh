#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Are the policies of congestion control that we ship what models/aurora/README.md and
# models/mocc/README.md say? The snapshots, as the kernel would run them: against the float models
# over the rows of calibration, over histories made by hand, and in the link simulator, whose runs
# are the same every time.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
make -s models sim || exit 1
lfgen=build/bin/lfgen eval=build/sim/eval
dir=$tmp
V=1

holds() { awk "BEGIN { exit !($1) }"; }

# A history of ten equal intervals, then the preference where the model has one.
row() {			# MODEL INFLATION RATIO SEND
	local k
	head -1 "models/$1/calib.csv"
	for k in 0 1 2 3 4 5 6 7 8 9; do
		printf '%s,%s,%s%s' "$2" "$3" "$4" "$([ $k = 9 ] || echo ,)"
	done
	[ "$1" = aurora ] || printf ',%s' "${@:5}"
	echo
}

action() {		# MODEL ...
	row "$@" >"$dir/row.csv"
	$lfgen run "build/models/$1.lfs" "$dir/row.csv"
}

near() {
	$lfgen compare "models/$1/model.onnx" "build/models/$1.lfs" "models/$1/calib.csv" \
		--max-error 0.1 >/dev/null
}

# Of one cell of the simulator, figure $2: goodput, dropped, Jain, share; p95 of the queueing delay
# in ms.
cell() {		# CELL FIGURE POLICY
	$eval -c "$1" "$3" | sed -n "s/.*$2 \([0-9.]*\).*/\1/p"
}

for model in aurora mocc; do
	[ -e models/$model/model.onnx ] || continue
	equal='' policy=build/models/$model.lfs
	[ $model = aurora ] || equal='0.333333 0.333333 0.333334'
	check "$model: no action is off by more than 0.1 % of the range" near $model
	# shellcheck disable=SC2086
	up=$(action $model 0 1 1 $equal) down=$(action $model 0.2 3 1.2 $equal) \
		lost=$(action $model 0 1.05 1.5 $equal)
	check "$model: an empty queue is no reason to slow down ($up)" holds "$up > 0"
	check "$model: a queue of two RTTs that grows is ($down)" holds "$down < -2"
	check "$model: so is half as much lost as delivered ($lost)" holds "$lost < -1"

	good=$(cell 50,50,1,0,1,0,20 goodput "$policy") queue=$(cell 50,50,4,0,1,0,20 p95 "$policy")
	cubic=$(cell 50,50,4,0,1,0,20 p95 cubic)
	check "$model: one flow uses the link ($good)" holds "$good > 0.95"
	check "$model: and keeps the queue below half of CUBIC's ($queue ms, $cubic ms)" holds \
		"$queue < $cubic / 2"
	good=$(cell 50,50,1,0.01,1,0,20 goodput "$policy") \
		cubic=$(cell 50,50,1,0.01,1,0,20 goodput cubic)
	check "$model: under 1 % of random loss it has five times CUBIC's ($good, $cubic)" holds \
		"$good > 5 * $cubic"
	jain=$(cell 50,50,1,0,4,0,40 Jain "$policy")
	check "$model: four flows share equally (Jain $jain)" holds "$jain > 0.85"
	share=$(cell 50,50,1,0,1,1,60 share "$policy")
	check "$model: a flow beside CUBIC has its share ($share of it)" holds \
		"$share > 0.5 && $share < 2"
done

if [ -e models/mocc/model.onnx ]; then
	lat=$(cell 50,50,4,0,1,0,20 p95 build/models/mocc.lfs@0.1,0.8,0.1) \
		thr=$(cell 50,50,4,0,1,0,20 p95 build/models/mocc.lfs@0.8,0.1,0.1)
	check "mocc queues less for latency ($lat ms) than for throughput ($thr ms)" \
		holds "$lat < $thr"
fi
finish
