#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Spoilt requests to the family of hooks under traffic, in a test machine: as root of a network
# namespace, and as root of a user namespace.
#
#	tests/vm/run uml tests/hostile/hook.sh [SEED [N]]
set -u
# shellcheck source=tests/hostile/lib.sh
. "$(dirname "$0")/lib.sh"
seed=${1:-1}
n=${2:-3000}
[ "$LF_KERNEL" != uml-debug ] || n=${2:-600}
program=$top/build/tests/hostile-hook

modules_in
works insmod "$LF_MODULES/nf_hook/nf_liteflow.ko"
ip netns add hostile
ip -n hostile link add hostile0 type dummy
ip -n hostile link set hostile0 up
ip -n hostile link set lo up
works "$top/build/bin/lfctl" snapshot load "$top/build/models/appclass-forest.lfs"
ctl -n hostile slot add app
ctl -n hostile slot set app appclass-forest activate
ip netns exec hostile ping -q -f 127.0.0.1 >/dev/null 2>&1 &
ping=$!
counted ip netns exec hostile "$program" "$seed" "$n" hostile0
kill $ping
cp "$program" /tmp
counted setpriv --reuid 65534 --regid 65534 --clear-groups unshare -r -n sh -c "
	ip link add hostile0 type dummy && ip link set hostile0 up && ip link set lo up
	/tmp/hostile-hook $((seed + 1)) $n hostile0"
works ip netns del hostile
rmmod_soon nf_liteflow
modules_out
finish
