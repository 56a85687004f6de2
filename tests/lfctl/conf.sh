#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# liteflow.conf: save, check, apply, against the real modules, in a test machine:
#
#	tests/vm/modules uml && tests/vm/run uml tests/lfctl/conf.sh
#
# eth0 and eth1 are veths. Without the modules first, for what `fallback` says.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
: "${LF_MODULES:?run me through tests/vm/run}"
lfctl=$top/${LF_LFCTL:-build/bin/lfctl}
export TC_LIB_DIR=$top/build/tc

# run STATUS WHAT ARGUMENTS... - the output is in $out
run() {
	local want=$1 what=$2 status; shift 2
	out=$("$lfctl" "$@" 2>&1 </dev/null); status=$?
	if [ $status = "$want" ]; then
		ok "$what"
	else
		not_ok "$what (status $status, wanted $want)" "$out"
	fi
}

# state - all that there is, without counters
state() {
	"$lfctl" save 2>&1
	tc qdisc show | grep -v ' dev lo ' | sed 's/ refcnt [0-9]*//'
	"$lfctl" -j slot list | jq -c '.[] | [.name, .active.hash, .standby.hash, .pin, .params]'
	"$lfctl" -j snapshot list | jq -c '[.[].hash] | sort'
	sysctl net.ipv4.tcp_congestion_control net.liteflow.tcp_slot 2>&1
}

qdisc_at() { tc qdisc show dev "$1" | awk '/ root / { print $2 }'; }

for i in 0 1; do
	ip link add "eth$i" type veth peer name "peer$i"
	ip link set "eth$i" up; ip link set "peer$i" up
done
build/tests/mksnap "$tmp" || exit 1
cd "$tmp" || exit 1

# --- without the modules: another kernel was booted

cat >fall.conf <<END
[slot app]
[qdisc eth0]
slot = app
fallback = fq_codel limit 1000
[qdisc eth1]
slot = app
END
run 3 "without modules: a status of its own" apply fall.conf --dry-run
has "and one sentence" "$out" \
	"the module liteflow cannot be loaded into this kernel: qdiscs are as \`fallback\` says"
has "a dry run says what it would do" "$out" "tc qdisc replace dev eth0 root fq_codel limit 1000"
before=$(qdisc_at eth1)
run 3 "without modules: qdiscs fall back" apply fall.conf
is "to what the file says" "$(qdisc_at eth0)" = fq_codel
is "a device without fallback stays as it is" "$(qdisc_at eth1)" = "$before"
run 3 "again" apply fall.conf
is "it is one sentence" "$(wc -l <<<"$out")" = 1
run 0 "a file is checked without the modules" check fall.conf
tc qdisc del dev eth0 root

load kmod/liteflow.ko qdisc/sch_liteflow.ko nf_hook/nf_liteflow.ko tcp_cc/tcp_liteflow.ko ||
	{ not_ok "the modules load"; finish; }

# --- a round trip

hash=$(od -An -v -tx1 -j40 -N32 split100.lfs | tr -d ' \n')
cat >all.conf <<END
# A line of a comment.
[slot app]
snapshot = $tmp/split100.lfs
hash = $hash
pin = none          ; and one behind a value
sample = 100
budget = 2us
shadow = 10
flush = 20ms
confidence = 60%
buffers = 16
guard = to none class 90% outcome duration 0.0015
	drift 12.5%
param.rate_max = 500mbit
param.step = 0.05

[slot empty]

[slot other]
snapshot = $tmp/large.lfs
guard = outcome reward 0.00002 class 0.0001% window 60s least 7

[tcp]
slot = tcp
congestion_control = liteflow

[hook mark]
family = inet
hook = forward
priority = mangle
slot = app
request = 0x100/0xf00
result = 0xff
map = small:accept large:mark=1,priority=1:20
	none:drop
idle = 5s

[hook in]
family = netdev
hook = ingress
dev = eth1
priority = -5
slot = app
every = 4

[qdisc eth0]
handle = 1:
slot = app
bands = 4
map = small:0 large:3
mode = strict
quantum = 3k 1514
phases = 1,2,5
ecn = off
starve = 50000
idle = 2s
fallback = fq_codel

[qdisc eth1]
slot = app
END
nothing=$(state)
run 0 "check" check all.conf
is "says nothing" "$out" = ""
run 0 "a dry run" apply all.conf --dry-run
has "shows what would be" "$out" "+sample = 100"
is "and changes nothing" "$(state)" = "$nothing"
run 0 "apply" apply all.conf
has "shows what has changed" "$out" "+map = large:3 small:0"
is "slot" \
	"$("$lfctl" -j slot show app |
		jq -c '[.pin, .sample, .budget_ns, .active.hash, .params]')" \
	= "[\"none\",100,2000,\"$hash\",{\"step\":0.05,\"rate_max\":500000}]"
guarded() {
	"$lfctl" -j slot show app | jq -c '[.shadow, .flush_ms, .confidence, .buffers, .guard]'
}
guard='{"window_ms":500,"least":100,"drift":125000,"saturated":0,"class":900000,"term":"duration"'
guard+=',"bound":1500,"to":"none"}'
is "shadow, flush, confidence, buffers, guard" "$(guarded)" = "[10,20,60,16,$guard]"
is "congestion control" "$(sysctl -n net.ipv4.tcp_congestion_control)" = liteflow
is "qdiscs" "$(qdisc_at eth0) $(qdisc_at eth1)" = "liteflow liteflow"
has "options of a qdisc" "$(tc qdisc show dev eth0)" \
	"slot app bands 4 map large:3 small:0 mode strict quantum 3072 1514 default 1 limit 10240p \
flows 65536 phases 1,2,5 noecn starve 50ms idle 2s"
is "hooks" "$("$lfctl" -j hook list | jq -c '[.[].name] | sort')" = '["in","mark"]'
all=$(state)
json=$("$lfctl" -j slot show app | jq -c '[.swaps, .active.generation]')
run 0 "a second run" apply all.conf
is "says that it changes nothing" "$out" = "all.conf: nothing to change"
run 0 "and in JSON" -j apply all.conf
is "changed is false" "$(jq -c '[.changed, .changes, .dry_run]' <<<"$out")" = '[false,[],false]'
is "nothing was changed" "$(state)" = "$all"
is "nor swapped" "$("$lfctl" -j slot show app | jq -c '[.swaps, .active.generation]')" = "$json"

# names are found where snapshots are kept: only they survive
mkdir -p /etc/liteflow && cp split100.lfs large.lfs /etc/liteflow
"$lfctl" save >saved.conf 2>warnings
is "save: what it names will be found" "$(cat warnings)" = ""
is "save: lines are short" "$(awk 'length > 100' saved.conf)" = ""
run 0 "what was saved is what is there" apply saved.conf
is "says so" "$out" = "saved.conf: nothing to change"
"$lfctl" teardown >/dev/null
for s in app empty other; do "$lfctl" slot del $s; done
sleep 0.3
"$lfctl" snapshot del split100 large
is "teardown: nothing is left" "$(grep -c '^\[' <<<"$("$lfctl" save)")" = 0
run 0 "apply what was saved" apply saved.conf
"$lfctl" save >again.conf
is "and it is all there again" "$(diff saved.conf again.conf)" = ""
is "with its guard" "$(guarded)" = "[10,20,60,16,$guard]"
rm /etc/liteflow/large.lfs
has "save warns of a snapshot that would be missing" "$("$lfctl" save 2>&1 >/dev/null)" \
	"copy the file of snapshot large to /etc/liteflow/large.lfs"
cp large.lfs /etc/liteflow

# --- changes: what differs, and only that

sed 's/sample = 100/sample = 7/; s/^idle = 2s/idle = 3s/; s/none:drop/none:accept/; s/every = 4//' \
	all.conf >change.conf
run 0 "a dry run of changes" apply change.conf --dry-run
is "is a diff" "$out" = "$(cat <<END
[slot app]
-sample = 100
+sample = 7
[hook mark]
-map = large:mark=0x1,priority=1:20 none:drop small:accept
+map = large:mark=0x1,priority=1:20 none:accept small:accept
[hook in]
-every = 4
+every = 0
[qdisc eth0]
-idle = 2s
+idle = 3s
END
)"
run 0 "changes" apply change.conf
is "no new generation" "$("$lfctl" -j slot show app | jq .active.generation)" = 1
run 0 "again" apply change.conf
is "nothing is left to change" "$out" = "change.conf: nothing to change"
run 0 "and back" apply all.conf
run 0 "back" apply all.conf
is "all as before" "$out" = "all.conf: nothing to change"

# --- a failure in the middle restores

all=$(state)
unchanged() { # WHAT SED WHAT-IT-SAYS
	sed "$2" all.conf >fails.conf
	run 1 "$1" apply fails.conf
	has "$1: says why" "$out" "$3"
	has "$1: and what became of the rest" "$out" \
		"fails.conf: not applied: nothing has changed"
	same "$1: everything is as before" "$(state)" "$all"
}
unchanged "a qdisc that the kernel rejects" \
	's/sample = 100/sample = 9/; s/step = 0.05/step = 0.06/; s/bands = 4/bands = 2/
	s/^every = 4/every = 5/; s/split100.lfs/split800.lfs/; /^hash/d; s/limit = 1/&/
	s/= liteflow/= reno/; s/priority = mangle/priority = -140/' \
	"band"
# shellcheck disable=SC2016
unchanged "the last of many" \
	's/pin = none/pin = flow/; s/idle = 2s/idle = 4s/; $s/$/\ndefault = 9/' "Error"
unchanged "a hook" 's/^every = 4/every = 8\nresult = 1\nshift = 31\nmap = small:mark=77777/
	s/small:accept/small:priority=1:1/; s/hook = forward/hook = input/' "Error"
unchanged "a snapshot that is too slow" \
	's/split100.lfs/large.lfs/; /^hash/d; s/budget = 2us/budget = 3ns/' "Error"
unchanged "after a guard, a shadow and a flush" \
	's/class 90%/class 80%/; s/shadow = 10//; s/flush = 20ms//; s/confidence = 60%//
	s/buffers = 16//; s/step = 0.05/step = 5/' \
	"parameter step must be"
unchanged "a parameter out of range" 's/step = 0.05/step = 5/; s/sample = 100/sample = 3/' \
	"parameter step must be"
# into what was empty
"$lfctl" teardown >/dev/null
for s in app empty other; do "$lfctl" slot del $s; done
sleep 0.3
"$lfctl" snapshot del split100 large
sleep 0.5 # until the last reader has let go of them
tc qdisc replace dev eth1 root handle 7: fq_codel limit 777 noecn
all=$(state)
# shellcheck disable=SC2016
unchanged "the first time" '$s/$/\ndefault = 9/' "Error"
tc qdisc del dev eth1 root

# --- before anything is done

invalid() { # WHAT SED WHAT-IT-SAYS
	sed "$2" all.conf >invalid.conf
	all=$(state)
	run 1 "$1" apply invalid.conf
	has "$1: one sentence" "$out" "lfctl: invalid.conf:$3"
	same "$1: nothing was done" "$(state)" "$all"
}
invalid "another hash" 's/^hash = ./hash = 0/; s/^hash = 00/hash = 10/' \
	"3: $tmp/split100.lfs has the hash"
invalid "a snapshot that is not there" 's/^snapshot.*split.*/snapshot = nosuch/; /^hash/d' \
	"3: there is no snapshot nosuch in /etc/liteflow"
invalid "a parent that is not there" 's/^\[qdisc eth1\]/[qdisc eth1 parent 9:1]/' \
	"59: eth1 has no qdisc for this parent"
ip link add eth2 type dummy && ip link set eth2 up
tc qdisc add dev eth2 root handle 1: prio
invalid "a qdisc that could not be put back" 's/^\[qdisc eth1\]/[qdisc eth2]/' \
	"59: eth2 has a qdisc prio 1: there, which could not be put back"

# --- below another qdisc; a device that comes later

cat >below.conf <<END
[slot app]
[qdisc eth2 parent 1:2]
slot = app
handle = 20:
END
run 0 "below a class" apply below.conf
has "it is there" "$(tc qdisc show dev eth2)" "qdisc liteflow 20: parent 1:2"
has "saved with its place" "$("$lfctl" save)" "[qdisc eth2 parent 1:2]"
run 0 "below a class, again" apply below.conf
is "nothing to change" "$out" = "below.conf: nothing to change"
cat >later.conf <<END
[slot app]
[qdisc eth2 parent 1:2]
idle = 7s
[qdisc late0]
slot = app
END
run 0 "a device that is not there" apply later.conf
has "is named" "$out" "device late0 does not exist: apply again with --device late0 when it does"
tc qdisc change dev eth2 parent 1:2 liteflow idle 8s
ip link add late0 type dummy && ip link set late0 up
run 0 "when it is there" apply later.conf --device late0
is "it has its qdisc" "$(qdisc_at late0)" = liteflow
has "no other device was touched" "$(tc qdisc show dev eth2)" "idle 8s"
run 0 "again" -j apply --device late0 later.conf
is "changes nothing" "$(jq -c '[.changed, .absent]' <<<"$out")" = '[false,[]]'

# --- a namespace

ip netns add conf-ns
ip -n conf-ns link add eth9 type dummy
printf '[slot inner]\n[qdisc eth9]\nslot = inner\n' >ns.conf
run 0 "in a namespace" -n conf-ns apply ns.conf
has "there" "$(ip netns exec conf-ns tc qdisc show dev eth9)" "qdisc liteflow"
has "and saved" "$("$lfctl" -n conf-ns save)" "[slot inner]"

# --- units and the rule for devices

if command -v udevadm >/dev/null; then
	mkdir -p /run/udev/rules.d
	cp "$top"/lfctl/systemd/80-liteflow.rules /run/udev/rules.d/
	out=$(udevadm test --action=add /sys/class/net/late0 2>&1)
	has "a device that comes asks for its unit" "$out" \
		"SYSTEMD_WANTS=liteflow-device@late0.service"
else
	skipped=$((skipped + 1)); echo "skip  udevadm is not here"
fi

# --- installed snapshots are found by name

cd / || exit 1
"$lfctl" slot add named
cp "$tmp/split800.lfs" /etc/liteflow/
"$lfctl" snapshot del split800 2>/dev/null
run 0 "slot set finds what is installed" slot set named split800 activate
is "it is active" "$("$lfctl" -j slot show named | jq -r .active.snapshot)" = split800
run 1 "and what is not, it does not" slot set named nosuch activate

finish
