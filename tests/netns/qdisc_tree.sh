# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Rows of tests/netns/qdisc.sh: the qdisc between others. Each kind of parent, each kind of child, devices of other kinds.
# shellcheck disable=SC2154,SC2034

TREE_TESTS="stall parents_and_refusers every_child"

# A child's rate is its own here, so that queues build up and drain in a moment.
rate=8mbit

# gso PORT:SIZE...
gso() {
	must "$top/build/tests/udp_gso" 10.9.0.3 "$@"
}

# parent KIND: a tree that ends in class $leaf, to which packets are held back at $rate and stay as large as they came
parent() {
	local kind=$1
	must "$TC" qdisc add dev lfq0 root handle 1: hfsc default 1
	leaf=2:1
	case $kind in
	hfsc) leaf=1:1 && must "$TC" class add dev lfq0 parent 1: classid 1:1 hfsc ls rate $rate ul rate $rate && return ;;
	hfsc_rt) leaf=1:1 && must "$TC" class add dev lfq0 parent 1: classid 1:1 hfsc sc rate $rate ul rate $rate && return ;;
	esac
	must "$TC" class add dev lfq0 parent 1: classid 1:1 hfsc ls rate $rate ul rate $rate
	case $kind in
	hfsc_hfsc)
		must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: hfsc default 1
		must "$TC" class add dev lfq0 parent 2: classid 2:1 hfsc ls rate $rate
		;;
	htb)
		must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: htb default 1
		must "$TC" class add dev lfq0 parent 2: classid 2:1 htb rate $rate burst 4k cburst 4k
		;;
	tbf) must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: tbf rate $rate burst 70000 latency 1s ;;
	prio) must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ;;
	ets) must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: ets bands 2 quanta 1500 1500 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ;;
	drr)
		must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: drr
		must "$TC" class add dev lfq0 parent 2: classid 2:1 drr quantum 1500
		must "$TC" filter add dev lfq0 parent 2: matchall classid 2:1
		;;
	qfq)
		must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: qfq
		must "$TC" class add dev lfq0 parent 2: classid 2:1 qfq weight 1 maxpkt 65535
		must "$TC" filter add dev lfq0 parent 2: matchall classid 2:1
		;;
	esac
}

# Large packets and small ones, in both bands: a first one that holds up the line, a second one that waits alone, a
# third that makes room for itself or is refused; and all of it again while that drains.
odd_load() {
	gso 5009:40000 5009:30000 5009:100
	sleep 0.1
	gso 5009:40000 5003:30000 5003:100 5003:50
	sleep 0.1
	gso 5009:60000 5009:50 5008:60000 5003:100 5003:700 5007:30000 5006:100 5005:100 5003:60000 5005:700 5009:100
	sleep 0.1
	gso 5008:100 5009:60000 5008:100
}

held() {
	"$TC" -s qdisc show dev lfq0 | awk '/^ backlog/ { n += $3 } END { print n + 0 }'
}

# drained WHAT: the queues empty, and are empty then by everybody's count; what comes next passes
drained() {
	local n=0
	while [ "$(held)" != 0 ] && [ $((n += 1)) -lt 100 ]; do
		sleep 0.1
	done
	is "$1: packets held by all qdiscs" "$(held)" -eq 0
	works "$1: packets pass" pings 5 10.9.0.2
	books "$1"
}

# between KIND CHILD...: a load on liteflow with that parent and that child
between() {
	local kind=$1
	shift
	parent "$kind"
	must "$TC" qdisc add dev lfq0 parent $leaf handle 10: liteflow bands 2 default 0
	must "$TC" filter add dev lfq0 parent 10: protocol ip u32 match ip dport 5003 0xffff classid 10:2
	must "$TC" qdisc add dev lfq0 parent 10:1 handle 20: "$@"
	odd_load
	drained "$kind, $*"
	must "$TC" qdisc del dev lfq0 root
}

# hfsc, and a child that refuses the packet that went round it: nothing ever came out again.
test_stall() {
	dev=lfq0 q=10:
	must ethtool -K lfq0 tso on gso on tx-udp-segmentation on
	between hfsc bfifo limit 10000
	between hfsc fq_codel memory_limit 32k
}

test_parents_and_refusers() {
	local p
	dev=lfq0 q=10:
	must ethtool -K lfq0 tso on gso on tx-udp-segmentation on
	for p in hfsc hfsc_rt hfsc_hfsc htb tbf prio ets drr qfq; do
		between $p bfifo limit 10000
		between $p fq_codel memory_limit 32k
		between $p fq_codel limit 1
		between $p netem limit 2 delay 5ms
		between $p tbf rate 20mbit burst 3000 latency 20ms
		between $p sfq limit 2
	done
}

test_every_child() {
	local c
	dev=lfq0 q=10:
	must ethtool -K lfq0 tso on gso on tx-udp-segmentation on
	for c in "pfifo limit 2" "pfifo_head_drop limit 1" "pfifo_fast" "codel limit 2" "codel target 1us interval 2us" \
		"fq_codel target 1us interval 2us" "sfq" "sfb" "pie limit 3" "fq" "fq limit 2" "fq_pie limit 3" "hhf limit 2" \
		"cake bandwidth 20mbit memlimit 64k" "netem delay 2ms 1ms reorder 20% gap 3" "netem loss 30%" \
		"red limit 60000 min 5000 max 15000 avpkt 1000 burst 20 bandwidth 10mbit probability 0.1" \
		"choke limit 10 min 2 max 8 avpkt 1000 burst 3 bandwidth 10mbit" "skbprio limit 2"; do
		# shellcheck disable=SC2086
		between hfsc $c
	done
}
