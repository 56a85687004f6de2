#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The blocks of commands of README and docs/, run as they stand, page by page, in a test machine:
#
#	tests/vm/modules uml && tests/vm/run uml tests/docs/commands.sh [PAGE...]
#
# eth0 and eth1 are veths with a namespace behind each; the modules are where modprobe looks, the
# programs where make install puts them. A block after "<!-- not run: ... -->" is left out.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
V=1
PATH=$top/build/bin:$PATH
XTABLES_LIBDIR=$top/build/xtables:$(pkg-config --variable=xtlibdir xtables)
export XTABLES_LIBDIR TC_LIB_DIR=$top/build/tc

modules() {
	local dir
	dir=/lib/modules/$(uname -r)/updates
	mkdir -p "$dir"
	find "$LF_MODULES" -name '*.ko' -exec cp {} "$dir" \;
	depmod -a 2>/dev/null
}

# A place as a user has it: two devices, an empty directory with the source's files in sight.
enter() {
	local i
	for i in 0 1; do
		ip netns add "behind$i"
		ip link add "eth$i" type veth peer name peer netns "behind$i"
		ip address add "10.9.$i.1/24" dev "eth$i"
		ip link set "eth$i" up
		ip -n "behind$i" address add "10.9.$i.2/24" dev peer
		ip -n "behind$i" link set peer up
	done
	work=$(mktemp -d)
	ln -s "$top/models" "$top/build" "$top/tests" "$work"
	cd "$work" || exit 1
}

leave() {
	cd "$top" || exit 1
	nft flush ruleset 2>/dev/null
	iptables-save >/dev/null 2>&1 &&
		for t in mangle filter; do iptables -t $t -F; iptables -t $t -X; done
	lfctl teardown all >/dev/null 2>&1
	sysctl -qw net.ipv4.tcp_congestion_control=cubic
	for i in 0 1; do ip link del "eth$i"; ip netns del "behind$i"; done
	lfctl -j slot list 2>/dev/null | jq -r '.. | .name? // empty' |
		xargs -rn1 lfctl slot del >/dev/null 2>&1
	sleep 0.2
	lfctl -j snapshot list 2>/dev/null | jq -r '.. | .hash? // empty' |
		xargs -rn1 lfctl snapshot del >/dev/null 2>&1
	rm -rf "$work"
}

# blocks PAGE - each to a file of its own, NUMBER.sh or NUMBER.not, in $2
blocks() {
	awk -v dir="$2" '/^```/ {
		if (out) { close(out); out = "" }
		else if (!text) {
			n++
			kind = before ~ /^<!-- not run: / ? "not" : "sh"
			if ($0 == "```sh") out = sprintf("%s/%02d.%s", dir, n, kind)
			else text = 1
		} else text = 0
		before = ""
		next
	}
	out { print >out }
	{ before = $0 }' "$1"
}

page() {
	local block out dir
	dir=$(mktemp -d)
	blocks "$1" "$dir"
	[ -n "$(ls "$dir")" ] || return
	enter
	# What a page takes for granted.
	modprobe -q -a liteflow sch_liteflow nf_liteflow xt_LITEFLOW tcp_liteflow
	case $1 in
	README.md | docs/quickstart.md) ;;
	*)
		lfctl snapshot load build/models/appclass-forest.lfs >/dev/null
		lfctl slot add app
		lfctl slot set app appclass-forest activate >/dev/null
		;;
	esac
	for block in "$dir"/*; do
		case $block in
		*.not) skip "$1: block $(basename "$block" .not)"; continue ;;
		esac
		if out=$(timeout 60 bash -eu -o pipefail "$block" 2>&1) &&
			[[ $out != *"without models"* ]]; then
			ok "$1: block $(basename "$block" .sh)"
		else
			not_ok "$1: block $(basename "$block" .sh)" \
				"$(sed 's/^/> /' "$block"; tail -15 <<<"$out")"
		fi
	done
	leave
	rm -rf "$dir"
}

modules
# shellcheck disable=SC2048,SC2086
for p in ${*:-README.md docs/*.md}; do
	page "$p"
done
finish
