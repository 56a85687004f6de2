# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What every test script shares: counting, checks, modules, the closing line. To be sourced first:
#
#	. "$(dirname "$0")/../lib.sh"
#
# The order is that of test(1) everywhere: WHAT is checked, what it is, the operator, what it should
# be. A check prints if it fails, with V=1 always; $test, if set, says in which part.
#
#	ok WHAT | not_ok WHAT [DETAIL] | skip WHAT
#	is WHAT GOT OPERATOR WANTED	is "drops" "$n" -eq 0;  is "slot" "$s" = app
#	has WHAT GOT TEXT		TEXT is somewhere in GOT
#	same WHAT GOT WANTED		texts, shown as a diff
#	check WHAT COMMAND...		it succeeds; in this shell, not in one of its own
#	works COMMAND...		likewise, what it does is said by its words
#	fails TEXT COMMAND...		exit status not 0, and TEXT somewhere in what it says
#	until_is WANTED COMMAND...	it prints that within 10 s
#	counted COMMAND...		a program that counts for itself: its "N passed, N failed"
#					is added
#	defer COMMAND...		runs at the end, the last one first
#	load MODULE...			of $LF_MODULES, with what they depend on
#	finish				the closing line and the exit status
#
# From then on $top is the checkout and the working directory, and $tmp a folder that is gone at the
# end.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$top" || exit 1
tmp=$(mktemp -d)
passed=0 failed=0 skipped=0 test='' deferred=()

ok() {
	passed=$((passed + 1))
	[ -z "${V:-}" ] || echo "ok    ${test:+$test: }$1"
}

not_ok() {
	failed=$((failed + 1))
	echo "FAIL  ${test:+$test: }$1"
	[ -z "${2:-}" ] || head -20 <<<"$2" | sed 's/^/      /'
}

skip() {
	skipped=$((skipped + 1))
	echo "skip  ${test:+$test: }$1"
}

# What is nothing equals nothing only, and no number.
is() {
	if { [ -n "$2" ] || [ -z "$4" ]; } && test "$2" "$3" "$4" 2>/dev/null; then
		ok "$1 ($2)"
	else
		not_ok "$1: '$2' $3 '$4' is not so"
	fi
}

has() {
	if [[ $2 == *"$3"* ]]; then ok "$1"; else not_ok "$1: no '$3' in it" "$2"; fi
}

same() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "$(diff <(echo "$3") <(echo "$2"))"; fi
}

check() {
	if "${@:2}" >"$tmp/.said" 2>&1; then
		ok "$1"
	else
		not_ok "$1" "${*:2}"$'\n'"$(<"$tmp/.said")"
	fi
}

works() {
	check "$*" "$@" </dev/null
}

fails() {
	local text=$1 out
	shift
	if out=$("$@" 2>&1 </dev/null); then
		not_ok "worked, and should not: $*" "$out"
	else
		has "$*" "$out" "$text"
	fi
}

until_is() {
	local wanted=$1 got n=100
	shift
	until got=$("$@" 2>/dev/null); [ "$got" = "$wanted" ]; do
		n=$((n - 1))
		[ $n -gt 0 ] || { not_ok "$*: wanted '$wanted'" "$got"; return; }
		sleep 0.1
	done
	ok "$*"
}

counted() {
	local out p f
	out=$("$@" 2>&1)
	grep -vE '^[0-9]+ passed, [0-9]+ failed' <<<"$out"
	read -r p f <<<"$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2/p' <<<"$out" |
		tail -n 1)"
	if [ -z "${f:-}" ]; then not_ok "no closing line: $*" "$out"; return; fi
	passed=$((passed + p)) failed=$((failed + f))
}

defer() {
	deferred+=("$(printf '%q ' "$@")")
}

at_end() {
	local i
	for ((i = ${#deferred[@]} - 1; i >= 0; i--)); do eval "${deferred[i]}"; done
	deferred=()
	rm -rf "$tmp"
}
trap at_end EXIT

# shellcheck source=tests/nap.sh
. "${BASH_SOURCE[0]%/*}/nap.sh"
sleep() { nap "$1"; }

load() {
	local module m
	for module; do
		for m in $(modinfo -F depends "$LF_MODULES/$module" | tr , ' '); do
			[ -e "/sys/module/$m" ] || modprobe -q "$m"
		done
		insmod "$LF_MODULES/$module" || return 1
	done
}

finish() {
	at_end
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ] && [ $((passed + skipped)) != 0 ]
	exit
}
