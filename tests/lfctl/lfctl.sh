#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Every command of lfctl against the real module, in a test machine:
#
#	tests/vm/modules uml && tests/vm/run uml tests/lfctl/lfctl.sh
#
#	namespace lf-a                              namespace lf-b
#	a0 10.78.0.1, qdisc liteflow slot web ----- b0 10.78.0.2
#
# LF_LFCTL=build/tests/lfctl-asan runs the same with sanitizers (in QEMU: they do not work under
# UML).
#
# One file, though long: each part uses what the commands before it have left.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/lfctl/lib.sh
. tests/lfctl/lib.sh
: "${LF_MODULES:?run me through tests/vm/run}"
lfctl=$top/${LF_LFCTL:-build/bin/lfctl}
export TC_LIB_DIR=$top/build/tc

# --- without the module

expect 1 "lfctl: the liteflow module is not loaded (modprobe liteflow)" slot list
expect 1 "lfctl 0." version

load kmod/liteflow.ko || { not_ok "liteflow.ko loads"; finish; }
have_qdisc=0
[ -e "$LF_MODULES/qdisc/sch_liteflow.ko" ] && [ -e "$TC_LIB_DIR/q_liteflow.so" ] &&
	insmod "$LF_MODULES/qdisc/sch_liteflow.ko" && have_qdisc=1
build/tests/mksnap "$tmp" || exit 1
cd "$tmp" || exit 1

# --- version

expect 0 "liteflow 0." version
expect 0 "0 snapshots, 0 B" version
json '[.tool.protocol, .module.protocol, .module.snapshots, (.module.paths | index("plain"))]' \
	'[1,1,0,0]' version
"$top/build/tests/lfctl-next" slot list >out 2>&1
check "a tool of another protocol says so" has_line out "speaks protocol 1, this tool"
check "and which side is too old" has_line out "the module is too old"
"$top/build/tests/lfctl-next" version >out 2>&1
check "and still shows both versions" has_line out "liteflow 0."

# --- feature

expect 0 "flow.iat_mean_log2" feature list
json 'map(select(.name == "cc.send_ratio.9")) | .[0] | [.num, .den, .from]' '[1,65536,["tcp"]]' \
	feature list
json 'map(select(.name == "pkt.len")) | .[0] | [.unit, .from]' '["bytes",["qdisc","hook","xt"]]' \
	feature
json 'length > 60' true feature list

# --- snapshot

expect 0 "no snapshots" snapshot list
json length 0 snapshot list
expect 0 "split100.lfs: snapshot split100" snapshot load split100.lfs
expect 0 "split100.lfs: snapshot split100" snapshot load split100.lfs
json length 1 snapshot list
expect 0 "large.lfs: snapshot large" snapshot load split800.lfs large.lfs
json '[.[].name]' '["split100","split800","large"]' snapshot load split100.lfs split800.lfs \
	large.lfs
json 'map(.name) | sort' '["large","split100","split800"]' snapshot list
expect 0 "1024 steps" snapshot list
json '[.kind, .meaning, .n_inputs, .n_outputs, .steps, .length, .users]' \
	'["forest","class",2,2,1024,33504,0]' snapshot show large
json '[.inputs[].name]' '["pkt.len","flow.packets"]' snapshot show split100
json '[.inputs[0].cal_lo, .inputs[0].cal_hi]' '[-100,100]' snapshot show split100
json '[.outputs[].name]' '["small","large"]' snapshot show split100
json '.loaded / 1e9 > now - 3600' true snapshot show split100
expect 0 "calibrated -100 .. 100" snapshot show split100
h=$(hash_of split800)
check "the hash is the file's" test "$h" = "$(od -An -v -tx1 -j40 -N32 split800.lfs | tr -d ' \n')"
json .name '"split800"' snapshot show "$h"
json .name '"split800"' snapshot show "${h:0:8}"
json .name '"split800"' snapshot show "${h:0:11}"
upper=${h^^}
json .name '"split800"' snapshot show "${upper:0:13}"
expect 1 "no snapshot has the name ffffffffffffffff or a hash that begins so" snapshot show \
	ffffffffffffffff
expect 1 "lfctl: snapshot show nosuch: Error: " snapshot show nosuch
expect 1 "broken.lfs: checksum does not match" snapshot load broken.lfs
expect 1 "broken.lfs: checksum does not match" snapshot load bytes.lfs broken.lfs
expect 1 "lfctl: liar.lfs: Error: " snapshot load liar.lfs
json 'map(.name) | sort' '["large","split100","split800"]' snapshot list
# read back: the same file, in one piece or several
for s in split100 large; do
	expect 0 "back.lfs: snapshot $s" snapshot save $s back.lfs
	check "snapshot save: $s is as it was" cmp $s.lfs back.lfs
done
check "snapshot save by hash, to standard output" cmp split800.lfs \
	<("$lfctl" snapshot save "${h:0:8}" -)
json '[.file, .name, .hash]' "[\"back.lfs\",\"split800\",\"$h\"]" snapshot save split800 back.lfs
rm back.lfs
expect 1 "lfctl: snapshot save nosuch: Error: no snapshot nosuch is loaded" snapshot save nosuch \
	back.lfs
expect 1 "none/back.lfs: No such file or directory" snapshot save large none/back.lfs
setpriv --reuid 65534 --regid 65534 --clear-groups "$lfctl" snapshot save large - >back.lfs 2>err
check "snapshot save takes rights" has_line err \
	"this needs CAP_NET_ADMIN over the network namespace"
check "and without them there is nothing" test ! -s back.lfs
expect 0 "" snapshot del large split800
expect 1 "lfctl: snapshot del large: Error: " snapshot del large
json length 1 snapshot list
expect 0 "" snapshot del "$(hash_of split100)"
json length 0 snapshot list

# --- slot

expect 0 "no slots" slot list
expect 0 "no slots" stats
check "a list without elements has no lines" test -z \
	"$("$lfctl" slot list 2>/dev/null; "$lfctl" stats 2>/dev/null)"
expect 0 "no attachments" attach list
json . '[]' attach list
expect 0 "no connections under liteflow" tcp list
json . '[]' tcp list
json length 0 slot list
expect 0 "" slot add web
expect 1 "lfctl: slot add web: Error: " slot add web
json '[.pin, .sample, .attachments, .swaps, .active, .standby, .old]' \
	'["flow",0,0,0,null,null,[]]' slot show web
expect 0 "" slot add other pin none sample 7
json '[.[] | [.name, .pin, .sample]] | sort' '[["other","none",7],["web","flow",0]]' slot list
expect 0 "" slot set other pin flow sample 0
json '[.pin, .sample]' '["flow",0]' slot show other
expect 0 "" slot set other sample 3
json '[.pin, .sample]' '["flow",3]' slot show other
expect 0 "1/3" slot list
expect 1 "lfctl: slot nosuch: Error: " slot show nosuch
expect 1 "lfctl: slot set nosuch: Error: " slot set nosuch pin flow

# --- parameters

json '[.[] | .name] | index("step") != null' true slot param web
json '.[] | select(.name == "step") | [.value, .default, .least, .greatest]' \
	'[0.025,0.025,1e-06,1]' slot param web
expect 0 "" slot param web w_thr 0.8 w_lat 0.2 w_loss 0 rate_max 50000
json '.params' '{"w_thr":0.8,"w_lat":0.2,"w_loss":0,"rate_max":50000}' slot show web
expect 0 "params   w_thr 0.8, w_lat 0.2, w_loss 0, rate_max 50000" slot show web
expect 1 "parameter ceiling must be 1.1 to 1000" slot param web step 0.05 ceiling 1
json '.params.step' null slot show web
expect 1 "parameter rate_max must be 1 to 1000000000 kbit/s" slot param web rate_max 0.4
expect 1 "parameter w_lat must be 0 to 1" slot param web w_lat -0.000001
expect 1 "parameter step must be 0.000001 to 1" slot param web step 2147483647
expect 1 "there is no slot nosuch" slot param nosuch step 0.05
expect 1 "there is no slot nosuch" slot param nosuch
expect 0 "" slot param web w_thr default w_lat default w_loss default rate_max default
json '.params' '{}' slot show web
expect 0 "" slot param web rate_max 500mbit rate_min 1.5mbit ceiling 250%
json '.params' '{"ceiling":2.5,"rate_min":1500,"rate_max":500000}' slot show web
expect 1 "parameter rate_max must be 1 to 1000000000 kbit/s" slot param web rate_max 2tbit
expect 0 "" slot param web rate_max default rate_min default ceiling default
expect 0 "" slot set other sample 2k
json .sample 2048 slot show other
expect 0 "" slot set other sample 3
expect 1 "congestion control liteflow is not available here: load tcp_liteflow" \
	attach set tcp slot web
expect 1 "lfctl: slot set web nosuch: Error: " slot set web nosuch
expect 1 "lfctl: ./nosuch.lfs: No such file" slot set web ./nosuch.lfs
expect 1 "lfctl: slot activate web: Error: " slot activate web
expect 1 "lfctl: slot rollback web: Error: " slot rollback web
expect 1 "broken.lfs: checksum" slot set web broken.lfs activate
# a file is loaded first
expect 0 "" slot set web split100.lfs
json '[.standby.snapshot, .active]' '["split100",null]' slot show web
expect 0 "" slot activate web
json '[.standby, .active.snapshot, .active.generation, .swaps]' '[null,"split100",1,1]' slot show \
	web
expect 0 "split100/1" slot list
# nothing reads the parameters of congestion control at the slot of a classifier
json . '[]' slot param web
expect 0 "no parameters: neither congestion control nor a model that reads one" slot param web
expect 0 "lfctl: Warning: nothing at slot web reads step" slot param web step 0.05
json '[.[].name]' '["step"]' slot param web
expect 0 "" slot param web step default
json '[.[].name] | length' 8 slot param other
cp broken.lfs model.onnx && printf 'ONNX' | dd of=model.onnx conv=notrunc status=none
expect 1 "lfctl: model.onnx: a model, not a snapshot: \`lfgen build\` makes a snapshot of it" slot \
	set web model.onnx activate
json '.active.classes' '[{"name":"small","count":0},{"name":"large","count":0}]' slot show web
expect 0 "split800.lfs: snapshot" snapshot load split800.lfs
expect 0 "" slot set web split800 activate sample 1
json '[.active.snapshot, .active.generation, .sample]' '["split800",2,1]' slot show web
expect 0 "" slot rollback web
json '.active.snapshot' '"split100"' slot show web
expect 0 "" slot set web "$(hash_of split800 | cut -c1-10)" activate
json '.active.snapshot' '"split800"' slot show web
expect 0 "the last in " slot show web
expect 1 "lfctl: snapshot del split800: Error: " snapshot del split800
# what is there already stays: no new generation, and roll back goes to another snapshot
expect 0 "slot web: snapshot split800 is already active" slot set web split800 activate
expect 0 "slot web: snapshot split800 is already active" slot set web split800.lfs activate
json '[.slot, .changed]' '["web",false]' slot set web split800 activate
json '[.active.snapshot, .active.generation, .swaps, .standby]' '["split800",3,4,null]' slot show \
	web
expect 0 "" slot rollback web
json '[.active.snapshot, .active.generation]' '["split100",1]' slot show web
json '[.slot, .changed]' '["web",true]' slot set web split800
expect 0 "slot web: snapshot split800 is already standby" slot set web split800
json '.changed' false slot set web split800
expect 0 "slot web: snapshot split100 is already active" slot set web split100 activate
json '[.active.generation, .standby.snapshot]' '[1,"split800"]' slot show web
expect 0 "" slot set web split100
expect 0 "slot web: snapshot split100 is already active" slot activate web
json '[.active.generation, .standby, .swaps]' '[1,null,5]' slot show web
expect 1 "has no standby snapshot" slot activate web
json '[.slot, .changed]' '["web",true]' slot set web split800 activate
json '.active.generation' 4 slot show web
# the latest of two of one name
expect 0 "same.lfs: snapshot split100" snapshot load same.lfs
json .steps 2 snapshot show split100
expect 0 "" slot set other snapshot split100 activate
json '.active.hash' "$(jq -n --arg h "$(hash_of split100)" '$h')" slot show other
expect 0 "" slot del other
expect 1 "lfctl: slot del other: Error: " slot del other
expect 0 "" snapshot del split100
json .steps 1 snapshot show split100

# --- completion

if (
	. "$top/lfctl/lfctl.bash-completion"
	PATH=$top/build/bin:$PATH
	complete_with() { COMP_WORDS=(lfctl "$@"); COMP_CWORD=$#; COMPREPLY=(); _lfctl \
		2>/dev/null; echo " ${COMPREPLY[*]} "; }
	[[ $(complete_with slot activate "") == " web " ]] &&
		[[ $(complete_with snapshot del sp) == " split100 split800 " ]] &&
		[[ $(complete_with slot set web spl) == *" split800 "* ]] &&
		[[ $(complete_with re) == " record " ]] &&
		[[ $(complete_with -j slot ro) == " rollback " ]] &&
		[[ $(complete_with slot set web ./por) == *" ./ports.lfs "* ]]
); then ok completion; else not_ok completion; fi

# --- attachments and traffic

ip netns add lf-a && ip netns add lf-b
# IPv6's own packets would give samples where none are expected.
for ns in lf-a lf-b; do ip netns exec $ns sysctl -qw net.ipv6.conf.default.disable_ipv6=1; done
ip link add a0 netns lf-a type veth peer name b0 netns lf-b
ip -n lf-a addr add 10.78.0.1/24 dev a0; ip -n lf-b addr add 10.78.0.2/24 dev b0
ip -n lf-a link set a0 up; ip -n lf-b link set b0 up
send() { ip netns exec lf-a ping -q -i 0.01 -c "$1" -s "$2" 10.78.0.2; }	# pkt.len is 28 more

json length 0 -n lf-a slot list
json length 1 slot list
expect 0 "" -n lf-a slot add web sample 1
expect 0 "" -n lf-a slot set web "$tmp/split100.lfs" activate
json '.active.generation' 1 --netns lf-a slot show web
json '.users' 2 snapshot show split100
expect 0 "no attachments" -n lf-a attach list
json length 0 -n lf-a attach list
expect 0 "no attachments" -n lf-a attach list web
json . '[]' -n lf-a attach list web
expect 1 "lfctl: slot nope: Error: there is no slot nope" -n lf-a attach list nope
expect 1 "lfctl: slot nope: Error: there is no slot nope" -j -n lf-a attach list nope

if [ $have_qdisc = 1 ]; then
	check "qdisc" ip netns exec lf-a tc qdisc add dev a0 root handle 1: liteflow slot web \
		every 1
	check "qdisc of another slot" ip netns exec lf-a tc qdisc add dev lo root handle 2: \
		liteflow slot ghost
	expect 0 "a0" -n lf-a attach list
	json 'map([.kind, .dev, .label, .parent, .slot, .bound, .snapshot]) | sort' \
		'[["qdisc","a0","1:","root","web",true,"split100"],'\
'["qdisc","lo","2:","root","ghost",false,null]]' -n lf-a attach list
	expect 0 "ghost (absent)" -n lf-a attach list
	json length 1 -n lf-a attach list web
	json length 1 -n lf-a attach list ghost
	json length 0 attach list
	json .attachments 1 -n lf-a slot show web
	expect 1 "Error: " -n lf-a slot del web

	# a queue of mq, where dummy has several
	ip -n lf-a link add m0 numtxqueues 2 type dummy && ip -n lf-a link set m0 up
	if ip netns exec lf-a tc qdisc replace dev m0 root handle 8: mq 2>/dev/null &&
		ip netns exec lf-a tc qdisc replace dev m0 parent 8:2 handle 9: liteflow \
		slot web; then
		json 'map(select(.dev == "m0")) | .[0] | [.label, .parent]' '["9:","mq 8:2"]' -n \
			lf-a attach list
	else
		skip "no mq here"
	fi
	ip -n lf-a link del m0

	# stats
	send 5 10 >/dev/null; send 7 500 >/dev/null
	json \
		'.slots[0].active |
		.classes[1].count >= 7 and .classes[0].count >= 5 and .inferences >= 12' \
		true -n lf-a stats web
	json '.attachments[0] | .packets.inferred >= 12 and .flows >= 1 and .dev == "a0"' true -n \
		lf-a stats web
	expect 0 "class large inferences" -n lf-a stats web
	expect 0 "slot ghost is absent" -n lf-a stats
	expect 1 "lfctl: slot nosuch: Error: " -n lf-a stats nosuch
	ip netns exec lf-a ping -q -i 0.02 -c 80 -s 500 10.78.0.2 >/dev/null &
	ping=$!
	json '.slots[0].active.per_second.inferences > 5 and
		.attachments[0].per_second.inferred > 5' true \
		-n lf-a stats web -i 0.7 --count 1
	expect 0 "inferred " -n lf-a stats web -i 0.3 --count 2
	wait $ping
	"$lfctl" -j -n lf-a stats -i 0.2 >out 2>&1 &
	pid=$!
	check "stats -i shows one object a line" until_true eval 'test $(wc -l <out) -ge 2'
	kill -INT $pid; wait $pid
	check "stats -i ends well on SIGINT" test $? = 0
	check "each line is JSON" jq -e . out

	# record
	json '[.samples, .n_inputs, .n_outputs, .skipped, .lost_samples, .lost_batches,
		.columns[0], .columns[3], (.columns | length)]' \
		'[0,2,2,0,0,0,"pkt.len","y.large",13]' -n lf-a record -o none.npy --seconds 0.3 web
	check "an npy without rows" grep -aq "'shape': (0, 13)" none.npy
	"$lfctl" -j -n lf-a record -o s.csv --count 20 web --outcomes ends.csv >report 2>&1 &
	pid=$!
	sleep 1; send 15 10 >/dev/null; send 15 500 >/dev/null
	check "record --count ends" until_true eval "! kill -0 $pid"
	wait $pid; check "record's status" test $? = 0
	check "record's report" jq -e \
		'.samples == 20 and .lost_samples == 0 and .lost_batches == 0 and .slot == "web"' \
		report
	ids=class,generation,attach,reason,packets,flow,time_ns
	check "csv header" test "$(head -n 1 s.csv)" = "pkt.len,flow.packets,y.small,y.large,$ids"
	check "csv rows" test "$(wc -l <s.csv)" = 21
	check "csv: what the model read and said" awk -F, \
		'NR > 1 && (($1 <= 100) != ($5 == 0) || $3 != ($5 ? -1 : 3) || $6 != 1 || $7 != 0 ||
			$8 != 0) {
			bad = 1; print
		} END { exit bad }' \
		s.csv
	check "csv: both classes" awk -F, \
		'NR > 1 { seen[$5]++ } END { exit !(seen[0] && seen[1]) }' s.csv
	ids=class,generation,attach,end,packets,bytes,duration_us,retrans,flow,time_ns
	check "outcomes header" test "$(head -n 1 ends.csv)" = \
		"$ids,mark,ct_mark,priority,dscp,cgroup,peer"
	# The same stream, read by the kernel's own library for Python, which takes its time to
	# start.
	"$lfctl" -n lf-a record -o again.csv web >/dev/null 2>&1 &
	pid=$!
	ip netns exec lf-a timeout 100 python3 "$top/examples/samples.py" \
		"$LF_CACHE/ynl/tools/net/ynl" \
		"$top/spec/liteflow.yaml" web 20 >samples.json 2>python.err &
	python=$!
	while kill -0 $python 2>/dev/null; do
		send 3 10 >/dev/null
		send 2 500 >/dev/null
		sleep 0.2
	done
	wait $python; check "examples/samples.py ends at its count" test $? = 0
	kill -TERM $pid; wait $pid
	check "and has said nothing else" test ! -s python.err
	cat python.err
	# jq would round the times
	python3 -c '
import json, sys
for r in map(json.loads, sys.stdin):
    if "x" in r:
        print(*r["x"], *r["y"], r["class"], 1,
              *(r[key] for key in ("attach", "reason", "packets", "flow", "time_ns")), sep=",")
' <samples.json >python.csv
	check "it has read so many" test "$(wc -l <python.csv)" -ge 20
	check "each is a row of what record has written" test "$(grep -cxFf again.csv python.csv)" \
		= "$(wc -l <python.csv)"
	# What lfctl does not send: limits of an arm's generation with the split, as lfd does.
	arms() {
		ip netns exec lf-a timeout 100 python3 "$LF_CACHE/ynl/tools/net/ynl/cli.py" \
			--no-schema --spec "$top/spec/liteflow.yaml" --do slot-split --json \
			'{"name":"web","arm":[{"which":0,"weight":1,"guard":'"$1"'}]}' >ynl 2>&1
	}
	owned() { "$lfctl" -n lf-a -j slot show web | jq -c '[.guard, .active.guard.class]'; }
	arms '{"class":990000}'
	check "an arm has limits of its own" test "$(owned)" = '[null,990000]'
	arms '{"class":980000,"generation":1}'
	check "its guard names no generation" has_line ynl \
		"the guard of an arm is of that arm's generation: it names none"
	arms '{"class":980000,"generation":0}'
	check "nor is there one of number 0" has_line ynl "generations are numbered from 1"
	arms '{"class":980000,"window":99}'
	check "its window has bounds" has_line ynl "a guard's window is 100 to 60000 ms, not 99"
	arms '{"class":1000001}'
	check "and its shares" has_line ynl "on one class is at most 1000000 millionths"
	check "which has changed nothing" test "$(owned)" = '[null,990000]'
	arms '{}'
	check "an empty one takes them away" test "$(owned)" = '[null,null]'
	"$lfctl" -n lf-a record -o s.npy >report 2>&1 &
	pid=$!
	sleep 1; send 15 500 >/dev/null; sleep 0.5
	# another snapshot with the same columns goes on in the file, one with others is left out
	"$lfctl" -n lf-a slot set web pin none
	"$lfctl" -n lf-a slot set web "$tmp/split800.lfs" activate
	send 15 500 >/dev/null; sleep 0.5
	"$lfctl" -n lf-a slot set web "$tmp/ports.lfs" activate
	send 15 500 >/dev/null; sleep 0.5
	kill -TERM $pid; wait $pid
	check "record ends well on SIGTERM" test $? = 0
	check "record says what it left out" has_line report \
		"samples of snapshots with other inputs or outputs"
	check "record's text report" has_line report " samples of slot web in "
	python=
	for p in python3 /usr/bin/python3; do $p -c 'import numpy' 2>/dev/null && python=$p; done
	[ -n "$python" ] || skip "no numpy to read the npy"
	${python:-cat} - >npy 2>&1 <<'PYTHON'
import numpy
a = numpy.load("s.npy")
assert a.dtype == numpy.int32 and a.shape[1] == 13, a.shape
assert a.shape[0] >= 30, a.shape
assert set(a[:, 5]) == {1, 2}, set(a[:, 5])
old, new = a[a[:, 5] == 1], a[a[:, 5] == 2]
assert all((old[:, 0] > 100) == (old[:, 4] == 1)) and all((new[:, 0] > 800) == (new[:, 4] == 1))
flow, when = numpy.ascontiguousarray(a[:, -4:]).view("<u8").T
assert (flow > 0).all() and (when > 1600000000 * 10**9).all()
assert (numpy.diff(when.astype(numpy.int64)) >= -10**9).all()
PYTHON
	[ -z "$python" ] || check "numpy reads the npy" test ! -s npy
	[ -z "$python" ] || [ ! -s npy ] || cat npy
	( "$lfctl" -n lf-a record -o - --count 3 web 2>/dev/null & pid=$!; sleep 1; send 5 10 \
		>/dev/null; wait $pid ) >dash
	check "record to standard output" test "$(wc -l <dash)" = 4
	expect 1 "lfctl: slot nosuch: Error: " -n lf-a record -o x.npy nosuch
	check "which leaves no file" test ! -e x.npy
	expect 0 "" -n lf-a slot add second
	expect 2 "name a slot: there are 2" -n lf-a record -o x.npy
	expect 0 "sends no samples yet" -n lf-a record -o x.npy --seconds 0.1 second
	expect 0 "" -n lf-a slot del second

	# refusals of the kernel, in its own words
	expect 1 "Error: " -n lf-a slot del web
	expect 0 "" -n lf-a slot del web force
	expect 0 "web (absent)" -n lf-a attach list
else
	skip "no qdisc: attachments, stats under traffic, record"
fi

# --- monitor

"$lfctl" -n lf-b monitor >events 2>&1 &
text=$!
"$lfctl" -j -n lf-b monitor one >events.json 2>&1 &
json_pid=$!
sleep 0.7
for c in "add one" "add two" "set one $tmp/split100.lfs activate" "set one $tmp/split800.lfs" \
	"activate one" "rollback one" "del two" "del one"; do
	# shellcheck disable=SC2086
	"$lfctl" -n lf-b slot $c || failed=$((failed + 1))
done
expect 0 "bytes.lfs: snapshot bytes" snapshot load bytes.lfs
expect 0 "bytes.lfs: snapshot bytes" snapshot load bytes.lfs
expect 0 "" snapshot del bytes
check "monitor saw the last event" until_true grep -q " deleted snapshot" events
check "monitor -j too" until_true grep -q deleted events.json
kill -INT $text; wait $text; check "monitor ends well on SIGINT" test $? = 0
kill -TERM $json_pid; wait $json_pid; check "monitor -j ends well on SIGTERM" test $? = 0
check "monitor: created" has_line events "slot two created"
check "monitor: installed" has_line events "slot one installed snapshot split100"
check "monitor: activated" has_line events "slot one activated snapshot split100"
check "monitor: rolled back" has_line events "slot one rolled-back snapshot split100"
check "monitor: deleted" has_line events "slot two deleted"
check "monitor: a snapshot loaded" has_line events " loaded snapshot bytes"
check "monitor: which it is but once" test "$(grep -c " loaded snapshot bytes" events)" = 1
check "monitor: a snapshot deleted" has_line events " deleted snapshot bytes"
check "monitor -j of one slot" test "$(jq -r .slot events.json | sort -u)" = one
check "monitor -j: events in order" test \
	"$(jq -r .event events.json | grep -v retired | tr '\n' ' ')" = \
	"created installed activated installed activated rolled-back deleted "

# --- who may

chmod 755 "$tmp"; chmod 644 "$tmp"/*.lfs
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$lfctl" "$@" >out 2>&1
	echo $? >>out
}
nobody version; check "anybody may ask for versions" test "$(tail -n 1 out)" = 0
nobody feature list; check "anybody may list features" test "$(tail -n 1 out)" = 0
over="Error: Operation not permitted: this needs CAP_NET_ADMIN over the network namespace"
machine="Error: Operation not permitted: this needs CAP_NET_ADMIN in the initial user namespace"
nobody slot list; check "but not slots" has_line out "lfctl: slot list: $over"
nobody slot show web; check "nor look at one" has_line out "lfctl: slot web: $over"
nobody snapshot list; check "nor list snapshots" has_line out "lfctl: snapshot list: $over"
nobody snapshot show split800
check "nor look at one" has_line out "lfctl: snapshot show split800: $over"
nobody attach list; check "nor list attachments" has_line out "lfctl: attach list: $over"
nobody stats; check "nor read counters" has_line out "lfctl: slot list: $over"
nobody slot add mine; check "nor make slots" has_line out "lfctl: slot add mine: $over"
nobody snapshot load "$tmp/bytes.lfs"; check "nor load snapshots" has_line out "bytes.lfs: $machine"
nobody snapshot del split800; check "nor delete them" has_line out "snapshot del split800: $machine"
nobody record -o /tmp/nobody.csv
check "nor record" has_line out "record: this needs CAP_NET_ADMIN over the network namespace"
nobody monitor
check "nor monitor" has_line out "monitor: this needs CAP_NET_ADMIN over the network namespace"
if unshare -Urn true 2>/dev/null; then
	unshare -Urn sh -c "'$lfctl' slot add mine && '$lfctl' slot set mine split800 activate &&
		'$lfctl' slot list" >out 2>&1
	check "root of a user namespace has slots of its own" has_line out "split800/1"
	"$lfctl" -j snapshot list >all
	unshare -Urn sh -c "'$lfctl' slot add mine && '$lfctl' -j snapshot list &&
		'$lfctl' slot set mine split800 && '$lfctl' -j snapshot list" >out 2>&1
	check "it lists the snapshots that its slots use" test \
		"$(jq -c '[.[].name]' out | tr '\n' ' ')" = '[] ["split800"] '
	check "though there are more" test "$(jq length all)" -gt 1
	unshare -Urn "$lfctl" snapshot show split800 >out 2>&1
	check "another it cannot look at" has_line out \
		"snapshot show split800: Error: no snapshot split800 is loaded"
	h=$(hash_of split800)
	unshare -Urn sh -c "'$lfctl' slot add mine; '$lfctl' slot set mine $h
		'$lfctl' slot set mine ${h:0:10}; '$lfctl' slot list" >out 2>&1
	check "it may use one whose hash it knows" has_line out " split800 "
	unshare -Urn sh -c "'$lfctl' slot add mine; '$lfctl' slot set mine ${h:0:10}" >out 2>&1
	check "and cannot guess it" has_line out \
		"no snapshot has the name ${h:0:10} or a hash that begins so"
	unshare -Urn "$lfctl" snapshot load "$tmp/bytes.lfs" >out 2>&1
	check "but may not load snapshots" has_line out "bytes.lfs: $machine"
	unshare -Urn "$lfctl" snapshot del split800 >out 2>&1
	check "nor delete them" has_line out "snapshot del split800: $machine"
else
	skip "no user namespaces"
fi

# --- parameters of a slot that congestion control asks

if [ -e "$LF_MODULES/tcp_cc/tcp_liteflow.ko" ] && insmod "$LF_MODULES/tcp_cc/tcp_liteflow.ko"; then
	expect 0 "" slot add cc
	expect 0 "" attach set tcp slot cc
	json '[.[].name] | index("step") != null and index("w_thr") != null' true slot param cc
	expect 0 "" slot param cc step 0.05
	expect 0 "" slot del cc force
	check "rmmod tcp_liteflow" rmmod tcp_liteflow
else
	skip "no tcp_liteflow"
fi

# --- teardown says in JSON what it would remove

if [ $have_qdisc = 1 ]; then
	json '[.[] | [.netns, .what, .removed]] | sort' \
		'[["lf-a","qdisc liteflow dev a0 root",false],'\
'["lf-a","qdisc liteflow dev lo root",false]]' \
		-n lf-a teardown --dry-run
	json '[.[] | .removed] | unique' '[true]' -n lf-a teardown
	json . '[]' -n lf-a teardown
fi

# --- the end

ip netns del lf-a; ip netns del lf-b
expect 0 "" slot del web
sleep 0.5
for s in $("$lfctl" -j snapshot list | jq -r '.[].hash'); do expect 0 "" snapshot del "$s"; done
json '[.module.snapshots, .module.snapshot_bytes]' '[0,0]' version
# make uninstall unloads the modules, or says which stay and why
if [ $have_qdisc = 1 ]; then
	unshare -n sh -c "tc qdisc add dev lo root liteflow && echo ready >$tmp/held &&
		exec sleep 100" &
	holder=$!
	check "a qdisc in a namespace without name" until_true test -e "$tmp/held"
	"$top/tools/install" uninstall "" /usr/local >out 2>&1
	check "uninstall with a module in use" test $? = 0
	check "says that it stays" has_line out \
		"still loaded, since something uses it: sch_liteflow liteflow"
	kill $holder; wait $holder
fi
check "uninstall" until_true sh -c \
	"'$top/tools/install' uninstall '' /usr/local >out 2>&1
	grep -q '^unloaded.* liteflow; ' out"
check "no module is left" sh -c "! lsmod | grep -i liteflow"
finish
