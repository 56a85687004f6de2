#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine in virtual time: 40 planted updates of a model (updates.c says which), each
# forced into lfd's ramp under live traffic, with lfd's defaults. Prints for each what lfd decided,
# how many flows had ended by then, how many the update had served, and after how long; then how
# many harmful ones were rolled back (recall), and how many of those rolled back were harmful
# (precision).
#
#	tests/vm/run uml-time tests/bench/updates.sh [N|NAME\|NAME...]	the first N, or these
set -u
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
: "${LF_MODULES:?run me through tests/vm/run}"
PATH=$PWD/build/bin:$PWD/build/tests/lfd:$PWD/build/bench:$PATH
export TC_LIB_DIR=$PWD/build/tc LFD_STATE=/tmp/updates/state LFD_RUN=/tmp/updates/run
dir=/tmp/updates
most=${1:-40}
die() { echo "updates: $*" >&2; tail -5 $dir/log >&2; exit 1; }

insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/qdisc/sch_liteflow.ko" || exit 1
mkdir -p $dir/conf
naps=$dir
# shellcheck source=tests/lfd/lib.sh
. tests/lfd/lib.sh
updates $dir >$dir/list || exit 1
cat >$dir/conf/app.conf <<'END'
[learner]
slot = app
snapshot = /tmp/updates/base.lfs
[label]
rule = bytes 10k- class elephant
rule = bytes -10k class mouse
[model]
kind = forest
[judge]
flows = 10000000
END
meet_peer
lfctl slot add app sample 1 && lfctl slot set app $dir/base.lfs activate || exit 1
# From the third packet on: before it, flow.len2 is 0, of which no update knows whether it is one of
# the sizes that no flow begins with.
tc qdisc replace dev eth0 root liteflow slot app phases 3,6,9,12,15,18 map mouse:0 elephant:1 ||
	exit 1
ip netns exec peer "$PWD/build/tests/lfd/flows" serve 5001 &
flows send 10.9.0.2 5001 400 unsure >$dir/flows &
client=$!
lfd --conf $dir/conf --state $LFD_STATE --run $LFD_RUN >$dir/log 2>&1 &

# history FILTER - of all decisions
history() { lfctl -j learn history | jq -rc "$1"; }
# How many steps of ramps there were.
ramped() { history '[.[] | select(.what == "ramping")] | length'; }
# What the update has served, as the slot counts it.
born() {
	lfctl -j slot show app |
		jq --arg s "$1" \
			'[.active, .standby, .old[]?] | map(select(.snapshot == $s).born) | add'
}

# decided NAME - waits for the end of its trial; sets $last to that decision.
decided() {
	local i
	for ((i = 0; i < 3000; i++)); do
		last=$(history '.[-1]')
		case $(jq -r .what <<<"$last") in
		kept | rolled-back | rejected | given-up | failed) return ;;
		esac
		nap 0.5
	done
	die "no decision on $1: $last"
}

# trial NAME KIND - a line of the table: name, kind, decision, flows that had ended, those of them
# that it served, seconds.
trial() {
	local begin
	lfctl learn offer app "$dir/$1.lfs" force || die "$1 cannot be offered"
	until [ "$(ramped)" != "$ramps" ]; do nap 0.2; done
	begin=$(history '.[-1]')
	decided "$1"
	ramps=$(ramped)
	jq -nr --arg n "$1" --arg k "$2" --argjson a "$begin" --argjson b "$last" \
		--argjson born "$(born "$1")" \
		'[$n, $k, $b.what, $b.flows, $born, ($b.time - $a.time) / 1e9] | @csv' | tr -d \" |
		tee -a $dir/table
}

chosen() {
	case $most in
	*[!0-9]*) grep -E "^($most) " $dir/list ;;
	*) head -n "$most" $dir/list ;;
	esac
}

sleep 5
ramps=0
while read -r -u 8 name kind; do
	trial "$name" "$kind"
done 8< <(chosen)
kill $client
wait $client
read -r n failed <$dir/flows
measured "flows" "$n" || exit 1
echo "$n flows, $failed failed; the qdisc dropped $(tc -s -j qdisc show dev eth0 | jq '.[0].drops')"
case $most in
*[!0-9]*) ;;		# some by name: no recall, no precision
*) awk -v updates="$most" -f tests/bench/updates.awk $dir/table ;;
esac
