# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the scripts here, in a test machine: modules in and out.
# shellcheck source=tests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
export TC_LIB_DIR=$top/build/tc

ctl() { "$top/build/bin/lfctl" "$@"; }

modules_in() {
	load kmod/liteflow.ko qdisc/sch_liteflow.ko && return
	not_ok "the modules load"
	finish
}

# Within 30 s: qdiscs and namespaces take their grace periods.
rmmod_soon() {
	local n=300
	until rmmod "$1" 2>/dev/null; do
		n=$((n - 1))
		[ $n -gt 0 ] || { works rmmod "$1"; return; }
		sleep 0.1
	done
	ok "rmmod $1"
}

modules_out() {
	for s in $(ctl -j slot list | jq -r '.[].name'); do
		works "$top/build/bin/lfctl" slot del "$s" force
	done
	rmmod_soon sch_liteflow
	rmmod_soon liteflow
}
