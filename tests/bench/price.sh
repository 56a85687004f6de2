#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Inside a test machine: what a packet costs behind each qdisc. pktgen hands packets to
# dev_queue_xmit() on dummy devices that differ in their root qdisc alone, one device after the
# other, round by round:
#
#	pktgen (1 CPU) -> dev_queue_xmit() -> qdisc of d0 | d1 | ... -> dummy, which frees the
#	packet
#
#	none		no qdisc: pktgen, the stack and the device alone; what the others cost is on
#			top of it
#	fq_codel	as a root: the stack goes round it (TCQ_F_CAN_BYPASS) while it is empty, and
#			here it always is
#	fq_codel queued	below a prio without filters: each packet goes into it and out; the work
#			that liteflow contains
#	flower		prio, 24 ports of UDP and TCP in one flower table, bands of fq_codel
#	bpf, bpf cached	prio, a BPF classifier with the same forest (price_bpf.c): on every packet,
#			or once a flow
#	cached		liteflow, a model at each flow's first packet, its verdict for all later
#			ones
#	forest, net	liteflow, that model at every packet
#	srpt		liteflow, mode srpt without a model; on demand, like fq and other qdiscs:
#			LF_PRICE_COLUMNS="none fq_codel-queued fq srpt"
#
# At a million flows the BPF columns are left out: User Mode Linux cannot map so large a BPF map.
#
# Writes $LF_OUT/price.csv: flows, bytes, column, round, nanoseconds. LF_PRICE chooses: "short",
# "full" or "count" (for the instruction counter, where one round is exact). A flood is packets that
# are all of flows of their own.
set -u
export TC_LIB_DIR=$PWD/build/tc
lfctl=$PWD/build/bin/lfctl
csv=${LF_OUT:-/tmp}/price.csv
columns=${LF_PRICE_COLUMNS:-none pfifo_fast fq_codel fq_codel-queued cake flower bpf bpf-cached}
[ -n "${LF_PRICE_COLUMNS-}" ] || columns+=" cached forest net"

# flows:bytes:packets:rounds
case ${LF_PRICE:-short} in
*:*) cells=$LF_PRICE ;;
full) cells='1:64:100000:7 1:1500:100000:7 100:64:100000:7 100:1500:100000:7 10000:64:100000:7
	10000:1500:100000:7 1000000:64:1000000:3 1000000:1500:1000000:3 flood:64:100000:7
	flood:1500:100000:7' ;;
count) cells='1:64:30000:1 100:64:30000:1 10000:64:30000:1 flood:64:30000:1' ;;
*) cells='1:64:100000:7 100:64:100000:7 10000:64:100000:7 1000000:64:1000000:2 100:1500:100000:7
	flood:64:100000:7' ;;
esac

die() { echo "price: $*" >&2; exit 1; }
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
pg() { printf '%s\n' "$1" >"/proc/net/pktgen/$2" || die "pktgen refuses: $1"; }

setup_modules() {
	local m
	modprobe -q libcrc32c || true
	insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/qdisc/sch_liteflow.ko" ||
		die "no modules"
	for m in pktgen dummy sch_fq_codel sch_cake sch_prio sch_fq cls_flower cls_bpf; do
		modprobe -q $m || true
	done
	[ -d /proc/net/pktgen ] || die "no pktgen"
	"$lfctl" snapshot load build/models/appclass-{forest,net}.lfs || die "no snapshots"
	for m in forest net; do
		"$lfctl" slot add $m
		"$lfctl" slot set $m appclass-$m activate || die "no slot"
	done
}

# A prio with bands of fq_codel, as the liteflow qdisc has them.
put_prio() {
	local b
	tc qdisc add dev "$1" root handle 1: prio bands 6 priomap 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
	for b in 1 2 3 4 5 6; do tc qdisc add dev "$1" parent 1:$b fq_codel; done
}

put_flower() {
	local port proto n=0
	put_prio "$1"
	for proto in udp tcp; do
		for port in 22 53 80 123 443 873 993 3478 5060 5201 8080 9; do
			tc filter add dev "$1" parent 1: protocol ip prio 1 flower ip_proto $proto \
				dst_port $port \
				classid 1:$((n % 4 + 1))
			n=$((n + 1))
		done
	done
}

# The columns of this cell.
chosen() {
	local column
	for column in $columns; do
		[[ $column == bpf* && $1 == 1000000 ]] || echo "$column"
	done
}

# put COLUMN DEVICE ROOM: the qdisc of a column; ROOM is for how many flows its tables are.
put() {
	case $1 in
	none) ;;
	fq_codel-queued) put_prio "$2" ;;
	flower) put_flower "$2" ;;
	bpf | bpf-cached)
		put_prio "$2"
		tc filter add dev "$2" parent 1: protocol ip prio 1 bpf obj \
			"build/bench/price-$1.o" sec classifier classid 1:2 ;;
	cached) tc qdisc add dev "$2" root liteflow slot forest bands 6 mode strict phases 1 flows \
		"$3" idle 600s ;;
	forest | net) tc qdisc add dev "$2" root liteflow slot "$1" bands 6 mode strict every 1 \
		flows "$3" idle 600s ;;
	srpt) tc qdisc add dev "$2" root liteflow mode srpt flows "$3" idle 600s ;;
	*) tc qdisc add dev "$2" root "$1" ;;
	esac || die "no $1"
}

# Room: half as much again as there are flows, as the manual says; but a namespace has 2^22 places,
# for three columns.
set_up() {
	local i=0 column room=65536
	case $1 in
	flood) ;;
	*) [ "$1" -le 40000 ] || room=1390000 ;;
	esac
	pg rem_device_all kpktgend_0
	for column in $(chosen "$1"); do
		ip link add d$i type dummy
		ip link set d$i up
		put "$column" d$i $room
		i=$((i + 1))
	done
}

take_down() {
	local i=0 column
	pg rem_device_all kpktgend_0
	for column in $(chosen "$1"); do
		ip link del d$i
		i=$((i + 1))
	done
}

# send DEVICE FLOWS BYTES PACKETS ROUND [MODE]: prints the nanoseconds that a packet took.
send() {
	local first last line
	case $2 in
	flood) first=$((5 << 24 | $5 << 20)) last=$((first + $4)) ;;
	*) first=$((10 << 24 | 1)) last=$((first + $2 - 1)) ;;
	esac
	pg rem_device_all kpktgend_0
	pg "add_device $1" kpktgend_0
	for line in "xmit_mode ${6:-queue_xmit}" "count $4" "clone_skb 0" "pkt_size $(($3 - 4))" \
		"delay 0" \
		"dst_mac 02:00:00:00:00:01" "dst_min $(address $first)" "dst_max $(address $last)" \
		"udp_src_min 9" "udp_src_max 9" "udp_dst_min 9" "udp_dst_max 9"; do
		pg "$line" "$1"
	done
	start "$1"
	awk '/^Result: OK/ { split($3, t, "("); sent = $5 } / errors: / { errors = $NF }
		END { if (errors || !sent) exit 1; printf "%.2f\n", t[1] * 1000 / sent }' \
		"/proc/net/pktgen/$1" ||
		die "pktgen: $(cat "/proc/net/pktgen/$1")"
}

# start DEVICE...: "start" may return before a thread has begun, on a busy machine.
start() {
	local dev n
	pg start pgctrl
	for dev; do
		for ((n = 0; n < 300; n++)); do
			grep -q '^Result: OK' "/proc/net/pktgen/$dev" && break
			sleep 0.1
		done
	done
}

address() { echo "$(($1 >> 24)).$(($1 >> 16 & 255)).$(($1 >> 8 & 255)).$(($1 & 255))"; }

# A round of each column, after one that is not counted: flows are made in it, caches warmed.
measure() {
	local flows=$1 bytes=$2 packets=$3 rounds=$4 round i column warm
	warm=$packets
	[ "$flows" = flood ] || [ "$flows" -le "$packets" ] || warm=$flows
	for ((round = 0; round <= rounds; round++)); do
		i=0
		for column in $(chosen "$flows"); do
			ns=$(send d$i "$flows" "$bytes" \
				"$([ $round = 0 ] && echo $warm || echo "$packets")" $round) ||
				exit 1
			[ $round = 0 ] || echo "$flows,$bytes,$column,$round,$ns" >>"$csv"
			i=$((i + 1))
		done
	done
}

[ -z "${LF_PRICE_LIB:-}" ] || return 0
setup_modules
echo flows,bytes,column,round,ns >"$csv"
last=
for cell in $cells; do
	IFS=: read -r flows bytes packets rounds <<<"$cell"
	if [ "$flows" != "$last" ]; then
		[ -z "$last" ] || take_down "$last"
		set_up "$flows"
		last=$flows
	fi
	measure "$flows" "$bytes" "$packets" "$rounds"
done
take_down "$last"
