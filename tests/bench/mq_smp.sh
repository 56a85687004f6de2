#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a QEMU machine with two CPUs: how much more two of them send than one through a device with
# two queues, each with a qdisc of its own below mq (smp.sh has the way of measuring).
#
#	pktgen on CPU n -> dev_queue_xmit() -> queue n (XPS) of d0 -> its qdisc -> dummy, which
#	frees the packet
#
# "no qdisc" is what stack, emulator and a busy host make of it: nothing of ours can scale better.
# "liteflow as the root" is one qdisc, and so one lock, for both.
set -u
# shellcheck source=tests/bench/smp.sh
. tests/bench/smp.sh
ROUNDS=${LF_ROUNDS:-15} COUNT=${LF_COUNT:-20000}
KINDS=("no qdisc" "mq, fq_codel" "mq, liteflow" "mq, liteflow, every packet" "liteflow as the root")
lfctl=$PWD/build/bin/lfctl
[ "$(nproc)" -ge 2 ] || die "one CPU"
modprobe -qa libcrc32c pktgen dummy sch_fq_codel sch_mq || true
insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/qdisc/sch_liteflow.ko" || exit 1
"$lfctl" snapshot load build/models/appclass-forest.lfs >/dev/null || die "no snapshot: make models"
"$lfctl" slot add forest && "$lfctl" slot set forest appclass-forest activate || die "no slot"

ip link add d0 numtxqueues 2 type dummy
ip link set d0 up
for n in 0 1; do echo $((1 << n)) >/sys/class/net/d0/queues/tx-$n/xps_cpus || die "no XPS"; done

each_queue() {	# qdisc and its options
	local n
	tc qdisc add dev d0 root handle 1: mq &&
		for n in 1 2; do tc qdisc add dev d0 parent 1:$n handle 1$n: "$@" || return; done
}

on() {
	case $1 in
	"no qdisc") ;;
	"mq, fq_codel") each_queue fq_codel ;;
	"mq, liteflow") each_queue liteflow slot forest bands 6 mode strict phases 1 idle 600s ;;
	"mq, liteflow, every packet") each_queue liteflow slot forest bands 6 mode strict every 1 \
		idle 600s ;;
	"liteflow as the root") tc qdisc add dev d0 root liteflow slot forest bands 6 mode strict \
		phases 1 idle 600s ;;
	esac
}

# CPU 0 sent in all three runs, CPU 1 in two: all of it, and little else, went through the queue of
# its own.
off() {
	tc -s -j qdisc show dev d0 | jq -e --argjson count "$COUNT" '
		def near(n): . >= n and . < n + 100;
		[.[] | {(.handle): .packets}] | add | .["11:"] == null or
			(.["11:"] | near(3 * $count)) and (.["12:"] | near(2 * $count))' \
		>/dev/null || die "not each CPU with its queue"
	tc qdisc del dev d0 root 2>/dev/null
}

device() { echo "d0@$1"; }
settings() { echo "xmit_mode queue_xmit"; }

smp_measure
