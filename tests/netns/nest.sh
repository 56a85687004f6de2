#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# A model (tests/netns/build-nest made it) that asks for an inference while it runs, in a hook: the
# one within is busy and nothing waits for itself; and no spinlock is held while it runs.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
lfctl=$PWD/build/bin/lfctl
seen() { cat "/sys/module/lf_snap_appclass_net/parameters/$1"; }

load kmod/liteflow.ko nf_hook/nf_liteflow.ko || exit 1
check "the model is registered" insmod "build/$LF_KERNEL-nest/lf_snap_appclass_net.ko"
check "a slot takes it" sh -c "$lfctl slot add app && $lfctl slot set app appclass-net activate"
check "a hook asks it for each packet" "$lfctl" hook add h family ip hook output priority 0 \
	slot app every 1
echo 1 >/sys/module/lf_snap_appclass_net/parameters/ask
check "packets go" ping -q -c 10 -i 0.05 127.0.0.1
echo 0 >/sys/module/lf_snap_appclass_net/parameters/ask
check "it ran for each" [ "$(seen runs)" -ge 10 ]
check "each inference within was busy" [ "$(seen busy)" = "$(seen runs)" ]
if [ "$(seen counts)" = Y ]; then
	check "no spinlock was held" [ "$(seen depth)" = 0 ]
fi
check "the hook goes" "$lfctl" hook del h
check "the slot goes" "$lfctl" slot del app force
sleep 1
check "the modules unload" rmmod lf_snap_appclass_net nf_liteflow liteflow
finish
