#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Memory runs out at every point of every operation, one point at a time. In the debug kernel, which
# alone can do that:
#
#	tests/vm/run uml-debug -t 900 tests/hostile/failslab.sh
set -u
# shellcheck source=tests/hostile/lib.sh
. "$(dirname "$0")/lib.sh"
program=$top/build/tests/hostile-failnth
debug=/sys/kernel/debug

mountpoint -q $debug || mount -t debugfs debugfs $debug 2>/dev/null
if ! [ -e $debug/failslab/probability ] || ! [ -e /proc/self/fail-nth ]; then
	skip "memory runs out: this kernel does not inject faults"
	finish
fi
for v in failslab/ignore-gfp-wait=N failslab/verbose=0 failslab/cache-filter=N \
	fail_page_alloc/ignore-gfp-wait=N \
	fail_page_alloc/ignore-gfp-highmem=N fail_page_alloc/min-order=0 \
	fail_page_alloc/verbose=0; do
	echo "${v#*=}" >"$debug/${v%%=*}" || not_ok "$v"
done

# Not insmod: the addresses of a module that failed to load keep KASAN's marks, and the next one
# there is reported.
modules_in
ip netns add hostile
ip -n hostile link add hostile0 type dummy
ip netns exec hostile sysctl -qw net.ipv6.conf.hostile0.disable_ipv6=1
ip -n hostile link set hostile0 up
counted ip netns exec hostile "$program" hostile0 "$top/build/models/appclass-forest.lfs" \
	"$top/build/models/appclass-net.lfs"
works ip netns del hostile
modules_out
finish
