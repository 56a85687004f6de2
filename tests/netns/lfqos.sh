#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# lfqos as its user types it, on a home line, in a test machine:
#
#	tests/vm/modules uml && tests/vm/run uml tests/netns/lfqos.sh
#
#	here: eth0 10.9.0.1 ---- namespace isp: peer 10.9.0.2
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
PATH=$PWD/lfqos:$PWD/build/bin:$PATH
export TC_LIB_DIR=$PWD/build/tc LFQOS_MODEL=$PWD/build/models/appclass-forest.lfs \
	LFQOS_STATE=/tmp/lfqos

# refused STATUS SENTENCE ARG... - one sentence, the status, nothing changed
refused() {
	local status=$1 says=$2 out rc before
	shift 2
	before=$(tc qdisc show; ip -o link | wc -l)
	out=$(lfqos "$@" 2>&1)
	rc=$?
	is "status of lfqos $*" $rc -eq "$status"
	is "lfqos $*: $out" "$(grep -cF -- "$says" <<<"$out")" -eq 1
	is "lfqos $* changed something" "$(tc qdisc show; ip -o link | wc -l)" = "$before"
}

kbit() { jq '.end.sum_received.bits_per_second / 1000 | floor' "$1"; }

# between WHAT N LOW HIGH
between() {
	is "$1" "$2" -ge "$3"
	is "$1" "$2" -le "$4"
}

load kmod/liteflow.ko qdisc/sch_liteflow.ko || exit 1
ip netns add isp
ip link add eth0 type veth peer name peer netns isp
ip address add 10.9.0.1/24 dev eth0
ip -n isp address add 10.9.0.2/24 dev peer
ip link set eth0 up
ip -n isp link set peer up
ip netns exec isp iperf3 -s -D -p 5201 >/dev/null 2>&1
untouched=$(tc qdisc show dev eth0)

refused 2 "a rate is from 64kbit" eth0 up 20 down 50mbit
refused 2 "a rate is from 64kbit" eth0 up 20mbit down 5bit
refused 2 "a rate is from 64kbit" eth0 up 20mbit down 99999999999999999999mbit
refused 2 "both rates are needed" eth0 up 20mbit
refused 2 "overhead x" eth0 up 20mbit down 50mbit overhead x
refused 2 "no such option" eth0 up 20mbit down 50mbit sideways 3
refused 2 "up needs a value" eth0 up
refused 2 "no such device" '../../etc/passwd' off
refused 1 "there is no device eth7" eth7 up 1mbit down 1mbit
refused 1 "no device is shaped" show
LFQOS_MODEL=nothing refused 1 "no snapshot nothing" eth0 up 1mbit down 1mbit
is "no slot is left behind" "$(lfctl -j slot list | jq length)" -eq 0
tc qdisc add dev eth0 root pfifo
refused 1 "eth0 has a qdisc pfifo: remove it first" eth0 up 1mbit down 1mbit
tc qdisc del dev eth0 root

out=$(lfqos eth0 up 4mbit down 8mbit overhead 14 2>&1)
is "lfqos eth0 up: $out" "$?$out" = 0
iperf3 -J -c 10.9.0.2 -t 3 >/tmp/up.json 2>&1 &
ping -q -i 0.1 -c 20 10.9.0.2 >/dev/null
wait $!
iperf3 -J -R -c 10.9.0.2 -t 3 >/tmp/down.json 2>&1
between "kbit/s up" "$(kbit /tmp/up.json)" 2500 4000
between "kbit/s down" "$(kbit /tmp/down.json)" 5500 8000
lfqos show >/tmp/show
is "show has both directions: $(cat /tmp/show)" "$(grep -cE '^  (up 4Mbit|down 8Mbit)' /tmp/show)" \
	-eq 2
is "show has three bands each" "$(grep -c packets /tmp/show)" -eq 6
is "bulk is in the last band, both ways" "$(awk '/bulk/ && $2 > 100' /tmp/show | wc -l)" -eq 2

# Again is a change: nothing that waits is lost, counters go on.
sent() { tc -s -j qdisc show dev eth0 | jq '.[] | select(.kind == "liteflow") | .packets'; }
before=$(sent)
out=$(lfqos eth0 up 6mbit down 8mbit 2>&1)
is "changed: $out" "$?$out" = 0
is "the qdisc is the same" "$(sent)" -ge "$before"
is "with the new rate" "$(tc class show dev eth0 | grep -c 'rate 6Mbit')" -eq 1

# A reboot: the file is there, the qdiscs are not.
tc qdisc del dev eth0 root
tc qdisc del dev eth0 ingress
ip link del lfq-eth0
lfctl slot del lfqos
lfqos start
is "shaped again at the last rates" "$(lfqos show eth0 | grep -cE '^  (up 6Mbit|down 8Mbit)')" -eq 2
is "its slot, too" "$(lfctl -j slot list | jq -r '.[0].name')" = lfqos

out=$(lfqos eth0 off 2>&1)
is "off: $out" "$?$out" = 0
is "all is as before" "$(tc qdisc show dev eth0)" = "$untouched"
is "the ifb has gone" "$(ip -o link | grep -c lfq-)" -eq 0
is "nothing is remembered" "$(ls /tmp/lfqos)" = ""
out=$(lfqos eth0 off 2>&1)
is "off once more: $out" "$?" -eq 0
lfctl slot del lfqos
sleep 0.5
rmmod sch_liteflow && rmmod liteflow
is "the modules unload" $? -eq 0
finish
