#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What shows how LiteFlow does, against the real modules, in a test machine:
#
#	tests/vm/modules uml && tests/vm/run uml tests/lfctl/see.sh
#
#	namespace lf-a                                               namespace lf-b
#	a0 10.78.0.1, qdisc liteflow slot web, hook out of slot web ---- b0 10.78.0.2
#
# see.prom and see.openmetrics are left in $LF_OUT for metrics.sh, which needs more than a test
# machine has.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/lfctl/lib.sh
. tests/lfctl/lib.sh
: "${LF_MODULES:?run me through tests/vm/run}"
lfctl=$top/${LF_LFCTL:-build/bin/lfctl}
export TC_LIB_DIR=$top/build/tc

inside() { ip netns exec lf-a "$@"; }
send() { inside ping -q -i 0.01 -c "$1" -s "$2" 10.78.0.2 >/dev/null; }	# pkt.len is 28 more

# [with=NAME=VALUE] found [-n NETNS] CHECK STATUS TEXT - doctor finds it; the command that fixes it
# is in $fix
found() {
	local where=() o
	[ "$1" != -n ] || { where=(-n "$2"); shift 2; }
	env "${with:-A=a}" "$lfctl" "${where[@]}" -j doctor >doctor.json 2>doctor.err
	o=$(jq -c --arg c "$1" --arg s "$2" --arg t "$3" '
		[.[] | select(.check == $c and .status == $s and (.text | contains($t)))]
		| .[0] // empty' doctor.json)
	fix=$(jq -r '.fix // ""' <<<"$o")
	if [ -n "$o" ]; then
		ok "doctor: $2 $1: $3"
	else
		not_ok "doctor: $2 $1: $3" "$(cat doctor.json doctor.err)"
	fi
}

# fixed_by COMMAND - it is what the last finding says, and works
fixed_by() {
	if [ "$fix" != "$1" ]; then not_ok "the command that fixes it: $1" "$fix"; return; fi
	check "fix: $1" eval "${2:-$1}"
}

build/tests/mksnap "$tmp" || exit 1
cd "$tmp" || exit 1
PATH=$top/build/bin:$PATH

# --- doctor: from a machine without anything

updates=/lib/modules/$(uname -r)/updates
found rights ok CAP_NET_ADMIN
found module fault "there is no liteflow for the running kernel $(uname -r)"
check "doctor: the status" test "$("$lfctl" doctor >/dev/null 2>&1; echo $?)" = 1
mkdir -p "$updates" && cp "$LF_MODULES/kmod/liteflow.ko" "$updates" && depmod -a 2>/dev/null
found module fault "liteflow is not loaded"
check "doctor loads nothing" test ! -e /sys/module/liteflow
fixed_by "modprobe liteflow"
found module ok "liteflow 0."
cp "$LF_MODULES/qdisc/sch_liteflow.ko" "$updates/liteflow.ko" && depmod -a 2>/dev/null
if [ -e /sys/module/liteflow/srcversion ]; then
	found module warning "but another build is installed"
else
	skip "modules have no srcversion here"
fi
rm -r "$updates"; depmod -a 2>/dev/null
echo 0.0.1 >version; mount --bind version /sys/module/liteflow/version
found module fault "liteflow 0.0.1 is loaded, this lfctl is "
umount /sys/module/liteflow/version
mkdir -p /lib/modules/9.9.9-other && touch /lib/modules/9.9.9-other/modules.dep
found kernels warning "kernel 9.9.9-other is installed without liteflow"
check "and which headers it takes" test "${fix%% && *}" \
	= "apt-get install linux-headers-9.9.9-other"
rm -r /lib/modules/9.9.9-other
setpriv --reuid 65534 --regid 65534 --clear-groups "$lfctl" doctor >out 2>&1
check "doctor: without rights" has_line out "fault    rights: without CAP_NET_ADMIN"
check "and how to have them" has_line out "fix: sudo lfctl doctor"
rmmod liteflow

# --- doctor: plugins

found tc ok "finds the plugin"
TC_LIB_DIR=$tmp found tc fault "tc does not find the plugin q_liteflow.so in TC_LIB_DIR=$tmp"
mkdir -p /usr/local/lib/tc && cp "$TC_LIB_DIR/q_liteflow.so" /usr/local/lib/tc/
unset TC_LIB_DIR
found tc fault "tc does not find the plugin q_liteflow.so:"
# Not by find, which opens all of /usr/lib: virtiofsd may have no more than 20,000 files open.
tables=$(ls -d /usr/lib/tc/normal.dist /usr/lib/*/tc/normal.dist 2>/dev/null | head -1)
fixed_by "ln -s /usr/local/lib/tc/q_liteflow.so $(dirname "$tables")/"
found tc ok "finds the plugin"
export TC_LIB_DIR=$top/build/tc
found iptables warning "iptables does not find the extensions"
XTABLES_LIBDIR=$top/build/xtables found iptables ok "finds the extensions"
mkdir none
with=PATH=$tmp/none found tc fault "tc is not installed"
fixed_by "apt-get install iproute2" true

load kmod/liteflow.ko qdisc/sch_liteflow.ko nf_hook/nf_liteflow.ko || {
	not_ok "the modules load"
	finish
}
ip netns add lf-a && ip netns add lf-b
for ns in lf-a lf-b; do ip netns exec $ns sysctl -qw net.ipv6.conf.default.disable_ipv6=1; done
ip link add a0 netns lf-a type veth peer name b0 netns lf-b
ip -n lf-a addr add 10.78.0.1/24 dev a0; ip -n lf-b addr add 10.78.0.2/24 dev b0
ip -n lf-a link set a0 up; ip -n lf-b link set b0 up

# --- metrics

"$lfctl" metrics -o empty.prom
check "metrics: nothing is set up, and the module is there" has_line empty.prom "liteflow_up 1"
check "metrics: no samples of slots" sh -c "! grep -q ^liteflow_slot empty.prom"
expect 0 "" -n lf-a slot add web sample 1
expect 0 "" -n lf-a slot set web split100.lfs activate
check "qdisc" inside tc qdisc add dev a0 root handle 1: liteflow slot web every 1 map small:0 \
	large:2
expect 0 "" -n lf-a hook add out family ip hook output priority 0 slot web every 1 result 0xff \
	map small:mark=1 large:mark=2
send 5 10; send 7 500
"$lfctl" -n lf-a metrics -o "$LF_OUT/see.prom"
"$lfctl" -n lf-a metrics --openmetrics >"$LF_OUT/see.openmetrics"
value() { awk -v s="$1 " 'index($0, s) == 1 { print $NF }' "$LF_OUT/see.prom"; }
at_least() { [ "$(value "$1")" -ge "$2" ] || { grep "${1%%\{*}" "$LF_OUT/see.prom"; return 1; }; }
ns='netns="lf-a"'
check "metrics: inferences" at_least "liteflow_slot_inferences_total{$ns,slot=\"web\"}" 24
check "metrics: classes" at_least \
	"liteflow_slot_class_inferences_total{$ns,slot=\"web\",class=\"large\"}" 14
at="$ns,kind=\"qdisc\",device=\"a0\",label=\"1:\",slot=\"web\""
check "metrics: reasons" at_least \
	"liteflow_attachment_packets_total{$at,reason=\"inferred\"}" 12
check "metrics: bands" at_least "liteflow_band_packets_total{$at,band=\"2\"}" 7
check "metrics: bytes of bands" at_least "liteflow_band_bytes_total{$at,band=\"2\"}" 3500
at="$ns,kind=\"hook\",device=\"\",label=\"out\",slot=\"web\""
check "metrics: bytes of classes of a hook" at_least \
	"liteflow_attachment_class_bytes_total{$at,class=\"large\",action=\"mark=0x2\"}" 3500
at="$ns,slot=\"web\",role=\"active\",snapshot=\"split100\",hash=\"$(hash_of split100)\""
check "metrics: which snapshot" test "$(value "liteflow_slot_snapshot_info{$at}")" = 1
setpriv --reuid 65534 --regid 65534 --clear-groups "$lfctl" metrics >said 2>err
check "metrics take rights" has_line err "this needs CAP_NET_ADMIN over the network namespace"

# --- flows

flows() { "$lfctl" -j -n lf-a flows "$@"; }
flow_is() {
	flows "${@:2}" >flows.json 2>&1
	jq -e "$1" flows.json >/dev/null || { head -c 2000 flows.json; return 1; }
}
check "flows: of both attachments" flow_is 'map(.name) | unique == ["hook out", "qdisc a0 1:"]'
check "flows: ends, counts, verdict, snapshot, age" flow_is \
	'map(select(.name == "qdisc a0 1:" and .class == "large")) | .[0] |
	.src == "10.78.0.1" and .dst == "10.78.0.2" and .proto == 1 and .packets == 7 and
	.bytes == 7 * 528 and
	.snapshot == "split100" and .generation == 1 and .slot == "web" and .age_ms >= .silent_ms'
check "flows class" flow_is 'length == 2 and all(.class == "small")' class small
check "flows class, by its number" flow_is 'length == 2 and all(.class == "large")' class 1
check "flows of no class" flow_is '. == []' class none
check "flows peer" flow_is 'length == 4' peer 10.78.0.2
check "flows peer with a prefix" flow_is 'length == 4' peer 10.78.0.0/23
check "flows of nobody" flow_is '. == []' peer 10.78.0.3
check "of nobody in IPv6" flow_is '. == []' peer fd00::/8
check "flows slot" flow_is '. == []' slot other
id=$("$lfctl" -j -n lf-a attach list | jq '.[] | select(.kind == "qdisc").id')
check "flows attach" flow_is 'length == 2 and all(.name == "qdisc a0 1:")' attach "$id"
flow=$(jq '.[0].id' flows.json)
check "flows attach flow" flow_is "length == 1 and .[0].id == $flow" attach "$id" flow "$flow"
expect 1 "flows: Error: there is no such flow in this network namespace" -n lf-a flows attach \
	"$id" flow 123456
expect 1 "there is no such flow" -n lf-a flows attach 99999 flow 1
expect 0 "10.78.0.1" -n lf-a flows
expect 0 "no flows" -n lf-b flows
expect 0 "no flows" flows
setpriv --reuid 65534 --regid 65534 --clear-groups "$lfctl" flows >said 2>&1
check "flows take rights" has_line said "this needs CAP_NET_ADMIN over the network namespace"
# many messages, and a table that grows meanwhile
inside bash -c 'for p in {1..3000}; do echo >/dev/udp/10.78.0.2/$p; done' 2>/dev/null &
many=$!
while kill -0 $many 2>/dev/null; do
	flows >flows.json 2>&1 || {
		not_ok "flows under traffic" "$(head -c 500 flows.json)"
		break
	}
	jq -e 'map([.attach, .id]) | length == (unique | length)' flows.json >/dev/null ||
		not_ok "a flow comes once"
done
wait $many
n=$("$lfctl" -j -n lf-a attach show "$id" | jq .flows)
is "thousands of flows" "$n" -gt 2000
check "flows: as many as the table has" flow_is "length == $n" attach "$id"
check "the greatest first" jq -e '[.[].bytes] | . == (sort | reverse)' flows.json
inside tc qdisc replace dev a0 root handle 1: liteflow slot web every 1 idle 600s map small:0 \
	large:2

# --- colours, history

"$lfctl" -n lf-a slot list >out; check "no colours in a pipe" sh -c "! grep -q '\[' out"
"$lfctl" -c -n lf-a slot list >out; check "-c: colours" has_line out "$(printf '\033[36mweb')"
"$lfctl" -c -j -n lf-a slot list >out; check "none in JSON" jq -e . out
TERM=xterm script -qc "'$lfctl' -n lf-a slot list" /dev/null >out
check "colours on a terminal" has_line out "$(printf '\033[1mNAME')"
TERM=xterm NO_COLOR=1 script -qc "'$lfctl' -n lf-a slot list" /dev/null >out
check "but not with NO_COLOR" sh -c "! grep -q '\[1m' out"
json 'map([.generation, .snapshot, .state])' '[[1,"split100","active"]]' -n lf-a slot history web
expect 0 "" -n lf-a slot set web split800.lfs activate
expect 0 "" -n lf-a slot set web ports.lfs activate
# its first generation has flows, the second is the one before
json 'map([.generation, .snapshot, .state])' \
	'[[3,"ports","active"],[2,"split800","old"],[1,"split100","old"]]' -n lf-a slot history web
expect 0 "split800" -n lf-a slot history web
h=$(hash_of split100)
expect 0 "" -n lf-a slot rollback web --to "${h:0:10}"
json '[.active.snapshot, .active.generation]' '["split100",4]' -n lf-a slot show web
expect 0 "slot web: snapshot split100 is already active" -n lf-a slot rollback web --to "${h:0:5}"
expect 1 "no snapshot of its history has a hash that begins with ffffffff" -n lf-a slot rollback \
	web --to ffffffff
expect 1 "there is no slot nope" -n lf-a slot rollback nope --to "$h"
expect 0 "" -n lf-a slot add fresh
expect 0 "no generations: nothing has been activated" -n lf-a slot history fresh
json . '[]' -n lf-a slot history fresh
expect 1 "no snapshot of its history" -n lf-a slot rollback fresh --to "$h"
expect 0 "" -n lf-a slot del fresh

# --- top

"$lfctl" -j -n lf-a top -i 0.5 --count 2 >top.json &
pid=$!
send 60 500
wait $pid; check "top -j ends after --count" test $? = 0
check "top -j: an object a line" test "$(jq -c .slots[0].name top.json | wc -l)" = 2
top_has() {
	jq -se "map(.attachments[] | select(.name == \"$1\")) | any($2)" top.json || {
		cat top.json
		return 1
	}
}
check "top -j: verdicts, rates and bands" top_has "qdisc a0 1:" \
	'.verdicts > 5 and .bits > 10000 and .bands[2].bits > 10000 and .drift > 0.9'
check "top -j: classes of a hook" top_has "hook out" \
	'[.classes[] | select(.class == "large" and .bits > 10000 and .action == "mark=0x2")]
	| length == 1'
check "top -j: inferences by class" top_has "hook out" \
	'[.inferences[] | select(.class == "large" and .inferences > 5 and .share > 0.9)]
	| length == 1'
check "top -j: slots" jq -se \
	'any(.slots[0].inferences > 10 and .slots[0].snapshot == "split100" and
	.slots[0].generation == 4)' top.json
check "top -j: the delay of bands" top_has "qdisc a0 1:" \
	'.bands | length > 2 and all(has("delay_ns"))'
if command -v gnuplot >/dev/null; then
	expect 0 "curves from 2 readings" plot top.json -o top.svg
	for text in "inferences by class" small large "outside its calibrated range" web \
		"a0 1: band 2"; do
		check "plot: $text" has_line top.svg "$text"
	done
	expect 0 "curves from 2 readings" plot top.json -o top.png slot web
else
	skip "no gnuplot: lfctl plot"
fi
# A queue: 1 Mbit/s, 12 ms for each packet.
inside_b() { ip netns exec lf-b "$@"; }
check "tbf" inside_b tc qdisc add dev b0 root handle 1: tbf rate 1mbit burst 2k limit 1m
check "qdisc below it" inside_b tc qdisc add dev b0 parent 1: handle 2: liteflow slot ghost
inside_b ping -q -i 0.01 -l 20 -c 20 -s 1400 10.78.0.1 >/dev/null
"$lfctl" -j -n lf-b top -i 0.2 --count 1 >queue.json
check "a queue has a delay, and the greatest is greater" jq -e \
	'.attachments[0].bands
	| map(select(.delay_ns > 0 and .delay_max_ns > .delay_ns)) | length == 1' queue.json
inside_b ping -q -i 0.01 -l 20 -c 60 -s 1400 10.78.0.1 >/dev/null &
pid=$!
"$lfctl" -j -n lf-b top -i 0.5 --count 2 >queue.json
wait $pid
check "half of its packets wait less than p50, hardly any longer than p99" jq -se 'any(.[];
	.attachments[0].bands | any(.delay_p50_ns > 10000000 and .delay_p99_ns >= .delay_p50_ns and
		.delay_p99_ns <= 1.5 * .delay_max_ns))' queue.json
check "a band without packets has no percentile" jq -se \
	'all(.[]; .attachments[0].bands | any(has("delay_p99_ns") | not))' queue.json
inside_b tc qdisc del dev b0 root
"$lfctl" -n lf-a top -i 0.3 --count 1 --sort name >out
check "top without a terminal: a page" has_line out "qdisc a0 1:"
check "in the order that was asked for" test "$(grep -oE '^(hook|qdisc) ' out | tr -d '\n')" \
	= "hook qdisc "
"$lfctl" -n lf-b top -i 0.2 --count 1 >out
check "top: nothing is there" test "$(grep -c '^no ' out)" = 2
"$lfctl" -n lf-a top >out & pid=$!
sleep 0.3; kill -INT $pid; wait $pid; check "top ends well on SIGINT" test $? = 0

# On a terminal, of 100 by 20.
# Each session has a server of its own: one that ends takes the next one's client with it.
screen() { tmux -L "$server" capture-pane -p; }
shows() { screen | grep -qF -- "$1" || { screen; return 1; }; }
marked() {
	# Reverse video, maybe among other attributes: ESC [ 7 m, ESC [ 0 ; 7 m.
	[ "$(tmux -L "$server" capture-pane -p -e | grep -E "$(printf '\033')\[([0-9]+;)*7m" |
		grep -oE "(qdisc|hook) [^ ]+" | head -1)" = "$1" ]
}
keys() { tmux -L "$server" send-keys "$@"; }
if command -v tmux >/dev/null; then
	export LC_ALL=C.UTF-8 server=see
	inside ping -q -i 0.05 -s 500 10.78.0.2 >/dev/null & ping=$!
	tmux -L see -f /dev/null new-session -d -x 130 -y 20 \
		"'$lfctl' -n lf-a top -i 0.3; echo status \$?
		stty -a | grep -o ' -\?icanon'; sleep 100"
	check "top: a screen" until_true shows "qdisc a0 1:"
	check "with its keys" shows "enter details"
	check "and slots" shows "SNAPSHOT"
	check "rates come with the second reading" until_true sh \
		-c "tmux -L see capture-pane -p | grep -E 'hook out .* [1-9][0-9]*\.[0-9] +.*kbit'"
	keys s s s s s
	check "top: s sorts by the next column" until_true shows "by name"
	keys r
	check "r the other way" until_true shows "by name reversed"
	keys r
	check "the mark is on the first" until_true marked "hook out"
	keys Down
	check "down moves it" until_true marked "qdisc a0"
	keys Enter
	check "enter looks into it" until_true shows "BAND"
	check "top: what it maps" shows "MAPS CLASS"
	check "top: and how often" shows "INFERENCES/s"
	keys Escape
	check "escape comes back" until_true shows "enter details"
	tmux -L see resize-window -x 80 -y 10
	check "top: another size" until_true shows "enter details"
	keys Space
	check "space pauses" until_true shows "paused"
	keys q
	check "q ends it" until_true shows "status 0"
	check "and the terminal is as it was" until_true shows " icanon"
	check "top: the screen is as before" sh \
		-c "! tmux -L see capture-pane -p | grep -F 'enter details'"
	tmux -L see kill-server
	server=see2
	tmux -L see2 -f /dev/null new-session \
		-d "TERM=dumb '$lfctl' -n lf-a top -i 0.2 --count 2; echo status \$?; sleep 100"
	check "a terminal that is none has lines" until_true shows "status 0"
	tmux -L see2 kill-server
	kill $ping
else
	skip "no tmux: the screen of top"
fi

# --- doctor: slots and their attachments

found -n lf-a slot ok "web has the active snapshot split100"
found attachments ok "no attachments in this namespace"
expect 0 "" slot add alone
found slot warning "alone has no active snapshot: attachments get no verdict (0 now)"
check "and its fix" test "$fix" = "lfctl slot set alone SNAPSHOT activate"
found snapshots warning "no snapshot is active, and none is installed"
expect 0 "" slot del alone
check "qdisc of a slot that is not there" inside tc qdisc add dev lo root handle 2: liteflow \
	slot ghost
found -n lf-a slot fault "qdisc lo 2: uses slot ghost, which does not exist"
fixed_by "lfctl slot add ghost && lfctl slot set ghost SNAPSHOT activate" \
	"lfctl -n lf-a slot add ghost && lfctl -n lf-a slot set ghost $tmp/split800.lfs"
found -n lf-a slot fault \
	"ghost has no active snapshot, only a standby one: attachments get no verdict (1 now)"
fixed_by "lfctl slot activate ghost" "lfctl -n lf-a slot activate ghost"
found -n lf-a slot ok "ghost has the active snapshot split800"
inside tc qdisc change dev lo root liteflow map nosuch:0 2>/dev/null
found -n lf-a map warning "qdisc lo 2: maps class nosuch, which snapshot split800 does not have"
inside tc qdisc del dev lo root; expect 0 "" -n lf-a slot del ghost
inside ping -q -f -c 1200 -s 500 10.78.0.2 >/dev/null
found -n lf-a drift warning \
	"of the inferences of split100 have an input outside its calibrated range"
check "drift: samples for the next model" test "${fix%% &&*}" = "lfctl slot set web sample 10"

# --- doctor: what takes packets past us

inside nft -f - <<'NFT'
table inet fast {
	flowtable f { hook ingress priority 0; devices = { a0 }; }
}
NFT
found -n lf-a flowtable warning \
	"connections in a flow table bypass hooks and rules after a few packets"
inside nft flush ruleset
if ip -n lf-a link add v0 type vrf table 7 2>/dev/null; then
	ip -n lf-a link set v0 up
	inside tc qdisc add dev v0 root handle 7: liteflow slot web
	found -n lf-a vrf warning "the qdisc of VRF v0 sees what this machine sends into it"
	ip -n lf-a link del v0
else
	skip "no VRF here"
fi
ip -n lf-a link add br0 type bridge
inside sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null
found -n lf-a bridge warning "packets that br0 forwards bypass hooks and rules"
if inside sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null; then
	"$lfctl" -n lf-a doctor >out
	check "with br_netfilter they do" sh -c "! grep br0 out"
fi
ip -n lf-a link del br0
mkdir fake
cat >fake/ethtool <<'END'
#!/bin/sh
printf 'Features for %s:\nlarge-receive-offload: on\nhw-tc-offload: on\n' "$2"
END
cat >fake/tc <<END
#!/bin/sh
if [ "\$1" = filter ]; then
	printf 'filter protocol ip pref 1 flower\n  skip_sw\n  in_hw in_hw_count 1\n'
	exit
fi
exec $(command -v tc) "\$@"
END
chmod +x fake/*
with=PATH=$tmp/fake:$PATH found -n lf-a offload warning "a0 merges packets in hardware (LRO)"
check "LRO: the fix" test "$fix" = "ethtool -K a0 lro off"
with=PATH=$tmp/fake:$PATH found -n lf-a offload warning "a0 has filters in hardware"
sysctl -qw net.netfilter.nf_log_all_netns=0
expect 0 "" -n lf-a hook change out map small:mark=1,log large:mark=2
found -n lf-a sysctl warning "hook out cannot log in a network namespace"
fixed_by "sysctl -w net.netfilter.nf_log_all_netns=1"
"$lfctl" -n lf-a doctor >out
check "then it may" sh -c "! grep nf_log out"

# --- doctor: liteflow.conf

mkdir -p /etc/liteflow; cp split100.lfs /etc/liteflow/
"$lfctl" -n lf-a save >/etc/liteflow/lf-a.conf 2>/dev/null
found -n lf-a conf ok "the configuration matches /etc/liteflow/lf-a.conf"
inside tc qdisc replace dev a0 root handle 3: pfifo
found -n lf-a qdisc fault "a0 has pfifo at root, where /etc/liteflow/lf-a.conf says liteflow"
fixed_by "lfctl apply /etc/liteflow/lf-a.conf" "lfctl -n lf-a apply /etc/liteflow/lf-a.conf"
found -n lf-a conf ok "the configuration matches"
expect 0 "" -n lf-a slot set web sample 9
found -n lf-a conf warning "the configuration differs from /etc/liteflow/lf-a.conf in [slot web]"
echo "nonsense" >>/etc/liteflow/lf-a.conf
found -n lf-a conf fault "/etc/liteflow/lf-a.conf: lfctl: "
rm /etc/liteflow/lf-a.conf

# --- the end

ip netns del lf-a; ip netns del lf-b
finish
