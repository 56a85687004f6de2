#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The LITEFLOW target and the liteflow match in a test machine: under iptables-legacy and
# iptables-nft, IPv4 and IPv6.
#
#	tests/vm/run uml tests/netns/xt.sh [PART...]		parts: see `parts` at the end
#	LF_SUITE=sid tests/vm/run qemu-6.1 tests/netns/xt.sh	with the iptables of another suite
#
#	lf-a                    lf-r: the rules                             lf-b
#	a0 10.78.1.2 fd78:1::2 --- ra 10.78.1.1 | rb 10.78.2.1 --- b0 10.78.2.2, drops what is for
#	10.78.2.9
#
# Models are single decisions (core_snap.c), so that every verdict is known beforehand.
#
# One file, though long: the parts share the three namespaces, their rules and their helpers.
set -u
: "${LF_MODULES:?run me through tests/vm/run}"
# All of it runs where the rules are.
if [ "$(ip netns identify $$)" != lf-r ]; then
	ip netns add lf-r
	exec ip netns exec lf-r "$0" "$@"
fi
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# shellcheck source=tests/netns/xtables.sh
. tests/netns/xtables.sh
xtables_suite "${LF_SUITE:=bookworm}"

# What iptables the functions below mean: KIND legacy or nft, FAMILY 4 or 6.
KIND=legacy FAMILY=4
ctl() { "$top/build/bin/lfctl" "$@"; }
# xt ARGUMENT...; xt_save, xt_restore likewise. That there are tables of the other kind too is no
# news.
xt() { named '' "$@"; }
xt_save() { named -save "$@"; }
xt_restore() { named -restore "$@"; }
named() {
	local name=iptables$1 rc line
	[ $FAMILY = 4 ] || name=ip6tables$1
	multi $KIND "$name" "${@:2}" 2>"$tmp/said.$BASHPID"
	rc=$?
	while IFS= read -r line; do
		[[ $line == "# Warning: "*" tables present"* ]] || printf '%s\n' "$line" >&2
	done <"$tmp/said.$BASHPID"
	return $rc
}
# rules TABLE: replaces a table by the rules on standard input
rules() {
	{ echo "*$1"; cat; echo COMMIT; } >"$tmp/rules"
	xt_restore "$tmp/rules" || not_ok "rules" "$(cat "$tmp/rules")"
}
# saved TABLE: its rules
saved() { xt_save -t "$1" | grep '^-A'; }
# hits TABLE COMMENT...: packets of the rules of these comments
hits() {
	local listing line name sep=''
	local -A hits=()
	listing=$(xt_save -c -t "$1")
	while read -r line; do
		[[ $line =~ ^\[([0-9]+):.*' --comment '([a-z0-9_]+) ]] &&
			hits[${BASH_REMATCH[2]}]=${BASH_REMATCH[1]}
	done <<<"$listing"
	for name in "${@:2}"; do
		printf '%s' "$sep${hits[$name]-}"
		sep=' '
	done
	echo
}
flush() { printf '*%s\nCOMMIT\n' mangle filter raw | xt_restore; }
xt_quietly() { xt "$@" >/dev/null 2>&1; }
# logged WHAT SENTENCE COMMAND...: the command makes the kernel say that; $status is its own. The
# kernel says ten sentences in five seconds, so it may have to be repeated.
logged() {
	local n
	for n in {1..7}; do
		dmesg -C
		"${@:3}"
		status=$?
		[[ $(dmesg) != *"$2"* ]] || break
		sleep 1
	done
	has "$1" "$(dmesg)" "$2"
}
# each_kind FUNCTION
each_kind() {
	for KIND in legacy nft; do for FAMILY in 4 6; do test=$1/$KIND/$FAMILY; "$1"; done; done
	KIND=legacy FAMILY=4
}

there() { [ $FAMILY = 4 ] && echo 10.78.2.9 || echo fd78:2::9; }
# A shell in lf-a does what it reads, so that no packet takes a process: sender COMMAND...
sender() {
	if [ -z "${to_sender-}" ]; then
		mkfifo "$tmp/done"
		exec {to_sender}> >(exec ip netns exec lf-a bash)
		exec {done}<>"$tmp/done"
	fi
	printf '%s\n' "$*; echo >'$tmp/done'" >&"$to_sender"
	read -ru "$done" -t 60 || not_ok "no answer to: $*"
}
# send_from SOURCEPORT PORT PACKETS: of a flow
send_from() {
	local to=10.78.2.9
	[ $FAMILY = 4 ] || to=fd78:2::9
	sender "echo $1 $1 >/proc/sys/net/ipv4/ip_local_port_range; exec 3<>/dev/udp/$to/$2
		for ((i = 0; i < $3; i++)); do printf x >&3; done; exec 3>&-"
}
# send PORT PACKETS: one flow through the router, from a port that no flow before had
port=20000
send() {
	port=$((port + 1))
	send_from $port "$@"
}
# model NAME: becomes the active one
model() { ctl slot set app "$1" activate >/dev/null || not_ok "model $1"; }
attach() { ctl -j attach list | jq -c "$1"; }

setup() {
	modprobe -qa libcrc32c dummy veth xt_comment xt_mark xt_connmark xt_conntrack nft_compat
	load kmod/liteflow.ko nf_hook/xt_LITEFLOW.ko || { not_ok "the modules load"; finish; }
	snap() { "$top/build/tests/core-snap" "$tmp/$1.lfs" "$@"; }
	snap early class flow.packets 3 mouse elephant
	snap late class flow.packets 3 elephant mouse
	snap votes class flow.packets 3 mouse elephant 70 30
	snap logit class flow.packets 3 mouse elephant 2 -1
	snap size value pkt.dport 1000 bytes 500 5000
	snap rank value pkt.dport 1000 points 5 50
	snap cc class cc.send_ratio.0 2 mouse elephant
	ip netns add lf-a
	ip netns add lf-b
	for ns in a r b; do ip -n lf-$ns link set lo up; done
	ip link add a0 netns lf-a type veth peer name ra netns lf-r
	ip link add b0 netns lf-b type veth peer name rb netns lf-r
	ip -n lf-a addr add 10.78.1.2/24 dev a0; ip -n lf-a addr add fd78:1::2/64 dev a0 nodad
	ip -n lf-r addr add 10.78.1.1/24 dev ra; ip -n lf-r addr add fd78:1::1/64 dev ra nodad
	ip -n lf-r addr add 10.78.2.1/24 dev rb; ip -n lf-r addr add fd78:2::1/64 dev rb nodad
	ip -n lf-b addr add 10.78.2.2/24 dev b0; ip -n lf-b addr add fd78:2::2/64 dev b0 nodad
	for d in a:a0 r:ra r:rb b:b0; do ip -n "lf-${d%:*}" link set "${d#*:}" up; done
	ip -n lf-a route add default via 10.78.1.1; ip -n lf-a route add default via fd78:1::1
	ip -n lf-b route add default via 10.78.2.1; ip -n lf-b route add default via fd78:2::1
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	local mac
	mac=$(ip netns exec lf-b cat /sys/class/net/b0/address)
	for a in 10.78.2.9 fd78:2::9; do ip -n lf-r neigh add $a lladdr "$mac" dev rb; done
	ctl snapshot load "$tmp"/*.lfs >/dev/null || exit 1
	ctl slot add app || exit 1
	# Neighbours and routes known, so that the first packet of a test is not the first of all.
	for FAMILY in 4 6; do send 9 1; done
	FAMILY=4
}

# What a rule looks like when it is saved is what was given, if that was given as it is saved.
part_words() {
	cat >"$tmp/given" <<'RULES'
-A FORWARD -j LITEFLOW --slot app --set-mark
-A FORWARD -p udp -j LITEFLOW --slot app --set-mark --mask 0xff00 --shift 8
-A FORWARD -j LITEFLOW --slot 0123456789abcdef.ABCDEF_GHI-jk. --set-mark --save-ct --mask 0x1
-A FORWARD -j LITEFLOW --slot app --set-priority
-A FORWARD -j LITEFLOW --slot app --set-priority --map mouse:1:10 elephant:1:ffff low:7
-A FORWARD -j LITEFLOW --slot app --set-mark --map mouse:0 elephant:4294967295
-A FORWARD -j LITEFLOW --slot app --save-ct --mask 0x3 --map 0:1 1:2 --drop-class 2,attack
-A FORWARD -j LITEFLOW --slot app --drop-class elephant
-A FORWARD -m liteflow --slot app --class mouse -j ACCEPT
-A FORWARD -m liteflow --slot app ! --class mouse,elephant,0,31 -m comment --comment "two words"
-A FORWARD -m liteflow --slot app --score-min 0.000001
-A FORWARD -m liteflow --slot app ! --score-min -12.5 --confidence-min 99
-A FORWARD -m liteflow --slot app --class a ! --score-min 9223372036854.775807 ! --confidence-min 1
-A FORWARD -m liteflow --slot app --class a -m liteflow --slot other --score-min 3 -j LITEFLOW --slot third --drop-class x
-A FORWARD -j LITEFLOW --slot app --save-ct --set-label --mask 0xff --map a:3 b:127 --drop-class c --log --strict
-A FORWARD -m liteflow --slot app ! --class a --score-min 1 --strict
RULES
	rules mangle <"$tmp/given"
	saved mangle >"$tmp/got"
	is "saved as given" "$(diff "$tmp/given" "$tmp/got")" = ""
	# but for times of day, and what the policies have counted meanwhile
	tables() { xt_save | sed '/^#/d; s/^\(:.*\) .*/\1 [0:0]/'; }
	tables >"$tmp/first"
	xt_restore "$tmp/first" || not_ok "restore"
	is "saved, restored, saved: byte for byte" "$(tables | diff "$tmp/first" -)" = ""
	is "three slots, each one attachment" "$(attach '[.[].slot] | sort')" \
		= '["0123456789abcdef.ABCDEF_GHI-jk.","app","other","third"]'
	while read -r rule; do
		# Slow, and the same whatever the family.
		case $KIND$FAMILY in
		legacy4) works eval "xt -t mangle ${rule/-A/-C}" ;;
		nft6) works eval "xt -t mangle ${rule/-A/-D}" ;;
		esac
	done <"$tmp/given"
	[ $KIND$FAMILY = nft6 ] || flush
	is "all gone" "$(saved mangle)" = ""
	until_is '[]' attach .
	# Other words for the same.
	works xt -t mangle -A FORWARD -j LITEFLOW --map a:0x10 --slot app --shift 0 --set-mark \
		--map b:010 c:1:2 --mask 0xffffffff
	works xt -t mangle -A FORWARD -j LITEFLOW --drop-class a --slot app --drop-class b,c \
		--map d:0X1f --set-priority
	works xt -t mangle -A FORWARD -m liteflow --score-min 0.50 --slot app
	is "are saved in ours" "$(saved mangle)" \
		= "-A FORWARD -j LITEFLOW --slot app --set-mark --map a:16 b:10 c:65538
-A FORWARD -j LITEFLOW --slot app --set-priority --map d:31 --drop-class a,b,c
-A FORWARD -m liteflow --slot app --score-min 0.5"
	has "listed" "$(xt -t mangle -nL)" "LITEFLOW slot app set-mark map a:16 b:10 c:65538"
	flush
}

# Counters of each class, of all rules that do the same with it; names that the model does not have.
part_entries() {
	maps() { ctl attach show "$(attach '.[0].id')" | sed -n 's/^maps //p' | paste -sd,; }
	local none=' packets 0 bytes 0' bytes=29
	[ $FAMILY = 4 ] || bytes=49
	model early
	until_is '[]' attach .
	named_rules() {
		rules mangle <<-RULES
			-A FORWARD -p udp -m liteflow --slot app --class mouse,elefant
			-A FORWARD -p udp -j LITEFLOW --slot app --set-mark --map mouse:1 elephant:2
		RULES
	}
	logged "a name that is none" \
		"warning: the map names class elefant, which snapshot early does not have" \
		named_rules
	send 53 5
	is "counted" "$(maps)" = "mouse match packets 3 bytes $((3 * bytes)),\
elefant match$none (the snapshot has no such class),\
mouse target 1 packets 3 bytes $((3 * bytes)),elephant target 2 packets 2 bytes $((2 * bytes))"
	works xt -t mangle -D FORWARD -p udp -m liteflow --slot app --class mouse,elefant
	works xt -t filter -A FORWARD -p udp -j LITEFLOW --slot app --drop-class elephant
	send 53 5
	is "and go on when rules come and go" "$(maps)" \
		= "mouse target 1 packets 6 bytes $((6 * bytes)),\
elephant target 2 packets 4 bytes $((4 * bytes)),\
elephant target drop packets 2 bytes $((2 * bytes))"
	fails '' xt -t mangle -A FORWARD -j LITEFLOW --slot app --drop-class elefant --strict
	logged "strict refuses" \
		"xt_LITEFLOW: the map names class elefant, which snapshot early does not have" \
		xt_quietly -t mangle -A FORWARD -j LITEFLOW --slot app --drop-class elefant --strict
	fails '' xt -t mangle -A FORWARD -m liteflow --slot app --class elefant --strict
	works xt -t mangle -A FORWARD -m liteflow --slot app --class elephant,none --strict
	works xt -t mangle -A FORWARD -j LITEFLOW --slot later --drop-class elefant --strict
	flush
	until_is '[]' attach .
}

# Packets in the kernel's log with what the model said; labels of their connections.
part_logs() {
	model early
	sysctl -qw net.netfilter.nf_log_all_netns=1 2>/dev/null ||
		nsenter -t 1 -n sysctl -qw net.netfilter.nf_log_all_netns=1
	rules mangle <<-RULES
		-A FORWARD -p udp -j LITEFLOW --slot app --set-label --map mouse:3 elephant:100 --log
	RULES
	nft -f - <<-END
		table inet labels {
			chain c {
				type filter hook postrouting priority 300
				ct label 3 counter
				ct label 100 counter
			}
		}
	END
	sleep 1.1
	dmesg -C
	send 53 5
	is "each is logged" "$(dmesg | grep -c 'liteflow app: class .* IN=ra OUT=rb .*PROTO=UDP')" \
		= 5
	is "with its class" "$(dmesg |
		grep -c 'liteflow app: class mouse score [0-9]* flow [0-9]* IN=ra')" = 3
	is "and labelled" "$(nft -j list table inet labels |
		jq -c '[.. | .counter? // empty | .packets]')" = "[3,2]"
	nft delete table inet labels
	flush
}

# Wrong words: one sentence each, exit status 2, and nothing changes.
part_refusals() {
	local args text out rc before
	xt -t mangle -A FORWARD -m liteflow --slot app --class a -j LITEFLOW --slot app --set-mark
	# Looking at a table makes it.
	xt -t nat -S >/dev/null; xt -t raw -S >/dev/null
	before=$(xt_save | grep -v '^#')
	while IFS='|' read -r args text; do
		case $args in
		-t* | --t*) set -- -A PREROUTING ;;
		-A* | -I*) set -- -t mangle ;;
		*) set -- -t mangle -A FORWARD ;;
		esac
		# shellcheck disable=SC2086
		out=$(xt "$@" $args 2>&1)
		rc=$?
		text=${text# }
		if [ $rc = 2 ] && [[ $out == *"$text"* ]]; then
			ok "$args"
		else
			not_ok "$args: wanted 2 and $text" "$rc $out"
		fi
	done <<'ROWS'
-t nat -j LITEFLOW --slot a --set-mark | LITEFLOW: the nat table sees only the first packet of a connection: use the mangle table
-tnat -m liteflow --slot a --class b | liteflow: the nat table sees only the first packet
--table=nat -j LITEFLOW --slot a --set-mark | LITEFLOW: the nat table sees only the first packet
-t raw -j LITEFLOW --slot a --save-ct | LITEFLOW: --save-ct: the raw table precedes connection tracking
-A PREROUTING -j LITEFLOW --slot a --set-priority | LITEFLOW: --set-priority: IPv4 forwarding overwrites a priority set in PREROUTING
-I INPUT -j LITEFLOW --set-priority --slot a | LITEFLOW: --set-priority: IPv4 forwarding overwrites a priority set in INPUT
-j LITEFLOW | LITEFLOW: --slot is missing
-j LITEFLOW --slot | option "--slot" requires an argument
-j LITEFLOW --slot a | LITEFLOW: nothing to do: give --set-mark, --set-priority, --save-ct, --set-label or --drop-class
-j LITEFLOW --slot a/b --set-mark | LITEFLOW: --slot is 1 to 31 of A-Z a-z 0-9 . _ -, not "a/b"
-j LITEFLOW --slot 0123456789abcdef0123456789abcdef --set-mark | LITEFLOW: --slot is 1 to 31 of A-Z
-j LITEFLOW --slot a --slot b --set-mark | LITEFLOW: --slot is given twice
-j LITEFLOW ! --slot a --set-mark | LITEFLOW: --slot cannot be inverted
-j LITEFLOW --slot a --set-mark --set-mark | LITEFLOW: --set-mark is given twice
-j LITEFLOW --slot a --set-mark --mask 0 | LITEFLOW: --mask is 1 to 0xffffffff, not "0"
-j LITEFLOW --slot a --set-mark --mask 0x100000000 | LITEFLOW: --mask is 1 to 0xffffffff, not "0x100000000"
-j LITEFLOW --slot a --set-mark --mask -1 | LITEFLOW: --mask is 1 to 0xffffffff, not "-1"
-j LITEFLOW --slot a --set-mark --mask 0x | LITEFLOW: --mask is 1 to 0xffffffff, not "0x"
-j LITEFLOW --slot a --set-mark --shift 32 | LITEFLOW: --shift is 0 to 31, not "32"
-j LITEFLOW --slot a --set-mark --shift 1x | LITEFLOW: --shift is 0 to 31, not "1x"
-j LITEFLOW --slot a --set-mark --mask 0xff --shift 8 | LITEFLOW: --mask 0xff has no bit at or above bit 8
-j LITEFLOW --slot a --set-priority --mask 0xff | LITEFLOW: --mask and --shift need --set-mark or --save-ct
-j LITEFLOW --slot a --drop-class x --shift 1 | LITEFLOW: --mask and --shift need --set-mark or --save-ct
-j LITEFLOW --slot a --drop-class x --map y:1 | LITEFLOW: --map goes with --set-mark, --set-priority, --save-ct or --set-label
-j LITEFLOW --slot a --set-mark --map x | LITEFLOW: --map is CLASS:VALUE ..., not "x"
-j LITEFLOW --slot a --set-mark --map x: | LITEFLOW: a value of --map is a number up to 4294967295 or MAJOR:MINOR, not ""
-j LITEFLOW --slot a --set-mark --map x:y | MAJOR:MINOR, not "y"
-j LITEFLOW --slot a --set-mark --map x:4294967296 | MAJOR:MINOR, not "4294967296"
-j LITEFLOW --slot a --set-mark --map x:10000:1 | MAJOR:MINOR, not "10000:1"
-j LITEFLOW --slot a --set-mark --map x:1:1: | MAJOR:MINOR, not "1:1:"
-j LITEFLOW --slot a --set-mark --map :1 | LITEFLOW: a class of --map is 1 to 31 of A-Z a-z 0-9 . _ -, not ""
-j LITEFLOW --slot a --set-mark --map a+b:1 | LITEFLOW: a class of --map is 1 to 31 of A-Z
-j LITEFLOW --slot a --set-mark --map x:1 x:2 | LITEFLOW: class x is named twice
-j LITEFLOW --slot a --set-mark --map x:1 --drop-class x | LITEFLOW: class x is named twice
-j LITEFLOW --slot a --set-mark --mask 0xff --map x:256 | LITEFLOW: value 256 of class x does not fit --mask 0xff --shift 0
-j LITEFLOW --slot a --set-mark --shift 4 --map x:0x10000000 | does not fit --mask 0xffffffff --shift 4
-j LITEFLOW --slot a --drop-class x, | LITEFLOW: a class of --drop-class is 1 to 31 of A-Z
-j LITEFLOW --slot a --drop-class 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32 | at most 32 classes
-j LITEFLOW --slot a --set-mark stray | Bad argument `stray'
-j LITEFLOW --slot a --set-mark --frobnicate | unknown option "--frobnicate"
-m liteflow | liteflow: --slot is missing
-m liteflow --class a | liteflow: --slot is missing
-m liteflow --slot a | liteflow: nothing to match: give --class, --score-min or --confidence-min
-m liteflow ! --slot a --class b | liteflow: --slot cannot be inverted
-m liteflow --slot ä --class b | liteflow: --slot is 1 to 31 of A-Z
-m liteflow --slot a --class b --class c | liteflow: --class is given twice
-m liteflow --slot a --class b,b | liteflow: class b is named twice
-m liteflow --slot a --class b,,c | liteflow: a class of --class is 1 to 31 of A-Z
-m liteflow --slot a --class 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32 | at most 32 classes
-m liteflow --slot a --score-min x | liteflow: --score-min is a number with up to six decimals, not "x"
-m liteflow --slot a --score-min 1.0000001 | liteflow: --score-min is a number with up to six decimals, not "1.0000001"
-m liteflow --slot a --score-min 9223372036854.775808 | not "9223372036854.775808"
-m liteflow --slot a --score-min 1e3 | not "1e3"
-m liteflow --slot a --confidence-min 0 | liteflow: --confidence-min is 1 to 99 per cent, not "0"
-m liteflow --slot a --confidence-min 100 | liteflow: --confidence-min is 1 to 99 per cent, not "100"
-m liteflow --slot a --confidence-min 50% | not "50%"
ROWS
	out=$(printf '*nat\n-A PREROUTING -j LITEFLOW --slot a --set-mark\nCOMMIT\n' |
		xt_restore 2>&1)
	has "iptables-restore says it too" "$out" "the nat table sees only the first packet"
	is "nothing changed" "$(xt_save | grep -v '^#')" = "$before"
	flush
}

# loads_again PART - a part that loads a module twice: can this kernel?
loads_again() {
	[ "$LF_KERNEL" = uml-debug ] || return 0
	skip "$1: KASAN does not forget where a module was"
	return 1
}

# docs/netfilter.md: on a kernel without the module the other rules load.
part_fallback() {
	local dir
	loads_again fallback || return
	dir=/lib/modules/$(uname -r)/updates
	sed -n '/^cat >rules.v4/,/^iptables-restore --noflush/p' "$top/docs/netfilter.md" |
		sed 's/^iptables-restore/xt_restore/' >"$tmp/words"
	is "the commands of the manual" "$(grep -c ^xt_restore "$tmp/words")" = 2
	cd "$tmp" || return
	for KIND in legacy nft; do
		until_is ok sh -c "rmmod xt_LITEFLOW && echo ok"
		mkdir -p "$dir"
		rm -f "$dir/xt_LITEFLOW.ko"
		depmod 2>/dev/null
		. "$tmp/words" >"$tmp/out" 2>&1
		has "without the module/$KIND" "$(cat "$tmp/out")" "without models"
		is "the other rules hold" "$(saved mangle | wc -l)" = 2
		insmod "$LF_MODULES/nf_hook/xt_LITEFLOW.ko"
		. "$tmp/words" >"$tmp/out" 2>&1
		is "with it all hold" "$(saved mangle | wc -l)" = 3
		xt -t mangle -F
		xt -t mangle -X apps
	done
	cd "$top" || return
	KIND=legacy
}

# Words for packets without a verdict: in the target, where they are dropped or marked, and in the
# match.
part_none() {
	rules mangle <<'RULES'
-A FORWARD -p udp -j LITEFLOW --slot nowhere --set-mark --map none:5 no-snapshot:6
-A FORWARD -m mark --mark 0x5 -m comment --comment marked
-A FORWARD -p udp -m liteflow --slot nowhere --class none -m comment --comment none
-A FORWARD -p udp -m liteflow --slot nowhere --class full,no-slot -m comment --comment reason
-A FORWARD -p udp -m liteflow --slot nowhere ! --class none -m comment --comment not_none
-A FORWARD -p udp -j LITEFLOW --slot nowhere --drop-class busy
-A POSTROUTING -p udp -m comment --comment out
RULES
	is "saved as given" "$(saved mangle | wc -l)" = 7
	send 53 4
	is "no slot" "$(hits mangle marked none reason not_none out)" = "4 4 4 0 4"
	xt -t mangle -A FORWARD -p udp -j LITEFLOW --slot nowhere --drop-class mouse,none
	send 53 3
	is "dropped" "$(hits mangle marked none reason not_none out)" = "7 7 7 0 4"
	model early
	rules mangle <<'RULES'
-A FORWARD -p udp -j LITEFLOW --slot app --set-mark --map full:9
-A FORWARD -m mark --mark 0x2 -m comment --comment elephants
-A FORWARD -p udp -m liteflow --slot app ! --class none -m comment --comment not_none
RULES
	send 53 5
	is "a map of such words alone leaves the classes as they are" \
		"$(hits mangle elephants not_none)" = "2 5"
	flush
}

# Under a VRF a packet passes PREROUTING twice.
part_vrf() {
	local addr
	model early
	ip link add red type vrf table 10
	ip link set red up
	for addr in ra rb; do ip link set $addr master red; done
	[ $FAMILY = 4 ] || {
		ip addr add fd78:1::1/64 dev ra nodad
		ip addr add fd78:2::1/64 dev rb nodad
	}
	sleep 1
	[ $FAMILY = 4 ] && addr=10.78.2.9 || addr=fd78:2::9
	ip neigh replace $addr lladdr "$(ip netns exec lf-b cat /sys/class/net/b0/address)" dev rb
	rules mangle <<'RULES'
-A PREROUTING -p udp -j LITEFLOW --slot app --set-mark --map mouse:1 elephant:2
-A FORWARD -p udp -m mark --mark 0x1 -m comment --comment mice
-A FORWARD -p udp -m mark --mark 0x2 -m comment --comment elephants
RULES
	send 53 5
	is "counted once" "$(attach '.[0] | [.flows_born, (.packets | add)]')" = "[1,5]"
	is "three mice, two elephants" "$(hits mangle mice elephants)" = "3 2"
	flush
	ip link del red
	[ $FAMILY = 4 ] || {
		ip addr add fd78:1::1/64 dev ra nodad
		ip addr add fd78:2::1/64 dev rb nodad
	}
	sleep 1
	for addr in 10.78.2.9 fd78:2::9; do
		ip neigh replace $addr lladdr \
			"$(ip netns exec lf-b cat /sys/class/net/b0/address)" dev rb
	done
}

# What only the kernel can know: the sentence is in its log.
part_kernel_refusals() {
	kernel_refuses() {
		local text=$1; shift
		logged "$*" "$text" xt_quietly "$@"
		[ $status != 0 ] || not_ok "not refused: $*"
	}
	# A chain of the user's may be called from anywhere; legacy tables know from where.
	xt -t mangle -N mine
	if [ $KIND = legacy ]; then
		xt -t mangle -A PREROUTING -j mine
		kernel_refuses "--set-priority: IPv4 forwarding overwrites a priority set in \
PREROUTING or INPUT" \
			-t mangle -A mine -j LITEFLOW --slot app --set-priority
	fi
	xt -t mangle -F
	xt -t mangle -X mine
	ctl slot add tcp
	ctl slot set tcp cc activate >/dev/null
	kernel_refuses \
		"a xt attachment cannot supply feature cc.send_ratio.0, which snapshot cc needs" \
		-t mangle -A FORWARD -j LITEFLOW --slot tcp --set-mark
	ctl slot del tcp
	is "nothing is left of them" "$(attach .)" = "[]"
}

part_verdicts() {
	# mark, in its place
	model early
	rules mangle <<'RULES'
-A FORWARD -p udp -j MARK --set-xmark 0xffff000f/0xffffffff
-A FORWARD -p udp -j LITEFLOW --slot app --set-mark --mask 0xff00 --shift 8 --map mouse:1 elephant:2
-A FORWARD -m mark --mark 0xffff010f -m comment --comment mice
-A FORWARD -m mark --mark 0xffff020f -m comment --comment elephants
RULES
	send 53 5
	is "3 mice, 2 elephants, other bits as they were" "$(hits mangle mice elephants)" = "3 2"
	model late
	send 53 5
	is "another model, whose classes are in another order" "$(hits mangle mice elephants)" \
		= "5 5"

	# no map, a map with gaps, a value that does not fit
	model early
	rules mangle <<'RULES'
-A FORWARD -p udp -j LITEFLOW --slot app --set-mark
-A FORWARD -m mark --mark 0x1 -m comment --comment one
-A FORWARD -m mark --mark 0x2 -m comment --comment two
-A FORWARD -j MARK --set-xmark 0x9
-A FORWARD -p udp -j LITEFLOW --slot app --set-mark --map elephant:7
-A FORWARD -m mark --mark 0x7 -m comment --comment seven
-A FORWARD -m mark --mark 0x9 -m comment --comment nine
RULES
	send 53 5
	is "without a map classes count from 1" "$(hits mangle one two)" = "3 2"
	is "a class that the map leaves out" "$(hits mangle seven nine)" = "2 3"

	# priority
	rules mangle <<'RULES'
-A FORWARD -p udp -j LITEFLOW --slot app --set-priority --map mouse:1:10 elephant:1:20
RULES
	nft -f - <<'RULES'
table inet probe {
	chain c { type filter hook forward priority 200
		meta priority 1:10 counter
		meta priority 1:20 counter
	}
}
RULES
	send 53 5
	is "priorities" "$(nft list table inet probe |
		sed -n 's/.*counter packets \([0-9]*\).*/\1/p' | xargs)" = "3 2"
	nft delete table inet probe

	# connection mark
	rules mangle <<'RULES'
-A FORWARD -p udp -j LITEFLOW --slot app --save-ct --mask 0xf0 --shift 4 --map mouse:1 elephant:2
-A FORWARD -m connmark --mark 0x10/0xf0 -m comment --comment mice
-A FORWARD -m connmark --mark 0x20/0xf0 -m comment --comment elephants
-A FORWARD -m mark ! --mark 0x0 -m comment --comment marked
RULES
	send 53 5
	is "connection marks, and no other" "$(hits mangle mice elephants marked)" = "3 2 0"

	# drop
	rules mangle <<'RULES'
-A FORWARD -p udp -j LITEFLOW --slot app --set-mark --drop-class elephant
-A FORWARD -p udp -m mark --mark 0x1 -m comment --comment passed
-A POSTROUTING -p udp -m comment --comment out
RULES
	send 53 5
	is "elephants are dropped" "$(hits mangle passed out)" = "3 3"
	is "and counted" "$(attach '[.[].dropped]')" = "[2]"

	# values
	model rank
	rules mangle <<'RULES'
-A FORWARD -p udp -j LITEFLOW --slot app --set-mark
-A FORWARD -m mark --mark 0x5 -m comment --comment five
-A FORWARD -m mark --mark 0x32 -m comment --comment fifty
-A FORWARD -j MARK --set-xmark 0x1
-A FORWARD -p udp -j LITEFLOW --slot app --set-mark --mask 0xf
-A FORWARD -m mark --mark 0x1 -m comment --comment untouched
-A FORWARD -p udp -j LITEFLOW --slot app --set-mark --map 10:11 100:12
-A FORWARD -m mark --mark 0xb -m comment --comment eleven
-A FORWARD -m mark --mark 0xc -m comment --comment twelve
RULES
	send 53 2
	send 5353 3
	is "the value itself" "$(hits mangle five fifty)" = "2 3"
	is "one that does not fit the mask sets nothing" "$(hits mangle untouched)" = 3
	is "bounds of values" "$(hits mangle eleven twelve)" = "2 3"
	flush
}

part_matches() {
	rules filter <<'RULES'
-A FORWARD -m liteflow --slot app --class mouse -m comment --comment mouse
-A FORWARD -m liteflow --slot app ! --class mouse -m comment --comment not_mouse
-A FORWARD -m liteflow --slot app --class elephant,mouse -m comment --comment both
-A FORWARD -m liteflow --slot app --class 1 -m comment --comment index
-A FORWARD -m liteflow --slot app --class nobody -m comment --comment nobody
-A FORWARD -m liteflow --slot app --score-min 100 -m comment --comment score
-A FORWARD -m liteflow --slot app --score-min 100.000001 -m comment --comment score_above
-A FORWARD -m liteflow --slot app ! --score-min 100.000001 -m comment --comment score_below
-A FORWARD -m liteflow --slot app --confidence-min 70 -m comment --comment at70
-A FORWARD -m liteflow --slot app --confidence-min 71 -m comment --comment at71
-A FORWARD -m liteflow --slot app ! --confidence-min 71 -m comment --comment below71
-A FORWARD -m liteflow --slot app --confidence-min 95 -m comment --comment at95
-A FORWARD -m liteflow --slot app --confidence-min 96 -m comment --comment at96
-A FORWARD -m liteflow --slot app --class elephant --score-min 1 --confidence-min 50 -m comment --comment all
RULES
	all_hits() { hits filter "$@"; }
	ctl slot del app force
	send 53 5
	is "no slot: nothing matches" "$(all_hits mouse not_mouse score_below below71)" = "0 0 0 0"
	ctl slot add app
	send 53 5
	is "no snapshot: nothing matches" "$(all_hits mouse not_mouse score_below below71)" \
		= "0 0 0 0"
	model early
	send 53 5
	is "classes" "$(all_hits mouse not_mouse both index nobody)" = "3 2 5 2 0"
	is "scores" "$(all_hits score score_above score_below)" = "5 0 5"
	is "all at once" "$(all_hits all)" = 2
	xt -Z
	model votes
	send 53 5
	is "confidence: 70 votes to 30" "$(all_hits at70 at71 below71 at95)" = "5 0 5 0"
	xt -Z
	model logit
	send 53 5
	is "confidence: a margin of 3" "$(all_hits at70 at95 at96)" = "5 5 0"
	xt -Z
	ctl slot set app confidence 96
	send 53 5
	is "the slot asks for more: nothing matches" \
		"$(all_hits mouse not_mouse both at70 below71)" = "0 0 0 0 0"
	ctl slot set app confidence 95
	send 53 5
	is "it asks for as much" "$(all_hits mouse not_mouse)" = "3 2"
	ctl slot set app confidence off
	rules filter <<'RULES'
-A FORWARD -m liteflow --slot app --class 10 -m comment --comment below
-A FORWARD -m liteflow --slot app ! --class 10 -m comment --comment above
-A FORWARD -m liteflow --slot app --score-min 6 -m comment --comment score
-A FORWARD -m liteflow --slot app --confidence-min 1 -m comment --comment confident
RULES
	model rank
	send 53 2
	send 5353 3
	is "values" "$(all_hits below above score confident)" = "2 3 3 0"
	flush
}

# Many rules, one flow table; a packet counts once.
part_shared() {
	local i
	model early
	until_is '[]' attach .
	cat >"$tmp/mangle" <<'RULES'
-A PREROUTING -p udp -j LITEFLOW --slot app --set-mark --map mouse:1 elephant:2
-A FORWARD -p udp -m liteflow --slot app --class mouse -m comment --comment mice
-A POSTROUTING -p udp -m liteflow --slot app --class elephant -m comment --comment elephants
RULES
	rules mangle <"$tmp/mangle"
	rules filter <<'RULES'
-A FORWARD -p udp -m liteflow --slot app --class mouse -m comment --comment mice
-A FORWARD -p udp -m liteflow --slot app --class elephant -m comment --comment elephants
-A FORWARD -p udp -j LITEFLOW --slot app --drop-class nobody
RULES
	is "one attachment" "$(attach '[.[] | [.kind, .label, .slot, .bound]]')" \
		= '[["xt","6 rules","app",true]]'
	send_from 4000 53 2
	is "two packets, whatever the number of rules" \
		"$(attach '.[0] | [.flows_born, (.packets | add)]')" = "[1,2]"
	rules mangle <"$tmp/mangle"
	send_from 4000 53 3
	is "the flow survives the exchange of its table" \
		"$(attach '.[0] | [.flows_born, (.packets | add)]')" = "[1,5]"
	is "3 mice, 2 elephants in the filter table" "$(hits filter mice elephants)" = "3 2"
	is "1 mouse, 2 elephants in the new mangle table" "$(hits mangle mice elephants)" = "1 2"
	send 53 50
	is "packets that follow one another at once count each" \
		"$(attach '.[0] | [.flows_born, (.packets | add)]')" = "[2,55]"
	xt -t filter -F
	xt -t mangle -F
	until_is '[]' attach .

	# A rule set of the usual size.
	for ((i = 0; i < 400; i++)); do
		echo "-A FORWARD -p tcp --dport $i -m liteflow --slot app --class mouse" \
			"-j LITEFLOW --slot app --set-mark"
	done | rules mangle
	is "800 rules, one flow table" "$(attach '.[0] | [.label, .flows_max]')" \
		= '["800 rules",65536]'
	send 53 1
	model late
	flush
	until_is '[]' attach .
}

# A packet that NAT changes in between.
part_nat() {
	model early
	xt -t nat -A PREROUTING -p udp --dport 53 -j DNAT \
		--to-destination "$(there | sed '/:/s/.*/[&]/'):5353"
	rules mangle <<'RULES'
-A PREROUTING -p udp -j LITEFLOW --slot app --set-mark
-A FORWARD -p udp --dport 5353 -m liteflow --slot app --class mouse -m comment --comment mice
-A POSTROUTING -p udp --dport 5353 -m liteflow --slot app --class elephant -m comment --comment elephants
RULES
	send_from 4001 53 5
	is "counted once, before it" "$(attach '.[0] | [.flows_born, (.packets | add)]')" = "[1,5]"
	is "and known behind it" "$(hits mangle mice elephants)" = "3 2"
	xt -t nat -F
	flush
}

# A change of a connection's mark is sent to listeners.
part_events() {
	local pid at
	at=$(there)
	model early
	rules mangle <<'RULES'
-A FORWARD -p udp -j LITEFLOW --slot app --save-ct --map mouse:1 elephant:2
RULES
	conntrack -E -f ipv$FAMILY -p udp -d "$at" >"$tmp/events" 2>/dev/null &
	pid=$!
	sleep 1
	send 53 5
	until_is 1 grep -c 'UPDATE.*mark=2' "$tmp/events"
	is "the new connection has its mark" "$(grep -c 'NEW.*mark=1' "$tmp/events")" = 1
	kill $pid
	wait $pid
	flush
}

# Bridged packets go through the rules where br_netfilter sends them there.
part_bridge() {
	# shellcheck disable=SC2034	# x and y are used by their names
	local x=10.78.8.1/24 y=10.78.8.2/24 to=10.78.8.9 n
	# shellcheck disable=SC2034
	[ $FAMILY = 4 ] || x=fd78:8::1/64 y=fd78:8::2/64 to=fd78:8::9
	model early
	modprobe -q br_netfilter
	ip link add br0 type bridge
	ip link set br0 up
	for n in x y; do
		ip netns add lf-$n
		ip link add ${n}0 netns lf-$n type veth peer name ${n}b netns lf-r
		ip -n lf-$n addr add ${!n} dev ${n}0
		ip -n lf-$n link set ${n}0 up
		ip link set ${n}b master br0 up
	done
	ip -n lf-x neigh add $to lladdr "$(ip netns exec lf-y cat /sys/class/net/y0/address)" dev x0
	sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
	rules mangle <<'RULES'
-A FORWARD -i br0 -o br0 -p udp -j LITEFLOW --slot app --set-mark --map mouse:1 --drop-class elephant
-A FORWARD -m mark --mark 0x1 -m comment --comment mice
-A POSTROUTING -p udp -m comment --comment out
RULES
	until_is 0 sh -c "ip -n lf-x -6 address show tentative | wc -l"
	ip netns exec lf-x bash -c \
		'exec 3<>/dev/udp/$0/53; for i in 1 2 3 4 5; do printf x >&3; done' $to
	is "bridged packets have marks, elephants are dropped" "$(hits mangle mice out)" = "3 3"
	flush
	ip link del br0
	ip netns del lf-x
	ip netns del lf-y
}

# Rules, slots and snapshots go in any order.
part_orders() {
	local order what
	for order in "rule slot" "slot rule" "slot again rule slot" "again slot rule"; do
		ctl slot add gone
		ctl slot set gone early activate >/dev/null
		works xt -t mangle -A FORWARD -p udp -j LITEFLOW --slot gone --set-mark
		works xt -A FORWARD -m liteflow --slot gone --class mouse
		send 53 2
		for what in $order; do
			case $what in
			rule) works xt -t mangle -D FORWARD -p udp -j LITEFLOW --slot gone \
				--set-mark; xt -F ;;
			slot) works ctl slot del gone force ;;
			again) ctl slot del gone force 2>/dev/null; works ctl slot add gone; works \
				ctl slot set gone late activate ;;
			esac
			send 53 2
		done
		ctl slot del gone force >/dev/null 2>&1
	done
	until_is '[]' attach .
}

# A namespace ends with rules and packets in it.
part_namespaces() {
	local i packets
	for i in 1 2 3; do
		ip netns add lf-x
		ip -n lf-x link set lo up
		ip netns exec lf-x "$top/build/bin/lfctl" slot add app
		ip netns exec lf-x "$top/build/bin/lfctl" slot set app early activate >/dev/null
		for KIND in legacy nft; do
			works ip netns exec lf-x bash -c 'multi "$@"' - $KIND iptables -A OUTPUT \
				-m liteflow --slot app --class elephant \
				-j LITEFLOW --slot app --set-mark --save-ct
		done
		ip netns exec lf-x ping -q -f -w 1 127.0.0.1 >/dev/null 2>&1 &
		packets=$!
		sleep 0.$((i * 2))
		[ $i != 3 ] || ip netns exec lf-x "$top/build/bin/lfctl" slot del app force
		ip netns del lf-x
		wait $packets
	done
	KIND=legacy
	until_is 0 sh -c "$top/build/bin/lfctl -j attach list | jq length"
}

# Without the module plugins have help; with it in its place, rules load it; while they are there,
# it stays.
part_modules() {
	local dir
	loads_again modules || return
	dir=/lib/modules/$(uname -r)
	for KIND in legacy nft; do
		has "target's help/$KIND" "$(xt -j LITEFLOW --help 2>&1)" "  --map CLASS:VALUE ..."
		has "match's help/$KIND" "$(xt -m liteflow --help 2>&1)" \
			"[!] --class CLASS[,CLASS...]"
	done
	rule="-t mangle -A FORWARD -j LITEFLOW --slot app --set-mark"
	# shellcheck disable=SC2086
	has "no translation" "$(multi nft iptables-translate $rule 2>&1)" "nft # $rule"
	for KIND in legacy nft; do for FAMILY in 4 6; do
		until_is ok sh -c "{ [ ! -d /sys/module/xt_LITEFLOW ] || rmmod xt_LITEFLOW; } &&
			echo ok"
		mkdir -p "$dir/updates"
		cp "$LF_MODULES/nf_hook/xt_LITEFLOW.ko" "$LF_MODULES/kmod/liteflow.ko" \
			"$dir/updates"
		depmod 2>/dev/null
		works xt -t mangle -A FORWARD -j LITEFLOW --slot app --set-mark
		is "loaded by a target" "$([ -d /sys/module/xt_LITEFLOW ] && echo yes)" = yes
		if rmmod xt_LITEFLOW 2>/dev/null; then
			not_ok "unloaded while in use"
		else
			ok "in use"
		fi
		xt -t mangle -F
		until_is ok sh -c "rmmod xt_LITEFLOW && echo ok"
		works xt -t mangle -A FORWARD -m liteflow --slot app --class a
		is "loaded by a match" "$([ -d /sys/module/xt_LITEFLOW ] && echo yes)" = yes
		xt -t mangle -F
	done; done
	KIND=legacy FAMILY=4
}

# lfctl teardown takes ours away, from every place, and nothing else; iptables works without the
# plugins then.
part_teardown() {
	local prog
	[ "$LF_SUITE" = bookworm ] || {
		skip "teardown: it calls the iptables of the machine"
		return
	}
	modprobe -qa sch_tbf sch_prio sch_fq_codel
	load qdisc/sch_liteflow.ko || { not_ok "sch_liteflow"; return; }
	for KIND in legacy nft; do for FAMILY in 4 6; do
		rules mangle <<'RULES'
:mine - [0:0]
-A FORWARD -p udp -j mine
-A FORWARD -m liteflow --slot app --class mouse -j ACCEPT
-A FORWARD -m comment --comment "say -j LITEFLOW and -m liteflow" -j ACCEPT
-A mine -j LITEFLOW --slot app --set-mark --map mouse:1 elephant:2
-A mine -j MARK --set-xmark 0x1/0x1
-A mine -j LITEFLOW --slot app --set-mark --map mouse:1 elephant:2
RULES
		xt -A INPUT -m liteflow --slot other ! --class a -m comment --comment 'quote " it' \
			-j DROP
		xt -A INPUT -p tcp -j ACCEPT
	done; done
	export TC_LIB_DIR=$top/build/tc
	works tc qdisc add dev ra root handle 1: tbf rate 1gbit burst 100k limit 1m
	works tc qdisc add dev ra parent 1: handle 2: liteflow slot app
	works tc qdisc add dev ra parent 2:1 handle 3: liteflow slot app
	works tc qdisc add dev rb root handle 1: liteflow slot app
	load nf_hook/nf_liteflow.ko || { not_ok "nf_liteflow"; return; }
	works ctl hook add one family inet hook forward priority 10 slot app result 0xff
	works tc -n lf-a qdisc add dev a0 root liteflow slot app
	works "$top/build/bin/lfctl" -n lf-a teardown --dry-run
	has "the dry run says it" "$(ctl teardown --dry-run)" \
		"would remove qdisc liteflow dev rb root"
	has "what it would remove" \
		"$(ctl teardown --dry-run)" \
		'would remove ip6tables-nft -t filter -A INPUT -m liteflow --slot other ! --class '\
'a -m comment --comment "quote \" it" -j DROP'
	is "and does nothing" "$(ctl teardown --dry-run | wc -l | awk '{ print $1 }')" = 19
	is "qdiscs stay" "$(tc qdisc show | grep -c '^qdisc liteflow')" = 3
	is "done" "$(ctl teardown | grep -c ^removed)" = 19
	is "twice is no error" "$(ctl teardown)" = "nothing to remove"
	is "no attachment is left here" "$(attach .)" = "[]"
	is "the shaper stays" "$(tc -j qdisc show dev ra root | jq -r '.[0].kind')" = tbf
	is "one is left elsewhere" "$(ctl -j -n lf-a attach list | jq length)" = 1
	has "until all is said" "$(ctl teardown all)" "lf-a: removed qdisc liteflow dev a0 root"
	is "none is left" "$(ctl -j -n lf-a attach list | jq length)" = 0
	unset TC_LIB_DIR
	for prog in iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do
		out=$(XTABLES_LIBDIR=/usr/lib/x86_64-linux-gnu/xtables "$prog-save" 2>/dev/null)
		is "the other rules of $prog are there, and need no plugin of ours" \
			"$(grep '^-A' <<<"$out" | LC_ALL=C sort)" = \
'-A FORWARD -m comment --comment "say -j LITEFLOW and -m liteflow" -j ACCEPT
-A FORWARD -p udp -j mine
-A INPUT -p tcp -j ACCEPT
-A mine -j MARK --set-xmark 0x1/0x1'
	done
	for KIND in legacy nft; do for FAMILY in 4 6; do flush; xt -t mangle -X; done; done
	KIND=legacy FAMILY=4
	until_is ok sh -c "rmmod nf_liteflow sch_liteflow && echo ok"
}

# make install puts it where iptables finds it without being told; make uninstall leaves an iptables
# that works.
part_install() {
	loads_again install || return
	[ "$LF_SUITE" = bookworm ] || { skip "install: for the iptables of the machine"; return; }
	local dir=/usr/lib/x86_64-linux-gnu/xtables
	(
		unset XTABLES_LIBDIR
		works tools/install install "" /usr/local "$LF_KERNEL"
		works /usr/local/bin/lfctl version
		works iptables-legacy -t mangle -A FORWARD -j LITEFLOW --slot app --set-mark
		works ip6tables-nft -A FORWARD -m liteflow --slot app --class mouse
		has "uninstall unloads the modules" \
			"$(tools/install uninstall "" /usr/local "$LF_KERNEL")" \
			"unloaded xt_LITEFLOW liteflow"
		works iptables-legacy-save
		works ip6tables-nft-save
		is "no file is left" "$(ls $dir/libxt_LITEFLOW.so $dir/libxt_liteflow.so \
			/usr/local/bin/lfctl 2>/dev/null)" = ""
		is "no rule either" "$({ iptables-legacy-save; ip6tables-nft-save; } 2>/dev/null |
			grep -ci liteflow)" = 0
		load kmod/liteflow.ko nf_hook/xt_LITEFLOW.ko || not_ok "loaded again"
		echo "$passed $failed" >"$tmp/counts"
	)
	read -r passed failed <"$tmp/counts"
}

leave() {
	exec {to_sender}>&-
	ip netns del lf-a
	ip netns del lf-b
	until_is ok sh -c "rmmod xt_LITEFLOW && echo ok"
	works rmmod liteflow
	finish
}

parts="words entries logs refusals kernel_refusals fallback verdicts matches none shared vrf nat
	events bridge orders namespaces modules teardown install"
test=setup
setup
# shellcheck disable=SC2048
for p in ${*:-$parts}; do
	test=$p
	echo "--- $p, ${SECONDS} s"
	case $p in
	refusals | fallback | namespaces | modules | teardown | install) "part_$p" ;;
	orders) KIND=legacy FAMILY=6 part_orders; KIND=nft FAMILY=4 part_orders ;;
	*) each_kind "part_$p" ;;
	esac
done
test=end
leave
