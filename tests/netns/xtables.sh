# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The iptables of a suite, with our plugins, for the scripts here: after
#
#	xtables_suite bookworm|sid
#
# `multi KIND PROGRAM ARGUMENT...` runs any of its programs (iptables, ip6tables-save,
# iptables-translate, ...), KIND being legacy or nft; in subshells too.
xtables_suite() {
	export sid='' XTABLES_LIBDIR
	XTABLES_LIBDIR=$PWD/build/xtables:/usr/lib/$(uname -m)-linux-gnu/xtables
	case $1 in
	bookworm) multi() { "/usr/sbin/xtables-$1-multi" "${@:2}"; } ;;
	sid)
		sid=$LF_CACHE/sid/root
		XTABLES_LIBDIR=$PWD/build/xtables:$sid/usr/lib/x86_64-linux-gnu/xtables
		multi() {
			"$sid/usr/lib64/ld-linux-x86-64.so.2" \
				--library-path "$sid/usr/lib/x86_64-linux-gnu" \
				"$sid/usr/sbin/xtables-$1-multi" "${@:2}"
		}
		;;
	esac
	export -f multi
}
