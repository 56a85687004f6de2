#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Tables of rules that no iptables would make, from a user namespace, with packets going through
# what is accepted of them; the namespace ends, and nothing may be left.
#
#	tests/vm/run uml tests/hostile/xt.sh [SEED [ROUNDS]]		ROUNDS for each family
set -u
# shellcheck source=tests/hostile/lib.sh
. "$(dirname "$0")/lib.sh"
seed=${1:-1}
rounds=${2:-1000}

modules_in
for m in $(modinfo -F depends "$LF_MODULES/nf_hook/xt_LITEFLOW.ko" | tr , ' ') iptable_mangle \
	ip6table_mangle; do
	[ "$m" = liteflow ] || modprobe -q "$m"
done
works insmod "$LF_MODULES/nf_hook/xt_LITEFLOW.ko"
works "$top/build/bin/lfctl" snapshot load "$top/build/models/appclass-forest.lfs"
cp "$top/build/tests/hostile-xt" "$top/build/bin/lfctl" /tmp
counted setpriv --reuid 65534 --regid 65534 --clear-groups unshare -r -n sh -c "
	ip link set lo up
	/tmp/lfctl slot add mine && /tmp/lfctl slot set mine appclass-forest activate
	ping -q -i 0.01 127.0.0.1 >/dev/null 2>&1 & ping=\$!
	/tmp/hostile-xt $seed $rounds
	kill \$ping"
# The namespace ends a while after its last process.
n=200
until rmmod xt_LITEFLOW 2>/dev/null || [ $((n -= 1)) = 0 ]; do sleep 0.1; done
is "the module unloads" "$([ -d /sys/module/xt_LITEFLOW ] && echo yes || echo no)" = no
modules_out
finish
