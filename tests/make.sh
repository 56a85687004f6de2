#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What a user sees of make: one at a time builds in a build directory, a goal that does not exist is
# an error.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
work=$tmp

# A build directory of our own, with the files of this one that take long.
goal=$work/build/bin/lfctl
tree() {
	local f
	mkdir -p "$work/build"
	git ls-files | while read -r f; do
		case $f in */*) ln -sfn "$PWD/${f%%/*}" "$work/${f%%/*}" ;; *) ln -sfn "$PWD/$f" \
			"$work/$f" ;; esac
	done
}

# Whoever has the lock is waited for.
waits() {
	local lock
	exec {lock}>"$work/build/.lock"
	flock "$lock"
	make -s -C "$work" build/obj/lfctl/version.o 2>"$work/two" {lock}>&- &
	sleep 1
	is "a second make waits" "$(cat "$work/two")" = "waiting for another make in $work"
	is "and makes nothing meanwhile" "$(ls "$work/build")" = ''
	exec {lock}>&-
	wait $!
	is "then it goes on" "$? $(ls "$work/build/obj/lfctl")" = '0 version.o'
}

# Each object is compiled once, and both end well.
side_by_side() {
	local one
	make -C "$work" build/bin/lfctl build/tests/lfctl-next >"$work/one" 2>&1 &
	one=$!
	make -C "$work" build/tests/lfctl-next build/bin/lfctl >"$work/two" 2>&1
	is "two makes side by side: one" $? = 0
	wait $one
	is "two makes side by side: the other" $? = 0
	is "each object was compiled once" \
		"$(cat "$work/one" "$work/two" | grep -E '\.o$|bin/|tests/' | sort | uniq -d)" = ''
	is "what they made runs" "$("$goal" version >/dev/null 2>&1; echo $?)" \
		= "$(build/bin/lfctl version >/dev/null 2>&1; echo $?)"
}

tree
waits
side_by_side
make -s no-such-goal >"$work/log" 2>&1
is "a goal that does not exist is an error" \
	"$? $(grep -c "No rule to make target 'no-such-goal'" "$work/log")" = '2 1'
finish
