# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by the scripts of tests/vm: where things are, one lock and one atomic rename per cache
# entry.
#
# Cache layout, all under $cache, each entry complete or absent:
#	apt/SUITES/		private apt state (lists), never the machine's own
#	source/			linux-source-6.12.tar.xz and "version"
#	ynl/			the generator of netlink code
#	checkpatch/		checkpatch.pl, and which files passed it (tests/checkpatch)
#	kernel/NAME -> NAME-VERSION-HASH/	UML kernel: linux, and the tree for building modules
#	modules/NAME/		LiteFlow's modules for kernel NAME with their objects, where builds
#				start
#	ccache/			of ccache(1): objects of programs (tests/run)
#	at/NAME/		empty: where such a build is mounted while it runs
#	stock/6.1|6.12|7.2/	Debian's cloud kernel, with -rt its PREEMPT_RT kernel: "release",
#				vmlinuz, modules/, headers
#	qemu/			QEMU with every library it needs
#	sid/ bpo/		tools of other suites
#	lock/			one file per entry, flock(1)
#	tmp/			entries in the making

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034
top=$(cd "$here/../.." && pwd -P)
cache=${LITEFLOW_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/liteflow}
prog=${0##*/}

say() {
	echo "$prog: $*" >&2
}

die() {
	say "$*"
	exit 1
}

mkdir -p "$cache/lock" "$cache/tmp"
# What a process that was killed left half done.
find "$cache/tmp" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} + 2>/dev/null || true
cache=$(cd "$cache" && pwd -P)

# lock NAME - from here to the end of this process, be the only one that works on cache entry NAME.
lock() {
	local fd
	exec {fd}>"$cache/lock/${1//\//_}"
	if ! flock -n "$fd"; then
		say "waiting for another process that prepares $1"
		flock "$fd"
	fi
}

# free - megabytes that are free where the cache lies.
free() {
	df -Pm "$cache" | awk 'NR == 2 { print $4 }'
}

# room MEGABYTES - end here if there is not that much for the cache.
room() {
	[ "$(free)" -ge "$1" ] || die \
		"$cache has $(free) MB free, and $1 MB are needed" \
		"(LITEFLOW_CACHE names another place)"
}

# leave STATUS WORK - the way out of whoever makes an entry, well or not: no half of it stays.
leave() {
	local left
	left=$(free)
	rm -rf "$2"
	if [ "$1" != 0 ] && [ "$left" -lt 16 ]; then
		say "$cache is full: make room, or name another place in LITEFLOW_CACHE"
	fi
}

# publish TMP FINAL - make the finished directory TMP appear as FINAL in one step.
publish() {
	sync -f "$1"
	if [ -e "$2" ]; then
		rm -rf "$2.old"
		mv -T "$2" "$2.old"
	fi
	mv -T "$1" "$2"
	rm -rf "$2.old"
}
