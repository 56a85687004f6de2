#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# A model (tests/netns/build-nest made it) that asks for an inference while it runs, in a hook: the one within is busy
# and nothing waits for itself; and no spinlock is held while it runs.
set -u
cd "$(dirname "$0")/../.." || exit 1
lfctl=$PWD/build/bin/lfctl
passed=0 failed=0
ok() { if "${@:2}" >/tmp/out 2>&1; then passed=$((passed + 1)); echo "ok    $1"; else failed=$((failed + 1)); echo "FAIL  $1"; cat /tmp/out; fi; }
seen() { cat "/sys/module/lf_snap_appclass_net/parameters/$1"; }

modprobe -qa libcrc32c nf_conntrack
insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/nf_hook/nf_liteflow.ko" || exit 1
ok "the model is registered" insmod "build/$LF_KERNEL-nest/lf_snap_appclass_net.ko"
ok "a slot takes it" sh -c "$lfctl slot add app && $lfctl slot set app appclass-net activate"
ok "a hook asks it for each packet" "$lfctl" hook add h family ip hook output priority 0 slot app every 1
echo 1 >/sys/module/lf_snap_appclass_net/parameters/ask
ok "packets go" ping -q -c 10 -i 0.05 127.0.0.1
echo 0 >/sys/module/lf_snap_appclass_net/parameters/ask
ok "it ran for each" [ "$(seen runs)" -ge 10 ]
ok "each inference within was busy" [ "$(seen busy)" = "$(seen runs)" ]
if [ "$(seen counts)" = Y ]; then
	ok "no spinlock was held" [ "$(seen depth)" = 0 ]
fi
ok "the hook goes" "$lfctl" hook del h
ok "the slot goes" "$lfctl" slot del app force
sleep 1
ok "the modules unload" rmmod lf_snap_appclass_net nf_liteflow liteflow
echo "$passed passed, $failed failed"
[ $failed = 0 ]
