#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The core in a test machine: snapshots, slots, generations, flows, samples, privileges, ends.
#
#	tests/vm/modules uml && tests/vm/run uml tests/netns/core.sh
#
#	namespace lf-c
#	d0 (dummy) 10.77.0.1/24, qdisc liteflow slot web ---> packets end here
#
# Models are single decisions (core_snap.c), so that every verdict is known beforehand.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
export TC_LIB_DIR=$top/build/tc

ctl() { "$top/build/bin/lfctl" "$@"; }
nl() { "$top/build/tests/core-nl" "$@"; }

modprobe -qa dummy veth
load kmod/liteflow.ko || { not_ok "liteflow.ko loads"; finish; }
snap() { "$top/build/tests/core-snap" "$tmp/$1.lfs" "$@"; }
snap early class flow.packets 3 mouse elephant
snap late class flow.packets 3 elephant mouse
snap third class flow.packets 2 mouse elephant
snap unknown class x0 2 mouse elephant
snap cc class cc.send_ratio.0 2 mouse elephant
snap size value pkt.dport 1000 bytes 500 5000
snap votes class flow.packets 3 mouse elephant 70 30
snap logit class flow.packets 3 mouse elephant 2 -1
snap dear dear flow.packets 1024 16
snap wide wide flow.packets
cd "$tmp" || exit 1

# --- snapshots: pieces and sentences

len=$(stat -c %s early.lfs)
head -c 300 early.lfs >p1
tail -c +301 early.lfs >p2
has "out of order" "$(nl piece "$len" 0 p1 "$len" 301 p2)" \
	"the piece at offset 301 is out of order: offset 300 is next"
has "no beginning" "$(nl piece "$len" 300 p2)" \
	"no upload is in progress on this socket: start at offset 0"
has "length changes" "$(nl piece "$len" 0 p1 1000 300 p2)" \
	"the length changed from $len to 1000 bytes within the upload"
has "past the end" "$(nl piece "$len" 0 p1 "$len" 300 early.lfs)" \
	"a piece has 1 to 32768 bytes and ends within the file"
has "too short" "$(nl piece 10 0 p1)" "a snapshot has 192 to 4194304 bytes, not 10"
has "too long" "$(nl piece 4194305 0 p1)" "a snapshot has 192 to 4194304 bytes, not 4194305"
has "an error ends the upload" "$(nl piece "$len" 0 p1 "$len" 301 p2 "$len" 300 p2)" \
	"no upload is in progress"
is "16 uploads at once" "$(nl many 17 p1)" = "16 16 uploads are in progress, the maximum"
is "closed sockets leave none" "$(nl piece "$len" 0 p1 "$len" 300 p2)" = "ok "
is "it is there" "$(ctl -j snapshot list | jq -r '.[].name')" = "early"
cp early.lfs broken.lfs
printf '\1' | dd of=broken.lfs bs=1 seek=400 conv=notrunc status=none
has "a broken file" "$(nl piece "$len" 0 broken.lfs)" "Invalid argument"
works ctl snapshot load early.lfs late.lfs third.lfs unknown.lfs cc.lfs size.lfs
is "loading twice changes nothing" "$(ctl -j snapshot list | jq length)" = 6
sed 's/early/other/' early.lfs >renamed.lfs
has "a checksum covers the name" "$(nl piece "$len" 0 renamed.lfs)" "Invalid argument"

# --- slots: sentences

works ctl slot add web
fails "slot web exists already" ctl slot add web
fails "there is no slot nowhere" ctl slot activate nowhere
fails "has no standby snapshot: install one" ctl slot activate web
fails "has no earlier snapshot to roll back to" ctl slot rollback web
fails "input x0 is not a feature: build the snapshot with lfgen --features" ctl slot set web unknown
works ctl slot set web early
fails "snapshot early is in use" ctl snapshot del early
works ctl slot del web
works ctl snapshot del early unknown
works ctl snapshot load early.lfs
for i in $(seq 64); do ctl slot add "s$i" || break; done
fails "a network namespace has at most 64 slots" ctl slot add s65
is "a dump of all slots" "$(nl dump 9)" = 64
for i in $(seq 64); do ctl slot del "s$i" || break; done
is "a dump of all features" "$(nl dump 2)" = "$(ctl -j feature list | jq length)"
is "random requests" "$(nl fuzz 600 1)" = "ok"
for s in $(ctl -j slot list | jq -r '.[].name'); do ctl slot del "$s" force; done

# --- slots: the time of an inference

snapshot() { ctl -j snapshot show "$1" | jq ".$2"; }
options() { ctl slot show web | sed -n 's/^options  //p'; }
works ctl snapshot load dear.lfs
works ctl slot add web
is "a budget from the start" "$(options)" = "pin flow, sample off, budget 10.0 us"
# one feature, 1024 * 16 comparisons and 1024 leaves' rows in memory that no cache holds
is "estimated" "$(snapshot dear ns)" = 37584
is "and measured" "$(snapshot dear 'measured_ns > 0')" = true
fails "snapshot dear takes about 37584 ns (measured: $(snapshot dear measured_ns)), but slot web \
has a budget of 10000 ns" ctl slot set web dear
fails "budget of 10000 ns" ctl slot set web dear activate
is "nothing has changed" "$(ctl -j slot show web | jq -r '"\(.active) \(.standby)"')" = "null null"
works ctl slot set web dear budget 50us activate
is "budget" "$(options)" = "pin flow, sample off, budget 50.0 us"
fails "the slot's snapshot dear takes about 37584 ns, more than a budget of 2000 ns" ctl \
	slot set web budget 2us pin none
is "nothing has changed" "$(options)" = "pin flow, sample off, budget 50.0 us"
works ctl slot set web budget none
works ctl slot set web third activate
fails "the slot's snapshot dear" ctl slot set web budget 2us
works ctl slot del web
works ctl slot add web budget 4ns
fails "slot web has a budget of 4 ns" ctl slot set web third
works ctl slot del web
admin="needs CAP_NET_ADMIN in the initial user namespace"
fails "$admin" unshare -r -n "$top/build/bin/lfctl" slot add mine budget none
fails "$admin" unshare -r -n "$top/build/bin/lfctl" slot add mine budget 11us
works unshare -r -n "$top/build/bin/lfctl" slot add mine budget 10us
until_is 0 sh -c "$top/build/bin/lfctl -j snapshot show dear | jq .users"
works ctl snapshot del dear

# --- the largest nets

works ctl snapshot load wide.lfs
is "wide: outputs, multiply-accumulates" \
	"$(ctl -j snapshot show wide | jq -r '"\(.outputs | length) \(.macs)"')" = "64 209920"
works ctl slot add web
fails "snapshot wide takes about" ctl slot set web wide
works ctl slot set web budget none
for last in third wide third wide; do works ctl slot set web $last activate; done
is "wide: counts of all classes" "$(ctl -j slot show web | jq '.active.classes | length')" = 64
works ctl slot del web
until_is 0 sh -c "$top/build/bin/lfctl -j snapshot show wide | jq .users"

# --- privileges

user() { unshare -r -n "$@"; }
fails "Operation not permitted" user "$top/build/bin/lfctl" snapshot load third.lfs
fails "Operation not permitted" user "$top/build/bin/lfctl" snapshot del third
works user "$top/build/bin/lfctl" slot add mine
works user sh -c "$top/build/bin/lfctl slot add mine &&
	$top/build/bin/lfctl slot set mine third activate"
nobody() { setpriv --reuid 65534 --clear-groups -- "$@"; }
fails "Operation not permitted" nobody "$top/build/bin/lfctl" slot add mine
works nobody "$top/build/bin/lfctl" feature list
fails "Operation not permitted" nobody "$top/build/bin/lfctl" slot list
fails "Operation not permitted" nobody "$top/build/bin/lfctl" snapshot list
fails "Operation not permitted" nobody "$top/build/bin/lfctl" attach list
is "a user sees the snapshots that he uses" "$(user sh -c "
	$top/build/bin/lfctl -j snapshot list
	$top/build/bin/lfctl slot add mine && $top/build/bin/lfctl slot set mine third
	$top/build/bin/lfctl -j snapshot list" |
	jq -c '[.[].name]' | tr '\n' ' ')" = '[] ["third"] '
fails "" nobody "$top/build/tests/core-nl" listen 0.1
until_is 0 sh -c "$top/build/bin/lfctl -j snapshot list | jq '[.[].users] | add'"

# --- traffic

leave() {
	cd "$top" || exit 1
	ip netns del lf-c 2>/dev/null
	[ ! -d /sys/module/sch_liteflow ] || until_is ok sh -c "rmmod sch_liteflow && echo ok"
	works rmmod liteflow
	finish
}

if ! [ -e "$LF_MODULES/qdisc/sch_liteflow.ko" ] || ! [ -e "$TC_LIB_DIR/q_liteflow.so" ]; then
	skip "traffic: no qdisc"
	leave
fi
load qdisc/sch_liteflow.ko || exit 1
ip netns add lf-c
in_ns() { ip netns exec lf-c "$@"; }
c() { in_ns "$top/build/bin/lfctl" "$@"; }
in_ns sh -c "ip link set lo up; ip link add d0 type dummy
	ip addr add 10.77.0.1/24 dev d0; ip link set d0 up
	ip neigh add 10.77.0.2 lladdr 02:00:00:00:00:02 dev d0
	sysctl -qw net.ipv6.conf.d0.disable_ipv6=1"
# udp SPORT DPORT PACKETS [BYTES]: one flow
udp() { in_ns "$top/build/tests/core-nl" udp "$1" "$3" "${4:-72}" 10.77.0.2 "$2"; }
tcq() { in_ns tc "$@"; }
attach() { c -j attach list | jq -c ".[0]$1"; }
reason() { attach ".packets[\"$1\"]"; }
slot() { c -j slot show web | jq -c "if type == \"array\" then .[0] else . end | $1"; }
# bands: packets that each class sent
bands() { tcq -s class show dev d0 | awk '/ Sent /{ printf "%s%d", n++ ? " " : "", $4 }'; }

fails "idle must be 100 to 3600000 ms, not 3601000" tcq qdisc add dev d0 root liteflow \
	slot web idle 3601s
works tcq qdisc add dev d0 root handle 1: liteflow slot web bands 3 map mouse:0 elephant:1 phases \
	1,4,6 idle 3600s
udp 1000 53 3
is "no slot: no verdict" "$(reason no-slot)" = 3
works c slot add web
udp 1000 53 2
is "no snapshot: no verdict" "$(reason no-snapshot)" = 2
fails "a qdisc attachment cannot supply feature cc.send_ratio.0, which snapshot cc needs" c \
	slot set web cc
works c slot set web early activate
udp 2000 53 7
is "the model ran at packets 1, 4 and 6" "$(reason inferred)" = 3
is "and was remembered in between" "$(reason cached)" = 4
is "1 for 3 packets a mouse, then an elephant" "$(slot '[.active.classes[].count]')" = "[1,2]"
is "the flow is held" "$(slot .active.flows)" = 1

# A swap: the flow that lives keeps its snapshot, a new one gets the new one, and both their own
# action.
works c slot set web late activate
udp 2000 53 5
is "the old flow stays with generation 1" "$(slot '[.old[0].generation, .old[0].verdicts]')" \
	= "[1,12]"
udp 2001 53 5
is "a new flow goes to generation 2" \
	"$(slot '[.active.generation, .active.verdicts, .active.flows]')" = "[2,5,1]"
works c slot set web pin none
udp 2000 53 5
is "pin none moves the old flow at its next packet" "$(slot '[.active.verdicts, .active.flows]')" \
	= "[10,2]"
until_is 0 slot '.old[0].flows'
works c slot set web pin flow
works c slot rollback web
is "roll back brings generation 1 back" "$(slot '[.active.generation, .old[0].generation]')" \
	= "[1,2]"
udp 2000 53 1
is "flows of the other generation stay with it" "$(slot '.old[0].flows')" = 2

# More generations than there is room for, each held by a flow.
port=3000
for s in early late third early late third; do
	c slot set web $s activate || break
	udp $port 53 1
	port=$((port + 1))
done
is "four generations" "$(slot '1 + (.old | length)')" = 4
is "the oldest gave their flows up" "$(slot '.forced')" = 4
udp 2000 53 1
udp 3000 53 1
is "which go on with the active one" "$(slot '.active.flows')" = 3
fails "slot web has 1 attachment: delete them first, or use force" c slot del web

# Another slot, under the same flows.
works c slot add other
works c slot set other early activate
works tcq qdisc change dev d0 root liteflow slot other
is "bound elsewhere" "$(attach .slot)" = '"other"'
is "the old slot has no attachment and no flows" "$(slot '[.attachments, .active.flows]')" = "[0,0]"
udp 2000 53 1
works tcq qdisc change dev d0 root liteflow slot web
until_is 1 slot '.old | length'
works c slot del other

# Remaining bytes: 500 in all for ports up to 1000, 5000 above; a packet has 100.
works tcq qdisc replace dev d0 root handle 1: liteflow slot web bands 3 map 300:0 1000:1 9000:2 \
	default 0
works c slot set web size activate
read -r -a was <<<"$(bands)"
udp 4000 500 5
udp 4001 2000 5
read -r -a now <<<"$(bands)"
is "the less remains the better the band" \
	"$((now[0] - was[0])) $((now[1] - was[1])) $((now[2] - was[2]))" = "4 1 5"
is "values are not counted as classes" "$(slot '.active.classes')" = null
is "ten verdicts" "$(slot '.active.verdicts')" = 10

# --- confidence: below the slot's bound a class is no verdict

fails "confidence is a percentage from 0 to 99, or off, not '100'" c slot set web confidence 100
fails "not '7x'" c slot set web confidence 7x
has "the kernel refuses it, too" "$(in_ns "$top/build/tests/core-nl" confidence web 100)" \
	"a confidence is at most 99 per cent, not 100"
works c slot set web confidence 50%
is "values have none" "$(slot .confidence)" = 50
udp 4002 500 2
is "and are verdicts" "$(slot '.active.verdicts')" = 12
works c snapshot load votes.lfs logit.lfs
works tcq qdisc replace dev d0 root handle 1: liteflow slot web bands 3 \
	map mouse:0 elephant:1 default 2
# sure PERCENT PORT: the bands of five packets of a new flow, three mice and two elephants
sure() {
	read -r -a was <<<"$(bands)"
	c slot set web confidence "$1" || return
	udp "$2" 53 5
	read -r -a now <<<"$(bands)"
	echo "$((now[0] - was[0])) $((now[1] - was[1])) $((now[2] - was[2]))"
}
works c slot set web votes activate
is "70 votes to 30 are 70 %" "$(sure 70 6001)" = "3 2 0"
is "and no more: the default band" "$(sure 71 6002)" = "0 0 5"
is "with their own reason" "$(reason unsure)" = 5
is "the flow is unsure" "$(c -j flows class unsure | jq -r '.[0].class')" = elephant
is "and in no class" "$(c -j flows class elephant | jq length)" = 0
has "and says so" "$(c flows class unsure)" " unsure "
# The flow was born under 71; what counts is the bound of now, for packets that the model is not
# run for, too.
read -r -a was <<<"$(bands)"
works c slot set web confidence off
udp 6002 53 1
read -r -a now <<<"$(bands)"
is "without a bound the same flow has its class" $((now[1] - was[1])) -eq 1
works c slot set web logit activate
is "a margin of 3 is 95.3 %" "$(sure 95 6003)" = "3 2 0"
is "not 96" "$(sure 96 6004)" = "0 0 5"
works tcq qdisc change dev d0 root liteflow map mouse:0 elephant:1 unsure:1
is "the map may say where" "$(sure 96 6005)" = "0 5 0"
works c slot set web votes activate
is "the next snapshot is held to it" "$(sure 71 6006)" = "0 5 0"
is "a model counts what it says, at packets 1 and 4" "$(slot '[.active.classes[].count]')" = "[1,1]"
works c slot set web early activate confidence off

# --- samples and outcomes

works tcq qdisc replace dev d0 root handle 1: liteflow slot web bands 3 map mouse:0 elephant:1 \
	every 1 idle 200ms
works c slot set web early activate
works c slot set web sample 1
udp 5000 53 2
is "nobody listens: nothing is recorded" "$(slot '[.samples, .samples_lost]')" = "[0,0]"
in_ns "$top/build/tests/core-nl" listen 60 >heard &
listener=$!
until_is listening head -n1 heard
udp 5001 53 5
wait $listener
is "every inference is a sample, with what the model read" \
	"$(grep ^sample heard | sed 's/.* x \([0-9]*\) .*/\1/' | xargs)" = "1 2 3 4 5"
is "and its class" "$(grep ^sample heard | sed 's/.* class \([0-9]*\) .*/\1/' | xargs)" \
	= "0 0 0 1 1"
has "one outcome, of the flow that idled" "$(grep ^outcome heard)" \
	"bytes 500 packets 5 retrans 0 class 1 end 1"
is "batches are numbered" "$(sed -n 's/^batch seq \([0-9]*\) .*/\1/p' heard | head -n1)" = "0"

# A ring of three buffers, of 150 samples each with these few numbers, wraps twice.
has "buffers" "$(c slot set web buffers 3 2>&1)" "keeps its 4 buffers until sample is set again"
works c slot set web buffers 3 sample 1
is "are shown" "$(slot .buffers)" = 3
fails "more than 64 buffers per CPU need CAP_NET_ADMIN in the initial user namespace" \
	unshare -r -n "$top/build/bin/lfctl" slot add mine buffers 65
works unshare -r -n "$top/build/bin/lfctl" slot add mine buffers 64
before=$(slot '.samples + .samples_lost')
in_ns "$top/build/tests/core-nl" listen 60 >heard &
listener=$!
until_is listening head -n1 heard
udp 5002 53 1000
wait $listener
is "every sample has its number, sent or lost" $(($(slot '.samples + .samples_lost') - before)) \
	-eq 1001
is "those sent come in order" \
	"$(grep ^sample heard | sed 's/.* x \([0-9]*\) .*/\1/' | sort -n -c 2>&1 && echo yes)" = yes
is "none came twice" "$(grep -c ^sample heard)" -eq \
	"$(grep ^sample heard | sed 's/.* x \([0-9]*\) .*/\1/' | sort -u | wc -l)"
is "hardly any is lost" "$(grep -c ^sample heard)" -gt 500
works c slot set web buffers 4 sample 1

# --- a swap under load: no packet without a verdict

c slot set web sample 0
works tcq qdisc replace dev d0 root handle 1: liteflow slot web bands 3 map mouse:0 elephant:1
c slot set web late activate
swaps=$(slot .swaps)
verdicts=$(attach '.packets | .inferred + .cached')
in_ns "$top/build/tests/core-nl" flood 3 72 10.77.0.2 53 >sent &
load=$!
n=0
while kill -0 $load 2>/dev/null; do
	c slot set web early activate && c slot set web late activate && c slot rollback web &&
		c slot rollback web
	n=$((n + 4))
done
wait $load
is "every activation counted" "$(slot .swaps)" = $((swaps + n))
is "every packet had a verdict" $(($(attach '.packets | .inferred + .cached') - verdicts)) \
	= "$(cat sent)"

# --- ends

works c slot del web force
is "unbound" "$(attach .bound)" = false
udp 2000 53 1
works c slot add web
is "bound again" "$(attach .bound)" = true
works c slot set web early activate
udp 2000 53 5
fails "in use" rmmod liteflow
# A qdisc is deleted, and its slot right after it: the flows' outcomes are still sent.
works tcq qdisc replace dev d0 root handle 1: liteflow slot web bands 3 map mouse:0 elephant:1 \
	every 1 idle 60s
works c slot set web sample 1
in_ns "$top/build/tests/core-nl" listen 60 >heard &
listener=$!
until_is listening head -n1 heard
udp 2001 53 5
works tcq qdisc del dev d0 root
works c slot del web
wait $listener
has "the outcome of a flow whose attachment went" "$(grep ^outcome heard)" \
	"bytes 500 packets 5 retrans 0 class 1 end 3"
works c slot add web
works c slot set web early activate
works tcq qdisc replace dev d0 root handle 1: liteflow slot web bands 3 map mouse:0 elephant:1
udp 2000 53 5
# A net of 64 classes says the last one, in a path of its own for each size of layer.
works c slot set web wide budget none
works c slot activate web
udp 2009 53 1
is "wide: the verdict" "$(slot '.active.classes[63].count')" = 1
# The namespace goes with slots, attachments and flows in it.
ip netns del lf-c
until_is 0 sh -c "$top/build/bin/lfctl -j snapshot list | jq '[.[].users] | add'"
leave
