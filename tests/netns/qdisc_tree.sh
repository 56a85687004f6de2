# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Rows of tests/netns/qdisc.sh: the qdisc between others. Each kind of parent, each kind of child,
# devices of other kinds.
# shellcheck disable=SC2154,SC2034

TREE_TESTS="stall split_gso split_stall parents_and_refusers split_parents every_child
	classful_children refused_children etf_child plug_child
	mqprio_parent taprio_parent bond tun"

# A child's rate is its own here, so that queues build up and drain in a moment.
rate=8mbit
# Another option of all qdiscs of a test.
split=

# gso PORT:SIZE...
gso() {
	must "$top/build/tests/udp_gso" 10.9.0.3 "$@"
}

# parent KIND: a tree that ends in class $leaf, to which packets are held back at $rate and stay as
# large as they came
parent() {
	local kind=$1
	must "$TC" qdisc add dev lfq0 root handle 1: hfsc default 1
	leaf=2:1
	case $kind in
	hfsc) leaf=1:1 && must "$TC" class add dev lfq0 parent 1: classid 1:1 hfsc ls rate $rate \
		ul rate $rate && return ;;
	hfsc_rt) leaf=1:1 && must "$TC" class add dev lfq0 parent 1: classid 1:1 hfsc sc rate \
		$rate ul rate $rate && return ;;
	esac
	must "$TC" class add dev lfq0 parent 1: classid 1:1 hfsc ls rate $rate ul rate $rate
	case $kind in
	hfsc_hfsc)
		must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: hfsc default 1
		must "$TC" class add dev lfq0 parent 2: classid 2:1 hfsc ls rate $rate
		;;
	htb)
		must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: htb default 1
		must "$TC" class add dev lfq0 parent 2: classid 2:1 htb rate $rate burst 4k cburst \
			4k
		;;
	tbf) must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: tbf rate $rate burst 70000 latency \
		1s ;;
	red) must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: red limit 2m min 500k max 1m \
		avpkt 1000 burst 600 bandwidth $rate ;;
	prio) must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: prio bands 2 \
		priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ;;
	ets) must "$TC" qdisc add dev lfq0 parent 1:1 handle 2: ets bands 2 quanta 1500 1500 \
		priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ;;
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

# Large packets and small ones, in both bands: a first one that holds up the line, a second one that
# waits alone, a third that makes room for itself or is refused; and all of it again while that
# drains.
odd_load() {
	gso 5009:40000 5009:30000 5009:100
	sleep 0.1
	gso 5009:40000 5003:30000 5003:100 5003:50
	sleep 0.1
	gso 5009:60000 5009:50 5008:60000 5003:100 5003:700 5007:30000 5006:100 5005:100 \
		5003:60000 5005:700 5009:100
	sleep 0.1
	gso 5008:100 5009:60000 5008:100
}

held() {
	local listing
	listing=$("$TC" -s qdisc show dev lfq0)
	stat_of backlog qdisc '*' <<<"$listing"
}

# drained WHAT: the queues empty, and are empty then by everybody's count; what comes next passes
drained() {
	local n=0
	while [ "$(held)" != 0 ] && [ $((n += 1)) -lt 100 ]; do
		sleep 0.1
	done
	is "$1: packets held by all qdiscs" "$(held)" -eq 0
	check "$1: packets pass" pings 5 10.9.0.2
	books "$1"
}

# between KIND CHILD...: a load on liteflow with that parent and that child
between() {
	local kind=$1
	shift
	parent "$kind"
	must "$TC" qdisc add dev lfq0 parent $leaf handle 10: liteflow bands 2 default 0 $split
	must "$TC" filter add dev lfq0 parent 10: protocol ip u32 match ip dport 5003 0xffff \
		classid 10:2
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

# A super-packet is queued as the packets that it stands for, and classified once.
test_split_gso() {
	local before
	root default 0 split-gso
	must ethtool -K lfq0 tso on gso on tx-udp-segmentation on
	by_port
	must "$TC" qdisc add dev lfq0 parent 1:3 handle 20: plug limit 10000000
	gso 5003:40000
	is "packets of 40" "$(cstat backlog 3)" -eq 40
	must "$TC" qdisc change dev lfq0 root liteflow no-split-gso
	gso 5003:40000
	is "packets without the option" "$(cstat backlog 3)" -eq 41
	must "$TC" qdisc change dev lfq0 root liteflow split-gso limit 60
	gso 5003:40000
	# What holds back gives up none: the one that goes too far stays.
	is "packets up to the limit" "$(x .qlen)" -le 61
	books "limit"
	must "$TC" qdisc change dev lfq0 parent 1:3 handle 20: plug release_indefinite
	drained "split"
	before=$(verdicts)
	gso 5009:40000
	is "looks at 40 packets" $(($(verdicts) - before)) -eq 1
	is "sent by the default band" "$(cstat pkts 1)" -ge 40
	server 5202
	check "TCP" iperf3 -c 10.9.0.2 -p 5202 -n 20M
	is "classes and qdisc agree" "$(sum_classes pkts)" -eq "$(qstat pkts)"
}

test_split_stall() {
	local split=split-gso
	test_stall
}

test_split_parents() {
	local split=split-gso
	test_parents_and_refusers
}

# Before Linux 6.7 it has a WARN for that.
qfq_warns() { [[ $(uname -r) == 6.[1-6].* ]]; }

test_parents_and_refusers() {
	local p
	dev=lfq0 q=10:
	must ethtool -K lfq0 tso on gso on tx-udp-segmentation on
	for p in hfsc hfsc_rt hfsc_hfsc htb tbf red prio ets drr qfq; do
		between $p bfifo limit 10000
		between $p fq_codel memory_limit 32k
		between $p fq_codel limit 1
		between $p sfq limit 2
		if [ $p = qfq ] && qfq_warns; then
			skip "children that hold packets back: this kernel's qfq warns of them"
			continue
		fi
		between $p netem limit 2 delay 5ms
		between $p tbf rate 20mbit burst 3000 latency 20ms
	done
}

test_every_child() {
	local c
	dev=lfq0 q=10:
	must ethtool -K lfq0 tso on gso on tx-udp-segmentation on
	for c in "pfifo limit 2" "pfifo_head_drop limit 1" "pfifo_fast" "codel limit 2" \
		"codel target 1us interval 2us" \
		"fq_codel target 1us interval 2us" "sfq" "sfb" "pie limit 3" "fq" "fq limit 2" \
		"fq_pie limit 3" "hhf limit 2" \
		"cake bandwidth 20mbit memlimit 64k" "netem delay 2ms 1ms reorder 20% gap 3" \
		"netem loss 30%" \
		"red limit 60000 min 5000 max 15000 avpkt 1000 burst 20 bandwidth 10mbit \
probability 0.1" \
		"choke limit 10 min 2 max 8 avpkt 1000 burst 3 bandwidth 10mbit" \
		"skbprio limit 2"; do
		# shellcheck disable=SC2086
		between hfsc $c
	done
}

# child KIND: a classful one in class 10:1 that lets through what it gets
child() {
	local kind=$1 opts=${1#* } class=""
	case $kind in
	htb) opts="default 1" class="htb rate $rate" ;;
	hfsc) opts="default 1" class="hfsc ls rate $rate ul rate $rate" ;;
	drr) opts="" class="drr quantum 1500" ;;
	qfq) opts="" class="qfq weight 1 maxpkt 65535" ;;
	prio | multiq) opts="" ;;
	ets) opts="bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0" ;;
	cbs) opts="idleslope $((8 * 1000)) sendslope -992000 hicredit 100000 locredit -100000" ;;
	liteflow) opts="bands 2 default 1" ;;
	esac
	# shellcheck disable=SC2086
	must "$TC" qdisc add dev lfq0 parent 10:1 handle 20: $kind $opts || return
	# shellcheck disable=SC2086
	[ -z "$class" ] || must "$TC" class add dev lfq0 parent 20: classid 20:1 $class
	case $kind in
	drr | qfq) must "$TC" filter add dev lfq0 parent 20: matchall classid 20:1 ;;
	esac
}

# A qdisc with classes of its own in a band; and one in its class that refuses.
test_classful_children() {
	local c
	dev=lfq0 q=10:
	must ethtool -K lfq0 tso on gso on tx-udp-segmentation on
	for c in htb hfsc drr qfq prio multiq ets cbs liteflow; do
		parent hfsc
		must "$TC" qdisc add dev lfq0 parent $leaf handle 10: liteflow bands 2 default 0
		must "$TC" filter add dev lfq0 parent 10: protocol ip u32 match ip dport 5003 \
			0xffff classid 10:2
		# multiq does not count its bytes.
		books_opts=""
		[ $c != multiq ] || books_opts=-p
		child $c || continue
		case $c in
		liteflow) must "$TC" qdisc add dev lfq0 parent 20:2 handle 30: bfifo limit 10000 ;;
		*) must "$TC" qdisc add dev lfq0 parent 20:1 handle 30: bfifo limit 10000 ;;
		esac
		odd_load
		drained "$c"
		check "$c goes" "$TC" qdisc del dev lfq0 parent 10:1
		drained "$c is gone"
		must "$TC" qdisc del dev lfq0 root
	done
	books_opts=""
}

# What has to be a root, or is none: refused, and what was there stays.
test_refused_children() {
	local c
	root
	for c in mq "mqprio num_tc 1 map 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 queues 1@0 hw 0" \
		"taprio num_tc 1 map 0 queues 1@0 base-time 0 sched-entry S 1 1000000 \
clockid CLOCK_TAI" noqueue ingress clsact; do
		# shellcheck disable=SC2086
		if "$TC" qdisc add dev lfq0 parent 1:2 handle 20: $c >/dev/null 2>&1; then
			not_ok "${c%% *} is accepted"
		else
			ok "${c%% *} is refused"
		fi
	done
	is "the own child is there" \
		"$("$TC" qdisc show dev lfq0 | grep -c "fq_codel 0: parent 1:2 ")" -eq 1
	check "packets pass" pings 5 10.9.0.2
}

# etf takes only packets with a transmit time: the band drops every packet, and counts it;
# the others live.
test_etf_child() {
	root default 0
	by_port
	must "$TC" qdisc add dev lfq0 parent 1:3 handle 20: etf clockid CLOCK_TAI delta 100000
	udp 10 100 5003
	is "dropped" "$(cstat dropped 3)" -eq 10
	check "others pass" pings 5 10.9.0.2
	is "held" "$(held)" -eq 0
}

# plug holds packets back until told otherwise, and then for good.
test_plug_child() {
	root default 0
	by_port
	must "$TC" qdisc add dev lfq0 parent 1:3 handle 20: plug limit 100000
	udp 10 100 5003
	is "held back" "$(cstat backlog 3)" -eq 10
	check "others pass" pings 5 10.9.0.2
	must "$TC" qdisc change dev lfq0 parent 1:3 handle 20: plug release_indefinite
	drained "plug"
	is "sent" "$(cstat pkts 3)" -eq 10
}

# queues KIND OPTION...: one liteflow for each queue of a parent that has a class for each. Set up
# while the device is down: on Linux 6.1 taprio stops for good when a child is replaced, with any
# kind of child.
queues() {
	local mac address
	dev=lfq0
	must ip link set lfq0 down
	must "$TC" qdisc add dev lfq0 root handle 1: "$@" || return
	must "$TC" qdisc replace dev lfq0 parent 1:1 handle 11: liteflow
	must "$TC" qdisc replace dev lfq0 parent 1:2 handle 12: liteflow bands 2
	must ip link set lfq0 up
	mac=$(peer cat /sys/class/net/lfq1/address)
	for address in 10.9.0.2 10.9.0.3; do
		ip neigh replace $address lladdr "$mac" dev lfq0
	done
	must ethtool -K lfq0 tso on gso on tx-udp-segmentation on
	odd_load
	drained "$1"
	q=11:
	udp 10 100 5001
	is "$1: sent by the first" "$(qstat pkts)" -gt 10
	check "$1: deleted" "$TC" qdisc del dev lfq0 root
	check "$1: packets pass" pings 5 10.9.0.2
}

test_mqprio_parent() {
	queues mqprio num_tc 2 map 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 queues 1@0 1@1 hw 0
}

test_taprio_parent() {
	queues taprio num_tc 2 map 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 queues 1@0 1@1 base-time 0 \
		sched-entry S 03 1000000 clockid CLOCK_TAI
}

# A bond over the link, whose carrier goes and comes back.
test_bond() {
	local mac
	must ip link add lfbond type bond mode active-backup miimon 20
	must ip link set lfq0 down
	must ip link set lfq0 master lfbond
	must ip link set lfbond up
	sysctl -qw net/ipv6/conf/lfbond/disable_ipv6=1
	ip addr del 10.9.0.1/24 dev lfq0
	must ip addr add 10.9.0.1/24 dev lfbond
	mac=$(peer cat /sys/class/net/lfq1/address)
	ip neigh replace 10.9.0.2 lladdr "$mac" dev lfbond
	dev=lfbond q=1:
	must "$TC" qdisc add dev lfbond root handle 1: liteflow
	sleep 1
	check "packets pass" pings 5 10.9.0.2
	peer ip link set lfq1 down
	sleep 0.5
	pings 3 10.9.0.2
	peer ip link set lfq1 up
	sleep 1
	ip neigh replace 10.9.0.2 lladdr "$mac" dev lfbond
	peer ip neigh replace 10.9.0.1 lladdr "$(cat /sys/class/net/lfbond/address)" dev lfq1
	check "and again when the carrier is back" pings 5 10.9.0.2
	is "sent" "$(qstat pkts)" -ge 10
	is "held" "$("$TC" -s qdisc show dev lfbond |
		awk '/^ backlog/ { n += $3 } END { print n + 0 }')" -eq 0
	books "bond"
	must "$TC" qdisc del dev lfbond root
	ip link del lfbond
}

# A tun whose other end comes and goes with its process.
test_tun() {
	local job
	"$top/build/tests/tun_sink" lftun >/dev/null 2>&1 &
	job=$!
	for _ in $(seq 50); do
		[ -e /sys/class/net/lftun ] && break
		sleep 0.05
	done
	dev=lftun q=1:
	must ip link set lftun up
	must ip addr add 10.9.9.1/24 dev lftun
	must "$TC" qdisc add dev lftun root handle 1: liteflow
	pings 5 10.9.9.2
	is "sent" "$(qstat pkts)" -ge 5
	is "dropped" "$(qstat dropped)" -eq 0
	books "tun"
	kill $job
	wait $job 2>/dev/null
	is "gone with its process" "$("$TC" qdisc show | grep -c lftun)" -eq 0
}
