#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: a day whose traffic changes, and lfd.
#
#	tests/vm/run uml-time tests/adapt/day.sh lfd|clock SECONDS RATE SEED SHIFT...
#
#	here: eth0 10.9.0.1, qdisc liteflow, slot app ---- namespace peer: 10.9.0.2
#
# Datagrams of an office of RATE flows a second leave by eth0 for SECONDS, which are a day (day.c).
# At each SHIFT, in seconds, the traffic becomes another for good. The slot begins with the forest
# that we ship. Half of the flows have a mark that lfd trusts. What is measured are the others: the
# share of them, in each ten seconds, whose last verdict is the class of their program.
#
# lfd	it trains when it has a reason to
# clock	the baseline: the same rows, from the same lfd, which is paused; but every ten minutes
#	lfd-train trains on them, those of the last ten minutes counting most, and what comes of it
#	serves at once, untested
#
# To $LF_OUT: audit.csv (audit.c), history.json (lfctl learn history), totals: flows, datagrams
# sent and arrived, drops of the qdisc, swaps, trainings of the baseline, samples that lfd has read,
# seconds of the processor that it took (in native time only); and status.json.
set -u
: "${LF_MODULES:?run me through tests/vm/run}"
PATH=$PWD/build/bin:$PWD/build/adapt:$PATH
export TC_LIB_DIR=$PWD/build/tc LFD_STATE=/tmp/adapt/state LFD_RUN=/tmp/adapt/run
[ $# -ge 4 ] || { echo "usage: day.sh lfd|clock SECONDS RATE SEED SHIFT..." >&2; exit 2; }
mode=$1
shift
dir=/tmp/adapt first=$PWD/build/models/appclass-forest.lfs
EVERY=600		# seconds between two trainings of the baseline
die() { echo "day: $*" >&2; tail -5 $dir/log >&2; exit 1; }

mkdir -p $dir/conf
naps=$dir
# shellcheck source=tests/lfd/lib.sh
. tests/lfd/lib.sh

configure() {
	cat >$dir/conf/app.conf <<-END
		[learner]
		slot = app
		snapshot = $first
		paused = $([ "$mode" = lfd ] && echo no || echo yes)
		[label]
		rule = mark 1 class interactive
		rule = mark 2 class request
		rule = mark 3 class bulk
		rule = mark 4 class media
		rule = mark 5 class lookup
		rule = mark 6 class other
		[model]
		kind = forest
		[judge]
		flows = 60
		[deploy]
		shadow = 25
		arms = 10% 50%
		step = 6
		watch = 200
		every = 20s
		backoff = 60s
	END
}

# What arrives is counted, and goes nowhere.
arrivals() {
	ip netns exec peer nft -f - <<-END
		table ip office {
			chain in {
				type filter hook prerouting priority 0
				ip daddr 10.64.0.0/10 counter drop
			}
		}
	END
}
arrived() {
	ip netns exec peer nft -j list chain ip office in |
		jq '[.. | .counter?.packets // empty][0]'
}

set_up() {
	insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/qdisc/sch_liteflow.ko" ||
		exit 1
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	meet_peer
	ip neighbour replace 10.9.0.2 dev eth0 nud permanent \
		lladdr "$(ip netns exec peer cat /sys/class/net/peer/address)"
	ip route add 10.64.0.0/10 via 10.9.0.2
	arrivals || die "nft"
	lfctl slot add app sample 1 && lfctl slot set app "$first" activate || exit 1
	tc qdisc replace dev eth0 root liteflow slot app idle 2s \
		map interactive:0 media:0 lookup:0 request:1 bulk:2 || exit 1
}

# --- the baseline

# retrain FROM - on the rows that the paused lfd has, those since FROM (ns) at full weight.
retrain() {
	local state=$LFD_STATE/app
	jq -n --arg path $dir/now.lfs --arg hash "$(lfctl -j slot show app | jq -r .active.hash)" \
		'{hash: $hash, name: "now", same: true, n_outputs: 6, zp: 0, m: 0, shift: 0,
		path: $path}' >"$state/incumbent.json"
	rm -f "$state"/candidate.*
	LFD_NAME=clock-$trainings LFD_SINCE=$1 lfd-train $dir/conf/app.conf "$state" 2>>$dir/log
	trainings=$((trainings + 1))
	[ -e "$state/candidate.lfs" ] || { tail -1 "$state/candidate.json" >>$dir/log; return; }
	cp "$state/candidate.lfs" $dir/now.lfs
	mv "$state/candidate.forest.json" "$state/forest.json"
	lfctl slot set app $dir/now.lfs activate || die "the baseline's snapshot"
}

by_the_clock() {
	cp "$first" $dir/now.lfs
	while sleep $EVERY && kill -0 $office 2>/dev/null; do
		retrain $((${EPOCHREALTIME/./}000 - EVERY * 1000000000))
	done
}

# --- the day

trainings=0
configure
set_up
lfd --conf $dir/conf --state $LFD_STATE --run $LFD_RUN >$dir/log 2>&1 &
lfd=$!
audit app 10 >"$LF_OUT/audit.csv" 2>$dir/lost &
audit=$!
sleep 2
began=$EPOCHREALTIME
day "$@" >$dir/day &
office=$!
[ "$mode" = lfd ] || by_the_clock
wait $office || die "the office"
sleep 8
kill $audit
wait $audit || die "$(<$dir/lost)"
lfctl -j learn history >"$LF_OUT/history.json" || die "no history"
lfctl -j learn status >"$LF_OUT/status.json"
cp $dir/log "$LF_OUT/lfd.log"
mkdir -p "$LF_OUT/state" && cp -r $LFD_STATE/app/. "$LF_OUT/state"
cp $dir/conf/app.conf "$LF_OUT/state"
cpu=$(awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' /proc/$lfd/stat)
kill $lfd
wait $lfd
read -r flows sent <$dir/day
cat >"$LF_OUT/totals" <<END
began $began
flows $flows
sent $sent
arrived $(arrived)
drops $(tc -s -j qdisc show dev eth0 | jq '.[0].drops')
swaps $(lfctl -j slot show app | jq .swaps)
trainings $trainings
lfd_cpu $cpu
samples $(jq '.[0].samples' "$LF_OUT/status.json")
END
cat "$LF_OUT/totals"
