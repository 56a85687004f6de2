#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: how long flows take through one bottleneck, under one queueing discipline
# after the other.
#
#	tests/bench/fct.sh LOAD FLOWS SEED COLUMN...
#
#	sender 10.80.1.2 ---- router ---- receiver 10.80.2.2
#	                      100 Mbit/s  netem delay 2ms
#
# With LF_FCT_AT=host the bottleneck is the sender's own interface: the qdisc sees the sockets.
#
# Sizes are those of web search (fct_sizes.h), arrivals are Poisson, every flow is a TCP connection
# of its own. COLUMN is the name of a qdisc or one of liteflow's, in mode srpt:
#
#	srpt		no slot: by bytes sent
#	srpt-S		a model that knows each size but for a factor of 2^(S z)
#	srpt-forest-S	the forest of models/flowsize, which knows the sizes of earlier flows of the
#			same program, here to the same network; these tell it to half an octave but
#			for a factor of 2^(S z), or with S "none" nothing (fct_flows.c)
#	srpt-net-S	its net
#	...:bands	order bands, with the default thresholds
#	pias		no slot, with the thresholds published for this workload and load
#
# All columns have the same flows at the same times, but for the address where they go with a model
# of models/flowsize. History begins empty. A line for each flow goes to $LF_OUT/fct.csv:
# load,column,seed,bytes,us.
#
# Made for uml-time: what is measured is queueing, so processors may be infinitely fast. $LF_FCT_V:
# tc's statistics, too.
set -u
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
export TC_LIB_DIR=$PWD/build/tc
[ $# -ge 4 ] || { echo "usage: fct.sh LOAD FLOWS SEED COLUMN..." >&2; exit 2; }
load=$1 flows=$2 seed=$3
shift 3
RATE=100		# Mbit/s
tmp=$(mktemp -d)
case ${LF_FCT_AT:-router} in
router) at=router dev=r2 ;;
host) at=sender dev=s0 ;;
*) echo "fct.sh: LF_FCT_AT is router or host" >&2; exit 2 ;;
esac

die() { echo "fct: $*" >&2; exit 1; }
ns() { ip netns exec "fct-$1" "${@:2}"; }

topology() {
	local n
	for n in sender router receiver; do
		ip netns add fct-$n && ns $n ip link set lo up || die "namespaces"
		# No run learns from the one before; windows must not be what limits.
		ns $n sysctl -qw net.ipv4.tcp_no_metrics_save=1 \
			net.ipv4.tcp_rmem="4096 131072 67108864" \
			net.ipv4.tcp_wmem="4096 65536 67108864" \
			net.ipv4.ip_local_port_range="1024 19999"
	done
	ip link add s0 netns fct-sender type veth peer name r1 netns fct-router
	ip link add d0 netns fct-receiver type veth peer name r2 netns fct-router
	ns sender ip address add 10.80.1.2/24 dev s0
	ns receiver ip address add 10.80.2.2/24 dev d0
	ns router ip address add 10.80.1.1/24 dev r1
	ns router ip address add 10.80.2.1/24 dev r2
	for n in sender:s0 receiver:d0 router:r1 router:r2; do
		ns "${n%:*}" ip link set "${n#*:}" up
		# The wire carries frames, not what segmentation offload makes of many.
		ns "${n%:*}" ethtool -K "${n#*:}" tso off gso off gro off >/dev/null ||
			die "ethtool"
	done
	ns router sysctl -qw net.ipv4.ip_forward=1
	ns sender ip route add default via 10.80.1.1
	ns receiver ip route add default via 10.80.2.1
	# programs
	ns router ip route add 10.82.0.0/16 via 10.80.2.2
	ns receiver ip route add local 10.82.0.0/16 dev lo
	ns receiver tc qdisc add dev d0 root netem delay 2ms limit 1000000 || die "netem"
}

# PIAS (Bai et al., NSDI 2015), web search: in segments, from the authors' scripts for ns-2.
pias_thresholds() {
	local n
	case $load in
	0.5) set -- 1059 1412 1643 1869 2008 2115 2184 ;;
	0.6) set -- 956 1381 1718 2028 2297 2551 2660 ;;
	0.7) set -- 999 1305 1564 1763 1956 2149 2309 ;;
	0.8) set -- 909 1329 1648 1960 2143 2337 2484 ;;
	0.9) set -- 759 1132 1456 1737 2010 2199 2325 ;;
	*) die "PIAS has no thresholds for load $load" ;;
	esac
	for n; do printf '%d ' $((n * 1460)); done
}

# A slot with the model of a column.
model_of() {		# column
	local what=${1#srpt-} file
	file=build/bench/fct-$what.lfs
	case $what in forest-* | net-*) file=build/models/flowsize-${what%%-*}.lfs ;; esac
	ns $at build/bin/lfctl slot del fct force >/dev/null 2>&1
	ns $at build/bin/lfctl slot add fct && ns $at build/bin/lfctl slot set fct history peer &&
	ns $at build/bin/lfctl slot set fct "$file" activate >/dev/null || die "the model of $1"
}

# How well its history tells a flow's size, for the columns with one.
told() {		# column
	case $1 in
	srpt-forest-* | srpt-net-*) echo "10.82.0.2 ${1##*-}" ;;
	*) echo 10.80.2.2 ;;
	esac
}

# Below a shaper that lets out one frame at a time.
discipline() {		# column
	local slot=none name=${1%:bands} order=exact
	[ "$1" = "$name" ] || order=bands
	ns $at tc qdisc del dev $dev root 2>/dev/null
	ns $at tc qdisc add dev $dev root handle 1: htb default 1 &&
	ns $at tc class add dev $dev parent 1: classid 1:1 htb rate ${RATE}mbit burst 1600 \
	cburst 1600 quantum 1514 || die "htb"
	case $name in srpt-*) slot=fct; model_of "$name" ;; esac
	case $1 in
	srpt*) ns $at tc qdisc add dev $dev parent 1:1 handle 2: liteflow slot $slot mode srpt \
		order $order ;;
	pias)
		# shellcheck disable=SC2046 # words
		ns $at tc qdisc add dev $dev parent 1:1 handle 2: liteflow slot none mode srpt \
			thresholds $(pias_thresholds)
		;;
	*) ns $at tc qdisc add dev $dev parent 1:1 handle 2: "$1" ;;
	esac || die "cannot make $1"
}

measure() {		# column
	local sink n=50
	discipline "$1"
	# Not by ns: it is to be killed.
	ip netns exec fct-receiver build/bench/fct-flows recv >"$tmp/recv" &
	sink=$!
	until grep -q ready "$tmp/recv"; do
		n=$((n - 1))
		[ $n -gt 0 ] || die "nobody receives"
		sleep 0.1
	done
	# shellcheck disable=SC2046 # words
	ns sender build/bench/fct-flows send "$seed" "$load" $RATE "$flows" $(told "${1%:bands}") \
		>"$tmp/flows" || die "the run of $1"
	kill $sink
	wait $sink 2>/dev/null
	measured "flows of $1 at load $load" "$(wc -l <"$tmp/flows")" "$flows" || exit 1
	sed "s/^/$load,$1,$seed,/" "$tmp/flows" >>"$LF_OUT/fct.csv"
	[ -z "${LF_FCT_V:-}" ] || {
		ns $at tc -s qdisc show dev $dev
		ns $at tc -s class show dev $dev
	}
}

modprobe -qa libcrc32c veth sch_netem sch_htb
insmod "$LF_MODULES/kmod/liteflow.ko" || die "no module"
insmod "$LF_MODULES/qdisc/sch_liteflow.ko" || die "no module"
topology
for column; do measure "$column"; done
