# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# What the scripts share that run lfctl against the module. $lfctl is the program, tests/lib.sh has
# been read.

# expect STATUS TEXT ARGUMENTS...: exit status, and text somewhere in the output ("" for no output
# at all).
expect() {
	local want=$1 text=$2 out status; shift 2
	out=$("$lfctl" "$@" 2>&1 </dev/null); status=$?
	if [ $status = "$want" ] &&
		{ if [ -n "$text" ]; then [[ $out == *"$text"* ]]; else [ -z "$out" ]; fi; }; then
		ok "lfctl $*"
	else
		not_ok "lfctl $* (status $status, wanted $want; wanted text '$text')" "$out"
	fi
}

# json FILTER WANTED ARGUMENTS...: what jq makes of the JSON.
json() {
	local filter=$1 want=$2 got; shift 2
	got=$("$lfctl" -j "$@" 2>&1 | jq -c "$filter" 2>&1)
	if [ "$got" = "$want" ]; then
		ok "lfctl -j $* | $filter"
	else
		not_ok "lfctl -j $* | $filter: wanted $want" "$got"
	fi
}

has_line() { grep -qF -- "$2" "$1" || { cat "$1"; return 1; }; }

until_true() {
	local n=100
	until "$@" >/dev/null 2>&1; do
		n=$((n - 1)); [ $n -gt 0 ] || return 1
		sleep 0.1
	done
}

hash_of() { "$lfctl" -j snapshot show "$1" | jq -r .hash; }
