#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# lfctl why, in a test machine:
#
#	tests/vm/modules uml && tests/vm/run uml tests/lfctl/why.sh
#
#	namespace lf-a
#	d0 (dummy) 10.79.0.1/24, fd79::1, qdisc liteflow slot web ---> packets end here
#	lo, hook both of slot web at output: both directions of a ping
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/lfctl/lib.sh
. tests/lfctl/lib.sh
: "${LF_MODULES:?run me through tests/vm/run}"
lfctl=$top/${LF_LFCTL:-build/bin/lfctl}
export TC_LIB_DIR=$top/build/tc
build/tests/mksnap "$tmp" || exit 1
cd "$tmp" || exit 1

inside() { ip netns exec lf-a "$@"; }
# udp SPORT PACKETS [BYTES]: one flow to port 6000
udp() { inside "$top/build/tests/core-nl" udp "$1" "$2" "${3:-100}" 10.79.0.2 6000 >/dev/null; }
qdisc() { inside tc qdisc replace dev d0 root handle 1: liteflow slot web idle 600s "$@"; }
anew() { inside tc qdisc del dev d0 root 2>/dev/null; qdisc "$@"; }
use() { "$lfctl" -n lf-a slot set web "$1.lfs" activate; }
# why FILTER WORDS...: what jq makes of the first explanation
why() { "$lfctl" -j -n lf-a why "${@:2}" 2>&1 | jq -c ".[0] | $1" 2>&1; }
# explains WHAT FILTER WANTED WORDS...
explains() { is "$1" "$(why "$2" "${@:4}")" = "$3"; }
said() { "$lfctl" -n lf-a why "$@" 2>&1; }
input() { echo "(.inputs[] | select(.name == \"$1\")) | $2"; }

load kmod/liteflow.ko qdisc/sch_liteflow.ko nf_hook/nf_liteflow.ko ||
	{ not_ok "the modules load"; finish; }
ip netns add lf-a
ip -n lf-a link add d0 type dummy
ip -n lf-a addr add 10.79.0.1/24 dev d0
ip -n lf-a addr add fd79::1/64 dev d0 nodad
ip -n lf-a link set d0 up; ip -n lf-a link set lo up
works "$lfctl" -n lf-a slot add web

# --- a forest that asks one thing

use age
works anew every 1
udp 5000 7
explains "the class" '[.class, .now, .explained, .second]' \
	'["old","old","old","young"]' udp 10.79.0.1:5000
explains "what decides it" '.inputs[0] | [.name, .unit, .value, .trees, .above, .up_to]' \
	'["flow.packets","packets",7,1,4,null]' udp 10.79.0.1:5000
explains "others count for nothing" "$(input flow.len_max '[.value, .trees, .above]')" \
	'[128,0,null]' udp 10.79.0.1:5000
explains "outside the calibrated range" "$(input flow.len_max '[.calibrated, .outside]')" \
	'[[-100,100],"above"]' udp 10.79.0.1:5000
explains "inside it" "$(input flow.packets .outside)" null udp 10.79.0.1:5000
explains "what only a packet has" "$(input pkt.len '[has("value"), .trees]')" \
	'[false,0]' udp 10.79.0.1:5000
explains "no tree depends on it" .trees '{"all":1,"for":1,"against":0,"open":0}' udp 10.79.0.1:5000
explains "the outputs" '[.outputs[] | [.name, .value]]' '[["young",0],["old",3]]' udp 10.79.0.1:5000
explains "no changes while an input is unknown" 'has("changes")' false udp 10.79.0.1:5000
explains "given, it is known" '[.changes[] | [.input, .value, .class]]' \
	'[["flow.packets",4,"young"]]' udp 10.79.0.1:5000 pkt.len=128
said udp 10.79.0.1:5000 pkt.len=128 >text
check "text: the verdict" has_line text "verdict   old, of packet 7; the next is due at packet 8"
check "text: its tree" has_line text "1 of 1 are for old rather than young, 0 against"
check "text: the comparison" grep -qE '^flow.packets +7 +packets +-100 .. 100 +1 +> 4$' text
check "text: a value outside" grep -qE '^flow.len_max +128 +bytes +-100 .. 100 +above +0 *$' text
check "text: what was given" grep -qE '^pkt.len +128 \(given\) +bytes' text
check "text: what would change it" \
	has_line text "young        flow.packets at 4 packets instead of 7"
udp 5001 3
explains "another flow" '[.class, (.inputs[0] | .name, .up_to, .above)]' \
	'["young","flow.packets",4,null]' udp 10.79.0.1:5001
explains "what if" '[.class, .now, .inputs[0].given]' \
	'["young","old",true]' udp 10.79.0.1:5001 flow.packets=9

# --- which flow

id=$("$lfctl" -j -n lf-a flows | jq '.[] | select(.sport == 5000).id')
attach=$("$lfctl" -j -n lf-a attach list | jq '.[] | select(.kind == "qdisc").id')
for words in "$id" "flow $id" "$id attach $attach" "attach $attach flow $id" \
	"udp 10.79.0.1:5000 10.79.0.2:6000" "udp 10.79.0.2:6000 10.79.0.1:5000" "10.79.0.1:5000" \
	"udp src=10.79.0.1 dst=10.79.0.2 sport=5000 dport=6000" \
	"sport=5000" "src=10.79.0.2 sport=6000 dport=5000" "udp 10.79.0.1:5000 slot web"; do
	# shellcheck disable=SC2086
	explains "why $words" .id "$id" $words
done
is "several flows are explained" \
	"$("$lfctl" -j -n lf-a why udp 10.79.0.1 | jq -c 'map(.sport) | sort')" = '[5000,5001]'
inside bash -c 'exec 3<>/dev/udp/fd79::2/6001; echo a >&3; echo b >&3'
explains "IPv6" '[.src, .dport, .packets]' '["fd79::1",6001,2]' udp '[fd79::2]:6001'
explains "IPv6 without a port" .dport 6001 udp fd79::2
none="there is no such flow in this network namespace"
fails "$none" said 123456
fails "why: Error: $none" said 123456 attach "$attach"
fails "$none" said tcp 10.79.0.1:5000
fails "$none" said udp 10.79.0.1:5000 10.79.0.1:6000
fails "$none" said 10.79.0.1:5000 slot other
fails "$none" "$lfctl" why "$id"
fails "the flow has one direction" said "$id" reverse
fails "this needs CAP_NET_ADMIN over the network namespace" \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$lfctl" why "$id"
fails "snapshot age does not read flow.bytes" said "$id" flow.bytes=7
for p in 5010 5011 5012 5013 5014 5015 5016 5017 5018; do udp $p 1; done
fails "flows match, at most 8 are explained at once" said udp

# --- another snapshot

explains "a snapshot that does not serve" '[.served, .explained_by, .now, .class]' \
	'[false,"vote","old","old"]' "$id" --snapshot vote.lfs pkt.len=1
explains "its inputs have other places" '[.served, .explained_by] + [.inputs[] | .name, .value]' \
	'[false,"line","flow.packets",7,"flow.len_max",128]' "$id" --snapshot line.lfs
fails "broken.lfs" said "$id" --snapshot broken.lfs
fails "nowhere.lfs: No such file" said "$id" --snapshot nowhere.lfs

# --- a forest that disagrees

use vote
anew every 1
udp 5000 5
explains "trees for and against" '[.class, .explained, .trees.for, .trees.against]' \
	'["young","young",2,1]' 10.79.0.1:5000
explains "the trees for it, condensed" '[.inputs[] | [.name, .trees, .above, .up_to]]' \
	'[["flow.len_max",1,null,1000],["flow.packets",1,null,6],["pkt.len",0,null,null]]' \
	10.79.0.1:5000
explains "the nearest change first" '[.changes[] | [.input, .value, .class]]' \
	'[["flow.packets",7,"old"],["flow.len_max",1001,"old"]]' 10.79.0.1:5000 pkt.len=1
udp 5000 4
explains "two of one feature" '[.class, .now, (.inputs[0] | .name, .trees, .above)]' \
	'["old","old","flow.packets",2,6]' 10.79.0.1:5000

# --- inputs that are not known

use split100
anew every 1
udp 5000 3 10
explains "open" '[.class, has("now"), .explained, .trees.open]' \
	'["small",false,"small",1]' 10.79.0.1:5000
explains "it is said what it depends on" '.inputs[0] | [.name, .trees, has("value")]' \
	'["pkt.len",1,false]' 10.79.0.1:5000
explains "the outputs lie between" '[.outputs[] | [.least, .most]]' '[[-1,3],[-2,5]]' 10.79.0.1:5000
said 10.79.0.1:5000 >text
check "text: open" has_line text "now       open: it depends on inputs that are unknown here"
check "text: the unknown input" grep -qE '^pkt.len +unknown' text
explains "given" '[.now, .trees.for, .inputs[0].up_to]' '["small",1,100]' 10.79.0.1:5000 pkt.len=38
explains "given another value" '[.class, .now]' '["small","large"]' 10.79.0.1:5000 pkt.len=500
use bytes
anew every 1
udp 5000 3 10
explains "a value" '[.meaning, .value, has("now"), .trees.open]' \
	'["value",1000,false,1]' 10.79.0.1:5000
explains "a value, given" '[.now, .outputs[0].unit, .trees.for]' \
	'[2000000,"bytes",1]' 10.79.0.1:5000 pkt.len=1400
use ports
anew every 1
udp 5000 1
explains "what all packets of a flow share" '[.now, (.inputs[0] | .name, .value, .above)]' \
	'["dynamic","pkt.dport",6000,1023]' 10.79.0.1:5000

# --- a net

use line
anew every 1
udp 5000 7
explains "a net" '[.kind, .class, .now, [.outputs[].value]]' \
	'["net","few","few",[13,7]]' 10.79.0.1:5000
explains "contributions, the largest first" '[.inputs[] | [.name, .contribution]]' \
	'[["flow.packets",-14],["flow.len_max",0]]' 10.79.0.1:5000
explains "what would change it" '[.changes[] | [.input, .value, .class]]' \
	'[["flow.packets",11,"many"]]' 10.79.0.1:5000
udp 5000 8
explains "the other class" '[.now, (.inputs[0] | .name, .contribution)]' \
	'["many","flow.packets",30]' 10.79.0.1:5000
said 10.79.0.1:5000 >text
check "text: contribution" grep -qE '^flow.packets +15 +packets +-100 .. 100 +\+30$' text
check "text: to what" has_line text "contribution: to the lead of many over few"

# --- a verdict that is older than the inputs

use age
anew phases 1,4
udp 5000 7
explains "the verdict is of an earlier packet" '[.class, .now, .run_from, .run_next, .packets]' \
	'["young","old",4,null,7]' 10.79.0.1:5000
check "text: that it is older" grep -q "the verdict is older" <(said 10.79.0.1:5000)
check "text: of which packet" \
	grep -qx "verdict   young, of the first packet from 4 on" <(said 10.79.0.1:5000)
anew
udp 5000 5
explains "powers of two" '[.run_from, .run_next]' '[4,8]' 10.79.0.1:5000
anew every 3
udp 5000 6
explains "every third" '[.run_from, .run_next]' '[4,7]' 10.79.0.1:5000
anew phases 5,9
udp 5000 2
explains "before the first phase" '[has("class"), .now, .run_from, .run_next]' \
	'[false,"young",null,5]' 10.79.0.1:5000
check "text: before the first phase" \
	grep -qx "verdict   none yet: the model runs at packet 5" <(said 10.79.0.1:5000)
anew every 1
udp 5000 7
use line
explains "a flow keeps its snapshot, and is explained by it" '[.snapshot, .served, .class]' \
	'["age",true,"old"]' 10.79.0.1:5000
works "$lfctl" -n lf-a slot del web force
explains "nothing serves it" '[has("kind"), has("class")]' '[false,false]' 10.79.0.1:5000
check "text: nothing serves it" \
	grep -qx "verdict   none: no snapshot serves the flow" <(said 10.79.0.1:5000)
id=$("$lfctl" -j -n lf-a flows | jq '.[0].id')
anew every 1
fails "$none" said "$id"

# --- both directions

works "$lfctl" -n lf-a slot add web
use age
works "$lfctl" -n lf-a hook add both family ip hook output priority 0 slot web every 1 ct on
inside ping -q -i 0.01 -c 7 127.0.0.2 >/dev/null
explains "one way" '[.packets, .read_packets, .reverse, .inputs[0].value]' '[14,7,false,7]' icmp
explains "the other way" '[.read_packets, .reverse, .inputs[0].value]' '[7,true,7]' icmp reverse
# A port that connection tracking knows before its translation is not the packet's.
use ports
inside nft -f - <<'NFT'
table ip nat {
	chain out { type nat hook output priority -100; udp sport 5101 dnat to 10.79.0.2:7000; }
}
NFT
works "$lfctl" -n lf-a hook del both
works "$lfctl" -n lf-a hook add both family ip hook output priority 0 slot web every 1 ct on
inside tc qdisc del dev d0 root
udp 5100 2; udp 5101 2
explains "the port of packets as they are" '[.class, .now, .inputs[0].value]' \
	'["dynamic","dynamic",6000]' udp sport=5100
explains "a translated port is unknown" \
	'[.class, .dport, has("now"), (.inputs[0] | has("value"))]' \
	'["dynamic",6000,false,false]' udp sport=5101
works "$lfctl" -n lf-a hook del both

ip netns del lf-a
finish
