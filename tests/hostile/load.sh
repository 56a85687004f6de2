#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The module of congestion control is loaded, and the N-th allocation of its init function fails.
# For tests/hostile/load, in the debug kernel:
#
#	tests/vm/run uml-debug -o DIR tests/hostile/load.sh N
#
# DIR/left: how many there were behind it. One N in a machine: KASAN's marks of a module that has
# run stay behind it, and the next one at its place would be reported.
set -u
# shellcheck source=tests/hostile/lib.sh
. "$(dirname "$0")/lib.sh"
n=${1:-1}
debug=/sys/kernel/debug
module=$LF_MODULES/tcp_cc/tcp_liteflow.ko

# Where a function of the kernel begins and the next one does.
place() { grep -A1 " [tT] $1\$" /proc/kallsyms | awk '{ printf "0x%s ", $1 }'; }

nothing_left() {
	is "$n: no module" "$(lsmod | grep -c '^tcp_liteflow')" = 0
	is "$n: no congestion control" \
		"$(sysctl -n net.ipv4.tcp_available_congestion_control | grep -c liteflow)" = 0
	is "$n: no sysctl" "$([ -e /proc/sys/net/liteflow ] && echo yes || echo no)" = no
	is "$n: no attachment" "$(ctl -j attach list | jq length)" = 0
	is "$n: no cache" "$([ -e /sys/kernel/slab/liteflow_conn ] && echo yes || echo no)" = no
}

mountpoint -q $debug || mount -t debugfs debugfs $debug 2>/dev/null
# What the kernel does to load a module is not ours: count below the caller of init functions only.
# Nor is that a cache's entry in sysfs is forgotten where there is no memory for it: Linux 6.12
# loses its name.
read -r from to <<<"$(place do_one_initcall)"
read -r but_from but_to <<<"$(place sysfs_slab_add)"
for v in ignore-gfp-wait=N verbose=0 stacktrace-depth=64 "require-start=$from" "require-end=$to" \
	"reject-start=$but_from" \
	"reject-end=$but_to"; do
	echo "${v#*=}" >"$debug/failslab/${v%%=*}" &&
		echo "${v#*=}" >"$debug/fail_page_alloc/${v%%=*}" || not_ok "$v"
done
for v in failslab/cache-filter=N fail_page_alloc/ignore-gfp-highmem=N \
	fail_page_alloc/min-order=0; do
	echo "${v#*=}" >"$debug/${v%%=*}" || not_ok "$v"
done
insmod "$LF_MODULES/kmod/liteflow.ko" || not_ok "liteflow.ko"
ip netns add another
read -r what err left <<<"$("$top/build/tests/hostile-insmod" "$module" "$n")"
case "$what $err $left" in
"refused 0 "*) not_ok "$n: no errno" ;;
"refused "*" 0") nothing_left ;;
"loaded "*)
	# The kernel can do without, or there are not so many.
	algorithms=$(sysctl -n net.ipv4.tcp_available_congestion_control)
	is "it is there" "$(grep -c liteflow <<<"$algorithms")" = 1
	is "in each namespace" \
		"$(($(ctl -j attach list | jq length) +
		$(ctl -n another -j attach list | jq length)))" = 2
	rmmod_soon tcp_liteflow
	nothing_left
	;;
*) not_ok "$n" "$what, errno $err, $left left" ;;
esac
echo "      allocation $n: $what, errno $err, $left left"
echo "$left" >"$LF_OUT/left"
ip netns del another
rmmod_soon liteflow
finish
