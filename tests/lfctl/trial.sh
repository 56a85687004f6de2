#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A snapshot on trial: arms of a split, the shadow, the guard, what is counted of outcomes, in a
# test machine:
#
#	tests/vm/modules uml && tests/vm/run uml tests/lfctl/trial.sh
#
# In a namespace of its own: d0, a dummy with qdisc liteflow, slot app. split100 calls packets above
# 100 bytes large, split800 those above 800; both are calibrated for up to 100. Which arm a flow is
# of is computed beside the kernel (trial.py).
set -u
: "${LF_MODULES:?run me through tests/vm/run}"
if [ -z "${LF_INSIDE:-}" ]; then
	ip netns add lf-t
	LF_INSIDE=1 exec ip netns exec lf-t "$0"
fi
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
export TC_LIB_DIR=$top/build/tc


c() { "$top/build/bin/lfctl" "$@"; }
slot() { c -j slot show app | jq -c "$1"; }
# flows WEIGHTS FIRST FLOWS PACKETS BYTES...: flows of each arm
flows() { python3 "$top/tests/lfctl/trial.py" 10.79.0.2 7 "$@"; }

modprobe -qa dummy
load kmod/liteflow.ko qdisc/sch_liteflow.ko || { not_ok "the modules load"; finish; }
build/tests/mksnap "$tmp" || exit 1
cd "$tmp" || exit 1
sh -c "sysctl -qw net.ipv6.conf.default.disable_ipv6=1; ip link set lo up; ip link add d0 type dummy
	ip addr add 10.79.0.1/24 dev d0; ip link set d0 up
	ip neigh add 10.79.0.2 lladdr 02:00:00:00:00:02 dev d0"
qdisc() {
	tc qdisc replace dev d0 root handle 1: liteflow slot app bands 3 map small:0 large:1 \
		guard:2 "$@"
}
unqdisc() { tc qdisc del dev d0 root; }
# band N: packets that it has sent
band() { tc -s class show dev d0 | awk -v n="$1" '/ Sent / && ++i == n { print $4 }'; }

works c snapshot load split100.lfs split800.lfs ports.lfs bytes.lfs
works c slot add app

# --- split: sentences

fails "slot app has no active snapshot" c slot split app active 1
works c slot set app split100 activate
fails "has no standby snapshot: install one" c slot split app standby 1
fails "slot app has no generation 7 any more" c slot split app active 1 7 1
fails "the split names a generation twice" c slot split app active 1 1 1
fails "the weights of a split must add up to 1 to 2147483648, not 0" c slot split app active 0
fails "the weights of a split must add up to 1 to 2147483648, not 4294967294" \
	sh -c "$top/build/bin/lfctl slot set app split800 &&
		$top/build/bin/lfctl slot split app active 2147483647 standby 2147483647"
fails "there is no slot nowhere" c slot split nowhere active 1
works c slot set app split100
fails "the standby snapshot split100 is already active" c slot split app active 1 standby 1
is "nothing has changed" "$(slot '[.active.weight, .active.generation, .standby.generation]')" \
	= '[null,1,null]'

# --- split: newborn flows by weight, kept for life

works qdisc phases 1 idle 600s
works c slot set app split800
works c slot split app active 3 standby 1 seed 7
is "weights" "$(slot '[.active.weight, .standby.weight, .standby.generation, .seed]')" = '[3,1,2,7]'
has "show says it" "$(c slot show app)" "weight 3"
read -r one two <<<"$(flows 3,1 2000 400 1 500)"
is "a quarter of the flows, each where its hash says" \
	"$(slot '[.active.born, .standby.born, .active.flows, .standby.flows]')" \
	= "[$one,$two,$one,$two]"
is "about a quarter" "$([ "$two" -gt 60 ] && [ "$two" -lt 140 ] && echo true || echo "$two")" = true
is "classes are those of each arm's snapshot" \
	"$(slot '[[.active.classes[].count], [.standby.classes[].count]]')" \
	= "[[0,$one],[$two,0]]"
is "and so are bands" "$(band 1) $(band 2)" = "$two $one"
works c slot split app active 1 standby 3
flows 3,1 2000 400 1 500 >/dev/null
is "known flows stay" \
	"$(slot '[.active.born, .standby.born, .active.verdicts, .standby.verdicts]')" \
	= "[$one,$two,$((2 * one)),$((2 * two))]"
flows 1,3 3000 400 1 500 >expected
read -r three four <expected
is "new ones go by the new weights" "$(slot '[.active.born, .standby.born]')" \
	= "[$((one + three)),$((two + four))]"
is "who was with the standby at one of four is at three of four" \
	"$([ "$four" -gt 240 ] && echo true || echo "$four")" = true
works c slot split app active 1 2 0
is "a generation by its number" "$(slot '[.active.weight, .standby.weight]')" = '[1,null]'
works c slot split app off
is "no split" "$(slot '[.active.weight, .standby.weight, .standby.generation]')" = '[null,null,2]'

# --- outcomes of each arm, with nobody listening

unqdisc
until_is "[$((one + three)),$((two + four))]" slot \
	'[.active.terms.bytes.count, .standby.terms.bytes.count]'
is "bytes: packets of 500" "$(slot '[.active.terms.bytes.sum, .standby.terms.bytes.sum]')" \
	= "[$((1000 * one + 500 * three)),$((1000 * two + 500 * four))]"
is "packets: two, and one" \
	"$(slot '[.active.terms.packets.histogram, .standby.terms.packets.histogram]')" \
	= "[[0,$three,$one],[0,$four,$two]]"
is "their variance" \
	"$(slot "(.active.terms.packets | ((.variance -
		$one * $three / ($one + $three) / ($one + $three)) | fabs) < 1e-9)")" \
	= true
is "bytes: 500 is in the bucket of 256 to 511, 1000 in the next" \
	"$(slot '.active.terms.bytes.histogram | "\(.[9]) \(.[10])"' | tr -d '"')" = "$three $one"
is "no retransmissions of packets" "$(slot .active.terms.retrans)" = null
has "show says it" "$(c slot show app)" "packets of $((one + three)): mean 1."
is "lists have no histograms" \
	"$(c -j slot list | jq -c '.[0].active.terms | [.bytes.histogram, (.bytes.count > 0)]')" \
	= '[null,true]'

# --- activation makes the trial active; a split ends

works qdisc phases 1 idle 600s
works c slot split app active 1 standby 1
read -r one two <<<"$(flows 1,1 4000 100 1 500)"
works c slot activate app
is "the same generation" \
	"$(slot '[.active.snapshot, .active.generation, .standby, .active.weight]')" \
	= '["split800",2,null,null]'
is "its flows stay with it" "$(slot .active.flows)" = "$two"
is "the others with theirs" "$(slot '.old[0].flows')" = "$one"
flows 1 5000 50 1 500 >/dev/null
is "newborn ones are the active one's" "$(slot .active.flows)" = $((two + 50))
works c slot rollback app
is "roll back" "$(slot '[.active.snapshot, .active.generation]')" = '["split100",1]'
works c slot set app ports
works c slot split app active 1 standby 1
flows 1 5100 50 1 500 >/dev/null
works c slot set app split800
is "another standby snapshot ends the split" "$(slot '[.active.weight, .standby.generation]')" \
	= '[null,null]'
# four generations at most, and those that are arms are not taken away
works c slot split app active 1 standby 1
flows 1 5200 50 1 500 >/dev/null
works c slot set app bytes
is "active, before, and two that flows hold" \
	"$(slot '[.active.generation, (.old[].generation)] | sort')" = '[1,2,3,4]'
fails "a slot has at most 4 generations, all still in use by flows or arms" \
	c slot split app active 1 3 1 4 1 standby 1
works c slot activate app
is "an activation takes a place of theirs" "$(slot .active.snapshot)" = '"bytes"'
unqdisc
works c slot del app

# --- shadow

works c slot add app shadow 1
works c slot set app split100 activate
works qdisc every 1 idle 600s
is "nothing runs beside it yet" "$(slot '[.shadow, .shadowed.running]')" = '[1,false]'
works c slot set app split800
flows 1 2000 20 1 50 >/dev/null
flows 1 2100 30 1 500 >/dev/null
flows 1 2200 40 1 900 >/dev/null
is "agreement" "$(slot '.shadowed | [.running, .runs, .agreed]')" = '[true,90,60]'
is "outputs 3, -2 and -1, 5: 4 and 7 apart in a third" \
	"$(slot '.shadowed.differences | map([(.mean * 3 + 0.001 | floor), .greatest])')" \
	= '[[4,4],[7,7]]'
is "it serves nobody" "$(slot '[.active.inferences, .standby.inferences]')" = '[90,null]'
has "show says it" "$(c slot show app)" "shadow   1/1, runs 90, agreed 60"
works c slot set app shadow 10
flows 1 2300 100 1 50 >/dev/null
is "one of ten" "$(slot '.shadowed | [.runs, .agreed]')" = '[100,70]'
works c slot set app bytes
is "another meaning cannot be compared" "$(slot .shadowed.running)" = false
works c slot set app split800
is "another pair is counted anew" "$(slot '.shadowed | [.running, .runs]')" = '[true,0]'
works c slot set app shadow off
is "off" "$(slot '[.shadow, .shadowed]')" = '[0,null]'

# --- guard: sentences

fails "window is a time from 100ms to 60s" c slot guard app drift 1% window 99ms
fails "there is no slot nowhere" c slot guard nowhere drift 1%
fails "a guard has one limit at least" c slot guard app window 1s

# --- guard: shares

"$top/build/bin/lfctl" -j monitor app >events 2>&1 & monitor=$!
sleep 0.5
works c slot guard app drift 50% window 100ms least 200
has "show says it" "$(c slot show app)" "guard    drift 50%, window 100ms, least 200, to before"
flows 1 2400 200 1 90 >/dev/null
flows 1 2700 49 1 500 >/dev/null
sleep 0.5
is "few are not judged" "$(slot '[.active.snapshot, .trip]')" = '["split100",null]'
works c slot activate app
is "split800 serves" "$(slot '[.active.snapshot, [.old[] | select(.stopped)]]')" = '["split800",[]]'
flows 1 2800 200 1 500 >/dev/null
until_is '"split100"' slot .active.snapshot
is "what was found" "$(slot '.trip | [.limit, .measured, .bound, .count, .generation]')" \
	= '["drift",1000000,500000,200,2]'
is "the other is the one before, and stopped" "$(slot '.old[0] | [.snapshot, .stopped]')" \
	= '["split800",true]'
has "show says it" "$(c slot show app)" \
	"stopped  generation 2 by drift, 100% of 200 inferences, allowed 50%"
flows 1 2800 200 1 50 >/dev/null
is "flows that it had go to the one that serves" "$(slot '.old[0].flows // 0')" = 0
until_is 1 sh -c "grep -c '\"event\":\"guard\"' events"
is "the event says which limit with what numbers" \
	"$(grep '"guard"' events |
		jq -c '[.snapshot, .generation, (.trip | .limit, .measured, .bound, .count)]')" \
	= '["split100",1,"drift",1000000,500000,200]'
kill $monitor; wait $monitor
sleep 0.5
is "it stays so" "$(slot .active.snapshot)" = '"split100"'
works c slot set app split800
works c slot activate app
is "a command brings it back" "$(slot '[.trip, .active.snapshot, .active.stopped]')" \
	= '[null,"split800",false]'

# --- guard: verdict none

works c slot guard app class 60% window 100ms least 200 to none
before=$(band 3)
flows 1 6000 200 1 50 >/dev/null
until_is null slot .active
is "what was found" "$(slot '.trip | [.limit, .class, .measured]')" = '["class",0,1000000]'
flows 1 6300 30 1 50 >/dev/null
is "reason guard" "$(c -j attach list | jq '.[0].packets.guard')" = 30
is "which the map knows" "$(band 3)" = $((before + 30))
works c slot guard app off
is "without limits nothing comes back" "$(slot '[.active, (.trip != null)]')" = '[null,true]'
works c slot rollback app
is "roll back brings it back" "$(slot '[.active.snapshot, .trip]')" = '["split800",null]'

# --- guard: an arm's outcome

unqdisc
works c slot del app
works c slot add app
works c slot set app split100 activate
works c slot set app split800
works qdisc every 1 idle 100ms
works c slot split app active 1 standby 1 seed 7
works c slot guard app outcome bytes 100 window 100ms least 30
flows 1,1 7000 300 1 500 600 >/dev/null
sleep 2
is "one that is better is not stopped" "$(slot .trip)" = null
works c slot split app active 1 standby 1
flows 1,1 8000 300 1 500 450 >/dev/null
sleep 2
is "nor one that is worse by less than the bound" "$(slot .trip)" = null
works c slot split app active 1 standby 1
flows 1,1 9000 300 1 500 350 >expected
until_is '["outcome",150,100]' slot '.trip | [.limit, .measured, .bound]'
is "its flows are the active one's" "$(slot '[.active.weight // 1, .standby.weight]')" = '[1,null]'
is "it is stopped" "$(slot '[.standby.stopped, .active.stopped]')" = '[true,false]'
# What ends after a new split counts for that.
until_is 0 slot '[.active.flows, .standby.flows] | map(. // 0) | add'
works c slot split app active 1 standby 1
is "a new split lets it serve again" "$(slot '[.standby.stopped, .trip]')" = '[false,null]'
works c slot guard app off
works c slot split app off

# --- guard: limits of one generation

fails "slot app has no generation 9 any more" c slot guard app generation 9 class 60%
fails "generation 2 of slot app does not serve: it cannot have limits of its own" \
	c slot guard app generation 2 class 60%
works c slot guard app class 99.9% outcome packets 9 window 60s least 100000
whole=$(slot .guard)
is "neither has limits of its own" "$(slot '[.active.guard, .standby.guard]')" = '[null,null]'
works c slot split app active 1 standby 1 seed 7
works c slot guard app generation 2 class 60% window 100ms least 100
is "those of one generation" "$(slot '.standby.guard | [.class, .window_ms, .least, .to]')" \
	= '[600000,100,100,"before"]'
is "beside those of all, which are as they were" "$(slot .guard)" = "$whole"
has "show says it" "$(c slot show app)" \
	"         guard class 60%, window 100ms, least 100, to before"
"$top/build/bin/lfctl" -j monitor app >events 2>&1 & monitor=$!
sleep 0.5
flows 1,1 10000 400 1 500 50 >/dev/null
until_is '["class",true,2]' slot '.trip | [.limit, .own, .generation]'
is "the other, which decides for one class as often, serves" \
	"$(slot '[.active.generation, .active.stopped, .active.classes[1].count > 100]')" \
	= '[1,false,true]'
is "the limits have ended with the service" "$(slot '[.standby.stopped, .standby.guard]')" \
	= '[true,null]'
is "those of all have not" "$(slot .guard)" = "$whole"
has "show says whose limit it was" "$(c slot show app)" \
	"stopped  generation 2 by its own class 0, 100% of"
until_is 1 sh -c "grep -c '\"event\":\"guard\"' events"
is "and so does the event" "$(grep '"guard"' events | jq -c '.trip | [.limit, .own]')" \
	= '["class",true]'
kill $monitor; wait $monitor

# A mean of another term than that of the slot's limits, since the split.
until_is 0 slot '[.active.flows, .standby.flows] | map(. // 0) | add'
works c slot split app active 1 standby 1
works c slot guard app generation 2 outcome bytes 100 window 100ms least 30
flows 1,1 11000 300 1 500 350 >/dev/null
until_is '["outcome",true,150,100]' slot '.trip | [.limit, .own, .measured, .bound]'

# own WEIGHTS: a split after which generation 2 has limits
own() {
	works c slot split app active 1 standby 1
	works c slot guard app generation 2 drift 70% saturated 50% least 1000000
}
# owned: generations with limits of their own
owned() { slot '[.active, .standby, .old[]] | map(select(.guard).generation)'; }
own
works c slot split app active 1 standby 3
is "another split keeps them" "$(owned)" = '[2]'
works c slot guard app off
is "off is of the slot's" "$(slot '[.guard, .standby.guard.drift]')" = '[null,700000]'
works c slot guard app class 99.9% outcome packets 9 window 60s least 100000
works c slot guard app generation 2 off
is "or of the generation's" "$(slot .guard) $(owned)" = "$whole []"
own
works c slot split app active 1
is "they end with its weight" "$(owned)" = '[]'
own
works c slot split app off
is "and with the split" "$(owned)" = '[]'
own
works c slot set app bytes
is "and with another standby snapshot" "$(owned)" = '[]'
works c slot set app split800
works c slot split app active 1 standby 1
n=$(slot .standby.generation)
works c slot guard app generation "$n" drift 70%
works c slot activate app
is "activation keeps them" "$(owned)" = "[$n]"
works c slot rollback app
is "they end as another is active" "$(slot .active.generation) $(owned)" = '1 []'
works c slot rollback app
is "and do not come back" "$(slot .active.generation) $(owned)" = "$n []"
works c slot rollback app
is "nothing has changed those of all" "$(slot .guard)" = "$whole"
works c slot guard app off
works c slot set app split800

# --- how long records wait

works c slot set app flush 10ms
is "flush" "$(slot .flush_ms)" = 10
fails "flush is a time from 10ms to 10s" c slot set app flush 9ms

# --- labels of outcomes

cat >label.py <<'PYTHON'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 46 << 2)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 5)
s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 3)
s.bind(("", 12345))
s.connect(("10.79.0.2", 9))
for _ in range(3):
    s.send(bytes(72))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 4)
PYTHON
ct=7 cgroup=0
nft 'table ip t { chain c { type filter hook output priority 0; ct mark set 7; }; }' || ct=0
mkdir cg && mount -t cgroup2 none cg && mkdir cg/lf && cgroup=$(stat -c %i cg/lf)
[ $ct = 7 ] || { skipped=$((skipped + 1)); echo "skip  no connection mark here"; }
[ "$cgroup" != 0 ] || { skipped=$((skipped + 1)); echo "skip  no cgroups here"; }
works c slot set app sample 1
"$top/build/bin/lfctl" record -o samples.csv --outcomes ends.csv app >report 2>&1 & recorder=$!
sleep 1
(
	[ "$cgroup" = 0 ] || echo $BASHPID >cg/lf/cgroup.procs
	python3 label.py
)
until_is 2 sh -c "wc -l <ends.csv"
kill -INT $recorder; wait $recorder
is "labels of the latest packet" "$(cut -d, -f11-15 ends.csv | tr '\n' ' ')" \
	= "mark,ct_mark,priority,dscp,cgroup 4,$ct,5,46,$cgroup "
is "samples have come" "$(($(wc -l <samples.csv) - 1))" = 3
[ "$cgroup" = 0 ] || { rmdir cg/lf; umount cg; }

# --- peers of flows

# SOURCE DESTINATION, one flow of five packets for each pair.
cat >pairs.py <<'PYTHON'
import socket, sys
IP_TRANSPARENT, IPV6_TRANSPARENT = 19, 75
for k, (source, to) in enumerate(zip(sys.argv[1::2], sys.argv[2::2])):
    six = ":" in to
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP,
                 IPV6_TRANSPARENT if six else IP_TRANSPARENT, 1)
    s.bind((source, 20000 + k))
    s.connect((to, 9))
    for _ in range(5):
        s.send(b".")
PYTHON
works unqdisc
sh -c "sysctl -qw net.ipv6.conf.d0.disable_ipv6=0 net.ipv6.conf.d0.addr_gen_mode=1
	ip neigh add 10.79.0.3 lladdr 02:00:00:00:00:03 dev d0
	ip address add fd79::1/48 dev d0 nodad
	for a in fd79::2 fd79::3 fd79:0:0:1::2; do
		ip neigh add \$a lladdr 02:00:00:00:00:02 dev d0
	done"
works qdisc every 1
"$top/build/bin/lfctl" record -o samples.csv --outcomes peers.csv app >report 2>&1 & recorder=$!
sleep 1
works python3 pairs.py 10.79.0.1 10.79.0.2 10.79.0.1 10.79.0.2 10.79.0.1 10.79.0.3 \
	10.80.0.1 10.79.0.2 10.80.0.1 10.79.0.3 10.80.0.2 10.79.0.3 10.79.0.3 10.79.0.2 \
	fd79::1 fd79::2 fd79::1 fd79::3 fd79::1 fd79:0:0:1::2 fd79::3 fd79:0:0:1::2
works unqdisc
until_is 11 sh -c "grep -c '^[^,]*,[^,]*,[^,]*,[^,]*,5,' peers.csv"
kill -INT $recorder; wait $recorder
# By source port, which joins them with their numbers above: the order in which flows began.
is "receivers of what is sent here, else senders; a /64 is one" \
	"$(awk -F, '$5 == 5 { print $9, $16 }' peers.csv | sort -n |
		awk '{ if (!($2 in n)) n[$2] = ++k; printf "%s%d", (NR > 1 ? " " : ""), n[$2] }
			$2 == 0 { print "zero" }')" = "1 1 2 3 3 4 2 5 5 6 5"
sysctl -qw net.ipv6.conf.d0.disable_ipv6=1
works qdisc every 1

# --- outcomes of many flows that end at once

works unqdisc
works qdisc every 1
"$top/build/bin/lfctl" record -o samples.csv --outcomes many.csv app >report 2>&1 & recorder=$!
sleep 1
flows 1 6000 3000 1 50 >/dev/null
until_is 3000 sh -c "$top/build/bin/lfctl -j attach list | jq '.[0].flows'"
works unqdisc
until_is 3001 sh -c "wc -l <many.csv"
kill -INT $recorder; wait $recorder
is "each has come" "$(tail -n +2 many.csv | cut -d, -f9 | sort -u | wc -l)" = 3000
works qdisc every 1

# --- two generations that serve in turn: each has a buffer, so no record is lost

c slot set app split100 activate >/dev/null
c slot set app split800 >/dev/null
works c slot split app active 1 standby 1 seed 7
"$top/build/bin/lfctl" record -o samples.csv --outcomes many.csv app >report 2>&1 & recorder=$!
sleep 1
lost=$(slot .samples_lost)
flows 1,1 20000 400 1 500 >/dev/null
until_is 401 sh -c "wc -l <samples.csv"
kill -INT $recorder; wait $recorder
is "none was lost" "$(slot .samples_lost)" -eq "$lost"
works c slot split app off

# --- a listener gets what it asks for

works c slot add quiet sample 1
# queued SLOT: bytes that the kernel has queued for a recorder of it that does not read, while app
# sends
queued() {
	"$top/build/bin/lfctl" record -o queued.npy "$1" 2>/dev/null & recorder=$!
	sleep 1
	kill -STOP $recorder
	flows 1 2600 50 1 50 >/dev/null
	sleep 0.5
	awk '$2 == 16 { n += $5 } END { print n + 0 }' /proc/net/netlink
	kill -CONT $recorder
	kill -INT $recorder
	wait $recorder
}
is "others' batches are not queued" "$(queued quiet)" = 0
is "its own are" "$([ "$(queued app)" -gt 0 ] && echo true)" = true
works c slot del quiet

# --- the end

unqdisc
works c slot del app
ip link del d0
sleep 0.3
works rmmod sch_liteflow liteflow
finish
