#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Spoilt requests, in a test machine: as root of a network namespace, and as root of a user
# namespace.
#
#	tests/vm/run uml tests/hostile/netlink.sh [SEED [N]]
set -u
# shellcheck source=tests/hostile/lib.sh
. "$(dirname "$0")/lib.sh"
seed=${1:-1}
n=${2:-400}
[ "$LF_KERNEL" != uml-debug ] || n=${2:-150}
program=$top/build/tests/hostile-netlink
model=$top/build/models/appclass-forest.lfs

modules_in
ip netns add hostile
ip -n hostile link add hostile0 type dummy
ip -n hostile link set hostile0 up
counted ip netns exec hostile "$program" "$seed" "$n" hostile0 "$model"

# What a user's root does with slots takes a snapshot that the real one has loaded.
ctl snapshot list | grep -q appclass-forest || works "$top/build/bin/lfctl" snapshot load "$model"
cp "$program" "$model" /tmp
counted setpriv --reuid 65534 --regid 65534 --clear-groups unshare -r -n sh -c "
	ip link add hostile0 type dummy && ip link set hostile0 up
	/tmp/hostile-netlink $((seed + 1)) $n hostile0 /tmp/appclass-forest.lfs user"

works "$top/build/bin/lfctl" version
works ip netns del hostile
modules_out
finish
