#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# A snapshot that comes as a C module (tests/netns/build-module made it): insmod registers it, a
# slot serves packets by it, its verdicts are those of the same snapshot as data, rmmod is refused
# while a slot holds it.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
lfctl=$PWD/build/bin/lfctl
export TC_LIB_DIR=$PWD/build/tc
not() { ! "$@"; }

load kmod/liteflow.ko qdisc/sch_liteflow.ko || exit 1
snap=build/$LF_KERNEL-snap/lf_snap_appclass_net.ko
check "insmod runs the golden vectors and registers the snapshot" insmod "$snap"
check "snapshot list names the module" sh -c "$lfctl snapshot list | grep -q lf_snap_appclass_net"
check "a slot takes it" sh \
	-c "$lfctl slot add app sample 1 && $lfctl slot set app appclass-net activate"
ip link add d0 type veth peer name d1
ip netns add far
ip link set d1 netns far
ip address add 10.1.1.1/24 dev d0
ip netns exec far ip address add 10.1.1.2/24 dev d1
ip link set d0 up
ip netns exec far ip link set d1 up
check "a qdisc uses the slot" tc qdisc add dev d0 root liteflow slot app every 1
$lfctl record -o /tmp/samples.csv --seconds 4 app >/dev/null 2>&1 &
sleep 1
ping -q -c 20 -i 0.05 10.1.1.2 >/dev/null
wait $!
check "samples arrive" sh -c '[ $(wc -l </tmp/samples.csv) -gt 20 ]'
count() { build/bin/lfgen inspect --json build/models/appclass-net.lfs | jq ".$1 | length"; }
inputs=$(count inputs) outputs=$(count outputs)
cut -d, -f1-"$inputs" /tmp/samples.csv >/tmp/x.csv
build/bin/lfgen run build/models/appclass-net.lfs /tmp/x.csv --raw-features --raw-outputs >/tmp/y
cut -d, -f$((inputs + 1))-$((inputs + outputs)) /tmp/samples.csv | tail -n +2 >/tmp/seen
check "the module's outputs are those of the same snapshot as data" cmp /tmp/y /tmp/seen
check "rmmod is refused while the slot holds it" not rmmod lf_snap_appclass_net
tc qdisc del dev d0 root
check "the slot goes" "$lfctl" slot del app
sleep 1
check "rmmod then succeeds" rmmod lf_snap_appclass_net
check "and the snapshot is gone" not sh -c "$lfctl snapshot list | grep -q appclass-net"
ip netns del far
check "the modules unload" rmmod sch_liteflow liteflow
finish
