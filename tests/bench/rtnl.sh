#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: how long one user, root of nothing but a user namespace of his own, makes
# others wait for RTNL. Each line has its baseline in the same run: what he may do with fq_codel,
# which any kernel has.
#
#	what                    adds and deletes a qdisc in a loop; or ends namespaces full of slots
#				that are sampled
#	mean, p99, max          milliseconds that another's request waits
#	times fq_codel          of p99 and of max
#
# RTNL_SECONDS (8) for each line.
set -u
cd "$(dirname "$0")/../.." || exit 1
export TC_LIB_DIR=$PWD/build/tc
lf=$PWD/build/bin/lfctl
seconds=${RTNL_SECONDS:-8}
tmp=$(mktemp -d)
chmod 777 "$tmp"
modprobe -q libcrc32c || true
insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/qdisc/sch_liteflow.ko" || exit 1

user() { setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn bash -c "$@"; }

# line NAME QDISC...: while a user adds and deletes it
line() {
	local name=$1; shift
	# shellcheck disable=SC2016
	user 'until [ -e "$0/end" ]; do
		tc qdisc add dev lo root "$@"; tc qdisc del dev lo root
	done' "$tmp" "$@" 2>/dev/null &
	sleep 1
	build/bench/rtnl "$seconds" "$name" >>"$tmp/csv"
	touch "$tmp/end"; wait; rm "$tmp/end"
}

# Four namespaces of 64 slots end one after the other, again and again, while a fifth adds qdiscs.
slots_end() {
	local k
	for k in 1 2 3 4; do
		# shellcheck disable=SC2016
		user 'for i in $(seq 64); do "$1" slot add s$i sample 1 || exit 1; done
			touch "$0/ready'$k'"
			until [ -e "$0/go" ]; do sleep 0.1; done' "$tmp" "$lf" &
	done
	until [ "$(find "$tmp" -name 'ready*' | wc -l)" = 4 ]; do sleep 0.2; done
	(sleep 2; touch "$tmp/go") &
	line "256 sampled slots end" liteflow slot q flows 64
}

line "fq_codel flows 65536" fq_codel flows 65536
line "liteflow" liteflow slot q
line "liteflow flows 524288" liteflow slot q flows 524288
slots_end
awk -F, '
	NR == 1 { p99 = $4; max = $5 }
	{
		printf "%-24s mean %8.2f  p99 %8.2f  max %8.2f ms", $1, $3, $4, $5
		printf "  times fq_codel: p99 %.2f, max %.2f\n", $4 / p99, $5 / max
	}
	' "$tmp/csv"
rm -rf "$tmp"
