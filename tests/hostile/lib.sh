# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the scripts here, in a test machine: modules, counters, the end. They set nothing before they source it.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
top=$PWD
: "${LF_MODULES:?run me through tests/vm/run}"
export TC_LIB_DIR=$top/build/tc
passed=0 failed=0 skipped=0

ok() { passed=$((passed + 1)); [ -z "${V:-}" ] || echo "ok    $1"; }
not_ok() { failed=$((failed + 1)); echo "FAIL  $1"; [ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/      /'; }
skip() { skipped=$((skipped + 1)); echo "skip  $1"; }
# is WHAT WANTED GOT
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: wanted $2" "$3"; fi; }
# works COMMAND...
works() { local out; if out=$("$@" 2>&1 </dev/null); then ok "$*"; else not_ok "$*" "$out"; fi; }
ctl() { "$top/build/bin/lfctl" "$@"; }

modules_in() {
	modprobe -q libcrc32c || true
	insmod "$LF_MODULES/kmod/liteflow.ko" && insmod "$LF_MODULES/qdisc/sch_liteflow.ko" && return
	echo "0 passed, 1 failed"
	exit 1
}

# What a program counted, in "N passed, N failed", joins what the script counts; the rest is shown.
counted() {
	local out p f
	out=$("$@" 2>&1)
	printf '%s\n' "$out" | grep -vE '^[0-9]+ passed, [0-9]+ failed'
	read -r p f <<<"$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2/p' <<<"$out" | tail -n 1)"
	if [ -z "${f:-}" ]; then not_ok "no end: $*"; return; fi
	passed=$((passed + p)) failed=$((failed + f))
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
	for s in $(ctl -j slot list | jq -r '.[].name'); do works "$top/build/bin/lfctl" slot del "$s" force; done
	rmmod_soon sch_liteflow
	rmmod_soon liteflow
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
	exit
}
